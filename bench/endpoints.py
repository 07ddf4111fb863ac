"""Every reading endpoint on 2 million incidents and 20,000 grids: how long, and rows of `incident`.

One connection asks each address in turn, against the whole application in a process of its own.
What keeps its last answers is asked for another end of the window each time, but where a row says
"kept". Uses the database of `bench.tiles`. Writes bench/out/endpoints.json.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
from fastapi import FastAPI

from bench.http_load import fetch
from bench.tiles import prepare
from gis.settings import Settings
from gis.store.cluster.database import connection_string

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "bench" / "out" / "endpoints.json"
WORDS_INDEX = """
CREATE INDEX IF NOT EXISTS ix_incident_words ON incident
  USING gin (word_keys(title || ' ' || CASE WHEN address IS NULL THEN '' ELSE address END)
             gin_trgm_ops)
"""
READ = """
SELECT pg_stat_force_next_flush(), coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)
FROM pg_stat_user_tables WHERE relname = 'incident'
"""
IDS = """
SELECT jurisdiction_id, (SELECT id FROM plan LIMIT 1),
       (SELECT id FROM grid WHERE level = 3 LIMIT 1), id FROM incident LIMIT 1
"""


def served() -> FastAPI:
    """The whole application on the bench's database: what uvicorn serves (a factory)."""
    from api.app import create_app
    from tests.server import let_in

    url = os.environ["BENCH_URL"]
    folder = Path(tempfile.mkdtemp(prefix="wangge-bench-"))
    app = create_app(Settings(data_dir=folder, log_level="ERROR"), url)
    let_in(app, url)
    return app


def addresses(jurisdiction: int, plan: int, grid: int, incident: int) -> dict[str, str]:
    """A name for each kind of question, and its address; `{n}` is another number each time."""
    month = "2026-10-01T00:00:00Z"

    def ask(path: str, **query: str) -> str:
        return f"{path}?{urlencode({'jurisdiction': jurisdiction, **query}, safe='{}:,')}"

    listed, counts = "/api/v1/incidents", "/api/v1/stats"
    heat, until = "/heatmaps/incidents", "2026-11-20T00:00:00.{n:06d}Z"
    return {
        "config": "/api/v1/config",
        "ready": "/api/v1/ready",
        "jurisdictions": "/api/v1/jurisdictions",
        "categories": "/api/v1/categories",
        "plans": ask("/api/v1/plans"),
        "plan": f"/api/v1/plans/{plan}",
        "grids of a plan, a page of 2,000": f"/api/v1/plans/{plan}/grids?level=3",
        "grid": f"/api/v1/grids/{grid}",
        "whose is a point": "/api/v1/route?lon=113.4{n}&lat=34.6",
        "incident": f"{listed}/{incident}",
        "list, newest": ask(listed),
        "list, open": ask(listed, status="open"),
        "list, category": ask(listed, category="03"),
        "list, severity": ask(listed, severity="4"),
        "list, queue": ask(listed, queue="true"),
        "list, box": ask(listed, bbox="113.4,34.6,113.41,34.61"),
        "list, a month": ask(listed, since=month, until="2026-11-01T00:00:00Z"),
        "list, a word of 2 characters in all": ask(listed, q="杂物"),
        "list, a word of 2 characters in none": ask(listed, q="违建"),
        "list, a word of 1 character in none": ask(listed, q="囍"),
        "list, a word of 4 digits": ask(listed, q="8899"),
        "list, a word of 6 characters": ask(listed, q="测试路12号"),
        "list, two words": ask(listed, q="占道 1234"),
        "list, the end of a serial": ask(listed, q="B987654"),
        "counts, all time": ask(f"{counts}/categories", until=until),
        "counts, a month": ask(f"{counts}/categories", since=month, until=until),
        "days, all time": ask(f"{counts}/days", until=until),
        "days, all time, kept": ask(f"{counts}/days"),
        "counts per grid, boundaries of then": ask(f"{counts}/grids", until=until),
        "counts per grid, boundaries of today": ask(
            f"{counts}/grids", until=until, boundaries="now"
        ),
        "counts of a sub-district, boundaries of today": ask(
            f"{counts}/categories", until=until, boundaries="now", grid="410102007"
        ),
        "days of a sub-district, boundaries of today": ask(
            f"{counts}/days", until=until, boundaries="now", grid="410102007"
        ),
        "hotspots of a sub-district, boundaries of today": ask(
            "/api/v1/hotspots", until=until, boundaries="now", grid="410102007"
        ),
        "hotspots, all time": ask("/api/v1/hotspots", until=until),
        "hotspots, a category in a month": ask(
            "/api/v1/hotspots", category="03", since=month, until=until
        ),
        "heatmap, all time": ask(heat, until=until),
        "heatmap, a category in a month": ask(heat, category="03", since=month, until=until),
        "heatmap in hexagons, all time": ask(heat, style="hexagon", until=until),
        "heatmap, all time, kept": ask(heat),
    }


