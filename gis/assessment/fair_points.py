"""Points by how much there was to do, for the same mix of categories, with how sure that is.

Points of one case vary, and categories bring more or fewer of them. Whoever had few cases may have
had luck; whoever had hard ones is compared with what everybody together got for the same mix
(indirect standardisation, as for rates in `gis.assessment.ranking`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.errors import InputError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DRAWS = 4_000
LEVEL = 0.95
Z = 1.959963984540054
# A score of what varies this little is a constant but for rounding.
TINY = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FairPoints:
    """Points per 100 cases of each of p subjects; NaN, and rank 0, of who had no case.

    raw: as they are. expected: what everybody together got for the subject's mix. fair: with
    everybody's mix, from `low` to `high` with a chance of 95 %. rank: 1 is the most by `fair`,
    equal ones share it; `rank_low` to `rank_high` hold the true rank with a chance of 95 %.
    told_apart: whether it is more or less than expected, so that of all that are said to be no more
    than 5 % are not.
    """

    raw: Floats
    expected: Floats
    fair: Floats
    low: Floats
    high: Floats
    rank: Ints
    rank_low: Ints
    rank_high: Ints
    told_apart: npt.NDArray[np.bool_]


def fair_points(
    points: npt.ArrayLike,
    squares: npt.ArrayLike,
    cases: npt.ArrayLike,
    *,
    rng: np.random.Generator,
) -> FairPoints:
    """Compare p subjects by their points in c categories.

    points (p, c): sums; squares (p, c): the sum of the squared points of each case, or of each
    entry that is of none; cases (p, c): how many were closed. How much the points of one case vary
    is taken from everybody's cases of its category, so that one who had few, and all of them alike,
    is no surer than others. Raises InputError `ranking-counts`.
    """
    p, q = np.asarray(points, np.float64), np.asarray(squares, np.float64)
    n = np.asarray(cases, np.int64)
    if p.ndim != 2 or p.shape != q.shape or p.shape != n.shape or (n < 0).any() or (q < 0).any():
        raise InputError("ranking-counts")
    all_n = n.sum(axis=0)
    usual = _over(p.sum(axis=0), all_n)
    spread = np.maximum(_over(q.sum(axis=0), all_n) - usual**2, 0.0)
    # What is of no case that was closed varies as entries do that come by chance.
    spread_sum = n @ spread + np.where(n == 0, q, 0.0).sum(axis=1)
    count = n.sum(axis=1)
    busy = count > 0
    raw = np.where(busy, 100 * _over(p.sum(axis=1), count), np.nan)
    expected = np.where(busy, 100 * _over(n @ usual, count), np.nan)
    # All together stand at what they really got: the mean of all, by cases, is that of the raw.
    fair = raw - expected + _mean(expected, count)
    error = np.where(busy, 100 * _over(np.sqrt(spread_sum), count), np.nan)
    rank_low, rank_high = np.zeros_like(count), np.zeros_like(count)
    if busy.any():
        drawn = rng.normal(fair[busy], error[busy], size=(DRAWS, int(busy.sum())))
        edges = np.quantile(
            _ranks(drawn), [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0, method="nearest"
        )
        rank_low[busy], rank_high[busy] = edges.astype(np.int64)
    rank = np.zeros_like(count)
    rank[busy] = _ranks(np.round(fair[busy], 6)[None])[0]
    return FairPoints(
        raw=raw, expected=expected, fair=fair, low=fair - Z * error, high=fair + Z * error,
        rank=rank, rank_low=np.minimum(rank_low, rank), rank_high=np.maximum(rank_high, rank),
        told_apart=_told_apart(raw - expected, error, busy),
    )  # fmt: skip


def _told_apart(
    beyond: Floats, error: Floats, busy: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Whose points differ from the expected ones by more than chance (Benjamini and Hochberg)."""
    from scipy.stats import false_discovery_control, norm

    apart = np.zeros(len(busy), np.bool_)
    test = busy & (np.nan_to_num(error) > TINY)
    if test.any():
        p = 2 * norm.sf(np.abs(beyond[test]) / error[test])
        apart[test] = false_discovery_control(p) <= 1 - LEVEL
    return apart


def _over(part: npt.ArrayLike, whole: npt.ArrayLike) -> Floats:
    """part / whole, 0 where there is no whole."""
    top, under = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    found = np.zeros(np.broadcast_shapes(top.shape, under.shape))
    return np.divide(top, under, out=found, where=under > 0)


def _mean(values: Floats, weights: Ints) -> float:
    total = int(weights.sum())
    return float(np.nansum(values * weights) / total) if total else 0.0


def _ranks(values: Floats) -> Ints:
    """Ranks of each row, 1 for the greatest; equal ones share the better."""
    from scipy.stats import rankdata

    found: Ints = rankdata(-values, method="min", axis=1).astype(np.int64)
    return found
