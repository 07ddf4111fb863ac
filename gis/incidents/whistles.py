"""Whistles (吹哨、报到): a sub-district calls departments to report in within a set time.

Who may call whom, what must be given, and how each of those called stands. The desk of the
sub-district, or one above it in its name, calls, records who arrives, and ends or cancels the
whistle; a department says that it comes, and that it has arrived.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from gis.errors import ConflictError, ForbiddenError, InputError
from gis.incidents.lifecycle import Doer

SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=7)
MOST_CALLED = 20

Standing = Literal["called", "coming", "arrived", "late", "absent", "released"]
Ending = Literal["done", "cancelled"]
# Of one of those called, and of the whole.
OF_A_CALL, OF_ALL = ("come", "arrive"), ("end", "cancel")
ACTIONS = (*OF_A_CALL, *OF_ALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A department that was called. `person`: whom it sends, where it has said so."""

    organisation_id: int
    person: str | None = None
    coming_at: datetime | None = None
    arrived_at: datetime | None = None
    absent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Whistle:
    """A whistle as its steps see it. `code`: the place in the tree of the sub-district."""

    code: str
    called_at: datetime
    due_at: datetime
    ended: Ending | None = None
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """A department that might be called; `above`: the code of the organisation it belongs to."""

    organisation_id: int
    kind: str
    above: str | None
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WhistleStep:
    """What somebody does about a whistle. `organisation_id`: which of those called it is about;
    `at`: when it arrived, if not now; `reason`: the result, or why it is cancelled."""

    action: str
    organisation_id: int | None = None
    person: str | None = None
    phone: str | None = None
    at: datetime | None = None
    reason: str | None = None


def may_call(doer: Doer, code: str) -> bool:
    """Whether somebody is a dispatcher or leader of a sub-district, or of the tree above it."""
    return (
        doer.rank > 0
        and doer.code is not None
        and doer.organisation_kind != "department"
        and code.startswith(doer.code)
    )


def check_call(
    doer: Doer, *, code: str, departments: Sequence[Department], due_at: datetime, now: datetime
) -> None:
    """Let pass a call that may be made; `code` is that of the sub-district in whose name.

    Raises ForbiddenError `whistle-not-yours`, InputError `whistle-needs-departments`,
    `whistle-departments-too-many`, `whistle-department-twice`, `whistle-department-unknown`,
    `whistle-time-short`, `whistle-time-long`.
    """
    if not may_call(doer, code):
        raise ForbiddenError("whistle-not-yours")
    if not departments:
        raise InputError("whistle-needs-departments", field="departments")
    if len(departments) > MOST_CALLED:
        raise InputError("whistle-departments-too-many", most=MOST_CALLED, field="departments")
    if len({one.organisation_id for one in departments}) < len(departments):
        raise InputError("whistle-department-twice", field="departments")
    for one in departments:
        # Its own departments, and those of the district and the city above it.
        near = one.above is not None and (code.startswith(one.above) or one.above.startswith(code))
        if one.kind != "department" or one.closed or not near:
            raise InputError(
                "whistle-department-unknown", id=one.organisation_id, field="departments"
            )
    if due_at - now < SHORTEST:
        raise InputError("whistle-time-short", field="until")
    if due_at - now > LONGEST:
        raise InputError("whistle-time-long", most=LONGEST.days, field="until")


def standing(whistle: Whistle, call: Call) -> Standing:
    """How one of those called stands. Whoever comes after the time has come late; nobody is absent
    before the time is up, nor when the whistle was over by then (`released`)."""
    if call.arrived_at is not None:
        return "late" if call.arrived_at > whistle.due_at else "arrived"
    if call.absent_at is not None:
        return "absent"
    if whistle.ended is not None:
        return "released"
    return "coming" if call.coming_at is not None else "called"


def all_there(whistle: Whistle) -> bool:
    """Whether everybody who was called has arrived."""
    return all(call.arrived_at is not None for call in whistle.calls)


def allowed(whistle: Whistle, doer: Doer, *, now: datetime) -> list[str]:
    """What somebody may do about the whistle as a whole."""
    if whistle.ended is not None or not may_call(doer, whistle.code):
        return []
    return ["end", "cancel"] if now < whistle.due_at else ["end"]


def allowed_of_call(whistle: Whistle, call: Call, doer: Doer) -> list[str]:
    """What somebody may say of one of those called: that it comes, or has arrived."""
    if whistle.ended is not None or call.arrived_at is not None or not _speaks(doer, whistle, call):
        return []
    return list(OF_A_CALL)


def check(whistle: Whistle, doer: Doer, step: WhistleStep, *, now: datetime) -> Call | None:
    """The one of those called that a step is about, None for the whole, if nothing stands against
    the step.

    Raises InputError (`whistle-step-unknown`, `whistle-not-called`, `whistle-needs-person`,
    `whistle-needs-result`, `whistle-needs-reason`, `whistle-arrival-outside`), ForbiddenError
    `whistle-not-yours`, ConflictError (`whistle-ended`, `whistle-arrived-already`,
    `whistle-time-up`).
    """
    if step.action not in ACTIONS:
        raise InputError("whistle-step-unknown", action=step.action, field="action")
    if step.action in OF_ALL:
        _check_whole(whistle, doer, step, now)
        return None
    call = _called(whistle, doer, step)
    if not _speaks(doer, whistle, call):
        raise ForbiddenError("whistle-not-yours")
    if whistle.ended is not None:
        raise ConflictError("whistle-ended")
    if call.arrived_at is not None:
        raise ConflictError("whistle-arrived-already")
    if not (step.person or "").strip() and not (step.action == "arrive" and call.person):
        raise InputError("whistle-needs-person", field="person")
    if step.at is not None:
        _check_moment(whistle, doer, step.at, now)
    return call


def _check_whole(whistle: Whistle, doer: Doer, step: WhistleStep, now: datetime) -> None:
    if not may_call(doer, whistle.code):
        raise ForbiddenError("whistle-not-yours")
    if whistle.ended is not None:
        raise ConflictError("whistle-ended")
    if not (step.reason or "").strip():
        need = "result" if step.action == "end" else "reason"
        raise InputError(f"whistle-needs-{need}", field="reason")
    # What has been counted is not undone by taking the call back.
    if step.action == "cancel" and now >= whistle.due_at:
        raise ConflictError("whistle-time-up")


def _check_moment(whistle: Whistle, doer: Doer, at: datetime, now: datetime) -> None:
    """Only whoever called may record an earlier arrival: a department would judge itself."""
    if not may_call(doer, whistle.code):
        raise ForbiddenError("whistle-not-yours")
    if not whistle.called_at <= at <= now:
        raise InputError("whistle-arrival-outside", field="at")


def _called(whistle: Whistle, doer: Doer, step: WhistleStep) -> Call:
    """The department that a step is about: the one named, or that of whoever takes the step."""
    wanted = step.organisation_id or doer.organisation_id
    for call in whistle.calls:
        if call.organisation_id == wanted:
            return call
    raise InputError("whistle-not-called", field="organisation_id")


def _speaks(doer: Doer, whistle: Whistle, call: Call) -> bool:
    if "department" in doer.roles and doer.organisation_id == call.organisation_id:
        return True
    return may_call(doer, whistle.code)
