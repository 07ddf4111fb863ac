"""One connected region divided into k connected parts of the wanted loads."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.graph import UnitGraph
from gis.planning.search.anneal import (
    Band,
    Effort,
    Home,
    anneal,
    main,
    outside_band,
    proposals,
    worth,
)
from gis.planning.search.exact import polish
from gis.planning.search.renew import renew
from gis.planning.search.seed import mend, metis_parts
from gis.progress import Progress, part_of, silent

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# From this effort on, half of it goes into annealing, another first plan for each EFFORT_PER_START
# more, since plans differ more by where they start than a longer search gains. The best is renewed
# neighbourhood by neighbourhood with what is left, and polished exactly at the end.
RENEWED_FROM, ANNEAL_SHARE, EFFORT_PER_START, MOST_STARTS = 2.0, 0.5, 3.0, 6
EXACT_SHARE = 0.08
# Where not all criteria can be had, the main one counts so many times as much.
MAIN_FIRST = (4.0, 20.0, 100.0)
# What an exact neighbourhood costs, in proposals of the search that take as long.
PER_PROGRAM = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What binds the parts beforehand: the node that part p must hold (`anchor`, -1 = none), a
    plan to start from (-1 = free), and where nodes are at home. All optional."""

    anchor: Ints | None = None
    start: Ints | None = None
    home: Home | None = None


def partition(
    graph: UnitGraph,
    load: Floats,
    band: Band,
    effort: Effort,
    wishes: Wishes | None = None,
    progress: Progress = silent,
) -> Ints:
    """Part 0..k-1 of each node: every part connected and not empty, loads near `band.target`.

    The graph must be connected and have at least k nodes. Loads may end outside the band where
    nothing better was found; `explain` says why.
    """
    k = band.parts
    wishes = wishes or Wishes()
    home = wishes.home or Home.nowhere(graph.size)
    if k == 1:
        return np.zeros(graph.size, np.int64)
    anchor = np.full(k, -1, np.int64) if wishes.anchor is None else wishes.anchor
    movable = np.ones(graph.size, bool)
    movable[anchor[anchor >= 0]] = False

    def value(part: Ints) -> tuple[float, float]:
        return worth(graph, load, part, band, home)

    renewed = effort.factor >= RENEWED_FROM
    share = ANNEAL_SHARE if renewed else 1.0
    count = 1 if wishes.start is not None else 1 + int(effort.factor / EFFORT_PER_START)
    count = min(count, MOST_STARTS)
    found: Ints | None = None
    for turn in range(count):
        search = effort if turn == 0 else effort.again(-turn, 1.0)
        search = replace(search, factor=effort.factor * share / count)
        search = search.until(share / (count - share * turn))
        first = wishes.start
        if first is None:
            first = metis_parts(graph, main(load), band.target[:, 0], search.seed)
        begin = mend(graph, main(load), band.target[:, 0], first, anchor)
        part = anneal(
            graph, load, begin, band, movable=movable, home=home, effort=search,
            progress=part_of(progress, turn / count * share, (turn + 1) / count * share),
        )  # fmt: skip
        found = min((part, begin) if found is None else (found, part, begin), key=value)
        if effort.over():
            break
    assert found is not None
    found = renew(
        graph, load, found, band, movable=movable, home=home, effort=effort,
        work=effort.factor * (1 - share - EXACT_SHARE), progress=part_of(progress, share, 1.0),
    )  # fmt: skip
    if band.target.shape[1] > 1:
        found = _main_first(graph, load, found, band, movable, home, effort)
        if _main_outside(load, found, band) > 0:
            return found
    if not renewed or effort.over():
        return found
    left = None if effort.deadline is None else max(effort.deadline - time.monotonic(), 0.0)
    return polish(
        graph, load, found, band.low, band.high, movable, home.part, home.cost,
        neighbourhoods=int(EXACT_SHARE * effort.factor * proposals(graph.size) / PER_PROGRAM),
        seconds=left, seed=effort.seed % (1 << 31), stop=effort.stop,
    )  # fmt: skip


def _main_first(
    graph: UnitGraph,
    load: Floats,
    part: Ints,
    band: Band,
    movable: Bools,
    home: Home,
    effort: Effort,
) -> Ints:
    """A plan with the main criterion within its band, if the search finds one, and the others as
    near to theirs as that allows: the main one counts more and more until it is."""
    best = part
    for turn, weight in enumerate(MAIN_FIRST):
        if _main_outside(load, best, band) == 0 or effort.over():
            break
        found = anneal(
            graph, load, best, replace(band, main_first=weight), movable=movable, home=home,
            effort=effort.again(turn, effort.factor),
        )  # fmt: skip
        best = min((best, found), key=lambda plan: _main_outside(load, plan, band))
    return best


def _main_outside(load: Floats, part: Ints, band: Band) -> float:
    """How far the loads of the main criterion lie outside their bands."""
    only = Band(target=band.target[:, :1], low=band.low[:, :1], high=band.high[:, :1])
    return float(outside_band(main(load), part, only).sum())


def oversize_capped(load: Floats, k: int, tolerance: float) -> tuple[Floats, float]:
    """Loads for balancing k parts where some nodes alone exceed a part, and the mean of the rest.

    Such a node fills a part by itself, so it counts as exactly one part's load and the others
    share what remains equally. Returns (loads, mean load of a part).
    """
    mean = float(load.sum()) / k
    big = np.zeros(len(load), bool)
    while True:
        more = load > mean * (1 + tolerance)
        if (more == big).all() or more.sum() >= k:
            break
        rest = float(load[~more].sum()) / (k - int(more.sum()))
        if rest <= 0:
            break
        big, mean = more, rest
    return np.where(big, mean, load), mean


def region_band(k: int, region_mean: float, plan_mean: float, tolerance: float) -> Band:
    """The band of k equal parts of a region inside a plan.

    Where the region's mean lies inside the plan's band, that is the band; else its grids cannot
    all reach it, and the fairest is to share the region's own load equally.
    """
    inside = abs(region_mean - plan_mean) <= tolerance * plan_mean
    return Band.around(np.full(k, plan_mean if inside else region_mean), tolerance)
