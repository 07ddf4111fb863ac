"""Chains of a few moves that bring a grid inside its band, all tried; compiled by numba.

Where few people are to move, most grids end at the edge of their band, so that a unit for one is
one too many for its neighbour: what helps is a unit passed on along two or three grids at once, or
one exchanged for another. No single move of such a chain would be accepted by itself.
"""

from __future__ import annotations

import numpy as np

from gis.kernels import compiled
from gis.planning.change.stay_kernel import grid_roundness
from gis.planning.search.lump import Array, cut_off

# So many moves are looked at for one grid at most.
MOST_TRIED = 100_000


@compiled
def _outside(load: Array, low: Array, high: Array) -> float:
    """How far one grid's loads are above (positive) or below their band; the worst of them."""
    worst = 0.0
    for c in range(len(load)):
        middle = max((low[c] + high[c]) / 2, 1e-300)
        over, under = (load[c] - high[c]) / middle, (low[c] - load[c]) / middle
        if over > abs(worst):
            worst = over
        if under > abs(worst):
            worst = -under
    return worst


@compiled
def _move(
    start: Array,
    neighbour: Array,
    shared: Array,
    load: Array,
    area: Array,
    outline: Array,
    part: Array,
    part_load: Array,
    part_area: Array,
    part_outline: Array,
    unit: int,
    there: int,
) -> float:
    """Put a unit into another grid; returns the change of the sum of Polsby-Popper ratios."""
    here = part[unit]
    was = grid_roundness(part_area[here], part_outline[here])
    was += grid_roundness(part_area[there], part_outline[there])
    for e in range(start[unit], start[unit + 1]):
        if part[neighbour[e]] == here:
            part_outline[here] += 2 * shared[e]
        elif part[neighbour[e]] == there:
            part_outline[there] -= 2 * shared[e]
    part_outline[here] -= outline[unit]
    part_outline[there] += outline[unit]
    part_area[here] -= area[unit]
    part_area[there] += area[unit]
    for c in range(load.shape[1]):
        part_load[here, c] -= load[unit, c]
        part_load[there, c] += load[unit, c]
    part[unit] = there
    now = grid_roundness(part_area[here], part_outline[here])
    return now + grid_roundness(part_area[there], part_outline[there]) - was


@compiled
def free_by_chain(
    start: Array,
    neighbour: Array,
    shared: Array,
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
    order: Array,
    first: Array,
    stamp: Array,
    owner: Array,
    link: Array,
    roots: Array,
    lump: Array,
    counters: Array,
    grid: int,
    longest: int,
    shape_weight: float,
    spare: float,
) -> float:
    """Carry out the cheapest chain of at most `longest` moves after which `grid` and every grid
    that the chain touches are inside their bands; changes `part` and `part_…` in place.

    `order[first[p]:first[p + 1]]` are units that were in grid p, others are left out. A chain costs
    load away from home, and shape below the floor, of which `spare` is to spare. Returns the change
    of the sum of Polsby-Popper ratios; 0, and changes nothing, where there is no such chain.
    """
    unit_of, from_of = np.zeros(longest, np.int64), np.zeros(longest, np.int64)
    who, at = np.zeros(longest, np.int64), np.zeros(longest, np.int64)
    edge = np.zeros(longest, np.int64)
    gain, price = np.zeros(longest + 1), np.zeros(longest + 1)
    best_unit, best_to = np.zeros(longest, np.int64), np.zeros(longest, np.int64)
    best_length, best = 0, np.inf
    is_done = np.zeros(longest, np.bool_)
    level, tried = 0, 0
    who[0], at[0], edge[0] = grid, first[grid], -1
    while level >= 0:
        if is_done[level]:
            _move(
                start, neighbour, shared, load, area, outline, part, part_load, part_area,
                part_outline, unit_of[level], from_of[level],
            )  # fmt: skip
            is_done[level] = False
        mine = who[level]
        if at[level] >= first[mine + 1] or tried > MOST_TRIED:
            level -= 1
            continue
        inner = order[at[level]]
        if edge[level] < 0:
            edge[level] = start[inner]
        if part[inner] != mine or edge[level] >= start[inner + 1]:
            at[level] += 1
            edge[level] = -1
            continue
        outer = neighbour[edge[level]]
        edge[level] += 1
        other = part[outer]
        if other == mine or other < 0:
            continue
        gives = _outside(part_load[mine], low[mine], high[mine]) > 0
        unit = inner if gives else outer
        there = other if gives else mine
        if not movable[unit] or closed[there] or closed[part[unit]]:
            continue
        tried += 1
        cost = price[level]
        if home[unit] == part[unit]:
            cost += home_cost[unit]
        elif home[unit] == there:
            cost -= home_cost[unit]
        if cost >= best:
            continue
        is_last = level + 1 == longest
        if is_last:
            # The last move must put all right: the loads tell, before anything is carried out.
            good = True
            for sign, p in ((-1.0, part[unit]), (1.0, there)):
                for c in range(load.shape[1]):
                    then = part_load[p, c] + sign * load[unit, c]
                    good = good and low[p, c] <= then <= high[p, c]
            for i in range(level):
                for p in (from_of[i], part[unit_of[i]]):
                    if p != part[unit] and p != there:
                        good = good and _outside(part_load[p], low[p], high[p]) == 0.0
            if not good:
                continue
        if cut_off(start, neighbour, part, unit, stamp, owner, link, roots, lump, counters) != 1:
            continue
        unit_of[level], from_of[level] = unit, part[unit]
        gain[level + 1] = gain[level] + _move(
            start, neighbour, shared, load, area, outline, part, part_load, part_area,
            part_outline, unit, there,
        )  # fmt: skip
        is_done[level] = True
        worst, off = -1, 0.0
        for i in range(level + 1):
            for p in (from_of[i], part[unit_of[i]]):
                now = abs(_outside(part_load[p], low[p], high[p]))
                if now > off:
                    worst, off = p, now
        if worst < 0:
            whole = cost + shape_weight * max(0.0, -gain[level + 1] - spare)
            if whole < best:
                best, best_length = whole, level + 1
                for i in range(level + 1):
                    best_unit[i], best_to[i] = unit_of[i], part[unit_of[i]]
        elif not is_last:
            price[level + 1] = cost
            level += 1
            who[level], at[level], edge[level] = worst, first[worst], -1
    gained = 0.0
    for i in range(best_length):
        gained += _move(
            start, neighbour, shared, load, area, outline, part, part_load, part_area,
            part_outline, best_unit[i], best_to[i],
        )  # fmt: skip
    return gained
