"""A plan takes over from another: 20,000 grids, 50,000 open incidents, a second process listening.

What publishing costs in processor time and write-ahead log, how long reports have to wait, and how
soon the other process has the new plan's locator without being asked. Writes
bench/out/publishing.json.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from bench.tiles_data import ACTOR, BASE, COLUMNS, INCIDENTS, ROWS, SOUTH, STEP, WEST, grid_rows
from gis.settings import Settings
from gis.store import migrate
from gis.store.cluster import create_database, ensure_database
from gis.store.cluster.database import connection_string, normalised
from gis.store.engine import acting, make_engine
from gis.workflows.previews import Previews
from gis.workflows.publishing import publish_plan

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "bench" / "out" / "publishing.json"
NAME = "wangge_bench_publishing"
PAIRS = 200  # of neighbouring grids that exchange their codes in each new plan
LISTENER = """
import sys, threading, time
from pathlib import Path
import api.app
from gis.settings import Settings
from gis.workflows.locators import Locators
from tests.server import let_in

class Told(Locators):
    def _keep(self, plan_id, made):
        super()._keep(plan_id, made)
        print(plan_id, time.time(), flush=True)

api.app.Locators = Told
import uvicorn
app = api.app.create_app(Settings(data_dir=Path(sys.argv[2]), log_level="ERROR"), sys.argv[1])
let_in(app, sys.argv[1])
uvicorn.run(app, port=0, log_level="error")
"""
GRIDS = """
INSERT INTO grid (plan_id, code, name_zh, name_en, population, households, area_m2, load, deviation,
                  units, compactness, hue, geom, geom_3857_low)
SELECT :plan, code, name_zh, name_en, population, households, area_m2, load, deviation, units,
       compactness, hue, geom, geom_3857_low
FROM (SELECT coalesce(p.other, g.code) AS code, g.name_zh, g.name_en, population, households,
             area_m2, load, deviation, units, compactness, hue, geom, geom_3857_low
      FROM grid AS g LEFT JOIN unnest(cast(:codes AS text[]), cast(:others AS text[]))
           AS p (code, other) ON p.code = g.code WHERE g.plan_id = :former) AS renamed
