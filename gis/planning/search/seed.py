"""A first plan, contiguous from the start: METIS, or the current plan, mended where needed."""

from __future__ import annotations

import heapq
import warnings
from collections import deque

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.graph import UnitGraph, components, sums

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# METIS counts in 32-bit integers; sums must stay well below 2^31.
WHOLE = 1 << 28


def metis_parts(graph: UnitGraph, load: Floats, target: Floats, seed: int) -> Ints:
    """METIS k-way parts of a connected graph with shares proportional to `target`.

    Parts may be empty or broken: `mend` them.
    """
    import pymetis

    k = len(target)
    if k == 1:
        return np.zeros(graph.size, np.int64)
    if k >= graph.size:
        return np.arange(graph.size)
    weights = np.rint(load / max(load.sum(), 1e-300) * WHOLE).astype(np.int64)
    total_cost = max(float(graph.cost.sum()), 1e-300)
    edges = np.maximum(1, np.rint(graph.cost / total_cost * WHOLE)).astype(np.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        found = pymetis.part_graph(
            k,
            xadj=graph.start.tolist(),
            adjncy=graph.neighbour.tolist(),
            vweights=weights.tolist(),
            eweights=edges.tolist(),
            tpwgts=_shares(target),
            recursive=k <= 8,
            options=pymetis.Options(contig=k > 8, seed=seed % (1 << 31)),
        )
    return np.asarray(found.vertex_part, np.int64)


def _shares(target: Floats) -> list[float]:
    shares = target / target.sum()
    return [float(share) for share in shares / shares.sum()]


def mend(
    graph: UnitGraph, load: Floats, target: Floats, part: Ints, anchor: Ints | None = None
) -> Ints:
    """Parts 0..k-1, every one connected and none empty, close to the given ones (-1 = free).

    `anchor[p]` is the node that part p must hold (-1 = none): pinned grids stay where they are.
    The graph must be connected and have at least k nodes.
    """
    k = len(target)
    part = part.copy()
    anchors = np.full(k, -1, np.int64) if anchor is None else anchor
    part = _claimed_by_anchors(part, anchors)
    part = _keep_main_pieces(graph, load, part, anchors)
    grow(graph, load, target, part)
    while True:
        counts = np.bincount(part, minlength=k)
        empty = np.flatnonzero(counts == 0)
        if len(empty) == 0:
            return part
        part_load = sums(part, load, k)
        splittable = counts >= 2
        donor = int(np.lexsort((-counts, -part_load / target, ~splittable))[0])
        split(graph, load, target, part, donor, int(empty[0]), int(anchors[donor]))


def _claimed_by_anchors(part: Ints, anchors: Ints) -> Ints:
    """Labels such that node `anchors[p]` has label p.

    The first anchor in a part claims it; a second one there starts alone, and as many parts
    without an anchor are set free. Other parts keep their labels where those are not anchored.
    """
    anchored = np.flatnonzero(anchors >= 0)
    if len(anchored) == 0:
        return part
    new = np.full(len(anchors), -1, np.int64)
    for label, found in zip(anchored.tolist(), part[anchors[anchored]].tolist(), strict=True):
        if found >= 0 and new[found] < 0:
            new[found] = label
    free = np.flatnonzero(anchors < 0).tolist()
    others = np.flatnonzero((new < 0) & (np.bincount(part[part >= 0], minlength=len(new)) > 0))
    for own in others.tolist():
        if own in free:
            new[own] = own
            free.remove(own)
    for other, label in zip((p for p in others.tolist() if new[p] < 0), free, strict=False):
        new[other] = label
    result = np.where(part >= 0, new[part], -1)
    result[anchors[anchored]] = anchored
    return result


def _keep_main_pieces(graph: UnitGraph, load: Floats, part: Ints, anchors: Ints) -> Ints:
    """Free every piece of a part except the one with its anchor, or else with the most load."""
    left, right, _ = graph.pairs()
    same = (part[left] == part[right]) & (part[left] >= 0)
    piece = components(graph.size, left[same], right[same])
    piece_load = np.bincount(piece, load + load.sum() * 1e-12 + 1e-300)
    held = np.zeros(len(piece_load), bool)
    held[piece[anchors[anchors >= 0]]] = True
    owner = np.full(len(piece_load), -1, np.int64)
    owner[piece] = part
    order = np.lexsort((np.arange(len(owner)), -piece_load, ~held, owner))
    first = np.ones(len(order), bool)
    first[1:] = owner[order][1:] != owner[order][:-1]
    main = np.zeros(len(owner), bool)
    main[order[first]] = True
    return np.where(main[piece], part, -1)


def grow(
    graph: UnitGraph, load: Floats, target: Floats, part: Ints, within: Bools | None = None
) -> None:
    """Give every free node (-1) to a part that touches it, the emptiest part first; in place.

    With `within`, only those nodes are given away. If no part has a node yet, part 0 starts.
    """
    start, neighbour = graph.start, graph.neighbour
    if not (part >= 0).any():
        part[0] = 0
    part_load = sums(part[part >= 0], load[part >= 0], len(target))
    open_to = (part < 0) if within is None else (part < 0) & within
    fringe: dict[int, deque[int]] = {}
    for node in np.flatnonzero(open_to).tolist():
        for other in neighbour[start[node] : start[node + 1]]:
            if part[other] >= 0 and (within is None or within[other]):
                fringe.setdefault(int(part[other]), deque()).append(node)
    heap = [(float(part_load[p] / target[p]), p) for p in sorted(fringe)]
    heapq.heapify(heap)
    while heap:
        _, p = heapq.heappop(heap)
        queue = fringe[p]
        while queue and part[queue[0]] >= 0:
            queue.popleft()
        if not queue:
            continue
        node = queue.popleft()
        part[node] = p
        part_load[p] += load[node]
        for other in neighbour[start[node] : start[node + 1]]:
            if part[other] < 0 and open_to[other]:
                queue.append(int(other))
        heapq.heappush(heap, (float(part_load[p] / target[p]), p))


def split(
    graph: UnitGraph, load: Floats, target: Floats, part: Ints, donor: int, new: int, anchor: int
) -> None:
    """Divide a connected part of two nodes or more into two, from its far ends; in place."""
    inside = part == donor
    some = anchor if anchor >= 0 else int(np.flatnonzero(inside)[0])
    one = some if anchor >= 0 else _farthest(graph, inside, some)
    other = _farthest(graph, inside, one)
    part[inside] = -1
    part[one], part[other] = donor, new
    grow(graph, load, target, part, within=inside)


def _farthest(graph: UnitGraph, inside: Bools, source: int) -> int:
    """The node of a connected set that is most steps away from `source`."""
    seen = ~inside
    seen[source] = True
    last = source
    queue: deque[int] = deque([source])
    while queue:
        last = queue.popleft()
        for other in graph.neighbour[graph.start[last] : graph.start[last + 1]].tolist():
            if not seen[other]:
                seen[other] = True
                queue.append(other)
    return last
