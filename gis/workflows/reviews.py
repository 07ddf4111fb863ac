"""A draft's road to publishing: sent for review, returned, approved, withdrawn, set a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Engine, text

from gis.errors import ConflictError, ForbiddenError, InputError, WanggeError
from gis.incidents.notices import Notice
from gis.store import audit, reviews, roll_back
from gis.store.engine import acting
from gis.store.plans_in_force import in_force
from gis.store.scope import Scope, scope_on
from gis.workflows import draft_check, publishing
from gis.workflows.notices import tell_all
from gis.workflows.publishing import Publication

Step = Literal["send", "approve", "return", "withdraw"]
State = Literal["draft", "discarded", "waiting", "approved", "published", "superseded"]
STEPS: Mapping[str, tuple[State, ...]] = {
    "send": ("draft",),
    "approve": ("waiting",),
    "return": ("waiting", "approved"),
    "withdraw": ("waiting", "approved"),
    "schedule": ("approved",),
    "publish": ("approved",),
}
PLANNER, LEADER = "planner", "leader"
WHO: Mapping[str, frozenset[str]] = {
    "send": frozenset({PLANNER}),
    "approve": frozenset({PLANNER, LEADER}),
    "return": frozenset({PLANNER, LEADER}),
    "withdraw": frozenset({PLANNER}),
    "schedule": frozenset({PLANNER}),
    "publish": frozenset({PLANNER}),
}
# What concerns the whole jurisdiction is decided by who is over the whole.
WHOLE = frozenset({"approve", "return", "schedule", "publish"})
LATEST = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a plan is on its road, and which steps whoever looks may take now; `why_not`: the code
    of what stands against each other step that its state allows."""

    plan_id: int
    state: State
    version: int
    review: Mapping[str, Any] | None
    schedule: Mapping[str, Any] | None
    may: tuple[str, ...]
    why_not: Mapping[str, str]
    in_force: int | None


def standing(connection: Connection, plan_id: int, *, actor: str) -> Standing:
    """Where a plan is, as whoever acts on the connection sees it. Raises NotFoundError."""
    plan = reviews.plan(connection, plan_id)
    review = reviews.last_review(connection, plan_id)
    state = _state(plan, review)
    may, why_not = [], {}
    for step, states in STEPS.items():
        first = step == "publish" and state == "draft"
        if state not in states and not first:
            continue
        if first and reviews.ever_in_force(connection, plan["jurisdiction_id"]):
            continue
        fault = _forbidden(connection, plan, review, step, actor)
        if fault is None:
            may.append(step)
        else:
            why_not[step] = fault
    return Standing(
        plan_id=plan_id,
        state=state,
        version=plan["version"],
        review=review,
        schedule=reviews.last_schedule(connection, plan_id),
        may=tuple(may),
        why_not=why_not,
        in_force=in_force(connection, plan["jurisdiction_id"]),
    )


def take_step(
    engine: Engine, plan_id: int, step: Step, *, actor: str, reason: str | None = None,
    of: int | None = None,
) -> None:  # fmt: skip
    """Send a draft for review, approve, return or withdraw it.

    Sending derives its grids and checks them; from then on it does not change. `of`: the review
    that the caller has looked at; a draft that was changed and sent again meanwhile is another one.
    Raises NotFoundError `plan-not-found`; ConflictError `review-not-now`, `review-sent-again`,
    `draft-check-failed`; ForbiddenError `review-needs-planner`, `review-needs-whole`,
    `review-own-draft`; InputError `review-reason-missing`.
    """
    if step == "return" and not reason:
        raise InputError("review-reason-missing", field="reason")
    with acting(engine, actor, action=step, reason=reason) as connection:
        plan, review = _held(connection, plan_id, step, actor)
        if of is not None and review is not None and step != "send" and review["id"] != of:
            raise ConflictError("review-sent-again", id=plan_id, by=review["sent_by"])
        account = _account(connection)
        if step == "send":
            _send(connection, plan, actor, account, reason)
        elif review is not None:
            if step == "approve":
                reviews.approve(
                    connection, review["id"], actor=actor, account_id=account, remark=reason
                )
            else:
                _cancel(connection, plan_id, actor)
                how = "returned" if step == "return" else "withdrawn"
                reviews.end(connection, review, how, actor=actor, reason=reason)
        _tell(connection, plan, review, step, reason)
        audit.record(connection, f"plan-{step}", f"plan {plan_id}", {"reason": reason})


