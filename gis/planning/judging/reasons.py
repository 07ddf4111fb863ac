"""Why a grid is outside what is wanted of it: one reason each that a planner can act on, with
figures, what is proven before what is not; and the findings that sum them up.

The same for a plan of one level, of three, and for one that was drawn by hand.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.graph import components, sums
from gis.planning.judging.grounds import SLACK, Ground, Wanted
from gis.planning.judging.limits import MAIN, floored
from gis.planning.model import Kept, Reason
from gis.report import Report

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# A grid of fewer units than this leaves little to choose from.
FEW_UNITS = 12
# So does a unit that holds more than this share of a grid.
COARSE = 0.25
# Units on which so much land hangs that it is looked at, the worst ones.
MOST_CUT_UNITS = 8
SHOWN = 5

# What a bound says of the grid that holds the pinned unit which it names.
OF_PIN = {
    "plan-limit-pin-hemmed": "plan-grid-pin-hemmed",
    "plan-limit-pin-alone": "plan-grid-pin-alone",
}
NOT_PROVEN = (
    "plan-grid-not-searched", "plan-grid-stopped", "plan-grid-coarse", "plan-grid-not-better",
)  # fmt: skip


def reasons(ground: Ground, wanted: Wanted) -> list[Reason]:
    """One reason for each grid outside what is wanted, the worst first.

    The first that holds of: the grid is locked; a unit or group is larger than a grid; pins bring
    it out; its region, or what large units leave of it, does not divide evenly; no plan has all
    grids nearer; a unit is wedged. Those are proven, for the numbers of grids of the regions. Then:
    nothing was searched for, the search was stopped, its units are coarse, or nothing better was
    found.
    """
    k, labels = len(ground.grid_ids), ground.labels
    total = sums(labels, wanted.load, k)
    off = np.where(total > wanted.high, total - wanted.high, np.minimum(total - wanted.low, 0))
    outside = np.flatnonzero(off)
    if not len(outside):
        return []
    target = np.where(wanted.target > 0, wanted.target, np.inf)
    passed = np.where(total > wanted.high, wanted.high, wanted.low)
    measure = passed if wanted.from_limit else wanted.target
    deviation = np.divide(total - measure, measure, out=np.zeros(k), where=measure > 0)
    weight = sums(ground.piece, wanted.load, int(ground.piece.max()) + 1)[ground.piece]
    order = np.lexsort((np.arange(len(labels)), -weight, labels))
    start = np.searchsorted(labels[order], np.arange(k + 1))
    largest = order[start[:-1]]
    heavy = weight[largest]
    big = (heavy > wanted.high) | ground.locked
    fixed = np.where(ground.locked, total, heavy)
    forced = _mean(total, target, ground.region)
    beside = np.column_stack(
        [_mean_beside(total, fixed, target, big, ground.region),
         _mean_beside(total, fixed, target, big, ground.area)]
    )  # fmt: skip
    low, high = wanted.low / target, wanted.high / target
    pinned, wedged = _pinned(ground, wanted), _wedged(ground, wanted)
    pieces = np.bincount(ground.piece)[ground.piece]
    per_region = np.bincount(ground.region)

    def because(grid: int) -> tuple[str, dict[str, Any]]:
        def beyond(mean: float) -> bool:
            above = total[grid] > wanted.high[grid]
            return bool(mean > high[grid]) if above else bool(mean < low[grid])

        figures: dict[str, Any] = {}
        if ground.locked[grid]:
            return "plan-grid-locked", figures
        if heavy[grid] > wanted.high[grid]:
            single = pieces[largest[grid]] == 1
            return "plan-grid-unit-large" if single else "plan-grid-group-large", figures
        if grid in pinned:
            return pinned[grid]
        region = int(ground.region[grid])
        if beyond(float(forced[grid])):
            figures = {
                "region": ground.region_name[region],
                "given": int(per_region[region]),
                "wanted": f"{per_region[region] * forced[grid]:.2f}",
                "forced": f"{100 * (forced[grid] - 1):+.1f}",
            }
            return ground.region_code[region], figures
        for mean in beside[grid].tolist():
            if beyond(mean):
                return "plan-grid-beside-large", {"rest": f"{100 * (mean - 1):+.1f}"}
        if abs(deviation[grid]) <= wanted.some[grid] + SLACK:
            return "plan-grid-no-plan", {"bound": floored(float(wanted.some[grid]))}
        if grid in wedged:
            return wedged[grid]
        if not ground.searched:
            return "plan-grid-not-searched", figures
        if ground.early:
            return "plan-grid-stopped", figures
        count = start[grid + 1] - start[grid]
        if count < FEW_UNITS or heavy[grid] > COARSE * target[grid]:
            return "plan-grid-coarse", figures
        return "plan-grid-not-better", figures

    found = []
    for grid in outside[np.argsort(-np.abs(deviation[outside]), kind="stable")].tolist():
        code, figures = because(grid)
        common = {
            "units": int(start[grid + 1] - start[grid]),
            "unit": str(ground.unit_id[largest[grid]]),
            "share": f"{100 * heavy[grid] / target[grid]:.0f}",
        }
        found.append(
            Reason(
                grid=str(ground.grid_ids[grid]),
                criterion=wanted.criterion,
                deviation=float(deviation[grid]),
                code=code,
                proven=code not in NOT_PROVEN,
                figures={**common, **figures},
            )
        )
    return found


def sum_up(report: Report, found: Sequence[Reason], tolerance: float, at_least: float) -> None:
    """Add to the report whether any plan can be within the tolerance, and each reason once, with
    the worst grid's figures and the names of the others."""
    main = [reason for reason in found if reason.criterion == MAIN]
    if main:
        most = abs(main[0].deviation)
        code = "plan-outside-open"
        if at_least > tolerance:
            best = most <= at_least + 1e-6
            code = "plan-outside-best" if best else "plan-outside-proven"
        report.add(
            "warned", code, count=len(main), max=f"{100 * most:.1f}", least=floored(at_least),
            tolerance=f"{100 * tolerance:.10g}",
            known="yes" if at_least >= 0.001 else "no",
        )  # fmt: skip
    alike: dict[tuple[str, str], list[Reason]] = {}
    for reason in found:
        alike.setdefault((reason.criterion, reason.code), []).append(reason)
    for (_, code), same in alike.items():
        names = [reason.grid for reason in same[1:]]
        others = ", ".join(names[:SHOWN]) + ("…" if len(names) > SHOWN else "")
        params = {**same[0].params(), "more": len(names), "others": others}
        report.add("warned", code, count=len(same), **params)


