"""Grids that a search left outside their bands, freed one neighbourhood at a time.

What keeps a grid outside is near it. First short chains of moves are tried (see `chain_kernel`).
Where none helps, the search is repeated in the grid and the ones around, however large the city is.
A large unit in the wrong grid is a trap for small moves: it is put across the boundary by force and
held there while the search makes room for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.members import Members
from gis.planning.change.chain_kernel import free_by_chain
from gis.planning.change.mended import mended
from gis.planning.change.stay_kernel import roundness
from gis.planning.change.stay_search import INSIDE, STRICT, Heat, Search
from gis.planning.search.lump import LUMP
from gis.progress import silent

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

AGAIN = Heat(hot=2.0, soft=25.0, share=0.5)
EJECT, SETTLE = Heat(hot=2.0, soft=10.0, share=0.5), Heat(hot=0.5, soft=1000.0, share=0.5)
# Attempts for each grid; the neighbourhood grows with them.
ATTEMPTS, WIDER = 9, 3
# So many proposals are allowed at least, in all.
LEAST = 10_000_000


def freed(search: Search, part: Ints, seeds: Iterator[int], effort: float) -> Ints:
    """`part`, or a better plan where it has grids outside their bands.

    In all it proposes about as many moves as one run does, or a few attempts where that is less.
    """
    part = search.better(part, _chained(search, part))
    tried = np.zeros(len(search.low), np.int64)
    left = effort * max(search.proposals(part), LEAST)
    members, beyond = Members(part, len(tried)), search.beyond(search.sizes(part)[0])
    while left > 0 and not search.over():
        hopeful = np.flatnonzero((beyond > 0) & (tried < ATTEMPTS) & ~search.closed)
        if not len(hopeful):
            break
        grid = int(hopeful[np.lexsort((hopeful, -beyond[hopeful], tried[hopeful]))[0]])
        attempt = int(tried[grid])
        tried[grid] += 1
        grids = members.around(search.graph, grid, 1 + attempt // WIDER)
        units = members.of(grids)
        inner, mine = search.within(part, grids, units)
        here = int(np.searchsorted(grids, grid))
        found, spent = _once(inner, mine, here, attempt, next(seeds), effort)
        left -= spent
        if inner.worth(found).key() < inner.worth(mine).key():
            part[units] = grids[found]
            members, beyond = Members(part, len(tried)), search.beyond(search.sizes(part)[0])
    return part


def _chained(search: Search, part: Ints) -> Ints:
    """`part` with what chains of moves can bring inside, the short ones first."""
    graph, part, k = search.graph, part.copy(), len(search.low)
    loads, area_m2, outline_m = search.sizes(part)
    half = (search.high - search.low) / 2 * INSIDE
    low, high = search.middle - half, search.middle + half
    spare = float(roundness(area_m2, outline_m)) - search.floor
    stamp, owner, link = (np.zeros(graph.size, np.int64) for _ in range(3))
    roots = np.empty((5, max(1, int(np.diff(graph.start).max()))), np.int64)
    lump, counters = np.empty(LUMP + 1, np.int64), np.zeros(2, np.int64)
    for longest in (1, 2, 3, 3):
        beyond = search.beyond(loads)
        members = Members(part, k)
        for grid in np.flatnonzero(beyond > 0)[np.argsort(beyond[beyond > 0], kind="stable")]:
            if search.over():
                return part
            spare += free_by_chain(
                graph.start, graph.neighbour, graph.shared_m, search.load, graph.area_m2,
                graph.perimeter_m, search.movable, search.closed, search.home, search.home_cost,
                part, loads, area_m2, outline_m, low, high, members.order, members.first,
                stamp, owner, link, roots, lump, counters, int(grid), longest, STRICT, spare,
            )  # fmt: skip
    return part


def _once(
    search: Search, part: Ints, grid: int, attempt: int, seed: int, effort: float
) -> tuple[Ints, int]:
    """A plan of a neighbourhood from another start, and the number of moves proposed for it.

    Every third attempt searches anew; the others put a unit across the boundary of `grid`.
    """
    proposals = search.proposals(part)
    turn, rest = divmod(attempt, WIDER)
    pushes = _pushes(search, part, grid)
    number = turn * (WIDER - 1) + rest - 1
    if rest == 0 or number >= len(pushes):
        return search.run(part, AGAIN, seed, effort, silent), int(AGAIN.share * proposals)
    unit, there = pushes[number]
    begin, held = part.copy(), search.movable.copy()
    begin[unit], held[unit] = there, False
    begin = mended(search.graph, search.load[:, 0], begin, len(search.low), held, search.closed)
    if begin[unit] != there or not np.bincount(begin, minlength=len(search.low)).all():
        return part, 0
    pushed = replace(search, movable=held).run(begin, EJECT, seed, effort, silent)
    settled = search.run(pushed, SETTLE, seed + 1, effort, silent)
    return search.better(pushed, settled), int((EJECT.share + SETTLE.share) * proposals)


def _pushes(search: Search, part: Ints, grid: int) -> list[tuple[int, int]]:
    """Units and the grid that each may be put in, so that `grid` gives or takes one: first those
    that bring it inside its band, the lightest first."""
    graph, middle = search.graph, search.middle
    loads = search.sizes(part)[0]
    lack = float(np.maximum(search.low - loads, loads - search.high)[grid].max())
    over = bool((loads[grid] > middle[grid]).any())
    source = np.repeat(np.arange(graph.size), np.diff(graph.start))
    here, there = part[source], part[graph.neighbour]
    wanted: Bools = (here != there) & ((here if over else there) == grid)
    wanted &= search.movable[source] & ~search.closed[there]
    unit, there = source[wanted], there[wanted]
    load = search.load[unit, 0]
    short = load < lack
    order = np.lexsort((there, unit, np.where(short, lack - load, load), short))
    rows = zip(unit[order].tolist(), there[order].tolist(), strict=True)
    return list(dict.fromkeys(rows))
