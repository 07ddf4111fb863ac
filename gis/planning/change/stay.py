"""A plan near today's: as few people as possible change their grid.

Annealing from the current plan, whose energy counts people away from home, loads outside their
bands, and a mean Polsby-Popper ratio below that of today (see `stay_kernel`). Several runs that
weigh the boundary differently end in several plans; the best is chosen in the order of what
matters: loads within the band, then a shape no worse than before, then fewest people moved.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.graph import UnitGraph, sums
from gis.planning.change.mended import mended
from gis.planning.change.stay_kernel import move_and_stay
from gis.planning.search.anneal import mixed, never
from gis.planning.search.lump import BOUNDARY_SIZE, LUMP, THRESHOLDS, boundary_of
from gis.progress import Progress, part_of, silent

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# Proposals in proportion to the boundary that there is to move.
PROPOSALS_PER_BOUNDARY_UNIT, FEWEST, MOST = 8000, 400_000, 400_000_000
STEPS = 120
# Energy 1 is the mean unit's load away from home.
COLD = 0.02
# The last weights of loads outside the band (per unit in a grid) and of shape below the floor.
FIRM, LOOSE, STRICT = 100_000.0, 30.0, 30_000.0
# What the mean pair's boundary costs: little, it only decides between equals.
BOUNDARY_COST = 0.2
# The last units settle at the edge of what is allowed: aim a little inside it.
INSIDE, ABOVE_FLOOR = 0.999, 1e-4
# Attempts to free a grid that is still outside its band.
ATTEMPTS, AT_A_TIME = 12, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """The first temperature of a run, the first weight of the balance, and its share of effort."""

    hot: float
    soft: float
    share: float = 1.0


# The slower the balance comes in, the further people are passed on; which is best depends on data.
RUNS = (Heat(hot=2.0, soft=25.0), Heat(hot=2.0, soft=10.0), Heat(hot=2.0, soft=4.0))
POLISH = Heat(hot=0.5, soft=1000.0, share=0.5)
EJECT = Heat(hot=2.0, soft=10.0, share=0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What makes one plan better than another, in this order: load outside the bands in the
    middles of the bands, shape missing to the floor, load moved from home."""

    outside: float
    flat: float
    moved: float

    def key(self) -> tuple[float, float, float]:
        return self.outside, self.flat, self.moved


def stay(
    graph: UnitGraph,
    load: Floats,
    part: Ints,
    low: Floats,
    high: Floats,
    movable: Bools,
    *,
    closed: Bools | None = None,
    seed: int = 0,
    effort: float = 1.0,
    deadline: float | None = None,
    stop: Callable[[], bool] = never,
    progress: Progress = silent,
) -> Ints:
    """The plan within [low, high] that moves the least load away from `part` that was found.

    `load` is (n,) or (n, c), the first column counts as moved; `low` and `high` are (k,) or
    (k, c). `part` is today's plan, -1 = in no grid. Units that are not `movable` stay, and grids
    that are `closed` neither give nor take. Grids in pieces are mended (see `mended`); apart from
    that every grid stays connected and keeps a unit. The mean Polsby-Popper ratio is kept at
    today's or above where that is possible within the bands. The graph must be connected. The
    same arguments give the same plan, unless the `deadline` (of `time.monotonic`) or a wish to
    `stop` ends the search.
    """
    wide = load.reshape(len(load), -1).astype(float)
    low, high = (np.asarray(edge, float).reshape(len(edge), -1) for edge in (low, high))
    shut = np.zeros(len(low), bool) if closed is None else closed
    free = movable & ~shut[np.maximum(part, 0)] | (part < 0)
    begin = mended(graph, wide[:, 0], part, len(low), free, shut)
    search = _Search(graph, wide, part, low, high, free, shut, deadline, stop)
    seeds = iter(range(seed * 1_000_003, (seed + 1) * 1_000_003))
    best, done = begin, 0.0
    whole = sum(heat.share for heat in RUNS) + POLISH.share
    for heat in (*RUNS, POLISH):
        start = best if heat is POLISH else begin

        inner = part_of(progress, done / whole, (done + heat.share) / whole)
        best = search.better(best, search.run(start, free, heat, next(seeds), effort, inner))
        done += heat.share
    return search.freed(best, seeds, effort)


