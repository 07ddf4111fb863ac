"""Where a tile lies: Web Mercator, the Morton keys of the pyramid, and back to degrees."""

from __future__ import annotations

import math
from dataclasses import dataclass

HALF_M = 20037508.342789244  # half the side of the Web Mercator square, EPSG:3857
EXTENT = 4096  # units along the side of a tile
PIXEL_ZOOM = 30  # the zoom whose pixels incidents are stored in


@dataclass(frozen=True, slots=True, kw_only=True)
class TileAddress:
    """One tile of the XYZ scheme: x grows eastward, y southward from the north-west corner."""

    zoom: int
    x: int
    y: int

    @property
    def bounds_3857(self) -> tuple[float, float, float, float]:
        """West, south, east, north in metres of EPSG:3857."""
        side = 2 * HALF_M / (1 << self.zoom)
        west = self.x * side - HALF_M
        north = HALF_M - self.y * side
        return west, north - side, west + side, north

    @property
    def unit_m(self) -> float:
        """The side of one unit of the tile in metres of EPSG:3857."""
        return 2 * HALF_M / (1 << self.zoom) / EXTENT

    def keys(self, zoom: int) -> tuple[int, int]:
        """First key, and the one after the last, of this tile's cells at a deeper zoom."""
        key = interleave(self.x, self.y)
        shift = 2 * (zoom - self.zoom)
        return key << shift, (key + 1) << shift


def interleave(x: int, y: int) -> int:
    """The Morton key of a cell: the bits of y and x in turn, y first."""
    key = 0
    for bit in range(max(x.bit_length(), y.bit_length())):
        key |= (x >> bit & 1) << 2 * bit | (y >> bit & 1) << 2 * bit + 1
    return key


def deinterleave(key: int) -> tuple[int, int]:
    """The x and y of a Morton key."""
    x = y = 0
    for bit in range((key.bit_length() + 1) // 2):
        x |= (key >> 2 * bit & 1) << bit
        y |= (key >> 2 * bit + 1 & 1) << bit
    return x, y


def cell_of(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    """The x and y of the cell of a zoom that holds a place in WGS 84."""
    side = 1 << zoom
    x = math.floor((lon + 180) / 360 * side)
    y = math.floor(
        (0.5 - math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)) / (2 * math.pi)) * side
    )
    return max(0, min(side - 1, x)), max(0, min(side - 1, y))


def degrees(x_m: float, y_m: float) -> tuple[float, float]:
    """Longitude and latitude of a place in EPSG:3857."""
    lon = x_m / HALF_M * 180
    lat = math.degrees(2 * math.atan(math.exp(y_m / HALF_M * math.pi)) - math.pi / 2)
    return round(lon, 6), round(lat, 6)
