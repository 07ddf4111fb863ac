"""From a place to the index of its polygon: the kernels that the locator calls.

A place p in a cell with segments is reached from the cell's centre R, whose owner is known, on two
legs: along the height of R to C = (x of p, y of R), then along x to p. Every segment crossed on
the way changes the sum of keys (see cells.py). Both legs lie in the cell, so the segments of its
record are all that can be crossed. No vertex has the height of R, and the second leg counts as
running just east of p's x, so that touching a vertex never counts twice or not at all.

Rule of the boundary: a place on a segment belongs to the lowest rank among the polygons that touch
it. If p lies on segments, the sum tells who owns the spot just south-east of it; a polygon with p
strictly inside covers that spot too, so the lowest of the owners of the segments and of that spot
is the lowest of all that touch p, provided no two polygons overlap at the spot.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from gis.kernels import Whole, compiled, inlined
from gis.routing.cells import (
    BIAS,
    COUNT,
    IN_TILE,
    KEY_BITS,
    TILE_BITS,
    WORDS,
    Frame,
    centre,
    place_of_cell,
)
from gis.routing.predicates import ERROR_BOUND, SMALLEST, orient

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]

# What a kernel answers where the sum cannot tell: polygons overlap there, or the place is so near
# to an axis of the coordinates that products with it fall below the smallest double.
UNDECIDED = -2
NO_GRID = -1
# Places at a time: their cells, then all that follows, stay in the fastest cache.
BLOCK = 512
LINE = 8  # doubles in a line of the cache
element_pointer: Any = cgutils.get_item_pointer
insert_function: Any = cgutils.get_or_insert_function


def _prefetching(context: Any, array: Any, index: Any) -> Any:
    """Code that asks the processor for an array's element, which will be read soon."""

    def generate(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = signature.args[0]
        view = target.make_array(kind)(target, builder, arguments[0])
        pointer = element_pointer(target, builder, kind, view, [arguments[1]], wraparound=False)
        byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        hint = insert_function(
            builder.module,
            ir.FunctionType(ir.VoidType(), [byte, word, word, word]),
            "llvm.prefetch.p0",
        )
        read, near, data = word(0), word(3), word(1)
        builder.call(hint, [builder.bitcast(pointer, byte), read, near, data])
        return target.get_dummy_value()

    return types.void(array, index), generate


_prefetch: Any = intrinsic(_prefetching)


@inlined
def _walk(px: float, py: float, place: Whole, ry: float, records: Floats, words: Any) -> Whole:
    """The sum of keys at p, without branches; -1 if some sign is not certain in doubles."""
    header = words[place]
    total = header >> 32
    count = header & COUNT
    doubtful = (header >> 31) & 1
    at = place + 1
    for _ in range(count):
        ax, ay, bx, by = records[at], records[at + 1], records[at + 2], records[at + 3]
        word = words[at + 4]
        dx = bx - ax
        # The signs of p and of C: left of the segment if above 0. Their second product is the same.
        common = (by - ay) * (px - ax)
        of_p, of_c = dx * (py - ay), dx * (ry - ay)
        p, c = of_p - common, of_c - common
        p_left, c_left, r_left = np.int64(p > 0.0), np.int64(c > 0.0), word & 1
        first, second = (word >> 1) & 1, np.int64(ax <= px) & np.int64(px < bx)
        turns = first * (c_left - r_left) + second * (p_left - c_left)
        total += turns * ((word >> 33) - ((word >> 2) & COUNT))
        size = abs(common)
        c_doubt = np.int64(abs(c) <= ERROR_BOUND * (abs(of_c) + size))
        p_doubt = np.int64(abs(p) <= ERROR_BOUND * (abs(of_p) + size))
        doubtful |= ((first | second) & c_doubt) | (second & p_doubt) | np.int64(px == bx)
        at += WORDS
    doubtful |= total >> KEY_BITS  # an overlap
    return np.int64(-1) if doubtful != 0 else total


@compiled
def _walk_exactly(
    px: float, py: float, place: Whole, ry: float, records: Floats, ranks: Ints
) -> Whole:
    """The index at p by exact signs and the rule of the boundary; NO_GRID, or UNDECIDED."""
    if 0.0 < abs(px) < SMALLEST or 0.0 < abs(py) < SMALLEST:
        return UNDECIDED
    words = records.view(np.int64)
    header = words[place]
    if (header >> 31) & 1:
        return UNDECIDED
    total = header >> 32
    best = NO_GRID
    at = place + 1
    for _ in range(header & COUNT):
        ax, ay, bx, by = records[at], records[at + 1], records[at + 2], records[at + 3]
        word = words[at + 4]
        left, right = word >> 33, (word >> 2) & COUNT
        first, second = (word & 2) != 0, ax <= px < bx
        touches = False
        c_left = (first or second) and orient(ax, ay, bx, by, px, ry) > 0
        if first:
            total += (np.int64(c_left) - (word & 1)) * (left - right)
        if second:
            side = orient(ax, ay, bx, by, px, py)
            touches = side == 0
            total += (np.int64(side > 0) - np.int64(c_left)) * (left - right)
        elif px == bx:
            touches = py == by or (ax == bx and ay <= py <= by)
        if touches:
            best = _lower(best, (left & (BIAS - 1)) - 1, ranks)
            best = _lower(best, (right & (BIAS - 1)) - 1, ranks)
        at += WORDS
    if total == 0:
        return best
    if not BIAS < total < 2 * BIAS:
        return UNDECIDED
    return _lower(best, (total & (BIAS - 1)) - 1, ranks)


@inlined
def _lower(one: Whole, other: Whole, ranks: Ints) -> Whole:
    """Which of two indices has the lower rank; NO_GRID gives way."""
    if other == NO_GRID or (one != NO_GRID and ranks[one] <= ranks[other]):
        return one
    return other


@compiled
def locate_block(
    lon: Floats,
    lat: Floats,
    out: Ints,
    frame: Frame,
    tiles: Ints,
    cells: Ints,
    records: Floats,
    ranks: Ints,
) -> Whole:
    """Write the index of each place into `out`; returns how many are UNDECIDED."""
    x0, y0, per_unit, columns, rows = frame
    words = records.view(np.int64)
    last_column, last_row = float(columns - 1), float(rows - 1)
    row_of, column_of = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int32)
    cell_of, value_of = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int32)
    waiting = np.empty(BLOCK, np.int32)
    bits, in_tile = np.uint32(TILE_BITS), np.uint32(IN_TILE)
    tiles_a_row = np.uint32(columns >> TILE_BITS)
    undecided = 0
    for start in range(0, len(lon), BLOCK):
        stop = min(start + BLOCK, len(lon))
        size = stop - start
        xs, ys, found = lon[start:stop], lat[start:stop], out[start:stop]
        for i in range(size):
            column, row = (xs[i] - x0) * per_unit, (ys[i] - y0) * per_unit
            column = column if column >= 0.0 else 0.0  # NaN as well
            column = min(last_column, column)
            row = row if row >= 0.0 else 0.0
            row = min(last_row, row)
            row_of[i], column_of[i] = np.int32(row), np.int32(column)
        # As place_of_cell does it, in steps of 32 bits that the compiler makes vectors of.
        for i in range(size):
            line, across = np.uint32(row_of[i]) >> bits, np.uint32(column_of[i]) >> bits
            cell_of[i] = np.int32(np.uint32(np.uint32(line) * tiles_a_row) + np.uint32(across))
        for i in range(size):
            line, across = np.uint32(row_of[i]) & in_tile, np.uint32(column_of[i]) & in_tile
            cell_of[i] = tiles[cell_of[i]] + np.int32((line << bits) | across)
        for i in range(size):
            value_of[i] = cells[cell_of[i]]
        # Owners of whole cells are answers already; the others are gathered, without a branch.
        count = 0
        for i in range(size):
            value = value_of[i]
            found[i] = value - 1
            waiting[count] = i
            count += value < 0
        for k in range(count):
            place = np.intp(~value_of[waiting[k]])
            _prefetch(records, place)
            _prefetch(records, place + LINE)  # a record of one segment mostly lies in two lines
        for k in range(count):
            i = waiting[k]
            place = np.intp(~np.int64(value_of[i]))
            ry = centre(y0, np.int64(row_of[i]), per_unit)
            total = _walk(xs[i], ys[i], place, ry, records, words)
            if total >= 0:
                found[i] = np.int32((total & (BIAS - 1)) - 1)
            else:
                index = _walk_exactly(xs[i], ys[i], place, ry, records, ranks)
                found[i] = np.int32(index)
                undecided += index == UNDECIDED
    return undecided


