"""The improving kernel: boundary moves that keep every grid connected, compiled by numba.

State is a handful of arrays; loads have a column per criterion. A move takes a unit on a boundary
to the grid across it; if the unit is what holds its grid together, what it would cut off moves with
it (see `lump`). Energy: boundary cost, a penalty for loads outside the band [low, high] of each
grid, and a cost for units away from home. Acceptance is Metropolis' rule at a given temperature,
from a table and an integer generator of our own, so that the mathematics library of a machine
changes nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gis.kernels import compiled
from gis.planning.search.lump import BOUNDARY_SIZE, TICK, below, cut_off, touch

Array = npt.NDArray[Any]


@compiled
def loads_of(part: Array, load: Array, k: int) -> Array:
    """The loads (k, c) of k parts from those of nodes (n, c); nodes with part -1 count nowhere."""
    total = np.zeros((k, load.shape[1]))
    for node in range(len(part)):
        if part[node] >= 0:
            for c in range(load.shape[1]):
                total[part[node], c] += load[node, c]
    return total


@compiled
def _penalty(
    part_load: Array, p: int, moved: Array, sign: float, low: Array, high: Array, scale: Array
) -> float:
    """The penalty of part p once it has `sign` times the moved loads more.

    Zero inside the band of each criterion; outside it grows with the distance in units of `scale`.
    """
    total = 0.0
    for c in range(len(moved)):
        load = part_load[p, c] + sign * moved[c]
        outside = max(low[p, c] - load, load - high[p, c])
        if outside > 0.0:
            outside /= scale[p, c]
            total += outside * (outside + 0.02)
    return total


@compiled
def improve(
    start: Array,
    neighbour: Array,
    cost: Array,
    load: Array,
    part: Array,
    part_load: Array,
    low: Array,
    high: Array,
    scale: Array,
    movable: Array,
    home: Array,
    home_cost: Array,
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
    temperature: float,
    proposals: int,
) -> int:
    """Propose moves at one temperature; changes `part`, `part_load` and the lists in place.

    Returns the number of moves made. `cost` and `home_cost` are in units of energy already.
    """
    made = 0
    moved = np.zeros(load.shape[1])
    penalty = np.empty(len(part_load))
    for p in range(len(part_load)):
        penalty[p] = balance_weight * _penalty(part_load, p, moved, 0.0, low, high, scale)
    for _ in range(proposals):
        if counters[BOUNDARY_SIZE] == 0:
            break
        node = boundary[below(random, counters[BOUNDARY_SIZE])]
        if not movable[node]:
            continue
        first, last = start[node], start[node + 1]
        there = part[neighbour[first + below(random, last - first)]]
        here = part[node]
        if here == there:
            continue
        slack = temperature * thresholds[below(random, len(thresholds))]
        slack += penalty[here] + penalty[there]
        change = 0.0
        for e in range(first, last):
            p = part[neighbour[e]]
            if p == here:
                change += cost[e]
            elif p == there:
                change -= cost[e]
        if home[node] >= 0:
            if home[node] == here:
                change += home_cost[node]
            elif home[node] == there:
                change -= home_cost[node]
        # No penalty is below zero: most proposals end here.
        if change > slack:
            continue
        for c in range(len(moved)):
            moved[c] = load[node, c]
        left = balance_weight * _penalty(part_load, here, moved, -1.0, low, high, scale)
        joined = balance_weight * _penalty(part_load, there, moved, 1.0, low, high, scale)
        if change + left + joined > slack:
            continue
        size = cut_off(start, neighbour, part, node, stamp, owner, link, roots, lump, counters)
        if size == 0:
            continue
        if size > 1:
            change, free = 0.0, True
            moved[:] = 0.0
            counters[TICK] += 1
            for i in range(size):
                stamp[lump[i]] = counters[TICK]
            for i in range(size):
                one = lump[i]
                free = free and movable[one]
                moved += load[one]
                for e in range(start[one], start[one + 1]):
                    p = part[neighbour[e]]
                    if p == there:
                        change -= cost[e]
                    elif p == here and stamp[neighbour[e]] != counters[TICK]:
                        change += cost[e]
                if home[one] >= 0:
                    if home[one] == here:
                        change += home_cost[one]
                    elif home[one] == there:
                        change -= home_cost[one]
            if not free:
                continue
            left = balance_weight * _penalty(part_load, here, moved, -1.0, low, high, scale)
            joined = balance_weight * _penalty(part_load, there, moved, 1.0, low, high, scale)
            if change + left + joined > slack:
                continue
        for i in range(size):
            part[lump[i]] = there
        for c in range(len(moved)):
            part_load[here, c] -= moved[c]
            part_load[there, c] += moved[c]
        penalty[here], penalty[there] = left, joined
        for i in range(size):
            touch(start, neighbour, part, lump[i], boundary, place, counters)
        made += 1
    return made
