"""The plan on the way from one to another: its grids, and the lumps that are still to move.

What a step changes is two grids and the lumps in and beside them; only these are looked at again,
so that a step takes as long in a large city as in a small one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.graph import UnitGraph, components
from gis.planning.adjacency.members import Members, entries
from gis.planning.change.moves_kernel import portion

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

NONE = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lump:
    """Connected units, sorted, of grid `here` (-1 = none) that go to grid `there`."""

    units: Ints
    here: int
    there: int


class OnTheWay:
    """The plan as it is now, each grid's units and loads, and all lumps that have a way to go.

    `ceiling` is the largest deviation that is still gentle. Lumps have numbers; `whole[i]` says
    that all of lump i may go in one step now.
    """

    def __init__(
        self, graph: UnitGraph, load: Floats, before: Ints, after: Ints, target: Floats
    ) -> None:
        self.graph, self.load, self.target = graph, load, np.maximum(target, 1e-300)
        self.part, self.after = before.astype(np.int64).copy(), after.astype(np.int64)
        self.ceiling = np.inf
        k = len(target)
        members = Members(self.part, k)
        self.members = [members.of(np.array([grid])) for grid in range(k)]
        self.may_vanish = np.bincount(after, minlength=k) == 0
        self.loads = np.array([load[mine].sum(axis=0) for mine in self.members])
        self.deviations = self.deviations_of(self.loads)
        self._mark = np.zeros(graph.size, np.int8)
        self._piece, self._stack = np.empty(graph.size, np.int64), np.empty(graph.size, np.int64)
        self.units: list[Ints] = []
        self._portions: list[dict[bool, Ints]] = []
        self._lump_of = np.full(graph.size, -1, np.int64)
        self.here, self.there, self.first = NONE, NONE, NONE
        self.alive = self.whole = self._stale = np.zeros(0, bool)
        self.moved = np.zeros((0, load.shape[1]))
        self._enter(np.flatnonzero(self.part != self.after))

    def deviations_of(self, loads: Floats) -> Floats:
        return np.asarray(np.abs(loads / self.target - 1).max(axis=1))

    def lump(self, number: int) -> Lump:
        here, there = int(self.here[number]), int(self.there[number])
        return Lump(units=self.units[number], here=here, there=there)

    def lumps(self) -> list[int]:
        """The numbers of all lumps, in the order of their first unit."""
        there = np.flatnonzero(self.alive)
        return [int(number) for number in there[np.argsort(self.first[there])]]

    def look(self) -> None:
        """Find out again which lumps may go whole, where their grids have changed."""
        for number in np.flatnonzero(self.alive & self._stale).tolist():
            self._portions[number] = {}
            self.whole[number] = len(self.portion(number).units) == len(self.units[number])
        self._stale[:] = False

    def portion(self, number: int, *, gentle: bool = False) -> Lump:
        """As much of a lump as may go now; `gentle` keeps both grids below the ceiling."""
        known = self._portions[number]
        if gentle not in known:
            known[gentle] = self.possible(self.lump(number), gentle=gentle)
        return Lump(units=known[gentle], here=int(self.here[number]), there=int(self.there[number]))

    def possible(self, lump: Lump, *, gentle: bool = False) -> Ints:
        """Those units of a lump that may go in one step now, sorted."""
        here, there = lump.here, lump.there
        mine = self.members[here] if here >= 0 else lump.units
        found = portion(
            self.graph.start, self.graph.neighbour, self.part, mine, lump.units,
            self._mark, self._piece, self._stack, there,
            here < 0 or bool(self.may_vanish[here]), not len(self.members[there]), here < 0,
            self.load, self.loads[here], self.loads[there], self.target[here],
            self.target[there], self.ceiling if gentle else np.inf,
        )  # fmt: skip
        return np.sort(found)

    def carry_out(self, lump: Lump) -> None:
        """Move units: the plan, its grids, and the lumps around are as they are afterwards."""
        self.part[lump.units] = lump.there
        ends = [lump.there] if lump.here < 0 else [lump.here, lump.there]
        if lump.here >= 0:
            self.members[lump.here] = np.setdiff1d(self.members[lump.here], lump.units)
        self.members[lump.there] = np.union1d(self.members[lump.there], lump.units)
        for grid in ends:
            self.loads[grid] = self.load[self.members[grid]].sum(axis=0)
        self.deviations[ends] = np.abs(self.loads[ends] / self.target[ends] - 1).max(axis=1)
        self._stale |= np.isin(self.here, ends) | np.isin(self.there, ends)
        near = np.concatenate([lump.units, self.graph.neighbour[entries(self.graph, lump.units)]])
        touched = np.unique(self._lump_of[near])
        touched = touched[touched >= 0]
        again = np.unique(np.concatenate([lump.units, *(self.units[i] for i in touched.tolist())]))
        self.alive[touched] = False
        self._lump_of[again] = -1
        self._enter(again[self.part[again] != self.after[again]])

    def pieces(self, units: Ints) -> list[Ints]:
        """The connected pieces of some units (sorted), in the order of their first unit."""
        left, right = self._pairs(units)
        return _groups(units, components(len(units), left, right))

    def _pairs(self, units: Ints) -> tuple[Ints, Ints]:
        """Neighbours among some units (sorted), as positions in the list of these."""
        counts = self.graph.start[units + 1] - self.graph.start[units]
        left = np.repeat(np.arange(len(units)), counts)
        target = self.graph.neighbour[entries(self.graph, units)]
        right = np.minimum(np.searchsorted(units, target), max(len(units) - 1, 0))
        inside = units[right] == target if len(units) else np.zeros(0, bool)
        return left[inside], right[inside]

    def _enter(self, units: Ints) -> None:
        """Divide units (sorted) that have a way to go into lumps: connected, and the same way."""
        left, right = self._pairs(units)
        part, after = self.part[units], self.after[units]
        alike = (part[left] == part[right]) & (after[left] == after[right])
        found = _groups(units, components(len(units), left[alike], right[alike]))
        free = np.flatnonzero(~self.alive)
        if len(free) < len(found):
            free = np.concatenate([free, len(self.alive) + np.arange(2 * len(found))])
            self._grow(int(free[-1]) + 1)
        for number, group in zip(free.tolist(), found, strict=False):
            self.units[number] = group
            self._lump_of[group] = number
            self.here[number], self.there[number] = self.part[group[0]], self.after[group[0]]
            self.first[number] = group[0]
            self.moved[number] = self.load[group].sum(axis=0)
            self.alive[number] = self._stale[number] = True

    def _grow(self, size: int) -> None:
        more = size - len(self.alive)
        self.units += [NONE] * more
        self._portions += [{} for _ in range(more)]
        self.here, self.there, self.first = (
            np.concatenate([values, np.full(more, -1, np.int64)])
            for values in (self.here, self.there, self.first)
        )
        self.alive, self.whole, self._stale = (
            np.concatenate([values, np.zeros(more, bool)])
            for values in (self.alive, self.whole, self._stale)
        )
        self.moved = np.concatenate([self.moved, np.zeros((more, self.moved.shape[1]))])


def _groups(units: Ints, number: Ints) -> list[Ints]:
    """Units by the number of their group, in the order of each group's first unit."""
    if not len(units):
        return []
    order = np.argsort(number, kind="stable")
    return np.split(units[order], np.flatnonzero(np.diff(number[order])) + 1)
