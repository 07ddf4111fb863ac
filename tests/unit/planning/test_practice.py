"""A plan put out of balance for practice: plainly so, whole, and mended by moving back."""

from __future__ import annotations

import numpy as np

from gis.planning.figures import figures
from gis.planning.practice import unbalance
from tests.unit.test_figures import drawn

# 16 by 8 units; each basic grid is four by four of them, two of them make a community.
CODES = [f"4101020{area:02d}{community:03d}{grid:03d}"
         for area in (4, 5) for community in (1, 2) for grid in (1, 2)]  # fmt: skip


def plan():
    board = drawn(16, 8, seed=3, balance="area")
    column, row = np.arange(128) % 16, np.arange(128) // 16
    return board, 4 * (column // 8) + 2 * (row // 4) + (column % 8) // 4


def deviations(board, grid):
    found = figures(board, grid, CODES, tolerance=0.05).grids[3]
    return dict(zip(found.code.tolist(), found.deviation.tolist(), strict=True)), found.pieces


def test_pairs_of_one_sub_district_are_plainly_out_and_the_rest_is_as_it_was():
    board, grid = plan()
    before, _ = deviations(board, grid)
    assert max(map(abs, before.values())) < 0.05
    found = unbalance(board, grid, CODES)
    after, pieces = deviations(board, found.grid)
    assert pieces.max() == 1
    assert {code[:9] for code in found.grids} == {found.sub_district}
    out = {code for code, deviation in after.items() if abs(deviation) > 0.15}
    assert out == set(found.grids)
    assert all(after[code] == before[code] for code in set(CODES) - out)
    # Each pair lost and got as much, within its community.
    for community in {code[:12] for code in found.grids}:
        two = [after[code] for code in found.grids if code.startswith(community)]
        assert len(two) == 2
        assert min(two) < -0.15 < 0.15 < max(two)
    moved = np.flatnonzero(found.grid != grid)
    assert all(CODES[found.grid[u]][:12] == CODES[grid[u]][:12] for u in moved)


def test_the_same_plan_gives_the_same_and_a_plan_of_crumbs_none():
    board, grid = plan()
    again = unbalance(board, grid, CODES)
    assert np.array_equal(unbalance(board, grid, CODES).grid, again.grid)
    alone = [f"410102004{n:03d}001" for n in range(1, 9)]
    assert unbalance(board, grid, alone) is None
    assert unbalance(board, np.full(board.size, -1), CODES) is None
