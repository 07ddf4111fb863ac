"""Simple facts from which it follows that no plan comes below a deviation, each with what it names.

A proof holds for every division of a `Case` into k connected grids. What it yields is a code, the
causes (a deviation and the nodes that force it, the worst first) and the figures of a sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.cutnodes import separated
from gis.planning.adjacency.graph import components, sums

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

Causes = list[tuple[float, Ints]]
Found = tuple[str, Causes, dict[str, Any]]

# Bounds are rounded down by this, so that rounding errors never make one false.
SAFE = 1e-9
BISECTIONS = 50
NONE = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One load shared out over m nodes, which no grid cuts, along pairs of nodes.

    `grouped` nodes are of several units, `locked` ones are a grid as they are, and of the `pinned`
    no two share a grid. `land` numbers what pairs connect. `shares` are lands with the number of
    grids that they share, and the number that is left to those of them that are not locked.
    """

    left: Ints
    right: Ints
    load: Floats
    land: Ints
    grouped: Bools
    locked: Bools
    pinned: Bools
    shares: list[tuple[Ints, int]]
    k: int
    target: float
    parents: bool


def proofs(case: Case) -> Iterator[Found]:
    """All proofs for grids of one target, in the order in which a planner should read them."""
    yield from too_large(case)
    yield from locked(case)
    yield from hemmed(case)
    yield from lands(case)
    yield from between(case)
    yield from behind(case)
    yield from heaviest(case)
    yield from rest(case)
    yield from whole(case)


def worst_first(nodes: Ints, values: Floats) -> Causes:
    """A cause for each node, those of no worth left out."""
    order = np.argsort(-values, kind="stable")
    order = order[values[order] > SAFE]
    return [(float(values[i]), nodes[i : i + 1]) for i in order.tolist()]


def too_large(case: Case) -> Iterator[Found]:
    """The grid of a node holds at least its load."""
    for grouped, code in ((False, "plan-limit-unit"), (True, "plan-limit-group")):
        mine = np.flatnonzero((case.grouped == grouped) & ~case.locked)
        causes = worst_first(mine, case.load[mine] / case.target - 1)
        if causes:
            yield code, causes, {"times": f"{1 + causes[0][0]:.2f}"}


def locked(case: Case) -> Iterator[Found]:
    """A locked grid has the load that it has."""
    mine = np.flatnonzero(case.locked)
    off = case.load[mine] / case.target - 1
    causes = worst_first(mine, np.abs(off))
    if causes:
        yield "plan-limit-locked", causes, {"off": f"{100 * off[np.abs(off).argmax()]:+.1f}"}


def hemmed(case: Case) -> Iterator[Found]:
    """The grid of a pinned node stays within reach of it: it goes through no other pinned node.
    Where all grids are pinned, it must take what no other reaches."""
    pins = np.flatnonzero(case.pinned)
    if not len(pins):
        return
    free = ~case.pinned[case.left] & ~case.pinned[case.right]
    pocket = components(len(case.load), case.left[free], case.right[free])
    weight = sums(pocket, case.load, int(pocket.max()) + 1)
    ends = np.concatenate([case.left[~free], case.right[~free]])
    others = np.concatenate([case.right[~free], case.left[~free]])
    at_pin = case.pinned[ends]
    beside = np.unique(np.column_stack([ends[at_pin], pocket[others[at_pin]]]), axis=0)
    within = case.load + sums(beside[:, 0], weight[beside[:, 1]], len(case.load))
    causes = worst_first(pins, 1 - within[pins] / case.target)
    if causes:
        most = f"{100 * (1 - causes[0][0]):.0f}"
        yield "plan-limit-pin-hemmed", causes, {"share": most}
    doors = np.bincount(beside[:, 1], minlength=len(weight))
    only = beside[doors[beside[:, 1]] == 1]
    forced = case.load + sums(only[:, 0], weight[only[:, 1]], len(case.load))
    full = np.zeros(len(case.load), bool)
    for mine, number in case.shares:
        inside = np.isin(case.land, mine)
        full |= inside & (int((inside & case.pinned).sum()) == number)
    bound = pins[full[pins] & (forced[pins] > case.load[pins])]
    causes = worst_first(bound, forced[bound] / case.target - 1)
    if causes:
        yield "plan-limit-pin-alone", causes, {"share": f"{100 * (1 + causes[0][0]):.0f}"}


