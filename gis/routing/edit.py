"""Changes a few grids in a raster without making it anew: only the cells around them are written.

An edited raster shares all else with the one before it, which goes on answering as it did: what
changes is appended behind what is used, and a new array of tiles points there.

In the window of cells around the old and the new shapes: the changed polygons are taken off the
keys of the centres and off the segments (a segment that borders on another polygon stays, with
nobody on the other side), then the segments of the new shapes are entered as if the raster were
made of them alone. Because keys are added up, gaps and overlaps that an edit leaves are told as
truly as by a raster made anew.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.kernels import Whole, compiled, inlined
from gis.routing.cells import (
    BIAS,
    COUNT,
    TILE,
    TILE_BITS,
    WORDS,
    Frame,
    Window,
    key_of,
    place_of_cell,
)
from gis.routing.raster import (
    Floats,
    Ints,
    Longs,
    count_touched,
    lay_out,
    sweep,
    words_needed,
    write_segments,
)
from gis.routing.segments import Segments

Flags = npt.NDArray[np.bool_]

# A changed shape keeps this share of a cell off the outermost ring, which must stay empty.
MARGIN = 1e-3
# Beyond this multiple of what was made at once, most of the arrays is of the past: make it anew.
MOST_GROWTH = 3
SPARE = 1.5
MOST_PLACES = np.iinfo(np.int32).max


class Room:
    """The arrays that a raster and all edited from it share, and how far they are written."""

    def __init__(self, cells: Ints, records: Floats, used: tuple[int, int]) -> None:
        self.cells, self.records = cells, records
        self.cells_used, self.records_used = used
        self.made = sum(used)
        self.lock = threading.Lock()

    def with_space(self, cells: int, records: int) -> Room | None:
        """This room, or a longer copy, with space for so many more; None if it is time to clear."""
        wanted = self.cells_used + cells, self.records_used + records
        if wanted[0] <= len(self.cells) and wanted[1] <= len(self.records):
            return self
        if sum(wanted) > MOST_GROWTH * self.made or max(wanted) > MOST_PLACES / SPARE:
            return None
        room = Room(
            _longer(self.cells, self.cells_used, wanted[0]),
            _longer(self.records, self.records_used, wanted[1]),
            (self.cells_used, self.records_used),
        )
        room.made = self.made
        return room


def _longer(array: npt.NDArray[Any], used: int, wanted: int) -> npt.NDArray[Any]:
    longer = np.empty(int(SPARE * wanted), array.dtype)
    longer[:used] = array[:used]
    return longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """The tiles of the edited raster in `room`; `runs` and `crowded` as Raster has them."""

    room: Room
    tiles: Ints
    runs: Longs
    crowded: int


def edit(
    room: Room,
    frame: Frame,
    tiles: Ints,
    parts: Segments,
    changed: Flags,
    bounds: tuple[float, float, float, float],
) -> Edited | None:
    """The raster in which the `changed` polygons have no segments but those of `parts`.

    bounds: around their old and their new shapes. None if the raster must be made anew.
    """
    window = _window(frame, bounds)
    if window is None:
        return None
    sums = np.zeros((window.rows, window.columns), np.int64)
    counts = np.zeros(sums.shape, np.int32)
    old_tiles, new_tiles = tiles.copy(), tiles.copy()
    with room.lock:
        sound = strip(frame, window, old_tiles, room.cells, room.records, changed, sums, counts)
        if not sound or not sweep(parts.ends, parts.owners, frame, window, sums):
            return None
        count_touched(parts.ends, frame, window, counts)
        touched = _tiles_touched(frame, window)
        space = room.with_space(len(touched) * TILE * TILE, words_needed(counts))
        if space is None:
            return None
        for tile in touched:
            former, new = new_tiles[tile], space.cells_used
            space.cells[new : new + TILE * TILE] = space.cells[former : former + TILE * TILE]
            new_tiles[tile] = new
            space.cells_used += TILE * TILE
        cells, records = space.cells, space.records
        runs, crowded, end = lay_out(
            sums, counts, frame, window, new_tiles, cells, records, space.records_used
        )
        keep(frame, window, old_tiles, new_tiles, cells, records, changed)
        write_segments(parts.ends, parts.owners, frame, window, new_tiles, cells, records, True)
        space.records_used = end
    return Edited(room=space, tiles=new_tiles, runs=runs, crowded=crowded)


def _window(frame: Frame, bounds: tuple[float, float, float, float]) -> Window | None:
    """The cells around bounds and one more on each side; None if they reach the outer ring."""
    west, south = ((bounds[k] - (frame.x0, frame.y0)[k]) * frame.per_unit for k in (0, 1))
    east, north = ((bounds[k] - (frame.x0, frame.y0)[k - 2]) * frame.per_unit for k in (2, 3))
    if min(west, south) < 1 + MARGIN:
        return None
    if east > frame.columns - 1 - MARGIN or north > frame.rows - 1 - MARGIN:
        return None
    row, column = math.floor(south) - 1, math.floor(west) - 1
    return Window(
        row=row,
        column=column,
        rows=min(math.floor(north) + 2, frame.rows) - row,
        columns=min(math.floor(east) + 2, frame.columns) - column,
    )


def _tiles_touched(frame: Frame, window: Window) -> list[int]:
    a_row = frame.columns >> TILE_BITS
    rows = range(window.row >> TILE_BITS, ((window.row + window.rows - 1) >> TILE_BITS) + 1)
    last = (window.column + window.columns - 1) >> TILE_BITS
    columns = range(window.column >> TILE_BITS, last + 1)
    return [row * a_row + column for row in rows for column in columns]


@inlined
def _without(key: Whole, changed: Flags) -> Whole:
    """The key, or 0 if its polygon is a changed one."""
    return np.int64(0) if key == 0 or changed[(key & (BIAS - 1)) - 1] else np.int64(key)


@compiled
def strip(
    frame: Frame,
    window: Window,
    tiles: Ints,
    cells: Ints,
    records: Floats,
    changed: Flags,
    sums: Longs,
    counts: Ints,
) -> bool:
    """Write into `sums` the changes of keys from centre to centre, and into `counts` the segments,
    that stay without the changed polygons. False if polygons overlap at a centre."""
    words = records.view(np.int64)
    for row in range(window.rows):
        former = np.int64(0)
        for column in range(window.columns):
            value = cells[
                place_of_cell(tiles, frame.columns, window.row + row, window.column + column)
            ]
            if value >= 0:
                key = key_of(np.int64(value) - 1)
            else:
                header = words[~np.int64(value)]
                if (header >> 31) & 1:
                    return False
                key = header >> 32
                for k in range(header & COUNT):
                    word = words[~np.int64(value) + WORDS * (k + 1)]
                    left, right = word >> 33, (word >> 2) & COUNT
                    counts[row, column] += _without(left, changed) + _without(right, changed) != 0
            key = _without(key, changed)
            sums[row, column] += key - former
            former = key
    return True


@compiled
def keep(
    frame: Frame,
    window: Window,
    old_tiles: Ints,
    new_tiles: Ints,
    cells: Ints,
    records: Floats,
    changed: Flags,
) -> None:
    """Copy the segments that stay into the new records of the window's cells."""
    words = records.view(np.int64)
    for row in range(window.row, window.row + window.rows):
        for column in range(window.column, window.column + window.columns):
            value = cells[place_of_cell(old_tiles, frame.columns, row, column)]
            if value >= 0:
                continue
            old = ~np.int64(value)
            new = np.int64(~cells[place_of_cell(new_tiles, frame.columns, row, column)])
            for k in range(words[old] & COUNT):
                source = old + 1 + WORDS * k
                word = words[source + 4]
                left = _without(word >> 33, changed)
                right = _without((word >> 2) & COUNT, changed)
                if left + right == 0:
                    continue
                place = new + 1 + WORDS * (words[new] & COUNT)
                words[new] += 1
                for part in range(4):
                    records[place + part] = records[source + part]
                words[place + 4] = (left << 33) | (right << 2) | (word & 3)
