"""One place or one case for showing: whose it is, who answers, and whose it would be next door."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection

from gis.errors import NotFoundError
from gis.routing.nearest import nearest_other
from gis.routing.owner import vacant_levels
from gis.routing.query import NO_GRID
from gis.store.cases import case
from gis.store.choices import choices, place_of, routing_settings
from gis.store.departments import departments_of
from gis.store.plans import chain
from gis.store.responsibility import PlanInForce, grid_named, person, queue_named
from gis.workflows.locators import Locators
from gis.workflows.ownership import (
    owners_in,
    owners_under,
    place_in_wgs84,
    plan_of,
    plans_of_points,
)

REACH_M = 1000.0  # how far the next other grid is looked for


def describe(
    connection: Connection,
    locators: Locators,
    *,
    lon: float,
    lat: float,
    crs: str = "EPSG:4326",
    at: datetime | None = None,
) -> dict[str, Any]:
    """What would own a point now, or owned it at a moment, by the plan and the posts of then.

    For showing: grid or queue, chain, departments, who answers, and the nearest other grid.
    Raises NotFoundError `no-published-plan`, `no-plan-then`.
    """
    moment = at or datetime.now(UTC)
    x, y = place_in_wgs84(lon, lat, crs)
    lons, lats, moments = np.array([x]), np.array([y]), np.array([moment], dtype=object)
    plan = plans_of_points(connection, locators, lons, lats, at=at)[0]
    owner = owners_under(connection, locators, plan, lons, lats, moments).one(0)
    links = (
        chain(connection, owner.plan_id, owner.grid_code, moment)
        if owner.plan_id is not None and owner.grid_code is not None
        else []
    )
    answering = person(connection, owner.person_id) if owner.person_id else None
    level = owner.responsible_level
    return {
        "lon": x,
        "lat": y,
        "plan_id": plan.plan_id,
        "rule": owner.rule,
        "grid": {"id": links[0]["grid_id"], "code": links[0]["code"], "name": links[0]["name"]}
        if links
        else None,
        "queue": queue_named(connection, owner.queue_id) if owner.queue_id is not None else None,
        "chain": links,
        "departments": departments_of(connection, links, moment),
        "responsible": {
            "person": answering,
            "role": owner.role,
            "level": level,
            "vacant_levels": list(vacant_levels(level, owner.role))
            if level is not None and owner.role is not None
            else [],
            "stands_in_for": person(connection, owner.stands_in_for)
            if owner.stands_in_for is not None
            else None,
        }
        if answering
        else None,
        "edge": edge_of(connection, locators, plan, x, y, owner.grid_code, moment),
    }


def edge_of(
    connection: Connection,
    locators: Locators,
    plan: PlanInForce,
    lon: float,
    lat: float,
    owner_code: str | None,
    at: datetime,
) -> dict[str, Any] | None:
    """The nearest grid that is not the owner of a place, how far off, and who answers there.

    `near` says that a dispatcher may choose it instead, by the jurisdiction's setting. Where one
    was chosen, the other is the grid that the place lies in. None if there is none within a
    kilometre.
    """
    kept = locators.get(connection, plan.plan_id)
    codes = list(kept.locator.codes)
    own = codes.index(owner_code) if owner_code in codes else NO_GRID
    inside = int(kept.locator.locate([lon], [lat])[0])
    base = own if inside == NO_GRID else inside
    nearest = nearest_other(kept.locator, [lon], [lat], [base], within_m=REACH_M)
    other = int(nearest.grids[0])
    if other == NO_GRID:
        return None
    if base != own:
        other = base
    distance_m = float(nearest.distance_m[0])
    (owner,) = owners_in(connection, kept, plan, [other], at)
    setting = routing_settings(connection, [plan.jurisdiction_id])[plan.jurisdiction_id]
    return {
        "distance_m": round(distance_m, 2),
        "near": distance_m <= setting.near_edge_m,
        "grid": grid_named(connection, kept.grid_ids[other]),
        "person": person(connection, owner.person_id) if owner.person_id else None,
    }


def shown_case(connection: Connection, locators: Locators, incident_id: int) -> dict[str, Any]:
    """A whole case with the dispatchers' choices and, while it is open, the nearest other grid.

    Raises NotFoundError `incident-not-found`.
    """
    found = case(connection, incident_id)
    at = place_of(connection, incident_id)
    found["choices"] = choices(connection, incident_id)
    found["edge"] = None
    if at.is_open:
        try:
            plan = plan_of(connection, at.jurisdiction_id, lock=False)
        except NotFoundError:
            return found  # no plan is in force: the case is shown all the same
        found["edge"] = edge_of(
            connection, locators, plan, at.lon, at.lat, at.grid_code, datetime.now(UTC)
        )
    return found
