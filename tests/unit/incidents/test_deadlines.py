"""Deadlines are counted as the rules say: by hand, by walking minute by minute, and in bulk."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import InputError
from gis.incidents.calendars import OfficeCalendar, SpecialDay, micros
from gis.incidents.deadlines import (
    UNITS,
    Allowance,
    Deadline,
    DeadlineTable,
    due_at,
    due_many,
    soon_many,
)
from gis.incidents.public_holidays import china_calendar

EXAMPLES = Path(__file__).parent / "worked_examples.csv"
CHINA = ZoneInfo("Asia/Shanghai")
HOUR = 3600
# Summer time at night, at midnight, by half an hour, and none at all.
ZONES = ("Asia/Shanghai", "America/New_York", "America/Santiago", "Australia/Lord_Howe")
CHANGES = (date(2026, 3, 8), date(2026, 4, 5), date(2026, 9, 6), date(2026, 10, 4),
           date(2026, 11, 1))  # fmt: skip


@cache
def china() -> OfficeCalendar:
    return china_calendar(2025, 2027)


def examples() -> list[dict[str, str]]:
    with EXAMPLES.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_worked_examples() -> None:
    wrong = []
    for row in examples():
        start, due = (
            datetime.strptime(row[name], "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA)
            for name in ("start", "due")
        )
        found = due_at(china(), start, Allowance(amount=float(row["amount"]), unit=row["unit"]))
        provisional = "no" if china().settled(found) else "yes"
        if (found, provisional) != (due, row["provisional"]):
            wrong.append((row, found.astimezone(CHINA).isoformat()))
    assert wrong == []
    assert len(examples()) >= 25


whole_hours = st.lists(st.integers(0, 24), min_size=2, max_size=6, unique=True).map(
    lambda ends: tuple(
        (a * HOUR, b * HOUR) for a, b in zip(sorted(ends)[::2], sorted(ends)[1::2], strict=False)
    )
)


@st.composite
def calendars(draw: st.DrawFn) -> OfficeCalendar:
    """Any office hours, with some holidays and make-up days near a change of the clocks."""
    week = draw(st.lists(st.one_of(st.just(()), whole_hours), min_size=6, max_size=6))
    near = draw(st.sampled_from(CHANGES))
    days = {
        near + timedelta(days=draw(st.integers(-3, 3))): draw(
            st.one_of(
                st.just(SpecialDay(kind="holiday")),
                whole_hours.map(lambda spans: SpecialDay(kind="make_up", spans=spans)),
            )
        )
        for _ in range(draw(st.integers(0, 3)))
    }
    return OfficeCalendar(
        zone=draw(st.sampled_from(ZONES)), week=(draw(whole_hours), *week), days=days
    )


moments = st.builds(
    lambda day, minutes: datetime.combine(day, time(), UTC) + timedelta(minutes=minutes),
    st.sampled_from(CHANGES),
    st.integers(-4 * 1440, 4 * 1440),
)


def worked_minutes(calendar: OfficeCalendar, start: datetime, end: datetime) -> int:
    """The oracle: look at the clock on the wall of every minute."""
    zone, worked = ZoneInfo(calendar.zone), 0
    spans: dict[date, tuple[tuple[int, int], ...]] = {}
    while start < end:
        local = start.astimezone(zone)
        second = local.hour * HOUR + local.minute * 60
        open_ = spans.setdefault(local.date(), calendar.spans_of(local.date()))
        worked += any(a <= second < b for a, b in open_)
        start += timedelta(minutes=1)
    return worked


@settings(max_examples=60, deadline=None)
@given(calendars(), moments, st.integers(0, 3 * 1440))
def test_time_worked_is_what_the_clock_on_the_wall_shows(
    calendar: OfficeCalendar, start: datetime, minutes: int
) -> None:
    end = start + timedelta(minutes=minutes)
    expected = timedelta(minutes=worked_minutes(calendar, start, end))
    assert calendar.worked_between(start, end) == expected
    assert calendar.worked_between(end, start) == -expected


@settings(max_examples=60, deadline=None)
@given(calendars(), moments, st.integers(1, 160).map(lambda n: n / 4))
def test_working_hours_end_when_that_much_was_worked_and_not_before(
    calendar: OfficeCalendar, start: datetime, hours: float
) -> None:
    due = due_at(calendar, start, Allowance(amount=hours, unit="working_hours"))
    second = timedelta(seconds=1)
    assert calendar.worked_between(start, due) == timedelta(hours=hours)
    assert calendar.worked_between(start, due - second) == timedelta(hours=hours) - second
    back = calendar.advance(due, -timedelta(hours=hours))
    assert calendar.worked_between(back, due) == timedelta(hours=hours)
    assert calendar.worked_between(back, start) == timedelta()


@settings(max_examples=60, deadline=None)
@given(calendars(), moments, st.integers(1, 30))
def test_working_days_are_counted_one_by_one(
    calendar: OfficeCalendar, start: datetime, days: int
) -> None:
    zone = ZoneInfo(calendar.zone)
    day, left = start.astimezone(zone).date(), days
    while left:
        day += timedelta(days=1)
        begin = datetime.combine(day, time(), zone)
        after = datetime.combine(day + timedelta(days=1), time(), zone)
        left -= calendar.worked_between(begin, after) > timedelta()
    due = due_at(calendar, start, Allowance(amount=days, unit="working_days"))
    assert calendar.worked_between(due - timedelta(seconds=1), due) == timedelta(seconds=1)
    assert calendar.worked_between(due, after) == timedelta()
    assert begin < due <= after


@settings(max_examples=60, deadline=None)
@given(
    calendars(), st.lists(moments, min_size=2, max_size=20), st.sampled_from(UNITS),
    st.integers(1, 40),
)  # fmt: skip
def test_who_starts_later_or_may_take_longer_is_never_due_earlier(
    calendar: OfficeCalendar, starts: list[datetime], unit: str, amount: int
) -> None:
    allowances = [Allowance(amount=amount, unit=unit), Allowance(amount=amount + 1, unit=unit)]
    due = [due_at(calendar, start, allowances[0]) for start in sorted(starts)]
    assert due == sorted(due)
    assert all(at > start for at, start in zip(due, sorted(starts), strict=True))
    assert due_at(calendar, starts[0], allowances[1]) > due_at(calendar, starts[0], allowances[0])


@settings(max_examples=30, deadline=None)
@given(calendars(), st.lists(st.tuples(moments, st.sampled_from(UNITS), st.integers(1, 40))))
def test_many_at_once_are_due_as_each_alone(
    calendar: OfficeCalendar, given_: list[tuple[datetime, str, int]]
) -> None:
    starts = np.array([micros(start) for start, *_ in given_], dtype=np.int64)
    allowances = [Allowance(amount=amount, unit=unit) for _, unit, amount in given_]
    due = due_many(calendar, starts, allowances)
    alone = [due_at(calendar, one[0], it) for one, it in zip(given_, allowances, strict=True)]
    assert due.tolist() == [micros(moment) for moment in alone]
    soon = soon_many(calendar, starts, due, [it.working for it in allowances], [0.25] * len(due))
    assert (soon <= due).all() and (soon >= starts).all()


def test_a_calendar_that_makes_no_sense_is_refused() -> None:
    day = ((8 * HOUR, 12 * HOUR),)
    for code, week in {
        "calendar-week": ((),) * 7,
        "calendar-hours": (((8 * HOUR, 8 * HOUR),),) * 7,
    }.items():
        with pytest.raises(InputError) as refused:
            OfficeCalendar(zone="Asia/Shanghai", week=week)
        assert refused.value.code == code
    for spans in (((1, 5), (4, 9)), ((-1, 5),), ((5, 90_000),), ((5, 9), (9, 12))):
        with pytest.raises(InputError):
            OfficeCalendar(zone="Asia/Shanghai", week=(spans,) * 7)
    with pytest.raises(InputError):
        OfficeCalendar(zone="Mars/Olympus", week=(day,) * 7)
    closed = OfficeCalendar(
        zone="Asia/Shanghai",
        week=(day, *((),) * 6),
        days={date(year, 1, 1) + timedelta(days=n): SpecialDay(kind="holiday")
              for year in range(2025, 2032) for n in range(366)},
    )  # fmt: skip
    start = datetime(2026, 1, 1, tzinfo=UTC)
    first = due_at(closed, start, Allowance(amount=1, unit="working_days"))
    assert first == datetime(2032, 1, 5, 12, tzinfo=CHINA)  # the first Monday after all these
    far = Allowance(amount=1000, unit="working_days")
    assert due_at(closed, start, far).year > 2050
    with pytest.raises(InputError):
        due_at(closed, datetime(2399, 6, 1, tzinfo=UTC), far)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("amount", [0, -1, 0.1, 1.3, 1e9, float("nan"), float("inf")])
def test_an_amount_that_makes_no_sense_is_refused(unit: str, amount: float) -> None:
    with pytest.raises(InputError):
        Allowance(amount=amount, unit=unit)


def test_the_closest_row_of_the_table_holds_at_its_time() -> None:
    began, changed = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)

    def row(number: int, **kind: object) -> Deadline:
        return Deadline(
            deadline_id=number, allowance=Allowance(amount=1, unit="working_days"),
            **{"since": began} | kind,
        )  # fmt: skip

    table = DeadlineTable(
        rows=(
            row(1), row(2, severity=4), row(3, category="03", until=changed),
            row(4, category="0301", severity=2), row(5, stage="handled"),
            row(6, category="03", since=changed),
        )
    )  # fmt: skip
    later = datetime(2026, 7, 1, tzinfo=UTC)
    asked = [
        ("case", "0101", 1, began, 1), ("case", "0101", 4, began, 2), ("case", "0301", 4, began, 3),
        ("case", "0301", 2, began, 4), ("case", "0302", 2, later, 6), ("case", "03", 1, later, 6),
        ("handled", "0301", 2, later, 5), ("collected", "0301", 2, later, None),
        ("case", "0101", 1, began - timedelta(seconds=1), None),
        ("case", "0302", 2, changed, 6),
    ]  # fmt: skip
    for stage, category, severity, at, expected in asked:
        found = table.find(stage, category, severity, at)
        assert (found and found.deadline_id) == expected
    for stage in {one[0] for one in asked}:
        some = [one for one in asked if one[0] == stage]
        _, categories, severities, moments, _ = (list(it) for it in zip(*some, strict=True))
        found, which = table.find_many(
            stage, categories, severities, np.array([micros(at) for at in moments])
        )
        many = [found[place] for place in which]
        assert [one and one.deadline_id for one in many] == [one[4] for one in some]
