"""The kernel of the search that stays near today's plan, compiled by numba.

Like `refine`, it moves a unit on a boundary, with what it would cut off, to the grid across it.
Its energy is what minimal change asks for: load away from home; a penalty for load outside the
band of each grid; a penalty for a mean Polsby-Popper ratio below a floor; and a little for
boundary cost, so that of two plans that move equally many people the clearer one wins.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gis.kernels import compiled
from gis.planning.search.lump import BOUNDARY_SIZE, TICK, below, cut_off, touch

Array = npt.NDArray[Any]


@compiled
def _penalty(load: Array, extra: Array, sign: float, low: Array, high: Array, mid: Array) -> float:
    """Zero inside the band; outside it grows with the distance, relative to the middle."""
    total = 0.0
    for c in range(len(load)):
        now = load[c] + sign * extra[c]
        outside = max(low[c] - now, now - high[c])
        if outside > 0.0:
            outside /= mid[c]
            total += outside * (outside + 0.02)
    return total


@compiled
def grid_roundness(area: float, outline: float) -> float:
    """The Polsby-Popper ratio, 0 where no outline is known."""
    return 4 * np.pi * area / (outline * outline) if outline > 1e-9 else 0.0


@compiled
def roundness(area: Array, outline: Array) -> float:
    """The sum of the Polsby-Popper ratios of grids from their areas and outlines."""
    total = 0.0
    for p in range(len(area)):
        total += grid_roundness(area[p], outline[p])
    return total


@compiled
def sizes_of(
    start: Array,
    neighbour: Array,
    shared: Array,
    area: Array,
    outline: Array,
    load: Array,
    part: Array,
    k: int,
) -> Any:
    """Loads (k, c), areas (k,) and outlines (k,) of the grids; units of no grid (-1) are left
    out."""
    part_load = np.zeros((k, load.shape[1]))
    part_area, part_outline = np.zeros(k), np.zeros(k)
    for unit in range(len(part)):
        p = part[unit]
        if p < 0:
            continue
        for c in range(load.shape[1]):
            part_load[p, c] += load[unit, c]
        part_area[p] += area[unit]
        part_outline[p] += outline[unit]
        for e in range(start[unit], start[unit + 1]):
            if part[neighbour[e]] == p:
                part_outline[p] -= shared[e]
    return part_load, part_area, part_outline


@compiled
def move_and_stay(
    start: Array,
    neighbour: Array,
    shared: Array,
    cost: Array,
    load: Array,
    area: Array,
    outline: Array,
    movable: Array,
    closed: Array,
    home: Array,
    home_cost: Array,
    part: Array,
    part_load: Array,
    part_area: Array,
    part_outline: Array,
    low: Array,
    high: Array,
    mid: Array,
    boundary: Array,
    place: Array,
    stamp: Array,
    owner: Array,
    link: Array,
    roots: Array,
    lump: Array,
    counters: Array,
    random: Array,
    thresholds: Array,
    balance_weight: float,
    shape_weight: float,
    floor: float,
    temperature: float,
    proposals: int,
) -> int:
    """Propose moves at one temperature; changes `part`, `part_…` and the lists in place.

    Returns the number of moves made. `load` is (n, c), `low`, `high`, `mid` and `part_load` are
    (k, c); `cost` and `home_cost` are in units of energy. Units that are not `movable` stay, and
    `closed` grids take nothing. `floor` is for the sum of the ratios of all grids.
    """
    made = 0
    extra = np.zeros(load.shape[1])
    shape = roundness(part_area, part_outline)
    for _ in range(proposals):
        if counters[BOUNDARY_SIZE] == 0:
            break
        node = boundary[below(random, counters[BOUNDARY_SIZE])]
        first, last = start[node], start[node + 1]
        there = part[neighbour[first + below(random, last - first)]]
        here = part[node]
        if here == there or not movable[node] or closed[there]:
            continue
        slack = temperature * thresholds[below(random, len(thresholds))]
        was = balance_weight * (
            _penalty(part_load[here], extra, 0.0, low[here], high[here], mid[here])
            + _penalty(part_load[there], extra, 0.0, low[there], high[there], mid[there])
        )
        lump[0] = node
        size, accepted = 1, False
        moved_area, less_m, more_m, new_shape = 0.0, 0.0, 0.0, 0.0
        # First as if the unit went alone, which is quick; then with all that goes with it.
        for turn in range(2):
            if turn == 1:
                size = cut_off(
                    start, neighbour, part, node, stamp, owner, link, roots, lump, counters
                )
                if size <= 1:
                    accepted = size == 1
                    break
            counters[TICK] += 1
            for i in range(size):
                stamp[lump[i]] = counters[TICK]
            extra[:] = 0.0
            change, moved_area, less_m, more_m, free = 0.0, 0.0, 0.0, 0.0, True
            for i in range(size):
                one = lump[i]
                free = free and movable[one]
                moved_area += area[one]
                less_m -= outline[one]
                more_m += outline[one]
                for c in range(len(extra)):
                    extra[c] += load[one, c]
                for e in range(start[one], start[one + 1]):
                    other = part[neighbour[e]]
                    if other == there:
                        change -= cost[e]
                        more_m -= 2 * shared[e]
                    elif other == here and stamp[neighbour[e]] == counters[TICK]:
                        less_m += shared[e]
                        more_m -= shared[e]
                    elif other == here:
                        change += cost[e]
                        less_m += 2 * shared[e]
                if home[one] == here:
                    change += home_cost[one]
                elif home[one] == there:
                    change -= home_cost[one]
            change += balance_weight * (
                _penalty(part_load[here], extra, -1.0, low[here], high[here], mid[here])
                + _penalty(part_load[there], extra, 1.0, low[there], high[there], mid[there])
            )
            new_shape = (
                shape
                + grid_roundness(part_area[here] - moved_area, part_outline[here] + less_m)
                - grid_roundness(part_area[here], part_outline[here])
                + grid_roundness(part_area[there] + moved_area, part_outline[there] + more_m)
                - grid_roundness(part_area[there], part_outline[there])
            )
            change += shape_weight * (max(0.0, floor - new_shape) - max(0.0, floor - shape))
            accepted = free and change - was <= slack
            if not accepted:
                break
        if not accepted:
            continue
        for i in range(size):
            part[lump[i]] = there
        for c in range(len(extra)):
            part_load[here, c] -= extra[c]
            part_load[there, c] += extra[c]
        part_area[here] -= moved_area
        part_area[there] += moved_area
        part_outline[here] += less_m
        part_outline[there] += more_m
        shape = new_shape
        for i in range(size):
            touch(start, neighbour, part, lump[i], boundary, place, counters)
        made += 1
    return made
