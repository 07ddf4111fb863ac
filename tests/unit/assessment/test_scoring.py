"""What is worth points: facts of histories, taken back where they did not hold, and rankings."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from gis.assessment.example_rules import EXAMPLE
from gis.assessment.periods import BOARDS, Period, former, parts, period_of
from gis.assessment.scoring import (
    BY_HAND,
    KINDS,
    SUBJECTS,
    WHISTLED,
    Call,
    CaseHistory,
    Holding,
    Step,
    facts_of_call,
    facts_of_case,
)
from gis.assessment.standings import Tally, standings

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
GRID = "410102004001001"


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def steps(*actions: str | tuple[str, dict[str, Any]]) -> list[Step]:
    """One step an hour, numbered from 1."""
    told = [one if isinstance(one, tuple) else (one, {}) for one in actions]
    return [
        Step(
            id=k + 1, at=at(k), action=action, data={n: v for n, v in data.items() if n != "by"},
            by_system=data.get("by") == "system", finder_id=data.get("finder"),
        )
        for k, (action, data) in enumerate(told)
    ]  # fmt: skip


def case(*actions: str | tuple[str, dict[str, Any]], source: str = "patrol", **now: Any) -> Any:
    holdings = now.pop("holdings", ())
    state = {
        "grid_code": GRID, "person_id": 7, "department_id": None, "category_code": "0101",
        "severity": 2, "source": source, "due_at": at(100), "satisfaction": None, **now,
    }  # fmt: skip
    return CaseHistory(incident_id=1, now=state, steps=steps(*actions), holdings=holdings)


def told(history: CaseHistory) -> list[tuple[str, int, int]]:
    return [(one.kind, one.event_id, one.of_event) for one in facts_of_case(history)]


def answer(**given: Any) -> dict[str, Any]:
    return {"step": given}


def test_a_valid_patrol_find_closed_in_time() -> None:
    history = case("report", "register", "dispatch", "handle", "feed_back", "close")
    assert told(history) == [
        ("patrol_found", 1, 0), ("patrol_valid", 2, 0), ("closed_on_time", 6, 0),
    ]  # fmt: skip
    assert facts_of_case(history) == facts_of_case(history)


@pytest.mark.parametrize("source", ["public_report", "hotline_12345", "hotline_110"])
def test_what_the_public_reports_was_not_found_by_patrol(source: str) -> None:
    assert told(case("report", "register", source=source)) == [("public_reported", 1, 0)]


def test_on_time_is_by_the_deadline_of_that_moment() -> None:
    """An extension granted after the closing does not make it on time."""
    late = {"due_at": [at(1).isoformat(), at(100).isoformat()]}
    assert ("closed_late", 3, 0) in told(case("report", "register", "close", ("change", late)))
    assert ("closed_on_time", 4, 0) in told(case("report", "register", ("extend", late), "close"))
    undated = told(case("report", "close", due_at=None))
    assert undated == [("patrol_found", 1, 0), ("closed", 2, 0)]


def test_what_was_late_once_is_late_whatever_is_granted_afterwards() -> None:
    """Also where no clock tells of it: an imported case that was closed late and opened again."""
    anew = {"due_at": [at(0.5).isoformat(), at(100).isoformat()]}
    again = told(case("report", "close", ("reopen", anew), "close", source="sensor"))
    assert [one for one in again if not one[2]] == [
        ("closed_late", 2, 0), ("reopened", 3, 0), ("closed_late", 4, 0),
    ]  # fmt: skip
    turns = [[
        {"turn": "start", "at": at(0).isoformat(), "due_at": at(0.5).isoformat()},
        {"turn": "extend", "at": at(1).isoformat(), "due_at": at(100).isoformat()},
    ]]  # fmt: skip
    history = replace(case("report", ("extend", anew), "close", source="sensor"), turns=turns)
    assert told(history) == [("closed_late", 3, 0)]


def test_points_go_to_whose_it_was_then() -> None:
    """A case that a new plan gives to another grid was closed in the former one."""
    moved = {"grid_code": ["410102005001001", GRID], "person_id": [3, 7]}
    found = facts_of_case(case("report", "close", ("publish", moved)))
    assert {(one.grid_code, one.person_id) for one in found} == {("410102005001001", 3)}


def test_who_reports_on_patrol_found_it_whoever_answers_for_the_place() -> None:
    found = facts_of_case(case(("report", {"finder": 9}), "register"))
    assert [(one.kind, one.person_id) for one in found] == [
        ("patrol_found", 9), ("patrol_valid", 9),
    ]  # fmt: skip


def test_rejecting_takes_back_what_was_found_and_reopening_gives_it_again() -> None:
    rejected = told(case("report", "register", "reject"))
    assert rejected[2:] == [("patrol_found", 3, 1), ("patrol_valid", 3, 2)]
    again = told(case("report", "register", "reject", "reopen"))
    assert again[4:] == [("patrol_found", 4, 3), ("patrol_valid", 4, 3)]
    twice = told(case("report", "register", "reject", "reopen", "reject"))
    assert twice[6:] == [("patrol_found", 5, 4), ("patrol_valid", 5, 4)]


def test_reopening_takes_the_closing_back_and_counts_itself() -> None:
    history = case("report", "close", "reopen", "close", source="sensor")
    assert told(history) == [
        ("closed_on_time", 2, 0), ("closed_on_time", 3, 2), ("reopened", 3, 0),
        ("closed_on_time", 4, 0),
    ]  # fmt: skip


def test_what_is_told_of_a_history_stays_told_when_it_goes_on() -> None:
    whole = case(
        "report", "register", "dispatch", "close", ("evaluate", answer(satisfaction="fair")),
        "reopen", "reject", "reopen", "close",
    )  # fmt: skip
    everything = set(told(whole))
    for length in range(len(whole.steps)):
        known = CaseHistory(incident_id=1, now=whole.now, steps=whole.steps[:length])
        assert set(told(known)) <= everything


def holding(
    hours: float, person: int, *, department: int | None = None, returned: bool = False
) -> Holding:
    return Holding(
        since=at(hours), organisation_id=department, department=department is not None,
        person_id=person, returned=returned,
    )  # fmt: skip


def test_a_return_that_was_right_is_taken_back() -> None:
    ways = ("report", "register", "dispatch", "return", "dispatch")
    to_another = (holding(2, 7, returned=True), holding(4, 8))
    assert told(case(*ways, holdings=to_another))[2:] == [("returned", 4, 0), ("returned", 5, 4)]
    to_the_same = (holding(2, 7, returned=True), holding(4, 7))
    assert told(case(*ways, holdings=to_the_same))[2:] == [("returned", 4, 0)]
    # A department answers as a whole, whoever of it.
    department = (holding(2, 1, department=50, returned=True), holding(4, 2, department=50))
    found = facts_of_case(case(*ways, holdings=department))[2:]
    assert [(one.kind, one.department_id, one.grid_code) for one in found] == [
        ("returned", 50, None)
    ]


def test_a_department_that_handled_a_case_closed_it() -> None:
    held = (holding(1, 7), holding(2, 1, department=50))
    found = facts_of_case(case("report", "register", "dispatch", "close", holdings=held))
    assert [one.department_id for one in found] == [None, None, 50]
    # What is handed on after the closing changes nothing of it.
    found = facts_of_case(case("report", "close", holdings=(*held, holding(9, 1, department=51))))
    assert found[-1].department_id is None


def test_checks_overdue_cases_and_answers() -> None:
    history = case(
        "report", ("verify_result", answer(verdict=False)), ("verify_result", answer(verdict=True)),
        "escalate", ("escalate", {"by": "system"}), "close",
        ("evaluate", answer(satisfaction="dissatisfied")), source="department",
        satisfaction="dissatisfied",
    )  # fmt: skip
    history.steps[-1].data["satisfaction"] = [None, "dissatisfied"]
    assert told(history) == [
        ("rework", 2, 0), ("overdue", 5, 0), ("closed_on_time", 6, 0), ("dissatisfied", 7, 0),
    ]  # fmt: skip
    archived = case("report", "close", source="department", satisfaction="satisfied")
    assert told(archived) == [("closed_on_time", 2, 0), ("satisfied", 2, 0)]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([("arrive", 1)], [("whistle_on_time", 1, 0)]),
        ([("arrive", 3)], [("whistle_late", 1, 0)]),
        ([("absent", 2), ("arrive", 3)], [("whistle_absent", 1, 0)]),
        # In time, and recorded only after it was counted absent.
        ([("absent", 2), ("arrive", 1)],
         [("whistle_absent", 1, 0), ("whistle_on_time", 2, 0), ("whistle_absent", 2, 1)]),
        ([("absent", 2), ("cancel", 3)], [("whistle_absent", 1, 0), ("whistle_absent", 2, 1)]),
        ([("come", 1)], []),
    ],
)  # fmt: skip
def test_how_a_department_answers_a_whistle(given: Any, expected: Any) -> None:
    told_of = [
        Step(id=k + 1, at=at(hour), action=action, data={})
        for k, (action, hour) in enumerate(given)
    ]
    call = Call(department_id=50, due_at=at(2), incident_id=None, code=GRID[:9], steps=told_of)
    found = facts_of_call(call)
    assert [(one.kind, one.event_id, one.of_event) for one in found] == expected
    assert {one.department_id for one in found} <= {50}


def test_the_example_scores_what_can_be_scored_and_says_that_it_is_one() -> None:
    for rule in EXAMPLE:
        assert rule.kind in KINDS and set(rule.subjects) <= set(SUBJECTS)
        assert "示例" in rule.name_zh and "example" in rule.name_en
        assert rule.kind not in WHISTLED or rule.subjects == ("department",)
    assert {rule.kind for rule in EXAMPLE} >= {"media_exposed", "whistle_absent", "patrol_valid"}
    assert set(KINDS) > BY_HAND


def test_weeks_and_months_of_the_calendar_and_their_tallies() -> None:
    week = period_of(date(2026, 3, 1), "week")
    assert week == Period(since=date(2026, 2, 23), until=date(2026, 3, 2))
    month = period_of(date(2026, 3, 15), "month")
    assert month == Period(since=date(2026, 3, 1), until=date(2026, 4, 1))
    assert former(month, "month") == Period(since=date(2026, 2, 1), until=date(2026, 3, 1))
    assert former(period_of(date(2026, 1, 1), "month"), "month").since == date(2025, 12, 1)
    assert len(parts(week, BOARDS["street"].tally)) == 7
    for board in BOARDS.values():
        for day in (date(2026, 2, 14), date(2028, 2, 29), date(2026, 12, 31)):
            whole = period_of(day, board.span)
            cut = parts(whole, board.tally)
            assert day in whole
            assert cut[0].since == whole.since and cut[-1].until == whole.until
            assert all(a.until == b.since for a, b in pairwise(cut))


def tally(number: int, points: str, *, cases: int = 100, people: int | None = 1_000) -> Tally:
    value = Decimal(points)
    return Tally(
        subject_id=number, code=f"{number:03d}", added=max(value, Decimal(0)),
        taken=min(value, Decimal(0)), corrections=Decimal(0), entries=1 if value else 0,
        cases=cases, people=people,
    )  # fmt: skip


def ranks(*points: str, bottom: bool = True) -> tuple[list[int | None], set[int]]:
    found = standings(
        [tally(k, one) for k, one in enumerate(points)], small_below=30, name_bottom=bottom
    )
    by_subject = {one.tally.subject_id: one for one in found}
    return (
        [by_subject[k].rank for k in range(len(points))],
        {one.tally.subject_id for one in found if one.bottom},
    )


def test_equal_points_share_a_rank_and_the_last_three_are_named() -> None:
    assert ranks("9", "7", "7", "5", "4", "3", "1", "0") == ([1, 2, 2, 4, 5, 6, 7, 8], {5, 6, 7})
    # Whoever has as few as the third from the end is named with them.
    assert ranks("9", "8", "7", "6", "5", "3", "3", "2", "1")[1] == {6, 5, 7, 8}
    # Never more than half, nor only some of those who are equal.
    assert ranks("9", "3", "1") == ([1, 2, 3], {2})
    assert ranks("5", "5", "5", "5", "5", "5") == ([1] * 6, set())
    assert ranks("9", "3", "1", "0", bottom=False)[1] == set()


def test_who_had_nothing_to_do_has_no_rank() -> None:
    idle = Tally(subject_id=9, code="009", added=Decimal(0), taken=Decimal(0),
                 corrections=Decimal(0), entries=0, cases=0, people=5)  # fmt: skip
    found = standings([idle, tally(1, "-3")], small_below=30, name_bottom=True)
    assert [(one.tally.subject_id, one.rank, one.bottom) for one in found] == [
        (1, 1, False), (9, None, False),
    ]  # fmt: skip


def test_fair_figures_stand_beside_the_raw_one() -> None:
    """Ten times the work brings more points, not a better figure by the case."""
    found = standings(
        [tally(1, "100", cases=1_000, people=20_000), tally(2, "20", cases=20, people=None)],
        small_below=30, name_bottom=False,
    )  # fmt: skip
    busy, calm = found
    assert (busy.rank, busy.rank_per_case, busy.per_100_cases) == (1, 2, Decimal("10.00"))
    assert (calm.rank, calm.rank_per_case, calm.per_100_cases) == (2, 1, Decimal("100.00"))
    assert (busy.small, calm.small) == (False, True)
    assert busy.per_10_000_people == Decimal("50.00") and calm.per_10_000_people is None
