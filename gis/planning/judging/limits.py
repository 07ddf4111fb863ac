"""What no plan can reach: cheap lower bounds on the largest deviation, and why, before solving.

Each bound is a proof about every plan of k connected grids, whatever the search: none below it
exists. The units, groups or lands that it rests on are named, so that a planner can change them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.graph import UnitGraph, components, sums
from gis.planning.judging.proofs import NONE, SAFE, Case, Found, Shared, proofs, too_large
from gis.report import Report

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SHOWN = 5
MAIN = "main"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """No plan has a largest deviation below `value` (a fraction of the target; inf = no plan).

    `code` names the reason and is a message; `params` are the sentence's figures. Each of the
    `causes`, worst first, forces a deviation by itself, through units (positions in the input; none
    where it concerns all). `criterion` is the column of load.
    """

    code: str
    causes: tuple[tuple[float, Ints], ...]
    params: Mapping[str, Any] = field(default_factory=dict)
    criterion: int = 0

    @property
    def value(self) -> float:
        return self.causes[0][0] if self.causes else 0.0

    @property
    def units(self) -> Ints:
        return np.concatenate([NONE, *(units for _, units in self.causes)])

    def of_units(self, positions: Ints) -> Bound:
        """The same bound where the units are these of a larger input."""
        causes = tuple((value, positions[units]) for value, units in self.causes)
        return replace(self, causes=causes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What binds every plan of the same units, as one number per unit (-1 = none); all optional.

    Grids do not cross the areas numbered by `parent`, of which area p gets `grids[p]` if that is
    given. Units of the same `group` that are connected are not cut. Units of the same `pin` are in
    one grid, those of different pins are not. Units of the same `lock` are a grid as they are.
    """

    parent: Ints | None = None
    grids: Ints | None = None
    group: Ints | None = None
    pin: Ints | None = None
    lock: Ints | None = None


def lower_bound_deviation(
    graph: UnitGraph,
    load: Floats,
    k: int,
    *,
    target: Floats | None = None,
    binding: Binding | None = None,
) -> Bound:
    """The highest of `bounds`; of value 0 and code `plan-limit-none` where there is none."""
    found = bounds(graph, load, k, target=target, binding=binding)
    return found[0] if found else Bound(code="plan-limit-none", causes=())


def beyond(found: Sequence[Bound], tolerance: Sequence[float]) -> list[Bound]:
    """The bounds why no plan is within the tolerance of each criterion, with the causes beyond it,
    worst first."""
    kept = []
    for bound in found:
        causes = tuple(cause for cause in bound.causes if cause[0] > tolerance[bound.criterion])
        if causes:
            kept.append(replace(bound, causes=causes))
    return kept


def infeasible(found: Sequence[Bound], tolerance: Sequence[float]) -> list[Bound]:
    """Every reason among bounds why no plan is within the tolerance of each criterion, worst first
    and each fault once.

    What rests on units that a plainer reason names already is left out; so is what follows from
    sums of loads, unless it proves more than any named unit or land does; and where sums alone, or
    lands, prove more, so are units wedged between others.
    """
    kept: list[Bound] = []
    past = beyond(found, tolerance)
    for criterion in sorted({bound.criterion for bound in past}):
        mine = sorted(
            (bound for bound in past if bound.criterion == criterion),
            key=lambda bound: ORDER.index(bound.code),
        )
        named: list[Ints] = [NONE]
        plain: list[Bound] = []
        for bound in mine:
            if bound.code in PLAIN and not _all_in(bound.units, named):
                plain.append(bound)
                named.append(bound.units)
        by_sums = [
            bound
            for bound in mine
            if bound.code in BY_SUMS and not (len(bound.units) and _all_in(bound.units, named))
        ]
        best = max(by_sums, key=lambda bound: round(bound.value, 8), default=None)
        if best is not None and all(best.value > bound.value + 2 * SAFE for bound in plain):
            plain.append(best)
        coarse = (*BY_SUMS, *OF_LANDS)
        least = max((bound.value for bound in mine if bound.code in coarse), default=0.0)
        for bound in mine:
            causes = tuple(
                (value, units)
                for value, units in bound.causes
                if value > least + 2 * SAFE and not _all_in(units, named)
            )
            if bound.code in WEDGED and causes:
                plain.append(replace(bound, causes=causes))
                named.append(plain[-1].units)
        kept += plain
    return _worst_first(kept)


def _all_in(units: Ints, named: list[Ints]) -> bool:
    return bool(np.isin(units, np.concatenate(named)).all())


