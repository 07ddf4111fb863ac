"""H3 cells over a jurisdiction, for places without streets."""

from __future__ import annotations

import math

import h3
import numpy as np
import shapely

from gis.errors import InfeasibleError
from gis.geometry import DECIMALS
from gis.units.faces import Geometries
from gis.units.options import UnitOptions

MAX_CELLS = 1_000_000
CELLS_PER_GRID = 6
DEFAULT_RESOLUTION = 9  # about 0.1 km², a few hundred cells for a sub-district


def resolution_for(cell_area_m2: float) -> int:
    """The coarsest H3 resolution whose average cell is no larger than `cell_area_m2`."""
    for resolution in range(16):
        if h3.average_hexagon_area(resolution, unit="m^2") <= cell_area_m2:
            return resolution
    return 15


def choose_resolution(options: UnitOptions, area_m2: float) -> tuple[int, float]:
    """The H3 resolution wanted, or fit for the wanted grids, and the average area of its cells."""
    resolution = options.h3_resolution
    if resolution is None:
        wanted = options.max_area_m2
        if options.grids:
            wanted = min(wanted or math.inf, area_m2 / options.grids / CELLS_PER_GRID)
        resolution = resolution_for(wanted) if wanted else DEFAULT_RESOLUTION
    return resolution, float(h3.average_hexagon_area(resolution, unit="m^2"))


def cell_outlines(boundary: Geometries, area_m2: float, resolution: int) -> Geometries:
    """Outlines (lines in WGS 84) of all cells that touch the polygons of `boundary`.

    area_m2 is the boundary's, to refuse beforehand more than a million cells: InfeasibleError
    `units-too-many-cells`.
    """
    expected = area_m2 / h3.average_hexagon_area(resolution, unit="m^2")
    if expected > MAX_CELLS:
        raise InfeasibleError(
            "units-too-many-cells", resolution=resolution, cells=math.ceil(expected),
            limit=MAX_CELLS, coarser=resolution_for(area_m2 / MAX_CELLS) - 1,
        )  # fmt: skip
    cells: set[str] = set()
    for polygon in shapely.get_parts(boundary):
        shape = h3.geo_to_h3shape(polygon)
        cells.update(h3.h3shape_to_cells_experimental(shape, resolution, contain="overlap"))
    rings = [
        [(round(lon, DECIMALS), round(lat, DECIMALS)) for lat, lon in h3.cell_to_boundary(cell)]
        for cell in sorted(cells)
    ]
    return np.array([shapely.LineString([*ring, ring[0]]) for ring in rings], object)
