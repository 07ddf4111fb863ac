"""What routing needs from the database: plans in force, basic grids, posts, fallback queues."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely
from sqlalchemy import Connection, text

IN_FORCE = """
SELECT plan.id AS plan_id, plan.jurisdiction_id, organisation.code, organisation.synthetic
FROM plan JOIN organisation ON organisation.id = plan.jurisdiction_id
WHERE plan.effective @> cast(:at AS timestamptz) OR plan.status = 'published'
ORDER BY length(organisation.code) DESC, organisation.code,
         plan.effective @> cast(:at AS timestamptz) DESC
"""

POSTS = """
SELECT post.id, post.person_id, post.role, post.seat, grid.level, grid.code,
       lower(post.held) AS since, upper(post.held) AS until
FROM post JOIN grid ON grid.id = post.grid_id
WHERE grid.plan_id = :plan_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanInForce:
    """A plan that can route, and whose it is."""

    plan_id: int
    jurisdiction_id: int
    jurisdiction_code: str
    synthetic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPost:
    """One post of a plan's grids, with its dates; `until` None means still held."""

    post_id: int
    person_id: int
    role: str
    seat: int
    level: int
    grid_code: str
    since: datetime
    until: datetime | None


def plans_in_force(
    connection: Connection, at: datetime, *, lock: bool = False
) -> list[PlanInForce]:
    """One plan per jurisdiction, the most local first: in force then, else the one in force now.

    With `lock` nobody can supersede them before this transaction ends, so that an incident is
    never routed by a plan that is being replaced.
    """
    chosen: dict[int, PlanInForce] = {}
    query = IN_FORCE + (" FOR SHARE OF plan" if lock else "")
    for row in connection.execute(text(query), {"at": at}):
        chosen.setdefault(
            row.jurisdiction_id,
            PlanInForce(
                plan_id=row.plan_id,
                jurisdiction_id=row.jurisdiction_id,
                jurisdiction_code=row.code,
                synthetic=row.synthetic,
            ),
        )
    return list(chosen.values())


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
    connection: Connection, plan_id: int, codes: list[str], at: datetime
) -> list[HeldPost]:
    """The posts held in some grids at a moment."""
    rows = connection.execute(
        text(POSTS + " AND grid.code = ANY(:codes) AND post.held @> cast(:at AS timestamptz)"),
        {"plan_id": plan_id, "codes": codes, "at": at},
    )
    return [_post(row) for row in rows]


def all_posts(connection: Connection, plan_id: int) -> list[HeldPost]:
    """Every post of a plan's grids, past ones included, for batches over many moments."""
    rows = connection.execute(text(POSTS + " ORDER BY post.id"), {"plan_id": plan_id})
    return [_post(row) for row in rows]


def queue_of(connection: Connection, jurisdiction_id: int) -> tuple[int, int] | None:
    """The fallback queue of a jurisdiction and the person in charge of it, if one is set up."""
    row = connection.execute(
        text("SELECT id, person_id FROM queue WHERE jurisdiction_id = :id ORDER BY code LIMIT 1"),
        {"id": jurisdiction_id},
    ).first()
    return (row.id, row.person_id) if row is not None else None


def _post(row: Any) -> HeldPost:
    return HeldPost(
        post_id=row.id,
        person_id=row.person_id,
        role=row.role,
        seat=row.seat,
        level=row.level,
        grid_code=row.code,
        since=row.since,
        until=row.until,
    )
