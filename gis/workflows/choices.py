"""What a dispatcher decides about a case's owner: the other grid near a boundary, another place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from sqlalchemy import Engine

from gis.errors import InputError
from gis.store.choices import CasePlace, give_case, hold_case, place_of, record_choice
from gis.store.engine import acting
from gis.store.scope import beyond, scope_on
from gis.workflows.kept_hands import keep_sent
from gis.workflows.locators import Locators
from gis.workflows.near import Place, others
from gis.workflows.ownership import (
    owners_in,
    owners_under,
    place_in_wgs84,
    plan_of,
    plans_of_points,
)
from gis.workflows.ruling import Matter


def choose_owner(
    engine: Engine,
    locators: Locators,
    incident_id: int,
    *,
    grid_code: str,
    reason: str,
    version: int,
    actor: str,
) -> None:
    """Give an open case near a boundary to another grid near it, and record the choice.

    Whoever answers there now answers for the case; choosing back undoes it. Raises InputError
    `choice-not-offered` for a grid that is not near, and what `hold_case` raises.
    """
    with acting(engine, actor, action="choose-owner", reason=reason) as connection:
        # Plans are held before cases, as publishing does: or each could wait for the other.
        plan = plan_of(connection, place_of(connection, incident_id).jurisdiction_id, lock=True)
        place = hold_case(connection, incident_id, version)
        now = datetime.now(UTC)
        here = Place(lon=place.lon, lat=place.lat, grid_code=place.grid_code)
        (told,) = others(connection, locators, plan, [here], now)
        offered = {one["grid"]["code"]: one for one in told["near"]}
        if grid_code not in offered:
            raise InputError("choice-not-offered", code=grid_code, field="grid_code")
        lon, lat = np.array([place.lon]), np.array([place.lat])
        matter = Matter.one(place.category, place.severity, place.source)
        moment = np.array([now], dtype=object)
        owner = owners_under(connection, locators, plan, lon, lat, moment, matter).one(0)
        if owner.grid_code != grid_code:
            # The departments beside the grid stay; none answers for what a dispatcher gave away.
            beside = owner.department_id
            kept = locators.get(connection, plan.plan_id)
            (owner,) = owners_in(connection, kept, plan, kept.positions([grid_code]).tolist(), now)
            owner = replace(owner, rule="chosen", department_id=beside)
        record_choice(
            connection,
            incident_id=incident_id,
            version=version,
            reason=reason,
            offered=told["near"],
            was_grid_code=place.grid_code,
            chosen_grid_code=grid_code,
            distance_m=offered[grid_code]["distance_m"],
        )
        (owner,) = keep_sent(
            connection, plan.jurisdiction_id, plan.plan_id, [incident_id], [owner], now, posts=False
        )
        with beyond(connection):  # the near grid may be another's
            give_case(connection, place, owner, lon=place.lon, lat=place.lat)


def move_pin(
    engine: Engine,
    locators: Locators,
    incident_id: int,
    *,
    lon: float,
    lat: float,
    crs: str,
    reason: str,
    version: int,
    actor: str,
) -> CasePlace:
    """Move an open case to where it really is and route it again; gives where it was.

    The plan in force and the people of now count; its serial number stays. Raises InputError
    `crs-unknown`, `coordinates-invalid`, `routing-no-queue`, `place-outside-scope`, and what
    `hold_case` raises.
    """
    x, y = place_in_wgs84(lon, lat, crs)
    lons, lats = np.array([x]), np.array([y])
    with acting(engine, actor, action="move-pin", reason=reason) as connection:
        plan = plans_of_points(connection, locators, lons, lats, lock=True)[0]
        place = hold_case(connection, incident_id, version)
        moment = np.array([datetime.now(UTC)], dtype=object)
        matter = Matter.one(place.category, place.severity, place.source)
        owner = owners_under(connection, locators, plan, lons, lats, moment, matter).one(0)
        scope = scope_on(connection)
        if scope is not None and not scope.acts_in(plan.jurisdiction_id):
            raise InputError("place-outside-scope", field="lon")
        moved = replace(place, jurisdiction_id=plan.jurisdiction_id)
        if plan.jurisdiction_id == place.jurisdiction_id:
            (owner,) = keep_sent(
                connection, plan.jurisdiction_id, plan.plan_id, [incident_id], [owner],
                moment[0], posts=owner.grid_code == place.grid_code,
            )  # fmt: skip
        with beyond(connection):  # within the district it may become another's
            give_case(connection, moved, owner, lon=x, lat=y)
        return place
