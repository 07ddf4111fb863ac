"""The raster of cells under the locator: who owns a cell, or which segments pass through it.

Layout. `cells[row * columns + column]` is index + 1 of the one polygon that owns the whole cell,
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

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gis.errors import InputError
from gis.routing.compiled import Whole, compiled, inlined
from gis.routing.predicates import orient
from gis.routing.segments import NOBODY, Segments

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]

# A key takes 30 bits: two of them and two flags fill a word.
KEY_BITS = 30
BIAS = 1 << (KEY_BITS - 1)
WORDS = 5  # of a segment in a record
# A segment is entered in every cell that it may touch; this share of a cell is far more than
# the rounding error of any coordinate computed here, and makes the records hardly longer.
TOLERANCE = 1e-6
FEWEST_CELLS, MOST_CELLS = 256, 4096  # along the longer side
SHIFTS = 40


class Frame(NamedTuple):
    """Where the cells lie. Everything computes the cell of a place from these in one same way."""

    x0: float
    y0: float
    per_unit: float  # cells per unit of the coordinates
    columns: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Raster:
    """The finished raster. `runs`: (n, 2) first cell and length of runs of cells without segments
    where polygons overlap; the locator fills in their owner."""

    frame: Frame
    cells: Ints
    records: Floats
    runs: Longs
    crowded: int


def rasterise(parts: Segments, cells_a_side: int | None = None) -> Raster:
    """The raster of segments; the number of cells follows the length of the segments if not given.

    Raises InputError `routing-no-polygons` if there is no segment.
    """
    if not len(parts.ends):
        raise InputError("routing-no-polygons")
    for shift in range(SHIFTS):
        frame = _frame(parts.ends, cells_a_side, shift)
        sums = np.zeros((frame.rows, frame.columns), np.int64)
        if _sweep(parts.ends, parts.owners, frame, sums):
            break  # no vertex at the height of a centre
    else:
        raise InputError("routing-coordinate-out-of-range", count=0, rows="")
    counts = np.zeros(frame.rows * frame.columns, np.int32)
    _count(parts.ends, frame, counts)
    occupied = int(np.count_nonzero(counts))
    size = occupied + WORDS * int(counts.sum(dtype=np.int64))
    if size > np.iinfo(np.int32).max:
        raise InputError("routing-too-detailed", segments=len(parts.ends))
    records = np.empty(size)
    cells = np.empty_like(counts)
    runs, crowded = _lay_out(sums, counts.reshape(sums.shape), cells, records)
    counts[:] = 0
    _write(parts.ends, parts.owners, frame, counts, cells, records)
    return Raster(frame=frame, cells=cells, records=records, runs=runs, crowded=crowded)


def _frame(ends: Floats, cells_a_side: int | None, shift: int) -> Frame:
    west, south = ends[:, 0].min(), ends[:, 1::2].min()
    east, north = ends[:, 2].max(), ends[:, 1::2].max()
    extent = max(east - west, north - south)
    if cells_a_side is None:  # cells shorter than segments: mostly one in a cell of the boundary
        length = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]).mean()
        cells_a_side = int(np.clip(extent / (0.25 * length), FEWEST_CELLS, MOST_CELLS))
    # The tolerance must stay above the distance of neighbouring doubles, on the tiniest map too.
    finest = 2.0**25 * np.spacing(np.abs(ends).max())
    size = max(extent / cells_a_side, finest)
    per_unit = 1.0 / size
    # Odd offsets, because vertices on round coordinates would meet centres on round heights.
    x0 = float(west - 1.0037 * size)
    y0 = float(south - (1.0073 + 0.01317 * shift) * size)
    return Frame(
        x0=x0,
        y0=y0,
        per_unit=float(per_unit),
        columns=int((east - x0) * per_unit) + 3,
        rows=int((north - y0) * per_unit) + 3,
    )


@inlined
def centre(origin: float, index: Whole, per_unit: float) -> Any:
    """The coordinate of the centre of a column or row; written once, because it must be exact."""
    return origin + (index + 0.5) * (1.0 / per_unit)


@inlined
def _index(value: float, origin: float, per_unit: float, count: int) -> int:
    cell = (value - origin) * per_unit
    if not cell >= 0.0:
        return 0
    if cell >= count:
        return count - 1
    return int(cell)


@inlined
def _key(owner: Whole) -> Whole:
    return np.int64(0) if owner == NOBODY else np.int64(BIAS + 1) + np.int64(owner)


@inlined
def _spans(ay: float, by: float, y: float) -> bool:
    return (ay <= y) != (by <= y)


@compiled
def _sweep(ends: Floats, owners: Ints, frame: Frame, sums: Longs) -> bool:
    """Note in `sums` what changes from each centre to the next one east of it, by sum of keys.

    False if a vertex has exactly the height of a row's centres: then a segment's spanning
    could not tell a crossing from a touch, and the frame must be shifted.
    """
    x0, y0, per_unit, columns, rows = frame
    for s in range(len(ends)):
        ax, ay, bx, by = ends[s, 0], ends[s, 1], ends[s, 2], ends[s, 3]
        upward = by > ay
        entered = _key(owners[s, 1]) - _key(owners[s, 0])  # going east over an upward segment
        if not upward:
            entered = -entered
        low, high = min(ay, by), max(ay, by)
        first = max(_index(low, y0, per_unit, rows) - 1, 0)
        last = min(_index(high, y0, per_unit, rows) + 1, rows - 1)
        for row in range(first, last + 1):
            y = centre(y0, row, per_unit)
            if not (low != y != high):
                return False
            if not _spans(ay, by, y):
                continue
            # One column before the estimated crossing; then exactly, to the first centre east.
            x = ax + (y - ay) / (by - ay) * (bx - ax)
            column = max(_index(x, x0, per_unit, columns) - 1, 0)
            while column < columns:
                left = orient(ax, ay, bx, by, centre(x0, column, per_unit), y) > 0
                if left != upward:
                    sums[row, column] += entered
                    break
                column += 1
    return True


@inlined
def _columns_touched(ax: float, bx: float, frame: Frame) -> tuple[int, int]:
    reach = TOLERANCE / frame.per_unit
    return (
        _index(ax - reach, frame.x0, frame.per_unit, frame.columns),
        _index(bx + reach, frame.x0, frame.per_unit, frame.columns),
    )


@inlined
def _rows_touched(
    ax: float, ay: float, bx: float, by: float, column: int, several: bool, frame: Frame
) -> tuple[int, int]:
    """First and last row that the segment may touch in a column."""
    size = 1.0 / frame.per_unit
    reach = TOLERANCE * size
    low, high = min(ay, by), max(ay, by)
    if several and bx > ax:
        slope = (by - ay) / (bx - ax)
        west = max(ax, frame.x0 + column * size - reach)
        east = min(bx, frame.x0 + (column + 1) * size + reach)
        one, other = ay + (west - ax) * slope, ay + (east - ax) * slope
        low, high = max(low, min(one, other)), min(high, max(one, other))
    return (
        _index(low - reach, frame.y0, frame.per_unit, frame.rows),
        _index(high + reach, frame.y0, frame.per_unit, frame.rows),
    )


@compiled
def _count(ends: Floats, frame: Frame, counts: Ints) -> None:
    for s in range(len(ends)):
        ax, ay, bx, by = ends[s, 0], ends[s, 1], ends[s, 2], ends[s, 3]
        first, last = _columns_touched(ax, bx, frame)
        for column in range(first, last + 1):
            low, high = _rows_touched(ax, ay, bx, by, column, last > first, frame)
            for row in range(low, high + 1):
                counts[row * frame.columns + column] += 1


@compiled
def _lay_out(sums: Longs, counts: Ints, cells: Ints, records: Floats) -> tuple[Longs, int]:
    """Owners of cells without segments, places and headers of the records of all others."""
    headers = records.view(np.int64)
    rows, columns = sums.shape
    runs = np.empty((16, 2), np.int64)
    found = crowded = position = 0
    for row in range(rows):
        key = np.int64(0)
        open_run = False
        for column in range(columns):
            key += sums[row, column]
            cell = row * columns + column
            sound = key == 0 or BIAS < key < 2 * BIAS
            count = counts[row, column]
            if count:
                header = (key << 32 if sound else np.int64(1) << 31) | np.int64(count)
                headers[position] = header
                cells[cell] = ~np.int32(position)
                position += 1 + WORDS * count
                crowded += not sound
            elif sound:
                cells[cell] = np.int32(key & (BIAS - 1))
            elif open_run:  # no segment since the cell before: the same polygons cover both
                runs[found - 1, 1] += 1
            else:
                if found == len(runs):
                    longer = np.empty((2 * found, 2), np.int64)
                    longer[:found] = runs
                    runs = longer
                runs[found, 0], runs[found, 1] = cell, 1
                found += 1
            open_run = count == 0 and not sound
    return runs[:found].copy(), crowded


@compiled
def _write(
    ends: Floats, owners: Ints, frame: Frame, written: Ints, cells: Ints, records: Floats
) -> None:
    words = records.view(np.int64)
    for s in range(len(ends)):
        ax, ay, bx, by = ends[s, 0], ends[s, 1], ends[s, 2], ends[s, 3]
        keys = (_key(owners[s, 0]) << 33) | (_key(owners[s, 1]) << 2)
        first, last = _columns_touched(ax, bx, frame)
        for column in range(first, last + 1):
            low, high = _rows_touched(ax, ay, bx, by, column, last > first, frame)
            for row in range(low, high + 1):
                cell = row * frame.columns + column
                place = np.int64(~cells[cell]) + 1 + WORDS * written[cell]
                written[cell] += 1
                records[place], records[place + 1] = ax, ay
                records[place + 2], records[place + 3] = bx, by
                y = centre(frame.y0, row, frame.per_unit)
                flags = np.int64(0)
                if _spans(ay, by, y):
                    x = centre(frame.x0, column, frame.per_unit)
                    flags = np.int64(3) if orient(ax, ay, bx, by, x, y) > 0 else np.int64(2)
                words[place + 4] = keys | flags
