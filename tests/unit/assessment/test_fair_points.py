"""Points compared fairly: by cases, for the same mix, with how sure that is."""

from __future__ import annotations

import numpy as np
import pytest

from gis.assessment.fair_points import fair_points
from gis.errors import InputError


def rng(seed: int = 7) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_figures_that_one_can_work_out_by_hand() -> None:
    """Easy cases bring 1 each, hard ones 0.2: who had the hard ones did as well as could be."""
    easy, hard = [90.0, 10.0], [2.0, 18.0]
    found = fair_points(
        [easy, hard], [[90, 10], [2, 18]], [[90, 50], [10, 90]], rng=rng()
    )  # usual: 92 / 100 = 0.92 easy, 28 / 140 = 0.2 hard
    assert found.raw == pytest.approx([100 * 100 / 140, 100 * 20 / 100])
    expected = [100 * (90 * 0.92 + 50 * 0.2) / 140, 100 * (10 * 0.92 + 90 * 0.2) / 100]
    assert found.expected == pytest.approx(expected)
    everybody = 100 * 120 / 240
    assert found.fair == pytest.approx(found.raw - expected + everybody)
    spread = np.array([92 / 100 - 0.92**2, 28 / 140 - 0.2**2])
    error = 100 * np.sqrt(np.array([[90, 50], [10, 90]]) @ spread) / [140, 100]
    assert found.high - found.fair == pytest.approx(1.959964 * error)
    # 71.4 against 20 by the raw figure; for the same mix 55.1 against 42.8.
    assert found.raw[0] > 3 * found.raw[1] and found.fair[0] < 1.5 * found.fair[1]


def test_who_had_few_cases_is_no_surer_for_having_had_them_all_alike() -> None:
    """Two cases, both in time: any place might be his; three hundred, and it is not."""
    cases = np.array([[2], [300], [300], [300]])
    points = np.array([[2.0], [285.0], [270.0], [240.0]])
    found = fair_points(points, points, cases, rng=rng())
    assert found.rank.tolist() == [1, 2, 3, 4]
    assert (found.rank_low[0], found.rank_high[0]) == (1, 4)
    assert found.rank_high[1] <= 3 and found.rank_low[3] >= 3
    assert not found.told_apart[0] and found.told_apart[3]


def test_all_together_stand_where_they_are_and_who_had_nothing_has_no_rank() -> None:
    generator = rng(3)
    cases = generator.integers(0, 60, size=(30, 4))
    cases[5] = 0
    points = generator.normal(0.3, 0.1, size=(30, 4)) * cases
    points[:, 3] += generator.normal(0, 2, 30)  # and something by hand
    found = fair_points(points, points**2 / np.maximum(cases, 1), cases, rng=rng())
    count = cases.sum(axis=1)
    busy = count > 0
    assert found.rank[5] == 0 and np.isnan(found.fair[5])
    assert sorted(found.rank[busy].tolist()) == list(range(1, int(busy.sum()) + 1))
    mean = (found.fair[busy] * count[busy]).sum() / count.sum()
    assert mean == pytest.approx(100 * points[busy].sum() / count.sum())
    assert (found.rank_low[busy] <= found.rank[busy]).all()
    assert (found.rank[busy] <= found.rank_high[busy]).all()


def test_intervals_hold_the_true_figure_and_chance_alone_names_nobody_often() -> None:
    """Forty equal people with cases worth 0.5 or −0.5: of 200 months, few name anybody."""
    held = named = 0
    for seed in range(200):
        generator = rng(seed)
        cases = generator.integers(5, 80, size=(40, 1))
        well = generator.binomial(cases, 0.8)
        points = 0.5 * well - 0.5 * (cases - well)
        found = fair_points(points, 0.25 * cases, cases, rng=rng(1))
        held += int(((found.low <= 30) & (found.high >= 30)).sum())
        named += bool(found.told_apart.any())
    assert held / (200 * 40) > 0.93
    assert named <= 20


def test_equal_ones_share_a_rank_and_nothing_to_compare_is_no_error() -> None:
    found = fair_points([[5.0], [5.0]], [[5.0], [5.0]], [[10], [10]], rng=rng())
    assert found.rank.tolist() == [1, 1]
    nobody = fair_points(np.zeros((2, 1)), np.zeros((2, 1)), np.zeros((2, 1), int), rng=rng())
    assert nobody.rank.tolist() == [0, 0]
    assert fair_points(
        np.zeros((0, 3)), np.zeros((0, 3)), np.zeros((0, 3), int), rng=rng()
    ).rank.shape == (0,)


@pytest.mark.parametrize(
    ("points", "squares", "cases"),
    [([[1.0]], [[1.0]], [[-1]]), ([[1.0]], [[-1.0]], [[1]]), ([1.0], [1.0], [1]),
     ([[1.0]], [[1.0, 2.0]], [[1]])],
)  # fmt: skip
def test_what_are_no_counts_is_refused(points: object, squares: object, cases: object) -> None:
    with pytest.raises(InputError) as raised:
        fair_points(points, squares, cases, rng=rng())  # type: ignore[arg-type]
    assert raised.value.code == "ranking-counts"
