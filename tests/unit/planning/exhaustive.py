"""Every plan of a small graph, one by one: the oracle that needs no cleverness."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gis.planning.adjacency.graph import UnitGraph, assemble


def plans(graph: UnitGraph, k: int) -> Iterator[np.ndarray]:
    """The labels of every division into k connected parts, once each; for up to some 12 nodes."""
    beside = [
        sum(1 << int(v) for v in graph.neighbour[graph.start[u] : graph.start[u + 1]])
        for u in range(graph.size)
    ]

    def connected_with(first: int, free: int) -> Iterator[int]:
        """Connected sets of free nodes that hold the first one, each once."""
        stack = [(1 << first, beside[first] & free, 0)]
        while stack:
            inside, edge, without = stack.pop()
            edge &= ~inside & ~without
            if not edge:
                yield inside
                continue
            bit = edge & -edge
            stack.append((inside, edge & ~bit, without | bit))
            stack.append((inside | bit, (edge | beside[bit.bit_length() - 1]) & free, without))

    def divide(free: int, k: int) -> Iterator[list[int]]:
        if k == 0 or not free:
            if k == 0 and not free:
                yield []
            return
        first = (free & -free).bit_length() - 1
        for part in connected_with(first, free):
            for others in divide(free & ~part, k - 1):
                yield [part, *others]

    for parts in divide((1 << graph.size) - 1, k):
        labels = np.zeros(graph.size, np.int64)
        for p, part in enumerate(parts):
            labels[[i for i in range(graph.size) if part >> i & 1]] = p
        yield labels


def random_graph(rng: np.random.Generator, size: int, more: int, pieces: int = 1) -> UnitGraph:
    """A random tree (or a forest of so many) and some more pairs, with random costs."""
    left = np.arange(pieces, size)
    right = np.array([rng.integers(0, i) for i in left], np.int64)
    a, b = rng.integers(0, size, (2, more))
    metres = rng.integers(1, 9, len(left) + more).astype(float)
    return assemble(
        np.concatenate([left, a]),
        np.concatenate([right, b]),
        metres,
        area_m2=np.ones(size),
        perimeter_m=np.ones(size),
    )
