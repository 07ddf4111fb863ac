"""Deadlines: so much time of a kind, and the table that says how much for which incidents.

How an allowance is counted (after articles 201 to 203 of the Civil Code; see docs/deadlines.md):

- `working_hours`: office hours from the moment of the start; outside them, from the next opening.
- `working_days`: the day of the start does not count; due when the n-th working day after it
  closes.
- `calendar_hours`: hours by the clock, day and night.
- `calendar_days`: the day of the start does not count; due at 24:00 of the n-th day after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.errors import InputError
from gis.incidents.calendars import SECOND_US, Micros, OfficeCalendar, micros, moment_of

UNITS = ("working_hours", "working_days", "calendar_hours", "calendar_days")
HOUR_US = 3600 * SECOND_US
MOST = {
    "working_hours": 5000,
    "working_days": 1000,
    "calendar_hours": 20_000,
    "calendar_days": 1000,
}
# The whole case, and the stages in which an incident stands until the next step is taken.
WHOLE = "case"
STAGES = ("collected", "registered", "dispatched", "handled", "fed_back")
SOON = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """So much time of a unit of UNITS: whole days, or hours in quarters.

    Raises InputError `allowance-unit`, `allowance-amount`.
    """

    amount: float
    unit: str

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise InputError("allowance-unit", unit=self.unit, field="unit")
        step = 1 if self.unit.endswith("days") else 0.25
        if not 0 < self.amount <= MOST[self.unit] or self.amount % step:
            raise InputError(
                "allowance-amount", amount=self.amount, most=MOST[self.unit],
                step="day" if step == 1 else "quarter", field="amount",
            )  # fmt: skip

    @property
    def working(self) -> bool:
        """Whether only working time counts."""
        return self.unit.startswith("working")


def due_at(calendar: OfficeCalendar, start: datetime, allowance: Allowance) -> datetime:
    """The moment by which something is due that may take so long from a moment on."""
    return moment_of(due_many(calendar, np.array([micros(start)]), [allowance])[0])


def due_many(calendar: OfficeCalendar, starts: Micros, allowances: Sequence[Allowance]) -> Micros:
    """`due_at` of many, each with its allowance; microseconds since 1970 in UTC."""
    units = np.array([UNITS.index(one.unit) for one in allowances])
    amounts = np.array([one.amount for one in allowances])
    due = np.empty(len(starts), dtype=np.int64)
    for code, unit in enumerate(UNITS):
        of = units == code
        if not of.any():
            continue
        if unit.endswith("days"):
            days = amounts[of].astype(np.int64)
            count = (
                calendar.close_after_many
                if unit == "working_days"
                else (calendar.midnight_after_many)
            )
            due[of] = count(starts[of], days)
        else:
            lasting = (amounts[of] * HOUR_US).astype(np.int64)
            due[of] = (
                calendar.advance_many(starts[of], lasting)
                if unit == "working_hours"
                else starts[of] + lasting
            )
    return due


def measure(calendar: OfficeCalendar, start: datetime, end: datetime, working: bool) -> timedelta:
    """The time from one moment to another as a clock counts it: worked, or all of it."""
    return calendar.worked_between(start, end) if working else end - start


def advance(calendar: OfficeCalendar, moment: datetime, by: timedelta, working: bool) -> datetime:
    """A moment moved by time as a clock counts it."""
    return calendar.advance(moment, by) if working else moment + by


def soon_many(
    calendar: OfficeCalendar, starts: Micros, dues: Micros, working: Any, shares: Any
) -> Micros:
    """From when on each of many is due soon: when no more than a share of its time is left."""
    working, shares = np.asarray(working, dtype=bool), np.asarray(shares, dtype=np.float64)
    total = dues - starts
    if working.any():
        total[working] = calendar.worked(dues[working]) - calendar.worked(starts[working])
    left = (np.maximum(total, 0) * shares).astype(np.int64) // SECOND_US * SECOND_US
    soon = dues - left
    if working.any():
        soon[working] = calendar.advance_many(dues[working], -left[working])
    return np.asarray(np.maximum(soon, np.minimum(starts, dues)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A row of the table: what holds for a category (or its top, or any: None), a severity (or
    any), and one of STAGES or WHOLE. `soon_share`: due soon when so much of the time is left."""

    deadline_id: int
    category: str | None = None
    severity: int | None = None
    stage: str = WHOLE
    allowance: Allowance
    soon_share: float = SOON
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineTable:
    """The rows of a jurisdiction, of any moment. The closest fit holds: the category before its
    top before any; of these, the severity before any."""

    rows: tuple[Deadline, ...] = ()
    _by_kind: dict[tuple[str, str | None, int | None], list[Deadline]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        for row in self.rows:
            self._by_kind.setdefault((row.stage, row.category, row.severity), []).append(row)

    def find(self, stage: str, category: str, severity: int, at: datetime) -> Deadline | None:
        """The row that holds at a moment; None where nothing is due."""
        for code in (category, category[:2], None):
            for degree in (severity, None):
                for row in self._by_kind.get((stage, code, degree), ()):
                    if row.since <= at and (row.until is None or at < row.until):
                        return row
        return None

    def find_many(
        self,
        stage: str,
        categories: Sequence[str],
        severities: Sequence[int],
        moments: Micros,
    ) -> tuple[list[Deadline | None], npt.NDArray[np.intp]]:
        """`find` of many: what was found, and the place of each one's among it.

        Looked for once for each category and severity between two moments when a row begins or
        ends. Moments: microseconds since 1970 in UTC.
        """
        ends = {micros(end) for row in self.rows for end in (row.since, row.until) if end}
        cuts = np.array(sorted(ends), dtype=np.int64)
        known: dict[tuple[str, int], int] = {}
        asked = zip(categories, severities, strict=True)
        kinds = np.array([known.setdefault(one, len(known)) for one in asked], dtype=np.int64)
        between = np.searchsorted(cuts, moments, "right")
        _, first, which = np.unique(
            kinds * (len(cuts) + 1) + between, return_index=True, return_inverse=True
        )
        found = [
            self.find(stage, categories[place], severities[place], moment_of(moments[place]))
            for place in first.tolist()
        ]
        return found, which


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What an office does: `delay`, after which an overdue case goes up one level by itself, and
    again after each further one (None: never); `reopened`, what a case taken up again may take:
    what was `remaining`, or all of it `anew`."""

    delay: Allowance | None = None
    reopened: str = "remaining"
