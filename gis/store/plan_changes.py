"""What a plan changes against another: grids by code, and the people of units that move."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

GRIDS = """
SELECT coalesce(o.code, n.code) AS code,
       CASE WHEN o.id IS NULL THEN 'new' WHEN n.id IS NULL THEN 'gone' ELSE 'reshaped' END AS change
FROM (SELECT * FROM grid WHERE plan_id = :former AND level = 3) AS o
FULL JOIN (SELECT * FROM grid WHERE plan_id = :plan AND level = 3) AS n USING (code)
WHERE o.id IS NULL OR n.id IS NULL
   OR ST_AsBinary(o.geom) <> ST_AsBinary(n.geom) AND NOT ST_Equals(o.geom, n.geom)
ORDER BY 1
"""

# Where one of the plans has a unit and the other its pieces, the pieces count.
PEOPLE = """
WITH RECURSIVE up AS (
  SELECT g.plan_id, g.unit_id AS piece, g.unit_id AS whole FROM grid_unit AS g
  WHERE g.plan_id IN (:former, :plan) AND NOT EXISTS (
    SELECT FROM grid_unit AS o WHERE o.plan_id IN (:former, :plan) AND o.plan_id <> g.plan_id
      AND o.unit_id = g.unit_id)
  UNION ALL
  SELECT up.plan_id, up.piece, unit.split_from_id FROM up JOIN unit ON unit.id = up.whole
  WHERE unit.split_from_id IS NOT NULL
), pairs AS (
  SELECT o.unit_id AS piece, o.grid_id AS was, n.grid_id AS becomes
  FROM grid_unit AS o JOIN grid_unit AS n USING (unit_id)
  WHERE o.plan_id = :former AND n.plan_id = :plan
  UNION ALL
  SELECT up.piece, o.grid_id, n.grid_id FROM up
  JOIN grid_unit AS o ON o.plan_id = :former
    AND o.unit_id = CASE up.plan_id WHEN :former THEN up.piece ELSE up.whole END
  JOIN grid_unit AS n ON n.plan_id = :plan
    AND n.unit_id = CASE up.plan_id WHEN :former THEN up.whole ELSE up.piece END
)
SELECT count(*) AS units, coalesce(sum(unit.population), 0) AS people
FROM pairs JOIN grid AS former ON former.id = pairs.was JOIN grid AS new ON new.id = pairs.becomes
JOIN unit ON unit.id = pairs.piece
WHERE former.code <> new.code
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChanges:
    """Codes of basic grids that appear, go, or change their shape; units and people that move."""

    new: tuple[str, ...]
    gone: tuple[str, ...]
    reshaped: tuple[str, ...]
    units_moved: int
    people_moved: int


def plan_changes(connection: Connection, former_id: int | None, plan_id: int) -> PlanChanges:
    """The changes from a plan to another of the same jurisdiction; from none, all is new."""
    values = {"former": former_id, "plan": plan_id}
    found: dict[str, list[str]] = {"new": [], "gone": [], "reshaped": []}
    for row in connection.execute(text(GRIDS), values):
        found[row.change].append(row.code)
    people = connection.execute(text(PEOPLE), values).one()
    return PlanChanges(
        new=tuple(found["new"]),
        gone=tuple(found["gone"]),
        reshaped=tuple(found["reshaped"]),
        units_moved=people.units,
        people_moved=int(people.people),
    )
