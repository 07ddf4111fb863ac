"""Closure figures by category, place, organisation, person, source or period: counted and named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import isnan
from typing import TYPE_CHECKING, Any, Literal, get_args
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from gis.assessment.closure import NEVER, Cases, Closure, Flags, Marks, counted, medians, together
from gis.assessment.ranking import Ranking, ranked, wilson
from gis.errors import InputError
from gis.hotspots.columns import EPOCH, MOMENT, TOP
from gis.incidents.sources import SOURCES
from gis.store import closure as store
from gis.store.grid_names import grid_names
from gis.store.incidents import categories
from gis.store.scope import beyond

if TYPE_CHECKING:
    from gis.workflows.closure import Asked, Picked

By = Literal[
    "category", "subcategory", "level1", "level2", "level3", "organisation", "department",
    "person", "source", "day", "week", "month",
]  # fmt: skip
ALL_BY: tuple[str, ...] = get_args(By)
PERIODS = ("day", "week", "month")
# Those that can be compared: each does the same kind of work as the others.
COMPARED = ("level1", "level2", "level3", "organisation", "department", "person")
DIGITS = {"level1": 9, "level2": 12, "level3": 15}
MOST_PERIODS = 4000
NAMED_LAST = 3
SEED = 20_121_017  # of what intervals of ranks are drawn with: the same question, the same answer
Numbers = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Groups:
    """The number of each case's group (n,), and what each group is: None is none of them."""

    of: Numbers
    keys: Sequence[Any]


def answer(
    connection: Connection,
    of: Picked,
    cases: Cases,
    marked: Marks,
    asked: Asked,
    *,
    by: By,
    zone: ZoneInfo,
    now: int,
) -> dict[str, Any]:
    """Rows and their total; rows that can be compared come with ranks and what they might be."""
    since, until = asked.window
    (total,) = rows_of(together(marked))
    if by in PERIODS:
        edges, days = _edges(cases, marked, by, zone, since, min(until, now + 1))
        each = _by_period(cases, marked, edges)
        keys: Sequence[Any] = [day.isoformat() for day in days]
        titles: dict[Any, Any] = {}
    else:
        groups = _groups(of, by)
        each = counted(marked, groups.of, len(groups.keys))
        keys = groups.keys
        titles = _titles(connection, asked, by, keys)
    rows = rows_of(
        each,
        key=[None if key is None else str(key) for key in keys],
        name=[titles.get(key) for key in keys],
    )
    last: list[str] = []
    if by in PERIODS:
        for row, start, end in zip(rows, edges, edges[1:], strict=False):
            row |= {"since": EPOCH + int(start) * MOMENT, "until": EPOCH + int(end) * MOMENT}
    elif by in COMPARED:
        last = _compare(rows, of, marked, groups)
    shown = by in PERIODS
    rows = [row for row in rows if shown or any(row[name] for name in COUNTED) or row["median_s"]]
    return {"by": by, "items": rows, "total": total, "last": last}


COUNTED = ("found", "due", "closed", "on_time", "reopened", "overdue")


def rows_of(each: Closure, **named: list[Any]) -> list[dict[str, Any]]:
    """The figures of each group, and its rates, behind what else is `named` of them."""
    columns: dict[str, list[Any]] = {
        **named, **{name: getattr(each, name).tolist() for name in COUNTED}
    }  # fmt: skip
    columns["median_s"] = [None if isnan(taken) else round(taken) for taken in
                           each.median_s.tolist()]  # fmt: skip
    columns["closure"] = _rates(each.closed, each.due)
    columns["on_time_rate"] = _rates(each.on_time, each.due)
    return _turned(columns)


