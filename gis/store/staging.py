"""Rows of an import on their way into `incident`: temporary tables of its transaction.

They have no index, no trigger and no lock that anybody waits for, and are gone when it ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, cast

import psycopg
from sqlalchemy import Connection, text

from gis.report import SHOWN_ROWS
from gis.store import clocks as stored
from gis.store.bulk import copy_arrow, references_at_once
from gis.store.serials import Numbers

if TYPE_CHECKING:
    import pyarrow as pa

INSERT_ROWS = 20_000
# Where an incident and what follows from it is written.
WRITTEN = ("incident", "incident_event", "hand", "clock")
CREATE = """
CREATE TEMP TABLE import_row (
  row bigint NOT NULL, category text NOT NULL, severity smallint NOT NULL, source text NOT NULL,
  source_ref text, title text NOT NULL, description text, address text,
  reported_at timestamptz NOT NULL, closed_at timestamptz, day date NOT NULL,
  lon double precision NOT NULL, lat double precision NOT NULL, owner integer NOT NULL,
  due_at timestamptz
) ON COMMIT DROP;
CREATE TEMP TABLE import_owner (
  owner integer PRIMARY KEY, plan_id bigint, grid_id bigint, grid_code text, queue_id bigint,
  post_id bigint, person_id bigint, responsible_level smallint, route_rule text NOT NULL,
  rule_id bigint, department_id bigint, contact_id bigint
) ON COMMIT DROP;
CREATE TEMP TABLE import_clock (
  row bigint NOT NULL, kind text NOT NULL, deadline_id bigint NOT NULL,
  calendar_id bigint NOT NULL, amount double precision NOT NULL, unit text NOT NULL,
  soon_share double precision NOT NULL, started_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL, soon_at timestamptz NOT NULL, turns jsonb NOT NULL
) ON COMMIT DROP;
"""
OWNER = (
    "plan_id", "grid_id", "grid_code", "queue_id", "post_id", "person_id", "responsible_level",
    "route_rule", "rule_id", "department_id", "contact_id",
)  # fmt: skip
# Rows of the file that say again, under the same reference, what a row above them said.
TWICE = """
DELETE FROM import_row USING (
  SELECT row AS it, row_number() OVER (PARTITION BY source, source_ref ORDER BY row) AS place
  FROM import_row WHERE source_ref IS NOT NULL) AS numbered
WHERE row = it AND place > 1 RETURNING row
"""
KNOWN = """
DELETE FROM import_row USING incident
WHERE incident.source = import_row.source AND incident.source_ref = import_row.source_ref
  AND incident.source_ref IS NOT NULL AND incident.ref_of = :series
RETURNING row
"""
IDENTICAL = """
SELECT row FROM (
  SELECT row, row_number() OVER (PARTITION BY category, severity, source, title, description,
    address, reported_at, closed_at, lon, lat ORDER BY row) AS place
  FROM import_row WHERE source_ref IS NULL) AS numbered
WHERE place > 1 ORDER BY row
"""
# The k-th row of a day gets the k-th of the day's numbers, which may come in several pieces; and
# each the id of the incident that it becomes, so that nothing has to look for it afterwards.
NUMBER = """
CREATE TEMP TABLE import_serial ON COMMIT DROP AS
SELECT row, serial, nextval('incident_id_seq') AS id FROM (
WITH piece AS (
  SELECT day, first, last,
         sum(last - first + 1) OVER (PARTITION BY day ORDER BY first) AS up_to
  FROM unnest(cast(:days AS date[]), cast(:firsts AS integer[]), cast(:lasts AS integer[]))
    AS given (day, first, last)
), placed AS (
  SELECT row, day, row_number() OVER (PARTITION BY day ORDER BY row) AS place FROM import_row
)
SELECT placed.row, :code || '-' || to_char(placed.day, 'YYYYMMDD') || '-'
         || lpad(number::text, greatest(5, length(number::text)), '0') AS serial
FROM placed JOIN piece ON piece.day = placed.day
  AND placed.place BETWEEN piece.up_to - (piece.last - piece.first) AND piece.up_to,
  LATERAL (SELECT piece.last - (piece.up_to - placed.place) AS number) AS given
ORDER BY row) AS numbered
"""
INSERT = f"""
INSERT INTO incident (id, serial, jurisdiction_id, category_code, severity, source, source_ref,
  ref_of, title, description, address, reported_at, due_at, stage, closed_at, {", ".join(OWNER)},
  synthetic, location)