"""
OPEN = "UPDATE incident SET stage = 'dispatched', closed_at = NULL WHERE stage = 'closed'"


def prepared(incidents: int) -> str:
    """The URL of a fresh database: a plan in force with a person for each grid, and incidents."""
    server = ensure_database(Settings())
    name = f"{NAME}_{time.time_ns()}"
    create_database(server, name)
    url = make_url(normalised(server)).set(database=name).render_as_string(hide_password=False)
    migrate.upgrade(url)
    rows = grid_rows()
    with psycopg.connect(connection_string(url)) as connection:
        connection.execute(ACTOR)
        connection.execute(BASE)
        plan = connection.execute("SELECT id FROM plan").fetchone()
        assert plan is not None
        with connection.cursor().copy(
            "COPY grid (plan_id, code, name_zh, name_en, population, households, area_m2, load,"
            " deviation, units, compactness, hue, geom, geom_3857_low) FROM STDIN"
        ) as copy:
            for code, shape in rows:
                wkb = (
                    f"SRID=4326;{shape.wkt}"
                    if shape.geom_type == "MultiPolygon"
                    else (f"SRID=4326;MULTIPOLYGON({shape.wkt.removeprefix('POLYGON ')})")
                )
                low = "SRID=3857;MULTIPOLYGON(((0 0,1 0,1 1,0 0)))"
                copy.write_row((plan[0], code, code, code, 500, 180, 160_000.0, 500.0, 0, 12, 0.7,
                                0, wkb, low))  # fmt: skip
        connection.execute(
            "WITH made AS (INSERT INTO person (name) SELECT code FROM grid WHERE level = 3"
            " RETURNING id, name) INSERT INTO post (person_id, grid_id, grid_level, role, seat,"
            " held, recorded_by) SELECT made.id, grid.id, 3, 'lead', 1,"
            " tstzrange('2026-11-01', NULL), 'bench' FROM made JOIN grid ON code = made.name"
        )
        connection.execute(
            "UPDATE plan SET status = 'published', effective = tstzrange('2026-11-01', NULL)"
        )
        connection.execute("SELECT setseed(0.42)")
        connection.execute(
            INCIDENTS.format(
                west=WEST, south=SOUTH, width=COLUMNS * STEP, height=ROWS * STEP,
                centres=400, total=incidents, step=STEP, columns=COLUMNS, rows=ROWS,
            )
        )  # fmt: skip
        connection.execute(OPEN)
    with psycopg.connect(connection_string(url), autocommit=True) as connection:
        connection.execute("VACUUM FULL ANALYZE")
    return url


def drop(url: str) -> None:
    name = make_url(url).database
    server = connection_string(ensure_database(Settings()))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def draft(engine: Engine, number: int) -> int:
    """A draft of the plan in force with other codes for some pairs of neighbours."""
    with acting(engine, "bench") as connection:
        former = connection.scalar(text("SELECT id FROM plan WHERE status = 'published'"))
        codes = list(
            connection.scalars(
                text("SELECT code FROM grid WHERE plan_id = :p AND level = 3 ORDER BY code"),
                {"p": former},
            )
        )
        first = [codes[25 * k + 2 * (number % 12)] for k in range(PAIRS)]
        second = [codes[25 * k + 2 * (number % 12) + 1] for k in range(PAIRS)]
        plan = connection.execute(
            text(
                "INSERT INTO plan (jurisdiction_id, name, tolerance, created_by)"
                " SELECT jurisdiction_id, name, tolerance, 'bench' FROM plan WHERE id = :p"
                " RETURNING id"
            ),
            {"p": former},
        ).scalar_one()
        connection.execute(
            text(GRIDS),
            {"plan": plan, "former": former, "codes": first + second, "others": second + first},
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
        connection.execute(text("CHECKPOINT"))
    return int(plan)


def cpu_s(process: int | str) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def published(engine: Engine, plan: int) -> dict[str, Any]:
    """One publication, measured; `waited_s` is from asking for the gate to the commit."""
    at_gate: list[float] = []

    def progress(step: str, fraction: float) -> None:
        if step == "plan-step-publish" and fraction == 0.0:
            at_gate.append(time.perf_counter())

    with engine.connect() as other:
        before = other.scalar(text("SELECT pg_current_wal_insert_lsn()"))
    start, own = time.perf_counter(), time.process_time()
    with acting(engine, "bench", action="publish") as connection:
        backend = connection.scalar(text("SELECT pg_backend_pid()"))
        spent = cpu_s(backend)
        done = publish_plan(connection, plan, progress=progress)
        spent = cpu_s(backend) - spent
    end, committed = time.perf_counter(), time.time()
    with engine.connect() as other:
        wal = other.scalar(
            text("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), cast(:b AS pg_lsn))"),
            {"b": str(before)},
        )
    return {
        "open": done.open_incidents,
        "moved": len(done.moves),
        "seconds": round(end - start, 2),
        "reports_wait_s": round(end - at_gate[0], 2),
        "cpu_s": round(time.process_time() - own, 2),
        "database_cpu_s": round(spent, 2),
        "wal_mb": round(int(wal) / 1e6, 1),
        "committed": committed,
    }


def previewed(engine: Engine, plan: int, limit: int = 200) -> dict[str, Any]:
    """All pages of a preview: seconds for the first, and for each of the rest."""
    spent, after, seen = [], 0, 0
    previews = Previews()
    following: int | None = 0
    while following is not None:
        start = time.perf_counter()
        _, shown, following = previews.page(engine, plan, limit=limit, after=after)
        spent.append(time.perf_counter() - start)
        after, seen = following or 0, seen + len(shown)
    return {
        "pages": len(spent),
        "items": seen,
        "first_s": round(spent[0], 2),
        "further_ms": round(1000 * statistics.median(spent[1:] or [0.0])),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=50_000)
    parser.add_argument("--plans", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0, help="which pairs are exchanged first")
    parser.add_argument("--url", help="a database that an earlier run has filled, to be kept")
    wanted = parser.parse_args()
    url = wanted.url or prepared(wanted.incidents)
    print(url, flush=True)
    engine = make_engine(url)
    with engine.connect() as connection:
        queued = connection.scalar(text("SELECT count(*) FROM incident WHERE plan_id IS NULL"))
    if queued == wanted.incidents:  # from the queue to their grids
        print(published(engine, draft(engine, 11)), flush=True)
    folder = tempfile.mkdtemp(prefix="wangge-bench-")
    listener = subprocess.Popen(
        [sys.executable, "-c", LISTENER, url, folder], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert listener.stdout is not None
    try:
        listener.stdout.readline()  # the plan in force: the process is warm
        runs, waits = [], []
        tried = None
        for number in range(wanted.plans):
            plan = draft(engine, wanted.seed + number)
            tried = tried or previewed(engine, plan)
            run = published(engine, plan)
            heard = listener.stdout.readline().split()
            assert heard[0] == str(plan)
            waits.append(float(heard[1]) - run.pop("committed"))
            runs.append(run)
            print(run, round(waits[-1], 3), flush=True)
    finally:
        listener.terminate()
        listener.wait(30)
        engine.dispose()
        if not wanted.url:
            drop(url)
    result = {
        "grids": COLUMNS * ROWS,
        **{key: statistics.median(run[key] for run in runs) for key in runs[0]},
        "preview": tried,
        "other_process_ready_s": [round(one, 3) for one in sorted(waits)],
        "load_average": round(os.getloadavg()[0], 1),
    }
    print(result)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
