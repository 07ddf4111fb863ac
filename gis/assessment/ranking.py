"""Rankings that people accept: who is really better, given how much and what they had to do.

A rate of few cases says little; its interval says how little. A place with hard categories is
compared with what everybody together would have reached on the same mix (indirect standardisation,
as in epidemiology). A rank comes with the ranks that it might as well have been.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.errors import InputError

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

DRAWS, DRAWN = 4_000, 400_000  # of each place, of all together
LEAST_DRAWS = 500  # with fewer the ends of an interval would be chance
LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ranking:
    """One value per place; NaN, and rank 0, where there was nothing to do.

    rate: the raw one, with its interval `low` to `high`. fair: the rate that the place would have
    with everybody's mix, if it stays as much above or below what is expected of its own mix.
    rank: 1 is the best by `fair`, equal ones share it; `rank_low` to `rank_high` hold the true rank
    with a chance of 95 %. told_apart: whether the place is above or below what is expected of it,
    so that of all that are said to be no more than 5 % are not.
    """

    rate: Floats
    low: Floats
    high: Floats
    expected: Floats
    fair: Floats
    rank: Ints
    rank_low: Ints
    rank_high: Ints
    told_apart: npt.NDArray[np.bool_]


def ranked(good: npt.ArrayLike, whole: npt.ArrayLike, *, rng: np.random.Generator) -> Ranking:
    """Rank p places by how many of their cases went well, in c categories each.

    good and whole are (p, c) counts with 0 ≤ good ≤ whole. Same rng state, same answer. Raises
    InputError `ranking-counts`.
    """
    well, cases = np.asarray(good, np.int64), np.asarray(whole, np.int64)
    if well.shape != cases.shape or well.ndim != 2 or (well < 0).any() or (well > cases).any():
        raise InputError("ranking-counts")
    n, done = cases.sum(axis=1), well.sum(axis=1)
    busy = n > 0
    usual = _over(well.sum(axis=0), cases.sum(axis=0), empty=0.0)
    everybody = float(_over(np.array([done.sum()]), np.array([n.sum()]), empty=0.0)[0])
    rate = _over(done, n)
    expected = _over(cases @ usual, n)
    low, high = wilson(done, n)
    fair = _shifted(rate, expected, everybody)
    rank_low, rank_high = np.zeros_like(n), np.zeros_like(n)
    if DRAWN // max(len(n), 1) >= LEAST_DRAWS:
        # What the true rates may be: the binomial likelihood with Jeffreys' prior.
        size = (min(DRAWS, DRAWN // max(len(n), 1)), len(n))
        draws = rng.beta(done + 0.5, n - done + 0.5, size=size)
        ranks = _ranks(_shifted(draws, expected, everybody), busy)
        edges = np.quantile(
            ranks[:, busy], [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0, method="nearest"
        )
        rank_low[busy], rank_high[busy] = edges.astype(np.int64)
    else:
        shifted = [_shifted(edge, expected, everybody)[busy] for edge in (low, high)]
        rank_low[busy], rank_high[busy] = _apart(*shifted)
    return Ranking(
        rate=rate, low=low, high=high, expected=expected, fair=fair,
        rank=np.where(busy, _ranks(fair[None], busy)[0], 0),
        rank_low=rank_low, rank_high=rank_high,
        told_apart=_told_apart(done, expected, n),
    )  # fmt: skip


def wilson(good: npt.ArrayLike, whole: npt.ArrayLike) -> tuple[Floats, Floats]:
    """The interval of a rate that holds the true one with a chance of 95 %, NaN for 0 of 0.

    Wilson 1927: unlike the textbook interval it is right for few cases, and for all or none.
    """
    k, n = np.asarray(good, np.float64), np.asarray(whole, np.float64)
    z = 1.959963984540054
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = (k + z * z / 2) / (n + z * z)
        half = z / (n + z * z) * np.sqrt(k * (n - k) / n + z * z / 4)
    # All or none: the exact edge, not one rounded past it.
    low = np.where(k == 0, 0.0, middle - half)
    high = np.where(k == n, 1.0, middle + half)
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)


def _told_apart(well: Ints, expected: Floats, whole: Ints) -> npt.NDArray[np.bool_]:
    """Whose rate differs from the expected one by more than chance: the exact binomial test, twice
    its smaller tail, with the share of false alarms among all alarms held to 5 % (Benjamini and
    Hochberg 1995). A normal approximation would name whoever had one case, and that late."""
    from scipy.stats import binom, false_discovery_control

    apart = np.zeros(len(whole), np.bool_)
    test = (whole > 0) & (expected > 0) & (expected < 1)
    k, n, p = well[test], whole[test], expected[test]
    if len(k):
        tail = np.minimum(binom.cdf(k, n, p), binom.sf(k - 1, n, p))
        apart[test] = false_discovery_control(np.minimum(2 * tail, 1.0)) <= 1 - LEVEL
    return apart


def _apart(low: Floats, high: Floats) -> tuple[Ints, Ints]:
    """The ranks left to each place by those that are surely better, and surely worse: wider than
    need be, and cheap for any number of places."""
    better = len(low) - np.searchsorted(np.sort(low), high, side="right")
    worse = np.searchsorted(np.sort(high), low, side="left")
    return better + 1, len(low) - worse


def _over(part: Ints | Floats, whole: Ints, empty: float = np.nan) -> Floats:
    shares = np.full(np.shape(whole), empty)
    np.divide(part, whole, out=shares, where=whole > 0)
    return shares


def _shifted(rate: Floats, expected: Floats, everybody: float) -> Floats:
    """Rates moved from each place's mix to everybody's on the scale of log odds, which keeps them
    between 0 and 1 whatever the distance."""
    tiny = 1e-9
    p, e, all_ = (np.clip(value, tiny, 1 - tiny) for value in (rate, expected, everybody))
    odds = p / (1 - p) * (1 - e) / e * all_ / (1 - all_)
    return np.asarray(odds / (1 + odds))


def _ranks(values: Floats, busy: npt.NDArray[np.bool_]) -> Ints:
    """Ranks of each row's busy places, 1 for the greatest; equal ones share the best of theirs."""
    from scipy.stats import rankdata

    ranks = np.zeros(values.shape, np.int64)
    ranks[:, busy] = rankdata(-values[:, busy], method="min", axis=1)
    return ranks
