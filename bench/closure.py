"""Closure figures of 2 million cases: a question asked anew, one asked again, and the list behind.

What is counted lies in memory; the clock runs over the workflow with its questions to the database
(what changed since, names), without HTTP: processor time of this process beside wall time. Uses
the database of `bench.tiles`. Its cases have no deadlines and nobody who answers: those they get
while they are read, in memory, so that no table of 2 million rows is written. Writes
bench/out/closure.json.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from sqlalchemy import Connection, event, text

from bench.tiles import prepare
from gis.assessment.closure import NEVER
from gis.settings import Settings
from gis.store import closure as stored
from gis.store.cluster.database import connection_string, normalised
from gis.store.engine import make_engine
from gis.store.incident_filter import IncidentFilter
from gis.store.incidents import incident_page
from gis.workflows.closure import Asked, ClosureView, cases_behind, closure_figures
from gis.workflows.closure_columns import LiveCases
from gis.workflows.closure_groups import ALL_BY

OUT = Path(__file__).parent / "out" / "closure.json"
PERSONS, DEPARTMENTS = 300, 30
PEOPLE = """
INSERT INTO person (name) SELECT 'bench ' || n FROM generate_series(1, 300) AS n
WHERE NOT EXISTS (SELECT FROM person WHERE name = 'bench 1')
"""
DEPARTED = """
INSERT INTO organisation (code, kind, name_zh, parent_id)
SELECT '410102-D' || n, 'department', '部门' || n,
  (SELECT id FROM organisation WHERE code = '410102')
FROM generate_series(31, 60) AS n ON CONFLICT (code) DO NOTHING
"""
FIRST = """
SELECT (SELECT min(id) FROM person WHERE name LIKE 'bench %'),
       (SELECT min(id) FROM organisation WHERE kind = 'department')
"""
DAY_US = 86_400_000_000
ZONE = "Asia/Shanghai"


class DatedCases(LiveCases):
    """Cases as the database holds them, due 1 to 15 days after the report and closed 0 to 20 days
    after it; 300 people answer for them, 30 departments for a quarter of them."""

    person, department = 0, 0

    @staticmethod
    def all_rows(connection: Connection) -> Iterator[tuple[Any, Any]]:
        for rows, jurisdictions in stored.all_rows(connection):
            yield dated(dict(rows)), jurisdictions


def dated(rows: dict[str, Any]) -> dict[str, Any]:
    ids, at = rows["id"], rows["at"]
    rows["due"] = at + (1 + ids % 15) * DAY_US
    rows["closed"] = np.where(
        rows["closed"] == NEVER, NEVER, at + ids * 7919 % 20_000 * (DAY_US // 1000)
    )
    rows["person"] = DatedCases.person + ids % PERSONS
    rows["department"] = np.where(ids % 4 == 0, DatedCases.department + ids % DEPARTMENTS, 0)
    return rows


def ready(url: str) -> None:
    """Have names for those who answer."""
    with psycopg.connect(connection_string(url)) as connection:
        connection.execute("SELECT set_config('wangge.actor', 'bench', false)")
        connection.execute(PEOPLE)
        connection.execute(DEPARTED)
        row = connection.execute(FIRST).fetchone()
    assert row is not None
    DatedCases.person, DatedCases.department = row


def spent_ms(run: Callable[[], Any], times: int) -> dict[str, float]:
    """Medians of processor time of this process and of wall time."""
    cpu, wall = [], []
    for _ in range(times):
        start, used = time.perf_counter(), time.process_time()
        run()
        wall.append(1000 * (time.perf_counter() - start))
        cpu.append(1000 * (time.process_time() - used))
    return {
        "cpu_ms": round(statistics.median(cpu), 1), "wall_ms": round(statistics.median(wall), 1)
    }  # fmt: skip


def measure(connection: Connection, jurisdiction: int, repeats: int) -> dict[str, Any]:
    view = ClosureView()
    view.live = DatedCases()
    start, used = time.perf_counter(), time.process_time()
    with view.live.all(connection) as held:
        cases = len(held[jurisdiction])
    found: dict[str, Any] = {
        "cases": cases,
        "loaded_s": round(time.perf_counter() - start, 1),
        "loaded_cpu_s": round(time.process_time() - used, 1),
        "questions": {},
    }
    windows = {
        "a month": {"since": datetime(2026, 10, 1, tzinfo=UTC),
                    "until": datetime(2026, 11, 1, tzinfo=UTC)},
        "all": {},
    }  # fmt: skip
    for window, span in windows.items():
        asked = Asked(jurisdiction_id=jurisdiction, **span)
        for by in ALL_BY:

            def anew(by: Any = by, asked: Asked = asked) -> Any:
                view.answers = type(view.answers)(view.answers.most)
                return closure_figures(connection, view, asked, by=by, time_zone=ZONE)

            def again(by: Any = by, asked: Asked = asked) -> Any:
                return closure_figures(connection, view, asked, by=by, time_zone=ZONE)

            anew()
            found["questions"][f"{window}, {by}"] = {
                "uncached": spent_ms(anew, repeats), "cached": spent_ms(again, repeats),
            }  # fmt: skip
            print(f"{window}, {by}: {found['questions'][f'{window}, {by}']}", flush=True)
        for name in ("found", "due", "on_time", "overdue"):

            def listed(name: Any = name, asked: Asked = asked, kept: bool = False) -> Any:
                if not kept:
                    view.lists = type(view.lists)(view.lists.most)
                among = cases_behind(connection, view, asked, name)
                wanted = IncidentFilter(jurisdiction_id=jurisdiction, among=among)
                return incident_page(connection, wanted, limit=50)

            found["questions"][f"{window}, list of {name}"] = {
                "uncached": spent_ms(listed, repeats),
                "cached": spent_ms(lambda name=name, asked=asked: listed(name, asked, True),
                                   repeats),
            }  # fmt: skip
    found["plan"] = plan_of(connection, view, jurisdiction)
    return found


def plan_of(connection: Connection, view: ClosureView, jurisdiction: int) -> list[str]:
    """How the database finds a page of a list: the nodes that read `incident`."""
    said: list[tuple[str, Any]] = []
    asked = Asked(jurisdiction_id=jurisdiction)
    among = cases_behind(connection, view, asked, "due")

    def keep(_: Any, __: Any, statement: str, values: Any, *___: Any) -> None:
        said.append((statement, values))

    event.listen(connection.engine, "before_cursor_execute", keep)
    wanted = IncidentFilter(jurisdiction_id=jurisdiction, among=among)
    incident_page(connection, wanted, limit=50)
    event.remove(connection.engine, "before_cursor_execute", keep)
    statement, values = said[-1]
    driver: Any = connection.connection.dbapi_connection
    rows = driver.execute(f"EXPLAIN (ANALYZE, COSTS OFF) {statement}", values).fetchall()
    lines = [row[0].strip() for row in rows]
    return [line for line in lines if "incident" in line or "Execution" in line]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=2_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--url", help="a database that is filled already")
    options = parser.parse_args(arguments)
    url = normalised(options.url) if options.url else prepare(Settings(), options.incidents)
    ready(url)
    engine = make_engine(url)
    with engine.connect() as connection:
        jurisdiction = connection.scalar(text("SELECT id FROM organisation WHERE code = '410102'"))
        result = measure(connection, int(jurisdiction or 0), options.repeats)
    engine.dispose()
    result |= {"incidents": options.incidents, "load_average": os.getloadavg()[0]}
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
