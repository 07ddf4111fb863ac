"""Several plans spread over the trade-off, because no single number says which is best.

Balance, clear boundaries, compactness and change pull against each other. Each alternative leans
one way; the planner compares and picks. Only plans that no other one beats are offered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gis.errors import InputError
from gis.planning.adjacency.graph import UnitGraph, build_graph
from gis.planning.adjacency.streets import MOST_CLARITY, clearer
from gis.planning.generate import STAY, Constraints, generate_plan
from gis.planning.model import Certificate, PlanRequest, PlanResult, Units
from gis.planning.search.anneal import never
from gis.progress import Progress, part_of, silent
from gis.report import Report

Floats = npt.NDArray[np.float64]

# Factors on what was asked: first the plainest, then steps between and beyond.
TIGHTER, LOOSER, CLEARER = (0.4, 0.16, 0.64), (2.0, 1.4, 3.0), (3.0, 9.0, 1.7)
MOST = 20
# Searches per plan that is wanted: some find what another has found, or worse.
SEARCHES = 2
# Smaller differences are no reason to choose: shares, except of the boundary, which is relative.
NOTICED = {
    "max_deviation": 0.002, "boundary_m": 0.01, "arterial_share": 0.01, "compactness": 0.01,
    "moved_load_share": 0.005,
}  # fmt: skip
MORE_IS_BETTER = ("arterial_share", "compactness")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """One plan: which way it leans, how it was asked for, and what came out.

    `kept_to` says whether it is within the tolerance and limits of the first plan's request, and
    `beaten` whether another alternative is as good in everything and noticeably better in
    something: only the plan that was asked for may be.
    """

    lean: str
    request: PlanRequest
    clarity: float
    result: PlanResult
    kept_to: bool
    beaten: bool = False


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
    announce: Callable[[Report], None] | None = None,
) -> list[Alternative]:
    """Up to `count` plans that differ noticeably, the one that was asked for first, and of the
    others none that another beats.

    `graph` is as from `streets.cost_by_streets`, not yet weighed by `clarity`. Fewer are found
    where the units leave no choice. Once `stop` says so, those complete are returned, or the first
    as far as it came. `announce` is as in `generate_plan`, for the first. Raises what
    `generate_plan` raises, and InputError `plan-alternatives-invalid`.
    """
    check_count(count)
    graph = graph or build_graph(units.polygons)
    streets = bool((graph.cost != graph.shared_m).any())
    current = constraints is not None and constraints.current is not None
    found: list[Alternative] = []
    for turn, (lean, asked, weight) in enumerate(_leans(request, clarity, streets, current)):
        if len(found) == count or turn == SEARCHES * count or (found and stop()):
            break
        # How many searches it takes is not known: each takes a share of what is left.
        begun = 1 - (1 - 1 / count) ** turn if count > 1 else 0.0
        result = generate_plan(
            units, asked, constraints, graph=clearer(graph, weight), stop=stop,
            announce=None if found else announce,
            progress=part_of(progress, begun, begun + (1 - begun) / count),
        )  # fmt: skip
        if found and stop():
            break
        one = Alternative(
            lean=lean, request=asked, clarity=weight, result=result,
            kept_to=_kept_to(request, result.certificate),
        )  # fmt: skip
        found = _with(found, one)
    progress("plan-step-improve", 1.0)
    return found


def check_count(count: int) -> None:
    """Raise InputError `plan-alternatives-invalid` for a number of plans that cannot be made."""
    if not 1 <= count <= MOST:
        raise InputError("plan-alternatives-invalid", count=count, most=MOST)


def measures(certificate: Certificate) -> dict[str, float]:
    """What plans are compared by, of those keys of NOTICED that are known."""
    values = {name: getattr(certificate, name) for name in NOTICED}
    return {name: value for name, value in values.items() if value is not None}


def best_in(alternatives: Sequence[Alternative]) -> dict[str, float]:
    """The best value of each measure among plans; none where they do not differ noticeably."""
    best = {}
    table = [measures(one.result.certificate) for one in alternatives]
    for name in table[0] if table else ():
        values = [row[name] for row in table]
        step = NOTICED[name] * (min(values) if name == "boundary_m" else 1)
        if max(values) - min(values) > step:
            best[name] = max(values) if name in MORE_IS_BETTER else min(values)
    return best


def _leans(
    request: PlanRequest, clarity: float, streets: bool, current: bool
) -> list[tuple[str, PlanRequest, float]]:
    """What to ask for, in order of interest: (lean, request, clarity)."""
    leans = [("asked", request, clarity)]
    free = replace(request, keep=0.0) if current else request
    for level, (tighter, looser, clearly) in enumerate(zip(TIGHTER, LOOSER, CLEARER, strict=True)):
        tight = replace(request, tolerance=request.tolerance * tighter)
        wide = replace(request, tolerance=min(request.tolerance * looser, 1.0))
        again = replace(free, seed=request.seed + level)
        leans.append(("balanced", tight, clarity))
        if current and request.keep < STAY and level == 0:
            leans.append(("staying", replace(request, keep=STAY), clarity))
        if current and request.keep > 0:
            leans.append(("free", again, clarity))
        if streets:
            leans.append(("clear", again, min(max(clarity, 1.0) * clearly, MOST_CLARITY)))
            leans.append(("compact", again, 0.0))
        leans.append(("loose", wide, clarity))
    for turn in range(len(TIGHTER), SEARCHES * MOST):
        leans.append(("other", replace(free, seed=request.seed + turn), clarity))
    return leans


def _kept_to(request: PlanRequest, found: Certificate) -> bool:
    within = found.max_deviation <= request.tolerance + 1e-9
    return within and not any(kept.outside for kept in found.also)


def _with(found: list[Alternative], one: Alternative) -> list[Alternative]:
    """The alternatives with one more, unless it is beaten or the same; without those it beats.

    The first stays whatever beats it, and is marked.
    """
    if any(_no_worse(other, one) for other in found):
        return found
    kept = [other for other in found[1:] if not _no_worse(one, other)]
    first = [replace(other, beaten=other.beaten or _no_worse(one, other)) for other in found[:1]]
    return [*first, *kept, one]


def _no_worse(one: Alternative, other: Alternative) -> bool:
    return no_worse(measures(one.result.certificate), measures(other.result.certificate))


def no_worse(mine: Mapping[str, float], theirs: Mapping[str, float]) -> bool:
    """Whether measures (of keys of NOTICED) are at least as good as others in everything, but for
    what is too little to notice."""
    for name, value in mine.items():
        step = NOTICED[name] * (theirs[name] if name == "boundary_m" else 1)
        worse = theirs[name] - value if name in MORE_IS_BETTER else value - theirs[name]
        if worse > step:
            return False
    return True
