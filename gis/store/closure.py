"""What closure figures are counted from: each case with the deadline that it is judged by.

The deadline is that of the clock of the whole case; a case without any clock, as imported ones that
were closed before, has the one that it came with. What was missed before a deadline moved is read
from what happened to the clocks, and from reopenings (`gis.assessment.deadlines_kept`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, text

from gis.assessment.closure import NEVER
from gis.assessment.deadlines_kept import Spell, judged, spells_of
from gis.incidents.deadlines import WHOLE
from gis.incidents.sources import SOURCES
from gis.store.names import names

Ints = npt.NDArray[np.int64]
Rows = Mapping[str, npt.NDArray[Any]]

# As the database gives them, each a string of big-endian numbers. `body`: the organisation that
# answers, which is the department whose contact does, or that of the platform at whose level the
# responsible person stands. `moved`: something happened to the deadline since it began.
COLUMNS = """
WITH chunk AS MATERIALIZED (SELECT * FROM incident WHERE {chosen}),
kept AS (
  SELECT incident_id,
         (array_agg(due_at ORDER BY id DESC) FILTER (WHERE kind = :whole))[1] AS due_at,
         count(*) FILTER (WHERE kind = :whole) > 1 OR bool_or(kind = :whole AND (
           round > 0 OR rested <> '0' OR paused_at IS NOT NULL)) AS moved
  FROM clock WHERE {clocks} GROUP BY incident_id
), judged AS (
  SELECT i.*, coalesce(k.moved, false) AS moved,
         CASE WHEN k.incident_id IS NULL THEN i.due_at ELSE k.due_at END AS judged_at,
         CASE WHEN i.contact_id IS NOT NULL THEN i.department_id
              ELSE coalesce(o.id, i.jurisdiction_id) END AS body
  FROM chunk AS i LEFT JOIN kept AS k ON k.incident_id = i.id
  LEFT JOIN organisation AS o ON o.code = left(i.grid_code, CASE i.responsible_level
    WHEN 3 THEN 12 WHEN 2 THEN 12 WHEN 1 THEN 9 ELSE 0 END)
)
SELECT count(*) AS count,
       string_agg(int8send(CASE WHEN dismissed IS NULL THEN jurisdiction_id
                           ELSE -jurisdiction_id END), '') AS jurisdiction,
       string_agg(int8send(id), '') AS id,
       string_agg(timestamptz_send(reported_at), '') AS at,
       string_agg(timestamptz_send(coalesce(judged_at, 'infinity')), '') AS due,
       string_agg(timestamptz_send(coalesce(closed_at, 'infinity')), '') AS closed,
       string_agg(float8send(ST_X(location)), '') AS lon,
       string_agg(float8send(ST_Y(location)), '') AS lat,
       string_agg(int8send(coalesce(grid_code, '0')::bigint), '') AS grid,
       string_agg(int4send(coalesce(person_id, 0)::int), '') AS person,
       string_agg(int4send(coalesce(department_id, 0)::int), '') AS department,
       string_agg(int4send(body::int), '') AS body,
       string_agg(int2send(('1' || category_code)::smallint), '') AS category,
       string_agg(int2send(severity), '') AS severity,
       string_agg(int2send((array_position(:sources, source) - 1)::smallint), '') AS source,
       string_agg(boolsend(is_open), '') AS open,
       string_agg(boolsend(dismissed IS NOT DISTINCT FROM 'merged'), '') AS merged,
       string_agg(boolsend(parked_until IS NOT NULL), '') AS rests,
       string_agg(boolsend(moved), '') AS moved
