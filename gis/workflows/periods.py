"""A window of time cut into days, weeks or months of the office's calendar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from gis.hotspots.columns import EPOCH, MOMENT

Step = Literal["day", "week", "month"]
STEPS: tuple[Step, ...] = ("day", "week", "month")
MOST_PERIODS = 120  # a slider with more can't be steered, and its page grows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Periods:
    """t periods: their t + 1 edges in microseconds since 1970 (UTC), and the first day of each."""

    step: Step
    edges: npt.NDArray[np.int64]
    days: Sequence[date]

    def __len__(self) -> int:
        return len(self.days)


def periods_of(since: datetime, until: datetime, step: Step, zone: ZoneInfo) -> Periods:
    """Every period of a window, `until` excluded; its first and last may be cut off.

    Where there would be more than 120, of the next longer step; months are all told.
    """
    first, last = since.astimezone(zone).date(), (until - MOMENT).astimezone(zone).date()
    if step == "day" and (last - first).days >= MOST_PERIODS:
        step = "week"
    if step == "week" and (last - first).days >= 7 * MOST_PERIODS:
        step = "month"
    days = list(_starts(first, last, step))
    inner = [midnight(day, zone) for day in days[1:]]
    edges = [micros(since), *inner, micros(until)]
    return Periods(step=step, edges=np.array(edges, np.int64), days=days)


def midnight(day: date, zone: ZoneInfo) -> int:
    """The first moment of a day in a zone, in microseconds since 1970."""
    return micros(datetime(day.year, day.month, day.day, tzinfo=zone))


def micros(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment - EPOCH) // MOMENT


def _starts(first: date, last: date, step: Step) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        if step == "day":
            day += timedelta(days=1)
        elif step == "week":
            day += timedelta(days=7 - day.weekday())
        else:
            day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
