"""The table of the life of a case against a statement of its rules that does not read it."""

from __future__ import annotations

from dataclasses import replace

from gis.incidents.lifecycle import Asked, CaseState, Doer, Holding, allowed
from gis.incidents.transitions import ACTIONS, TASK_STAGE, TRANSITIONS
from tests.unit.lifecycle_help import CODE, DOERS, LATER, case, may

# Who may do what while which task is next, as the rules of the office say it. A dispatcher of the
# district (D), its leader (L), the grid worker who has the case (G) or another (g), the department
# that has it (P) or another (p), the leader to whom it was escalated, as a person (E) or where he
# leads (e), the reporter (R), the system (S). A case with a person of a grid is tried for D L G g
# R S, one with a department for D L P p, one that went up for E and e each; `.` is nobody,
# `*` everybody but the system. The last rows are tried of a case that is parked (resume), in which
# a department has a part (T), or for which the holder has asked something of those above. Columns:
# the tasks in the order of TASKS.
TASKS = tuple(TASK_STAGE)
MATRIX = """
verify_report     DGPEe    .        .        .        .        .        .        .        .
recheck           .        DEe      .        .        .        .        .        .        .
register          .        DEe      .        .        .        .        .        .        .
reject            DEe      DEe      DEe      .        .        .        .        .        .
dispatch          .        .        DEe      .        .        .        .        .        .
accept            .        .        .        DGPEe    .        .        .        .        .
return            .        .        .        DGPEe    .        .        .        .        .
redispatch        .        .        .        DEe      DEe      .        .        .        .
split             .        .        DEe      DEe      .        .        .        .        .
handle            .        .        .        DGPEe    .        .        .        .        .
feed_back         .        .        .        .        DGPEe    .        .        .        .
verify_result     .        .        .        .        .        DLgEe    .        .        .
close             .        .        .        .        .        .        DEe      .        .
evaluate          .        .        .        .        .        .        .        DR       .
reopen            .        .        .        .        .        .        .        DLREe    DLREe
extend            .        .        .        DGPEe    DGPEe    .        .        .        .
park              .        .        DEe      DGPEe    .        .        .        .        .
merge             DEe      DEe      DEe      DEe      DEe      .        .        .        .
supervise         DLEe     DLEe     DLEe     DLEe     DLEe     DLEe     DLEe     .        .
escalate          DLGPSEe  DLSEe    DLSEe    DLGPSEe  DLGPSEe  DLSEe    DLSEe    .        .
note              *        *        *        *        *        *        *        *        *
resume            .        .        DLSEe    DLGPSEe  .        .        .        .        .
finish_part       .        .        .        DT       .        .        .        .        .
return_part       .        .        .        DT       .        .        .        .        .
approve_extension .        .        .        DL       DL       .        .        .        .
refuse_extension  .        .        .        DL       DL       .        .        .        .
approve_parking   .        .        L        DL       .        .        .        .        .
refuse_parking    .        .        L        DL       .        .        .        .        .
"""
WITH_DEPARTMENT = ("verify_report", "handle", "feed_back")
DECIDED = ("approve", "refuse")


def escalated(task: str, name: str, **more: object) -> CaseState:
    """A case that went up to the leader E himself, or to the desk that e leads."""
    up = Holding(
        hand_id=1, task=task, level=1, code="410102004", raised=True,
        person_id=9 if name == "E" else None, organisation_id=2 if name == "e" else None,
    )  # fmt: skip
    return replace(case(task, **more), lead=None if task in ("evaluate", "rest") else up)


