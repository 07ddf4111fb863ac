"""What of an import is the database's own: the same rows, ready, brought in by bare COPY.

First into a bare copy of `incident`, then with its indexes, then with its foreign keys, checked row
by row as PostgreSQL does, and last into `incident` itself, whose triggers add history, the hand and
the map's counts, with its keys checked row by row and, as an import has them checked, a statement
at a time. Nothing is read, checked, routed or numbered, and no clock is started. No import can be
faster than the last of these without giving up what they keep; all of it runs in one process, as an
import's one transaction must.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psycopg

from gis.store.bulk import MODE
from gis.store.cluster.database import connection_string

COLUMNS = """
SELECT attname FROM pg_attribute WHERE attrelid = 'incident'::regclass AND attnum > 0
  AND NOT attisdropped AND attgenerated = '' AND attidentity = '' ORDER BY attnum
"""
KEYS = """
SELECT conname, pg_get_constraintdef(oid) AS meaning FROM pg_constraint
WHERE conrelid = 'incident'::regclass AND contype = 'f' ORDER BY conname
"""
MADE = "CREATE TABLE bench_copy (LIKE incident INCLUDING IDENTITY INCLUDING {})"


def ceilings(url: str, kind: str) -> dict[str, dict[str, float]]:
    """Of the rows that an import of `kind` has written, by what keeps them: `rows_per_s`, and
    `cpu_us`, what each takes of a processor in the database.

    The rows are the import's with other numbers; those in `incident` itself are rolled back.
    """
    with psycopg.connect(connection_string(url), autocommit=True) as connection:
        columns = [row[0] for row in connection.execute(COLUMNS)]
        ready = ", ".join(columns)
        changed = ready.replace("serial", "serial || '-R'").replace(
            "source_ref", "'again-' || source_ref"
        )
        with connection.cursor().copy(
            f"COPY (SELECT {changed} FROM incident WHERE source_ref LIKE '{kind}-%' ORDER BY id)"
            " TO STDOUT (FORMAT binary)"
        ) as source:
            data = [bytes(block) for block in source]
        keys = [
            f"ALTER TABLE bench_copy ADD CONSTRAINT {name} {meaning}"
            for name, meaning in connection.execute(KEYS)
        ]

        def into(table: str) -> Callable[[], int]:
            return lambda: _copied(connection, f"{table} ({ready})", data)

        def copied(*made: str) -> dict[str, float]:
            for statement in ("DROP TABLE IF EXISTS bench_copy", *made):
                connection.execute(statement)
            return _timed(connection, into("bench_copy"))

        taken = {
            "bare": copied(MADE.format("DEFAULTS INCLUDING GENERATED")),
            "indexes": copied(MADE.format("ALL")),
            "keys": copied(MADE.format("ALL"), *keys),
        }
        connection.execute("DROP TABLE bench_copy")
        for step, mode in (("triggers", "origin"), ("at_once", "replica")):
            with connection.transaction(force_rollback=True):
                connection.execute("SELECT set_config('wangge.actor', 'bench', true),"
                                   " set_config('wangge.action', 'import', true)")  # fmt: skip
                connection.execute(MODE.replace(":mode", f"'{mode}'"))
                taken[step] = _timed(connection, into("incident"))
            connection.execute("VACUUM incident, incident_event, hand")
    return taken


def _copied(connection: psycopg.Connection, target: str, data: Sequence[bytes]) -> int:
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY {target} FROM STDIN (FORMAT binary)") as sink:
            for block in data:
                sink.write(block)
        return cursor.rowcount


def _timed(connection: psycopg.Connection, write: Callable[[], int]) -> dict[str, float]:
    started, before = time.perf_counter(), processor_s(connection.info.backend_pid)
    rows = write()
    seconds = time.perf_counter() - started
    used = processor_s(connection.info.backend_pid) - before
    return {"rows_per_s": round(rows / seconds), "cpu_us": round(used / rows * 1e6, 1)}


def processor_s(pid: int) -> float:
    """Seconds of a processor that a process has taken until now."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
