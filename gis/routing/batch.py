"""Tables of points to grids: status of every row, and doubt about a wrong coordinate system."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from gis.geometry import BD09, GCJ02, WGS84, lonlat_to_wgs84, metric_crs, parse_crs
from gis.report import Report
from gis.routing.locator import Locator

STATUSES = ("inside", "outside", "invalid")
INSIDE, OUTSIDE, INVALID = range(3)

Floats = npt.NDArray[np.float64]

# A reading is suspected if it brings home this share of the points that fall outside …
BROUGHT_HOME = 0.8
# … while losing no more than this share of all; of fewer or rarer strays nothing is said.
LOST = 0.02
FEWEST_STRAYS = 3
STRAY_SHARE = 0.01
SAMPLE = 20_000

SWAPPED = "swapped"
# EPSG's codes of CGCS2000's zones by central meridian, from 75° E on; those whose eastings begin
# with the number of the zone come so many codes before.
GAUSS_KRUEGER_3, NUMBERED_3 = range(4534, 4555), 21
GAUSS_KRUEGER_6, NUMBERED_6 = range(4502, 4513), 11


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutedBatch:
    """Points in WGS 84 with their grids.

    grids: (n,) position in the locator's codes, -1 for none. statuses: (n,) index in STATUSES;
    `invalid` is a point that is not on earth, or has no coordinates.
    """

    lon: Floats
    lat: Floats
    grids: npt.NDArray[np.int32]
    statuses: npt.NDArray[np.int8]


def route_batch(
    locator: Locator,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    crs: str | int | pyproj.CRS = WGS84,
    threads: int = 1,
) -> RoutedBatch:
    """The grids of points in a named coordinate system (see `gis.geometry.parse_crs`).

    The locator's polygons are in WGS 84; easting or longitude comes first. Missing coordinates
    are NaN. Raises InputError `crs-unknown`, `routing-lengths-differ`.
    """
    lon, lat = _in_wgs84(x, y, crs)
    grids = locator.locate(lon, lat, threads=threads)
    statuses = np.where(grids >= 0, INSIDE, OUTSIDE).astype(np.int8)
    strays = np.flatnonzero(statuses == OUTSIDE)
    on_earth = (np.abs(lon[strays]) <= 180) & (np.abs(lat[strays]) <= 90)  # NaN is not
    statuses[strays[~on_earth]] = INVALID
    return RoutedBatch(lon=lon, lat=lat, grids=grids, statuses=statuses)


def _in_wgs84(
    x: npt.ArrayLike, y: npt.ArrayLike, crs: str | int | pyproj.CRS
) -> tuple[Floats, Floats]:
    # Numbers that cannot be in the named system become NaN, or stay off the earth: no warning.
    with np.errstate(invalid="ignore", over="ignore"):
        return lonlat_to_wgs84(x, y, crs)


@dataclass(slots=True, kw_only=True)
class CrsDoubt:
    """Watches batches go by and tells if they look as if they were in another coordinate system.

    Keeps a sample of each batch. The signature of a wrong system is that of the points off all
    grids nearly all would fall inside if read in another way, and hardly any inside would be lost.
    """

    locator: Locator
    crs: str | int | pyproj.CRS = WGS84
    _x: list[Floats] = field(default_factory=list)
    _y: list[Floats] = field(default_factory=list)
    _kept: int = 0

    def watch(self, x: npt.ArrayLike, y: npt.ArrayLike) -> None:
        """Take note of a batch of coordinates as they came, in the named system."""
        xs, ys = np.asarray(x, np.float64), np.asarray(y, np.float64)
        known = np.flatnonzero(np.isfinite(xs) & np.isfinite(ys))
        # Half of the room that is left, evenly spread: early batches do not crowd out later ones.
        room = max((SAMPLE - self._kept) // 2, SAMPLE // 100)
        chosen = known[:: max(-(-len(known) // room), 1)]
        self._x.append(xs[chosen])
        self._y.append(ys[chosen])
        self._kept += len(chosen)

    def report(self, report: Report) -> None:
        """Add the warning `routing-crs-doubtful`, with its numbers, if there is cause for it; or
        `routing-crs-not-degrees` where metres are read as degrees and nobody can tell whose."""
        if not self._kept:
            return
        x, y = np.concatenate(self._x), np.concatenate(self._y)
        inside = self._inside(x, y, self.crs)
        strays = int((~inside).sum())
        if strays < max(FEWEST_STRAYS, STRAY_SHARE * len(x)):
            return
        best: tuple[int, str] | None = None
        for reading in self._other_readings(x, y):
            home = (
                self._inside(y, x, self.crs) if reading == SWAPPED else self._inside(x, y, reading)
            )
            brought, lost = int((home & ~inside).sum()), int((inside & ~home).sum())
            if (
                brought >= BROUGHT_HOME * strays
                and lost <= LOST * len(x)
                and (best is None or int(home.sum()) > best[0])
            ):
                best = int(home.sum()), reading
        if best is not None:
            report.add(
                "warned",
                "routing-crs-doubtful",
                count=strays,
                sample=len(x),
                inside=int(inside.sum()),
                inside_then=best[0],
                reading=best[1],
            )
        elif not self._in_metres() and not _degrees(x, y):
            report.add(
                "warned", "routing-crs-not-degrees", count=strays,
                example=f"{np.median(x):,.0f} {np.median(y):,.0f}",
            )  # fmt: skip

    def _inside(self, x: Floats, y: Floats, crs: Any) -> npt.NDArray[np.bool_]:
        return np.asarray(self.locator.locate(*_in_wgs84(x, y, crs)) >= 0)

    def _other_readings(self, x: Floats, y: Floats) -> list[str]:
        """What the numbers could be instead: degrees in another datum, metres in another zone, or
        the axes the other way round, as surveyors write them."""
        system = parse_crs(self.crs)
        named = system if isinstance(system, str) else f"EPSG:{system.to_epsg()}"
        others = ["EPSG:4326", GCJ02, BD09] if _degrees(x, y) else self._zones()
        return [*(it for it in others if it != named), SWAPPED]

    def _in_metres(self) -> bool:
        system = parse_crs(self.crs)
        return not isinstance(system, str) and not system.is_geographic

    def _zones(self) -> list[str]:
        """The Gauss-Krüger zones of CGCS2000 at the place and beside it, of 3 and 6 degrees, with
        the zone's number before the easting and without; none outside China."""
        bounds = shapely.total_bounds(self.locator.resolver.polygons)
        if np.isnan(bounds).any():
            return []
        metric = metric_crs(tuple(bounds)).to_epsg()
        if metric is None or metric not in GAUSS_KRUEGER_3:
            return []
        middle_lon = (bounds[0] + bounds[2]) / 2
        near = range(max(metric - 1, GAUSS_KRUEGER_3[0]), min(metric + 1, GAUSS_KRUEGER_3[-1]) + 1)
        wide = GAUSS_KRUEGER_6[0] + int((middle_lon - 72) // 6)
        found = [*near, *(code - NUMBERED_3 for code in near), wide, wide - NUMBERED_6]
        return [f"EPSG:{code}" for code in found]


def _degrees(x: Floats, y: Floats) -> bool:
    """Whether most of the numbers could be degrees."""
    return bool(np.median(np.abs(x)) <= 180 and np.median(np.abs(y)) <= 180)
