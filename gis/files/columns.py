"""Columns by meaning: their names in English and Chinese, and checks of ids and numbers.

Frames of `gis.files` are indexed by the row number that the user sees (a layer's first feature
is 1, a table's first row below its header is 2), so findings name rows by the index.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import numpy as np
import pandas as pd

from gis.errors import InputError
from gis.incidents.plain_text import clean_line
from gis.report import SHOWN_ROWS, Report

# Names that mean the same, best first; compared without case, spaces and underscores.
ALIASES: dict[str, tuple[str, ...]] = {
    "unit_id": ("unit_id", "unitid", "单元编号", "基本单元编号", "单元"),
    "grid_id": ("grid_id", "gridid", "网格编号", "网格编码", "网格"),
    "grid_code": (
        "grid_id", "gridid", "grid_code", "网格代码", "网格编码", "网格编号", "code", "代码",
        "编码",
    ),
    "grid_name": ("name_zh", "网格名称", "名称", "name", "网格"),
    "point_id": ("point_id", "pointid", "id", "编号", "序号", "事件编号", "案件编号"),
    "lon": ("lon", "lng", "longitude", "long", "经度", "东经", "x", "wgs84_lon"),
    "lat": ("lat", "latitude", "纬度", "北纬", "y", "wgs84_lat"),
    "pop": ("pop", "population", "people", "人口", "人口数", "人口数量", "常住人口", "总人口"),
    "households": ("households", "户数", "总户数", "家庭户数"),
    "asset_code": ("code", "asset_code", "id", "编码", "编号", "代码", "资产编号", "部件编码"),
    "asset_name": ("name_zh", "name", "名称", "资产名称", "部件名称"),
    "asset_kind": ("kind", "type", "类型", "种类", "类别"),
    "name_en": ("name_en", "name:en", "英文名", "英文名称"),
    "reach_m": ("reach_m", "reach", "范围", "范围米"),
    "organisation": (
        "organisation", "department", "organization", "责任单位", "责任部门", "主管部门",
        "管理单位", "权属单位", "牵头单位",
    ),
    "duty_category": ("category", "category_code", "类别代码", "类别编码", "类别", "事项类别"),
    "duty_kind": ("kind", "性质", "事项性质", "清单"),
    "duty_document": ("document", "source", "依据文件", "依据", "来源", "文件"),
    "contact_name": ("contact", "contact_name", "联系人", "责任人", "联络人"),
    "contact_phone": ("phone", "contact_phone", "联系电话", "电话", "手机"),
}  # fmt: skip


def _key(name: object) -> str:
    plain = unicodedata.normalize("NFKC", str(name)).strip().lower()
    return plain.replace("_", "").replace(" ", "").replace("-", "")


def find_column(names: Iterable[object], role: str, *, given: str | None = None) -> str | None:
    """The column that plays `role` (a key of ALIASES) or was named by the user; None if absent."""
    keyed: dict[str, str] = {}
    for name in names:
        keyed.setdefault(_key(name), str(name))
    wanted = (given,) if given else ALIASES[role]
    return next((keyed[_key(alias)] for alias in wanted if _key(alias) in keyed), None)


def need_column(names: Iterable[object], role: str, *, file: str, given: str | None = None) -> str:
    """Like `find_column`, but absence raises InputError `column-missing`, telling what is there."""
    listed = [str(name) for name in names]
    column = find_column(listed, role, given=given)
    if column is None:
        raise InputError(
            "column-missing",
            file=file,
            column=given or role,
            found=", ".join(name for name in listed if name != "geometry") or "-",
            aliases=given or ", ".join(ALIASES[role]),
        )
    return column


def numbers(
    values: pd.Series, *, report: Report, outcome_code: str = "number-unreadable"
) -> pd.Series:
    """The column as floats; NaN for empty cells and, noted as refused, for what is no number.

    Full-width digits and thousands separators, as spreadsheets carry them, are understood.
    """
    if pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype):
        found = values.astype("float64")
    else:
        found = pd.to_numeric(values, errors="coerce").astype("float64")
        doubtful = found.isna() & values.notna()
        if doubtful.any():
            texts = values[doubtful].map(lambda text: unicodedata.normalize("NFKC", str(text)))
            texts = texts.str.replace(",", "", regex=False).str.strip()
            found[doubtful] = pd.to_numeric(texts, errors="coerce")
            filled = texts != ""
            bad = doubtful & found.isna()
            bad[doubtful] &= filled
            if bad.any():
                example = str(values[bad].iloc[0])
                report.add(
                    "refused", outcome_code, rows=values.index[bad],
                    column=str(values.name), example=example,
                )  # fmt: skip
    infinite = np.isinf(found)
    if infinite.any():
        report.add(
            "refused", outcome_code, rows=values.index[infinite],
            column=str(values.name), example="inf",
        )  # fmt: skip
        found = found.mask(infinite)
    return found


def people(values: pd.Series, *, report: Report) -> pd.Series:
    """A column of people or households: negative and unreadable numbers are refused by row (NaN).

    Empty cells count as 0 and are warned of.
    """
    found = numbers(values, report=report, outcome_code="population-unreadable")
    unreadable = found.isna() & values.notna() & (values.astype(str).str.strip() != "")
    negative = found < 0
    if negative.any():
        report.add(
            "refused", "population-negative", rows=values.index[negative], column=str(values.name)
        )
    empty = found.isna() & ~unreadable
    if empty.any():
        report.add("warned", "population-empty", rows=values.index[empty], column=str(values.name))
    return found.mask(negative).where(~empty, 0.0)


def need_unique(values: pd.Series, *, file: str) -> pd.Series:
    """Ids as text, each there and there once; else InputError `ids-missing` or `ids-duplicate`."""
    ids = values.map(cell_text)
    missing = ids == ""
    if missing.any():
        raise InputError(
            "ids-missing", file=file, column=str(values.name), rows=_listed(ids.index[missing]),
            count=int(missing.sum()),
        )  # fmt: skip
    twice = ids.duplicated(keep=False)
    if twice.any():
        raise InputError(
            "ids-duplicate", file=file, column=str(values.name), rows=_listed(ids.index[twice]),
            count=int(ids[twice].nunique()), examples=", ".join(sorted(set(ids[twice]))[:5]),
        )  # fmt: skip
    return ids


def cell_text(value: object) -> str:
    """A cell as text without blanks around it: empty for nothing, 12 for a spreadsheet's 12.0. NUL,
    which no database holds, is left out."""
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace("\0", "").strip()


def cell_line(value: object) -> str:
    """A cell as a line that a reader is shown: without breaks, controls and marks that turn it."""
    return clean_line(cell_text(value))


def _listed(rows: Iterable[int]) -> str:
    shown = [str(row) for row in rows]
    return ", ".join(shown[:SHOWN_ROWS]) + (" …" if len(shown) > SHOWN_ROWS else "")
