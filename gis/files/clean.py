"""What every geometry goes through on its way in: checked, repaired or refused, and noted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import shapely

from gis.errors import InputError
from gis.geometry import parse_crs, to_wgs84
from gis.report import Report

if TYPE_CHECKING:
    import geopandas as gpd

POINT, LINE, POLYGON = "point", "line", "polygon"
_PARTS = {POINT: (0, 4), LINE: (1, 2, 5), POLYGON: (3, 6)}


def clean_layer(
    frame: gpd.GeoDataFrame,
    *,
    crs: str | int | pyproj.CRS | None,
    kinds: Iterable[str],
    file: str,
    report: Report,
) -> gpd.GeoDataFrame:
    """The usable rows of a layer in WGS 84, two-dimensional, valid, of the wanted kinds.

    Rules, each noted by row: no geometry, a place outside the world, or a kind not wanted:
    refused. Heights: dropped. Invalid polygons: made valid by their structure, parts without
    area dropped. Latitude given first: swapped, where all rows say so. Raises InputError
    `crs-missing`, `coordinates-not-degrees`, `layer-empty`.
    """
    import geopandas as gpd

    report.rows_read += len(frame)
    geometry = np.asarray(frame.geometry.to_numpy(), dtype=object)
    there = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    _refuse(report, "geometry-missing", frame, ~there)
    frame, geometry = frame[there], geometry[there]
    if len(frame) == 0:
        raise InputError("layer-empty", file=file)
    high = shapely.has_z(geometry)
    if high.any():
        report.add("repaired", "heights-dropped", count=int(high.sum()))
    geometry = shapely.force_2d(geometry)
    frame = gpd.GeoDataFrame(frame.drop(columns=frame.geometry.name), geometry=geometry)
    frame = _placed(frame, crs if crs is not None else _missing(frame, file), file, report)
    return _shaped(frame, tuple(kinds), file, report)


def _refuse(report: Report, code: str, frame: Any, bad: Any, **params: Any) -> None:
    if bad.any():
        report.add("refused", code, rows=frame.index[bad], **params)


def _missing(frame: gpd.GeoDataFrame, file: str) -> str:
    """No coordinate system is named: raise, telling what the numbers look like."""
    west, south, east, north = (float(value) for value in frame.total_bounds)
    hint = "EPSG:4326"
    zone = int(west // 1_000_000)
    if 25 <= zone <= 45 and zone == int(east // 1_000_000):
        hint = f"EPSG:{4513 + zone - 25}"  # the zone stands before the easting, as surveyors write
    elif 13 <= zone <= 23 and zone == int(east // 1_000_000):
        hint = f"EPSG:{4491 + zone - 13}"
    elif max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 180:
        hint = "EPSG:4547"
    raise InputError(
        "crs-missing", file=file, hint=hint,
        bounds=f"{west:.6g} {south:.6g} {east:.6g} {north:.6g}",
    )  # fmt: skip


def _placed(
    frame: gpd.GeoDataFrame, crs: str | int | pyproj.CRS, file: str, report: Report
) -> gpd.GeoDataFrame:
    """Carry to WGS 84; swap what is swapped, refuse what lies outside the world."""
    system = parse_crs(crs)
    if isinstance(system, str) or system.is_geographic:
        west, south, east, north = frame.bounds.to_numpy().T
        fits = (west >= -180) & (east <= 180) & (south >= -90) & (north <= 90)
        if not fits.any() and _fits_swapped(frame):
            report.add("repaired", "coordinates-swapped", count=len(frame))
            frame = frame.set_geometry(
                shapely.transform(frame.geometry.to_numpy(), lambda xy: xy[:, ::-1])
            )
        elif not fits.any():
            raise InputError(
                "coordinates-not-degrees", file=file,
                bounds=" ".join(f"{value:.6g}" for value in frame.total_bounds),
            )  # fmt: skip
        else:
            _refuse(report, "geometry-outside-world", frame, ~fits)
            frame = frame[fits]
    elif (np.abs(frame.total_bounds) <= 180).all():
        raise InputError(
            "coordinates-not-metres", file=file, crs=system.name,
            bounds=" ".join(f"{value:.6g}" for value in frame.total_bounds),
        )  # fmt: skip
    frame = to_wgs84(frame, system)
    west, south, east, north = frame.bounds.to_numpy().T
    fits = (west >= -180) & (east <= 180) & (south >= -90) & (north <= 90)
    _refuse(report, "geometry-outside-world", frame, ~fits)
    if not fits.any():
        raise InputError("layer-empty", file=file)
    return frame[fits]


def _fits_swapped(frame: gpd.GeoDataFrame) -> bool:
    west, south, east, north = frame.total_bounds
    return bool(west >= -90 and east <= 90 and south >= -180 and north <= 180)


def _shaped(
    frame: gpd.GeoDataFrame, kinds: tuple[str, ...], file: str, report: Report
) -> gpd.GeoDataFrame:
    geometry = np.asarray(frame.geometry.to_numpy(), dtype=object)
    if POLYGON in kinds:
        invalid = ~shapely.is_valid(geometry) & np.isin(shapely.get_type_id(geometry), (3, 6))
        if invalid.any():
            geometry[invalid] = shapely.make_valid(
                geometry[invalid], method="structure", keep_collapsed=False
            )
            lost = shapely.is_empty(geometry)
            _refuse(report, "polygon-collapsed", frame, lost)
            mended = invalid & ~lost
            if mended.any():
                report.add("repaired", "polygon-invalid", rows=frame.index[mended])
    mixed = shapely.get_type_id(geometry) == 7
    for position in np.flatnonzero(mixed):
        geometry[position] = _of_kinds(geometry[position], kinds)
    wanted = [type_id for kind in kinds for type_id in _PARTS[kind]]
    right = np.isin(shapely.get_type_id(geometry), wanted) & ~shapely.is_empty(geometry)
    gone = ~right & ~shapely.is_empty(geometry)
    _refuse(report, "geometry-wrong-kind", frame, gone, wanted="/".join(kinds))
    frame = frame.set_geometry(geometry)[right]
    if len(frame) == 0:
        raise InputError("layer-empty", file=file)
    report.rows_accepted += len(frame)
    return frame


def _of_kinds(collection: Any, kinds: tuple[str, ...]) -> Any:
    """The parts of a collection that are of the first wanted kind found in it, as one geometry."""
    parts = shapely.get_parts(collection)
    while (shapely.get_type_id(parts) > 3).any():
        parts = shapely.get_parts(parts)
    join: dict[str, Any] = {
        POINT: shapely.multipoints,
        LINE: shapely.multilinestrings,
        POLYGON: shapely.union_all,
    }
    for kind in kinds:
        chosen = parts[np.isin(shapely.get_type_id(parts), _PARTS[kind])]
        if len(chosen):
            return join[kind](chosen)
    return collection
