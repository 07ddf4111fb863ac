"""The life of a case: what somebody may do with it now, by the table of transitions.

Whoever has the task of a case in hand is its lead hand; departments that assist have hands of their
own. `allowed` tells what somebody may do, `check` refuses the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from gis.errors import ConflictError, ForbiddenError, InputError
from gis.incidents.transitions import NEXT, TASK_STAGE, TRANSITIONS, Transition

SATISFACTION = ("satisfied", "fair", "dissatisfied")
RANK = {"dispatcher": 1, "leader": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Doer:
    """Who takes a step, in which roles. `code`: the organisation's place in the tree, where codes
    begin with those above; of a department that of the organisation it belongs to, of the whole
    installation the empty one; None is nowhere."""

    actor: str
    roles: frozenset[str]
    account_id: int | None = None
    person_id: int | None = None
    organisation_id: int | None = None
    organisation_kind: str | None = None
    code: str | None = None

    @property
    def key(self) -> str:
        """Who it is, by whatever name: the account, if there is one."""
        return key_of(self.account_id, self.actor)

    @property
    def rank(self) -> int:
        return max((RANK.get(role, 0) for role in self.roles), default=0)


def key_of(account_id: int | None, actor: str) -> str:
    """What tells one doer from another, and stays when an account is called otherwise."""
    return actor if account_id is None else f"account {account_id}"


SYSTEM = Doer(actor="system", roles=frozenset({"system"}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Who has a task in hand. `level`: 3 grid, 2 community, 1 sub-district, 0 district, -1 city;
    `code` as of a `Doer`; `raised`: it came here by escalation."""

    hand_id: int
    task: str
    level: int
    code: str
    organisation_id: int | None = None
    person_id: int | None = None
    accepted: bool = False
    raised: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked of those above and is not decided: `extend` or `park`. `asked_by`: the key of
    whoever asked; `past`: the moment asked for has passed meanwhile."""

    kind: str
    asked_by: str
    code: str
    rank: int
    until: datetime
    past: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseState:
    """All of a case that a step may depend on.

    refuted: the last on-site check did not find what was reported. handlers, handler_people: the
    keys and people that had the handling of it. at_top: there is no level above the lead hand.
    main_open: it was merged into a case that is not closed.
    """

    task: str
    lead: Holding | None = None
    assisting: tuple[Holding, ...] = ()
    parked: bool = False
    dismissed: bool = False
    refuted: bool = False
    photo_wanted: bool = False
    at_top: bool = False
    main_open: bool = False
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
            if row.who == "assistant" and _part_unsaid(case, doer):
                needs |= {"part"}
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
    `step-asked-past`, `step-nothing-asked`, `step-at-top`, `step-accepted`, `step-main-open`).
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
    if case.task not in row.from_tasks or (
        (row.action == "reopen") and (row.dismissed != case.dismissed)
    ):
        return ConflictError("step-not-now", **about)
    if not _is_placed(case, doer, row):
        code = "step-not-above" if row.who == "above" and case.asked else "step-not-in-hand"
        if not (row.who == "above" and case.asked is None):
            return ForbiddenError(code, **about)
    if row.not_handler and (
        doer.key in case.handlers
        or (doer.person_id is not None and doer.person_id in case.handler_people)
    ):
        return ForbiddenError("step-by-handler", **about)
    fault = _in_the_way(case, row)
    return ConflictError(fault, **about) if fault else None


def _in_the_way(case: CaseState, row: Transition) -> str | None:
    """What of the case itself stands against a step."""
    asked = case.asked
    pending = asked.kind if asked else None
    past = asked is not None and asked.past
    faults = (
        ("step-parked", case.parked and not row.while_parked),
        ("step-not-parked", row.action == "resume" and not case.parked),
        ("step-refuted", row.action == "register" and case.refuted),
        ("step-parts-open", row.action == "handle" and bool(case.assisting)),
        ("step-asked-already", row.asks is not None and pending is not None and not past),
        ("step-nothing-asked", row.decides is not None and pending != row.decides),
        ("step-asked-past", row.decides is not None and row.clock != "keep" and past),
        ("step-main-open", row.action == "evaluate" and case.main_open),
        ("step-at-top", row.action == "escalate" and case.at_top),
        ("step-accepted", row.action == "accept" and case.lead is not None and case.lead.accepted),
    )
    return next((code for code, hit in faults if hit), None)


def _is_placed(case: CaseState, doer: Doer, row: Transition) -> bool:
    """Whether somebody stands where a step is taken."""
    if row.who == "anyone" or "system" in doer.roles & row.roles:
        return True
    if doer.roles & row.roles <= row.with_it:
        mine = case.assisting if row.who == "assistant" else (case.lead,)
        return any(one is not None and _has_it(doer, one) for one in mine)
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


def _part_unsaid(case: CaseState, doer: Doer) -> bool:
    """Whether somebody must say which of several parts is meant."""
    return len(case.assisting) > 1 and not any(_holds(doer, part) for part in case.assisting)


def _has_it(doer: Doer, holding: Holding) -> bool:
    """Whether a case is in somebody's own hands: the person's, or, where it was escalated to an
    organisation, those of whoever leads it."""
    if _holds(doer, holding):
        return True
    same = doer.organisation_id is not None and doer.organisation_id == holding.organisation_id
    return same and holding.raised and doer.organisation_kind != "department"


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
    return doer.rank > 0 and _reaches(doer, holding.code)


def _reaches(doer: Doer, code: str) -> bool:
    """Whether a place is in somebody's part of the tree. A department has none."""
    if doer.code is None or doer.organisation_kind == "department":
        return False
    return code.startswith(doer.code)


def is_above(doer: Doer, asked: Asked) -> bool:
    """Whether somebody may decide what was asked: never who asked; from above in the tree, or in
    the same organisation with the higher rank, leaders among themselves."""
    if doer.key == asked.asked_by or not _reaches(doer, asked.code):
        return False
    if len(doer.code or "") < len(asked.code):
        return doer.rank > 0
    return doer.rank > asked.rank or doer.rank == asked.rank == RANK["leader"]


def code_at_level(code: str, level: int) -> str:
    """The beginning of a code that names the place above it at a level."""
    return code[: {3: 15, 2: 12, 1: 9, 0: 6, -1: 4}[level]]


def first_task(stage: str) -> str:
    """What is to be done next with a case that came in at a stage."""
    return next(task for task, its in TASK_STAGE.items() if its == stage)
