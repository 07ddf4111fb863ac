"""Units, plans and grids written with COPY, and the one moment when a plan comes into force."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import numpy as np
import psycopg
import shapely
from sqlalchemy import Connection, text

from gis.errors import ConflictError, NotFoundError

GRID_COLUMNS = (
    "plan_id", "code", "name_zh", "name_en", "organisation_id", "population", "households",
    "area_m2", "load", "deviation", "units", "compactness", "hue", "geom", "geom_3857_low",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class GridRow:
    """One grid as it is stored. `geom` is WGS 84, `geom_low` Web Mercator, both multipolygons."""

    code: str
    name_zh: str
    name_en: str | None
    organisation_id: int | None
    population: int
    households: int
    area_m2: float
    load: float
    deviation: float
    units: int
    compactness: float
    hue: int
    geom: Any
    geom_low: Any


def copy_rows(
    connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """COPY rows into a table inside the running transaction. Geometries come from `ewkb`."""
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    with (
        driver.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as sink,
    ):
        for row in rows:
            sink.write_row(row)


def ewkb(geometries: Any, srid: int) -> list[str]:
    """Geometries as the hexadecimal texts that COPY takes."""
    tagged = shapely.set_srid(np.asarray(geometries, object), srid)
    texts: list[str] = shapely.to_wkb(tagged, hex=True, include_srid=True).tolist()
    return texts


def write_units(
    connection: Connection, jurisdiction_id: int, rows: Iterable[tuple[str, int, int, float, Any]]
) -> dict[str, int]:
    """Store units (code, population, households, area in m², WGS 84 polygon); gives ids by code.

    Units of a former plan are kept if they are the same polygons. Raises ConflictError
    `units-differ` if the jurisdiction has other units in use.
    """
    given = list(rows)
    former = connection.execute(
        text(
            "SELECT code, id, ST_AsBinary(geom) AS wkb FROM unit"
            " WHERE jurisdiction_id = :id AND retired_at IS NULL"
        ),
        {"id": jurisdiction_id},
    ).all()
    if former:
        ids = {row.code: row.id for row in former}
        stored = {row.code: bytes(row.wkb) for row in former}
        if stored.keys() != {row[0] for row in given} or not _same(
            shapely.from_wkb([stored[row[0]] for row in given]), [row[-1] for row in given]
        ):
            raise ConflictError("units-differ", known=len(stored), given=len(given))
        return ids
    copy_rows(
        connection,
        "unit",
        ("jurisdiction_id", "code", "population", "households", "area_m2", "geom"),
        (
            (jurisdiction_id, *row[:-1], geom)
            for row, geom in zip(given, ewkb([row[-1] for row in given], 4326), strict=True)
        ),
    )
    found = connection.execute(
        text("SELECT code, id FROM unit WHERE jurisdiction_id = :id AND retired_at IS NULL"),
        {"id": jurisdiction_id},
    )
    return {row.code: row.id for row in found}


def _same(some: Any, others: Sequence[Any]) -> bool:
    """Whether polygons are the same one by one, wherever their rings begin."""
    pairs = (
        shapely.normalize(np.asarray(some, object)),
        shapely.normalize(np.asarray(others, object)),
    )
    return bool(shapely.equals_exact(*pairs, 1e-9).all())


def write_plan(
    connection: Connection,
    *,
    jurisdiction_id: int,
    name: str,
    balance: str,
    tolerance: float,
    measures: Mapping[str, Any],
    created_by: str,
    grids: Sequence[GridRow],
    grid_of_unit: Mapping[int, str],
    based_on_id: int | None = None,
) -> int:
    """Store a draft with its grids and the basic grid of every unit; gives the plan's id."""
    plan_id = connection.execute(
        text(
            "INSERT INTO plan (jurisdiction_id, name, balance, tolerance, measures, created_by,"
            " based_on_id) VALUES (:jurisdiction_id, :name, :balance, :tolerance,"
            " cast(:measures AS jsonb), :created_by, :based_on_id) RETURNING id"
        ),
        {
            "jurisdiction_id": jurisdiction_id,
            "name": name,
            "balance": balance,
            "tolerance": tolerance,
            "measures": json.dumps(measures),
            "created_by": created_by,
            "based_on_id": based_on_id,
        },
    ).scalar_one()
    ordered = sorted(grids, key=lambda grid: (len(grid.code), grid.code))
    for length in (9, 12, 15):  # parents first: children point at them
        level = [grid for grid in ordered if len(grid.code) == length]
        whole = ewkb([grid.geom for grid in level], 4326)
        low = ewkb([grid.geom_low for grid in level], 3857)
        copy_rows(
            connection,
            "grid",
            GRID_COLUMNS,
            ((*_grid_row(plan_id, grid), *shapes)
             for grid, *shapes in zip(level, whole, low, strict=True)),
        )  # fmt: skip
    ids = grid_ids(connection, plan_id)
    copy_rows(
        connection,
        "grid_unit",
        ("plan_id", "unit_id", "grid_id"),
        ((plan_id, unit, ids[code]) for unit, code in sorted(grid_of_unit.items())),
    )
    return int(plan_id)


