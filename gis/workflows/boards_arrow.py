"""A board as the editor's page has it: loaded once as Arrow streams, then only what was cut."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from sqlalchemy import Connection

from gis.planning.board import Board
from gis.store import drafts
from gis.store.boards import BoardPlan
from gis.workflows.boards import Boards

if TYPE_CHECKING:
    import pyarrow as pa

Part = Literal["units", "edges"]
NO_UNIT = -1


def board_stream(board: Board, part: Part, plan: BoardPlan) -> bytes:
    """The units or the edges of a board as an Arrow IPC stream of one batch.

    units: unit, code, x, y (WGS 84), pop, households, area_m2, load, incidents (a year),
    perimeter_m, compounds. edges: edge, left, right (positions among the units, -1 outer),
    length_m, cls (-1 nothing). Metadata of the schema: `board`, the mark of the plan's, `balance`,
    and `terms`: boards of the same terms say the same of the units that both have.
    """
    import pyarrow as pa

    columns = _units(board) if part == "units" else _edges(board)
    told = {"board": plan.mark, "balance": plan.balance, "terms": terms_of(plan, board)}
    batch = pa.record_batch(columns).replace_schema_metadata(told)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    return bytes(sink.getvalue().to_pybytes())


def terms_of(plan: BoardPlan, board: Board) -> str:
    """What the numbers of a unit depend on besides the unit: when incidents were counted, what is
    balanced, and which compound each number means."""
    terms = hashlib.blake2b(f"{plan.counted}/{plan.balance}".encode(), digest_size=12)
    terms.update("\0".join(board.compound_name.tolist()).encode())
    return terms.hexdigest()


def board_change(
    connection: Connection, boards: Boards, plan: BoardPlan, after: int
) -> dict[str, Any]:
    """What became of a draft's board since an operation: units that are not on it any more, and
    those that were cut or put together since, with their edges, whose sides are units by id."""
    board = boards.board(connection, plan)
    touched = drafts.cut_units_after(connection, plan.plan_id, after)
    at = board.positions(touched)
    come = at[at >= 0]
    edges = board.edges
    right = np.where(edges.outer, NO_UNIT, edges.right)
    new = np.flatnonzero(np.isin(edges.left, come) | np.isin(right, come))
    start, end = board.compound_start[come], board.compound_start[come + 1]
    units = {
        "unit": board.unit_id, "code": board.code, "x": board.lon, "y": board.lat,
        "pop": board.pop, "households": board.households, "area_m2": board.area_m2,
        "load": board.load, "incidents": board.incidents, "perimeter_m": board.perimeter_m,
    }  # fmt: skip
    return {
        "version": plan.version,
        "board": drafts.board_text(connection, plan.plan_id),
        "terms": terms_of(plan, board),
        "gone": [unit for unit, place in zip(touched, at.tolist(), strict=True) if place < 0],
        "units": {name: column[come].tolist() for name, column in units.items()}
        | {"compounds": [board.compound[a:b].tolist() for a, b in zip(start, end, strict=True)]},
        "edges": {
            "edge": edges.id[new].tolist(),
            "left": board.unit_id[edges.left[new]].tolist(),
            "right": np.where(
                edges.outer[new], NO_UNIT, board.unit_id[edges.right[new]]
            ).tolist(),
            "length_m": edges.length_m[new].tolist(),
            "cls": edges.cls[new].tolist(),
        },
    }  # fmt: skip


def _units(board: Board) -> dict[str, pa.Array]:
    import pyarrow as pa

    return {
        "unit": pa.array(board.unit_id),
        "code": pa.array(board.code, pa.string()),
        "x": pa.array(board.lon),
        "y": pa.array(board.lat),
        "pop": pa.array(board.pop.astype(np.int32)),
        "households": pa.array(board.households.astype(np.int32)),
        "area_m2": pa.array(board.area_m2),
        "load": pa.array(board.load),
        "incidents": pa.array(board.incidents),
        "perimeter_m": pa.array(board.perimeter_m),
        "compounds": pa.ListArray.from_arrays(
            pa.array(board.compound_start.astype(np.int32)),
            pa.array(board.compound.astype(np.int32)),
        ),
    }


def _edges(board: Board) -> dict[str, pa.Array]:
    import pyarrow as pa

    edges = board.edges
    return {
        "edge": pa.array(edges.id),
        "left": pa.array(edges.left.astype(np.int32)),
        "right": pa.array(edges.right.astype(np.int32)),
        "length_m": pa.array(edges.length_m),
        "cls": pa.array(edges.cls.astype(np.int8)),
    }
