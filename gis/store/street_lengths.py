"""How long the streets of basic grids are: measured once for a plan and its streets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import shapely
from sqlalchemy import Connection, text

from gis.store.grid_facts import Span
from gis.store.patrols import AROUND_M

# The streets of a jurisdiction are made anew by an import, and get new numbers then.
MARK = """
SELECT coalesce(max(id), 0) || '-' || count(*) FROM street
WHERE jurisdiction_id = :of AND kind = 'road'
"""
IN_FORCE = "SELECT id, jurisdiction_id FROM plan WHERE status = 'published' ORDER BY id"
UNMEASURED = """
SELECT g.code, ST_AsBinary(g.geom) AS grid,
       ARRAY(SELECT ST_AsBinary(s.geom) FROM street AS s
             WHERE s.jurisdiction_id = :of AND s.kind = 'road'
               AND s.geom_3857 && ST_Expand(g.geom_3857, :around)) AS streets
FROM grid AS g LEFT JOIN street_length AS l ON l.plan_id = g.plan_id AND l.grid_code = g.code
WHERE g.plan_id = :plan AND g.level = 3 AND l.mark IS DISTINCT FROM :mark
ORDER BY g.code LIMIT :limit
"""
WRITE = """
INSERT INTO street_length AS l (plan_id, grid_code, streets_m, mark)
SELECT :plan, code, metres, :mark
FROM unnest(cast(:codes AS text[]), cast(:lengths AS double precision[])) AS given (code, metres)
ON CONFLICT (plan_id, grid_code) DO UPDATE SET streets_m = EXCLUDED.streets_m, mark = EXCLUDED.mark
"""


def in_force(connection: Connection) -> list[tuple[int, int]]:
    """The plans in force and their jurisdictions."""
    return [(row.id, row.jurisdiction_id) for row in connection.execute(text(IN_FORCE))]


def mark(connection: Connection, jurisdiction_id: int) -> str:
    """By which streets lengths are measured now."""
    return str(connection.scalar(text(MARK), {"of": jurisdiction_id}))


def unmeasured(
    connection: Connection, plan_id: int, jurisdiction_id: int, mark: str, *, limit: int
) -> list[tuple[str, Any, list[Any]]]:
    """Basic grids that are not measured by these streets: code, shape and streets in WGS 84."""
    values = {
        "plan": plan_id, "of": jurisdiction_id, "mark": mark, "around": AROUND_M, "limit": limit
    }  # fmt: skip
    return [
        (
            row.code,
            shapely.from_wkb(bytes(row.grid)),
            [shapely.from_wkb(bytes(one)) for one in row.streets],
        )
        for row in connection.execute(text(UNMEASURED), values)
    ]


def write(connection: Connection, plan_id: int, mark: str, lengths: Mapping[str, float]) -> None:
    """Keep the metres of some basic grids."""
    values = {
        "plan": plan_id, "mark": mark, "codes": list(lengths), "lengths": list(lengths.values())
    }  # fmt: skip
    connection.execute(text(WRITE), values)


def lengths(connection: Connection, plan_id: int, within: Span) -> dict[str, float]:
    """Metres of streets by basic grid, of those that are measured."""
    query = """SELECT grid_code, streets_m FROM street_length
      WHERE plan_id = :plan AND grid_code BETWEEN :first AND :last"""
    rows = connection.execute(text(query), {"plan": plan_id, **within._asdict()})
    return {row.grid_code: row.streets_m for row in rows}