def schedule(
    engine: Engine, plan_id: int, at: datetime | None, *, instead_of: int | None, actor: str
) -> None:
    """Set the moment at which an approved draft is published, anew if it was set; None cancels.

    instead_of: the plan that the caller believes to be in force. Raises as `take_step`, and
    InputError `schedule-past`, `schedule-too-far`; ConflictError `plan-former-changed`,
    `schedule-none`.
    """
    with acting(engine, actor, action="schedule") as connection:
        plan, review = _held(connection, plan_id, "schedule", actor)
        now: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        former = in_force(connection, plan["jurisdiction_id"])
        if at is not None and at <= now:
            raise InputError("schedule-past", field="at")
        if at is not None and at > now + LATEST:
            raise InputError("schedule-too-far", field="at", days=LATEST.days)
        if instead_of is not None and instead_of != former:
            raise ConflictError("plan-former-changed", id=plan_id, expected=instead_of)
        cancelled = _cancel(connection, plan_id, actor)
        if at is None and not cancelled:
            raise ConflictError("schedule-none", id=plan_id)
        if at is not None and review is not None:
            reviews.schedule(
                connection, review, due_at=at, instead_of=former, actor=actor,
                account_id=_account(connection),
            )  # fmt: skip
        action = "plan-schedule" if at is not None else "plan-schedule-cancel"
        audit.record(connection, action, f"plan {plan_id}", {"at": at})


def go_back(
    engine: Engine, plan_id: int, *, name: str | None, reason: str, instead_of: int | None,
    actor: str,
) -> Publication:  # fmt: skip
    """Publish the plan before the one in force again, as a new plan with the same codes.

    It was approved when it was published, and needs no approval again. Posts and open incidents
    are handed over as with any plan, and posts that ended with it go on. Raises NotFoundError
    `plan-not-found`; ConflictError `roll-back-not-former`, `plan-former-changed`; ForbiddenError
    `review-needs-planner`, `review-needs-whole`; and what `publish_plan` does.
    """
    with acting(engine, actor, action="roll-back", reason=reason) as connection:
        plan = reviews.plan(connection, plan_id, hold=True)
        fault = _of_role(scope_on(connection), "publish")
        if fault is not None:
            raise ForbiddenError(fault)
        now, former = roll_back.former_of(connection, plan["jurisdiction_id"])
        if former != plan_id:
            raise ConflictError("roll-back-not-former", id=plan_id, former=former or "–")
        made = roll_back.copy(connection, plan_id, name=name or plan["name"], note=reason)
        done = publishing.publish_plan(
            connection, made, instead_of=instead_of or now, restoring=True
        )
        tell_published(connection, made, "rolled_back")
        return done


def publish(engine: Engine, plan_id: int, *, instead_of: int | None, actor: str) -> Publication:
    """Publish an approved draft at once. Raises what `publish_approved` does, and ForbiddenError
    `review-needs-whole`."""
    with acting(engine, actor, action="publish") as connection:
        plan = reviews.plan(connection, plan_id, hold=True)
        fault = _of_role(scope_on(connection), "publish")
        if fault is not None and plan["status"] in ("draft", "in_review"):
            raise ForbiddenError(fault)
        done = publishing.publish_approved(connection, plan_id, instead_of=instead_of)
        tell_published(connection, plan_id, "now")
        return done


def tell_published(connection: Connection, plan_id: int, how: str) -> None:
    """Tell planners and leaders of a jurisdiction, and whoever sent the plan, that it is in force:
    published `now`, `on_time` or `rolled_back`."""
    plan = reviews.plan(connection, plan_id)
    sender = (reviews.last_review(connection, plan_id) or {}).get("sent_account_id")
    tell_all(connection, [_notice(plan, "plan_published", {"how": how}, _accounts(sender))])


def tell_failed(
    connection: Connection, plan_id: int, schedule: Mapping[str, Any], error: WanggeError
) -> None:
    """Tell planners and leaders, and whoever set the time, that a plan was not published and why.

    The sentence is made when it is read, in the reader's language: `fault` is the code of it."""
    plan = reviews.plan(connection, plan_id)
    params = {"fault": error.code, "fault_params": _plain(error.params)}
    told = _notice(plan, "plan_schedule_failed", params, _accounts(schedule["account_id"]))
    tell_all(connection, [told])


