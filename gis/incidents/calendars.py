"""An office's calendar: when it works, and how much working time lies between two moments.

All counting is done on whole microseconds of UTC, so nothing is lost or gained by summer time: an
hour that the clocks skip is not worked, an hour that they repeat is worked twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import numpy.typing as npt

from gis.errors import InputError

Micros = npt.NDArray[np.int64]  # microseconds since 1970 in UTC
Span = tuple[int, int]  # seconds of the local day: opening and closing
DAY_S = 86_400
SECOND_US = 1_000_000
FIRST_YEAR, LAST_YEAR = 1900, 2400
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = EPOCH.toordinal()
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialDay:
    """A day that is not like its weekday: a `holiday`, or a `make_up` working day (调休).

    `spans` are the office hours of a make-up day; None: those of the first weekday that has any.
    """

    kind: str
    name_zh: str = ""
    name_en: str = ""
    spans: tuple[Span, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class OfficeCalendar:
    """Office hours by weekday (Monday first), special days, and the time zone that they are in.

    `settled_through`: the last year whose holidays and make-up days are decided. Beyond it only
    the weekdays and the days that are written down count, and a due date is provisional.
    """

    zone: str
    week: tuple[tuple[Span, ...], ...]
    days: Mapping[date, SpecialDay] = field(default_factory=dict)
    settled_through: int | None = None

    def __post_init__(self) -> None:
        if self.zone not in available_timezones():
            raise InputError("calendar-zone", zone=self.zone, field="zone")
        if len(self.week) != 7 or not any(self.week):
            raise InputError("calendar-week", field="week")
        hours = [*self.week, *(day.spans for day in self.days.values() if day.spans is not None)]
        for spans in hours:
            ends = [end for span in spans for end in span]
            if any(a >= b for a, b in pairwise(ends)) or not all(0 <= end <= DAY_S for end in ends):
                raise InputError("calendar-hours", field="week")

    # Not a field, and so no part of what makes two calendars the same.
    @cached_property
    def _kept(self) -> dict[str, _Table]:
        return {}

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def spans_of(self, day: date) -> tuple[Span, ...]:
        """The office hours of a day, in seconds of its local time; empty if it does not work."""
        special = self.days.get(day)
        if special is None:
            return self.week[day.weekday()]
        if special.kind == "holiday":
            return ()
        if special.spans is not None:
            return special.spans
        return next(spans for spans in self.week if spans)

    def settled(self, moment: datetime) -> bool:
        """Whether the holidays of the year of a moment are decided."""
        year = moment.astimezone(self._zone).year
        return self.settled_through is None or year <= self.settled_through

    def worked_between(self, start: datetime, end: datetime) -> timedelta:
        """The working time from one moment to another; negative if the second is the earlier."""
        worked = self.worked(np.array([micros(start), micros(end)]))
        return timedelta(microseconds=int(worked[1] - worked[0]))

    def advance(self, moment: datetime, worked: timedelta) -> datetime:
        """The first moment by which so much has been worked since another; itself for no time.

        Negative working time goes back, to the first moment from which as much is left.
        """
        found = self.advance_many(np.array([micros(moment)]), np.array([worked // MICROSECOND]))
        return moment_of(found[0])

    def close_after(self, moment: datetime, days: int) -> datetime:
        """The closing time of the n-th working day after the local day of a moment."""
        found = self.close_after_many(np.array([micros(moment)]), np.array([days]))
        return moment_of(found[0])

    def midnight_after(self, moment: datetime, days: int) -> datetime:
        """The end (24:00, local time) of the n-th day after the local day of a moment."""
        found = self.midnight_after_many(np.array([micros(moment)]), np.array([days]))
        return moment_of(found[0])

    def worked(self, moments: Micros) -> Micros:
        """Microseconds worked up to each of some moments, since a moment that they share."""
        return self._reaching(moments).worked(moments)

    def advance_many(self, moments: Micros, worked: Micros) -> Micros:
        """`advance` of many moments by so many microseconds of working time each."""
        for table in self._growing(moments):
            wanted = table.worked(moments) + worked
            if not len(moments) or (wanted.min() > 0 and wanted.max() <= table.total):
                break
        return np.where(worked == 0, moments, table.moment(wanted))

    def close_after_many(self, moments: Micros, days: npt.NDArray[np.int64]) -> Micros:
        """`close_after` of many moments."""
        for table in self._growing(moments):
            place = np.searchsorted(table.working_days, table.day(moments), "right") + days - 1
            if not len(moments) or place.max() < len(table.working_days):
                break
        return np.asarray(table.closing[place])

    def midnight_after_many(self, moments: Micros, days: npt.NDArray[np.int64]) -> Micros:
        """`midnight_after` of many moments."""
        for table in self._growing(moments):
            place = table.day(moments) + days + 1
            if not len(moments) or place.max() < len(table.midnights):
                break
        return np.asarray(table.midnights[place])

    def _growing(self, moments: Micros) -> Iterator[_Table]:
        """Tables that reach further and further, until they cannot.

        Raises InputError `calendar-too-far`.
        """
        table = self._reaching(moments)
        while True:
            yield table
            reach = table.last_year - table.first_year + 2
            if (table.first_year, table.last_year) == (FIRST_YEAR, LAST_YEAR):
                raise InputError("calendar-too-far", year=LAST_YEAR)
            table = self._table(table.first_year - reach, table.last_year + reach)

    def _reaching(self, moments: Micros) -> _Table:
        low, high = (moment_of(f(moments)).year if len(moments) else 2026 for f in (np.min, np.max))
        if not FIRST_YEAR < low <= high < LAST_YEAR:
            raise InputError("calendar-too-far", year=LAST_YEAR)
        return self._table(low - 1, high + 1)

    def _table(self, first_year: int, last_year: int) -> _Table:
        kept = self._kept.get("table")
        if kept is not None:
            if kept.first_year <= first_year and last_year <= kept.last_year:
                return kept
            first_year = min(first_year, kept.first_year)
            last_year = max(last_year, kept.last_year)
        table = _Table(self, max(first_year, FIRST_YEAR), min(last_year, LAST_YEAR))
        self._kept["table"] = table
        return table


class _Table:
    """The working spans of some years, cumulated: a moment is found by binary search."""

    def __init__(self, calendar: OfficeCalendar, first_year: int, last_year: int) -> None:
        self.first_year, self.last_year = first_year, last_year
        first, beyond = date(first_year, 1, 1).toordinal(), date(last_year + 1, 1, 1).toordinal()
        zone = ZoneInfo(calendar.zone)
        opens: list[int] = []
        closes: list[int] = []
        working: list[int] = []
        closing: list[int] = []
        midnights = [_instant(zone, ordinal, 0) for ordinal in range(first, beyond + 1)]
        # Where a day lasts 24 hours its clocks run evenly, as far as offices are concerned.
        even = np.diff(midnights) == DAY_S * SECOND_US
        for place, ordinal in enumerate(range(first, beyond)):
            start, worked = midnights[place], False
            for opening, shutting in calendar.spans_of(date.fromordinal(ordinal)):
                if even[place]:
                    a, b = start + opening * SECOND_US, start + shutting * SECOND_US
                else:
                    a, b = _instant(zone, ordinal, opening), _instant(zone, ordinal, shutting)
                if a < b:
                    opens.append(a)
                    closes.append(b)
                    worked = True
            if worked:
                working.append(place)
                closing.append(closes[-1])
        self.midnights = np.array(midnights, dtype=np.int64)
        self.opens = np.array(opens, dtype=np.int64)
        self.working_days = np.array(working, dtype=np.int64)
        self.closing = np.array(closing, dtype=np.int64)
        self.until = np.cumsum(np.array(closes, dtype=np.int64) - self.opens)
        self.before = self.until - (np.array(closes, dtype=np.int64) - self.opens)
        self.total = int(self.until[-1]) if len(self.until) else 0

    def day(self, moments: Micros) -> npt.NDArray[np.int64]:
        """The place of the local day of each moment among the days of the table."""
        return np.searchsorted(self.midnights, moments, "right") - 1

    def worked(self, moments: Micros) -> Micros:
        """Microseconds worked from the table's beginning."""
        span = np.searchsorted(self.opens, moments, "right") - 1
        length = self.until - self.before
        within = np.minimum(moments - self.opens[span], length[span])
        return np.where(span < 0, 0, self.before[span] + within)

    def moment(self, worked: Micros) -> Micros:
        """The first moment by which so much has been worked."""
        span = np.minimum(np.searchsorted(self.until, worked, "left"), len(self.opens) - 1)
        return np.asarray(self.opens[span] + worked - self.before[span])


def micros(moment: datetime) -> int:
    """Microseconds since 1970 of a moment with a time zone."""
    return (moment - EPOCH) // MICROSECOND


def moment_of(value: Any) -> datetime:
    """The moment, in UTC, of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=int(value))


def _instant(zone: ZoneInfo, ordinal: int, second: int) -> int:
    """The moment at which a local clock first shows a time, or would have, had it not skipped it.

    A time that the clock skips is the moment of the skip.
    """
    local = datetime.fromordinal(ordinal) + timedelta(seconds=second)
    found = micros(local.replace(tzinfo=zone))
    early = micros(local.replace(tzinfo=zone, fold=1))
    if early >= found:  # shown once, or twice: then `found` is the first time
        return found
    before = moment_of(early).astimezone(zone).utcoffset()
    while found - early > 1:
        middle = (early + found) // 2
        if moment_of(middle).astimezone(zone).utcoffset() == before:
            early = middle
        else:
            found = middle
    return found
