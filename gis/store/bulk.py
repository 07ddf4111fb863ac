"""Many rows at once: Arrow over COPY, references checked together, indexes built afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import psycopg
from psycopg import errors as postgres
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from gis.progress import Progress, silent
from gis.store.scope import beyond

if TYPE_CHECKING:
    import pyarrow as pa

# What only helps reading, or tells of other tables' rows: not what COPY or a foreign key needs.
INDEXES = """
SELECT c.oid::regclass::text AS name, pg_get_indexdef(c.oid) AS definition
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
WHERE i.indrelid = ANY(cast(cast(:tables AS text[]) AS regclass[]))
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = c.oid)
ORDER BY c.relname
"""
FOREIGN_KEYS = """
SELECT conrelid::regclass::text AS table_name, quote_ident(conname) AS name,
       pg_get_constraintdef(oid) AS definition
FROM pg_constraint
WHERE contype = 'f' AND conrelid = ANY(cast(cast(:tables AS text[]) AS regclass[]))
ORDER BY conname
"""
# Of one build of an index, all its workers together.
MEMORY = "512MB"
# Tables whose references a trigger of migration 0036 checks for all rows of a statement, and on
# which whatever else follows from a new row follows in that mode, too.
PREPARED = """
SELECT count(*) = cardinality(:tables) AND bool_and(checked AND followed) FROM (
  SELECT bool_or(proname = 'references_hold' AND tgenabled = 'R') AS checked,
         bool_and(proname = 'references_hold' OR tgenabled = 'A') AS followed
  FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
  WHERE tgrelid = ANY(cast(cast(:tables AS text[]) AS regclass[])) AND NOT tgisinternal
    AND tgtype & 4 > 0 GROUP BY tgrelid
) AS prepared
"""
MODE = "SELECT set_config('session_replication_role', :mode, true)"


@contextmanager
def references_at_once(connection: Connection, tables: Sequence[str]) -> Iterator[None]:
    """Foreign keys of rows written inside are checked a statement at a time, not a row at a time.

    `tables` are all that rows are written to, by triggers, too. The same is refused as else, and
    what is referred to stays until the transaction ends. Where the role may not set
    `session_replication_role` (a superuser grants it), or a table is not prepared, rows are
    checked one by one.
    """
    with beyond(connection):
        at_once = _set_mode(connection, tables)
    yield
    if at_once:
        with beyond(connection):
            connection.execute(text(MODE), {"mode": "origin"})


def _set_mode(connection: Connection, tables: Sequence[str]) -> bool:
    if not connection.execute(text(PREPARED), {"tables": list(tables)}).scalar():
        return False
    try:
        with connection.begin_nested():
            connection.execute(text(MODE), {"mode": "replica"})
    except DBAPIError as error:
        if isinstance(error.orig, postgres.InsufficientPrivilege):
            return False
        raise
    return True


@contextmanager
def built_afterwards(
    connection: Connection, tables: Sequence[str], progress: Progress = silent
) -> Iterator[None]:
    """Rows written inside are indexed and checked against other tables at the end, all at once.

    The tables are locked for everybody else until the transaction ends; a transaction that fails
    leaves them as they were. `progress` is called with `store-step-indexes`.
    """
    wanted = {"tables": list(tables)}
    keys = connection.execute(text(FOREIGN_KEYS), wanted).all()
    indexes = connection.execute(text(INDEXES), wanted).all()
    for key in keys:
        connection.execute(text(f"ALTER TABLE {key.table_name} DROP CONSTRAINT {key.name}"))
    for index in indexes:
        connection.execute(text(f"DROP INDEX {index.name}"))
    yield
    connection.execute(text(f"SET LOCAL maintenance_work_mem = '{MEMORY}'"))
    statements = [index.definition for index in indexes]
    statements += [
        f"ALTER TABLE {key.table_name} ADD CONSTRAINT {key.name} {key.definition}" for key in keys
    ]
    for number, statement in enumerate(statements):
        progress("store-step-indexes", number / len(statements))
        connection.exec_driver_sql(statement.replace("%", "%%"))
    progress("store-step-indexes", 1.0)


def copy_arrow(connection: Connection, table: str, rows: pa.Table) -> None:
    """COPY an Arrow table (numbers, strings, times; nulls stay null) into columns of its names."""
    import pyarrow as pa
    from pyarrow import csv

    lines = pa.BufferOutputStream()
    csv.write_csv(rows, lines, csv.WriteOptions(include_header=False))
    driver = cast("psycopg.Connection[Any]", connection.connection.dbapi_connection)
    statement = f"COPY {table} ({', '.join(rows.column_names)}) FROM STDIN (FORMAT csv)"
    with driver.cursor() as cursor, cursor.copy(statement) as sink:
        sink.write(lines.getvalue().to_pybytes())
