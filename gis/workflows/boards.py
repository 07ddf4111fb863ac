"""The boards that drafts are drawn on, kept by each process, and the figures of plans on them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Engine

from gis.planning.board import Board, Edges, make_board
from gis.planning.figures import NO_GRID, Figures, figures
from gis.store import boards as store
from gis.store.boards import BoardPlan, board_plan
from gis.store.expectations import count_expectations, expectations_are_due
from gis.store.unit_edges import renew_edges

# A board of 125,000 units takes some 60 MB, one of 5,000 some 2 MB.
KEPT_UNITS = 500_000
KEPT_BOARDS = 32
MOST_NEW = 0.05  # beyond this share of new units a board is read whole


class Boards:
    """Boards by the set of their units and what is balanced. None goes stale: a plan whose units,
    or what counts in them, have changed asks for another one. Safe to share between threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[BoardPlan, Board]] = OrderedDict()
        self._lock = threading.Lock()
        self._making = threading.Lock()

    def of(self, connection: Connection, plan_id: int) -> Board:
        """The board of a plan, as the transaction sees it.

        Finds edges that nobody has found yet: in a read-only transaction call `prepare` before.
        Raises NotFoundError `plan-not-found`, and what `gis.planning.balance` raises.
        """
        return self.board(connection, board_plan(connection, plan_id))

    def board(self, connection: Connection, plan: BoardPlan) -> Board:
        """The same of a plan that has been looked up in this transaction."""
        found = self._find(plan.mark)
        if found is None:
            with self._making:  # who needs the same one waits rather than reads it again
                found = self._find(plan.mark)
                if found is None:
                    found = self._made(connection, plan)
        return found

    def is_ready(self, connection: Connection, plan: BoardPlan) -> bool:
        """Whether nothing has to be found or counted for a plan's board: it is kept, or one of
        other units whose difference has its edges, and incidents were counted lately."""
        if expectations_are_due(connection, plan.jurisdiction_id):
            return False
        if self._find(plan.mark) is not None:
            return True
        kept = self._like(plan)
        if not kept:
            return False
        new = np.setdiff1d(store.unit_ids(connection, plan.plan_id), kept[0].unit_id)
        return not store.units_without_edges(connection, plan.plan_id, new)

    def prepare(self, engine: Engine, plan_id: int) -> None:
        """Find edges that are missing and count incidents where that was long ago, and commit.

        `engine` is the owner's. Raises NotFoundError `plan-not-found`.
        """
        with engine.begin() as connection:
            plan = board_plan(connection, plan_id)
            if expectations_are_due(connection, plan.jurisdiction_id):
                count_expectations(connection, plan.jurisdiction_id)
            _find_edges(connection, plan)

    def figures(self, connection: Connection, plan: BoardPlan) -> Figures:
        """The figures of a plan, looked up in this transaction, as it is drawn."""
        board = self.board(connection, plan)
        grid, basic, parents = drawn(connection, plan, board)
        return figures(board, grid, basic, tolerance=plan.tolerance, parents=parents)

    def _find(self, mark: str) -> Board | None:
        with self._lock:
            if mark not in self._kept:
                return None
            self._kept.move_to_end(mark)
            return self._kept[mark][1]

    def _like(self, plan: BoardPlan) -> list[Board]:
        """Boards that say the same of the units that a plan's board has, the last used first."""
        with self._lock:
            return [board for of, board in reversed(self._kept.values()) if of.shares(plan)]

    def _made(self, connection: Connection, plan: BoardPlan) -> Board:
        """A plan's board, from one with few other units if there is one, kept unless what it is
        made from may yet be taken back."""
        changed = (_changed(connection, plan, kept) for kept in self._like(plan)[:2])
        made = next((one for one in changed if one), None) or _read(connection, plan)
        if not store.has_written(connection):
            with self._lock:
                self._kept[plan.mark] = (plan, made)
                while len(self._kept) > 1 and (
                    len(self._kept) > KEPT_BOARDS
                    or sum(board.size for _, board in self._kept.values()) > KEPT_UNITS
                ):
                    self._kept.popitem(last=False)
        return made


