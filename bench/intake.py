"""Incidents taken in: files with routing, and reports one by one over HTTP against pgbench.

Everything is durable by PostgreSQL's own defaults. Client, server and database share the machine.
Writes bench/out/intake.json.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Engine, text

from bench import intake_ceiling, intake_pgbench
from bench.first_page import wait_for
from bench.http_load import post
from gis.report import Report
from gis.settings import Settings
from gis.store.cluster import Cluster, create_database, find_server, prepare
from gis.store.cluster.server import Server
from gis.store.engine import make_engine
from gis.store.migrate import upgrade
from gis.workflows.demo import DemoRequest, load_demo
from gis.workflows.import_rows import ImportRequest
from gis.workflows.imports import import_file
from gis.workflows.locators import Locators
from tests.signing import sign_in

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "bench" / "out" / "intake.json"
CONNECTIONS = (16, 64)
PATH = "/api/v1/incidents"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="of an imported file")
    parser.add_argument("--seconds", type=int, default=20, help="of each run of single reports")
    parser.add_argument("--files-only", action="store_true", help="no reports one by one")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wangge-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = find_server(Settings())
        cluster = Cluster(folder, folder / "s", server=server, durable=True)
        cluster.start()
        try:
            create_database(cluster.url_of("postgres"), "wangge")
            prepare(cluster.url)
            upgrade(cluster.url)
            figures = measure(cluster.url, folder, server, wanted)
        finally:
            cluster.stop()
    OUT.parent.mkdir(exist_ok=True)
    former = json.loads(OUT.read_text()) if OUT.exists() else {}
    figures = {"single": former.get("single", {})} | figures
    OUT.write_text(json.dumps(figures, indent=1))
    print(json.dumps(figures, indent=1))


def measure(url: str, folder: Path, server: Server, wanted: argparse.Namespace) -> dict[str, Any]:
    engine = make_engine(url)
    started = time.perf_counter()
    summary = load_demo(engine, DemoRequest(until=datetime(2026, 11, 1, tzinfo=UTC)))
    demo_s = time.perf_counter() - started
    with engine.connect() as connection:
        jurisdiction = connection.scalars(text("SELECT jurisdiction_id FROM plan")).one()
        box = connection.execute(
            text("SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)"
                 " FROM (SELECT ST_Extent(geom) AS e FROM grid) AS g")
        ).one()  # fmt: skip
    rng = np.random.default_rng(1)
    places = np.column_stack([rng.uniform(box[i], box[i + 2], 50_000) for i in (0, 1)])
    # A service has taken in files before: what it reads once, as its sentences, is read by now.
    import_rows(engine, jurisdiction, box, folder, 200, "first")
    bulk = {
        kind: import_rows(engine, jurisdiction, box, folder, wanted.rows, kind)
        for kind in ("closed", "open")
    }
    ceilings = {kind: intake_ceiling.ceilings(url, kind) for kind in bulk}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = {
        "demo_seconds": round(demo_s, 1),
        "demo_incidents": summary.incidents,
        "bulk_rows": wanted.rows,
        "bulk": bulk,
        "bulk_ceilings": ceilings,
        "load_average": round(os.getloadavg()[0], 1),
        "peak_memory_mb": round(peak),
    }
    if wanted.files_only:
        engine.dispose()
        return figures
    headers = sign_in(engine, "dispatcher", organisation_id=jurisdiction)
    single = {}
    with serving(url, folder) as port:
        like = first_report(engine, port, headers, places)
        intake_pgbench.prepare(url, like)
        for connections in CONNECTIONS:
            single[connections] = one_by_one(
                url, port, headers, places, connections, server, folder, wanted.seconds
            )
    engine.dispose()
    return figures | {"single": single}


def import_rows(
    engine: Engine, jurisdiction: int, box: Any, folder: Path, rows: int, kind: str
) -> dict[str, float]:
    """A CSV file of archived cases, closed long ago, or open ones with clocks: `rows_per_s`, and
    what each row takes of a processor, here (`cpu_us_here`) and in all processes of the database
    (`cpu_us_there`)."""
    rng = np.random.default_rng(2)
    first = datetime(2026, 1, 1, tzinfo=UTC)
    moments = [first + timedelta(minutes=2 * i) for i in range(rows)]
    table = pd.DataFrame(
        {
            "lon": rng.uniform(box[0], box[2], rows), "lat": rng.uniform(box[1], box[3], rows),
            "category": "0301", "title": "搭建棚屋", "source": "patrol",
            "source_ref": [f"{kind}-{i}" for i in range(rows)], "reported_at": moments,
        }
    )  # fmt: skip
    if kind == "closed":
        table["closed_at"] = [moment + timedelta(hours=5) for moment in moments]
    path = folder / f"{kind}.csv"
    table.to_csv(path, index=False)
    locators = Locators()
    locators.warm(engine)
    with engine.connect() as connection:
        backend = connection.scalars(text("SELECT pg_backend_pid()")).one()
    started, here, there = time.perf_counter(), time.process_time(), server_s(backend)
    written = import_file(
        engine, locators,
        ImportRequest(jurisdiction_id=jurisdiction, file_name=path.name, crs="EPSG:4326",
                      actor="bench"),
        path, report=Report(source=path.name),
    )  # fmt: skip
    seconds, here = time.perf_counter() - started, time.process_time() - here
    if written != rows:
        raise RuntimeError(f"{written} of {rows} rows were written")
    return {
        "rows_per_s": round(rows / seconds),
        "cpu_us_here": round(here / rows * 1e6, 1),
        "cpu_us_there": round((server_s(backend) - there) / rows * 1e6, 1),
    }


def server_s(backend: int) -> float:
    """Seconds of a processor that all processes of the server have taken until now."""

    def stat(pid: str) -> list[str]:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()

    server, ticks = stat(str(backend))[1], 0
    for one in Path("/proc").iterdir():
        with suppress(OSError):
            if one.name.isdigit() and server in (one.name, stat(one.name)[1]):
                ticks += sum(map(int, stat(one.name)[11 : 15 if one.name == server else 13]))
    return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(url: str, folder: Path) -> Iterator[int]:
    """`wangge serve` in a process of its own; without the worker, whose rows would be counted."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    running = subprocess.Popen(
        [sys.executable, "-m", "api.cli", "serve", "--port", str(port), "--no-worker"],
        cwd=ROOT,
        env=os.environ
        | {"DATABASE_URL": url, "WANGGE_DATA_DIR": str(folder / "data"),
           "WANGGE_LOG_LEVEL": "ERROR"},
    )  # fmt: skip
    try:
        wait_for(f"http://127.0.0.1:{port}/api/v1/ready", running)
        yield port
    finally:
        running.terminate()
        running.wait(30)