class _Search:
    """The inputs of one search and what they measure."""

    def __init__(
        self,
        graph: UnitGraph,
        load: Floats,
        home: Ints,
        low: Floats,
        high: Floats,
        movable: Bools,
        closed: Bools,
        deadline: float | None,
        stop: Callable[[], bool],
    ) -> None:
        self.graph, self.load, self.home = graph, load, home
        self.low, self.high, self.mid = low, high, np.maximum((low + high) / 2, 1e-300)
        self.movable, self.closed = movable, closed
        self.deadline, self.stop = deadline, stop
        real = graph.cost[graph.cost > 0]
        self.cost = graph.cost / (float(real.mean()) if len(real) else 1.0)
        # Mostly by load; a little by number, so that empty units do not wander for nothing.
        people = load[:, 0]
        self.home_cost = 0.95 * people / max(float(people.mean()), 1e-300) + 0.05
        self.home_cost[home < 0] = 0.0
        self.source = np.repeat(np.arange(graph.size), np.diff(graph.start))
        self.floor = self.shape(home)

    def loads(self, part: Ints) -> Floats:
        total = np.zeros_like(self.low)
        np.add.at(total, part, self.load)
        return total

    def outlines(self, part: Ints) -> tuple[Floats, Floats]:
        """Area and outline of each grid, in m² and m."""
        k, inside = len(self.low), part >= 0
        same = (part[self.source] == part[self.graph.neighbour]) & inside[self.source]
        area_m2 = sums(part[inside], self.graph.area_m2[inside], k)
        outline_m = sums(part[inside], self.graph.perimeter_m[inside], k)
        outline_m -= sums(part[self.source[same]], self.graph.shared_m[same], k)
        return area_m2, outline_m

    def shape(self, part: Ints) -> float:
        """The sum of all grids' Polsby-Popper ratios."""
        area_m2, outline_m = self.outlines(part)
        real = outline_m > 1e-9
        return float((4 * np.pi * area_m2[real] / outline_m[real] ** 2).sum())

    def worth(self, part: Ints) -> Worth:
        loads = self.loads(part)
        beyond = np.maximum(np.maximum(self.low - loads, loads - self.high), 0) / self.mid
        away: Bools = (self.home >= 0) & (self.home != part)
        return Worth(
            outside=round(float(beyond.sum()), 9),
            flat=round(max(0.0, self.floor - self.shape(part)), 9),
            moved=float(self.home_cost[away].sum()),
        )

    def better(self, one: Ints, other: Ints) -> Ints:
        return min((one, other), key=lambda part: self.worth(part).key())

    def freed(self, part: Ints, seeds: Iterator[int], effort: float) -> Ints:
        """`part`, or a better plan where it has grids outside their bands.

        A large unit in the wrong grid is a trap for small moves: it is put across the boundary by
        force and held there while a search makes room for it.
        """
        tried: set[tuple[int, int, int]] = set()
        while len(tried) < ATTEMPTS:
            pushes = [push for push in self._pushes(part) if push not in tried][:AT_A_TIME]
            found = part
            for unit, here, there in pushes:
                if self._late():
                    return part
                tried.add((unit, here, there))
                begin, held = part.copy(), self.movable.copy()
                begin[unit], held[unit] = there, False
                begin = mended(self.graph, self.load[:, 0], begin, len(self.low), held, self.closed)
                if begin[unit] == there and (begin == here).any():
                    more = self.run(begin, held, EJECT, next(seeds), effort, silent)
                    more = self.run(more, self.movable, POLISH, next(seeds), effort, silent)
                    found = self.better(found, more)
            if not pushes:
                break
            part = found
        return part

    def _pushes(self, part: Ints) -> list[tuple[int, int, int]]:
        """Units (unit, from, to) that grids outside their band may give or take: first those that
        bring the grid inside, the lightest first."""
        loads = self.loads(part)
        lack = np.maximum(self.low - loads, loads - self.high).max(axis=1)
        lack[lack <= 1e-9 * self.mid[:, 0]] = 0
        over: Bools = np.asarray((loads > self.mid).any(axis=1))
        here, there = part[self.source], part[self.graph.neighbour]
        need = np.where(over[here], lack[here], 0) + np.where(over[there], 0, lack[there])
        wanted: Bools = (
            (here != there) & (need > 0) & self.movable[self.source] & ~self.closed[there]
        )
        rows = np.stack([self.source, here, there], axis=1)[wanted]
        load, need = self.load[rows[:, 0], 0], need[wanted]
        short = load < need
        size = np.where(short, need - load, load)
        order = np.lexsort((rows[:, 2], rows[:, 0], size, short))
        pushes = [(int(unit), int(a), int(b)) for unit, a, b in rows[order]]
        return list(dict.fromkeys(pushes))

    def _late(self) -> bool:
        late = self.deadline is not None and time.monotonic() > self.deadline
        return late or self.stop()

    def run(
        self, part: Ints, movable: Bools, heat: Heat, seed: int, effort: float, progress: Progress
    ) -> Ints:
        """The best plan of the second half of one annealing from `part`."""
        graph, size = self.graph, self.graph.size
        part = part.copy()
        half = (self.high - self.low) / 2 * INSIDE
        low, high = self.mid - half, self.mid + half
        boundary, place = np.empty(size, np.int64), np.empty(size, np.int64)
        stamp, owner, link = (np.zeros(size, np.int64) for _ in range(3))
        roots = np.empty((5, max(1, int(np.diff(graph.start).max()))), np.int64)
        lump, counters = np.empty(LUMP + 1, np.int64), np.zeros(2, np.int64)
        counters[BOUNDARY_SIZE] = boundary_of(graph.start, graph.neighbour, part, boundary, place)
        random = np.array([mixed(seed)], np.uint64)
        wanted = max(PROPOSALS_PER_BOUNDARY_UNIT * int(counters[BOUNDARY_SIZE]), FEWEST)
        chunk = int(min(wanted * effort * heat.share, MOST)) // STEPS + 1
        cost = self.cost * BOUNDARY_COST
        per_grid = max(1.0, size / len(self.low))
        best, best_worth = part, None
        for step in range(STEPS):
            if self._late():
                break
            done = step / (STEPS - 1)
            area_m2, outline_m = self.outlines(part)
            move_and_stay(
                graph.start, graph.neighbour, graph.shared_m, cost, self.load, graph.area_m2,
                graph.perimeter_m, movable, self.closed, self.home, self.home_cost, part,
                self.loads(part), area_m2, outline_m, low, high, self.mid, boundary, place, stamp,
                owner, link, roots, lump, counters, random, THRESHOLDS,
                _between(heat.soft, FIRM, done) * per_grid, _between(LOOSE, STRICT, done),
                self.floor + ABOVE_FLOOR * len(low), _between(heat.hot, COLD, done), chunk,
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
