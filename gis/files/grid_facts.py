"""Files of base data: counts per grid, wide (a column per kind) or long; and the one to fill in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from gis.errors import InputError
from gis.files.columns import cell_line, cell_text, find_column, need_column, numbers
from gis.files.posts import moment_of
from gis.files.tables import read_table, write_table
from gis.report import SHOWN_EXAMPLES, Report

# Names that these columns bear, beside those of `gis.files.columns`.
DAY = ("as_of", "date", "日期", "统计日期", "截止日期", "采集日期", "时点")
SOURCE = ("source", "来源", "数据来源", "填报单位", "出处")
KIND = ("kind", "fact", "指标", "项目", "种类", "类别", "指标代码")
VALUE = ("value", "count", "数量", "数值", "值")
IGNORED = ("网格名称", "名称", "name", "name_zh", "备注", "note", "社区", "街道", "序号")
MOST_VALUE = 1_000_000_000
MOST_SOURCE = 200


def one_of(names: Sequence[object], wanted: Sequence[str]) -> str | None:
    """The first column that bears one of these names, whatever its case and spaces."""
    return next(
        (found for name in wanted if (found := find_column(names, "", given=name)) is not None),
        None,
    )


def days_of(values: pd.Series, zone: ZoneInfo, *, code: str, report: Report) -> pd.Series:
    """A column of days; None for empty cells and, refused under `code`, for what is none."""
    found: list[date | None] = []
    wrong: dict[int, str] = {}
    for row, value in values.items():
        text = cell_text(value)
        moment = moment_of(value, zone) if text else None
        if text and (moment is None or not 1900 <= moment[0].year < 2200):
            wrong[int(str(row))] = text
        found.append(moment[0].date() if moment and int(str(row)) not in wrong else None)
    if wrong:
        report.add(
            "refused", code, rows=wrong, column=str(values.name),
            examples=", ".join(list(wrong.values())[:SHOWN_EXAMPLES]),
        )  # fmt: skip
    return pd.Series(found, index=values.index, dtype=object)


def read_grid_facts(
    path: str | Path,
    kinds: Mapping[str, str],
    *,
    as_of: date | None,
    source: str | None,
    zone: ZoneInfo,
    report: Report,
    max_bytes: int | None = None,
) -> pd.DataFrame:
    """Counts as rows of `row` (as the user sees it), `grid_code`, `kind`, `value`, `as_of`,
    `source`.

    `kinds`: codes by all names that a column or a cell may bear. `as_of` and `source` stand in for
    empty cells, and for columns that are not there. An empty cell of a count is no count. What is
    no whole number from 0 on, a day that is none, an unknown kind, a missing grid, day or source,
    and a second count of the same are refused and named; the counts that are left are good ones.
    Raises what `read_table` does, InputError
    `column-missing`, `facts-no-kinds`.
    """
    table = read_table(path, report=report, max_bytes=max_bytes)
    names = list(table.columns)
    code = need_column(names, "grid_code", file=str(path))
    shared = pd.DataFrame(index=table.index)
    shared["grid_code"] = table[code].map(cell_text)
    shared["as_of"] = as_of
    shared["no_day"] = as_of is None
    shared["source"] = source or ""
    used = {code}
    day_column, source_column = one_of(names, DAY), one_of(names, SOURCE)
    if day_column is not None:
        used.add(day_column)
        days = days_of(table[day_column], zone, code="facts-row-day", report=report)
        empty = table[day_column].map(cell_text) == ""
        shared["as_of"] = days.where(~empty, as_of)
        shared["no_day"] = empty & (as_of is None)
    if source_column is not None:
        used.add(source_column)
        told = table[source_column].map(cell_line)
        shared["source"] = told.where(told != "", source or "")
    kind_column, value_column = one_of(names, KIND), one_of(names, VALUE)
    if kind_column is not None and value_column is not None:
        counts = _long(table, kind_column, value_column, kinds, report)
    else:
        counts = _wide(table, [name for name in names if name not in used], kinds, path, report)
    rows = counts.join(shared, on="row")
    return _good(rows, table, report)


def _long(
    table: pd.DataFrame, kind: str, value: str, kinds: Mapping[str, str], report: Report
) -> pd.DataFrame:
    named = table[kind].map(cell_text)
    found = named.map(lambda text: kinds.get(text.lower()))
    unknown = found.isna()
    if unknown.any():
        report.add(
            "refused", "facts-row-kind", rows=table.index[unknown], column=kind,
            examples=", ".join(sorted(set(named[unknown]))[:SHOWN_EXAMPLES]) or "-",
        )  # fmt: skip
    counts = _whole(table[value], report)
    rows = pd.DataFrame({"row": table.index, "kind": found, "value": counts})
    return rows.reset_index(drop=True)


def _wide(
    table: pd.DataFrame,
    columns: list[str],
    kinds: Mapping[str, str],
    path: str | Path,
    report: Report,
) -> pd.DataFrame:
    known = {name: kinds[name.strip().lower()] for name in columns if name.strip().lower() in kinds}
    if not known:
        raise InputError("facts-no-kinds", file=str(path), found=", ".join(columns) or "-")
    others = [name for name in columns if name not in known and one_of([name], IGNORED) is None]
    if others:
        report.add(
            "warned", "facts-columns-unknown", count=len(others),
            examples=", ".join(others[:SHOWN_EXAMPLES]),
        )  # fmt: skip
    twice = pd.Series(list(known.values()), index=list(known))
    if twice.duplicated().any():
        raise InputError(
            "facts-kind-twice", file=str(path), columns=", ".join(twice.index[twice.duplicated()])
        )
    parts = [
        pd.DataFrame({"row": table.index, "kind": kind, "value": _whole(table[name], report)})
        for name, kind in known.items()
    ]
    return pd.concat(parts, ignore_index=True).dropna(subset=["value"])


def _whole(values: pd.Series, report: Report) -> pd.Series:
    """Whole numbers from 0 on; NaN for empty cells and for what is refused."""
    found = numbers(values, report=report, outcome_code="facts-row-value")
    wrong = found.notna() & ((found < 0) | (found > MOST_VALUE) | (found % 1 != 0))
    if wrong.any():
        report.add(
            "refused", "facts-row-value", rows=values.index[wrong], column=str(values.name),
            example=cell_text(values[wrong].iloc[0]),
        )  # fmt: skip
    return found.mask(wrong)


def _good(rows: pd.DataFrame, table: pd.DataFrame, report: Report) -> pd.DataFrame:
    """Whole rows only; what is missing or there twice is refused, once a row of the file."""
    faults = {
        "facts-row-grid": rows["grid_code"] == "",
        "facts-row-no-day": rows["no_day"],
        "facts-row-source": (rows["source"] == "") | (rows["source"].str.len() > MOST_SOURCE),
        "facts-row-twice": rows.duplicated(["grid_code", "kind", "as_of"])
        & rows["kind"].notna() & (rows["grid_code"] != ""),
    }  # fmt: skip
    bad = rows["kind"].isna() | rows["value"].isna() | rows["as_of"].isna()
    for code, wrong in faults.items():
        if wrong.any():
            report.add("refused", code, rows=sorted(set(rows.loc[wrong, "row"])))
            bad |= wrong
    good = rows[~bad].drop(columns="no_day")
    good["value"] = good["value"].astype("int64")
    report.rows_accepted = int(table.index.isin(good["row"]).sum())
    return good


def write_facts_template(
    path: str | Path, kinds: Sequence[Mapping[str, Any]], grids: Sequence[tuple[str, str]]
) -> None:
    """A table to fill in: a row for each basic grid (code, name), a column for each kind by its
    Chinese name. By the extension of `path`: .xlsx or .csv. Raises InputError `file-kind-unknown`.
    """
    names = [str(kind["name"]["zh"]) for kind in kinds]
    table = pd.DataFrame("", index=range(len(grids)), columns=["网格编码", "网格名称", "日期",
                                                               "来源", *names])  # fmt: skip
    table["网格编码"] = [code for code, _ in grids]
    table["网格名称"] = [name for _, name in grids]
    write_table(table, path)
