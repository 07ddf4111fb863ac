"""Is a concentration more than chance? Getis-Ord Gi*, false discovery rate, named hotspots."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse, special, stats

from gis.errors import InputError
from gis.hotspots.density import Cells, Floats, centres_m, raster

# With an expectation from a baseline, this share of the total is spread evenly: where nobody is
# registered something may still happen, and a single case must not be infinitely surprising.
EVEN_SHARE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scores:
    """How surprising the surroundings of each cell are, and what was expected in them.

    `z`, `p`: Gi* and its analytic upper tail. `p_chance`: the exact chance of so many incidents
    or more among the same total, each falling where the expectation says. `around` and
    `expected_around` are counts within the band, `expected` of the cell alone.
    """

    z: Floats
    p: Floats
    p_chance: Floats
    around: Floats
    expected_around: Floats
    expected: Floats
    band_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotspot:
    """Significant cells next to each other as one place, in WGS 84.

    The centre is that of the incidents beyond the expectation; `radius_m` gives a circle of the
    same area as the cells. `z` and `p` are those of the strongest cell, `cell` its name; `count`
    and `expected` are sums over the `cells` cells.
    """

    lon: float
    lat: float
    radius_m: float
    count: float
    expected: float
    z: float
    p: float
    cell: str
    cells: int

    @property
    def ratio(self) -> float:
        """How many times the expectation."""
        return self.count / self.expected


def neighbours(cells: Cells, band_m: float) -> Any:
    """Binary weights: 1 for every pair of cells whose centres lie within the band, itself too.

    A scipy `csr_array` of float64. On a lattice the neighbours are always the same few steps
    away, so that no distances need to be searched. Raises InputError `hotspot-band`.
    """
    reach = math.ceil(band_m / cells.cell_m / math.sqrt(0.75)) if math.isfinite(band_m) else 0
    if reach < 1 or band_m < cells.cell_m * (1 - 1e-9):
        raise InputError("hotspot-band", band_m=str(band_m), cell_m=str(cells.cell_m))
    span = np.arange(-reach, reach + 1)
    d_col, d_row = (steps.ravel() for steps in np.meshgrid(span, span))
    x, y = centres_m(cells.shape, cells.cell_m, d_col, d_row)
    x0, y0 = centres_m(cells.shape, cells.cell_m, np.zeros(1, np.int64), np.zeros(1, np.int64))
    near = np.hypot(x - x0, y - y0) <= band_m * (1 + 1e-9)
    index, origin = raster(cells.col, cells.row)
    padded = np.pad(index, reach, constant_values=-1)
    i, j = cells.row - origin[1] + reach, cells.col - origin[0] + reach
    found = padded[i[:, None] + d_row[near], j[:, None] + d_col[near]]
    linked = found >= 0
    starts = np.concatenate([[0], np.cumsum(linked.sum(axis=1))])
    columns = found[linked]
    n = len(cells)
    return sparse.csr_array((np.ones(len(columns)), columns, starts), shape=(n, n))


def getis_ord_z(values: npt.ArrayLike, weights: Any) -> Floats:
    """Gi* of every cell under binary weights that hold the cell itself, as standard scores.

    z = (Σ wx − W·mean) / (s·√((n·W − W²)/(n − 1))), W the number of neighbours and s² the variance
    over n (Ord and Getis 1995, equation 14). Where nothing varies, or everything is a neighbour,
    z is 0.
    """
    x = np.asarray(values, np.float64)
    n = len(x)
    if n < 2:
        return np.zeros(n)
    mean = float(x.mean())
    deviation = x - mean
    variance = float(deviation @ deviation) / n
    degree = np.diff(weights.indptr).astype(np.float64)
    spread = variance * degree * (n - degree) / (n - 1)
    z = np.zeros(n)
    np.divide(weights @ deviation, np.sqrt(spread), out=z, where=spread > 1e-24 * max(mean**2, 1))
    return z


def getis_ord(cells: Cells, band_m: float, baseline: npt.ArrayLike | None = None) -> Scores:
    """Score every cell by the counts within `band_m` of it.

    Without a baseline each cell expects the same. With one (people, or incidents of all
    categories, in the same cells, up to a factor) the total is shared out in its proportion, and
    Gi* is taken of the Pearson residuals (count − expected)/√expected.

    The analytic p of Gi* is far too small where counts are few: half an incident expected and
    three found gives z = 4. `p_chance`, the binomial tail, is exact there, but knows only
    independent incidents; a hotspot must pass both.

    Raises InputError `hotspot-band`, `hotspot-baseline`.
    """
    weights = neighbours(cells, band_m)
    total, n = float(cells.count.sum()), len(cells)
    share = shares(baseline, n)
    if baseline is None:
        z = getis_ord_z(cells.count, weights)
    else:
        expected = np.maximum(total * share, 1e-300)
        z = getis_ord_z((cells.count - expected) / np.sqrt(expected), weights)
    around, share_around = weights @ cells.count, np.minimum(weights @ share, 1.0)
    # P(X >= k) of the binomial distribution, by the regularised incomplete beta function.
    k, trials = np.floor(around), max(math.floor(total), 1)
    chance = special.betainc(np.maximum(k, 1), np.maximum(trials - k, 0) + 1, share_around)
    return Scores(
        z=z,
        p=stats.norm.sf(z),
        p_chance=np.where(k < 1, 1.0, chance),
        around=around,
        expected_around=total * share_around,
        expected=total * share,
        band_m=band_m,
    )


def getis_ord_since(cells: Cells, past: npt.ArrayLike, band_m: float) -> Scores:
    """Score every cell by the counts within `band_m` of it, against what the same cells saw before.

    past: (n,) counts of an earlier window. They are as much a matter of chance as those of now, so
    neither is taken for what is to be expected: of all that happened around a cell in both windows,
    the exact chance that so many or more fell into the later one (`p_chance`), as in the whole
    city; and Gi* of the residuals of the same. Sums are of the same cells on both sides, so that
    the edge of a city is no silence, and a place that always has much no hotspot.

    Raises InputError `hotspot-band`, `hotspot-baseline`.
    """
    weights = neighbours(cells, band_m)
    before, now = np.asarray(past, np.float64), cells.count
    expected = float(now.sum()) * shares(_around(weights, before), len(cells))
    both, q = now + before, float(now.sum()) / max(float(now.sum() + before.sum()), 1.0)
    residual = np.zeros(len(cells))
    spread = q * (1 - q) * both
    np.divide(now - q * both, np.sqrt(spread), out=residual, where=spread > 0)
    z = getis_ord_z(residual, weights)
    k, trials = np.floor(weights @ now), np.floor(weights @ both)
    chance = special.betainc(np.maximum(k, 1), np.maximum(trials - k, 0) + 1, q)
    return Scores(
        z=z,
        p=stats.norm.sf(z),
        p_chance=np.where(k < 1, 1.0, chance),
        around=k,
        expected_around=q * trials,
        expected=expected,
        band_m=band_m,
    )


def _around(weights: Any, counts: Floats) -> Floats:
    """The mean of each cell and its neighbours; at the edge of a city there are fewer of them."""
    return np.asarray(weights @ counts / np.diff(weights.indptr))


def adjust_p(p: npt.ArrayLike) -> Floats:
    """P-values as false discovery rates: rejecting what is ≤ α errs in a share of α at the most.

    Benjamini and Hochberg 1995; it holds for the positive dependence of overlapping bands too
    (Benjamini and Yekutieli 2001).
    """
    values = np.asarray(p, np.float64)
    n = len(values)
    order = np.argsort(values, kind="stable")
    stepped = values[order] * n / np.arange(1, n + 1)
    adjusted = np.empty(n)
    adjusted[order] = np.minimum.accumulate(stepped[::-1])[::-1]
    return np.minimum(adjusted, 1.0)


def hotspots(cells: Cells, scores: Scores, alpha: float = 0.05) -> list[Hotspot]:
    """The places with more incidents than chance explains, strongest first.

    A cell is significant if the larger of its two p-values, adjusted for the false discovery
    rate, is at most `alpha`. Significant cells within the band of each other rest on the same
    incidents and are one place. It is named a hotspot if its strongest cell also stands the
    Bonferroni bound over all cells: a rate of 5 % false cells around a true hotspot would
    otherwise be shown to a leader as places of their own (measured: 10 such places in 40 cities).
    """
    p = np.maximum(scores.p, scores.p_chance)
    hot = np.flatnonzero((adjust_p(p) <= alpha) & (cells.count > scores.expected))
    if len(hot) == 0:
        return []
    linked = neighbours(cells, scores.band_m)[hot][:, hot]
    number, place = sparse.csgraph.connected_components(linked, directed=False)
    places = (hot[place == one] for one in range(number))
    named = [cells_of for cells_of in places if p[cells_of].min() * len(cells) <= alpha]
    found = [_hotspot(cells, scores, p, members) for members in named]
    return sorted(found, key=lambda spot: (-spot.z, spot.cell))


def _hotspot(cells: Cells, scores: Scores, p: Floats, members: npt.NDArray[np.int64]) -> Hotspot:
    peak = int(members[np.argmax(scores.z[members])])
    count = cells.count[members]
    excess = count - scores.expected[members]
    return Hotspot(
        lon=float(np.average(cells.lon[members], weights=excess)),
        lat=float(np.average(cells.lat[members], weights=excess)),
        radius_m=math.sqrt(len(members) * cells.area_m2 / math.pi),
        count=float(count.sum()),
        expected=float(scores.expected[members].sum()),
        z=float(scores.z[peak]),
        p=float(p[peak]),
        cell=cells.name(peak),
        cells=len(members),
    )


def shares(baseline: npt.ArrayLike | None, n: int) -> Floats:
    """What each of n cells would have of one incident: as much as any other, or in proportion to
    the baseline, of which a part is spread evenly. Raises InputError `hotspot-baseline`."""
    if baseline is None:
        return np.full(n, 1 / n)
    base = np.asarray(baseline, np.float64)
    total = float(base.sum())
    if base.shape != (n,) or not (np.isfinite(base).all() and (base >= 0).all() and total > 0):
        raise InputError("hotspot-baseline", cells=n)
    return np.asarray((1 - EVEN_SHARE) * base / total + EVEN_SHARE / n)
