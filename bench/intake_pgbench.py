"""The peer of single reports: pgbench, which writes the same rows straight into PostgreSQL.

Each of its transactions writes what one report leaves behind: the incident with all that its
triggers add (history, the hand it is in, map counts), the two steps that follow at once, its
clocks and its idempotency key. Owners, clocks and places are read from rows that are there: pgbench
routes nothing, and numbers by a sequence, where a report takes the next number of its day without
a gap. A second script writes only the row of the incident, into a table without triggers.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from psycopg import sql

from gis.store.cluster.database import connection_string
from gis.store.cluster.server import Server

SAMPLES = 5_000
OWN = (
    "jurisdiction_id", "category_code", "severity", "source", "title", "plan_id", "grid_id",
    "grid_code", "queue_id", "post_id", "person_id", "responsible_level", "route_rule", "rule_id",
    "department_id", "contact_id", "location",
)  # fmt: skip
CLOCK = (
    "kind", "deadline_id", "calendar_id", "amount", "unit", "soon_share", "started_at", "due_at",
    "soon_at", "next_at", "turns",
)  # fmt: skip
# `like` is an incident that was just reported over HTTP: its clocks are those of any other.
PREPARE = f"""
CREATE TABLE bench_sample AS
  SELECT row_number() OVER (ORDER BY id) AS k, {", ".join(OWN)}
  FROM incident WHERE is_open AND grid_id IS NOT NULL ORDER BY id LIMIT {SAMPLES};
ALTER TABLE bench_sample ADD PRIMARY KEY (k);
CREATE TABLE bench_clock AS SELECT {", ".join(CLOCK)} FROM clock WHERE incident_id = %(like)s;
CREATE SEQUENCE bench_serial;
CREATE TABLE bench_plain (LIKE incident INCLUDING ALL);
ALTER TABLE bench_plain ALTER id DROP IDENTITY, ALTER id SET DEFAULT nextval('bench_serial');
VACUUM ANALYZE bench_sample;
"""
ROW = f"""
INSERT INTO {{table}} (serial, reported_at, stage, synthetic, due_at, {", ".join(OWN)})
SELECT 'BENCH-' || nextval('bench_serial'), now(), 'dispatched', true, now() + interval '3 days',
       {", ".join(OWN)} FROM bench_sample WHERE k = :k
"""
SAME_ROWS = f"""\\set k random(1, :samples)
BEGIN;
SELECT set_config('wangge.actor', 'bench', true), set_config('wangge.action', 'report', true);
{ROW.format(table="incident").strip()} RETURNING id \\gset
INSERT INTO incident_event (incident_id, at, actor, action, from_stage, to_stage) VALUES
  (:id, now(), 'bench', 'register', 'collected', 'registered'),
  (:id, now(), 'bench', 'dispatch', 'registered', 'dispatched');
INSERT INTO clock (incident_id, {", ".join(CLOCK)}) SELECT :id, {", ".join(CLOCK)} FROM bench_clock;
INSERT INTO idempotency_key (caller, key, fingerprint, incident_id)
  VALUES ('bench', 'bench-' || :id, '\\x00', :id);
COMMIT;
"""
ROW_ALONE = f"\\set k random(1, :samples)\n{ROW.format(table='bench_plain').strip()};\n"
# What one report leaves behind, table by table.
LEFT = ("incident", "incident_event", "hand", "clock", "idempotency_key")


def rows_left(url: str) -> dict[str, int]:
    """How many rows each table has that a report writes to."""
    with psycopg.connect(connection_string(url), autocommit=True) as connection:
        counts = {}
        for table in LEFT:
            count = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
            (counts[table],) = connection.execute(count).fetchall()[0]
        return counts


def prepare(url: str, like: int) -> None:
    """Make the tables that the scripts read, on a database that has incidents."""
    with psycopg.connect(connection_string(url), autocommit=True) as connection:
        for statement in PREPARE.split(";")[:-1]:
            values = {"like": like} if "%(like)s" in statement else None
            connection.execute(statement.encode(), values)


def run(
    server: Server, url: str, folder: Path, *, connections: int, seconds: int, alone: bool = False
) -> dict[str, Any]:
    """Transactions a second and their p50 and p99 in milliseconds."""
    script = folder / "script.sql"
    script.write_text(ROW_ALONE if alone else SAME_ROWS, encoding="utf-8")
    for old in folder.glob("log.*"):
        old.unlink()
    done = subprocess.run(
        [server.bindir / "pgbench", "--no-vacuum", f"--client={connections}", "--jobs=2",
         f"--time={seconds}",
         "--protocol=prepared", "--log", f"--log-prefix={folder / 'log'}",
         f"--define=samples={SAMPLES}", f"--file={script}", connection_string(url)],
        env={**os.environ, **server.environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode or "aborted" in done.stderr:
        raise RuntimeError(done.stderr)
    taken = np.concatenate(
        [np.loadtxt(log, usecols=2, ndmin=1) for log in folder.glob("log.*") if log.stat().st_size]
    )
    return {
        "per_s": round(len(taken) / seconds, 1),
        "p50_ms": round(float(np.percentile(taken, 50)) / 1000, 2),
        "p99_ms": round(float(np.percentile(taken, 99)) / 1000, 2),
        "transactions": len(taken),
    }
