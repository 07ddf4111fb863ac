"""Incidents counted by the grid that they were stored with, and the places of those to locate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, text

from gis.store.incidents import IncidentFilter
from gis.store.names import names

NAMED = """
SELECT DISTINCT ON (code) code, grid.name_zh, grid.name_en FROM grid
JOIN plan ON plan.id = grid.plan_id
WHERE plan.jurisdiction_id = :id AND grid.code = ANY(:codes)
  AND plan.status IN ('published', 'superseded')
ORDER BY code, lower(plan.effective) DESC
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Incidents of one basic grid; `code` None is off all grids."""

    code: str | None
    found: int
    open: int


def stored(
    connection: Connection, wanted: IncidentFilter, *, of_plan: int | None = None
) -> list[Tally]:
    """Incidents by the basic grid they have; with `of_plan`, of those that have one of its."""
    where, values = wanted.where()
    if of_plan is not None:
        where += " AND i.plan_id = :of_plan"
        values["of_plan"] = of_plan
    rows = connection.execute(
        text(
            "SELECT i.grid_code AS code, count(*) AS found, count(*) FILTER (WHERE i.is_open)"
            f" AS open FROM incident AS i WHERE {where} GROUP BY 1"
        ),
        values,
    )
    return [Tally(code=row.code, found=row.found, open=row.open) for row in rows]


def places_of_others(
    connection: Connection, wanted: IncidentFilter, plan_id: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Longitude and latitude (n, 2) in WGS 84 of incidents without a grid of a plan; if open."""
    where, values = wanted.where()
    # As three strings of bytes, not an object for each of what may be millions of rows.
    row = connection.execute(
        text(
            "SELECT string_agg(float8send(ST_X(i.location)), '') AS lon,"
            " string_agg(float8send(ST_Y(i.location)), '') AS lat,"
            " string_agg(boolsend(i.is_open), '') AS open FROM incident AS i"
            f" WHERE {where} AND i.plan_id IS DISTINCT FROM :other"
        ),
        {**values, "other": plan_id},
    ).one()
    lon, lat = (np.frombuffer(one or b"", ">f8").astype(np.float64) for one in (row.lon, row.lat))
    return np.column_stack([lon, lat]), np.frombuffer(row.open or b"", np.bool_)


def named(connection: Connection, jurisdiction_id: int, codes: list[str]) -> dict[str, Any]:
    """The latest names of grids by code."""
    rows = connection.execute(text(NAMED), {"id": jurisdiction_id, "codes": codes})
    return {row.code: names(row.name_zh, row.name_en) for row in rows}
