"""Hues for grids, so that neighbours on the map never share one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.graph import UnitGraph

Ints = npt.NDArray[np.int64]
HUES = 6


def grid_neighbours(graph: UnitGraph, labels: Ints) -> list[set[int]]:
    """For each grid, the grids that it shares boundary with."""
    neighbours: list[set[int]] = [set() for _ in range(int(labels.max()) + 1)]
    left, right, _ = graph.pairs()
    a, b = labels[left], labels[right]
    for one, other in zip(*np.unique(np.stack([a, b])[:, a != b], axis=1).tolist(), strict=True):
        neighbours[one].add(other)
        neighbours[other].add(one)
    return neighbours


def hues(neighbours: list[set[int]]) -> list[int]:
    """A hue 0..5 per grid, different from all its neighbours' hues; the same input, the same hues.

    The grid with the fewest neighbours left is put last, again and again; coloured in reverse,
    each has at most five coloured neighbours wherever the map is planar (every planar graph has
    a node of degree five or less; Matula and Beck 1983). Only grids in several pieces can make a
    map that needs more than six hues; then the fewest neighbours share one.
    """
    count = len(neighbours)
    degree = [len(near) for near in neighbours]
    buckets: list[set[int]] = [set() for _ in range(max(degree, default=0) + 1)]
    for node, number in enumerate(degree):
        buckets[number].add(node)
    order: list[int] = []
    removed = [False] * count
    lowest = 0
    while len(order) < count:
        while not buckets[lowest]:
            lowest += 1
        node = min(buckets[lowest])
        buckets[lowest].remove(node)
        removed[node] = True
        order.append(node)
        for other in neighbours[node]:
            if not removed[other]:
                buckets[degree[other]].remove(other)
                degree[other] -= 1
                buckets[degree[other]].add(other)
        lowest = max(lowest - 1, 0)
    result = [-1] * count
    used = [0] * HUES
    for node in reversed(order):
        near = [result[other] for other in neighbours[node]]
        hue = min(range(HUES), key=lambda h: (near.count(h), used[h], h))
        result[node] = hue
        used[hue] += 1
    return result