def sum_up_further(report: Report, also: Sequence[Kept], impossible: Collection[str]) -> None:
    """Add a finding for each further criterion that some grids do not keep; of the `impossible`
    ones it is known that no plan keeps them."""
    for kept in also:
        if kept.outside:
            report.add(
                "warned", "plan-criterion-missed", count=len(kept.outside), name=kept.name,
                least=f"{kept.least:.10g}", most=f"{kept.most:.10g}",
                least_wanted=f"{kept.least_wanted:.10g}",
                most_wanted="none" if kept.most_wanted is None else f"{kept.most_wanted:.10g}",
                reach="never" if kept.name in impossible else "open",
            )  # fmt: skip


def _mean(total: Floats, target: Floats, group: Ints) -> Floats:
    """For each grid, the mean load of its group's grids, as a share of its target."""
    count = int(group.max()) + 1
    wanted = sums(group, np.where(np.isfinite(target), target, 0), count)
    ratio = np.divide(sums(group, total, count), wanted, out=np.ones(count), where=wanted > 0)
    return np.asarray(ratio[group])


def _mean_beside(total: Floats, fixed: Floats, target: Floats, big: Bools, group: Ints) -> Floats:
    """The same of the grids that are not `big`, if the big ones took no more than what they must;
    1 where the group has none of either."""
    count = int(group.max()) + 1
    left = sums(group, total, count) - sums(group, np.where(big, fixed, 0), count)
    wanted = sums(group, np.where(big | ~np.isfinite(target), 0, target), count)
    ratio = np.divide(left, wanted, out=np.ones(count), where=wanted > 0)
    some = np.bincount(group, big, count) > 0
    return np.asarray(np.where(some, ratio, 1.0)[group])


Because = tuple[str, dict[str, Any]]


def _pinned(ground: Ground, wanted: Wanted) -> dict[int, Because]:
    """What pins do to the grids that hold them."""
    return {
        int(ground.labels[units[0]]): (OF_PIN[bound.code], _unit(ground, units))
        for bound in wanted.found
        if bound.code in OF_PIN
        for _, units in bound.causes
    }


def _wedged(ground: Ground, wanted: Wanted) -> dict[int, Because]:
    """Grids that a unit keeps from coming out, or where too many heavy ones meet."""
    found: dict[int, Because] = {}
    for bound in wanted.found:
        if bound.code == "plan-limit-heavy":
            here = np.bincount(ground.labels[bound.units], minlength=len(ground.grid_ids))
            for grid in np.flatnonzero(here >= int(bound.params["together"])).tolist():
                found[grid] = ("plan-grid-no-plan", {"bound": floored(bound.value)})
        elif bound.code == "plan-limit-between":
            for _, units in bound.causes:
                found[int(ground.labels[units[0]])] = ("plan-grid-between", _unit(ground, units))
        elif bound.code == "plan-limit-behind":
            for _, units in bound.causes[:MOST_CUT_UNITS]:
                for grid in [int(ground.labels[units[0]]), *_pockets(ground, units)]:
                    found.setdefault(grid, ("plan-grid-behind", _unit(ground, units)))
    return found


def _unit(ground: Ground, units: Ints) -> dict[str, Any]:
    return {"unit": str(ground.unit_id[units[0]])}


def _pockets(ground: Ground, units: Ints) -> list[int]:
    """The grids that lie whole in land which hangs on these units, its largest piece left out."""
    away = np.zeros(ground.graph.size, bool)
    away[units] = True
    left, right, _ = ground.graph.pairs()
    kept = ~away[left] & ~away[right]
    piece = components(ground.graph.size, left[kept], right[kept])
    touching = np.unique(piece[np.concatenate([left[away[right]], right[away[left]]])])
    touching = np.setdiff1d(touching, piece[units])
    size = np.bincount(piece)
    small = np.setdiff1d(touching, touching[size[touching].argmax(keepdims=True)])
    inside = np.isin(piece, small)
    k = len(ground.grid_ids)
    whole = np.bincount(ground.labels, ~inside, k) == 0
    return np.flatnonzero(whole).tolist()
