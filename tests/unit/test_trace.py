"""The trace of a case: how long each hand held it, without its rests, and where time was lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gis.incidents.trace import HandSpan, Span, StageClock, trace

START = datetime(2026, 11, 16, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def hand(since: float, until: float | None, stage: str = "dispatched", **more: bool) -> HandSpan:
    return HandSpan(
        since=START + since * HOUR,
        until=None if until is None else START + until * HOUR,
        stage=stage,
        **more,
    )


def told(hands, *, rests=(), clocks=(), now=100.0):
    return trace(
        hands,
        rests=[Span(since=START + a * HOUR, until=START + b * HOUR) for a, b in rests],
        clocks=[
            StageClock(
                since=START + since * HOUR,
                until=None if until is None else START + until * HOUR,
                due_at=START + due * HOUR,
                stage=stage,
            )
            for stage, since, until, due in clocks
        ],
        calendar=None,
        now=START + now * HOUR,
    )


def test_a_case_that_went_through_three_hands():
    found = told(
        [hand(0, 2, "registered"), hand(2, 50), hand(50, None, "handled")],
        clocks=[
            ("registered", 0, 2, 4),
            ("dispatched", 2, 50, 26),
            ("handled", 50, None, 60),
        ],
        now=65,
    )
    assert [one.held / HOUR for one in found.hands] == [2, 48, 15]
    assert [one.over / HOUR for one in found.hands if one.over is not None] == [0, 24, 5]
    assert (found.lost, found.longest) == (1, 1)


def test_rests_count_neither_as_held_longest_nor_as_beyond_the_deadline():
    found = told(
        [hand(0, 60), hand(60, 90, "handled")],
        rests=[(10, 55)],
        clocks=[("dispatched", 0, 60, 70), ("handled", 60, 90, 80)],
    )
    assert found.hands[0].parked == 45 * HOUR
    assert (found.lost, found.longest) == (1, 1)
    late = told([hand(0, 60)], rests=[(30, 50)], clocks=[("dispatched", 0, 60, 20)])
    assert late.hands[0].over == 20 * HOUR


def test_of_two_hands_in_one_stage_each_bears_its_own_part_of_the_delay():
    found = told([hand(0, 30), hand(30, 70)], clocks=[("dispatched", 0, 70, 24)])
    assert [one.over / HOUR for one in found.hands if one.over is not None] == [6, 40]
    assert found.lost == 1


def test_a_stage_without_a_deadline_is_judged_by_that_of_the_whole_case():
    found = told(
        [hand(0, 30, "registered"), hand(30, 90)],
        clocks=[("registered", 0, 30, 10), (None, 0, None, 50)],
    )
    assert [one.over / HOUR for one in found.hands if one.over is not None] == [20, 40]
    assert found.lost == 1


def test_without_deadlines_nothing_is_lost_and_parts_never_lead():
    found = told([hand(0, 5), hand(5, 90, lead=False), hand(5, 20)])
    assert found.lost is None and found.longest == 2
    assert all(one.over is None and one.worked is None for one in found.hands)
    assert told([]).longest is None


@given(
    cuts=st.lists(st.floats(0.1, 100), min_size=1, max_size=12),
    rest=st.tuples(st.floats(0, 100), st.floats(0, 100)),
    due=st.floats(0, 120),
)
def test_times_add_up_whatever_the_case_passed(cuts, rest, due):
    moments = [0.0, *sorted(cuts)]
    hands = [hand(a, b) for a, b in pairwise(moments)]
    found = told(
        hands, rests=[(min(rest), max(rest))], clocks=[("dispatched", 0, moments[-1], due)]
    )
    whole = sum((one.held for one in found.hands), timedelta())
    assert abs(whole - (hands[-1].until - hands[0].since)) < timedelta(milliseconds=1)
    for one in found.hands:
        assert timedelta() <= one.parked <= one.held
        assert one.over is None or timedelta() <= one.over <= one.held
