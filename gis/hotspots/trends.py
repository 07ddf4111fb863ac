"""Does a row of counts rise or fall? The Mann-Kendall test and Sen's slope, for many rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from gis.errors import InputError
from gis.kernels import compiled

Floats = npt.NDArray[np.float64]

# Below this the statistic has too few values for its normal approximation (Kendall 1975).
LEAST_MOMENTS = 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trends:
    """One value per row. `s`: pairs that rise less pairs that fall; `z` its standard score, with
    ties and continuity corrected; `p` two-sided. 0, 0 and 1 where a row is all the same."""

    s: Floats
    z: Floats
    p: Floats


def mann_kendall(rows: npt.ArrayLike) -> Trends:
    """The trend of each row of an (n, t) array, whatever its shape: only order counts.

    Values are taken as independent but for the trend (Mann 1945, Kendall 1975). Raises InputError
    `trend-too-short` below 8 moments and `trend-values` for what is no number.
    """
    values = _checked(rows)
    moments = values.shape[1]
    if moments < LEAST_MOMENTS:
        raise InputError("trend-too-short", moments=moments, least=LEAST_MOMENTS)
    s, ties = _scores(values)
    variance = (moments * (moments - 1) * (2 * moments + 5) - ties) / 18
    z = np.zeros(len(values))
    np.divide(s - np.sign(s), np.sqrt(variance), out=z, where=variance > 0)
    return Trends(s=s, z=z, p=np.minimum(2 * stats.norm.sf(np.abs(z)), 1.0))


def sen_slopes(rows: npt.ArrayLike) -> Floats:
    """How much each row of an (n, t) array changes from one moment to the next: the median slope of
    all pairs (Sen 1968). Raises InputError `trend-too-short` below 2 moments, `trend-values`."""
    values = _checked(rows)
    if values.shape[1] < 2:
        raise InputError("trend-too-short", moments=values.shape[1], least=2)
    return np.asarray(_slopes(values), np.float64)


def _checked(rows: npt.ArrayLike) -> Floats:
    values = np.ascontiguousarray(rows, np.float64)
    if values.ndim != 2 or not np.isfinite(values).all():
        raise InputError("trend-values")
    return values


@compiled
def _scores(values: Floats) -> tuple[Floats, Floats]:
    """S of each row, and what its ties take off the variance."""
    count, moments = values.shape
    s, ties = np.zeros(count), np.zeros(count)
    for row in range(count):
        line = values[row]
        rising = 0
        for later in range(1, moments):
            now = line[later]
            for earlier in range(later):
                rising += (now > line[earlier]) - (now < line[earlier])
        s[row] = rising
        ordered = np.sort(line)
        run = 1
        for place in range(1, moments + 1):
            if place < moments and ordered[place] == ordered[place - 1]:
                run += 1
                continue
            ties[row] += run * (run - 1) * (2 * run + 5)
            run = 1
    return s, ties


@compiled
def _slopes(values: Floats) -> Floats:
    count, moments = values.shape
    result = np.zeros(count)
    pairs = np.empty(moments * (moments - 1) // 2)
    for row in range(count):
        at = 0
        for later in range(1, moments):
            for earlier in range(later):
                pairs[at] = (values[row, later] - values[row, earlier]) / (later - earlier)
                at += 1
        result[row] = np.median(pairs)
    return result
