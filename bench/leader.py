"""What a leader waits for at 2 million incidents, over HTTP: each question anew and asked again.

Heatmaps in each style, hotspots now, over time and sudden, forecasts by level, closure figures,
rankings of points. Forecasts and hotspots over time are made beside the requests: told are the
seconds until they are there, and the longest that one request took meanwhile. "Anew" asks for
another end of the window, or severity, each time. Processor time is the server's; what the database
spends is in the wall time only. Uses the database of `bench.tiles`, in which the cases of the last
three months get points first. Writes bench/out/leader.json.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg

from bench.closure import ready as named
from bench.tiles import prepare
from gis.errors import ConflictError
from gis.settings import Settings
from gis.store.cluster.database import connection_string, normalised
from gis.store.engine import make_engine
from gis.workflows.scores import begin

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "bench" / "out" / "leader.json"
MARK = "bench_points"
SINCE = date(2026, 8, 1)
# Every closed case of three months: a fact, and an entry each for sub-district and department.
FACTS = """
INSERT INTO score_fact (jurisdiction_id, source, event_id, kind, at, day, incident_id, grid_code,
                        department_id, category_code, severity, channel, recorded_by)
SELECT i.jurisdiction_id, 'incident', i.id, 'closed_on_time', i.reported_at, i.reported_at::date,
       i.id, i.grid_code, d.first + i.id %% 30, i.category_code, i.severity, i.source, 'bench'
FROM incident AS i CROSS JOIN (
  SELECT min(id) AS first FROM organisation WHERE kind = 'department') AS d
WHERE i.reported_at >= %(since)s AND NOT i.is_open AND i.grid_code IS NOT NULL
"""
ENTRIES = """
INSERT INTO score_entry (jurisdiction_id, fact_id, rule_id, subject, organisation_id, code, day,
                         points)
SELECT f.jurisdiction_id, f.id, r.id, r.subject, CASE r.subject WHEN 'department'
         THEN f.department_id ELSE o.id END,
       CASE r.subject WHEN 'department' THEN '' ELSE left(f.grid_code, 9) END, f.day, r.points
FROM score_fact AS f
CROSS JOIN (SELECT DISTINCT ON (subject) id, subject, points FROM score_rule, unnest(subjects) AS
              subject WHERE kind = 'closed_on_time' AND subject IN ('department', 'sub_district')
            ORDER BY subject, id) AS r
LEFT JOIN organisation AS o ON o.code = left(f.grid_code, 9)
"""


def score(url: str) -> None:
    """Give the cases of three months their points, once."""
    named(url)
    with psycopg.connect(connection_string(url)) as connection:
        if connection.execute("SELECT to_regclass(%s)", [MARK]).fetchone() != (None,):
            return
        row = connection.execute("SELECT id FROM organisation WHERE code = '410102'").fetchone()
    assert row is not None
    print("entering points: a minute or two", flush=True)
    engine = make_engine(url)
    with suppress(ConflictError):  # by a run that did not come to its end
        begin(engine, row[0], since=SINCE, actor="bench", time_zone="Asia/Shanghai")
    engine.dispose()
    with psycopg.connect(connection_string(url)) as connection:
        connection.execute("SELECT set_config('wangge.actor', 'bench', false)")
        for table in ("score_fact", "score_entry"):
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        connection.execute(FACTS, {"since": SINCE})
        connection.execute(ENTRIES)
        for table in ("score_fact", "score_entry"):
            connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        connection.execute(f"CREATE TABLE {MARK} ()")
    with psycopg.connect(connection_string(url), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE score_fact, score_entry")


def questions(jurisdiction: int) -> dict[str, str]:
    """A name for each question, and its address; `{n}` is another number each time."""
    month, until = "2026-10-01T00:00:00Z", "2026-11-01T00:00:00.{n:06d}Z"

    def ask(path: str, **query: str | int) -> str:
        return f"{path}?{urlencode({'jurisdiction': jurisdiction, **query}, safe='{}:,')}"

    heat, stats = "/heatmaps/incidents", "/api/v1/stats"
    asked = {
        "heatmap, all time": ask(heat, until=until),
        "heatmap, a category in a month": ask(heat, category="03", since=month, until=until),
        "heatmap in hexagons, all time": ask(heat, style="hexagon", until=until),
        "heatmap in hexagons by week, a year": ask(
            heat, style="hexagon", since="2025-11-01T00:00:00Z", until=until, play="week"
        ),
        "heatmap by sub-district, all time": ask(heat, style="grid", level=1, until=until),
        "heatmap in clusters, all time": ask(heat, style="cluster", until=until),
        "hotspots now, a category in a month": ask(
            "/api/v1/hotspots", category="03", since=month, until=until
        ),
        "closure by sub-district, all time": ask(f"{stats}/closure", by="level1", until=until),
        "closure by basic grid, all time": ask(f"{stats}/closure", by="level3", until=until),
        "ranking of sub-districts": ask(
            "/api/v1/scores/ranking", board="district", day="2026-10-0{d}"
        ),
        "ranking of departments": ask("/api/v1/scores/ranking", board="centre", day="2026-10-0{d}"),
    }
    end = "2026-11-01T00:00:00Z"
    made = {
        "hotspots over time": ask("/api/v1/hotspots/emerging", until=end, severity="{s}"),
        "hotspots over time, all": ask("/api/v1/hotspots/emerging", until=end),
        "sudden clusters": ask("/api/v1/hotspots/sudden", until=end, severity="{s}"),
        "sudden clusters, all": ask("/api/v1/hotspots/sudden", until=end),
        "forecast, whole": ask("/api/v1/forecast", until=end, level=0),
        "forecast, sub-districts": ask("/api/v1/forecast", until=end, level=1),
        "forecast, basic grids": ask("/api/v1/forecast", until=end, level=3),
    }
    return asked | made


class Server:
    """The whole application in a process of its own, and one connection to it."""

    def __init__(self, url: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "bench.endpoints:served", "--factory",
             "--port", str(self.port), "--log-level", "error"],
            cwd=ROOT, env={**os.environ, "BENCH_URL": url},
        )  # fmt: skip
        start = time.perf_counter()
        while True:
            try:
                self.get("/api/v1/health")
                break
            except OSError:
                assert self.process.poll() is None
                assert time.perf_counter() - start < 120
                time.sleep(0.2)

    def get(self, address: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        try:
            connection.request("GET", address)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{address}: {answer.status} {body[:300]!r}")
        return body

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mb(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        kb = next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]
        return round(int(kb) / 1000)


def anew(address: str, n: int) -> str:
    turned = address.replace("{n:06d}", f"{n:06d}").replace("{d}", str(1 + n % 9))
    return turned.replace("{s}", str(1 + n % 4))


def timed(server: Server, addresses: Sequence[str]) -> dict[str, float]:
    """Medians of wall and of the server's processor time."""
    wall, start_cpu = [], server.cpu_s()
    for address in addresses:
        start = time.perf_counter()
        server.get(address)
        wall.append(1000 * (time.perf_counter() - start))
    cpu = 1000 * (server.cpu_s() - start_cpu) / len(addresses)
    return {"wall_ms": round(statistics.median(wall), 1), "cpu_ms": round(cpu, 1)}


