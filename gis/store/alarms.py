"""Everybody above an emergency who must be told at once, kept until they are told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

from gis.store.scope import beyond

# Whoever answers, whoever holds a post in its chain of grids, the leaders who are attached to these
# and to the organisations above, and their desks.
RAISE = """
WITH emergency AS (
  SELECT i.id, i.plan_id, i.grid_code, i.person_id, i.responsible_level, i.recorded_at,
         j.code AS jurisdiction_code, organisation_level(j.kind, NULL) AS jurisdiction_level,
         j.id AS jurisdiction_id
  FROM incident AS i JOIN organisation AS j ON j.id = i.jurisdiction_id WHERE i.id = ANY(:ids)
), told AS (
  SELECT e.id, g.level, post.role, NULL::bigint AS organisation_id, post.person_id
  FROM emergency AS e
  JOIN grid AS g ON g.plan_id = e.plan_id AND g.code IN
    (left(e.grid_code, 15), left(e.grid_code, 12), left(e.grid_code, 9))
  JOIN post ON post.grid_id = g.id AND post.held @> now()
  WHERE post.role IN ('lead', 'leader', 'secretary', 'director', 'officer', 'first_responsible')
  UNION
  SELECT id, coalesce(responsible_level, jurisdiction_level), NULL, NULL, person_id
  FROM emergency WHERE person_id IS NOT NULL
  UNION
  SELECT e.id, organisation_level(o.kind, p.kind), 'attached', NULL, a.person_id
  FROM emergency AS e
  JOIN attachment AS a ON a.held @> now() AND a.target_code IN
    (left(coalesce(e.grid_code, e.jurisdiction_code), 15),
     left(coalesce(e.grid_code, e.jurisdiction_code), 12),
     left(coalesce(e.grid_code, e.jurisdiction_code), 9),
     left(coalesce(e.grid_code, e.jurisdiction_code), 6))
  JOIN organisation AS o ON o.id = a.organisation_id
  LEFT JOIN organisation AS p ON p.id = o.parent_id
  UNION
  SELECT e.id, organisation_level(o.kind, NULL), NULL, o.id, NULL
  FROM emergency AS e JOIN organisation AS o ON o.kind <> 'department' AND o.code IN
    (left(coalesce(e.grid_code, e.jurisdiction_code), 12),
     left(coalesce(e.grid_code, e.jurisdiction_code), 9),
     left(coalesce(e.grid_code, e.jurisdiction_code), 6),
     left(coalesce(e.grid_code, e.jurisdiction_code), 4))
)
INSERT INTO alarm (incident_id, level, role, organisation_id, person_id)
SELECT DISTINCT ON (id, organisation_id, person_id) id, level, role, organisation_id, person_id
FROM told ORDER BY id, organisation_id, person_id, role NULLS LAST, level DESC
"""


def raise_alarms(connection: Connection, incident_ids: Sequence[int]) -> None:
    """Note for emergencies everybody of their chains, from the basic grid up to the city."""
    if incident_ids:
        with beyond(connection):
            connection.execute(text(RAISE), {"ids": list(incident_ids)})


def raised(connection: Connection, incident_ids: Sequence[int]) -> list[dict[str, Any]]:
    """Everybody who must be told of these cases."""
    if not incident_ids:
        return []
    query = """SELECT incident_id, organisation_id, person_id FROM alarm
      WHERE incident_id = ANY(:ids) ORDER BY incident_id, id"""
    with beyond(connection):
        rows = connection.execute(text(query), {"ids": list(incident_ids)})
        return [dict(row) for row in rows.mappings()]
