"""Who closes, and in time: the units directly below whoever asks, beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection

from gis.assessment.standings import last_of
from gis.store import scores_city
from gis.store.scope import Scope, beyond, scope_on
from gis.workflows.closure import Asked, ClosureView, closure_figures
from gis.workflows.closure_compared import moment_of
from gis.workflows.scores_city import compared_districts, sees_all

Grids = Literal["level1", "level2", "level3"]
Level = Literal["district"] | Grids
# The kinds of organisations, each with what is directly below it.
BELOW: dict[str, Grids] = {"district": "level1", "sub_district": "level2", "community": "level3"}
OF_DIGITS: dict[int, Grids] = {9: "level2", 12: "level3", 15: "level3"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Below:
    """`rows` of the units that had something due, the best first; `named`: the keys of the last
    three, never more than half."""

    by: Level
    as_of: Any
    rows: list[dict[str, Any]]
    total: dict[str, Any]
    named: list[str]


def units_below(
    connection: Connection, view: ClosureView, asked: Asked, *, time_zone: str
) -> Below:
    """Districts for whoever is over a city, else sub-districts, communities or basic grids; of the
    grid that was asked for, what is below that. Where there is one sub-district only, its
    communities. Raises as `closure_figures`."""
    scope = scope_on(connection)
    by = _level(scope, asked)
    if by == "level1" and (scope is None or scope.organisation_kind in (None, "city")):
        with beyond(connection):
            city = scores_city.city_of(connection, asked.jurisdiction_id)
        if city is not None and sees_all(connection, city):
            as_of = moment_of(asked)
            rows, total = compared_districts(connection, view, city, asked, as_of)
            return _below("district", rows, total, as_of)
    told = closure_figures(connection, view, asked, by=by, time_zone=time_zone)
    if by == "level1" and sum(row["key"] is not None for row in told["items"]) < 2:
        by = "level2"
        told = closure_figures(connection, view, asked, by=by, time_zone=time_zone)
    return _below(by, told["items"], told["total"], told["as_of"])


def _level(scope: Scope | None, asked: Asked) -> Grids:
    if asked.grid_code:
        return OF_DIGITS.get(len(asked.grid_code), "level1")
    kind = None if scope is None else scope.organisation_kind
    return BELOW.get(kind or "", "level1")


def _below(by: Level, items: list[dict[str, Any]], total: dict[str, Any], as_of: Any) -> Below:
    rows = [row for row in items if row["key"] is not None and row["due"]]
    rows.sort(key=lambda row: (row["on_time_rate"]["rank"], row["key"]))
    named = last_of({row["key"]: row["on_time_rate"]["fair"] for row in rows})
    return Below(by=by, as_of=as_of, rows=rows, total=total, named=sorted(named))
