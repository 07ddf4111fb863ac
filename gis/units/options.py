"""What a caller may set when units are cut, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gis.errors import InputError
from gis.report import Report

if TYPE_CHECKING:
    import geopandas as gpd


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitOptions:
    """How units are cut. Limits of None are derived from `grids`; without it there are none.

    grids: how many basic grids are wanted; a unit then holds at most a sixth of a grid's people
    and half of its area. min_area_m2, min_width_m: below, a unit is a sliver and joined to a
    neighbour (width is 2 · area / perimeter). h3_resolution: cut into H3 cells of this
    resolution although there are streets. parent: the column of the boundary (a sub-district's
    code) to carry onto the units.
    """

    grids: int | None = None
    max_pop: float | None = None
    max_area_m2: float | None = None
    min_area_m2: float = 500.0
    min_width_m: float = 10.0
    h3_resolution: int | None = None
    parent: str | None = None

    def __post_init__(self) -> None:
        for name in ("grids", "max_pop", "max_area_m2"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise InputError("units-option-negative", name=name, value=str(value))
        for name in ("min_area_m2", "min_width_m"):
            if not getattr(self, name) >= 0:
                raise InputError("units-option-negative", name=name, value=str(getattr(self, name)))
        if self.h3_resolution is not None and not 0 <= self.h3_resolution <= 15:
            raise InputError("units-h3-resolution", value=self.h3_resolution)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsResult:
    """Units and what was found on the way.

    frame: WGS 84 on a grid of 1e-7°, `unit_id`, `pop`, `households` where known, `area_m2`, the
    parent column where asked for; west to east. people, people_outside: counts inside and
    outside the jurisdiction; people = frame["pop"].sum(). over_limit: ids of units that exceed
    a limit and could not be cut (one building, or too small).
    """

    frame: gpd.GeoDataFrame
    report: Report
    people: int
    people_outside: int
    over_limit: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one unit may hold; None: no limit."""

    max_pop: float | None
    max_area_m2: float | None

    def weight(self, pop: Any, area_m2: Any) -> Any:
        """How many times over the tighter limit: a unit is within the limits if it is ≤ 1."""
        by_pop = pop / self.max_pop if self.max_pop else np.zeros_like(pop)
        by_area = area_m2 / self.max_area_m2 if self.max_area_m2 else np.zeros_like(area_m2)
        return np.maximum(by_pop, by_area)
