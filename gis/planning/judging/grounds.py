"""A plan with what bound it, and what is wanted of its grids: what reasons are looked for in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.graph import UnitGraph
from gis.planning.judging.limits import MAIN, Binding, Bound, pieces
from gis.planning.regions import Region

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

SLACK = 1e-9
# Those that say only that some grid is outside.
OF_SOME = (
    "plan-limit-whole", "plan-limit-total", "plan-limit-minimum", "plan-limit-maximum",
    "plan-limit-lands-outside",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A plan and what bound it, whatever is shared out.

    `labels` is the grid of each unit and `piece` numbers units that no grid may part. `region` is
    the region of each grid that is divided by itself (a parent, or land), with the code that says
    why its load does not fit and its name; `area` that over which loads are to be equal. A locked
    grid is as it is. `searched` says that the plan was searched for, `early` that the search was
    stopped.
    """

    graph: UnitGraph
    labels: Ints
    grid_ids: Sequence[str]
    unit_id: npt.NDArray[Any]
    piece: Ints
    region: Ints
    region_code: Sequence[str]
    region_name: Sequence[str]
    area: Ints
    locked: Bools
    early: bool = False
    searched: bool = True

    @classmethod
    def plain(
        cls, graph: UnitGraph, labels: Ints, grid_ids: Sequence[str], unit_id: npt.NDArray[Any],
        *, parent: Ints | None = None, area: Ints | None = None, names: Sequence[str] = (),
        early: bool = False, searched: bool = True,
    ) -> Ground:  # fmt: skip
        """A plan that nothing binds but the `parent` and the `area` of each grid, if any."""
        none = np.zeros(len(grid_ids), np.int64)
        region = none if parent is None else parent
        count = int(region.max()) + 1
        return cls(
            graph=graph, labels=labels, grid_ids=grid_ids, unit_id=unit_id,
            piece=np.arange(len(labels)), region=region, locked=none > 0,
            region_code=["plan-grid-parent-uneven"] * count, region_name=names or [""] * count,
            area=none if area is None else area, early=early, searched=searched,
        )  # fmt: skip

    @classmethod
    def of_regions(
        cls, graph: UnitGraph, labels: Ints, grid_ids: Sequence[str], unit_id: npt.NDArray[Any],
        regions: Sequence[Region], binding: Binding, *, early: bool = False,
    ) -> Ground:  # fmt: skip
        """A plan whose regions were divided one by one."""
        lock = np.full(len(labels), -1, np.int64) if binding.lock is None else binding.lock
        region, locked = np.zeros(len(grid_ids), np.int64), np.zeros(len(grid_ids), bool)
        is_locked = [bool((lock[one.units] >= 0).any()) for one in regions]
        beside = {one.parent for one, closed in zip(regions, is_locked, strict=True) if closed}
        codes = []
        for number, one in enumerate(regions):
            region[labels[one.units]] = number
            locked[labels[one.units]] = is_locked[number]
            if one.parent in beside:
                codes.append("plan-grid-beside-locked")
            elif one.alone and one.parent:
                codes.append("plan-grid-parent-uneven")
            else:
                codes.append("plan-grid-land-uneven")
        return cls(
            graph=graph, labels=labels, grid_ids=grid_ids, unit_id=unit_id,
            piece=pieces(graph, binding), region=region, region_code=codes,
            region_name=[one.parent or str(unit_id[one.units[0]]) for one in regions],
            area=np.zeros(len(grid_ids), np.int64), locked=locked, early=early,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is wanted of the load of n units in each of k grids: about `target`, within `low` and
    `high`. Deviations are from the target, or from the limit that is passed. `found` are the bounds
    beyond which no plan comes; `some` is for each grid the deviation that it or another must have,
    as far as known."""

    criterion: str
    load: Floats
    target: Floats
    low: Floats
    high: Floats
    from_limit: bool
    found: Sequence[Bound]
    some: Floats

    @classmethod
    def within(
        cls, load: Floats, target: Floats, tolerance: float, *, criterion: str = MAIN,
        found: Sequence[Bound] = (), some: Floats | None = None,
    ) -> Wanted:  # fmt: skip
        """Within a tolerance of the target."""
        slack = tolerance + SLACK
        return cls(
            criterion=criterion, load=load, target=target, low=target * (1 - slack),
            high=target * (1 + slack), from_limit=False, found=found,
            some=np.full(len(target), forced_somewhere(found)) if some is None else some,
        )  # fmt: skip

    @classmethod
    def between(
        cls, load: Floats, grids: int, least: float, most: float, *, criterion: str,
        found: Sequence[Bound] = (),
    ) -> Wanted:  # fmt: skip
        """Between a least and a most."""
        slack = SLACK * float(load.sum()) / grids
        full = np.ones(grids)
        return cls(
            criterion=criterion, load=load, target=full * (most if np.isfinite(most) else least),
            low=full * (least - slack), high=full * (most + slack), from_limit=True, found=found,
            some=full * forced_somewhere(found),
        )  # fmt: skip


def forced_somewhere(found: Sequence[Bound]) -> float:
    """The largest deviation that some grid must have, nobody knows which."""
    return max((bound.value for bound in found if bound.code in OF_SOME), default=0.0)
