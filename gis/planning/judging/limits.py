"""What no plan can reach: cheap lower bounds on the largest deviation, and why, before solving.

Each bound is a proof about every plan of k connected grids, whatever the search: none below it
exists. The units, groups or lands that it rests on are named, so that a planner can change them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.cutnodes import separated
from gis.planning.adjacency.graph import UnitGraph, components, sums
from gis.report import Report

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Bounds are rounded down by this, so that rounding errors never make one false.
SAFE = 1e-9
BISECTIONS = 50
SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """No plan has a largest deviation below `value` (a fraction of the target; inf = no plan).

    `code` names the reason and is a message; `units` are those that it rests on (positions in the
    input, worst first, none where it concerns all); `params` are the sentence's figures.
    `criterion` is the column of load.
    """

    value: float
    code: str
    units: Ints
    params: Mapping[str, Any] = field(default_factory=dict)
    criterion: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One criterion of the contracted problem: nodes that no grid cuts, and pairs that it may."""

    left: Ints
    right: Ints
    load: Floats
    land: Ints
    members: Callable[[Ints], Ints]
    grouped: npt.NDArray[np.bool_]
    k: int
    target: float
    even: bool


def lower_bound_deviation(
    graph: UnitGraph,
    load: Floats,
    k: int,
    *,
    target: Floats | None = None,
    parent: Ints | None = None,
    grids: Ints | None = None,
    group: Ints | None = None,
) -> Bound:
    """The highest of `bounds`; of value 0 and code `plan-limit-none` where there is none."""
    found = bounds(graph, load, k, target=target, parent=parent, grids=grids, group=group)
    none = Bound(value=0.0, code="plan-limit-none", units=np.zeros(0, np.int64))
    return found[0] if found else none


def infeasible(
    graph: UnitGraph,
    load: Floats,
    k: int,
    tolerance: float | Sequence[float],
    *,
    target: Floats | None = None,
    parent: Ints | None = None,
    grids: Ints | None = None,
    group: Ints | None = None,
) -> list[Bound]:
    """Every reason why no plan is within the tolerance, worst first; none found = none known."""
    most = np.broadcast_to(tolerance, load.reshape(graph.size, -1).shape[1])
    found = bounds(graph, load, k, target=target, parent=parent, grids=grids, group=group)
    return [bound for bound in found if bound.value > most[bound.criterion]]


def bounds(
    graph: UnitGraph,
    load: Floats,
    k: int,
    *,
    target: Floats | None = None,
    parent: Ints | None = None,
    grids: Ints | None = None,
    group: Ints | None = None,
) -> list[Bound]:
    """All bounds above 0, highest first, one per reason and criterion.

    `load` is (n,) or (n, c); `target` the load wanted per grid, (k,) or (k, c), its mean if not
    given. Grids do not cross the areas numbered by `parent`, of which area p gets `grids[p]` if
    that is given; units of the same `group` (-1 = none) that are connected are not cut. Islands
    that may be joined must be joined by bridges in `graph` already. Where targets differ, only
    what is larger than the largest is found.
    """
    loads = np.asarray(load, float).reshape(graph.size, -1)
    area = np.zeros(graph.size, np.int64) if parent is None else parent
    left, right, _ = graph.pairs()
    inside = area[left] == area[right]
    left, right = left[inside], right[inside]
    group = np.full(graph.size, -1, np.int64) if group is None else group
    joined = (group[left] == group[right]) & (group[left] >= 0)
    node = components(graph.size, left[joined], right[joined])
    count = int(node.max()) + 1
    left, right = node[left], node[right]
    apart = left != right
    left, right = left[apart], right[apart]
    area_of = np.zeros(count, np.int64)
    area_of[node] = area
    order = np.argsort(node, kind="stable")
    first = np.searchsorted(node[order], np.arange(count + 1))
    found: list[Bound] = []
    for c in range(loads.shape[1]):
        wanted = _targets(target, loads[:, c], k, c)
        if wanted.max() <= 0:
            continue
        case = _Case(
            left=left,
            right=right,
            load=sums(node, loads[:, c], count),
            land=components(count, left, right),
            members=lambda nodes: np.concatenate(
                [order[first[i] : first[i + 1]] for i in nodes.tolist()] or [order[:0]]
            ),
            grouped=np.diff(first) > 1,
            k=k,
            target=float(wanted.max()),
            even=bool(np.allclose(wanted, wanted[0], rtol=1e-12, atol=0)),
        )
        for value, code, nodes, params in _all(case, area_of, grids, parent is not None):
            if value > SAFE:
                units = case.members(np.asarray(nodes, np.int64))
                share = {"bound": f"{value * 100:.1f}", **params}
                found.append(
                    Bound(value=value - SAFE, code=code, units=units, params=share, criterion=c)
                )
    return sorted(found, key=lambda bound: (-bound.value, bound.code, bound.criterion))


