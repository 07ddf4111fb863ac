"""Polygons taken apart into segments, each knowing the grid on its left and on its right.

An edge that two grids share becomes one segment. Pairing needs no tolerance: neighbours of
a valid coverage have identical coordinates there, found by hashing. Edges that match nothing (the
outer boundary, T-junctions, slivers, overlaps) stay segments with one owner: nothing is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.errors import InputError
from gis.kernels import compiled, inlined
from gis.routing.predicates import LARGEST, SMALLEST, orient

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]

_LEFT, _RIGHT = 0, 1
NOBODY = -1
POLYGON_TYPES = (3, 6)  # shapely's Polygon and MultiPolygon


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """Every edge once.

    ends: (n, 4) ax, ay, bx, by with a before b in the order of x, then y.
    owners: (n, 2) index of the polygon left and right of a → b, or NOBODY.
    repeated: how many edges lie twice on the same side, as only overlapping polygons have them.
    """

    ends: Floats
    owners: Ints
    repeated: int


def segments(polygons: npt.NDArray[Any]) -> Segments:
    """The segments of valid polygons and multipolygons; None and empty ones have none.

    Coordinates nearer to 0 than 2^-480 are taken as 0. Raises InputError `routing-not-polygon`,
    `routing-polygon-invalid` or `routing-coordinate-out-of-range`, `rows` 1-based.
    """
    empty = shapely.is_missing(polygons) | shapely.is_empty(polygons)
    _refuse("routing-not-polygon", ~empty & ~np.isin(shapely.get_type_id(polygons), POLYGON_TYPES))
    parts, part_owner = shapely.get_parts(polygons, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    vertices, vertex_ring = shapely.get_coordinates(rings, return_index=True)
    if not np.all(np.abs(vertices) <= LARGEST):  # NaN and infinity fail as well
        strange = ~np.all(np.abs(vertices) <= LARGEST, axis=1)
        owners = part_owner[ring_part[vertex_ring[strange]]]
        _refuse("routing-coordinate-out-of-range", np.isin(np.arange(len(polygons)), owners))
    _refuse("routing-polygon-invalid", ~(shapely.is_valid(polygons) | empty))
    vertices[np.abs(vertices) < SMALLEST] = 0.0  # -0.0 as well: the hash looks at the bits
    hole = np.zeros(len(rings), np.bool_)
    hole[1:] = ring_part[1:] == ring_part[:-1]
    first = np.searchsorted(vertex_ring, np.arange(len(rings) + 1)).astype(np.int64)
    ends, owners, repeated = _paired(vertices, first, part_owner[ring_part].astype(np.int32), hole)
    return Segments(ends=ends, owners=owners, repeated=repeated)


def _refuse(code: str, wrong: npt.NDArray[np.bool_]) -> None:
    rows: Sequence[int] = (np.flatnonzero(wrong) + 1).tolist()
    if rows:
        raise InputError(code, count=len(rows), rows=", ".join(map(str, rows[:10])))


@compiled
def _counter_clockwise(vertices: Floats, first: int, last: int) -> bool:
    """Whether the ring first..last (closed: both are the same place) turns left, exactly.

    At the vertex that is lowest in the order of x, then y, the turn of a simple ring is the
    ring's own; an area summed in floating point could be wrong for a very thin ring.
    """
    count = last - first
    low = first
    for i in range(first + 1, last):
        if vertices[i, 0] < vertices[low, 0] or (
            vertices[i, 0] == vertices[low, 0] and vertices[i, 1] < vertices[low, 1]
        ):
            low = i
    x, y = vertices[low, 0], vertices[low, 1]
    before = after = low
    for step in range(1, count):
        before = first + (low - first - step) % count
        if vertices[before, 0] != x or vertices[before, 1] != y:
            break
    for step in range(1, count):
        after = first + (low - first + step) % count
        if vertices[after, 0] != x or vertices[after, 1] != y:
            break
    turn = orient(
        vertices[before, 0], vertices[before, 1], x, y, vertices[after, 0], vertices[after, 1]
    )
    return turn > 0


@inlined
def _hash(ax: np.uint64, ay: np.uint64, bx: np.uint64, by: np.uint64) -> np.uint64:
    """Mixes the bits of four coordinates; the multipliers are those of splitmix64 and xxHash."""
    one, two = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
    shift = np.uint64(29)
    mixed = (ax * one) ^ (ay * two)
    mixed ^= mixed >> shift
    mixed = (mixed + bx) * one
    mixed ^= mixed >> shift
    mixed = (mixed + by) * two
    return mixed ^ (mixed >> shift)


@compiled
def _paired(
    vertices: Floats, first: npt.NDArray[np.int64], ring_owner: Ints, hole: npt.NDArray[np.bool_]
) -> tuple[Floats, Ints, int]:
    size = 1
    while size < 2 * len(vertices):
        size *= 2
    mask = np.uint64(size - 1)
    table = np.full(size, -1, np.int32)
    ends = np.empty((len(vertices), 4))
    owners = np.full((len(vertices), 2), NOBODY, np.int32)
    bits = vertices.view(np.uint64)
    count = repeated = 0
    for ring in range(len(ring_owner)):
        start, stop = first[ring], first[ring + 1] - 1
        # The inside lies left of a shell that turns left, and left of a hole that turns right.
        inside_left = _counter_clockwise(vertices, start, stop) != hole[ring]
        for i in range(start, stop):
            a, b, side = i, i + 1, _LEFT if inside_left else _RIGHT
            if vertices[a, 0] == vertices[b, 0] and vertices[a, 1] == vertices[b, 1]:
                continue
            if vertices[b, 0] < vertices[a, 0] or (
                vertices[b, 0] == vertices[a, 0] and vertices[b, 1] < vertices[a, 1]
            ):
                a, b, side = b, a, 1 - side
            slot = _hash(bits[a, 0], bits[a, 1], bits[b, 0], bits[b, 1]) & mask
            doubled = False
            while True:
                known = table[slot]
                if known < 0:
                    table[slot] = count
                    ends[count, 0], ends[count, 1] = vertices[a, 0], vertices[a, 1]
                    ends[count, 2], ends[count, 3] = vertices[b, 0], vertices[b, 1]
                    owners[count, side] = ring_owner[ring]
                    count += 1
                    break
                if (
                    ends[known, 0] == vertices[a, 0]
                    and ends[known, 1] == vertices[a, 1]
                    and ends[known, 2] == vertices[b, 0]
                    and ends[known, 3] == vertices[b, 1]
                ):
                    if owners[known, side] == NOBODY:
                        owners[known, side] = ring_owner[ring]
                        break
                    doubled = True  # the side is taken: look for, or make, another segment here
                slot = (slot + np.uint64(1)) & mask
            repeated += doubled
    return ends[:count].copy(), owners[:count].copy(), repeated
