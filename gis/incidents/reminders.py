"""When an office reminds its people of diaries: by its calendar, never on a day without work."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from gis.incidents.calendars import OfficeCalendar

# On which working days of a month the diaries of the month before are asked for.
CHECK_DAYS = (1, 5, 10)
LONGEST_REST_DAYS = 31


def diary_day(calendar: OfficeCalendar, now: datetime) -> tuple[date, bool] | None:
    """The working day whose diary is missing by now, and whether that is told late.

    From the closing of a working day on, that day; before it, while the office is open, the working
    day before, which is only news where nobody was there to tell of it in time. None while the
    office is not at work: on other days, and before it opens.
    """
    today, at = _local(calendar, now)
    spans = calendar.spans_of(today)
    if not spans or at < spans[0][0]:
        return None
    if at >= spans[-1][1]:
        return today, False
    for back in range(1, LONGEST_REST_DAYS):
        before = today - timedelta(days=back)
        if calendar.spans_of(before):
            return before, True
    return None


def check_day(calendar: OfficeCalendar, now: datetime) -> date | None:
    """The day on which the check of last month is asked for, if it is this one: the first, fifth
    or tenth working day of a month, from the opening of the office on."""
    today, at = _local(calendar, now)
    spans = calendar.spans_of(today)
    if not spans or at < spans[0][0]:
        return None
    days = (today.replace(day=1) + timedelta(days=k) for k in range(today.day))
    return today if sum(bool(calendar.spans_of(day)) for day in days) in CHECK_DAYS else None


def _local(calendar: OfficeCalendar, now: datetime) -> tuple[date, int]:
    """The day of the office, and the seconds of it that have passed by the clock on its wall."""
    here = now.astimezone(ZoneInfo(calendar.zone))
    return here.date(), here.hour * 3600 + here.minute * 60 + here.second
