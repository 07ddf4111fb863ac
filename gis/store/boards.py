"""What boards are read from: the units of a plan, the edges between them, what counts in them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg import sql
from sqlalchemy import Connection, text

from gis.errors import NotFoundError
from gis.store.scope import beyond, scope_on

Ints = npt.NDArray[np.int64]
Columns = Mapping[str, npt.NDArray[Any]]

# The units of a plan: of its working copy, or else those of its grids.
ASSIGNMENT = """
SELECT unit_id, coalesce(grid_code, '-1')::bigint, pinned::int::smallint, coalesce(together, -1)
FROM draft_unit WHERE plan_id = {plan} ORDER BY unit_id
"""
GRIDS = """
SELECT unit_id, coalesce(grid_code, '-1')::bigint FROM draft_unit WHERE plan_id = {plan}
UNION ALL
SELECT unit_id, grid.code::bigint FROM grid_unit JOIN grid ON grid.id = grid_unit.grid_id
WHERE grid_unit.plan_id = {plan}
  AND NOT EXISTS (SELECT FROM draft_unit WHERE plan_id = {plan})
ORDER BY 1
"""
MEMBER_IDS = """
SELECT unit_id FROM draft_unit WHERE plan_id = {plan}
UNION ALL
SELECT unit_id FROM grid_unit WHERE plan_id = {plan}
  AND NOT EXISTS (SELECT FROM draft_unit WHERE plan_id = {plan})
"""
UNITS = """
SELECT u.id, ST_X(place), ST_Y(place), u.population, u.households, u.area_m2,
       coalesce(e.per_year, 0)
FROM ({members}) AS m JOIN unit AS u ON u.id = m.unit_id
LEFT JOIN unit_expectation AS e ON e.unit_id = u.id, ST_PointOnSurface(u.geom) AS place
ORDER BY u.id
"""
UNIT_TYPES = {
    "id": "i8", "lon": "f8", "lat": "f8", "pop": "i4", "households": "i4", "area_m2": "f8",
    "incidents": "f8",
}  # fmt: skip
CODES = "SELECT u.code FROM ({members}) AS m JOIN unit AS u ON u.id = m.unit_id ORDER BY u.id"
EDGES = """
WITH m AS MATERIALIZED ({members})
SELECT e.id, e.left_id, coalesce(e.right_id, -1), e.length_m, coalesce(e.cls, -1::smallint)
FROM unit_edge AS e JOIN m AS l ON l.unit_id = e.left_id
LEFT JOIN m AS r ON r.unit_id = e.right_id
WHERE e.jurisdiction_id = {jurisdiction} AND (e.right_id IS NULL OR r.unit_id IS NOT NULL)
ORDER BY e.left_id, e.right_id NULLS FIRST
"""
EDGE_TYPES = {"id": "i8", "left": "i8", "right": "i8", "length_m": "f8", "cls": "i2"}
EDGES_OF = """
SELECT e.id, e.left_id, coalesce(e.right_id, -1), e.length_m, coalesce(e.cls, -1::smallint)
FROM unit_edge AS e WHERE e.id IN (
  SELECT id FROM unit_edge WHERE left_id IN ({members})
  UNION SELECT id FROM unit_edge WHERE right_id IN ({members}))
"""
COMPOUNDS = """
SELECT c.unit_id, c.compound FROM ({members}) AS m JOIN unit_compound AS c USING (unit_id)
"""
# Any other set of units has another number; the order does not matter.
MARK = """
SELECT concat_ws('-', count(*), to_hex(coalesce(bit_xor(hashint8extended(unit_id, 1)), 0)),
                 to_hex(coalesce(bit_xor(hashint8extended(unit_id, 2)), 0))) FROM ({members}) AS m
"""
WITHOUT_EDGES = """
SELECT unit_id FROM ({members}) AS m
WHERE NOT EXISTS (SELECT FROM unit_edge WHERE left_id = unit_id)
  AND NOT EXISTS (SELECT FROM unit_edge WHERE right_id = unit_id)
"""
# PostgreSQL's binary COPY: a header, rows of (columns, then length and value of each), an end.
HEADER, END = 19, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardPlan:
    """What of a plan its board depends on. `units`: a text that names the set of its units."""

    plan_id: int
    jurisdiction_id: int
    balance: str
    tolerance: float
    version: int
    units: str
    counted: str

    @property
    def mark(self) -> str:
        """A text that is another one whenever the board is."""
        of = "/".join((self.units, self.counted, self.balance))
        return hashlib.blake2b(of.encode(), digest_size=12).hexdigest()

    def shares(self, other: BoardPlan) -> bool:
        """Whether units that both have are the same on both boards, but for their load."""
        return (self.jurisdiction_id, self.counted) == (other.jurisdiction_id, other.counted)


def board_plan(connection: Connection, plan_id: int) -> BoardPlan:
    """What the board of a plan depends on, as the transaction sees it.

    Raises NotFoundError `plan-not-found`, also for a jurisdiction that is none of the caller's.
    """
    row = connection.execute(
        text(
            "SELECT plan.jurisdiction_id, balance, tolerance, coalesce(draft.version, 0),"
            " coalesce(extract(epoch FROM as_of)::text, '')"
            " FROM plan LEFT JOIN draft ON draft.plan_id = plan.id"
            " LEFT JOIN expectation_count AS c ON c.jurisdiction_id = plan.jurisdiction_id"
            " WHERE plan.id = :id"
        ),
        {"id": plan_id},
    ).one_or_none()
    scope = scope_on(connection)
    if row is None or (scope is not None and not scope.acts_in(row[0])):
        raise NotFoundError("plan-not-found", id=plan_id)
    with beyond(connection):
        units = connection.execute(text(_of(MARK, plan_id))).scalar_one()
    return BoardPlan(
        plan_id=plan_id,
        jurisdiction_id=row[0],
        balance=row[1],
        tolerance=row[2],
        version=row[3],
        units=units,
        counted=row[4],
    )


def board_mark(connection: Connection, plan_id: int) -> str:
    """The text that is another one whenever the board of a plan is. Raises as `board_plan`."""
    return board_plan(connection, plan_id).mark


def unit_ids(connection: Connection, plan_id: int) -> Ints:
    """The ids of a plan's units, ascending."""
    query = f"{_of('{members}', plan_id)} ORDER BY 1"
    with beyond(connection):
        return number_columns(connection, query, {"unit": "i8"})["unit"]