def bodies(
    places: np.ndarray, *, seconds: float = 3600, most: int | None = None
) -> Iterator[bytes]:
    """Reports at one place after another, until the time is up."""
    until = time.perf_counter() + seconds
    for number, (lon, lat) in enumerate(itertools.cycle(places.tolist())):
        if number == most or time.perf_counter() >= until:
            return
        report = {
            "category": "0301",
            "title": "搭建棚屋",
            "source": "patrol",
            "lon": lon,
            "lat": lat,
        }
        yield json.dumps(report, ensure_ascii=False).encode()


def first_report(engine: Engine, port: int, headers: dict[str, str], places: np.ndarray) -> int:
    """Let the process get warm; gives the incident that its last report became."""
    done = asyncio.run(post(port, PATH, bodies(places, most=200), headers, 4))
    if set(done.statuses) != {201}:
        raise RuntimeError(f"reports were answered {done.statuses}")
    with engine.connect() as connection:
        return connection.scalars(text("SELECT max(id) FROM incident")).one()


def one_by_one(
    url: str,
    port: int,
    headers: dict[str, str],
    places: np.ndarray,
    connections: int,
    server: Server,
    folder: Path,
    seconds: int,
) -> dict[str, Any]:
    """Ours and pgbench in turn, twice; the better run of each counts. Checks what was left behind.

    Raises RuntimeError where a report was refused or left other rows than pgbench writes.
    """
    runs: dict[str, list[dict[str, Any]]] = {"ours": [], "pgbench": [], "row_alone": []}
    for _ in range(2):
        before = intake_pgbench.rows_left(url)
        done = asyncio.run(post(port, PATH, bodies(places, seconds=seconds), headers, connections))
        between = intake_pgbench.rows_left(url)
        if set(done.statuses) != {201}:
            raise RuntimeError(f"reports were answered {done.statuses}")
        runs["ours"].append(done.summary())
        ran = intake_pgbench.run(server, url, folder, connections=connections, seconds=seconds)
        after = intake_pgbench.rows_left(url)
        runs["pgbench"].append(ran)
        ours = {it: round((between[it] - before[it]) / len(done.latencies), 3) for it in before}
        theirs = {it: round((after[it] - between[it]) / ran["transactions"], 3) for it in before}
        if ours != theirs:
            raise RuntimeError(f"rows of one report: ours {ours}, pgbench {theirs}")
        runs["row_alone"].append(
            intake_pgbench.run(
                server, url, folder, connections=connections, seconds=seconds, alone=True
            )
        )
    best = {name: max(of, key=lambda run: run["per_s"]) for name, of in runs.items()}
    return best | {
        "rows_of_a_report": ours,
        "ratio": round(best["ours"]["per_s"] / best["pgbench"]["per_s"], 2),
        "ratio_row_alone": round(best["ours"]["per_s"] / best["row_alone"]["per_s"], 2),
        "ratio_p99": round(best["ours"]["p99_ms"] / best["pgbench"]["p99_ms"], 2),
    }


if __name__ == "__main__":
    main()
