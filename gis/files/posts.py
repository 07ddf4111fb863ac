"""Tables of leave and duty rosters as offices keep them: the columns, and an empty one to fill."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from gis.errors import InputError, TooLargeError
from gis.files.columns import find_column
from gis.files.source import identify, not_writable
from gis.files.tables import read_table
from gis.files.workbook import read_excel
from gis.messages import translate
from gis.report import Report

MOST_ROWS = 20_000
HEADER_WITHIN = 10  # rows: offices put a title above the names of the columns
ALIASES = {
    "kind": ("kind", "type", "类型", "种类", "类别"),
    "person": ("person", "name", "姓名", "人员", "人员姓名", "请假人", "值班人", "值班人员"),
    "phone": ("phone", "telephone", "电话", "手机", "手机号", "联系电话", "人员电话"),
    "grid_code": ("grid_code", "grid_id", "grid", "网格编号", "网格编码", "网格", "值班网格"),
    "substitute": ("substitute", "代理人", "代班人", "替班人", "顶岗人"),
    "substitute_phone": ("substitute_phone", "代理人电话", "代班人电话", "替班人电话"),
    "date": ("date", "日期", "值班日期"),
    "shift": ("shift", "班次", "值班班次"),
    "since": ("since", "from", "start", "开始", "开始时间", "起", "开始日期"),
    "until": ("until", "to", "end", "结束", "结束时间", "止", "结束日期"),
    "reason": ("reason", "事由", "原因", "备注", "请假事由"),
}
# What the template shows, each one of ALIASES.
HEADINGS = (
        ("kind", "类型"), ("person", "姓名"), ("phone", "电话"), ("grid_code", "网格编号"),
        ("substitute", "代理人"), ("substitute_phone", "代理人电话"), ("date", "日期"),
        ("shift", "班次"), ("since", "开始时间"), ("until", "结束时间"), ("reason", "事由"),
)  # fmt: skip
KINDS = {
    "absence": "absence", "leave": "absence", "请假": "absence", "休假": "absence",
    "外出": "absence", "duty": "duty", "值班": "duty", "排班": "duty",
}  # fmt: skip
DAY, NIGHT, ALL_DAY = (time(8), time(20)), (time(20), time(8)), (time(0), time(0))
SHIFTS = {
    "day": DAY, "白班": DAY, "日班": DAY, "白": DAY, "night": NIGHT, "夜班": NIGHT, "晚班": NIGHT,
    "夜": NIGHT, "all day": ALL_DAY, "全天": ALL_DAY, "全日": ALL_DAY, "24小时": ALL_DAY,
}  # fmt: skip
_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*[-–—~至到]\s*(\d{1,2}):(\d{2})$")
_FORMS = ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H时", "%Y-%m-%d %H时%M分")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostTable:
    """The rows of a file that are not empty, indexed by the row number that the user sees.

    frame: the columns of ALIASES that the file has, cells as they came, None where empty.
    columns: what the file itself calls them.
    """

    frame: pd.DataFrame
    columns: Mapping[str, str]


def read_posts(path: Path, *, report: Report) -> PostTable:
    """A CSV or Excel table of leave and duty. Raises InputError `file-…`, `table-empty`,
    `column-missing`, TooLargeError `posts-too-many-rows`.
    """
    kind = identify(path, report=report)
    table = _excel(path) if kind == "excel" else read_table(path, report=Report())
    names = [str(name) for name in table.columns]
    roles: dict[str, str] = {}
    for role, aliases in ALIASES.items():
        found = next((c for it in aliases if (c := find_column(names, role, given=it))), None)
        if found is not None and found not in roles.values():
            roles[role] = found
    if "person" not in roles:
        raise InputError(
            "column-missing", file=report.source or str(path), column="person",
            aliases=", ".join(ALIASES["person"]),
            found=", ".join(name for name in names if name.strip()) or "-",
        )  # fmt: skip
    frame = table[list(roles.values())].set_axis(list(roles), axis=1).astype(object)
    frame = frame.map(_cell)
    frame = frame[frame.notna().any(axis=1)]
    if frame.empty:
        raise InputError("table-empty", file=report.source or str(path))
    if len(frame) > MOST_ROWS:
        raise TooLargeError("posts-too-many-rows", count=len(frame), limit=MOST_ROWS)
    report.rows_read += len(frame)
    return PostTable(frame=frame, columns={role: name.strip() for role, name in roles.items()})


def write_template(path: Path, language: str) -> None:
    """An Excel table to fill, with examples and an explanation, in a language.

    Raises InputError `file-kind-unknown`, `file-not-writable`.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Font

    if path.suffix.lower() != ".xlsx":
        raise InputError("file-kind-unknown", file=str(path), known=".xlsx")
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = translate("posts-template-sheet", language)
    heads = [chinese if language.startswith("zh") else role for role, chinese in HEADINGS]
    sheet.append(heads)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for column in "ABCDEFGHIJK":
        sheet.column_dimensions[column].width = 18
    for line in "BCDEFGHIJK":  # codes and telephone numbers are text, whatever is typed
        for row in range(2, 500):
            sheet[f"{line}{row}"].number_format = "@"
    told = book.create_sheet(translate("posts-template-help-sheet", language))
    for line_of_text in translate("posts-template-help", language).splitlines():
        told.append([line_of_text])
    told.column_dimensions["A"].width = 100
    try:
        book.save(path)
    except OSError as error:
        raise not_writable(path, error) from error


