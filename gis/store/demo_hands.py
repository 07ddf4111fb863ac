"""Hands of cases that came with their history: who had each while it stood in its stages."""

from __future__ import annotations

from sqlalchemy import Connection, text

# As `take_in_hand` in the migrations, for every stage that an open case has been through.
FROM_HISTORY = """
INSERT INTO hand (incident_id, task, level, organisation_id, post_id, person_id, since, given_by,
                  accepted_at, accepted_by, until, ended_by, ended_how)
SELECT i.id, t.task,
       CASE WHEN t.at_desk OR i.post_id IS NULL
            THEN CASE WHEN t.at_desk OR i.contact_id IS NULL THEN organisation_level(j.kind, NULL)
                 ELSE organisation_level(d.kind, p.kind) END
            ELSE i.responsible_level END,
       CASE WHEN t.at_desk OR i.person_id IS NULL OR i.post_id IS NULL AND i.contact_id IS NULL
            THEN i.jurisdiction_id
            WHEN i.post_id IS NULL THEN i.department_id END,
       CASE WHEN NOT t.at_desk THEN i.post_id END,
       CASE WHEN NOT t.at_desk THEN i.person_id END,
       e.at, e.actor,
       CASE WHEN t.task = 'handle' AND e.following IS NOT NULL THEN e.at END,
       CASE WHEN t.task = 'handle' AND e.following IS NOT NULL THEN e.actor END,
       e.following, CASE WHEN e.following IS NOT NULL THEN e.actor END,
       CASE WHEN e.following IS NOT NULL THEN 'done' END
FROM (SELECT incident_id, id, to_stage, at, actor,
             lead(at) OVER (PARTITION BY incident_id ORDER BY at, id) AS following
      FROM incident_event WHERE incident_id IN (SELECT id FROM incident WHERE is_open)
        AND to_stage IS DISTINCT FROM from_stage) AS e
JOIN incident AS i ON i.id = e.incident_id
JOIN organisation AS j ON j.id = i.jurisdiction_id
LEFT JOIN organisation AS d ON d.id = i.department_id AND i.contact_id IS NOT NULL
LEFT JOIN organisation AS p ON p.id = d.parent_id,
LATERAL (SELECT CASE e.to_stage
           WHEN 'collected' THEN CASE WHEN e.following IS NULL THEN 'verify_report'
                                 ELSE 'register' END
           WHEN 'registered' THEN 'dispatch' WHEN 'dispatched' THEN 'handle'
           WHEN 'handled' THEN 'feed_back' ELSE 'verify_result' END AS task,
         e.to_stage IN ('registered', 'fed_back')
           OR e.to_stage = 'collected' AND e.following IS NOT NULL AS at_desk) AS t
ORDER BY e.incident_id, e.at, e.id
"""
# Some open or closed cases in a stage, always the same ones; those with a grid, as most are.
SOME = """
SELECT id FROM incident
WHERE jurisdiction_id = :jurisdiction AND stage = :stage AND grid_code IS NOT NULL
  AND contact_id IS NULL
ORDER BY md5(serial) LIMIT :count
"""


def write_hands(connection: Connection) -> None:
    """Write the hands of all open cases by their histories; none may have any yet."""
    connection.execute(text(FROM_HISTORY))


def some(connection: Connection, jurisdiction_id: int, stage: str, count: int) -> list[int]:
    """So many cases of a jurisdiction in a stage."""
    values = {"jurisdiction": jurisdiction_id, "stage": stage, "count": count}
    return list(connection.scalars(text(SOME), values))


def departments(connection: Connection, jurisdiction_id: int) -> list[int]:
    """The departments of a jurisdiction."""
    query = """SELECT id FROM organisation WHERE kind = 'department' AND parent_id = :id
      ORDER BY code"""
    return list(connection.scalars(text(query), {"id": jurisdiction_id}))
