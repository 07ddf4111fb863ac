"""When things happen: seasons, weekdays, holidays and hours of the demo city, in local time."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from functools import cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

CHINA = timezone(timedelta(hours=8))  # one zone, no summer time since 1991
DAYS = 730
DEFAULT_UNTIL = datetime(2026, 11, 1, 8, 0, tzinfo=CHINA)

# First day of the lunar year; other years go without its rhythm.
_NEW_YEARS = {
    2022: (2, 1), 2023: (1, 22), 2024: (2, 10), 2025: (1, 29), 2026: (2, 17), 2027: (2, 6),
    2028: (1, 26), 2029: (2, 13), 2030: (2, 3), 2031: (1, 23), 2032: (2, 11),
}  # fmt: skip
SEASONS = ("even", "winter", "summer", "spring", "new year")
_HOURS = {
    "work": "0 0 0 0 0 0 1 3 9 12 11 8 4 5 9 11 10 8 4 2 1 1 0 0",
    "day": "1 0 0 0 0 1 2 5 9 10 10 9 6 6 8 9 9 8 7 6 4 3 2 1",
    "evening": "2 1 0 0 0 0 1 3 4 4 3 4 4 3 3 4 6 9 12 13 12 9 6 4",
    "night": "9 6 4 3 2 2 2 2 2 2 2 2 3 3 2 2 3 4 6 8 10 13 14 12",
}


def first_day(until: datetime) -> date:
    """The local date of the first of the days that end with `until`."""
    return until.astimezone(CHINA).date() - timedelta(days=DAYS - 1)


@cache
def day_weights(season: str, hours: str, until: datetime) -> Floats:
    """How likely each of the DAYS days is, oldest first; the weights add up to 1."""
    first = first_day(until)
    days = [first + timedelta(days=k) for k in range(DAYS)]
    turn = 2 * np.pi * np.array([day.timetuple().tm_yday for day in days]) / 365.25
    midwinter = np.cos(turn - 2 * np.pi * 10 / 365.25)
    weight: Floats = {
        "even": np.ones(DAYS),
        "winter": 1 + 0.55 * midwinter,
        "summer": 1 - 0.55 * midwinter,
        "spring": 1 + 0.40 * np.cos(turn - 2 * np.pi * 110 / 365.25),
        "new year": np.ones(DAYS),
    }[season]
    weekend = np.array([day.weekday() >= 5 for day in days])
    weight = weight * np.where(weekend, {"work": 0.45, "day": 0.85}.get(hours, 1.15), 1.0)
    since_new_year = np.array([_days_from_new_year(day) for day in days])
    holiday = (since_new_year >= -1) & (since_new_year <= 6)
    holiday |= np.array([_public_holiday(day) for day in days])
    weight = weight * np.where(holiday, {"work": 0.35, "day": 0.7}.get(hours, 1.25), 1.0)
    if season == "new year":
        weight = weight * np.where((since_new_year >= -45) & (since_new_year < -1), 3.2, 1.0)
    if season == "winter":
        weight = weight * np.where(
            holiday & (since_new_year >= -1) & (since_new_year <= 15), 1.6, 1.0
        )
    total: Floats = weight / weight.sum()
    total.flags.writeable = False  # it is handed out again
    return total


def _days_from_new_year(day: date) -> int:
    gaps = [
        (day - date(year, *_NEW_YEARS[year])).days
        for year in (day.year, day.year + 1)
        if year in _NEW_YEARS
    ]
    return min(gaps, key=abs, default=999)


def _public_holiday(day: date) -> bool:
    return (day.month == 10 and day.day <= 7) or (day.month == 5 and day.day <= 5)


def draw_moments(
    count: int, season: str, hours: str, until: datetime, rng: np.random.Generator,
    days: npt.NDArray[np.int64] | None = None,
) -> npt.NDArray[np.int64]:  # fmt: skip
    """Seconds since 1970 (UTC) of `count` moments before `until`, or of the given days' hours."""
    if days is None:
        cumulated = np.cumsum(day_weights(season, hours, until))
        drawn = np.searchsorted(cumulated, rng.random(count), side="right")
        days = np.minimum(drawn, DAYS - 1).astype(np.int64)
    hourly = np.cumsum(np.array(_HOURS[hours].split(), float))
    hour = np.searchsorted(hourly, rng.random(count) * hourly[-1], side="right")
    start = datetime.combine(first_day(until), datetime.min.time(), CHINA)
    seconds = int(start.timestamp()) + days * 86_400 + hour * 3600 + rng.integers(0, 3600, count)
    # What falls into the rest of the last day happened on the same weekday a week before.
    late = seconds >= int(until.timestamp())
    moments: npt.NDArray[np.int64] = np.where(late, seconds - 7 * 86_400, seconds)
    return moments
