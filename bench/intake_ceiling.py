"""What of an import is the database's own: the same rows, ready, written by one INSERT … SELECT.

First into a bare copy of `incident`, then with its indexes, then with its foreign keys, and last
into `incident` itself, whose triggers add history, the hand and the map's counts. Nothing is read,
checked, routed or numbered. No import can be faster than the last of these without giving up what
they keep; all of it runs in one process, as an import's one transaction must.
"""

from __future__ import annotations

import time

import psycopg

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


def ceilings(url: str, kind: str) -> dict[str, int]:
    """Rows a second of the rows that an import of `kind` has written, by what keeps them.

    The rows are the import's with other numbers; those in `incident` itself are rolled back.
    """
    with psycopg.connect(connection_string(url), autocommit=True) as connection:
        columns = [row[0] for row in connection.execute(COLUMNS)]
        ready = ", ".join(columns)
        connection.execute("DROP TABLE IF EXISTS bench_ready")
        made = connection.execute(
            f"CREATE UNLOGGED TABLE bench_ready AS SELECT {ready} FROM incident"
            " WHERE source_ref LIKE %s ORDER BY id", (f"{kind}-%",)
        )  # fmt: skip
        rows = made.rowcount
        connection.execute(
            "UPDATE bench_ready SET serial = serial || '-R', source_ref = 'again-' || source_ref"
        )
        connection.execute("VACUUM ANALYZE bench_ready")
        taken = {
            "bare": _timed(connection, ready, MADE.format("DEFAULTS INCLUDING GENERATED")),
            "indexes": _timed(connection, ready, MADE.format("ALL")),
            "keys": _timed(
                connection, ready, MADE.format("ALL"),
                *(f"ALTER TABLE bench_copy ADD CONSTRAINT {name} {meaning}"
                  for name, meaning in connection.execute(KEYS)),
            ),
        }  # fmt: skip
        connection.execute("DROP TABLE bench_copy")
        with connection.transaction(force_rollback=True):
            connection.execute("SELECT set_config('wangge.actor', 'bench', true),"
                               " set_config('wangge.action', 'import', true)")  # fmt: skip
            started = time.perf_counter()
            connection.execute(f"INSERT INTO incident ({ready}) SELECT {ready} FROM bench_ready")
            taken["triggers"] = time.perf_counter() - started
        connection.execute("DROP TABLE bench_ready")
    return {step: round(rows / seconds) for step, seconds in taken.items()}


def _timed(connection: psycopg.Connection, columns: str, *made: str) -> float:
    """Seconds of writing the ready rows into a new table, committed."""
    connection.execute("DROP TABLE IF EXISTS bench_copy")
    for statement in made:
        connection.execute(statement)
    started = time.perf_counter()
    connection.execute(f"INSERT INTO bench_copy ({columns}) SELECT {columns} FROM bench_ready")
    return time.perf_counter() - started
