"""Files of named assets: any geometry file with a code, a name, a kind and who is in charge."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from gis.files.columns import cell_text, find_column, need_column, numbers
from gis.files.layers import read_layer
from gis.report import Report

KINDS = {
    "park": "park", "公园": "park", "游园": "park", "绿地": "park", "广场": "park",
    "bridge": "bridge", "桥": "bridge", "桥梁": "bridge",
    "building": "building", "楼": "building", "建筑": "building", "商业楼宇": "building",
    "楼宇": "building", "road": "road", "street": "road", "路": "road", "道路": "road",
    "街道": "road", "other": "other", "其他": "other", "其它": "other",
}  # fmt: skip
MOST_REACH_M = 500.0
# How far from its point or line a place still counts as on an asset: half a street, a forecourt.
REACH_M = {"Point": 20.0, "LineString": 15.0, "Polygon": 0.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetRow:
    """An asset as a file gives it, in WGS 84; `organisation` is a code or a name, or empty."""

    row: int
    code: str
    kind: str
    name_zh: str
    name_en: str | None
    organisation: str
    reach_m: float
    geometry: Any


def usual_reach_m(geometry: Any) -> float:
    """The reach of an asset for which none is told."""
    return REACH_M[geometry.geom_type.removeprefix("Multi").replace("LinearRing", "LineString")]


def read_assets(
    path: str | Path,
    *,
    kind: str | None = None,
    crs: str | None = None,
    layer: str | None = None,
    report: Report,
    max_bytes: int | None = None,
) -> tuple[list[AssetRow], str | None]:
    """The assets of a file, and the name of its column of organisations if it has one.

    kind: of all of them, where the file has no column for it. Rows without code, name or a kind,
    with a code that stood above or an impossible reach are refused and named in `report`. Raises
    what `read_layer` does and InputError `column-missing`.
    """
    frame = read_layer(path, report=report, crs=crs, layer=layer, max_bytes=max_bytes)
    names, file = list(frame.columns), str(path)
    codes = frame[need_column(names, "asset_code", file=file)].map(cell_text)
    called = frame[need_column(names, "asset_name", file=file)].map(cell_text)
    kinds = (
        pd.Series(kind, index=frame.index)
        if kind is not None
        else frame[need_column(names, "asset_kind", file=file)].map(
            lambda value: KINDS.get(cell_text(value).lower(), "")
        )
    )
    english = find_column(names, "name_en")
    charge = find_column(names, "organisation")
    reach_column = find_column(names, "reach_m")
    given = (
        numbers(frame[reach_column], report=report)
        if reach_column
        else pd.Series(float("nan"), index=frame.index)
    )
    usual = frame.geometry.map(usual_reach_m)
    faults = {
        "row-code-missing": (codes == "") | (codes.str.len() > 60),
        "row-code-twice": codes.duplicated() & (codes != ""),
        "row-name-missing": (called == "") | (called.str.len() > 200),
        "row-kind-unknown": kinds == "",
        "row-reach-wrong": (given < 0) | (given > MOST_REACH_M),
    }
    bad = pd.Series(False, index=frame.index)
    for code, wrong in faults.items():
        if wrong.any():
            report.add("refused", code, rows=frame.index[wrong])
            bad |= wrong
    report.rows_accepted -= int(bad.sum())
    reach = given.where(given.notna(), usual)
    rows = [
        AssetRow(
            row=int(row), code=codes[row], kind=kinds[row], name_zh=called[row],
            name_en=(cell_text(frame.at[row, english]) or None) if english else None,
            organisation=cell_text(frame.at[row, charge]) if charge else "",
            reach_m=float(reach[row]), geometry=frame.geometry[row],
        )
        for row in frame.index[~bad]
    ]  # fmt: skip
    return rows, charge
