"""The cells under the locator: where they lie, and how they and their records are written.

Layout. Cells lie in square tiles of TILE a side, so that near places are near in memory, and an
edit copies few: `tiles[row of tiles * tiles a row + column of tiles]` is where the tile starts
in `cells` (see `place_of_cell`). A cell is index + 1 of the one polygon that owns the whole cell,
0 for none, or ~position of a record in `records` where segments pass through the cell. A record
is a header and five words for each segment:

    header   key of the cell's centre << 32 | crowded << 31 | number of segments
    ax ay bx by   the segment, as doubles
    word     key on its left << 33 | key on its right << 2 | spans << 1 | centre is left of it

`spans`: the segment crosses the height of the cell's centre. A *key* is BIAS + index + 1, and 0 for
nobody. Summed keys count and name at once: crossing a segment adds the key that one enters and
takes off the key that one leaves, so that the sum at a place is 0 outside, BIAS + index + 1 inside
one polygon, and 2 BIAS or more where polygons overlap. That is why neither gaps nor T-junctions nor
overlaps need to be found beforehand: a wrong owner cannot come out of the sum.
A cell is *crowded* if polygons overlap at its centre; its points are resolved one by one.

The outermost ring of cells is empty: whatever lies off the raster, NaN too, is looked up there.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from gis.kernels import Whole, inlined
from gis.routing.segments import NOBODY

# A key takes 30 bits: two of them and two flags fill a word.
KEY_BITS = 30
BIAS = 1 << (KEY_BITS - 1)
WORDS = 5  # of a segment in a record
COUNT = (1 << 31) - 1  # the low bits of a header; also those of a key in a word
TILE_BITS = 6
TILE = 1 << TILE_BITS
IN_TILE = TILE - 1


class Frame(NamedTuple):
    """Where the cells lie. Everything computes the cell of a place from these in one same way."""

    x0: float
    y0: float
    per_unit: float  # cells per unit of the coordinates
    columns: int  # whole tiles, as are the rows
    rows: int


class Window(NamedTuple):
    """Some of the cells: all of them when a raster is made, few when it is edited."""

    row: int
    column: int
    rows: int
    columns: int


@inlined
def place_of_cell(tiles: Any, columns: Whole, row: Whole, column: Whole) -> Any:
    """Where the cell of a row and a column is in `cells`."""
    tile = (row >> TILE_BITS) * (columns >> TILE_BITS) + (column >> TILE_BITS)
    return tiles[tile] + (((row & IN_TILE) << TILE_BITS) | (column & IN_TILE))


@inlined
def centre(origin: float, index: Whole, per_unit: float) -> Any:
    """The coordinate of the centre of a column or row; written once, because it must be exact."""
    return origin + (index + 0.5) * (1.0 / per_unit)


@inlined
def index_of(value: float, origin: float, per_unit: float, count: int) -> int:
    cell = (value - origin) * per_unit
    if not cell >= 0.0:
        return 0
    if cell >= count:
        return count - 1
    return int(cell)


@inlined
def key_of(owner: Whole) -> Whole:
    """The key of a polygon's index; 0 for NOBODY."""
    return np.int64(0) if owner == NOBODY else np.int64(BIAS + 1) + np.int64(owner)
