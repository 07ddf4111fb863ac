"""What the leader's questions answer: hotspots, those that develop, and what is coming."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel

from api.schemas import Names


class Hotspot(BaseModel):
    """A cluster of cells with more incidents than chance explains (Gi*, false discovery held)."""

    lon: float
    lat: float
    count: int
    expected: float
    z: float
    p: float
    radius_m: float


class Hotspots(BaseModel):
    items: list[Hotspot]


class NamedGrid(BaseModel):
    code: str
    name: Names


class PlaceInTime(BaseModel):
    """Cells next to each other with more than chance explains, and since when.

    `p`: how likely chance alone would give the strongest of them; `p_trend` the same of its rise or
    fall. `says` and `sure` are sentences in the language of the answer.
    """

    kind: Literal["new", "growing", "persistent", "sporadic", "fading", "sudden"]
    lon: float
    lat: float
    radius_m: float
    bbox: list[float]
    count: int
    expected: float
    ratio: float
    p: float
    p_trend: float | None
    since: date
    last: date
    grids: list[NamedGrid]
    communities: list[NamedGrid]
    says: str
    sure: str


class PlacesInTime(BaseModel):
    """`ready` is false while the first answer is being made: ask again after a second or two.
    `too_short`: records are too young for an answer. `at`: when it was made."""

    ready: bool
    too_short: bool
    at: datetime | None
    against: Literal["past", "people"]
    period_days: int
    periods: int
    first: date | None
    last: date | None
    items: list[PlaceInTime]


class Series(BaseModel):
    """One top category in one grid, or (`code` null) in the whole."""

    category: str
    code: str | None
    name: Names | None


class SeriesForecast(Series):
    """`past`: counts of `past_weeks`; the others of the coming `weeks`."""

    past: list[int]
    mean: list[float]
    low: list[int]
    high: list[int]


class UnusualRise(Series):
    """More in the last whole week than its forecast explains; `p` of so many by chance."""

    count: int
    expected: float
    p: float
    says: str


class TriedForecast(BaseModel):
    """How forecasts so many weeks ahead did in the past: mean absolute error per series and week,
    that of last year's number, and the share of counts within the interval."""

    ahead: int
    weeks: int
    error: float
    naive_error: float
    within: float


class TriedWeather(BaseModel):
    """Errors so many weeks ahead: with the weather as it was known then, without it, with the
    weather known exactly, and of last year's number."""

    ahead: int
    error: float
    plain_error: float
    exact_error: float | None
    naive_error: float


class ComingWeather(BaseModel):
    """What is expected of a coming week, by a weather `forecast` or else as is normal then;
    `rain_mm` of forecasts only."""

    forecast: bool
    mean_c: float | None
    rain_mm: float | None


class ForecastWeather(BaseModel):
    """Whether weather was `used`, and on the weeks tried it `helped`; `says`: in words, or why it
    was not used. `measures`: what weeks are told apart by."""

    used: bool
    helped: Literal["better", "same", "worse"] | None
    place: str | None
    source: str | None
    first: date | None
    last: date | None
    measures: list[Literal["warmth", "heat", "frost", "rain", "wind", "snow"]]
    tried: list[TriedWeather]
    coming: list[ComingWeather]
    says: str


class Forecasts(BaseModel):
    """`ready`, `too_short`, `at` as of places in time. `items`: at most 300, the highest first;
    `left_out`: series too quiet to be forecast in a large city. Weeks begin on Mondays. `weather`:
    null unless it was asked for."""

    ready: bool
    too_short: bool
    at: datetime | None
    level: int
    interval: float
    past_weeks: list[date]
    weeks: list[date]
    tried: list[TriedForecast]
    says: str
    items: list[SeriesForecast]
    rises: list[UnusualRise]
    left_out: int
    weather: ForecastWeather | None
