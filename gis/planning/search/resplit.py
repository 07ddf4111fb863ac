"""Help for grids that small moves cannot mend: a neighbourhood of grids is divided anew.

A large unit in the wrong grid is a trap for moves of single units. Around each grid whose load is
outside its band, the grids nearby are merged and divided afresh from another start; the result is
kept if it is better.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.graph import UnitGraph, components, subgraph
from gis.planning.search.anneal import Band, Effort, Home, anneal, main, outside_band, worth
from gis.planning.search.seed import mend, metis_parts

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

ATTEMPTS_PER_GRID = 8
# In all, as much searching as the whole plan had; small plans may try more often.
MOST_WORK, LEAST_WORK_UNITS = 1.0, 4000
# A neighbourhood is small: its search may be short in absolute terms.
SMALL = 0.5


def resplit(
    graph: UnitGraph,
    load: Floats,
    part: Ints,
    band: Band,
    *,
    movable: Bools,
    home: Home,
    effort: Effort,
) -> Ints:
    """A plan with fewer loads outside the band than `part`, or `part` itself."""
    part = part.copy()
    tried: dict[int, int] = {}
    work, turn = 0.0, 0
    beyond, members = outside_band(load, part, band), Members(part, band.parts)
    while work < MOST_WORK * max(graph.size, LEAST_WORK_UNITS):
        turn += 1
        hopeful = [
            p for p in np.flatnonzero(beyond).tolist() if tried.get(p, 0) < ATTEMPTS_PER_GRID
        ]
        if not hopeful or effort.over():
            break
        worst = max(hopeful, key=lambda p: (-tried.get(p, 0), beyond[p], -p))
        attempt = tried[worst] = tried.get(worst, 0) + 1
        parts = _around(graph, part, members, worst, hops=1 + (attempt - 1) // 3)
        if len(parts) < 2:
            continue
        chosen = members.of(parts)
        work += SMALL * max(len(chosen), graph.size / 40)
        smaller = subgraph(graph, chosen)
        if components(smaller.size, *smaller.pairs()[:2]).max() > 0:
            continue
        number = np.full(band.parts, -1, np.int64)
        number[parts] = np.arange(len(parts))
        now = number[part[chosen]]
        inner_band = band.of(parts)
        inner_home = Home(
            part=np.where(home.part[chosen] >= 0, number[home.part[chosen]], -1),
            cost=home.cost[chosen],
        )
        inner_load, inner_movable = load[chosen], movable[chosen]
        search = effort.again(turn, SMALL * effort.factor)
        begin = now
        if inner_movable.all() and (inner_home.part < 0).all() and attempt % 3 != 1:
            fresh = metis_parts(smaller, main(inner_load), inner_band.target[:, 0], search.seed)
            begin = mend(smaller, main(inner_load), inner_band.target[:, 0], fresh)
        found = anneal(
            smaller, inner_load, begin, inner_band,
            movable=inner_movable, home=inner_home, effort=search,
        )  # fmt: skip
        was = worth(smaller, inner_load, now, inner_band, inner_home)
        if worth(smaller, inner_load, found, inner_band, inner_home) < was:
            part[chosen] = parts[found]
            beyond, members = outside_band(load, part, band), Members(part, band.parts)
    return part


class Members:
    """The nodes of each part, found without looking through all nodes."""

    def __init__(self, part: Ints, parts: int) -> None:
        self._order = np.argsort(part, kind="stable")
        self._first = np.searchsorted(part[self._order], np.arange(parts + 1))

    def of(self, parts: Ints) -> Ints:
        """The nodes of some parts, sorted."""
        ranges = [self._order[self._first[p] : self._first[p + 1]] for p in parts.tolist()]
        return np.sort(np.concatenate(ranges))


def _around(graph: UnitGraph, part: Ints, members: Members, centre: int, hops: int) -> Ints:
    """The numbers of the parts within some steps of a part, sorted."""
    parts = np.array([centre], np.int64)
    for _ in range(hops):
        nodes = members.of(parts)
        near = [graph.neighbour[graph.start[node] : graph.start[node + 1]] for node in nodes]
        parts = np.unique(np.concatenate([parts, part[np.concatenate(near)]]))
    return parts
