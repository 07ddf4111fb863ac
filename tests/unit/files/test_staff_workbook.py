"""Workbooks of staff as offices send them: what is understood, and what is refused in words."""

from __future__ import annotations

from datetime import date, datetime

import openpyxl
import pytest

from gis.errors import WanggeError
from gis.files import staff
from gis.files.staff import KINDS, ROLES, TIES, read_workbook, word, write_template
from gis.messages import translate
from gis.report import Report

PEOPLE = ["姓名", "电话", "所属机构"]


def saved(path, sheets):
    book = openpyxl.Workbook(write_only=True)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def read(path):
    return read_workbook(path, report=Report(source=path.name))


def refused(path):
    with pytest.raises(WanggeError) as found:
        read(path)
    for language in ("en", "zh-CN"):
        told = translate(found.value.code, language, found.value.params)
        assert "{" not in told and told != found.value.code
    return found.value


def test_sheets_and_columns_are_known_by_either_language_and_below_a_title(tmp_path):
    path = saved(
        tmp_path / "2026年 花名册（终稿）.xlsx",
        {
            "说明": [["随便写点"]],
            " 人员 ": [
                ["某街道花名册"], [], [*PEOPLE, "颜色"], ["王 敏 ", 13800001111, "410102004"]
            ],
            "Posts": [["grid_code*", "role*", "name*", "since"],
                      [410102004001001, "网格长", "王敏", datetime(2026, 5, 1)]],
            "分包": [["姓名", "方式", "对象编码", "楼院"], ["王敏", "包联", "410102004001", None]],
        },
    )  # fmt: skip
    found = read(path)
    assert set(found) == {"people", "posts", "attachments"}
    assert found["people"].rows == {
        4: {"person": "王 敏", "phone": "13800001111", "organisation": "410102004"}
    }
    assert found["people"].columns["organisation"] == "所属机构"
    assert found["posts"].rows[2]["grid_code"] == "410102004001001"
    assert found["posts"].rows[2]["since"] == date(2026, 5, 1)
    assert "place" not in found["attachments"].rows[2]
    words = [word(ROLES, "网格长"), word(KINDS, "Sub-District"), word(TIES, " 蹲点 "),
             word(KINDS, "街道（乡镇）"), word(ROLES, "局长")]  # fmt: skip
    assert words == ["lead", "sub_district", "stationed", "sub_district", None]


def test_formulas_merged_cells_and_odd_values_do_no_harm(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "人员"
    for row in (PEOPLE, ["甲", "=1+1", "410102004"], ["乙", True, 3.5], ["丙", "\x0b1", "x"],
                [None, None, None], ["  ", "", None]):  # fmt: skip
        sheet.append([None if cell == "\x0b1" else cell for cell in row])
    sheet.merge_cells("C2:C3")
    path = tmp_path / "a.xlsx"
    book.save(path)
    rows = read(path)["people"].rows
    # a formula that was never calculated has no value; of merged cells only the first has one
    assert rows == {
        2: {"person": "甲", "organisation": "410102004"},
        3: {"person": "乙", "phone": "True"},
        4: {"person": "丙", "organisation": "x"},
    }


def test_what_is_no_workbook_of_staff_is_refused_in_words(tmp_path):
    def file(name, content):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    wrong = saved(tmp_path / "wrong.xlsx", {"Sheet1": [PEOPLE]})
    assert refused(wrong).code == "staff-no-sheet"
    bare = saved(tmp_path / "bare.xlsx", {"岗位": [["网格编号", "姓名"], ["4", "王敏"]]})
    error = refused(bare)
    assert (error.code, error.params["column"]) == ("staff-column-missing", "岗位 / role")
    assert refused(saved(tmp_path / "empty.xlsx", {"人员": []})).code == "staff-no-sheet"
    assert refused(file("a.csv", "姓名,机构\n".encode())).code == "staff-file-kind"
    assert refused(file("a.xlsx", b"PK\x03\x04 nothing more")).code.startswith("file-")
    assert refused(file("b.xls", staff.COMPOUND + b"\0" * 600)).code.startswith("file-")
    locked = staff.COMPOUND + b"\0" * 600 + staff.ENCRYPTED + b"\0" * 600
    assert refused(file("protected.xlsx", locked)).code == "staff-file-protected"
    assert refused(file("nothing.xlsx", b"")).code == "staff-file-kind"


def test_fifty_thousand_rows_are_read_and_one_more_is_refused(tmp_path, monkeypatch):
    rows = [[f"人{n}", None, "410102004"] for n in range(staff.MOST_ROWS)]
    path = saved(tmp_path / "a.xlsx", {"人员": [PEOPLE, *rows]})
    report = Report()
    found = read_workbook(path, report=report)
    assert (len(found["people"].rows), report.rows_read) == (50_000, 50_000)
    monkeypatch.setattr(staff, "MOST_ROWS", 49_999)
    error = refused(path)
    assert (error.code, error.params["count"]) == ("staff-too-many-rows", 50_000)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_template_is_understood_as_it_is(tmp_path, language):
    path = tmp_path / f"模板 {language}.xlsx"
    write_template(path, language)
    book = openpyxl.load_workbook(path)
    assert len(book.worksheets) == 5
    for sheet in book.worksheets[:4]:
        sheet.append(["x"] * sheet.max_column)
    book.save(path)
    found = read(path)
    assert set(found) == set(staff.SHEETS)
    for what, sheet in found.items():
        (row,) = sheet.rows.values()
        assert set(row) == set(staff.COLUMNS[what])
    with pytest.raises(WanggeError):
        write_template(tmp_path / "a.csv", language)
