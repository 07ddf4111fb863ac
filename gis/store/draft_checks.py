"""What is looked for in a draft before it is sent for review, found by the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

UNASSIGNED = r"""
SELECT count(*) AS count, (array_agg(unit_id ORDER BY unit_id))[1 \: 200] AS units,
       ST_Extent(unit.geom) AS box FROM draft_unit JOIN unit ON unit.id = unit_id
WHERE plan_id = :id AND grid_code IS NULL
"""

# Of the working copy, where there is one: grids that were left nothing are in no derived plan.
CODES = """
SELECT code, name_zh, name_en FROM draft_grid WHERE plan_id = :id
UNION ALL
SELECT code, name_zh, name_en FROM grid WHERE plan_id = :id
  AND NOT EXISTS (SELECT FROM draft_grid WHERE plan_id = :id)
ORDER BY code
"""

EMPTY = """
WITH basic AS MATERIALIZED (
  SELECT DISTINCT grid_code AS code FROM draft_unit
  WHERE plan_id = :id AND grid_code IS NOT NULL
)
SELECT code FROM draft_grid WHERE plan_id = :id EXCEPT
SELECT left(code, digits) FROM basic, unnest(ARRAY[9, 12, 15]) AS digits ORDER BY code
"""

IN_PIECES = """
SELECT code FROM grid WHERE plan_id = :id AND ST_NumGeometries(geom) > 1 ORDER BY code
"""

# The parts of grids in several pieces, without the largest of each.
PARTS = """
SELECT ST_Extent(part.geom) AS box FROM (
  SELECT d.geom, row_number() OVER (PARTITION BY grid.id ORDER BY ST_Area(d.geom) DESC) AS place
  FROM grid, ST_Dump(grid.geom) AS d WHERE plan_id = :id AND code = ANY(:codes)
) AS part WHERE place > 1
"""

OUTSIDE = """
SELECT grid.code, grid.name_zh, grid.name_en, grid.deviation, plan.measures -> 'outside' AS reasons
FROM grid JOIN plan ON plan.id = grid.plan_id
WHERE grid.plan_id = :id AND grid.level = 3 AND abs(grid.deviation) > plan.tolerance + 1e-9
ORDER BY abs(grid.deviation) DESC, grid.code
"""

# A code keeps its meaning from the moment that a plan with it comes into force; what only a draft
# had is nobody's. So a code is another grid's if it was in force and is no more, or if it is in
# force for land that the draft's grid has nothing of. What a draft takes over from the plan that it
# was made from are the same grids again.
REUSED = """
WITH RECURSIVE line AS (
  SELECT id, based_on_id, status FROM plan WHERE id = :id
  UNION
  SELECT plan.id, plan.based_on_id, plan.status FROM plan JOIN line ON plan.id = line.based_on_id
  WHERE line.status IN ('draft', 'in_review')
), drawn AS (
  SELECT code FROM draft_grid WHERE plan_id = :id UNION SELECT code FROM grid WHERE plan_id = :id
  EXCEPT
  SELECT code FROM grid JOIN line ON line.id = grid.plan_id
  WHERE line.status IN ('published', 'superseded')
), now AS (
  SELECT grid.code, grid.geom FROM grid JOIN plan ON plan.id = grid.plan_id
  WHERE plan.jurisdiction_id = (SELECT jurisdiction_id FROM plan WHERE id = :id)
    AND plan.status = 'published'
)
SELECT code FROM drawn WHERE code NOT IN (SELECT code FROM now) AND EXISTS (
  SELECT FROM plan JOIN grid ON grid.plan_id = plan.id AND grid.code = drawn.code
  WHERE plan.jurisdiction_id = (SELECT jurisdiction_id FROM plan WHERE id = :id)
    AND plan.status = 'superseded'
)
UNION
SELECT code FROM drawn JOIN now USING (code) JOIN grid USING (code)
WHERE grid.plan_id = :id AND NOT ST_Relate(grid.geom, now.geom, 'T********')
ORDER BY code
"""

BOX = """
SELECT ST_Extent(geom) AS box FROM grid WHERE plan_id = :id AND code = ANY(:codes)
"""


def unassigned(connection: Connection, plan_id: int) -> dict[str, Any]:
    """The units that are in no grid: their count, some ids, and the box around them."""
    row = connection.execute(text(UNASSIGNED), {"id": plan_id}).one()
    return {"count": row.count, "units": row.units or [], "bbox": _box(row.box)}


def grids(connection: Connection, plan_id: int) -> list[dict[str, Any]]:
    """Code and names of every grid of a draft."""
    return [dict(row) for row in connection.execute(text(CODES), {"id": plan_id}).mappings()]


def empty(connection: Connection, plan_id: int) -> list[str]:
    """Codes of grids that hold no unit."""
    return list(connection.scalars(text(EMPTY), {"id": plan_id}))


def in_pieces(connection: Connection, plan_id: int) -> list[str]:
    """Codes of grids whose parts do not touch."""
    return list(connection.scalars(text(IN_PIECES), {"id": plan_id}))


def parts_box(connection: Connection, plan_id: int, codes: Sequence[str]) -> list[float] | None:
    """The box around what is cut off from the largest part of these grids."""
    found = connection.scalar(text(PARTS), {"id": plan_id, "codes": list(codes)})
    return _box(found)


def outside(connection: Connection, plan_id: int) -> list[dict[str, Any]]:
    """Basic grids outside the tolerance, the worst first, and the plan's reasons."""
    return [dict(row) for row in connection.execute(text(OUTSIDE), {"id": plan_id}).mappings()]


def reused(connection: Connection, plan_id: int) -> list[str]:
    """Codes of a settled draft that mean another grid in a plan that is or was in force."""
    return list(connection.scalars(text(REUSED), {"id": plan_id}))


def box_of(connection: Connection, plan_id: int, codes: Sequence[str]) -> list[float] | None:
    """The box around some grids: west, south, east, north."""
    return _box(connection.scalar(text(BOX), {"id": plan_id, "codes": list(codes)}))


def jurisdiction_code(connection: Connection, jurisdiction_id: int) -> str:
    """The code that all grids of a jurisdiction begin with."""
    query = "SELECT code FROM organisation WHERE id = :id"
    return str(connection.execute(text(query), {"id": jurisdiction_id}).scalar_one())


def _box(found: str | None) -> list[float] | None:
    """`BOX(w s,e n)` as four numbers."""
    if found is None:
        return None
    return [float(one) for one in found[4:-1].replace(",", " ").split()]
