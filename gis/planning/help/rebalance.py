"""A draft evened out from where it stands: as few people as possible change their grid.

Every region is searched on its own, from the draft as it is (see `gis.planning.change.stay`). With
`keep` below 1 change is weighed against clear and short boundaries (see `search.anneal`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gis.errors import InfeasibleError, InputError
from gis.planning.adjacency.graph import UnitGraph, subgraph, sums
from gis.planning.adjacency.streets import clearer
from gis.planning.change.flow import least_moved
from gis.planning.change.mended import mended
from gis.planning.change.moves import order_moves
from gis.planning.change.stay import stay
from gis.planning.change.stay_search import PROPOSALS_PER_BOUNDARY_UNIT
from gis.planning.criteria import Criterion, region_bands
from gis.planning.generate import KEEP_COST, STAY
from gis.planning.help.desk import Desk, Region, Within, regions_of
from gis.planning.model import IN_TIME, PlanRequest
from gis.planning.search.anneal import (
    PROPOSALS_PER_SECOND,
    Band,
    Effort,
    Home,
    anneal,
    never,
    proposals,
)
from gis.progress import Progress, part_of, silent

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# A search near home begins several times anew and cools several times; each of its proposals
# weighs shape as well, and takes about twice as long. Beyond the most, more time brings nothing.
RUNS_NEAR_HOME, SLOWER = 11.0, 2.0
LEAST_EFFORT, MOST_NEAR_HOME, MOST_FREE = 0.02, 3.0, 6.0
# The time says how much a common core does in it; a machine that is busy gets so many times as much
# before the search is ended, so that the same wish finds the same as a rule.
PATIENCE = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for: see `model.PlanRequest` for `tolerance`, `keep`, `seconds` and `seed`.

    `clarity` weighs streets (see `streets.clearer`); `within` says what units never leave. The time
    says how much is searched, unless an `effort` does: then every machine finds the same that is
    done before the time is over.
    """

    tolerance: float
    keep: float = 1.0
    seconds: float = 20.0
    seed: int = 0
    effort: float | None = None
    clarity: float = 1.0
    within: Within = "sub_district"

    def __post_init__(self) -> None:
        PlanRequest(
            grids=1, tolerance=self.tolerance, keep=self.keep, seconds=self.seconds,
            seed=self.seed, effort=self.effort,
        )  # fmt: skip
        if self.within not in ("sub_district", "community"):
            raise InputError("draft-job-within-invalid", within=str(self.within)[:40])


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveStep:
    """Units (positions, sorted) that go from one grid to another (-1: from none), and the load
    farthest from its fair one in the region afterwards."""

    before: int
    after: int
    units: Ints
    people: float
    max_deviation: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rebalanced:
    """The grid of each unit afterwards, and the steps that lead there, each leaving a valid plan;
    None if no order was found. `load_moved` of units that had a grid, and the `least` load that
    any plan as even as this one must move (proven). `early`: the search was ended before its time.
    """

    grid: Ints
    steps: tuple[MoveStep, ...] | None
    load_moved: float
    least: float
    early: bool


def rebalance(
    desk: Desk,
    chosen: Bools,
    wanted: Wanted,
    *,
    progress: Progress = silent,
    stop: Callable[[], bool] = never,
) -> Rebalanced:
    """The draft with its `chosen` grids (k,) within the tolerance where that is possible.

    Locked grids, pinned units and groups are kept, as is every sub-district. Units that are in no
    grid, and parts that are cut off, go to a grid that they touch. Once `stop` says so the best so
    far is given. Raises InfeasibleError `draft-job-nothing-to-move` where nothing may move at all.
    """
    regions = regions_of(desk, chosen, wanted.within)
    if not any(region.movable.any() or (region.part < 0).any() for region in regions):
        raise InfeasibleError("draft-job-nothing-to-move", grids=int(chosen.sum()))
    grid = desk.grid.copy()
    steps: list[MoveStep] | None = []
    least = 0.0
    whole, done, started = sum(region.graph.size for region in regions), 0, time.monotonic()
    for number, region in enumerate(regions):
        share = (done / whole, (done + region.graph.size) / whole)
        done += region.graph.size
        search = Effort(
            seed=wanted.seed * 7919 + number,
            deadline=started + PATIENCE * wanted.seconds * share[1],
            stop=stop,
        )
        mine = replace(wanted, seconds=wanted.seconds * (share[1] - share[0]))
        inner = part_of(progress, *share)
        part, band = _search(region, mine, search, inner)
        grid[region.units] = region.grid_of_unit(part)
        then = sums(part[part >= 0], region.load[part >= 0], len(band.low))
        least += least_moved(
            region.load, region.part,
            np.minimum(band.low[:, 0], then), np.maximum(band.high[:, 0], then),
        )  # fmt: skip
        more = _steps(region, part)
        steps = None if steps is None or more is None else [*steps, *more]
    away = (desk.grid >= 0) & (desk.grid != grid)
    return Rebalanced(
        grid=grid,
        steps=None if steps is None else tuple(steps),
        load_moved=float(desk.load[away].sum()),
        least=least,
        early=stop() or time.monotonic() > started + PATIENCE * wanted.seconds,
    )


