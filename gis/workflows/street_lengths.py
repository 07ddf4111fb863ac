"""The streets of every basic grid are measured in the background, patrolled or not."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from sqlalchemy import Engine

from gis.assessment.patrol import EDGE_M
from gis.geometry import metric_crs, to_metric
from gis.store import street_lengths as store
from gis.store.engine import acting

ACTOR = "system"
BLOCK = 200


def measure_streets(engine: Engine, *, limit: int = BLOCK) -> int:
    """Measure the streets of some basic grids of plans in force; gives how many were left to do at
    the beginning, at the most `limit` for each plan. 0: all are known.

    As when they are cut for a patrol: what lies in the grid or along its boundary.
    """
    count = 0
    with engine.connect() as connection:
        plans = store.in_force(connection)
    for plan_id, jurisdiction_id in plans:
        with acting(engine, ACTOR, action="street-lengths") as connection:
            mark = store.mark(connection, jurisdiction_id)
            found = store.unmeasured(connection, plan_id, jurisdiction_id, mark, limit=limit)
            if found:
                lengths = {code: _metres(grid, streets) for code, grid, streets in found}
                store.write(connection, plan_id, mark, lengths)
            count += len(found)
    return count


def _metres(grid: Any, streets: list[Any]) -> float:
    if not streets:
        return 0.0
    crs = metric_crs(grid.bounds)
    inside = shapely.intersection(
        np.array([to_metric(one, crs) for one in streets], dtype=object),
        shapely.buffer(to_metric(grid, crs), EDGE_M),
    )
    parts = shapely.get_parts(inside)
    lengths = shapely.length(parts[shapely.get_type_id(parts) == 1])
    return float(lengths[lengths > EDGE_M].sum())
