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

_GRID_M = 0.01
_SEGMENT_M = 2.0  # how finely the space between two buildings is halved
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

    With two buildings or more: lines half-way between buildings (momepy's enclosed
    tessellation, gathered by recursive halving along the longer side). Else: straight cuts
    across the longer side, recursively. No piece below twice `min_area_m2` is cut.
    Same block, same lines.
    """
    plane = _Plane.around(block.polygon)
    flat = plane.flatten(block.polygon)
    # the plane is not true to scale by some tenths of a percent: measure as the caller did
    scale = block.area_m2 / flat.area if flat.area > 0 else 1.0
    lines: Geometries | None = None
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
    import geopandas as gpd
    import momepy

    frame = gpd.GeoDataFrame(geometry=plane.flatten(block.buildings))
    enclosure = gpd.GeoDataFrame(geometry=[flat])
    try:
        cells = momepy.enclosed_tessellation(
            frame, enclosure, segment=_SEGMENT_M, simplify=False, n_jobs=1
        )
    except (ValueError, IndexError, KeyError, shapely.errors.GEOSException):
        return None  # overlapping or needle-like buildings: no halving line between them
    cells = cells[cells.index >= 0]
    if cells.index.nunique() < 2:
        return None
    cells = cells[["geometry"]].dissolve(by=cells.index.to_numpy())
    owner = cells.index.to_numpy()
    shapes = np.asarray(cells.geometry.to_numpy(), object)
    weight = limits.weight(block.building_pop[owner], shapely.area(shapes) * scale)
    centres = shapely.get_coordinates(shapely.centroid(shapes))
    groups = halved(np.asarray(weight, np.float64), centres)
    if groups.max() == 0:
        return None
    return _smoothed(shapes, groups)


def _smoothed(cells: Geometries, groups: Ints) -> Geometries:
    """Outlines of groups of cells, noded into a true coverage and freed of the cells' zigzag."""
    parts = np.array(
        [shapely.union_all(cells[groups == group]) for group in range(groups.max() + 1)], object
    )
    noded = shapely.union_all(shapely.boundary(parts), grid_size=_GRID_M)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    inside = shapely.point_on_surface(faces)
    distance = np.stack([shapely.distance(part, inside) for part in parts])
    nearest = distance.argmin(axis=0)
    whole = np.array(
        [
            shapely.coverage_union_all(faces[nearest == group])
            for group in range(len(parts))
            if (nearest == group).any()
        ],
        object,
    )
    smooth = shapely.coverage_simplify(whole, _SMOOTH_M, simplify_boundary=False)
    lines: Geometries = np.asarray(shapely.boundary(smooth), object)
    return lines


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
