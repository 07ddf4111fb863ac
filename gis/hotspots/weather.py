"""Weekly weather beside counts: what it was, and what was known of a week before it came.

A forecast learns from the weather that there was, and may use for the weeks ahead only what was
known when it is made: a weather forecast of that day, or else what is normal at that time of the
year. A try on the past that used what came later would promise what no morning can keep.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.errors import InputError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# As columns of days: daily mean, least and highest temperature (°C), rain (mm), the day's highest
# mean wind (m/s), depth of snow (cm).
MEASURES = ("mean_c", "min_c", "max_c", "rain_mm", "wind_m_s", "snow_cm")
# What a week is told by: its mean temperature, days of 35 °C and more, days below 0 °C, the
# logarithm of 1 + mm of rain, the strongest wind, days with snow on the ground.
REGRESSORS = ("warmth", "heat", "frost", "rain", "wind", "snow")
HOT_C, FROST_C = 35.0, 0.0
LEAST_DAYS = 5  # of a week, or it is not known
NEAR_WEEKS = 2  # a week's normal is that of so many weeks around it, in all years before
LEAST_NORMAL = 3  # weeks that a normal is taken from
OBSERVED = np.iinfo(np.int64).min  # in the place of the day on which a forecast was issued
YEAR_DAYS = 365.25


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weather:
    """Regressors (v,) of w weeks. `seen` (v, w): as they were, NaN where not known. `expected`
    (v, w, h): what was known at the end of each week about 1 to h weeks later; `forecast` (w, h):
    whether a weather forecast said it, and not the normal. `last` tells what is known by now."""

    names: tuple[str, ...]
    seen: Floats
    expected: Floats
    forecast: npt.NDArray[np.bool_]


def weekly_weather(
    day: npt.ArrayLike, issued: npt.ArrayLike, values: npt.ArrayLike, *,
    first: int, weeks: int, horizon: int, today: int,
) -> Weather:  # fmt: skip
    """Weather of `weeks` weeks from the day `first` on, days as numbers (`date.toordinal`).

    values: (n, 6) rows of MEASURES, NaN where not measured; `issued`: the day on which a forecast
    was issued, OBSERVED where the day was observed; one observation a day. Days before `first`
    serve the normals. What is known of the weeks after the last one is known `today`. Regressors
    without data, and those that never change, are left out. Raises InputError `weather-values`.
    """
    days, told = np.asarray(day, np.int64), np.asarray(issued, np.int64)
    table = np.asarray(values, np.float64)
    if table.shape != (len(days), len(MEASURES)) or told.shape != days.shape:
        raise InputError("weather-values")
    before = max(0, -(-(first - int(days.min(initial=first))) // 7))
    start, whole = first - 7 * before, before + weeks
    seen = told == OBSERVED
    past = _weekly(days[seen], table[seen], start, whole)
    keep = np.array([np.isfinite(row).any() and np.nanstd(row) > 0 for row in past], np.bool_)
    past = past[keep]
    middle = np.arange(whole + horizon, dtype=np.float64) * 7 + start + 3
    season: Floats = np.asarray(middle % YEAR_DAYS / YEAR_DAYS)
    expected = np.full((len(past), weeks, horizon), np.nan)
    by_forecast = np.zeros((weeks, horizon), np.bool_)
    for origin in range(weeks):
        known = before + origin + 1  # weeks that are over
        aims = known + np.arange(horizon)
        expected[:, origin] = _normals(past[:, :known], season[:known], season[aims])
        asked = today if origin == weeks - 1 else start + 7 * known - 1
        coming = _coming(days, told, table, asked=asked, first=start + 7 * known, weeks=horizon)
        said = coming[keep]
        use = np.isfinite(said).all(axis=0)
        expected[:, origin, use] = said[:, use]
        by_forecast[origin] = use
    return Weather(
        names=tuple(name for name, kept in zip(REGRESSORS, keep, strict=True) if kept),
        seen=past[:, before:],
        expected=expected,
        forecast=by_forecast,
    )


def _coming(
    days: Ints, issued: Ints, table: Floats, *, asked: int, first: int, weeks: int
) -> Floats:
    """What was said by a day about weeks from `first` on: of each day the latest word."""
    mine = (days >= first) & (days < first + 7 * weeks) & (issued <= asked)
    # An observation of a running week's days is known when the day is over.
    mine &= (issued != OBSERVED) | (days < asked)
    at = np.flatnonzero(mine)
    said = np.where(issued[at] == OBSERVED, np.iinfo(np.int64).max, issued[at])
    order = at[np.lexsort((said, days[at]))]
    last = np.append(days[order][1:] != days[order][:-1], True)[: len(order)]
    return _weekly(days[order[last]], table[order[last]], first, weeks)


def _weekly(days: Ints, table: Floats, first: int, weeks: int) -> Floats:
    """Regressors (6, weeks) of days, each there once; NaN for weeks with too few of them."""
    grid = np.full((7 * weeks, len(MEASURES)), np.nan)
    inside = (days >= first) & (days < first + 7 * weeks)
    grid[days[inside] - first] = table[inside]
    mean, least, most, rain, wind, snow = grid.T.reshape(len(MEASURES), weeks, 7)
    mean = np.where(np.isfinite(mean), mean, (least + most) / 2)
    rows = [
        _over(mean, mean),
        7 * _over(most, most >= HOT_C),
        7 * _over(least, least < FROST_C),
        np.log1p(7 * _over(rain, rain)),
        _over(wind, np.nan_to_num(wind).max(axis=1, keepdims=True) + 0 * wind),
        7 * _over(snow, snow > 0),
    ]
    return np.stack(rows)


def _over(measured: Floats, what: npt.NDArray[np.generic]) -> Floats:
    """The mean of something over the days of each week on which a measure is known."""
    known = np.isfinite(measured)
    count = known.sum(axis=1)
    total = np.where(known, np.nan_to_num(what.astype(np.float64)), 0).sum(axis=1)
    return np.where(count >= LEAST_DAYS, total / np.maximum(count, 1), np.nan)


def _normals(past: Floats, season: Floats, wanted: Floats) -> Floats:
    """Means (v, t) of the weeks before that lie at the same time of the year."""
    apart = np.abs(season[:, None] - wanted[None, :])
    near = np.minimum(apart, 1 - apart) <= (NEAR_WEEKS + 0.5) * 7 / YEAR_DAYS
    known = np.isfinite(past)
    count = known.astype(np.float64) @ near
    total = np.where(known, past, 0) @ near
    return np.where(count >= LEAST_NORMAL, total / np.maximum(count, 1), np.nan)
