"""Which units are neighbours, and along how many metres: the graph that grids are cut from.

Two units are neighbours when they share boundary of some length; touching at a point is not
enough. Where the units are an exact coverage, shared segments have the same two end points, and
hashing them finds all neighbours in one sort. Segments without a partner go to `touching`, which
measures T-junctions and small mismatches within a tolerance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.errors import InputError
from gis.planning.adjacency.touching import TOLERANCE_M, loose_neighbours

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Geometries = npt.NDArray[Any]

# Vertices closer than this are the same vertex: far below survey precision (1 cm).
VERTEX_M = 1e-3


def sums(index: Ints, values: Floats, count: int) -> Floats:
    """For each of `count` numbers, the sum of the values whose index it is."""
    return np.asarray(np.bincount(index, values, count), np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitGraph:
    """Neighbourhood of n units as compressed sparse rows, both directions of each pair stored.

    The neighbours of unit u are `neighbour[start[u]:start[u + 1]]`, sorted. `shared_m` is the
    length of the common boundary; `cost` is what it costs to run a grid boundary there (equal to
    `shared_m` unless streets were given); `arterial_m` the part of it on arterials. `bridge` marks
    pairs that do not touch and were joined across a gap (length 0).
    """

    start: Ints
    neighbour: Ints
    shared_m: Floats
    cost: Floats
    arterial_m: Floats
    bridge: Bools
    area_m2: Floats
    perimeter_m: Floats

    @property
    def size(self) -> int:
        return len(self.start) - 1

    def pairs(self) -> tuple[Ints, Ints, Ints]:
        """Each pair once: (lower unit, higher unit, position of that direction in `neighbour`)."""
        left = np.repeat(np.arange(self.size), np.diff(self.start))
        once = np.flatnonzero(left < self.neighbour)
        return left[once], self.neighbour[once], once

    def components(self) -> Ints:
        """The connected component of each unit, numbered by first appearance, bridges included."""
        return components(self.size, *self.pairs()[:2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """Boundary segments of n units in one list: end points in metres and the unit of each."""

    x0: Floats
    y0: Floats
    x1: Floats
    y1: Floats
    unit: Ints

    def length_m(self) -> Floats:
        return np.asarray(np.hypot(self.x1 - self.x0, self.y1 - self.y0))


def components(size: int, left: Ints, right: Ints) -> Ints:
    """The connected component of each of `size` nodes under the given pairs."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    links = coo_matrix((np.ones(len(left), np.int8), (left, right)), (size, size))
    return np.asarray(connected_components(links, directed=False)[1], np.int64)


