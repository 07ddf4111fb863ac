"""The working copy of a draft as an Arrow stream, for pages with a hundred thousand units."""

from __future__ import annotations

import json

from sqlalchemy import Connection

from gis.planning.editing.working import BASIC_DIGITS
from gis.store import drafts


def assignment(connection: Connection, plan_id: int) -> bytes:
    """Arrow IPC stream: unit int64 in order, grid int32 (position in the metadata `grids`, a JSON
    list of codes; -1 for none), pinned bool, together int32 (-1 for none); metadata `version`.

    Raises NotFoundError `draft-not-found`.
    """
    import pyarrow as pa

    # First the version, then the units: what is newer than its number is told again by the events.
    version = drafts.version(connection, plan_id)
    working = drafts.whole(connection, plan_id)
    codes = sorted(code for code in working.grids if len(code) == BASIC_DIGITS)
    place = {code: number for number, code in enumerate(codes)}
    units = sorted(working.units.items())
    table = pa.table(
        {
            "unit": pa.array([unit for unit, _ in units], pa.int64()),
            "grid": pa.array(
                [-1 if one.grid is None else place[one.grid] for _, one in units], pa.int32()
            ),
            "pinned": pa.array([one.pinned for _, one in units], pa.bool_()),
            "together": pa.array(
                [-1 if one.together is None else one.together for _, one in units], pa.int32()
            ),
        }
    ).replace_schema_metadata({"grids": json.dumps(codes), "version": str(version)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())
