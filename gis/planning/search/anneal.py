"""The search around the compiled kernel: cooling, stopping, keeping the best plan seen."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.graph import UnitGraph
from gis.planning.search.lump import LUMP, THRESHOLDS, boundary_of
from gis.planning.search.refine import improve, loads_of
from gis.progress import Progress, silent

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# Proposals: enough for small plans to settle, in proportion to size, a little less above LARGE.
PROPOSALS_PER_UNIT, FEWEST = 1600, 100_000
LARGE, ABOVE_LARGE = 20_000, 0.7
# What a common core does, for turning seconds into an effort that is the same on every machine.
PROPOSALS_PER_SECOND = 6_000_000
STEPS = 160
# After an early end, so many cold steps of so many proposals per boundary unit settle the plan.
LAST_STEPS, LAST_PROPOSALS = 8, 12
# A plan that came out of the search just outside its band is warmed up once more, with a penalty
# so many times as firm, for so many of the steps.
AGAIN_STEPS, WARM, FIRMER = 16, 0.5, 30.0
EVERY = 4
# In units of the mean cost of a pair's boundary.
HOT, COLD = 2.0, 0.02
# The weights are for grids of so many units; in larger grids each unit changes the load less.
UNITS_PER_GRID = 80
# A plan that shall stay near the current one is not shaken up first.
HOT_FROM_HOME, SOFT_FROM_HOME = 1, 20_000.0
# Weight of the penalty for load outside the band: soft at first, so that large units can pass.
SOFT, FIRM = 30.0, 100_000.0
# Aim a little inside the band: the last units settle at its edge.
INSIDE = 0.97


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """For each of k parts and c criteria: the load to aim at, the least and most that is still
    good. All (k, c); the first criterion is the main one, and counts `main_first` times as much
    as the others where not all can be had."""

    target: Floats
    low: Floats
    high: Floats
    main_first: float = 1.0

    @staticmethod
    def around(target: Floats, tolerance: float | Floats) -> Band:
        """The band of a share around targets (k,) or (k, c); a tolerance for all or one each."""
        target = as_columns(target)
        return Band(target=target, low=target * (1 - tolerance), high=target * (1 + tolerance))

    @property
    def parts(self) -> int:
        return len(self.target)

    def of(self, parts: Ints) -> Band:
        """The band of some of the parts."""
        return replace(self, target=self.target[parts], low=self.low[parts], high=self.high[parts])


def as_columns(values: Floats) -> Floats:
    """Values (n,) or (n, c) as (n, c)."""
    return np.ascontiguousarray(values.reshape(len(values), -1), np.float64)


def main(load: Floats) -> Floats:
    """The main criterion (n,) of loads (n,) or (n, c)."""
    return load if load.ndim == 1 else np.ascontiguousarray(load[:, 0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where each unit is at home (-1 = nowhere), and what it costs to be elsewhere, in the mean
    cost of a pair's boundary."""

    part: Ints
    cost: Floats

    @staticmethod
    def nowhere(size: int) -> Home:
        return Home(part=np.full(size, -1, np.int64), cost=np.zeros(size))


def never() -> bool:
    """No wish to stop."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long to search: a factor on the proposals and a seed; a clock or a wish may end it.

    `deadline` is a time of `time.monotonic`; `stop` is asked between steps of the search.
    """

    seed: int
    factor: float = 1.0
    deadline: float | None = None
    stop: Callable[[], bool] = never

    def again(self, turn: int, factor: float) -> Effort:
        """The effort of a later, smaller search with other random numbers."""
        return replace(self, seed=self.seed * 1_000_003 + turn + 1, factor=factor)

    def until(self, share: float) -> Effort:
        """The same effort with only a share of the time that is left, where a clock runs."""
        if self.deadline is None:
            return self
        now = time.monotonic()
        return replace(self, deadline=now + share * (self.deadline - now))

    def over(self) -> bool:
        late = self.deadline is not None and time.monotonic() > self.deadline
        return late or self.stop()


def proposals(units: int) -> int:
    """How many moves a search of so many units proposes at effort 1: near-linear."""
    beyond = max(units / LARGE, 1.0) ** ABOVE_LARGE
    return max(FEWEST, int(PROPOSALS_PER_UNIT * min(units, LARGE) * beyond))


def mean_cost(graph: UnitGraph) -> float:
    """The mean cost of a pair's boundary: the unit of energy."""
    real = graph.cost[graph.cost > 0]
    return float(real.mean()) if len(real) else 1.0


def outside_band(load: Floats, part: Ints, band: Band) -> Floats:
    """How far each part's loads lie outside its band, as fractions of its targets, summed."""
    loads = loads_of(part, as_columns(load), band.parts)
    beyond = np.maximum(np.maximum(band.low - loads, loads - band.high), 0)
    return np.asarray(np.round(beyond / scale_of(band), 9).sum(axis=1))


def scale_of(band: Band) -> Floats:
    """What a load outside the band is measured by: the target, or 1 where nothing is wanted.

    A load outside counts `band.main_first` times less in the further criteria.
    """
    scale = np.where(band.target > 0, band.target, 1.0)
    scale[:, 1:] *= band.main_first
    return scale