def made_s(server: Server, address: str, most_s: float) -> dict[str, Any]:
    """Until an answer that is made beside the requests is there."""
    longest, start, start_cpu = 0.0, time.perf_counter(), server.cpu_s()
    while True:
        asked = time.perf_counter()
        answer = json.loads(server.get(address))
        longest = max(longest, time.perf_counter() - asked)
        if answer["ready"] or time.perf_counter() - start > most_s:
            break
        time.sleep(0.3)
    return {
        "ready": answer["ready"],
        "wall_s": round(time.perf_counter() - start, 1),
        "cpu_s": round(server.cpu_s() - start_cpu, 1),
        "longest_request_ms": round(1000 * longest),
        "items": len(answer["items"]),
    }


def measure(url: str, jurisdiction: int, options: Any) -> dict[str, Any]:
    server = Server(url)
    try:
        start = time.perf_counter()
        asked = questions(jurisdiction)
        server.get(anew(asked["heatmap, all time"], 0))
        server.get(anew(asked["closure by sub-district, all time"], 0))
        found: dict[str, Any] = {"loaded_s": round(time.perf_counter() - start, 1)}
        found["asked"], found["made"] = {}, {}
        for name, address in asked.items():
            if options.only not in name:
                continue
            one: dict[str, Any] = {"load": round(os.getloadavg()[0], 1)}
            if name.startswith(("hotspots over", "sudden", "forecast")):
                one |= made_s(server, anew(address, 2), options.most_s)
                one["kept"] = timed(server, [anew(address, 2)] * options.repeats)
                found["made"][name] = one
            else:
                turns = [anew(address, n) for n in range(1, options.repeats + 2)]
                timed(server, turns[:1])
                one["anew"] = timed(server, turns[1:])
                one["kept"] = timed(server, turns[-1:] * options.repeats)
                found["asked"][name] = one
            print(f"{name:40} {one}", flush=True)
        found["resident_mb"] = server.resident_mb()
    finally:
        server.process.terminate()
        server.process.wait(20)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=2_000_000)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--most-s", type=float, default=120, help="for an answer that is made")
    parser.add_argument("--only", default="", help="part of the names of questions")
    parser.add_argument("--url", help="a database that is filled already")
    options = parser.parse_args(arguments)
    url = normalised(options.url) if options.url else prepare(Settings(), options.incidents)
    score(url)
    with psycopg.connect(connection_string(url)) as connection:
        row = connection.execute("SELECT id FROM organisation WHERE code = '410102'").fetchone()
    assert row is not None
    result = measure(url, row[0], options)
    result |= {"incidents": options.incidents, "load_average": os.getloadavg()[0]}
    if not options.only:
        OUT.parent.mkdir(parents=True, exist_ok=True)
        OUT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