def moment_of(value: Any, zone: ZoneInfo) -> tuple[datetime, bool] | None:
    """What a cell says of a moment, and whether it names a day only; None if it cannot be read.

    The year comes first. Without an offset it is the time of `zone`.
    """
    if isinstance(value, datetime):
        found = value.to_pydatetime() if isinstance(value, pd.Timestamp) else value
        return found.replace(tzinfo=found.tzinfo or zone), found.time() == time(0)
    if isinstance(value, date):
        return datetime.combine(value, time(0), zone), True
    text = unicodedata.normalize("NFKC", str(value)).strip()
    text = re.sub(r"[年月/.](?=\d)", "-", text).replace("日", " ")
    text = re.sub(r"\s+", " ", text.replace("T", " ")).strip()
    if re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}(?: 0{1,2}:00(?::00)?)?", text):
        try:
            return datetime.strptime(text.split()[0], "%Y-%m-%d").replace(tzinfo=zone), True
        except ValueError:
            return None
    for form in _FORMS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=zone), False
        except ValueError:
            continue
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (found, False) if found.tzinfo else None


def shift_of(value: Any, day: datetime) -> tuple[datetime, datetime] | None:
    """From when to when a shift of a day lasts: a name of SHIFTS, or hours such as 08:30-17:30."""
    text = unicodedata.normalize("NFKC", str(value)).strip().lower()
    hours = SHIFTS.get(text)
    if hours is None:
        found = _HOURS.match(text)
        if found is None:
            return None
        numbers = [int(it) for it in found.groups()]
        if max(numbers[0], numbers[2]) > 24 or max(numbers[1], numbers[3]) > 59:
            return None
        hours = time(numbers[0] % 24, numbers[1]), time(numbers[2] % 24, numbers[3])
    begin, end = (datetime.combine(day.date(), it, day.tzinfo) for it in hours)
    return begin, end if end > begin else end + timedelta(days=1)


def _excel(path: Path) -> pd.DataFrame:
    """The first sheet that has the names of the columns in one of its first rows."""
    sheets: dict[str, pd.DataFrame] = read_excel(path, header=None, sheet_name=None)
    first: pd.DataFrame | None = None
    for sheet in sheets.values():
        for head in range(min(len(sheet), HEADER_WITHIN)):
            names = ["" if pd.isna(cell) else str(cell) for cell in sheet.iloc[head].tolist()]
            table = sheet.iloc[head + 1 :].set_axis(names, axis=1)
            table.index = pd.RangeIndex(head + 2, len(sheet) + 1, name="row")
            named = any(find_column(names, "person", given=it) for it in ALIASES["person"])
            if named:
                return table
            first = table if first is None else first
    if first is None:
        raise InputError("table-empty", file=str(path))
    return first


def _cell(value: Any) -> Any:
    """Text trimmed; whole numbers, as spreadsheets make of codes, as text; None for nothing."""
    if value is None or (not isinstance(value, (str, datetime, date, time)) and pd.isna(value)):
        return None
    if value is pd.NaT:
        return None
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, (int, float)):
        return str(int(value)) if float(value).is_integer() else str(value)
    if isinstance(value, str):
        return unicodedata.normalize("NFKC", value).replace("\x00", "").strip() or None
    return value
