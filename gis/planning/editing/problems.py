"""What is wrong with a draft: units in no grid, parts cut off, holes, grids without units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gis.planning.board import Board
from gis.planning.editing.working import LEVEL_OF_DIGITS
from gis.planning.figures import NO_GRID

Kind = Literal["unassigned", "island", "hole", "empty"]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """`unassigned`: units in no grid that hang together. `island`: a part of `grid` that is cut off
    from its largest part. `hole`: the same, or a whole grid, wholly within the grid `within`.
    `empty`: a grid without units. `mendable`: `repair` of the grid can mend it, or, of a whole grid
    that lies within another one, `merge` into that."""

    kind: Kind
    grid: str | None
    within: str | None
    units: Sequence[int]
    mendable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """The parts that grids fall into: of each unit its part; of each part its grid, the one grid
    all around it (NO_GRID where it is not), whether it touches anything, and whether it is the
    largest of its grid."""

    of: Ints
    grid: Ints
    within: Ints
    touches: npt.NDArray[np.bool_]
    main: npt.NDArray[np.bool_]


def problems(board: Board, grid: Ints, basic: Sequence[str], above: Sequence[str]) -> list[Problem]:
    """All of them, by kind and then by grid. Land that touches nothing else is no island.

    `grid`: of each unit of the board the position of its grid in `basic`, NO_GRID for none; `above`
    the codes of the grids of other levels.
    """
    found: list[Problem] = []
    parts = _parts(board, grid)
    order = np.argsort(parts.of, kind="stable")
    starts = np.searchsorted(parts.of[order], np.arange(len(parts.grid) + 1))
    lone = np.bincount(parts.grid[parts.touches & (parts.grid >= 0)], minlength=len(basic)) == 1
    loose = parts.touches & ~parts.main | (parts.within != NO_GRID)
    for part in np.flatnonzero(loose | (parts.grid == NO_GRID)).tolist():
        units = board.unit_id[order[starts[part] : starts[part + 1]]].tolist()
        within = None if parts.within[part] == NO_GRID else basic[parts.within[part]]
        of = int(parts.grid[part])
        if of == NO_GRID:
            found.append(
                Problem(kind="unassigned", grid=None, within=within, units=units, mendable=False)
            )
            continue
        found.append(
            Problem(
                kind="island" if within is None else "hole", grid=basic[of], within=within,
                units=units, mendable=bool(not parts.main[part] or lone[of]),
            )
        )  # fmt: skip
    filled = {basic[of] for of in np.unique(grid[grid >= 0]).tolist()}
    filled |= {code[:digits] for code in basic for digits in LEVEL_OF_DIGITS if digits < len(code)}
    for code in sorted({*basic, *above} - filled):
        found.append(Problem(kind="empty", grid=code, within=None, units=(), mendable=False))
    kinds = ("unassigned", "island", "hole", "empty")
    return sorted(found, key=lambda one: (kinds.index(one.kind), one.grid or "", list(one.units)))


def _parts(board: Board, grid: Ints) -> _Parts:
    edges = board.edges
    inner = ~edges.outer
    left, right = edges.left[inner], edges.right[inner]
    same = grid[left] == grid[right]
    joined = coo_array(
        (np.ones(int(same.sum()), np.int8), (left[same], right[same])), (board.size, board.size)
    )
    count, of = connected_components(joined, directed=False)
    first = np.full(count, board.size)
    np.minimum.at(first, of, np.arange(board.size))
    part_grid = grid[first]
    people = np.bincount(of, board.pop, count)
    # The grids around each part, each once.
    one = np.concatenate([of[left[~same]], of[right[~same]]])
    beyond = np.concatenate([grid[right[~same]], grid[left[~same]]])
    around = np.unique(np.stack([one, beyond], axis=1), axis=0)
    grids = np.bincount(around[:, 0], minlength=count)
    within = np.full(count, NO_GRID)
    single = around[grids[around[:, 0]] == 1]
    within[single[:, 0]] = single[:, 1]
    within[of[edges.left[edges.outer]]] = NO_GRID
    main = np.zeros(count, bool)
    best = np.lexsort((first, -np.bincount(of, minlength=count), -people, part_grid))
    main[best[np.unique(part_grid[best], return_index=True)[1]]] = True
    return _Parts(of=of, grid=part_grid, within=within, touches=grids > 0, main=main)
