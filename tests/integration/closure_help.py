"""What tests of closure figures share: many cases written at once, and a plain count of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, text

from gis.store.engine import acting
from tests.factories import SOUTH, STEP, WEST, Town

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
SOURCES = ("patrol", "hotline_12345", "sensor")
INSERT = """
INSERT INTO incident (serial, jurisdiction_id, category_code, severity, source, title, reported_at,
  due_at, closed_at, stage, dismissed, merged_into, plan_id, grid_id, grid_code, queue_id, post_id,
  person_id, responsible_level, department_id, route_rule, location)
SELECT 'C' || (:first + row_number() OVER ()), :jurisdiction, c.category, c.severity, c.source, 't',
  c.reported, c.due, c.closed, CASE WHEN c.closed IS NULL THEN 'dispatched' ELSE 'closed' END,
  c.dismissed, NULL, g.plan_id, g.id, g.code, CASE WHEN g.id IS NULL THEN :queue END, p.id,
  p.person_id, CASE WHEN p.id IS NOT NULL THEN c.level END, c.department,
  CASE WHEN g.id IS NULL THEN 'outside_queue' ELSE 'inside' END,
  ST_SetSRID(ST_MakePoint(c.lon, c.lat), 4326)
FROM jsonb_to_recordset(cast(:cases AS jsonb)) AS c (category text, severity int, source text,
  reported timestamptz, due timestamptz, closed timestamptz, dismissed text, grid text, level int,
  department bigint, lon float8, lat float8)
LEFT JOIN grid AS g ON g.code = c.grid AND g.plan_id = :plan
LEFT JOIN grid AS above ON above.plan_id = :plan AND above.level = c.level
  AND above.code = left(c.grid, 6 + 3 * c.level)
LEFT JOIN post AS p ON p.grid_id = above.id
ORDER BY c.reported
"""


def place_of(code: str) -> tuple[float, float]:
    """A place inside one of the town's sixteen basic grids."""
    community, basic = int(code[9:12]) - 1, int(code[12:]) - 1
    column, row = 2 * (community % 2) + basic % 2, 2 * (community // 2) + basic // 2
    return WEST + (column + 0.5) * STEP, SOUTH + (row + 0.5) * STEP


def write_cases(engine: Engine, town: Town, cases: Iterable[dict[str, Any]]) -> None:
    """Write cases, each with what differs from an open patrol report of a day ago."""
    import json

    told = []
    for case in cases:
        grid = case.get("grid", "410102004001001")
        lon, lat = place_of(grid) if grid else (WEST + 1, SOUTH)
        told.append({
            "category": "0101", "severity": 2, "source": "patrol", "reported": NOW - DAY,
            "grid": grid, "level": 3, "lon": lon, "lat": lat, **case,
        })  # fmt: skip
    with acting(engine, "tests") as connection:
        first = connection.scalar(text("SELECT count(*) FROM incident"))
        connection.execute(
            text(INSERT),
            {
                "cases": json.dumps(told, default=str), "first": first, "plan": town.plan_id,
                "jurisdiction": town.jurisdiction_id, "queue": town.queue_id,
            },
        )  # fmt: skip


def random_cases(rng: random.Random, town: Town, departments: list[int], count: int) -> list[dict]:
    """Cases of every kind within 60 days around now: dated or not, closed or not, dismissed."""
    grids = [code for code in town.grid_ids if len(code) == 15]
    cases = []
    for _ in range(count):
        reported = NOW - DAY * rng.uniform(0.1, 60)
        due = rng.choice((None, *[reported + DAY * rng.uniform(0.5, 30)] * 5))
        closed = rng.choice((None, min(NOW, reported + DAY * rng.uniform(0.01, 40))))
        if closed is not None and due is not None and due < NOW and rng.random() < 0.1:
            closed = due  # to the very microsecond
        grid = rng.choice((None, *grids))
        cases.append({
            "category": rng.choice(("01", "0101", "02", "03")), "severity": rng.randint(1, 4),
            "source": rng.choice(SOURCES), "reported": reported, "due": due, "closed": closed,
            "dismissed": "rejected" if closed and rng.random() < 0.15 else None,
            "grid": grid, "level": rng.choice((1, 2, 3)) if grid else None,
            "department": rng.choice((None, *departments)),
        })  # fmt: skip
    return cases


COUNTING: dict[str, Callable[[dict[str, Any], datetime, datetime, datetime], bool]] = {
    "found": lambda row, since, until, now: since <= row["reported_at"] < until,
    "due": lambda row, since, until, now: (
        row["due_at"] is not None and since <= row["due_at"] < min(until, now)
    ),
    "closed": lambda row, since, until, now: (
        COUNTING["due"](row, since, until, now) and row["closed_at"] is not None
    ),
    "on_time": lambda row, since, until, now: (
        COUNTING["closed"](row, since, until, now) and row["closed_at"] <= row["due_at"]
    ),
    "overdue": lambda row, since, until, now: (
        row["closed_at"] is None and row["due_at"] is not None and row["due_at"] < now
    ),
}


def rows_of(engine: Engine) -> list[dict[str, Any]]:
    """Every case as a row, with the code of the organisation that answers for it."""
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT i.*, 1 AS one FROM incident AS i")).mappings()
        return [dict(row) for row in rows]
