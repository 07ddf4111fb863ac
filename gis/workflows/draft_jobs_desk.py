"""A draft as it is now, as searches see it: its board, and what of it may move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from sqlalchemy import Connection

from gis.geometry import WGS84, metric_crs, projector
from gis.planning.board import Board
from gis.planning.editing.working import BASIC_DIGITS, Working
from gis.planning.help.desk import NONE, Desk
from gis.store import drafts
from gis.store.boards import board_plan
from gis.workflows.boards import Boards


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftDesk:
    """A draft at one version: the board that it is drawn on, and the desk of a search."""

    plan_id: int
    jurisdiction_id: int
    version: int
    board: Board
    desk: Desk
    working: Working


def desk_of(connection: Connection, boards: Boards, plan_id: int) -> DraftDesk:
    """A draft as the transaction sees it.

    Raises NotFoundError `draft-not-found`, `plan-not-found`, and what `gis.planning.balance` does.
    """
    version = drafts.version(connection, plan_id)
    plan = board_plan(connection, plan_id)
    board = boards.board(connection, plan)
    working = drafts.whole(connection, plan_id)
    return DraftDesk(
        plan_id=plan_id,
        jurisdiction_id=plan.jurisdiction_id,
        version=version,
        board=board,
        desk=make_desk(board, working, plan.tolerance),
        working=working,
    )


def make_desk(board: Board, working: Working, tolerance: float) -> Desk:
    """The desk of a working copy; locks of communities and sub-districts hold for what is below."""
    codes = tuple(sorted(code for code in working.grids if len(code) == BASIC_DIGITS))
    number = {code: grid for grid, code in enumerate(codes)}
    states = [working.units[int(unit)] for unit in board.unit_id]
    return Desk(
        unit_id=board.unit_id,
        graph=board.graph,
        places=places(board),
        load=board.load,
        people=board.pop.astype(np.float64),
        codes=codes,
        grid=np.array([NONE if s.grid is None else number[s.grid] for s in states], np.int64),
        locked=np.array([working.locked(code) for code in codes], bool),
        pinned=np.array([s.pinned for s in states], bool),
        together=np.array([NONE if s.together is None else s.together for s in states], np.int64),
        tolerance=tolerance,
    )


def places(board: Board) -> np.ndarray[tuple[int, ...], np.dtype[np.object_]]:
    """A point in each unit, in a metric projection."""
    bounds = [board.lon.min(), board.lat.min(), board.lon.max(), board.lat.max()]
    points = np.asarray(shapely.points(board.lon, board.lat), object)
    moved = projector(WGS84, metric_crs([float(edge) for edge in bounds]))(points)
    return np.asarray(moved, object)
