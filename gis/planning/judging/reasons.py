"""Why a grid's load is outside the tolerance, grid by grid and with the figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.graph import sums

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A grid by number, its deviation, and why: a code of the catalogues with its figures."""

    grid: int
    deviation: float
    code: str
    figures: Mapping[str, Any]


def reasons(
    load: Floats,
    labels: Ints,
    parent_of: Ints,
    area_of: Ints,
    target: Floats,
    tolerance: float,
    unit_id: npt.NDArray[np.object_],
) -> list[Reason]:
    """One reason for each grid outside the tolerance of its `target`, the worst first.

    `labels` is the grid of each unit, `parent_of` the parent of each grid, `area_of` the area
    whose load is shared out by the targets. In this order: a unit is larger than the grid; such
    units leave too little to the other grids of the area; the parent's load is no whole number of
    grids; the units are what they are and no better division was found.
    """
    count = len(target)
    total = sums(labels, load, count)
    deviation = np.divide(total - target, target, out=np.zeros(count), where=target > 0)
    outside = np.flatnonzero(np.abs(deviation) > tolerance + 1e-9)
    if len(outside) == 0:
        return []
    order = np.lexsort((-load, labels))
    start = np.searchsorted(labels[order], np.arange(count + 1))
    largest = order[start[:-1]]
    share = np.divide(load[largest], target, out=np.zeros(count), where=target > 0)
    big = share > 1 + tolerance
    forced = _off(total, target, parent_of)
    rest = _off(np.where(big, 0, total), np.where(big, 0, target), area_of)
    siblings = np.bincount(parent_of)[parent_of]
    found = []
    for grid in outside[np.argsort(-np.abs(deviation[outside]), kind="stable")].tolist():
        if big[grid]:
            code = "plan-grid-unit-large"
        elif big[area_of == area_of[grid]].any() and abs(rest[grid]) > tolerance:
            code = "plan-grid-beside-large"
        elif abs(forced[grid]) > tolerance:
            code = "plan-grid-parent-uneven"
        else:
            code = "plan-grid-not-better"
        figures = {
            "deviation": f"{100 * deviation[grid]:+.1f}",
            "units": str(int(start[grid + 1] - start[grid])),
            "unit": str(unit_id[largest[grid]]),
            "share": f"{100 * share[grid]:.0f}",
            "given": str(int(siblings[grid])),
            "wanted": f"{siblings[grid] * (1 + forced[grid]):.2f}",
            "forced": f"{100 * forced[grid]:+.1f}",
            "rest": f"{100 * rest[grid]:+.1f}",
        }
        found.append(
            Reason(grid=grid, deviation=float(deviation[grid]), code=code, figures=figures)
        )
    return found


def _off(total: Floats, target: Floats, group: Ints) -> Floats:
    """For each grid, by how much its group's load differs from its group's target, as a share."""
    count = int(group.max()) + 1
    wanted = sums(group, target, count)
    ratio = np.divide(sums(group, total, count), wanted, out=np.ones(count), where=wanted > 0)
    return np.asarray(ratio[group] - 1)
