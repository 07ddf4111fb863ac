"""Units that must stay together become one node of a smaller graph: groups, and pinned grids."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from gis.errors import InfeasibleError
from gis.planning.adjacency.graph import UnitGraph, assemble, components, sums

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def contract(graph: UnitGraph, node: Ints) -> UnitGraph:
    """The graph of super-nodes 0..m-1, where `node` names the super-node of each unit.

    Areas add up; boundary inside a super-node disappears, and counts for no perimeter.
    """
    count = int(node.max()) + 1
    left, right, at = graph.pairs()
    inside = node[left] == node[right]
    inner_m = sums(node[left[inside]], graph.shared_m[at[inside]], count)
    return assemble(
        node[left],
        node[right],
        graph.shared_m[at],
        area_m2=sums(node, graph.area_m2, count),
        perimeter_m=sums(node, graph.perimeter_m, count) - 2 * inner_m,
        bridge=graph.bridge[at],
        cost=graph.cost[at],
        arterial_m=graph.arterial_m[at],
    )


def connected_groups(graph: UnitGraph, group: Ints) -> Ints:
    """A super-node per connected piece of each group; units with group -1 stand alone."""
    left, right, _ = graph.pairs()
    same = (group[left] == group[right]) & (group[left] >= 0)
    return components(graph.size, left[same], right[same])


def join_pinned(graph: UnitGraph, pin: Ints, names: Mapping[int, str]) -> Ints:
    """Extend the nodes pinned to each grid until they are connected; -1 = not pinned.

    The shortest ways through nodes that are free are pinned too. Raises InfeasibleError
    `plan-pins-apart` if other pins leave no way.
    """
    pin = pin.copy()
    for label in np.unique(pin[pin >= 0]):
        while True:
            group = np.where(pin == label, label, -1)
            mine = np.flatnonzero(group >= 0)
            piece = connected_groups(graph, group)
            if len(np.unique(piece[mine])) == 1:
                break
            way = _way(graph, pin, int(label), piece, int(piece[mine[0]]))
            if way is None:
                raise InfeasibleError("plan-pins-apart", grid=names[int(label)])
            pin[way] = label
    return pin


def _way(graph: UnitGraph, pin: Ints, label: int, piece: Ints, begin: int) -> list[int] | None:
    """Free nodes on a shortest way from one piece of a pinned grid to another, or None."""
    sources = np.flatnonzero((piece == begin) & (pin == label))
    before = np.full(graph.size, -2, np.int64)
    before[sources] = -1
    queue = deque(int(node) for node in sources)
    while queue:
        node = queue.popleft()
        for other in graph.neighbour[graph.start[node] : graph.start[node + 1]]:
            if before[other] != -2 or pin[other] not in (-1, label):
                continue
            before[other] = node
            if pin[other] == label and piece[other] != begin:
                way, step = [], node
                while pin[step] == -1:
                    way.append(step)
                    step = int(before[step])
                return way
            queue.append(int(other))
    return None
