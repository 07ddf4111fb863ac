"""How near a place is to somebody else's ground: the nearest other grids and their distances.

For a place in a grid, whom it would belong to if the pin were a little off; for a place off all
grids, which grid is next to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gis.kernels import Whole, compiled, inlined
from gis.routing.cells import BIAS, COUNT, WORDS, Frame, place_of_cell
from gis.routing.query import NO_GRID

if TYPE_CHECKING:
    from gis.routing.locator import Locator

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]

# The ellipsoid of WGS 84: semi-major axis, and the square of the first eccentricity.
AXIS_M = 6378137.0
ECCENTRICITY_2 = 0.0066943799901413165
GIRTH_M = 4.1e7


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """For n places: the position of the nearest other grid in the locator's codes, -1 for none
    within reach; and the distance to it in metres, infinite for none."""

    grids: Ints
    distance_m: Floats


def nearest_other(
    locator: Locator,
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    owners: npt.ArrayLike,
    *,
    within_m: float,
    in_degrees: bool = True,
) -> Nearest:
    """The nearest grid that is not the owner (-1 for none) of each place, up to so many metres.

    Distances are to the other grid's boundary, on the ellipsoid's tangent plane at the place: true
    to a thousandth up to some kilometres. Of equally near grids it is the one of the smallest code.
    `in_degrees` False: the locator's coordinates are metres.
    """
    found = nearest_others(
        locator, lon, lat, owners, within_m=within_m, most=1, in_degrees=in_degrees
    )
    return Nearest(grids=found.grids[:, 0], distance_m=found.distance_m[:, 0])


def nearest_others(
    locator: Locator,
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    owners: npt.ArrayLike,
    *,
    within_m: float,
    most: int,
    in_degrees: bool = True,
) -> Nearest:
    """The same for up to `most` grids of each place, nearest first: arrays of (n, most)."""
    xs, ys = (np.ascontiguousarray(it, np.float64).reshape(-1) for it in (lon, lat))
    own = np.ascontiguousarray(owners, np.int32).reshape(-1)
    if in_degrees:
        east_m, north_m = metres_a_degree(ys)
    else:
        east_m = north_m = np.ones(len(xs))
    grids = np.full((len(xs), most), NO_GRID, np.int32)
    distance_m = np.full((len(xs), most), np.inf)
    _search(
        xs, ys, own, east_m, north_m, min(float(within_m), GIRTH_M), grids, distance_m,
        locator.frame, locator.tiles, locator.cells, locator.records, locator.ranks,
    )  # fmt: skip
    return Nearest(grids=grids, distance_m=distance_m)


def metres_a_degree(lat: Floats) -> tuple[Floats, Floats]:
    """Metres eastward and northward in a degree at so many degrees north.

    The radii of curvature of the ellipsoid in the prime vertical and in the meridian.
    """
    phi = np.radians(np.clip(lat, -89.9, 89.9))
    flat = 1 - ECCENTRICITY_2 * np.sin(phi) ** 2
    prime = AXIS_M / np.sqrt(flat)
    meridian = prime * (1 - ECCENTRICITY_2) / flat
    return np.radians(prime * np.cos(phi)), np.radians(meridian)


@inlined
def _distance(
    ax: float, ay: float, bx: float, by: float, px: float, py: float, sx: float, sy: float
) -> float:
    """From p to the segment from a to b, where a unit of x is sx metres and one of y is sy."""
    ux, uy = (bx - ax) * sx, (by - ay) * sy
    vx, vy = (px - ax) * sx, (py - ay) * sy
    length = ux * ux + uy * uy
    along = ux * vx + uy * vy
    if along >= length:
        vx, vy = (px - bx) * sx, (py - by) * sy
    elif along > 0.0:
        vx, vy = vx - along / length * ux, vy - along / length * uy
    return float(np.sqrt(vx * vx + vy * vy))


@compiled
def _search(
    lon: Floats,
    lat: Floats,
    owners: Ints,
    east_m: Floats,
    north_m: Floats,
    within_m: float,
    grids: Ints,
    distance_m: Floats,
    frame: Frame,
    tiles: Ints,
    cells: Ints,
    records: Floats,
    ranks: Ints,
) -> None:
    """Look at the cells of ever larger squares around each place, until none can hold a nearer
    segment."""
    x0, y0, per_unit, columns, rows = frame
    words = records.view(np.int64)
    size = 1.0 / per_unit
    last = grids.shape[1] - 1
    for i in range(len(lon)):
        px, py, own = lon[i], lat[i], owners[i]
        across, up = (px - x0) * per_unit, (py - y0) * per_unit
        reach_x, reach_y = within_m / east_m[i] * per_unit, within_m / north_m[i] * per_unit
        if not (-reach_x <= across <= columns + reach_x and -reach_y <= up <= rows + reach_y):
            continue  # NaN as well
        column, row = int(np.floor(across)), int(np.floor(up))
        # From p to the nearest edge of its own cell; each ring beyond the first is a cell farther.
        step_x, step_y = size * east_m[i], size * north_m[i]
        edge_x = min(across - column, column + 1 - across) * step_x
        edge_y = min(up - row, row + 1 - up) * step_y
        reach, ring = within_m, 0
        farthest = max(column, columns - column, row, rows - row)
        while ring <= farthest:
            if min(edge_x + (ring - 1) * step_x, edge_y + (ring - 1) * step_y) > reach:
                break
            for line in range(max(row - ring, 0), min(row + ring, rows - 1) + 1):
                first, stride = column - ring, max(2 * ring, 1)
                if line in (row - ring, row + ring):
                    first, stride = max(first, 0), 1
                for place in range(first, min(column + ring, columns - 1) + 1, stride):
                    if place < 0:
                        continue
                    value = cells[place_of_cell(tiles, columns, line, place)]
                    if value >= 0:
                        continue
                    at = ~np.int64(value)
                    for k in range(words[at] & COUNT):
                        segment = at + 1 + WORDS * k
                        word = words[segment + 4]
                        left = _other(word >> 33, own)
                        right = _other((word >> 2) & COUNT, own)
                        if left == NO_GRID and right == NO_GRID:
                            continue
                        distance = _distance(
                            records[segment], records[segment + 1],
                            records[segment + 2], records[segment + 3],
                            px, py, east_m[i], north_m[i],
                        )  # fmt: skip
                        if distance > reach:
                            continue
                        for other in (left, right):
                            if other != NO_GRID:
                                _take(grids[i], distance_m[i], other, distance, ranks)
                        if grids[i, last] != NO_GRID:
                            reach = distance_m[i, last]
            ring += 1


@inlined
def _other(key: Whole, own: Whole) -> Whole:
    """The grid on a side of a segment, unless it is one's own."""
    grid = (key & (BIAS - 1)) - 1 if key else np.int64(NO_GRID)
    return grid if grid != own else np.int64(NO_GRID)


@inlined
def _take(grids: Ints, distance_m: Floats, other: Whole, distance: float, ranks: Ints) -> None:
    """Put a grid in its place among those found so far, each once: by distance, then by rank."""
    place = len(grids)
    while place > 0:
        before = grids[place - 1]
        if before != NO_GRID and not (
            distance < distance_m[place - 1]
            or (distance == distance_m[place - 1] and ranks[other] < ranks[before])
        ):
            break
        place -= 1
    for k in range(place):
        if grids[k] == other:
            return
    if place == len(grids):
        return
    end = place
    while end < len(grids) - 1 and grids[end] != NO_GRID and grids[end] != other:
        end += 1
    for k in range(end, place, -1):
        grids[k], distance_m[k] = grids[k - 1], distance_m[k - 1]
    grids[place], distance_m[place] = other, distance
