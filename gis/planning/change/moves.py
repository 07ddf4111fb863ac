"""From one plan to another step by step, every plan on the way a valid one.

A step takes connected units (a lump) from one grid to another. Lumps are as large as they can be:
all connected units with the same grid before and after. What a step may do is decided on the plan
as it then is: the giving grid keeps as many pieces as it had (one), and what it takes touches the
receiving grid. Of the steps that may be done, the one that leaves the smallest largest deviation
comes first; a lump is divided where it would cut a grid or raise the largest deviation above that
at either end. Where every lump waits for another, some units make a detour through a third grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.errors import InfeasibleError
from gis.planning.adjacency.graph import UnitGraph
from gis.planning.adjacency.members import entries
from gis.planning.change.lumps import NONE, Lump, OnTheWay

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


class _Order:
    """The steps: what may be done next, and which of it is best."""

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
        self.graph, self.people = graph, people
        self.fixed, self.closed = fixed, closed
        self.plan = OnTheWay(graph, load, before, after, target)
        at_end = np.array([load[after == p].sum(axis=0) for p in range(len(target))])
        last = self.plan.deviations_of(at_end).max()
        self.plan.ceiling = max(self.plan.deviations.max(), last) + EVEN

    def all_steps(self) -> tuple[Step, ...]:
        steps: list[Step] = []
        seen: set[bytes] = set()
        plan = self.plan
        most = FEWEST_DETOURS + int(plan.alive.sum()) // LUMPS_PER_DETOUR
        while plan.alive.any():
            chosen = self.next_lump()
            detour = chosen is None
            if chosen is None and most > 0:
                most -= 1
                chosen = self.next_detour(seen)
            if chosen is None:
                left = int((plan.part != plan.after).sum())
                raise InfeasibleError("change-no-order", count=left)
            steps.append(self.done(chosen, detour))
            if detour:
                seen.add(self._state())
        return tuple(steps)

    def next_lump(self) -> Lump | None:
        """The lump whose step leaves the smallest largest deviation; a part of one if need be."""
        plan = self.plan
        plan.look()
        whole = np.flatnonzero(plan.alive & plan.whole)
        best = None
        if len(whole):
            ranks = self._ranks(
                plan.here[whole], plan.there[whole], plan.moved[whole], plan.first[whole]
            )
            first = np.lexsort(ranks)[0]
            best = plan.lump(int(whole[first]))
            if ranks[-1][first] <= plan.ceiling:
                return best
        # A part that keeps below the ceiling, the larger the better; else the least bad of all.
        lumps = plan.lumps()
        gentle = [part for i in lumps if len((part := plan.portion(i, gentle=True)).units)]
        if gentle:
            return self._first(gentle, largest=True)
        return best or self._first([a for i in lumps if len((a := plan.portion(i)).units)])

    def next_detour(self, seen: set[bytes]) -> Lump | None:
        """The lightest step that leads to a new plan by a way round.

        What a lump would cut off goes with it, or to another grid first; or the lump itself does;
        or the receiving grid takes what lies between.
        """
        plan = self.plan
        found: list[Lump] = []
        for lump in map(plan.lump, plan.lumps()):
            mine = plan.members[lump.here] if lump.here >= 0 else lump.units
            pieces = plan.pieces(np.setdiff1d(mine, lump.units))
            cut = sorted(pieces, key=lambda piece: (self._people(piece), len(piece)))[:-1]
            with_cut = np.sort(np.concatenate([lump.units, *cut]))
            found.append(Lump(units=with_cut, here=lump.here, there=lump.there))
            for piece in (*cut, lump.units):
                for grid in self._around(piece, lump.here):
                    found.append(Lump(units=piece, here=lump.here, there=grid))
            between = self._between(lump)
            if len(between):
                here = int(plan.part[between[0]])
                found.append(Lump(units=between, here=here, there=lump.there))
        new = []
        for lump in found:
            fixed = self.fixed[lump.units].any() or self.closed[lump.there]
            if fixed or len(plan.possible(lump)) < len(lump.units):
                continue
            if self._state(lump) not in seen:
                new.append(lump)
        return min(new, key=lambda a: (self._people(a.units), len(a.units)), default=None)

    def done(self, lump: Lump, detour: bool) -> Step:
        """Carry out a step."""
        self.plan.carry_out(lump)
        return Step(
            before=lump.here,
            after=lump.there,
            units=lump.units,
            people=self._people(lump.units),
            max_deviation=float(self.plan.deviations.max()),
            detour=detour,
        )

    def _first(self, lumps: list[Lump], *, largest: bool = False) -> Lump | None:
        """The best of some lumps; the one of most people first if `largest`."""
        if not lumps:
            return None
        here, there, first = np.array([(a.here, a.there, a.units[0]) for a in lumps]).T
        moved = np.array([self.plan.load[a.units].sum(axis=0) for a in lumps])
        ranks = self._ranks(here, there, moved, first)
        if largest:
            ranks = (*ranks, -np.array([self._people(a.units) for a in lumps]))
        return lumps[int(np.lexsort(ranks)[0])]

    def _ranks(
        self, here: Ints, there: Ints, moved: Floats, first: Ints
    ) -> tuple[npt.NDArray[Any], ...]:
        """How good the plan is after steps, the smaller the better, the last column first: the
        largest deviation, the change of the sum of squares, the first unit."""
        loads, target, now = self.plan.loads, self.plan.target, self.plan.deviations
        given = here >= 0
        comes = np.abs((loads[there] + moved) / target[there] - 1).max(axis=1)
        goes = np.abs((loads[here] - moved) / target[here] - 1).max(axis=1) * given
        change = comes**2 - now[there] ** 2 + goes**2 - (now[here] * given) ** 2
        others, known = np.zeros(len(here)), np.zeros(len(here), bool)
        for worst in np.argsort(-now, kind="stable")[:3].tolist():
            other = ~known & (here != worst) & (there != worst)
            others[other], known[other] = now[worst], True
        largest = np.maximum(np.maximum(comes, goes), others)
        return first, np.round(change, 12), np.round(largest, 9)

    def _people(self, units: Ints) -> float:
        return float(self.people[units].sum())

    def _state(self, lump: Lump | None = None) -> bytes:
        """The plan as it is, or after a step: what differs from the new plan, and how."""
        part = self.plan.part.copy()
        if lump is not None:
            part[lump.units] = lump.there
        wrong = np.flatnonzero(part != self.plan.after)
        return wrong.tobytes() + part[wrong].tobytes()

    def _between(self, lump: Lump) -> Ints:
        """The first units, all of one grid, on a shortest way from the receiving grid to a lump."""
        part, start, neighbour = self.plan.part, self.graph.start, self.graph.neighbour
        queue = lump.units.tolist()
        came_from = dict.fromkeys(queue, -1)
        for unit in queue:
            if part[unit] == lump.there:
                first = step = came_from[unit]
                way: list[int] = []
                while step >= 0 and part[step] == part[first]:
                    way.append(step)
                    step = came_from[step]
                return np.sort(np.array(way, np.int64))
            for other in neighbour[start[unit] : start[unit + 1]].tolist():
                if other not in came_from and not self.fixed[other]:
                    came_from[other] = unit
                    queue.append(other)
        return NONE

    def _around(self, units: Ints, here: int) -> list[int]:
        around = self.plan.part[self.graph.neighbour[entries(self.graph, units)]]
        return [p for p in np.unique(around).tolist() if p not in (-1, here)]
