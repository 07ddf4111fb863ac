"""Ids for the grids of a plan made from files, where no code of the state is at hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.graph import sums
from gis.planning.codes import in_reading_order
from gis.planning.regions import Labels, Region

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def name_grids(names: list[str | None], centres: Floats, parents: list[str | None]) -> list[str]:
    """Kept names as they are; others numbered west to east, north to south, inside their parent.

    A parent's 12-digit community code is followed by 3 digits, as the national rule wants it.
    """
    result = [name or "" for name in names]
    taken = set(result)
    for parent in sorted(set(parents), key=str):
        mine = [i for i, p in enumerate(parents) if p == parent]
        code = parent is not None and len(parent) == 12 and parent.isdigit()
        prefix = "G" if parent is None else parent if code else f"{parent}-"
        number = 0
        for place in in_reading_order(centres[mine]):
            grid = mine[int(place)]
            while not result[grid]:
                number += 1
                name = f"{prefix}{number:03d}"
                if name not in taken:
                    result[grid] = name
                    taken.add(name)
    return result


def keepers(now: Labels, regions: Sequence[Region], load: Floats) -> Ints:
    """For each current grid the region that keeps its name: the one with most of its load."""
    table = np.zeros((len(now.names), len(regions)))
    for number, region in enumerate(regions):
        grid = now.number[region.units]
        weight = load[region.units] + float(load.sum()) * 1e-9 / len(load)
        table[:, number] = sums(grid[grid >= 0], weight[grid >= 0], len(now.names))
    return np.asarray(table.argmax(axis=1), np.int64)


def name_after_today(
    part: Ints, names: list[str | None], now: Labels, kept: Bools, units: Ints, load: Floats
) -> None:
    """Fill free `names` with those current grids that have most load in common with the parts."""
    from scipy.optimize import linear_sum_assignment

    free = np.array([i for i, name in enumerate(names) if name is None], np.int64)
    wanted = np.flatnonzero(kept)
    grid, weight = now.number[units], load[units] + float(load.sum()) * 1e-9 / len(load)
    known = grid >= 0
    pair = part[known] * len(now.names) + grid[known]
    common = sums(pair, weight[known], len(names) * len(now.names))
    common = common.reshape(len(names), len(now.names))[np.ix_(free, wanted)]
    for i, c in zip(*linear_sum_assignment(common, maximize=True), strict=True):
        if common[i, c] > 0:
            names[free[i]] = now.names[wanted[c]]


def centres(polygons: npt.NDArray[Any], labels: Ints, count: int) -> Floats:
    """The middle (x, y) of the units of each label, weighted by area; all alike if points."""
    import shapely

    centre = shapely.centroid(polygons)
    area = shapely.area(polygons)
    area = area if area.any() else np.ones(len(area))
    total = np.maximum(sums(labels, area, count), 1e-300)
    x = sums(labels, shapely.get_x(centre) * area, count) / total
    y = sums(labels, shapely.get_y(centre) * area, count) / total
    return np.column_stack([x, y])
