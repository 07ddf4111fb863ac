"""Workbooks of organisations, people, posts and attachments: the sheets, and one to fill."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from python_calamine import CalamineError

from gis.errors import InputError, TooLargeError
from gis.files.columns import find_column
from gis.files.source import corrupt, not_writable
from gis.files.workbook import COMPOUND, ZIP, open_workbook
from gis.messages import translate
from gis.report import Report

MOST_ROWS = 50_000  # of a sheet
HEADER_WITHIN = 10  # rows: offices put a title above the names of the columns
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")

# What sheets are called, by what is in them.
SHEETS = {
    "organisations": ("organisations", "organisation", "units", "机构", "机构表", "组织", "单位"),
    "people": ("people", "persons", "staff", "人员", "人员表", "花名册", "工作人员"),
    "posts": ("posts", "post", "岗位", "岗位表", "任职", "网格岗位"),
    "attachments": (
        "attachments", "attachment", "联系", "联系表", "分包", "联系分包", "分包联系", "五级联动",
    ),
}  # fmt: skip
PERSON = {
    "person": ("person", "name", "姓名", "人员", "人员姓名", "领导姓名"),
    "phone": ("phone", "telephone", "mobile", "电话", "手机", "手机号", "联系电话"),
    "staff_number": ("staff_number", "number", "工号", "人员编号", "编号"),
}
DATES = {
    "since": ("since", "from", "start", "生效日期", "任职日期", "开始日期", "开始时间", "起"),
    "until": ("until", "to", "end", "停用日期", "离任日期", "结束日期", "结束时间", "止"),
    "reason": ("reason", "事由", "原因", "备注", "依据"),
}
# Columns by sheet, in the order of the template, each with its names, best first.
COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    "organisations": {
        "code": ("code", "编码", "机构编码", "代码", "机构代码"),
        "kind": ("kind", "type", "类型", "机构类型", "类别"),
        "name_zh": ("name_zh", "name", "名称", "机构名称", "单位名称"),
        "name_en": ("name_en", "英文名", "英文名称"),
        "parent_code": ("parent_code", "parent", "上级编码", "上级机构编码", "隶属"),
        "since": DATES["since"],
        "reason": DATES["reason"],
    },
    "people": {
        **PERSON,
        "organisation": ("organisation", "unit", "机构", "所属机构", "单位", "机构编码"),
        "since": DATES["since"],
        "reason": DATES["reason"],
    },
    "posts": {
        "grid_code": ("grid_code", "grid_id", "grid", "网格编号", "网格编码", "网格"),
        "role": ("role", "post", "岗位", "职务", "角色"),
        "seat": ("seat", "席位", "序号"),
        **PERSON,
        **DATES,
    },
    "attachments": {
        **PERSON,
        "organisation": ("organisation", "unit", "机构", "派出机构", "所属机构", "单位"),
        "kind": ("kind", "type", "方式", "类型"),
        "target_code": ("target_code", "target", "对象编码", "联系对象编码", "联系对象", "编码"),
        "place": ("place", "building", "楼院", "对象", "地点", "公共单位"),
        **DATES,
    },
}
NEEDED = {
    "organisations": ("code", "kind", "name_zh"),
    "people": ("person", "organisation"),
    "posts": ("grid_code", "role", "person"),
    "attachments": ("person", "kind", "target_code"),
}
# The Chinese heading of a column of the template, where it is not the first Chinese name.
HEADINGS = {
    ("organisations", "since"): "生效日期", ("people", "since"): "生效日期",
    ("posts", "since"): "任职日期", ("posts", "until"): "离任日期",
    ("attachments", "since"): "开始日期", ("attachments", "until"): "结束日期",
    ("attachments", "kind"): "方式", ("attachments", "target_code"): "对象编码",
    ("attachments", "organisation"): "派出机构",
}  # fmt: skip
KINDS = {
    "city": "city", "市": "city", "市级": "city", "district": "district", "区县": "district",
    "区": "district", "县": "district", "区(县)": "district", "sub_district": "sub_district",
    "sub-district": "sub_district", "街道": "sub_district", "乡镇": "sub_district",
    "镇": "sub_district", "乡": "sub_district", "街道(乡镇)": "sub_district",
    "community": "community", "社区": "community", "村": "community", "社区(村)": "community",
    "department": "department", "部门": "department", "职能部门": "department",
}  # fmt: skip
ROLES = {
    "first_responsible": "first_responsible", "第一责任人": "first_responsible",
    "leader": "leader", "分包领导": "leader", "第一书记": "leader", "secretary": "secretary",
    "书记": "secretary", "社区书记": "secretary", "支部书记": "secretary", "director": "director",
    "主任": "director", "社区主任": "director", "officer": "officer", "民警": "officer",
    "社区民警": "officer", "lead": "lead", "网格长": "lead", "adviser": "adviser",
    "指导员": "adviser", "assistant": "assistant", "协管员": "assistant",
    "participant": "participant", "参与员": "participant",
}  # fmt: skip
TIES = {
    "in_charge": "in_charge", "in charge": "in_charge", "分包": "in_charge", "包联": "in_charge",
    "contact": "contact", "联系": "contact", "stationed": "stationed", "蹲点": "stationed",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The rows of a sheet that are not empty, by the row number that the user sees.

    name: what the file itself calls it. columns: what it calls its columns, by meaning.
    """

    name: str
    columns: Mapping[str, str]
    rows: Mapping[int, Mapping[str, Any]]