def rows_read(url: str) -> int:
    time.sleep(1.1)  # a backend tells what it has read once a second at the most
    with psycopg.connect(connection_string(url), autocommit=True) as connection:
        row = connection.execute(READ).fetchone()
    assert row is not None
    return int(row[1])


def measure(url: str, port: int, address: str, repeats: int) -> dict[str, Any]:
    async def ask() -> list[float]:
        taken = []
        for n in range(repeats + 1):
            start = time.perf_counter()
            await fetch(port, [address.replace("{n:06d}", f"{n:06d}").replace("{n}", str(n))])
            taken.append(time.perf_counter() - start)
        return taken[1:]

    before = rows_read(url)
    taken = sorted(asyncio.run(ask()))
    return {
        "median_ms": round(1000 * statistics.median(taken), 1),
        "p99_ms": round(1000 * taken[min(len(taken) - 1, len(taken) * 99 // 100)], 1),
        "incident_rows": round((rows_read(url) - before) / (repeats + 1)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=2_000_000)
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--url", help="a filled database; default: the one of bench.tiles")
    parser.add_argument("--only", default="", help="part of the names of those to ask anew")
    wanted = parser.parse_args()
    url = wanted.url or prepare(Settings(), wanted.incidents)
    with psycopg.connect(connection_string(url), autocommit=True) as connection:
        connection.execute(WORDS_INDEX)
        ids = connection.execute(IDS).fetchone()
    assert ids is not None
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "bench.endpoints:served", "--factory",
         "--port", str(port), "--log-level", "error"],
        cwd=ROOT, env={**os.environ, "BENCH_URL": url},
    )  # fmt: skip
    try:
        start, found = time.perf_counter(), {}
        asked = addresses(*ids)
        wake = [asked["counts, all time"], asked["heatmap, all time"]]
        asked = {name: one for name, one in asked.items() if wanted.only in name}
        while True:
            try:
                for one in wake:
                    asyncio.run(fetch(port, [one.replace("{n:06d}", "1")]))
                break
            except OSError:
                assert server.poll() is None and time.perf_counter() - start < 300
                time.sleep(0.2)
        ready_s = time.perf_counter() - start
        for name, address in asked.items():
            found[name] = measure(url, port, address, wanted.repeats)
            print(f"{name:40} {found[name]}", flush=True)
        status = Path(f"/proc/{server.pid}/status").read_text(encoding="utf-8")
        resident_kb = next(line for line in status.splitlines() if line.startswith("VmRSS")).split()
    finally:
        server.terminate()
        server.wait(20)
    if wanted.only:
        result = json.loads(OUT.read_text(encoding="utf-8"))
        result["endpoints"] |= found
        OUT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        return
    result = {
        "incidents": wanted.incidents,
        "loaded_s": round(ready_s, 1),
        "resident_mb": round(int(resident_kb[1]) / 1000),
        "load_average": os.getloadavg()[0],
        "endpoints": found,
    }
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
