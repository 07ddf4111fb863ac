"""Every row of the table on stored cases: each action at each task by everybody, refused where the
rules say so, and where they allow it, taken, with hands, stages and clocks as they must be then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, create_engine, text

from gis.errors import WanggeError
from gis.incidents.lifecycle import SYSTEM, Doer, Step, Target, check
from gis.incidents.transitions import ACTIONS, DESK_TASKS, OPEN_TASKS, TASK_STAGE, Transition
from gis.store import hands
from gis.workflows import case_state, deadlines
from gis.workflows.step_effects import carry_out
from gis.workflows.steps import _speak
from tests.conftest import module_database
from tests.integration.steps_help import CODE, Desk, closed, handled, make_desk
from tests.unit.test_transitions import TASKS, rules

LATER = datetime.now(UTC) + timedelta(days=60)


@pytest.fixture(scope="module")
def desk(maintenance_url: str, template_database: str) -> Iterator[Desk]:
    with module_database(maintenance_url, template_database) as url:
        engine = create_engine(url)
        made = make_desk(engine)
        deadlines.begin(
            engine, made.town.jurisdiction_id, actor="tests", reason="defaults",
            since=datetime(2025, 1, 1, tzinfo=UTC), first_year=2025,
        )  # fmt: skip
        yield made
        engine.dispose()


def people(desk: Desk) -> dict[str, Doer]:
    """Those of the rules, by the letters that they have there, as far as one case knows them."""
    other = desk.town.person_ids["410102004001002"]
    return {
        "D": desk.dispatcher,
        "L": desk.leader,
        "G": desk.lead(),
        "g": desk.doer("grid_worker", "other", at="sub_district", person_id=other),
        "R": desk.reporter,
        "S": replace(SYSTEM, code=""),
        "p": desk.doer("department", at="消防队"),
    }


def at_task(desk: Desk, task: str) -> int:
    """A case at a task, in the usual hands."""
    made: dict[str, Callable[[], int]] = {
        "verify_report": lambda: desk.report(source="public_report"),
        "handle": desk.report,
        "verify_result": lambda: handled(desk),
        "evaluate": lambda: closed(desk),
    }
    before = {"register": "verify_report", "dispatch": "handle", "feed_back": "handle",
              "close": "verify_result", "rest": "evaluate"}  # fmt: skip
    case = made[before.get(task, task)]()
    if task == "register":
        desk.take(case, "verify_report", desk.lead(), verdict=True)
    elif task == "dispatch":
        desk.take(case, "return", desk.lead(), reason="不在我网格")
    elif task == "feed_back":
        desk.take(case, "handle", desk.lead(), result="已办")
    elif task == "close":
        desk.take(case, "verify_result", desk.doer("dispatcher", "核查员"), verdict=True)
    elif task == "rest":
        desk.take(case, "evaluate", desk.reporter, satisfaction="fair")
    return case


def prepared(desk: Desk, case: int, action: str) -> None:
    """What must be so for a step to be possible at all, where the task allows it."""
    if action == "resume" or action.split("_", 1)[0] in ("approve", "refuse"):
        kind = "extend" if action.endswith("extension") else "park"
        asker = desk.lead() if desk.lead_hand(case)["person_id"] else desk.dispatcher
        desk.take(case, kind, asker, reason="需要时间", until=LATER)
        if action == "resume":
            above = desk.leader if asker == desk.dispatcher else desk.dispatcher
            desk.take(case, "approve_parking", above)
    elif action in ("finish_part", "return_part"):
        fire = Target(person_id=desk.town.person_ids[CODE],
                      assisting=(desk.organisations["消防队"],))  # fmt: skip
        desk.take(case, "split", desk.dispatcher, target=fire)


def full(desk: Desk, action: str, main: int) -> Step:
    target = Target(organisation_id=desk.organisations["城管局"])
    if action == "merge":
        target = Target(incident_id=main)
    elif action == "split":
        target = Target(assisting=(desk.organisations["消防队"],))
    elif action not in ("redispatch", "dispatch"):
        target = Target()
    return Step(action=action, reason="理由", result="办结", verdict=True, satisfaction="fair",
                until=LATER, target=target)  # fmt: skip


def tried(
    connection: Connection, desk: Desk, case: int, step: Step, doer: Doer, main: int
) -> Transition | None:
    """The row that was taken, in a transaction that is rolled back; None if it was refused."""
    _speak(connection, doer, step)
    doer = case_state.placed(connection, doer)
    found = hands.find_cases(connection, [case, main], lock=True)
    state = case_state.states(connection, found)[case]
    now = hands.moment(connection)
    before = {one["id"] for one in found[case].hands}
    try:
        row = check(state, doer, step, now=now)
    except WanggeError:
        return None
    carry_out(
        connection, desk.locators, found[case], state, row, step, doer, now, main=found.get(main)
    )
    holds(connection, case, row, state.task, before)
    return row


def holds(connection: Connection, case: int, row: Transition, task: str, before: set[int]) -> None:
    """What is true after any step: stage and hands by the table, clocks by its effect."""
    after = hands.find_cases(connection, [case], lock=False)[case]
    to = row.to_task or task
    assert after.case["stage"] == TASK_STAGE[to], row.action
    leads = [one for one in after.hands if one["is_lead"] and one["until"] is None]
    assert len(leads) == (to in OPEN_TASKS), row.action
    if leads:
        assert leads[0]["task"] == to
        assert (leads[0]["id"] in before) == (row.to_task is None and row.action != "escalate")
        assert to not in DESK_TASKS or leads[0]["organisation_id"] is not None
    else:
        assert all(one["until"] is not None for one in after.hands)
        assert after.case["closed_at"] is not None and after.asked is None
    query = "SELECT kind, paused_at, stopped_at FROM clock WHERE incident_id = :id ORDER BY id"
    clocks = connection.execute(text(query), {"id": case}).all()
    running = [one for one in clocks if one.stopped_at is None]
    whole = [one for one in running if one.kind == "case"]
    stages = [one.kind for one in running if one.kind != "case"]
    assert len(whole) == (to in OPEN_TASKS), row.action
    assert stages in ([], [TASK_STAGE[to]]), row.action
    paused = any(one.paused_at is not None for one in running)
    assert paused == (after.case["parked_until"] is not None), row.action
    if running:
        assert (after.case["due_at"] is None) == paused
    if row.clock == "start" and to in OPEN_TASKS:
        assert stages == [] or not paused


@pytest.mark.parametrize("task", TASKS)
def test_each_action_by_everybody_is_taken_or_refused_as_the_rules_say(desk, task):
    wanted = {action: who for action, at, who in rules() if at == task}
    assert set(wanted) == set(ACTIONS)
    main, plain, special = desk.report(), at_task(desk, task), {}
    for action, who in wanted.items():
        if who != "." and action.startswith(("resume", "finish", "return_", "approve", "refuse")):
            special[action] = at_task(desk, task)
            prepared(desk, special[action], action)
    taken = 0
    with desk.engine.connect() as connection:
        for action, who in wanted.items():
            case = special.get(action, plain)
            # The fire brigade has nothing of a case but the part that it was given.
            has_part = action in ("finish_part", "return_part", "note")
            for letter, doer in people(desk).items():
                outer = connection.begin_nested()
                row = tried(connection, desk, case, full(desk, action, main), doer, main)
                outer.rollback()
                may = letter in who.replace("T", "p") if letter != "p" else (
                    has_part and who != "."
                )  # fmt: skip
                assert (row is not None) == may, (task, action, letter)
                taken += row is not None
        connection.rollback()
    assert taken
