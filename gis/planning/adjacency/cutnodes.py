"""Nodes on which other land hangs: what falls apart when a single node is taken away."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gis.kernels import compiled

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Array = npt.NDArray[Any]


def separated(size: int, left: Ints, right: Ints, load: Floats) -> tuple[Ints, Floats]:
    """For each node whose removal parts its land: the loads of the pieces, as (node, load) rows.

    Tarjan (1972), Depth-first search and linear graph algorithms.
    """
    source, target = np.concatenate([left, right]), np.concatenate([right, left])
    start = np.zeros(size + 1, np.int64)
    np.cumsum(np.bincount(source, minlength=size), out=start[1:])
    before, low, parent, below, whole = _depth_first(
        start, target[np.argsort(source, kind="stable")], np.asarray(load, np.float64)
    )
    child = np.flatnonzero(parent >= 0)
    child = child[low[child] >= before[parent[child]]]
    above = parent[child]
    root = parent[above] < 0
    # All below the first node of a search may be one piece; then nothing falls apart.
    alone = root & (np.bincount(above, minlength=size)[above] == 1)
    child, above = child[~alone], above[~alone]
    cut = np.unique(above)
    inner = cut[parent[cut] >= 0]
    rest = whole[inner] - load[inner] - np.bincount(above, below[child], size)[inner]
    return np.concatenate([above, inner]), np.concatenate([below[child], np.maximum(rest, 0)])


@compiled
def _depth_first(start: Array, neighbour: Array, load: Array) -> Any:
    """Order of visit, lowest order reached from below, tree parent, load of the subtree, and load
    of the whole land, of each node."""
    size = len(load)
    before = np.full(size, -1, np.int64)
    low = np.zeros(size, np.int64)
    parent = np.full(size, -1, np.int64)
    below = load.copy()
    whole = np.zeros(size)
    at = start[:-1].copy()
    stack = np.empty(size, np.int64)
    visited = np.empty(size, np.int64)
    time = 0
    for root in range(size):
        if before[root] >= 0:
            continue
        first = time
        stack[0], depth = root, 1
        before[root] = low[root] = time
        visited[time] = root
        time += 1
        while depth > 0:
            here = stack[depth - 1]
            if at[here] < start[here + 1]:
                other = neighbour[at[here]]
                at[here] += 1
                if before[other] < 0:
                    parent[other] = here
                    before[other] = low[other] = time
                    visited[time] = other
                    time += 1
                    stack[depth] = other
                    depth += 1
                elif other != parent[here]:
                    low[here] = min(low[here], before[other])
            else:
                depth -= 1
                up = parent[here]
                if up >= 0:
                    low[up] = min(low[up], low[here])
                    below[up] += below[here]
        for i in range(first, time):
            whole[visited[i]] = below[root]
    return before, low, parent, below, whole
