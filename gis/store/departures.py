"""All that hangs on a person besides posts, handed on row by row; and the book of departures."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from psycopg.errors import ExclusionViolation
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from gis.errors import NotFoundError
from gis.store.hand_over import OpenIncident

# What a successor takes over with a row of each table.
COPIED = {
    "attachment": ("organisation_id", "kind", "target_code", "place"),
    "duty": ("jurisdiction_id", "grid_code"),
    "contact": ("organisation_id",),
    "absence": ("substitute_id",),
}
OF_PERSON = """SELECT id, lower(held) AS since, upper(held) AS until, {columns} FROM {table}
WHERE {column} = :person AND NOT isempty(held) AND coalesce(upper(held) > :at, true)
ORDER BY lower(held), id FOR NO KEY UPDATE"""

CASES = """
SELECT i.id AS incident_id, ST_X(location) AS lon, ST_Y(location) AS lat, plan_id, grid_id,
       grid_code, queue_id, post_id, person_id, responsible_level, route_rule, rule_id,
       department_id, contact_id, category_code AS category, severity, source, jurisdiction_id
FROM incident AS i
"""
COLUMNS = """d.id, d.person_id, p.name AS person_name, d.jurisdiction_id, d.whole, d.post_ids,
  d.at, d.reason, d.done, d.recorded_at, d.recorded_by, d.moved_at, d.moved, d.undone_at,
  d.undone_by, d.undone_reason, d.failed_at, d.fault"""


def lasting(
    connection: Connection, table: str, person_id: int, at: datetime, *, column: str = "person_id"
) -> list[dict[str, Any]]:
    """Rows of a table of COPIED that are a person's at a moment or later, kept until the end."""
    columns = ", ".join(dict.fromkeys((*COPIED[table], "person_id")))
    query = OF_PERSON.format(columns=columns, table=table, column=column)
    values = {"person": person_id, "at": at}
    return [dict(row) for row in connection.execute(text(query), values).mappings()]


def end(connection: Connection, table: str, row_id: int, at: datetime | None) -> None:
    """Let a row end at a moment; None takes back an end that has not come."""
    connection.execute(
        text(f"UPDATE {table} SET ended_at = :at WHERE id = :id"), {"id": row_id, "at": at}
    )


def end_if_lasting(connection: Connection, table: str, row_id: int, at: datetime) -> bool:
    """End a row that lasts or is to come; False if it has ended before."""
    ended = connection.execute(
        text(
            f"UPDATE {table} SET ended_at = :at WHERE id = :id AND NOT isempty(held)"
            " AND coalesce(upper(held) > :at, true)"
        ),
        {"id": row_id, "at": at},
    )
    return ended.rowcount > 0


def copy(
    connection: Connection,
    table: str,
    row: Mapping[str, Any],
    *,
    since: datetime,
    until: datetime | None,
    reason: str,
    **other: Any,
) -> int | None:
    """A row like another (of `lasting`) for somebody else or another time (`person_id`, …).

    None where that person has the same already.
    """
    values = {name: row[name] for name in (*COPIED[table], "person_id")} | other
    columns = ", ".join(values)
    bound = ", ".join(f":{name}" for name in values)
    query = f"""INSERT INTO {table} ({columns}, planned, reason)
      VALUES ({bound}, tstzrange(cast(:since AS timestamptz), cast(:until AS timestamptz)), :reason)
      RETURNING id"""
    given = {**values, "since": since, "until": until, "reason": reason}
    try:
        with connection.begin_nested():
            return int(connection.execute(text(query), given).scalar_one())
    except IntegrityError as refused:
        if isinstance(refused.orig, ExclusionViolation):
            return None
        raise


def queues(connection: Connection, person_id: int) -> list[int]:
    """The fallback queues that a person looks after."""
    query = "SELECT id FROM queue WHERE person_id = :id ORDER BY id FOR NO KEY UPDATE"
    return list(connection.scalars(text(query), {"id": person_id}))


def keep_queues(
    connection: Connection, queue_ids: list[int], person_id: int, *, instead_of: int | None = None
) -> int:
    """Let somebody look after queues, those alone that `instead_of` looks after, if named; gives
    how many."""
    kept = connection.execute(
        text(
            "UPDATE queue SET person_id = :person WHERE id = ANY(:ids)"
            " AND coalesce(person_id = cast(:former AS bigint), true)"
        ),
        {"person": person_id, "ids": queue_ids, "former": instead_of},
    )
    return kept.rowcount


