"""What a draft is worth while it is drawn: figures of the grids of each level, and of the plan.

The page computes the same numbers, stroke by stroke; a test holds both together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.graph import components, sums
from gis.planning.board import Board

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
LEVELS = (1, 2, 3)
NO_GRID = -1
# A deviation that is the tolerance but for rounding is within it.
SLACK = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GridFigures:
    """Arrays with one value per grid of one level, in the order of `code`, which ascends.

    `fair`: the load that the grid would have if loads were even: of a basic grid its sub-district's
    load divided by the sub-district's basic grids, of a community the sum over its basic grids, of
    a sub-district the whole load by its share of all basic grids. `deviation`: (load - fair) /
    fair, 0 where nothing is to be shared. `boundary_m`: the whole outline. `compactness`: Polsby
    and Popper's 4·pi·area / outline², at most 1; 0 of an empty grid. `clarity`: the share of the
    outline, but for the outer edge of the land, that a clear line runs along; NaN where there is no
    such outline. `compounds_cut`: compounds with units in this grid and others that are not.
    `pieces`: parts that do not touch each other.
    """

    code: npt.NDArray[Any]
    units: Ints
    pop: Ints
    households: Ints
    area_m2: Floats
    load: Floats
    fair: Floats
    deviation: Floats
    incidents: Floats
    boundary_m: Floats
    compactness: Floats
    clarity: Floats
    compounds_cut: Ints
    pieces: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelFigures:
    """The measures of all grids of one level together.

    `within`: grids within the tolerance. `cut_m`: all boundaries between grids (or a grid and units
    that are in none), each once; `clarity` the share of it along clear lines, NaN where nothing is
    cut. `compactness`: the mean over grids that have units. `compounds_cut`: compounds whose units
    are not all in one grid. `pieces`: parts beyond the first of each grid. `empty`: grids without
    units.
    """

    grids: int
    max_deviation: float
    mean_deviation: float
    within: int
    cut_m: float
    clarity: float
    compactness: float
    compounds_cut: int
    pieces: int
    empty: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Figures of a plan: by level of each grid, and of the level as a whole. `unassigned`: units in
    no grid, and their people."""

    grids: dict[int, GridFigures]
    levels: dict[int, LevelFigures]
    unassigned: int
    unassigned_pop: int

    def as_json(self) -> dict[str, Any]:
        """The same for JSON: lists of rows by level; None for what is not a number."""
        return {
            "grids": {str(level): _rows(found) for level, found in self.grids.items()},
            "levels": {
                str(level): {
                    field.name: _plain(getattr(found, field.name)) for field in fields(found)
                }
                for level, found in self.levels.items()
            },
            "unassigned": self.unassigned,
            "unassigned_pop": self.unassigned_pop,
        }


def figures(
    board: Board, grid: Ints, codes: Sequence[str], *, tolerance: float, parents: Sequence[str] = ()
) -> Figures:
    """The figures of a plan: `grid` is the position in `codes` of each unit's basic grid, -1 none.

    `codes`: of all basic grids, empty ones too, ascending, with fifteen digits. `parents`: codes of
    sub-districts and communities; those that no basic grid begins with are counted as empty.
    """
    basic = np.asarray(codes, str)
    fair = _fair(board, grid, basic)
    whole, levels = {}, {}
    for level in LEVELS:
        digits = 6 + 3 * level
        above = {code[:digits] for code in basic.tolist()}
        above |= {code[:digits] for code in parents if len(code) >= digits and level < 3}
        names = np.array(sorted(above), str)
        of = np.searchsorted(names, np.array([code[:digits] for code in basic.tolist()], str))
        label = np.full(len(grid), NO_GRID)
        label[grid >= 0] = of[grid[grid >= 0]]
        count = np.bincount(of, minlength=len(names)).astype(np.float64)
        if level == 1:
            total = float(board.load[grid >= 0].sum())
            wanted = total * count / max(len(basic), 1)
        else:
            wanted = sums(of, fair, len(names))
        whole[level], levels[level] = _of_level(board, label, names, wanted, tolerance)
    free = grid < 0
    return Figures(
        grids=whole,
        levels=levels,
        unassigned=int(free.sum()),
        unassigned_pop=int(board.pop[free].sum()),
    )


