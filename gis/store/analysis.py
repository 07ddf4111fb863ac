"""What the leader's view reads: incidents as columns, people per place, the ground to draw on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import Connection, text

from gis.errors import NotFoundError
from gis.hotspots.columns import FIELDS, Rows
from gis.incidents.sources import SOURCES
from gis.store.names import names

Floats = npt.NDArray[np.float64]
SIMPLIFIED_DEG = 1e-5  # about a metre: for drawing only, nothing is measured on it
CHUNK = 100_000

# Each column as one string of big-endian numbers: read without a Python object per incident.
COLUMNS = """
SELECT count(*) AS count,
       string_agg(int8send(jurisdiction_id), '') AS jurisdiction,
       string_agg(int8send(id), '') AS id,
       string_agg(timestamptz_send(reported_at), '') AS at,
       string_agg(int4send(tile_px), '') AS px, string_agg(int4send(tile_py), '') AS py,
       string_agg(float8send(ST_X(location)), '') AS lon,
       string_agg(float8send(ST_Y(location)), '') AS lat,
       string_agg(int8send(coalesce(grid_code, '0')::bigint), '') AS grid,
       string_agg(int2send(('1' || category_code)::smallint), '') AS category,
       string_agg(int2send(severity), '') AS severity,
       string_agg(int2send((array_position(:sources, source) - 1)::smallint), '') AS source,
       string_agg(boolsend(is_open), '') AS open,
       string_agg(boolsend(dismissed IS NULL), '') AS counted
FROM incident AS i
"""
SINCE_2000_US = 946_684_800_000_000  # PostgreSQL counts microseconds from there
WIRE = {"category": ">i2", "severity": ">i2", "source": ">i2", "px": ">i4", "py": ">i4",
        "lon": ">f8", "lat": ">f8", "open": "?"}  # fmt: skip

# Changes told by transactions that were not finished when somebody last looked: everything from
# the oldest of them on. Transactions to come are left out, in case a restored copy names some.
CHANGES = """
SELECT count(e.id) AS told, count(e.id) FILTER (WHERE e.transaction_id >= now.oldest) AS again,
       now.oldest, now.next
FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest,
             pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next) AS now
LEFT JOIN incident_event AS e ON e.transaction_id >= :since AND e.transaction_id < now.next
GROUP BY now.oldest, now.next
"""
NEXT_IDS = "SELECT id FROM incident WHERE id > :after ORDER BY id LIMIT :chunk"
CHANGED = """
WHERE i.id IN (SELECT incident_id FROM incident_event
               WHERE transaction_id >= :since AND transaction_id < :next)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A jurisdiction with a plan in force: its names, and whether it is synthetic."""

    plan_id: int
    name: dict[str, str]
    synthetic: bool


def office(connection: Connection, jurisdiction_id: int) -> Office:
    """The jurisdiction and its plan in force. Raises NotFoundError `no-published-plan`."""
    row = connection.execute(
        text(
            "SELECT p.id, o.name_zh, o.name_en, o.synthetic FROM plan AS p"
            " JOIN organisation AS o ON o.id = p.jurisdiction_id"
            " WHERE p.jurisdiction_id = :id AND p.effective @> now()"
        ),
        {"id": jurisdiction_id},
    ).first()
    if row is None:
        raise NotFoundError("no-published-plan", id=jurisdiction_id)
    return Office(plan_id=row.id, name=names(row.name_zh, row.name_en), synthetic=row.synthetic)


def area(connection: Connection, plan_id: int) -> Any:
    """The whole area of a plan, in WGS 84: a shapely polygon or several."""
    query = "SELECT ST_AsBinary(ST_Union(geom)) FROM grid WHERE plan_id = :id AND level = 1"
    found = connection.execute(text(query), {"id": plan_id}).scalar_one()
    return shapely.from_wkb(bytes(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What the history says since a transaction: how many steps, of them how many since `oldest`.

    `oldest` is the oldest transaction under way now, `next` the next to come.
    """

    told: int
    again: int
    oldest: int
    next: int


def changes(connection: Connection, since: int) -> Changes:
    """The steps that transactions from `since` on have told so far."""
    row = connection.execute(text(CHANGES), {"since": since}).one()
    return Changes(told=row.told, again=row.again, oldest=row.oldest, next=row.next)


def all_rows(connection: Connection) -> Iterator[tuple[Rows, npt.NDArray[np.int64]]]:
    """Every incident in chunks by ascending id: its columns, and the id of the jurisdiction that
    counts it. None does (0) that was rejected or merged: it is neither found nor closed."""
    after = 0
    while True:
        chunk = f"WHERE i.id > :after AND i.id <= (SELECT max(id) FROM ({NEXT_IDS}) AS next)"
        found = _rows(connection, chunk, {"after": after, "chunk": CHUNK})
        if found is None:
            return
        yield found
        after = int(found[0]["id"].max())