def lands(case: Case) -> Iterator[Found]:
    """Land without connection (or another parent) has grids of its own, a whole number of them;
    the numbers of all lands add up to k (of a parent, to its number)."""
    beside_locked = bool(case.locked.any())
    if int(case.land.max()) == 0:
        return
    for mine, number in case.shares:
        if not len(mine):
            continue
        if number < len(mine):
            inside = np.flatnonzero(case.land == mine[-1])
            some = {"lands": len(mine), "grids": number}
            yield "plan-limit-lands", [(np.inf, inside)], some
            continue
        shared = Shared.of(case, mine)
        value = _least(shared, case.target, number)
        even = np.maximum(np.rint(shared.weight / case.target), 1)
        even = np.array([number]) if len(mine) == 1 else even
        off = np.abs(shared.weight / even / case.target - 1)
        worst = int(off.argmax())
        code = "plan-limit-parent" if case.parents else "plan-limit-land"
        if beside_locked and len(mine) == 1:
            code = "plan-limit-beside-locked"
        figures = {
            "wanted": f"{shared.weight[worst] / case.target:.2f}",
            "given": int(even[worst]),
        }
        yield code, [(value, np.flatnonzero(case.land == mine[worst]))], figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """Lands that share a number of grids: the load of each, and of their nodes, heaviest first in
    each land, the load, the rank and the load of all heavier ones. Loads of a land are multiples of
    its `step` (0 = of none)."""

    weight: Floats
    step: Floats
    load: Floats
    land: Ints
    rank: Ints
    heavier: Floats
    first: Ints

    @classmethod
    def of(cls, case: Case, mine: Ints) -> Shared:
        number = np.full(int(case.land.max()) + 1, -1, np.int64)
        number[mine] = np.arange(len(mine))
        land = number[case.land]
        order = np.lexsort((-case.load, land))
        order = order[land[order] >= 0]
        land, load = land[order], case.load[order]
        first = np.searchsorted(land, np.arange(len(mine)))
        before = np.concatenate([[0.0], np.cumsum(load)])[:-1]
        return cls(
            weight=sums(land, load, len(mine)),
            step=np.array([step_of(part) for part in np.split(load, first[1:])]),
            load=load,
            land=land,
            rank=np.arange(len(load)) - first[land],
            heavier=before - before[first[land]],
            first=first,
        )

    def possible(self, low: float, high: float, number: int) -> bool:
        """Whether each land can have a whole number of grids of load `low` to `high`, as far as
        sums tell, and these add up to `number`.

        n grids of which m hold the m heaviest nodes leave at least n - m grids the rest. A node
        above `high` counts as a full grid here: it is another fault.
        """
        step = np.where(self.step > 0, self.step, 1.0)
        most = np.where(self.step > 0, np.floor(high / step + SAFE) * step, high)
        least = np.where(self.step > 0, np.ceil(low / step - SAFE) * step, low)
        most = np.where(most > 0, most, high)
        if (most <= 0).any():
            return not self.weight.any()
        counts = len(self.weight)
        capped = sums(self.land, np.minimum(self.load, most[self.land]), counts)
        # No grid holds two nodes that are more than half of it.
        over_half = (self.load > most[self.land] / 2 * (1 + SAFE)).astype(np.float64)
        halves = sums(self.land, over_half, counts)
        fewest = np.maximum(np.maximum(1, halves), np.ceil(capped / most - SAFE))
        if fewest.sum() > number:
            return False
        if low <= 0:
            return True
        left = np.maximum(self.weight[self.land] - self.heavier, 0)
        share = least[self.land]
        full = np.divide(left, share, out=np.full(len(left), np.inf), where=share > 0)
        at_most = np.minimum.reduceat(self.rank + np.floor(full + SAFE), self.first)
        return bool((fewest <= at_most).all() and number <= at_most.sum())


def step_of(load: Floats) -> float:
    """The greatest number of which all loads are whole multiples; 0 for fractions."""
    if not (load == np.rint(load)).all() or load.max(initial=0) > 2**52:
        return 0.0
    return float(np.gcd.reduce(load.astype(np.int64)))


def _least(shared: Shared, target: float, number: int) -> float:
    """The deviation below which lands cannot share a number of grids."""

    def possible(deviation: float) -> bool:
        return shared.possible(target * (1 - deviation), target * (1 + deviation), number)

    low, high = 0.0, float(shared.weight.sum()) / target + 1
    if possible(low):
        return 0.0
    if not possible(high):
        return float("inf")
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (low, middle) if possible(middle) else (middle, high)
    return low