def read_workbook(path: Path, *, report: Report) -> dict[str, Sheet]:
    """The sheets of a workbook by what is in them; those that mean nothing to us are left aside.

    Formulas give the values that were saved with them; of merged cells only the first has any.
    Raises InputError `staff-file-kind`, `staff-file-protected`, `file-…`, `staff-no-sheet`,
    `staff-column-missing`; TooLargeError `staff-too-many-rows`.
    """
    source = report.source or str(path)
    _look_at(path, source)
    found: dict[str, Sheet] = {}
    try:
        book = open_workbook(path)
        for title in book.sheet_names:
            what = _what(title)
            if what is None or what in found:
                continue
            cells = book.get_sheet_by_name(title).to_python(skip_empty_area=False)
            sheet = _sheet(what, title, cells)
            if sheet.rows:
                found[what] = sheet
                report.rows_read += len(sheet.rows)
    except (OSError, ValueError, LookupError, CalamineError) as error:
        raise corrupt(path, "excel") from error
    if not found:
        raise InputError(
            "staff-no-sheet", file=source, found=", ".join(book.sheet_names) or "-",
            known="机构, 人员, 岗位, 联系 / organisations, people, posts, attachments",
        )  # fmt: skip
    return found


def _look_at(path: Path, source: str) -> None:
    try:
        with path.open("rb") as stream:
            head = stream.read(8)
            protected = head == COMPOUND and ENCRYPTED in stream.read(1 << 20)
    except FileNotFoundError as error:
        raise InputError("file-missing", file=source) from error
    except OSError as error:
        raise InputError("file-unreadable", file=source) from error
    if protected:
        raise InputError("staff-file-protected", file=source)
    if head[:4] != ZIP and head != COMPOUND:
        raise InputError("staff-file-kind", file=source)


def _what(title: str) -> str | None:
    plain = unicodedata.normalize("NFKC", title).strip().lower().rstrip("*")
    return next((what for what, known in SHEETS.items() if plain in known), None)


