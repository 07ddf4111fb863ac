"""The life of a case: one table of every step, who may take it, what it needs and what it turns.

A case always has one thing to be done next, its *task*; each task belongs to a stage of the
national procedure. Whoever has the task in hand is the case's lead hand; departments that assist
have hands of their own. `allowed` tells what somebody may do with a case, `check` refuses the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from gis.errors import ConflictError, ForbiddenError, InputError

# What is to be done next, and the stage that a case is in meanwhile.
TASK_STAGE = {
    "verify_report": "collected",
    "register": "collected",
    "dispatch": "registered",
    "handle": "dispatched",
    "feed_back": "handled",
    "verify_result": "fed_back",
    "close": "fed_back",
    "evaluate": "closed",
    "rest": "evaluated",
}
OPEN_TASKS = frozenset(TASK_STAGE) - {"evaluate", "rest"}
# Those that the desk of a centre has in hand; the others are with people in grids and departments.
DESK_TASKS = frozenset({"register", "dispatch", "verify_result", "close"})

Clock = Literal["start", "stop", "pause", "resume", "extend", "keep"]
# holder: has the case in hand, or is the desk over whoever has. assistant: has a part in hand.
# over: is the desk, or the leader, at or above where the case is. above: may decide what was asked.
Who = Literal["holder", "assistant", "over", "above", "anyone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One row of the table. `to_task` None: the task stays; `verdict`: only with this answer."""

    action: str
    from_tasks: frozenset[str]
    to_task: str | None = None
    roles: frozenset[str]
    who: Who = "holder"
    needs: frozenset[str] = frozenset()
    clock: Clock = "keep"
    verdict: bool | None = None
    dismissed: bool = False
    not_handler: bool = False
    while_parked: bool = False
    asks: str | None = None
    decides: str | None = None

    @property
    def from_stages(self) -> frozenset[str]:
        return frozenset(TASK_STAGE[task] for task in self.from_tasks)

    @property
    def to_stage(self) -> str | None:
        return None if self.to_task is None else TASK_STAGE[self.to_task]


def _row(
    action: str, tasks: str, to_task: str | None, roles: str, needs: str = "", **more: object
) -> Transition:
    from_tasks = OPEN_TASKS if tasks == "open" else frozenset(tasks.split())
    return Transition(
        action=action,
        from_tasks=from_tasks,
        to_task=to_task,
        roles=frozenset(roles.split()),
        needs=frozenset(needs.split()),
        **more,  # type: ignore[arg-type]
    )