def worth(
    graph: UnitGraph, load: Floats, part: Ints, band: Band, home: Home
) -> tuple[float, float]:
    """What to minimise: loads outside the band first, then boundary cost and moves from home."""
    source = np.repeat(np.arange(graph.size), np.diff(graph.start))
    cut = float(graph.cost[part[source] != part[graph.neighbour]].sum()) / 2 / mean_cost(graph)
    away = (home.part >= 0) & (home.part != part)
    return float(outside_band(load, part, band).sum()), cut + float(home.cost[away].sum())


def anneal(
    graph: UnitGraph,
    load: Floats,
    part: Ints,
    band: Band,
    *,
    movable: Bools,
    home: Home,
    effort: Effort,
    progress: Progress = silent,
) -> Ints:
    """A plan found by annealing from `part`, each part connected if it was before.

    It is the best of the second half of the search: usually, not always, better than `part`.
    Cools geometrically through a fixed number of steps; loads outside the band come first, then
    boundary cost and moves from home. The same arguments give the same plan unless the clock or
    a wish to stop ends the search early; it then settles quickly. `progress` is called with
    `plan-step-improve`.
    """
    size, k = graph.size, band.parts
    load, scale = as_columns(load), scale_of(band)
    part = part.astype(np.int64).copy()
    if k == 1 or k >= size or not movable.any():
        return part
    cost = graph.cost / mean_cost(graph)
    half = (band.high - band.low) / 2
    middle = (band.high + band.low) / 2
    low, high = middle - half * INSIDE, middle + half * INSIDE
    boundary, place = np.empty(size, np.int64), np.empty(size, np.int64)
    stamp, owner, link = (np.zeros(size, np.int64) for _ in range(3))
    roots = np.empty((5, int(np.diff(graph.start).max())), np.int64)
    lump, counters = np.empty(LUMP + 1, np.int64), np.array([0, 0], np.int64)
    counters[0] = boundary_of(graph.start, graph.neighbour, part, boundary, place)
    random = np.array([mixed(effort.seed)], np.uint64)
    chunk = max(1, int(proposals(size) * effort.factor) // STEPS)

    def step(temperature: float, balance_weight: float, count: int) -> None:
        improve(
            graph.start, graph.neighbour, cost, load, part, loads_of(part, load, k), low, high,
            scale, movable, home.part, home.cost, boundary, place, stamp, owner, link, roots, lump,
            counters, random, THRESHOLDS, balance_weight, temperature, count,
        )  # fmt: skip

    best, best_worth = part.copy(), worth(graph, load, part, band, home)
    best_is_ours = False
    hot, soft, firm = _schedule(size / k, home)
    begun = time.monotonic()
    for turn in range(STEPS):
        if effort.over():
            break
        # Where the machine is too slow for the clock, the rest is cooled faster.
        done = max(turn / (STEPS - 1), _elapsed(begun, effort.deadline))
        temperature = float(np.round(hot * (COLD / hot) ** done, 9))
        step(temperature, float(np.round(soft * (firm / soft) ** done, 6)), chunk)
        if done > 0.5 and (turn % EVERY == 0 or turn == STEPS - 1):
            now = worth(graph, load, part, band, home)
            if now < best_worth or not best_is_ours:
                best_is_ours = True
                best, best_worth = part.copy(), now
        progress("plan-step-improve", (turn + 1) / STEPS)
    else:
        if best_worth[0] > 0:
            part[:] = best
            counters[0] = boundary_of(graph.start, graph.neighbour, part, boundary, place)
            for turn in range(AGAIN_STEPS):
                cooled = WARM * (COLD / WARM) ** (turn / AGAIN_STEPS)
                step(float(np.round(cooled, 9)), firm * FIRMER, chunk)
                now = worth(graph, load, part, band, home)
                if now < best_worth:
                    best, best_worth = part.copy(), now
        return best
    for _ in range(LAST_STEPS):
        step(COLD, firm, min(chunk, LAST_PROPOSALS * int(counters[0])))
    return min((best, part), key=lambda found: worth(graph, load, found, band, home))


def _elapsed(begun: float, deadline: float | None) -> float:
    """The share of the time until the deadline that is over."""
    if deadline is None:
        return 0.0
    return min((time.monotonic() - begun) / max(deadline - begun, 1e-9), 1.0)


def _schedule(units_per_grid: float, home: Home) -> tuple[float, float, float]:
    """The first temperature, and the first and last weight of the balance."""
    scale = max(1.0, units_per_grid / UNITS_PER_GRID)
    if (home.part < 0).all():
        return HOT, SOFT * scale, FIRM * scale
    # Balance must outweigh the wish to stay, or the plan would stay as it is.
    scale *= max(1.0, float(home.cost[home.part >= 0].mean()))
    return HOT_FROM_HOME, SOFT_FROM_HOME * scale, 10 * FIRM * scale


def mixed(seed: int) -> int:
    """A seed with its bits well spread and never zero (splitmix64)."""
    z = (seed + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
    return (z ^ (z >> 31)) or 1
