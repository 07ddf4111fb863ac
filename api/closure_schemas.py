"""Closure figures as they go out over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from api.schemas import Names


class Rate(BaseModel):
    """A share of what was due, with the interval that holds the true one with a chance of 95 %.

    Null where nothing was due. Of rows that can be compared also: `expected` of the row's own mix
    of categories, `fair` (with everybody's mix), `rank` by it (1 is the best) and the ranks that
    it might as well be; `apart`, where it is above or below what is expected by more than chance.
    """

    rate: float | None
    low: float | None
    high: float | None
    fair: float | None = None
    expected: float | None = None
    rank: int | None = None
    rank_low: int | None = None
    rank_high: int | None = None
    apart: Literal["above", "below"] | None = None


class Figures(BaseModel):
    """`found`: reported in the window. `due`: with the deadline in it that the case is judged by.
    Of these: `closed`, `on_time`, `reopened`. `overdue`: open with the deadline passed, however
    old; of a period: open of those due in it. `median_s`: from report to closing, of those closed
    in the window."""

    found: int
    due: int
    closed: int
    on_time: int
    reopened: int
    overdue: int
    median_s: int | None
    closure: Rate
    on_time_rate: Rate


class Row(Figures):
    """`key`: code, id or first day, null for what belongs to none; `name` where it has one. Of
    periods from when to before when."""

    key: str | None
    name: Names | None
    since: datetime | None = None
    until: datetime | None = None


class Beside(BaseModel):
    """Cases that no rate counts: `resting` (parked before their deadline), `undated` (reported in
    the window, with no deadline), `rejected` and `merged` (reported or due in the window);
    `dismissed_late` of the last two after their deadline."""

    resting: int
    undated: int
    rejected: int
    merged: int
    dismissed_late: int


class Closure(BaseModel):
    """`last`: keys of the at most three rows that are furthest below what is expected of them, of
    those that are so by more than chance."""

    by: str
    as_of: datetime
    items: list[Row]
    total: Figures
    last: list[str]
    beside: Beside


class Below(BaseModel):
    """The units directly below whoever asks that had something due, the best first by on-time rate
    for the same mix of categories. `by`: what they are; `named`: the keys of the last three, never
    more than half of all, whether or not the difference is more than chance (`apart`)."""

    by: Literal["district", "level1", "level2", "level3"]
    as_of: datetime
    items: list[Row]
    total: Figures
    named: list[str]
