"""Tallies and rankings of a period: added up from the ledger while it runs, frozen once it is over.

What comes to be known after a ranking was published changes it no more: it counts, as a correction,
in the next one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from gis.assessment.periods import (
    BOARDS,
    Board,
    Period,
    Span,
    last_ended,
    moments,
    parts,
    period_of,
    up_to,
)
from gis.assessment.standings import Standing, Tally, standings
from gis.errors import InputError, NotFoundError
from gis.store import known, scores, scores_tally
from gis.store import scores_rankings as store
from gis.store.engine import acting
from gis.store.scope import beyond, scope_on
from gis.workflows.due import ACTOR
from gis.workflows.scores_fair import compared

NOTHING = Decimal(0)
LATE = 6  # weeks and months that are made up, after a worker was away


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """`rows` in their order, each with its tallies by the `parts` of the period. state: open while
    it runs, over before it is published, published. withheld: not yet published, and not all of it
    is for whoever asks."""

    board: Board
    code: str
    period: Period
    parts: list[Period]
    rows: list[dict[str, Any]]
    state: str
    published_at: Any
    withheld: bool
    small_below: int


def ranking(
    connection: Connection, jurisdiction_id: int, name: str, *, code: str | None, day: date | None
) -> Ranking:
    """The ranking of the period that a day is in, today's by default, as whoever acts on the
    connection may see it. `code`: of the sub-district, for the board `street`.

    Raises NotFoundError `jurisdiction-not-found`, `score-place-not-found`; InputError
    `score-board-unknown`; ConflictError `scores-not-begun`.
    """
    known.require(connection, jurisdiction_id)
    board = BOARDS.get(name)
    if board is None:
        raise InputError("score-board-unknown", board=name, field="board")
    setting = scores.setting(connection, jurisdiction_id)
    place = _place(connection, jurisdiction_id, board, code)
    now = scores.today(connection, setting.zone)
    period = period_of(day or now, board.span)
    kept = store.published(connection, jurisdiction_id, board, place, period.since)
    rows: list[dict[str, Any]] = kept["standings"] if kept else []
    withheld = kept is None and not _sees_all(connection, board, place)
    if kept is None and not withheld:
        # Who is ranked is for them to see; the points of all are added up for all of them.
        with beyond(connection):
            rows = added_up(connection, jurisdiction_id, board, place, period)
    state = "published" if kept else "open" if now < period.until else "over"
    return Ranking(
        board=board, code=place, period=period, parts=parts(period, board.tally), rows=rows,
        state=state, published_at=kept and kept["published_at"], withheld=withheld,
        small_below=setting.small_below,
    )  # fmt: skip


def added_up(
    connection: Connection,
    jurisdiction_id: int,
    board: Board,
    code: str,
    period: Period,
    *,
    through: int | None = None,
) -> list[dict[str, Any]]:
    """The standings of a period from the ledger as it is now, ready to be kept.

    `through`: the last entry that the next ranking counted, where that was published before this
    one. What was corrected until then stands there, and what came later counts after it.
    """
    found = store.ranked(connection, jurisdiction_id, board, code, period.since)
    by_day: defaultdict[int, list[Any]] = defaultdict(list)
    for row in store.points(connection, jurisdiction_id, board, code, period, through=through):
        by_day[row.id].append(row)
    late: dict[int, tuple[Any, int]] = {}
    last = store.last_before(connection, jurisdiction_id, board, code, period.since)
    if last is not None and through is None:
        late = store.late(connection, jurisdiction_id, board, code, last=last)
    closed = store.cases(connection, jurisdiction_id, board.subject, period)
    tallies, mixes = [], {}
    for one in found:
        days = by_day[one["id"]]
        correction, entries = late.get(one["id"], (NOTHING, 0))
        whose = str(one["id"]) if board.subject == "department" else one["code"]
        mixes[one["id"]] = closed.get(whose, {})
        tallies.append(
            Tally(
                subject_id=one["id"], code=one["code"],
                added=sum((row.added for row in days), NOTHING),
                taken=sum((row.taken for row in days), NOTHING),
                corrections=correction,
                entries=entries + sum(row.entries for row in days),
                cases=sum(mixes[one["id"]].values()), people=one["people"],
            )
        )  # fmt: skip
    small = scores.setting(connection, jurisdiction_id).small_below
    place = "" if board.subject == "department" else code
    points = store.mixed(connection, jurisdiction_id, board.subject, place, period, through=through)
    fair = compared(mixes, points, small_below=small)
    names = {one["id"]: one["name"] for one in found}
    pieces = parts(period, board.tally)
    return [
        _row(one, names, by_day, pieces) | {"fair": fair.get(one.tally.subject_id)}
        for one in standings(tallies, small_below=small, name_bottom=board.names_bottom)
    ]


def publish_closed(engine: Engine, jurisdiction_id: int, now: datetime | None = None) -> int:
    """Freeze the rankings of weeks and months that are over, each once; gives how many.

    What a worker missed while it was away is made up, the oldest first, as far as `LATE` weeks and
    months back, but for what was over before the office began to score; of that only the last.
    """
    with acting(engine, ACTOR, action="score") as connection:
        scores_tally.hold(connection, jurisdiction_id)
        setting = scores.setting(connection, jurisdiction_id)
        first = store.first_day(connection, jurisdiction_id)
        zone = ZoneInfo(setting.zone)
        moment = now or datetime.now(UTC)
        begun = store.begun_at(connection, jurisdiction_id) or moment
        made = 0
        kept: set[Any] | None = None
        for board in BOARDS.values():
            due = periods_due(moment, board.span, zone, begun=begun, first=first)
            if not due:
                continue
            if kept is None:
                earliest = up_to(last_ended(moment, "month", zone), "month", LATE)[0].since
                kept = store.published_since(connection, jurisdiction_id, earliest)
            for code in _codes(connection, jurisdiction_id, board):
                for period in due:
                    if (board.name, code, period.since) not in kept:
                        _publish(connection, jurisdiction_id, board, code, period)
                        made += 1
        return made


def periods_due(
    now: datetime, span: Span, zone: ZoneInfo, *, begun: datetime, first: date | None
) -> list[Period]:
    """The weeks or months whose rankings are to be there, the oldest first: the last that is over,
    and those before it that ended since it was begun; none from before the first day of a rule."""
    late = up_to(last_ended(now, span, zone), span, LATE)
    return [
        one
        for place, one in enumerate(late, 1)
        if first is not None and first < one.until
        and (place == len(late) or moments(one, zone)[1] > begun)
    ]  # fmt: skip


def _publish(
    connection: Connection, jurisdiction_id: int, board: Board, code: str, period: Period
) -> None:
    following = store.first_after(connection, jurisdiction_id, board, code, period.until)
    through = None if following is None else following["through"]
    rows = added_up(connection, jurisdiction_id, board, code, period, through=through)
    store.publish(connection, jurisdiction_id, board.name, code, period, rows, through=through)


def _codes(connection: Connection, jurisdiction_id: int, board: Board) -> list[str]:
    if board.name == "street":
        return [one["code"] for one in store.places(connection, jurisdiction_id)]
    return [known.require_reach(connection, jurisdiction_id)]


def _place(connection: Connection, jurisdiction_id: int, board: Board, code: str | None) -> str:
    office = known.require_reach(connection, jurisdiction_id)
    if board.name != "street":
        return office
    there: list[str] = [one["code"] for one in store.places(connection, jurisdiction_id)]
    scope = scope_on(connection)
    own = scope.prefix if scope is not None and scope.prefix else ""
    seen = [one for one in there if one.startswith(own) or own.startswith(one)]
    wanted = code or next(iter(seen), None)
    if wanted is None or wanted not in seen:
        raise NotFoundError("score-place-not-found", code=code or "–")
    return wanted


def _sees_all(connection: Connection, board: Board, code: str) -> bool:
    """Whether the points of everybody on a board are for whoever asks."""
    scope = scope_on(connection)
    if scope is None or scope.everything or scope.whole:
        return True
    prefix = scope.prefix
    return board.name == "street" and scope.desk and prefix is not None and code.startswith(prefix)


def _row(
    one: Standing,
    names: Mapping[int, Any],
    by_day: Mapping[int, list[Any]],
    pieces: list[Period],
) -> dict[str, Any]:
    tally = one.tally
    told = {name: value for name, value in asdict(one).items() if name != "tally"}
    told |= {
        "id": tally.subject_id, "code": tally.code, "name": names[tally.subject_id],
        "points": tally.points, "added": tally.added, "taken": tally.taken,
        "corrections": tally.corrections, "entries": tally.entries, "cases": tally.cases,
        "people": tally.people,
        "tallies": [
            sum((row.added + row.taken for row in by_day[tally.subject_id] if row.day in piece),
                NOTHING)
            for piece in pieces
        ],
    }  # fmt: skip
    return {
        name: [float(each) for each in value] if isinstance(value, list)
        else float(value) if isinstance(value, Decimal) else value
        for name, value in told.items()
    }  # fmt: skip
