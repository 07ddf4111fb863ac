"""Closure figures of 2 million cases: a question asked anew, one asked again, and the list behind.

What is counted lies in memory; the clock runs over the workflow with its questions to the database
(what changed since, names), without HTTP. Uses the database of `bench.tiles`, in which cases get
deadlines and people first. Writes bench/out/closure.json.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection, event, text

from bench.tiles import prepare
from gis.settings import Settings
from gis.store.cluster.database import connection_string, normalised
from gis.store.engine import make_engine
from gis.store.incident_filter import IncidentFilter
from gis.store.incidents import incident_page
from gis.workflows.closure import Asked, ClosureView, cases_behind, closure_figures
from gis.workflows.closure_groups import ALL_BY

OUT = Path(__file__).parent / "out" / "closure.json"
MARK = "bench_closure"
# Due 1 to 15 days after the report, closed 0 to 20 days after it; 300 people, 30 departments.
DATED = """
UPDATE incident SET due_at = reported_at + (1 + id % 15) * interval '1 day',
  closed_at = CASE WHEN closed_at IS NOT NULL
    THEN reported_at + (id * 7919 % 20000) / 1000.0 * interval '1 day' END,
  person_id = (SELECT min(id) FROM person WHERE name LIKE 'bench %') + id % 300,
  department_id = CASE WHEN id % 4 = 0
    THEN (SELECT min(id) FROM organisation WHERE kind = 'department') + id % 30 END
"""
PEOPLE = "INSERT INTO person (name) SELECT 'bench ' || n FROM generate_series(1, 300) AS n"
DEPARTMENTS = """
INSERT INTO organisation (code, kind, name_zh, parent_id)
SELECT '410102-D' || n, 'department', '部门' || n,
  (SELECT id FROM organisation WHERE code = '410102')
FROM generate_series(31, 60) AS n
"""
ZONE = "Asia/Shanghai"


def ready(url: str) -> None:
    """Give the cases deadlines, and people who answer, once."""
    with psycopg.connect(connection_string(url)) as connection:
        if connection.execute("SELECT to_regclass(%s)", [MARK]).fetchone() != (None,):
            return
        print("giving cases their deadlines: some minutes", flush=True)
        connection.execute("SELECT set_config('wangge.actor', 'bench', false)")
        connection.execute(PEOPLE)
        connection.execute(DEPARTMENTS)
        connection.execute("ALTER TABLE incident DISABLE TRIGGER USER")
        connection.execute(DATED)
        connection.execute("ALTER TABLE incident ENABLE TRIGGER USER")
        connection.execute(f"CREATE TABLE {MARK} ()")
    with psycopg.connect(connection_string(url), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE incident")


def median_ms(run: Callable[[], Any], times: int) -> float:
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        taken.append(1000 * (time.perf_counter() - start))
    return round(statistics.median(taken), 1)


def measure(connection: Connection, jurisdiction: int, repeats: int) -> dict[str, Any]:
    view = ClosureView()
    start = time.perf_counter()
    with view.live.all(connection) as held:
        cases = len(held[jurisdiction])
    loaded_s = time.perf_counter() - start
    found: dict[str, Any] = {"cases": cases, "loaded_s": round(loaded_s, 1), "questions": {}}
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
                "uncached_ms": median_ms(anew, repeats), "cached_ms": median_ms(again, repeats),
            }  # fmt: skip
        for name in ("found", "due", "on_time", "overdue"):

            def listed(name: Any = name, asked: Asked = asked, kept: bool = False) -> Any:
                if not kept:
                    view.lists = type(view.lists)(view.lists.most)
                among = cases_behind(connection, view, asked, name)
                wanted = IncidentFilter(jurisdiction_id=jurisdiction, among=among)
                return incident_page(connection, wanted, limit=50)

            found["questions"][f"{window}, list of {name}"] = {
                "uncached_ms": median_ms(listed, repeats),
                "cached_ms": median_ms(lambda name=name, asked=asked: listed(name, asked, True),
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
