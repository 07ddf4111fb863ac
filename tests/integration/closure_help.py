"""What tests of closure figures share: many cases written at once, and a plain count of them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from api.app import create_app
from gis.settings import Settings
from gis.store.engine import acting
from tests.factories import SOUTH, STEP, WEST, Town
from tests.server import let_in

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


SINCE, UNTIL = NOW - 30 * DAY, NOW - 2 * DAY
FIGURES = ("found", "due", "closed", "on_time", "reopened", "overdue")


def app_of(engine: Engine, folder: Path) -> TestClient:
    url = engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data_dir=folder, log_level="CRITICAL"), url)
    let_in(app, url)
    return TestClient(app)


def figures(client: TestClient, town: Town, by: str = "category", **more: Any) -> dict[str, Any]:
    query = {"jurisdiction": town.jurisdiction_id, "since": SINCE, "until": UNTIL, **more}
    people = by == "person"
    query |= {} if people else {"by": by}
    said = {name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in query.items() if value is not None}  # fmt: skip
    answer = client.get(f"/api/v1/stats/closure{'/people' if people else ''}", params=said)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def listed(client: TestClient, town: Town, measure: str, **more: Any) -> list[int]:
    """The ids of the list behind a figure, read page by page."""
    query = {"jurisdiction": town.jurisdiction_id, "since": SINCE, "until": UNTIL,
             "measure": measure, "limit": 37, **more}  # fmt: skip
    said = {name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in query.items() if value is not None}  # fmt: skip
    found: list[int] = []
    while True:
        page = client.get("/api/v1/incidents", params=said).json()
        found += [item["id"] for item in page["items"]]
        if page["next"] is None:
            assert len(set(found)) == len(found)
            return found
        said["cursor"] = page["next"]
