"""The grids that are derived from a draft's working copy: what they are derived from, and how they
are stored in place of the former ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import Connection, text

from gis.store.plan_writing import GRID_COLUMNS, GridRow, copy_rows, ewkb, grid_ids

UNITS = """
SELECT u.id, u.code, u.population, u.households, u.area_m2, d.grid_code,
       coalesce(e.per_year, 0) AS incidents, ST_AsBinary(u.geom) AS wkb
FROM draft_unit AS d JOIN unit AS u ON u.id = d.unit_id
LEFT JOIN unit_expectation AS e ON e.unit_id = u.id
WHERE d.plan_id = :plan AND d.grid_code IS NOT NULL ORDER BY u.id
"""
# Plans whose grids are derived and stay so: in force, or in review, where drafts rest.
AT_REST = """
SELECT FROM plan AS p LEFT JOIN draft AS d ON d.plan_id = p.id
WHERE p.id = :plan AND (p.effective IS NOT NULL OR d.plan_id IS NULL
  OR p.status = 'in_review' AND d.settled = d.version)
"""
OF_ROW = [column for column in GRID_COLUMNS if not column.startswith(("plan_id", "geom"))]
KEPT = [column for column in GRID_COLUMNS if column not in ("plan_id", "code")]
# Grids keep their rows, whatever points at them; only what is another one is written.
PUT = f"""
INSERT INTO grid ({", ".join(GRID_COLUMNS)}) SELECT {", ".join(GRID_COLUMNS)} FROM settled_grid
ON CONFLICT (plan_id, code) DO UPDATE SET {", ".join(f"{one} = excluded.{one}" for one in KEPT)}
WHERE ({", ".join(f"grid.{one}" for one in KEPT)})
  IS DISTINCT FROM ({", ".join(f"excluded.{one}" for one in KEPT)})
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftUnits:
    """The units of a draft that are in a grid, by id. Polygons are WGS 84."""

    id: npt.NDArray[np.int64]
    code: npt.NDArray[Any]
    population: npt.NDArray[np.int64]
    households: npt.NDArray[np.int64]
    area_m2: npt.NDArray[np.float64]
    incidents: npt.NDArray[np.float64]
    grid_code: npt.NDArray[Any]
    polygon: npt.NDArray[Any]


def hold_unsettled(connection: Connection, plan_id: int) -> int | None:
    """The version of a draft whose grids are still to be derived, held until the transaction ends.

    None: there is nothing to derive, because they are, or the plan has no working copy.
    """
    # Of what cannot change there is nothing to wait for: it may be on its way into force just now.
    if connection.execute(text(AT_REST), {"plan": plan_id}).first() is not None:
        return None
    # The plan before its draft, as whoever publishes or reviews it does.
    for query in (
        "SELECT FROM plan WHERE id = :plan FOR NO KEY UPDATE",
        "SELECT FROM draft WHERE plan_id = :plan FOR UPDATE",
    ):
        connection.execute(text(query), {"plan": plan_id})
    row = connection.execute(
        text(
            "SELECT d.version, d.settled, p.effective IS NULL AS open FROM draft AS d"
            " JOIN plan AS p ON p.id = d.plan_id WHERE d.plan_id = :plan"
        ),
        {"plan": plan_id},
    ).one_or_none()
    if row is None or row.settled == row.version or not row.open:
        return None
    return int(row.version)


def units_in_grids(connection: Connection, plan_id: int) -> DraftUnits:
    """What the grids are derived from."""
    rows = connection.execute(text(UNITS), {"plan": plan_id}).all()
    polygons = shapely.from_wkb([bytes(row.wkb) for row in rows])
    return DraftUnits(
        id=np.array([row.id for row in rows], np.int64),
        code=np.array([row.code for row in rows], object),
        population=np.array([row.population for row in rows], np.int64),
        households=np.array([row.households for row in rows], np.int64),
        area_m2=np.array([row.area_m2 for row in rows], np.float64),
        incidents=np.array([row.incidents for row in rows], np.float64),
        grid_code=np.array([row.grid_code for row in rows], object),
        polygon=np.asarray(polygons, object),
    )


def terms(connection: Connection, plan_id: int) -> tuple[str, float]:
    """What a plan balances, and within which tolerance."""
    query = text("SELECT balance, tolerance FROM plan WHERE id = :plan")
    row = connection.execute(query, {"plan": plan_id}).one()
    return row.balance, row.tolerance


def put_grids(
    connection: Connection,
    plan_id: int,
    version: int,
    grids: Sequence[GridRow],
    grid_of_unit: Mapping[int, str],
    measures: str,
) -> None:
    """Store the grids of a draft as they are at a version, in place of those of a former one.

    `measures`: the whole plan's, as JSON.
    """
    named = {"plan": plan_id}
    columns = ", ".join(GRID_COLUMNS)
    connection.execute(
        text(
            "CREATE TEMPORARY TABLE settled_grid ON COMMIT DROP AS"
            f" SELECT {columns} FROM grid WITH NO DATA"
        )
    )
    ordered = sorted(grids, key=lambda grid: (len(grid.code), grid.code))
    shapes = zip(
        ewkb([grid.geom for grid in ordered], 4326),
        ewkb([grid.geom_low for grid in ordered], 3857),
        strict=True,
    )
    copy_rows(
        connection,
        "settled_grid",
        GRID_COLUMNS,
        (
            (plan_id, *(getattr(grid, name) for name in OF_ROW), *pair)
            for grid, pair in zip(ordered, shapes, strict=True)
        ),
    )
    connection.execute(text("DELETE FROM grid_unit WHERE plan_id = :plan"), named)
    connection.execute(
        text("DELETE FROM grid WHERE plan_id = :plan AND code <> ALL (:codes)"),
        {**named, "codes": [grid.code for grid in ordered]},
    )
    connection.execute(text(PUT))
    ids = grid_ids(connection, plan_id)
    copy_rows(
        connection,
        "grid_unit",
        ("plan_id", "unit_id", "grid_id"),
        ((plan_id, unit, ids[code]) for unit, code in sorted(grid_of_unit.items())),
    )
    connection.execute(text("DROP TABLE settled_grid"))
    connection.execute(
        text("UPDATE plan SET measures = cast(:measures AS jsonb) WHERE id = :plan"),
        {**named, "measures": measures},
    )
    connection.execute(
        text("UPDATE draft SET settled = :version WHERE plan_id = :plan"),
        {**named, "version": version},
    )
