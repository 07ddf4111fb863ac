"""Coordinate systems: their names, the metric projection of a place, and China's shifted datums.

We store WGS 84 (longitude, latitude in degrees) and measure in a metric projection of the place.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from pyproj.exceptions import CRSError

from gis.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd

WGS84 = 4326
WEB_MERCATOR = 3857
CGCS2000 = 4490
GCJ02 = "gcj02"
BD09 = "bd09"

# Stored coordinates are multiples of this, about 1 cm: all layers share one grid of vertices.
GRID_DEG = 1e-7
DECIMALS = 7

Floats = npt.NDArray[np.float64]
Bounds = tuple[float, float, float, float]

# Where the offset of GCJ-02 applies, as every domestic map service draws it.
_CHINA: Bounds = (72.004, 0.8293, 137.8347, 55.8271)
_KRASOVSKY_A_M = 6378245.0
_KRASOVSKY_EE = 0.00669342162296594323


@dataclass(frozen=True, slots=True, kw_only=True)
class LonLat:
    """A place in WGS 84 degrees."""

    lon: float
    lat: float

    def __post_init__(self) -> None:
        if not (-180 <= self.lon <= 180 and -90 <= self.lat <= 90):
            raise InputError("coordinates-outside-world", lon=str(self.lon), lat=str(self.lat))


# Projections


def metric_crs(place: LonLat | Sequence[float]) -> pyproj.CRS:
    """The projection in metres to measure a city in: distances there are true to 3 in 10,000.

    `place` is a LonLat or bounds (west, south, east, north) in WGS 84; the centre decides.
    China: the official CGCS2000 3-degree Gauss-Krüger zone, EPSG:4534 (75° E) to 4554 (135° E).
    Elsewhere: a transverse Mercator of scale 1 on the nearest whole degree, on WGS 84.
    """
    lon, lat = _centre(place)
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise InputError("layer-empty", file="")
    if 73.5 <= lon <= 136.5 and 3 <= lat <= 54:
        return pyproj.CRS.from_epsg(4534 + round((lon - 75) / 3))
    return pyproj.CRS.from_proj4(
        f"+proj=tmerc +lat_0=0 +lon_0={round(lon)} +k=1 +x_0=500000 +y_0=0 +datum=WGS84 +units=m"
    )


def _centre(place: LonLat | Sequence[float]) -> tuple[float, float]:
    if isinstance(place, LonLat):
        return place.lon, place.lat
    if len(place) == 2:
        return float(place[0]), float(place[1])
    west, south, east, north = (float(value) for value in place)
    return (west + east) / 2, (south + north) / 2


def projector(
    source: pyproj.CRS | int | str, target: pyproj.CRS | int | str
) -> Callable[[Any], Any]:
    """A function that carries shapely geometries (one or an array) from one system to another.

    A system is a pyproj CRS, an EPSG number, or WKT or another text that pyproj knows. Longitude
    or easting comes first on both sides, whatever the authority's axis order.
    """
    transform = _transformer(_key(source), _key(target)).transform

    def carry(geometry: Any) -> Any:
        return shapely.transform(
            geometry, lambda xy: np.column_stack(transform(xy[:, 0], xy[:, 1])).reshape(-1, 2)
        )

    return carry


def _key(crs: pyproj.CRS | int | str) -> str:
    if isinstance(crs, pyproj.CRS):
        return crs.srs
    return f"EPSG:{crs}" if isinstance(crs, int) else crs


@lru_cache(maxsize=64)
def _transformer(source: str, target: str) -> pyproj.Transformer:
    """Kept, because PROJ takes some 50 ms to set one up; safe to share between threads."""
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def to_metric(geometry: Any, crs: pyproj.CRS) -> Any:
    """Geometries of WGS 84 in the metres of `crs` (see `metric_crs`)."""
    return projector(WGS84, crs)(geometry)


def places_in_metres(lon: Floats, lat: Floats, crs: pyproj.CRS) -> tuple[Floats, Floats]:
    """Places (WGS 84) in the metres of `crs`, as `to_metric` has them."""
    x, y = _transformer(_key(WGS84), _key(crs)).transform(lon, lat)
    return np.asarray(x), np.asarray(y)


def from_metric(geometry: Any, crs: pyproj.CRS) -> Any:
    """Geometries in the metres of `crs` back in WGS 84."""
    return projector(crs, WGS84)(geometry)


# China's shifted datums. Formulas: the published GCJ-02 polynomial and Baidu's spiral.


def wgs84_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    """GCJ-02 of WGS 84 degrees; places outside China stay as they are."""
    x, y = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    dx, dy = _gcj_offset(x, y)
    inside = _in_china(x, y)
    return np.where(inside, x + dx, x), np.where(inside, y + dy, y)


def gcj02_to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    """WGS 84 of GCJ-02 degrees, the forward formula iterated until it moves by less than 1e-9 m."""
    x, y = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    wx, wy = _invert(lambda u, v: _added(u, v, _gcj_offset(u, v)), x, y)
    inside = _in_china(x, y)
    return np.where(inside, wx, x), np.where(inside, wy, y)


def gcj02_to_bd09(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    """BD-09 (Baidu) of GCJ-02 degrees; places outside China stay as they are."""
    x, y = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    bx, by = _spiral(x, y)
    inside = _in_china(x, y)
    return np.where(inside, bx, x), np.where(inside, by, y)


def bd09_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    """GCJ-02 of BD-09 degrees, by the same iteration."""
    x, y = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    gx, gy = _invert(_spiral, x, y)
    inside = _in_china(x, y)
    return np.where(inside, gx, x), np.where(inside, gy, y)


def wgs84_to_bd09(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    """BD-09 of WGS 84 degrees."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def bd09_to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    """WGS 84 of BD-09 degrees, by the same iteration."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def _in_china(lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
    west, south, east, north = _CHINA
    inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return np.asarray(inside)


