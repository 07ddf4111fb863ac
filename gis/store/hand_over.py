"""What moves with a new plan: posts and departments by grid code, open incidents by place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

# What has an end to come is carried over with it; the former row was ended before and stays.
POSTS = """
WITH carried AS (
  SELECT post.*, grid.code FROM post JOIN grid ON grid.id = post.grid_id
  WHERE grid.plan_id = :former AND NOT isempty(post.held)
    AND coalesce(upper(post.held) > :at, true)
), ended AS (
  UPDATE post SET held = tstzrange(lower(held), :at), ended_by = current_actor(),
                  ended_reason = :reason
  WHERE id IN (SELECT id FROM carried) AND upper_inf(held) AND lower(held) < :at
), moved AS (
  INSERT INTO post (person_id, grid_id, grid_level, role, seat, held, recorded_by, reason,
                    ended_by, ended_reason)
  SELECT carried.person_id, grid.id, carried.grid_level, carried.role, carried.seat,
         tstzrange(greatest(lower(carried.held), :at), upper(carried.held)), current_actor(),
         :reason, carried.ended_by, carried.ended_reason
  FROM carried JOIN grid ON grid.plan_id = :plan AND grid.code = carried.code
  RETURNING id
)
SELECT (SELECT count(*) FROM moved) AS moved, (SELECT count(*) FROM carried) AS carried
"""

TIES = """
WITH carried AS (
  SELECT tie.*, grid.code FROM department_tie AS tie JOIN grid ON grid.id = tie.grid_id
  WHERE grid.plan_id = :former AND coalesce(upper(tie.held) > :at, true)
), ended AS (
  UPDATE department_tie SET held = tstzrange(lower(held), :at), ended_reason = :reason
  WHERE id IN (SELECT id FROM carried) AND upper_inf(held) AND lower(held) < :at
), moved AS (
  INSERT INTO department_tie (department_id, grid_id, held, reason, ended_reason)
  SELECT carried.department_id, grid.id,
         tstzrange(greatest(lower(carried.held), :at), upper(carried.held)), :reason,
         carried.ended_reason
  FROM carried JOIN grid ON grid.plan_id = :plan AND grid.code = carried.code
  RETURNING id
)
SELECT (SELECT count(*) FROM moved) AS moved, (SELECT count(*) FROM carried) AS carried
"""

INCIDENTS = """
UPDATE incident AS i SET plan_id = n.plan_id, grid_id = n.grid_id, grid_code = n.grid_code,
  queue_id = n.queue_id, post_id = n.post_id, person_id = n.person_id,
  responsible_level = n.level, route_rule = n.rule, rule_id = n.rule_id,
  department_id = n.department_id, contact_id = n.contact_id
FROM unnest(
  cast(:ids AS bigint[]), cast(:plans AS bigint[]), cast(:grids AS bigint[]),
  cast(:codes AS text[]), cast(:queues AS bigint[]), cast(:posts AS bigint[]),
  cast(:persons AS bigint[]), cast(:levels AS smallint[]), cast(:rules AS text[]),
  cast(:rule_ids AS bigint[]), cast(:departments AS bigint[]), cast(:contacts AS bigint[])
) AS n (id, plan_id, grid_id, grid_code, queue_id, post_id, person_id, level, rule, rule_id,
        department_id, contact_id)
WHERE i.id = n.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIncident:
    """An open incident, its place in WGS 84, and whose it is."""

    incident_id: int
    lon: float
    lat: float
    plan_id: int | None
    grid_id: int | None
    grid_code: str | None
    queue_id: int | None
    post_id: int | None
    person_id: int | None
    responsible_level: int | None
    route_rule: str
    rule_id: int | None
    department_id: int | None
    contact_id: int | None
    category: str
    severity: int
    source: str


def move_posts(
    connection: Connection, *, former: int, plan: int, at: datetime, reason: str
) -> tuple[int, int]:
    """End the posts of the former plan and begin them anew in the grids of the same codes.

    Those that begin or end later move with their dates. Gives how many were moved, and how many
    only ended because their grid is no more.
    """
    return _move(connection, POSTS, former=former, plan=plan, at=at, reason=reason)


def move_ties(
    connection: Connection, *, former: int, plan: int, at: datetime, reason: str
) -> tuple[int, int]:
    """The same for the ties of departments to communities."""
    return _move(connection, TIES, former=former, plan=plan, at=at, reason=reason)


def _move(connection: Connection, query: str, **values: Any) -> tuple[int, int]:
    row = connection.execute(text(query), values).one()
    return row.moved, row.carried - row.moved


def open_incidents(
    connection: Connection, jurisdiction_id: int, *, lock: bool
) -> list[OpenIncident]:
    """The open incidents of a jurisdiction; with `lock`, kept until this transaction ends."""
    rows = connection.execute(
        text(
            "SELECT id AS incident_id, ST_X(location) AS lon, ST_Y(location) AS lat, plan_id,"
            " grid_id, grid_code, queue_id, post_id, person_id, responsible_level, route_rule,"
            " rule_id, department_id, contact_id, category_code AS category, severity, source"
            " FROM incident"
            " WHERE jurisdiction_id = :id AND is_open ORDER BY id"
            + (" FOR NO KEY UPDATE" if lock else "")
        ),
        {"id": jurisdiction_id},
    )
    return [OpenIncident(**row) for row in rows.mappings()]


def move_incidents(
    connection: Connection, incidents: Sequence[OpenIncident], owners: Sequence[Any]
) -> None:
    """Give open incidents their new owners (`gis.workflows.ownership.Owner`, in the same order).

    Those for which nothing changes are not written. Those that stay with the grid of the same code
    and the same person have their history in one row of `carried_over`; every other has a step of
    its own.
    """
    rows = []
    for incident, owner in zip(incidents, owners, strict=True):
        is_now = (
            incident.plan_id, incident.grid_id, incident.grid_code, incident.queue_id,
            incident.post_id, incident.person_id, incident.responsible_level, incident.route_rule,
            incident.rule_id, incident.department_id, incident.contact_id,
        )  # fmt: skip
        to_be = (
            owner.plan_id, owner.grid_id, owner.grid_code, owner.queue_id,
            owner.post_id, owner.person_id, owner.responsible_level, owner.rule,
            owner.rule_id, owner.department_id, owner.contact_id,
        )  # fmt: skip
        if to_be != is_now:
            rows.append((incident.incident_id, *to_be))
    names = (
        "ids", "plans", "grids", "codes", "queues", "posts", "persons", "levels", "rules",
        "rule_ids", "departments", "contacts",
    )  # fmt: skip
    if rows:
        lists = (list(column) for column in zip(*rows, strict=True))
        connection.execute(text(INCIDENTS), dict(zip(names, lists, strict=True)))
