"""Rankings as HTTP carries them: of organisations, of people on posts, of a city's districts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel

from api.closure_schemas import Figures
from api.schemas import Names

Subject = Literal["person", "community", "sub_district", "department"]
BoardName = Literal["street", "district", "centre"]


class PeriodShown(BaseModel):
    since: date
    until: date


class Fair(BaseModel):
    """Points per 100 cases with everybody's mix of categories, from `low` to `high` with a chance
    of 95 %; `expected` of the own mix; `rank` by them and the ranks that it might as well be;
    `apart`, where they are more or less than expected by more than chance."""

    fair: float
    low: float
    high: float
    expected: float
    rank: int
    rank_low: int
    rank_high: int
    apart: Literal["above", "below"] | None


class Ranked(BaseModel):
    """One who is ranked: points, and what they are made of. `corrections`: entered after the
    period before was published. `tallies` by the parts of the period. `fair`: null without cases,
    and in rankings that were published before there was any."""

    id: int
    code: str
    name: Names
    rank: int | None
    points: float
    added: float
    taken: float
    corrections: float
    entries: int
    cases: int
    people: int | None
    per_100_cases: float | None
    rank_per_case: int | None
    per_10_000_people: float | None
    small: bool
    bottom: bool
    tallies: list[float]
    fair: Fair | None = None


class Ranking(BaseModel):
    """The ranking of a period. `state` open while it runs, over until it is published. `withheld`:
    those who are ranked see all of it once it is published."""

    board: BoardName
    subject: Subject
    tally: Literal["day", "week"]
    code: str
    period: PeriodShown
    parts: list[PeriodShown]
    items: list[Ranked]
    state: Literal["open", "over", "published"]
    published_at: datetime | None
    withheld: bool
    small_below: int


class RankedPerson(Figures):
    """Somebody on a post (of the grid `code`), by `rank` of points; `fair` as of organisations, and
    closure figures of the cases for which they answered."""

    id: int
    code: str
    role: str
    grid: Names
    name: Names
    rank: int
    points: float
    added: float
    taken: float
    entries: int
    cases: int
    small: bool
    fair: Fair | None


class PeopleRanking(BaseModel):
    """`items`: whom the caller may see of the `among` who are ranked."""

    level: int
    code: str
    period: PeriodShown
    state: Literal["open", "over"]
    items: list[RankedPerson]
    among: int
    small_below: int


class RankedDistrict(Figures):
    """A district by `rank` of its on-time rate for the same mix of categories; null where nothing
    was due. `bottom`: among the last three."""

    id: int
    code: str
    name: Names
    people: int | None
    rank: int | None
    found_per_10_000_people: float | None
    bottom: bool


class CityRanking(BaseModel):
    """The districts of a city in a month, as of a moment. `city` is null where there are no two of
    them; else as `Ranking`."""

    city: Place | None
    period: PeriodShown
    since: datetime
    until: datetime
    as_of: datetime
    items: list[RankedDistrict]
    total: Figures | None
    state: Literal["open", "over", "published"]
    published_at: datetime | None
    withheld: bool


class Place(BaseModel):
    id: int
    code: str
    name: Names


class Places(BaseModel):
    items: list[Place]
