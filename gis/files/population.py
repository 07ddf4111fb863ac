"""Where people live, from any of the files that say it: places, zones, or a raster of counts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gis.errors import InputError, TooLargeError
from gis.files.clean import POINT, POLYGON
from gis.files.columns import find_column, need_column, people
from gis.files.layers import read_layer
from gis.files.points import is_table, read_points
from gis.files.source import corrupt, identify
from gis.geometry import WGS84, lonlat_to_wgs84, projector
from gis.report import Report

if TYPE_CHECKING:
    import geopandas as gpd

MAX_CELLS = 200_000_000


def read_population(
    path: str | Path,
    *,
    report: Report,
    bounds: Sequence[float] | None = None,
    crs: str | None = None,
    column: str | None = None,
    layer: str | None = None,
    max_bytes: int | None = None,
) -> gpd.GeoDataFrame:
    """People as points or zones in WGS 84 with `pop` and, if the file has it, `households`.

    A table or a point layer gives places, a polygon layer zones, a GeoTIFF the centres of its
    cells with the number of people in each. bounds (west, south, east, north): what is wanted of
    a raster. column: the column of people, else any name of `gis.files.columns.ALIASES`.
    Rows whose number is negative or unreadable are refused by row. Raises InputError.
    """
    path = Path(path)
    kind = identify(path, report=Report(), max_bytes=max_bytes)
    if kind == "raster":
        return _read_raster(path, bounds=bounds, crs=crs, report=report)
    if is_table(path, kind):
        return _placed(path, report=report, crs=crs, column=column, max_bytes=max_bytes)
    frame = read_layer(
        path, report=report, crs=crs, layer=layer, kinds=(POINT, POLYGON), max_bytes=max_bytes
    )
    flat = frame.geom_type.isin(["Point", "MultiPoint"])
    if flat.any() and not flat.all():
        report.add("refused", "geometry-wrong-kind", rows=frame.index[~flat], wanted=POINT)
        frame = frame[flat]
    if flat.any():  # several points of one row share its people: they count at the middle
        frame = frame.set_geometry(shapely.centroid(frame.geometry.to_numpy()), crs=WGS84)
    return with_people(frame, report=report, file=str(path), column=column)


def with_people(
    frame: gpd.GeoDataFrame,
    *,
    report: Report,
    file: str,
    column: str | None = None,
    needed: bool = True,
) -> gpd.GeoDataFrame:
    """The frame with its people as float columns `pop` and, if known, `households`.

    Rows of which the number of people is refused are left out, if `needed`; else (buildings)
    they stay, without people. Raises InputError `column-missing` if `needed`.
    """
    name = find_column(frame.columns, "pop", given=column)
    if name is None:
        if needed or column:
            need_column(frame.columns, "pop", given=column, file=file)
        return frame[[frame.geometry.name]]
    values = {"pop": people(frame[name], report=report)}
    homes = find_column(frame.columns, "households")
    if homes is not None:
        values["households"] = people(frame[homes], report=report)
    kept = frame[[frame.geometry.name]].assign(**values)
    good = kept["pop"].notna()
    if needed:
        report.rows_accepted -= int((~good).sum())
        kept = kept[good]
    return kept.fillna(dict.fromkeys(values, 0.0))


def _placed(
    path: Path, *, report: Report, crs: str | None, column: str | None, max_bytes: int | None
) -> gpd.GeoDataFrame:
    import geopandas as gpd

    table = read_points(path, report=report, crs=crs, max_bytes=max_bytes)
    table = table[table["lon"].notna()]
    if table.empty:
        raise InputError("layer-empty", file=str(path))
    places = gpd.points_from_xy(table["lon"], table["lat"])
    frame = gpd.GeoDataFrame(table.drop(columns=["lon", "lat"]), geometry=places, crs=WGS84)
    return with_people(frame, report=report, file=str(path), column=column)


def _read_raster(
    path: Path, *, bounds: Sequence[float] | None, crs: str | None, report: Report
) -> gpd.GeoDataFrame:
    """The cells of the first band with people in them. A cell counts where its centre lies."""
    import geopandas as gpd
    import rasterio
    from rasterio.errors import RasterioError

    try:
        with rasterio.open(path) as raster:
            if not (crs or raster.crs):
                raise InputError(
                    "crs-missing", file=str(path), hint="EPSG:4326",
                    bounds=" ".join(f"{value:.6g}" for value in raster.bounds),
                )  # fmt: skip
            window = _window(raster, bounds, None if crs else raster.crs)
            if window.width * window.height > MAX_CELLS:
                raise TooLargeError(
                    "raster-too-large", file=str(path), limit=MAX_CELLS,
                    cells=int(window.width * window.height),
                )  # fmt: skip
            values = raster.read(1, window=window, masked=True)
            transform = raster.window_transform(window)
    except RasterioError as error:
        raise corrupt(path, "raster") from error
    counts = np.ma.filled(values.astype(np.float64), 0.0)
    report.rows_read += counts.size
    report.rows_accepted += counts.size
    negative = ~np.isfinite(counts) | (counts < 0)
    report.add("refused", "raster-negative", count=int(negative.sum()))
    row, column = np.nonzero(~negative & (counts > 0))
    if len(row) == 0:
        raise InputError("raster-empty", file=str(path))
    x = transform.c + transform.a * (column + 0.5) + transform.b * (row + 0.5)
    y = transform.f + transform.d * (column + 0.5) + transform.e * (row + 0.5)
    lon, lat = lonlat_to_wgs84(x, y, crs or raster.crs.to_wkt())
    return gpd.GeoDataFrame(
        {"pop": counts[row, column]}, geometry=gpd.points_from_xy(lon, lat), crs=WGS84
    )


def _window(raster: Any, bounds: Sequence[float] | None, system: Any) -> Any:
    """The part of a raster around `bounds` (one cell wider), or all of it."""
    from rasterio.errors import WindowError
    from rasterio.windows import Window, from_bounds

    whole = Window(0, 0, raster.width, raster.height)
    if bounds is None or system is None or not raster.transform.is_rectilinear:
        return whole
    west, south, east, north = bounds
    box = shapely.segmentize(shapely.box(west, south, east, north), max(east - west, 1e-6) / 20)
    west, south, east, north = projector(WGS84, system.to_wkt())(box).bounds
    try:
        window = from_bounds(west, south, east, north, raster.transform).intersection(whole)
    except WindowError:
        raise InputError("raster-elsewhere", file=raster.name) from None
    left, top = max(int(window.col_off) - 1, 0), max(int(window.row_off) - 1, 0)
    right = min(int(np.ceil(window.col_off + window.width)) + 1, raster.width)
    bottom = min(int(np.ceil(window.row_off + window.height)) + 1, raster.height)
    return Window(left, top, right - left, bottom - top)
