"""Why a grid's load is outside the tolerance: the reason a planner can act on, as findings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.graph import sums
from gis.planning.model import Kept, Units
from gis.planning.regions import Region, listed
from gis.report import Report

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# A grid of fewer units than this leaves little to choose from.
FEW_UNITS = 12
# So does a unit that holds more than this share of a grid.
COARSE = 0.25


def explain(
    report: Report,
    units: Units,
    load: Floats,
    labels: Ints,
    grid_ids: Sequence[str],
    regions: Sequence[Region],
    tolerance: float,
    *,
    target: Floats | None = None,
) -> None:
    """Add a finding for each reason that grids are outside the tolerance; none if none is.

    A grid is explained once, by the first of: a unit larger than a grid, what such units leave
    to the others, a land or parent whose load does not divide evenly, units too coarse, a search
    that found nothing better. `target` is the load wanted per grid; the mean if not given.
    """
    k = len(grid_ids)
    total = float(load.sum())
    if total <= 0:
        return
    wanted = np.full(k, total / k) if target is None else target
    outside = np.abs(sums(labels, load, k) - wanted) > (tolerance + 1e-9) * wanted
    open_grids = set(np.flatnonzero(outside).tolist())

    def note(code: str, grids: Sequence[int], **params: Any) -> None:
        names = np.array([grid_ids[grid] for grid in sorted(grids)], object)
        report.add("warned", code, count=len(names), grids=listed(names), **params)
        open_grids.difference_update(grids)

    share = load / wanted[labels]
    big = np.flatnonzero(share > 1 + tolerance)
    big = big[np.argsort(-share[big], kind="stable")]
    if len(big):
        report.add(
            "warned", "plan-unit-too-large", count=len(big),
            units=listed(units.unit_id[big]), times=f"{share[big[0]]:.2f}",
        )  # fmt: skip
        open_grids.difference_update(labels[big].tolist())
    uneven: list[tuple[float, Region]] = []
    by_land: list[int] = []
    by_parent: list[int] = []
    for region in regions:
        mine = sorted(open_grids & set(labels[region.units].tolist()))
        fair = float(load[region.units].sum()) / region.grids
        off = abs(fair / float(wanted[labels[region.units[0]]]) - 1)
        if mine and off > tolerance:
            uneven.append((off, region))
            (by_parent if region.alone and region.parent else by_land).extend(mine)
    for code, grids in (("plan-parent-uneven", by_parent), ("plan-land-uneven", by_land)):
        if grids:
            worst = max(
                (
                    (off, r)
                    for off, r in uneven
                    if (r.alone and bool(r.parent)) == (grids is by_parent)
                ),
                key=lambda pair: pair[0],
            )[1]
            note(
                code, grids, parent=worst.parent or "", given=worst.grids,
                wanted=f"{float(load[worst.units].sum()) / (total / k):.2f}",
                unit=str(units.unit_id[worst.units[0]]),
            )  # fmt: skip
    if len(big) and open_grids:
        rest = (total - float(load[big].sum())) / max(k - len(big), 1) / (total / k)
        if abs(rest - 1) > tolerance:
            note("plan-rest-after-large", sorted(open_grids), share=_percent(rest))
    coarse = [
        grid
        for grid in sorted(open_grids)
        if (labels == grid).sum() < FEW_UNITS or share[labels == grid].max() > COARSE
    ]
    if coarse:
        largest = max(float(share[labels == grid].max()) for grid in coarse)
        note("plan-units-too-coarse", coarse, share=_percent(largest))
    if open_grids:
        note("plan-tolerance-missed", sorted(open_grids))


def explain_also(report: Report, also: Sequence[Kept]) -> None:
    """Add a finding for each further criterion that some grids do not keep."""
    for kept in also:
        if kept.outside:
            report.add(
                "warned", "plan-criterion-missed", count=len(kept.outside), name=kept.name,
                grids=listed(np.array(sorted(kept.outside), object)),
                least=f"{kept.least:.10g}", most=f"{kept.most:.10g}",
                least_wanted=f"{kept.least_wanted:.10g}",
                most_wanted="none" if kept.most_wanted is None else f"{kept.most_wanted:.10g}",
            )  # fmt: skip


def _percent(share: float) -> str:
    return f"{share * 100:.0f}"