def _added(x: Floats, y: Floats, offset: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    return x + offset[0], y + offset[1]


def _gcj_offset(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    x, y, pi = lon - 105.0, lat - 35.0, np.pi
    common = (20 * np.sin(6 * x * pi) + 20 * np.sin(2 * x * pi)) * 2 / 3
    east_m = (
        300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x)) + common
        + (20 * np.sin(x * pi) + 40 * np.sin(x / 3 * pi)) * 2 / 3
        + (150 * np.sin(x / 12 * pi) + 300 * np.sin(x / 30 * pi)) * 2 / 3
    )  # fmt: skip
    north_m = (
        -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x)) + common
        + (20 * np.sin(y * pi) + 40 * np.sin(y / 3 * pi)) * 2 / 3
        + (160 * np.sin(y / 12 * pi) + 320 * np.sin(y * pi / 30)) * 2 / 3
    )  # fmt: skip
    phi = np.radians(lat)
    magic = 1 - _KRASOVSKY_EE * np.sin(phi) ** 2
    prime_vertical_m = _KRASOVSKY_A_M / np.sqrt(magic)
    meridional_m = prime_vertical_m * (1 - _KRASOVSKY_EE) / magic
    return np.degrees(east_m / (prime_vertical_m * np.cos(phi))), np.degrees(north_m / meridional_m)


def _spiral(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    turn = np.pi * 3000 / 180
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * turn)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * turn)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _invert(
    forward: Callable[[Floats, Floats], tuple[Floats, Floats]], x: Floats, y: Floats
) -> tuple[Floats, Floats]:
    """Fixed-point inverse: the shift changes so slowly that each round gains 3 digits or more."""
    u, v = x.copy(), y.copy()
    for _ in range(12):
        fx, fy = forward(u, v)
        dx, dy = x - fx, y - fy
        u, v = u + dx, v + dy
        if not np.any(np.hypot(dx, dy) > 1e-14):
            break
    return u, v