def _fair(board: Board, grid: Ints, codes: npt.NDArray[Any]) -> Floats:
    """The fair load of each basic grid."""
    areas, area = np.unique(np.array([code[:9] for code in codes.tolist()], str),
                            return_inverse=True)  # fmt: skip
    mine = grid >= 0
    total = sums(area[grid[mine]], board.load[mine], len(areas))
    return np.asarray((total / np.bincount(area, minlength=len(areas)))[area], np.float64)


def _of_level(
    board: Board, label: Ints, names: npt.NDArray[Any], fair: Floats, tolerance: float
) -> tuple[GridFigures, LevelFigures]:
    size, mine = len(names), label >= 0

    def total(values: npt.NDArray[Any]) -> Floats:
        return sums(label[mine], values[mine], size)

    edges = board.edges
    left = label[edges.left]
    right = np.where(edges.outer, NO_GRID, label[edges.right])
    inner = ~edges.outer
    cut = inner & (left != right)

    def along(chosen: npt.NDArray[np.bool_]) -> Floats:
        """The length of chosen edges, for the grids on both sides."""
        of_left, of_right = chosen & (left >= 0), chosen & (right >= 0) & inner
        return sums(left[of_left], edges.length_m[of_left], size) + sums(
            right[of_right], edges.length_m[of_right], size
        )

    load, area_m2 = total(board.load), total(board.area_m2)
    boundary_m, inside_m = along(cut | edges.outer), along(cut)
    deviation = _ratio(load - fair, fair, 0.0)
    units = np.bincount(label[mine], minlength=size)
    outline = np.maximum(boundary_m, 1e-9)
    joined = inner & (left == right) & (left >= 0)
    pieces = _pieces(label, edges.left[joined], edges.right[joined], size)
    cut_of_grid, cut_of_all = _compounds_cut(board, label, size)
    spread = np.abs(deviation)
    found = GridFigures(
        code=names,
        units=units,
        pop=np.rint(total(board.pop)).astype(np.int64),
        households=np.rint(total(board.households)).astype(np.int64),
        area_m2=area_m2,
        load=load,
        fair=fair,
        deviation=deviation,
        incidents=total(board.incidents),
        boundary_m=boundary_m,
        compactness=np.clip(4 * np.pi * area_m2 / outline**2, 0, 1),
        clarity=_ratio(along(cut & edges.clear), inside_m, np.nan),
        compounds_cut=cut_of_grid,
        pieces=pieces,
    )
    cut_m = float(edges.length_m[cut].sum())
    filled = units > 0
    return found, LevelFigures(
        grids=size,
        max_deviation=float(spread.max(initial=0.0)),
        mean_deviation=float(spread.mean()) if size else 0.0,
        within=int((spread <= tolerance + SLACK).sum()),
        cut_m=cut_m,
        clarity=float(edges.length_m[cut & edges.clear].sum() / cut_m) if cut_m > 0 else np.nan,
        compactness=float(found.compactness[filled].mean()) if filled.any() else 0.0,
        compounds_cut=cut_of_all,
        pieces=int(np.maximum(pieces - 1, 0).sum()),
        empty=int((~filled).sum()),
    )


def _ratio(above: Floats, below: Floats, default: float) -> Floats:
    return np.asarray(
        np.divide(above, below, out=np.full(len(below), default), where=below > 0), np.float64
    )


def _pieces(label: Ints, left: Ints, right: Ints, size: int) -> Ints:
    piece = components(len(label), left, right)
    _, first = np.unique(piece, return_index=True)
    of = label[first]
    return np.bincount(of[of >= 0], minlength=size)


def _compounds_cut(board: Board, label: Ints, size: int) -> tuple[Ints, int]:
    """For each grid, the compounds that are also elsewhere; and how many are in two places."""
    if not len(board.compound):
        return np.zeros(size, np.int64), 0
    pair = np.unique(board.compound * (size + 1) + label[board.compound_unit] + 1)
    compound, where = pair // (size + 1), pair % (size + 1) - 1
    cut = np.bincount(compound) > 1
    of_cut = where[cut[compound]]
    return np.bincount(of_cut[of_cut >= 0], minlength=size), int(cut.sum())


def _rows(found: GridFigures) -> list[dict[str, Any]]:
    names = [field.name for field in fields(found)]
    columns = [getattr(found, name).tolist() for name in names]
    return [
        {name: _plain(value) for name, value in zip(names, row, strict=True)}
        for row in zip(*columns, strict=True)
    ]


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and np.isnan(value) else value