def cases_of(
    connection: Connection, person_id: int, post_ids: list[int] | None, *, lock: bool
) -> list[tuple[int, OpenIncident]]:
    """The open incidents that a person answers for, each with its jurisdiction; by some posts only
    if they are named."""
    query = CASES + " WHERE person_id = :person AND is_open"
    if post_ids is not None:
        query += " AND post_id = ANY(:posts)"
    query += " ORDER BY i.id" + (" FOR NO KEY UPDATE OF i" if lock else "")
    return _cases(connection, query, person=person_id, posts=post_ids)


def cases_moved(connection: Connection, departure_id: int) -> list[tuple[int, OpenIncident]]:
    """The incidents that a departure moved, still open and where it brought them."""
    query = (
        CASES
        + """ WHERE is_open AND EXISTS (SELECT FROM hand_over AS h
        WHERE h.departure_id = :id AND h.incident_id = i.id
          AND h.to_person_id IS NOT DISTINCT FROM i.person_id)
        ORDER BY i.id FOR NO KEY UPDATE OF i"""
    )
    return _cases(connection, query, id=departure_id)


def acted_on(connection: Connection, departure_id: int) -> set[int]:
    """The incidents that a departure moved and that somebody did something with since."""
    query = """SELECT DISTINCT h.incident_id FROM hand_over AS h
      JOIN incident_event AS e ON e.incident_id = h.incident_id AND e.at > h.at
      WHERE h.departure_id = :id AND e.actor <> 'system' AND e.action NOT IN
        ('hand_over', 'publish', 'supplement', 'answer', 'due_soon', 'overdue')"""
    return set(connection.scalars(text(query), {"id": departure_id}))


def _cases(connection: Connection, query: str, **values: Any) -> list[tuple[int, OpenIncident]]:
    found = []
    for row in connection.execute(text(query), values).mappings():
        told = dict(row)
        found.append((int(told.pop("jurisdiction_id")), OpenIncident(**told)))
    return found


def add(connection: Connection, **values: Any) -> int:
    """Note a departure: `person_id`, `jurisdiction_id`, `whole`, `post_ids`, `at`, `reason`,
    `done`; gives its id."""
    made = connection.execute(
        text(
            "INSERT INTO departure (person_id, jurisdiction_id, whole, post_ids, at, reason, done,"
            " recorded_by) VALUES (:person_id, :jurisdiction_id, :whole, :post_ids, :at, :reason,"
            " cast(:done AS jsonb), '') RETURNING id"
        ),
        {**values, "done": json.dumps(values["done"], default=_plain)},
    )
    return int(made.scalar_one())


def note_moved(
    connection: Connection,
    departure_id: int,
    cases: Iterable[OpenIncident],
    parts: Sequence[tuple[int, int]] = (),
) -> None:
    """Note that a departure's cases have moved, as they were before, and the parts of cases
    (incident, organisation) that it gave to somebody else."""
    were = [asdict(case) for case in cases]
    connection.execute(
        text(
            "UPDATE departure SET moved_at = clock_timestamp(), moved = :count, failed_at = NULL,"
            " fault = NULL, done = done || cast(:were AS jsonb) WHERE id = :id"
        ),
        {
            "id": departure_id,
            "count": len(were),
            "were": json.dumps({"cases": were, "parts": [list(part) for part in parts]}),
        },
    )


def note_failed(
    connection: Connection, departure_id: int, code: str, params: Mapping[str, Any]
) -> None:
    """Note what stood against carrying a departure out; it is tried again a while later."""
    connection.execute(
        text(
            "UPDATE departure SET failed_at = clock_timestamp(), fault = cast(:fault AS jsonb)"
            " WHERE id = :id AND moved_at IS NULL AND undone_at IS NULL"
        ),
        {
            "id": departure_id,
            "fault": json.dumps({"code": code, "params": dict(params)}, default=str),
        },
    )


def note_undone(connection: Connection, departure_id: int, reason: str) -> None:
    """Note that a departure was called off or taken back."""
    connection.execute(
        text(
            "UPDATE departure SET undone_at = now(), undone_by = current_actor(),"
            " undone_reason = :reason WHERE id = :id"
        ),
        {"id": departure_id, "reason": reason},
    )


