"""One place or one case for showing: whose it is, who answers, and whose it would be next door."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection

from gis.routing.owner import vacant_levels
from gis.store.cases import case
from gis.store.choices import choices
from gis.store.departments import departments_of
from gis.store.plans import chain
from gis.store.responsibility import person, queue_named
from gis.workflows.locators import Locators
from gis.workflows.near import Place, others, tell
from gis.workflows.ownership import (
    owners_under,
    place_in_wgs84,
    plans_of_points,
)


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

    For showing: grid or queue, chain, departments, who answers, and the other grids near it.
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
    place = Place(lon=x, lat=y, grid_code=owner.grid_code)
    (near,) = others(connection, locators, plan, [place], moment)
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
        **near,
    }


def shown_case(connection: Connection, locators: Locators, incident_id: int) -> dict[str, Any]:
    """A whole case with the dispatchers' choices and, while it is open, the other grids near it.

    Raises NotFoundError `incident-not-found`.
    """
    found = case(connection, incident_id)
    found["choices"] = choices(connection, incident_id)
    tell(connection, locators, {incident_id: found})
    return found
