"""Weather beside counts: a planted effect is found, nothing later than its morning is used."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gis.errors import InputError
from gis.hotspots.forecast import forecast, gain, history
from gis.hotspots.weather import OBSERVED, REGRESSORS, weekly_weather

WEEKS, AHEAD, SERIES = 120, 2, 24
FIRST = 739_000 // 7 * 7 + 1  # a Monday
SEASON = ((FIRST + 7 * np.arange(WEEKS + AHEAD) + 3) % 365.25) / 365.25


def days_of(rng: np.random.Generator, weeks: int = WEEKS + AHEAD, before: int = 365):
    """Days and measures (n, 6): seasons, spells, wet and dry."""
    day = FIRST - before + np.arange(7 * weeks + before)
    turn = np.cos(2 * np.pi * (day % 365.25) / 365.25)
    spell = np.zeros(len(day))
    for n in range(1, len(day)):
        spell[n] = 0.8 * spell[n - 1] + rng.normal(0, 2)
    mean = 15 - 13 * turn + spell
    wet = rng.random(len(day)) < 0.25
    rain = np.where(wet, rng.gamma(0.8, 12, len(day)), 0)
    table = [mean, mean - 5, mean + 6, rain, rng.gamma(4, 1, len(day)), np.where(mean < -3, 4, 0)]
    return day, np.column_stack(table)


def told(day, values, *, forecasts=(), until=WEEKS, horizon=AHEAD):
    """The weather of `until` weeks: what was observed before, and forecasts (day, issued, row)."""
    over = day < FIRST + 7 * until
    days = np.concatenate([day[over], [one[0] for one in forecasts]]).astype(np.int64)
    issued = [OBSERVED] * int(over.sum()) + [one[1] for one in forecasts]
    rows = np.vstack([values[over], *(one[2] for one in forecasts)])
    return weekly_weather(
        days, issued, rows, first=FIRST, weeks=until, horizon=horizon, today=FIRST + 7 * until
    )


def rained(rng: np.random.Generator, effect: float):
    """Counts whose weeks follow the rain, and the days."""
    day, values = days_of(rng)
    whole = weekly_weather(
        day, np.full(len(day), OBSERVED), values, first=FIRST, weeks=WEEKS + AHEAD, horizon=1,
        today=int(day[-1]) + 1,
    )  # fmt: skip
    rain = whole.seen[whole.names.index("rain")]
    rain = (rain - rain.mean()) / rain.std()
    level = rng.gamma(3, 3.0, SERIES)
    rate = level[:, None] * (1 + 0.3 * np.cos(2 * np.pi * SEASON)) * np.exp(effect * rain)
    return day, values, rng.poisson(rate[:, :WEEKS])


def forecasts_of(day, values, ahead_days=7):
    """A perfect forecast of each day, issued the Sunday before its week."""
    return [
        (one, FIRST + 7 * ((one - FIRST) // 7) - 1, row)
        for one, row in zip(day.tolist(), values, strict=True)
        if one >= FIRST + 7 * 40
    ]


def test_a_week_is_told_by_its_days() -> None:
    day = np.arange(FIRST, FIRST + 14)
    values = np.full((14, 6), np.nan)
    values[:7] = [[20, 10, 36, 2, 3, 0]] * 3 + [[-2, -5, 1, 0, 9, 5]] * 2 + [[0, 0, 0, 0, 0, 0]] * 2
    values[7:11, 3] = 10  # four days of rain are too few to know the week by
    found = weekly_weather(
        day, np.full(14, OBSERVED), values, first=FIRST, weeks=2, horizon=1, today=FIRST + 14
    )
    assert found.names == ()  # a single week of each does not change
    values[7:12] = [[5, -1, 8, 10, 1, 0]] * 5
    found = weekly_weather(
        day, np.full(14, OBSERVED), values, first=FIRST, weeks=2, horizon=1, today=FIRST + 14
    )
    week = dict(zip(found.names, found.seen.T.tolist()[0], strict=True))
    assert set(found.names) == set(REGRESSORS)
    assert week["warmth"] == pytest.approx(56 / 7)
    assert (week["heat"], week["frost"], week["snow"]) == pytest.approx((3, 2, 2))
    assert week["rain"] == pytest.approx(np.log1p(6))
    assert week["wind"] == pytest.approx(9)
    second = dict(zip(found.names, found.seen.T.tolist()[1], strict=True))
    assert second["rain"] == pytest.approx(np.log1p(70))  # five days of ten, for seven
    assert second["frost"] == pytest.approx(7)


def test_a_planted_effect_is_recovered_where_the_weather_was_known_beforehand() -> None:
    day, values, counts = rained(np.random.default_rng(5), 0.35)
    plain = forecast(history(counts, SEASON))
    sky = told(day, values, forecasts=forecasts_of(day, values))
    knowing = forecast(history(counts, SEASON, weather=sky))
    first = knowing.tried[0]
    assert first.error < 0.85 * plain.tried[0].error < plain.tried[0].naive_error
    assert gain(first, plain.tried[0]) == "better"
    assert first.error_exact == pytest.approx(first.error, rel=0.03)
    # Two weeks ahead nobody had forecast it: there the normal must do, and does not help.
    assert knowing.tried[1].error > 1.1 * knowing.tried[1].error_exact
    assert 0.7 <= first.within <= 0.95


def test_normals_alone_promise_nothing() -> None:
    day, values, counts = rained(np.random.default_rng(6), 0.35)
    plain = forecast(history(counts, SEASON))
    knowing = forecast(history(counts, SEASON, weather=told(day, values)))
    assert gain(knowing.tried[0], plain.tried[0]) != "better"
    assert knowing.tried[0].error > 1.15 * knowing.tried[0].error_exact  # what could be had at best


def test_weather_that_has_no_effect_is_said_not_to_help() -> None:
    day, values, counts = rained(np.random.default_rng(7), 0.0)
    plain = forecast(history(counts, SEASON))
    sky = told(day, values, forecasts=forecasts_of(day, values))
    knowing = forecast(history(counts, SEASON, weather=sky))
    assert gain(knowing.tried[0], plain.tried[0]) == "same"


def test_no_try_on_the_past_knows_the_weather_that_came_later() -> None:
    """The last weeks' weather turned into another must not change what was said before them."""
    day, values, counts = rained(np.random.default_rng(8), 0.35)
    late = FIRST + 7 * (WEEKS - 6)
    other = values.copy()
    other[day >= late] = [31, 26, 38, 60, 20, 0]
    one, two = told(day, values), told(day, other)
    assert one.names == two.names
    until = WEEKS - 6  # origins up to the week before know nothing of it
    assert np.array_equal(one.expected[:, :until], two.expected[:, :until], equal_nan=True)
    assert not np.allclose(one.expected[:, until:], two.expected[:, until:], equal_nan=True)
    said = [
        forecast(history(counts[:, :until], SEASON[: until + AHEAD],
                         weather=replace(sky, seen=sky.seen[:, :until],
                                         expected=sky.expected[:, :until],
                                         forecast=sky.forecast[:until])))
        for sky in (one, two)
    ]  # fmt: skip
    assert np.array_equal(said[0].mean, said[1].mean)
    assert said[0].tried == said[1].tried