def tell(report: Report, found: Sequence[Bound], unit_id: npt.NDArray[Any]) -> None:
    """Add each bound to the report, its units by name."""
    for bound in found:
        names = [str(name) for name in unit_id[bound.units[:SHOWN]]]
        listed = ", ".join(names) + ("…" if len(bound.units) > SHOWN else "")
        report.add(
            "warned", bound.code, count=max(len(bound.units), 1), units=listed, **bound.params
        )


def out_of_reach(load: Floats, low: Floats, high: Floats) -> list[Bound]:
    """Why the bands `low`, `high` (k,) or (k, c) can't hold, whatever the plan: their sums leave
    out the whole load, or one unit is above the highest. `load` is (n,) or (n, c)."""
    load = load.reshape(len(load), -1)
    low, high = low.reshape(len(low), -1), high.reshape(len(high), -1)
    nothing = np.zeros(0, np.int64)
    found = []
    for c, total in enumerate(load.sum(axis=0)):
        slack = SAFE * max(float(total), 1.0)
        big = np.flatnonzero(load[:, c] > high[:, c].max() + slack)
        for code, units, wrong, least in (
            ("plan-limit-minimum", nothing, low[:, c].sum() > total + slack, low[:, c].sum()),
            ("plan-limit-maximum", nothing, high[:, c].sum() < total - slack, high[:, c].sum()),
            ("plan-limit-unit-maximum", big, len(big) > 0, high[:, c].max()),
        ):
            if wrong:
                figures = {"sum": _figure(least), "total": _figure(total)}
                found.append(
                    Bound(value=np.inf, code=code, units=units, params=figures, criterion=c)
                )
    return found


def _figure(value: float) -> str:
    return f"{value:.10g}"


_Found = tuple[float, str, Ints | list[int], dict[str, Any]]


def _all(case: _Case, area: Ints, grids: Ints | None, parents: bool) -> Iterator[_Found]:
    yield from _large(case)
    if case.even:
        yield from _rest(case)
        yield from _whole(case)
        yield from _lands(case, area, grids, parents)
        yield from _between(case)
        yield from _behind(case)


def _targets(target: Floats | None, load: Floats, k: int, criterion: int) -> Floats:
    if target is None:
        return np.full(k, load.sum() / k)
    return np.asarray(target, float).reshape(k, -1)[:, criterion]


