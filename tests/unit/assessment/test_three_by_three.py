"""The three-by-three review: a golden example worked by hand, and what holds for any votes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.assessment.three_by_three import (
    EXAMPLE,
    GRADES,
    REPORTS,
    SIDES,
    Ballot,
    Judged,
    Outcome,
    ReviewRule,
    ballot_fault,
    grade_of,
    outcomes,
    rule_fault,
)

ALL = frozenset(REPORTS)


def ballot(
    *votes: int, invited: int | None = None, present: int | None = None, void: int = 0
) -> Ballot:
    came = sum(votes) + void if present is None else present
    return Ballot(
        invited=came if invited is None else invited, present=came, void=void,
        votes=dict(zip(GRADES, votes, strict=True)),
    )  # fmt: skip


def team(number: int, *ballots: Ballot | None, reports: frozenset[str] = ALL) -> Judged:
    votes = {s: b for s, b in zip(SIDES, ballots, strict=True) if b is not None}
    return Judged(team_id=number, name=f"t{number}", reports=reports, ballots=votes)


def only(one: Judged, rule: ReviewRule = EXAMPLE) -> Outcome:
    (found,) = outcomes([one], rule)
    return found


def test_the_golden_example_worked_by_hand() -> None:
    """Three teams, weights 30/30/40, grades 100/85/70/40.

    First: leadership 5 excellent, 2 good: (500 + 170) / 7 = 95.714…; committees 4, 3, 1 of 8:
    (400 + 255 + 70) / 8 = 90.625; households 20, 8, 1, 1 of 30: (2000 + 680 + 70 + 40) / 30 = 93.
    Together 0.3 · 95.714… + 0.3 · 90.625 + 0.4 · 93 = 28.7142… + 27.1875 + 37.2 = 93.1017….
    Second: all good: 85. Third: 3 fair of 4 with one poor: (210 + 40) / 4 = 62.5 on all sides.
    """
    found = outcomes(
        [
            team(3, ballot(0, 0, 3, 1), ballot(0, 0, 3, 1), ballot(0, 0, 3, 1)),
            team(1, ballot(5, 2, 0, 0), ballot(4, 3, 1, 0), ballot(20, 8, 1, 1)),
            team(2, ballot(0, 7, 0, 0), ballot(0, 8, 0, 0), ballot(0, 30, 0, 0)),
        ],
        EXAMPLE,
    )
    assert [one.team_id for one in found] == [1, 2, 3]
    assert [one.score for one in found] == [Decimal("93.10"), Decimal(85), Decimal("62.50")]
    assert [one.grade for one in found] == ["excellent", "good", "fair"]
    assert [one.rank for one in found] == [1, 2, 3]
    assert [side.points for side in found[0].sides] == [
        Decimal("95.71"), Decimal("90.63"), Decimal(93),
    ]  # fmt: skip
    assert [one.missing for one in found] == [(), (), ()]
    assert [[side.small for side in one.sides] for one in found] == [
        [False] * 3, [False] * 3, [True] * 3,
    ]  # fmt: skip


def test_the_interval_worked_by_hand() -> None:
    """Two grades would be a coin: 3 excellent and 1 poor on each side, one vote added evenly.

    3.25, 0.25, 0.25, 1.25 of 5: mean (325 + 21.25 + 17.5 + 50) / 5 = 82.75; mean square
    (32500 + 1806.25 + 1225 + 2000) / 5 = 7506.25; variance (7506.25 - 6847.5625) / 6 = 109.78125.
    Sides at 0.3, 0.3, 0.4: 0.34 of it, 37.325625, whose root is 6.10947; 1.95996 of these are
    11.9743. So 82.75 - 11.97 = 70.78 and 94.72. The score itself is (300 + 40) / 4 = 85.
    """
    one = only(team(1, *[ballot(3, 0, 0, 1)] * 3))
    assert (one.score, one.low, one.high) == (Decimal(85), Decimal("70.78"), Decimal("94.72"))
    assert (one.worst, one.grade, one.best) == ("fair", "good", "excellent")


def test_equal_scores_share_a_rank_and_the_next_is_left_out() -> None:
    best, same, last = ballot(9, 0, 0, 0), ballot(0, 9, 0, 0), ballot(0, 0, 0, 9)
    found = outcomes(
        [team(4, *[last] * 3), team(2, *[same] * 3), team(1, *[best] * 3), team(3, *[same] * 3)],
        EXAMPLE,
    )
    assert [(one.team_id, one.rank) for one in found] == [(1, 1), (2, 2), (3, 2), (4, 4)]
    # Nine votes of one mind on three sides tell these apart, but not the two from each other.
    assert [(one.rank_low, one.rank_high) for one in found] == [(1, 1), (2, 3), (2, 3), (4, 4)]


def test_few_votes_do_not_tell_teams_apart() -> None:
    few = outcomes(
        [team(1, *[ballot(2, 1, 0, 0)] * 3), team(2, *[ballot(1, 2, 0, 0)] * 3)], EXAMPLE
    )
    assert [(one.rank, one.rank_low, one.rank_high) for one in few] == [(1, 1, 2), (2, 1, 2)]
    many = outcomes(
        [team(1, *[ballot(200, 100, 0, 0)] * 3), team(2, *[ballot(100, 200, 0, 0)] * 3)], EXAMPLE
    )
    assert [one.score for one in many] == [one.score for one in few]
    assert [(one.rank_low, one.rank_high) for one in many] == [(1, 1), (2, 2)]


def test_what_is_missing_is_named_and_leaves_no_rank() -> None:
    full = ballot(5, 0, 0, 0)
    silent = only(team(1, full, full, full, reports=frozenset({"sub_district"})))
    assert silent.missing == ("report_sending_unit", "report_assembly")
    assert silent.score == 100  # counted, but not to be published
    unvoted = only(team(2, full, None, ballot(0, 0, 0, 0, invited=9, present=9, void=9)))
    assert unvoted.missing == ("votes_community", "votes_households")
    assert (unvoted.score, unvoted.rank, unvoted.grade) == (None, None, None)
    few = only(team(3, full, full, ballot(5, 0, 0, 0, invited=8)))
    assert few.missing == ("quorum_households",) and few.rank is None
    assert only(team(3, full, full, ballot(6, 0, 0, 0, invited=9))).missing == ()  # just two thirds


@pytest.mark.parametrize(
    ("one", "fault"),
    [
        (ballot(3, 1, 0, 0, present=4, invited=4), None),
        (ballot(3, 1, 0, 0, present=5, invited=9, void=1), None),
        (ballot(3, 1, 0, 0, present=3, invited=9), "team-votes-too-many"),
        (ballot(3, 1, 0, 0, present=4, invited=9, void=1), "team-votes-too-many"),
        (ballot(3, 1, 0, 0, present=10, invited=9), "team-votes-present"),
        (ballot(3, -1, 0, 0, present=4, invited=9), "team-votes-negative"),
        (ballot(0, 0, 0, 0, present=0, invited=0), "team-votes-negative"),
    ],
)  # fmt: skip
def test_votes_add_up(one: Ballot, fault: str | None) -> None:
    assert ballot_fault(one) == fault


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({}, None),
        ({"weights": dict.fromkeys(SIDES, Decimal(33))}, "team-rule-weights"),
        ({"weights": dict(zip(SIDES, map(Decimal, (0, 50, 50)), strict=True))},
         "team-rule-weights"),
        ({"points": dict(zip(GRADES, map(Decimal, (100, 80, 80, 0)), strict=True))},
         "team-rule-points"),
        ({"points": dict(zip(GRADES, map(Decimal, (101, 80, 60, 0)), strict=True))},
         "team-rule-points"),
        ({"results": dict(zip(GRADES[:3], map(Decimal, (90, 90, 60)), strict=True))},
         "team-rule-results"),
        ({"quorum": (3, 2)}, "team-rule-quorum"),
    ],
)  # fmt: skip
def test_a_rule_makes_sense(changed: dict, fault: str | None) -> None:
    assert rule_fault(replace(EXAMPLE, **changed)) == fault


def test_a_result_begins_at_its_bound() -> None:
    assert [grade_of(Decimal(x), EXAMPLE) for x in ("90", "89.99", "60", "59.99")] == [
        "excellent", "good", "fair", "poor",
    ]  # fmt: skip


votes = st.tuples(*[st.integers(0, 40)] * 4).filter(any).map(lambda counts: ballot(*counts))
teams = st.lists(st.tuples(votes, votes, votes), min_size=1, max_size=8)


@settings(max_examples=200, deadline=None)
@given(teams)
def test_any_votes(drawn: list[tuple[Ballot, Ballot, Ballot]]) -> None:
    given_teams = [team(number, *three) for number, three in enumerate(drawn)]
    found = outcomes(given_teams, EXAMPLE)
    assert found == outcomes(given_teams[::-1], EXAMPLE)  # whoever was entered first
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True)  # type: ignore[type-var]
    for one in found:
        assert Decimal(40) <= one.low <= one.score <= one.high <= Decimal(100)  # type: ignore[operator]
        assert one.rank_low <= one.rank <= one.rank_high  # type: ignore[operator]
        assert one.rank == 1 + sum(score > one.score for score in scores)  # type: ignore[operator]
        sides = [side.points for side in one.sides]
        assert min(sides) <= one.score <= max(sides)  # type: ignore[type-var, operator]


@settings(max_examples=100, deadline=None)
@given(votes, votes, votes, st.sampled_from(SIDES))
def test_a_better_vote_never_makes_a_team_worse(a: Ballot, b: Ballot, c: Ballot, side: str) -> None:
    three = dict(zip(SIDES, (a, b, c), strict=True))
    counts = dict(three[side].votes)
    worse = next((g for g in GRADES[1:] if counts[g]), None)
    if worse is None:
        return
    better = counts | {worse: counts[worse] - 1, GRADES[0]: counts[GRADES[0]] + 1}
    raised = three | {side: replace(three[side], votes=better)}
    before, after = only(team(1, *three.values())), only(team(1, *raised.values()))
    assert after.score >= before.score  # type: ignore[operator]


@settings(max_examples=50, deadline=None)
@given(votes, votes, votes)
def test_ten_times_the_votes_say_it_more_surely(a: Ballot, b: Ballot, c: Ballot) -> None:
    few = only(team(1, a, b, c))
    many = only(team(1, *(ballot(*(10 * one.votes[g] for g in GRADES)) for one in (a, b, c))))
    assert many.score == few.score
    assert many.high - many.low < few.high - few.low  # type: ignore[operator]


def test_the_interval_holds_the_truth_in_nineteen_of_twenty() -> None:
    """Votes drawn from sides whose opinion is known, in numbers as real meetings have them."""
    rng = np.random.default_rng(20250101)
    points = np.array([float(EXAMPLE.points[g]) for g in GRADES])
    weights = np.array([float(EXAMPLE.weights[s]) / 100 for s in SIDES])
    held = drawn = 0
    for numbers in ((3, 3, 5), (5, 7, 20), (9, 12, 60)):
        for _ in range(40):
            truth = rng.dirichlet([2, 2, 1, 0.3], size=3)
            real = float(weights @ (truth @ points))
            for _ in range(10):
                cast = [rng.multinomial(n, p) for n, p in zip(numbers, truth, strict=True)]
                one = only(team(1, *(ballot(*map(int, counts)) for counts in cast)))
                held += float(one.low) <= real <= float(one.high)  # type: ignore[arg-type]
                drawn += 1
    assert 0.93 < held / drawn < 0.98
