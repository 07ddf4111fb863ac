"""What a step that is allowed does: hands, approvals, clocks, photos, and the case itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, text

from gis.errors import ConflictError, InputError, NotFoundError
from gis.incidents.clocks import ClockEffect
from gis.incidents.lifecycle import CaseState, Doer, Step, own_part
from gis.incidents.transitions import DESK_TASKS, Transition
from gis.store import hands, photos
from gis.store.hands import Found, Holder
from gis.workflows import clocks, holders
from gis.workflows.holders import Whereabouts
from gis.workflows.locators import Locators
from gis.workflows.step_notices import tell_of_step

# How the lead hand ends by a step that ends it; `done` by all others.
ENDED = {
    "return": "returned", "redispatch": "redispatched", "split": "redispatched",
    "escalate": "escalated", "reject": "rejected", "merge": "merged", "recheck": "rechecked",
}  # fmt: skip
# Steps that give the case into another hand although the task stays the same.
HANDED_ON = frozenset({"redispatch", "split", "escalate"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Deed:
    """One step of one case under way."""

    connection: Connection
    of: Whereabouts
    state: CaseState
    row: Transition
    step: Step
    doer: Doer
    now: datetime
    main: Found | None

    @property
    def incident_id(self) -> int:
        return int(self.of.case["id"])


def carry_out(
    connection: Connection,
    locators: Locators,
    found: Found,
    state: CaseState,
    row: Transition,
    step: Step,
    doer: Doer,
    now: datetime,
    *,
    main: Found | None = None,
) -> None:
    """Do all that an allowed step does to a case whose row is locked. `main`: the case into which
    it is merged.

    Raises InputError `target-unknown`, `target-twofold`, `target-lead-part`, `photo-unknown`,
    `merge-itself`, `merge-dismissed`, `merge-closed`, `step-needs-part`, `extension-not-later`,
    NotFoundError `incident-not-found`, ConflictError `step-at-top`, `clock-none`.
    """
    if row.action == "resume" and found.case["parked_until"] is not None:
        # It rests no longer than was granted, however late somebody notices.
        now = min(now, found.case["parked_until"])
    of = Whereabouts(connection=connection, locators=locators, found=found, at=now)
    deed = _Deed(
        connection=connection, of=of, state=state, row=row, step=step, doer=doer, now=now, main=main
    )
    case = found.case
    changed: dict[str, Any] = {}
    if row.to_task is not None or row.action in HANDED_ON:
        changed |= _hand_on(deed)
    changed |= _particular(deed)
    due_at = _turn(deed)
    if due_at != case["due_at"]:
        changed["due_at"] = due_at
    if step.photo_ids:
        photos.attach(
            connection, deed.incident_id, step.photo_ids, stage=case["stage"], actor=doer.actor
        )
    told = _told(step, lapsed=found.asked["kind"] if found.asked and _lapses(deed) else None)
    connection.execute(
        text("SELECT set_config('wangge.data', :data, true)"),
        {"data": json.dumps({"step": told}, ensure_ascii=False) if told else ""},
    )
    hands.change_case(connection, deed.incident_id, changed)
    if row.action in ("close", "reject"):
        hands.tell_duplicates(
            connection, deed.incident_id, doer.actor,
            reason=step.reason if row.action == "reject" else None,
        )  # fmt: skip
    tell_of_step(connection, found, row, step, main=main)


def _lapses(deed: _Deed) -> bool:
    """Whether what was asked is void by this step: the case goes on, or it is asked anew. What was
    asked goes up with the case, to be decided there."""
    row = deed.row
    goes_on = row.to_task is not None or row.action in HANDED_ON
    return row.asks is not None or (goes_on and row.action != "escalate")


def _told(step: Step, *, lapsed: str | None) -> dict[str, Any]:
    """What the history keeps of a step beside its reason. `lapsed`: what was asked until then."""
    given: dict[str, Any] = {
        "lapsed": lapsed,
        "verdict": step.verdict,
        "until": step.until and step.until.isoformat(),
        "photos": list(step.photo_ids) or None,
        "organisation": step.target.organisation_id,
        "person": step.target.person_id,
        "main": step.target.incident_id,
        "assisting": list(step.target.assisting) or None,
        "reason": step.reason if step.result else None,
        "satisfaction": step.satisfaction,
    }
    return {name: value for name, value in given.items() if value is not None}


def _hand_on(deed: _Deed) -> dict[str, Any]:
    """End the lead hand and, while the case is open, give its task to whoever is next."""
    found, row, step = deed.of.found, deed.row, deed.step
    task = row.to_task or deed.state.task
    holder = _next(deed, task)
    assisting: list[Holder] = []
    if row.action == "split" and holder is not None:
        assisting = holders.parts(deed.of, step.target, lead=holder)
    how = ENDED.get(row.action, "done")
    if row.verdict is not None:
        how = "passed" if row.verdict else "failed"
    ending = [found.lead["id"]] if found.lead else []
    for one in found.assisting:
        # Whoever gets the whole by escalation has no part of it beside.
        own = holder is not None and holder.organisation_id == one["organisation_id"]
        if row.action != "escalate" or (own and one["organisation_id"] is not None):
            ending.append(one["id"])
    _end_hands(deed, ending, how)
    if found.asked is not None and _lapses(deed):
        _decide_asked(deed, "void")
    changed: dict[str, Any] = {}
    if row.to_stage is not None and row.to_stage != deed.of.case["stage"]:
        changed["stage"] = row.to_stage
    if holder is None:
        return changed
    give = partial(
        hands.give_hand, deed.connection, deed.incident_id, at=deed.now, by=deed.doer.actor,
        reason=step.reason,
    )  # fmt: skip
    give(task, holder)
    for part in assisting:
        give("handle", part, lead=False)
    if task not in DESK_TASKS:
        changed |= _answering(deed, holder)
    return changed


def _end_hands(deed: _Deed, hand_ids: Sequence[int], how: str) -> None:
    hands.end_hands(
        deed.connection, hand_ids, at=deed.now, by=deed.doer.actor,
        account_id=deed.doer.account_id, how=how,
    )  # fmt: skip


def _decide_asked(deed: _Deed, decision: str) -> None:
    """Note how what was asked ended; where nobody decided, by what the case went on."""
    asked = deed.of.found.asked
    assert asked is not None
    reason = deed.step.reason or (deed.step.result if decision == "void" else None)
    hands.decide(
        deed.connection, asked["id"], decision=decision, reason=reason, at=deed.now,
        by=deed.doer.actor,
    )  # fmt: skip


def _next(deed: _Deed, task: str) -> Holder | None:
    """Who has the case in hand after a step; None when it is closed."""
    of, action = deed.of, deed.row.action
    if task in ("evaluate", "rest"):
        return None
    if action == "escalate":
        return holders.one_up(of)
    if task in DESK_TASKS:
        return holders.desk(of)
    lead = of.found.lead
    if action == "handle" and lead is not None:
        return holders.same(lead)
    if action == "verify_result":
        last = [one for one in of.found.hands if one["task"] == "feed_back" and one["is_lead"]]
        return holders.again(of, last[-1]) if last else holders.owner(of)
    return holders.target(of, deed.step.target)


def _answering(deed: _Deed, holder: Holder) -> dict[str, Any]:
    """The columns of a case that say who answers for it, where they become others."""
    case = deed.of.case
    to_be = {
        "person_id": holder.person_id,
        "post_id": holder.post_id,
        "responsible_level": holder.level if holder.post_id is not None else None,
        "contact_id": holder.contact_id,
    }
    if deed.row.action == "handle":  # the same people as before
        return {}
    if holder.department:
        to_be["department_id"] = holder.organisation_id
    return {name: value for name, value in to_be.items() if value != case[name]}


def _particular(deed: _Deed) -> dict[str, Any]:
    """What only this action does; gives the columns that it changes."""
    case, row, step = deed.of.case, deed.row, deed.step
    connection, now = deed.connection, deed.now
    if row.action == "accept":
        lead = deed.of.found.lead
        assert lead is not None
        hands.accept_hand(
            connection, lead["id"], at=now, by=deed.doer.actor, account_id=deed.doer.account_id
        )
    elif row.action in ("finish_part", "return_part"):
        part = own_part(deed.state, deed.doer, step.target.organisation_id)
        how = "done" if row.action == "finish_part" else "returned"
        _end_hands(deed, [part.hand_id], how)
    elif row.asks is not None:
        _ask(deed)
    elif row.decides is not None:
        return _decide(deed)
    elif row.action == "resume":
        hands.end_rest(connection, deed.incident_id, now)
        return {"parked_until": None}
    elif row.action == "supervise":
        return {"supervised_until": step.until}
    elif row.action == "evaluate":
        return {"satisfaction": step.satisfaction}
    elif row.action == "reopen":
        return _reopened(deed)
    elif row.to_task == "evaluate":
        closed: dict[str, Any] = {"closed_at": max(now, case["reported_at"])}
        if case["parked_until"] is not None:
            closed["parked_until"] = None
        return closed | {"supervised_until": None} | _dismissed(deed)
    return {}


def _reopened(deed: _Deed) -> dict[str, Any]:
    back: dict[str, Any] = {"closed_at": None, "satisfaction": deed.step.satisfaction}
    return back | {"dismissed": None, "merged_into": None}


def _dismissed(deed: _Deed) -> dict[str, Any]:
    """How a case is closed that was not solved."""
    if deed.row.action == "reject":
        return {"dismissed": "rejected"}
    if deed.row.action != "merge":
        return {}
    into, main = deed.step.target.incident_id, deed.main
    if into == deed.incident_id:
        raise InputError("merge-itself", field="target")
    if main is None or main.case["jurisdiction_id"] != deed.of.case["jurisdiction_id"]:
        raise NotFoundError("incident-not-found", id=into)
    if main.case["dismissed"] is not None:
        raise InputError("merge-dismissed", id=into, field="target")
    if main.case["closed_at"] is not None:
        raise InputError("merge-closed", id=into, field="target")
    return {"dismissed": "merged", "merged_into": into}


def _ask(deed: _Deed) -> None:
    case, step = deed.of.case, deed.step
    lead = deed.state.lead
    if deed.row.asks == "extend":
        if case["due_at"] is None:
            raise ConflictError("clock-none")
        assert step.until is not None
        if step.until <= case["due_at"]:
            due = case["due_at"].isoformat(timespec="minutes")
            raise InputError("extension-not-later", due=due, field="until")
    if deed.of.found.asked is not None:
        _decide_asked(deed, "void")  # its moment has passed, or nothing could be asked
    # Whoever has no account in the tree, such as a person of a grid, stands where the case is.
    code = deed.doer.code if deed.doer.code is not None else (lead.code if lead else "")
    hands.ask(
        deed.connection, deed.incident_id, kind=deed.row.asks, until=step.until,
        reason=step.reason, at=deed.now, by=deed.doer.actor, account_id=deed.doer.account_id,
        code=code, rank=deed.doer.rank,
    )  # fmt: skip


def _decide(deed: _Deed) -> dict[str, Any]:
    asked = deed.of.found.asked
    assert asked is not None
    granted = deed.row.action.startswith("approve")
    _decide_asked(deed, "granted" if granted else "refused")
    return {"parked_until": asked["until"]} if granted and asked["kind"] == "park" else {}


def _turn(deed: _Deed) -> datetime | None:
    """Turn the clocks of the case; gives when it is due from now on."""
    row, asked = deed.row, deed.of.found.asked
    if row.clock == "keep":
        due: datetime | None = deed.of.case["due_at"]
        return due
    effect = ClockEffect(
        kind=row.clock,
        stage=(row.to_stage or deed.of.case["stage"]) if row.clock == "start" else None,
        until=asked["until"] if row.clock == "extend" and asked else None,
    )
    turned = clocks.turn(
        deed.connection, [deed.incident_id], effect, at=deed.now, actor=deed.doer.actor
    )
    return turned[deed.incident_id]
