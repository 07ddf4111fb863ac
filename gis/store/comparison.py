"""What two plans are compared by: their units, grids, posts and the open incidents around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import Connection, text

from gis.errors import InputError, NotFoundError
from gis.store.names import pop_names
from gis.store.plans_in_force import in_force
from gis.store.scope import scope_on

PLAN = """
SELECT plan.id, plan.jurisdiction_id, plan.name, plan.status, plan.tolerance, plan.balance,
       lower(plan.effective) AS effective_from, upper(plan.effective) AS effective_to,
       plan.created_by, draft.version
FROM plan LEFT JOIN draft ON draft.plan_id = plan.id AND plan.status IN ('draft', 'in_review')
WHERE plan.id = :id
"""

# A draft is what its working copy says; what was published, what was derived of it.
UNITS = {
    True: "SELECT unit_id, grid_code AS code FROM draft_unit WHERE plan_id = :id",
    False: "SELECT unit_id, code FROM grid_unit JOIN grid ON grid.id = grid_id"
    " WHERE grid_unit.plan_id = :id",
}

UNIT = """
SELECT id, population, households, area_m2 FROM unit WHERE id = ANY(:ids)
"""

LINEAGE = """
WITH RECURSIVE up AS (
  SELECT id, split_from_id FROM unit WHERE id = ANY(:ids) AND split_from_id IS NOT NULL
  UNION
  SELECT unit.id, unit.split_from_id FROM unit JOIN up ON unit.id = up.split_from_id
  WHERE unit.split_from_id IS NOT NULL
)
SELECT id, split_from_id FROM up
"""

GRIDS = """
SELECT code, name_zh, name_en, population, households, area_m2, load, deviation, units,
       compactness, ARRAY[ST_XMin(geom), ST_YMin(geom), ST_XMax(geom), ST_YMax(geom)] AS bbox
FROM grid WHERE plan_id = :id AND level = :level AND starts_with(code, :below)
"""

# Posts are held in the grids of the plan in force, and go over by their codes.
POSTS = """
SELECT post.id, post.person_id, post.role, grid.level, grid.code
FROM post JOIN grid ON grid.id = post.grid_id
WHERE grid.plan_id = :id AND post.held @> now() AND starts_with(grid.code, :below)
"""

INCIDENTS = """
SELECT id, ST_X(location) AS lon, ST_Y(location) AS lat FROM incident
WHERE jurisdiction_id = :id AND is_open ORDER BY id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOf:
    """A plan that is compared. `version`: of the working copy, None where there is none."""

    plan_id: int
    jurisdiction_id: int
    shown: Mapping[str, Any]
    version: int | None


def plans(connection: Connection, ids: Sequence[int]) -> list[PlanOf]:
    """Plans of one jurisdiction that the caller may ask about.

    Raises NotFoundError `plan-not-found`; InputError `compare-other-jurisdiction`.
    """
    scope = scope_on(connection)
    found = []
    for plan_id in ids:
        row = connection.execute(text(PLAN), {"id": plan_id}).mappings().first()
        if row is None or (scope is not None and not scope.acts_in(row["jurisdiction_id"])):
            raise NotFoundError("plan-not-found", id=plan_id)
        shown = {name: value for name, value in row.items() if name != "version"}
        found.append(
            PlanOf(
                plan_id=plan_id, jurisdiction_id=row["jurisdiction_id"], shown=shown,
                version=row["version"],
            )
        )  # fmt: skip
    if len({plan.jurisdiction_id for plan in found}) > 1:
        raise InputError("compare-other-jurisdiction", a=ids[0], b=ids[1])
    return found


def below(connection: Connection) -> str:
    """What the codes begin with of the grids that the caller sees figures of."""
    scope = scope_on(connection)
    return (scope.below if scope is not None else None) or ""


def grid_of_unit(connection: Connection, plan: PlanOf) -> dict[int, str | None]:
    """The basic grid of each unit of a plan; None where a draft has not given it to any."""
    rows = connection.execute(text(UNITS[plan.version is not None]), {"id": plan.plan_id})
    return {row.unit_id: row.code for row in rows}


def unit_figures(
    connection: Connection, ids: Sequence[int]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Ids of units, ascending, and for each of them people, households and area in m²."""
    rows = connection.execute(text(UNIT), {"ids": list(ids)}).all()
    table = np.array([tuple(row)[1:] for row in sorted(rows)], np.float64).reshape(-1, 3)
    return np.array(sorted(row.id for row in rows), np.int64), table


def lineage(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    """What these units were cut from, and those again."""
    if not ids:
        return {}
    rows = connection.execute(text(LINEAGE), {"ids": list(ids)})
    return {row.id: row.split_from_id for row in rows}


def polygons(connection: Connection, ids: Sequence[int]) -> npt.NDArray[Any]:
    """Polygons of units in WGS 84, in the order of their ids."""
    rows = connection.execute(
        text("SELECT id, ST_AsBinary(geom) AS wkb FROM unit WHERE id = ANY(:ids)"),
        {"ids": list(ids)},
    )
    by_id = {row.id: bytes(row.wkb) for row in rows}
    found: npt.NDArray[Any] = shapely.from_wkb(np.array([by_id[one] for one in ids], object))
    return found


def grids(
    connection: Connection, plan_id: int, level: int, *, below: str
) -> dict[str, dict[str, Any]]:
    """Figures of a plan's grids of one level by code, as they are derived."""
    given = {"id": plan_id, "level": level, "below": below}
    rows = [dict(row) for row in connection.execute(text(GRIDS), given).mappings()]
    return {row["code"]: {**row, "name": pop_names(row)} for row in rows}


def all_codes(connection: Connection, plan_id: int, *, below: str) -> set[str]:
    """Codes of a plan's grids of every level."""
    query = "SELECT code FROM grid WHERE plan_id = :id AND starts_with(code, :below)"
    return set(connection.scalars(text(query), {"id": plan_id, "below": below}))


def posts_held(connection: Connection, jurisdiction_id: int, *, below: str) -> list[dict[str, Any]]:
    """Who holds which post now: id, person_id, role, level and code of the grid."""
    plan_id = in_force(connection, jurisdiction_id)
    rows = connection.execute(text(POSTS), {"id": plan_id, "below": below})
    return [dict(row) for row in rows.mappings()]


def open_places(connection: Connection, jurisdiction_id: int) -> npt.NDArray[np.float64]:
    """Longitude and latitude of the open incidents that the caller sees, by their ids."""
    rows = connection.execute(text(INCIDENTS), {"id": jurisdiction_id}).all()
    return np.array([(row.lon, row.lat) for row in rows], np.float64).reshape(-1, 2)
