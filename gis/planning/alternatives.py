"""Several plans spread over the trade-off, because no single number says which is best.

Balance, clear boundaries, compactness and change pull against each other. Each alternative leans
one way; the planner compares and picks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gis.errors import InputError
from gis.planning.adjacency.graph import UnitGraph, build_graph
from gis.planning.adjacency.streets import clearer
from gis.planning.generate import Constraints, generate_plan
from gis.planning.model import PlanRequest, PlanResult, Units
from gis.planning.search.anneal import never
from gis.progress import Progress, part_of, silent

# Factors on what was asked; STAYING and FREER are values of `keep` themselves.
TIGHTER, LOOSER, CLEARER, STAYING, FREER = 0.4, 2.0, 3.0, 1.0, 0.1
MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """One plan: which way it leans, how it was asked for, what came out, and whether no other
    alternative is at least as good in everything and better in something."""

    lean: str
    request: PlanRequest
    clarity: float
    result: PlanResult
    best_in_something: bool = True


def generate_alternatives(
    units: Units,
    request: PlanRequest,
    constraints: Constraints | None,
    count: int,
    *,
    graph: UnitGraph | None = None,
    clarity: float = 1.0,
    progress: Progress = silent,
    stop: Callable[[], bool] = never,
) -> list[Alternative]:
    """Up to `count` different plans, the one that was asked for first.

    `graph` is as from `streets.cost_by_streets`, not yet weighed by `clarity`. Once `stop` says
    so, those found so far are returned. Raises what `generate_plan` raises, and InputError
    `plan-alternatives-invalid`.
    """
    if not 1 <= count <= MOST:
        raise InputError("plan-alternatives-invalid", count=count, most=MOST)
    graph = graph or build_graph(units.polygons)
    streets = bool((graph.cost != graph.shared_m).any())
    current = constraints is not None and constraints.current is not None
    found: list[Alternative] = []
    seen: set[str] = set()
    for number, (lean, asked, weight) in enumerate(_leans(request, clarity, streets, current)):
        if len(found) == count or number == 2 * count or (found and stop()):
            break
        result = generate_plan(
            units, asked, constraints, graph=clearer(graph, weight), stop=stop,
            progress=part_of(progress, len(found) / count, (len(found) + 1) / count),
        )  # fmt: skip
        if result.certificate.digest in seen:
            continue
        seen.add(result.certificate.digest)
        found.append(Alternative(lean=lean, request=asked, clarity=weight, result=result))
    front = _front(np.array([_losses(one.result) for one in found]))
    return [
        replace(one, best_in_something=bool(best)) for one, best in zip(found, front, strict=True)
    ]


def _leans(
    request: PlanRequest, clarity: float, streets: bool, current: bool
) -> list[tuple[str, PlanRequest, float]]:
    """What to ask for, in order of interest: (lean, request, clarity)."""
    tighter = replace(request, tolerance=request.tolerance * TIGHTER)
    leans = [("asked", request, clarity), ("balanced", tighter, clarity)]
    if current and request.keep < STAYING:
        leans.append(("staying", replace(request, keep=STAYING), clarity))
    if streets:
        leans.append(("clear", request, max(clarity, 1.0) * CLEARER))
        leans.append(("compact", request, 0.0))
    leans.append(("loose", replace(request, tolerance=min(request.tolerance * LOOSER, 1)), clarity))
    if current:
        leans.append(("free", replace(request, keep=FREER), clarity))
    for turn in range(1, 2 * MOST):
        leans.append(("other", replace(request, seed=request.seed + turn), clarity))
    return leans


def _losses(result: PlanResult) -> Sequence[float]:
    """What is better when smaller, of one plan."""
    found = result.certificate
    return (
        found.max_deviation,
        found.boundary_m,
        -(found.arterial_share or 0.0),
        -found.compactness,
        found.moved_load_share or 0.0,
    )


def _front(losses: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Which rows no other row dominates (Pareto)."""
    no_worse = (losses[:, None, :] <= losses[None, :, :] + 1e-12).all(axis=2)
    better = (losses[:, None, :] < losses[None, :, :] - 1e-12).any(axis=2)
    return np.asarray(~(no_worse & better).any(axis=0))
