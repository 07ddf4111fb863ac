"""Drafts drawn as text: one unit a character, over people and over the grids that they are in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from gis.planning.adjacency.graph import build_graph, components
from gis.planning.generate import generate_plan
from gis.planning.help.desk import Desk
from gis.planning.model import PlanRequest
from tests.unit.planning import drawn

AREA = "410102004"


def code_of(number: int) -> str:
    """The code of a grid: four in each community of one sub-district."""
    return f"{AREA}{1 + number // 4:03d}{1 + number % 4:03d}"


def desk(people: str, grids: str, *, tolerance: float = 0.05) -> Desk:
    """A draft from a digit of people for each unit, and a letter for its grid (`.`: none)."""
    units = drawn.units(people)
    letters = drawn.names(grids)
    known = sorted(set(letters) - {"."})
    return _desk(
        units, [known.index(one) if one != "." else -1 for one in letters], len(known), tolerance
    )


def even_city(*, grids: int = 8, seed: int = 1, tolerance: float = 0.05) -> Desk:
    """A city of uneven blocks in a plan that is within the tolerance."""
    units = drawn.city(24, 16, seed)
    request = PlanRequest(grids=grids, tolerance=tolerance, seed=seed, effort=0.3)
    return _desk(units, generate_plan(units, request).labels, grids, tolerance)


def disturbed(before: Desk, into: tuple[int, ...], count: int, seed: int = 0) -> Desk:
    """The draft after somebody gave units of others to some grids, one by one, each connected."""
    rng = np.random.default_rng(seed)
    left, right, _ = before.graph.pairs()
    grid = before.grid.copy()
    while count:
        edge = rng.choice(np.flatnonzero(grid[left] != grid[right]))
        one, other = sorted((left[edge], right[edge]), key=lambda unit: grid[unit] in into)
        trial = grid.copy()
        trial[one] = grid[other]
        if grid[other] in into and grid[one] not in into and whole(before, trial):
            grid, count = trial, count - 1
    return replace(before, grid=grid)


def whole(of: Desk, grid: np.ndarray[Any, Any]) -> bool:
    """Whether every grid is in one piece."""
    left, right, _ = of.graph.pairs()
    same = (grid[left] == grid[right]) & (grid[left] >= 0)
    piece = components(of.graph.size, left[same], right[same])
    _, first = np.unique(piece, return_index=True)
    return bool((np.bincount(grid[first][grid[first] >= 0]) <= 1).all())


def worst(of: Desk, grid: np.ndarray[Any, Any]) -> float:
    return float(np.abs(of.deviation(grid)).max())


def _desk(units: Any, grid: Any, count: int, tolerance: float) -> Desk:
    size = len(units.unit_id)
    return Desk(
        unit_id=np.arange(size) + 1000, graph=build_graph(units.polygons), places=units.polygons,
        load=units.columns["pop"], people=units.columns["pop"],
        codes=tuple(code_of(number) for number in range(count)),
        grid=np.array(grid, np.int64), locked=np.zeros(count, bool), pinned=np.zeros(size, bool),
        together=np.full(size, -1, np.int64), tolerance=tolerance,
    )  # fmt: skip
