"""Who held a post in a period, and the points of each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from gis.assessment.periods import Period
from gis.store.names import pop_names

# The newest of somebody's posts at the level nearest to the ground tells where they belong.
HOLDERS = """
SELECT DISTINCT ON (post.person_id) post.person_id AS id, person.name AS person_name,
       post.role, post.grid_level AS level, grid.code, grid.name_zh, grid.name_en
FROM post JOIN grid ON grid.id = post.grid_id JOIN plan ON plan.id = grid.plan_id
JOIN person ON person.id = post.person_id
WHERE plan.jurisdiction_id = :jurisdiction AND plan.status IN ('published', 'superseded')
  AND post.held && tstzrange(:since, :until)
ORDER BY post.person_id, post.grid_level DESC, lower(post.held) DESC, grid.code
"""
POINTS = """
SELECT person_id AS id, coalesce(sum(points) FILTER (WHERE points > 0), 0)::float8 AS added,
       coalesce(sum(points) FILTER (WHERE points < 0), 0)::float8 AS taken, count(*) AS entries
FROM score_entry
WHERE jurisdiction_id = :jurisdiction AND subject = 'person' AND day >= :since AND day < :until
GROUP BY person_id
"""


def holders(
    connection: Connection, jurisdiction_id: int, since: datetime, until: datetime
) -> list[dict[str, Any]]:
    """Who held a post at some time between two moments, each once: id, person_name, role, level,
    code and name of the grid."""
    rows = connection.execute(
        text(HOLDERS), {"jurisdiction": jurisdiction_id, "since": since, "until": until}
    )
    return [{**told, "grid": pop_names(told)} for told in map(dict, rows.mappings())]


def points(connection: Connection, jurisdiction_id: int, period: Period) -> dict[int, Any]:
    """Points of persons in a period by their ids: rows with added, taken, entries."""
    values = {"jurisdiction": jurisdiction_id, "since": period.since, "until": period.until}
    return {row.id: row for row in connection.execute(text(POINTS), values)}
