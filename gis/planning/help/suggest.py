"""What to move next: for the grids that are farthest off, units to give away or to take.

The way is that of the least flow between neighbours that brings every grid within its band (see
`gis.planning.change.flow`): what is suggested is never in the way of what comes after. Each
suggestion makes the two grids more alike, keeps both in one piece, and counts on those before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.cutnodes import separated
from gis.planning.adjacency.graph import subgraph, sums
from gis.planning.adjacency.members import entries
from gis.planning.change.flow import chained_flow
from gis.planning.help.desk import Desk, Region, regions_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# A flow may be exceeded by so much where units are not smaller; and bands are widened by so much
# where none leads into them.
OVER, WIDER, WIDEST = 1.25, 1.5, 1.0
# Of two units that help nearly as much, the one with more boundary to its new grid looks better.
NEARLY = 0.7
LESS = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Suggestion:
    """Units (positions, sorted) that go from one grid to another (-1: from none); the deviations of
    both before and afterwards, and the largest of the whole draft."""

    units: Ints
    before: int
    after: int
    people: float
    load: float
    deviation_of_before: tuple[float, float] | None
    deviation_of_after: tuple[float, float]
    largest: tuple[float, float]


def next_moves(desk: Desk, count: int, *, below: str = "") -> list[Suggestion]:
    """Up to `count` moves, each made on top of those before it, the most helpful first.

    Units in no grid come first. Then, while a grid is outside the tolerance: units that go from one
    grid to a neighbour of the same sub-district, so that the larger deviation of the two falls. No
    locked grid, pinned unit or part of a group is moved, no grid is cut, and only grids whose code
    begins with `below` change. Fewer, where nothing more helps.
    """
    chosen = np.array([code.startswith(below) for code in desk.codes], bool)
    now = desk.grid.copy()
    found: list[Suggestion] = []
    regions = [_State(desk, region) for region in regions_of(desk, chosen, "sub_district")]
    while len(found) < count:
        moves = [(state, state.best()) for state in regions]
        good = [(state, move) for state, move in moves if move is not None]
        if not good:
            break
        state, move = max(good, key=lambda one: one[1].gain)
        units = state.region.units_of(move.nodes)
        before = int(state.region.grids[move.here]) if move.here >= 0 else -1
        after = int(state.region.grids[move.there])
        then = now.copy()
        then[units] = after
        was, will = desk.deviation(now), desk.deviation(then)
        found.append(
            Suggestion(
                units=units,
                before=before,
                after=after,
                people=float(desk.people[units].sum()),
                load=float(desk.load[units].sum()),
                deviation_of_before=None
                if before < 0
                else (float(was[before]), float(will[before])),
                deviation_of_after=(float(was[after]), float(will[after])),
                largest=(float(np.abs(was).max()), float(np.abs(will).max())),
            )
        )
        now = then
        state.carry_out(move)
    return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Move:
    """Nodes of a region that go from one part to another, and how much that helps."""

    nodes: Ints
    here: int
    there: int
    gain: float


class _State:
    """A region on the way: the part of each node, and the best next move while nothing changes."""

    def __init__(self, desk: Desk, region: Region) -> None:
        self.region, self.tolerance = region, desk.tolerance
        self.part = region.part.copy()
        self.fair = max(region.fair, 1e-300)
        self._known: _Move | None = None
        self._asked = False

    def carry_out(self, move: _Move) -> None:
        self.part[move.nodes] = move.there
        self._asked = False

    def best(self) -> _Move | None:
        if not self._asked:
            self._known = self._unassigned() or self._between()
            self._asked = True
        return self._known

    def loads(self) -> Floats:
        here = self.part >= 0
        return sums(self.part[here], self.region.load[here], len(self.region.grids))

    def _unassigned(self) -> _Move | None:
        """Nodes of no grid that touch an open one: to the lightest of those."""
        graph, part, shut = self.region.graph, self.part, self.region.closed
        left = np.repeat(np.arange(graph.size), np.diff(graph.start))
        edge = (part[left] < 0) & (part[graph.neighbour] >= 0)
        edge[edge] = ~shut[part[graph.neighbour[edge]]]
        if not edge.any():
            return None
        takers = np.unique(part[graph.neighbour[edge]])
        there = int(takers[np.argmin(self.loads()[takers])])
        nodes = np.unique(left[edge & (part[graph.neighbour] == there)])
        return _Move(nodes=nodes, here=-1, there=there, gain=np.inf)

    def _between(self) -> _Move | None:
        loads = self.loads()
        off = np.abs(loads / self.fair - 1)
        if (off[~self.region.closed] <= self.tolerance + 1e-12).all():
            return None
        moves = [self._grown(here, there, most) for here, there, most in self._wanted(loads)]
        return max((move for move in moves if move), key=lambda move: move.gain, default=None)

    def _wanted(self, loads: Floats) -> Iterator[tuple[int, int, float]]:
        """Between which neighbours load should go, and how much."""
        region, share = self.region, self.tolerance
        while share <= WIDEST:
            low, high = (np.full(len(loads), self.fair * (1 + s * share)) for s in (-1, 1))
            low[region.closed] = high[region.closed] = loads[region.closed]
            flow = chained_flow(region.graph, region.load, self.part, low, high, region.closed)
            if flow is not None and len(flow.load):
                helping = list(zip(flow.before.tolist(), flow.after.tolist(), flow.load.tolist(),
                                   strict=True))  # fmt: skip
                if any(self._grown(*one) for one in helping):
                    yield from helping
                    return
                break
            share *= WIDER
        # No flow that units can follow: whoever has more gives to whoever has less.
        left, right, _ = region.graph.pairs()
        a, b = self.part[left], self.part[right]
        near = (a != b) & (a >= 0) & (b >= 0)
        near[near] = ~region.closed[a[near]] & ~region.closed[b[near]]
        pairs = np.unique(np.stack([a[near], b[near]], axis=1), axis=0)
        for one, other in pairs.tolist():
            more, less = (one, other) if loads[one] >= loads[other] else (other, one)
            yield more, less, float(loads[more] - loads[less])

    def _grown(self, here: int, there: int, most: float) -> _Move | None:
        """As many nodes of one part as help, one after the other, at most about so much load."""
        region, loads, part = self.region, self.loads(), self.part.copy()
        taken: list[int] = []
        gain = moved = 0.0
        gap = float(loads[here] - loads[there])
        while moved < most:
            edge, touching = self._edge(part, here, there)
            load = region.load[edge]
            # What the sum of both squared deviations falls by, up to a factor.
            helps = (gap - 2 * moved) * load - load**2
            fits = (helps > LESS * self.fair**2) & (moved + load <= most * OVER)
            if taken:
                fits &= load > 0
            if not fits.any():
                break
            good = fits & (helps >= NEARLY * helps[fits].max())
            best = int(np.flatnonzero(good)[np.argmax(touching[good])])
            taken.append(int(edge[best]))
            part[edge[best]] = there
            moved += float(load[best])
            gain += float(helps[best])
        if not taken:
            return None
        return _Move(nodes=np.sort(np.array(taken)), here=here, there=there, gain=gain)

    def _edge(self, part: Ints, here: int, there: int) -> tuple[Ints, Floats]:
        """The nodes of a part that may go to another without cutting it, and the share of their
        outline that they have in common with that one."""
        region, graph = self.region, self.region.graph
        mine = np.flatnonzero(part == here)
        if len(mine) < 2:
            return np.zeros(0, np.int64), np.zeros(0)
        inner = subgraph(graph, mine)
        left, right, _ = inner.pairs()
        held = np.zeros(len(mine), bool)
        held[separated(inner.size, left, right, region.load[mine])[0]] = True
        loose = mine[~held & region.movable[mine]]
        at = entries(graph, loose)
        source = np.repeat(np.arange(len(loose)), graph.start[loose + 1] - graph.start[loose])
        across = part[graph.neighbour[at]] == there
        common = sums(source[across], graph.shared_m[at[across]] + 1e-6, len(loose))
        near = common > 0
        return loose[near], common[near] / np.maximum(graph.perimeter_m[loose[near]], 1e-6)
