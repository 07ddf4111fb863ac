"""Which hotspots are new, growing, persistent or fading: a cube of cells and periods, tested.

Each period is scored for itself, against what it would have if its own total were shared out by
the baseline: a busy month makes no hotspot anywhere. Periods are not smoothed over time, so that
a cell's scores are independent but for what changes, which is what the trend test asks for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import sparse, special, stats

from gis.errors import InputError
from gis.hotspots.significance import adjust_p, getis_ord_z, shares
from gis.hotspots.trends import LEAST_MOMENTS, mann_kendall

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Kind = Literal["new", "growing", "persistent", "sporadic", "fading"]

KINDS: tuple[Kind, ...] = ("new", "growing", "persistent", "sporadic", "fading")
# What is hot in at least this share of the periods is there to stay; the last quarter is "now".
MOSTLY = 0.5
NOW_SHARE = 0.25
# How likely so much may be by chance in a single period that is hot together with its neighbours.
STANDS_OUT = 0.2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cube:
    """Scores of (n cells, t periods): `z` of Gi*, `p` the larger of its analytic upper tail and of
    the exact Poisson tail (of successive periods together where these were tested so, the least of
    them), `hot` what stands the false discovery rate over all bins together;
    `around` and `expected_around` are counts within the neighbourhood. `rising` and `falling` mark
    cells whose scores have a trend (Mann-Kendall, false discovery rate over cells), `p_trend` its
    two-sided p."""

    count: Floats
    expected: Floats
    around: Floats
    expected_around: Floats
    z: Floats
    p: Floats
    hot: Bools
    p_trend: Floats
    rising: Bools
    falling: Bools


@dataclass(frozen=True, slots=True, kw_only=True)
class Emerging:
    """Cells next to each other that are hot in the same way, as one place.

    cells: their numbers, the strongest first. since: the first period of the present run of heat
    (for `fading`, of the first heat); last: the last hot period. count and expected: incidents in
    these cells and periods. p of the strongest bin, p_trend the least of its cells.
    """

    kind: Kind
    cells: Sequence[int]
    since: int
    last: int
    count: float
    expected: float
    p: float
    p_trend: float

    @property
    def ratio(self) -> float:
        """How many times the expectation."""
        return self.count / self.expected


def score_cube(
    counts: npt.ArrayLike, weights: Any, baseline: npt.ArrayLike | None = None, *,
    alpha: float = 0.05, together: int = 1,
) -> Cube:  # fmt: skip
    """Score incidents counted in (n cells, t periods), all periods of one length.

    weights: (n, n) binary, each cell its own neighbour (`significance.neighbours`). baseline: one
    number per cell, such as people; without it each cell expects the same. `together`: test so
    many successive periods as one, so that what lasts longer than a period and is faint in each is
    seen; hot are then those of them that stand out for themselves, too (at 20 %). Raises InputError
    `hotspot-cube` for wrong shapes or counts, `trend-too-short` below 8 periods.
    """
    cube = np.asarray(counts, np.float64)
    n = weights.shape[0]
    if cube.ndim != 2 or cube.shape[0] != n or not (np.isfinite(cube).all() and (cube >= 0).all()):
        raise InputError("hotspot-cube", cells=n)
    if cube.shape[1] < LEAST_MOMENTS:
        raise InputError("trend-too-short", moments=cube.shape[1], least=LEAST_MOMENTS)
    expected = cube.sum(axis=0)[None, :] * shares(baseline, n)[:, None]
    z, around, expected_around, chance = _scores(cube, expected, weights)
    p = np.maximum(stats.norm.sf(z), chance)
    hot = (adjust_p(p.ravel()) <= alpha).reshape(p.shape)
    if together > 1:
        longer, usual = _summed(cube, together), _summed(expected, together)
        z_long, _, _, chance_long = _scores(longer, usual, weights)
        p = np.maximum(stats.norm.sf(z_long), chance_long)
        hot = (adjust_p(p.ravel()) <= alpha).reshape(p.shape)
        # A period belongs to its own window and to those that end after it.
        p = _over_windows(p, together, np.minimum)
        hot = _over_windows(hot, together, np.logical_or) & (chance <= STANDS_OUT)
    hot &= cube > 0
    trend = mann_kendall(z)
    changed = adjust_p(trend.p) <= alpha
    return Cube(
        count=cube, expected=expected, around=around, expected_around=expected_around, z=z, p=p,
        hot=hot, p_trend=trend.p, rising=changed & (trend.s > 0), falling=changed & (trend.s < 0),
    )  # fmt: skip


def _scores(cube: Floats, expected: Floats, weights: Any) -> tuple[Floats, Floats, Floats, Floats]:
    """Gi* of each bin; counts within its neighbourhood, seen and expected; and the exact chance of
    so many."""
    residual = np.zeros_like(cube)
    np.divide(cube - expected, np.sqrt(expected), out=residual, where=expected > 0)
    z = np.column_stack([getis_ord_z(residual[:, at], weights) for at in range(cube.shape[1])])
    around, expected_around = weights @ cube, weights @ expected
    # P(X >= k) of the Poisson distribution, by the regularised incomplete gamma function.
    chance = np.where(around < 1, 1.0, special.gammainc(np.maximum(around, 1), expected_around))
    return z, around, expected_around, chance


def _summed(bins: Floats, together: int) -> Floats:
    """Of each period and those before it, so many in all; at the beginning fewer."""
    sums = np.concatenate([np.zeros((len(bins), 1)), bins.cumsum(axis=1)], axis=1)
    ends = np.arange(1, bins.shape[1] + 1)
    return np.asarray(sums[:, ends] - sums[:, np.maximum(ends - together, 0)])


def _over_windows(values: Any, together: int, either: Any) -> Any:
    """Of each period: what its windows say together, those that end with it or after it."""
    found = values.copy()
    for later in range(1, together):
        found[:, :-later] = either(found[:, :-later], values[:, later:])
    return found


def kinds_of(cube: Cube) -> npt.NDArray[np.int8]:
    """The kind of each cell, as its place in KINDS, -1 for cells that were never hot.

    `new`: hot in the last quarter of the periods, never before. `growing`: hot then, and rising.
    `persistent`: hot then and in at least half of all periods. `sporadic`: hot then, and at some
    time before. `fading`: hot once or more, not in the last quarter; or falling.
    """
    periods = cube.hot.shape[1]
    recent = max(1, round(periods * NOW_SHARE))
    now = np.asarray(cube.hot[:, -recent:].any(axis=1))
    before = np.asarray(cube.hot[:, :-recent].any(axis=1))
    kind = np.full(len(cube.hot), -1, np.int8)
    mostly = cube.hot.mean(axis=1) >= MOSTLY
    ordered: list[tuple[Kind, Bools]] = [
        ("fading", (before & ~now) | (before & cube.falling)),
        ("new", now & ~before),
        ("growing", now & cube.rising),
        ("persistent", now & mostly),
        ("sporadic", now),
    ]
    for name, which in ordered:
        kind[which & (kind < 0)] = KINDS.index(name)
    return kind


def emerging_hotspots(cube: Cube, weights: Any) -> list[Emerging]:
    """Places by kind, the most incidents beyond the expectation first.

    A place is named if its strongest bin also stands the Bonferroni bound over all bins, as
    `significance.hotspots` does: a rate of false cells must not become places of their own.
    """
    found = []
    kind = kinds_of(cube)
    for number, name in enumerate(KINDS):
        members = np.flatnonzero(kind == number)
        if not len(members):
            continue
        linked = weights[members][:, members]
        parts, part = sparse.csgraph.connected_components(linked, directed=False)
        for one in range(parts):
            cells = members[part == one]
            if cube.p[cells].min() * cube.p.size <= 0.05:
                found.append(_place(cube, name, cells))
    return sorted(found, key=lambda it: (it.expected - it.count, it.cells[0]))


def _place(cube: Cube, kind: Kind, cells: npt.NDArray[np.int64]) -> Emerging:
    hot = np.asarray(cube.hot[cells].any(axis=0))
    last = int(np.flatnonzero(hot)[-1])
    since = int(np.flatnonzero(hot)[0]) if kind == "fading" else _began(hot, last)
    order = cells[np.argsort(cube.p[cells].min(axis=1), kind="stable")]
    return Emerging(
        kind=kind,
        cells=tuple(order.tolist()),
        since=since,
        last=last,
        count=float(cube.count[cells, since : last + 1].sum()),
        expected=float(cube.expected[cells, since : last + 1].sum()),
        p=float(cube.p[cells].min()),
        p_trend=float(cube.p_trend[cells].min()),
    )


def _began(hot: Bools, last: int) -> int:
    """The first period of the run up to `last`, which a single cool period does not end."""
    since = last
    for period in range(last - 1, -1, -1):
        if hot[period]:
            since = period
        elif since - period > 1:
            break
    return since
