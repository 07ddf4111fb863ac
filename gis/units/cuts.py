"""Lines that cut a unit too big or too populous: between its buildings, where it has some."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj
import shapely
from shapely.affinity import affine_transform

from gis.geometry import Floats
from gis.units.faces import Geometries, Ints
from gis.units.options import Limits

_SEGMENT_M = 2.0  # how finely the space between two buildings is halved
_MAX_STEPS = 200  # but no more points than this for one building
_SHRINK_M = 0.4
_SAMPLES = 20  # lattice points for one building
_SMOOTH_M = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A unit to be cut. polygon in WGS 84; buildings and places of people (with counts) in it.

    area_m2 and pop are the unit's; places may be empty: then people are spread evenly.
    """

    polygon: shapely.Polygon
    area_m2: float
    pop: float
    buildings: Geometries
    building_pop: Floats
    places: Floats
    place_pop: Floats


def cut_lines(block: Block, limits: Limits, *, min_area_m2: float) -> Geometries:
    """Lines in WGS 84 that part the block into pieces within the limits as far as can be.

    With two buildings or more: lines half-way between buildings, which are gathered by
    recursive halving along the longer side. Else: straight cuts
    across the longer side, recursively. No piece below twice `min_area_m2` is cut.
    Same block, same lines.
    """
    plane = _Plane.around(block.polygon)
    flat = plane.flatten(block.polygon)
    # the plane is not true to scale by some tenths of a percent: measure as the caller did
    scale = block.area_m2 / flat.area if flat.area > 0 else 1.0
    lines = None
    if len(block.buildings) >= 2:
        lines = _between_buildings(block, flat, plane, limits, scale)
    if lines is None:
        lines = _straight(block, flat, plane, limits, scale, min_area_m2)
    return np.array([plane.unflatten(line) for line in lines], object)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plane:
    """Metres by an affine map of degrees: straight lines stay straight both ways, to the digit."""

    lon: float
    lat: float
    east_m: float
    north_m: float

    @classmethod
    def around(cls, polygon: shapely.Polygon) -> _Plane:
        west, south, east, north = polygon.bounds
        lon, lat = (west + east) / 2, (south + north) / 2
        geod = pyproj.Geod(ellps="WGS84")
        _, _, east_m = geod.inv(lon - 5e-4, lat, lon + 5e-4, lat)
        _, _, north_m = geod.inv(lon, lat - 5e-4, lon, lat + 5e-4)
        return cls(lon=lon, lat=lat, east_m=east_m * 1e3, north_m=north_m * 1e3)

    def flatten(self, geometry: Any) -> Any:
        return shapely.transform(
            geometry, lambda xy: (xy - (self.lon, self.lat)) * (self.east_m, self.north_m)
        )

    def unflatten(self, geometry: Any) -> Any:
        return shapely.transform(
            geometry, lambda xy: xy / (self.east_m, self.north_m) + (self.lon, self.lat)
        )