def unit_columns(
    connection: Connection, plan_id: int, only: Ints | None = None
) -> tuple[Columns, list[str]]:
    """The units of a plan, or only these, by id: columns of numbers, and their codes."""
    with beyond(connection):
        numbers = number_columns(connection, _of(UNITS, plan_id, only), UNIT_TYPES)
        codes = connection.execute(text(_of(CODES, plan_id, only))).scalars().all()
    return numbers, list(codes)


def edge_columns(connection: Connection, plan: BoardPlan) -> Columns:
    """The edges among the units of a plan, by the ids of their sides; -1: no unit, no class."""
    with beyond(connection):
        query = _of(EDGES, plan.plan_id, jurisdiction=str(plan.jurisdiction_id))
        return number_columns(connection, query, EDGE_TYPES)


def edges_of(connection: Connection, plan_id: int, units: Ints) -> Columns:
    """All edges of some units, whatever lies beyond them, in no order."""
    with beyond(connection):
        return number_columns(connection, _of(EDGES_OF, plan_id, units), EDGE_TYPES)


def compounds(
    connection: Connection, plan_id: int, only: Ints | None = None
) -> tuple[Ints, npt.NDArray[Any]]:
    """Which compounds have buildings in the units of a plan, or in these: unit ids, and names."""
    with beyond(connection):
        rows = connection.execute(text(_of(COMPOUNDS, plan_id, only))).all()
    return np.array([row[0] for row in rows], np.int64), np.array([row[1] for row in rows], str)


def has_written(connection: Connection) -> bool:
    """Whether the transaction has changed anything, which it may yet take back."""
    query = "SELECT pg_current_xact_id_if_assigned() IS NOT NULL"
    return bool(connection.execute(text(query)).scalar())


def grid_of_units(connection: Connection, plan_id: int) -> tuple[Ints, Ints]:
    """The units of a plan by id, and the code of each one's basic grid as a number, -1 for none."""
    with beyond(connection):
        found = number_columns(connection, _of(GRIDS, plan_id), {"unit": "i8", "grid": "i8"})
    return found["unit"], found["grid"]


def assignment_columns(connection: Connection, plan_id: int) -> Columns:
    """The units of a draft by id: `unit`, `grid` as a number (-1 none), `pinned`, `together`."""
    types = {"unit": "i8", "grid": "i8", "pinned": "i2", "together": "i4"}
    with beyond(connection):
        return number_columns(connection, _of(ASSIGNMENT, plan_id), types)


def grid_codes(connection: Connection, plan_id: int) -> list[str]:
    """The codes of a plan's grids of all levels, empty ones too, ascending."""
    query = """
    SELECT code FROM draft_grid WHERE plan_id = :id
    UNION ALL SELECT code FROM grid WHERE plan_id = :id
      AND NOT EXISTS (SELECT FROM draft_unit WHERE plan_id = :id)
    """
    with beyond(connection):
        return sorted(set(connection.execute(text(query), {"id": plan_id}).scalars()))


def units_without_edges(
    connection: Connection, plan_id: int, only: Ints | None = None
) -> list[int]:
    """The units of a plan, or those of these, whose boundaries have not been found yet."""
    with beyond(connection):
        return list(connection.execute(text(_of(WITHOUT_EDGES, plan_id, only))).scalars())


def any_edges(connection: Connection, jurisdiction_id: int) -> bool:
    """Whether the boundaries of any unit of a jurisdiction have been found."""
    query = "SELECT EXISTS (SELECT FROM unit_edge WHERE jurisdiction_id = :of)"
    with beyond(connection):
        return bool(connection.execute(text(query), {"of": jurisdiction_id}).scalar())


def _of(query: str, plan_id: int, only: Ints | None = None, **more: str) -> str:
    """A query of this module about the units of a plan, or some of them: ids are numbers."""
    members = MEMBER_IDS.format(plan=int(plan_id))
    if only is not None:
        members = f"SELECT unnest('{{{','.join(map(str, only.tolist()))}}}'::bigint[]) AS unit_id"
    return query.format(plan=int(plan_id), members=members, **more)


def number_columns(connection: Connection, query: str, types: Mapping[str, str]) -> Columns:
    """The rows of a query without NULLs as columns of numbers, read as the database sends them."""
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT binary)").format(sql.SQL(query))
    with driver.cursor() as cursor, cursor.copy(statement) as source:
        data = b"".join(bytes(part) for part in source)
    row = np.dtype(
        [("columns", ">i2")]
        + [part for name, kind in types.items()
           for part in ((f"bytes of {name}", ">i4"), (name, f">{kind}"))]
    )  # fmt: skip
    table = np.frombuffer(data, row, (len(data) - HEADER - END) // row.itemsize, HEADER)
    return {name: table[name].astype(kind) for name, kind in types.items()}
