"""Forecasts beat the naive one on what they were made for; intervals hold what they say."""

from typing import Any

import numpy as np
import pytest

from gis.errors import InputError
from gis.hotspots.forecast import forecast, history, unusual_rises

WEEKS, AHEAD, SERIES = 104, 4, 60
SEASON = (np.arange(WEEKS + AHEAD) % 52) / 52


def counts(rng: np.random.Generator, *, swing: float = 0.5, free: Any = None, kappa: float = 0.0):
    """Series of two groups: levels of their own, a season each, fewer on days off."""
    level = rng.gamma(2, 2.0, SERIES)
    group = np.arange(SERIES) % 2
    season = 1 + swing * np.cos(2 * np.pi * (SEASON[:WEEKS] - np.array([0.1, 0.6])[group][:, None]))
    rate = level[:, None] * season * (1 if free is None else np.exp(-0.2 * free[:WEEKS]))
    if kappa:
        rate = rng.gamma(1 / kappa, rate * kappa)
    return rng.poisson(rate), group


def test_better_than_naive_with_honest_intervals() -> None:
    for kappa in (0.0, 0.4):
        table, group = counts(np.random.default_rng(1), kappa=kappa)
        found = forecast(history(table, SEASON, group=group))
        assert found.mean.shape == (SERIES, AHEAD)
        assert (found.low <= found.mean + 1).all()
        assert (found.mean <= found.high + 1).all()
        for tried in found.tried:
            assert tried.skill > 0.15
            assert 0.76 <= tried.within <= 0.93  # counts are whole: intervals hold a little more


def test_what_comes_is_inside_as_often_as_said() -> None:
    inside = []
    for seed in range(3):
        table, group = counts(np.random.default_rng(10 + seed), kappa=0.2)
        given = history(table[:, : WEEKS - AHEAD], SEASON[:WEEKS], group=group)
        said = forecast(given)
        came = table[:, WEEKS - AHEAD :]
        inside.append(((said.low <= came) & (came <= said.high)).mean())
    assert 0.76 <= np.mean(inside) <= 0.93


def test_days_off_that_matter_lower_the_error() -> None:
    rng = np.random.default_rng(2)
    free = rng.choice([0, 0, 0, 1, 3, 7], WEEKS + AHEAD).astype(float)
    table, group = counts(rng, free=free)
    blind = forecast(history(table, SEASON, group=group))
    knowing = forecast(history(table, SEASON, group=group, regressors=free[None]))
    assert knowing.tried[0].error < 0.95 * blind.tried[0].error


def test_a_planted_rise_is_named_and_little_else() -> None:
    wrong = 0
    for seed in range(5):
        table, group = counts(np.random.default_rng(30 + seed), kappa=0.1)
        wrong += len(unusual_rises(history(table, SEASON, group=group)))
        table[7, -1] += 40
        named = unusual_rises(history(table, SEASON, group=group))
        assert named[0].series == 7
        assert named[0].count == table[7, -1] > named[0].expected
    assert wrong <= 2


def test_the_same_history_gives_the_same_forecast() -> None:
    table, group = counts(np.random.default_rng(3))
    some, other = (forecast(history(table, SEASON, group=group)) for _ in range(2))
    assert np.array_equal(some.mean, other.mean)
    assert some.tried == other.tried


def test_series_in_which_nothing_ever_happened() -> None:
    found = forecast(history(np.zeros((3, 60)), SEASON[: 60 + AHEAD]))
    assert found.mean.max() < 1e-6
    assert found.high.max() == 0
    assert unusual_rises(history(np.zeros((3, 60)), SEASON[: 60 + AHEAD])) == []


@pytest.mark.parametrize(
    ("table", "season", "more", "code"),
    [
        (np.zeros((2, 39)), SEASON, {}, "forecast-too-short"),
        (np.zeros((2, 60)), SEASON[:60], {}, "forecast-values"),
        (np.full((2, 60), -1), SEASON[:64], {}, "forecast-values"),
        (np.zeros((2, 60)), SEASON[:64], {"group": [0]}, "forecast-values"),
        (np.zeros((2, 60)), SEASON[:64], {"regressors": np.zeros((1, 60))}, "forecast-values"),
    ],
)
def test_what_does_not_belong_together_is_refused(table, season, more, code) -> None:
    with pytest.raises(InputError) as raised:
        history(table, season, **more)
    assert raised.value.code == code