_SHIFTED = {GCJ02: gcj02_to_wgs84, BD09: bd09_to_wgs84}
_NAMES: dict[str, str | int] = {
    "gcj02": GCJ02, "gcj-02": GCJ02, "火星坐标": GCJ02, "火星坐标系": GCJ02,
    "bd09": BD09, "bd-09": BD09, "bd09ll": BD09, "百度坐标": BD09, "百度坐标系": BD09,
    "wgs84": WGS84, "wgs-84": WGS84, "crs84": WGS84, "ogc:crs84": WGS84,
    "cgcs2000": CGCS2000, "国家2000": CGCS2000, "2000国家大地坐标系": CGCS2000,
}  # fmt: skip


def parse_crs(name: str | int | pyproj.CRS) -> pyproj.CRS | str:
    """What a coordinate system's name means: a pyproj CRS, or GCJ02 or BD09 (no EPSG code).

    Known: `EPSG:4547` (or 4547), `wgs84`, `cgcs2000`, `gcj02`, `bd09`, WKT and PROJ strings.
    Raises InputError `crs-unknown`.
    """
    if isinstance(name, pyproj.CRS):
        return name
    meant: str | int = _NAMES.get(str(name).strip().lower().replace(" ", ""), name)
    if meant in (GCJ02, BD09):
        return str(meant)
    if isinstance(meant, str) and re.fullmatch(r"\s*\d+\s*", meant):
        meant = int(meant)
    try:
        return pyproj.CRS.from_user_input(meant)
    except CRSError as error:
        raise InputError("crs-unknown", name=str(name)) from error


def lonlat_to_wgs84(
    x: npt.ArrayLike, y: npt.ArrayLike, crs: str | int | pyproj.CRS
) -> tuple[Floats, Floats]:
    """Coordinates in a named system (see `parse_crs`), easting or longitude first, as WGS 84."""
    system = parse_crs(crs)
    xs, ys = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if isinstance(system, str):
        return _SHIFTED[system](xs, ys)
    if system.to_epsg() == WGS84:
        return xs, ys
    lon, lat = _transformer(_key(system), _key(WGS84)).transform(xs, ys)
    return np.asarray(lon), np.asarray(lat)


def to_wgs84(frame: gpd.GeoDataFrame, crs: str | int | pyproj.CRS) -> gpd.GeoDataFrame:
    """A copy of `frame`, whose coordinates are in the named system (see `parse_crs`), in WGS 84.

    The frame's own `crs` is not looked at: the name decides.
    """
    system = parse_crs(crs)
    if not isinstance(system, str):
        return frame.set_crs(system, allow_override=True).to_crs(WGS84)
    shift = _SHIFTED[system]
    moved = shapely.transform(
        frame.geometry.to_numpy(), lambda xy: np.column_stack(shift(xy[:, 0], xy[:, 1]))
    )
    return frame.set_geometry(type(frame.geometry)(moved, index=frame.index, crs=WGS84), crs=WGS84)


def likelier_crs(lon: npt.ArrayLike, lat: npt.ArrayLike, jurisdiction: Any) -> str | None:
    """The system that places said to be WGS 84 are more likely in, or None if they look right.

    `jurisdiction` is a shapely polygon in WGS 84. Places that fall outside it are read again as
    GCJ-02, as BD-09, and with latitude first; a reading that brings at least four of five of
    them home (and at least three), while losing almost none, is named: `gcj02`, `bd09`, `swapped`.
    """
    x, y = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    shapely.prepare(jurisdiction)
    outside = ~shapely.intersects_xy(jurisdiction, x, y)
    if outside.sum() < 3:
        return None
    best, best_gain = None, 0.0
    readings = {GCJ02: gcj02_to_wgs84(x, y), BD09: bd09_to_wgs84(x, y), "swapped": (y, x)}
    for name, (u, v) in readings.items():
        home = shapely.intersects_xy(jurisdiction, u, v)
        brought, lost = float(home[outside].mean()), int((~home & ~outside).sum())
        if brought >= 0.8 and lost <= 0.02 * len(x) and brought > best_gain:
            best, best_gain = name, brought
    return best
