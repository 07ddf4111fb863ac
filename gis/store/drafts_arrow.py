"""The working copy of a draft as an Arrow stream, for pages with a hundred thousand units."""

from __future__ import annotations

import json

import numpy as np
from sqlalchemy import Connection

from gis.planning.editing.working import BASIC_DIGITS
from gis.store import drafts
from gis.store.boards import assignment_columns, grid_codes


def assignment(connection: Connection, plan_id: int) -> bytes:
    """Arrow IPC stream: unit int64 in order, grid int32 (position in the metadata `grids`, a JSON
    list of codes; -1 for none), pinned bool, together int32 (-1 for none); metadata `version`.

    Raises NotFoundError `draft-not-found`.
    """
    import pyarrow as pa

    # First the version, then the units: what is newer than its number is told again by the events.
    version = drafts.version(connection, plan_id)
    columns = assignment_columns(connection, plan_id)
    codes = sorted(code for code in grid_codes(connection, plan_id) if len(code) == BASIC_DIGITS)
    numbers = np.array([int(code) for code in codes], np.int64)
    grid = np.where(columns["grid"] < 0, -1, np.searchsorted(numbers, columns["grid"]))
    table = pa.table(
        {
            "unit": pa.array(columns["unit"]),
            "grid": pa.array(grid.astype(np.int32)),
            "pinned": pa.array(columns["pinned"] != 0),
            "together": pa.array(columns["together"]),
        }
    ).replace_schema_metadata({"grids": json.dumps(codes), "version": str(version)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())
