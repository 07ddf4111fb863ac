"""The space-time permutation scan finds what is planted and keeps its error rate."""

import math

import numpy as np
import pytest

from gis.errors import InputError
from gis.hotspots.scan import sudden_clusters

SIDE, PERIODS = 15, 24
X, Y = (100.0 * axis.ravel() for axis in np.meshgrid(np.arange(SIDE), np.arange(SIDE)))


def incidents(rng: np.random.Generator, count: int = 2500) -> tuple[np.ndarray, np.ndarray]:
    """Places and times that know nothing of each other, both uneven."""
    weight = rng.gamma(0.5, size=len(X))
    busy = 1 + 0.6 * np.sin(np.arange(PERIODS) / 3)
    cell = rng.choice(len(X), count, p=weight / weight.sum())
    return cell, rng.choice(PERIODS, count, p=busy / busy.sum())


def scan(cell: np.ndarray, period: np.ndarray, seed: int = 0, shuffles: int = 199, **more: object):
    return sudden_clusters(
        cell, period, X, Y,
        **{"periods": PERIODS, "most_periods": 6, "most_m": 350.0, "shuffles": shuffles,
           "rng": np.random.default_rng(seed)} | more,
    )  # fmt: skip


def test_a_planted_cluster_is_found() -> None:
    rng = np.random.default_rng(1)
    cell, period = incidents(rng)
    centre = 7 * SIDE + 7
    extra = np.flatnonzero(np.hypot(X - X[centre], Y - Y[centre]) <= 150)
    cell = np.concatenate([cell, rng.choice(extra, 60)])
    period = np.concatenate([period, rng.integers(PERIODS - 3, PERIODS, 60)])
    first = scan(cell, period)[0]
    assert first.p <= 0.01
    assert first.periods == 3
    assert len(set(first.cells) & set(extra.tolist())) >= 0.6 * len(extra)
    inside, late = np.isin(cell, first.cells), period >= PERIODS - first.periods
    assert first.count == (inside & late).sum()
    assert first.expected == pytest.approx(inside.sum() * late.sum() / len(cell))
    rest, away = len(cell) - first.count, len(cell) - first.expected
    score = first.count * math.log(first.ratio) + rest * math.log(rest / away)
    assert first.score == pytest.approx(score)


def test_clusters_do_not_overlap_and_come_by_strength() -> None:
    rng = np.random.default_rng(2)
    cell, period = incidents(rng)
    for centre, extra in ((3 * SIDE + 3, 70), (11 * SIDE + 11, 50)):
        cell = np.concatenate([cell, np.full(extra, centre)])
        period = np.concatenate([period, np.full(extra, PERIODS - 1)])
    found = scan(cell, period)
    assert {3 * SIDE + 3, 11 * SIDE + 11} <= {cell for one in found for cell in one.cells}
    assert len({cell for one in found for cell in one.cells}) == sum(len(it.cells) for it in found)
    assert [it.score for it in found] == sorted((it.score for it in found), reverse=True)


def test_errs_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    wrong = sum(bool(scan(*incidents(rng, 600), seed=turn, shuffles=99)) for turn in range(200))
    assert wrong <= 20, f"{wrong} of 200 cities"


def test_the_same_seed_gives_the_same_answer() -> None:
    cell, period = incidents(np.random.default_rng(4))
    assert scan(cell, period, alpha=1.0) == scan(cell, period, alpha=1.0)


def test_nothing_to_see() -> None:
    assert scan(np.zeros(0, int), np.zeros(0, int)) == []
    assert scan(np.array([3]), np.array([PERIODS - 1])) == []


@pytest.mark.parametrize(
    ("cell", "period", "more", "code"),
    [
        ([0], [0], {"most_periods": 13}, "scan-periods"),
        ([len(X)], [0], {}, "scan-incidents"),
        ([0], [-1], {}, "scan-incidents"),
        ([0, 1], [0], {}, "scan-incidents"),
    ],
)
def test_what_is_no_incident_is_refused(cell, period, more, code) -> None:
    with pytest.raises(InputError) as raised:
        scan(np.array(cell), np.array(period), **more)
    assert raised.value.code == code
