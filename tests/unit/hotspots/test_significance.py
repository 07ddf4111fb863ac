"""Gi* equals esda's; chance is not called a hotspot; a planted concentration is."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import shapely
from scipy import stats

from gis.errors import InputError
from gis.hotspots.density import Cells, aggregate
from gis.hotspots.significance import (
    adjust_p,
    getis_ord,
    getis_ord_z,
    hotspots,
    neighbours,
)

CITY = (113.60, 34.74, 113.64, 34.77)


def city(shape: str = "hexagon", cell_m: float = 100) -> Cells:
    return aggregate([], [], area=CITY, cell_m=cell_m, shape=shape)


def with_counts(cells: Cells, count: np.ndarray) -> Cells:
    return dataclasses.replace(cells, count=count.astype(float))


@pytest.mark.parametrize("shape", ["hexagon", "square"])
@pytest.mark.parametrize("band", [1.0, 1.5, 2.0, 3.7])
def test_neighbours_are_all_the_cells_within_the_band(shape: str, band: float) -> None:
    cells = city(shape, 200)
    metres = shapely.get_coordinates(
        shapely.transform(
            shapely.points(cells.lon, cells.lat),
            lambda xy: np.column_stack(_to_metres(cells, xy)),
        )
    )
    apart = np.hypot(*(metres[:, None] - metres[None]).transpose(2, 0, 1))
    assert np.array_equal(neighbours(cells, band * 200).toarray(), apart <= band * 200 + 1e-3)


def _to_metres(cells: Cells, xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    import pyproj

    return pyproj.Transformer.from_crs(4326, cells.crs, always_xy=True).transform(*xy.T)


@pytest.mark.parametrize("seed", range(6))
def test_scores_equal_esda(seed: int) -> None:
    pytest.importorskip("esda")
    from esda import G_Local
    from libpysal.weights import WSP

    rng = np.random.default_rng(seed)
    cells = city("hexagon" if seed % 2 else "square", 200)
    count = rng.negative_binomial(1, 0.2, len(cells)) * (rng.random(len(cells)) < 0.8)
    cells = with_counts(cells, count)
    scores = getis_ord(cells, (2 + seed % 3) * 200)
    weights = WSP(neighbours(cells, scores.band_m)).to_W(silence_warnings=True)
    oracle = G_Local(cells.count, weights, transform="B", star=True, permutations=0)
    assert np.abs(scores.z - oracle.Zs).max() < 1e-12
    upper = oracle.Zs > 0
    assert np.allclose(scores.p[upper], oracle.p_norm[upper], rtol=1e-10, atol=1e-15)


def test_exact_chance_equals_the_binomial_tail() -> None:
    cells = with_counts(city(), np.random.default_rng(3).poisson(0.3, len(city())))
    scores = getis_ord(cells, 200)
    total = int(cells.count.sum())
    exact = stats.binom.sf(scores.around - 1, total, scores.expected_around / total)
    assert np.allclose(scores.p_chance, exact, rtol=1e-9)


def test_adjusted_p_equals_scipy() -> None:
    p = np.random.default_rng(0).random(2000) ** 2
    assert np.allclose(adjust_p(p), stats.false_discovery_control(p, method="bh"))


@pytest.mark.parametrize("value", [0.0, 0.1, 7.0])
def test_where_nothing_varies_nothing_is_hot(value: float) -> None:
    cells = with_counts(city(), np.full(len(city()), value))
    scores = getis_ord(cells, 200)
    assert not scores.z.any()
    assert hotspots(cells, scores) == []


def test_a_band_over_the_whole_city_says_nothing() -> None:
    cells = with_counts(city("square", 500), np.arange(len(city("square", 500))))
    assert not getis_ord_z(cells.count, neighbours(cells, 50_000)).any()


@pytest.mark.parametrize("mean", [0.02, 0.1, 0.5, 3.0])
def test_random_cities_are_rarely_accused(mean: float) -> None:
    """At a false discovery rate of 5 %, at most about 5 % of cities without any pattern.

    The analytic p alone accuses most sparse cities, which is why the exact one stands beside it.
    """
    base = city()
    accused = analytic = 0
    for seed in range(120):
        rng = np.random.default_rng(seed)
        cells = with_counts(base, rng.poisson(mean, len(base)))
        scores = getis_ord(cells, 200)
        accused += bool(hotspots(cells, scores))
        analytic += bool((adjust_p(scores.p) <= 0.05).any())
    assert accused <= stats.binom.ppf(0.999, 120, 0.05)
    if mean <= 0.1:
        assert analytic > 40


def test_people_explain_what_people_explain() -> None:
    """With the population as baseline a dense quarter is no hotspot; without it, it is."""
    base = city()
    rng = np.random.default_rng(5)
    east = base.lon > 113.627
    people = np.where(east, 900.0, 100.0)
    cells = with_counts(base, rng.poisson(people / 400))
    assert hotspots(cells, getis_ord(cells, 200))
    accused = sum(
        bool(
            hotspots(drawn := with_counts(base, rng.poisson(people / 400)),
                     getis_ord(drawn, 200, people))
        )
        for _ in range(60)
    )  # fmt: skip
    assert accused <= stats.binom.ppf(0.999, 60, 0.05)


def test_planted_hotspots_are_found_where_they_are() -> None:
    rng = np.random.default_rng(11)
    planted = [(113.610, 34.750, 90), (113.630, 34.762, 60)]
    lon, lat = [rng.uniform(113.60, 113.64, 1500)], [rng.uniform(34.74, 34.77, 1500)]
    for x, y, n in planted:
        lon.append(x + rng.normal(0, 120, n) / 91_500)
        lat.append(y + rng.normal(0, 120, n) / 110_900)
    cells = aggregate(np.concatenate(lon), np.concatenate(lat), area=CITY, cell_m=100)
    found = hotspots(cells, getis_ord(cells, 200))
    assert len(found) == 2
    assert found[0].z >= found[1].z
    for spot, (x, y, n) in zip(found, planted, strict=True):
        assert np.hypot((spot.lon - x) * 91_500, (spot.lat - y) * 110_900) < 80
        assert 100 < spot.radius_m < 500
        assert spot.count > 0.8 * n
        assert spot.ratio > 2
        assert spot.p < 1e-4
        assert spot.cell.startswith("hexagon-100-")


def test_the_order_of_points_does_not_matter() -> None:
    rng = np.random.default_rng(2)
    lon, lat = rng.normal(113.62, 0.004, 800), rng.normal(34.755, 0.004, 800)
    shuffled = rng.permutation(800)
    one = aggregate(lon, lat, area=CITY, cell_m=100)
    two = aggregate(lon[shuffled], lat[shuffled], area=CITY, cell_m=100)
    assert hotspots(one, getis_ord(one, 200)) == hotspots(two, getis_ord(two, 200))


@pytest.mark.parametrize("band", [0, 99, float("nan"), float("inf")])
def test_a_band_without_neighbours_is_refused(band: float) -> None:
    with pytest.raises(InputError) as caught:
        getis_ord(city(), band)
    assert caught.value.code == "hotspot-band"
    assert str(caught.value) != "hotspot-band"


@pytest.mark.parametrize("baseline", [[1.0], "zeros", "negative"])
def test_an_unusable_baseline_is_refused(baseline: object) -> None:
    cells = city()
    values = {"zeros": np.zeros(len(cells)), "negative": -np.ones(len(cells))}
    with pytest.raises(InputError) as caught:
        getis_ord(cells, 200, values.get(str(baseline), baseline))
    assert caught.value.code == "hotspot-baseline"
