"""Whether places were read in the wrong coordinate system, judged by where a jurisdiction lies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.geometry import BD09, GCJ02, lonlat_to_wgs84, parse_crs

Floats = npt.NDArray[np.float64]
SWAPPED = "swapped"
WGS84_NAME = "EPSG:4326"
# A shift of some 500 m carries honest places over the far edge as it brings others in over the
# near one. Only where hardly any are lost for many that are won was the system another one.
LOST_PER_WON = 0.2
WON, WON_AT_LEAST, WON_SHARE = 3, 5, 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Another reading that fits better: `gcj02`, `bd09`, `EPSG:4326`, or `swapped` axes.

    looked: how many places were looked at; outside: of these lie outside as declared; won: of
    these lie inside by the other reading. strong: beyond chance, so that somebody must say.
    """

    system: str
    looked: int
    outside: int
    won: int
    strong: bool


def doubt_places(x: Floats, y: Floats, crs: str, area: Any) -> Doubt | None:
    """Whether places in `crs` (easting or longitude first) are likelier in another system.

    `area` is the jurisdiction, a shapely polygon in WGS 84. Degrees are read again as WGS 84,
    GCJ-02 and BD-09, and any places with the axes swapped. A reading is doubted that leaves
    outside what another one brings inside, while that one loses at most a fifth as many; the
    doubt is strong from five places and a fiftieth of all on, and weak from three.
    """
    shapely.prepare(area)
    inside = _within(area, *lonlat_to_wgs84(x, y, crs))
    best: Doubt | None = None
    if int((~inside).sum()) < WON:  # mostly everybody is at home
        return None
    kept = _readings(x[inside], y[inside], crs)
    for system, reading in _readings(x[~inside], y[~inside], crs).items():
        won = int(_within(area, *reading()).sum())
        if won < WON or (best is not None and won <= best.won):
            continue
        lost = int((~_within(area, *kept[system]())).sum())
        if lost > LOST_PER_WON * won:
            continue
        best = Doubt(
            system=system,
            looked=len(x),
            outside=int((~inside).sum()),
            won=won,
            strong=won >= max(WON_AT_LEAST, WON_SHARE * len(x)),
        )
    return best


def _readings(x: Floats, y: Floats, crs: str) -> dict[str, Callable[[], tuple[Floats, Floats]]]:
    declared = parse_crs(crs)
    others: dict[str, Callable[[], tuple[Floats, Floats]]] = {}
    if isinstance(declared, str) or declared.is_geographic:
        own = declared if isinstance(declared, str) else WGS84_NAME
        for system in (WGS84_NAME, GCJ02, BD09):
            if system != own:
                others[system] = partial(lonlat_to_wgs84, x, y, system)
    others[SWAPPED] = partial(lonlat_to_wgs84, y, x, crs)
    return others


def _within(area: Any, lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
    known = np.isfinite(lon) & np.isfinite(lat)
    return np.asarray(
        known & shapely.intersects_xy(area, np.where(known, lon, 0), np.where(known, lat, 0))
    )