def _sheet(what: str, title: str, cells: list[list[Any]]) -> Sheet:
    """Raises InputError `staff-column-missing`, TooLargeError `staff-too-many-rows`."""
    place, columns = _header(what, cells)
    if place is None:
        first = next((row for row in cells if any(_cell(cell) for cell in row)), None)
        if first is None:
            return Sheet(name=title, columns={}, rows={})
        columns = _columns(what, first)
        missing = next(name for name in NEEDED[what] if name not in columns)
        raise InputError(
            "staff-column-missing", sheet=title,
            column=f"{heading(what, missing, 'zh-CN')} / {missing}",
            found=", ".join(str(cell) for cell in first if _cell(cell)),
        )  # fmt: skip
    names = {role: str(cells[place][at]).strip(" *＊") for role, at in columns.items()}
    rows: dict[int, Mapping[str, Any]] = {}
    for number, row in enumerate(cells[place + 1 :], start=place + 2):
        given = {
            role: cell
            for role, at in columns.items()
            if at < len(row) and (cell := _cell(row[at])) is not None
        }
        if given:
            rows[number] = given
    if len(rows) > MOST_ROWS:
        raise TooLargeError("staff-too-many-rows", sheet=title, count=len(rows), limit=MOST_ROWS)
    return Sheet(name=title, columns=names, rows=rows)


def _header(what: str, cells: list[list[Any]]) -> tuple[int | None, dict[str, int]]:
    """The place of the row that names all columns that are needed, and where these stand."""
    for place, row in enumerate(cells[:HEADER_WITHIN]):
        columns = _columns(what, row)
        if all(name in columns for name in NEEDED[what]):
            return place, columns
    return None, {}


def _columns(what: str, row: list[Any]) -> dict[str, int]:
    titles = [str(cell).strip().strip("*＊").strip() if _cell(cell) else "" for cell in row]
    found: dict[str, int] = {}
    for role, aliases in COLUMNS[what].items():
        for alias in aliases:
            name = find_column([it for it in titles if it], role, given=alias)
            if name is not None and titles.index(name) not in found.values():
                found[role] = titles.index(name)
                break
    return found


def heading(what: str, role: str, language: str) -> str:
    """What the template calls a column in a language."""
    if not language.startswith("zh"):
        return role
    chosen = HEADINGS.get((what, role))
    return chosen or next(it for it in COLUMNS[what][role] if not it.isascii())


def write_template(path: Path, language: str) -> None:
    """A workbook to fill, with an explanation, in a language.

    Raises InputError `file-kind-unknown`, `file-not-writable`.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Font

    if path.suffix.lower() != ".xlsx":
        raise InputError("file-kind-unknown", file=str(path), known=".xlsx")
    book = Workbook()
    book.remove(book.worksheets[0])
    for what, columns in COLUMNS.items():
        sheet = book.create_sheet(translate(f"staff-template-sheet-{what}", language))
        sheet.append(
            [
                heading(what, role, language) + ("*" if role in NEEDED[what] else "")
                for role in columns
            ]
        )
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        sheet.freeze_panes = "A2"
        for column in list(sheet.columns):
            letter = column[0].column_letter
            sheet.column_dimensions[letter].width = 18
            for row in range(2, 500):  # codes and telephone numbers are text, whatever is typed
                sheet[f"{letter}{row}"].number_format = "@"
    told = book.create_sheet(translate("staff-template-sheet-help", language))
    for line in translate("staff-template-help", language).splitlines():
        told.append([line])
    told.column_dimensions["A"].width = 110
    try:
        book.save(path)
    except OSError as error:
        raise not_writable(path, error) from error


def word(table: Mapping[str, str], cell: Any) -> str | None:
    """What a cell means by one of these tables of words; None if it is none of them."""
    plain = unicodedata.normalize("NFKC", str(cell)).strip().lower()
    return table.get(plain) or table.get(plain.replace(" ", "_").replace("-", "_"))


def _cell(value: Any) -> Any:
    """Text trimmed; whole numbers, as spreadsheets make of codes, as text; None for nothing."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, (int, float)):
        return str(int(value)) if float(value).is_integer() else str(value)
    if isinstance(value, str):
        return unicodedata.normalize("NFKC", value).replace("\x00", "").strip() or None
    if isinstance(value, (datetime, date, time)):
        return value
    return str(value)
