"""Who may whistle, whom they may call, and how each of those called stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gis.errors import WanggeError
from gis.incidents.lifecycle import Doer
from gis.incidents.whistles import (
    Call,
    Department,
    Whistle,
    WhistleStep,
    all_there,
    allowed,
    allowed_of_call,
    check,
    check_call,
    may_call,
    standing,
)

CALLED = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
DUE = CALLED + timedelta(minutes=30)
MINUTE = timedelta(minutes=1)
CODE = "410102004"
WHISTLE = Whistle(
    code=CODE,
    called_at=CALLED,
    due_at=DUE,
    calls=(Call(organisation_id=1), Call(organisation_id=2)),
)


def doer(
    role: str, kind: str | None = "sub_district", code: str | None = CODE, of: int = 9
) -> Doer:
    return Doer(
        actor=role, roles=frozenset({role}), organisation_id=of, organisation_kind=kind, code=code
    )


DESK = doer("dispatcher")
OWN = doer("department", "department", "410102", of=1)


def code_of(call) -> str | None:
    try:
        call()
    except WanggeError as refused:
        return refused.code
    return None


@pytest.mark.parametrize(
    ("who", "may"),
    [
        (DESK, True),
        (doer("leader"), True),
        (doer("dispatcher", "district", "410102"), True),
        (doer("leader", "city", "4101"), True),
        (doer("dispatcher", None, ""), True),
        (doer("dispatcher", "sub_district", "410102005"), False),
        (doer("dispatcher", "community", "410102004001"), False),
        (doer("dispatcher", "district", "410103"), False),
        (doer("planner"), False),
        (doer("grid_worker"), False),
        (OWN, False),
        # A department has no part of the tree, whatever else its people are.
        (doer("dispatcher", "department", "410102"), False),
        (doer("dispatcher", "sub_district", None), False),
    ],
)
def test_the_desk_of_a_sub_district_or_one_above_it_calls(who: Doer, may: bool) -> None:
    assert may_call(who, CODE) is may


NEAR = [
    Department(organisation_id=1, kind="department", above="410102"),
    Department(organisation_id=2, kind="department", above="4101"),
    Department(organisation_id=3, kind="department", above=CODE),
]


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({}, None),
        ({"who": OWN}, "whistle-not-yours"),
        ({"departments": []}, "whistle-needs-departments"),
        ({"departments": [NEAR[0], NEAR[0]]}, "whistle-department-twice"),
        (
            {"departments": [replace(NEAR[0], organisation_id=n) for n in range(21)]},
            "whistle-departments-too-many",
        ),
        ({"departments": [replace(NEAR[0], above="410103")]}, "whistle-department-unknown"),
        ({"departments": [replace(NEAR[0], above="410102005")]}, "whistle-department-unknown"),
        ({"departments": [replace(NEAR[0], above=None)]}, "whistle-department-unknown"),
        ({"departments": [replace(NEAR[0], kind="community")]}, "whistle-department-unknown"),
        ({"departments": [replace(NEAR[0], closed=True)]}, "whistle-department-unknown"),
        ({"due_at": CALLED + timedelta(seconds=59)}, "whistle-time-short"),
        ({"due_at": CALLED - MINUTE}, "whistle-time-short"),
        ({"due_at": CALLED + MINUTE}, None),
        ({"due_at": CALLED + timedelta(days=7)}, None),
        ({"due_at": CALLED + timedelta(days=7, seconds=1)}, "whistle-time-long"),
    ],
)
def test_what_a_call_must_be(given: dict, refused: str | None) -> None:
    wanted = {"who": DESK, "departments": NEAR, "due_at": DUE, **given}
    who = wanted.pop("who")
    assert code_of(lambda: check_call(who, code=CODE, now=CALLED, **wanted)) == refused


@pytest.mark.parametrize(
    ("call", "ended", "stands"),
    [
        ({}, None, "called"),
        ({"coming_at": CALLED}, None, "coming"),
        ({"arrived_at": DUE}, None, "arrived"),
        ({"arrived_at": DUE + timedelta(microseconds=1)}, None, "late"),
        ({"absent_at": DUE}, None, "absent"),
        ({"absent_at": DUE, "coming_at": DUE + MINUTE}, None, "absent"),
        # Late is late, whether or not somebody had counted before.
        ({"absent_at": DUE, "arrived_at": DUE + MINUTE}, None, "late"),
        # Recorded late, but there in time.
        ({"absent_at": DUE, "arrived_at": DUE - MINUTE}, None, "arrived"),
        ({}, "done", "released"),
        ({"coming_at": CALLED}, "cancelled", "released"),
        ({"absent_at": DUE}, "done", "absent"),
        ({"arrived_at": CALLED}, "done", "arrived"),
    ],
)
def test_how_one_of_those_called_stands(call: dict, ended: str | None, stands: str) -> None:
    of = Call(organisation_id=1, **call)
    assert standing(replace(WHISTLE, ended=ended, calls=(of,)), of) == stands


def test_all_are_there_when_the_last_has_come() -> None:
    first = replace(WHISTLE.calls[0], arrived_at=DUE + MINUTE)
    assert not all_there(replace(WHISTLE, calls=(first, WHISTLE.calls[1])))
    assert all_there(replace(WHISTLE, calls=(first,)))


BEFORE, AFTER = CALLED + MINUTE, DUE + MINUTE


@pytest.mark.parametrize(
    ("who", "step", "now", "refused"),
    [
        (OWN, {"action": "come", "person": "张三"}, BEFORE, None),
        (OWN, {"action": "come"}, BEFORE, "whistle-needs-person"),
        (OWN, {"action": "come", "person": " "}, BEFORE, "whistle-needs-person"),
        (OWN, {"action": "arrive", "person": "张三"}, AFTER, None),
        (OWN, {"action": "arrive"}, BEFORE, "whistle-needs-person"),
        (OWN, {"action": "arrive", "person": "张三", "at": CALLED}, AFTER, "whistle-not-yours"),
        (OWN, {"action": "arrive", "person": "张三", "organisation_id": 2}, BEFORE,
         "whistle-not-yours"),
        (OWN, {"action": "end", "reason": "好了"}, BEFORE, "whistle-not-yours"),
        (OWN, {"action": "cancel", "reason": "误报"}, BEFORE, "whistle-not-yours"),
        (doer("department", "department", "410102", of=7), {"action": "come", "person": "x"},
         BEFORE, "whistle-not-called"),
        (doer("leader", "department", "410102", of=1), {"action": "come", "person": "x"}, BEFORE,
         "whistle-not-yours"),
        (DESK, {"action": "come", "person": "张三", "organisation_id": 2}, BEFORE, None),
        (DESK, {"action": "arrive", "person": "张三", "organisation_id": 2, "at": BEFORE}, AFTER,
         None),
        (DESK, {"action": "arrive", "person": "张三", "organisation_id": 2,
                "at": CALLED - MINUTE}, AFTER, "whistle-arrival-outside"),
        (DESK, {"action": "arrive", "person": "张三", "organisation_id": 2,
                "at": AFTER + MINUTE}, AFTER, "whistle-arrival-outside"),
        (DESK, {"action": "arrive", "person": "张三"}, BEFORE, "whistle-not-called"),
        (DESK, {"action": "end", "reason": "已处置"}, BEFORE, None),
        (DESK, {"action": "end", "reason": "已处置"}, AFTER, None),
        (DESK, {"action": "end"}, BEFORE, "whistle-needs-result"),
        (DESK, {"action": "cancel", "reason": "误报"}, BEFORE, None),
        (DESK, {"action": "cancel"}, BEFORE, "whistle-needs-reason"),
        (DESK, {"action": "cancel", "reason": "误报"}, DUE, "whistle-time-up"),
        (DESK, {"action": "silence"}, BEFORE, "whistle-step-unknown"),
        (doer("dispatcher", "community", "410102004001"), {"action": "end", "reason": "x"}, BEFORE,
         "whistle-not-yours"),
    ],
)  # fmt: skip
def test_who_takes_which_step_and_with_what(
    who: Doer, step: dict, now: datetime, refused: str | None
) -> None:
    assert code_of(lambda: check(WHISTLE, who, WhistleStep(**step), now=now)) == refused
    for ended in ("done", "cancelled"):
        over = replace(WHISTLE, ended=ended)
        assert code_of(lambda over=over: check(over, who, WhistleStep(**step), now=now)) is not None


def test_what_is_offered_is_what_is_let_through() -> None:
    given = {"person": "张三", "reason": "好了"}
    arrived = replace(WHISTLE, calls=(replace(WHISTLE.calls[0], arrived_at=BEFORE),))
    for state in (WHISTLE, arrived, replace(WHISTLE, ended="done")):
        for who in (DESK, OWN, doer("planner"), doer("leader", "district", "410103")):
            for now in (BEFORE, AFTER):
                offered = allowed(state, who, now=now)
                for action in ("end", "cancel"):
                    step = WhistleStep(action=action, **given)
                    fits = code_of(lambda: check(state, who, step, now=now)) is None  # noqa: B023
                    assert (action in offered) == fits, (action, who.actor, now)
                for call in state.calls:
                    offered = allowed_of_call(state, call, who)
                    for action in ("come", "arrive"):
                        step = WhistleStep(
                            action=action, organisation_id=call.organisation_id, **given
                        )
                        fits = code_of(lambda: check(state, who, step, now=now)) is None  # noqa: B023
                        assert (action in offered) == fits, (action, who.actor, now)


def test_whoever_said_who_comes_need_not_say_it_again() -> None:
    said = replace(WHISTLE, calls=(replace(WHISTLE.calls[0], person="张三", coming_at=BEFORE),))
    assert check(said, OWN, WhistleStep(action="arrive"), now=AFTER) is said.calls[0]
