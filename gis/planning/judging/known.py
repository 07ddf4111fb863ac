"""What is known of a plan before it is searched for: what no plan can reach, by every criterion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.graph import UnitGraph
from gis.planning.criteria import Criterion
from gis.planning.judging.limits import Binding, Bound, beyond, bounds, infeasible, out_of_reach

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """`at_least`: no plan's largest deviation by the first criterion is below it. `found`: all
    bounds that keep every plan from what is wanted, of any criterion; `told`: those of them that a
    planner needs to read, each fault once."""

    at_least: float
    found: tuple[Bound, ...]
    told: tuple[Bound, ...]

    def of(self, criterion: int) -> list[Bound]:
        """What was found of one criterion."""
        return [bound for bound in self.found if bound.criterion == criterion]


def what_is_known(
    graph: UnitGraph, loads: Floats, k: int, criteria: Sequence[Criterion], binding: Binding
) -> Known:
    """Proofs about every plan of k connected grids; `loads` (n, c) in the order of the criteria."""
    even = [c for c, criterion in enumerate(criteria) if criterion.tolerance is not None]
    proven = [
        replace(bound, criterion=even[bound.criterion])
        for bound in bounds(graph, loads[:, even], k, binding=binding)
    ]
    tolerance = [criterion.tolerance or 0.0 for criterion in criteria]
    outside: list[Bound] = []
    for c, criterion in enumerate(criteria):
        if criterion.tolerance is None:
            wrong = out_of_reach(
                graph, loads[:, c], k, criterion.least, criterion.most, binding=binding
            )
            outside += [replace(bound, criterion=c) for bound in wrong]
    return Known(
        at_least=max((bound.value for bound in proven if bound.criterion == 0), default=0.0),
        found=(*beyond(proven, tolerance), *outside),
        told=(*infeasible(proven, tolerance), *outside),
    )
