"""Several things to share out at once: each criterion with its own tolerance or limits.

The main criterion is the request's `balance`. Others follow it: `area:0.2` (every grid within 20 %
of the mean area), `households=300:500` (at least 300 and at most 500 in every grid; either side may
be left out). Grids are sized by the main criterion; the others are kept as well as they can be.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.errors import InputError
from gis.planning.balance import parse_balance
from gis.planning.search.anneal import Band
from gis.planning.search.partition import oversize_capped, region_band

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """A load (see `balance.parse_balance`) and what is wanted of it in every grid: within
    `tolerance` of the mean, or from `least` to `most`."""

    load: str
    tolerance: float | None = None
    least: float = 0.0
    most: float = math.inf

    @property
    def name(self) -> str:
        return parse_balance(self.load).name

    def limits(self, mean: float) -> tuple[float, float]:
        """The least and most load of a grid, where the plan's mean is `mean`."""
        if self.tolerance is None:
            return self.least, self.most
        return mean * (1 - self.tolerance), mean * (1 + self.tolerance)


def parse_also(text: str) -> Criterion:
    """Parse `EXPRESSION:TOLERANCE`, for example `area:0.2`. Raises InputError."""
    expression, colon, share = text.rpartition(":")
    tolerance = _number(share)
    if not colon or tolerance is None or not 0 < tolerance <= 1:
        raise InputError("plan-also-syntax", text=text[:80])
    parse_balance(expression)
    return Criterion(load=expression.strip(), tolerance=tolerance)


def parse_limit(text: str) -> Criterion:
    """Parse `COLUMN=LEAST:MOST`, for example `households=300:500` or `households=:500`."""
    column, equals, sides = text.partition("=")
    least_text, colon, most_text = sides.partition(":")
    least = _number(least_text) if least_text.strip() else 0.0
    most = _number(most_text) if most_text.strip() else math.inf
    if not (equals and colon) or least is None or most is None or not 0 <= least <= most:
        raise InputError("plan-limit-syntax", text=text[:80])
    if not column.strip().isidentifier() or (least == 0 and most == math.inf):
        raise InputError("plan-limit-syntax", text=text[:80])
    return Criterion(load=column.strip(), least=least, most=most)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def unit_loads(columns: Mapping[str, Floats], criteria: Sequence[Criterion]) -> Floats:
    """The loads (n, c) of units. Raises InputError and InfeasibleError `balance-…`."""
    return np.column_stack([parse_balance(c.load).load(columns) for c in criteria])


def region_bands(
    loads: Floats, grids: int, plan_mean: Floats, criteria: Sequence[Criterion]
) -> tuple[Floats, Band]:
    """What to search with in a region of `grids` grids: its loads (n, c) and their band.

    `plan_mean` (c,) are the means of the whole plan. By tolerance: nodes larger than a grid count
    as one, and a region that cannot reach the plan's mean shares its own load equally.
    """
    searched = loads.copy()
    bands = []
    for c, criterion in enumerate(criteria):
        if criterion.tolerance is not None:
            searched[:, c], mean = oversize_capped(loads[:, c], grids, criterion.tolerance)
            bands.append(region_band(grids, mean, float(plan_mean[c]), criterion.tolerance))
            continue
        # Finite, so that the middle of the band is a number.
        most = min(criterion.most, float(loads[:, c].sum()) + criterion.least)
        full = np.full((grids, 1), 1.0)
        middle = (criterion.least + most) / 2
        bands.append(Band(target=full * middle, low=full * criterion.least, high=full * most))
    return searched, Band(
        target=np.hstack([band.target for band in bands]),
        low=np.hstack([band.low for band in bands]),
        high=np.hstack([band.high for band in bands]),
    )
