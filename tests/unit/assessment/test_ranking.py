"""Rankings keep their promise: intervals hold the truth, and a hard mix is nobody's fault."""

import numpy as np
import pytest
from scipy import stats

from gis.assessment.ranking import ranked, wilson
from gis.errors import InputError

EASY, HARD = 0.97, 0.6


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_wilson_as_scipy() -> None:
    for good, whole in ((0, 5), (5, 5), (1, 3), (98, 100), (5912, 6026)):
        known = stats.binomtest(good, whole).proportion_ci(0.95, "wilson")
        assert np.allclose(wilson(good, whole), (known.low, known.high), atol=1e-12)
    assert np.isnan(wilson(0, 0)).all()


def test_a_hard_mix_is_nobody_s_fault() -> None:
    """Two places equally good in each category; one of them has mostly hard cases."""
    whole = np.array([[900, 100], [100, 900], [500, 500]])
    good = np.rint(whole * (EASY, HARD)).astype(int)
    found = ranked(good, whole, rng=rng())
    assert found.rate[0] - found.rate[1] > 0.25
    assert np.ptp(found.fair) < 0.01
    assert not found.told_apart.any()


def test_small_numbers_are_not_ranked_surely() -> None:
    whole = np.array([[2], [1000], [1000], [1000]])
    good = np.array([[2], [950], [900], [700]])
    found = ranked(good, whole, rng=rng())
    assert found.rank.tolist() == [1, 2, 3, 4]
    assert (found.rank_low[0], found.rank_high[0]) == (1, 4)
    assert (found.rank_low[3], found.rank_high[3]) in {(3, 4), (4, 4)}
    assert found.told_apart.tolist() == [False, True, True, True]


def test_rank_intervals_hold_the_true_rank() -> None:
    true = np.array([0.97, 0.95, 0.9, 0.85, 0.8])
    whole = np.array([[60], [150], [40], [400], [90]])
    held = []
    for seed in range(150):
        good = rng(seed).binomial(whole[:, 0], true)[:, None]
        found = ranked(good, whole, rng=rng(1000 + seed))
        place = np.arange(1, 6)
        held.append((found.rank_low <= place) & (place <= found.rank_high))
    assert np.mean(held) >= 0.93


def test_places_without_cases_have_no_rank() -> None:
    found = ranked([[3], [0], [1]], [[4], [0], [4]], rng=rng())
    assert found.rank.tolist() == [1, 0, 2]
    assert np.isnan(found.rate[1])
    assert found.rank_high[1] == 0


def test_equal_places_share_a_rank() -> None:
    found = ranked([[3], [3], [1]], [[4], [4], [4]], rng=rng())
    assert found.rank.tolist() == [1, 1, 3]


@pytest.mark.parametrize(("good", "whole"), [([[2]], [[1]]), ([[-1]], [[1]]), ([1], [1])])
def test_what_are_no_counts_is_refused(good: object, whole: object) -> None:
    with pytest.raises(InputError) as raised:
        ranked(good, whole, rng=rng())  # type: ignore[arg-type]
    assert raised.value.code == "ranking-counts"


def test_places_of_nothing_but_chance_are_seldom_told_apart() -> None:
    """Sixty equal places: of 60 each tested at 5 %, three would be named each month."""
    whole = np.full((60, 1), 80)
    named = 0
    for seed in range(100):
        good = rng(seed).binomial(whole, 0.93)
        named += ranked(good, whole, rng=rng(1)).told_apart.any()
    assert named <= 15


def test_whoever_had_one_case_and_that_late_is_not_named_for_it() -> None:
    """Two hundred people, each with a handful of cases and all of them equally good: a normal
    approximation names six of them a month."""
    named = 0
    for seed in range(100):
        whole = rng(seed).integers(1, 6, size=(200, 1))
        good = rng(1000 + seed).binomial(whole, 0.97)
        named += ranked(good, whole, rng=rng(1)).told_apart.any()
    assert named <= 10
    whole, good = np.full((40, 1), 200), np.full((40, 1), 196)
    whole[0], good[0] = 1, 0
    assert not ranked(good, whole, rng=rng()).told_apart.any()
    whole[0], good[0] = 60, 40  # and who is late a third of the time still is
    assert ranked(good, whole, rng=rng()).told_apart[0]


def test_ranks_of_many_places_hold_the_drawn_ones() -> None:
    """For more places than can be drawn for, intervals are wider, not narrower."""
    whole = rng(3).integers(5, 400, size=(2000, 1))
    good = rng(4).binomial(whole, 0.9)
    many = ranked(good, whole, rng=rng())
    assert (many.rank_low <= many.rank).all()
    assert (many.rank <= many.rank_high).all()
    some = ranked(good[:300], whole[:300], rng=rng())
    few, place = many.rank_high - many.rank_low, np.arange(300)
    width = (some.rank_high - some.rank_low)[place] / 300
    assert np.median(few / 2000) >= np.median(width)
