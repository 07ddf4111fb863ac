"""From a place and a moment to the grid that owns it and the person who answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import Connection

from gis.errors import InputError, NotFoundError
from gis.geometry import lonlat_to_wgs84
from gis.routing.owner import Ownership, Queue, Roster, vacant_levels
from gis.routing.query import NO_GRID
from gis.store import responsibility
from gis.store.departments import departments_of
from gis.store.plans import chain
from gis.store.plans_in_force import plans_at
from gis.store.responsibility import PlanInForce, plans_in_force
from gis.workflows.locators import Locators, PlanLocator

Floats = npt.NDArray[np.float64]
FEW = 200  # places whose posts are asked for by grid


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who owns one place, as an incident keeps it. Exactly one of `grid_id`, `queue_id` is set."""

    plan_id: int | None
    grid_id: int | None
    grid_code: str | None
    queue_id: int | None
    post_id: int | None
    person_id: int | None
    role: str | None
    responsible_level: int | None
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Owners:
    """The owners of n places of one jurisdiction."""

    jurisdiction_code: str
    synthetic: bool
    owners: Sequence[Owner]

    def one(self, index: int) -> Owner:
        return self.owners[index]

    def outside(self) -> npt.NDArray[np.bool_]:
        """Which places lie outside all grids."""
        return np.array([owner.grid_id is None for owner in self.owners], dtype=bool)


def owners_of(
    connection: Connection,
    locators: Locators,
    jurisdiction_id: int,
    lon: Floats,
    lat: Floats,
    at: npt.NDArray[Any],
    *,
    lock: bool = False,
) -> Owners:
    """The owner of each place (WGS 84) at its moment (`at`: aware datetimes).

    The grid is that of the plan in force now: responsibility moved when it was published. The
    person is who held the post at the moment of the report; a vacant post is answered for by the
    next one up, and where nobody holds any, by the person in charge of the fallback queue.
    Raises NotFoundError `no-published-plan`, InputError `routing-no-queue`.
    """
    plan = _plan(connection, jurisdiction_id, lock)
    return owners_under(connection, locators, plan, lon, lat, at)


def owners_under(
    connection: Connection,
    locators: Locators,
    plan: PlanInForce,
    lon: Floats,
    lat: Floats,
    at: npt.NDArray[Any],
) -> Owners:
    """The same under a plan in force that is known. Raises InputError `routing-no-queue`."""
    kept = locators.get(connection, plan.plan_id)
    found = kept.locator.locate(lon, lat)
    queue = responsibility.queue_of(connection, plan.jurisdiction_id)
    shared = kept.locator.on_shared_boundary(lon, lat)
    ownerships = _ownerships(connection, plan.plan_id, kept, found, shared, at, queue)
    return Owners(
        jurisdiction_code=plan.jurisdiction_code,
        synthetic=plan.synthetic,
        owners=[
            _kept(one, plan.plan_id, kept.grid_ids[index], queue)
            for one, index in zip(ownerships, found.tolist(), strict=True)
        ],
    )


def _ownerships(
    connection: Connection,
    plan_id: int,
    kept: PlanLocator,
    found: npt.NDArray[np.int32],
    shared: npt.NDArray[np.bool_],
    at: npt.NDArray[Any],
    queue: Queue | None,
) -> list[Ownership]:
    codes = kept.locator.codes
    if len(found) > FEW:
        posts = responsibility.all_posts(connection, plan_id)
        roster = Roster([_links(code) for code in codes], posts, queue)
        return roster.owners(found, at, on_boundary=shared)
    # A few reports need the posts of a few chains, not those of the whole city.
    hit = sorted({int(grid) for grid in found if grid != NO_GRID})
    links = [_links(codes[grid]) for grid in hit]
    wanted = sorted({code for chain in links for code in chain})
    posts = (
        responsibility.posts_of_grids(connection, plan_id, wanted, min(at), max(at))
        if wanted
        else []
    )
    roster = Roster(links, posts, queue)
    place = {grid: position for position, grid in enumerate(hit)}
    return [
        roster.owner(place.get(int(grid), -1), moment, on_boundary=bool(label))
        for grid, moment, label in zip(found, at, shared, strict=True)
    ]


