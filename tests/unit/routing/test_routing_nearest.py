"""The nearest other grid is the one that shapely finds among all, at the same distance."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely.ops import nearest_points

from gis.routing.locator import Locator
from gis.routing.nearest import metres_a_degree, nearest_other, nearest_others
from tests.unit.routing.exact_reference import difficult_places, lattice, merged, moved


def by_shapely(grids, codes, places, owners, within):
    """Position and distance of the nearest other grid by measuring all of them."""
    distance = shapely.distance(grids[:, None], shapely.points(places)[None, :])
    known = owners >= 0
    distance[owners[known], np.flatnonzero(known)] = np.inf
    order = np.lexsort((np.broadcast_to(codes[:, None], distance.shape), distance), axis=0)[0]
    least = distance[order, np.arange(len(places))]
    return np.where(least <= within, order, -1), np.where(least <= within, least, np.inf)


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 2**32 - 1),
    within=st.sampled_from([0.0, 3.0, 40.0, 1500.0]),
    cells_a_side=st.integers(2, 90),
)
def test_as_near_as_the_nearest_of_all(seed, within, cells_a_side):
    rng = np.random.default_rng(seed)
    cells = moved(lattice(4, 4, 0.35, rng), 100.0, 5e5, 3.8e6)
    grids = merged(cells, rng.integers(0, 6, 16))
    codes = rng.permutation(len(grids))
    locator = Locator.build(grids, codes, cells_a_side=cells_a_side)
    places = np.vstack(
        (
            difficult_places(grids, rng, 3),
            rng.uniform(-1000, 1400, (60, 2)) + np.array([5e5, 3.8e6]),
            rng.uniform(0, 400, (60, 2)) + np.array([5e5, 3.8e6]),
        )
    )
    owners = locator.locate(*places.T)
    found = nearest_other(locator, *places.T, owners, within_m=within, in_degrees=False)
    expected, distance = by_shapely(grids, codes, places, owners, within + 1e-6)
    there = found.grids >= 0
    sure = ~((distance > within - 1e-6) & (distance < within + 1e-6))  # at the very limit
    assert (there == (expected >= 0))[sure].all()
    both = there & (expected >= 0)
    assert found.distance_m[both] == pytest.approx(distance[both], abs=1e-6)
    assert np.isinf(found.distance_m[~there]).all()
    # Grids that are equally near, but for the rounding of one of the two ways, may take turns.
    for place in np.flatnonzero(both & (found.grids != expected)):
        assert shapely.distance(
            grids[found.grids[place]], shapely.Point(places[place])
        ) == pytest.approx(distance[place], abs=1e-6)


@pytest.mark.parametrize("south", [0.0, 18.2, 34.7, 47.4, -33.9])
def test_degrees_are_measured_on_the_ellipsoid(south):
    rng = np.random.default_rng(1)
    grids = moved(lattice(5, 5, 0.3, rng), 0.005, 113.6, south)
    locator = Locator.build(grids, np.arange(25))
    places = rng.uniform(0, 0.025, (300, 2)) + np.array([113.6, south])
    owners = locator.locate(*places.T)
    found = nearest_other(locator, *places.T, owners, within_m=2000)
    assert (found.grids >= 0).all()
    assert (found.grids != owners).all()
    geod = Geod(ellps="WGS84")
    east_m, north_m = metres_a_degree(np.array([south]))
    for (x, y), grid, distance_m in zip(places, found.grids, found.distance_m, strict=True):
        scaled = shapely.transform(grids[grid], lambda xy: xy * (east_m[0], north_m[0]))
        at, _ = nearest_points(scaled, shapely.Point(x * east_m[0], y * north_m[0]))
        _, _, true_m = geod.inv(x, y, at.x / east_m[0], at.y / north_m[0])
        assert distance_m == pytest.approx(true_m, rel=1e-3, abs=1e-3)


def test_on_a_shared_boundary_the_other_side_is_next():
    grids = [shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10), shapely.box(20, 0, 30, 10)]
    locator = Locator.build(grids, ["c", "b", "a"])
    owners = locator.locate([10, 9, 35], [5, 5, 5])
    found = nearest_other(locator, [10, 9, 35], [5, 5, 5], owners, within_m=6, in_degrees=False)
    assert owners.tolist() == [1, 0, -1]
    assert found.grids.tolist() == [0, 1, 2]
    assert found.distance_m.tolist() == [0.0, 1.0, 5.0]


def test_nobody_within_reach_and_no_place_at_all():
    locator = Locator.build([shapely.box(0, 0, 1, 1)], ["a"])
    strange = [0.5, 5.0, np.nan, np.inf, -1e300]
    found = nearest_other(locator, strange, [0.5] * 5, [0, -1, -1, -1, -1], within_m=1000)
    assert found.grids.tolist() == [-1] * 5
    assert np.isinf(found.distance_m).all()
    far = nearest_other(locator, [3.0], [0.5], [-1], within_m=np.inf)
    assert far.distance_m.tolist() == pytest.approx([2 * 111_317], rel=1e-3)
    nothing = Locator.build([None], ["a"])
    assert nearest_other(nothing, [0.0], [0.0], [-1], within_m=1e6).grids.tolist() == [-1]


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 2**32 - 1),
    within=st.sampled_from([0.0, 3.0, 40.0, 300.0]),
    most=st.integers(1, 7),
)
def test_all_that_are_near_come_nearest_first_and_each_once(seed, within, most):
    rng = np.random.default_rng(seed)
    cells = moved(lattice(4, 4, 0.35, rng), 100.0, 5e5, 3.8e6)
    grids = merged(cells, rng.integers(0, 6, 16))
    codes = rng.permutation(len(grids))
    locator = Locator.build(grids, codes, cells_a_side=17)
    places = np.vstack(
        (difficult_places(grids, rng, 2), rng.uniform(-50, 450, (60, 2)) + np.array([5e5, 3.8e6]))
    )
    owners = locator.locate(*places.T)
    found = nearest_others(locator, *places.T, owners, within_m=within, most=most, in_degrees=False)
    first = nearest_other(locator, *places.T, owners, within_m=within, in_degrees=False)
    assert (found.grids[:, 0] == first.grids).all()
    true_m = shapely.distance(grids[:, None], shapely.points(places)[None, :])
    for place, (row, distance_m) in enumerate(zip(found.grids, found.distance_m, strict=True)):
        told = row[row >= 0]
        assert (row[len(told) :] == -1).all()
        assert len(set(told)) == len(told)
        assert owners[place] not in told
        assert (np.diff(distance_m[: len(told)]) >= 0).all()
        assert distance_m[: len(told)] == pytest.approx(true_m[told, place], abs=1e-6)
        others = np.delete(true_m[:, place], owners[place]) if owners[place] >= 0 else (
            true_m[:, place])  # fmt: skip
        nearest = np.sort(others)[:most]
        sure = np.count_nonzero(nearest < within - 1e-6)
        possible = np.count_nonzero(nearest < within + 1e-6)
        assert sure <= len(told) <= possible
        assert distance_m[: len(told)] == pytest.approx(nearest[: len(told)], abs=1e-6)