SELECT id, serial, :jurisdiction_id, category, severity, source, source_ref,
  CASE WHEN source_ref IS NOT NULL THEN :series END,
  title, description, address, reported_at, due_at,
  CASE WHEN closed_at IS NULL THEN 'dispatched' ELSE 'closed' END, closed_at,
  {", ".join(OWNER)}, :synthetic, ST_SetSRID(ST_MakePoint(lon, lat), 4326)
FROM import_row JOIN import_serial USING (row) JOIN import_owner USING (owner)
WHERE row >= :first AND row < :beyond ORDER BY row
"""
CLOCK = [name for name in stored.STARTED if name not in ("incident_id", "next_at")]
CLOCKS = f"""
INSERT INTO clock (incident_id, next_at, {", ".join(CLOCK)})
SELECT import_serial.id, c.soon_at, {", ".join(f"c.{name}" for name in CLOCK)}
FROM import_clock AS c JOIN import_serial USING (row) ORDER BY row
"""
FRESH = """
SELECT id FROM import_row JOIN import_serial USING (row)
WHERE import_row.severity = :severity AND import_row.closed_at IS NULL
  AND import_row.reported_at > now() - interval '1 day' ORDER BY id
"""


def create(connection: Connection) -> None:
    """Make the tables, for this transaction alone."""
    connection.execute(text(CREATE))


def add(
    connection: Connection,
    rows: pa.Table,
    owners: Sequence[Sequence[Any]],
    clocks: Sequence[pa.Table],
) -> None:
    """COPY rows, columns as in `import_row`, the owners that are new among them, and the clocks of
    those that are open, as `import_clock`."""
    driver = cast("psycopg.Connection[Any]", connection.connection.dbapi_connection)
    into = f"COPY import_owner (owner, {', '.join(OWNER)}) FROM STDIN"
    with driver.cursor() as cursor, cursor.copy(into) as sink:
        for owner in owners:
            sink.write_row(owner)
    for started in clocks:
        copy_arrow(connection, "import_clock", started)
    copy_arrow(connection, "import_row", rows)


def index(connection: Connection) -> None:
    """Make the rows findable by their number, once all are there."""
    connection.execute(text("ALTER TABLE import_row ADD PRIMARY KEY (row)"))
    connection.execute(text("ANALYZE import_row (row, owner, category, source, source_ref, day)"))


def drop_repeated(connection: Connection) -> list[int]:
    """Leave out rows whose reference an earlier row has; gives them."""
    return sorted(connection.scalars(text(TWICE)))


def drop_known(connection: Connection, series: str) -> list[int]:
    """Leave out rows that are known under the same reference among the numbers of a city or
    district; gives them."""
    return sorted(connection.scalars(text(KNOWN), {"series": series}))


def identical(connection: Connection) -> tuple[int, list[int]]:
    """How many rows without a reference are the same as one above them, and the first few."""
    rows = list(connection.scalars(text(IDENTICAL)))
    return len(rows), rows[:SHOWN_ROWS]


def count_by_day(connection: Connection) -> dict[date, int]:
    """How many rows each day has."""
    rows = connection.execute(text("SELECT day, count(*) AS rows FROM import_row GROUP BY day"))
    return {row.day: row.rows for row in rows}


def number(connection: Connection, code: str, numbers: Sequence[Numbers]) -> None:
    """Give each row its serial number, by day in the order of the file."""
    connection.execute(
        text(NUMBER),
        {
            "code": code,
            "days": [it.day for it in numbers],
            "firsts": [it.first for it in numbers],
            "lasts": [it.last for it in numbers],
        },
    )
    connection.execute(text("ALTER TABLE import_serial ADD PRIMARY KEY (row)"))
    connection.execute(text("ANALYZE import_serial"))


def insert(
    connection: Connection, jurisdiction_id: int, *, series: str, synthetic: bool
) -> Iterator[int]:
    """Write the incidents in the order of the file, in pieces; yields how many were written.

    A row whose number or owner is missing would be left out: the caller compares the sum.
    """
    last = connection.scalar(text("SELECT max(row) FROM import_row")) or 0
    for first in range(0, last + 1, INSERT_ROWS):
        with references_at_once(connection, WRITTEN):
            written = connection.execute(
                text(INSERT),
                {
                    "jurisdiction_id": jurisdiction_id,
                    "series": series,
                    "synthetic": synthetic,
                    "first": first,
                    "beyond": first + INSERT_ROWS,
                },
            ).rowcount
        yield written


def start_clocks(connection: Connection) -> None:
    """Write the clocks of the incidents that were written."""
    with references_at_once(connection, WRITTEN):
        connection.execute(text(CLOCKS))


def fresh(connection: Connection, *, severity: int) -> list[int]:
    """The incidents of a severity that were written, are open and are not a day old."""
    return list(connection.scalars(text(FRESH), {"severity": severity}))
