"""A clock keeps what is left to the second, whatever happens to it and in whatever order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import ConflictError, WanggeError
from gis.incidents.calendars import OfficeCalendar
from gis.incidents.clocks import Clock, ClockEffect
from gis.incidents.deadlines import UNITS, Allowance, measure
from gis.incidents.public_holidays import china_calendar

BEGIN = datetime(2026, 9, 17, 1, 7, 13, tzinfo=UTC)
ACTS = ("pause", "resume", "stop", "reopen", "extend_by", "extend_until")
allowances = st.builds(Allowance, amount=st.integers(1, 30).map(float), unit=st.sampled_from(UNITS))
# Between a second and two weeks pass from one act to the next.
spans = st.integers(1, 14 * 86_400).map(lambda seconds: timedelta(seconds=seconds))


@cache
def china() -> OfficeCalendar:
    return china_calendar(2025, 2028)


@settings(max_examples=200, deadline=None)
@given(allowances, st.lists(st.tuples(st.sampled_from(ACTS), spans, allowances), max_size=25))
def test_used_and_left_add_up_to_what_was_given_in_any_order_of_acts(
    allowance: Allowance, acts: list[tuple[str, timedelta, Allowance]]
) -> None:
    """The ledger: time is used while the clock runs and at no other time."""
    clock, at, running = Clock.start(allowance, china(), BEGIN), BEGIN, True
    given_ = clock.remaining(BEGIN)
    used = timedelta()
    for act, span, more in acts:
        before, at = at, at + span
        if running:
            used += measure(china(), before, at, allowance.working)
        old, due = clock, clock.base_due_at
        try:
            if act == "extend_by":
                clock = clock.extend(at, by=more)
            elif act == "extend_until":
                clock = clock.extend(at, until=max(due, at) + span)
            else:
                clock = getattr(clock, act)(at)
        except WanggeError:
            assert clock is old  # refused: nothing has changed
        if clock.round != old.round:
            given_ = clock.remaining(at) + used  # whatever was asked, from here on
            assert clock.base_due_at > due
        running = clock.resting_since is None
        assert clock.remaining(at) + used == given_
        assert clock.used(at) == used
        assert clock.calendar is old.calendar and clock.allowance == allowance
        assert (clock.due_at is None) == (clock.paused_at is not None)
        assert BEGIN <= clock.soon_at(0.25) <= clock.base_due_at


@settings(max_examples=100, deadline=None)
@given(allowances, spans, spans, st.sampled_from([("pause", "resume"), ("stop", "reopen")]))
def test_a_rest_moves_the_due_date_by_itself_and_no_rest_not_at_all(
    allowance: Allowance, first: timedelta, rest: timedelta, acts: tuple[str, str]
) -> None:
    clock = Clock.start(allowance, china(), BEGIN)
    began, ended = BEGIN + first, BEGIN + first + rest
    rested = getattr(getattr(clock, acts[0])(began), acts[1])(began)
    assert rested == clock
    longer = getattr(getattr(clock, acts[0])(began), acts[1])(ended)
    moved = measure(china(), clock.base_due_at, longer.base_due_at, allowance.working)
    assert moved == measure(china(), began, ended, allowance.working)
    assert clock.base_due_at <= longer.base_due_at
    # Two rests in a row are as good as one.
    middle = began + rest / 2
    twice = getattr(getattr(clock, acts[0])(began), acts[1])(middle)
    twice = getattr(getattr(twice, acts[0])(middle), acts[1])(ended)
    assert twice.base_due_at == longer.base_due_at


def test_an_extension_is_counted_from_the_due_date_and_also_while_parked() -> None:
    two_days = Allowance(amount=2, unit="working_days")
    clock = Clock.start(two_days, china(), BEGIN)  # Thursday 17 September, due on Sunday, worked
    later = clock.extend(BEGIN + timedelta(hours=1), by=two_days)
    assert later.base_due_at == datetime(2026, 9, 22, 10, tzinfo=UTC)
    parked = clock.pause(BEGIN + timedelta(hours=1))
    resumed = parked.extend(BEGIN + timedelta(days=1), by=two_days).resume(
        BEGIN + timedelta(days=1)
    )
    assert (
        resumed.base_due_at
        == clock.pause(BEGIN + timedelta(hours=1))
        .resume(BEGIN + timedelta(days=1))
        .extend(BEGIN + timedelta(days=1), by=two_days)
        .base_due_at
    )
    sunday_noon = datetime(2026, 9, 27, 4, tzinfo=UTC)
    exact = clock.extend(BEGIN, until=sunday_noon)
    assert exact.due_at == sunday_noon
    with pytest.raises(WanggeError):
        clock.extend(BEGIN, until=clock.base_due_at)
    with pytest.raises(WanggeError):
        clock.extend(clock.base_due_at + timedelta(days=9), until=clock.base_due_at + timedelta(1))


def test_what_comes_from_a_slow_machine_never_turns_a_clock_back() -> None:
    clock = Clock.start(Allowance(amount=4, unit="working_hours"), china(), BEGIN)
    early = BEGIN - timedelta(minutes=4)
    assert clock.pause(early).resume(early) == clock
    assert clock.stop(early).reopen(early) == clock
    parked = clock.pause(BEGIN + timedelta(minutes=5))
    assert parked.resume(BEGIN) == parked.resume(BEGIN + timedelta(minutes=5))


def test_acts_that_make_no_sense_are_refused() -> None:
    clock = Clock.start(Allowance(amount=4, unit="working_hours"), china(), BEGIN)
    at = BEGIN + timedelta(hours=1)
    for act in (
        clock.resume, clock.reopen, clock.pause(at).pause, clock.stop(at).stop,
        clock.stop(at).pause, clock.stop(at).resume, clock.stop(at).extend,
    ):  # fmt: skip
        with pytest.raises(ConflictError):
            act(at)
    for wrong in (
        {"kind": "restart"}, {"kind": "start"}, {"kind": "start", "stage": "closed"},
        {"kind": "stop", "stage": "handled"}, {"kind": "extend"},
        {"kind": "pause", "until": BEGIN},
    ):  # fmt: skip
        with pytest.raises(ValueError):
            ClockEffect(**wrong)  # type: ignore[arg-type]
