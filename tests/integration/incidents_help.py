"""Incidents by the thousand in a small town, at given places and moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import numpy as np
from sqlalchemy import Engine, text

from gis.store.engine import acting
from tests.factories import Town

INSERT = """
INSERT INTO incident (serial, jurisdiction_id, category_code, severity, source, title, reported_at,
                      stage, plan_id, grid_id, grid_code, route_rule, location)
SELECT :mark || given.n, :jurisdiction, given.category, 2, given.source, 't', given.at,
       'dispatched', g.plan_id, g.id, g.code, 'inside', place
FROM unnest(cast(:lon AS float8[]), cast(:lat AS float8[]), cast(:at AS timestamptz[]),
            cast(:category AS text[]), cast(:source AS text[]))
     WITH ORDINALITY AS given (lon, lat, at, category, source, n),
LATERAL (SELECT ST_SetSRID(ST_MakePoint(lon, lat), 4326) AS place) AS placed
JOIN grid AS g ON g.plan_id = :plan AND g.level = 3 AND ST_Intersects(g.geom, place)
ON CONFLICT DO NOTHING
"""


def report_many(
    engine: Engine, town: Town, lon: Any, lat: Any, days_ago: Any, *, mark: str,
    category: str = "01", source: str = "patrol",
) -> None:  # fmt: skip
    """One incident for each place (WGS 84) and age in days; those off all grids are left out."""
    now = datetime.now(UTC)
    count = len(lon)
    with acting(engine, "tests", reason="incidents to count") as connection:
        connection.execute(
            text(INSERT),
            {
                "mark": mark, "jurisdiction": town.jurisdiction_id, "plan": town.plan_id,
                "lon": np.asarray(lon).tolist(), "lat": np.asarray(lat).tolist(),
                "at": [now - timedelta(days=float(age)) for age in days_ago],
                "category": [category] * count, "source": [source] * count,
            },
        )  # fmt: skip


def once_ready(http: httpx.Client, path: str, **params: Any) -> dict[str, Any]:
    """The answer of an address that may first say that it is being made; each request waits."""
    for _ in range(400):
        answer = http.get(f"/api/v1/{path}", params=params)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        if found["ready"]:
            return found
    raise AssertionError(f"{path} is never ready")
