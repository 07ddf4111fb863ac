"""Closure figures that can't be gamed: counted from the cases themselves, an open overdue one too.

A case falls due in the window that holds its deadline, whenever it was closed. Closure rate =
closed / due and on-time rate = closed on time / due: waiting does not take a case out of either,
and closing in a hurry after the deadline raises only the first. Rates are never averaged: those of
a whole are taken from its sums.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.errors import InputError

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

Flags = npt.NDArray[np.bool_]

NEVER = np.iinfo(np.int64).max
TIME_BITS = 42


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Marks:
    """What each of n cases counts as (n,), and `taken_us`, from its report to its closing.

    Whoever lists the cases behind a figure takes those that are marked, and so gets as many.
    """

    found: Flags
    due: Flags
    closed: Flags
    on_time: Flags
    reopened: Flags
    overdue: Flags
    done: Flags
    taken_us: Ints


def marks(cases: Cases, *, since: int, until: int, as_of: int) -> Marks:
    """What each case counts as in the window from `since` to before `until`, as of a moment.

    `done`: closed in the window, whenever it fell due. Whatever happened after `as_of` is not
    known: a case closed later is open, one reported later does not count, and a deadline after it
    has not come. Raises InputError `closure-window` for a reversed window.
    """
    if until <= since:
        raise InputError("closure-window")
    known = cases.reported <= as_of
    gone = cases.closed <= as_of
    due = known & (cases.due >= since) & (cases.due < min(until, as_of))
    again = np.zeros(len(cases), np.bool_)
    again[cases.again_case[cases.again_at <= as_of]] = True
    return Marks(
        found=known & (cases.reported >= since) & (cases.reported < until),
        due=due,
        closed=due & gone,
        on_time=due & gone & (cases.closed <= cases.due),
        reopened=due & again,
        overdue=known & ~gone & (cases.due < as_of),
        done=known & gone & (cases.closed >= since) & (cases.closed < until),
        taken_us=cases.closed - cases.reported,
    )


def closure(
    cases: Cases, group: npt.ArrayLike, groups: int, *, since: int, until: int, as_of: int
) -> Closure:
    """The figures of each of `groups` groups for a window, as they stood at `as_of` (see `marks`).

    group: (n,) numbers from 0, −1 for cases that belong to none. Raises InputError
    `closure-window`, and `closure-groups` for groups that are none.
    """
    of = np.asarray(group, np.int64)
    if of.shape != (len(cases),) or (len(of) and (of.min() < -1 or of.max() >= groups)):
        raise InputError("closure-groups", groups=groups)
    return counted(marks(cases, since=since, until=until, as_of=as_of), of, groups)


def counted(marked: Marks, of: npt.NDArray[np.integer[Any]], groups: int) -> Closure:
    """The figures of each of `groups` groups; of: (n,) their numbers, −1 for none."""
    inside = of >= 0

    def count(which: Flags) -> Ints:
        return np.bincount(of[which & inside], minlength=groups).astype(np.int64)

    done = marked.done & inside
    return Closure(
        found=count(marked.found),
        due=count(marked.due),
        closed=count(marked.closed),
        on_time=count(marked.on_time),
        reopened=count(marked.reopened),
        overdue=count(marked.overdue),
        median_s=medians(of[done], marked.taken_us[done], groups),
    )


def together(marked: Marks) -> Closure:
    """The figures of all cases as one group."""
    taken = marked.taken_us[marked.done] // 1000
    median = float(np.median(taken)) / 1000 if len(taken) else np.nan

    def count(which: Flags) -> Ints:
        return np.array([np.count_nonzero(which)], np.int64)

    return Closure(
        found=count(marked.found),
        due=count(marked.due),
        closed=count(marked.closed),
        on_time=count(marked.on_time),
        reopened=count(marked.reopened),
        overdue=count(marked.overdue),
        median_s=np.array([median]),
    )


def _rates(part: Ints, whole: Ints) -> Floats:
    rates = np.full(len(whole), np.nan)
    np.divide(part, whole, out=rates, where=whole > 0)
    return rates


def medians(of: npt.NDArray[np.integer[Any]], taken_us: Ints, groups: int) -> Floats:
    """The median of each group, in seconds, of times taken in whole milliseconds."""
    # One number holds the group and up to 139 years: a plain sort is several times as fast as one
    # by two keys.
    ordered = np.sort((of.astype(np.int64) << TIME_BITS) | (taken_us // 1000))
    start = np.searchsorted(ordered, np.arange(groups + 1, dtype=np.int64) << TIME_BITS)
    medians = np.full(groups, np.nan)
    some = np.flatnonzero(np.diff(start))
    low, high = start[some], start[some + 1] - 1
    both = [ordered[(low + high + up) // 2] & ((1 << TIME_BITS) - 1) for up in (0, 1)]
    medians[some] = (both[0] + both[1]) / 2 / 1000
    return medians