def between(case: Case) -> Iterator[Found]:
    """A light node is a grid by itself, or has a neighbour in its grid: at least the lightest."""
    lightest = np.full(len(case.load), np.inf)
    np.minimum.at(lightest, case.left, case.load[case.right])
    np.minimum.at(lightest, case.right, case.load[case.left])
    alone = np.abs(case.load / case.target - 1)
    shared = np.maximum((case.load + lightest) / case.target - 1, 0)
    light = (case.load < case.target) & ~case.locked & np.isfinite(lightest)
    off = np.where(light, np.minimum(alone, shared), 0)
    causes = worst_first(np.arange(len(off)), off)
    if causes:
        share = 100 * case.load[causes[0][1][0]] / case.target
        yield "plan-limit-between", causes, {"share": f"{share:.0f}"}


def behind(case: Case) -> Iterator[Found]:
    """Land that hangs on one node v. Of the pieces that are left without v, with loads w, all
    grids but v's own lie in one piece each. With deviation d a piece has at most
    n = floor(w / ((1 - d) target)) of them, so at least w - n (1 + d) target of it is in v's grid;
    that grid holds all these and v, and at most (1 + d) target."""
    owner, weight = separated(len(case.load), case.left, case.right, case.load)
    if not len(owner):
        return
    nodes, place = np.unique(owner, return_inverse=True)
    own = case.load[nodes]

    def possible(deviation: Floats) -> Bools:
        d = deviation[place]
        with np.errstate(divide="ignore", invalid="ignore"):
            inside = np.floor(weight / (case.target * (1 - d)) + SAFE)
            kept = np.where(d >= 1, 0, np.maximum(weight - inside * (1 + d) * case.target, 0))
        held = own + sums(place, kept, len(nodes))
        return np.asarray(held <= case.target * (1 + deviation) * (1 + SAFE))

    low, high = np.zeros(len(nodes)), np.maximum(1.0, own / case.target)
    low_is_possible = possible(low)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        good = possible(middle)
        low, high = np.where(good, low, middle), np.where(good, middle, high)
    low[low_is_possible] = 0
    causes = worst_first(nodes, low)
    if causes:
        yield "plan-limit-behind", causes, {}


def heaviest(case: Case) -> Iterator[Found]:
    """Of the q k + 1 heaviest nodes, q + 1 share a grid (pigeonhole): at least as much as the
    q + 1 lightest of them."""
    order = np.argsort(-case.load, kind="stable")
    q = np.arange(1, (len(order) - 1) // case.k + 1)
    if not len(q):
        return
    total = np.concatenate([[0.0], np.cumsum(case.load[order])])
    shared = total[q * case.k + 1] - total[q * case.k - q]
    at = int(shared.argmax())
    number = int(q[at]) * case.k + 1
    figures = {"number": number, "grids": case.k, "together": int(q[at]) + 1}
    value = float(shared[at]) / case.target - 1
    yield "plan-limit-heavy", [(value, order[:number])], figures


def rest(case: Case) -> Iterator[Found]:
    """The m heaviest nodes lie in at most m grids; the other k - m or more grids share what is
    left, so one of them has at most its mean."""
    order = np.argsort(-case.load, kind="stable")
    m = np.arange(min(case.k, len(order)))
    left = case.load.sum() - np.concatenate([[0.0], np.cumsum(case.load[order])])[m]
    share = left / (case.k - m) / case.target
    at = int(share.argmin())
    code = "plan-limit-rest" if at else "plan-limit-total"
    yield code, [(1 - float(share[at]), order[:at])], {"share": f"{share[at] * 100:.0f}"}
    most = float(share[0])
    yield "plan-limit-total", [(most - 1, NONE)], {"share": f"{most * 100:.0f}"}


def whole(case: Case) -> Iterator[Found]:
    """Loads that are whole multiples of g add up to multiples of g; where the mean is none, some
    grid has less and some more, each by at least the way to the next multiple."""
    step = int(step_of(case.load))
    total = case.load.sum()
    if step == 0 or abs(total / case.k - case.target) > SAFE * case.target:
        return
    over = int(total) % (step * case.k) / case.k
    if over:
        value = max(over, step - over) / case.target
        yield "plan-limit-whole", [(value, NONE)], {"step": step}
