"""Counts per grid, as the incidents were routed then, or on the boundaries of today."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from sqlalchemy import Connection

from gis.errors import InputError, NotFoundError
from gis.routing.query import NO_GRID
from gis.store.grid_counts import Tally, named, places_of_others, stored
from gis.store.incidents import IncidentFilter
from gis.store.plans_in_force import in_force
from gis.workflows.locators import Locators

Boundaries = Literal["then", "now"]
DIGITS = {1: 9, 2: 12, 3: 15}


def grid_counts(
    connection: Connection,
    locators: Locators,
    wanted: IncidentFilter,
    *,
    boundaries: Boundaries,
    level: int,
) -> list[dict[str, Any]]:
    """Found, closed and open per grid of a level by code; those off all grids last, without one.

    `then`: by the grid that each incident belonged to when it was closed, or belongs to now.
    `now`: by the grid of the plan in force in which each place lies, those of past plans included.
    A filter by grid or queue means the same grids as the counts do.
    Raises NotFoundError `no-published-plan`, InputError `words-not-counted`.
    """
    if wanted.words:
        raise InputError("words-not-counted")
    if boundaries == "then":
        tallies = stored(connection, wanted)
    else:
        tallies = [one for one in _today(connection, locators, wanted) if _passes(one, wanted)]
    found: Counter[str | None] = Counter()
    still_open: Counter[str | None] = Counter()
    for tally in tallies:
        code = tally.code and tally.code[: DIGITS[level]]
        found[code] += tally.found
        still_open[code] += tally.open
    codes = sorted(code for code in found if code is not None)
    titles = named(connection, wanted.jurisdiction_id, codes)
    order: list[str | None] = [*codes, *([None] if None in found else [])]
    return [
        {
            "code": code,
            "name": titles[code] if code is not None else None,
            "found": found[code],
            "closed": found[code] - still_open[code],
            "open": still_open[code],
        }
        for code in order
    ]


def _today(connection: Connection, locators: Locators, wanted: IncidentFilter) -> list[Tally]:
    plan_id = in_force(connection, wanted.jurisdiction_id)
    if plan_id is None:
        raise NotFoundError("no-published-plan", id=wanted.jurisdiction_id)
    anywhere = replace(wanted, grid_code=None, queue_only=False)
    tallies = stored(connection, anywhere, of_plan=plan_id)
    places, is_open = places_of_others(connection, anywhere, plan_id)
    locator = locators.get(connection, plan_id).locator
    grids = locator.locate(places[:, 0], places[:, 1])
    counts = np.bincount(grids + 1, minlength=len(locator.codes) + 1)
    opened = np.bincount(grids[is_open] + 1, minlength=len(counts))
    for place in np.flatnonzero(counts).tolist():
        code = None if place - 1 == NO_GRID else str(locator.codes[place - 1])
        tallies.append(Tally(code=code, found=int(counts[place]), open=int(opened[place])))
    return tallies


def _passes(tally: Tally, wanted: IncidentFilter) -> bool:
    if wanted.queue_only and tally.code is not None:
        return False
    grid = wanted.grid_code
    return grid is None or (tally.code is not None and tally.code.startswith(grid))
