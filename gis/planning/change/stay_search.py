"""One search near today's plan: what it may do, how a plan is valued, and one annealing."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.graph import UnitGraph, subgraph
from gis.planning.change.stay_kernel import move_and_stay, roundness, sizes_of
from gis.planning.search.anneal import mixed
from gis.planning.search.lump import BOUNDARY_SIZE, LUMP, THRESHOLDS, boundary_of
from gis.progress import Progress

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# Proposals in proportion to the boundary that there is to move, a little less where it is long.
PROPOSALS_PER_BOUNDARY_UNIT, FEWEST = 8000, 400_000
LONG, ABOVE_LONG = 1000, 0.7
STEPS = 120
# Energy 1 is the mean unit's load away from home.
COLD = 0.02
# The last weights of loads outside the band (per unit in a grid) and of shape below the floor.
FIRM, LOOSE, STRICT = 100_000.0, 30.0, 30_000.0
# What the mean pair's boundary costs: little, it only decides between equals.
BOUNDARY_COST = 0.2
# The last units settle at the edge of what is allowed: aim a little inside it.
INSIDE, ABOVE_FLOOR = 0.999, 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """The first temperature of a run, the first weight of the balance, and its share of effort."""

    hot: float
    soft: float
    share: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What makes one plan better than another, in this order: load outside the bands in the
    middles of the bands, shape missing to the floor, load moved from home."""

    outside: float
    flat: float
    moved: float

    def key(self) -> tuple[float, float, float]:
        return self.outside, self.flat, self.moved


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """The inputs of a search: `load` (n, c), `low` and `high` (k, c), `home` today's grid (-1 =
    none) and what it costs to be away from it, `cost` of each pair's boundary, and the `floor` of
    the sum of all grids' Polsby-Popper ratios."""

    graph: UnitGraph
    load: Floats
    home: Ints
    home_cost: Floats
    cost: Floats
    low: Floats
    high: Floats
    movable: Bools
    closed: Bools
    floor: float
    deadline: float | None
    stop: Callable[[], bool]

    @staticmethod
    def near(
        graph: UnitGraph,
        load: Floats,
        home: Ints,
        low: Floats,
        high: Floats,
        movable: Bools,
        closed: Bools,
        deadline: float | None,
        stop: Callable[[], bool],
    ) -> Search:
        """The search near plan `home` in a whole graph; the floor is the shape that it has."""
        real = graph.cost[graph.cost > 0]
        # Mostly by load; a little by number, so that empty units do not wander for nothing.
        people = load[:, 0]
        home_cost = 0.95 * people / max(float(people.mean()), 1e-300) + 0.05
        home_cost[home < 0] = 0.0
        search = Search(
            graph=graph, load=load, home=home, home_cost=home_cost,
            cost=graph.cost / (float(real.mean()) if len(real) else 1.0) * BOUNDARY_COST,
            low=low, high=high, movable=movable, closed=closed, floor=0.0,
            deadline=deadline, stop=stop,
        )  # fmt: skip
        return replace(search, floor=search.shape(home))

    @property
    def middle(self) -> Floats:
        return np.maximum((self.low + self.high) / 2, 1e-300)

    def sizes(self, part: Ints) -> tuple[Floats, Floats, Floats]:
        """Loads (k, c), areas in m² and outlines in m of the grids."""
        graph, k = self.graph, len(self.low)
        found: tuple[Floats, Floats, Floats] = sizes_of(
            graph.start, graph.neighbour, graph.shared_m, graph.area_m2, graph.perimeter_m,
            self.load, part, k,
        )  # fmt: skip
        return found

    def shape(self, part: Ints) -> float:
        """The sum of all grids' Polsby-Popper ratios."""
        _, area_m2, outline_m = self.sizes(part)
        return float(roundness(area_m2, outline_m))

    def beyond(self, loads: Floats) -> Floats:
        """How far each grid's loads are outside their bands, in the middles of the bands: (k,)."""
        outside = np.maximum(np.maximum(self.low - loads, loads - self.high), 0)
        return np.asarray(np.round(outside / self.middle, 9).sum(axis=1))

    def worth(self, part: Ints) -> Worth:
        loads, area_m2, outline_m = self.sizes(part)
        away: Bools = (self.home >= 0) & (self.home != part)
        return Worth(
            outside=round(float(self.beyond(loads).sum()), 9),
            flat=round(max(0.0, self.floor - float(roundness(area_m2, outline_m))), 9),
            moved=float(self.home_cost[away].sum()),
        )

    def better(self, one: Ints, other: Ints) -> Ints:
        return min((one, other), key=lambda part: self.worth(part).key())

    def over(self) -> bool:
        late = self.deadline is not None and time.monotonic() > self.deadline
        return late or self.stop()

    def within(self, part: Ints, grids: Ints, units: Ints) -> tuple[Search, Ints]:
        """The search in some grids only, whose units are given, and their parts in it.

        The other grids stay as they are in `part`; the shape to keep is what they leave to these.
        """
        number = np.full(len(self.low) + 1, -1, np.int64)
        number[grids] = np.arange(len(grids))
        smaller = subgraph(self.graph, units)
        real = smaller.cost > 0
        scale = np.divide(self.cost.sum(), self.graph.cost.sum()) if real.any() else 0.0
        inner = replace(
            self, graph=smaller, load=self.load[units], home=number[self.home[units]],
            home_cost=self.home_cost[units], cost=smaller.cost * scale,
            low=self.low[grids], high=self.high[grids],
            movable=self.movable[units], closed=self.closed[grids],
        )  # fmt: skip
        mine = number[part[units]]
        return replace(inner, floor=self.floor - self.shape(part) + inner.shape(mine)), mine

    def boundary(self, part: Ints) -> int:
        """The number of units with a neighbour in another grid."""
        graph, place = self.graph, np.empty(self.graph.size, np.int64)
        return int(boundary_of(graph.start, graph.neighbour, part, place.copy(), place))

    def proposals(self, part: Ints) -> int:
        """How many moves a run of share 1 proposes at effort 1."""
        long = self.boundary(part)
        beyond = max(long / LONG, 1.0) ** ABOVE_LONG
        return max(FEWEST, int(PROPOSALS_PER_BOUNDARY_UNIT * min(long, LONG) * beyond))

    def run(self, part: Ints, heat: Heat, seed: int, effort: float, progress: Progress) -> Ints:
        """The best plan of the second half of one annealing from `part`."""
        graph, size, middle = self.graph, self.graph.size, self.middle
        half = (self.high - self.low) / 2 * INSIDE
        low, high = middle - half, middle + half
        chunk = int(self.proposals(part) * effort * heat.share) // STEPS + 1
        part = part.copy()
        boundary, place = np.empty(size, np.int64), np.empty(size, np.int64)
        stamp, owner, link = (np.zeros(size, np.int64) for _ in range(3))
        roots = np.empty((5, max(1, int(np.diff(graph.start).max()))), np.int64)
        lump, counters = np.empty(LUMP + 1, np.int64), np.zeros(2, np.int64)
        counters[BOUNDARY_SIZE] = boundary_of(graph.start, graph.neighbour, part, boundary, place)
        random = np.array([mixed(seed)], np.uint64)
        per_grid = max(1.0, size / len(low))
        floor = self.floor + ABOVE_FLOOR * len(low)
        best, best_worth = part, None
        for step in range(STEPS):
            if self.over():
                break
            done = step / (STEPS - 1)
            move_and_stay(
                graph.start, graph.neighbour, graph.shared_m, self.cost, self.load,
                graph.area_m2, graph.perimeter_m, self.movable, self.closed, self.home,
                self.home_cost, part, *self.sizes(part), low, high, middle, boundary, place,
                stamp, owner, link, roots, lump, counters, random, THRESHOLDS,
                _between(heat.soft, FIRM, done) * per_grid, _between(LOOSE, STRICT, done),
                floor, _between(heat.hot, COLD, done), chunk,
            )  # fmt: skip
            if done > 0.5:
                worth = self.worth(part)
                if best_worth is None or worth.key() < best_worth.key():
                    best, best_worth = part.copy(), worth
            progress("plan-step-improve", (step + 1) / STEPS)
        return best


def _between(first: float, last: float, done: float) -> float:
    """Geometrically from first to last, rounded so that every machine finds the same number."""
    return float(np.round(first * (last / first) ** done, 9))
