"""Units that a line cuts: read with their buildings; their pieces stored, and the new corners given
to all that lies beside them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, text

from gis.planning.editing.cut import Floats, Housing, with_vertices
from gis.store.plan_writing import copy_rows, ewkb
from gis.store.scope import beyond

UNITS = """
SELECT u.id, u.code, u.population, u.households, u.area_m2, ST_AsBinary(u.geom) AS wkb,
       ST_Intersects(u.geom, ST_GeomFromText(:line, 4326)) AS crossed,
       (SELECT count(*) FROM unit AS c WHERE c.split_from_id = u.id) AS pieces
FROM draft_unit AS d JOIN unit AS u ON u.id = d.unit_id
WHERE d.plan_id = :plan AND u.id = ANY (:units) ORDER BY u.id
"""
BUILDINGS = """
SELECT u.id, ST_X(p) AS lon, ST_Y(p) AS lat, b.population, b.households,
       ST_Area(b.geom_3857) * coalesce(b.floors, 1) AS floor
FROM unit AS u JOIN building AS b
  ON b.jurisdiction_id = u.jurisdiction_id AND b.geom_3857 && u.geom_3857,
LATERAL ST_PointOnSurface(b.geom) AS p
WHERE u.id = ANY (:units) AND ST_Intersects(u.geom, p) ORDER BY u.id, b.id
"""
# Units in use, retired or only in drafts: all that ever lies beside each other is one coverage.
BESIDE = """
SELECT u.id, ST_AsBinary(u.geom) AS wkb FROM unit AS u
WHERE u.jurisdiction_id = :jurisdiction AND EXISTS (
  SELECT FROM unnest(cast(:lon AS float8[]), cast(:lat AS float8[])) AS c (lon, lat)
  WHERE u.geom_3857 && ST_Expand(
    ST_Transform(ST_SetSRID(ST_MakePoint(c.lon, c.lat), 4326), 3857), 0.1))
ORDER BY u.id FOR NO KEY UPDATE
"""
COLUMNS = (
    "id", "jurisdiction_id", "code", "population", "households", "area_m2", "split_from_id",
    "retired_at", "geom",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitToCut:
    """A unit of a draft. `pieces`: how many it was cut into before, in whatever draft."""

    id: int
    code: str
    population: int
    households: int
    area_m2: float
    polygon: Any
    crossed: bool
    pieces: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of a unit, as it is stored: retired from birth, until a plan that has it is in
    force."""

    id: int
    of: int
    code: str
    population: int
    households: int
    area_m2: float
    polygon: Any


def hold_cutting(connection: Connection, jurisdiction_id: int) -> None:
    """One line is drawn through the units of a jurisdiction at a time: the others wait."""
    connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtext('wangge cutting'), :of)"),
        {"of": jurisdiction_id % 2**31},
    )


def units_to_cut(
    connection: Connection, plan_id: int, units: Collection[int], line: shapely.LineString
) -> list[UnitToCut]:
    """Units of a draft with their polygons, and whether a line touches them."""
    values = {"plan": plan_id, "units": sorted(units), "line": line.wkt}
    return [
        UnitToCut(
            id=row.id, code=row.code, population=row.population, households=row.households,
            area_m2=row.area_m2, polygon=shapely.from_wkb(bytes(row.wkb)), crossed=row.crossed,
            pieces=row.pieces,
        )
        for row in connection.execute(text(UNITS), values)
    ]  # fmt: skip


def housing(connection: Connection, units: Collection[int]) -> dict[int, Housing]:
    """The buildings of each of these units; none for one where none stands."""
    rows = connection.execute(text(BUILDINGS), {"units": sorted(units)}).all()
    found: dict[int, Housing] = {}
    for unit in sorted(units):
        mine = [row for row in rows if row.id == unit]
        found[unit] = Housing(
            places=np.array([(row.lon, row.lat) for row in mine], np.float64).reshape(-1, 2),
            people=np.array([row.population for row in mine], np.float64),
            households=np.array([row.households for row in mine], np.float64),
            floor_m2=np.array([row.floor for row in mine], np.float64),
        )
    return found


def new_ids(connection: Connection, count: int) -> list[int]:
    """Numbers that units to come will have."""
    query = text(
        "SELECT nextval(pg_get_serial_sequence('unit', 'id')) FROM generate_series(1, :count)"
    )
    return list(connection.scalars(query, {"count": count}))


def store_pieces(
    connection: Connection, jurisdiction_id: int, pieces: Sequence[Piece], corners: Floats
) -> None:
    """Store pieces, and give their new corners (k, 2) to every unit on whose outline they lie.

    Goes beyond the scope of the transaction: what is cut is the caller's, what lies beside it need
    not be, and stays the same ground.
    """
    with beyond(connection):
        if len(corners):
            _share_corners(connection, jurisdiction_id, corners)
        copy_rows(
            connection, "unit", COLUMNS,
            (
                (piece.id, jurisdiction_id, piece.code, piece.population, piece.households,
                 piece.area_m2, piece.of, "now", geom)
                for piece, geom in zip(
                    pieces, ewkb([piece.polygon for piece in pieces], 4326), strict=True
                )
            ),
        )  # fmt: skip


def _share_corners(connection: Connection, jurisdiction_id: int, corners: Floats) -> None:
    values = {
        "jurisdiction": jurisdiction_id, "lon": corners[:, 0].tolist(),
        "lat": corners[:, 1].tolist(),
    }  # fmt: skip
    changed: dict[int, Any] = {}
    for row in connection.execute(text(BESIDE), values):
        polygon = shapely.from_wkb(bytes(row.wkb))
        noded = with_vertices(polygon, corners)
        if noded is not polygon:
            changed[row.id] = noded
    if changed:
        _redraw(connection, changed)


def _redraw(connection: Connection, polygons: Mapping[int, Any]) -> None:
    query = """
      UPDATE unit SET geom = ST_GeomFromEWKB(decode(n.wkb, 'hex'))
      FROM unnest(cast(:units AS bigint[]), cast(:shapes AS text[])) AS n (id, wkb)
      WHERE unit.id = n.id
    """
    shapes = ewkb(list(polygons.values()), 4326)
    connection.execute(text(query), {"units": list(polygons), "shapes": shapes})
