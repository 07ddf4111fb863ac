"""What leaves the house of a plan: its grids and units with shapes, its people, its ground."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection, text

from gis.errors import NotFoundError

PLAN = """
SELECT plan.id, plan.jurisdiction_id, plan.name, plan.note, plan.status, plan.balance,
       plan.tolerance, plan.measures, plan.created_by, plan.created_at,
       lower(plan.effective) AS effective_from, upper(plan.effective) AS effective_to,
       o.code AS jurisdiction_code, o.name_zh AS jurisdiction_zh, o.name_en AS jurisdiction_en,
       o.synthetic
FROM plan JOIN organisation AS o ON o.id = plan.jurisdiction_id
WHERE plan.id = :id
"""

GRIDS = """
SELECT code, level, parent_code, name_zh, name_en, population, households, area_m2, load,
       deviation, units, compactness, hue, ST_AsBinary(geom) AS geom
FROM grid WHERE plan_id = :id AND (starts_with(code, :within) OR starts_with(:within, code))
ORDER BY code
"""

UNITS = """
SELECT unit.code, unit.population, unit.households, unit.area_m2, grid.code AS grid_code,
       ST_AsBinary(unit.geom) AS geom
FROM grid_unit JOIN unit ON unit.id = grid_unit.unit_id JOIN grid ON grid.id = grid_unit.grid_id
WHERE grid_unit.plan_id = :id AND starts_with(grid.code, :within)
ORDER BY grid.code, unit.code
"""

# A draft's grids have no posts of their own yet: who holds them in the plan in force goes over
# with the code when the draft is published.
POSTS = """
SELECT g.code, post.role, post.seat, person.name, person.phone
FROM post JOIN person ON person.id = post.person_id JOIN grid AS g ON g.id = post.grid_id
JOIN plan ON plan.id = g.plan_id
WHERE plan.jurisdiction_id = :jurisdiction AND plan.status = 'published'
  AND plan.effective @> now() AND post.held @> now()
ORDER BY g.code, array_position(
  ARRAY['lead', 'director', 'secretary', 'leader', 'officer', 'first_responsible',
        'adviser', 'assistant', 'participant'], post.role), post.seat
"""

ATTACHED = """
SELECT target_code AS code, place, kind, person.name, person.phone
FROM attachment JOIN person ON person.id = attachment.person_id
WHERE starts_with(target_code, :district) AND attachment.held @> now()
ORDER BY target_code, kind, place, person.name
"""

STREETS = """
SELECT kind, cls, name_zh, name_en, ST_AsBinary(geom_3857) AS geom FROM street
WHERE geom_3857 && ST_MakeEnvelope(:west, :south, :east, :north, 3857) AND cls >= :cls
ORDER BY cls, id
"""
BUILDINGS = """
SELECT compound, name_zh, name_en, ST_AsBinary(geom_3857) AS geom FROM building
WHERE geom_3857 && ST_MakeEnvelope(:west, :south, :east, :north, 3857) ORDER BY id
"""
WATER = """
SELECT kind, name_zh, name_en, ST_AsBinary(geom_3857) AS geom FROM water
WHERE geom_3857 && ST_MakeEnvelope(:west, :south, :east, :north, 3857) ORDER BY id
"""
BLOCK = 5000


def head(connection: Connection, plan_id: int) -> dict[str, Any]:
    """A plan and whose it is. Raises NotFoundError `plan-not-found`."""
    row = connection.execute(text(PLAN), {"id": plan_id}).mappings().first()
    if row is None:
        raise NotFoundError("plan-not-found", id=plan_id)
    return dict(row)


def grids(connection: Connection, plan_id: int, within: str = "") -> pd.DataFrame:
    """The grids of a plan whose codes begin with `within`, and those above them, by code; `geom` in
    WGS 84."""
    return _frame(connection, GRIDS, {"id": plan_id, "within": within})


def count(connection: Connection, plan_id: int, within: str = "") -> int:
    """How many basic grids of a plan have codes that begin with `within`."""
    query = """SELECT count(*) FROM grid
               WHERE plan_id = :id AND level = 3 AND starts_with(code, :within)"""
    values = {"id": plan_id, "within": within}
    return int(connection.execute(text(query), values).scalar_one())


def units(connection: Connection, plan_id: int, within: str = "") -> pd.DataFrame:
    """The units of those grids, each with the code of its basic grid; `geom` in WGS 84."""
    return _frame(connection, UNITS, {"id": plan_id, "within": within})


def posts(connection: Connection, jurisdiction_id: int) -> dict[str, list[dict[str, Any]]]:
    """Who holds which post now, of those that the caller may see, by code of the grid."""
    return _by_code(connection.execute(text(POSTS), {"jurisdiction": jurisdiction_id}).mappings())


def attached(connection: Connection, district_code: str) -> dict[str, list[dict[str, Any]]]:
    """Leaders attached now to the units of a tree, by the code of the unit."""
    return _by_code(connection.execute(text(ATTACHED), {"district": district_code}).mappings())


def ground(
    connection: Connection, bounds_3857: Sequence[float], *, least_class: int = 0
) -> dict[str, pd.DataFrame]:
    """`streets` (of a class or better), `buildings` and `water` of a rectangle in Web Mercator.

    `geom` is in Web Mercator as well. Above class 0 no buildings are read: what is drawn so coarse
    has no room for them.
    """
    west, south, east, north = (float(value) for value in bounds_3857)
    box = {"west": west, "south": south, "east": east, "north": north}
    found = {
        "streets": _frame(connection, STREETS, {**box, "cls": least_class}),
        "water": _frame(connection, WATER, box),
    }
    if least_class == 0:
        found["buildings"] = _frame(connection, BUILDINGS, box)
    return found


def _by_code(rows: Any) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        told = dict(row)
        found.setdefault(told.pop("code"), []).append(told)
    return found


def _frame(connection: Connection, query: str, values: dict[str, Any]) -> pd.DataFrame:
    """The rows of a query, fetched in blocks, with the bytes of `geom` read as geometries."""
    blocks = list(_blocks(connection, query, values))
    return pd.concat(blocks, ignore_index=True) if len(blocks) > 1 else blocks[0]


def _blocks(connection: Connection, query: str, values: dict[str, Any]) -> Iterator[pd.DataFrame]:
    result = connection.execute(text(query), values, execution_options={"yield_per": BLOCK})
    columns = list(result.keys())
    place = columns.index("geom")
    none = True
    for rows in result.partitions():
        none = False
        frame = pd.DataFrame.from_records([tuple(row) for row in rows], columns=columns)
        frame["geom"] = shapely.from_wkb([bytes(row[place]) for row in rows])
        yield frame
    if none:
        yield pd.DataFrame({name: np.empty(0, object) for name in columns})
