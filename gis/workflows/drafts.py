"""Drafts made, from another plan or from given units and grids; renamed, discarded, taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Engine, text

from gis.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from gis.planning.balance import parse_balance
from gis.planning.editing.working import LEVEL_OF_DIGITS, GridState, UnitState, Working, above
from gis.store import audit, drafts, drafts_writing, known
from gis.store.drafts_writing import DraftGrid, NewDraft
from gis.store.engine import acting
from gis.store.scope import beyond, scope_on

STORED_UNITS = """
SELECT gu.unit_id, g.code FROM grid_unit AS gu JOIN grid AS g ON g.id = gu.grid_id
WHERE gu.plan_id = :plan
"""
COLUMNS = ("name", "note", "balance", "tolerance")
STORED_GRIDS = "SELECT code, name_zh, name_en, organisation_id FROM grid WHERE plan_id = :plan"


def make_draft(
    connection: Connection,
    *,
    jurisdiction_id: int,
    name: str,
    note: str | None,
    units: Mapping[int, str | None],
    grids: Sequence[DraftGrid],
    balance: str,
    tolerance: float,
    based_on_id: int | None,
    actor: str,
    account_id: int | None,
    kind: str,
    params: Mapping[str, Any],
) -> int:
    """Store a draft; gives its number. The transaction speaks in the actor's name (`acting`).

    `units`: the code of each unit's basic grid, or None; together they are a coverage. `grids`: of
    all three levels; `kind` and `params` say what it was made from. Raises NotFoundError
    `jurisdiction-not-found` where the caller may not act; InputError `draft-grid-unknown` for a
    unit or grid whose grid or parent is not given, `grid-code-duplicate`.
    """
    states = {unit: UnitState(grid=code) for unit, code in units.items()}
    return _add(
        connection,
        NewDraft(
            jurisdiction_id=jurisdiction_id, name=name, note=note, balance=balance,
            tolerance=tolerance, based_on_id=based_on_id,
            origin={"kind": kind, "params": dict(params), "account": account_id},
        ),
        states, grids, actor,
    )  # fmt: skip


def copy_plan(
    connection: Connection,
    plan_id: int,
    *,
    jurisdiction_id: int,
    name: str,
    note: str | None,
    actor: str,
    account_id: int | None,
    moved: Mapping[int, str] | None = None,
) -> int:
    """A draft that begins as another plan is now: one in force, one that was, or another draft with
    its locks, pins and groups. `moved`: units that begin in another grid of it, for practice.
    Raises NotFoundError `plan-not-found`."""
    known.require(connection, jurisdiction_id)
    plan = connection.execute(
        text("SELECT jurisdiction_id, balance, tolerance, effective FROM plan WHERE id = :id"),
        {"id": plan_id},
    ).one_or_none()
    if plan is None or plan.jurisdiction_id != jurisdiction_id:
        raise NotFoundError("plan-not-found", id=plan_id)
    working = working_of(connection, plan_id)
    if not working.units:
        raise InputError("draft-plan-without-units", id=plan_id)
    grids = [
        DraftGrid(
            code=code, name_zh=one.name_zh, name_en=one.name_en,
            organisation_id=one.organisation_id, locked=one.locked,
        )
        for code, one in working.grids.items()
    ]  # fmt: skip
    new = NewDraft(
        jurisdiction_id=jurisdiction_id, name=name, note=note, balance=plan.balance,
        tolerance=plan.tolerance, based_on_id=plan_id,
        origin={
            "kind": "plan", "params": {"plan": plan_id, **({"practice": True} if moved else {})},
            "account": account_id,
        },
    )  # fmt: skip
    units = dict(working.units)
    for unit, code in (moved or {}).items():
        units[unit] = replace(units[unit], grid=code)
    return _add(connection, new, units, grids, actor)


def working_of(connection: Connection, plan_id: int) -> Working:
    """Any plan as a working copy: a draft as it is now, another as it is stored, nothing marked."""
    status = connection.scalar(
        text(
            "SELECT p.effective IS NULL FROM draft AS d JOIN plan AS p ON p.id = d.plan_id"
            " WHERE d.plan_id = :plan"
        ),
        {"plan": plan_id},
    )
    if status:
        return drafts.whole(connection, plan_id)
    rows = connection.execute(text(STORED_UNITS), {"plan": plan_id})
    units = {row.unit_id: UnitState(grid=row.code) for row in rows}
    named = connection.execute(text(STORED_GRIDS), {"plan": plan_id})
    grids = {
        row.code: GridState(
            name_zh=row.name_zh, name_en=row.name_en, organisation_id=row.organisation_id
        )
        for row in named
    }
    return Working(units=units, grids=grids)


def change_draft(
    engine: Engine, plan_id: int, changed: Mapping[str, Any], *, actor: str
) -> dict[str, Any]:
    """Another name, note, balance or tolerance for a draft. Raises what `hold` does, and
    ForbiddenError `draft-not-yours`."""
    if "balance" in changed:
        parse_balance(changed["balance"])
    columns = [column for column in COLUMNS if column in changed]
    with acting(engine, actor, action="change") as connection:
        drafts.version(connection, plan_id)
        _hold_plan(connection, plan_id)
        drafts.hold(connection, plan_id)
        _require_owner(connection, plan_id, actor)
        if columns:
            former = drafts.draft(connection, plan_id)
            with beyond(connection):
                connection.execute(
                    text(
                        "UPDATE plan SET name = :name, note = :note, balance = :balance,"
                        " tolerance = :tolerance WHERE id = :id"
                    ),
                    {column: {**former, **changed}[column] for column in COLUMNS} | {"id": plan_id},
                )
                # Deviations and loads follow from them: what is derived is not any more.
                if {"balance", "tolerance"} & set(columns):
                    connection.execute(
                        text("UPDATE draft SET settled = -1 WHERE plan_id = :id"), {"id": plan_id}
                    )
                drafts_writing.tell(connection, plan_id)
        return drafts.draft(connection, plan_id)


def discard_draft(engine: Engine, plan_id: int, *, actor: str) -> None:
    """Put a draft aside. It can be taken back; again changes nothing."""
    _put_aside(engine, plan_id, actor, discarded=True)


def take_back_draft(engine: Engine, plan_id: int, *, actor: str) -> None:
    """Bring a discarded draft back as it was; again changes nothing."""
    _put_aside(engine, plan_id, actor, discarded=False)


def _put_aside(engine: Engine, plan_id: int, actor: str, *, discarded: bool) -> None:
    with acting(engine, actor) as connection:
        drafts.draft(connection, plan_id)
        _require_owner(connection, plan_id, actor)
        # Held first, then read: somebody may just be sending it for review.
        _hold_plan(connection, plan_id)
        row = connection.execute(
            text(
                "UPDATE draft SET discarded_at = CASE WHEN :discarded THEN clock_timestamp() END,"
                " discarded_by = CASE WHEN :discarded THEN :actor END FROM plan"
                " WHERE plan.id = plan_id AND plan_id = :id AND plan.status = 'draft'"
                " AND (discarded_at IS NULL) = :discarded RETURNING plan_id"
            ),
            {"id": plan_id, "discarded": discarded, "actor": actor},
        ).one_or_none()
        if row is not None:
            action = "draft-discard" if discarded else "draft-take-back"
            audit.record(connection, action, f"plan {plan_id}")
            return
        status = connection.scalar(text("SELECT status FROM plan WHERE id = :id"), {"id": plan_id})
        if status == "in_review":
            raise ConflictError("draft-in-review", id=plan_id)
        if status != "draft":
            raise ConflictError("draft-in-force", id=plan_id)


def _hold_plan(connection: Connection, plan_id: int) -> None:
    """Hold a plan before its draft, as whoever reviews and publishes it does."""
    with beyond(connection):
        connection.execute(
            text("SELECT FROM plan WHERE id = :id FOR NO KEY UPDATE"), {"id": plan_id}
        )


def _require_owner(connection: Connection, plan_id: int, actor: str) -> None:
    """Whoever works for a part of the jurisdiction decides on the own drafts only."""
    scope = scope_on(connection)
    if scope is None or scope.everything or scope.whole:
        return
    account = connection.scalar(
        text("SELECT (origin ->> 'account')::bigint FROM draft WHERE plan_id = :id"),
        {"id": plan_id},
    )
    if account != scope.account_id:
        raise ForbiddenError("draft-not-yours", id=plan_id)


def _add(
    connection: Connection,
    new: NewDraft,
    units: Mapping[int, UnitState],
    grids: Sequence[DraftGrid],
    actor: str,
) -> int:
    scope = scope_on(connection)
    if scope is not None and not (scope.desk and scope.acts_in(new.jurisdiction_id)):
        raise NotFoundError("jurisdiction-not-found", id=new.jurisdiction_id, field="jurisdiction")
    codes = {one.code for one in grids}
    if len(codes) < len(grids):
        twice = next(one.code for one in grids if [o.code for o in grids].count(one.code) > 1)
        raise InputError("grid-code-duplicate", code=twice)
    wanted = above(codes) | {one.grid for one in units.values() if one.grid is not None}
    missing = sorted(code for code in wanted - codes)
    malformed = sorted(code for code in codes if len(code) not in LEVEL_OF_DIGITS)
    if missing or malformed:
        raise InputError(
            "draft-grid-unknown", grids=", ".join((missing or malformed)[:5]),
            count=len(missing or malformed),
        )  # fmt: skip
    # Whoever may act in a jurisdiction may draw; what they may change of it is asked with each
    # operation. COPY knows no row security.
    with beyond(connection):
        return drafts_writing.add(connection, new, units, grids, actor)
