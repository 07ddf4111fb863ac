"""The incidents of an H3 cell: exactly those that the map counts in it."""

from __future__ import annotations

import numpy as np
import shapely
from sqlalchemy import Connection

from gis.hotspots.columns import Columns
from gis.hotspots.h3_cells import H3Lattice, cell_number, corners_of, resolution_of
from gis.store.incident_filter import Among
from gis.workflows.columns import LiveColumns


def incidents_in_cell(
    connection: Connection, live: LiveColumns, jurisdiction_id: int, name: str
) -> Among:
    """Those of a jurisdiction in a cell of any resolution, the newest first. A cell that the map
    draws is known of each incident; another is looked for within its bounds. Raises InputError
    `h3-cell-invalid`."""
    cell = cell_number(name)
    with live.of(connection, jurisdiction_id) as columns:
        rows = np.flatnonzero(_within(columns, cell))
        ids, at = columns.column("id")[rows], columns.column("at")[rows]
    order = np.lexsort((ids, at))[::-1]
    return Among(ids=ids[order], at_us=at[order])


def _within(columns: Columns, cell: int) -> np.typing.NDArray[np.bool_]:
    held = columns.h3_lattice()
    if held is not None and (number := held.number(cell)) >= 0:
        return np.asarray(columns.column("h3") == number)
    outline = shapely.Polygon([(lon, lat) for lat, lon in corners_of(cell)])
    inside = np.asarray(columns.within(outline.bounds))
    near = np.flatnonzero(inside)
    own = H3Lattice.of(outline, resolution_of(cell))
    found = own.find(columns.column("lon")[near], columns.column("lat")[near])
    inside[near] = found == own.number(cell)
    return inside
