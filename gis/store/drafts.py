"""Drafts read: which there are, their working copies whole or in part, and their operations."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from gis.errors import ConflictError, NotFoundError
from gis.planning.editing.delta import Delta, from_json
from gis.planning.editing.working import GridState, UnitState, Working, above

DRAFT = """
SELECT p.id AS plan_id, p.jurisdiction_id, p.name, p.note, p.created_by AS author, p.status,
       p.balance, p.tolerance, p.measures, p.created_at, p.based_on_id AS based_on,
       d.version, d.settled, d.plan_id || '-' || d.board AS board, d.origin, d.discarded_at,
       d.discarded_by, coalesce(o.at, p.created_at) AS changed_at,
       coalesce(o.actor, p.created_by) AS changed_by
FROM draft AS d JOIN plan AS p ON p.id = d.plan_id
LEFT JOIN draft_operation AS o ON o.plan_id = d.plan_id AND o.number = d.version
"""
UNITS = "SELECT unit_id, grid_code, pinned, together FROM draft_unit WHERE plan_id = :plan"
# Units, what is kept together with them, and all units of some grids.
PART = f"""
{UNITS} AND unit_id = ANY (:units)
UNION {UNITS} AND grid_code = ANY (:codes)
UNION {UNITS} AND together IN (
  SELECT together FROM draft_unit WHERE plan_id = :plan AND together IS NOT NULL
    AND (unit_id = ANY (:units) OR grid_code = ANY (:codes)))
"""
GRIDS = """
SELECT code, name_zh, name_en, organisation_id, locked FROM draft_grid WHERE plan_id = :plan
"""
OPERATION = """
SELECT number, at, actor, account_id, kind, params, delta, undoes, undone_by
FROM draft_operation WHERE plan_id = :plan
"""
OWN = "account_id IS NOT DISTINCT FROM :account AND (:account IS NOT NULL OR actor = :actor)"
STEPS = "('undo', 'redo')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A draft that this transaction holds: nobody else changes it before the end."""

    plan_id: int
    jurisdiction_id: int
    version: int
    based_on_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """An operation that may be taken back, or done again."""

    number: int
    kind: str
    delta: Delta
    undone_by: int | None


def drafts(connection: Connection, jurisdiction_id: int) -> list[dict[str, Any]]:
    """Drafts of a jurisdiction that have never been in force, discarded ones included; the one
    changed last comes first."""
    query = f"""{DRAFT} WHERE p.jurisdiction_id = :id AND p.effective IS NULL
                ORDER BY changed_at DESC, p.id DESC"""
    rows = connection.execute(text(query), {"id": jurisdiction_id}).mappings()
    return [dict(row) for row in rows]


def draft(connection: Connection, plan_id: int) -> dict[str, Any]:
    """One draft with its grids. Raises NotFoundError `draft-not-found`."""
    query = f"{DRAFT} WHERE d.plan_id = :id"
    row = connection.execute(text(query), {"id": plan_id}).mappings().first()
    if row is None:
        raise NotFoundError("draft-not-found", id=plan_id)
    return dict(row)


def version(connection: Connection, plan_id: int) -> int:
    """The number of a draft's last operation. Raises NotFoundError `draft-not-found`."""
    query = text("SELECT version FROM draft WHERE plan_id = :id")
    found = connection.scalar(query, {"id": plan_id})
    if found is None:
        raise NotFoundError("draft-not-found", id=plan_id)
    return int(found)


def hold(connection: Connection, plan_id: int) -> Open:
    """Keep a draft from being changed by others until the transaction ends.

    Raises NotFoundError `draft-not-found`; ConflictError `draft-discarded`, `draft-in-review`,
    `draft-in-force`.
    """
    # Held first, then read: what whoever held it before has done to the plan is seen only so.
    connection.execute(text("SELECT FROM draft WHERE plan_id = :id FOR UPDATE"), {"id": plan_id})
    row = connection.execute(
        text(
            "SELECT p.jurisdiction_id, p.status, p.based_on_id, d.version, d.discarded_at"
            " FROM draft AS d JOIN plan AS p ON p.id = d.plan_id WHERE d.plan_id = :id"
        ),
        {"id": plan_id},
    ).one_or_none()
    if row is None:
        raise NotFoundError("draft-not-found", id=plan_id)
    if row.discarded_at is not None:
        raise ConflictError("draft-discarded", id=plan_id)
    if row.status == "in_review":
        raise ConflictError("draft-in-review", id=plan_id)
    if row.status != "draft":
        raise ConflictError("draft-in-force", id=plan_id)
    return Open(
        plan_id=plan_id,
        jurisdiction_id=row.jurisdiction_id,
        version=row.version,
        based_on_id=row.based_on_id,
    )