def drawn(
    connection: Connection, plan: BoardPlan, board: Board
) -> tuple[npt.NDArray[np.int64], list[str], list[str]]:
    """The basic grid of each unit of a plan's board, by position among their codes (`NO_GRID`:
    none); these codes, and those of the grids above."""
    units, code = store.grid_of_units(connection, plan.plan_id)
    every = store.grid_codes(connection, plan.plan_id)
    basic = [one for one in every if len(one) == 15]
    grid = np.full(board.size, NO_GRID)
    placed = code >= 0
    numbers = np.array([int(one) for one in basic], np.int64)
    grid[board.positions(units[placed])] = np.searchsorted(numbers, code[placed])
    return grid, basic, [one for one in every if len(one) < 15]


def _find_edges(connection: Connection, plan: BoardPlan) -> None:
    """Find the edges of the plan's units that have none."""
    if not store.any_edges(connection, plan.jurisdiction_id):
        renew_edges(connection, plan.jurisdiction_id)
    missing = store.units_without_edges(connection, plan.plan_id)
    if missing:
        renew_edges(connection, plan.jurisdiction_id, missing)


def _read(connection: Connection, plan: BoardPlan) -> Board:
    _find_edges(connection, plan)
    units, codes = store.unit_columns(connection, plan.plan_id)
    return _board(
        plan, units, codes, store.edge_columns(connection, plan),
        store.compounds(connection, plan.plan_id),
    )  # fmt: skip


def _changed(connection: Connection, plan: BoardPlan, former: Board) -> Board | None:
    """A board with units of another one, and what is new read; None where that is much."""
    wanted = store.unit_ids(connection, plan.plan_id)
    new = np.setdiff1d(wanted, former.unit_id)
    if len(new) > MOST_NEW * len(wanted):
        return None
    missing = store.units_without_edges(connection, plan.plan_id, new)
    if missing:
        renew_edges(connection, plan.jurisdiction_id, missing)
    stays = np.isin(former.unit_id, wanted)
    units, codes = store.unit_columns(connection, plan.plan_id, new)
    order = np.argsort(np.concatenate([former.unit_id[stays], units["id"]]))
    columns = {
        name: np.concatenate([known[stays], units[name]])[order]
        for name, known in (
            ("id", former.unit_id), ("lon", former.lon), ("lat", former.lat), ("pop", former.pop),
            ("households", former.households), ("area_m2", former.area_m2),
            ("incidents", former.incidents),
        )
    }  # fmt: skip
    every = np.concatenate([former.code[stays], np.array(codes, object)])[order]
    edges = former.edges
    kept = stays[edges.left] & (edges.outer | stays[edges.right])
    right = np.where(edges.outer, -1, former.unit_id[edges.right])
    fresh = store.edges_of(connection, plan.plan_id, new)
    there = np.isin(fresh["left"], wanted) & (
        (fresh["right"] < 0) | np.isin(fresh["right"], wanted)
    )
    joined = {
        name: np.concatenate([known[kept], fresh[name][there]])
        for name, known in (
            ("id", edges.id), ("left", former.unit_id[edges.left]), ("right", right),
            ("length_m", edges.length_m), ("cls", edges.cls),
        )
    }  # fmt: skip
    by_side = np.lexsort((joined["right"], joined["left"]))
    of, names = store.compounds(connection, plan.plan_id, new)
    still = stays[former.compound_unit]
    return _board(
        plan, columns, every.tolist(), {name: one[by_side] for name, one in joined.items()},
        (
            np.concatenate([former.unit_id[former.compound_unit][still], of]),
            np.concatenate([former.compound_name[former.compound[still]], names]),
        ),
    )  # fmt: skip


def _board(
    plan: BoardPlan,
    units: store.Columns,
    codes: list[str],
    edges: store.Columns,
    compounds: tuple[Any, Any],
) -> Board:
    """A board from columns by unit id, edges by the ids of their sides, and compounds by unit."""
    beyond = np.where(edges["right"] < 0, -1, np.searchsorted(units["id"], edges["right"]))
    return make_board(
        unit_id=units["id"],
        code=np.array(codes, object),
        lon=units["lon"],
        lat=units["lat"],
        pop=units["pop"].astype(np.int64),
        households=units["households"].astype(np.int64),
        area_m2=units["area_m2"],
        incidents=units["incidents"],
        compound_of=compounds[0],
        compound_name=compounds[1],
        edges=Edges(
            id=edges["id"],
            left=np.searchsorted(units["id"], edges["left"]),
            right=beyond,
            length_m=edges["length_m"],
            cls=edges["cls"].astype(np.int64),
        ),
        balance=plan.balance,
    )
