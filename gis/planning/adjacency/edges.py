"""The boundaries between units as lines: one edge per pair of neighbours, one per outer boundary.

Where the units are an exact coverage, each segment of an outline is the reverse of one segment of
the neighbour's, so directed segments are matched by their end points. Segments of two units on the
same side of a line run the same way and do not match: pieces of a cut unit may be given together
with the unit itself. A line that was cut ends within a neighbour's segment, or some millimetres
beside it after rounding: such segments are split at the corners that lie on them first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from gis.geometry import WEB_MERCATOR, WGS84, projector, to_metric
from gis.planning.adjacency.graph import VERTEX_M, components
from gis.planning.adjacency.streets import classes_near
from gis.planning.adjacency.touching import TOLERANCE_M

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Geometries = npt.NDArray[Any]

OUTER, NO_CLASS = -1, -1


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitEdges:
    """Edges sorted by their sides: positions `left` < `right`, `right` -1 where no unit is beyond.

    `cls`: the class (`gis.planning.adjacency.streets`) that what runs along at least half of the
    edge reaches, -1 for nothing. `line`: MultiLineString in Web Mercator.
    """

    left: Ints
    right: Ints
    length_m: Floats
    cls: Ints
    line: Geometries


@dataclass(frozen=True, slots=True, kw_only=True)
class _Segments:
    """Directed segments, their unit on the left hand: numbers of the end points, and where these
    are, in metres and in Web Mercator (m, 4: x0, y0, x1, y1)."""

    a: Ints
    b: Ints
    unit: Ints
    metric: Floats
    drawn: Floats

    def only(self, chosen: Ints | Bools) -> _Segments:
        return _Segments(
            a=self.a[chosen],
            b=self.b[chosen],
            unit=self.unit[chosen],
            metric=self.metric[chosen],
            drawn=self.drawn[chosen],
        )


def unit_edges(
    polygons: Geometries,
    crs: pyproj.CRS,
    *,
    lines: Geometries | None = None,
    classes: Ints | None = None,
    of: Bools | None = None,
) -> UnitEdges:
    """The edges of units (WGS 84 polygons), measured in the metric projection `crs`.

    `lines` (WGS 84) with `classes` 0 to 7 are streets, water, railways and walls. `of`: only edges
    of these units are wanted, all their neighbours being given; then units may also lie over each
    other, such as a unit and the pieces that it was cut into.
    """
    segments = _directed(polygons, crs)
    one, other = _facing(segments)
    loose = np.ones(len(segments.a), bool)
    loose[one] = False
    if loose.any():
        segments = _noded(segments, loose, loose if of is None else np.ones(len(loose), bool))
        one, other = _facing(segments)
    wanted = np.ones(len(polygons), bool) if of is None else of
    left, right = segments.unit[one], segments.unit[other]
    kept = (left < right) & (wanted[left] | wanted[right])
    alone = np.ones(len(segments.a), bool)
    alone[one] = False
    alone &= wanted[segments.unit]
    chosen = np.concatenate([one[kept], np.flatnonzero(alone)])
    beyond = np.concatenate([right[kept], np.full(int(alone.sum()), OUTER)])
    return _joined(segments.only(chosen), chosen, beyond, crs, lines, classes)


def _directed(polygons: Geometries, crs: pyproj.CRS) -> _Segments:
    """The segments of all rings, each unit lying to the left of its own."""
    turned = shapely.orient_polygons(np.asarray(polygons, object))
    parts, unit_of_part = shapely.get_parts(turned, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    unit_of_ring = unit_of_part[part_of_ring]
    metric, ring = shapely.get_coordinates(to_metric(rings, crs), return_index=True)
    drawn = shapely.get_coordinates(projector(WGS84, WEB_MERCATOR)(rings))
    vertex = _numbered(metric)
    kept = (ring[1:] == ring[:-1]) & (vertex[1:] != vertex[:-1])
    return _Segments(
        a=vertex[:-1][kept],
        b=vertex[1:][kept],
        unit=unit_of_ring[ring[:-1][kept]].astype(np.int64),
        metric=np.hstack([metric[:-1], metric[1:]])[kept],
        drawn=np.hstack([drawn[:-1], drawn[1:]])[kept],
    )


def _numbered(xy: Floats) -> Ints:
    """The same number for the same place, in the precision of vertices."""
    if not len(xy):
        return np.zeros(0, np.int64)
    column, row = np.rint((xy - xy.min(axis=0)) / VERTEX_M).astype(np.int64).T
    return np.asarray(
        np.unique(column * (int(row.max()) + 1) + row, return_inverse=True)[1], np.int64
    )


def _facing(segments: _Segments) -> tuple[Ints, Ints]:
    """Every pair (segment, segment of another unit that runs the other way), in both orders."""
    if not len(segments.a):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    size = int(max(segments.a.max(), segments.b.max())) + 1
    there, back = segments.a * size + segments.b, segments.b * size + segments.a
    order = np.argsort(there, kind="stable")
    first = np.searchsorted(there[order], back, "left")
    count = np.searchsorted(there[order], back, "right") - first
    one = np.repeat(np.arange(len(back)), count)
    step = np.arange(len(one)) - np.repeat(np.cumsum(count) - count, count)
    other = order[np.repeat(first, count) + step]
    apart = segments.unit[one] != segments.unit[other]
    return one[apart], other[apart]


def _noded(segments: _Segments, loose: Bools, splittable: Bools) -> _Segments:
    """The segments with corners of loose ones as their own: split where one lies on them, ended in
    it where it lies by their end."""
    ends = np.concatenate([segments.a[loose], segments.b[loose]])
    corner, first = np.unique(ends, return_index=True)
    metric = np.concatenate([segments.metric[loose, :2], segments.metric[loose, 2:]])[first]
    drawn = np.concatenate([segments.drawn[loose, :2], segments.drawn[loose, 2:]])[first]
    among = np.flatnonzero(splittable)
    strokes: Geometries = np.asarray(
        shapely.linestrings(segments.metric[among].reshape(-1, 2, 2)), object
    )
    at, stroke = shapely.STRtree(strokes).query(
        np.asarray(shapely.points(metric), object), predicate="dwithin", distance=TOLERANCE_M
    )
    on = among[stroke]
    foreign = (corner[at] != segments.a[on]) & (corner[at] != segments.b[on])
    at, on = at[foreign], on[foreign]
    if not len(at):
        return segments
    to_a = np.hypot(*(metric[at] - segments.metric[on, :2]).T)
    to_b = np.hypot(*(metric[at] - segments.metric[on, 2:]).T)
    by_a, by_b = to_a <= TOLERANCE_M, to_b <= TOLERANCE_M
    same = _merged(
        int(max(segments.a.max(), segments.b.max())) + 1,
        np.concatenate([corner[at[by_a]], corner[at[by_b]]]),
        np.concatenate([segments.a[on[by_a]], segments.b[on[by_b]]]),
    )
    inside = ~(by_a | by_b)
    split = replace(segments, a=same[segments.a], b=same[segments.b])
    split = _split(
        split,
        on[inside],
        (to_a / (to_a + to_b))[inside],
        same[corner[at[inside]]],
        metric[at[inside]],
        drawn[at[inside]],
    )
    return split.only(split.a != split.b)


def _merged(size: int, some: Ints, others: Ints) -> Ints:
    """The least number among those that are the same as each of `size` numbers."""
    if not len(some):
        return np.arange(size)
    group = components(size, some, others)
    least = np.full(size, size)
    np.minimum.at(least, group, np.arange(size))
    return np.asarray(least[group], np.int64)


def _split(
    segments: _Segments, on: Ints, share: Floats, corner: Ints, metric: Floats, drawn: Floats
) -> _Segments:
    """Segments with corners inserted, each at a share of the way along one of them."""
    size = len(segments.a)
    of = np.concatenate([np.arange(size), on])
    along = np.concatenate([np.zeros(size), share])
    order = np.lexsort((along, of))
    of = of[order]
    start = np.concatenate([segments.a, corner])[order]
    last = np.append(of[1:] != of[:-1], True)[:, None]

    def ended(begin: Floats, inserted: Floats) -> Floats:
        starts = np.concatenate([begin[:, :2], inserted])[order]
        return np.hstack([starts, np.where(last, begin[of, 2:], np.roll(starts, -1, axis=0))])

    return _Segments(
        a=start,
        b=np.where(last[:, 0], segments.b[of], np.roll(start, -1)),
        unit=segments.unit[of],
        metric=ended(segments.metric, metric),
        drawn=ended(segments.drawn, drawn),
    )


def _joined(
    segments: _Segments,
    place: Ints,
    beyond: Ints,
    crs: pyproj.CRS,
    lines: Geometries | None,
    classes: Ints | None,
) -> UnitEdges:
    """Segments with the unit on their other side, brought together to edges. `place`: their order
    along the outline of their own unit."""
    order = np.lexsort((place, beyond, segments.unit))
    segments, beyond = segments.only(order), beyond[order]
    changed = (np.diff(segments.unit) != 0) | (np.diff(beyond) != 0)
    new_edge = np.concatenate([[True], changed])[: len(beyond)]
    edge = np.cumsum(new_edge) - 1
    first = np.flatnonzero(new_edge)
    length_m = np.hypot(*(segments.metric[:, 2:] - segments.metric[:, :2]).T)
    total_m = np.bincount(edge, length_m, len(first)).astype(np.float64)
    class_of = np.full(len(edge), NO_CLASS)
    if lines is not None and classes is not None:
        middle = (segments.metric[:, :2] + segments.metric[:, 2:]) / 2
        class_of = classes_near(middle[:, 0], middle[:, 1], to_metric(lines, crs), classes)
    return UnitEdges(
        left=segments.unit[first],
        right=beyond[first],
        length_m=total_m,
        cls=_middle_class(edge, class_of, length_m, total_m),
        line=_lines(segments, edge, new_edge),
    )


def _middle_class(edge: Ints, class_of: Ints, length_m: Floats, total_m: Floats) -> Ints:
    """The highest class that at least half of each edge's length reaches."""
    order = np.lexsort((-class_of, edge))
    walked = np.cumsum(length_m[order])
    before = np.cumsum(total_m) - total_m
    half = before + total_m / 2
    enough = walked >= half[edge[order]] - 1e-9 * total_m[edge[order]]
    found = np.full(len(total_m), NO_CLASS)
    at = np.flatnonzero(enough)[::-1]  # the first of each edge is written last
    found[edge[order[at]]] = class_of[order[at]]
    return found


def _lines(segments: _Segments, edge: Ints, new_edge: Bools) -> Geometries:
    """The segments of each edge as one MultiLineString, those that follow each other joined."""
    if not len(edge):
        return np.zeros(0, object)
    new_run = new_edge | np.concatenate([[True], segments.a[1:] != segments.b[:-1]])
    run = np.cumsum(new_run) - 1
    last = np.append(new_run[1:], True)
    xy = np.concatenate([segments.drawn[:, :2], segments.drawn[last, 2:]])
    # The end of a run comes after the beginnings of its segments.
    of = np.concatenate([run, run[last]])
    order = np.argsort(of, kind="stable")
    strokes: Geometries = np.asarray(shapely.linestrings(xy[order], indices=of[order]), object)
    return np.asarray(shapely.multilinestrings(strokes, indices=edge[new_run]), object)