def part(
    connection: Connection,
    plan_id: int,
    *,
    units: Iterable[int] = (),
    codes: Iterable[str] = (),
    grids: Iterable[str] = (),
) -> Working:
    """The part of a working copy with some units, all units of some grids (`codes`), whatever these
    are kept together with, and the grids of all of them, those named in `grids`, and those above.
    """
    codes = set(codes)
    wanted = {"plan": plan_id, "units": sorted(set(units)), "codes": sorted(codes)}
    found = _units(connection, PART, wanted)
    used = {state.grid for state in found.values() if state.grid is not None}
    named = {"plan": plan_id, "codes": sorted(above(used.union(codes, grids)))}
    return Working(units=found, grids=_grids(connection, f"{GRIDS} AND code = ANY (:codes)", named))


def whole(connection: Connection, plan_id: int) -> Working:
    """A whole working copy."""
    values = {"plan": plan_id}
    return Working(units=_units(connection, UNITS, values), grids=_grids(connection, GRIDS, values))


def grids_of(connection: Connection, plan_id: int) -> dict[str, GridState]:
    """The grids of all levels, by code, in order."""
    return _grids(connection, f"{GRIDS} ORDER BY code", {"plan": plan_id})


def children(connection: Connection, plan_id: int, code: str) -> list[str]:
    """Codes of the grids below one, in order."""
    query = """SELECT code FROM draft_grid WHERE plan_id = :plan AND code > :code
               AND starts_with(code, :code) ORDER BY code"""
    return list(connection.scalars(text(query), {"plan": plan_id, "code": code}))


def used_codes(connection: Connection, held: Open, parent: str) -> set[str]:
    """Codes below a parent that its next child must not get: of the draft, of what it was made
    from, and of all plans that are or were in force, whose codes keep their meaning."""
    query = """
      SELECT code FROM draft_grid WHERE plan_id = :plan AND code BETWEEN :first AND :last
      UNION SELECT g.code FROM plan AS p
        JOIN LATERAL (SELECT code FROM grid WHERE grid.plan_id = p.id AND grid.level = 3
                      AND code BETWEEN :first AND :last) AS g ON true
        WHERE p.jurisdiction_id = :jurisdiction
          AND (p.effective IS NOT NULL OR p.id = :based_on)
    """
    values = {
        "plan": held.plan_id, "jurisdiction": held.jurisdiction_id, "based_on": held.based_on_id,
        "first": f"{parent}000", "last": f"{parent}999",
    }  # fmt: skip
    return set(connection.scalars(text(query), values))


def next_group(connection: Connection, plan_id: int) -> int:
    """A number that no group of units has."""
    query = text("SELECT coalesce(max(together), 0) + 1 FROM draft_unit WHERE plan_id = :plan")
    return int(connection.execute(query, {"plan": plan_id}).scalar_one())


def group(connection: Connection, plan_id: int, number: int) -> list[int]:
    """The units of a group."""
    query = text("SELECT unit_id FROM draft_unit WHERE plan_id = :plan AND together = :number")
    return list(connection.scalars(query, {"plan": plan_id, "number": number}))


def operation(connection: Connection, plan_id: int, number: int) -> dict[str, Any]:
    """One operation."""
    query = text(f"{OPERATION} AND number = :number")
    found = connection.execute(query, {"plan": plan_id, "number": number}).mappings().one()
    return dict(found)


def by_key(connection: Connection, plan_id: int, key: UUID) -> dict[str, Any] | None:
    """The operation that was sent with a key, if it was."""
    query = text(f"{OPERATION} AND key = :key")
    found = connection.execute(query, {"plan": plan_id, "key": key}).mappings().first()
    return None if found is None else dict(found)


def operations(
    connection: Connection,
    plan_id: int,
    *,
    limit: int,
    after: int | None = None,
    before: int | None = None,
) -> list[dict[str, Any]]:
    """Operations behind a number in their order, or else those before one, the newest first."""
    if after is not None:
        query, number = f"{OPERATION} AND number > :number ORDER BY number LIMIT :limit", after
    else:
        query = f"{OPERATION} AND number < :number ORDER BY number DESC LIMIT :limit"
        number = 2**31 - 1 if before is None else before
    values = {"plan": plan_id, "number": number, "limit": limit}
    return [dict(row) for row in connection.execute(text(query), values).mappings()]


