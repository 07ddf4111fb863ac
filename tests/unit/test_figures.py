"""Figures of a draft: what the plan's measures say, whatever is drawn, and said by hand."""

from __future__ import annotations

import json
import math
from collections import defaultdict

import numpy as np
import pytest
import shapely

from gis.errors import InputError
from gis.geometry import metric_crs, to_metric
from gis.planning.adjacency.edges import unit_edges
from gis.planning.board import Board, Edges, make_board
from gis.planning.figures import NO_GRID, figures
from gis.planning.judging.score import measure

WEST, SOUTH, STEP = 113.6, 34.75, 0.0025
CRS = metric_crs((WEST, SOUTH))
CODES = [f"4101020{sub:02d}{community:03d}{grid:03d}"
         for sub in (4, 5) for community in (1, 2) for grid in (1, 2, 3)]  # fmt: skip
LEVEL_OF = {1: 9, 2: 12, 3: 15}


def drawn(columns: int, rows: int, *, seed: int = 0, balance: str = "pop") -> Board:
    """A board of square units with random people, compounds and classes of boundary."""
    rng = np.random.default_rng(seed)
    units = np.array(
        [shapely.box(WEST + c * STEP, SOUTH + r * STEP, WEST + (c + 1) * STEP,
                     SOUTH + (r + 1) * STEP) for r in range(rows) for c in range(columns)],
        object,
    )  # fmt: skip
    size = len(units)
    unit_id = 100 + 7 * np.arange(size)
    found = unit_edges(units, CRS)
    count = len(found.left)
    edges = Edges(
        id=np.arange(count) + 1,
        left=found.left,
        right=found.right,
        length_m=found.length_m,
        cls=rng.integers(-1, 8, count),
    )
    pop = rng.integers(0, 900, size)
    inside = {(int(rng.choice(unit_id)), f"c{rng.integers(0, size // 3)}") for _ in range(size)}
    return make_board(
        unit_id=unit_id,
        code=np.array([f"u{n}" for n in range(size)], object),
        lon=shapely.get_x(shapely.centroid(units)),
        lat=shapely.get_y(shapely.centroid(units)),
        pop=pop,
        households=pop // 3,
        area_m2=shapely.area(to_metric(units, CRS)),
        incidents=rng.poisson(4, size).astype(float),
        compound_of=np.array([unit for unit, _ in sorted(inside)]),
        compound_name=np.array([name for _, name in sorted(inside)]),
        edges=edges,
        balance=balance,
    )


def random_plan(board: Board, seed: int, *, free: float = 0.0) -> np.ndarray:
    """Units in random basic grids, some in none."""
    rng = np.random.default_rng(seed)
    grid = rng.integers(0, len(CODES), board.size)
    return np.where(rng.random(board.size) < free, NO_GRID, grid)


@pytest.mark.parametrize("seed", range(6))
def test_figures_are_the_measures_of_the_plan(seed: int) -> None:
    board = drawn(9, 7, seed=seed)
    grid = random_plan(board, seed)
    found = figures(board, grid, CODES, tolerance=0.3)
    for level, digits in LEVEL_OF.items():
        codes = sorted({code[:digits] for code in CODES})
        label = np.array([codes.index(CODES[g][:digits]) for g in grid])
        mine, whole = found.grids[level], found.levels[level]
        known = measure(
            board.graph, label, board.load, grids=len(codes), pop=board.pop.astype(float),
            target=mine.fair,
        )  # fmt: skip
        assert mine.code.tolist() == codes
        assert mine.units.tolist() == known.units.tolist()
        assert mine.pop.tolist() == known.pop.tolist()
        assert mine.pieces.tolist() == known.pieces.tolist()
        for name in ("area_m2", "load", "deviation", "boundary_m", "compactness"):
            assert getattr(mine, name) == pytest.approx(getattr(known, name), rel=1e-12), name
        assert whole.cut_m == pytest.approx(known.cut_m, rel=1e-12)
        assert whole.clarity == pytest.approx(known.cut_arterial_m / known.cut_m, rel=1e-12)
        assert whole.max_deviation == pytest.approx(np.abs(known.deviation).max())
        assert whole.mean_deviation == pytest.approx(np.abs(known.deviation).mean())
        assert mine.load.sum() == pytest.approx(board.load.sum())
        assert mine.fair.sum() == pytest.approx(board.load.sum())


