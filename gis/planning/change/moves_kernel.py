"""How much of a lump may leave its grid at once, compiled by numba."""

from __future__ import annotations

import numpy as np

from gis.kernels import compiled
from gis.planning.search.lump import Array

# Marks of units: 0 = of another grid, then of this grid, in the lump, taken, to be taken too.
STAYS, IN_LUMP, TAKEN, CUT = 1, 2, 3, 4


@compiled
def _holds(
    start: Array, neighbour: Array, mine: Array, mark: Array, piece: Array, stack: Array, most: int
) -> int:
    """The number of pieces of a grid without what is taken, made `most` or less if possible.

    Where there are more, pieces that lie wholly in the lump are marked CUT and not counted.
    """
    for unit in mine:
        piece[unit] = -1
    in_lump = np.zeros(len(mine), np.bool_)
    count = 0
    for first in mine:
        if mark[first] == TAKEN or piece[first] >= 0:
            continue
        piece[first] = count
        stack[0] = first
        top, whole = 1, True
        while top > 0:
            top -= 1
            unit = stack[top]
            whole = whole and mark[unit] == IN_LUMP
            for e in range(start[unit], start[unit + 1]):
                other = neighbour[e]
                if (mark[other] == STAYS or mark[other] == IN_LUMP) and piece[other] < 0:
                    piece[other] = count
                    stack[top] = other
                    top += 1
        in_lump[count] = whole
        count += 1
    left = count
    for number in range(count):
        if left > most and in_lump[number]:
            left -= 1
            for unit in mine:
                if mark[unit] == IN_LUMP and piece[unit] == number:
                    mark[unit] = CUT
    return left


@compiled
def _number_of(start: Array, neighbour: Array, unit: int, mark: Array, of: int) -> int:
    """How many neighbours of a unit have a mark."""
    count = 0
    for e in range(start[unit], start[unit + 1]):
        count += mark[neighbour[e]] == of
    return count


@compiled
def _off(load: Array, moved: Array, sign: float, target: Array) -> float:
    """The largest deviation of a grid after a load came or went."""
    largest = 0.0
    for c in range(len(load)):
        largest = max(largest, abs((load[c] + sign * moved[c]) / target[c] - 1))
    return largest


@compiled
def portion(
    start: Array,
    neighbour: Array,
    part: Array,
    mine: Array,
    units: Array,
    mark: Array,
    piece: Array,
    stack: Array,
    there: int,
    may_vanish: bool,
    is_new: bool,
    is_loose: bool,
    load: Array,
    load_here: Array,
    load_there: Array,
    target_here: Array,
    target_there: Array,
    ceiling: float,
) -> Array:
    """Those of `units`, connected units of a grid, that may go to grid `there` in one step.

    `mine` are all units of the giving grid: afterwards they have no more pieces than before, and
    at least one unit is left unless the grid `may_vanish`. What goes is connected and touches the
    receiving grid, unless that `is_new`. Units that are of no grid (`is_loose`) leave nothing
    behind. No deviation of the two grids ends above `ceiling` unless it was that large before.
    All units if possible, else a part grown from the boundary; empty if none may go. `mark`
    (zeros), `piece` and `stack` are room to work in, one place per unit of the graph; `mark` is
    left as it was.
    """
    mark[mine] = STAYS
    most = _holds(start, neighbour, mine, mark, piece, stack, len(part))
    mark[units] = IN_LUMP
    touching = np.zeros(len(units), np.bool_)
    reached = is_new
    for place in range(len(units)):
        for e in range(start[units[place]], start[units[place] + 1]):
            touching[place] |= part[neighbour[e]] == there
        reached |= touching[place]
    if not reached:
        mark[mine] = 0
        mark[units] = 0
        return units[:0]
    nothing = np.zeros(load.shape[1])
    highest = max(ceiling, _off(load_there, nothing, 1.0, target_there))
    if not is_loose:
        highest_here = max(ceiling, _off(load_here, nothing, 1.0, target_here))
    else:
        highest_here = np.inf
    moved, trial = np.zeros(load.shape[1]), np.zeros(load.shape[1])
    taken = 0
    # The first turn takes the whole lump; the others try unit by unit from the boundary.
    turn, again = 0, True
    while again:
        again = False
        for place in range(1 if turn == 0 else len(units)):
            unit = units[place]
            if turn == 0:
                mark[units] = TAKEN
            else:
                near = is_new or touching[place]
                if taken > 0:
                    near = _number_of(start, neighbour, unit, mark, TAKEN) > 0
                if mark[unit] != IN_LUMP or not near:
                    continue
            mark[unit] = TAKEN
            pieces = 1 if is_loose else _holds(start, neighbour, mine, mark, piece, stack, most)
            allowed = pieces <= most and (pieces > 0 or may_vanish)
            trial[:] = moved
            for other in units:
                if mark[other] == CUT or other == unit or turn == 0:
                    trial += load[other]
            if _off(load_there, trial, 1.0, target_there) > highest:
                allowed = False
            if not is_loose and _off(load_here, trial, -1.0, target_here) > highest_here:
                allowed = False
            if allowed and turn == 0:
                mark[mine] = 0
                mark[units] = 0
                return units
            for other in units:
                if mark[other] == CUT:
                    mark[other] = TAKEN if allowed else IN_LUMP
                    taken += 1 if allowed else 0
            if allowed:
                moved[:] = trial
                taken += 1
                again = True
            else:
                mark[unit] = IN_LUMP
        if turn == 0:
            mark[units] = IN_LUMP
            again = True
        turn += 1
    chosen: Array = units[mark[units] == TAKEN]
    mark[mine] = 0
    mark[units] = 0
    return chosen
