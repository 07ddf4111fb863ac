"""The Mann-Kendall test and Sen's slope agree with an independent implementation, row by row."""

import numpy as np
import pymannkendall
import pytest

from gis.errors import InputError
from gis.hotspots.trends import mann_kendall, sen_slopes

KINDS = {
    "noise": lambda rng, t: rng.normal(size=t),
    "rising": lambda rng, t: np.arange(t) * 0.05 + rng.normal(size=t),
    "falling counts": lambda rng, t: rng.poisson(np.linspace(9, 1, t)),
    "rare": lambda rng, t: rng.poisson(0.1, t),
    "all the same": lambda rng, t: np.full(t, 3.0),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("moments", [8, 26, 104])
def test_as_the_reference(kind: str, moments: int) -> None:
    rng = np.random.default_rng([len(kind), moments])
    rows = np.array([KINDS[kind](rng, moments) for _ in range(20)], float)
    trends, slopes = mann_kendall(rows), sen_slopes(rows)
    for row, line in enumerate(rows):
        known = pymannkendall.original_test(line)
        assert trends.s[row] == known.s
        assert trends.z[row] == pytest.approx(known.z, abs=1e-12)
        assert trends.p[row] == pytest.approx(known.p, abs=1e-12)
        assert slopes[row] == pytest.approx(known.slope, abs=1e-12)


def test_only_order_counts_and_time_turned_round_turns_the_trend() -> None:
    rows = np.random.default_rng(3).gamma(2, size=(50, 40))
    trends = mann_kendall(rows)
    assert np.array_equal(mann_kendall(np.exp(rows)).s, trends.s)
    assert np.array_equal(mann_kendall(rows[:, ::-1]).z, -trends.z)


def test_errs_as_often_as_it_says() -> None:
    p = mann_kendall(np.random.default_rng(4).normal(size=(20_000, 52))).p
    assert (p <= 0.05).mean() == pytest.approx(0.05, abs=0.006)
    assert (p <= 0.01).mean() == pytest.approx(0.01, abs=0.003)


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (np.zeros((2, 7)), "trend-too-short"),
        (np.zeros(9), "trend-values"),
        ([[1.0] * 8, [1.0] * 7 + [np.nan]], "trend-values"),
    ],
)
def test_what_has_no_trend_is_refused(rows: object, code: str) -> None:
    with pytest.raises(InputError) as raised:
        mann_kendall(rows)  # type: ignore[arg-type]
    assert raised.value.code == code
