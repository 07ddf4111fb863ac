"""From a place and a moment to the grid that owns it and the person who answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import Connection

from gis.errors import InputError, NotFoundError
from gis.geometry import lonlat_to_wgs84
from gis.routing.assets import stamp
from gis.routing.nearest import nearest_other
from gis.routing.owner import Ownership, Roster
from gis.routing.presence import aware, utc
from gis.routing.query import NO_GRID
from gis.store import responsibility
from gis.store.absences import presence
from gis.store.choices import routing_settings
from gis.store.plans_in_force import plans_at
from gis.store.responsibility import PlanInForce, plans_in_force
from gis.store.scope import beyond
from gis.workflows.locators import Locators, PlanLocator
from gis.workflows.ruling import Matter, RuleBook, ruled

Floats = npt.NDArray[np.float64]
FEW = 200  # places whose posts are asked for by grid


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who owns one place, as an incident keeps it. Exactly one of `grid_id`, `queue_id` is set.

    `stands_in_for` is whoever holds the post, where the person is on duty or a substitute.
    `rule_id`, `department_id`, `contact_id`: what rules added, as in `Ownership`.
    """

    plan_id: int | None
    grid_id: int | None
    grid_code: str | None
    queue_id: int | None
    post_id: int | None
    person_id: int | None
    role: str | None
    responsible_level: int | None
    rule: str
    stands_in_for: int | None = None
    rule_id: int | None = None
    department_id: int | None = None
    contact_id: int | None = None


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
    matter: Matter | None = None,
    lock: bool = False,
) -> Owners:
    """The owner of each place (WGS 84) at its moment (`at`: aware datetimes, or datetime64 in UTC).

    The grid is that of the plan in force now: responsibility moved when it was published. The
    person is who held the post at the moment of the report (of the plan, if it began later: posts
    begin with their plan), or stood in for its holder; a vacant
    post is answered for by the next one up, and where nobody holds any, by the person in charge of
    the fallback queue. A place off all grids belongs to the nearest one within the distance that
    its jurisdiction has set, and to the queue beyond it; the rule says so. What the rules of the
    jurisdiction make of it depends on what is reported (`matter`): see `gis.routing.rules`.
    Raises NotFoundError `no-published-plan`, InputError `routing-no-queue`.
    """
    plan = plan_of(connection, jurisdiction_id, lock)
    return owners_under(connection, locators, plan, lon, lat, at, matter)


def owners_under(
    connection: Connection,
    locators: Locators,
    plan: PlanInForce,
    lon: Floats,
    lat: Floats,
    at: npt.NDArray[Any],
    matter: Matter | None = None,
    *,
    book: RuleBook | None = None,
) -> Owners:
    """The same under a plan in force that is known, and by other rules where a book is given.

    Raises InputError `routing-no-queue`.
    """
    kept = locators.get(connection, plan.plan_id)
    inside = kept.locator.locate(lon, lat)
    near = _or_nearest(connection, kept, plan, inside, lon, lat)
    shared = kept.locator.on_shared_boundary(lon, lat)
    rules = book if book is not None else locators.books.get(connection, plan.jurisdiction_id)
    by_rules = ruled(rules, kept.locator.codes, lon, lat, near, at, matter)
    found = by_rules.grids if by_rules is not None else near
    ownerships, answering = _ownerships(connection, plan, kept, found, shared, at)
    for place in np.flatnonzero(near != inside):
        ownerships[place] = replace(ownerships[place], rule="nearest_grid")
    if by_rules is not None and answering is not None:
        ownerships = by_rules.answered(ownerships, answering)
    return Owners(
        jurisdiction_code=plan.jurisdiction_code,
        synthetic=plan.synthetic,
        owners=_all_kept(ownerships, plan.plan_id, kept.grid_ids, found),
    )


def _or_nearest(
    connection: Connection,
    kept: PlanLocator,
    plan: PlanInForce,
    inside: npt.NDArray[np.int32],
    lon: Floats,
    lat: Floats,
) -> npt.NDArray[np.int32]:
    """The positions of the grids that places lie in or, off all grids, are near enough to."""
    off = np.flatnonzero(inside == NO_GRID)
    if not len(off):
        return inside
    setting = routing_settings(connection, [plan.jurisdiction_id])[plan.jurisdiction_id]
    found = inside.copy()
    found[off] = nearest_other(
        kept.locator, lon[off], lat[off], inside[off], within_m=setting.nearest_within_m
    ).grids
    return found


