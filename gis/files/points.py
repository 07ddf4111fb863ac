"""Places with a longitude and a latitude: a table with such columns, or any point layer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from gis.files.clean import POINT
from gis.files.columns import need_column, numbers
from gis.files.layers import read_layer
from gis.files.source import TABLES, identify
from gis.files.tables import read_table
from gis.geometry import WGS84, lonlat_to_wgs84, parse_crs
from gis.report import Report


def read_points(
    path: str | Path,
    *,
    report: Report,
    crs: str | None = None,
    lon: str | None = None,
    lat: str | None = None,
    max_bytes: int | None = None,
) -> pd.DataFrame:
    """Places as float columns `lon`, `lat` in WGS 84 beside the file's own columns.

    A table (CSV, Excel, Parquet) needs columns of longitude and latitude, by any name of
    `gis.files.columns.ALIASES` (经度, 纬度 …) or as named by `lon` and `lat`. Without `crs` a
    table is taken for WGS 84, with a warning: degrees alone cannot tell it from GCJ-02.
    A table keeps every row in order: a row that has no usable place has NaN in both columns and
    is noted as refused. From a geometry file only the usable points come.
    The index is the row number that the user sees. Raises InputError and TooLargeError.
    """
    path = Path(path)
    kind = identify(path, report=Report(), max_bytes=max_bytes)
    if not is_table(path, kind):
        layer = read_layer(path, report=report, crs=crs, kinds=(POINT,), max_bytes=max_bytes)
        layer = layer.explode(index_parts=False)
        xy = shapely.get_coordinates(layer.geometry.to_numpy())
        return pd.DataFrame(layer.drop(columns="geometry")).assign(lon=xy[:, 0], lat=xy[:, 1])
    places = ("lon", "lat", "lng", "x", "y", "经度", "纬度", *(n for n in (lon, lat) if n))
    table = read_table(path, report=report, numeric=places, max_bytes=max_bytes)
    x_name = need_column(table.columns, "lon", given=lon, file=str(path))
    y_name = need_column(table.columns, "lat", given=lat, file=str(path))
    if crs is None:
        report.add("warned", "crs-assumed")
    blank = (_blank(table[x_name]) | _blank(table[y_name])).to_numpy()
    if blank.any():
        report.add("refused", "place-missing", rows=table.index[blank])
    x, y = numbers(table[x_name], report=report), numbers(table[y_name], report=report)
    unplaced = (x.isna() | y.isna()).to_numpy()
    xs, ys = x.mask(unplaced).to_numpy(copy=True), y.mask(unplaced).to_numpy(copy=True)
    if crs is None or not _projected(crs):
        xs, ys = _in_degrees(xs, ys, table, report)
    lons, lats = lonlat_to_wgs84(xs, ys, crs or WGS84)
    lons, lats = np.array(lons), np.array(lats)
    off = ~np.isnan(xs) & ~((np.abs(lons) <= 180) & (np.abs(lats) <= 90))
    if off.any():
        report.add("refused", "place-outside-world", rows=table.index[off])
        lons[off] = lats[off] = np.nan
    report.rows_accepted -= int(np.isnan(lons).sum())
    return table.drop(columns=[x_name, y_name]).assign(lon=lons, lat=lats)


def _in_degrees(
    x: np.ndarray, y: np.ndarray, table: pd.DataFrame, report: Report
) -> tuple[np.ndarray, np.ndarray]:
    """Swap where every row says that latitude came first: its second number is above 90."""
    known = ~np.isnan(x)
    swapped = (np.abs(x) <= 90) & (np.abs(y) > 90) & (np.abs(y) <= 180)
    if known.any() and swapped[known].all():
        report.add("repaired", "coordinates-swapped", count=int(known.sum()))
        return y, x
    return x, y


def _blank(values: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(values.dtype):
        return values.isna()
    return values.isna() | (values.astype(str).str.strip() == "")


def _projected(crs: str) -> bool:
    system = parse_crs(crs)
    return not isinstance(system, str) and system.is_projected


def is_table(path: Path, kind: str) -> bool:
    """Whether a file of this kind (see `identify`) has no geometry of its own."""
    import pyarrow.parquet as pq

    if kind != "parquet":
        return kind in TABLES
    return b"geo" not in (pq.read_schema(path).metadata or {})
