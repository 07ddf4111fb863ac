"""Closure figures that can't be gamed: counted from the cases themselves, an open overdue one too.

A case falls due in the window that holds its deadline, whenever it was closed. Closure rate =
closed / due and on-time rate = closed on time / due: waiting does not take a case out of either,
and closing in a hurry after the deadline raises only the first. Rates are never averaged: those of
a whole are taken from its sums.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.errors import InputError

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

NEVER = np.iinfo(np.int64).max
SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cases:
    """n cases, without rejected and merged ones; moments in microseconds since 1970 in UTC.

    `due` and `closed` are NEVER where there is no deadline, or the case is open. `again_case` and
    `again_at` name each reopening by its case's position and moment.
    """

    reported: Ints
    due: Ints
    closed: Ints
    again_case: Ints
    again_at: Ints

    def __len__(self) -> int:
        return len(self.reported)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Closure:
    """One number per group.

    found: reported in the window. due: with their deadline in it. closed and on_time: of those due,
    closed by `as_of`, and closed by the deadline. reopened: of those due, reopened by `as_of`.
    overdue: open at `as_of` with a deadline before it, however old. median_s: seconds from report
    to closing of the cases closed in the window, NaN where there is none.
    """

    found: Ints
    due: Ints
    closed: Ints
    on_time: Ints
    reopened: Ints
    overdue: Ints
    median_s: Floats

    @property
    def closure_rate(self) -> Floats:
        """closed / due, NaN where nothing was due."""
        return _rates(self.closed, self.due)

    @property
    def on_time_rate(self) -> Floats:
        """on_time / due, NaN where nothing was due."""
        return _rates(self.on_time, self.due)


def closure(
    cases: Cases, group: npt.ArrayLike, groups: int, *, since: int, until: int, as_of: int
) -> Closure:
    """The figures of each of `groups` groups for the window from `since` to before `until`, as they
    stood at `as_of`.

    group: (n,) numbers from 0, −1 for cases that belong to none. Whatever happened after `as_of`
    is not known: a case closed later is open, one reported later does not count, and a deadline
    after it has not come. Raises InputError `closure-window` for a reversed window,
    `closure-groups` for groups that are none.
    """
    of = np.asarray(group, np.int64)
    if until <= since:
        raise InputError("closure-window")
    if of.shape != (len(cases),) or (len(of) and (of.min() < -1 or of.max() >= groups)):
        raise InputError("closure-groups", groups=groups)
    end = min(until, as_of)
    known = (of >= 0) & (cases.reported <= as_of)
    closed = np.where(cases.closed <= as_of, cases.closed, NEVER)
    due = known & (cases.due >= since) & (cases.due < end)
    gone = closed < NEVER
    again = np.zeros(len(cases), np.bool_)
    again[cases.again_case[cases.again_at <= as_of]] = True
    done = known & gone & (closed >= since) & (closed < until)

    def count(which: npt.NDArray[np.bool_]) -> Ints:
        return np.bincount(of[which], minlength=groups).astype(np.int64)

    return Closure(
        found=count(known & (cases.reported >= since) & (cases.reported < until)),
        due=count(due),
        closed=count(due & gone),
        on_time=count(due & (closed <= cases.due)),
        reopened=count(due & again),
        overdue=count(known & ~gone & (cases.due < as_of)),
        median_s=_medians(of[done], (closed - cases.reported)[done], groups),
    )


def _rates(part: Ints, whole: Ints) -> Floats:
    rates = np.full(len(whole), np.nan)
    np.divide(part, whole, out=rates, where=whole > 0)
    return rates


def _medians(of: Ints, taken_us: Ints, groups: int) -> Floats:
    """The median of each group, in seconds."""
    order = np.lexsort((taken_us, of))
    ordered = taken_us[order]
    start = np.searchsorted(of[order], np.arange(groups + 1))
    medians = np.full(groups, np.nan)
    for one in np.flatnonzero(np.diff(start)):
        low, high = start[one], start[one + 1] - 1
        medians[one] = (ordered[(low + high) // 2] + ordered[(low + high + 1) // 2]) / 2 / SECOND_US
    return medians
