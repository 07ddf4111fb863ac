"""What a draft from a file is laid onto: units, the plan in force, codes and names in use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import Connection, text

from gis.errors import NotFoundError

UNITS = """
SELECT u.id, u.code, u.population, u.households, u.area_m2, u.split_from_id,
       u.retired_at IS NULL AS current, g.code AS grid_code, ST_AsBinary(u.geom) AS wkb,
       (SELECT count(*) FROM unit AS c WHERE c.split_from_id = u.id) AS pieces
FROM unit AS u
LEFT JOIN grid_unit AS gu ON gu.unit_id = u.id AND gu.plan_id = :plan
LEFT JOIN grid AS g ON g.id = gu.grid_id
WHERE u.jurisdiction_id = :jurisdiction ORDER BY u.id
"""
NAMES = """
SELECT code, name_zh, name_en, organisation_id FROM grid WHERE plan_id = :plan
"""
# A sub-district or community that no plan has had yet is called as its organisation is.
ORGANISATIONS = """
SELECT code, name_zh, name_en, id AS organisation_id FROM organisation
WHERE starts_with(code, :code) AND kind IN ('sub_district', 'community')
"""
USED = """
SELECT DISTINCT grid.code FROM grid JOIN plan ON plan.id = grid.plan_id
WHERE plan.jurisdiction_id = :jurisdiction AND plan.effective IS NOT NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownUnits:
    """Every unit that a jurisdiction has or had, by id. Polygons are WGS 84. `grid_code`: the basic
    grid in force, or None. `of`: the unit it was cut from, or -1; `pieces`: into how many it was
    cut."""

    id: npt.NDArray[np.int64]
    code: npt.NDArray[Any]
    population: npt.NDArray[np.int64]
    households: npt.NDArray[np.int64]
    area_m2: npt.NDArray[np.float64]
    of: npt.NDArray[np.int64]
    pieces: npt.NDArray[np.int64]
    current: npt.NDArray[np.bool_]
    grid_code: npt.NDArray[Any]
    polygon: npt.NDArray[Any]


def jurisdiction(connection: Connection, jurisdiction_id: int) -> dict[str, Any]:
    """The code of a jurisdiction, and its plan in force with what that balances (None without)."""
    query = """
      SELECT o.code, p.id AS plan_id, p.balance, p.tolerance FROM organisation AS o
      LEFT JOIN plan AS p ON p.jurisdiction_id = o.id AND p.status = 'published'
        AND p.effective @> now()
      WHERE o.id = :id
    """
    row = connection.execute(text(query), {"id": jurisdiction_id}).mappings().first()
    if row is None:
        raise NotFoundError("jurisdiction-not-found", id=jurisdiction_id, field="jurisdiction")
    return dict(row)


def units(connection: Connection, jurisdiction_id: int, plan_id: int | None) -> KnownUnits:
    """Units, each with its basic grid in the plan in force, if there is one."""
    rows = connection.execute(text(UNITS), {"jurisdiction": jurisdiction_id, "plan": plan_id}).all()
    shapes = shapely.from_wkb([bytes(row.wkb) for row in rows])
    return KnownUnits(
        id=np.array([row.id for row in rows], np.int64),
        code=np.array([row.code for row in rows], object),
        population=np.array([row.population for row in rows], np.int64),
        households=np.array([row.households for row in rows], np.int64),
        area_m2=np.array([row.area_m2 for row in rows], np.float64),
        of=np.array([row.split_from_id or -1 for row in rows], np.int64),
        pieces=np.array([row.pieces for row in rows], np.int64),
        current=np.array([row.current for row in rows], bool),
        grid_code=np.array([row.grid_code for row in rows], object),
        polygon=np.asarray(shapes, object),
    )


def names(
    connection: Connection, code: str, plan_id: int | None
) -> dict[str, tuple[str, str | None, int | None]]:
    """What grids are called, and the organisation of each: as in the plan in force, else as
    organisations of the tree are."""
    found: dict[str, tuple[str, str | None, int | None]] = {}
    for query, values in ((ORGANISATIONS, {"code": code}), (NAMES, {"plan": plan_id})):
        for row in connection.execute(text(query), values):
            found[row.code] = (row.name_zh, row.name_en, row.organisation_id)
    return found


def used_codes(connection: Connection, jurisdiction_id: int) -> set[str]:
    """The codes of all grids that are or were in force."""
    return set(connection.scalars(text(USED), {"jurisdiction": jurisdiction_id}))
