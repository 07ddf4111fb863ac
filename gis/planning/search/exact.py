"""Exact polish of a plan, neighbourhood by neighbourhood, and the exact optimum of small ones.

A neighbourhood is a few parts that meet. Nodes near their common boundaries are free, the rest of
each part is contracted to its core, and what remains is divided anew by a mixed-integer program
with contiguity (`exact_model`). It finds what no sequence of small moves finds, or proves that
nothing is to be found there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.graph import UnitGraph, components, sums
from gis.planning.search.anneal import never
from gis.planning.search.exact_model import Division, Patience, Program
from gis.progress import Progress, silent

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Hood = tuple[int, ...]

# A mean part's load outside the bands counts as so many mean costs of a pair's boundary.
OUTSIDE = 10_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """Neighbourhoods of so many parts with about so many free nodes, and how far to search each."""

    parts: int
    free: int
    nodes: int = 200
    gap: float = 1e-4


# Four grids that meet gained most for the time, five a little more after them; two or three, or
# more free nodes for the same grids, found less (measured on 4,732 units in 60 grids).
LEVELS = (Level(parts=4, free=60), Level(parts=5, free=60))


def polish(
    graph: UnitGraph,
    load: Floats,
    part: Ints,
    low: Floats,
    high: Floats,
    movable: Bools,
    home: Ints,
    home_cost: Floats,
    *,
    neighbourhoods: int = 400,
    seconds: float | None = None,
    seed: int = 0,
    levels: Sequence[Level] = LEVELS,
    stop: Callable[[], bool] = never,
    progress: Progress = silent,
) -> Ints:
    """A plan no worse than `part`: less load outside the bands, or as much at less cost.

    `load` is (n,) or (n, c), the bands `low` and `high` (k,) or (k, c); `home_cost` is what it
    costs a node to be in another part than `home` (-1 = nowhere), in the mean cost of a pair's
    boundary, as in `anneal.Home`. Nodes that are not `movable` stay; connected parts stay
    connected. Ends after so many `neighbourhoods` or where none can be improved; the clock or
    `stop` may end it sooner, and apart from that the same arguments give the same plan. It is
    `plan-step-polish` to `progress`.
    """
    walk = _Walk(graph, load, part, low, high, movable, home, home_cost)
    deadline = None if seconds is None else time.monotonic() + seconds
    left, changed = neighbourhoods, True
    while changed:
        changed = False
        for level in levels:
            for hood in walk.fresh(level):
                late = deadline is not None and time.monotonic() > deadline
                if left == 0 or late or stop():
                    return walk.part
                if not walk.is_fresh(level, hood):
                    continue
                progress("plan-step-polish", 1 - left / neighbourhoods)
                left -= 1
                patience = Patience(nodes=level.nodes, gap=level.gap, seed=seed, deadline=deadline)
                changed |= walk.improve(level, hood, patience)
            if changed:
                break
    return walk.part


class _Walk:
    """A plan under polish: its parts, how they touch, and which neighbourhoods were tried."""

    def __init__(
        self,
        graph: UnitGraph,
        load: Floats,
        part: Ints,
        low: Floats,
        high: Floats,
        movable: Bools,
        home: Ints,
        home_cost: Floats,
    ) -> None:
        self.graph, self.movable, self.home, self.home_cost = graph, movable, home, home_cost
        self.part = part.astype(np.int64).copy()
        self.load = load.reshape(graph.size, -1)
        self.low, self.high = low.reshape(len(low), -1), high.reshape(len(high), -1)
        mean = self.load.sum(axis=0) / len(low)
        self.scale = np.where(mean > 0, mean, 1.0)
        real = graph.cost[graph.cost > 0]
        self.cost = graph.cost / (real.mean() if len(real) else 1.0)
        order = np.argsort(self.part, kind="stable")
        ends = np.cumsum(np.bincount(self.part, minlength=len(low)))
        self.members = np.split(order, ends[:-1])
        self.version = [0] * len(low)
        self.tried: dict[tuple[Level, Hood], tuple[int, ...]] = {}
        self.number = np.full(graph.size, -1, np.int64)
        self.touch: list[dict[int, float]] = [{} for _ in low]
        for p in range(len(low)):
            self._meet(p)

    def _meet(self, p: int) -> None:
        """Note which parts this one touches, and at what cost."""
        for q in self.touch[p]:
            del self.touch[q][p]
        _, at = self._edges(self.members[p])
        other = self.part[self.graph.neighbour[at]]
        apart = other != p
        cost = np.bincount(other[apart], self.cost[at][apart]) if apart.any() else np.zeros(0)
        self.touch[p] = {int(q): float(cost[q]) for q in np.unique(other[apart])}
        for q, shared in self.touch[p].items():
            self.touch[q][p] = shared

    def _edges(self, nodes: Ints) -> tuple[Ints, Ints]:
        """For each edge from the nodes: the position of its node, and its own in the graph."""
        start = self.graph.start
        count = start[nodes + 1] - start[nodes]
        source = np.repeat(np.arange(len(nodes)), count)
        before = np.cumsum(count) - count
        return source, np.arange(count.sum()) + np.repeat(start[nodes] - before, count)

    def fresh(self, level: Level) -> list[Hood]:
        """The neighbourhoods not tried as they are now: most load outside first, then most
        boundary inside."""
        hoods: set[Hood] = {(p, q) for p in range(len(self.touch)) for q in self.touch[p] if p < q}
        for _ in range(level.parts - 2):
            hoods = {
                tuple(sorted((*hood, p)))
                for hood in hoods
                for p in set().union(*(self.touch[q] for q in hood)) - set(hood)
                if sum(p in self.touch[q] for q in hood) >= 2
            } or hoods
        open_ones = [hood for hood in hoods if self.is_fresh(level, hood)]
        loads = np.zeros_like(self.low)
        np.add.at(loads, self.part, self.load)
        beyond = np.maximum(np.maximum(self.low - loads, loads - self.high), 0) / self.scale
        outside = np.round(beyond, 9).sum(axis=1)

        def rank(hood: Hood) -> tuple[float, float, Hood]:
            inside = sum(self.touch[p].get(q, 0.0) for p in hood for q in hood)
            return -float(outside[list(hood)].sum()), -round(inside, 6), hood

        return sorted(open_ones, key=rank)

    def is_fresh(self, level: Level, hood: Hood) -> bool:
        return self.tried.get((level, hood)) != tuple(self.version[p] for p in hood)

    def improve(self, level: Level, hood: Hood, patience: Patience) -> bool:
        """Divide a neighbourhood anew; whether that was better."""
        nodes = np.sort(np.concatenate([self.members[p] for p in hood]))
        found = self._division(level, hood, nodes)
        better = False
        if found is not None:
            division, node, now = found
            worth = division.worth(now)
            program = Program(division, hard=worth[0] == 0)
            new, _ = program.search(worth[0] * OUTSIDE + worth[1], patience, outside=OUTSIDE)
            if new is not None and division.worth(new) < worth:
                better = True
                self.part[nodes] = np.array(hood)[new[node]]
                for i, p in enumerate(hood):
                    self.members[p] = nodes[new[node] == i]
                    self.version[p] += 1
                for p in hood:
                    self._meet(p)
        self.tried[level, hood] = tuple(self.version[p] for p in hood)
        return better

    def _division(
        self, level: Level, hood: Hood, nodes: Ints
    ) -> tuple[Division, Ints, Ints] | None:
        """The small division, the contracted node of each node, and the part of each now."""
        k, size = len(hood), len(nodes)
        self.number[nodes] = np.arange(size)
        source, at = self._edges(nodes)
        target = self.number[self.graph.neighbour[at]]
        self.number[nodes] = -1
        once = (target >= 0) & (source < target)
        left, right, cost = source[once], target[once], self.cost[at][once]
        now = np.searchsorted(np.array(hood), self.part[nodes])
        allowed = self.reach(left, right, now, k, level.free)
        allowed[~self.movable[nodes]] = False
        allowed[np.arange(size), now] = True
        free = allowed.sum(axis=1) > 1
        if not free.any():
            return None
        core = (now[left] == now[right]) & ~free[left] & ~free[right]
        node = components(size, left[core], right[core])
        count = int(node.max()) + 1
        small_now, small_allowed = np.empty(count, np.int64), np.empty((count, k), bool)
        small_now[node], small_allowed[node] = now, allowed
        a, b = node[left], node[right]
        apart = a != b
        key, place = np.unique(
            np.minimum(a, b)[apart] * count + np.maximum(a, b)[apart], return_inverse=True
        )
        away = np.where(
            (self.home[nodes, None] >= 0) & (self.home[nodes, None] != np.array(hood)),
            self.home_cost[nodes, None],
            0.0,
        )
        weight = np.bincount(node, minlength=count)
        root = np.empty(k, np.int64)
        for p in range(k):
            mine = np.flatnonzero(small_now == p)
            sure = mine[small_allowed[mine].sum(axis=1) == 1]
            if not len(sure):  # a part of boundary only: its first node stays
                small_allowed[mine[0]] = np.arange(k) == p
                sure = mine[:1]
            root[p] = sure[weight[sure].argmax()]
        parts = list(hood)
        division = Division(
            left=key // count,
            right=key % count,
            cost=sums(place, cost[apart], len(key)),
            load=_folded(node, self.load[nodes], count),
            low=self.low[parts],
            high=self.high[parts],
            scale=np.broadcast_to(self.scale, self.low[parts].shape),
            allowed=small_allowed,
            away=_folded(node, away, count),
            root=root,
        )
        return division, node, small_now

    @staticmethod
    def reach(left: Ints, right: Ints, now: Ints, k: int, free: int) -> Bools:
        """Which nodes may go to which part: as many steps away as leave about `free` nodes."""
        near = np.zeros((len(now), k), bool)
        near[np.arange(len(now)), now] = True
        while True:
            wider = near.copy()
            np.logical_or.at(wider, left, near[right])
            np.logical_or.at(wider, right, near[left])
            many = int((wider.sum(axis=1) > 1).sum())
            started = (near.sum(axis=1) > 1).any()
            if (started and many > free) or (wider == near).all():
                return near
            near = wider


def _folded(node: Ints, values: Floats, count: int) -> Floats:
    """The sums of the rows of `values` per contracted node."""
    total = np.zeros((count, values.shape[1]))
    np.add.at(total, node, values)
    return total


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimum:
    """The best division of a small instance; `part` is None if there is none. `outside` is its
    load outside the bands in mean parts' loads, `cost` its boundary in the graph's cost. Unless
    `proven`, the clock ended the search and this is the best so far."""

    part: Ints | None
    outside: float
    cost: float
    proven: bool


def optimum(
    graph: UnitGraph,
    load: Floats,
    k: int,
    low: Floats,
    high: Floats,
    *,
    seconds: float | None = None,
    seed: int = 0,
) -> Optimum:
    """The plan of k connected, non-empty parts with least load outside the bands, and among those
    least boundary cost; exactly. Meant for some tens of nodes: the oracle for the search.

    Shapes as in `polish`. Takes seconds for 40 nodes in 3 parts; 30 in
    4 may take more than a minute, and more soon hours.
    """
    load = load.reshape(graph.size, -1)
    low, high = low.reshape(k, -1), high.reshape(k, -1)
    mean = load.sum(axis=0) / k
    left, right, at = graph.pairs()
    real = graph.cost[graph.cost > 0]
    unit = float(real.mean()) if len(real) else 1.0
    alike = bool((low == low[0]).all() and (high == high[0]).all())
    first = np.argsort(-load[:, 0], kind="stable")
    allowed = np.ones((graph.size, k), bool)
    if alike:
        for i, node in enumerate(first[:k]):
            allowed[node, i + 1 :] = False
    division = Division(
        left=left,
        right=right,
        cost=graph.cost[at] / unit,
        load=load,
        low=low,
        high=high,
        scale=np.broadcast_to(np.where(mean > 0, mean, 1.0), low.shape),
        allowed=allowed,
        away=np.zeros((graph.size, k)),
        root=np.full(k, -1, np.int64),
    )
    patience = Patience(seed=seed, deadline=None if seconds is None else time.monotonic() + seconds)
    part, proven = _best(division, patience, first if alike else first[:0])
    if part is None:
        return Optimum(part=None, outside=np.inf, cost=np.inf, proven=proven)
    outside, cost = division.worth(part)
    return Optimum(part=part, outside=outside, cost=cost * unit, proven=proven)


def _best(division: Division, patience: Patience, order: Ints) -> tuple[Ints | None, bool]:
    """The division of least load outside, then of least cost; and whether that is proven."""
    program = Program(division, hard=True)
    program.order(order)
    part, proven = program.search(np.inf, patience)
    if part is not None or not proven:
        return part, proven
    program = Program(division, hard=False)
    program.order(order)
    part, _ = program.search(np.inf, patience, outside=OUTSIDE)
    if part is None:
        part, proven = program.search(np.inf, patience, outside=1.0, boundary=0.0)
        if part is None:
            return None, proven
    # With the cuts found so far: the least load outside, then the least cost at that load.
    outside, cost = division.worth(part)
    lighter, least = program.search(outside, patience, outside=1.0, boundary=0.0)
    if lighter is not None:
        part, (outside, cost) = lighter, division.worth(lighter)
    program.limit_outside(outside)
    cheaper, last = program.search(cost, patience)
    return part if cheaper is None else cheaper, least and last