def _search(
    region: Region, wanted: Wanted, search: Effort, progress: Progress
) -> tuple[Ints, Band]:
    load, band = _loads_and_band(region, wanted.tolerance)
    graph = clearer(region.graph, wanted.clarity)
    able = wanted.seconds * IN_TIME * PROPOSALS_PER_SECOND
    if wanted.keep >= STAY:
        left, right, _ = graph.pairs()
        long = max(int((region.part[left] != region.part[right]).sum()), 1)
        effort = able / (PROPOSALS_PER_BOUNDARY_UNIT * long * RUNS_NEAR_HOME * SLOWER)
        effort = wanted.effort or float(np.clip(effort, LEAST_EFFORT, MOST_NEAR_HOME))
        part = stay(
            graph, load, region.part, band.low, band.high, region.movable, closed=region.closed,
            seed=search.seed % 1_000_003, effort=effort, deadline=search.deadline,
            stop=search.stop, progress=progress,
        )  # fmt: skip
        return part, band
    factor = float(np.clip(able / proposals(graph.size), LEAST_EFFORT, MOST_FREE))
    search = replace(search, factor=wanted.effort or factor)
    return _freely(region, graph, load, band, wanted.keep, search, progress), band


def _loads_and_band(region: Region, tolerance: float) -> tuple[Floats, Band]:
    """The loads to search with and the band of each part; a closed part's is what it has."""
    k = len(region.grids)
    in_closed = (region.part >= 0) & region.closed[np.maximum(region.part, 0)]
    opened = np.flatnonzero(~in_closed)
    criterion = [Criterion(load="pop", tolerance=tolerance)]
    capped, inner = region_bands(
        region.load[opened, None], int((~region.closed).sum()), np.array([region.fair]), criterion
    )
    load = region.load.copy()
    load[opened] = capped[:, 0]
    has = sums(region.part[in_closed], load[in_closed], k)
    low, high = has[:, None].copy(), has[:, None].copy()
    low[~region.closed], high[~region.closed] = inner.low, inner.high
    return load, Band(target=(low + high) / 2, low=low, high=high)


def _freely(
    region: Region,
    graph: UnitGraph,
    load: Floats,
    band: Band,
    keep: float,
    search: Effort,
    progress: Progress,
) -> Ints:
    """The parts by annealing from the draft, where moving people costs `keep` (see
    `generate.KEEP_COST`); parts that nothing holds are named after those they have most of."""
    k = len(region.grids)
    begin = mended(graph, load, region.part, k, region.movable, region.closed)
    number = np.full(k, -1, np.int64)
    number[~region.closed] = np.arange(int((~region.closed).sum()))
    mine = np.flatnonzero((begin >= 0) & ~region.closed[np.maximum(begin, 0)])
    part, inner = number[begin[mine]], subgraph(graph, mine)
    cost = keep * KEEP_COST * (0.95 * load[mine] / max(float(load[mine].mean()), 1e-300) + 0.05)
    at_home = region.part[mine] >= 0
    homes = np.where(at_home, number[np.maximum(region.part[mine], 0)], -1)
    home = Home(part=homes, cost=np.where(at_home, cost, 0.0)) if keep > 0 else Home.nowhere(
        len(mine)
    )  # fmt: skip
    band = band.of(np.flatnonzero(~region.closed))
    movable = region.movable[mine] | (region.part[mine] < 0)
    found = anneal(
        inner, load[mine, None], part, band, movable=movable, home=home, effort=search,
        progress=progress,
    )  # fmt: skip
    found = _renamed(found, homes, load[mine], movable, band.parts)
    result = begin.copy()
    result[mine] = np.flatnonzero(~region.closed)[found]
    return result


def _renamed(part: Ints, home: Ints, load: Floats, movable: Bools, k: int) -> Ints:
    """The same division, each part named as the former one that it has most load in common with;
    what may not move keeps its name."""
    from scipy.optimize import linear_sum_assignment

    known = home >= 0
    weight = load + max(float(load.sum()), 1.0) * 1e-9
    fixed = known & ~movable
    weight[fixed] += float(load.sum()) * 10 + 1.0
    common = sums(part[known] * k + home[known], weight[known], k * k).reshape(k, k)
    rows, columns = linear_sum_assignment(common, maximize=True)
    name = np.empty(k, np.int64)
    name[rows] = columns
    return np.asarray(name[part], np.int64)


def _steps(region: Region, part: Ints) -> list[MoveStep] | None:
    target = np.full(len(region.grids), max(region.fair, 1e-300))
    free = region.movable | (region.part < 0)
    try:
        steps = order_moves(
            region.graph, region.load, region.part, part, target, people=region.people,
            movable=free, closed=region.closed,
        )  # fmt: skip
    except InfeasibleError:
        return None
    return [
        MoveStep(
            before=int(region.grids[step.before]) if step.before >= 0 else -1,
            after=int(region.grids[step.after]),
            units=region.units_of(step.units),
            people=step.people,
            max_deviation=step.max_deviation,
        )
        for step in steps
    ]
