"""Today's plan made whole: every unit in a grid, every grid in one piece, with few moves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.graph import UnitGraph, components, sums

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def mended(
    graph: UnitGraph, load: Floats, part: Ints, k: int, movable: Bools, closed: Bools
) -> Ints:
    """Parts 0..k-1 near `part` (-1 = no grid), each connected and none empty where possible.

    Each grid keeps its heaviest piece, or one with units that may not move. Other pieces go whole
    to the lightest grid that they touch; units of no grid join the lightest, layer by layer; a grid
    without units gets one of the heaviest grid. `load` is (n,). `closed` grids take nothing. What
    cannot be mended so (pieces that may not move, land that touches no grid) stays as it is.
    """
    part = part.copy()
    weight = load + max(float(load.sum()), 1.0) * 1e-12
    if not (part >= 0).any():
        part[0] = int(np.flatnonzero(~closed)[0])
    _fill(graph, weight, part, k, closed)
    while True:
        moved = _join_one_piece(graph, weight, part, k, movable, closed)
        if not moved:
            break
    for grid in np.flatnonzero((np.bincount(part[part >= 0], minlength=k) == 0) & ~closed):
        _found(graph, weight, part, k, int(grid), movable)
    return part


def _both_ways(graph: UnitGraph) -> tuple[Ints, Ints]:
    return np.repeat(np.arange(graph.size), np.diff(graph.start)), graph.neighbour


def _fill(graph: UnitGraph, weight: Floats, part: Ints, k: int, closed: Bools) -> None:
    """Give units of no grid to the lightest grid that touches some, one layer at a time."""
    source, target = _both_ways(graph)
    while True:
        edge = (part[source] < 0) & (part[target] >= 0)
        edge[edge] = ~closed[part[target[edge]]]
        if not edge.any():
            return
        total = sums(part[part >= 0], weight[part >= 0], k)
        takers = np.unique(part[target[edge]])
        taker = takers[np.argmin(total[takers])]
        part[source[edge & (part[target] == taker)]] = taker


def _join_one_piece(
    graph: UnitGraph, weight: Floats, part: Ints, k: int, movable: Bools, closed: Bools
) -> bool:
    """Give the lightest piece that is apart from its grid to a neighbour; False if none can go."""
    source, target = _both_ways(graph)
    same = (part[source] == part[target]) & (part[source] >= 0)
    piece = components(graph.size, source[same], target[same])
    piece_weight = np.bincount(piece, weight)
    count = len(piece_weight)
    grid = np.empty(count, np.int64)
    grid[piece] = part
    fixed = np.bincount(piece, ~movable, count) > 0
    order = np.lexsort((np.arange(count), -piece_weight, ~fixed, grid))
    main = np.zeros(count, bool)
    main[order[np.unique(grid[order], return_index=True)[1]]] = True
    total = sums(part[part >= 0], weight[part >= 0], k)
    loose = np.flatnonzero(~main & ~fixed & (grid >= 0))
    for one in loose[np.lexsort((loose, piece_weight[loose]))]:
        around = np.unique(part[target[piece[source] == one]])
        takers = [p for p in around.tolist() if p >= 0 and p != grid[one] and not closed[p]]
        if takers:
            part[piece == one] = min(takers, key=lambda p: (total[p], p))
            return True
    return False


def _found(graph: UnitGraph, weight: Floats, part: Ints, k: int, new: int, movable: Bools) -> None:
    """Start a grid with one unit of the heaviest grid that can spare one."""
    total = sums(part[part >= 0], weight[part >= 0], k)
    for donor in np.argsort(-total, kind="stable").tolist():
        # The unit found last in breadth-first order never holds its grid together.
        inside = np.flatnonzero(part == donor)
        last = _last_found(graph, part, int(inside[0])) if len(inside) > 1 else -1
        if last >= 0 and movable[last]:
            part[last] = new
            return


def _last_found(graph: UnitGraph, part: Ints, first: int) -> int:
    seen, queue = {first}, [first]
    for node in queue:
        for other in graph.neighbour[graph.start[node] : graph.start[node + 1]].tolist():
            if other not in seen and part[other] == part[first]:
                seen.add(other)
                queue.append(other)
    return queue[-1]