def changed_rows(
    connection: Connection, since: int, until: int
) -> tuple[Rows, npt.NDArray[np.int64]] | None:
    """The incidents of which the transactions from `since` to before `until` told, as they are."""
    return _rows(connection, CHANGED, {"since": since, "next": until})


def _rows(
    connection: Connection, where: str, values: dict[str, int]
) -> tuple[Rows, npt.NDArray[np.int64]] | None:
    row = (
        connection.execute(text(COLUMNS + where), {**values, "sources": list(SOURCES)})
        .mappings()
        .one()
    )
    if not row["count"]:
        return None
    read = {name: np.frombuffer(row[name], WIRE.get(name, ">i8")) for name in FIELDS}
    read["at"] = read["at"] + SINCE_2000_US
    jurisdiction = np.frombuffer(row["jurisdiction"], ">i8").astype(np.int64)
    return read, jurisdiction * np.frombuffer(row["counted"], "?")


def people(connection: Connection, plan_id: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Longitude, latitude, population and households of a plan's units, a point inside each."""
    rows = connection.execute(
        text(
            "SELECT ST_X(c) AS lon, ST_Y(c) AS lat, population, households"
            " FROM grid_unit"
            " JOIN unit ON unit.id = grid_unit.unit_id,"
            " LATERAL (SELECT ST_PointOnSurface(geom) AS c) AS inside WHERE plan_id = :id"
        ),
        {"id": plan_id},
    ).all()
    table = np.array([tuple(row) for row in rows], dtype=np.float64).reshape(-1, 4)
    return table[:, 0], table[:, 1], table[:, 2], table[:, 3]


def boundaries(connection: Connection, plan_id: int, most: int, language: str) -> dict[str, Any]:
    """The communities of a plan as GeoJSON with their `name`; its sub-districts if there are
    more than `most`."""
    column = "name_zh" if language == "zh-CN" else "coalesce(name_en, name_zh)"
    rows = connection.execute(
        text(
            "WITH drawn AS (SELECT CASE WHEN count(*) > :most THEN 1 ELSE 2 END AS level"
            " FROM grid WHERE plan_id = :id AND level = 2)"
            f" SELECT {column} AS name, ST_AsGeoJSON(geom, 5) AS shape FROM grid"
            " JOIN drawn USING (level) WHERE plan_id = :id ORDER BY code"
        ),
        {"id": plan_id, "most": most},
    )
    return _collection([({"name": row.name}, row.shape) for row in rows])


def grid_shapes(
    connection: Connection, plan_id: int, level: int, language: str, below: str
) -> list[dict[str, Any]]:
    """The grids of a level whose code begins with `below`, by code: code, name, geom (WKB, WGS 84),
    population, households, area_m2."""
    column = "name_zh" if language == "zh-CN" else "coalesce(name_en, name_zh)"
    rows = connection.execute(
        text(
            f"SELECT code, {column} AS name, ST_AsBinary(geom) AS geom, population, households,"
            " area_m2 FROM grid WHERE plan_id = :id AND level = :level"
            " AND starts_with(code, :below) ORDER BY code"
        ),
        {"id": plan_id, "level": level, "below": below},
    )
    return [dict(row) for row in rows.mappings()]


def main_streets(
    connection: Connection, jurisdiction_id: int, least_class: int, most_vertices: int
) -> dict[str, Any]:
    """Roads of a class (0 to 6, the widest) or above as GeoJSON with their `class`.

    In a large city only the widest classes that together have at most so many vertices.
    """
    rows = connection.execute(
        text(
            "WITH class AS (SELECT cls, sum(ST_NPoints(geom)) AS vertices FROM street"
            " WHERE jurisdiction_id = :id AND kind = 'road' AND cls >= :least GROUP BY cls),"
            " wide AS (SELECT cls, sum(vertices) OVER (ORDER BY cls DESC) AS so_far FROM class)"
            " SELECT cls AS class, ST_AsGeoJSON(ST_Simplify(geom, :tolerance), 5) AS shape"
            " FROM street JOIN wide USING (cls) WHERE jurisdiction_id = :id AND kind = 'road'"
            " AND so_far <= :most"
        ),
        {
            "id": jurisdiction_id,
            "least": least_class,
            "most": most_vertices,
            "tolerance": SIMPLIFIED_DEG,
        },
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
