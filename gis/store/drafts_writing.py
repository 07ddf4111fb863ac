"""Drafts written: made, changed by a delta, their operations recorded, discarded and taken back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from gis.errors import ForbiddenError
from gis.planning.editing.delta import Delta
from gis.planning.editing.working import GridState, UnitState
from gis.store.plan_writing import copy_rows

GRID_COLUMNS = ("plan_id", "code", "name_zh", "name_en", "organisation_id", "locked")
UNIT_COLUMNS = ("plan_id", "unit_id", "grid_code", "pinned", "together")


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftGrid:
    """A grid of a new draft, of any level: the code carries the tree."""

    code: str
    name_zh: str
    name_en: str | None = None
    organisation_id: int | None = None
    locked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDraft:
    """What a new draft is called and balanced by, and what it was made from (`origin`)."""

    jurisdiction_id: int
    name: str
    note: str | None
    balance: str
    tolerance: float
    based_on_id: int | None
    origin: Mapping[str, Any]


def add(
    connection: Connection,
    new: NewDraft,
    units: Mapping[int, UnitState],
    grids: Sequence[DraftGrid],
    actor: str,
) -> int:
    """Store a draft with its working copy; gives the number of the plan."""
    plan_id = connection.execute(
        text(
            "INSERT INTO plan (jurisdiction_id, name, note, balance, tolerance, created_by,"
            " based_on_id) VALUES (:jurisdiction, :name, :note, :balance, :tolerance, :actor,"
            " :based_on) RETURNING id"
        ),
        {
            "jurisdiction": new.jurisdiction_id, "name": new.name, "note": new.note,
            "balance": new.balance, "tolerance": new.tolerance, "actor": actor,
            "based_on": new.based_on_id,
        },
    ).scalar_one()  # fmt: skip
    connection.execute(
        text("INSERT INTO draft (plan_id, origin) VALUES (:id, cast(:origin AS jsonb))"),
        {"id": plan_id, "origin": json.dumps(dict(new.origin), ensure_ascii=False)},
    )
    copy_rows(
        connection, "draft_grid", GRID_COLUMNS,
        ((plan_id, one.code, one.name_zh, one.name_en, one.organisation_id, one.locked)
         for one in sorted(grids, key=lambda one: one.code)),
    )  # fmt: skip
    copy_rows(
        connection, "draft_unit", UNIT_COLUMNS,
        ((plan_id, unit, one.grid, one.pinned, one.together)
         for unit, one in sorted(units.items())),
    )  # fmt: skip
    return int(plan_id)


def open_stored(connection: Connection, plan_id: int) -> None:
    """Give a plan that is stored with its grids, and has never been in force, a working copy."""
    for query in (
        'INSERT INTO draft (plan_id, settled, origin) VALUES (:plan, 0, \'{"kind": "stored"}\')',
        "INSERT INTO draft_grid (plan_id, code, name_zh, name_en, organisation_id)"
        " SELECT plan_id, code, name_zh, name_en, organisation_id FROM grid WHERE plan_id = :plan",
        "INSERT INTO draft_unit (plan_id, unit_id, grid_code) SELECT gu.plan_id, unit_id, code"
        " FROM grid_unit AS gu JOIN grid AS g ON g.id = grid_id WHERE gu.plan_id = :plan",
    ):
        connection.execute(text(query), {"plan": plan_id})


def write(connection: Connection, plan_id: int, delta: Delta) -> None:
    """Change the working copy. Raises ForbiddenError `outside-scope` where row security keeps a
    unit or grid from the caller."""
    named = {"plan": plan_id}
    kept = [(code, state) for code, (_, state) in delta.grids.items() if state is not None]
    if kept:
        _put_grids(connection, plan_id, kept)
    if delta.gone:
        query = "DELETE FROM draft_unit WHERE plan_id = :plan AND unit_id = ANY (:units)"
        _done(connection, query, len(delta.gone), **named, units=list(delta.gone))
    if delta.come:
        _add_units(connection, plan_id, delta.come)
    if delta.moves:
        query = """
          UPDATE draft_unit AS u SET grid_code = n.code
          FROM unnest(cast(:units AS bigint[]), cast(:codes AS text[])) AS n (unit_id, code)
          WHERE u.plan_id = :plan AND u.unit_id = n.unit_id
        """
        codes = [code for _, code in delta.moves.values()]
        _done(connection, query, len(codes), **named, units=list(delta.moves), codes=codes)
    if delta.marks:
        query = """
          UPDATE draft_unit AS u SET pinned = n.pinned, together = n.together
          FROM unnest(cast(:units AS bigint[]), cast(:pinned AS boolean[]),
                      cast(:together AS int[])) AS n (unit_id, pinned, together)
          WHERE u.plan_id = :plan AND u.unit_id = n.unit_id
        """
        marks = [mark for _, mark in delta.marks.values()]
        _done(
            connection, query, len(marks), **named, units=list(delta.marks),
            pinned=[mark.pinned for mark in marks], together=[mark.together for mark in marks],
        )  # fmt: skip
    gone = [code for code, (_, state) in delta.grids.items() if state is None]
    if gone:
        query = "DELETE FROM draft_grid WHERE plan_id = :plan AND code = ANY (:codes)"
        _done(connection, query, len(gone), **named, codes=gone)


def record(
    connection: Connection,
    plan_id: int,
    number: int,
    *,
    key: UUID,
    actor: str,
    account_id: int | None,
    kind: str,
    params: Mapping[str, Any],
    delta: Delta,
    undoes: int | None = None,
) -> None:
    """Add an operation to the history of a draft, which is at its number from now on."""
    connection.execute(
        text(
            "INSERT INTO draft_operation (plan_id, number, key, at, actor, account_id, kind,"
            " params, delta, undoes) VALUES (:plan, :number, :key, clock_timestamp(), :actor,"
            " :account, :kind, cast(:params AS jsonb), cast(:delta AS jsonb), :undoes)"
        ),
        {
            "plan": plan_id, "number": number, "key": key, "actor": actor, "account": account_id,
            "kind": kind, "params": json.dumps(dict(params), ensure_ascii=False),
            "delta": json.dumps(delta.as_json(), ensure_ascii=False), "undoes": undoes,
        },
    )  # fmt: skip
    connection.execute(
        text("UPDATE draft SET version = :number, board = board + :cut WHERE plan_id = :plan"),
        {"plan": plan_id, "number": number, "cut": int(bool(delta.cuts))},
    )


def tell(connection: Connection, plan_id: int) -> None:
    """Let open pages know that something else of a draft has changed than an operation changes."""
    connection.execute(
        text(
            "SELECT pg_notify('wangge_draft', json_build_object('plan', plan_id, 'version',"
            " version, 'jurisdiction', jurisdiction_id, 'actor', current_actor())::text)"
            " FROM draft JOIN plan ON plan.id = plan_id WHERE plan_id = :plan"
        ),
        {"plan": plan_id},
    )


def note_undone(connection: Connection, plan_id: int, number: int, by: int | None) -> None:
    """Note on an operation which one took it back; None: it was done again."""
    connection.execute(
        text(
            "UPDATE draft_operation SET undone_by = :by WHERE plan_id = :plan AND number = :number"
        ),
        {"plan": plan_id, "number": number, "by": by},
    )


def _put_grids(
    connection: Connection, plan_id: int, grids: Sequence[tuple[str, GridState]]
) -> None:
    query = """
      INSERT INTO draft_grid (plan_id, code, name_zh, name_en, organisation_id, locked)
      SELECT :plan, n.* FROM unnest(cast(:codes AS text[]), cast(:zh AS text[]),
        cast(:en AS text[]), cast(:organisations AS bigint[]), cast(:locked AS boolean[])) AS n
      ON CONFLICT (plan_id, code) DO UPDATE SET name_zh = excluded.name_zh,
        name_en = excluded.name_en, organisation_id = excluded.organisation_id,
        locked = excluded.locked
    """
    values = {
        "plan": plan_id, "codes": [code for code, _ in grids],
        "zh": [one.name_zh for _, one in grids], "en": [one.name_en for _, one in grids],
        "organisations": [one.organisation_id for _, one in grids],
        "locked": [one.locked for _, one in grids],
    }  # fmt: skip
    connection.execute(text(query), values)


def _add_units(connection: Connection, plan_id: int, units: Mapping[int, UnitState]) -> None:
    query = """
      INSERT INTO draft_unit (plan_id, unit_id, grid_code, pinned, together)
      SELECT :plan, n.* FROM unnest(cast(:units AS bigint[]), cast(:codes AS text[]),
        cast(:pinned AS boolean[]), cast(:together AS int[])) AS n
    """
    values = {
        "plan": plan_id, "units": list(units), "codes": [one.grid for one in units.values()],
        "pinned": [one.pinned for one in units.values()],
        "together": [one.together for one in units.values()],
    }  # fmt: skip
    connection.execute(text(query), values)


def _done(connection: Connection, query: str, expected: int, **values: Any) -> None:
    """Row security leaves out, without a word, what the caller may not change."""
    if connection.execute(text(query), values).rowcount != expected:
        raise ForbiddenError("outside-scope")
