"""Diaries of grids (民情日志): entries that stay, and the check of a month, which closes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from gis.errors import NotFoundError
from gis.store.grid_facts import Span

COLUMNS = "jurisdiction_id, grid_code, day, text, kinds, people, incident_id, author"
OF_KEY = f"""
SELECT id, {COLUMNS}, replaces_id FROM diary WHERE account_id = :account AND key = :key
"""
ADD = f"""
INSERT INTO diary ({COLUMNS}, person_id, account_id, key, replaces_id)
VALUES (:jurisdiction_id, :grid_code, :day, :text, :kinds, :people, :incident_id, :author,
        :person_id, :account_id, :key, :replaces_id) RETURNING id
"""
# An entry that may be corrected: the caller's own, and not corrected yet.
CORRECTED = """
SELECT grid_code FROM diary AS d WHERE id = :id AND jurisdiction_id = :of
  AND (account_id = :account OR person_id = :person)
  AND NOT EXISTS (SELECT FROM diary AS later WHERE later.replaces_id = d.id)
"""
LIST = """
SELECT d.id, d.grid_code, d.day, d.text, d.kinds, d.people, d.incident_id, i.serial, d.author,
       d.account_id = :account AS own, d.recorded_at, d.replaces_id, later.id AS replaced_by
FROM diary AS d LEFT JOIN incident AS i ON i.id = d.incident_id
LEFT JOIN diary AS later ON later.replaces_id = d.id
WHERE d.jurisdiction_id = :of AND starts_with(d.grid_code, :grid)
  AND d.day >= :month AND d.day < :month + interval '1 month' AND d.id < :before
ORDER BY d.id DESC LIMIT :limit
"""
# What is left of each grid's month once corrected entries are left out.
MONTH = """
SELECT d.grid_code, count(*) AS entries, count(DISTINCT d.day) AS days, sum(d.people) AS people,
       max(d.day) AS last
FROM diary AS d
WHERE d.jurisdiction_id = :of AND d.grid_code BETWEEN :first AND :last
  AND d.day >= :month AND d.day < :month + interval '1 month'
  AND NOT EXISTS (SELECT FROM diary AS later WHERE later.replaces_id = d.id)
GROUP BY d.grid_code
"""
CHECKS = """
SELECT grid_code, entries, verdict, remark, checked_at, checked_by FROM diary_check
WHERE jurisdiction_id = :of AND month = :month AND grid_code BETWEEN :first AND :last
"""
LEADS = """
SELECT grid.code, person.name FROM grid
JOIN post ON post.grid_id = grid.id AND post.role = 'lead' AND post.held @> now()
JOIN person ON person.id = post.person_id
WHERE grid.plan_id = :plan AND grid.level = 3 AND grid.code BETWEEN :first AND :last
"""


def of_key(connection: Connection, account_id: int, key: UUID) -> dict[str, Any] | None:
    """The entry that an account sent under a key, if it did."""
    row = connection.execute(text(OF_KEY), {"account": account_id, "key": key}).mappings().first()
    return None if row is None else dict(row)


def add(connection: Connection, values: Mapping[str, Any]) -> int:
    """Write an entry: COLUMNS, person_id, account_id, key, replaces_id. Gives its id.

    Raises IntegrityError where the same account was first with the key, where another corrected
    the same entry, and (RestrictViolation) where the month was checked.
    """
    return int(connection.execute(text(ADD), dict(values)).scalar_one())


def require_correctable(
    connection: Connection,
    jurisdiction_id: int,
    diary_id: int,
    *,
    account_id: int | None,
    person_id: int | None,
) -> str:
    """The grid of an entry that the caller wrote and nobody has corrected. Raises NotFoundError
    `diary-not-found`."""
    values = {
        "id": diary_id, "of": jurisdiction_id, "account": account_id, "person": person_id
    }  # fmt: skip
    grid: str | None = connection.scalar(text(CORRECTED), values)
    if grid is None:
        raise NotFoundError("diary-not-found", id=diary_id)
    return grid


def listed(
    connection: Connection,
    jurisdiction_id: int,
    *,
    grid: str,
    month: date,
    account_id: int,
    limit: int,
    before: int,
) -> list[dict[str, Any]]:
    """The entries of a month in a grid of any level, the newest first, corrected ones as well."""
    values = {
        "of": jurisdiction_id, "grid": grid, "month": month, "account": account_id,
        "limit": limit, "before": before,
    }  # fmt: skip
    rows = connection.execute(text(LIST), values).mappings()
    return [
        {**row, "incident": _incident(row), "own": bool(row["own"])} for row in rows
    ]  # fmt: skip


def _incident(row: Any) -> dict[str, Any] | None:
    # A case that the reader may not see has no serial for them, and is not told.
    return None if row["serial"] is None else {"id": row["incident_id"], "serial": row["serial"]}


def month_of(
    connection: Connection, jurisdiction_id: int, within: Span, month: date
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was written in a month, and how it was checked, by basic grid."""
    values = {"of": jurisdiction_id, "month": month, **within._asdict()}
    written = {row.grid_code: row for row in connection.execute(text(MONTH), values)}
    checked = {row.grid_code: row for row in connection.execute(text(CHECKS), values)}
    return written, checked


def leads(connection: Connection, plan_id: int, within: Span) -> dict[str, str]:
    """The names of the grid leads of now, by basic grid."""
    values = {"plan": plan_id, **within._asdict()}
    return {row.code: row.name for row in connection.execute(text(LEADS), values)}


def wrote(
    connection: Connection, jurisdiction_id: int, grid_code: str, month: date, account_id: int
) -> bool:
    """Whether an account wrote into a grid's diary in a month."""
    query = """SELECT EXISTS (SELECT FROM diary WHERE jurisdiction_id = :of AND grid_code = :grid
      AND account_id = :account AND day >= :month AND day < :month + interval '1 month')"""
    values = {"of": jurisdiction_id, "grid": grid_code, "month": month, "account": account_id}
    return bool(connection.scalar(text(query), values))


def check(connection: Connection, values: Mapping[str, Any]) -> int:
    """Check a grid's month, which nothing is written into from then on; gives the id.

    Raises IntegrityError where it was checked before.
    """
    query = """INSERT INTO diary_check
      (jurisdiction_id, grid_code, month, entries, verdict, remark, account_id)
      VALUES (:jurisdiction_id, :grid_code, :month, :entries, :verdict, :remark, :account_id)
      RETURNING id"""
    return int(connection.execute(text(query), dict(values)).scalar_one())


def gate(connection: Connection, jurisdiction_id: int, grid_code: str, month: date) -> None:
    """Wait for whoever writes into or checks a grid's month now, as the triggers do."""
    connection.execute(
        text(
            "SELECT pg_advisory_xact_lock(hashtextextended(format('diary %s %s %s',"
            " cast(:of AS text), cast(:grid AS text), cast(:month AS text)), 0))"
        ),
        {"of": jurisdiction_id, "grid": grid_code, "month": month.isoformat()},
    )
