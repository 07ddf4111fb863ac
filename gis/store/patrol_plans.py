"""Plans of patrols: who is to walk where and when; ended, and corrected by a new one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

import shapely
from sqlalchemy import Connection, text

from gis.errors import ConflictError, NotFoundError
from gis.store.grid_facts import Span

PLANS = """
SELECT p.id, p.grid_code, p.duty, p.role, p.person_id, person.name AS person_name, p.weekdays,
       p.begins, p.ends, p.times, p.since, p.until, p.reason, p.recorded_at, p.recorded_by,
       p.ended_at, p.ended_by, p.ended_reason, p.replaces_id, next.id AS replaced_by,
       next.since AS replaced_since, ST_AsBinary(p.route) AS route
FROM patrol_plan AS p LEFT JOIN person ON person.id = p.person_id
LEFT JOIN patrol_plan AS next ON next.replaces_id = p.id
WHERE p.jurisdiction_id = :of AND p.grid_code BETWEEN :first AND :last AND p.id > :after
  AND (:ended OR p.ended_at IS NULL)
ORDER BY p.id LIMIT :limit
"""
HELD = """
SELECT p.id, p.jurisdiction_id, p.first_id, p.ended_at, p.ended_by, p.recorded_at, p.recorded_by
FROM patrol_plan AS p WHERE p.id = :id FOR UPDATE
"""
LATER = "SELECT id, recorded_at, recorded_by FROM patrol_plan WHERE replaces_id = :id"
# The plan that a round is of: of its grid, day and hours, and of its walker or the walker's post.
MATCH = """
SELECT p.id FROM patrol_plan AS p
WHERE p.jurisdiction_id = :of AND p.grid_code = :grid AND p.ended_at IS NULL
  AND :day BETWEEN p.since AND coalesce(p.until, 'infinity')
  AND cast(extract(isodow FROM cast(:day AS date)) AS smallint) = ANY (p.weekdays)
  AND p.begins <= :ended AND p.ends >= :started
  AND (p.person_id = cast(:person AS bigint) OR EXISTS (
    SELECT FROM post JOIN grid ON grid.id = post.grid_id JOIN plan ON plan.id = grid.plan_id
    WHERE plan.status = 'published' AND grid.code = p.grid_code AND post.role = p.role
      AND post.person_id = cast(:person AS bigint) AND post.held @> now()))
  -- Nobody walks two rounds of a grid at once: what was sent twice is not done twice.
  AND NOT EXISTS (
    SELECT FROM patrol AS other WHERE other.jurisdiction_id = :of AND other.grid_code = :grid
      AND other.person_id = cast(:person AS bigint) AND other.plan_id IS NOT NULL
      AND other.day BETWEEN cast(:day AS date) - 1 AND cast(:day AS date) + 1
      AND other.started_at < :until AND other.ended_at > :since)
ORDER BY p.person_id IS NULL, p.id LIMIT 1
"""


def version_of(plan: Mapping[Any, Any]) -> int:
    """1 while a plan holds, 2 when it was ended, 3 when another was put in its place."""
    if plan["replaced_by"] is not None:
        return 3
    return 1 if plan["ended_at"] is None else 2


def plans(
    connection: Connection,
    jurisdiction_id: int,
    within: Span,
    *,
    ended: bool,
    limit: int,
    after: int = 0,
) -> list[dict[str, Any]]:
    """Patrol plans of basic grids by id; with `ended` those that are over as well."""
    values = {
        "of": jurisdiction_id, "ended": ended, "limit": limit, "after": after, **within._asdict()
    }  # fmt: skip
    rows = connection.execute(text(PLANS), values).mappings()
    return [{**row, "version": version_of(row), "route": _places(row["route"])} for row in rows]


def _places(line: Any) -> list[Any] | None:
    return None if line is None else shapely.get_coordinates(shapely.from_wkb(bytes(line))).tolist()


def add_plan(connection: Connection, values: Mapping[str, Any]) -> int:
    """Record a patrol plan; gives its id. `route`: lon and lat of its points, or None."""
    given = dict(values)
    route = given.pop("route", None)
    given["way"] = None if route is None else shapely.to_wkb(shapely.linestrings(route))
    columns = ", ".join([name for name in given if name != "way"] + ["route"])
    bound = ", ".join([f":{name}" for name in given if name != "way"])
    query = f"""INSERT INTO patrol_plan ({columns})
      VALUES ({bound}, ST_GeomFromWKB(cast(:way AS bytea), 4326)) RETURNING id"""
    return int(connection.execute(text(query), given).scalar_one())


def near(
    connection: Connection, jurisdiction_id: int, grid_code: str, route: Any, within_deg: float
) -> bool:
    """Whether all of a route lies within some degrees of a basic grid of the plan in force."""
    query = """
      SELECT ST_CoveredBy(ST_GeomFromWKB(:way, 4326), ST_Expand(ST_Envelope(g.geom), :within))
      FROM grid AS g JOIN plan ON plan.id = g.plan_id
      WHERE plan.jurisdiction_id = :of AND plan.status = 'published' AND g.code = :grid"""
    values = {
        "of": jurisdiction_id, "grid": grid_code, "within": within_deg,
        "way": shapely.to_wkb(shapely.linestrings(route)),
    }  # fmt: skip
    return bool(connection.scalar(text(query), values))


def hold(connection: Connection, patrol_plan_id: int, version: int | None) -> dict[str, Any]:
    """Hold a plan until the transaction ends; `version`: as its sender has seen it.

    Raises NotFoundError `patrol-plan-not-found`, ConflictError `patrol-plan-changed`.
    """
    values = {"id": patrol_plan_id}
    row = connection.execute(text(HELD), values).mappings().first()
    if row is None:
        raise NotFoundError("patrol-plan-not-found", id=patrol_plan_id)
    later = connection.execute(text(LATER), values).mappings().first()
    now = version_of({**row, "replaced_by": later["id"] if later is not None else None})
    if now == 3 or (version is not None and version != now):
        by, at = (row["ended_by"], row["ended_at"]) if later is None else (
            later["recorded_by"], later["recorded_at"]
        )  # fmt: skip
        raise ConflictError(
            "patrol-plan-changed", by=by or row["recorded_by"],
            at=(at or row["recorded_at"]).isoformat(timespec="seconds"),
        )  # fmt: skip
    return {**row, "version": now}


def end_plan(connection: Connection, patrol_plan_id: int, *, reason: str, actor: str) -> None:
    """End a plan now. Raises NotFoundError `patrol-plan-not-found`."""
    query = """UPDATE patrol_plan SET ended_at = now(), ended_by = :actor, ended_reason = :reason
      WHERE id = :id AND ended_at IS NULL"""
    values = {"id": patrol_plan_id, "actor": actor, "reason": reason}
    if not connection.execute(text(query), values).rowcount:
        raise NotFoundError("patrol-plan-not-found", id=patrol_plan_id)


def plan_of(
    connection: Connection,
    jurisdiction_id: int,
    grid_code: str,
    *,
    person_id: int | None,
    started: datetime,
    ended: datetime,
) -> int | None:
    """The plan that a round from one moment to another (in the office's zone) belongs to: by the
    day on which it began, whose hours it has up to midnight. None for a round at the same time as
    another of the same person there."""
    over_midnight = ended.date() > started.date()
    values = {
        "of": jurisdiction_id, "grid": grid_code, "person": person_id, "day": started.date(),
        "started": started.time(), "ended": time.max if over_midnight else ended.time(),
        "since": started, "until": ended,
    }  # fmt: skip
    found: int | None = connection.scalar(text(MATCH), values)
    return found
