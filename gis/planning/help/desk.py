"""A draft as a search sees it, and the regions in which its units may move.

A basic grid never takes units of another sub-district: who belongs to which is not for balance to
decide. What may not move becomes few nodes: a grid that is closed is one node, units kept together
are one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.contract import connected_groups, contract
from gis.planning.adjacency.graph import UnitGraph, subgraph, sums
from gis.planning.adjacency.islands import join_islands

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Within = Literal["sub_district", "community"]
DIGITS: dict[Within, int] = {"sub_district": 9, "community": 12}
NONE = -1


@dataclass(frozen=True, kw_only=True, eq=False)
class Desk:
    """n units of a draft and its k basic grids, in the order of their codes.

    `places` are points or polygons in a metric projection; `grid` the grid of each unit (-1: in
    none); `together` the group of each (-1: of none). A `locked` grid neither gives nor takes, a
    `pinned` unit stays where it is.
    """

    unit_id: Ints
    graph: UnitGraph
    places: npt.NDArray[Any]
    load: Floats
    people: Floats
    codes: tuple[str, ...]
    grid: Ints
    locked: Bools
    pinned: Bools
    together: Ints
    tolerance: float

    @cached_property
    def area(self) -> Ints:
        """The number of the sub-district of each grid: (k,)."""
        names = [code[:9] for code in self.codes]
        return np.asarray(np.unique(names, return_inverse=True)[1], np.int64)

    def fair(self, grid: Ints) -> Floats:
        """The load that each grid would have if its sub-district were divided evenly, where units
        lie in `grid`: (k,). Units of no grid are nobody's."""
        at_home, count = grid >= 0, np.bincount(self.area)
        total = sums(self.area[grid[at_home]], self.load[at_home], len(count))
        return np.asarray((total / count)[self.area], np.float64)

    def loads(self, grid: Ints) -> Floats:
        """The load of each grid where units lie in `grid`: (k,)."""
        return sums(grid[grid >= 0], self.load[grid >= 0], len(self.codes))

    def deviation(self, grid: Ints) -> Floats:
        """How far each grid is from its fair load, a fraction of it; 0 where nothing is shared."""
        fair = self.fair(grid)
        off = self.loads(grid) - fair
        return np.divide(off, fair, out=np.zeros(len(off)), where=fair > 0)

    @cached_property
    def nearest(self) -> Ints:
        """The grid of each unit; of one in no grid, that which is the fewest units away."""
        found = self.grid.copy()
        source = np.repeat(np.arange(self.graph.size), np.diff(self.graph.start))
        target = self.graph.neighbour
        while True:
            edge = np.flatnonzero((found[source] < 0) & (found[target] >= 0))
            if not len(edge):
                return found
            order = np.lexsort((found[target[edge]], -self.graph.shared_m[edge], source[edge]))
            edge = edge[order]
            unit, first = np.unique(source[edge], return_index=True)
            found[unit] = found[target[edge[first]]]

    def around(self, grids: Ints) -> Ints:
        """Some grids and those that touch them, of the same sub-districts, sorted."""
        left, right, _ = self.graph.pairs()
        a, b = self.grid[left], self.grid[right]
        near = (np.isin(a, grids) & (b >= 0)) | (np.isin(b, grids) & (a >= 0))
        found = np.unique(np.concatenate([grids, a[near], b[near]])).astype(np.int64)
        found = found[found >= 0]
        areas = {self.codes[grid][:9] for grid in grids}
        return found[[self.codes[grid][:9] in areas for grid in found]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Region:
    """Units (positions) among which grids are evened out, as a connected graph of m nodes.

    Part p of the region is grid `grids[p]` of the desk, `part` the part of each node (-1: of none).
    `movable` says which nodes may leave their part; `closed` parts, which neither give nor take,
    are one node each. `fair` is the load that each part should have.
    """

    units: Ints
    node: Ints
    grids: Ints
    graph: UnitGraph
    load: Floats
    people: Floats
    part: Ints
    movable: Bools
    closed: Bools
    fair: float

    def grid_of_unit(self, part: Ints) -> Ints:
        """The desk's grid of each unit of the region, where nodes lie in `part`."""
        of = part[self.node]
        return np.where(of >= 0, self.grids[np.maximum(of, 0)], NONE)

    def units_of(self, nodes: Ints) -> Ints:
        """The units (positions on the desk) of some nodes, sorted."""
        return np.sort(self.units[np.isin(self.node, nodes)])


def regions_of(desk: Desk, chosen: Bools, within: Within) -> list[Region]:
    """The regions in which the `chosen` grids (k,) that are not locked may change, in order.

    Units that are in no grid belong to the nearest one, if it is chosen.
    """
    digits = DIGITS[within]
    usable = chosen & ~desk.locked
    area_names, area = np.unique([code[:digits] for code in desk.codes], return_inverse=True)
    near = desk.nearest
    homeless = (desk.grid < 0) & (near >= 0)
    homeless[homeless] = usable[near[homeless]]
    fair = desk.fair(np.where(homeless, near, desk.grid))
    made = []
    for number in range(len(area_names)):
        mine = area == number
        if not (mine & usable).any():
            continue
        inside = (near >= 0) & mine[np.maximum(near, 0)] & ((desk.grid >= 0) | homeless)
        if (mine & usable).sum() < 2 and not (inside & homeless).any():
            continue
        grids = np.flatnonzero(mine)
        made.append(_region(desk, np.flatnonzero(inside), grids, usable, float(fair[grids[0]])))
    return made


def _region(desk: Desk, units: Ints, grids: Ints, usable: Bools, fair: float) -> Region:
    number = np.full(len(desk.codes) + 1, NONE, np.int64)
    number[grids] = np.arange(len(grids))
    part = number[desk.grid[units]]
    closed = ~usable[grids]
    graph = subgraph(desk.graph, units)
    graph = join_islands(
        graph, desk.load[units], desk.places[units], len(grids), all_in_one=True
    ).graph
    shut = (part >= 0) & closed[np.maximum(part, 0)]
    group, held = _groups(desk, units, graph, part, shut)
    key = np.where(shut, part, len(grids) + group)
    alone = ~shut & (group < 0)
    key[alone] = len(grids) + len(units) + np.flatnonzero(alone)
    first, node = np.unique(key, return_index=True, return_inverse=True)[1:]
    node = node.astype(np.int64)
    stuck = desk.pinned[units] | held | shut
    count = len(first)
    return Region(
        units=units,
        node=node,
        grids=grids,
        graph=contract(graph, node),
        load=sums(node, desk.load[units], count),
        people=sums(node, desk.people[units], count),
        part=part[first],
        movable=np.bincount(node, stuck, count) == 0,
        closed=closed,
        fair=fair,
    )


def _groups(
    desk: Desk, units: Ints, graph: UnitGraph, part: Ints, shut: Bools
) -> tuple[Ints, Bools]:
    """For each unit the group that it moves with (-1: none), and whether its group holds it where
    it is: one that is pinned, torn, or not whole and in one open grid of this region."""
    group = desk.together[units].copy()
    whole = {
        int(name): int(count)
        for name, count in zip(*np.unique(desk.together, return_counts=True), strict=True)
    }
    piece = connected_groups(graph, group)
    held = np.zeros(len(units), bool)
    for name in np.unique(group[group >= 0]).tolist():
        mine = np.flatnonzero(group == name)
        fits = (
            len(mine) == whole[name]
            and len(np.unique(part[mine])) == 1
            and len(np.unique(piece[mine])) == 1
            and not desk.pinned[units[mine]].any()
            and not shut[mine].any()
        )
        if not fits:
            held[mine] = part[mine] >= 0
            group[mine] = NONE
    # Numbers of groups are the draft's, and may be large.
    found = np.flatnonzero(group >= 0)
    group[found] = np.unique(group[found], return_inverse=True)[1]
    return group, held


def choice_of(desk: Desk, codes: Sequence[str] | None, worst: int | None, below: str) -> Bools:
    """Which grids a search may change: those named, or the worst with those around them, or all;
    of these the ones whose code begins with `below`."""
    chosen = np.ones(len(desk.codes), bool)
    if codes is not None:
        chosen = np.array([code in set(codes) for code in desk.codes], bool)
    elif worst is not None:
        mine = np.array([code.startswith(below) for code in desk.codes], bool)
        off = np.where(mine & ~desk.locked, np.abs(desk.deviation(desk.grid)), -1.0)
        first = np.argsort(-off, kind="stable")[:worst]
        first = first[off[first] >= 0]
        chosen = np.isin(np.arange(len(desk.codes)), desk.around(first))
    own = np.array([code.startswith(below) for code in desk.codes], bool)
    return np.asarray(chosen & own)
