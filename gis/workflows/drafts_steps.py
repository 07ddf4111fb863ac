"""Steps through the history of a draft: undo and redo of the own operations, back to a point."""

from __future__ import annotations

from gis.errors import ConflictError, InputError
from gis.planning.editing import operations as pure
from gis.planning.editing.delta import Delta
from gis.store import drafts
from gis.workflows.drafts_desk import Change, Desk, Params


def undo(desk: Desk, _: Params) -> Change:
    """Take back the caller's last operation that is not taken back."""
    asked = desk.asked
    done = drafts.last_done(desk.connection, desk.plan_id, asked.account_id, asked.actor)
    if done is None:
        raise ConflictError("draft-nothing-to-undo")
    return _again(desk, done.delta.swapped(), since=done.number, undoes=done.number)


def redo(desk: Desk, _: Params) -> Change:
    """Do again what the caller took back last."""
    asked = desk.asked
    done = drafts.last_undone(desk.connection, desk.plan_id, asked.account_id, asked.actor)
    if done is None or done.undone_by is None:
        raise ConflictError("draft-nothing-to-redo")
    undone_by = done.undone_by
    return _again(desk, done.delta, since=undone_by, undoes=undone_by, redone=done.number)


def restore(desk: Desk, params: Params) -> Change:
    """Bring the whole draft back to how it was after an operation; 0: as it was made."""
    to = params["to"]
    if to >= desk.held.version:
        raise InputError("draft-base-unknown", base=to, version=desk.held.version)
    desk.require_seen()
    working = desk.whole()
    deltas = (one["delta"] for one in drafts.deltas_after(desk.connection, desk.plan_id, to))
    return Change(working=working, delta=pure.wound_back(working, deltas))


def _again(
    desk: Desk, delta: Delta, *, since: int, undoes: int, redone: int | None = None
) -> Change:
    """A delta that was once made or taken back, where nobody has changed the same since."""
    working = desk.part_for(delta)
    units, codes = delta.conflicts(working)
    emptied = {code for code, (_, state) in delta.grids.items() if state is None}
    left = delta.apply(working)
    units += [unit for unit, state in left.units.items() if state.grid in emptied]
    codes += [code for code in emptied if left.children(code)]
    if units or codes:
        by = desk.who_changed(since, set(units), set(codes))
        raise ConflictError(
            "draft-undo-overtaken", by=by, data={"units": sorted(units), "grids": sorted(codes)}
        )
    return Change(working=working, delta=delta, undoes=undoes, redone=redone)
