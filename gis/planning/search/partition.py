"""One connected region divided into k connected parts of the wanted loads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.graph import UnitGraph
from gis.planning.search.anneal import Band, Effort, Home, anneal, main, worth
from gis.planning.search.resplit import resplit
from gis.planning.search.seed import mend, metis_parts
from gis.progress import Progress, silent

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


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
    k, shares = band.parts, band.target[:, 0]
    wishes = wishes or Wishes()
    anchor = np.full(k, -1, np.int64) if wishes.anchor is None else wishes.anchor
    home = wishes.home or Home.nowhere(graph.size)
    if k == 1:
        return np.zeros(graph.size, np.int64)
    first = (
        wishes.start
        if wishes.start is not None
        else metis_parts(graph, main(load), shares, effort.seed)
    )
    begin = mend(graph, main(load), shares, first, anchor)
    movable = np.ones(graph.size, bool)
    movable[anchor[anchor >= 0]] = False
    found = anneal(
        graph, load, begin, band, movable=movable, home=home, effort=effort, progress=progress
    )
    found = resplit(graph, load, found, band, movable=movable, home=home, effort=effort)
    return min((found, begin), key=lambda part: worth(graph, load, part, band, home))


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
