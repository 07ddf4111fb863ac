"""Makes the raster of cells under the locator: who owns a cell, or which segments pass through it.

See cells.py for what it looks like. The same kernels make a whole raster and, for an edit, the few
cells of a window.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.errors import InputError
from gis.kernels import Whole, compiled, inlined
from gis.routing.cells import (
    BIAS,
    COUNT,
    TILE,
    WORDS,
    Frame,
    Window,
    centre,
    index_of,
    key_of,
    place_of_cell,
)
from gis.routing.predicates import orient
from gis.routing.segments import Segments

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]

# A segment is entered in every cell that it may touch; this share of a cell is far more than
# the rounding error of any coordinate computed here, and makes the records hardly longer.
TOLERANCE = 1e-6
FEWEST_CELLS, MOST_CELLS = 256, 4096  # along the longer side
SHIFTS = 40
# Room left behind the finished raster for what edits append; until then it takes no memory.
SPARE_SHARE = 4
SPARE_WORDS, SPARE_CELLS = 1 << 16, 16 * TILE * TILE


@dataclass(frozen=True, slots=True, kw_only=True)
class Raster:
    """The finished raster, in arrays with room behind what is used.

    used: how much of `cells` and of `records` is. runs: (n, 3) row, column and length of runs
    of cells without segments where polygons overlap; the locator fills in their owner.
    """

    frame: Frame
    tiles: Ints
    cells: Ints
    records: Floats
    used: tuple[int, int]
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
        whole = Window(0, 0, frame.rows, frame.columns)
        sums = np.zeros((frame.rows, frame.columns), np.int64)
        if sweep(parts.ends, parts.owners, frame, whole, sums):
            break  # no vertex at the height of a centre
    else:
        raise InputError("routing-coordinate-out-of-range", count=0, rows="")
    counts = np.zeros(sums.shape, np.int32)
    count_touched(parts.ends, frame, whole, counts)
    size = words_needed(counts)
    if size > np.iinfo(np.int32).max:
        raise InputError("routing-too-detailed", segments=len(parts.ends))
    records = np.empty(size + size // SPARE_SHARE + SPARE_WORDS)
    cells = np.empty(counts.size + counts.size // SPARE_SHARE + SPARE_CELLS, np.int32)
    tiles = np.arange(0, counts.size, TILE * TILE, dtype=np.int32)
    runs, crowded, used = lay_out(sums, counts, frame, whole, tiles, cells, records, 0)
    write_segments(parts.ends, parts.owners, frame, whole, tiles, cells, records, False)
    return Raster(
        frame=frame,
        tiles=tiles,
        cells=cells,
        records=records,
        used=(counts.size, used),
        runs=runs,
        crowded=crowded,
    )


def words_needed(counts: Ints) -> int:
    """The length of the records of cells with so many segments."""
    return int(np.count_nonzero(counts)) + WORDS * int(counts.sum(dtype=np.int64))


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
        columns=_whole_tiles(int((east - x0) * per_unit) + 3),
        rows=_whole_tiles(int((north - y0) * per_unit) + 3),
    )


def _whole_tiles(cells: int) -> int:
    return -(-cells // TILE) * TILE


@inlined
def _spans(ay: float, by: float, y: float) -> bool:
    return (ay <= y) != (by <= y)


@compiled
def sweep(ends: Floats, owners: Ints, frame: Frame, window: Window, sums: Longs) -> bool:
    """Add to `sums` what changes from each centre to the next one east of it, by sum of keys.

    All segments lie in the window. False if a vertex has exactly the height of a row's centres:
    then a segment's spanning could not tell a crossing from a touch, and the frame must be shifted.
    """
    x0, y0, per_unit, columns, rows = frame
    for s in range(len(ends)):
        ax, ay, bx, by = ends[s, 0], ends[s, 1], ends[s, 2], ends[s, 3]
        upward = by > ay
        entered = key_of(owners[s, 1]) - key_of(owners[s, 0])  # going east over an upward segment
        if not upward:
            entered = -entered
        low, high = min(ay, by), max(ay, by)
        first = max(index_of(low, y0, per_unit, rows) - 1, window.row)
        last = min(index_of(high, y0, per_unit, rows) + 1, window.row + window.rows - 1)
        for row in range(first, last + 1):
            y = centre(y0, row, per_unit)
            if not (low != y != high):
                return False
            if not _spans(ay, by, y):
                continue
            # One column before the estimated crossing; then exactly, to the first centre east.
            x = ax + (y - ay) / (by - ay) * (bx - ax)
            column = max(index_of(x, x0, per_unit, columns) - 1, window.column)
            while column < window.column + window.columns:
                left = orient(ax, ay, bx, by, centre(x0, column, per_unit), y) > 0
                if left != upward:
                    sums[row - window.row, column - window.column] += entered
                    break
                column += 1
    return True


@inlined
def _columns_touched(ax: float, bx: float, frame: Frame) -> tuple[int, int]:
    reach = TOLERANCE / frame.per_unit
    return (
        index_of(ax - reach, frame.x0, frame.per_unit, frame.columns),
        index_of(bx + reach, frame.x0, frame.per_unit, frame.columns),
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
        index_of(low - reach, frame.y0, frame.per_unit, frame.rows),
        index_of(high + reach, frame.y0, frame.per_unit, frame.rows),
    )


@compiled
def count_touched(ends: Floats, frame: Frame, window: Window, counts: Ints) -> None:
    """Add to `counts` how many segments may touch each cell of the window, which has them all."""
    for s in range(len(ends)):
        ax, ay, bx, by = ends[s, 0], ends[s, 1], ends[s, 2], ends[s, 3]
        first, last = _columns_touched(ax, bx, frame)
        for column in range(first, last + 1):
            low, high = _rows_touched(ax, ay, bx, by, column, last > first, frame)
            for row in range(low, high + 1):
                counts[row - window.row, column - window.column] += 1


@compiled
def lay_out(
    sums: Longs,
    counts: Ints,
    frame: Frame,
    window: Window,
    tiles: Ints,
    cells: Ints,
    records: Floats,
    position: Whole,
) -> tuple[Longs, int, int]:
    """Owners of the window's cells without segments; places and headers of the records of others.

    Records begin at `position` and have room for `counts`; their own counts are 0 still. Gives the
    runs and the number of crowded cells, as Raster has them, and the position behind it all.
    """
    headers = records.view(np.int64)
    runs = np.empty((16, 3), np.int64)
    found = crowded = 0
    for row in range(window.rows):
        key = np.int64(0)
        open_run = False
        for column in range(window.columns):
            key += sums[row, column]
            cell = place_of_cell(tiles, frame.columns, window.row + row, window.column + column)
            sound = key == 0 or BIAS < key < 2 * BIAS
            count = counts[row, column]
            if count:
                headers[position] = key << 32 if sound else np.int64(1) << 31
                cells[cell] = ~np.int32(position)
                position += 1 + WORDS * count
                crowded += not sound
            elif sound:
                cells[cell] = np.int32(key & (BIAS - 1))
            elif open_run:  # no segment since the cell before: the same polygons cover both
                runs[found - 1, 2] += 1
            else:
                if found == len(runs):
                    longer = np.empty((2 * found, 3), np.int64)
                    longer[:found] = runs
                    runs = longer
                runs[found, 0], runs[found, 1] = window.row + row, window.column + column
                runs[found, 2] = 1
                found += 1
            open_run = count == 0 and not sound
    return runs[:found].copy(), crowded, position


@compiled
def write_segments(
    ends: Floats,
    owners: Ints,
    frame: Frame,
    window: Window,
    tiles: Ints,
    cells: Ints,
    records: Floats,
    joining: bool,
) -> None:
    """Append every segment to the records of the cells that it may touch.

    `joining`: a segment with the same ends in the record, with nobody on the side that this one
    brings, takes it in.
    """
    words = records.view(np.int64)
    for s in range(len(ends)):
        ax, ay, bx, by = ends[s, 0], ends[s, 1], ends[s, 2], ends[s, 3]
        left, right = key_of(owners[s, 0]), key_of(owners[s, 1])
        keys = (left << 33) | (right << 2)
        first, last = _columns_touched(ax, bx, frame)
        for column in range(first, last + 1):
            low, high = _rows_touched(ax, ay, bx, by, column, last > first, frame)
            for row in range(low, high + 1):
                header = np.int64(~cells[place_of_cell(tiles, frame.columns, row, column)])
                count = words[header] & COUNT
                if joining and _joined(ends, s, keys, header, count, records, words):
                    continue
                place = header + 1 + WORDS * count
                words[header] += 1
                records[place], records[place + 1] = ax, ay
                records[place + 2], records[place + 3] = bx, by
                y = centre(frame.y0, row, frame.per_unit)
                flags = np.int64(0)
                if _spans(ay, by, y):
                    x = centre(frame.x0, column, frame.per_unit)
                    flags = np.int64(3) if orient(ax, ay, bx, by, x, y) > 0 else np.int64(2)
                words[place + 4] = keys | flags


@inlined
def _joined(
    ends: Floats, s: int, keys: Whole, header: Whole, count: Whole, records: Floats, words: Any
) -> bool:
    found = False
    for k in range(count):
        place = header + 1 + WORDS * k
        if (
            not found
            and records[place] == ends[s, 0]
            and records[place + 1] == ends[s, 1]
            and records[place + 2] == ends[s, 2]
            and records[place + 3] == ends[s, 3]
            and ((words[place + 4] >> 33) == 0 or (keys >> 33) == 0)
            and (((words[place + 4] >> 2) & COUNT) == 0 or ((keys >> 2) & COUNT) == 0)
        ):
            words[place + 4] |= keys
            found = True
    return found
