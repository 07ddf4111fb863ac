"""Grids near a place that do not own it: told with a case, chosen by dispatchers, kept by plans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from gis.routing.nearest import nearest_others
from gis.routing.query import NO_GRID
from gis.store.choices import CasePlace, places_of, routing_settings
from gis.store.responsibility import PlanInForce, grids_named, people, plans_in_force
from gis.store.scope import beyond
from gis.workflows.locators import Locators
from gis.workflows.ownership import Owner, owners_in

Floats = npt.NDArray[np.float64]

MOST = 8  # more grids than meet anywhere
REACH_M = 1000.0  # how far the next other grid is looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in WGS 84 and the code of the grid that a case there belongs to, None for a queue."""

    lon: float
    lat: float
    grid_code: str | None


def others(
    connection: Connection,
    locators: Locators,
    plan: PlanInForce,
    places: Iterable[Place],
    at: datetime,
    *,
    only_near: bool = False,
) -> list[dict[str, Any]]:
    """For each place the other grids near it: `edge`, the nearest, and `near`, all that may be
    chosen, nearest first. Each is told with its distance and who answers there.

    Where a case belongs to another grid than its place lies in, the latter comes first, as far off
    as that other grid is, if that is near, or else 0. `near` are those within the distance that the
    jurisdiction has set; `edge` reaches a kilometre, unless `only_near`. Costs one search, and no
    query where nothing is near.
    """
    asked = list(places)
    kept = locators.get(connection, plan.plan_id)
    limit_m = routing_settings(connection, [plan.jurisdiction_id])[plan.jurisdiction_id].near_edge_m
    lon, lat = np.array([one.lon for one in asked]), np.array([one.lat for one in asked])
    inside = kept.locator.locate(lon, lat)
    own = kept.positions([one.grid_code for one in asked])
    base = np.where(inside == NO_GRID, own, inside)
    found = nearest_others(
        kept.locator, lon, lat, base, within_m=limit_m if only_near else max(REACH_M, limit_m),
        most=MOST,
    )  # fmt: skip
    lists = [
        _in_order(int(base[k]), int(own[k]), found.grids[k], found.distance_m[k], limit_m)
        for k in range(len(asked))
    ]
    told = _told(connection, kept, plan, {grid for one in lists for grid, _ in one}, at)
    answers = []
    for one in lists:
        rows = [{"distance_m": round(metres, 2), **told[grid]} for grid, metres in one]
        near = [row for row, (_, metres) in zip(rows, one, strict=True) if metres <= limit_m]
        answers.append({"edge": {**rows[0], "near": bool(near)} if rows else None, "near": near})
    return answers


def tell(
    connection: Connection,
    locators: Locators,
    cases: Mapping[int, dict[str, Any]],
    *,
    only_near: bool = False,
) -> None:
    """Add `edge` and `near` of now to whole cases by id; none for those closed, or where no plan
    is in force."""
    for found in cases.values():
        found |= {"edge": None, "near": []}
    plans = {plan.jurisdiction_id: plan for plan in plans_in_force(connection)}
    by_jurisdiction: dict[int, list[CasePlace]] = {}
    for place in places_of(connection, list(cases)):
        if place.is_open and place.jurisdiction_id in plans:
            by_jurisdiction.setdefault(place.jurisdiction_id, []).append(place)
    now = datetime.now(UTC)
    for jurisdiction_id, places in by_jurisdiction.items():
        here = [Place(lon=one.lon, lat=one.lat, grid_code=one.grid_code) for one in places]
        plan = plans[jurisdiction_id]
        told = others(connection, locators, plan, here, now, only_near=only_near)
        for place, answer in zip(places, told, strict=True):
            cases[place.incident_id].update(answer)


def chosen_still_near(
    connection: Connection,
    locators: Locators,
    plan: PlanInForce,
    lon: Floats,
    lat: Floats,
    chosen: Mapping[int, str | None],
    at: datetime,
) -> dict[int, Owner]:
    """Of the places (indices into `lon` and `lat`) that dispatchers gave to the grids of these
    codes, those whose grid owns the place under a plan, or is near it: with that grid's owner."""
    if not chosen:
        return {}
    kept = locators.get(connection, plan.plan_id)
    limit_m = routing_settings(connection, [plan.jurisdiction_id])[plan.jurisdiction_id].near_edge_m
    rows = list(chosen)
    inside = kept.locator.locate(lon[rows], lat[rows])
    near = nearest_others(
        kept.locator, lon[rows], lat[rows], inside, within_m=limit_m, most=MOST
    ).grids
    wanted = kept.positions(list(chosen.values()))
    stays = (wanted != NO_GRID) & ((wanted == inside) | (near == wanted[:, None]).any(axis=1))
    owners = owners_in(connection, kept, plan, wanted[stays].tolist(), at)
    return {
        rows[k]: replace(owner, rule="chosen")
        for k, owner in zip(np.flatnonzero(stays).tolist(), owners, strict=True)
    }


def _in_order(
    base: int, own: int, grids: npt.NDArray[np.int32], distance_m: Floats, limit_m: float
) -> list[tuple[int, float]]:
    """The other grids and their distances: the nearest, and all within the limit."""
    found = [
        (grid, metres)
        for grid, metres in zip(grids.tolist(), distance_m.tolist(), strict=True)
        if grid != NO_GRID
    ]
    if base != own:  # the place lies in another grid than the case belongs to
        found = [(base, dict(found).get(own, 0.0)), *(one for one in found if one[0] != own)]
    return [one for rank, one in enumerate(found) if rank == 0 or one[1] <= limit_m]


def _told(
    connection: Connection, kept: Any, plan: PlanInForce, grids: set[int], at: datetime
) -> dict[int, dict[str, Any]]:
    if not grids:
        return {}
    order = sorted(grids)
    owners = owners_in(connection, kept, plan, order, at)
    named = grids_named(connection, [kept.grid_ids[grid] for grid in order])
    with beyond(connection):  # whoever decides between neighbours has to know whom to call
        known = people(connection, [owner.person_id for owner in owners if owner.person_id])
    return {
        grid: {
            "grid": named[kept.grid_ids[grid]],
            "person": known[owner.person_id] if owner.person_id else None,
        }
        for grid, owner in zip(order, owners, strict=True)
    }