OF_LANDS = ("plan-limit-parent", "plan-limit-land", "plan-limit-beside-locked")
# From the plainest fault to the one that takes most thought.
PLAIN = (
    "plan-limit-lands", "plan-limit-unit", "plan-limit-group", "plan-limit-locked",
    "plan-limit-pin-hemmed", "plan-limit-pin-alone", *OF_LANDS,
)  # fmt: skip
BY_SUMS = ("plan-limit-whole", "plan-limit-total", "plan-limit-rest", "plan-limit-heavy")
WEDGED = ("plan-limit-between", "plan-limit-behind")
ORDER = PLAIN + BY_SUMS + WEDGED


def _worst_first(found: list[Bound]) -> list[Bound]:
    return sorted(found, key=lambda bound: (-bound.value, ORDER.index(bound.code), bound.criterion))


def bounds(
    graph: UnitGraph,
    load: Floats,
    k: int,
    *,
    target: Floats | None = None,
    binding: Binding | None = None,
) -> list[Bound]:
    """All bounds above 0, highest first, one per reason and criterion.

    `load` is (n,) or (n, c); `target` the load wanted per grid, (k,) or (k, c), its mean if not
    given. Islands that may be joined must be joined by bridges in `graph` already. Where targets
    differ, only what is larger than the largest is found.
    """
    loads = np.asarray(load, float).reshape(graph.size, -1)
    ground = _Ground.of(graph, k, binding or Binding())
    found: list[Bound] = []
    for c in range(loads.shape[1]):
        wanted = _targets(target, loads[:, c], k, c)
        if wanted.max() <= 0:
            continue
        case = ground.case(loads[:, c], float(wanted.max()))
        even = np.allclose(wanted, wanted[0], rtol=1e-12, atol=0)
        found += [
            bound
            for one in (proofs(case) if even else too_large(case))
            if (bound := ground.bound(one, c)) is not None
        ]
    return _worst_first(found)


def pieces(graph: UnitGraph, binding: Binding) -> Ints:
    """For each unit the number of what no grid may part: units of a group, of a pin, of a lock."""
    return _Ground.of(graph, 1, binding).node


def tell(
    report: Report,
    found: Sequence[Bound],
    unit_id: npt.NDArray[Any],
    names: Sequence[str] = (),
) -> None:
    """Add each bound to the report, its units by name; `names` are those of the criteria."""
    for bound in found:
        shown = [str(name) for name in unit_id[bound.units[:SHOWN]]]
        listed = ", ".join(shown) + ("…" if len(bound.units) > SHOWN else "")
        report.add(
            "warned", bound.code, count=max(len(bound.causes), 1), units=listed or "none",
            bound=floored(bound.value),
            criterion=names[bound.criterion] if bound.criterion else MAIN, **bound.params,
        )  # fmt: skip


def floored(share: float) -> str:
    """A share in per cent, rounded down: no plan's deviation is below what is said."""
    return f"{math.floor(share * 1000 + 1e-5) / 10:.1f}" if math.isfinite(share) else "∞"


def out_of_reach(
    graph: UnitGraph,
    load: Floats,
    k: int,
    least: float,
    most: float,
    *,
    binding: Binding | None = None,
) -> list[Bound]:
    """Why no plan has between `least` and `most` of a load (n,) in every grid: the sums leave out
    the whole, a unit or group is above the most, a locked grid outside, or a land is no whole
    number of such grids."""
    ground = _Ground.of(graph, k, binding or Binding())
    total = float(load.sum())
    slack = SAFE * max(total, 1.0)
    limits = {"least": _figure(least), "most": _figure(most), "total": _figure(total)}
    case = ground.case(load, 1.0)
    outside = case.locked & ((case.load < least - slack) | (case.load > most + slack))
    above = ~case.locked & (case.load > most + slack)
    found: list[Found] = [
        (code, [(np.inf, np.flatnonzero(nodes)[i : i + 1]) for i in range(int(nodes.sum()))], {})
        for code, nodes in (
            ("plan-limit-unit-maximum", above & ~case.grouped),
            ("plan-limit-group-maximum", above & case.grouped),
            ("plan-limit-locked-outside", outside),
        )
    ]
    for code, wrong, limit in (
        ("plan-limit-minimum", least * k > total + slack, least),
        ("plan-limit-maximum", most * k < total - slack, most),
    ):
        if wrong:
            found.append((code, [(np.inf, NONE)], {"sum": _figure(limit * k)}))
    by_sums = len(found) > 3
    for mine, number in case.shares if not by_sums else ():
        top = min(most, total + 1)
        if len(mine) and not Shared.of(case, mine).possible(least - slack, top + slack, number):
            inside = NONE if len(mine) > case.land.max() else np.flatnonzero(case.land == mine[0])
            found.append(("plan-limit-lands-outside", [(np.inf, inside)], {"grids": number}))
    told = [ground.bound((code, causes, {**limits, **params}), 0) for code, causes, params in found]
    return [bound for bound in told if bound is not None]


