"""Neighbours whose boundaries run along each other without sharing both end points.

T-junctions, vertices rounded differently, small overlaps: what real units have instead of an
exact coverage. Two segments share the stretch over which their distance stays within a tolerance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

if TYPE_CHECKING:
    from gis.planning.adjacency.graph import Segments

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Pairs = tuple[Ints, Ints, Floats]

# Stored vertices are rounded to about 1 cm, so one may lie that far off its neighbour's segment.
TOLERANCE_M = 0.02
# Two corners that merely meet run together for a few tolerances; a real border is longer.
SHORTEST_M = 0.5


def loose_neighbours(
    segments: Segments, loose: Bools, polygons: npt.NDArray[Any], tolerance_m: float
) -> Pairs:
    """Pairs of units along unmatched segments: (unit, unit, shared metres), each pair once."""
    at = np.flatnonzero(loose)
    ends = np.stack([segments.x0, segments.y0, segments.x1, segments.y1], axis=1)[at]
    unit = segments.unit[at]
    lines = np.asarray(shapely.linestrings(ends.reshape(-1, 2, 2)), object)
    one, other = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=tolerance_m)
    once = unit[one] < unit[other]
    one, other = one[once], other[once]
    together_m = _together(ends[one], ends[other], tolerance_m)
    left, right, metres = _summed(unit[one], unit[other], together_m, len(polygons))
    real = metres >= SHORTEST_M
    left, right, metres = left[real], right[real], metres[real]
    more = _overlapping(polygons, np.unique(unit), tolerance_m)
    known = set(zip(left.tolist(), right.tolist(), strict=True))
    new = [i for i, pair in enumerate(zip(*more[:2], strict=True)) if pair not in known]
    return (
        np.concatenate([left, more[0][new]]),
        np.concatenate([right, more[1][new]]),
        np.concatenate([metres, more[2][new]]),
    )


def _together(a: Floats, b: Floats, tolerance_m: float) -> Floats:
    """Metres over which two segments run along each other, 0 where they only converge.

    Rows are x0, y0, x1, y1. The shorter is projected onto the longer; its distance from that line
    is linear in the position, so the stretch within the tolerance is an interval. It must be all
    of the common stretch: else the two meet at a sharp corner, which is touching at a point.
    """

    def length(s: Floats) -> Floats:
        return np.asarray(np.hypot(s[:, 2] - s[:, 0], s[:, 3] - s[:, 1]))

    swap = (length(b) > length(a))[:, None]
    base, other = np.where(swap, b, a), np.where(swap, a, b)
    base_m = length(base)
    ux, uy = (base[:, 2] - base[:, 0]) / base_m, (base[:, 3] - base[:, 1]) / base_m

    def place(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        dx, dy = x - base[:, 0], y - base[:, 1]
        return dx * ux + dy * uy, dy * ux - dx * uy

    along0, off0 = place(other[:, 0], other[:, 1])
    along1, off1 = place(other[:, 2], other[:, 3])
    # From a corner that both have, they must part less: a wedge is narrow at its tip.
    corner = np.minimum(
        np.hypot(off0, np.minimum(np.abs(along0), np.abs(along0 - base_m))),
        np.hypot(off1, np.minimum(np.abs(along1), np.abs(along1 - base_m))),
    )
    band_m = np.where(corner < 1e-3, tolerance_m / 2, tolerance_m)
    # Positions t in [0, 1] of `other` that lie over the base and within the band around it.
    over = _interval(along0, along1, np.zeros_like(base_m), base_m)
    near = _interval(off0, off1, -band_m, band_m)
    common, close = over[1] - over[0], np.minimum(over[1], near[1]) - np.maximum(over[0], near[0])
    parallel = close >= 0.99 * common
    return np.asarray(np.where(parallel, np.maximum(common, 0), 0) * np.abs(along1 - along0))


def _interval(v0: Floats, v1: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Where in [0, 1] a value that goes linearly from v0 to v1 lies between low and high."""
    change = v1 - v0
    flat = np.abs(change) < 1e-12
    safe = np.where(flat, 1.0, change)
    t0, t1 = (low - v0) / safe, (high - v0) / safe
    first, last = np.minimum(t0, t1), np.maximum(t0, t1)
    inside = (v0 >= low) & (v0 <= high)
    first = np.where(flat, np.where(inside, 0.0, 1.0), np.clip(first, 0, 1))
    last = np.where(flat, np.where(inside, 1.0, 0.0), np.clip(last, 0, 1))
    return first, last


def _summed(left: Ints, right: Ints, metres: Floats, size: int) -> Pairs:
    keys, place = np.unique(left * size + right, return_inverse=True)
    total = np.asarray(np.bincount(place, metres, len(keys)), np.float64)
    return keys // max(size, 1), keys % max(size, 1), total


def _overlapping(polygons: npt.NDArray[Any], units: Ints, tolerance_m: float) -> Pairs:
    """Units that lie over each other: neighbours along half the outline of what they share."""
    shapes = polygons[units]
    one, other = shapely.STRtree(shapes).query(shapes)
    one, other = one[one < other], other[one < other]
    touching = shapely.intersects(shapes[one], shapes[other]) & ~shapely.touches(
        shapes[one], shapes[other]
    )
    one, other = one[touching], other[touching]
    valid = shapely.is_valid(shapes[one]) & shapely.is_valid(shapes[other])
    one, other = one[valid], other[valid]
    common = shapely.intersection(shapes[one], shapes[other])
    border_m = shapely.length(common) / 2
    deep = shapely.area(common) > tolerance_m * np.maximum(border_m, SHORTEST_M)
    return units[one[deep]], units[other[deep]], border_m[deep]