FIELD = "grid_worker department dispatcher"
CENTRE = "dispatcher leader"
STAFF = f"{FIELD} leader"
TRANSITIONS: tuple[Transition, ...] = (
    # On-site check of what the public reports, before it is registered.
    _row("verify_report", "verify_report", "register", "grid_worker dispatcher", "verdict",
         verdict=True),
    _row("verify_report", "verify_report", "register", "grid_worker dispatcher", "verdict reason",
         verdict=False),
    _row("recheck", "register", "verify_report", "dispatcher", "reason", who="over"),
    _row("register", "register", "dispatch", "dispatcher", who="over", clock="start"),
    _row("reject", "verify_report register dispatch", "evaluate", "dispatcher", "reason",
         who="over", clock="stop"),
    _row("dispatch", "dispatch", "handle", "dispatcher", who="over", clock="start"),
    _row("accept", "handle", None, FIELD),
    _row("return", "handle", "dispatch", FIELD, "reason", clock="start"),
    _row("redispatch", "handle feed_back", "handle", "dispatcher", "target reason",
         who="over", clock="start"),
    _row("split", "dispatch handle", "handle", "dispatcher", "target", who="over", clock="start"),
    _row("finish_part", "handle", None, FIELD, "result", who="assistant"),
    _row("return_part", "handle", None, FIELD, "reason", who="assistant"),
    _row("handle", "handle", "feed_back", FIELD, "result photo", clock="start"),
    _row("feed_back", "feed_back", "verify_result", FIELD, "result", clock="start"),
    # By somebody other than who handled it.
    _row("verify_result", "verify_result", "close", "grid_worker dispatcher leader", "verdict",
         who="anyone", not_handler=True, verdict=True),
    _row("verify_result", "verify_result", "handle", "grid_worker dispatcher leader",
         "verdict reason", who="anyone", not_handler=True, verdict=False, clock="start"),
    _row("close", "close", "evaluate", "dispatcher", who="over", clock="stop"),
    _row("evaluate", "evaluate", "rest", "dispatcher reporter", "satisfaction", who="anyone"),
    _row("reopen", "evaluate rest", "dispatch", "dispatcher leader reporter", "reason",
         who="anyone", clock="start"),
    _row("reopen", "evaluate rest", "register", "dispatcher leader reporter", "reason",
         who="anyone", clock="start", dismissed=True),
    # What takes longer, asked for and decided above whoever asks.
    _row("extend", "handle feed_back", None, FIELD, "reason until", asks="extend"),
    _row("approve_extension", "handle feed_back", None, CENTRE, who="above", clock="extend",
         decides="extend"),
    _row("refuse_extension", "handle feed_back", None, CENTRE, "reason", who="above",
         decides="extend"),
    _row("park", "dispatch handle", None, FIELD, "reason until", asks="park"),
    _row("approve_parking", "dispatch handle", None, CENTRE, who="above", clock="pause",
         decides="park"),
    _row("refuse_parking", "dispatch handle", None, CENTRE, "reason", who="above",
         decides="park"),
    _row("resume", "dispatch handle", None, f"{STAFF} system", clock="resume", while_parked=True),
    _row("merge", "verify_report register dispatch handle feed_back", "evaluate", "dispatcher",
         "target reason", who="over", clock="stop"),
    _row("supervise", "open", None, CENTRE, "reason until", who="over", while_parked=True),
    _row("escalate", "open", None, f"{STAFF} system", "reason"),
    _row("note", "open evaluate rest".replace("open", " ".join(sorted(OPEN_TASKS))), None,
         f"{STAFF} reporter", "reason", who="anyone", while_parked=True),
)  # fmt: skip
ACTIONS = tuple(dict.fromkeys(row.action for row in TRANSITIONS))
# The first of these that is allowed is what comes next.
NEXT = (
    "approve_extension", "approve_parking", "verify_report", "register", "dispatch", "accept",
    "finish_part", "handle", "feed_back", "verify_result", "close", "evaluate", "reject", "resume",
)  # fmt: skip
SATISFACTION = ("satisfied", "fair", "dissatisfied")
RANK = {"dispatcher": 1, "leader": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Doer:
    """Who takes a step, in which roles. `code`: the organisation's place in the tree, where codes
    begin with those above; of a department that of the organisation it belongs to."""

    actor: str
    roles: frozenset[str]
    person_id: int | None = None
    organisation_id: int | None = None
    organisation_kind: str | None = None
    code: str = ""

    @property
    def rank(self) -> int:
        return max((RANK.get(role, 0) for role in self.roles), default=0)


SYSTEM = Doer(actor="system", roles=frozenset({"system"}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Who has a task in hand. `level`: 3 grid, 2 community, 1 sub-district, 0 district, -1 city;
    `code` as of a `Doer`."""

    hand_id: int
    task: str
    level: int
    code: str
    organisation_id: int | None = None
    person_id: int | None = None
    accepted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked of those above and is not decided: `extend` or `park`."""

    kind: str
    asked_by: str
    code: str
    rank: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseState:
    """All of a case that a step may depend on.

    refuted: the last on-site check did not find what was reported. handlers, handler_people: the
    names and people that had the handling of it. at_top: there is no level above the lead hand.
    """

    task: str
    lead: Holding | None = None
    assisting: tuple[Holding, ...] = ()
    parked: bool = False
    dismissed: bool = False
    refuted: bool = False
    photo_wanted: bool = False
    at_top: bool = False
    handlers: frozenset[str] = frozenset()
    handler_people: frozenset[int] = frozenset()
    asked: Asked | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a case goes: an organisation, a person, or (merging) another case; `assisting`: the
    organisations that have a part in it."""

    organisation_id: int | None = None
    person_id: int | None = None
    incident_id: int | None = None
    assisting: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step as it is asked for. `verdict`: what a check found."""

    action: str
    reason: str | None = None
    result: str | None = None
    verdict: bool | None = None
    satisfaction: str | None = None
    until: datetime | None = None
    target: Target = field(default_factory=Target)
    photo_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """An action that somebody may take now, what it needs, and whether it is what comes next."""

    action: str
    needs: tuple[str, ...]
    primary: bool


def allowed(case: CaseState, doer: Doer) -> list[Allowed]:
    """What somebody may do with a case now, in the order of the table."""
    found: dict[str, frozenset[str]] = {}
    for row in TRANSITIONS:
        if _refusal(case, doer, row) is None:
            needs = row.needs - ({"photo"} if not case.photo_wanted else set())
            # A reason that only one of two answers needs is asked for with that answer.
            found[row.action] = found.get(row.action, needs) & needs
    first = next((action for action in NEXT if action in found), None)
    return [
        Allowed(action=action, needs=tuple(sorted(needs)), primary=action == first)
        for action, needs in found.items()
    ]


def check(case: CaseState, doer: Doer, step: Step, *, now: datetime) -> Transition:
    """The row of the table that a step follows, when nothing stands against it.

    Raises InputError (`step-unknown`, `step-needs-…`, `step-until-past`), ForbiddenError
    (`step-role`, `step-not-in-hand`, `step-by-handler`, `step-not-above`), ConflictError
    (`step-not-now`, `step-parked`, `step-refuted`, `step-parts-open`, `step-asked-already`,
    `step-nothing-asked`, `step-at-top`, `step-accepted`).
    """
    rows = [row for row in TRANSITIONS if row.action == step.action]
    if not rows:
        raise InputError("step-unknown", action=step.action, field="action")
    refusals = [(row, _refusal(case, doer, row)) for row in rows]
    fitting = [row for row, refusal in refusals if refusal is None]
    if not fitting:
        raise min((refusal for _, refusal in refusals if refusal), key=_how_far)
    row = fitting[0]
    if "verdict" in row.needs:
        if step.verdict is None:
            raise InputError("step-needs-verdict", action=step.action, field="verdict")
        row = next(one for one in fitting if one.verdict == step.verdict)
    _require(row, case, step, now)
    return row


def _how_far(refusal: Exception) -> int:
    """What tells most comes first: of two rows of an action, the one that the case is nearer to."""
    return 1 if getattr(refusal, "code", "") == "step-not-now" else 0


def _require(row: Transition, case: CaseState, step: Step, now: datetime) -> None:
    given = {
        "reason": bool((step.reason or "").strip()),
        "result": bool((step.result or "").strip()),
        "photo": bool(step.photo_ids) or not case.photo_wanted,
        "until": step.until is not None,
        "satisfaction": step.satisfaction in SATISFACTION,
        "verdict": True,
        "target": step.target != Target(),
    }
    for need in sorted(row.needs):
        if not given[need]:
            raise InputError(f"step-needs-{need}", action=step.action, field=need)
    if step.until is not None and step.until <= now:
        raise InputError("step-until-past", field="until")
    if row.action == "merge" and step.target.incident_id is None:
        raise InputError("step-needs-target", action=step.action, field="target")
    if row.action == "split" and not step.target.assisting:
        raise InputError("step-needs-parts", field="target")


def _refusal(
    case: CaseState, doer: Doer, row: Transition
) -> InputError | ConflictError | ForbiddenError | None:
    """What stands against somebody's taking a step of a case, whatever is given with it."""
    about = {"action": row.action, "stage": TASK_STAGE[case.task]}
    if not (doer.roles & row.roles):
        return ForbiddenError("step-role", **about)
    if (
        case.task not in row.from_tasks
        or (row.action == "reopen")
        and (row.dismissed != case.dismissed)
    ):
        return ConflictError("step-not-now", **about)
    if not _is_placed(case, doer, row):
        code = "step-not-above" if row.who == "above" and case.asked else "step-not-in-hand"
        if not (row.who == "above" and case.asked is None):
            return ForbiddenError(code, **about)
    if row.not_handler and (
        doer.actor in case.handlers
        or (doer.person_id is not None and doer.person_id in case.handler_people)
    ):
        return ForbiddenError("step-by-handler", **about)
    code = _in_the_way(case, row)
    return ConflictError(code, **about) if code else None


def _in_the_way(case: CaseState, row: Transition) -> str | None:
    """What of the case itself stands against a step."""
    pending = case.asked.kind if case.asked else None
    faults = (
        ("step-parked", case.parked and not row.while_parked),
        ("step-not-parked", row.action == "resume" and not case.parked),
        ("step-refuted", row.action == "register" and case.refuted),
        ("step-parts-open", row.action == "handle" and bool(case.assisting)),
        ("step-asked-already", row.asks is not None and pending is not None),
        ("step-nothing-asked", row.decides is not None and pending != row.decides),
        ("step-at-top", row.action == "escalate" and case.at_top),
        ("step-accepted", row.action == "accept" and case.lead is not None and case.lead.accepted),
    )
    return next((code for code, hit in faults if hit), None)


def _is_placed(case: CaseState, doer: Doer, row: Transition) -> bool:
    """Whether somebody stands where a step is taken."""
    if row.who == "anyone" or "system" in doer.roles & row.roles:
        return True
    if row.who == "above":
        return case.asked is not None and is_above(doer, case.asked)
    if row.who == "assistant":
        return any(_holds(doer, part) or _is_over(doer, part) for part in case.assisting)
    if case.lead is None:
        return False
    if row.who == "over":
        return _is_over(doer, case.lead)
    return _holds(doer, case.lead) or _is_over(doer, case.lead)


def own_part(case: CaseState, doer: Doer, organisation_id: int | None = None) -> Holding:
    """The assisting hand that somebody speaks for: their own, or, from the desk over it, that of
    the organisation named. Raises ForbiddenError `step-not-in-hand`, InputError."""
    for part in case.assisting:
        if _holds(doer, part):
            return part
    under = [part for part in case.assisting if _is_over(doer, part)]
    if len(under) > 1 and organisation_id is not None:
        under = [part for part in under if part.organisation_id == organisation_id]
    if len(under) != 1:
        raise InputError("step-needs-part", field="target")
    return under[0]


def _holds(doer: Doer, holding: Holding) -> bool:
    if doer.person_id is not None and doer.person_id == holding.person_id:
        return True
    return (
        doer.organisation_id is not None
        and doer.organisation_id == holding.organisation_id
        and "department" in doer.roles
    )


def _is_over(doer: Doer, holding: Holding) -> bool:
    """Whether somebody sits at the desk of, or leads, the place where a hand is or one above."""
    return doer.rank > 0 and bool(doer.code) and holding.code.startswith(doer.code)


def is_above(doer: Doer, asked: Asked) -> bool:
    """Whether somebody may decide what was asked: never who asked; from above in the tree, or in
    the same organisation with the higher rank, leaders among themselves."""
    if doer.actor == asked.asked_by or not doer.code or not asked.code.startswith(doer.code):
        return False
    if len(doer.code) < len(asked.code):
        return doer.rank > 0
    return doer.rank > asked.rank or doer.rank == asked.rank == RANK["leader"]


def level_of_code(code: str) -> int:
    """The level of a place in the tree by its code: 3 for a grid's 15 digits to -1 for a city's."""
    return {15: 3, 12: 2, 9: 1, 6: 0}.get(len(code), -1)


def code_at_level(code: str, level: int) -> str:
    """The beginning of a code that names the place above it at a level."""
    return code[: {3: 15, 2: 12, 1: 9, 0: 6, -1: 4}[level]]


def first_task(stage: str) -> str:
    """What is to be done next with a case that came in at a stage."""
    order: Sequence[tuple[str, str]] = list(TASK_STAGE.items())
    return next(task for task, its in order if its == stage)


def needs_of(actions: Iterable[Allowed]) -> dict[str, tuple[str, ...]]:
    """What actions need, by action."""
    return {one.action: one.needs for one in actions}
