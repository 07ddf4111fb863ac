"""What is coming: counts by week for many series (such as category and grid), with intervals.

Series of a group (a category) learn from each other: one Poisson regression for each group and for
each number of weeks ahead, on what the series did lately and long since, the season, what the
group did in the same weeks a year ago, and regressors that are known beforehand, such as days off.
Of the weather only what was known at the time is used for the weeks ahead (`gis.hotspots.weather`).
Intervals are negative binomial, as wide as the errors of forecasts that were tried on the past.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from gis.errors import InputError
from gis.hotspots.significance import adjust_p
from gis.hotspots.weather import Weather

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

YEAR = 52  # weeks
LEAST_WEEKS = 40
LATELY = (4, 13, YEAR)
SEASONS_SEEN = YEAR + YEAR // 2
EVEN = 0.25  # added to means before their logarithm: a quiet grid is no impossibility
MOST_ROWS = 40_000  # a fit learns nothing more from further ones
TRIED_WEEKS = 26
KNOWN_SHARE = 0.8  # of the weeks that are tried, by their weather
LEAST_GAIN = 0.01


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class History:
    """Counts of n series in w weeks, the oldest first; `group` names each series' group from 0.

    `season` (w + horizon,) is the part of the year (0 to 1) of each week, the coming ones too, and
    `regressors` (r, w + horizon) whatever else is known of them; r may be 0. `weather`: of the same
    weeks and horizon, where it is to be used.
    """

    counts: Floats
    group: Ints
    season: Floats
    regressors: Floats
    weather: Weather | None = None

    @property
    def weeks(self) -> int:
        return int(self.counts.shape[1])

    @property
    def horizon(self) -> int:
        """How many weeks ahead season and regressors are known."""
        return len(self.season) - self.weeks


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """How forecasts would have done in the last weeks, each made from what was known then.

    `error` is the mean absolute error per series and week, `naive_error` that of saying what
    happened in the same week a year before (where there is no year before: in the last week
    known). `within`: the share of counts inside the interval, which should be about `level`.
    `error_exact`: the error, had the weather of each week been known before it came; `by_week`:
    the errors of the weeks.
    """

    ahead: int
    weeks: int
    error: float
    naive_error: float
    within: float
    level: float
    error_exact: float | None = None
    by_week: tuple[float, ...] = ()

    @property
    def skill(self) -> float:
        """The part of the naive error that is saved; below 0 the naive forecast is better."""
        return 1 - self.error / self.naive_error if self.naive_error > 0 else 0.0


def gain(told: Tried, plain: Tried) -> Literal["better", "same", "worse"]:
    """Whether forecasts that were told more did better on the same weeks than plain ones: by one in
    a hundred at the least, and by more than the weeks differ among themselves (two standard
    errors of the mean)."""
    saved = np.subtract(plain.by_week, told.by_week)
    error = saved.std(ddof=1) / np.sqrt(len(saved)) if len(saved) > 1 else np.inf
    if abs(saved.mean()) < max(LEAST_GAIN * plain.error, 2 * error):
        return "same"
    return "better" if saved.mean() > 0 else "worse"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forecast:
    """(n, horizon) counts to come: their mean, and an interval that holds a share of `level`."""

    mean: Floats
    low: Floats
    high: Floats
    level: float
    tried: Sequence[Tried]


def history(
    counts: npt.ArrayLike, season: npt.ArrayLike, *, group: npt.ArrayLike | None = None,
    regressors: npt.ArrayLike | None = None, weather: Weather | None = None,
) -> History:  # fmt: skip
    """Raises InputError `forecast-too-short` below 40 weeks, `forecast-values` for counts that are
    none and lengths that do not belong together, `weather-too-short` where the weather of too many
    weeks is not known."""
    table = np.asarray(counts, np.float64)
    year = np.asarray(season, np.float64)
    if table.ndim != 2 or not (np.isfinite(table).all() and (table >= 0).all()):
        raise InputError("forecast-values")
    if table.shape[1] < LEAST_WEEKS:
        raise InputError("forecast-too-short", weeks=table.shape[1], least=LEAST_WEEKS)
    groups = np.zeros(len(table), np.int64) if group is None else np.asarray(group, np.int64)
    known = np.zeros((0, len(year))) if regressors is None else np.asarray(regressors, np.float64)
    fits = groups.shape == (len(table),) and known.ndim == 2 and known.shape[1] == len(year)
    if not fits or len(year) <= table.shape[1] or not np.isfinite(known).all():
        raise InputError("forecast-values")
    if weather is not None:
        if weather.expected.shape[1:] != (table.shape[1], len(year) - table.shape[1]):
            raise InputError("forecast-values")
        if not _enough(weather):
            raise InputError("weather-too-short")
    return History(counts=table, group=groups, season=year, regressors=known, weather=weather)


def _enough(weather: Weather) -> bool:
    """Whether a fit and every try can be made of it: weather of 40 weeks before the first try, and
    something that was known beforehand of each week tried and of those to come."""
    weeks = weather.expected.shape[1]
    tried = np.isfinite(weather.expected[:, -TRIED_WEEKS - weather.expected.shape[2] :])
    seen: Bools = np.asarray(np.isfinite(weather.seen).all(axis=0))
    early = seen[: max(weeks - TRIED_WEEKS, 0)]
    whole = bool(tried.all() and seen[-TRIED_WEEKS:].mean() >= KNOWN_SHARE)
    return bool(weather.names) and whole and int(early.sum()) >= LEAST_WEEKS


@dataclass(frozen=True, slots=True, kw_only=True)
class Rise:
    """A series that had more in the last week than its forecast of a week before explains."""

    series: int
    count: float
    expected: float
    p: float


def forecast(given: History, *, level: float = 0.8, tried: int = TRIED_WEEKS) -> Forecast:
    """The weeks to come, and how well the same would have gone in the last `tried` weeks."""
    last = given.weeks - 1
    mean, low, high = (np.zeros((len(given.counts), given.horizon)) for _ in range(3))
    errors = []
    for ahead in range(1, given.horizon + 1):
        past = _try(given, ahead, tried)
        here = _predict(given, _fit(given, ahead, last), ahead, np.array([last]))[:, 0]
        spread = _spread(here, past.kappa[given.group])
        mean[:, ahead - 1] = here
        low[:, ahead - 1] = spread.ppf((1 - level) / 2)
        high[:, ahead - 1] = spread.ppf((1 + level) / 2)
        errors.append(past.summary(given, ahead, level))
    return Forecast(mean=mean, low=low, high=high, level=level, tried=tuple(errors))


def unusual_rises(given: History, *, alpha: float = 0.01, tried: int = TRIED_WEEKS) -> list[Rise]:
    """Series with an unusual last week, the least likely first; of those named about a share of
    `alpha` at the most is chance (Benjamini and Hochberg 1995)."""
    before = given.weeks - 2
    past = _try(given, 1, tried, until=before)
    mean = _predict(given, _fit(given, 1, before), 1, np.array([before]))[:, 0]
    seen = given.counts[:, -1]
    p = np.where(seen > 0, _spread(mean, past.kappa[given.group]).sf(seen - 1), 1.0)
    named = np.flatnonzero((adjust_p(p) <= alpha) & (seen > mean))
    return [
        Rise(series=int(one), count=float(seen[one]), expected=float(mean[one]), p=float(p[one]))
        for one in named[np.argsort(p[named], kind="stable")]
    ]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Past:
    """Forecasts of weeks that are over, (n, weeks): what was said, what came, the naive answer.
    `kappa`: by how much each group varies beyond Poisson, variance = mean + kappa mean². `exact`:
    what would have been said with the weather that came."""

    mean: Floats
    seen: Floats
    naive: Floats
    kappa: Floats
    exact: Floats | None

    def summary(self, given: History, ahead: int, level: float) -> Tried:
        spread = _spread(self.mean, self.kappa[given.group][:, None])
        low, high = spread.ppf((1 - level) / 2), spread.ppf((1 + level) / 2)
        return Tried(
            ahead=ahead,
            weeks=self.seen.shape[1],
            error=float(np.abs(self.seen - self.mean).mean()),
            naive_error=float(np.abs(self.seen - self.naive).mean()),
            within=float(((low <= self.seen) & (self.seen <= high)).mean()),
            level=level,
            error_exact=None
            if self.exact is None
            else float(np.abs(self.seen - self.exact).mean()),
            by_week=tuple(np.abs(self.seen - self.mean).mean(axis=0).tolist()),
        )


def _try(given: History, ahead: int, tried: int, until: int | None = None) -> _Past:
    """Forecasts of the last weeks, each by a fit that knew nothing later than its own week."""
    end = given.weeks - 1 if until is None else until
    targets = np.arange(max(end - tried + 1, LEAST_WEEKS - 1), end + 1)
    mean, exact = (np.empty((len(given.counts), len(targets))) for _ in range(2))
    for first in range(0, len(targets), 4):  # fitted anew every four weeks
        block = targets[first : first + 4]
        fits = _fit(given, ahead, int(block[0]) - ahead)
        mean[:, first : first + 4] = _predict(given, fits, ahead, block - ahead)
        if given.weather is not None:
            sky = _came(given.weather, ahead, block - ahead)
            exact[:, first : first + 4] = _predict(given, fits, ahead, block - ahead, sky)
    seen = given.counts[:, targets]
    before = np.where(targets >= YEAR, targets - YEAR, targets - ahead)
    squares = (seen - mean) ** 2 - mean
    groups = int(given.group.max()) + 1
    kappa = np.zeros(groups)
    for one in range(groups):
        mine = given.group == one
        kappa[one] = squares[mine].sum() / max(float((mean[mine] ** 2).sum()), 1e-12)
    return _Past(
        mean=mean, seen=seen, naive=given.counts[:, before], kappa=np.maximum(kappa, 0),
        exact=None if given.weather is None else exact,
    )  # fmt: skip


def _fit(given: History, ahead: int, until: int) -> list[Any]:
    """One model per group, from every forecast whose week is not after `until`."""
    from sklearn.linear_model import PoissonRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    origins = np.arange(min(LATELY) - 1, until - ahead + 1)
    sky = None
    if given.weather is not None:  # weeks of unknown weather teach nothing about it
        came = given.weather.seen[:, origins + ahead]
        origins = origins[np.isfinite(came).all(axis=0)]
        sky = given.weather.seen[:, origins + ahead]
    known = _features(given, ahead, origins, sky)
    if until < SEASONS_SEEN:  # a season that was hardly seen twice is no season yet
        known[:, :, len(LATELY) : len(LATELY) + 4] = 0
        known[:, :, -1] = 0
    models = []
    for one in range(int(given.group.max()) + 1):
        rows = known[given.group == one].reshape(-1, known.shape[2])
        seen = given.counts[given.group == one][:, origins + ahead].ravel()
        step = max(1, -(-len(rows) // MOST_ROWS))
        model = make_pipeline(
            StandardScaler(), PoissonRegressor(alpha=1e-3, solver="newton-cholesky")
        )
        models.append(model.fit(rows[::step], seen[::step]) if seen[::step].sum() else None)
    return models


def _predict(
    given: History, models: list[Any], ahead: int, origins: Ints, sky: Floats | None = None
) -> Floats:
    """By the weather that was known at each origin, unless another (v, o) is given."""
    if sky is None and given.weather is not None:
        sky = given.weather.expected[:, origins, ahead - 1]
    known = _features(given, ahead, origins, sky)
    mean = np.zeros(known.shape[:2])
    for one, model in enumerate(models):
        mine = given.group == one
        if model is not None and mine.any():
            rows = known[mine]
            mean[mine] = model.predict(rows.reshape(-1, rows.shape[2])).reshape(rows.shape[:2])
    return mean


def _came(weather: Weather, ahead: int, origins: Ints) -> Floats:
    """The weather that came; what was expected where that is not known."""
    came = weather.seen[:, origins + ahead]
    return np.where(np.isfinite(came), came, weather.expected[:, origins, ahead - 1])


def _features(given: History, ahead: int, origins: Ints, sky: Floats | None) -> Floats:
    """What is known at the end of each week of `origins` about `ahead` weeks later: (n, o, f);
    `sky` (v, o) is its weather."""
    sums = np.concatenate([np.zeros((len(given.counts), 1)), given.counts.cumsum(axis=1)], axis=1)
    columns = []
    for weeks in LATELY:
        first = np.maximum(origins + 1 - weeks, 0)
        mean = (sums[:, origins + 1] - sums[:, first]) / (origins + 1 - first)
        columns.append(np.log(mean + EVEN))
    turn = 2 * np.pi * given.season[origins + ahead]
    plain = [np.sin(turn), np.cos(turn), np.sin(2 * turn), np.cos(2 * turn)]
    plain += list(given.regressors[:, origins + ahead])
    plain += [] if sky is None else list(sky)
    shape = columns[0].shape
    columns += [np.broadcast_to(column, shape) for column in plain]
    columns.append(_year_before(given, ahead, origins))
    return np.stack(columns, axis=2)


def _year_before(given: History, ahead: int, origins: Ints) -> Floats:
    """How the same weeks stood out in the group a year earlier: log of three weeks to the year;
    0 where there is no whole year to look at."""
    totals = np.stack([given.counts[given.group == one].sum(axis=0)
                       for one in range(int(given.group.max()) + 1)])  # fmt: skip
    sums = np.concatenate([np.zeros((len(totals), 1)), totals.cumsum(axis=1)], axis=1)
    middle = origins + ahead - YEAR
    known = (middle >= 1) & (middle + 1 <= origins) & (origins + 1 >= YEAR)
    at = np.where(known, middle, 1)
    three = (sums[:, at + 2] - sums[:, at - 1]) / 3
    year = (sums[:, origins + 1] - sums[:, np.maximum(origins + 1 - YEAR, 0)]) / YEAR
    ratio = np.where(known, np.log((three + EVEN) / (year + EVEN)), 0.0)
    return np.asarray(ratio[given.group])


def _spread(mean: Floats, kappa: Floats) -> Any:
    """The distribution of a count of known mean: negative binomial, all but Poisson at kappa 0."""
    from scipy import stats

    size = 1 / np.maximum(kappa, 1e-9)
    return stats.nbinom(size, size / (size + np.maximum(mean, 1e-12)))
