"""Closure figures of any groups of cases, beside each other: districts of a city, people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from gis.assessment.closure import Closure, Flags, counted, marks
from gis.hotspots.columns import EPOCH, MOMENT, TOP
from gis.workflows.closure import Asked, ClosureView, Picked, pick
from gis.workflows.closure_groups import COUNTED, compare, rows_of

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Counts:
    """What was counted of n groups; what was due, and of it closed and closed on time, by the first
    level of the category (n, 100)."""

    each: Closure
    due: Ints
    closed: Ints
    on_time: Ints


def count(connection: Connection, view: ClosureView, asked: Asked, now: datetime) -> Counts:
    """All cases that were asked for, as one group."""
    with view.picked(connection, asked) as (here, _):
        of = pick(here, asked)
        return _count(of, asked, now, np.zeros(len(of.column("id")), np.int64), 1)


def count_people(
    connection: Connection, view: ClosureView, asked: Asked, now: datetime, ids: Sequence[int]
) -> Counts:
    """The cases for which each of some people answers or answered."""
    with view.picked(connection, asked) as (here, _):
        of = pick(here, asked)
        wanted = np.asarray(ids, np.int64)
        order = np.argsort(wanted, kind="stable")
        person = of.column("person").astype(np.int64)
        place = np.full(len(person), -1, np.int64)
        if len(wanted):
            at = np.minimum(np.searchsorted(wanted[order], person), len(wanted) - 1)
            found = wanted[order][at] == person
            place[found] = order[at[found]]
        return _count(of, asked, now, place, len(ids))


def together_of(parts: Sequence[Counts]) -> Counts:
    """The groups of all parts, one after the other."""
    each = {
        field.name: np.concatenate([getattr(part.each, field.name) for part in parts])
        for field in fields(Closure)
    }
    return Counts(
        each=Closure(**each),
        **{
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in ("due", "closed", "on_time")
        },
    )


def some_of(counts: Counts, which: Sequence[int]) -> Counts:
    """Only the groups of these numbers: the others are compared with nobody."""
    at = np.asarray(which, np.int64)
    each = {field.name: getattr(counts.each, field.name)[at] for field in fields(Closure)}
    return Counts(
        each=Closure(**each), due=counts.due[at], closed=counts.closed[at],
        on_time=counts.on_time[at],
    )  # fmt: skip


def rows_beside(counts: Counts, keys: Sequence[Any]) -> list[dict[str, Any]]:
    """Rows of figures with both rates, their intervals, and how each stands with everybody's mix of
    categories; `key` of each as it is given."""
    rows = [{"key": key, **row} for key, row in zip(keys, rows_of(counts.each), strict=True)]
    compare(rows, due=counts.due, closed=counts.closed, on_time=counts.on_time)
    return rows


def total_of(counts: Counts) -> dict[str, Any]:
    """The sums of all rows with their rates; no median, which is no sum."""
    sums = {
        name: getattr(counts.each, name).sum(keepdims=True).astype(np.int64) for name in COUNTED
    }
    (row,) = rows_of(Closure(**sums, median_s=np.array([np.nan])))
    return row


def _count(of: Picked, asked: Asked, now: datetime, place: Ints, groups: int) -> Counts:
    since, until = asked.window
    marked = marks(of.cases(), since=since, until=until, as_of=(now - EPOCH) // MOMENT)
    top = TOP[of.column("category")].astype(np.int64)

    def crossed(which: Flags) -> Ints:
        chosen = which & (place >= 0)
        cell = place[chosen] * 100 + top[chosen]
        return np.bincount(cell, minlength=100 * groups).reshape(groups, 100)

    return Counts(
        each=counted(marked, place, groups), due=crossed(marked.due),
        closed=crossed(marked.closed), on_time=crossed(marked.on_time),
    )  # fmt: skip


def moment_of(asked: Asked) -> datetime:
    """As of when is counted: now, unless it was said."""
    return asked.as_of or datetime.now(UTC)
