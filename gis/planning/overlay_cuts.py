"""Units cut along the edges of polygons, so that units and pieces stay one coverage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from gis.geometry import GRID_DEG, from_metric, to_metric
from gis.units.faces import areas_m2, as_lines, in_order, outlines, shared_edges
from gis.units.people import locate

Geometries = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# An edge that is near an outline for longer than so many widths of a sliver runs along it.
ACROSS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A unit that is replaced by its pieces, each with the polygon that it goes to.

    The pieces tile the unit. Where a line ends on the outline they have a corner there, which is to
    be given to what lies beside it (`gis.planning.editing.cut.with_vertices`).
    """

    unit: int
    pieces: Geometries
    polygon: Ints


def cut_units(
    units: Geometries,
    several: npt.NDArray[np.bool_],
    unit: Ints,
    polygon: Ints,
    common: Floats,
    polygons: Geometries,
    crs: pyproj.CRS,
    *,
    share: float,
    width_m: float,
) -> list[Cut]:
    """Cut the units marked `several` along the edges of the polygons that have land of them.

    `unit`, `polygon`, `common`: the pairs that count, with the area that they have in common. Of
    land in two polygons the one with more of the unit takes it. Pieces below `share` of their unit
    or thinner than `width_m` go with the piece that they touch most. Raises nothing; a unit of
    which one piece is left is not cut.
    """
    chosen = np.flatnonzero(several)
    if len(chosen) == 0:
        return []
    wanted: dict[int, list[int]] = {}
    for place in np.lexsort((polygon, -common, unit)):
        if several[unit[place]]:
            wanted.setdefault(int(unit[place]), []).append(int(polygon[place]))
    used = np.unique(np.concatenate([np.array(of, np.int64) for of in wanted.values()]))
    cutting = _cutting(to_metric(units[chosen], crs), to_metric(polygons[used], crs), width_m)
    outline = outlines(units[chosen])
    # Through each corner that it passes by less than a centimetre, so that no speck is left there.
    corners = shapely.multipoints(shapely.get_coordinates(outline))
    lines = shapely.snap(from_metric(cutting, crs), corners, GRID_DEG)
    noded = shapely.union_all([*outline, *lines])
    faces = _faces(noded, outline)
    parent = locate(units[chosen], shapely.point_on_surface(faces))
    faces, parent = faces[parent >= 0], chosen[parent[parent >= 0]]
    order = np.lexsort((*shapely.bounds(faces).T, parent))
    faces, parent = faces[order], parent[order]
    cuts: list[Cut] = []
    for number in chosen.tolist():
        low, high = np.searchsorted(parent, [number, number + 1])
        cut = _pieces(number, faces[low:high], wanted[number], polygons, crs, share, width_m)
        if cut is not None:
            cuts.append(cut)
    return cuts


