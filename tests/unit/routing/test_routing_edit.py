"""An edited locator answers as one made anew, and the one before it as it did."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import InputError
from gis.routing.locator import Locator
from tests.unit.routing.exact_reference import difficult_places, lattice, merged, moved, owners


def shapes_of(cells: np.ndarray, owner: np.ndarray, grids: int) -> np.ndarray:
    """The polygon of each grid, None for one that has no cell."""
    return np.array(
        [
            shapely.coverage_union_all(cells[owner == k]) if (owner == k).any() else None
            for k in range(grids)
        ],
        object,
    )


def changed(before: np.ndarray, after: np.ndarray) -> dict[int, object]:
    pairs = enumerate(zip(before, after, strict=True))
    return {
        k: new
        for k, (old, new) in pairs
        if (old is None) != (new is None) or (old is not None and not old.equals(new))
    }


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 2**32 - 1),
    jitter=st.sampled_from([0.0, 0.3]),
    scale=st.sampled_from([1.0, 0.1, 3.3e-6, 1e5]),
    x=st.sampled_from([0.0, 113.61, 39464321.7]),
    cells_a_side=st.integers(2, 150),
)
def test_edits_one_after_another_equal_a_locator_made_anew(seed, jitter, scale, x, cells_a_side):
    rng = np.random.default_rng(seed)
    cells = moved(lattice(5, 5, jitter, rng), scale, x, 34.7)
    if not shapely.is_valid(cells).all() or not shapely.coverage_is_valid(cells):
        return
    owner = rng.integers(0, 7, len(cells))
    polygons, codes = shapes_of(cells, owner, 7), rng.permutation(7)
    locator = Locator.build(polygons, codes, cells_a_side=cells_a_side)
    for _ in range(4):
        owner = owner.copy()
        owner[rng.integers(0, len(cells), 3)] = rng.integers(0, 7, 3)
        new = shapes_of(cells, owner, 7)
        former, expected = locator, locator.locate(*shapely.get_coordinates(cells).T)
        locator = locator.edited(changed(polygons, new))
        polygons = new
        assert (former.locate(*shapely.get_coordinates(cells).T) == expected).all()
    there = np.array([shape for shape in polygons if shape is not None], object)
    places = difficult_places(there, rng, 12)
    anew = Locator.build(polygons, codes)
    assert (locator.locate(*places.T) == anew.locate(*places.T)).all()
    assert (locator.on_shared_boundary(*places.T) == anew.on_shared_boundary(*places.T)).all()
    assert [locator.locate_one(a, b) for a, b in places] == anew.locate(*places.T).tolist()


def test_an_edited_locator_is_exact():
    rng = np.random.default_rng(4)
    cells = moved(lattice(6, 6, 0.4, rng), 0.01, 113.6, 34.7)
    owner = rng.integers(0, 8, 36)
    polygons = merged(cells, owner)
    locator = Locator.build(polygons, np.arange(8))
    owner[14] = (owner[14] + 1) % 8
    new = merged(cells, owner)
    locator = locator.edited(changed(polygons, new))
    places = difficult_places(new, rng, 60)
    assert (locator.locate(*places.T) == owners(new, np.arange(8), *places.T)).all()


def test_gaps_overlaps_and_shapes_beyond_the_former_map_are_answered_as_anew():
    rng = np.random.default_rng(2)
    grids = lattice(4, 4, 0.2, rng)
    codes = rng.permutation(16)
    for shape in (
        None,
        shapely.Polygon(),
        grids[5].buffer(-0.2),
        grids[5].buffer(0.6),
        shapely.box(-3, -3, 2, 2),
        shapely.MultiPolygon([shapely.box(1.1, 1.1, 1.2, 1.2), shapely.box(3.1, 3, 3.3, 3.9)]),
    ):
        edited = Locator.build(grids, codes).edited({5: shape})
        new = grids.copy()
        new[5] = shape
        there = np.array([one for one in new if one is not None], object)
        places = difficult_places(there, rng, 60)
        anew = Locator.build(new, codes)
        assert (edited.locate(*places.T) == anew.locate(*places.T)).all()
        again = edited.edited({5: grids[5]})  # and back
        old = difficult_places(grids, rng, 60)
        assert (again.locate(*old.T) == Locator.build(grids, codes).locate(*old.T)).all()


def test_no_change_and_nothing_left():
    grids = lattice(2, 1, 0.0, np.random.default_rng(0))
    locator = Locator.build([*grids, None], ["a", "b", "c"])
    assert locator.edited({}) is locator
    assert locator.edited({2: None}) is locator
    empty = locator.edited({0: None, 1: None})
    assert empty.locate([0.5, 1.5], [0.5, 0.5]).tolist() == [-1, -1]
    assert Locator.build([None], ["a"]).edited({0: grids[0]}).locate_one(0.5, 0.5) == 0


def test_many_edits_do_not_pile_up():
    grids = lattice(8, 8, 0.3, np.random.default_rng(3))
    locator = first = Locator.build(grids, np.arange(64))
    both = shapely.coverage_union_all(grids[:2])
    for _ in range(200):
        locator = locator.edited({0: both, 1: None}).edited({0: grids[0], 1: grids[1]})
    assert locator.nbytes < 6 * first.nbytes
    places = difficult_places(grids, np.random.default_rng(1), 50)
    assert (locator.locate(*places.T) == first.locate(*places.T)).all()


def test_two_edits_of_one_locator_do_not_know_of_each_other():
    rng = np.random.default_rng(6)
    grids = lattice(6, 6, 0.3, rng)
    first = Locator.build(grids, np.arange(36))
    pairs = [(k, k + 1) for k in range(0, 36, 2)]

    def joined(pair):
        return first.edited({pair[0]: shapely.coverage_union_all(grids[list(pair)]), pair[1]: None})

    with ThreadPoolExecutor(4) as pool:
        edited = list(pool.map(joined, pairs))
    middles = shapely.get_coordinates(shapely.point_on_surface(grids))
    for (one, other), locator in zip(pairs, edited, strict=True):
        expected = np.arange(36)
        expected[other] = one
        assert locator.locate(*middles.T).tolist() == expected.tolist()
        again = pickle.loads(pickle.dumps(locator)).edited({one: grids[one], other: grids[other]})
        assert again.locate(*middles.T).tolist() == list(range(36))


def test_an_unusable_shape_is_refused_and_changes_nothing():
    grids = lattice(2, 2, 0.0, np.random.default_rng(0))
    locator = Locator.build(grids, np.arange(4))
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    with pytest.raises(InputError) as refused:
        locator.edited({0: bow})
    assert refused.value.code == "routing-polygon-invalid"
    assert locator.locate_one(0.5, 0.5) == 0