@compiled
def locate_single(
    px: float,
    py: float,
    x0: float,
    y0: float,
    per_unit: float,
    columns: int,
    rows: int,
    tiles: Ints,
    cells: Ints,
    records: Floats,
    ranks: Ints,
) -> Whole:
    """The index of one place. The frame comes in pieces: that unpacks faster than a tuple."""
    column, row = (px - x0) * per_unit, (py - y0) * per_unit
    if not (column >= 0.0 and row >= 0.0 and column < columns and row < rows):
        return NO_GRID
    line = int(row)
    value = cells[place_of_cell(tiles, columns, line, int(column))]
    if value >= 0:
        return np.int64(value) - 1
    place = np.int64(~value)
    ry = centre(y0, line, per_unit)
    total = _walk(px, py, place, ry, records, records.view(np.int64))
    if total >= 0:
        return (total & (BIAS - 1)) - 1
    return _walk_exactly(px, py, place, ry, records, ranks)


@compiled
def shared_block(
    lon: Floats, lat: Floats, out: Any, frame: Frame, tiles: Ints, cells: Ints, records: Floats
) -> None:
    """Write into `out` (bool) whether each place lies on the boundary of two polygons or more."""
    x0, y0, per_unit, columns, rows = frame
    words = records.view(np.int64)
    for i in range(len(lon)):
        px, py = lon[i], lat[i]
        out[i] = False
        column, row = (px - x0) * per_unit, (py - y0) * per_unit
        if not (column >= 0.0 and row >= 0.0 and column < columns and row < rows):
            continue
        value = cells[place_of_cell(tiles, columns, int(row), int(column))]
        if value >= 0:
            continue
        at = np.int64(~value) + 1
        first = np.int64(0)  # the key of the polygon met first
        for _ in range(words[at - 1] & COUNT):
            ax, ay, bx, by = records[at], records[at + 1], records[at + 2], records[at + 3]
            if (
                ax <= px <= bx
                and min(ay, by) <= py <= max(ay, by)
                and orient(ax, ay, bx, by, px, py) == 0
            ):
                for key in (words[at + 4] >> 33, (words[at + 4] >> 2) & COUNT):
                    if first == 0:
                        first = key
                    elif key not in (0, first):
                        out[i] = True
            at += WORDS