def owners_in(
    connection: Connection,
    kept: PlanLocator,
    plan: PlanInForce,
    grids: Sequence[int],
    at: datetime,
) -> list[Owner]:
    """Who answers for grids of a plan, by their positions in its locator, at a moment."""
    found = np.array(grids, np.int32)
    moments = np.array([at] * len(found), dtype=object)
    shared = np.zeros(len(found), np.bool_)
    ownerships, _ = _ownerships(connection, plan, kept, found, shared, moments)
    return [
        _kept(one, plan.plan_id, kept.grid_ids[grid])
        for one, grid in zip(ownerships, grids, strict=True)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answering:
    """Who answers in the chains of places: positions in a roster, and the moments that count."""

    roster: Roster
    chains: npt.NDArray[np.intp]
    at: npt.NDArray[Any]

    def in_role(self, place: int, role: str, owner: Ownership) -> Ownership | None:
        return self.roster.in_role(int(self.chains[place]), role, aware(self.at[place]), owner)

    def acting(self, person_id: int, at: datetime) -> int | None:
        return self.roster.presence.acting(person_id, utc(at))


def _ownerships(
    connection: Connection,
    plan: PlanInForce,
    kept: PlanLocator,
    found: npt.NDArray[np.int32],
    shared: npt.NDArray[np.bool_],
    at: npt.NDArray[Any],
) -> tuple[list[Ownership], _Answering | None]:
    if not len(found):
        return [], None
    with beyond(connection):  # who answers does not depend on who asks
        return _answered(connection, plan, kept, found, shared, at)


def _answered(
    connection: Connection,
    plan: PlanInForce,
    kept: PlanLocator,
    found: npt.NDArray[np.int32],
    shared: npt.NDArray[np.bool_],
    at: npt.NDArray[Any],
) -> tuple[list[Ownership], _Answering]:
    if len(found) <= FEW or at.dtype.kind != "M":
        at = np.array([aware(moment) for moment in at], dtype=object)
    earliest, latest = aware(at.min()), aware(at.max())
    # Posts begin with their plan: what was reported before and comes in late, or was re-routed by
    # publishing, is answered for by whoever held the post then.
    since: Any = stamp(plan.since) if at.dtype.kind == "M" else plan.since
    at = np.maximum(at, since)
    codes, queue = kept.locator.codes, responsibility.queue_of(connection, plan.jurisdiction_id)
    there = presence(connection, plan.jurisdiction_id, earliest, max(latest, plan.since))
    if len(found) > FEW:
        posts = responsibility.all_posts(connection, plan.plan_id)
        roster = Roster([_links(code) for code in codes], posts, queue, there)
        owners = roster.owners(found, at, on_boundary=shared)
        return owners, _Answering(roster=roster, chains=found.astype(np.intp), at=at)
    # A few reports need the posts of a few chains, not those of the whole city.
    hit = sorted({int(grid) for grid in found if grid != NO_GRID})
    links = [_links(codes[grid]) for grid in hit]
    wanted = sorted({code for chain in links for code in chain})
    posts = (
        responsibility.posts_of_grids(connection, plan.plan_id, wanted, min(at), max(at))
        if wanted
        else []
    )
    roster = Roster(links, posts, queue, there)
    place = {grid: position for position, grid in enumerate(hit)}
    chains = np.array([place.get(int(grid), NO_GRID) for grid in found], np.intp)
    owners = [
        roster.owner(chain, moment, on_boundary=bool(label))
        for chain, moment, label in zip(chains.tolist(), at, shared, strict=True)
    ]
    return owners, _Answering(roster=roster, chains=chains, at=at)


def _all_kept(
    ownerships: Sequence[Ownership],
    plan_id: int,
    grid_ids: Sequence[int],
    found: npt.NDArray[np.int32],
) -> list[Owner]:
    """What is kept of many, each different one made once: most places share theirs."""
    made: dict[tuple[int, int], Owner] = {}
    owners = []
    for one, grid in zip(ownerships, found.tolist(), strict=True):
        owner = made.get((id(one), grid))
        if owner is None:
            owner = made[id(one), grid] = _kept(one, plan_id, grid_ids[grid])
        owners.append(owner)
    return owners


def _kept(one: Ownership, plan_id: int, grid_id: int) -> Owner:
    inside = one.grid_code is not None
    return Owner(
        plan_id=plan_id if inside else None,
        grid_id=grid_id if inside else None,
        grid_code=one.grid_code,
        queue_id=one.queue_id,
        post_id=one.responsible_post_id,
        person_id=one.responsible_person_id,
        role=one.role,
        responsible_level=one.level,
        rule=one.rule,
        stands_in_for=one.stands_in_for,
        rule_id=one.rule_id,
        department_id=one.department_id,
        contact_id=one.contact_id,
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
    grid there, else that of the nearest grid within its set distance, else the topmost one.
    `lock` as for `plans_in_force`, and for now only.
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
            return chosen
    off = np.flatnonzero(open_to)
    settings = routing_settings(connection, [plan.jurisdiction_id for plan in plans])
    shortest = np.full(len(off), np.inf)
    for plan in plans:
        near = nearest_other(
            locators.get(connection, plan.plan_id).locator,
            lon[off],
            lat[off],
            np.full(len(off), NO_GRID),
            within_m=settings[plan.jurisdiction_id].nearest_within_m,
        )
        for index in np.flatnonzero(near.distance_m < shortest):
            chosen[off[index]] = plan
        shortest = np.minimum(shortest, near.distance_m)
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
    plan = plan_of(connection, jurisdiction_id, lock=False)
    polygons, _, _ = responsibility.basic_grids(connection, plan.plan_id)
    return shapely.coverage_union_all(polygons) if polygons else None


def _links(code: str) -> list[str]:
    """The codes of a basic grid's chain, from itself up."""
    return [code[:length] for length in (15, 12, 9)]


def plan_of(connection: Connection, jurisdiction_id: int, lock: bool) -> PlanInForce:
    """The plan in force of a jurisdiction. Raises NotFoundError `no-published-plan`."""
    for plan in plans_in_force(connection, lock=lock):
        if plan.jurisdiction_id == jurisdiction_id:
            return plan
    raise NotFoundError("no-published-plan", id=jurisdiction_id)
