"""Files of incident reports: the columns by their Chinese and English names, and the places."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from gis.errors import InputError
from gis.files.clean import POINT
from gis.files.columns import find_column, numbers
from gis.files.layers import read_layer
from gis.files.source import identify
from gis.files.tables import read_table
from gis.report import Report

ALIASES = {
    "x": ("lon", "lng", "longitude", "经度", "x"),
    "y": ("lat", "latitude", "纬度", "y"),
    "category": ("category", "类别", "类别代码", "事件类别", "大类", "小类"),
    "severity": ("severity", "严重程度", "等级", "紧急程度"),
    "title": ("title", "标题", "事件标题", "问题", "summary"),
    "description": ("description", "描述", "事件描述", "问题描述", "详情"),
    "address": ("address", "地址", "位置", "地点"),
    "source": ("source", "来源", "上报来源", "渠道"),
    "source_ref": ("source_ref", "来源编号", "外部编号", "工单号", "案件编号"),
    "reported_at": ("reported_at", "上报时间", "发现时间", "受理时间", "时间"),
    "closed_at": ("closed_at", "结案时间", "办结时间"),
}


def read_reports(path: Path, *, crs: str | None, report: Report) -> tuple[pd.DataFrame, str]:
    """The reports of a CSV, Excel, Parquet or geometry file, and the system of their places.

    The frame is indexed by row number and has `x`, `y`, `category`, `title` and what else of
    `ALIASES` was found. Layers come in WGS 84; a table's system must be named by `crs`.
    Raises InputError for what cannot be read and for missing columns.
    """
    if identify(path, report=Report()) in ("csv", "excel", "parquet") and not _is_layer(path):
        table: Any = read_table(path, report=report)
        if crs is None:
            raise InputError("import-crs-missing", file=report.source or path.name)
        system = crs
        frame = _chosen(table, path, required=("x", "y", "category", "title"))
        for axis in ("x", "y"):
            frame[axis] = numbers(frame[axis], report=Report())
        return frame, system
    layer = read_layer(path, crs=crs, report=report, kinds=(POINT,))
    frame = _chosen(layer, path, required=("category", "title"))
    frame["x"], frame["y"] = layer.geometry.x, layer.geometry.y
    return frame, "EPSG:4326"


def _is_layer(path: Path) -> bool:
    if path.suffix.lower() != ".parquet":
        return False
    import pyarrow.parquet as pq

    try:
        return b"geo" in (pq.read_schema(path).metadata or {})
    except (OSError, ValueError):
        return False


def _chosen(table: pd.DataFrame, path: Path, *, required: tuple[str, ...]) -> pd.DataFrame:
    names = [str(name) for name in table.columns if str(name) != "geometry"]
    found: dict[str, str] = {}
    for role, aliases in ALIASES.items():
        column = next(
            (c for alias in aliases if (c := find_column(names, "point_id", given=alias))), None
        )
        if column is not None:
            found[role] = column
        elif role in required:
            raise InputError(
                "column-missing",
                file=str(path),
                column=role,
                found=", ".join(names) or "-",
                aliases=", ".join(aliases),
            )
    return pd.DataFrame({role: table[column] for role, column in found.items()}, index=table.index)
