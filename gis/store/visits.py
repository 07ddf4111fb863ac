"""Visits of households: recorded once, withdrawn with a reason, and counted per grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from gis.errors import NotFoundError
from gis.store.grid_facts import Span

COLUMNS = "jurisdiction_id, grid_code, visited_on, household, households, visitor"
COUNTS = """
SELECT grid_code, count(DISTINCT household) AS named,
       coalesce(sum(households) FILTER (WHERE household IS NULL), 0) AS counted,
       max(visited_on) AS last
FROM visit
WHERE jurisdiction_id = :of AND visited_on BETWEEN :since AND :until AND withdrawn_at IS NULL
  AND grid_code BETWEEN :first AND :last
GROUP BY grid_code
"""
LIST = """
SELECT id, grid_code, visited_on, household, households, visitor, recorded_at, recorded_by,
       withdrawn_at, withdrawn_by, withdrawn_reason
FROM visit
WHERE jurisdiction_id = :of AND grid_code BETWEEN :first AND :last AND id < :before
ORDER BY id DESC LIMIT :limit
"""


def of_key(connection: Connection, account_id: int, key: UUID) -> dict[str, Any] | None:
    """The visit that an account sent under a key, if it did."""
    query = f"SELECT id, {COLUMNS} FROM visit WHERE account_id = :account AND key = :key"
    row = connection.execute(text(query), {"account": account_id, "key": key}).mappings().first()
    return None if row is None else dict(row)


def add(connection: Connection, values: Mapping[str, Any]) -> int:
    """Record a visit: COLUMNS, person_id, account_id, key. Gives its id.

    Raises IntegrityError where the same account was first with the key.
    """
    query = f"""INSERT INTO visit ({COLUMNS}, person_id, account_id, key)
      VALUES (:jurisdiction_id, :grid_code, :visited_on, :household, :households, :visitor,
              :person_id, :account_id, :key) RETURNING id"""
    return int(connection.execute(text(query), dict(values)).scalar_one())


def write(
    connection: Connection,
    jurisdiction_id: int,
    rows: Sequence[Mapping[str, Any]],
    *,
    job_id: int | None,
) -> None:
    """Record the visits of a file."""
    query = f"""INSERT INTO visit ({COLUMNS}, import_job_id)
      SELECT :of, grid, day, household, households, visitor, :job
      FROM unnest(cast(:codes AS text[]), cast(:days AS date[]), cast(:named AS text[]),
                  cast(:counts AS integer[]), cast(:who AS text[]))
        AS given (grid, day, household, households, visitor)"""
    connection.execute(
        text(query),
        {
            "of": jurisdiction_id, "job": job_id,
            "codes": [row["grid_code"] for row in rows],
            "days": [row["visited_on"] for row in rows],
            "named": [row["household"] for row in rows],
            "counts": [int(row["households"]) for row in rows],
            "who": [row["visitor"] for row in rows],
        },
    )  # fmt: skip


def known_already(
    connection: Connection, jurisdiction_id: int, rows: Sequence[Mapping[str, Any]]
) -> set[tuple[str, date, str]]:
    """Of visits of named households, those that are recorded: grid, day, household."""
    query = """SELECT v.grid_code, v.visited_on, v.household FROM visit AS v
      JOIN unnest(cast(:codes AS text[]), cast(:days AS date[]), cast(:named AS text[]))
        AS given (grid, day, household)
      ON v.grid_code = given.grid AND v.visited_on = given.day AND v.household = given.household
      WHERE v.jurisdiction_id = :of AND v.withdrawn_at IS NULL"""
    named = [row for row in rows if row["household"]]
    found = connection.execute(
        text(query),
        {
            "of": jurisdiction_id, "codes": [row["grid_code"] for row in named],
            "days": [row["visited_on"] for row in named],
            "named": [row["household"] for row in named],
        },
    )  # fmt: skip
    return {(row.grid_code, row.visited_on, row.household) for row in found}


def counts(
    connection: Connection,
    jurisdiction_id: int,
    within: Span,
    *,
    since: date,
    until: date,
) -> dict[str, Any]:
    """Visits from one day to another, both included, by basic grid: `named` distinct households,
    `counted` others, and the `last` day."""
    values = {"of": jurisdiction_id, "since": since, "until": until, **within._asdict()}
    return {row.grid_code: row for row in connection.execute(text(COUNTS), values)}


def listed(
    connection: Connection, jurisdiction_id: int, *, grid: str, limit: int, before: int
) -> list[dict[str, Any]]:
    """Visits in a grid of any level, the newest first; withdrawn ones say so."""
    values = {
        "of": jurisdiction_id, "first": grid.ljust(15, "0"), "last": grid.ljust(15, "9"),
        "limit": limit, "before": before,
    }  # fmt: skip
    return [dict(row) for row in connection.execute(text(LIST), values).mappings()]


def withdraw(connection: Connection, visit_id: int, *, reason: str, actor: str) -> None:
    """Take back a visit that was none. Raises NotFoundError `visit-not-found`."""
    query = """UPDATE visit SET withdrawn_at = now(), withdrawn_by = :actor,
      withdrawn_reason = :reason WHERE id = :id AND withdrawn_at IS NULL"""
    done = connection.execute(text(query), {"id": visit_id, "actor": actor, "reason": reason})
    if not done.rowcount:
        raise NotFoundError("visit-not-found", id=visit_id)