def _kept(one: Ownership, plan_id: int, grid_id: int, queue: Queue | None) -> Owner:
    inside = one.grid_code is not None
    person_id = one.responsible_person_id
    if person_id is None and queue is not None:
        person_id = queue.person_id
    return Owner(
        plan_id=plan_id if inside else None,
        grid_id=grid_id if inside else None,
        grid_code=one.grid_code,
        queue_id=one.queue_id,
        post_id=one.responsible_post_id,
        person_id=person_id,
        role=one.role,
        responsible_level=one.level,
        rule=one.rule,
    )


def plans_of_points(
    connection: Connection,
    locators: Locators,
    lon: Floats,
    lat: Floats,
    *,
    lock: bool = False,
    at: datetime | None = None,
) -> list[PlanInForce]:
    """Whose each place (WGS 84) is now, or was at a moment: the most local jurisdiction with a
    grid there, else the topmost one. `lock` as for `plans_in_force`, and for now only.
    Raises NotFoundError `no-published-plan`, `no-plan-then`."""
    plans = plans_in_force(connection, lock=lock) if at is None else plans_at(connection, at)
    if not plans and at is not None:
        raise NotFoundError("no-plan-then", at=at.isoformat())
    if not plans:
        raise NotFoundError("no-published-plan")
    chosen = [plans[-1]] * len(lon)
    open_to = np.ones(len(lon), dtype=bool)
    for plan in plans:
        inside = locators.get(connection, plan.plan_id).locator.locate(lon, lat) != NO_GRID
        for index in np.flatnonzero(inside & open_to):
            chosen[index] = plan
        open_to &= ~inside
        if not open_to.any():
            break
    return chosen


def place_in_wgs84(lon: float, lat: float, crs: str) -> tuple[float, float]:
    """A place named in `crs`, in WGS 84. Raises InputError `crs-unknown`, `coordinates-invalid`."""
    lons, lats = lonlat_to_wgs84([lon], [lat], crs)
    x, y = float(lons[0]), float(lats[0])
    if not (-180 <= x <= 180 and -85 <= y <= 85):
        raise InputError("coordinates-invalid", lon=str(lon), lat=str(lat))
    return x, y


def jurisdiction_area(connection: Connection, jurisdiction_id: int) -> Any | None:
    """The whole area in force of a jurisdiction, in WGS 84."""
    plan = _plan(connection, jurisdiction_id, lock=False)
    polygons, _, _ = responsibility.basic_grids(connection, plan.plan_id)
    return shapely.coverage_union_all(polygons) if polygons else None


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

    For showing: grid or queue, chain, departments, and who answers.
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
    person = responsibility.person(connection, owner.person_id) if owner.person_id else None
    level = owner.responsible_level
    return {
        "lon": x,
        "lat": y,
        "plan_id": plan.plan_id,
        "rule": owner.rule,
        "grid": {"id": links[0]["grid_id"], "code": links[0]["code"], "name": links[0]["name"]}
        if links
        else None,
        "queue": responsibility.queue_named(connection, owner.queue_id)
        if owner.queue_id is not None
        else None,
        "chain": links,
        "departments": departments_of(connection, links, moment),
        "responsible": {
            "person": person,
            "role": owner.role,
            "level": level,
            "vacant_levels": list(vacant_levels(level, owner.role))
            if level is not None and owner.role is not None
            else [],
        }
        if person
        else None,
    }


def _links(code: str) -> list[str]:
    """The codes of a basic grid's chain, from itself up."""
    return [code[:length] for length in (15, 12, 9)]


def _plan(connection: Connection, jurisdiction_id: int, lock: bool) -> PlanInForce:
    for plan in plans_in_force(connection, lock=lock):
        if plan.jurisdiction_id == jurisdiction_id:
            return plan
    raise NotFoundError("no-published-plan", id=jurisdiction_id)
