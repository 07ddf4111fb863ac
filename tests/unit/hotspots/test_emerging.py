"""Hotspots over time: planted ones get their kind, and a city without any shows none."""

from typing import Any

import numpy as np
import pytest

from gis.errors import InputError
from gis.hotspots.density import Cells, Lattice
from gis.hotspots.emerging import KINDS, emerging_hotspots, kinds_of, score_cube
from gis.hotspots.significance import neighbours

BOUNDS = (113.60, 34.72, 113.66, 34.77)
CELL_M, PERIODS = 250, 26
LATTICE = Lattice.of(BOUNDS, CELL_M)
CELLS: Cells = LATTICE.cells(np.zeros(len(LATTICE)), 0)
NEAR = neighbours(CELLS, 1.5 * CELL_M)
SPOT = int(LATTICE.find(np.array([113.63]), np.array([34.745]))[0])
QUIET = np.ones(PERIODS)

# How many times the usual the neighbourhood of the spot has in each period.
PLANTED = {
    "new": np.where(np.arange(PERIODS) >= PERIODS - 4, 8.0, 1.0),
    "growing": 1 + np.maximum(np.arange(PERIODS) - 3, 0) * 0.6,
    "persistent": np.full(PERIODS, 7.0),
    "sporadic": np.where(np.isin(np.arange(PERIODS), [6, 7, PERIODS - 2, PERIODS - 1]), 9.0, 1.0),
    "fading": np.maximum(9 - np.arange(PERIODS) * 0.6, 1.0),
}


def city(
    rng: np.random.Generator, times: Any = QUIET, *, people: Any = None, mean: float = 1.5
) -> Any:
    usual = np.full(len(LATTICE), mean) if people is None else mean * people / people.mean()
    rate = np.repeat(usual[:, None], PERIODS, axis=1)
    around = NEAR[[SPOT]].indices
    rate[around] *= np.asarray(times)
    rate *= 1 + 0.5 * np.sin(np.arange(PERIODS) / 4)  # seasons are no hotspots
    return rng.poisson(rate)


@pytest.mark.parametrize("kind", PLANTED)
def test_planted_kinds_are_told(kind: str) -> None:
    cube = score_cube(city(np.random.default_rng(len(kind)), PLANTED[kind]), NEAR)
    first = emerging_hotspots(cube, NEAR)[0]
    assert first.kind == kind
    assert NEAR[[SPOT], list(first.cells)].max() == 1
    assert first.count > 1.5 * first.expected
    assert KINDS[kinds_of(cube)[first.cells[0]]] == kind


def test_since_when() -> None:
    cube = score_cube(city(np.random.default_rng(1), PLANTED["new"]), NEAR)
    found = emerging_hotspots(cube, NEAR)[0]
    assert (found.since, found.last) == (PERIODS - 4, PERIODS - 1)
    assert 3 < found.ratio <= 8.5  # cells at its edge are hot by what is around them


@pytest.mark.parametrize("together", [1, 2])
def test_a_city_with_none_shows_none(together: int) -> None:
    """At a level of 5 % at most a few of 200 cities may show a place; seasons and people are
    accounted for."""
    rng = np.random.default_rng(7)
    people = rng.gamma(0.7, size=len(LATTICE)) + 0.05
    wrong = 0
    for _ in range(200):
        cube = score_cube(city(rng, people=people), NEAR, people, together=together)
        wrong += bool(emerging_hotspots(cube, NEAR))
    assert wrong <= 20, f"{wrong} of 200 cities"


def test_what_is_faint_in_each_of_two_periods_is_seen_in_both_together() -> None:
    faint = np.where(np.isin(np.arange(PERIODS), [12, 13]), 2.6, 1.0)
    found, apart = [], []
    for seed in range(40):
        counts = city(np.random.default_rng(100 + seed), faint, mean=1.0)
        for together, named in ((1, apart), (2, found)):
            places = emerging_hotspots(score_cube(counts, NEAR, together=together), NEAR)
            named += [one for one in places if NEAR[[SPOT], list(one.cells)].max() == 1]
    assert len(found) >= 1.5 * len(apart)
    assert len(found) >= 20
    # It ends when it ends: what follows is not drawn in by being tested with it.
    assert np.mean([one.last == 13 for one in found]) > 0.7
    assert {one.kind for one in found} == {"fading"}


@pytest.mark.parametrize("kind", PLANTED)
def test_kinds_stay_the_same_when_periods_are_tested_together(kind: str) -> None:
    cube = score_cube(city(np.random.default_rng(len(kind)), PLANTED[kind]), NEAR, together=2)
    assert emerging_hotspots(cube, NEAR)[0].kind == kind


def test_order_of_cells_changes_nothing() -> None:
    counts = city(np.random.default_rng(5), PLANTED["growing"])
    order = np.random.default_rng(6).permutation(len(LATTICE))
    some = score_cube(counts, NEAR)
    others = score_cube(counts[order], NEAR[order][:, order])
    assert np.array_equal(kinds_of(some)[order], kinds_of(others))


@pytest.mark.parametrize(
    ("counts", "code"),
    [
        (np.zeros((len(LATTICE), 7)), "trend-too-short"),
        (np.zeros((3, 12)), "hotspot-cube"),
        (np.full((len(LATTICE), 12), -1), "hotspot-cube"),
    ],
)
def test_what_is_no_cube_is_refused(counts: Any, code: str) -> None:
    with pytest.raises(InputError) as raised:
        score_cube(counts, NEAR)
    assert raised.value.code == code