def test_a_forecast_is_used_only_from_the_day_on_which_it_was_issued() -> None:
    day, values = days_of(np.random.default_rng(9))
    week, wild = 80, np.array([[30.0, 25, 36, 40, 9, 0]])
    monday = FIRST + 7 * week

    def at(issued: int) -> list[bool]:
        given = [(monday + n, issued, wild) for n in range(7)]
        found = told(day, values, forecasts=given, horizon=2)
        said = found.forecast[week - 2 : week]
        warm = found.expected[found.names.index("warmth")]
        assert bool(abs(warm[week - 1, 0] - 30) < 1e-9) is bool(said[1, 0])
        return [bool(said[0, 1]), bool(said[1, 0])]

    assert at(monday - 9) == [True, True]  # known two weeks and one week before
    assert at(monday - 3) == [False, True]
    assert at(monday) == [False, False]
    late = [(monday + n, monday - 3, wild) for n in range(7)]
    corrected = [(monday + n, monday - 2, wild - 10) for n in range(7)]
    found = told(day, values, forecasts=late + corrected)
    assert found.expected[found.names.index("warmth"), week - 1, 0] == pytest.approx(20)


def test_coming_weeks_are_by_forecast_or_else_as_is_normal() -> None:
    day, values = days_of(np.random.default_rng(10))
    today = FIRST + 7 * WEEKS
    coming = [(today + n, today - 1, np.array([[40.0, 30, 45, 0, 2, 0]])) for n in range(8)]
    found = told(day, values, forecasts=coming)
    assert found.forecast[-1].tolist() == [True, False]
    warm = found.expected[found.names.index("warmth"), -1]
    assert warm[0] == pytest.approx(40)
    aim = FIRST + 7 * (WEEKS + 1) + 3
    near = np.abs((day - aim + 182.6) % 365.25 - 182.6) <= 21
    usual = values[near & (day < today), 0]
    assert abs(warm[1] - usual.mean()) < 3


def test_too_little_weather_is_refused() -> None:
    day, values, counts = rained(np.random.default_rng(11), 0.0)
    short = told(day[day >= FIRST + 7 * 70], values[day >= FIRST + 7 * 70])
    with pytest.raises(InputError) as raised:
        history(counts, SEASON, weather=short)
    assert raised.value.code == "weather-too-short"
    gone = told(day[day < FIRST + 7 * 90], values[day < FIRST + 7 * 90])  # nothing of late
    with pytest.raises(InputError) as raised:
        history(counts, SEASON, weather=gone)
    assert raised.value.code == "weather-too-short"
