"""Tallies and rankings of a period: added up from the ledger while it runs, frozen once it is over.

What comes to be known after a ranking was published changes it no more: it counts, as a correction,
in the next one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine

from gis.assessment.periods import BOARDS, Board, Period, former, parts, period_of
from gis.assessment.standings import Standing, Tally, standings
from gis.errors import InputError, NotFoundError
from gis.store import known, scores, scores_tally
from gis.store import scores_rankings as store
from gis.store.engine import acting
from gis.store.scope import beyond, scope_on
from gis.workflows.due import ACTOR

NOTHING = Decimal(0)


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
    connection: Connection, jurisdiction_id: int, board: Board, code: str, period: Period
) -> list[dict[str, Any]]:
    """The standings of a period from the ledger as it is now, ready to be kept."""
    found = store.ranked(connection, jurisdiction_id, board, code, period.since)
    by_day: defaultdict[int, list[Any]] = defaultdict(list)
    for row in store.points(connection, jurisdiction_id, board, code, period):
        by_day[row.id].append(row)
    last = store.last_before(connection, jurisdiction_id, board, code, period.since)
    late = {} if last is None else store.late(connection, jurisdiction_id, board, code, last=last)
    cases = store.cases(connection, jurisdiction_id, board, period)
    tallies = []
    for one in found:
        days = by_day[one["id"]]
        correction, entries = late.get(one["id"], (NOTHING, 0))
        whose = str(one["id"]) if board.subject == "department" else one["code"]
        tallies.append(
            Tally(
                subject_id=one["id"], code=one["code"],
                added=sum((row.added for row in days), NOTHING),
                taken=sum((row.taken for row in days), NOTHING),
                corrections=correction,
                entries=entries + sum(row.entries for row in days),
                cases=cases.get(whose, 0), people=one["people"],
            )
        )  # fmt: skip
    small = scores.setting(connection, jurisdiction_id).small_below
    names = {one["id"]: one["name"] for one in found}
    pieces = parts(period, board.tally)
    return [
        _row(one, names, by_day, pieces)
        for one in standings(tallies, small_below=small, name_bottom=board.names_bottom)
    ]


def publish_closed(engine: Engine, jurisdiction_id: int) -> None:
    """Freeze the rankings of the last week and month that are over, once."""
    with acting(engine, ACTOR, action="score") as connection:
        scores_tally.hold(connection, jurisdiction_id)
        setting = scores.setting(connection, jurisdiction_id)
        first = store.first_day(connection, jurisdiction_id)
        now = scores.today(connection, setting.zone)
        for board in BOARDS.values():
            period = former(period_of(now, board.span), board.span)
            if first is None or first >= period.until:
                continue
            for code in _codes(connection, jurisdiction_id, board):
                if store.published(connection, jurisdiction_id, board, code, period.since):
                    continue
                rows = added_up(connection, jurisdiction_id, board, code, period)
                store.publish(connection, jurisdiction_id, board, code, period, rows)


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
