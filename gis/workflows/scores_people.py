"""People on posts ranked by their points, with their closure figures beside them.

Each is compared with all of the office who stand at the same level, because a lead of a basic grid
and a director of a community have other things to do. Who is shown is another question: only those
whom whoever asks leads, or is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gis.assessment.periods import Period, Span, moments, period_of
from gis.errors import NotFoundError
from gis.store import known, scores, scores_people, scores_rankings
from gis.store.names import names
from gis.store.scope import Scope, beyond, scope_on
from gis.workflows.closure import Asked, ClosureView
from gis.workflows.closure_compared import count_people, moment_of, rows_beside, some_of
from gis.workflows.scores_fair import compared, placed


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleRanking:
    """`rows`: those who are shown, the most points first; `among`: how many are ranked. `state`:
    open while the period runs, then over: people are never published."""

    level: int
    code: str
    period: Period
    state: str
    rows: list[dict[str, Any]]
    among: int
    small_below: int


def people_ranking(
    connection: Connection,
    view: ClosureView,
    jurisdiction_id: int,
    *,
    span: Span,
    level: int,
    place: str | None,
    day: date | None,
) -> PeopleRanking:
    """The ranking of those on posts of a level in the week or month of a day, today's by default.

    `place`: only those there are compared, by the beginning of their grids' codes. Somebody with
    posts at several levels stands where they are nearest to the ground. Whoever had neither points
    nor cases is left out. Raises NotFoundError `jurisdiction-not-found`, `score-place-not-found`;
    ConflictError `scores-not-begun`.
    """
    known.require(connection, jurisdiction_id)
    setting = scores.setting(connection, jurisdiction_id)
    scope = scope_on(connection)
    code = _place(scope, known.require_reach(connection, jurisdiction_id), place)
    today = scores.today(connection, setting.zone)
    period = period_of(day or today, span)
    since, until = moments(period, ZoneInfo(setting.zone))
    # Ranks are among all; who is shown is decided at the end.
    with beyond(connection):
        held = scores_people.holders(connection, jurisdiction_id, since, until)
        there = [one for one in held if one["level"] == level and one["code"].startswith(code)]
        points = scores_people.points(connection, jurisdiction_id, period)
        mixes = scores_rankings.cases(connection, jurisdiction_id, "person", period)
        mixed = scores_rankings.mixed(connection, jurisdiction_id, "person", "", period)
        asked = Asked(jurisdiction_id=jurisdiction_id, since=since, until=until)
        ids = [one["id"] for one in there]
        counts = count_people(connection, view, asked, moment_of(asked), ids)
    busy = [
        number
        for number, one in enumerate(there)
        if one["id"] in points or str(one["id"]) in mixes
        or counts.each.due[number] or counts.each.overdue[number]
    ]  # fmt: skip
    there, counts = [there[number] for number in busy], some_of(counts, busy)
    fair = compared(
        {one["id"]: mixes.get(str(one["id"]), {}) for one in there}, mixed,
        small_below=setting.small_below,
    )  # fmt: skip
    rows = []
    for one, figures in zip(there, rows_beside(counts, busy), strict=True):
        ledger = points.get(one["id"])
        cases = sum(mixes.get(str(one["id"]), {}).values())
        added, taken = (ledger.added, ledger.taken) if ledger else (0.0, 0.0)
        rows.append(
            {
                "id": one["id"], "code": one["code"], "role": one["role"], "grid": one["grid"],
                "name": names(one["person_name"], None), "added": added, "taken": taken,
                "points": round(added + taken, 2), "entries": ledger.entries if ledger else 0,
                "cases": cases, "small": cases < setting.small_below,
                "fair": fair.get(one["id"]), **figures,
            }
        )  # fmt: skip
    ranks = placed({row["id"]: row["points"] for row in rows})
    for row in rows:
        row["rank"] = ranks[row["id"]]
    return PeopleRanking(
        level=level, code=code, period=period, state="open" if today < period.until else "over",
        rows=sorted(
            (row for row in rows if _sees(scope, row)), key=lambda row: (row["rank"], row["code"])
        ),
        among=len(rows), small_below=setting.small_below,
    )  # fmt: skip


def _place(scope: Scope | None, office: str, place: str | None) -> str:
    """Among whom somebody is compared: all of the office, or those of a part that is the caller's,
    holds it, or lies in it."""
    code = place or office
    own = (scope.prefix or "") if scope is not None else ""
    if not code.startswith(office) or not (code.startswith(own) or own.startswith(code)):
        raise NotFoundError("score-place-not-found", code=code)
    return code


def _sees(scope: Scope | None, row: dict[str, Any]) -> bool:
    """Whether somebody is one whom whoever asks leads, or is."""
    if scope is None or scope.everything or scope.whole:
        return True
    if scope.person_id == row["id"]:
        return True
    return bool(scope.desk and scope.prefix and row["code"].startswith(scope.prefix))
