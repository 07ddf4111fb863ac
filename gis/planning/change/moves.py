"""From one plan to another step by step, every plan on the way a valid one.

A step takes connected units (a lump) from one grid to another. Lumps are as large as they can be:
all connected units with the same grid before and after. What a step may do is decided on the plan
as it then is: the giving grid keeps as many pieces as it had (one), and what it takes touches the
receiving grid. Of the steps that may be done, the one that leaves the smallest largest deviation
comes first; a lump is divided where it would cut a grid or raise the largest deviation above that
at either end. Where every lump waits for another, some units make a detour through a third grid.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.errors import InfeasibleError
from gis.planning.adjacency.graph import UnitGraph, components
from gis.planning.change.moves_kernel import portion

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# Detours allowed, beyond one for every few lumps, before the search for an order is given up.
FEWEST_DETOURS, LUMPS_PER_DETOUR = 20, 2
EVEN = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Units (their positions, sorted) that go from grid `before` (-1 = none) to grid `after`.

    `people` is their number, or their load; `max_deviation` the largest deviation of any grid
    when it is done, a fraction of the target; `detour` says that some of them move on later.
    """

    before: int
    after: int
    units: Ints
    people: float
    max_deviation: float
    detour: bool


def order_moves(
    graph: UnitGraph,
    load: Floats,
    before: Ints,
    after: Ints,
    target: Floats,
    *,
    people: Floats | None = None,
    movable: Bools | None = None,
    closed: Bools | None = None,
) -> tuple[Step, ...]:
    """Steps that lead from plan `before` to plan `after`, each leaving a valid plan.

    Grids are numbered 0..k-1 alike in both; `before` may be -1 (no grid). `load` is (n,) or (n, c),
    `target` (k,) or (k, c), `people` (n,) what steps count (the first load if not given). After
    every step each grid is connected and has a unit, if that was so before; a grid in pieces never
    gets more of them. Units that are not `movable` and `closed` grids are not touched. Raises
    InfeasibleError `change-no-order` if no order is found, and `change-touches-fixed` if `after`
    moves units that may not move.
    """
    wide = load.reshape(len(load), -1).astype(float)
    goal = np.asarray(target, float).reshape(len(target), -1)
    shut = np.zeros(len(goal), bool) if closed is None else closed
    fixed = np.zeros(len(before), bool) if movable is None else ~movable
    fixed = fixed | ((before >= 0) & shut[np.maximum(before, 0)])
    wrong = (before != after) & (fixed | shut[after])
    if wrong.any():
        raise InfeasibleError("change-touches-fixed", count=int(wrong.sum()))
    counted = wide[:, 0] if people is None else people
    return _Order(graph, wide, before, after, goal, fixed, shut, counted).all_steps()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lump:
    units: Ints
    here: int
    there: int


