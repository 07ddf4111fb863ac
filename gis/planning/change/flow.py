"""How few people must change their grid so that every load comes within its band.

Two numbers that must not be confused. The *least* holds for every plan whatever its shape: what a
grid has above its band must leave it, what it lacks must come. It is proven, and cheap. The
*chained* number is the optimum of a linear programme in which people move only between grids that
are neighbours today, so that a surplus far from a deficit is passed on from grid to grid and
counted at each. It is proven for plans that do the same; a plan whose grids grow to touch others
than today may move fewer (along empty units, often), so for plans in general it is an estimate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.graph import UnitGraph, sums

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """An optimal flow of load between today's neighbours: `load[i]` goes from grid `before[i]` to
    grid `after[i]`; `total` is their sum."""

    total: float
    before: Ints
    after: Ints
    load: Floats


def least_moved(load: Floats, part: Ints, low: Floats, high: Floats) -> float:
    """A load that every plan within [low, high] moves at least, whatever its grids look like.

    `load` is (n,), `low` and `high` (k,), `part` today's grid of each unit, -1 = none (such a unit
    is not moved when it gets a grid). Proof: let F be the load that leaves grids and I what units
    of no grid bring. A grid above `high` loses the difference at least, so F is no less than the
    sum of the surpluses; a grid below `low` gains it, so F + I is no less than the sum of the
    deficits. Contiguity can only add to that.
    """
    at_home = part >= 0
    now = sums(part[at_home], load[at_home], len(low))
    surplus = float(np.maximum(now - high, 0).sum())
    deficit = float(np.maximum(low - now, 0).sum()) - float(load[~at_home].sum())
    return max(surplus, deficit, 0.0)


def chained_flow(
    graph: UnitGraph,
    load: Floats,
    part: Ints,
    low: Floats,
    high: Floats,
    closed: Bools | None = None,
) -> Flow | None:
    """The least load moved if units go only to grids that are neighbours of theirs today.

    Arguments as in `least_moved`; `closed` grids neither give nor take. None if no such flow
    brings every grid within its band. Proof that it bounds such plans: let x(a, b) be the load of
    the units that a plan moves from a to b. It is zero unless a and b are neighbours, what a grid
    has then is what it had minus what left plus what came, and the plan moves the sum of all x. So
    every such plan is a feasible point of the programme, whose minimum is no more than the sum.
    """
    from scipy.optimize import linprog
    from scipy.sparse import coo_matrix, vstack

    k = len(low)
    shut = np.zeros(k, bool) if closed is None else closed
    at_home = part >= 0
    now = sums(part[at_home], load[at_home], k)
    source = np.repeat(np.arange(graph.size), np.diff(graph.start))
    a, b = part[source], part[graph.neighbour]
    open_pair = (a >= 0) & (b >= 0) & (a != b)
    open_pair[open_pair] = ~shut[a[open_pair]] & ~shut[b[open_pair]]
    pairs = np.unique(a[open_pair] * k + b[open_pair])
    a, b = pairs // k, pairs % k
    # Units of no grid may go anywhere, and are not moved: columns at no cost, one per open grid.
    free = np.flatnonzero(~shut) if (~at_home).any() else np.zeros(0, np.int64)
    edge, spare = np.arange(len(pairs)), len(pairs) + np.arange(len(free))
    columns = len(pairs) + len(free)
    if columns == 0:
        fits = ((now >= low - 1e-9 * high) & (now <= high * (1 + 1e-9))).all()
        none = np.zeros(0, np.int64)
        return Flow(total=0.0, before=none, after=none, load=np.zeros(0)) if fits else None
    gain = coo_matrix(
        (
            np.concatenate([-np.ones(len(edge)), np.ones(len(edge) + len(free))]),
            (np.concatenate([a, b, free]), np.concatenate([edge, edge, spare])),
        ),
        (k, columns),
    ).tocsr()
    # In units of the mean load, so that the solver's tolerances mean the same everywhere.
    unit = max(float(now.mean()), float(load.sum()) / k, 1e-300)
    every_free = coo_matrix((np.ones(len(free)), (np.zeros(len(free), int), spare)), (1, columns))
    found = linprog(
        np.concatenate([np.ones(len(edge)), np.zeros(len(free))]),
        A_ub=vstack([gain, -gain]),
        b_ub=np.concatenate([high - now, now - low]) / unit,
        A_eq=every_free if len(free) else None,
        b_eq=[float(load[~at_home].sum()) / unit] if len(free) else None,
        method="highs",
    )
    if not found.success:
        return None
    flow = np.asarray(found.x[: len(pairs)], float) * unit
    used = flow > 1e-9 * unit
    return Flow(total=float(flow.sum()), before=a[used], after=b[used], load=flow[used])
