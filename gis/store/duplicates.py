"""Incidents that a new report may repeat: near, of its kind, open or closed a short while ago."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from gis.store.names import names

# The box is looked up in the index of places; all that is left is measured and judged. A report is
# the likelier the same the nearer, the younger and the more alike it is: each part of the sum is
# 0 for the same and 1 for the least alike that is shown.
NEAR = """
WITH around AS (
  SELECT i.*, ST_Distance(i.location::geography, ST_MakePoint(:lon, :lat)::geography) AS distance_m,
         coalesce(i.category_code = :category, true) AS same_category
  FROM incident AS i
  WHERE i.location_3857
        && ST_Transform(ST_MakeEnvelope(:west, :south, :east, :north, 4326), 3857)
    AND (cast(:top AS text) IS NULL OR i.top_category = :top)
    AND (cast(:jurisdiction AS bigint) IS NULL OR i.jurisdiction_id = :jurisdiction)
    AND (i.is_open OR i.closed_at >= :closed_since)
), ranked AS (
  SELECT around.*,
         distance_m / :within_m
         + least(extract(epoch FROM :now - reported_at) / extract(epoch FROM :now - :closed_since),
                 1)
         + CASE WHEN same_category THEN 0 ELSE 0.5 END
         + CASE WHEN is_open THEN 0 ELSE 0.5 END AS unlike
  FROM around WHERE distance_m <= :within_m
  ORDER BY unlike, id DESC LIMIT :limit
)
SELECT r.id, r.serial, r.title, r.category_code, c.name_zh, c.name_en, r.severity, r.stage,
       r.is_open, r.address, r.reported_at, r.closed_at, r.distance_m, r.same_category,
       ST_X(r.location) AS lon, ST_Y(r.location) AS lat,
       (SELECT p.id FROM photo AS p WHERE p.incident_id = r.id ORDER BY p.id LIMIT 1) AS photo_id,
       (SELECT count(*) FROM supplement AS s WHERE s.incident_id = r.id) AS supplements
FROM ranked AS r JOIN category AS c ON c.code = r.category_code
ORDER BY r.unlike, r.id DESC
"""
METRES_PER_DEGREE = 110_500.0  # at most so few: the box is never too small


def near(
    connection: Connection,
    *,
    lon: float,
    lat: float,
    within_m: float,
    category: str | None,
    jurisdiction_id: int | None,
    now: datetime,
    closed_since: datetime,
    limit: int,
) -> list[dict[str, Any]]:
    """The likeliest first. `lon`, `lat` in WGS 84; the same top category, or any without one."""
    up = within_m / METRES_PER_DEGREE
    aside = up / max(0.01, math.cos(math.radians(min(85.0, abs(lat) + up))))
    values = {
        "lon": lon, "lat": lat, "within_m": within_m, "category": _exact(category),
        "top": category and category[:2], "jurisdiction": jurisdiction_id, "now": now,
        "closed_since": closed_since, "limit": limit,
        "west": lon - aside, "south": lat - up, "east": lon + aside, "north": lat + up,
    }  # fmt: skip
    rows = connection.execute(text(NEAR), values).mappings()
    return [_row(dict(row), now) for row in rows]


def _exact(category: str | None) -> str | None:
    """A category of the second level; of a top one all below it are the same."""
    return category if category is not None and len(category) == 4 else None


def _row(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    row["category"] = {
        "code": row.pop("category_code"),
        "name": names(row.pop("name_zh"), row.pop("name_en")),
    }
    row["status"] = "open" if row.pop("is_open") else "closed"
    row["distance_m"] = round(row["distance_m"], 1)
    row["ago_s"] = max(0, int((now - row["reported_at"]).total_seconds()))
    return row
