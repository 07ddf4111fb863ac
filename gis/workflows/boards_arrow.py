"""A board as Arrow streams: what the editor's page loads once, and then draws and counts by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from gis.planning.board import Board

if TYPE_CHECKING:
    import pyarrow as pa

Part = Literal["units", "edges"]


def board_stream(board: Board, part: Part, *, mark: str, balance: str) -> bytes:
    """The units or the edges of a board as an Arrow IPC stream of one batch.

    units: unit, code, x, y (WGS 84), pop, households, area_m2, load, incidents (a year),
    perimeter_m, compounds. edges: edge, left, right (positions among the units, -1 outer),
    length_m, cls (-1 nothing). Metadata of the schema: `board`, which is `mark`, and `balance`.
    """
    import pyarrow as pa

    columns = _units(board) if part == "units" else _edges(board)
    batch = pa.record_batch(columns).replace_schema_metadata({"board": mark, "balance": balance})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    return bytes(sink.getvalue().to_pybytes())


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
