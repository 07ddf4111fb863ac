"""Counts per grid, as the incidents were routed then, or on the boundaries of today."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import Connection

from gis.store.grid_names import grid_names
from gis.store.incident_filter import IncidentFilter
from gis.workflows.analysis import LeaderView
from gis.workflows.boundaries import Boundaries, figures

DIGITS = {1: 9, 2: 12, 3: 15}


def grid_counts(
    connection: Connection,
    view: LeaderView,
    wanted: IncidentFilter,
    *,
    boundaries: Boundaries,
    level: int,
) -> list[dict[str, Any]]:
    """Found, closed and open per grid of a level by code; those off all grids last, without one.

    What `boundaries` mean, and what is raised: `LeaderView.counted`. A filter by grid or queue
    means the same grids as the counts do.
    """
    with view.counted(connection, wanted, boundaries, per_grid=True) as counted:
        by_code = counted.by_grid()
    found: Counter[str | None] = Counter()
    still_open: Counter[str | None] = Counter()
    for number, (all_, open_) in by_code.items():
        code = f"{number:015d}"[: DIGITS[level]] if number else None
        found[code] += all_
        still_open[code] += open_
    codes = sorted(code for code in found if code is not None)
    titles = grid_names(connection, wanted.jurisdiction_id, codes)
    order: list[str | None] = [*codes, *([None] if None in found else [])]
    return [
        {
            "code": code,
            "name": titles[code] if code is not None else None,
            **figures(found[code], still_open[code]),
        }
        for code in order
    ]
