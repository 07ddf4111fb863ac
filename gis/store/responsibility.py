"""What routing needs from the database: plans in force, basic grids, posts, fallback queues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely
from sqlalchemy import Connection, text

from gis.routing.owner import Post, Queue
from gis.store.names import names

IN_FORCE = """
SELECT plan.id AS plan_id, plan.jurisdiction_id, organisation.code, organisation.synthetic,
       lower(plan.effective) AS since
FROM plan JOIN organisation ON organisation.id = plan.jurisdiction_id
WHERE plan.status = 'published' AND plan.effective @> clock_timestamp()
ORDER BY length(organisation.code) DESC, organisation.code
"""

# Shared by those who route by the plans in force, alone for whoever publishes. Not the rows of the
# plans: whoever wants one alone waits until nobody shares it, which under a stream of reports is
# never, while an advisory lock is had in the order of asking.
PLANS_GATE = "hashtext('wangge plans in force')"
SHARE_GATE = f"SELECT pg_advisory_xact_lock_shared({PLANS_GATE})"

POSTS = """
SELECT post.id, post.person_id, post.role, post.seat, grid.level, grid.code,
       lower(post.held) AS since, upper(post.held) AS until
FROM post JOIN grid ON grid.id = post.grid_id
WHERE grid.plan_id = :plan_id AND NOT isempty(post.held)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanInForce:
    """A plan that can route, whose it is, and from when it is in force."""

    plan_id: int
    jurisdiction_id: int
    jurisdiction_code: str
    synthetic: bool
    since: datetime


def plans_in_force(connection: Connection, *, lock: bool = False) -> list[PlanInForce]:
    """The plans in force now, one per jurisdiction, the most local jurisdiction first.

    With `lock` nobody can supersede them before this transaction ends, so that an incident is
    never routed by a plan that is being replaced.
    """
    if lock:
        # In a statement of its own: the next one sees all that was committed while this waited.
        connection.execute(text(SHARE_GATE))
    return [
        PlanInForce(
            plan_id=row.plan_id,
            jurisdiction_id=row.jurisdiction_id,
            jurisdiction_code=row.code,
            synthetic=row.synthetic,
            since=row.since,
        )
        for row in connection.execute(text(IN_FORCE))
    ]


def basic_grids(connection: Connection, plan_id: int) -> tuple[list[Any], list[str], list[int]]:
    """Polygons in WGS 84, codes and ids of a plan's level-3 grids, by code."""
    rows = connection.execute(
        text(
            "SELECT ST_AsBinary(geom) AS wkb, code, id FROM grid"
            " WHERE plan_id = :plan_id AND level = 3 ORDER BY code"
        ),
        {"plan_id": plan_id},
    ).all()
    polygons = shapely.from_wkb([bytes(row.wkb) for row in rows])
    return list(polygons), [row.code for row in rows], [row.id for row in rows]


def posts_of_grids(
    connection: Connection, plan_id: int, codes: list[str], since: datetime, until: datetime
) -> list[Post]:
    """The posts held in some grids at any moment from `since` to `until`, both included."""
    rows = connection.execute(
        text(
            POSTS + " AND grid.code = ANY(:codes)"
            " AND post.held && tstzrange(cast(:since AS timestamptz),"
            " cast(:until AS timestamptz), '[]')"
        ),
        {"plan_id": plan_id, "codes": codes, "since": since, "until": until},
    )
    return [_post(row) for row in rows]


def all_posts(connection: Connection, plan_id: int) -> list[Post]:
    """Every post of a plan's grids, past ones included, for batches over many moments."""
    rows = connection.execute(text(POSTS + " ORDER BY post.id"), {"plan_id": plan_id})
    return [_post(row) for row in rows]


def queue_of(connection: Connection, jurisdiction_id: int) -> Queue | None:
    """The fallback queue of a jurisdiction and the person in charge of it, if one is set up."""
    row = connection.execute(
        text("SELECT id, person_id FROM queue WHERE jurisdiction_id = :id ORDER BY code LIMIT 1"),
        {"id": jurisdiction_id},
    ).first()
    return Queue(queue_id=row.id, person_id=row.person_id) if row is not None else None


def queue_named(connection: Connection, queue_id: int) -> dict[str, Any]:
    """A queue with its names."""
    row = connection.execute(
        text("SELECT id, code, name_zh, name_en FROM queue WHERE id = :id"), {"id": queue_id}
    ).one()
    return {"id": row.id, "code": row.code, "name": names(row.name_zh, row.name_en)}


def grids_named(connection: Connection, grid_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Grids with their names, by id."""
    rows = connection.execute(
        text("SELECT id, code, name_zh, name_en FROM grid WHERE id = ANY(:ids)"),
        {"ids": list(grid_ids)},
    )
    return {
        row.id: {"id": row.id, "code": row.code, "name": names(row.name_zh, row.name_en)}
        for row in rows
    }


def people(connection: Connection, person_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Names and telephones of people, by id."""
    rows = connection.execute(
        text("SELECT id, name, phone FROM person WHERE id = ANY(:ids)"), {"ids": list(person_ids)}
    )
    return {row.id: {"id": row.id, "name": row.name, "phone": row.phone} for row in rows}


def person(connection: Connection, person_id: int) -> dict[str, Any]:
    """A person's name and telephone."""
    return people(connection, [person_id])[person_id]


def _post(row: Any) -> Post:
    return Post(
        post_id=row.id,
        person_id=row.person_id,
        role=row.role,
        seat=row.seat,
        level=row.level,
        grid_code=row.code,
        since=row.since,
        until=row.until,
    )