def deltas_after(connection: Connection, plan_id: int, number: int) -> Iterable[dict[str, Any]]:
    """Operations behind a number, the newest first: number, actor, account_id and delta."""
    query = """SELECT number, actor, account_id, delta FROM draft_operation
               WHERE plan_id = :plan AND number > :number ORDER BY number DESC"""
    rows = connection.execute(text(query), {"plan": plan_id, "number": number}).mappings()
    for row in rows:
        yield {**row, "delta": from_json(row["delta"])}


def cut_units_after(connection: Connection, plan_id: int, number: int) -> list[int]:
    """The units that left or entered a draft by operations behind a number, in order."""
    query = """
      SELECT DISTINCT (unit ->> 0)::bigint AS id
      FROM draft_operation, jsonb_array_elements(delta -> 'cuts') AS cut,
           jsonb_array_elements(cut) AS side, jsonb_array_elements(side) AS unit
      WHERE plan_id = :plan AND number > :number ORDER BY id
    """
    return list(connection.scalars(text(query), {"plan": plan_id, "number": number}))


def board_text(connection: Connection, plan_id: int) -> str:
    """The text of a draft that is another one whenever the set of its units is. Raises
    NotFoundError `draft-not-found`."""
    query = text("SELECT plan_id || '-' || board FROM draft WHERE plan_id = :plan")
    found = connection.scalar(query, {"plan": plan_id})
    if found is None:
        raise NotFoundError("draft-not-found", id=plan_id)
    return str(found)


def last_done(
    connection: Connection, plan_id: int, account_id: int | None, actor: str
) -> Done | None:
    """The caller's last operation that is not undone."""
    query = f"""{OPERATION} AND {OWN} AND undone_by IS NULL AND kind NOT IN {STEPS}
                ORDER BY number DESC LIMIT 1"""
    return _done(connection, query, plan_id, account_id, actor)


def last_undone(
    connection: Connection, plan_id: int, account_id: int | None, actor: str
) -> Done | None:
    """The caller's operation that was undone last, unless the caller did another one since."""
    found = _done(
        connection,
        f"{OPERATION} AND {OWN} AND undone_by IS NOT NULL AND kind NOT IN {STEPS}"
        " ORDER BY undone_by DESC LIMIT 1",
        plan_id, account_id, actor,
    )  # fmt: skip
    newest = connection.scalar(
        text(
            f"SELECT number FROM draft_operation WHERE plan_id = :plan AND {OWN}"
            f" AND kind NOT IN {STEPS} ORDER BY number DESC LIMIT 1"
        ),
        {"plan": plan_id, "account": account_id, "actor": actor},
    )
    return found if found is not None and (found.undone_by or 0) > (newest or 0) else None


def populations(connection: Connection, units: Collection[int]) -> dict[int, int]:
    """People of units."""
    query = text("SELECT id, population FROM unit WHERE id = ANY (:units)")
    rows = connection.execute(query, {"units": sorted(units)})
    return {row.id: row.population for row in rows}


def boxes(connection: Connection, groups: Sequence[Sequence[int]]) -> list[list[float] | None]:
    """The boxes around groups of units: west, south, east, north; None around nothing."""
    query = """
      SELECT g.place, min(ST_XMin(u.geom)), min(ST_YMin(u.geom)), max(ST_XMax(u.geom)),
             max(ST_YMax(u.geom))
      FROM unnest(cast(:places AS int[]), cast(:units AS bigint[])) AS g (place, id)
      JOIN unit AS u USING (id) GROUP BY g.place
    """
    values = {
        "places": [place for place, units in enumerate(groups) for _ in units],
        "units": [unit for units in groups for unit in units],
    }
    found = {row[0]: list(row[1:]) for row in connection.execute(text(query), values)}
    return [found.get(place) for place in range(len(groups))]


def _done(
    connection: Connection, query: str, plan_id: int, account_id: int | None, actor: str
) -> Done | None:
    values = {"plan": plan_id, "account": account_id, "actor": actor}
    row = connection.execute(text(query), values).one_or_none()
    if row is None:
        return None
    return Done(
        number=row.number, kind=row.kind, delta=from_json(row.delta), undone_by=row.undone_by
    )


def _units(connection: Connection, query: str, values: dict[str, Any]) -> dict[int, UnitState]:
    return {
        row.unit_id: UnitState(grid=row.grid_code, pinned=row.pinned, together=row.together)
        for row in connection.execute(text(query), values)
    }


def _grids(connection: Connection, query: str, values: dict[str, Any]) -> dict[str, GridState]:
    return {
        row.code: GridState(
            name_zh=row.name_zh,
            name_en=row.name_en,
            organisation_id=row.organisation_id,
            locked=row.locked,
        )
        for row in connection.execute(text(query), values)
    }
