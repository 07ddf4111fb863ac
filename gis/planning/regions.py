"""The connected regions that a plan is made of: one per parent, more where land is divided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.errors import InfeasibleError
from gis.planning.adjacency.graph import UnitGraph, assemble, subgraph, sums
from gis.planning.adjacency.islands import Joined, apportion, join_islands
from gis.planning.model import Units
from gis.report import Report

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Land nearer than this is cut off by a barrier, not by water; as near as corners that meet.
TOUCHING_M = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Units (positions in the input) that form a connected graph and are divided on their own.

    `parent` is the name of the area that grids must not leave, if any; `alone` says that the
    parent has no other land.
    """

    units: Ints
    graph: UnitGraph
    grids: int
    parent: str | None
    alone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """A label per unit, as numbers of `names`; -1 is none."""

    number: Ints
    names: list[str]


def find_regions(
    graph: UnitGraph,
    load: Floats,
    units: Units,
    parent: Labels,
    pin: Labels,
    locked: Labels,
    grids: int,
    report: Report,
) -> list[Region]:
    """The connected regions that are divided one by one, each with its number of grids.

    A locked grid is a region of its own, with one grid; what is left of its parent is shared out.
    """
    _check_inside(parent, pin, "plan-pin-crosses-parents")
    _check_inside(parent, locked, "plan-lock-crosses-parents")
    if (pin.number[locked.number >= 0] >= 0).any():
        unit = np.flatnonzero((pin.number >= 0) & (locked.number >= 0))[0]
        raise InfeasibleError("plan-pin-in-locked", unit=str(units.unit_id[unit]))
    free = np.where(locked.number < 0, parent.number, -1)
    count = int(parent.number.max()) + 1
    sizes = np.bincount(free[free >= 0], minlength=count)
    left = grids - len(locked.names)
    if (sizes > 0).sum() > left:
        raise InfeasibleError(
            "plan-more-parents-than-grids", parents=int((sizes > 0).sum()), grids=left
        )
    least = np.array([len(present(pin.number[free == p])) for p in range(count)])
    least = np.where(sizes > 0, np.maximum(least, 1), 0)
    if least.sum() > left or (left > 0 and not sizes.any()):
        raise InfeasibleError("plan-more-pins-than-grids", pins=len(pin.names), grids=left)
    inner = free >= 0
    given = apportion(sums(free[inner], load[inner], count), left, least, sizes)
    regions = []
    for label in range(len(locked.names)):
        inside = np.flatnonzero(locked.number == label)
        area = parent.names[parent.number[inside[0]]] if parent.names else None
        whole = subgraph(graph, inside)
        regions.append(Region(units=inside, graph=whole, grids=1, parent=area, alone=False))
    for p in range(count):
        inside = np.flatnonzero(free == p)
        area = parent.names[p] if parent.names else None
        if len(inside):
            regions += _lands(graph, load, units, inside, int(given[p]), pin.number, area, report)
    return regions


def _check_inside(parent: Labels, label: Labels, code: str) -> None:
    """Raise InfeasibleError where the units of one label lie in several parents."""
    for number, name in enumerate(label.names):
        if len(np.unique(parent.number[label.number == number])) > 1:
            raise InfeasibleError(code, grid=name)


def _lands(
    graph: UnitGraph,
    load: Floats,
    units: Units,
    inside: Ints,
    grids: int,
    pin: Ints,
    name: str | None,
    report: Report,
) -> list[Region]:
    """The connected lands of one parent, small islands joined to the nearest one."""
    local = graph if len(inside) == graph.size else subgraph(graph, inside)
    shapes = units.polygons[inside]
    joined = join_islands(local, load[inside], shapes, grids)

    def needs() -> Ints:
        lands = range(int(joined.component.max()) + 1)
        return np.array([max(1, len(present(pin[inside[joined.component == c]]))) for c in lands])

    shared = sum(len(np.unique(joined.component[pin[inside] == q])) > 1 for q in present(pin))
    if shared or needs().sum() > grids:
        joined = join_islands(local, load[inside], shapes, grids, all_in_one=True)
    tell_joined(report, units.unit_id[inside], joined)
    sizes = np.bincount(joined.component)
    given = apportion(
        sums(joined.component, load[inside], len(sizes)), grids, np.minimum(needs(), sizes), sizes
    )
    lands = []
    for c in range(len(sizes)):
        chosen = np.flatnonzero(joined.component == c)
        whole = len(chosen) == joined.graph.size
        lands.append(
            Region(
                units=inside[chosen],
                graph=joined.graph if whole else subgraph(joined.graph, chosen),
                grids=int(given[c]),
                parent=name,
                alone=len(sizes) == 1,
            )
        )
    return lands


def tell_joined(report: Report, unit_id: npt.NDArray[Any], joined: Joined) -> None:
    """Say which land was joined across a gap, and which across a barrier that cuts it off."""
    wide = joined.gap_m > TOUCHING_M
    for code, which in (("plan-island-joined", wide), ("plan-cut-off-joined", ~wide)):
        if which.any():
            report.add(
                "warned",
                code,
                count=int(which.sum()),
                units=listed(unit_id[joined.island[which]]),
                widest_m=round(float(joined.gap_m[which].max())),
            )


def with_bridges(graph: UnitGraph, regions: list[Region]) -> UnitGraph:
    """The whole graph with the bridges of its regions."""
    left, right, at = graph.pairs()
    lefts, rights = [left], [right]
    for region in regions:
        a, b, where = region.graph.pairs()
        extra = region.graph.bridge[where]
        lefts.append(region.units[a[extra]])
        rights.append(region.units[b[extra]])
    added = sum(len(more) for more in lefts[1:])
    none = np.zeros(added)
    return assemble(
        np.concatenate(lefts),
        np.concatenate(rights),
        np.concatenate([graph.shared_m[at], none]),
        area_m2=graph.area_m2,
        perimeter_m=graph.perimeter_m,
        bridge=np.concatenate([graph.bridge[at], none == 0]),
        cost=np.concatenate([graph.cost[at], none]),
        arterial_m=np.concatenate([graph.arterial_m[at], none]),
    )


def present(values: Ints) -> Ints:
    """The distinct numbers in use, sorted; -1 is none."""
    return np.unique(values[values >= 0])


def listed(values: npt.NDArray[Any], shown: int = 5) -> str:
    """The first few names, for a sentence."""
    names = [str(value) for value in values[:shown]]
    return ", ".join(names) + ("…" if len(values) > shown else "")
