"""The slower exact answer, polygon by polygon, for the places where the locator's sum cannot tell:
where polygons overlap, and where a coordinate is too near to 0 for exact doubles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.kernels import compiled
from gis.routing.predicates import SMALLEST, orient, orient_rationally

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]

Ring = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Edges:
    """The edges (n, 4) of all polygons; those of polygon i are first[i] to first[i + 1]."""

    ends: Floats
    first: Longs
    tree: shapely.STRtree


class Resolver:
    """Which polygon of the lowest rank touches a place, whatever lies over what."""

    def __init__(self, polygons: npt.NDArray[Any], ranks: Ints) -> None:
        self.polygons = polygons
        self._ranks = ranks
        self._made: _Edges | None = None

    def resolve(self, lon: Floats, lat: Floats) -> Ints:
        """The index of the polygon for each finite place, -1 for none."""
        edges = self._edges()
        place, polygon = edges.tree.query(shapely.points(lon, lat))
        order = np.lexsort((self._ranks[polygon], place))
        place, polygon = place[order], polygon[order]
        tiny = (np.abs(lon) < SMALLEST) & (lon != 0.0) | (np.abs(lat) < SMALLEST) & (lat != 0.0)
        found = np.full(len(lon), -1, np.int32)
        plain = ~tiny[place]
        _first_covering(lon, lat, place[plain], polygon[plain], edges.first, edges.ends, found)
        for k in np.flatnonzero(~plain):
            at, candidate = place[k], polygon[k]
            ends = edges.ends[edges.first[candidate] : edges.first[candidate + 1]]
            if found[at] < 0 and covers_rationally(float(lon[at]), float(lat[at]), ends):
                found[at] = candidate
        return found

    def _edges(self) -> _Edges:
        # Two threads may both get here first: they make the same thing, and one of them stays.
        if self._made is None:
            parts, part_owner = shapely.get_parts(self.polygons, return_index=True)
            rings, ring_part = shapely.get_rings(parts, return_index=True)
            vertices, ring = shapely.get_coordinates(rings, return_index=True)
            vertices[np.abs(vertices) < SMALLEST] = 0.0
            within = ring[1:] == ring[:-1]
            ends = np.hstack((vertices[:-1], vertices[1:]))[within]
            owner = part_owner[ring_part[ring[:-1][within]]]
            first = np.searchsorted(owner, np.arange(len(self.polygons) + 1))
            tree = shapely.STRtree(self.polygons)
            tree.query(shapely.Point(0.0, 0.0))  # GEOS builds at the first query: not in a race
            self._made = _Edges(np.ascontiguousarray(ends), first.astype(np.int64), tree)
        return self._made


@compiled
def _covers(px: float, py: float, ends: Floats, first: int, last: int) -> bool:
    inside = False
    for k in range(first, last):
        ax, ay, bx, by = ends[k, 0], ends[k, 1], ends[k, 2], ends[k, 3]
        if (ax < px and bx < px) or (ay < py and by < py) or (ay > py and by > py):
            continue
        if ax > px and bx > px:
            inside ^= (ay > py) != (by > py)
            continue
        side = orient(ax, ay, bx, by, px, py)
        if side == 0:  # on the line, and within the edge's box
            return True
        if (ay > py) != (by > py):
            inside ^= (side > 0) == (by > ay)
    return inside


@compiled
def _first_covering(
    lon: Floats, lat: Floats, place: Longs, polygon: Longs, first: Longs, ends: Floats, found: Ints
) -> None:
    for k in range(len(place)):
        at = place[k]
        if found[at] < 0 and _covers(
            lon[at], lat[at], ends, first[polygon[k]], first[polygon[k] + 1]
        ):
            found[at] = polygon[k]


def covers_rationally(px: float, py: float, ends: Floats) -> bool:
    """Whether the polygon of these edges (n, 4) has the place inside or on its boundary.

    In rational arithmetic: the plainest statement of the rule, and the measure of all faster ones.
    """
    inside = False
    for ax, ay, bx, by in ends.tolist():
        if (ay > py) == (by > py) and not (min(ay, by) <= py <= max(ay, by)):
            continue
        side = orient_rationally((ax, ay), (bx, by), (px, py))
        if side == 0 and min(ax, bx) <= px <= max(ax, bx) and min(ay, by) <= py <= max(ay, by):
            return True
        if (ay > py) != (by > py):
            inside ^= (side > 0) == (by > ay)
    return inside
