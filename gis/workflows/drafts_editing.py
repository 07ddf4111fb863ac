"""One operation on a draft: applied, recorded and told in one transaction, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine

from gis.errors import ConflictError, InputError
from gis.planning.editing.rules import check
from gis.store import drafts, drafts_writing
from gis.store.drafts_cutting import store_pieces
from gis.store.engine import acting
from gis.store.scope import scope_on
from gis.store.unit_edges import renew_edges
from gis.workflows import drafts_cutting, drafts_kinds, drafts_pulling, drafts_steps
from gis.workflows.boards import Boards
from gis.workflows.drafts_desk import Asked, Change, Desk, Params

KINDS: dict[str, Callable[[Desk, Params], Change]] = {
    "assign": drafts_kinds.assign,
    "cut": drafts_cutting.cut,
    "pull": drafts_pulling.pull,
    "merge": drafts_kinds.merge,
    "new_grid": drafts_kinds.new_grid,
    "delete_grid": drafts_kinds.delete_grid,
    "repair": drafts_kinds.repair,
    "lock": drafts_kinds.lock,
    "pin": drafts_kinds.pin,
    "together": drafts_kinds.together,
    "rename": drafts_kinds.rename,
    "take": drafts_kinds.take,
    "restore": drafts_steps.restore,
    "undo": drafts_steps.undo,
    "redo": drafts_steps.redo,
}


def operate(
    engine: Engine, plan_id: int, asked: Asked, *, boards: Boards | None = None
) -> dict[str, Any]:
    """Do an operation on a draft; gives it as it is stored. The same key again gives the same.

    Raises NotFoundError `draft-not-found`; ConflictError `draft-key-taken`, `draft-units-moved`,
    `draft-grids-changed`, `draft-undo-overtaken` and what `gis.store.drafts.hold`,
    `gis.planning.editing.rules.check` and the operations themselves raise; InputError
    `draft-nothing-changed`, `draft-base-unknown`.
    """
    with acting(engine, asked.actor, action=asked.kind) as connection:
        # What was done is told again whatever has become of the draft; and of two who send the
        # same at once, the second sees it once the first is done.
        if (sent := _sent(connection, plan_id, asked)) is not None:
            return sent
        held = drafts.hold(connection, plan_id)
        if (sent := _sent(connection, plan_id, asked)) is not None:
            return sent
        if asked.base > held.version:
            raise InputError("draft-base-unknown", base=asked.base, version=held.version)
        scope = scope_on(connection)
        below = None if scope is None else scope.below
        desk = Desk(connection=connection, held=held, asked=asked, below=below, boards=boards)
        return _applied(desk, KINDS[asked.kind](desk, asked.params))


def _sent(connection: Connection, plan_id: int, asked: Asked) -> dict[str, Any] | None:
    """The operation of a key, if there is one. Raises ConflictError `draft-key-taken` where the key
    was sent with something else."""
    sent = drafts.by_key(connection, plan_id, asked.key)
    if sent is None:
        return None
    params = json.loads(json.dumps(asked.params))
    if (sent["account_id"], sent["kind"], sent["params"]) != (
        asked.account_id, asked.kind, params,
    ):  # fmt: skip
        raise ConflictError("draft-key-taken")
    return sent


def _applied(desk: Desk, change: Change) -> dict[str, Any]:
    connection, plan_id, asked = desk.connection, desk.plan_id, desk.asked
    if not change.delta:
        raise InputError("draft-nothing-changed")
    check(change.working, change.delta, below=desk.below)
    if change.cut.pieces:
        of, pieces = desk.held.jurisdiction_id, change.cut.pieces
        store_pieces(connection, of, pieces, change.cut.corners)
        renew_edges(connection, of, [piece.id for piece in pieces])
    drafts_writing.write(connection, plan_id, change.delta)
    number = desk.held.version + 1
    drafts_writing.record(
        connection, plan_id, number, key=asked.key, actor=asked.actor,
        account_id=asked.account_id, kind=asked.kind, params=asked.params, delta=change.delta,
        undoes=change.undoes,
    )  # fmt: skip
    if change.undoes is not None:
        drafts_writing.note_undone(connection, plan_id, change.undoes, number)
    if change.redone is not None:
        drafts_writing.note_undone(connection, plan_id, change.redone, None)
    return drafts.operation(connection, plan_id, number)