def departure(connection: Connection, jurisdiction_id: int, departure_id: int) -> dict[str, Any]:
    """One, kept until the transaction ends. Raises NotFoundError `departure-not-found`."""
    query = f"""SELECT {COLUMNS} FROM departure AS d JOIN person AS p ON p.id = d.person_id
      WHERE d.id = :id AND d.jurisdiction_id = :of FOR NO KEY UPDATE OF d"""
    row = connection.execute(text(query), {"id": departure_id, "of": jurisdiction_id})
    found = row.mappings().first()
    if found is None:
        raise NotFoundError("departure-not-found", id=departure_id)
    return dict(found)


def departures(
    connection: Connection,
    jurisdiction_id: int,
    *,
    person_id: int | None = None,
    limit: int,
    before: int | None = None,
) -> list[dict[str, Any]]:
    """Departures of a jurisdiction's people, the newest first."""
    query = f"""SELECT {COLUMNS} FROM departure AS d JOIN person AS p ON p.id = d.person_id
      WHERE d.jurisdiction_id = :of AND (cast(:person AS bigint) IS NULL OR d.person_id = :person)
        AND (cast(:before AS bigint) IS NULL OR d.id < :before)
      ORDER BY d.id DESC LIMIT :limit"""
    values = {"of": jurisdiction_id, "person": person_id, "before": before, "limit": limit}
    return [dict(row) for row in connection.execute(text(query), values).mappings()]


def due(connection: Connection) -> list[tuple[int, int]]:
    """Departures that have come and whose cases have not moved, each with its jurisdiction; those
    that failed only after a while."""
    query = """SELECT id, jurisdiction_id FROM departure
      WHERE moved_at IS NULL AND undone_at IS NULL AND at <= now()
        AND coalesce(failed_at < now() - interval '10 minutes', true)
      ORDER BY at, id LIMIT 1000"""
    return [(row.id, row.jurisdiction_id) for row in connection.execute(text(query))]


def take_due(connection: Connection, departure_id: int) -> dict[str, Any] | None:
    """One that is due, kept until the transaction ends; None if somebody has carried it out or
    taken it back meanwhile. To be called with the plans in force held, as whoever takes it back
    does."""
    query = f"""SELECT {COLUMNS} FROM departure AS d JOIN person AS p ON p.id = d.person_id
      WHERE d.id = :id AND d.moved_at IS NULL AND d.undone_at IS NULL FOR NO KEY UPDATE OF d"""
    found = connection.execute(text(query), {"id": departure_id}).mappings().first()
    return None if found is None else dict(found)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def move_parts(connection: Connection, person_id: int) -> list[tuple[int, int]]:
    """Give the parts of cases that a person has in hand for an organisation, assisting, to whoever
    speaks for it now, or to the organisation itself; gives (incident, organisation) of each."""
    return _parts(connection, "person_id = :person", {"person": person_id})


def return_parts(
    connection: Connection, parts: Sequence[Sequence[int]], person_id: int
) -> list[tuple[int, int]]:
    """Give parts of cases (incident, organisation) that nobody has accepted to whoever speaks for
    the organisation, where that is this person again; gives those."""
    which = """(incident_id, organisation_id) IN (
        SELECT * FROM unnest(cast(:incidents AS bigint[]), cast(:organisations AS bigint[])))
      AND accepted_at IS NULL AND person_id IS DISTINCT FROM :person
      AND EXISTS (SELECT FROM contact WHERE contact.organisation_id = hand.organisation_id
                  AND contact.person_id = :person AND contact.held @> clock_timestamp())"""
    values = {
        "incidents": [incident for incident, _ in parts],
        "organisations": [organisation for _, organisation in parts],
        "person": person_id,
    }
    return _parts(connection, which, values) if parts else []


def _parts(connection: Connection, which: str, values: Mapping[str, Any]) -> list[tuple[int, int]]:
    moved = connection.execute(
        text(
            f"""
            WITH ended AS (
              UPDATE hand SET until = greatest(since, clock_timestamp()),
                     ended_by = current_actor(), ended_how = 'moved'
              WHERE {which} AND until IS NULL AND NOT is_lead AND organisation_id IS NOT NULL
              RETURNING incident_id, task, sent, level, organisation_id, until
            )
            INSERT INTO hand (incident_id, task, is_lead, sent, level, organisation_id, person_id,
                              since, given_by)
            SELECT e.incident_id, e.task, false, e.sent, e.level, e.organisation_id, c.person_id,
                   e.until, current_actor()
            FROM ended AS e LEFT JOIN contact AS c ON c.organisation_id = e.organisation_id
              AND c.held @> e.until
            RETURNING incident_id, organisation_id
            """
        ),
        values,
    )
    return [(row.incident_id, row.organisation_id) for row in moved]