class _Order:
    """The plan as it is on the way, and what may be done next."""

    def __init__(
        self,
        graph: UnitGraph,
        load: Floats,
        before: Ints,
        after: Ints,
        target: Floats,
        fixed: Bools,
        closed: Bools,
        people: Floats,
    ) -> None:
        self.graph, self.load, self.people = graph, load, people
        self.target = np.maximum(target, 1e-300)
        self.part, self.after = before.astype(np.int64).copy(), after.astype(np.int64)
        self.fixed, self.closed = fixed, closed
        self.left, self.right, _ = graph.pairs()
        self.may_vanish = np.bincount(after, minlength=len(target)) == 0
        self.loads = self._loads_of(self.part)
        at_end = self._deviations(self._loads_of(after))
        self.ceiling = max(self._deviations(self.loads).max(), at_end.max()) + EVEN
        # What was found about a lump holds until one of its two grids changes.
        self.version = np.zeros(len(target) + 1, np.int64)
        self.known: dict[tuple[bytes, int, int, bool], tuple[int, int, Ints]] = {}

    def all_steps(self) -> tuple[Step, ...]:
        steps: list[Step] = []
        seen: set[bytes] = set()
        most = FEWEST_DETOURS + len(self.lumps()) // LUMPS_PER_DETOUR
        while (self.part != self.after).any():
            lumps = self.lumps()
            chosen = self.next_lump(lumps)
            detour = chosen is None
            if chosen is None and most > 0:
                most -= 1
                chosen = self.next_detour(lumps, seen)
            if chosen is None:
                left = int((self.part != self.after).sum())
                raise InfeasibleError("change-no-order", count=left)
            steps.append(self.done(chosen, detour))
            if detour:
                seen.add(self.part.tobytes())
        return tuple(steps)

    def lumps(self) -> list[_Lump]:
        """Connected units that have the same way to go, in the order of their first unit."""
        part, after = self.part, self.after
        wrong = part != after
        both = wrong[self.left] & wrong[self.right]
        left, right = self.left[both], self.right[both]
        alike = (part[left] == part[right]) & (after[left] == after[right])
        units = np.flatnonzero(wrong)
        place = np.empty(len(part), np.int64)
        place[units] = np.arange(len(units))
        groups = _groups(units, components(len(units), place[left[alike]], place[right[alike]]))
        return [
            _Lump(units=group, here=int(part[group[0]]), there=int(after[group[0]]))
            for group in groups
        ]

    def next_lump(self, lumps: list[_Lump]) -> _Lump | None:
        """The lump whose step leaves the smallest largest deviation; a part of one if need be."""
        can = [self._possible(lump) for lump in lumps]
        whole = [a for a, b in zip(lumps, can, strict=True) if len(a.units) == len(b.units)]
        rank = self._ranks()
        best = min(whole, key=rank, default=None)
        if best is not None and rank(best)[0] <= self.ceiling:
            return best
        # A part that keeps below the ceiling, the larger the better; else the least bad of all.
        gentle = [lump for a in lumps if len((lump := self._possible(a, gentle=True)).units)]
        if gentle:
            return min(gentle, key=lambda lump: (-self._people(lump.units), *rank(lump)))
        return best or min((lump for lump in can if len(lump.units)), key=rank, default=None)

    def next_detour(self, lumps: list[_Lump], seen: set[bytes]) -> _Lump | None:
        """The lightest step that leads to a new plan by a way round.

        What a lump would cut off goes with it, or to another grid first; or the lump itself does;
        or the receiving grid takes what lies between.
        """
        found: list[_Lump] = []
        for lump in lumps:
            mine = np.flatnonzero(self.part == lump.here) if lump.here >= 0 else lump.units
            pieces = self._pieces(np.setdiff1d(mine, lump.units))
            cut = sorted(pieces, key=lambda piece: (self._people(piece), len(piece)))[:-1]
            with_cut = np.sort(np.concatenate([lump.units, *cut]))
            found.append(_Lump(units=with_cut, here=lump.here, there=lump.there))
            for piece in (*cut, lump.units):
                for grid in self._around(piece, lump.here):
                    found.append(_Lump(units=piece, here=lump.here, there=grid))
            between = self._between(lump)
            if len(between):
                here = int(self.part[between[0]])
                found.append(_Lump(units=between, here=here, there=lump.there))
        new = []
        for lump in found:
            fixed = self.fixed[lump.units].any() or self.closed[lump.there]
            if fixed or len(self._possible(lump).units) < len(lump.units):
                continue
            trial = self.part.copy()
            trial[lump.units] = lump.there
            if trial.tobytes() not in seen:
                new.append(lump)
        return min(new, key=lambda a: (self._people(a.units), len(a.units)), default=None)

    def done(self, lump: _Lump, detour: bool) -> Step:
        """Carry out a step."""
        moved = self.load[lump.units].sum(axis=0)
        if lump.here >= 0:
            self.loads[lump.here] -= moved
        self.loads[lump.there] += moved
        self.part[lump.units] = lump.there
        self.version[[lump.here, lump.there]] += 1
        return Step(
            before=lump.here,
            after=lump.there,
            units=lump.units,
            people=self._people(lump.units),
            max_deviation=float(self._deviations(self._loads_of(self.part)).max()),
            detour=detour,
        )

    def _possible(self, lump: _Lump, gentle: bool = False) -> _Lump:
        """As much of a lump as may go now; `gentle` keeps both grids below the ceiling."""
        versions = int(self.version[lump.here]), int(self.version[lump.there])
        key = (lump.units.tobytes(), lump.here, lump.there, gentle)
        if key not in self.known or self.known[key][:2] != versions:
            units = portion(
                self.graph.start, self.graph.neighbour, self.part,
                np.flatnonzero(self.part == lump.here), lump.units, lump.there,
                lump.here < 0 or bool(self.may_vanish[lump.here]),
                not (self.part == lump.there).any(), lump.here < 0, self.load,
                self.loads[lump.here], self.loads[lump.there], self.target[lump.here],
                self.target[lump.there], self.ceiling if gentle else np.inf,
            )  # fmt: skip
            self.known[key] = (*versions, np.sort(units))
        return _Lump(units=self.known[key][2], here=lump.here, there=lump.there)

    def _ranks(self) -> Callable[[_Lump], tuple[float, float, int]]:
        """How good the plan is after a step, the smaller the better: the largest deviation, the
        change of the sum of squares, the first unit."""
        now = self._deviations(self.loads)
        worst = np.argsort(-now, kind="stable")[:3].tolist()

        def rank(lump: _Lump) -> tuple[float, float, int]:
            moved = self.load[lump.units].sum(axis=0)
            ends = [lump.there] if lump.here < 0 else [lump.here, lump.there]
            then = [
                float(np.abs((self.loads[p] + sign * moved) / self.target[p] - 1).max())
                for p, sign in zip(reversed(ends), (1, -1), strict=False)
            ]
            others = [float(now[p]) for p in worst if p not in ends]
            change = sum(a * a for a in then) - sum(float(now[p]) ** 2 for p in ends)
            return round(max([*then, *others]), 9), round(change, 12), int(lump.units[0])

        return rank

    def _people(self, units: Ints) -> float:
        return float(self.people[units].sum())

    def _loads_of(self, part: Ints) -> Floats:
        total = np.zeros_like(self.target)
        np.add.at(total, part[part >= 0], self.load[part >= 0])
        return total

    def _deviations(self, loads: Floats) -> Floats:
        return np.asarray(np.abs(loads / self.target - 1).max(axis=1))

    def _pieces(self, units: Ints) -> list[Ints]:
        inside = np.full(len(self.part), -1, np.int64)
        inside[units] = np.arange(len(units))
        left, right = inside[self.left], inside[self.right]
        both = (left >= 0) & (right >= 0)
        return _groups(units, components(len(units), left[both], right[both]))

    def _between(self, lump: _Lump) -> Ints:
        """The first units, all of one grid, on a shortest way from the receiving grid to a lump."""
        came_from = np.full(len(self.part), -2, np.int64)
        queue = lump.units.tolist()
        came_from[lump.units] = -1
        start, neighbour = self.graph.start, self.graph.neighbour
        for unit in queue:
            if self.part[unit] == lump.there:
                first = step = int(came_from[unit])
                way: list[int] = []
                while step >= 0 and self.part[step] == self.part[first]:
                    way.append(step)
                    step = int(came_from[step])
                return np.sort(np.array(way, np.int64))
            for other in neighbour[start[unit] : start[unit + 1]].tolist():
                if came_from[other] == -2 and not self.fixed[other]:
                    came_from[other] = unit
                    queue.append(other)
        return np.zeros(0, np.int64)

    def _around(self, units: Ints, here: int) -> list[int]:
        start, neighbour = self.graph.start, self.graph.neighbour
        around = np.concatenate([neighbour[start[unit] : start[unit + 1]] for unit in units])
        return [p for p in np.unique(self.part[around]).tolist() if p not in (-1, here)]


def _groups(units: Ints, number: Ints) -> list[Ints]:
    """Units by the number of their group, in the order of each group's first unit."""
    if not len(units):
        return []
    order = np.argsort(number, kind="stable")
    return np.split(units[order], np.flatnonzero(np.diff(number[order])) + 1)
