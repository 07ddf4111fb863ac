"""Against what a place itself saw before: chance, edges and slopes of a city accuse nobody."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from gis.hotspots.density import aggregate
from gis.hotspots.significance import getis_ord_since, hotspots, neighbours
from gis.workflows.analysis import tested as judged
from gis.workflows.hotspots_in_time import _score

CITY = (113.60, 34.74, 113.64, 34.77)
CELLS = aggregate([], [], area=CITY, cell_m=100)
NEAR = neighbours(CELLS, 200)
SPOT = 700
LIKE = {
    "even": np.ones(len(CELLS)),
    "lumpy": np.random.default_rng(9).gamma(0.5, 2, len(CELLS)),
    "hilly": np.exp(1.5 * np.sin(CELLS.lon * 400) * np.cos(CELLS.lat * 500)),
}


def counted(count: np.ndarray) -> object:
    return dataclasses.replace(CELLS, count=count.astype(float))


@pytest.mark.parametrize("like", LIKE)
@pytest.mark.parametrize(("mean", "longer"), [(0.1, 1), (0.5, 3), (3, 3), (20, 12)])
def test_a_city_that_goes_on_as_before_is_rarely_accused(like, mean, longer) -> None:
    accused = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        now, past = rng.poisson(mean * LIKE[like]), rng.poisson(mean * longer * LIKE[like])
        accused += bool(hotspots(counted(now), getis_ord_since(counted(now), past, 200)))
    assert accused <= stats.binom.ppf(0.999, 100, 0.05)


def test_a_place_that_has_twice_as_much_is_found_where_it_is() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        around = NEAR[[SPOT]].toarray()[0] > 0
        past, now = rng.poisson(12 * LIKE["even"]), rng.poisson(6 * (1 + around))
        spot, *_ = hotspots(counted(now), getis_ord_since(counted(now), past, 200))
        assert abs(spot.lon - CELLS.lon[SPOT]) < 0.003
        assert abs(spot.lat - CELLS.lat[SPOT]) < 0.003
        assert 1.3 < spot.ratio < 2.5


def test_chance_equals_the_binomial_tail_of_both_windows() -> None:
    rng = np.random.default_rng(2)
    now, past = (rng.poisson(mean, len(CELLS)) for mean in (0.4, 0.9))
    scores = getis_ord_since(counted(now), past, 200)
    q = now.sum() / (now.sum() + past.sum())
    exact = stats.binom.sf(NEAR @ now - 1.0, NEAR @ (now + past), q)
    assert np.allclose(scores.p_chance, exact, rtol=1e-9)


@pytest.mark.parametrize("like", LIKE)
@pytest.mark.parametrize("mean", [1, 2, 5])
def test_a_year_without_any_change_shows_nothing(like, mean) -> None:
    part = SimpleNamespace(neighbours=NEAR, people=None)
    shown = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        year = rng.poisson(mean * LIKE[like][:, None], (len(CELLS), 13)).astype(float)
        shown += bool(_score(year, part, "past"))
    assert shown <= stats.binom.ppf(0.999, 30, 0.05)


def test_a_part_of_the_city_is_no_hotspot_beside_what_is_not_counted() -> None:
    """Whose incidents are those of the west alone is not told that the west is one hotspot."""
    west = CELLS.lon < 113.62
    code = np.where(west, 410102004001001, 410102005001001)
    ground = SimpleNamespace(code=code, people=np.full(len(CELLS), 50.0))
    accused = 0
    for seed in range(40):
        count = np.random.default_rng(seed).poisson(1.5 * west)
        found, basis = judged(ground, counted(count), None, "410102004")
        assert basis == "population"
        accused += bool(found)
        everywhere, _ = judged(ground, counted(count), None)
        assert sum(spot.count for spot in everywhere) > 0.5 * count.sum()
    assert accused <= stats.binom.ppf(0.999, 40, 0.05)
    spot = int(np.flatnonzero(west & (abs(CELLS.lon - 113.61) < 0.001))[20])
    planted = np.random.default_rng(1).poisson(1.5 * west) + 6 * (NEAR[[spot]].toarray()[0] > 0)
    assert len(judged(ground, counted(planted), None, "410102004")[0]) == 1
    assert judged(ground, counted(planted), None, "410103") == ([], "even")
