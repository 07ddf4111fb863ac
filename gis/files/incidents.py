"""Files of incident reports, in batches: the columns by their Chinese and English names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gis.errors import InputError
from gis.files.clean import POINT
from gis.files.columns import find_column, numbers
from gis.files.layers import read_layer
from gis.files.point_batches import csv_parts, readable
from gis.files.points import is_table
from gis.files.source import corrupt, identify
from gis.files.workbook import read_excel
from gis.geometry import BD09, GCJ02, parse_crs, wgs84_to_bd09, wgs84_to_gcj02
from gis.report import Report

BATCH_ROWS = 50_000
HEADER_WITHIN = 10  # rows: offices put a title above the names of the columns
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
    "due_at": ("due_at", "截止时间", "办结时限", "到期时间", "应办结时间"),
    "closed_at": ("closed_at", "结案时间", "办结时间"),
}
SHIFTS = {GCJ02: wgs84_to_gcj02, BD09: wgs84_to_bd09}
REQUIRED = ("x", "y", "category", "title")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportBatch:
    """Some reports of a file, in its order.

    frame: indexed by row number (a table's header is row 1, a layer's first feature is 1), with
    `x`, `y`, `category`, `title` and what else of `ALIASES` was found. columns: what the file
    itself calls them. crs: of x and y. fraction: of the file read so far.
    """

    frame: pd.DataFrame
    columns: Mapping[str, str]
    crs: str
    fraction: float


def report_batches(path: Path, *, crs: str | None, report: Report) -> Iterator[ReportBatch]:
    """The reports of a CSV, Excel, Parquet or geometry file; empty rows are left out.

    CSV and Parquet of any size are read in pieces, the others as a whole. A table's coordinate
    system must be named by `crs`. Raises InputError `file-…`, `table-empty`, `column-missing`,
    `crs-…`, `import-crs-missing`.
    """
    kind = identify(path, report=report)
    try:
        layer = not is_table(path, kind)
    except (OSError, ValueError) as error:
        raise corrupt(path, kind) from error
    if layer:
        batches = _layer(path, crs, report)
    elif crs is None:
        raise InputError("import-crs-missing", file=report.source or path.name)
    else:
        parse_crs(crs)
        parts = {"csv": _csv, "parquet": _parquet, "excel": _excel}[kind]
        batches = _tabled(parts(path, report), path, crs)
    empty = True
    for batch in readable(path, kind, batches):
        empty = empty and not len(batch.frame)
        if len(batch.frame):
            yield batch
    if empty:
        raise InputError("table-empty", file=str(path))


def _tabled(parts: Iterator[tuple[pd.DataFrame, float]], path: Path, crs: str) -> Iterator[Any]:
    for table, fraction in parts:
        roles = _roles(list(table.columns), path, REQUIRED)
        frame = table.iloc[:, list(roles.values())].set_axis(list(roles), axis=1)
        frame = frame[~_blank(table)].copy()
        for axis in ("x", "y"):
            frame[axis] = numbers(frame[axis], report=Report())
        columns = {role: str(table.columns[place]).strip() for role, place in roles.items()}
        yield ReportBatch(frame=frame, columns=columns, crs=crs, fraction=fraction)


def _csv(path: Path, report: Report) -> Iterator[tuple[pd.DataFrame, float]]:
    for rows, part, fraction in csv_parts(path, report=report, empty_lines=True):
        yield part.to_pandas().set_axis(pd.Index(rows, name="row")), fraction


def _parquet(path: Path, report: Report) -> Iterator[tuple[pd.DataFrame, float]]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        names = file.schema_arrow.names
        wanted = [names[place] for place in _roles(names, path, REQUIRED).values()]
        done, total = 0, max(file.metadata.num_rows, 1)
        for part in file.iter_batches(batch_size=BATCH_ROWS, columns=wanted):
            # as in a spreadsheet, the first row below the names is 2
            rows = pd.RangeIndex(done + 2, done + part.num_rows + 2, name="row")
            done += part.num_rows
            yield part.to_pandas().set_axis(rows), done / total


def _excel(path: Path, report: Report) -> Iterator[tuple[pd.DataFrame, float]]:
    sheet = read_excel(path, header=None)
    if sheet.empty:
        raise InputError("table-empty", file=str(path))
    heads = range(min(len(sheet), HEADER_WITHIN))
    named = [head for head in heads if _has(sheet.iloc[head].tolist(), REQUIRED)]
    head = named[0] if named else 0
    table = sheet.iloc[head + 1 :].set_axis(_names(sheet.iloc[head].tolist()), axis=1)
    table.index = pd.RangeIndex(head + 2, len(sheet) + 1, name="row")
    yield from _slices(table)


def _layer(path: Path, crs: str | None, report: Report) -> Iterator[ReportBatch]:
    layer = read_layer(path, crs=crs, report=report, kinds=(POINT,))
    layer = layer.explode(index_parts=False)
    several = layer.index.duplicated(keep=False)
    if several.any():  # an incident has one place
        report.add("refused", "geometry-wrong-kind", rows=sorted(set(layer.index[several])))
        layer = layer[~several]
    table = pd.DataFrame(layer.drop(columns=layer.geometry.name))
    roles = _roles(list(table.columns), path, ("category", "title"), besides=("x", "y"))
    frame = table.iloc[:, list(roles.values())].set_axis(list(roles), axis=1)
    x, y = layer.geometry.x.to_numpy(), layer.geometry.y.to_numpy()
    named = parse_crs(crs) if crs is not None else None
    system = named if isinstance(named, str) else "EPSG:4326"
    if system in SHIFTS:  # as the file has them, in case they are something else
        x, y = SHIFTS[system](x, y)
    columns = {role: str(table.columns[place]) for role, place in roles.items()}
    for part, fraction in _slices(frame.assign(x=x, y=y)):
        yield ReportBatch(frame=part, columns=columns, crs=system, fraction=fraction)


def _slices(table: pd.DataFrame) -> Iterator[tuple[pd.DataFrame, float]]:
    for start in range(0, len(table), BATCH_ROWS):
        part = table.iloc[start : start + BATCH_ROWS]
        yield part, min((start + len(part)) / len(table), 1.0)


def _blank(table: pd.DataFrame) -> Any:
    """Which rows have nothing in any cell."""
    empty = np.ones(len(table), bool)
    for place in range(table.shape[1]):
        cells = table.iloc[:, place]
        empty &= (cells.isna() | (cells == "")).to_numpy(bool)
    return empty


def _names(cells: Sequence[Any]) -> list[str]:
    return ["" if pd.isna(cell) else str(cell) for cell in cells]


def _has(cells: Sequence[Any], required: Sequence[str]) -> bool:
    names = _names(cells)
    return all(_place(names, role) is not None for role in required)


def _place(names: Sequence[str], role: str) -> int | None:
    """Where the column stands that plays this role: the best name wins, then the first place."""
    found = next((c for it in ALIASES[role] if (c := find_column(names, role, given=it))), None)
    return names.index(found) if found is not None else None


def _roles(
    columns: Sequence[Any], path: Path, required: Sequence[str], *, besides: Sequence[str] = ()
) -> dict[str, int]:
    names = [str(name) for name in columns]
    roles = {}
    for role, aliases in ALIASES.items():
        place = _place(names, role) if role not in besides else None
        if place is not None:
            roles[role] = place
        elif role in required:
            raise InputError(
                "column-missing",
                file=str(path),
                column=role,
                found=", ".join(name for name in names if name.strip()) or "-",
                aliases=", ".join(aliases),
            )
    return roles
