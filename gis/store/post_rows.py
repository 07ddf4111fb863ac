"""What an import of leave and duty is checked against: grids, and what is recorded already."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

LEAVE = """
SELECT id, person_id, substitute_id, lower(planned) AS since, upper(planned) AS until,
       lower(held) AS held_since, upper(held) AS held_until, isempty(held) AS gone,
       ended_at IS NOT NULL AS ended
FROM absence
WHERE person_id = ANY(:people)
  AND planned && tstzrange(cast(:since AS timestamptz), cast(:until AS timestamptz))
"""
DUTY = """
SELECT id, grid_code, person_id, lower(planned) AS since, upper(planned) AS until,
       lower(held) AS held_since, upper(held) AS held_until, isempty(held) AS gone,
       ended_at IS NOT NULL AS ended
FROM duty
WHERE jurisdiction_id = :id
  AND planned && tstzrange(cast(:since AS timestamptz), cast(:until AS timestamptz))
"""


def lock(connection: Connection, jurisdiction_id: int) -> None:
    """Let one import of a jurisdiction's leave and duty check and write at a time."""
    connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtext('posts-import'), cast(:id AS int))"),
        {"id": jurisdiction_id % 2**31},
    )


def grid_codes(connection: Connection, jurisdiction_id: int) -> set[str]:
    """The codes of all grids of a jurisdiction's plans."""
    query = text(
        "SELECT DISTINCT grid.code FROM grid JOIN plan ON plan.id = grid.plan_id"
        " WHERE plan.jurisdiction_id = :id"
    )
    return set(connection.scalars(query, {"id": jurisdiction_id}))


def leave(
    connection: Connection, people: list[int], since: datetime, until: datetime | None
) -> list[Any]:
    """Leave of these people planned for some time between two moments, ended or not."""
    values = {"people": people, "since": since, "until": until}
    return list(connection.execute(text(LEAVE), values))


def duty(
    connection: Connection, jurisdiction_id: int, since: datetime, until: datetime
) -> list[Any]:
    """A jurisdiction's shifts planned for some time between two moments, ended or not."""
    values = {"id": jurisdiction_id, "since": since, "until": until}
    return list(connection.execute(text(DUTY), values))
