"""How near a boundary is near, and the dispatchers' choices there. Only ever added to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from gis.errors import ConflictError, NotFoundError

# What GPS in a street is off by; and the width of a road that no grid holds.
NEAR_EDGE_M, NEAREST_WITHIN_M = 20.0, 50.0

SETTINGS = """
SELECT DISTINCT ON (jurisdiction_id) jurisdiction_id, near_edge_m, nearest_within_m
FROM routing_setting WHERE jurisdiction_id = ANY(:ids) ORDER BY jurisdiction_id, id DESC
"""

PLACE = """
SELECT id AS incident_id, version, is_open, jurisdiction_id, grid_code,
       ST_X(location) AS lon, ST_Y(location) AS lat, category_code AS category, severity, source
FROM incident WHERE id = ANY(:ids) ORDER BY id
"""

GIVE = """
UPDATE incident SET jurisdiction_id = :jurisdiction, plan_id = :plan, grid_id = :grid,
  grid_code = :code, queue_id = :queue, post_id = :post, person_id = :person,
  responsible_level = :level, route_rule = :rule, rule_id = :rule_id,
  department_id = :department, contact_id = :contact,
  location = ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)
WHERE id = :id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePlace:
    """Where a case is (WGS 84) and whose, and what it is, as of one version of it."""

    incident_id: int
    version: int
    is_open: bool
    jurisdiction_id: int
    grid_code: str | None
    lon: float
    lat: float
    category: str
    severity: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingSetting:
    """What counts as near in a jurisdiction, in metres.

    near_edge_m: up to here from another grid a dispatcher may choose that one.
    nearest_within_m: up to here from a grid a place off all grids belongs to it.
    """

    near_edge_m: float = NEAR_EDGE_M
    nearest_within_m: float = NEAREST_WITHIN_M


def routing_settings(
    connection: Connection, jurisdiction_ids: Sequence[int]
) -> dict[int, RoutingSetting]:
    """The settings of jurisdictions; the defaults where nothing was set."""
    found = {one: RoutingSetting() for one in jurisdiction_ids}
    for row in connection.execute(text(SETTINGS), {"ids": list(jurisdiction_ids)}):
        found[row.jurisdiction_id] = RoutingSetting(
            near_edge_m=row.near_edge_m, nearest_within_m=row.nearest_within_m
        )
    return found


def set_routing(connection: Connection, jurisdiction_id: int, setting: RoutingSetting) -> None:
    """Record what counts as near from now on."""
    connection.execute(
        text(
            "INSERT INTO routing_setting (jurisdiction_id, near_edge_m, nearest_within_m)"
            " VALUES (:id, :near, :nearest)"
        ),
        {
            "id": jurisdiction_id,
            "near": setting.near_edge_m,
            "nearest": setting.nearest_within_m,
        },
    )


def record_choice(
    connection: Connection,
    *,
    incident_id: int,
    version: int,
    reason: str,
    offered: Sequence[Mapping[str, Any]],
    was_grid_code: str | None,
    chosen_grid_code: str,
    distance_m: float,
) -> None:
    """Record that one of the grids offered for a case was chosen, and why."""
    connection.execute(
        text(
            "INSERT INTO owner_choice (incident_id, version, reason, offered, was_grid_code,"
            " chosen_grid_code, distance_m) VALUES (:incident, :version, :reason,"
            " cast(:offered AS jsonb), :was, :chosen, :distance)"
        ),
        {
            "incident": incident_id,
            "version": version,
            "reason": reason,
            "offered": json.dumps(list(offered), ensure_ascii=False),
            "was": was_grid_code,
            "chosen": chosen_grid_code,
            "distance": distance_m,
        },
    )


def choices(connection: Connection, incident_id: int) -> list[dict[str, Any]]:
    """The choices made for a case, the latest last."""
    rows = connection.execute(
        text(
            "SELECT at, actor, reason, was_grid_code, chosen_grid_code, distance_m, offered"
            " FROM owner_choice WHERE incident_id = :id ORDER BY id"
        ),
        {"id": incident_id},
    )
    return [dict(row) for row in rows.mappings()]


def places_of(connection: Connection, ids: Sequence[int]) -> list[CasePlace]:
    """Where cases are and whose, by id; those that there are."""
    rows = connection.execute(text(PLACE), {"ids": list(ids)}).mappings()
    return [CasePlace(**row) for row in rows]


def place_of(connection: Connection, incident_id: int) -> CasePlace:
    """Where a case is and whose. Raises NotFoundError `incident-not-found`."""
    return _one(places_of(connection, [incident_id]), incident_id)


def hold_case(connection: Connection, incident_id: int, version: int) -> CasePlace:
    """The same of an open case that nobody else changes before this transaction ends.

    Raises NotFoundError `incident-not-found`, ConflictError `incident-changed` for another version
    than was looked at, `incident-closed`.
    """
    rows = connection.execute(text(PLACE + " FOR UPDATE"), {"ids": [incident_id]}).mappings()
    found = _one([CasePlace(**row) for row in rows], incident_id)
    if found.version != version:
        raise ConflictError("incident-changed", id=incident_id)
    if not found.is_open:
        raise ConflictError("incident-closed", id=incident_id)
    return found


def _one(found: list[CasePlace], incident_id: int) -> CasePlace:
    if not found:
        raise NotFoundError("incident-not-found", id=incident_id)
    return found[0]


def give_case(
    connection: Connection, place: CasePlace, owner: Any, *, lon: float, lat: float
) -> None:
    """Give a case of `place.jurisdiction_id` to an owner (`gis.workflows.ownership.Owner`) at a
    place in WGS 84."""
    connection.execute(
        text(GIVE),
        {
            "id": place.incident_id, "jurisdiction": place.jurisdiction_id,
            "plan": owner.plan_id, "grid": owner.grid_id, "code": owner.grid_code,
            "queue": owner.queue_id, "post": owner.post_id, "person": owner.person_id,
            "level": owner.responsible_level, "rule": owner.rule, "rule_id": owner.rule_id,
            "department": owner.department_id, "contact": owner.contact_id, "lon": lon, "lat": lat,
        },
    )  # fmt: skip
