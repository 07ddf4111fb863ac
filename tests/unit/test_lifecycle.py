"""The life of a case against a statement of its rules that does not read the table."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis.errors import InputError, WanggeError
from gis.incidents.lifecycle import (
    Asked,
    CaseState,
    Doer,
    Holding,
    Target,
    allowed,
    check,
    is_above,
)
from gis.incidents.transitions import TASK_STAGE
from tests.unit.lifecycle_help import CODE, DOERS, EVERYTHING, LATER, NOW, case, may


def test_what_was_asked_until_a_moment_that_has_passed_is_only_refused_or_asked_anew():
    late = Asked(kind="park", asked_by="g", code=CODE, rank=0, until=NOW, past=True)
    state = case("handle", asked=late)
    assert not may(state, DOERS["L"], "approve_parking") and may(
        state, DOERS["L"], "refuse_parking"
    )
    assert may(state, DOERS["G"], "park") and may(state, DOERS["G"], "extend")


def test_a_merged_case_is_judged_when_the_main_case_is_closed():
    state = case("evaluate", dismissed=True, main_open=True)
    assert not may(state, DOERS["R"], "evaluate")
    assert may(state, DOERS["D"], "reopen")  # it was no duplicate
    assert may(replace(state, main_open=False), DOERS["R"], "evaluate")


def test_whoever_is_over_several_parts_says_which():
    parts = tuple(
        Holding(hand_id=n, task="handle", level=1, code="410102", organisation_id=n)
        for n in (31, 32)
    )

    def needs(doer: Doer, state: CaseState) -> tuple[str, ...]:
        return next(one.needs for one in allowed(state, doer) if one.action == "finish_part")

    assert needs(DOERS["D"], case("handle", assisting=parts)) == ("part", "result")
    assert needs(DOERS["T"], case("handle", assisting=parts)) == ("result",)
    assert needs(DOERS["D"], case("handle", assisting=parts[:1])) == ("result",)


@pytest.mark.parametrize(
    ("action", "task", "without", "code"),
    [
        ("verify_report", "verify_report", "verdict", "step-needs-verdict"),
        ("recheck", "register", "reason", "step-needs-reason"),
        ("reject", "register", "reason", "step-needs-reason"),
        ("return", "handle", "reason", "step-needs-reason"),
        ("redispatch", "handle", "reason", "step-needs-reason"),
        ("redispatch", "handle", "target", "step-needs-target"),
        ("split", "handle", "target", "step-needs-target"),
        ("handle", "handle", "result", "step-needs-result"),
        ("feed_back", "feed_back", "result", "step-needs-result"),
        ("verify_result", "verify_result", "verdict", "step-needs-verdict"),
        ("evaluate", "evaluate", "satisfaction", "step-needs-satisfaction"),
        ("reopen", "rest", "reason", "step-needs-reason"),
        ("extend", "handle", "until", "step-needs-until"),
        ("park", "handle", "until", "step-needs-until"),
        ("park", "handle", "reason", "step-needs-reason"),
        ("merge", "handle", "target", "step-needs-target"),
        ("supervise", "handle", "until", "step-needs-until"),
        ("supervise", "handle", "reason", "step-needs-reason"),
        ("escalate", "handle", "reason", "step-needs-reason"),
        ("note", "handle", "reason", "step-needs-reason"),
    ],
)
def test_what_must_be_given(action, task, without, code):
    doer = DOERS["L" if action == "supervise" else "R" if action == "evaluate" else "D"]
    blank = {"target": Target(), "reason": "  ", "result": "\n"}.get(without)
    step = replace(EVERYTHING, action=action, **{without: blank})
    with pytest.raises(InputError) as refused:
        check(case(task), doer, step, now=NOW)
    assert refused.value.code == code


def test_a_failed_check_needs_a_reason_and_a_passed_one_does_not():
    for task in ("verify_report", "verify_result"):
        step = replace(EVERYTHING, action=task, reason=None)
        assert check(case(task), DOERS["D"], step, now=NOW).verdict is True
        with pytest.raises(InputError, match="reason"):
            check(case(task), DOERS["D"], replace(step, verdict=False), now=NOW)


def test_photos_are_needed_where_the_setting_wants_them():
    step = replace(EVERYTHING, action="handle", photo_ids=())
    check(case("handle"), DOERS["G"], step, now=NOW)
    with pytest.raises(InputError, match="photo"):
        check(case("handle", photo_wanted=True), DOERS["G"], step, now=NOW)
    needs = {one.action: one.needs for one in allowed(case("handle"), DOERS["G"])}
    assert needs["handle"] == ("result",)


def test_moments_that_have_passed_and_steps_that_there_are_not():
    past = replace(EVERYTHING, action="park", until=NOW)
    with pytest.raises(InputError) as refused:
        check(case("handle"), DOERS["G"], past, now=NOW)
    assert refused.value.code == "step-until-past"
    with pytest.raises(InputError) as refused:
        check(case("handle"), DOERS["G"], replace(EVERYTHING, action="fly"), now=NOW)
    assert refused.value.code == "step-unknown"


def test_whoever_handled_a_case_does_not_check_it_by_name_or_by_person():
    state = case("verify_result")
    by_name = replace(DOERS["D"], actor="g")
    by_person = replace(DOERS["g"], person_id=7)
    assert not may(state, by_name, "verify_result") and not may(state, by_person, "verify_result")
    assert may(state, DOERS["D"], "verify_result")


def test_a_parked_case_only_rests():
    state = case("handle", parked=True)
    for name, doer in DOERS.items():
        listed = {one.action for one in allowed(state, doer)}
        assert listed <= {"resume", "supervise", "note"}
        assert ("resume" in listed) == (name in "DLGSEe"), name
    assert not may(case("handle"), DOERS["G"], "resume")


def test_parts_are_finished_by_whoever_has_them_before_the_lead_is_done():
    part = Holding(hand_id=2, task="handle", level=1, code="410102", organisation_id=31)
    state = case("handle", by_department=True, assisting=(part,))
    for action in ("finish_part", "return_part"):
        assert may(state, DOERS["p"], action) and may(state, DOERS["D"], action)
        assert not may(state, DOERS["P"], action) and not may(state, DOERS["G"], action)
    assert not may(state, DOERS["P"], "handle")
    assert may(replace(state, assisting=()), DOERS["P"], "handle")


@pytest.mark.parametrize("kind", ["extend", "park"])
def test_what_is_asked_is_decided_above_and_only_once(kind):
    def asked(doer: Doer) -> CaseState:
        request = Asked(
            kind=kind, asked_by=doer.actor, code=doer.code or "", rank=doer.rank, until=LATER
        )
        return case("handle", asked=request)

    yes = {"extend": "approve_extension", "park": "approve_parking"}[kind]
    no = yes.replace("approve", "refuse")
    street = replace(DOERS["D"], actor="s", code="410102004", organisation_kind="sub_district")
    city = replace(DOERS["D"], actor="c", code="4101", organisation_kind="city")
    other = replace(DOERS["L"], actor="x", code="410103")
    second = replace(DOERS["L"], actor="l2")
    for asker, deciders, others in (
        ("G", (street, DOERS["D"], DOERS["L"], city), (DOERS["G"], DOERS["P"], other)),
        ("D", (DOERS["L"], city), (DOERS["D"], replace(DOERS["D"], actor="d2"), street)),
        ("L", (second, city), (DOERS["L"], DOERS["D"])),
    ):
        state = asked(DOERS[asker])
        for doer in deciders:
            assert may(state, doer, yes) and may(state, doer, no)
        for doer in others:
            assert not may(state, doer, yes) and not may(state, doer, no)
        assert not may(state, DOERS["G"], "park") and not may(state, DOERS["G"], "extend")
    wrong = "approve_parking" if kind == "extend" else "approve_extension"
    assert not may(asked(DOERS["G"]), DOERS["L"], wrong)
    assert not may(case("handle"), DOERS["L"], yes)


def test_what_was_not_found_on_site_is_not_registered():
    state = case("register", refuted=True)
    assert not may(state, DOERS["D"], "register")
    first = next(one for one in allowed(state, DOERS["D"]) if one.primary)
    assert first.action == "reject"


def test_a_dismissed_case_is_taken_up_before_it_is_sent_out():
    for dismissed, task in ((False, "dispatch"), (True, "register")):
        state = case("rest", dismissed=dismissed)
        step = replace(EVERYTHING, action="reopen")
        assert check(state, DOERS["R"], step, now=NOW).to_task == task


def test_nothing_is_above_the_top_and_a_desk_does_not_reach_into_others():
    assert not may(case("handle", at_top=True), DOERS["S"], "escalate")
    street = replace(DOERS["D"], code="410102004")
    neighbour = replace(DOERS["D"], code="410102005")
    whole = replace(DOERS["D"], code="", organisation_id=None)
    nowhere = replace(DOERS["D"], code=None)
    for doer, reaches in ((street, True), (neighbour, False), (whole, True), (nowhere, False)):
        assert may(case("handle"), doer, "redispatch") == reaches
    # The desk of a sub-district has nothing to say at the desk of the district.
    assert not may(case("close"), street, "close")


def test_a_department_stands_above_nobody():
    boss = Doer(actor="b", roles=frozenset({"department", "leader"}), organisation_id=30,
                organisation_kind="department", code="410102")  # fmt: skip
    request = Asked(kind="park", asked_by="g", code=CODE, rank=0, until=LATER)
    assert not is_above(boss, request)
    assert not may(case("handle"), boss, "supervise")


def test_exactly_one_step_comes_next_wherever_somebody_can_go_on():
    for task in TASK_STAGE:
        for doer in DOERS.values():
            listed = allowed(case(task), doer)
            assert sum(one.primary for one in listed) <= 1
        going_on = [one for one in allowed(case(task), DOERS["D"]) if one.primary]
        assert going_on or task == "rest", task


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_on_any_walk_there_is_one_lead_and_clocks_are_balanced(data: st.DataObject) -> None:
    """A walk through the table: hands and clocks are kept as the effects of each step say."""
    state, running, paused, level = case("verify_report", handlers=frozenset()), True, False, 3
    for _ in range(data.draw(st.integers(1, 40))):
        name = data.draw(st.sampled_from(sorted(DOERS)))
        doer = DOERS[name]
        choices = [one.action for one in allowed(state, doer)]
        if not choices:
            continue
        step = replace(
            EVERYTHING, action=data.draw(st.sampled_from(choices)),
            verdict=data.draw(st.booleans()),
        )  # fmt: skip
        try:
            row = check(state, doer, step, now=NOW)
        except WanggeError as fault:
            raise AssertionError(f"{step.action} was offered and is refused: {fault}") from fault
        if row.clock == "pause":
            assert running and not paused
            paused = True
        elif row.clock == "resume":
            assert running and paused
            paused = False
        elif row.clock == "stop":
            assert running and not paused
            running = False
        elif row.clock == "start":
            assert not paused
            running = True
        else:
            assert row.clock == "keep" or (running and not paused)
        task = row.to_task or state.task
        if row.action == "escalate":
            level -= 1
        handed = row.to_task is not None
        state = replace(
            case(task, parked=paused),
            handlers=state.handlers | ({doer.actor} if task == "feed_back" else set()),
            handler_people=frozenset(),
            refuted=row.action == "verify_report" and not step.verdict,
            dismissed=(row.action in ("reject", "merge"))
            or (state.dismissed and task in ("evaluate", "rest")),
            at_top=level == -1,
            asked=Asked(kind=row.asks, asked_by=doer.actor, code=doer.code or "", rank=doer.rank,
                        until=LATER)
            if row.asks else None if row.decides or handed else state.asked,
        )  # fmt: skip
        is_open = task not in ("evaluate", "rest")
        assert (state.lead is not None) == is_open == running
        assert not (state.parked and not is_open)
        assert level >= -1