def _faces(noded: Any, outline: Geometries) -> Geometries:
    """The faces between noded lines, of vertices nearer than a centimetre only one: a corner of an
    outline, else one on it."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    xy, part = shapely.get_coordinates(shapely.get_parts(noded), return_index=True)
    places, number = np.unique(xy, axis=0, return_inverse=True)
    points: Geometries = np.asarray(shapely.points(places), object)
    one, other = shapely.STRtree(points).query(points, predicate="dwithin", distance=GRID_DEG)
    links = coo_matrix((np.ones(len(one), np.int8), (one, other)), (len(places),) * 2)
    cluster = connected_components(links, directed=False)[1]
    corners = {tuple(corner) for corner in shapely.get_coordinates(outline).tolist()}
    off = shapely.distance(points, shapely.union_all(outline))
    rank = np.where([tuple(place) in corners for place in places.tolist()], -1.0, off)
    order = np.lexsort((rank, cluster))
    first = order[np.unique(cluster[order], return_index=True)[1]]
    snapped = places[first[cluster[number.ravel()]]]
    same = part[1:] == part[:-1]
    segments = np.stack([snapped[:-1][same], snapped[1:][same]], axis=1)
    segments = segments[(segments[:, 0] != segments[:, 1]).any(axis=1)]
    lines = shapely.union_all(shapely.linestrings(segments))
    return np.asarray(shapely.get_parts(shapely.polygonize(shapely.get_parts(lines))), object)


def _cutting(units: Geometries, polygons: Geometries, width_m: float) -> Geometries:
    """The edges of polygons that run through units, all in metres.

    Where an edge runs along the outline of a unit, as near as a sliver, the outline is meant: that
    stretch is left out, and what ends there is carried on to the outline.
    """
    outline = shapely.union_all(shapely.boundary(units))
    near = shapely.buffer(outline, width_m / 2)
    edges = shapely.union_all(as_lines(polygons))
    edges = shapely.intersection(edges, shapely.buffer(shapely.union_all(units), width_m))
    through = shapely.get_parts(shapely.line_merge(shapely.difference(edges, near)))
    beside = shapely.get_parts(shapely.line_merge(shapely.intersection(edges, near)))
    across = beside[shapely.length(beside) <= ACROSS * width_m]
    lines = as_lines(np.array([shapely.line_merge(shapely.union_all([*through, *across]))], object))
    ends, line = shapely.get_coordinates(lines, return_index=True)
    first = np.flatnonzero(np.diff(line, prepend=-1))
    last = np.append(first[1:], len(ends)) - 1
    tips, before = np.concatenate([first, last]), np.concatenate([first + 1, last - 1])
    step = ends[tips] - ends[before]
    far = ends[tips] + step * (2 * width_m / np.maximum(np.hypot(*step.T), 1e-9))[:, None]
    return np.concatenate([lines, shapely.linestrings(np.stack([ends[tips], far], axis=1))])


def _pieces(
    number: int,
    faces: Geometries,
    wanted: Sequence[int],
    polygons: Geometries,
    crs: pyproj.CRS,
    share: float,
    width_m: float,
) -> Cut | None:
    """The pieces of one unit from the faces that it falls into; None where it stays whole."""
    points = shapely.point_on_surface(faces)
    label = np.full(len(faces), -1, np.int64)
    for polygon in reversed(wanted):  # the first has most of the unit: it has the last word
        label[shapely.intersects(polygons[polygon], points)] = polygon
    area = areas_m2(faces, crs)
    edges = shared_edges(faces, crs)
    total = float(area.sum())
    while True:
        groups = _groups(label, edges.left, edges.right)
        size = np.bincount(groups, area)
        outline = np.zeros(len(size))
        np.add.at(outline, groups, edges.outer_m)
        apart = groups[edges.left] != groups[edges.right]
        left, right = groups[edges.left[apart]], groups[edges.right[apart]]
        length = edges.length_m[apart]
        np.add.at(outline, left, length)
        np.add.at(outline, right, length)
        of_group = np.full(len(size), -1, np.int64)
        of_group[groups] = label
        thin = 2 * size < width_m * outline
        weak = (of_group < 0) | (size < share * total) | thin
        if not weak.any() or weak.all():
            break
        # The smallest goes first, to what it touches most; a strong one rather than a weak one.
        taken = min(np.flatnonzero(weak).tolist(), key=lambda g: (size[g], g))
        gains: dict[int, float] = {}
        for a, b, metres in zip(left.tolist(), right.tolist(), length.tolist(), strict=True):
            if taken in (a, b):
                host = b if a == taken else a
                gains[host] = gains.get(host, 0.0) + metres
        if not gains:
            return None
        host = max(gains, key=lambda g: (of_group[g] >= 0, not weak[g], gains[g], -g))
        if of_group[host] < 0 and of_group[taken] < 0:
            label[groups == taken] = wanted[0]
        else:
            label[groups == taken] = of_group[host]
        if of_group[host] < 0:
            label[groups == host] = of_group[taken]
    if len(np.unique(label)) < 2 or (label < 0).any():
        return None
    pieces = [shapely.coverage_union_all(faces[groups == g]) for g in range(groups.max() + 1)]
    parts, group = shapely.get_parts(np.array(pieces, object), return_index=True)
    of_group = np.full(groups.max() + 1, -1, np.int64)
    of_group[groups] = label
    order = in_order(parts)
    return Cut(unit=number, pieces=parts[order], polygon=of_group[group][order])


def _groups(label: Ints, left: Ints, right: Ints) -> Ints:
    """Faces of one label that touch are one group, numbered from 0."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    same = label[left] == label[right]
    links = coo_matrix((np.ones(same.sum(), np.int8), (left[same], right[same])), (len(label),) * 2)
    return np.asarray(connected_components(links, directed=False)[1], np.int64)
