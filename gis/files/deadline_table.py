"""The table of deadlines as Excel or CSV: one to fill in, the one that holds, and one to read."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from gis.errors import InputError, TooLargeError
from gis.files.columns import cell_text, find_column
from gis.files.source import not_writable
from gis.files.tables import read_table, write_table
from gis.incidents.deadlines import SOON, Allowance
from gis.messages import translate
from gis.report import Report

MOST_ROWS = 5_000
MOST_BYTES = 5_000_000
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Each column with its names: the first stands in the English template, the first Chinese one in
# the other.
COLUMNS: dict[str, tuple[str, ...]] = {
    "category": ("category", "category_code", "类别编码", "类别代码", "类别", "事项类别"),
    "category_name": ("category_name", "类别名称"),
    "severity": ("severity", "严重程度", "程度", "等级"),
    "stage": ("stage", "阶段", "环节"),
    "amount": ("amount", "时限", "数量", "办理时限"),
    "unit": ("unit", "单位", "时限单位", "计时方式"),
    "soon_share": ("soon_share", "临期比例", "提醒比例", "临期提醒比例"),
}
NEEDED = ("stage", "amount", "unit")
# What is written in cells, by what it means: the first Chinese word is the template's.
STAGES = {
    "case": ("全程", "全流程", "整个事件", "总时限", "whole case"),
    "collected": ("立案", "采集", "登记"),
    "registered": ("派遣", "派单"),
    "dispatched": ("处置", "办理"),
    "handled": ("反馈",),
    "fed_back": ("核查结案", "核查", "结案"),
}
UNITS = {
    "working_hours": ("工作小时", "工作时", "个工作小时"),
    "working_days": ("工作日", "个工作日"),
    "calendar_hours": ("小时", "自然小时", "个小时"),
    "calendar_days": ("天", "自然日", "日历日", "日"),
}
SEVERITIES: dict[str, tuple[str, ...]] = {
    "1": ("轻微", "minor"),
    "2": ("一般", "normal"),
    "3": ("较重", "serious"),
    "4": ("严重", "severe"),
}
ANY = {"", "any", "all", "*", "-", "不限", "全部", "任意", "所有"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """A row that makes sense by itself. `category` is as written, None for any; `row` is the number
    that the user sees."""

    row: int
    category: str | None
    severity: int | None
    stage: str
    allowance: Allowance
    soon_share: float


def read_deadlines(path: Path, *, report: Report) -> list[FileRow]:
    """The rows of a file; what a row says wrongly is refused in `report` by row and column.

    Raises what `read_table` does, InputError `column-missing`, TooLargeError `deadlines-too-many`.
    """
    table = read_table(path, report=report, max_bytes=MOST_BYTES)
    titles = {str(name).strip(" *＊"): str(name) for name in table.columns}
    columns = {role: _column(list(titles), names) for role, names in COLUMNS.items()}
    for role in NEEDED:
        if columns[role] is None:
            raise InputError(
                "column-missing", file=report.source or str(path), column=role,
                found=", ".join(titles), aliases=", ".join(COLUMNS[role]),
            )  # fmt: skip
    if len(table) > MOST_ROWS:
        raise TooLargeError("deadlines-too-many", count=len(table), limit=MOST_ROWS)
    cells = {
        role: [plain(cell) for cell in table[titles[title]]] if title else [""] * len(table)
        for role, title in columns.items()
    }
    faults = _Faults({role: title or role for role, title in columns.items()})
    found = []
    for at, number in enumerate(table.index):
        given = {role: listed[at] for role, listed in cells.items()}
        if not any(given.values()):
            continue
        row = _row(int(number), given, faults)
        if row is not None:
            found.append(row)
    faults.tell(report)
    report.rows_accepted = len(found)
    return found


class _Faults:
    """Faults by kind and column, so that the same one in many rows is told once."""

    def __init__(self, titles: Mapping[str, str]) -> None:
        self.titles = titles
        self.found: dict[tuple[str, str], list[tuple[int, str]]] = {}

    def note(self, code: str, role: str, row: int, cell: str) -> None:
        self.found.setdefault((code, role), []).append((row, cell))

    def tell(self, report: Report) -> None:
        for (code, role), listed in self.found.items():
            report.add(
                "refused", code, rows=[row for row, _ in listed], column=self.titles[role],
                examples=", ".join(sorted({cell or "–" for _, cell in listed})[:5]),
            )  # fmt: skip


def _row(number: int, given: Mapping[str, str], faults: _Faults) -> FileRow | None:
    category = None if given["category"].lower() in ANY else given["category"]
    stage = _word(STAGES, given["stage"])
    unit = _word(UNITS, given["unit"])
    severity = "" if given["severity"].lower() in ANY else _word(SEVERITIES, given["severity"])
    share = _number(given["soon_share"].rstrip("%")) if given["soon_share"] else SOON
    if share is not None and given["soon_share"].endswith("%"):
        share /= 100
    wrong = {
        ("row-deadline-stage", "stage"): stage is None,
        ("row-deadline-unit", "unit"): unit is None,
        ("row-deadline-severity", "severity"): severity is None,
        ("row-deadline-soon", "soon_share"): share is None or not 0 < share < 1,
    }
    allowance = None
    amount = _number(given["amount"])
    try:
        if unit is not None and amount is not None:
            allowance = Allowance(amount=amount, unit=unit)
    except InputError:
        pass
    wrong["row-deadline-amount", "amount"] = allowance is None and unit is not None
    for (code, role), is_wrong in wrong.items():
        if is_wrong:
            faults.note(code, role, number, given[role])
    if any(wrong.values()) or stage is None or allowance is None or share is None:
        return None
    return FileRow(
        row=number, category=category, severity=int(severity) if severity else None, stage=stage,
        allowance=allowance, soon_share=share,
    )  # fmt: skip


def write_deadlines(
    path: Path,
    rows: Iterable[Mapping[str, Any]],
    categories: Mapping[str, str],
    language: str,
) -> None:
    """Write rows (category or None, severity or None, stage, amount, unit, soon_share), none for a
    file to fill in, with the words of a language. `categories`: names by code.

    An Excel file offers what may be chosen and explains it; a CSV has the rows alone. Raises
    InputError `file-kind-unknown`, `file-not-writable`.
    """
    chinese = language.startswith("zh")
    lines = [_line(row, categories, chinese) for row in rows]
    table = pd.DataFrame(lines, columns=[_heading(role, chinese) for role in COLUMNS])
    if path.suffix.lower() != ".xlsx":
        write_table(table, path)
        return
    try:
        _workbook(table, categories, language, chinese).save(path)
    except OSError as error:
        raise not_writable(path, error) from error


def _line(row: Mapping[str, Any], categories: Mapping[str, str], chinese: bool) -> list[Any]:
    code, severity, amount = row["category"], row["severity"], row["amount"]
    return [
        code or "", categories.get(code or "", ""),
        "" if severity is None else _said(SEVERITIES, str(severity), chinese),
        _said(STAGES, row["stage"], chinese), int(amount) if amount == int(amount) else amount,
        _said(UNITS, row["unit"], chinese), row["soon_share"],
    ]  # fmt: skip


CHOICES: dict[str, dict[str, tuple[str, ...]]] = {
    "severity": SEVERITIES, "stage": STAGES, "unit": UNITS,
}  # fmt: skip


def _workbook(
    table: pd.DataFrame, categories: Mapping[str, str], language: str, chinese: bool
) -> Any:
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = translate("deadline-sheet", language)
    sheet.append([f"{title}*" if role in NEEDED else title
                  for role, title in zip(COLUMNS, table.columns, strict=True)])  # fmt: skip
    for line in table.itertuples(index=False):
        sheet.append(list(line))
        for cell in sheet[sheet.max_row]:
            if isinstance(cell.value, str):
                cell.data_type = "s"  # a name that begins with = is a name
    sheet.freeze_panes = "A2"
    last = len(table) + 500
    for place, role in enumerate(COLUMNS):
        letter = "ABCDEFG"[place]
        sheet[f"{letter}1"].font = Font(bold=True)
        sheet.column_dimensions[letter].width = 18
        words = CHOICES.get(role)
        if words is not None:
            choices = ",".join(_said(words, code, chinese) for code in words)
            offered = DataValidation(type="list", formula1=f'"{choices}"', allow_blank=True)
            sheet.add_data_validation(offered)
            offered.add(f"{letter}2:{letter}{last}")
    for row in range(2, last):  # codes keep their zeros, whatever is typed
        sheet[f"A{row}"].number_format = "@"
    listed = book.create_sheet(translate("deadline-sheet-categories", language))
    listed.append([_heading("category", chinese), _heading("category_name", chinese)])
    for code, name in categories.items():
        listed.append([code, name])
        for cell in listed[listed.max_row]:
            cell.data_type = "s"
    told = book.create_sheet(translate("deadline-sheet-help", language))
    for text in translate("deadline-help", language).splitlines():
        told.append([text])
    told.column_dimensions["A"].width = 110
    return book


def _heading(role: str, chinese: bool) -> str:
    names = COLUMNS[role]
    return next(it for it in names if not it.isascii()) if chinese else names[0]


def _said(words: Mapping[str, tuple[str, ...]], code: str, chinese: bool) -> str:
    return words[code][0] if chinese else code


def _column(titles: Sequence[str], names: tuple[str, ...]) -> str | None:
    found = (find_column(titles, name, given=name) for name in names)
    return next((title for title in found if title is not None), None)


def plain(cell: object) -> str:
    """What a cell says, whatever the width of its letters and without space around it; a name is
    compared with cells in the same form."""
    return unicodedata.normalize("NFKC", cell_text(cell)).replace("\x00", "").strip()


def _word(words: Mapping[str, tuple[str, ...]], cell: str) -> str | None:
    said = cell.lower()
    known = {name: code for code, names in words.items() for name in (code, *names)}
    return known.get(said) or known.get(said.replace(" ", "_").replace("-", "_"))


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e9 else None  # no infinity, no "nan" either