FROM judged
"""
WIRE = {
    "jurisdiction": ">i8", "id": ">i8", "at": ">i8", "due": ">i8", "closed": ">i8", "lon": ">f8",
    "lat": ">f8", "grid": ">i8", "person": ">i4", "department": ">i4", "body": ">i4",
    "category": ">i2", "severity": ">i2", "source": ">i2", "open": "?", "merged": "?",
    "rests": "?", "moved": "?",
}  # fmt: skip
MOMENTS = ("at", "due", "closed")
SINCE_2000_US = 946_684_800_000_000  # PostgreSQL counts microseconds from there
CHUNK = 100_000
NEXT = (
    "id > :after AND id <= (SELECT max(id) FROM"
    " (SELECT id FROM incident WHERE id > :after ORDER BY id LIMIT :chunk) AS next)"
)
NEXT_CLOCKS = "incident_id BETWEEN (SELECT min(id) FROM chunk) AND (SELECT max(id) FROM chunk)"
CHANGED = (
    "id IN (SELECT incident_id FROM incident_event"
    " WHERE transaction_id >= :since AND transaction_id < :next)"
)
CHANGED_CLOCKS = "incident_id = ANY (ARRAY(SELECT id FROM chunk))"
# What each reopening changed: when the case had been closed, and by when it was due.
REOPENED = """
SELECT incident_id, at, data->'closed_at'->>0 AS closed_at, data->'due_at'->>0 AS due_at
FROM incident_event WHERE action = 'reopen'
"""
TURNS = """
SELECT incident_id, turns FROM clock WHERE kind = :whole AND incident_id = ANY(:ids)
ORDER BY incident_id, id
"""
MOMENT = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def all_rows(connection: Connection) -> Iterator[tuple[Rows, Ints]]:
    """Every case in chunks by ascending id: its columns, and the id of its jurisdiction, less than
    0 for those that were rejected or merged."""
    reopened = _reopened(connection, REOPENED, {})
    after = 0
    while True:
        found = _rows(
            connection, COLUMNS.format(chosen=NEXT, clocks=NEXT_CLOCKS),
            {"after": after, "chunk": CHUNK}, reopened,
        )  # fmt: skip
        if found is None:
            return
        yield found
        after = int(found[0]["id"].max())


def changed_rows(connection: Connection, since: int, until: int) -> tuple[Rows, Ints] | None:
    """The cases of which the transactions from `since` to before `until` told, as they are."""
    values = {"since": since, "next": until}
    mine = f"{REOPENED} AND incident_id IN (SELECT id FROM incident WHERE {CHANGED})"
    query = COLUMNS.format(chosen=CHANGED, clocks=CHANGED_CLOCKS)
    return _rows(connection, query, values, _reopened(connection, mine, values))


def _rows(
    connection: Connection,
    query: str,
    values: dict[str, int],
    reopened: Mapping[int, list[Spell | None]],
) -> tuple[Rows, Ints] | None:
    bound = {**values, "sources": list(SOURCES), "whole": WHOLE}
    row = connection.execute(text(query), bound).mappings().one()
    if not row["count"]:
        return None
    read: dict[str, npt.NDArray[Any]] = {
        name: np.frombuffer(row[name], kind) for name, kind in WIRE.items()
    }
    for name in MOMENTS:
        told = read[name].astype(np.int64)
        read[name] = np.where(told == NEVER, NEVER, told + SINCE_2000_US * (told != NEVER))
    again = np.isin(read["id"], np.fromiter(reopened, np.int64, len(reopened)))
    read["again"] = again
    _judge(connection, read, np.flatnonzero(read.pop("moved") | again), reopened)
    return read, read.pop("jurisdiction").astype(np.int64)


def _judge(
    connection: Connection,
    read: dict[str, npt.NDArray[Any]],
    some: npt.NDArray[np.intp],
    reopened: Mapping[int, list[Spell | None]],
) -> None:
    """Put right the deadline of the few cases for which something moved it."""
    if not len(some):
        return
    turns: defaultdict[int, list[Any]] = defaultdict(list)
    wanted = {"ids": read["id"][some].tolist(), "whole": WHOLE}
    for row in connection.execute(text(TURNS), wanted):
        turns[row.incident_id].append(row.turns)
    due, rests = read["due"], read["rests"].copy()
    for place in some.tolist():
        case = int(read["id"][place])
        spells = spells_of(turns[case]) + [one for one in reopened.get(case, []) if one is not None]
        resting = bool(rests[place])
        at = int(due[place])
        present = None if resting or at == NEVER else EPOCH + at * MOMENT
        found = judged(spells, present)
        due[place] = NEVER if found is None else (found - EPOCH) // MOMENT
        rests[place] = resting and found is None
    read["rests"] = rests


def _reopened(
    connection: Connection, query: str, values: dict[str, int]
) -> dict[int, list[Spell | None]]:
    """By case its reopenings, each with the deadline by which it had been closed until then, where
    the reopening moved that."""
    found: defaultdict[int, list[Spell | None]] = defaultdict(list)
    for row in connection.execute(text(query), values):
        known = row.closed_at is not None and row.due_at is not None
        found[row.incident_id].append(
            Spell(
                due=datetime.fromisoformat(row.due_at), until=datetime.fromisoformat(row.closed_at)
            )
            if known
            else None
        )
    return dict(found)


def person_names(connection: Connection, ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """What people are called, by their ids."""
    rows = connection.execute(
        text("SELECT id, name FROM person WHERE id = ANY(:ids)"), {"ids": list(ids)}
    )
    return {row.id: names(row.name, row.name) for row in rows}


def organisation_names(connection: Connection, ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """What organisations are called, by their ids."""
    rows = connection.execute(
        text("SELECT id, name_zh, name_en FROM organisation WHERE id = ANY(:ids)"),
        {"ids": list(ids)},
    )
    return {row.id: names(row.name_zh, row.name_en) for row in rows}