def _grid_row(plan_id: int, grid: GridRow) -> tuple[Any, ...]:
    return (
        plan_id, grid.code, grid.name_zh, grid.name_en, grid.organisation_id, grid.population,
        grid.households, grid.area_m2, grid.load, grid.deviation, grid.units, grid.compactness,
        grid.hue,
    )  # fmt: skip


def grid_ids(connection: Connection, plan_id: int) -> dict[str, int]:
    """Ids of a plan's grids by code."""
    rows = connection.execute(
        text("SELECT code, id FROM grid WHERE plan_id = :id"), {"id": plan_id}
    )
    return {row.code: row.id for row in rows}


def level_shapes(connection: Connection, plan_id: int) -> dict[int, dict[str, Any]]:
    """Polygons in WGS 84 of every level by code, for the check before publishing."""
    rows = connection.execute(
        text("SELECT level, code, ST_AsBinary(geom) AS wkb FROM grid WHERE plan_id = :id"),
        {"id": plan_id},
    )
    shapes: dict[int, dict[str, Any]] = {1: {}, 2: {}, 3: {}}
    for row in rows:
        shapes[row.level][row.code] = shapely.from_wkb(bytes(row.wkb))
    return shapes


def hold_draft(connection: Connection, plan_id: int) -> int:
    """Keep a draft as it is until this transaction ends; gives its jurisdiction.

    Reports go on being taken meanwhile. Raises NotFoundError, and ConflictError `plan-not-draft`.
    """
    row = connection.execute(
        text("SELECT jurisdiction_id, status FROM plan WHERE id = :id FOR UPDATE"), {"id": plan_id}
    ).first()
    if row is None:
        raise NotFoundError("plan-not-found", id=plan_id)
    if row.status not in ("draft", "in_review"):
        raise ConflictError("plan-not-draft", id=plan_id, status=row.status)
    return int(row.jurisdiction_id)


def draft_state(connection: Connection, plan_id: int) -> str:
    """Another text after any change of a draft's grids, derived or still to be."""
    query = (
        "SELECT count(*), max(xmin::text::bigint),"
        " (SELECT version FROM draft WHERE plan_id = :id) FROM grid WHERE plan_id = :id"
    )
    return str(tuple(connection.execute(text(query), {"id": plan_id}).one()))


def follow_units(connection: Connection, plan_id: int, jurisdiction_id: int, at: datetime) -> None:
    """Make the units of a plan that comes into force those of its jurisdiction: what it has is in
    use, whatever cut or joined them before, and what it has not is retired. A plan that was stored
    without units leaves them as they are."""
    given = {"plan": plan_id, "jurisdiction": jurisdiction_id, "at": at}
    revived = connection.execute(
        text(
            "UPDATE unit SET retired_at = NULL FROM grid_unit AS g"
            " WHERE g.plan_id = :plan AND g.unit_id = unit.id AND retired_at IS NOT NULL"
        ),
        given,
    )
    if not revived.rowcount and not connection.scalar(
        text("SELECT EXISTS (SELECT FROM grid_unit WHERE plan_id = :plan)"), given
    ):
        return
    connection.execute(
        text(
            "UPDATE unit SET retired_at = :at WHERE jurisdiction_id = :jurisdiction"
            " AND retired_at IS NULL AND NOT EXISTS (SELECT FROM grid_unit AS g"
            " WHERE g.plan_id = :plan AND g.unit_id = unit.id)"
        ),
        given,
    )


def put_in_force(
    connection: Connection, plan_id: int, jurisdiction_id: int, at: datetime
) -> int | None:
    """Publish a plan from a moment on; the one in force until then is superseded.

    Gives the id of the former plan. From here to the end of the transaction reports wait.
    """
    former = connection.execute(
        text(
            "UPDATE plan SET status = 'superseded',"
            " effective = tstzrange(lower(effective), :at)"
            " WHERE jurisdiction_id = :jurisdiction AND status = 'published' RETURNING id"
        ),
        {"jurisdiction": jurisdiction_id, "at": at},
    ).scalar()
    connection.execute(
        text(
            "UPDATE plan SET status = 'published', effective = tstzrange(:at, NULL) WHERE id = :id"
        ),
        {"id": plan_id, "at": at},
    )
    return cast("int | None", former)