def _figure(value: float) -> str:
    return f"{value:.10g}" if math.isfinite(value) else "∞"


def _targets(target: Floats | None, load: Floats, k: int, criterion: int) -> Floats:
    if target is None:
        return np.full(k, load.sum() / k)
    return np.asarray(target, float).reshape(k, -1)[:, criterion]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """The units of a graph as nodes that no grid cuts, and the lands that they form."""

    node: Ints
    order: Ints
    first: Ints
    left: Ints
    right: Ints
    land: Ints
    locked: npt.NDArray[np.bool_]
    pinned: npt.NDArray[np.bool_]
    shares: list[tuple[Ints, int]]
    k: int
    parents: bool

    @classmethod
    def of(cls, graph: UnitGraph, k: int, binding: Binding) -> _Ground:
        nobody = np.full(graph.size, -1, np.int64)
        parent = np.zeros(graph.size, np.int64) if binding.parent is None else binding.parent
        group = nobody if binding.group is None else binding.group
        pin = nobody if binding.pin is None else binding.pin
        lock = nobody if binding.lock is None else binding.lock
        _, area = np.unique(np.column_stack([parent, lock]), axis=0, return_inverse=True)
        area = area.reshape(-1)
        left, right, _ = graph.pairs()
        inside = area[left] == area[right]
        left, right = left[inside], right[inside]
        joined = (group[left] == group[right]) & (group[left] >= 0)
        ends = [_chain(label, area) for label in (pin, lock)]
        node = components(
            graph.size,
            np.concatenate([left[joined], *(one for one, _ in ends)]),
            np.concatenate([right[joined], *(other for _, other in ends)]),
        )
        count = int(node.max()) + 1
        order = np.argsort(node, kind="stable")
        first = np.searchsorted(node[order], np.arange(count + 1))
        locked = np.zeros(count, bool)
        locked[node[lock >= 0]] = True
        pinned = np.zeros(count, bool)
        pinned[node[pin >= 0]] = True
        left, right = node[left], node[right]
        # No grid goes from one pinned node to another.
        apart = (left != right) & ~(pinned[left] & pinned[right])
        land = components(count, left[apart], right[apart])
        parent_of = np.zeros(int(land.max()) + 1, np.int64)
        parent_of[land[node]] = parent
        free = np.ones(len(parent_of), bool)
        free[land[locked]] = False
        taken = [int((locked & (parent_of[land] == p)).sum()) for p in range(parent.max() + 1)]
        if binding.grids is None:
            shares = [(np.flatnonzero(free), k - int(locked.sum()))]
        else:
            shares = [
                (np.flatnonzero(free & (parent_of == p)), int(number) - taken[p])
                for p, number in enumerate(binding.grids[: len(taken)])
            ]
        return cls(
            node=node, order=order, first=first, left=left[apart], right=right[apart], land=land,
            locked=locked, pinned=pinned, shares=shares, k=k, parents=binding.parent is not None,
        )  # fmt: skip

    def case(self, load: Floats, target: float) -> Case:
        return Case(
            left=self.left, right=self.right, land=self.land, locked=self.locked,
            load=sums(self.node, load, len(self.first) - 1), grouped=np.diff(self.first) > 1,
            pinned=self.pinned, shares=self.shares, k=self.k, target=target, parents=self.parents,
        )  # fmt: skip

    def bound(self, found: Found, criterion: int) -> Bound | None:
        """What was proven of nodes, said of their units; None where it is nothing."""
        code, causes, params = found
        told = tuple((value - SAFE, self._units(nodes)) for value, nodes in causes if value > SAFE)
        return Bound(code=code, causes=told, params=params, criterion=criterion) if told else None

    def _units(self, nodes: Ints) -> Ints:
        return np.concatenate(
            [NONE, *(self.order[self.first[i] : self.first[i + 1]] for i in nodes.tolist())]
        )


def _chain(label: Ints, area: Ints) -> tuple[Ints, Ints]:
    """Pairs that connect all units of the same label (-1 = none) inside an area."""
    order = np.lexsort((area, label))
    order = order[label[order] >= 0]
    one, other = order[:-1], order[1:]
    same = (label[one] == label[other]) & (area[one] == area[other])
    return one[same], other[same]
