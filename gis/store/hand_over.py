"""What moves with a new plan: posts and departments by grid code, open incidents by place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

POSTS = """
WITH ended AS (
  UPDATE post SET held = tstzrange(lower(held), :at), ended_by = current_actor(),
                  ended_reason = :reason
  FROM grid WHERE grid.id = post.grid_id AND grid.plan_id = :former
    AND upper_inf(post.held) AND lower(post.held) < :at
  RETURNING post.person_id, post.grid_level, post.role, post.seat, grid.code
), moved AS (
  INSERT INTO post (person_id, grid_id, grid_level, role, seat, held, recorded_by, reason)
  SELECT ended.person_id, grid.id, ended.grid_level, ended.role, ended.seat,
         tstzrange(:at, NULL), current_actor(), :reason
  FROM ended JOIN grid ON grid.plan_id = :plan AND grid.code = ended.code
  RETURNING id
)
SELECT (SELECT count(*) FROM moved) AS moved, (SELECT count(*) FROM ended) AS ended
"""

TIES = """
WITH ended AS (
  UPDATE department_tie AS tie SET held = tstzrange(lower(tie.held), :at), ended_reason = :reason
  FROM grid WHERE grid.id = tie.grid_id AND grid.plan_id = :former
    AND upper_inf(tie.held) AND lower(tie.held) < :at
  RETURNING tie.department_id, grid.code
), moved AS (
  INSERT INTO department_tie (department_id, grid_id, held, reason)
  SELECT ended.department_id, grid.id, tstzrange(:at, NULL), :reason
  FROM ended JOIN grid ON grid.plan_id = :plan AND grid.code = ended.code
  RETURNING id
)
SELECT (SELECT count(*) FROM moved) AS moved, (SELECT count(*) FROM ended) AS ended
"""

INCIDENTS = """
UPDATE incident AS i SET plan_id = n.plan_id, grid_id = n.grid_id, grid_code = n.grid_code,
  queue_id = n.queue_id, post_id = n.post_id, person_id = n.person_id,
  responsible_level = n.level, route_rule = n.rule
FROM unnest(
  cast(:ids AS bigint[]), cast(:plans AS bigint[]), cast(:grids AS bigint[]),
  cast(:codes AS text[]), cast(:queues AS bigint[]), cast(:posts AS bigint[]),
  cast(:persons AS bigint[]), cast(:levels AS smallint[]), cast(:rules AS text[])
) AS n (id, plan_id, grid_id, grid_code, queue_id, post_id, person_id, level, rule)
WHERE i.id = n.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIncident:
    """An open incident and its place in WGS 84."""

    incident_id: int
    lon: float
    lat: float


def move_posts(
    connection: Connection, *, former: int, plan: int, at: datetime, reason: str
) -> tuple[int, int]:
    """End the posts of the former plan and begin them anew in the grids of the same codes.

    Gives how many were moved, and how many only ended because their grid is no more.
    """
    return _move(connection, POSTS, former=former, plan=plan, at=at, reason=reason)


def move_ties(
    connection: Connection, *, former: int, plan: int, at: datetime, reason: str
) -> tuple[int, int]:
    """The same for the ties of departments to communities."""
    return _move(connection, TIES, former=former, plan=plan, at=at, reason=reason)


def _move(connection: Connection, query: str, **values: Any) -> tuple[int, int]:
    row = connection.execute(text(query), values).one()
    return row.moved, row.ended - row.moved


def open_incidents(connection: Connection, jurisdiction_id: int) -> list[OpenIncident]:
    """The open incidents of a jurisdiction, locked until this transaction ends."""
    rows = connection.execute(
        text(
            "SELECT id, ST_X(location) AS lon, ST_Y(location) AS lat FROM incident"
            " WHERE jurisdiction_id = :id AND is_open ORDER BY id FOR UPDATE"
        ),
        {"id": jurisdiction_id},
    )
    return [OpenIncident(incident_id=row.id, lon=row.lon, lat=row.lat) for row in rows]


def move_incidents(
    connection: Connection, incidents: Sequence[OpenIncident], owners: Sequence[Any]
) -> None:
    """Give open incidents their new owners (`gis.workflows.ownership.Owner`, in the same order)."""
    connection.execute(
        text(INCIDENTS),
        {
            "ids": [incident.incident_id for incident in incidents],
            "plans": [owner.plan_id for owner in owners],
            "grids": [owner.grid_id for owner in owners],
            "codes": [owner.grid_code for owner in owners],
            "queues": [owner.queue_id for owner in owners],
            "posts": [owner.post_id for owner in owners],
            "persons": [owner.person_id for owner in owners],
            "levels": [owner.responsible_level for owner in owners],
            "rules": [owner.rule for owner in owners],
        },
    )
