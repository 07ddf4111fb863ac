"""What bulletins take and tell over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas import Line, Names, RowId

Kind = Literal["week", "month"]
Area = Annotated[str, Field(pattern=r"^[0-9]{9}$")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Series(BaseModel):
    """When a bulletin is made: days after the end of the period, minutes after midnight."""

    jurisdiction_id: int
    area_code: str | None
    kind: Kind
    after_days: int
    at_minute: int
    set_at: datetime
    set_by: str


class AllSeries(BaseModel):
    items: list[Series]


class SeriesWanted(_Body):
    """`after_days` null: none is made any more."""

    jurisdiction: RowId
    area: Area | None = None
    kind: Kind
    after_days: Annotated[int, Field(ge=1, le=20)] | None
    at_minute: Annotated[int, Field(ge=0, le=1439)] = 420


class Counts(BaseModel):
    """Cases reported in the period; due in it, closed and closed on time of those; reopened;
    overdue and open when it was made; seconds from report to closing, in the middle."""

    found: int
    due: int
    closed: int
    on_time: int
    reopened: int
    overdue: int
    median_s: float | None


class Listed(BaseModel):
    """`files`: those that can be fetched, as `zh-CN.pdf`."""

    id: int
    jurisdiction_id: int
    area_code: str | None
    name: Names
    kind: Kind
    first_day: date
    last_day: date
    edition: int
    reason: str | None
    made_at: datetime
    made_by: str
    total: Counts
    files: list[str]


class Bulletins(BaseModel):
    items: list[Listed]


class Bulletin(BaseModel):
    """`says`: what it says in plain words; `figures` as they stood when it was made."""

    id: int
    edition: int
    reason: str | None
    title: str
    period: str
    made: str
    says: list[str]
    figures: dict[str, Any]


class Wanted(_Body):
    """`first`: the Monday of the week, or the first of the month. `reason`: why it is made again,
    where there is one already."""

    jurisdiction: RowId
    area: Area | None = None
    kind: Kind
    first: date
    reason: Annotated[Line, Field(min_length=1, max_length=1000)] | None = None


class Made(BaseModel):
    id: int
