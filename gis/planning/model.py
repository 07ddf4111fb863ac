"""What planning takes and gives: units, a request, a result with its certificate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.errors import InfeasibleError, InputError
from gis.messages import translate
from gis.planning.criteria import Criterion
from gis.planning.search.anneal import PROPOSALS_PER_SECOND, proposals
from gis.report import Finding

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Texts = npt.NDArray[Any]

# Seconds are turned into an effort that leaves room for slower machines and for what follows the
# search; beyond MOST_EFFORT more time brings nothing.
IN_TIME, LEAST_EFFORT, MOST_EFFORT = 0.7, 0.02, 40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """n atomic units: ids, polygons in a metric projection, and numbers per unit by name.

    `columns` has `pop` and whatever else may be balanced; `area` is always measured from the
    polygons in m². Anything that numpy makes an array of is taken; `frames.units_from_frame` makes
    units of a GeoDataFrame. Raises InputError for duplicate or missing ids, for numbers that are
    negative or not finite, for columns of different lengths, and when there is no unit at all.
    """

    unit_id: Texts
    polygons: Texts
    columns: Mapping[str, Floats]

    def __post_init__(self) -> None:
        given = self.columns
        columns = {name: _numbers(values) for name, values in given.items()}
        object.__setattr__(self, "unit_id", np.asarray(self.unit_id, object))
        object.__setattr__(self, "polygons", np.asarray(self.polygons, object))
        object.__setattr__(self, "columns", columns)
        count = len(self.unit_id)
        if count == 0:
            raise InputError("plan-no-units")
        _check_ids(self.unit_id)
        for name, values in {"geometry": self.polygons, **columns}.items():
            if values.shape != (count,):
                raise InputError("plan-column-length", column=name)
        for name, values in columns.items():
            bad = np.flatnonzero(~np.isfinite(values) | (values < 0))
            if len(bad):
                raise InputError(
                    "plan-value-invalid",
                    column=name,
                    count=len(bad),
                    unit=str(self.unit_id[bad[0]]),
                    value=str(np.asarray(given[name])[bad[0]]),
                )


def _numbers(values: Any) -> Floats:
    """Values as floats, NaN for what is no number."""
    try:
        return np.asarray(values, np.float64)
    except (TypeError, ValueError):
        return np.array([_number(value) for value in np.asarray(values, object)])


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def _check_ids(unit_id: Texts) -> None:
    # Tables have None, NaN or pandas' NA where a cell is empty.
    empty = [
        row
        for row, value in enumerate(unit_id, 1)
        if value is None
        or str(value) in ("", "<NA>")
        or (isinstance(value, float) and np.isnan(value))
    ]
    if empty:
        raise InputError("plan-unit-id-missing", count=len(empty), row=empty[0])
    ids, counts = np.unique(np.asarray(unit_id, str), return_counts=True)
    if (counts > 1).any():
        raise InputError(
            "plan-unit-id-duplicate", count=int((counts > 1).sum()), unit=str(ids[counts.argmax()])
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """What the planner asks for.

    `grids` is their number; `balance` an expression (see `balance.parse_balance`); `tolerance`
    the share by which a grid's load may differ from the mean; `keep` how dear it is to move
    people out of their current grid (0 = free; from 1 on as few people as possible are moved, and
    the shape is kept as compact as today's); `also` has further
    criteria, each with its own tolerance or limits. The same `seed` and `effort` give the same
    plan. Without an `effort`, `seconds` sets it, as much as a common core does in that time; on a
    slower machine they end the search early.
    """

    grids: int
    balance: str = "pop"
    tolerance: float = 0.05
    keep: float = 1.0
    seed: int = 0
    effort: float | None = None
    seconds: float | None = None
    also: tuple[Criterion, ...] = ()

    def __post_init__(self) -> None:
        if self.grids < 1:
            raise InputError("plan-grids-invalid", grids=self.grids)
        if not 0 < self.tolerance <= 1:
            raise InputError("plan-tolerance-invalid", tolerance=str(self.tolerance))
        if self.effort is not None and not 0 < self.effort <= 1000:
            raise InputError("plan-effort-invalid", effort=str(self.effort))
        if not (0 <= self.keep < float("inf")):
            raise InputError("plan-keep-invalid", keep=str(self.keep))
        if self.seconds is not None and not self.seconds > 0:
            raise InputError("plan-seconds-invalid", seconds=str(self.seconds))

    def factor(self, units: int) -> float:
        """The effort for so many units, out of `effort` or `seconds`."""
        if self.effort is not None or self.seconds is None:
            return self.effort or 1.0
        wanted = self.seconds * IN_TIME * PROPOSALS_PER_SECOND / proposals(units)
        return min(max(wanted, LEAST_EFFORT), MOST_EFFORT)

    def criteria(self) -> tuple[Criterion, ...]:
        """All that is shared out, the main one first."""
        return (Criterion(load=self.balance, tolerance=self.tolerance), *self.also)

    def check_against(self, units: int) -> None:
        if self.grids > units:
            raise InfeasibleError("plan-more-grids-than-units", grids=self.grids, units=units)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How well a further criterion is kept: what was wanted of every grid, the least and most
    found, and the load of each grid that is outside."""

    name: str
    least_wanted: float
    most_wanted: float | None
    least: float
    most: float
    outside: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a grid is outside what is wanted of it: a code of the catalogues with its figures.

    `criterion` is `main` or the name of a further one; `deviation` from its target, or from its
    least or most. `proven` reasons follow from the units, from what binds them and from the numbers
    of grids of parents and lands, whatever the search.
    """

    grid: str
    criterion: str
    deviation: float
    code: str
    proven: bool
    figures: Mapping[str, Any]

    def params(self) -> dict[str, Any]:
        """What the message needs to speak of this grid alone."""
        off = f"{100 * self.deviation:+.1f}"
        whose = {"grid": self.grid, "criterion": self.criterion, "deviation": off}
        return {**self.figures, **whose, "more": 0, "others": ""}

    def text(self, language: str) -> str:
        return translate(self.code, language, self.params())

    def as_dict(self, language: str) -> dict[str, Any]:
        """The reason as JSON-ready values, with its sentence in the given language."""
        return {**asdict(self), "message": self.text(language)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Facts about a plan that anybody can check again from the units and the plan.

    Deviations are signed fractions of the target load; `within_tolerance` speaks of all criteria.
    No plan has a `max_deviation` below `deviation_at_least` (proven; 0 where nothing is known).
    `reasons` has one for each grid outside, by criterion, the worst first; `findings` say what was
    known before the search, then what came of it, and sum the reasons up.
    `digest` is the SHA-256 of the lines `unit_id,grid_id` in order of unit_id: equal digests are
    equal plans.
    """

    units: int
    grids: int
    balance: str
    total_load: float
    mean_load: float
    tolerance: float
    max_deviation: float
    deviation_at_least: float
    mean_deviation: float
    within_tolerance: bool
    outside: Mapping[str, float]
    also: Sequence[Kept]
    contiguous: bool
    not_contiguous: Sequence[str]
    boundary_m: float
    compactness: float
    arterial_share: float | None
    moved_load_share: float | None
    seed: int
    effort: float
    stopped_early: bool
    digest: str
    reasons: Sequence[Reason] = ()
    findings: Sequence[Finding] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanResult:
    """A plan: for each unit (in their order) the number of its grid, the ids of the grids by
    number, and the certificate."""

    labels: Ints
    grid_ids: tuple[str, ...]
    certificate: Certificate

    def grid_of_unit(self) -> list[str]:
        return [self.grid_ids[label] for label in self.labels]
