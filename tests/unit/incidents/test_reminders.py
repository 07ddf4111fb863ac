"""When an office reminds of diaries, by examples from the calendar of 2026."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from gis.incidents.calendars import SpecialDay
from gis.incidents.public_holidays import china_calendar
from gis.incidents.reminders import check_day, diary_day

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = china_calendar(2025, 2026)  # 8:30 to 12:00 and 14:00 to 18:00


def at(words: str) -> datetime:
    return datetime.strptime(f"2026-{words}", "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("now", "day", "late"),
    [
        ("11-20 18:00", "11-20", False),  # Friday, at closing
        ("11-20 23:59", "11-20", False),
        ("11-20 17:59", "11-19", True),  # not over yet: only Thursday may be late
        ("11-20 08:30", "11-19", True),
        ("11-20 08:29", None, None),  # nobody is told before the office opens
        ("11-21 18:00", None, None),  # Saturday
        ("11-22 12:00", None, None),  # Sunday
        ("11-23 09:00", "11-20", True),  # Monday tells of Friday
        ("10-01 18:30", None, None),  # National Day, a Thursday
        ("10-07 18:30", None, None),
        ("10-08 09:00", "09-30", True),  # after seven days of rest
        ("10-10 18:00", "10-10", False),  # a Saturday that is worked instead
        ("10-12 09:00", "10-10", True),
    ],
)
def test_the_diary_of_a_working_day_is_asked_for_at_its_end(now, day, late):
    wanted = None if day is None else (at(f"{day} 00:00").date(), late)
    assert diary_day(CALENDAR, at(now)) == wanted


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("11-02 08:30", True),  # the first working day of November: the 1st is a Sunday
        ("11-02 08:29", False),
        ("11-01 10:00", False),
        ("11-03 10:00", False),
        ("11-06 10:00", True),  # the fifth
        ("11-13 20:00", True),  # the tenth
        ("11-16 10:00", False),
        ("10-08 09:00", True),  # the first after National Day
        ("10-10 09:00", False),  # a make-up Saturday is the third
        ("10-13 09:00", True),  # the fifth, for it was worked on Saturday
    ],
)
def test_the_check_of_last_month_is_asked_for_on_three_working_days(now, due):
    assert check_day(CALENDAR, at(now)) == (at(now).date() if due else None)


def test_the_day_is_the_office_s_whatever_zone_the_moment_is_told_in():
    from datetime import UTC

    assert diary_day(CALENDAR, datetime(2026, 11, 20, 10, 0, tzinfo=UTC)) == (
        date(2026, 11, 20), False,
    )  # fmt: skip


def test_an_office_that_never_works_reminds_nobody():
    days = {date(2026, 1, 1).replace(day=1): SpecialDay(kind="holiday")}
    quiet = type(CALENDAR)(
        zone="Asia/Shanghai", week=((), (), (), (), (), (), ((0, 3600),)), days=days
    )
    assert diary_day(quiet, at("11-20 18:00")) is None
    assert check_day(quiet, at("11-20 18:00")) is None
