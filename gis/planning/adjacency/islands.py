"""Units that touch no others: which get grids of their own, and which are joined across the gap.

A planner expects an island to belong to the grid of the nearest shore, unless it is large enough
for grids of its own; and wants to be told. Components with at least half a grid's load get their
own grids. The others are joined to the nearest unit by a bridge, which the report names.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.planning.adjacency.graph import UnitGraph, assemble

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Geometries = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A graph with bridges, the component of each unit in it, and per bridge its island unit, the
    unit on the other side and the width of the gap in metres."""

    graph: UnitGraph
    component: Ints
    island: Ints
    shore: Ints
    gap_m: Floats


def join_islands(
    graph: UnitGraph, load: Floats, polygons: Geometries, most: int, *, all_in_one: bool = False
) -> Joined:
    """Join components too small for a grid of their own, until at most `most` remain.

    `most` is the number of grids. With `all_in_one`, every component is joined.
    """
    component = graph.components()
    count = int(component.max()) + 1
    nothing = np.zeros(0, np.int64)
    if count == 1:
        return Joined(
            graph=graph, component=component, island=nothing, shore=nothing, gap_m=np.zeros(0)
        )
    # Where nothing has load, or it is equal, the number of units decides.
    size = np.bincount(component).astype(float)
    weight = np.bincount(component, load) + size * 1e-9 * max(float(load.sum()), 1.0) / graph.size
    order = np.lexsort((np.arange(count), -weight))
    own = np.zeros(count, bool)
    limit = 1 if all_in_one else most
    own[order[:limit]] = weight[order[:limit]] >= 0.5 * weight.sum() / most
    own[order[0]] = True
    island, shore, gap_m = _bridges(polygons, component, own)
    left, right, at = graph.pairs()
    new = np.zeros(len(island))
    joined = assemble(
        np.concatenate([left, island]),
        np.concatenate([right, shore]),
        np.concatenate([graph.shared_m[at], new]),
        area_m2=graph.area_m2,
        perimeter_m=graph.perimeter_m,
        bridge=np.concatenate([graph.bridge[at], new == 0]),
        cost=np.concatenate([graph.cost[at], new]),
        arterial_m=np.concatenate([graph.arterial_m[at], new]),
    )
    return Joined(
        graph=joined, component=joined.components(), island=island, shore=shore, gap_m=gap_m
    )


def _bridges(
    polygons: Geometries, component: Ints, own: npt.NDArray[np.bool_]
) -> tuple[Ints, Ints, Floats]:
    """The shortest links that join every component that is not `own` to one that is."""
    main = np.flatnonzero(own[component])
    small = np.flatnonzero(~own[component])
    if len(small) == 0:
        return small, small, np.zeros(0)
    (at, near), gap_m = shapely.STRtree(polygons[main]).query_nearest(
        polygons[small], return_distance=True, all_matches=False
    )
    left, right, width = small[at], main[near], gap_m
    # Islands may be nearer to each other than to the main land; then one link reaches both.
    reach = np.full(len(own), np.inf)
    np.minimum.at(reach, component[left], width)
    one, other = shapely.STRtree(polygons[small]).query(
        polygons[small], predicate="dwithin", distance=reach[component[small]]
    )
    apart = component[small[one]] < component[small[other]]
    one, other = small[one[apart]], small[other[apart]]
    left, right = np.concatenate([left, one]), np.concatenate([right, other])
    width = np.concatenate([width, shapely.distance(polygons[one], polygons[other])])
    # Kruskal over components, all land with grids of its own being one node, 0, to begin with.
    node = np.where(own, 0, np.arange(len(own)) + 1)[component]
    root = np.arange(len(own) + 1)
    used = []
    for i in np.lexsort((right, left, np.round(width, 6))):
        a, b = _find(root, int(node[left[i]])), _find(root, int(node[right[i]]))
        if a != b:
            root[max(a, b)] = min(a, b)
            used.append(i)
    return left[used], right[used], width[used]


def _find(root: Ints, node: int) -> int:
    while root[node] != node:
        root[node] = root[root[node]]
        node = int(root[node])
    return node


def apportion(load: Floats, grids: int, least: Ints, most: Ints) -> Ints:
    """Grids for each region in proportion to load (Webster's method), within least and most.

    Needs sum(least) <= grids <= sum(most).
    """
    given = least.astype(np.int64).copy()
    weight = load + max(float(load.sum()), 1.0) * 1e-12
    heap = [(-weight[i] / (given[i] + 0.5), i) for i in range(len(load)) if given[i] < most[i]]
    heapq.heapify(heap)
    for _ in range(grids - int(given.sum())):
        _, i = heapq.heappop(heap)
        given[i] += 1
        if given[i] < most[i]:
            heapq.heappush(heap, (-weight[i] / (given[i] + 0.5), i))
    return given