def halved(weight: Floats, xy: Floats) -> Ints:
    """Gather things at `xy` into groups of weight ≤ 1 by recursive halving along the longer side.

    Groups are numbered from 0; one thing heavier than 1 is a group of its own.
    """
    groups = np.zeros(len(weight), np.int64)
    waiting, count = [np.arange(len(weight))], 0
    while waiting:
        members = waiting.pop()
        total = float(weight[members].sum())
        if total <= 1 or len(members) == 1:
            groups[members] = count
            count += 1
            continue
        extent = np.ptp(xy[members], axis=0)
        along, across = (0, 1) if extent[0] >= extent[1] else (1, 0)
        order = members[np.lexsort((members, xy[members, across], xy[members, along]))]
        pieces = math.ceil(total)
        target = total * (pieces // 2) / pieces
        running = np.cumsum(weight[order])
        cut = int(np.argmin(np.abs(running[:-1] - target))) + 1
        waiting += [order[cut:], order[:cut]]
    return groups


def _between_buildings(
    block: Block, flat: Any, plane: _Plane, limits: Limits, scale: float
) -> Geometries | None:
    """The lines half-way between groups of buildings; None if one group is enough.

    They are the edges of the enclosed tessellation (Fleischmann et al. 2020, momepy) between
    cells of different groups, taken straight from one Voronoi diagram of the walls: a city has
    thousands of blocks, and only these edges are needed.
    """
    buildings = plane.flatten(block.buildings)
    ground_m2 = _nearest_ground(buildings, flat) * scale
    weight = np.asarray(limits.weight(block.building_pop, ground_m2), np.float64)
    groups = halved(weight, shapely.get_coordinates(shapely.centroid(buildings)))
    if groups.max() == 0:
        return None
    # drawn in a little, so that walls that touch keep a line between them
    shapes = shapely.buffer(buildings, -_SHRINK_M, join_style="mitre")
    shapes = np.where(shapely.is_empty(shapes), shapely.point_on_surface(buildings), shapes)
    step_m = np.maximum(_SEGMENT_M, shapely.length(shapes) / _MAX_STEPS)
    walls, owner = shapely.get_coordinates(shapely.segmentize(shapes, step_m), return_index=True)
    ridges = shapely.line_merge(shapely.multilinestrings(_ridges(walls, groups[owner], flat)))
    lines = shapely.intersection(shapely.simplify(shapely.get_parts(ridges), _SMOOTH_M), flat)
    return np.asarray(lines[~shapely.is_empty(lines)], object)


def _ridges(points: Floats, group: Ints, flat: Any) -> Geometries:
    """Voronoi edges between points of different groups, reaching well beyond `flat`."""
    from scipy.spatial import Voronoi

    west, south, east, north = shapely.total_bounds([flat, shapely.multipoints(points)])
    reach = 10 * max(east - west, north - south)
    far = [
        (west - reach, south),
        (east + reach, north),
        (west, north + reach),
        (east, south - reach),
    ]
    points, first = np.unique(np.round(points, 2), axis=0, return_index=True)
    group = np.concatenate([group[first], np.full(len(far), -1)])
    diagram = Voronoi(np.concatenate([points, far]))
    sides = group[diagram.ridge_points]
    ends = np.asarray(diagram.ridge_vertices)
    parting = (sides[:, 0] != sides[:, 1]) & (sides >= 0).all(axis=1) & (ends >= 0).all(axis=1)
    edges: Geometries = shapely.linestrings(diagram.vertices[ends[parting]])
    return edges


def _nearest_ground(buildings: Geometries, flat: Any) -> Floats:
    """The area of `flat` nearer to each building than to any other, sampled on a lattice."""
    west, south, east, north = flat.bounds
    step_m = np.sqrt(flat.area / (_SAMPLES * len(buildings)))
    x, y = np.meshgrid(np.arange(west, east, step_m), np.arange(south, north, step_m))
    inside = shapely.intersects_xy(flat, x.ravel(), y.ravel())
    samples = shapely.points(x.ravel()[inside], y.ravel()[inside])
    nearest = shapely.STRtree(buildings).nearest(samples)
    counts = np.bincount(nearest, minlength=len(buildings)).astype(np.float64)
    share: Floats = counts / max(counts.sum(), 1.0)
    return share * float(flat.area)


def _straight(
    block: Block, flat: Any, plane: _Plane, limits: Limits, scale: float, min_area_m2: float
) -> Geometries:
    places = (block.places - (plane.lon, plane.lat)) * (plane.east_m, plane.north_m)
    density = block.pop / block.area_m2 if len(places) == 0 else 0.0
    lines: list[Any] = []
    waiting: list[tuple[Any, Ints]] = [(flat, np.arange(len(places)))]
    while waiting:
        piece, inside = waiting.pop()
        area_m2 = piece.area * scale
        pop = float(block.place_pop[inside].sum()) + density * area_m2
        over = float(limits.weight(pop, area_m2))
        alone = density == 0 and len(inside) < 2 and float(limits.weight(0.0, area_m2)) <= 1
        if over <= 1 or area_m2 < 4 * min_area_m2 or alone:
            continue
        pieces = math.ceil(over)
        cut, halves = _across(piece, (pieces // 2) / pieces)
        lines.append(cut)
        for half in halves:
            held = inside[shapely.intersects_xy(half, places[inside, 0], places[inside, 1])]
            waiting.append((half, held))
    return np.array(lines, object)


def _across(piece: Any, share: float) -> tuple[Any, list[Any]]:
    """Cut across the longer side so that about `share` of the area lies before the cut."""
    box = shapely.oriented_envelope(piece)
    corners = shapely.get_coordinates(box)
    sides = corners[1:3] - corners[0:2]
    along = sides[int(np.argmax((sides**2).sum(axis=1)))]
    along = along / np.hypot(*along)
    if along[0] < 0 or (along[0] == 0 and along[1] < 0):
        along = -along
    turn = [along[0], along[1], -along[1], along[0], 0.0, 0.0]
    turned = affine_transform(piece, turn)
    west, south, east, north = turned.bounds
    low, high = west, east
    for _ in range(40):
        middle = (low + high) / 2
        before = shapely.clip_by_rect(turned, west - 1, south - 1, middle, north + 1).area
        low, high = (middle, high) if before < share * turned.area else (low, middle)
    back = [along[0], -along[1], along[1], along[0], 0.0, 0.0]
    line = shapely.LineString([(middle, south - 1), (middle, north + 1)])
    # clipped to the block, and 1 m past its edge, so that the cut surely closes
    within = shapely.intersection(line, shapely.buffer(turned, 0.5, join_style="mitre"))
    halves = [
        affine_transform(
            shapely.box(west - 1, south - 1, middle, north + 1).intersection(turned), back
        ),
        affine_transform(
            shapely.box(middle, south - 1, east + 1, north + 1).intersection(turned), back
        ),
    ]
    return affine_transform(within, back), [half for half in halves if half.area > 0]
