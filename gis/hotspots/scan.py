"""Sudden clusters: is something going on since a short while, wherever and since whenever?

The space-time permutation scan (Kulldorff and others 2005): circles of cells over the last periods,
compared with what the place and the time would have if neither knew of the other. Places that are
always busy and times that are busy everywhere are no clusters. The chance of the strongest circle
anywhere is known from shuffling the times of the incidents, so that looking everywhere is paid for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.errors import InputError
from gis.kernels import compiled

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SHUFFLES = 999
# A circle with more than this share of all incidents is the city, not a place in it.
MOST_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """More incidents than chance around a cell in the last periods.

    `cells` are those within `radius_m` of the cell `centre`, `periods` how many of the last;
    `score` the log likelihood ratio; `p` the share of shuffles whose best score is as high.
    """

    centre: int
    cells: tuple[int, ...]
    radius_m: float
    periods: int
    count: int
    expected: float
    score: float
    p: float

    @property
    def ratio(self) -> float:
        """How many times the expectation."""
        return self.count / self.expected


def sudden_clusters(
    cell: npt.ArrayLike, period: npt.ArrayLike, x: Floats, y: Floats, *,
    periods: int, most_periods: int, most_m: float, rng: np.random.Generator,
    shuffles: int = SHUFFLES, alpha: float = 0.05,
) -> list[Cluster]:  # fmt: skip
    """Clusters alive in the last period, that do not overlap, the strongest first.

    cell and period name each incident's cell (0 to n − 1) and period (0 to periods − 1); x and y
    (n,) are the cells' centres in metres. Windows are the last 1 to `most_periods` periods and
    circles reach up to `most_m`. Same rng state, same answer. Raises InputError `scan-periods`
    unless 1 ≤ most_periods ≤ periods / 2, `scan-incidents` for cells or periods that are none.
    """
    where, when = np.asarray(cell, np.int64), np.asarray(period, np.int64)
    n = len(x)
    if not 1 <= most_periods <= periods / 2:
        raise InputError("scan-periods", most=most_periods, periods=periods)
    if where.shape != when.shape or not (_within(where, n) and _within(when, periods)):
        raise InputError("scan-incidents", cells=n, periods=periods)
    busy = np.unique(where)
    if len(where) < 2:
        return []
    start, member, away = _circles(x[busy], y[busy], most_m)
    place = np.searchsorted(busy, where)
    total = np.bincount(place, minlength=len(busy)).astype(np.int64)
    age = periods - 1 - when  # 0 is the last period
    best, reach, length = _scan(start, member, away, _recent(place, age, len(busy), most_periods),
                                total, len(where))  # fmt: skip
    bar, beaten = np.empty(shuffles), 0
    shuffled = age.copy()
    for turn in range(shuffles):
        rng.shuffle(shuffled)
        recent = _recent(place, shuffled, len(busy), most_periods)
        bar[turn] = _scan(start, member, away, recent, total, len(where))[0].max()
        beaten += bar[turn] >= best.max()
        if 1 + beaten > alpha * (1 + shuffles):
            return []  # whatever the other shuffles give
    recent = _recent(place, age, len(busy), most_periods)
    found: list[Cluster] = []
    taken = np.zeros(len(busy), np.bool_)
    for centre in np.argsort(-best, kind="stable").tolist():
        p = (1 + int((bar >= best[centre]).sum())) / (1 + shuffles)
        if best[centre] <= 0 or p > alpha:
            break
        inside = member[start[centre] : reach[centre]]
        if taken[inside].any():
            continue
        taken[inside] = True
        window = int(length[centre])
        found.append(
            Cluster(
                centre=int(busy[centre]),
                cells=tuple(busy[inside].tolist()),
                radius_m=float(away[reach[centre] - 1]),
                periods=window,
                count=int(recent[window - 1, inside].sum()),
                expected=float(total[inside].sum() * recent[window - 1].sum() / len(where)),
                score=float(best[centre]),
                p=p,
            )
        )
    return found


def _within(numbers: Ints, count: int) -> bool:
    return not len(numbers) or bool(numbers.min() >= 0 and numbers.max() < count)


def _circles(x: Floats, y: Floats, most_m: float) -> tuple[Ints, Ints, Floats]:
    """For each cell those within reach, the nearest first: rows of a sparse matrix."""
    from scipy.spatial import cKDTree

    points = np.column_stack([x, y])
    rows = cKDTree(points).query_ball_point(points, most_m * (1 + 1e-9), return_sorted=True)
    members, aways, start = [], [], [0]
    for centre, near in enumerate(rows):
        ids = np.asarray(near, np.int64)
        off = np.hypot(*(points[ids] - points[centre]).T)
        order = np.lexsort((ids, off))
        members.append(ids[order])
        aways.append(off[order])
        start.append(start[-1] + len(ids))
    return np.asarray(start, np.int64), np.concatenate(members), np.concatenate(aways)


def _recent(place: Ints, age: Ints, cells: int, most: int) -> Ints:
    """Incidents of the last 1, 2, … `most` periods by cell: an array (most, cells)."""
    late = age < most
    flat = np.bincount(age[late] * cells + place[late], minlength=most * cells)
    return np.cumsum(flat.reshape(most, cells), axis=0).astype(np.int64)


@compiled
def _scan(
    start: Ints, member: Ints, away: Floats, recent: Ints, total: Ints, cases: int
) -> tuple[Floats, Ints, Ints]:
    """The best score of each centre, where its circle ends in `member`, and its periods."""
    windows, cells = recent.shape
    sums = recent.sum(axis=1)
    best = np.zeros(cells)
    reach, length = np.zeros(cells, np.int64), np.ones(cells, np.int64)
    for window in range(windows):
        share = sums[window] / cases
        for centre in range(cells):
            count, whole = 0, 0
            for at in range(start[centre], start[centre + 1]):
                count += recent[window, member[at]]
                whole += total[member[at]]
                if whole > MOST_SHARE * cases:
                    break
                last = at + 1 == start[centre + 1]
                if not last and away[at + 1] == away[at]:
                    continue  # cells as far away belong to the circle together
                expected = whole * share
                if count < 2 or count <= expected:
                    continue
                score = count * math.log(count / expected)
                rest = cases - count
                if rest > 0:
                    score += rest * math.log(rest / (cases - expected))
                if score > best[centre]:
                    best[centre], reach[centre], length[centre] = score, at + 1, window + 1
    return best, reach, length
