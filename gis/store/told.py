"""Whom a case concerns: who has it in hand, who is above, who reported it. For notices alone, and
so whatever the scope of the transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, text

from gis.store.scope import beyond

HANDS = """
SELECT h.incident_id, h.task, h.is_lead, h.organisation_id, h.person_id, i.jurisdiction_id
FROM hand AS h JOIN incident AS i ON i.id = h.incident_id
WHERE h.incident_id = ANY(:ids) AND h.until IS NULL ORDER BY h.incident_id, h.id
"""
# The nearest desk above whoever has the case, and that of the jurisdiction.
ABOVE = """
WITH place AS (
  SELECT i.jurisdiction_id,
         CASE WHEN h.organisation_id IS NULL OR o.kind = 'department'
              THEN coalesce(i.grid_code, j.code) ELSE o.code END AS code
  FROM hand AS h JOIN incident AS i ON i.id = h.incident_id
  JOIN organisation AS j ON j.id = i.jurisdiction_id
  LEFT JOIN organisation AS o ON o.id = h.organisation_id
  WHERE h.incident_id = :id AND h.is_lead AND h.until IS NULL
)
(SELECT o.id FROM place JOIN organisation AS o ON o.is_platform AND starts_with(place.code, o.code)
   AND o.code <> place.code AND coalesce(o.closed_at > now(), true)
   ORDER BY length(o.code) DESC LIMIT 1)
UNION SELECT jurisdiction_id FROM place
"""
REPORTERS = """
SELECT DISTINCT a.id FROM incident_event AS e JOIN account AS a ON a.login = login_of(e.actor)
WHERE e.incident_id = :id AND e.action = 'report' AND a.person_id IS NOT NULL ORDER BY a.id
"""


def open_hands(connection: Connection, incident_ids: Sequence[int]) -> list[dict[str, Any]]:
    """The open hands of cases."""
    if not incident_ids:
        return []
    with beyond(connection):
        rows = connection.execute(text(HANDS), {"ids": list(incident_ids)})
        return [dict(row) for row in rows.mappings()]


def above(connection: Connection, incident_id: int) -> list[int]:
    """The desks that may decide what is asked for a case."""
    with beyond(connection):
        return list(connection.scalars(text(ABOVE), {"id": incident_id}))


def reporters(connection: Connection, incident_id: int) -> list[int]:
    """The accounts of people who reported a case themselves."""
    with beyond(connection):
        return list(connection.scalars(text(REPORTERS), {"id": incident_id}))


def serial(connection: Connection, incident_id: int) -> str:
    """The serial number of a case."""
    with beyond(connection):
        query = text("SELECT serial FROM incident WHERE id = :id")
        return str(connection.execute(query, {"id": incident_id}).scalar_one())


def names(connection: Connection, person_ids: Collection[int]) -> dict[int | None, str]:
    """The names of people, by id."""
    query = text("SELECT id, name FROM person WHERE id = ANY(:ids)")
    with beyond(connection):
        return {row.id: row.name for row in connection.execute(query, {"ids": sorted(person_ids)})}
