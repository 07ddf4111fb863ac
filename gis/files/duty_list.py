"""Files of the duty list (权责清单): Excel or CSV, and the template that an office fills in."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from gis.files.columns import cell_text, find_column, need_column
from gis.files.tables import read_table, write_table
from gis.report import Report

KINDS = {
    "": "duty", "duty": "duty", "职责": "duty", "权责": "duty", "权责清单": "duty",
    "access": "access", "准入": "access", "社区准入": "access", "准入事项": "access",
    "社区准入事项": "access",
}  # fmt: skip
# The template's columns, by what they are read as. Chinese: offices pass the file around.
TEMPLATE = {
    "duty_category": "类别代码", "organisation": "责任单位", "duty_kind": "性质",
    "duty_document": "依据文件", "contact_name": "联系人", "contact_phone": "联系电话",
}  # fmt: skip
COLUMNS = tuple(TEMPLATE)


def read_duty_list(
    path: str | Path, *, report: Report, max_bytes: int | None = None
) -> pd.DataFrame:
    """The rows of a duty list as text, under the names of COLUMNS, indexed by row number.

    Category and organisation are as written: code or name. `duty_kind` is duty or access, duty
    where nothing stands; what is neither, and rows without a category, an organisation or a
    document, are refused and named. Raises what `read_table` does, InputError `column-missing`.
    """
    table = read_table(path, report=report, max_bytes=max_bytes)
    names = list(table.columns)
    frame = pd.DataFrame(index=table.index)
    for role in COLUMNS:
        needed = role in ("duty_category", "organisation", "duty_document")
        column = need_column(names, role, file=str(path)) if needed else find_column(names, role)
        frame[role] = table[column].map(cell_text) if column else ""
    frame["duty_kind"] = frame["duty_kind"].map(lambda kind: KINDS.get(kind.lower(), "?"))
    faults = {
        "row-category-missing": frame["duty_category"] == "",
        "row-document-missing": (frame["duty_document"] == "")
        | (frame["duty_document"].str.len() > 500),
        "row-duty-kind-unknown": frame["duty_kind"] == "?",
    }
    bad = pd.Series(False, index=frame.index)
    for code, wrong in faults.items():
        if wrong.any():
            report.add("refused", code, rows=frame.index[wrong])
            bad |= wrong
    report.rows_accepted -= int(bad.sum())
    return frame[~bad]


def write_template(path: str | Path, categories: dict[str, str]) -> None:
    """Write a file to fill in: one row for each category (names by code), the rest empty.

    By the extension of `path`: .xlsx or .csv. Raises InputError `file-kind-unknown`.
    """
    table = pd.DataFrame(columns=list(TEMPLATE.values()))
    table[TEMPLATE["duty_category"]] = list(categories)
    table["类别名称"] = list(categories.values())
    write_table(table.fillna(""), path)
