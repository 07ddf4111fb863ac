"""Two plans on one ground: whole units, pieces, and two different cuts of one unit."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gis.planning.change import matched
from gis.planning.change.matched import common_ground, successors


def never(ids):
    raise AssertionError("nothing need be laid over each other")


def told(ground):
    return sorted(zip(ground.units.tolist(), ground.before, ground.after, strict=True))


def test_units_that_both_have_are_compared_as_they_are():
    ground = common_ground({1: "a", 2: "a", 3: None}, {1: "a", 2: "b", 3: "b"}, {}, never)
    assert told(ground) == [(1, "a", "a"), (2, "a", "b"), (3, None, "b")]
    assert ground.share.tolist() == [1.0] * 3


@pytest.mark.parametrize("turned", [False, True])
def test_of_a_unit_and_its_pieces_the_pieces_count(turned):
    whole, cut = {1: "a", 2: "a"}, {1: "a", 21: "a", 221: "b", 222: "a"}
    lineage = {21: 2, 22: 2, 221: 22, 222: 22}  # cut twice
    sides = (cut, whole) if turned else (whole, cut)
    ground = common_ground(*sides, lineage, never)
    assert sorted(ground.units.tolist()) == [1, 21, 221, 222]
    moved = {unit for unit, x, y in told(ground) if x != y}
    assert moved == {221}


def test_two_cuts_of_one_unit_are_laid_over_each_other():
    """One draft cuts a square upright, the other across: four quarters, people by area."""
    shapes = {
        11: shapely.box(0, 0, 1, 4), 12: shapely.box(1, 0, 4, 4),
        13: shapely.box(0, 0, 4, 1), 14: shapely.box(0, 1, 4, 4),
    }  # fmt: skip
    ground = common_ground(
        {5: "z", 11: "a", 12: "b"}, {5: "z", 13: "a", 14: "b"}, dict.fromkeys(shapes, 1),
        lambda ids: np.array([shapes[one] for one in ids], object),
    )  # fmt: skip
    found = {
        (int(unit), x, y): float(share)
        for unit, share, x, y in zip(
            ground.units, ground.share, ground.before, ground.after, strict=True
        )
    }
    assert found == {
        (5, "z", "z"): 1.0, (11, "a", "a"): 0.25, (11, "a", "b"): 0.75, (12, "b", "a"): 0.25,
        (12, "b", "b"): 0.75,
    }  # fmt: skip
    assert set(ground.other[ground.share < 1].tolist()) == {13, 14}


def test_a_grid_goes_on_as_the_one_of_its_code_or_where_its_people_are():
    before = ["a", "a", "b", "b", "c", "c"]
    after = ["a", "b", "x", "x", "y", "x"]
    weight = np.array([1.0, 9.0, 5.0, 5.0, 2.0, 1.0])
    # b keeps its code, though all its people are elsewhere; c is gone, and mostly y.
    assert successors(before, after, weight) == {"a": "a", "b": "b", "c": "y"}
    assert successors(["a", None], [None, "b"], np.ones(2)) == {}


@pytest.mark.parametrize("most", [matched.MOST_PAIRINGS, 0])
def test_pairing_is_one_to_one_however_it_is_found(monkeypatch, most):
    monkeypatch.setattr(matched, "MOST_PAIRINGS", most)
    rng = np.random.default_rng(5)
    before = [f"o{k}" for k in rng.integers(0, 30, 2000)]
    after = [f"n{k}" for k in rng.integers(0, 25, 2000)]
    found = successors(before, after, rng.random(2000))
    assert len(set(found.values())) == len(found) == 25
