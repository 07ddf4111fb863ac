"""A plan put out of balance for a practice draft: which units begin in another grid."""

from __future__ import annotations

import numpy as np
from sqlalchemy import Connection

from gis.errors import InputError
from gis.planning.practice import unbalance
from gis.store import boards as store
from gis.store.boards import board_plan
from gis.workflows.boards import Boards


def put_out(connection: Connection, boards: Boards, plan_id: int) -> dict[int, str]:
    """The units of a plan that a practice draft begins with elsewhere, each with its grid there.

    Raises NotFoundError `plan-not-found`, InputError `draft-practice-none` for a plan without two
    neighbouring grids of one community that are large enough.
    """
    plan = board_plan(connection, plan_id)
    board = boards.board(connection, plan)
    units, held = store.grid_of_units(connection, plan_id)
    codes = sorted(one for one in store.grid_codes(connection, plan_id) if len(one) == 15)
    grid = np.full(board.size, -1)
    placed = held >= 0
    numbers = np.array([int(one) for one in codes], np.int64)
    grid[board.positions(units[placed])] = np.searchsorted(numbers, held[placed])
    found = unbalance(board, grid, codes)
    if found is None:
        raise InputError("draft-practice-none", id=plan_id)
    changed = np.flatnonzero(found.grid != grid)
    return {int(board.unit_id[u]): codes[found.grid[u]] for u in changed}
