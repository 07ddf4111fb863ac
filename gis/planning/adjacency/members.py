"""Which nodes each part of a plan has, found without looking through all nodes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.graph import UnitGraph

Ints = npt.NDArray[np.int64]


def entries(graph: UnitGraph, nodes: Ints) -> Ints:
    """The positions in `graph.neighbour` of all that the nodes have for neighbours."""
    counts = graph.start[nodes + 1] - graph.start[nodes]
    first = np.repeat(graph.start[nodes] - (np.cumsum(counts) - counts), counts)
    return np.asarray(first + np.arange(int(counts.sum())))


class Members:
    """The nodes of each part of a plan as it was when this was made; nodes of part -1 are left
    out. Those of part p are `order[first[p]:first[p + 1]]`."""

    def __init__(self, part: Ints, parts: int) -> None:
        self._part = part
        self.order = np.argsort(part, kind="stable")
        self.first = np.searchsorted(part[self.order], np.arange(parts + 1))

    def of(self, parts: Ints) -> Ints:
        """The nodes of some parts, sorted."""
        ranges = [self.order[self.first[p] : self.first[p + 1]] for p in parts.tolist()]
        return np.sort(np.concatenate(ranges))

    def around(self, graph: UnitGraph, part: int, hops: int) -> Ints:
        """The parts within so many steps of a part, itself included, sorted."""
        parts = np.array([part], np.int64)
        for _ in range(hops):
            near = self._part[graph.neighbour[entries(graph, self.of(parts))]]
            parts = np.unique(np.concatenate([parts, near[near >= 0]]))
        return parts