def _rates(good: Numbers, whole: Numbers) -> list[dict[str, Any]]:
    low, high = wilson(good, whole)
    rate = np.divide(good, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return _turned({"rate": _told(rate), "low": _told(low), "high": _told(high)})


def _told(values: npt.NDArray[Any]) -> list[Any]:
    """As JSON has them: None for what is no number."""
    told = values.astype(object)
    told[np.isnan(values)] = None
    return list(told.tolist())


def _turned(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """Columns as rows."""
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _compare(rows: list[dict[str, Any]], of: Picked, marked: Marks, groups: Groups) -> list[str]:
    """Add to rows how they stand by both rates with everybody's mix of categories; gives the keys
    of the last by on-time rate, of those that are told apart from what is expected of them."""
    kinds = _compressed(TOP[of.column("category")], int)
    real = np.array([key is not None for key in groups.keys], np.bool_)
    cell, width = groups.of * len(kinds.keys) + kinds.of, len(kinds.keys)

    def crossed(which: Flags) -> npt.NDArray[np.int64]:
        found = np.bincount(cell[which], minlength=width * len(real))
        return found.reshape(len(real), width)[real]

    counts = {name: crossed(getattr(marked, name)) for name in ("due", "closed", "on_time")}
    places = np.flatnonzero(real).tolist()
    return compare([rows[place] for place in places], **counts)


def compare(
    rows: Sequence[dict[str, Any]],
    *,
    due: npt.NDArray[np.int64],
    closed: npt.NDArray[np.int64],
    on_time: npt.NDArray[np.int64],
) -> list[str]:
    """Add to rows how they stand by both rates, from counts (rows, categories); gives the keys of
    the last as `_compare` does."""
    last: list[tuple[float, str]] = []
    for name, well in (("closure", closed), ("on_time_rate", on_time)):
        found = ranked(well, due, rng=np.random.default_rng(SEED))
        for row, standing in zip(rows, _standings(found), strict=True):
            row[name] |= standing
            if name == "on_time_rate" and standing["apart"] == "below":
                last.append((standing["fair"], str(row["key"])))
    return [key for _, key in sorted(last)[:NAMED_LAST]]


def _standings(found: Ranking) -> list[dict[str, Any]]:
    busy = found.rank > 0
    columns = {
        name: _told(np.where(busy, getattr(found, name), np.nan)) for name in ("fair", "expected")
    }
    for name in ("rank", "rank_low", "rank_high"):
        columns[name] = [rank or None for rank in getattr(found, name).tolist()]
    way = np.where(found.rate > found.expected, "above", "below")
    columns["apart"] = [
        word if told else None
        for word, told in zip(way.tolist(), found.told_apart.tolist(), strict=True)
    ]
    return _turned(columns)


def _groups(of: Picked, by: By) -> Groups:
    if by in DIGITS:
        return _by_grid(of, DIGITS[by])
    if by == "category":
        return _compressed(TOP[of.column("category")], lambda number: f"{number:02d}")
    if by == "subcategory":
        return _compressed(of.column("category"), lambda number: str(number)[1:])
    if by == "source":
        return _compressed(of.column("source"), lambda number: SOURCES[number])
    column = {"organisation": "body", "department": "department", "person": "person"}[by]
    return _compressed(of.column(column), lambda number: number or None)


def _compressed(numbers: Numbers, key: Any) -> Groups:
    """Numbers from 0 of those values that there are, ascending."""
    used = np.flatnonzero(np.bincount(numbers)) if len(numbers) else np.zeros(0, np.int64)
    place = np.zeros(int(used[-1]) + 1 if len(used) else 1, np.int64)
    place[used] = np.arange(len(used))
    return Groups(of=place[numbers], keys=[key(int(number)) for number in used])


def _by_grid(of: Picked, digits: int) -> Groups:
    """Grids of a level, of then or of today; None for what lies off all of them."""
    block, parts = of.counted.block, of.counted.parts
    scale = 10 ** (15 - digits)
    if block is not None:
        codes = np.concatenate([np.zeros(1, np.int64), block.codes])
        number = of.column("today") - block.start
    else:
        codes = parts[0].codes if parts else np.zeros(1, np.int64)
        number = of.column("grid") if parts else np.zeros(0, np.int64)
    prefixes, place = np.unique(codes // scale, return_inverse=True)
    keys = [f"{prefix:0{digits}d}" if prefix else None for prefix in prefixes.tolist()]
    return Groups(of=place[number], keys=keys)


def _titles(connection: Connection, asked: Asked, by: By, keys: Sequence[Any]) -> dict[Any, Any]:
    known = [key for key in keys if key is not None]
    if by in DIGITS:
        return grid_names(connection, asked.jurisdiction_id, known)
    if by in ("category", "subcategory"):
        return {row["code"]: row["name"] for row in categories(connection)}
    if by == "source":
        return {}
    # Whoever sees a case knows who answers for it, though not everything else about them.
    with beyond(connection):
        if by == "person":
            return dict(store.person_names(connection, known))
        return dict(store.organisation_names(connection, known))


def _edges(
    cases: Cases, marked: Marks, by: By, zone: ZoneInfo, since: int, end: int
) -> tuple[npt.NDArray[np.int64], list[date]]:
    """Where periods of the zone's calendar begin and end, and the day on which each begins; the
    first and the last are cut off by the window."""
    first = since
    if not since:
        known = [cases.reported[marked.found], cases.due[marked.due]]
        first = min((int(some.min()) for some in known if len(some)), default=end)
    if first >= end:  # nothing can have happened yet
        return np.array([end], np.int64), []
    day = _start(_local(first, zone), by)
    last = _local(min(end, NEVER // 2), zone)
    days = []
    while day <= last:
        days.append(day)
        if len(days) > MOST_PERIODS:
            raise InputError("closure-periods", most=MOST_PERIODS, field="by")
        day = _next(day, by)
    starts = [
        (datetime(day.year, day.month, day.day, tzinfo=zone) - EPOCH) // MOMENT for day in days
    ]
    starts = [max(starts[0], since), *starts[1:]]
    if len(starts) > 1 and starts[-1] >= end:
        starts, days = starts[:-1], days[:-1]
    return np.array([*starts, end], np.int64), days


def _by_period(cases: Cases, marked: Marks, edges: npt.NDArray[np.int64]) -> Closure:
    """Found by when they were reported, time taken by when they were closed, all others by when
    they fell due; overdue are those of a period that are still open."""
    periods = len(edges) - 1

    def place(moments: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return np.searchsorted(edges, moments, side="right") - 1

    fell_due = place(cases.due[marked.due])  # looked up once: it is what takes time

    def count(which: Flags) -> npt.NDArray[np.int64]:
        """Of those that fell due."""
        return np.bincount(fell_due[which[marked.due]], minlength=periods)

    due = np.bincount(fell_due, minlength=periods)
    closed = count(marked.closed)
    # Closed after the moment as of which is counted, or before the first report: in no period.
    done = marked.done & (cases.closed >= edges[0]) & (cases.closed < edges[-1])
    return Closure(
        found=np.bincount(place(cases.reported[marked.found]), minlength=periods),
        due=due,
        closed=closed,
        on_time=count(marked.on_time),
        reopened=count(marked.reopened),
        overdue=due - closed,
        median_s=medians(place(cases.closed[done]), marked.taken_us[done], periods),
    )


def _local(moment_us: int, zone: ZoneInfo) -> date:
    return (EPOCH + moment_us * MOMENT).astimezone(zone).date()


def _start(day: date, by: By) -> date:
    if by == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if by == "month" else day


def _next(day: date, by: By) -> date:
    if by == "month":
        return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return day + timedelta(days=7 if by == "week" else 1)
