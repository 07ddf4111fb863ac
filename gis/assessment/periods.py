"""Calendar weeks and months of an office, and the tallies that they are made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Span = Literal["week", "month"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Who is ranked where: whose subjects, for how long, tallied by which part of it."""

    name: str
    subject: str
    span: Span
    tally: Literal["day", "week"]
    names_bottom: bool


# A street ranks its communities by the week from daily tallies; the district ranks its sub-
# districts, and the centre the departments, by the month from weekly ones, and name the last three.
BOARDS = {
    board.name: board
    for board in (
        Board(name="street", subject="community", span="week", tally="day", names_bottom=False),
        Board(
            name="district", subject="sub_district", span="month", tally="week", names_bottom=True
        ),
        Board(name="centre", subject="department", span="month", tally="week", names_bottom=True),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days from `since` to before `until`."""

    since: date
    until: date

    def __contains__(self, day: date) -> bool:
        return self.since <= day < self.until


def period_of(day: date, span: Span) -> Period:
    """The calendar week (from Monday) or month that a day is in."""
    if span == "week":
        since = day - timedelta(days=day.weekday())
        return Period(since=since, until=since + timedelta(days=7))
    since = day.replace(day=1)
    return Period(since=since, until=(since + timedelta(days=31)).replace(day=1))


def former(period: Period, span: Span) -> Period:
    """The period before."""
    return period_of(period.since - timedelta(days=1), span)


def parts(period: Period, tally: Literal["day", "week"]) -> list[Period]:
    """The days, or the calendar weeks cut at its edges, of a period."""
    found: list[Period] = []
    day = period.since
    while day < period.until:
        until = day + timedelta(days=1) if tally == "day" else period_of(day, "week").until
        found.append(Period(since=day, until=min(until, period.until)))
        day = found[-1].until
    return found


def last_ended(now: datetime, span: Span, zone: ZoneInfo) -> Period:
    """The last week or month of a zone's calendar that is over at a moment."""
    return former(period_of(now.astimezone(zone).date(), span), span)


def up_to(period: Period, span: Span, count: int) -> list[Period]:
    """A period and those before it, `count` in all, the oldest first."""
    found = [period]
    while len(found) < count:
        found.append(former(found[-1], span))
    return found[::-1]


def moments(period: Period, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From which moment to before which one a period lasts, from midnight to midnight."""
    return (
        datetime.combine(period.since, time(), zone),
        datetime.combine(period.until, time(), zone),
    )