def circumstances(action: str, task: str, doer: Doer) -> dict[str, object]:
    """What must be so for a step to be possible at all."""
    if action == "resume":
        return {"parked": True}
    if action.endswith("_part"):
        part = Holding(hand_id=2, task="handle", level=1, code="410102", organisation_id=32)
        return {"assisting": (part,)}
    if action.startswith(DECIDED):
        kind = "extend" if action.endswith("extension") else "park"
        # At the desk a dispatcher of it asks, of a case on the ground whoever has it.
        asker, code, rank = ("d", "410102", 1) if task == "dispatch" else ("g", CODE, 0)
        return {"asked": Asked(kind=kind, asked_by=asker, code=code, rank=rank, until=LATER)}
    return {}


def rules() -> list[tuple[str, str, str]]:
    return [
        (line[0], task, who.replace("*", "DLGgPpREeT"))
        for line in map(str.split, MATRIX.strip().splitlines())
        for task, who in zip(TASKS, line[1:], strict=True)
    ]


def test_every_step_at_every_task_by_everybody_is_as_the_rules_say():
    tried = 0
    for action, task, who in rules():
        both = task in WITH_DEPARTMENT or action == "note"
        for name, doer in DOERS.items():
            # Leaders of a sub-district decide there as those of the district do everywhere.
            if (name in "Pp" and not both) or (name in "Ee" and action.startswith(DECIDED)):
                continue
            more = circumstances(action, task, doer)
            if name in "Ee":
                state = escalated(task, name, **more)
            else:
                by_department = name in "Pp" and task in WITH_DEPARTMENT
                state = case(task, by_department=by_department, **more)
            assert may(state, doer, action) == (name in who), (action, task, name)
            listed = {one.action for one in allowed(state, doer)}
            assert (action in listed) == (name in who), (action, task, name)
            tried += 1
    assert tried > 2000
    assert {action for action, _, _ in rules()} == set(ACTIONS)


def test_a_leader_takes_the_desk_s_steps_only_where_the_case_came_up_to_him():
    """Not those of every case in his organisation's desk, nor of others' cases that went up."""
    at_desk = Holding(hand_id=1, task="dispatch", level=0, code="410102", organisation_id=1)
    state = replace(case("dispatch"), lead=at_desk)
    assert not may(state, DOERS["L"], "dispatch")
    assert may(replace(state, lead=replace(at_desk, raised=True)), DOERS["L"], "dispatch")
    assert not may(escalated("handle", "E"), DOERS["e"], "handle")
    assert not may(escalated("handle", "e"), DOERS["L"], "handle")
    department = replace(
        DOERS["L"], organisation_id=30, organisation_kind="department",
        roles=frozenset({"leader"}),
    )  # fmt: skip
    raised = Holding(hand_id=1, task="handle", level=1, code="410102", organisation_id=30,
                     raised=True)  # fmt: skip
    assert not may(replace(case("handle"), lead=raised), department, "redispatch")


# Where a step leads, and what it does to the clocks.
LEADS = """
verify_report register keep | recheck verify_report keep | register dispatch start
reject evaluate stop | dispatch handle start | accept = keep | return dispatch start
redispatch handle start | split handle start | finish_part = keep | return_part = keep
handle feed_back start | feed_back verify_result start | verify_result+ close keep
verify_result- handle start | close evaluate stop | evaluate rest keep | reopen dispatch start
reopen! register start | extend = keep | approve_extension = extend | refuse_extension = keep
park = keep | approve_parking = pause | refuse_parking = keep | resume = resume
merge evaluate stop | supervise = keep | escalate = keep | note = keep
"""


def test_where_steps_lead_and_what_clocks_do_is_as_the_rules_say():
    wanted = {
        tuple(part.split()) for line in LEADS.strip().splitlines() for part in line.split("|")
    }
    found = set()
    for row in TRANSITIONS:
        mark = {True: "+", False: "-", None: ""}[row.verdict]
        mark = "" if row.action == "verify_report" else mark
        mark = "!" if row.dismissed else mark
        found.add((row.action + mark, row.to_task or "=", row.clock))
    assert found == wanted
    for row in TRANSITIONS:
        assert row.from_stages <= set(TASK_STAGE.values())