def boundary_segments(polygons: Geometries) -> Segments:
    """All boundary segments of polygons, without those of zero length."""
    parts, unit_of_part = shapely.get_parts(polygons, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    unit_of_ring = unit_of_part[part_of_ring]
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    a, b = xy[:-1][same], xy[1:][same]
    kept = (a != b).any(axis=1)
    a, b = a[kept], b[kept]
    unit = unit_of_ring[ring[:-1][same][kept]]
    return Segments(x0=a[:, 0], y0=a[:, 1], x1=b[:, 0], y1=b[:, 1], unit=unit.astype(np.int64))


def build_graph(polygons: Geometries, *, tolerance_m: float = TOLERANCE_M) -> UnitGraph:
    """The graph of units from their polygons in a metric projection.

    Boundaries within `tolerance_m` of each other count as shared. Raises InputError
    `plan-unit-geometry` for missing, empty or non-polygonal units.
    """
    polygons = np.asarray(polygons, object)
    bad = ~np.isin(shapely.get_type_id(polygons), (3, 6)) | shapely.is_empty(polygons)
    if bad.any():
        rows = np.flatnonzero(bad) + 1
        raise InputError("plan-unit-geometry", count=len(rows), row=int(rows[0]))
    segments = boundary_segments(polygons)
    left, right, metres, loose = _matched(segments)
    if loose.any():
        more = loose_neighbours(segments, loose, polygons, tolerance_m)
        left = np.concatenate([left, more[0]])
        right = np.concatenate([right, more[1]])
        metres = np.concatenate([metres, more[2]])
    perimeter_m = sums(segments.unit, segments.length_m(), len(polygons))
    return assemble(left, right, metres, area_m2=shapely.area(polygons), perimeter_m=perimeter_m)


def assemble(
    left: Ints,
    right: Ints,
    metres: Floats,
    *,
    area_m2: Floats,
    perimeter_m: Floats,
    bridge: Bools | None = None,
    cost: Floats | None = None,
    arterial_m: Floats | None = None,
) -> UnitGraph:
    """A graph from a list of pairs in any order; the lengths of repeated pairs are added up."""
    size = len(area_m2)
    low, high = np.minimum(left, right), np.maximum(left, right)
    apart = low != high
    keys, place = np.unique(low[apart] * size + high[apart], return_inverse=True)

    def total(values: Floats | None, default: Floats) -> Floats:
        return sums(place, (default if values is None else values)[apart], len(keys))

    none = np.zeros(len(left), bool) if bridge is None else bridge
    columns = [
        total(metres, metres),
        total(cost, metres),
        total(arterial_m, np.zeros(len(left))),
        (np.bincount(place, ~none[apart], len(keys)) == 0).astype(float),
    ]
    a, b = keys // size, keys % size
    source, target = np.concatenate([a, b]), np.concatenate([b, a])
    order = np.lexsort((target, source))
    both = [np.concatenate([column, column])[order] for column in columns]
    start = np.zeros(size + 1, np.int64)
    np.cumsum(np.bincount(source, minlength=size), out=start[1:])
    return UnitGraph(
        start=start,
        neighbour=target[order],
        shared_m=both[0],
        cost=both[1],
        arterial_m=both[2],
        bridge=both[3].astype(bool),
        area_m2=np.asarray(area_m2, float),
        perimeter_m=np.asarray(perimeter_m, float),
    )


def subgraph(graph: UnitGraph, chosen: Ints) -> UnitGraph:
    """The graph of the chosen units only, renumbered in the order given.

    Takes as long as the chosen units have neighbours, however large the graph is.
    """
    counts = graph.start[chosen + 1] - graph.start[chosen]
    source = np.repeat(np.arange(len(chosen)), counts)
    first = np.cumsum(counts) - counts
    at = np.arange(len(source)) - first[source] + graph.start[chosen][source]
    order = np.argsort(chosen, kind="stable")
    found = np.minimum(
        np.searchsorted(chosen, graph.neighbour[at], sorter=order), max(len(chosen) - 1, 0)
    )
    target = order[found] if len(chosen) else found
    once = (chosen[target] == graph.neighbour[at]) & (source < target)
    left, right, at = source[once], target[once], at[once]
    return assemble(
        left,
        right,
        graph.shared_m[at],
        area_m2=graph.area_m2[chosen],
        perimeter_m=graph.perimeter_m[chosen],
        bridge=graph.bridge[at],
        cost=graph.cost[at],
        arterial_m=graph.arterial_m[at],
    )


def without(graph: UnitGraph, dropped: Bools) -> UnitGraph:
    """The graph without some of its pairs, in the order of `graph.pairs()`."""
    left, right, at = (values[~dropped] for values in graph.pairs())
    return assemble(
        left,
        right,
        graph.shared_m[at],
        area_m2=graph.area_m2,
        perimeter_m=graph.perimeter_m,
        bridge=graph.bridge[at],
        cost=graph.cost[at],
        arterial_m=graph.arterial_m[at],
    )


def segment_keys(segments: Segments) -> Ints:
    """One number per segment, equal for segments with the same end points in either direction."""
    x = np.concatenate([segments.x0, segments.x1])
    y = np.concatenate([segments.y0, segments.y1])
    column = np.rint((x - x.min()) / VERTEX_M).astype(np.int64)
    row = np.rint((y - y.min()) / VERTEX_M).astype(np.int64)
    vertices, vertex = np.unique(column * (int(row.max()) + 1) + row, return_inverse=True)
    a, b = vertex[: len(segments.unit)], vertex[len(segments.unit) :]
    return np.asarray(np.minimum(a, b) * len(vertices) + np.maximum(a, b), np.int64)


def _matched(segments: Segments) -> tuple[Ints, Ints, Floats, Bools]:
    """Pairs of units with an equal segment and its length; and which segments found no partner."""
    keys = segment_keys(segments)
    order = np.lexsort((segments.unit, keys))
    keys, unit = keys[order], segments.unit[order]
    length_m = segments.length_m()[order]
    lefts, rights, lengths = [], [], []
    partnered = np.zeros(len(keys), bool)
    step, pending = 1, True
    while pending and step < len(keys):  # step > 1 only where three or more units overlap
        same = np.flatnonzero(keys[step:] == keys[:-step])
        pending = len(same) > 0
        apart = same[unit[same] != unit[same + step]]
        partnered[apart] = partnered[apart + step] = True
        lefts.append(unit[apart])
        rights.append(unit[apart + step])
        lengths.append(length_m[apart])
        step += 1
    loose = np.zeros(len(keys), bool)
    loose[order] = ~partnered
    if not lefts:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), loose
    return np.concatenate(lefts), np.concatenate(rights), np.concatenate(lengths), loose
