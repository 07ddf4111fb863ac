"""Steps in the life of cases: checked against the table, written with all that follows, or not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from gis.errors import ConflictError, InputError, NotFoundError, WanggeError
from gis.incidents.lifecycle import CaseState, Doer, Step, check
from gis.incidents.transitions import Transition
from gis.store import hands, reports
from gis.store.engine import speak_as
from gis.store.hands import Found
from gis.store.reports import UsedKey
from gis.store.responsibility import plans_in_force
from gis.workflows import case_state
from gis.workflows.locators import Locators
from gis.workflows.step_effects import carry_out

MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A step for one case, with the version of it that was looked at (None: whatever it is)."""

    incident_id: int
    version: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A step that was taken; `repeated`: earlier, under the same key."""

    incident_id: int
    repeated: bool = False


def take_step(
    engine: Engine,
    locators: Locators,
    incident_id: int,
    step: Step,
    *,
    doer: Doer,
    version: int | None,
    key: str | None = None,
) -> Taken:
    """Take one step, as `take_steps` does; raises what stood against it."""
    wanted = Wanted(incident_id=incident_id, version=version)
    (outcome,) = take_steps(engine, locators, [wanted], step, doer=doer, key=key)
    if isinstance(outcome, WanggeError):
        raise outcome
    return outcome


def take_steps(
    engine: Engine,
    locators: Locators,
    wanted: Sequence[Wanted],
    step: Step,
    *,
    doer: Doer,
    key: str | None = None,
) -> list[Taken | WanggeError]:
    """Take the same step with several cases, in one transaction; each has its own outcome.

    A case that is refused leaves no trace and stands in nobody's way. The history, the hands, the
    clocks and the photos of a step are written with it or not at all. A step under an idempotency
    key that its doer used for the same step is not taken again; for another one it is refused.
    Outcomes are Taken, NotFoundError `incident-not-found`, ConflictError `incident-changed` for
    another version than was looked at, and what `gis.incidents.lifecycle.check` and
    `gis.workflows.step_effects` raise. Raises InputError `steps-too-many`, `steps-twice`.
    """
    if len(wanted) > MOST_AT_ONCE:
        raise InputError("steps-too-many", most=MOST_AT_ONCE)
    ids = [one.incident_id for one in wanted]
    if len(set(ids)) < len(ids):
        raise InputError("steps-twice")
    with engine.begin() as connection:
        _speak(connection, doer, step)
        doer = case_state.placed(connection, doer)
        # Plans are held before cases, as publishing does, or each could wait for the other; and
        # cases in the order of their ids, that into which others are merged among them.
        plans_in_force(connection, lock=True)
        other = step.target.incident_id
        found = hands.find_cases(connection, [*ids, *([other] if other else [])], lock=True)
        states = case_state.states(connection, found)
        keys = {one: key if len(wanted) == 1 else f"{key}/{one}" for one in ids} if key else {}
        used = reports.used_keys(connection, doer.key, sorted(keys.values()))
        outcomes: list[Taken | WanggeError] = []
        for one in wanted:
            work = _Work(
                connection=connection, locators=locators, doer=doer, step=step, found=found,
                states=states, key=keys.get(one.incident_id), used=used,
            )  # fmt: skip
            try:
                with connection.begin_nested():
                    outcomes.append(_take(work, one))
            except WanggeError as refused:
                outcomes.append(refused)
            except DBAPIError as fault:
                if isinstance(fault, OperationalError) or len(wanted) == 1:
                    raise
                outcomes.append(ConflictError("incident-conflict"))
        return outcomes


def _speak(connection: Connection, doer: Doer, step: Step) -> None:
    speak_as(connection, doer.actor, action=step.action, reason=step.result or step.reason)
    connection.exec_driver_sql("SELECT set_config('wangge.hands', 'given', true)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What all cases of one call share."""

    connection: Connection
    locators: Locators
    doer: Doer
    step: Step
    found: dict[int, Found]
    states: dict[int, CaseState]
    key: str | None
    used: dict[str, UsedKey]


def _take(work: _Work, wanted: Wanted) -> Taken:
    incident_id = wanted.incident_id
    if incident_id not in work.found:
        raise NotFoundError("incident-not-found", id=incident_id)
    mark = fingerprint(work.step, wanted)
    if work.key is not None and work.key in work.used:
        if work.used[work.key].fingerprint != mark:
            raise InputError("idempotency-key-reused", key=work.key)
        return Taken(incident_id=incident_id, repeated=True)
    found, state = work.found[incident_id], work.states[incident_id]
    if wanted.version is not None and wanted.version != found.case["version"]:
        raise ConflictError("incident-changed", id=incident_id)
    now = hands.moment(work.connection)
    step, row = _meant(work, state)
    row = row or check(state, work.doer, step, now=now)
    carry_out(
        work.connection, work.locators, found, state, row, step, work.doer, now,
        main=work.found.get(step.target.incident_id or 0),
    )  # fmt: skip
    if work.key is not None:
        use = UsedKey(fingerprint=mark, incident_id=incident_id)
        reports.use_keys(work.connection, work.doer.key, {work.key: use})
    return Taken(incident_id=incident_id)


def _meant(work: _Work, state: CaseState) -> tuple[Step, Transition | None]:
    """The step that is meant: whoever is not satisfied wants the case taken up again."""
    step = work.step
    if step.action != "evaluate" or step.satisfaction != "dissatisfied":
        return step, None
    now = hands.moment(work.connection)
    check(state, work.doer, step, now=now)
    reopening = replace(step, action="reopen")
    row = check(state, work.doer, reopening, now=now)
    _speak(work.connection, work.doer, reopening)
    return reopening, row


def fingerprint(step: Step, wanted: Wanted) -> bytes:
    """The same for the same step of the same version of a case."""
    told = {**asdict(step), "incident_id": wanted.incident_id, "version": wanted.version}
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).digest()