def _large(case: _Case) -> Iterator[_Found]:
    """A node in no grid's reach: its grid holds at least its load. And of the q k + 1 heaviest
    nodes, q + 1 share a grid (pigeonhole): at least as much as the q + 1 lightest of them."""
    order = np.argsort(-case.load, kind="stable")
    heavy = case.load[order]
    for grouped, code in ((False, "plan-limit-unit"), (True, "plan-limit-group")):
        mine = order[case.grouped[order] == grouped]
        big = mine[case.load[mine] > case.target * (1 + SAFE)]
        if len(big):
            times = case.load[big[0]] / case.target
            yield float(times) - 1, code, big, {"pieces": len(big), "times": f"{times:.2f}"}
    q = np.arange(1, (len(heavy) - 1) // case.k + 1)
    if len(q):
        total = np.concatenate([[0.0], np.cumsum(heavy)])
        shared = total[q * case.k + 1] - total[q * case.k - q]
        at = int(shared.argmax())
        number = int(q[at]) * case.k + 1
        yield (
            float(shared[at]) / case.target - 1,
            "plan-limit-heavy",
            order[:number],
            {"number": number, "grids": case.k, "together": int(q[at]) + 1},
        )


def _rest(case: _Case) -> Iterator[_Found]:
    """The m heaviest nodes lie in at most m grids; the other k - m or more grids share what is
    left, so one of them has at most its mean."""
    order = np.argsort(-case.load, kind="stable")
    m = np.arange(min(case.k, len(order)))
    left = case.load.sum() - np.concatenate([[0.0], np.cumsum(case.load[order])])[m]
    share = left / (case.k - m) / case.target
    at = int(share.argmin())
    code = "plan-limit-rest" if at else "plan-limit-total"
    yield 1 - float(share[at]), code, order[:at], {"share": f"{share[at] * 100:.0f}"}
    most = float(share[0])
    yield most - 1, "plan-limit-total", [], {"share": f"{most * 100:.0f}"}


def _whole(case: _Case) -> Iterator[_Found]:
    """Loads that are whole multiples of g add up to multiples of g; where the mean is none, some
    grid has less and some more, each by at least the way to the next multiple."""
    if not (case.load == np.rint(case.load)).all() or case.load.max() > 2**52:
        return
    step = int(np.gcd.reduce(case.load.astype(np.int64)))
    total = case.load.sum()
    if step == 0 or abs(total / case.k - case.target) > SAFE * case.target:
        return
    over = int(total) % (step * case.k) / case.k
    if over:
        yield max(over, step - over) / case.target, "plan-limit-whole", [], {"step": step}


def _lands(case: _Case, area: Ints, grids: Ints | None, parents: bool) -> Iterator[_Found]:
    """Land without connection (or another parent) has grids of its own: n of them, whose mean is
    its load / n. The n of all lands add up to k (of a parent, to its number)."""
    lands = int(case.land.max()) + 1
    if lands == 1:
        return
    weight = sums(case.land, case.load, lands)
    area_of = np.zeros(lands, np.int64)
    area_of[case.land] = area
    if grids is None:
        groups = [(np.arange(lands), case.k)]
    else:
        groups = [(np.flatnonzero(area_of == p), int(n)) for p, n in enumerate(grids)]
    for mine, k in groups:
        if not len(mine):
            continue
        value = _least(
            partial(_divisible, weight[mine], k, case.target), weight.sum() / case.target
        )
        even = np.maximum(np.rint(weight[mine] / case.target), 1)
        off = np.abs(weight[mine] / even / case.target - 1)
        worst = int(mine[off.argmax()])
        code = "plan-limit-parent" if parents else "plan-limit-land"
        if value == np.inf:
            yield value, "plan-limit-lands", np.flatnonzero(case.land == worst), {
                "lands": len(mine), "grids": k,
            }  # fmt: skip
        else:
            yield value, code, np.flatnonzero(case.land == worst), {
                "wanted": f"{weight[worst] / case.target:.2f}"
            }  # fmt: skip


def _divisible(weight: Floats, k: int, target: float, deviation: float) -> bool:
    """Whether numbers of grids exist for lands so that no mean deviates by more."""
    fewest = np.maximum(1, np.ceil(weight / (target * (1 + deviation)) - SAFE))
    if deviation >= 1:
        return bool(fewest.sum() <= k)
    most = np.floor(weight / (target * (1 - deviation)) + SAFE)
    return bool((fewest <= most).all() and fewest.sum() <= k <= most.sum())


def _least(possible: Callable[[float], bool], most: float) -> float:
    """The deviation below which something is not possible (it grows possible with deviation)."""
    low, high = 0.0, float(most) + 1
    if possible(low):
        return 0.0
    if not possible(high):
        return float("inf")
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (low, middle) if possible(middle) else (middle, high)
    return low


def _between(case: _Case) -> Iterator[_Found]:
    """A light node is a grid by itself, or has a neighbour in its grid: at least the lightest."""
    lightest = np.full(len(case.load), np.inf)
    np.minimum.at(lightest, case.left, case.load[case.right])
    np.minimum.at(lightest, case.right, case.load[case.left])
    alone = np.abs(case.load / case.target - 1)
    shared = np.maximum((case.load + lightest) / case.target - 1, 0)
    off = np.where(case.load < case.target, np.minimum(alone, shared), 0)
    worst = int(off.argmax())
    yield float(off[worst]), "plan-limit-between", [worst], {
        "share": f"{case.load[worst] / case.target * 100:.0f}"
    }  # fmt: skip


def _behind(case: _Case) -> Iterator[_Found]:
    """Land that hangs on one node v. Of the pieces that are left without v, with loads w, all
    grids but v's own lie in one piece each. With deviation d a piece has at most
    n = floor(w / ((1 - d) target)) of them, so at least w - n (1 + d) target of it is in v's grid;
    that grid holds all these and v, and at most (1 + d) target."""
    owner, weight = separated(len(case.load), case.left, case.right, case.load)
    if not len(owner):
        return
    nodes, place = np.unique(owner, return_inverse=True)
    own = case.load[nodes]

    def possible(deviation: Floats) -> npt.NDArray[np.bool_]:
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
    worst = int(low.argmax())
    yield float(low[worst]), "plan-limit-behind", [int(nodes[worst])], {}
