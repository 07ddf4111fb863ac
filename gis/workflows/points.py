"""One place or one case for showing: whose it is, who answers, and whose it would be next door."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection

from gis.errors import NotFoundError
from gis.store.cases import case
from gis.store.choices import CasePlace, choices, place_of
from gis.store.departments import departments_of
from gis.store.plans import chain
from gis.store.responsibility import PlanInForce, queue_named
from gis.store.scope import beyond, scope_on
from gis.workflows.dry_run import (
    department_shown,
    in_charge,
    matter_of,
    responsible_shown,
    rule_shown,
)
from gis.workflows.locators import Locators
from gis.workflows.near import Place, others, tell
from gis.workflows.ownership import (
    owners_under,
    place_in_wgs84,
    plan_of,
    plans_of_points,
)
from gis.workflows.ruling import Matter


def describe(
    connection: Connection,
    locators: Locators,
    *,
    lon: float,
    lat: float,
    crs: str = "EPSG:4326",
    at: datetime | None = None,
    category: str | None = None,
    severity: int | None = None,
    source: str | None = None,
) -> dict[str, Any]:
    """What would own a point now, or owned it at a moment, by the plan and the posts of then.

    For showing: grid or queue, chain, departments, who answers, and the other grids near it. Rules
    that ask for what is not given of a report (category, severity, source) do not count.
    Of places where the caller has nothing to do, the people are left out.
    Raises NotFoundError `no-published-plan`, `no-plan-then`, InputError `category-unknown`.
    """
    with beyond(connection):
        plan, told = _described(
            connection, locators, lon=lon, lat=lat, crs=crs, at=at, category=category,
            severity=severity, source=source,
        )  # fmt: skip
    scope = scope_on(connection)
    if scope is not None and not scope.acts_in(plan.jurisdiction_id):
        _without_people(told)
    return told


def _described(
    connection: Connection,
    locators: Locators,
    *,
    lon: float,
    lat: float,
    crs: str,
    at: datetime | None,
    category: str | None,
    severity: int | None,
    source: str | None,
) -> tuple[PlanInForce, dict[str, Any]]:
    moment = at or datetime.now(UTC)
    x, y = place_in_wgs84(lon, lat, crs)
    lons, lats, moments = np.array([x]), np.array([y]), np.array([moment], dtype=object)
    plan = plans_of_points(connection, locators, lons, lats, at=at)[0]
    matter = matter_of(connection, category, severity, source)
    owner = owners_under(connection, locators, plan, lons, lats, moments, matter).one(0)
    links = (
        chain(connection, owner.plan_id, owner.grid_code, moment)
        if owner.plan_id is not None and owner.grid_code is not None
        else []
    )
    place = Place(lon=x, lat=y, grid_code=owner.grid_code)
    (near,) = others(connection, locators, plan, [place], moment)
    rule = rule_shown(connection, owner)
    told = {
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
        "responsible": responsible_shown(connection, owner, rule["role"] if rule else None),
        "routing_rule": rule,
        "department": department_shown(connection, owner, moment),
        "beside": in_charge(
            connection,
            locators,
            plan,
            lon=x,
            lat=y,
            grid_code=owner.grid_code,
            matter=matter,
            at=moment,
        ),
        **near,
    }
    return plan, told


def _without_people(told: dict[str, Any]) -> None:
    """Leave of a place only the boundaries, which everybody may see."""
    told |= {"responsible": None, "department": None, "departments": [], "beside": []}
    told |= {"near": [], "edge": told["edge"] and {**told["edge"], "near": False, "person": None}}
    for link in told["chain"]:
        link["posts"] = []


def shown_case(connection: Connection, locators: Locators, incident_id: int) -> dict[str, Any]:
    """A whole case with the dispatchers' choices and, while it is open, the other grids near it.

    Raises NotFoundError `incident-not-found`.
    """
    found = case(connection, incident_id)
    found["choices"] = choices(connection, incident_id)
    found["beside"] = _beside(connection, locators, place_of(connection, incident_id), found)
    tell(connection, locators, {incident_id: found})
    return found


def _beside(
    connection: Connection, locators: Locators, place: CasePlace, found: dict[str, Any]
) -> list[dict[str, Any]]:
    """The departments in charge beside the grid, by the rules of when the case was last routed."""
    try:
        plan = plan_of(connection, place.jurisdiction_id, lock=False)
    except NotFoundError:
        return []  # no plan is in force: the case is shown all the same
    routed = [
        step["at"] for step in found["history"]
        if {"plan_id", "grid_code", "person_id", "location"} & set(step["data"] or ())
    ]  # fmt: skip
    matter = Matter.one(place.category, place.severity, place.source)
    return in_charge(
        connection, locators, plan, lon=place.lon, lat=place.lat, grid_code=place.grid_code,
        matter=matter, at=max([found["reported_at"], *routed]),
    )  # fmt: skip
