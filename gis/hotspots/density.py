"""Incidents counted in equal cells of a city, hexagons or squares laid out in metres.

Cells of our own rather than H3: 2 million points take about 1 s with numpy here (h3 4.5 takes 2 to
4 s, one Python call each), the size is free, and every cell of a city has the same area, so that
their counts compare. The lattice hangs on the origin of the metric projection: a cell keeps its
name whatever the window or the category.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from gis.errors import InputError, TooLargeError
from gis.geometry import WGS84, metric_crs

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Area = Any  # a shapely (multi)polygon in WGS 84, or bounds (west, south, east, north)
Shape = Literal["hexagon", "square"]

MAX_CELLS = 1_000_000
_ROUND_SIZES_M = (10, 20, 25, 50, 75, 100, 150, 200, 250, 300, 400, 500, 750, 1000, 1500, 2000)
_SQRT3_2 = math.sqrt(0.75)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """All cells of a study area, the empty ones too, and what was counted in each.

    `col` and `row` are lattice coordinates (axial for hexagons), `lon` and `lat` the centres in
    WGS 84. `cell_m` is the distance between the centres of neighbours. `outside` is the weight
    of the points that lie in no cell.
    """

    shape: Shape
    cell_m: float
    crs: pyproj.CRS
    col: Integers
    row: Integers
    lon: Floats
    lat: Floats
    count: Floats
    outside: float

    def __len__(self) -> int:
        return len(self.col)

    @property
    def area_m2(self) -> float:
        """The area of one cell."""
        return self.cell_m**2 * (_SQRT3_2 if self.shape == "hexagon" else 1.0)

    def name(self, index: int) -> str:
        """The stable name of a cell, such as `hexagon-100-2894-38171` (shape, size, col, row)."""
        return f"{self.shape}-{self.cell_m:g}-{self.col[index]}-{self.row[index]}"

    def per_km2(self) -> Floats:
        """Counts as densities, per square kilometre."""
        return self.count / (self.area_m2 / 1e6)

    def outlines(self, chosen: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> Any:
        """The polygons of the chosen cells (an index or mask), shapely, in WGS 84."""
        x, y = centres_m(self.shape, self.cell_m, self.col[chosen], self.row[chosen])
        corners = np.stack([x[:, None], y[:, None]], axis=2) + _corners_m(self.shape, self.cell_m)
        lon, lat = _transformer(self.crs, WGS84).transform(
            corners[..., 0].ravel(), corners[..., 1].ravel()
        )
        return shapely.polygons(np.column_stack([lon, lat]).reshape(*corners.shape))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lattice:
    """The cells of a study area before anything is counted in them."""

    shape: Shape
    cell_m: float
    crs: pyproj.CRS
    col: Integers
    row: Integers
    lon: Floats
    lat: Floats
    index: Integers
    origin: tuple[int, int]

    @property
    def column(self) -> Literal["cell"]:
        """Of the columns that hold incidents: where the cell of each is kept."""
        return "cell"

    @classmethod
    def of(cls, area: Area, cell_m: float, shape: Shape = "hexagon") -> Lattice:
        """Every cell that touches the area. Raises as `aggregate` does."""
        region = region_of(area)
        crs = metric_crs(region.bounds)
        col, row = _cells_of_area(_to_metres(region, crs), shape, cell_m)
        index, origin = raster(col, row)
        lon, lat = _transformer(crs, WGS84).transform(*centres_m(shape, cell_m, col, row))
        return cls(
            shape=shape,
            cell_m=cell_m,
            crs=crs,
            col=col,
            row=row,
            lon=np.asarray(lon),
            lat=np.asarray(lat),
            index=index,
            origin=origin,
        )

    def __len__(self) -> int:
        return len(self.col)

    def centres_m(self) -> tuple[Floats, Floats]:
        """The centres of the cells in metres (x, y)."""
        return centres_m(self.shape, self.cell_m, self.col, self.row)

    def find(self, lon: Floats, lat: Floats) -> npt.NDArray[np.int32]:
        """The number of the cell of each place in WGS 84, -1 for none."""
        x, y = _project(lon, lat, self.crs)
        at = _lookup(self.index, self.origin, *locate(self.shape, self.cell_m, x, y))
        return at.astype(np.int32)

    def cells(self, count: npt.ArrayLike, outside: float) -> Cells:
        """The cells with what was counted in each."""
        return Cells(
            shape=self.shape,
            cell_m=self.cell_m,
            crs=self.crs,
            col=self.col,
            row=self.row,
            lon=self.lon,
            lat=self.lat,
            count=np.asarray(count, np.float64),
            outside=outside,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spots:
    """A few weighted places that stand for many points: their means by cell, in WGS 84."""

    lon: Floats
    lat: Floats
    weight: Floats


def aggregate(
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    *,
    area: Area,
    cell_m: float,
    weight: npt.ArrayLike | None = None,
    shape: Shape = "hexagon",
) -> Cells:
    """Count points in every cell that touches the study area.

    `lon`, `lat` are WGS 84 degrees, `weight` how many incidents stand at each (1 by default).
    Cells without points are kept: statistics need the silence too. Points that are not finite or
    fall in no cell are left out and added up in `outside`.

    Raises InputError `hotspot-cell-size`, `hotspot-lengths`, `hotspot-weights`, `hotspot-area`
    and TooLargeError `hotspot-too-many-cells`.
    """
    x_deg, y_deg, w = _points(lon, lat, weight)
    lattice = Lattice.of(area, cell_m, shape)
    at = lattice.find(x_deg, y_deg)
    hit = at >= 0
    return lattice.cells(
        _sums(at[hit].astype(np.int64), w[hit], len(lattice)), outside=float(w[~hit].sum())
    )


def thin(
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    *,
    area: Area,
    weight: npt.ArrayLike | None = None,
    at_most: int = 5000,
) -> Spots:
    """Points drawn together into at most `at_most` weighted spots, each at the mean of its points.

    Points outside the bounds of `area` are left out. The weights add up to those of the rest.
    """
    x_deg, y_deg, w = _points(lon, lat, weight)
    region = region_of(area)
    west, south, east, north = region.bounds
    inside = (x_deg >= west) & (x_deg <= east) & (y_deg >= south) & (y_deg <= north)
    x_deg, y_deg, w = x_deg[inside], y_deg[inside], w[inside]
    crs = metric_crs(region.bounds)
    x, y = _project(x_deg, y_deg, crs)
    # a quarter of the side that would fill the bounds: most of a city's cells are empty
    size_m = math.sqrt(float(_to_metres(shapely.box(*region.bounds), crs).area) / at_most) / 4
    spot = _numbered(*locate("square", size_m, x, y))
    while len(spot) and int(spot.max()) >= at_most:
        size_m *= 1.2
        spot = _numbered(*locate("square", size_m, x, y))
    total = _sums(spot, w)
    return Spots(
        lon=_sums(spot, w * x_deg) / total,
        lat=_sums(spot, w * y_deg) / total,
        weight=total,
    )


def suggest_cell_m(area: Area, *, at_most: int = 4000) -> float:
    """The smallest round size, 10 m to 2 km or beyond, that cuts the area into `at_most` cells."""
    region = region_of(area)
    area_m2 = float(_to_metres(region, metric_crs(region.bounds)).area)
    least_m = math.sqrt(area_m2 / at_most / _SQRT3_2)
    for size in _ROUND_SIZES_M:
        if size >= least_m:
            return float(size)
    return math.ceil(least_m / 1000) * 1000.0


# The lattice


def locate(shape: Shape, cell_m: float, x: Floats, y: Floats) -> tuple[Integers, Integers]:
    """Lattice coordinates (col, row) of places in metres.

    Hexagons: axial coordinates, pointed north, rounded in cube coordinates
    (redblobgames.com/grids/hexagons/#rounding).
    """
    if shape == "square":
        return np.floor(x / cell_m).astype(np.int64), np.floor(y / cell_m).astype(np.int64)
    row = y / (cell_m * _SQRT3_2)
    col = x / cell_m - row / 2
    third = -col - row
    q, r, s = np.rint(col), np.rint(row), np.rint(third)
    dq, dr, ds = np.abs(q - col), np.abs(r - row), np.abs(s - third)
    fix_q = (dq > dr) & (dq > ds)
    fix_r = ~fix_q & (dr > ds)
    q[fix_q] = -r[fix_q] - s[fix_q]
    r[fix_r] = -q[fix_r] - s[fix_r]
    return q.astype(np.int64), r.astype(np.int64)


def centres_m(shape: Shape, cell_m: float, col: Integers, row: Integers) -> tuple[Floats, Floats]:
    """Centres of cells in metres."""
    half, step = (0.5, 1.0) if shape == "square" else (0.0, _SQRT3_2)
    lean = 0.0 if shape == "square" else 0.5
    x, y = (col + half + lean * row) * cell_m, (row + half) * (cell_m * step)
    return np.asarray(x, np.float64), np.asarray(y, np.float64)


def raster(col: Integers, row: Integers) -> tuple[npt.NDArray[np.int64], tuple[int, int]]:
    """A table from lattice coordinates to the position of the cell, -1 for none, and its origin."""
    origin = (int(col.min()), int(row.min()))
    index = np.full((int(row.max()) - origin[1] + 1, int(col.max()) - origin[0] + 1), -1, np.int64)
    index[row - origin[1], col - origin[0]] = np.arange(len(col))
    return index, origin


def _lookup(index: Integers, origin: tuple[int, int], col: Integers, row: Integers) -> Integers:
    j, i = col - origin[0], row - origin[1]
    known = (i >= 0) & (j >= 0) & (i < index.shape[0]) & (j < index.shape[1])
    at = np.full(len(col), -1, np.int64)
    at[known] = index[i[known], j[known]]
    return at


def _cells_of_area(region_m: Any, shape: Shape, cell_m: float) -> tuple[Integers, Integers]:
    """Every cell that touches a region in metres, south to north and west to east."""
    if not (math.isfinite(cell_m) and cell_m > 0):
        raise InputError("hotspot-cell-size", cell_m=str(cell_m))
    west, south, east, north = region_m.bounds
    row_m = cell_m * (_SQRT3_2 if shape == "hexagon" else 1.0)
    rows_wanted, cols_wanted = (north - south) / row_m + 3, (east - west) / cell_m + 3
    if rows_wanted * cols_wanted > MAX_CELLS:
        raise TooLargeError(
            "hotspot-too-many-cells", cells=int(rows_wanted * cols_wanted), limit=MAX_CELLS
        )
    rows = np.arange(math.floor(south / row_m) - 1, math.ceil(north / row_m) + 2)
    lean = 0.5 if shape == "hexagon" else 0.0
    start = np.floor(west / cell_m - lean * rows).astype(np.int64) - 1
    col = (start[:, None] + np.arange(math.ceil(cols_wanted) + 1)).ravel()
    row = np.repeat(rows, math.ceil(cols_wanted) + 1)
    x, y = centres_m(shape, cell_m, col, row)
    polygons = shapely.polygons(np.stack([x[:, None], y[:, None]], 2) + _corners_m(shape, cell_m))
    shapely.prepare(region_m)
    touches = shapely.intersects(region_m, polygons)
    return col[touches], row[touches]


def _corners_m(shape: Shape, cell_m: float) -> Floats:
    turns = np.radians(np.arange(30, 390, 60) if shape == "hexagon" else np.arange(45, 405, 90))
    radius_m = cell_m / math.sqrt(3 if shape == "hexagon" else 2)
    return np.column_stack([np.cos(turns), np.sin(turns)]) * radius_m


def _numbered(col: Integers, row: Integers) -> Integers:
    """Occupied cells numbered from 0 in lattice order, one number for each point."""
    if len(col) == 0:
        return col
    width = int(col.max() - col.min()) + 1
    keys = (row - row.min()) * width + (col - col.min())
    occupied = np.bincount(keys) > 0
    return np.asarray((np.cumsum(occupied) - 1)[keys])


def _sums(places: Integers, weight: Floats, length: int = 0) -> Floats:
    return np.bincount(places, weights=weight, minlength=length).astype(np.float64)


# Input


def _points(
    lon: npt.ArrayLike, lat: npt.ArrayLike, weight: npt.ArrayLike | None
) -> tuple[Floats, Floats, Floats]:
    x, y = np.asarray(lon, np.float64).ravel(), np.asarray(lat, np.float64).ravel()
    w = np.ones(len(x)) if weight is None else np.asarray(weight, np.float64).ravel()
    if not len(x) == len(y) == len(w):
        raise InputError("hotspot-lengths", lon=len(x), lat=len(y), weight=len(w))
    if not (np.isfinite(w).all() and (w >= 0).all()):
        raise InputError("hotspot-weights")
    counted = w > 0
    return x[counted], y[counted], w[counted]


@cache
def _transformer(source: pyproj.CRS | int, target: pyproj.CRS | int) -> pyproj.Transformer:
    """Kept, because making one takes 0.2 s, as long as a whole page may. Safe between threads."""
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def _to_metres(region: Any, crs: pyproj.CRS) -> Any:
    carry = _transformer(WGS84, crs).transform
    return shapely.transform(region, lambda xy: np.column_stack(carry(xy[:, 0], xy[:, 1])))


def _project(lon: Floats, lat: Floats, crs: pyproj.CRS) -> tuple[Floats, Floats]:
    """Metres; what is not on the Earth ends beyond every cell."""
    x, y = _transformer(WGS84, crs).transform(lon, lat)
    xy = np.stack([x, y])
    xy[:, ~np.isfinite(xy).all(axis=0)] = 1e12
    return xy[0], xy[1]


def region_of(area: Area) -> Any:
    """An area as a polygon. Raises InputError `hotspot-area`."""
    region = shapely.box(*area) if isinstance(area, Sequence) else area
    if region.is_empty or not np.isfinite(region.bounds).all() or region.area == 0:
        raise InputError("hotspot-area")
    return region