@pytest.mark.parametrize("seed", range(6))
def test_figures_are_what_counting_by_hand_gives(seed: int) -> None:
    """Also with units in no grid, grids without units, and communities without grids."""
    board = drawn(6, 6, seed=seed)
    grid = random_plan(board, seed, free=0.2)
    grid[grid == 4] = NO_GRID
    empty = f"{CODES[0][:9]}009"
    found = figures(board, grid, CODES, tolerance=0.3, parents=[empty, CODES[0][:9]])
    for level, digits in LEVEL_OF.items():
        names = {CODES[g][:digits] if g >= 0 else None for g in grid}
        of = [CODES[g][:digits] if g >= 0 else None for g in grid]
        outline: dict[str | None, float] = defaultdict(float)
        inner: dict[str | None, float] = defaultdict(float)
        clear: dict[str | None, float] = defaultdict(float)
        cut_m = 0.0
        edges = board.edges
        for left, right, metres, cls in zip(
            edges.left, edges.right, edges.length_m, edges.cls, strict=True
        ):
            if right < 0:
                outline[of[left]] += metres
            elif of[left] != of[right]:
                cut_m += metres
                for side in (of[left], of[right]):
                    outline[side] += metres
                    inner[side] += metres
                    clear[side] += metres if cls >= 4 else 0
        where = defaultdict(set)
        for unit, compound in zip(board.compound_unit, board.compound, strict=True):
            where[compound].add(of[unit])
        rows = {row["code"]: row for row in found.as_json()["grids"][str(level)]}
        for name in names - {None}:
            row = rows[name]
            mine = np.array([one == name for one in of])
            assert row["units"] == mine.sum()
            assert row["households"] == board.households[mine].sum()
            assert row["incidents"] == pytest.approx(board.incidents[mine].sum())
            assert row["boundary_m"] == pytest.approx(outline[name])
            assert row["compactness"] == pytest.approx(
                4 * math.pi * board.area_m2[mine].sum() / outline[name] ** 2
            )
            assert row["clarity"] == pytest.approx(clear[name] / inner[name])
            cut = sum(name in places and len(places) > 1 for places in where.values())
            assert row["compounds_cut"] == cut
        assert found.levels[level].cut_m == pytest.approx(cut_m)
        assert found.levels[level].compounds_cut == sum(len(p) > 1 for p in where.values())
        for name in set(rows) - names:
            assert (rows[name]["units"], rows[name]["clarity"]) == (0, None)
            assert rows[name]["compactness"] == 0
        assert found.levels[level].empty == len(set(rows) - names)
    assert empty in found.grids[2].code.tolist()
    free = grid < 0
    assert (found.unassigned, found.unassigned_pop) == (free.sum(), board.pop[free].sum())
    basic = dict(zip(CODES, found.grids[3].fair.tolist(), strict=True))
    for area in {code[:9] for code in CODES}:
        load = sum(board.load[u] for u, g in enumerate(grid) if g >= 0 and CODES[g][:9] == area)
        for code in CODES:
            if code.startswith(area):
                assert basic[code] == pytest.approx(load / 6)
    json.dumps(found.as_json(), allow_nan=False)


def test_a_plan_of_one_grid_has_no_boundary_to_judge() -> None:
    board = drawn(3, 3)
    found = figures(board, np.zeros(9, int), CODES[:1], tolerance=0.05)
    row = found.as_json()["grids"]["3"][0]
    assert (row["deviation"], row["clarity"], row["compounds_cut"]) == (0, None, 0)
    assert row["compactness"] == pytest.approx(math.pi / 4, rel=0.05)
    assert found.levels[3].clarity != found.levels[3].clarity  # not a number
    assert found.levels[3].within == 1


def test_a_plan_without_grids_has_all_its_units_in_none() -> None:
    board = drawn(3, 3)
    found = figures(board, np.full(9, NO_GRID), [], tolerance=0.05)
    assert found.unassigned == 9
    assert [level.grids for level in found.levels.values()] == [0, 0, 0]
    json.dumps(found.as_json(), allow_nan=False)


def test_what_is_balanced_may_be_mixed_of_all_that_the_board_knows() -> None:
    board = drawn(4, 4, balance="load=0.5*pop+0.2*area+0.2*households+0.1*incidents")
    assert board.load.sum() == pytest.approx(board.pop.sum())
    with pytest.raises(InputError) as unknown:
        drawn(4, 4, balance="trees")
    assert unknown.value.code == "balance-column-unknown"


def test_units_are_found_on_a_board_by_their_ids() -> None:
    board = drawn(3, 2)
    assert board.positions([107, 100, 135, 3, 999, 101]).tolist() == [1, 0, 5, -1, -1, -1]
