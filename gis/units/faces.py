"""Faces between lines: all lines noded on one fixed grid of coordinates, then polygonised.

Because every line is noded with every other on the grid that is also stored, neighbouring faces
share their vertices exactly: any set of faces, and any merging of them, is a valid coverage.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from gis.geometry import DECIMALS, GRID_DEG, Floats, to_metric

Ints = npt.NDArray[np.int64]
Geometries = npt.NDArray[np.object_]

REACH_M = 0.5
M_PER_DEG = 111_320.0  # of latitude, near enough for a direction


def polygonise(lines: Geometries) -> Geometries:
    """The faces that lines in WGS 84 enclose, on the stored grid, west to east, south to north.

    Lines that close nothing (dead ends) leave no trace.
    """
    noded = shapely.get_parts(shapely.union_all(lines, grid_size=GRID_DEG))
    faces = shapely.get_parts(shapely.polygonize(noded))
    faces = shapely.transform(faces, lambda xy: np.round(xy, DECIMALS))
    faces = faces[shapely.is_valid(faces) & (shapely.area(faces) > 0)]
    return faces[in_order(faces)]


def in_order(polygons: Geometries) -> Ints:
    """The order of polygons by place (then area): the same whatever order the input came in."""
    bounds = shapely.bounds(polygons).reshape(-1, 4)
    order: Ints = np.lexsort(
        (shapely.area(polygons), bounds[:, 3], bounds[:, 1], bounds[:, 0])
    ).astype(np.int64)
    return order


def outlines(polygons: Geometries) -> Geometries:
    """All rings of polygons and multipolygons as lines."""
    rings = shapely.get_rings(shapely.get_parts(polygons))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    lines: Geometries = np.asarray(shapely.linestrings(xy, indices=ring), object)
    return lines


def as_lines(geometry: Geometries) -> Geometries:
    """Lines as single lines, polygons as their rings; points are left out."""
    parts = shapely.get_parts(geometry)
    kind = shapely.get_type_id(parts)
    return np.concatenate([parts[np.isin(kind, (1, 2))], outlines(parts[kind == 3])])


def reaching(lines: Geometries, reach_m: float = REACH_M) -> Geometries:
    """Short lines that carry the loose ends of `lines` on by `reach_m`, in their direction.

    A street that is drawn to end on another misses it by a hair once both are projected or
    rounded; carried on a little, it meets it. Where there is nothing to meet, no harm is done.
    """
    if len(lines) == 0:
        return lines
    xy, line = shapely.get_coordinates(lines, return_index=True)
    keys = np.rint(xy / GRID_DEG).astype(np.int64)
    _, vertex, uses = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    first = np.flatnonzero(np.diff(line, prepend=-1))
    last = np.append(first[1:], len(xy)) - 1
    ends, before = np.concatenate([first, last]), np.concatenate([first + 1, last - 1])
    loose = uses[vertex.ravel()[ends]] == 1
    ends, before = ends[loose], before[loose]
    step = xy[ends] - xy[before]
    metres = np.hypot(step[:, 0] * np.cos(np.radians(xy[ends, 1])), step[:, 1]) * M_PER_DEG
    far = xy[ends] + step * (reach_m / np.maximum(metres, 1e-9))[:, None]
    short: Geometries = np.asarray(shapely.linestrings(np.stack([xy[ends], far], axis=1)), object)
    longer: Geometries = short[metres > 0]
    return longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """Pairs of faces that share a line, each pair once (left < right), with its length.

    left, right: int64 (n,); length_m: float64 (n,). outer_m: float64 (faces,), the part of
    each face's outline that no other face shares.
    """

    left: Ints
    right: Ints
    length_m: Floats
    outer_m: Floats


def shared_edges(polygons: Geometries, crs: pyproj.CRS) -> Edges:
    """The adjacency of a coverage with matched vertices, in O(n log n) of its segments.

    polygons: single polygons in WGS 84 on the stored grid; crs: the metric projection in which
    lengths are measured.
    """
    rings, ring_owner = shapely.get_rings(polygons, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    same_ring = ring[1:] == ring[:-1]
    owner = ring_owner[ring[:-1][same_ring]]
    keys = np.rint(xy / GRID_DEG).astype(np.int64)
    metres = shapely.get_coordinates(to_metric(rings, crs))
    length = np.hypot(*(metres[1:] - metres[:-1]).T)[same_ring]
    start, end = keys[:-1][same_ring], keys[1:][same_ring]
    flip = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    start[flip], end[flip] = end[flip], start[flip].copy()
    order = np.lexsort((owner, end[:, 1], end[:, 0], start[:, 1], start[:, 0]))
    start, end, owner, length = start[order], end[order], owner[order], length[order]
    twin = (start[1:] == start[:-1]).all(axis=1) & (end[1:] == end[:-1]).all(axis=1)
    alone = np.ones(len(owner), bool)
    alone[1:][twin] = alone[:-1][twin] = False
    a, b, shared = owner[:-1][twin], owner[1:][twin], length[1:][twin]
    different = a != b
    a, b, shared = a[different], b[different], shared[different]
    pairs, inverse = np.unique(np.column_stack([a, b]), axis=0, return_inverse=True)
    return Edges(
        left=pairs[:, 0],
        right=pairs[:, 1],
        length_m=_sums(inverse.ravel(), shared, len(pairs)),
        outer_m=_sums(owner[alone], length[alone], len(polygons)),
    )


def _sums(index: Ints, values: Floats, count: int) -> Floats:
    return np.bincount(index, values, minlength=count).astype(np.float64)


def areas_m2(polygons: Geometries, crs: pyproj.CRS) -> Floats:
    """Areas of polygons in WGS 84, measured in the metric projection."""
    measured: Floats = shapely.area(to_metric(polygons, crs))
    return measured


def merged(polygons: Geometries, groups: Ints) -> Geometries:
    """One polygon per group number 0…n-1: the union of its faces, vertices kept."""
    order = np.argsort(groups, kind="stable")
    counts = np.bincount(groups)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    result: Geometries = polygons[order[starts]].copy()
    for group in np.flatnonzero(counts > 1):
        members = order[starts[group] : starts[group] + counts[group]]
        result[group] = shapely.coverage_union_all(polygons[members])
    return result
