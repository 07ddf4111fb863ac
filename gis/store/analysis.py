"""What the leader's view reads: places, people per place, and the ground to draw on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import Connection, text

from gis.errors import NotFoundError
from gis.store.incidents import IncidentFilter
from gis.store.names import names

Floats = npt.NDArray[np.float64]
SIMPLIFIED_DEG = 1e-5  # about a metre: for drawing only, nothing is measured on it


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A jurisdiction in force: its names, whole area in WGS 84, and whether it is synthetic."""

    plan_id: int
    name: dict[str, str]
    area: Any
    synthetic: bool


def ground(connection: Connection, jurisdiction_id: int) -> Ground:
    """The area of the plan in force. Raises NotFoundError `no-published-plan`."""
    row = connection.execute(
        text(
            "SELECT p.id, o.name_zh, o.name_en, o.synthetic,"
            " ST_AsBinary(ST_Union(g.geom)) AS area FROM plan AS p"
            " JOIN organisation AS o ON o.id = p.jurisdiction_id"
            " JOIN grid AS g ON g.plan_id = p.id AND g.level = 1"
            " WHERE p.jurisdiction_id = :id AND p.effective @> now() GROUP BY p.id, o.id"
        ),
        {"id": jurisdiction_id},
    ).first()
    if row is None:
        raise NotFoundError("no-published-plan", id=jurisdiction_id)
    return Ground(
        plan_id=row.id,
        name=names(row.name_zh, row.name_en),
        area=shapely.from_wkb(bytes(row.area)),
        synthetic=row.synthetic,
    )


def places(connection: Connection, wanted: IncidentFilter) -> tuple[Floats, Floats]:
    """Longitude and latitude of the incidents in the filter, as arrays."""
    where, values = wanted.where()
    row = connection.execute(
        text(
            "SELECT array_agg(ST_X(i.location)) AS lon, array_agg(ST_Y(i.location)) AS lat"
            f" FROM incident AS i WHERE {where}"
        ),
        values,
    ).one()
    return np.array(row.lon or [], dtype=np.float64), np.array(row.lat or [], dtype=np.float64)


def first_report(connection: Connection, jurisdiction_id: int) -> datetime | None:
    """When the first incident of a jurisdiction was reported."""
    return cast(
        "datetime | None",
        connection.scalar(
            text("SELECT min(reported_at) FROM incident WHERE jurisdiction_id = :id"),
            {"id": jurisdiction_id},
        ),
    )


def people(connection: Connection, plan_id: int) -> tuple[Floats, Floats, Floats]:
    """Longitude, latitude and population of a plan's units, one point inside each."""
    rows = connection.execute(
        text(
            "SELECT ST_X(c) AS lon, ST_Y(c) AS lat, population FROM grid_unit"
            " JOIN unit ON unit.id = grid_unit.unit_id,"
            " LATERAL (SELECT ST_PointOnSurface(geom) AS c) AS inside WHERE plan_id = :id"
        ),
        {"id": plan_id},
    ).all()
    table = np.array([tuple(row) for row in rows], dtype=np.float64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def boundaries(connection: Connection, plan_id: int, level: int, language: str) -> dict[str, Any]:
    """The grids of one level as GeoJSON with their `name`, simplified for drawing."""
    column = "name_zh" if language == "zh-CN" else "coalesce(name_en, name_zh)"
    rows = connection.execute(
        text(
            f"SELECT {column} AS name, ST_AsGeoJSON(geom, 5) AS shape FROM grid"
            " WHERE plan_id = :id AND level = :level ORDER BY code"
        ),
        {"id": plan_id, "level": level},
    )
    return _collection([({"name": row.name}, row.shape) for row in rows])


def main_streets(connection: Connection, jurisdiction_id: int, least_class: int) -> dict[str, Any]:
    """Roads of a class (0 to 6, the widest) or above as GeoJSON with their `class`."""
    rows = connection.execute(
        text(
            "SELECT cls AS class, ST_AsGeoJSON(ST_Simplify(geom, :tolerance), 5) AS shape"
            " FROM street WHERE jurisdiction_id = :id AND kind = 'road' AND cls >= :least"
        ),
        {"id": jurisdiction_id, "least": least_class, "tolerance": SIMPLIFIED_DEG},
    )
    return _collection([({"class": row[0]}, row.shape) for row in rows if row.shape])


def _collection(features: list[tuple[dict[str, Any], str]]) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": properties, "geometry": json.loads(shape)}
            for properties, shape in features
        ],
    }
