"""The grids of a draft derived from its working copy, for whoever needs polygons."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, text

from gis.errors import InfeasibleError
from gis.geometry import metric_crs, to_metric
from gis.planning.balance import parse_balance
from gis.planning.editing.working import GridState
from gis.progress import Progress, silent
from gis.store import drafts, drafts_settled
from gis.store.drafts_settled import DraftUnits
from gis.store.engine import speak_as
from gis.store.plan_writing import GridRow
from gis.store.scope import beyond
from gis.workflows.plans import GridNaming, PlanUnits, derive_grids


def settle(connection: Connection, plan_id: int, progress: Progress = silent) -> None:
    """Derive the grids of all levels of a draft, where its last operation is newer than they are.

    Units in no grid are left out, and so are grids without units. A plan without a working copy,
    or one that is or was in force, stays as it is. Whoever sees the draft may have it settled: it
    follows from the working copy. Nobody changes the draft meanwhile.
    """
    with beyond(connection):
        version = drafts_settled.hold_unsettled(connection, plan_id)
        if version is None:
            return
        if not connection.scalar(text("SELECT nullif(current_setting('wangge.actor', true), '')")):
            speak_as(connection, "settling")
        progress("plan-step-grids", 0.0)
        units = drafts_settled.units_in_grids(connection, plan_id)
        balance, tolerance = drafts_settled.terms(connection, plan_id)
        grids, measures = derived(
            units, drafts.grids_of(connection, plan_id), balance=balance, tolerance=tolerance
        )
        progress("plan-step-store-grids", 0.8)
        drafts_settled.put_grids(
            connection, plan_id, version, grids,
            dict(zip(units.id.tolist(), units.grid_code.tolist(), strict=True)),
            json.dumps(measures),
        )  # fmt: skip
        progress("plan-step-store-grids", 1.0)


def derived(
    units: DraftUnits, named: Mapping[str, GridState], *, balance: str, tolerance: float
) -> tuple[Sequence[GridRow], dict[str, Any]]:
    """The grids of a draft with polygons and figures, and its measures; see `derive_grids`."""
    if len(units.id) == 0:
        return [], {}
    columns = {
        "pop": units.population.astype(np.float64),
        "households": units.households.astype(np.float64),
        "area": units.area_m2,
        "incidents": units.incidents,
    }
    try:
        load, shared = parse_balance(balance).load(columns), True
    except InfeasibleError:  # nobody lives there yet: there is no load to share out
        load, shared = units.area_m2, False
    crs = metric_crs(shapely.total_bounds(units.polygon).tolist())
    rows, measures = derive_grids(
        PlanUnits(
            code=units.code,
            polygon=units.polygon,
            metric_polygon=to_metric(units.polygon, crs),
            population=units.population,
            households=units.households,
            load=load,
            grid_code=units.grid_code,
        ),
        GridNaming(
            names={code: (one.name_zh, one.name_en) for code, one in named.items()},
            organisations={
                code: one.organisation_id
                for code, one in named.items()
                if one.organisation_id is not None
            },
        ),
        tolerance,
    )
    if shared:
        return rows, measures
    idle = {"max_deviation": 0.0, "mean_deviation": 0.0}
    levels = {
        level: {**told, **idle, "within_tolerance": told["grids"]}
        for level, told in measures["levels"].items()
    }
    return [replace(row, load=0.0, deviation=0.0) for row in rows], {
        **measures, "levels": levels, "outside": [],
    }  # fmt: skip
