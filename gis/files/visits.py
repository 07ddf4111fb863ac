"""Files of household visits: one row for a household, or for a number of them; and one to fill."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

from gis.errors import InputError
from gis.files.columns import cell_line, cell_text, need_column, numbers
from gis.files.grid_facts import days_of, one_of
from gis.files.tables import read_table, write_table
from gis.report import Report

DAY = ("visited_on", "date", "走访日期", "日期", "入户日期", "时间")
HOUSEHOLD = ("household", "户号", "门牌", "门牌号", "住户编号", "楼栋房号", "房号")
COUNT = ("households", "count", "走访户数", "新走访户数", "户数", "首次走访户数")
VISITOR = ("visitor", "走访人", "走访人员", "网格员", "填报人")
TEMPLATE = ("网格编码", "走访日期", "户号", "走访户数", "走访人")
MOST_HOUSEHOLDS = 100_000
# Numbers, letters and the words of an address inside a compound: no name can be written with them.
REFERENCE = re.compile(r"[0-9A-Za-z#/.\-_号栋幢座单元室楼层排院门东西南北区组户]{1,40}")


def household_of(given: str) -> str:
    """The reference of a household as it is stored: without blanks, in one width and case, so that
    one household is one. Raises InputError `household-names-somebody`."""
    text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", given)).upper()
    if not REFERENCE.fullmatch(text):
        raise InputError("household-names-somebody", field="household")
    return text


def read_visits(
    path: str | Path,
    *,
    visitor: str,
    today: date,
    zone: ZoneInfo,
    report: Report,
    max_bytes: int | None = None,
) -> pd.DataFrame:
    """Visits as `grid_code`, `visited_on`, `household` (None: a number of them), `households`,
    `visitor`; indexed by row number.

    `visitor` stands in for empty cells. A row names a household by a reference that names nobody,
    or how many were visited that had not been before. Refused and named: rows with neither or
    both, references with other words than those of an address, days to come, and a household twice
    on one day. Raises what `read_table` does, InputError `column-missing`.
    """
    table = read_table(path, report=report, max_bytes=max_bytes)
    names = list(table.columns)
    code = need_column(names, "grid_code", file=str(path))
    frame = pd.DataFrame(index=table.index)
    frame["grid_code"] = table[code].map(cell_text)
    day = one_of(names, DAY)
    if day is None:
        raise InputError(
            "column-missing", file=str(path), column="visited_on", found=", ".join(names),
            aliases=", ".join(DAY),
        )  # fmt: skip
    frame["visited_on"] = days_of(table[day], zone, code="visits-row-day", report=report)
    household, count, who = one_of(names, HOUSEHOLD), one_of(names, COUNT), one_of(names, VISITOR)
    said = table[household].map(cell_text) if household else pd.Series("", index=table.index)
    frame["household"] = said.map(_reference).astype(object)
    counted = (
        numbers(table[count], report=report)
        if count
        else pd.Series(float("nan"), index=table.index)
    )
    told = table[who].map(cell_line) if who else pd.Series("", index=table.index)
    frame["visitor"] = told.where(told != "", visitor)
    single = said != ""
    # "1" beside a household says the same again.
    both = single & counted.notna() & (counted != 1)
    wrong_count = ~single & counted.notna()
    wrong_count &= (counted < 1) | (counted > MOST_HOUSEHOLDS) | (counted % 1 != 0)
    frame["households"] = counted.where(~single, 1)
    key = ["grid_code", "visited_on", "household"]
    faults = {
        "visits-row-grid": frame["grid_code"] == "",
        "visits-row-no-day": table[day].map(cell_text) == "",
        "visits-row-future": frame["visited_on"].map(lambda at: at is not None and at > today),
        "visits-row-household": single & frame["household"].isna(),
        "visits-row-which": both | (~single & counted.isna()),
        "visits-row-count": wrong_count,
        "visits-row-visitor": frame["visitor"].str.len() > 100,
        "visits-row-twice": single & frame["household"].notna() & frame.duplicated(key),
    }
    bad = frame["visited_on"].isna()
    for fault, wrong in faults.items():
        if wrong.any():
            report.add("refused", fault, rows=frame.index[wrong])
            bad |= wrong
    report.rows_accepted -= int(bad.sum())
    good = frame[~bad].copy()
    good["households"] = good["households"].astype("int64")
    good["household"] = good["household"].where(good["household"].notna(), None)
    return good


def _reference(text: str) -> str | None:
    try:
        return household_of(text) if text else None
    except InputError:
        return None


def write_visits_template(path: str | Path) -> None:
    """A table to fill in, with one row as an example of each way. By the extension of `path`."""
    rows = [("410102004001001", "2026-11-02", "3号楼2单元501", "", "示例：请删除本行"),
            ("410102004001001", "2026-11-03", "", "12", "示例：请删除本行")]  # fmt: skip
    write_table(pd.DataFrame(rows, columns=list(TEMPLATE)), path)
