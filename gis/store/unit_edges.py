"""The boundaries of units found and stored, and which compounds and incidents lie in them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, text

from gis.geometry import WEB_MERCATOR, metric_crs
from gis.planning.adjacency.edges import NO_CLASS, OUTER, unit_edges
from gis.planning.adjacency.streets import RIVER
from gis.store.expectations import count_pieces
from gis.store.plan_writing import copy_rows, ewkb
from gis.store.scope import beyond

CURRENT = """
SELECT id, ST_AsBinary(geom) FROM unit
WHERE jurisdiction_id = :of AND retired_at IS NULL ORDER BY id
"""
# Units that touch some of the given ones, these included.
AROUND = """
SELECT DISTINCT ON (u.id) u.id, ST_AsBinary(u.geom)
FROM unnest(cast(:units AS bigint[])) AS named (id) JOIN unit AS given USING (id)
JOIN unit AS u ON u.jurisdiction_id = given.jurisdiction_id
  AND u.geom_3857 && ST_Expand(given.geom_3857, 0.1)
WHERE given.jurisdiction_id = :of ORDER BY u.id
"""
STREETS = """
SELECT ST_AsBinary(geom), CASE kind WHEN 'road' THEN cls ELSE :clear END FROM street
WHERE jurisdiction_id = :of AND geom_3857 && ST_Transform(
  ST_MakeEnvelope(:west, :south, :east, :north, 4326), 3857)
"""
COMPOUNDS = """
INSERT INTO unit_compound (jurisdiction_id, unit_id, compound, population)
SELECT u.jurisdiction_id, u.id, b.compound, sum(b.population)
FROM unnest(cast(:units AS bigint[])) AS given (id) JOIN unit AS u USING (id)
JOIN building AS b ON b.jurisdiction_id = u.jurisdiction_id AND b.geom_3857 && u.geom_3857
  AND ST_Contains(u.geom_3857, ST_PointOnSurface(b.geom_3857))
WHERE b.compound IS NOT NULL
GROUP BY u.jurisdiction_id, u.id, b.compound
"""
STREET_MARGIN_DEG = 0.001


def renew_edges(
    connection: Connection, jurisdiction_id: int, unit_ids: Collection[int] | None = None
) -> None:
    """Find the edges, compounds and expected incidents of units anew; None: of all in use.

    Of pieces of cut units right after these are stored: with all that they border on, whichever
    plan that belongs to. Goes beyond the scope of the transaction: boundaries are the same for all.
    """
    with beyond(connection):
        connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtext('wangge_unit_edges'), :of)"),
            {"of": jurisdiction_id},
        )
        values: dict[str, Any] = {"of": jurisdiction_id}
        if unit_ids is None:
            rows = connection.execute(text(CURRENT), values).all()
            renewed = [row[0] for row in rows]
        else:
            renewed = sorted(unit_ids)
            rows = connection.execute(text(AROUND), values | {"units": renewed}).all()
        if not rows:
            return
        for table, column in (
            ("unit_edge", "left_id"), ("unit_edge", "right_id"), ("unit_compound", "unit_id"),
        ):  # fmt: skip
            query = f"DELETE FROM {table} WHERE {column} = ANY (:units)"
            connection.execute(text(query), {"units": renewed})
        _write_edges(connection, jurisdiction_id, rows, None if unit_ids is None else renewed)
        connection.execute(text(COMPOUNDS), {"units": renewed})
        if unit_ids is not None:
            count_pieces(connection, jurisdiction_id, renewed)


def _write_edges(
    connection: Connection,
    jurisdiction_id: int,
    rows: Sequence[Any],
    renewed: Sequence[int] | None,
) -> None:
    ids = np.array([row[0] for row in rows], np.int64)
    polygons = np.asarray(shapely.from_wkb([bytes(row[1]) for row in rows]), object)
    west, south, east, north = shapely.total_bounds(polygons)
    streets = connection.execute(
        text(STREETS),
        {
            "of": jurisdiction_id, "clear": RIVER, "west": west - STREET_MARGIN_DEG,
            "south": south - STREET_MARGIN_DEG, "east": east + STREET_MARGIN_DEG,
            "north": north + STREET_MARGIN_DEG,
        },
    ).all()  # fmt: skip
    edges = unit_edges(
        polygons,
        metric_crs(_extent(connection, jurisdiction_id)),
        lines=np.asarray(shapely.from_wkb([bytes(row[0]) for row in streets]), object),
        classes=np.array([row[1] for row in streets], np.int64),
        of=None if renewed is None else np.isin(ids, renewed),
    )
    right = [None if side == OUTER else int(ids[side]) for side in edges.right.tolist()]
    cls = [None if found == NO_CLASS else found for found in edges.cls.tolist()]
    copy_rows(
        connection,
        "unit_edge",
        ("jurisdiction_id", "left_id", "right_id", "length_m", "cls", "geom_3857"),
        (
            (jurisdiction_id, *row)
            for row in zip(
                ids[edges.left].tolist(), right, edges.length_m.tolist(), cls,
                ewkb(edges.line, WEB_MERCATOR), strict=True,
            )
        ),
    )  # fmt: skip


def _extent(connection: Connection, jurisdiction_id: int) -> tuple[float, float, float, float]:
    """The bounds of all units of a jurisdiction in WGS 84: what is measured, is measured alike."""
    row = connection.execute(
        text(
            "SELECT ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box) FROM"
            " (SELECT ST_Extent(geom) AS box FROM unit WHERE jurisdiction_id = :of) AS whole"
        ),
        {"of": jurisdiction_id},
    ).one()
    return row[0], row[1], row[2], row[3]