def _state(plan: Mapping[str, Any], review: Mapping[str, Any] | None) -> State:
    status: str = plan["status"]
    if status == "in_review":
        return "approved" if review is not None and review["approved_at"] else "waiting"
    if status == "draft":
        return "discarded" if plan["discarded_at"] is not None else "draft"
    return "published" if status == "published" else "superseded"


def _held(
    connection: Connection, plan_id: int, step: str, actor: str
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """A plan that nobody else changes, and its last review, if this step can be taken now."""
    plan = reviews.plan(connection, plan_id, hold=True)
    review = reviews.last_review(connection, plan_id)
    state = _state(plan, review)
    if state not in STEPS[step]:
        raise ConflictError("review-not-now", id=plan_id, step=step, state=state)
    fault = _forbidden(connection, plan, review, step, actor)
    if fault is not None:
        raise ForbiddenError(fault, id=plan_id)
    return plan, review


def _forbidden(
    connection: Connection,
    plan: Mapping[str, Any],
    review: Mapping[str, Any] | None,
    step: str,
    actor: str,
) -> str | None:
    """The code of why somebody may not take a step that the state allows."""
    scope = scope_on(connection)
    fault = _of_role(scope, step)
    if fault is not None:
        return fault
    if scope is not None and not (scope.whole or scope.everything):
        # Of a part: the own drafts only, as with all that concerns the whole of one.
        return None if plan["maker_id"] == scope.account_id else "draft-not-yours"
    if step != "approve":
        return None
    account = _account(connection)
    sent = review is not None and (
        review["sent_by"] == actor or (account is not None and review["sent_account_id"] == account)
    )
    if sent or reviews.edited(connection, plan["id"], actor=actor, account_id=account):
        return "review-own-draft"
    return None


def _of_role(scope: Scope | None, step: str) -> str | None:
    """What of the role or of the place in the tree stands against a step. The owner of the
    machine, without a scope, may take each."""
    if scope is None:
        return None
    if scope.roles.isdisjoint(WHO[step]):
        return "review-needs-planner"
    if step in WHOLE and not (scope.whole or scope.everything):
        return "review-needs-whole"
    return None


def _send(
    connection: Connection, plan: Mapping[str, Any], actor: str, account: int | None,
    note: str | None,
) -> None:  # fmt: skip
    publishing.settled(connection, plan["id"])
    # Counts of the whole, also for who sees a part: what cannot be published is not sent.
    faults = [one for one in draft_check.check(connection, plan["id"]) if one.severity == "error"]
    if faults:
        raise ConflictError(
            "draft-check-failed", id=plan["id"], count=len(faults), first=faults[0].code
        )
    version = reviews.plan(connection, plan["id"])["version"]
    reviews.send(
        connection, plan["id"], version=version, actor=actor, account_id=account, note=note
    )


def _cancel(connection: Connection, plan_id: int, actor: str) -> bool:
    """Cancel the open set time of a plan, if there is one."""
    open_one = reviews.last_schedule(connection, plan_id)
    if open_one is None or open_one["ended_at"] is not None:
        return False
    reviews.end_schedule(connection, open_one["id"], "cancelled", actor=actor)
    return True


def _tell(
    connection: Connection,
    plan: Mapping[str, Any],
    review: Mapping[str, Any] | None,
    step: str,
    reason: str | None,
) -> None:
    if step == "send":
        told = _notice(plan, "plan_review_asked", {"reason": reason or "none"}, ())
    elif step in ("approve", "return") and review is not None:
        params = {"decision": step, "reason": reason or "none"}
        accounts = _accounts(review["sent_account_id"])
        told = _notice(plan, "plan_review_decided", params, accounts, desks=False)
    else:
        return
    tell_all(connection, [told])


def _notice(
    plan: Mapping[str, Any],
    kind: str,
    params: Mapping[str, Any],
    accounts: tuple[int, ...],
    *,
    desks: bool = True,
) -> Notice:
    return Notice(
        kind=kind,
        organisations=(plan["jurisdiction_id"],) if desks else (),
        accounts=accounts,
        params={"plan": plan["id"], "name": plan["name"], **params},
    )


def _accounts(*given: int | None) -> tuple[int, ...]:
    return tuple(one for one in given if one is not None)


def _account(connection: Connection) -> int | None:
    scope = scope_on(connection)
    return None if scope is None else scope.account_id


def _plain(params: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value if isinstance(value, str | int | float | bool) else str(value)
        for name, value in params.items()
    }
