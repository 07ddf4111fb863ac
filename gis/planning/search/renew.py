"""Neighbourhoods of grids divided anew: for grids that small moves cannot mend, and for gain.

A large unit in the wrong grid is a trap for moves of single units, and so is a boundary that is
good on both sides and bad as a whole. The grids around one are merged and divided afresh; the
result is kept if it is better. Grids outside their band come first. (Large neighbourhood search,
after P. Shaw: Using constraint programming and local search methods to solve vehicle routing
problems, 1998.)
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.graph import UnitGraph, components, subgraph
from gis.planning.adjacency.members import Members
from gis.planning.search.anneal import (
    PROPOSALS_PER_UNIT,
    Band,
    Effort,
    Home,
    anneal,
    main,
    outside_band,
    proposals,
    worth,
)
from gis.planning.search.seed import mend, metis_parts
from gis.progress import Progress, silent

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

ATTEMPTS_PER_GRID = 8
# To mend grids outside their band, as much searching as the whole plan had; small plans may try
# more often.
MOST_WORK, LEAST_WORK_UNITS = 1.0, 4000
# A neighbourhood is small: its search may be short in absolute terms.
SMALL = 0.5


def renew(
    graph: UnitGraph,
    load: Floats,
    part: Ints,
    band: Band,
    *,
    movable: Bools,
    home: Home,
    effort: Effort,
    work: float = 0.0,
    progress: Progress = silent,
) -> Ints:
    """A plan with fewer loads outside the band than `part`, or as few at less cost.

    Grids outside their band are tried first, each a few times. Then, with `work` (an effort for
    the whole plan, as `Effort.factor`), neighbourhoods everywhere, in random order. `progress` is
    called with `plan-step-renew`.
    """
    search = _Search(graph, load, part.copy(), band, movable, home, effort)
    tried: dict[int, int] = {}
    spent, most = 0.0, MOST_WORK * max(graph.size, LEAST_WORK_UNITS)
    while spent < most and not effort.over():
        hopeful = [p for p in search.outside() if tried.get(p, 0) < ATTEMPTS_PER_GRID]
        if not hopeful:
            break
        worst = max(hopeful, key=lambda p: (-tried.get(p, 0), search.beyond[p], -p))
        attempt = tried[worst] = tried.get(worst, 0) + 1
        nodes = search.attempt(
            worst, hops=1 + (attempt - 1) // 3, factor=SMALL * effort.factor, fresh=attempt % 3 != 1
        )
        spent += SMALL * max(nodes, graph.size / 40)
    spent, most = 0.0, work * proposals(graph.size)
    order = np.random.default_rng(effort.seed % (1 << 63))
    while spent < most and not effort.over():
        progress("plan-step-renew", spent / most)
        before = spent
        for centre in order.permutation(band.parts).tolist():
            if spent >= most or effort.over():
                break
            spent += PROPOSALS_PER_UNIT * search.attempt(centre, hops=1, factor=None, fresh=False)
        if spent == before:
            break
    return search.part


class _Search:
    """A plan whose neighbourhoods are divided anew, one after another."""

    def __init__(
        self,
        graph: UnitGraph,
        load: Floats,
        part: Ints,
        band: Band,
        movable: Bools,
        home: Home,
        effort: Effort,
    ) -> None:
        self.graph, self.load, self.part, self.band = graph, load, part, band
        self.movable, self.home, self.effort = movable, home, effort
        self.turn = 0
        self._look()

    def _look(self) -> None:
        self.beyond = outside_band(self.load, self.part, self.band)
        self.members = Members(self.part, self.band.parts)

    def outside(self) -> list[int]:
        """The parts whose loads are outside their bands."""
        return [int(p) for p in np.flatnonzero(self.beyond)]

    def attempt(self, centre: int, *, hops: int, factor: float | None, fresh: bool) -> int:
        """Divide the parts around one anew; returns how many nodes were searched.

        `factor` is the effort, in proportion to the nodes if not given. A `fresh` attempt starts
        from a division that knows nothing of today's, where nothing binds it.
        """
        self.turn += 1
        parts = self.members.around(self.graph, centre, hops)
        if len(parts) < 2:
            return 0
        chosen = self.members.of(parts)
        smaller = subgraph(self.graph, chosen)
        if components(smaller.size, *smaller.pairs()[:2]).max() > 0:
            return len(chosen)
        number = np.full(self.band.parts, -1, np.int64)
        number[parts] = np.arange(len(parts))
        now, there = number[self.part[chosen]], self.home.part[chosen]
        home = Home(part=np.where(there >= 0, number[there], -1), cost=self.home.cost[chosen])
        band, load, movable = self.band.of(parts), self.load[chosen], self.movable[chosen]
        if factor is None:
            factor = PROPOSALS_PER_UNIT * len(chosen) / proposals(len(chosen))
        search = self.effort.again(self.turn, factor)
        begin = now
        if fresh and movable.all() and (home.part < 0).all():
            first = metis_parts(smaller, main(load), band.target[:, 0], search.seed)
            begin = mend(smaller, main(load), band.target[:, 0], first)
        found = anneal(smaller, load, begin, band, movable=movable, home=home, effort=search)
        was = worth(smaller, load, now, band, home)
        if worth(smaller, load, found, band, home) < was:
            self.part[chosen] = parts[found]
            self._look()
        return len(chosen)
