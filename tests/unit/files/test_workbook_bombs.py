"""Workbooks that would fill the memory are refused before they are laid out, by every reader."""

from __future__ import annotations

import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gis.errors import InputError, TooLargeError, WanggeError
from gis.files.incidents import report_batches
from gis.files.posts import read_posts
from gis.files.staff import read_workbook
from gis.files.tables import read_table
from gis.files.workbook import COMPOUND, ROOM, check_workbook, read_excel
from gis.messages import translate
from gis.report import Report

CELL = '<c r="{0}"><v>1</v></c>'
FIRST = '<row r="1"><c r="A1"><v>1</v></c></row>'
FAR = {
    "a cell": '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
    "a cell in the wrong row": '<row r="2"><c r="XFD1048576"><v>1</v></c></row>',
    "other marks": "<row r = '1048576'><c\n s='1' r\n=\n' xfd1048576 ' ><v>1</v></c></row>",
    "two cells": '<row r="2"><c r="XFD2"><v>1</v></c></row>'
    '<row r="1048576"><c r="A1048576"><v>1</v></c></row>',
    "behind a quotation": '<!-- <c x=" --><row r="9"><c r="XFD1048576"><v>1</v></c></row>',
    "a cell that says no place": '<row r="1048576"><c><v>1</v></c></row>'
    '<row r="2"><c r="XFD2"><v>1</v></c></row>',
    "cells that say no place": f"<row>{'<c><v>1</v></c>' * 3000}</row>{'<row/>' * 999_999}",
    "another prefix": '<x:row r="1048576"><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>',
}


def workbook(path: Path, rows: str, *, more: dict[str, bytes] | None = None) -> Path:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    parts = {
        "[Content_Types].xml": "<Types xmlns='http://schemas.openxmlformats.org/package/2006/"
        "content-types'><Default Extension='xml' ContentType='application/xml'/></Types>",
        "_rels/.rels": f"<Relationships xmlns='{package}'><Relationship Id='r1'"
        f" Type='{office}/officeDocument' Target='xl/workbook.xml'/></Relationships>",
        "xl/workbook.xml": f"<workbook xmlns='{main}' xmlns:r='{office}'><sheets>"
        "<sheet name='人员' sheetId='1' r:id='r1'/></sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f"<Relationships xmlns='{package}'><Relationship Id='r1'"
        f" Type='{office}/worksheet' Target='worksheets/sheet1.xml'/></Relationships>",
        "xl/worksheets/sheet1.xml": f"<worksheet xmlns='{main}' xmlns:x='{main}'><sheetData>{rows}"
        "</sheetData></worksheet>",
    }  # fmt: skip
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (parts | (more or {})).items():
            archive.writestr(name, text)
    return path


def refused(path: Path) -> WanggeError:
    with pytest.raises(WanggeError) as found:
        check_workbook(path)
    for language in ("en", "zh-CN"):
        told = translate(found.value.code, language, found.value.params)
        assert "{" not in told and told != found.value.code
    return found.value


@pytest.mark.parametrize("how", FAR)
def test_a_cell_far_away_is_named(tmp_path: Path, how: str) -> None:
    path = workbook(tmp_path / "a.xlsx", FIRST + FAR[how])
    fault = refused(path)
    assert path.stat().st_size < 20_000
    if how in ("behind a quotation", "cells that say no place", "a cell that says no place"):
        assert fault.code in ("workbook-reaches-too-far", "file-corrupt")
    else:
        assert (fault.code, fault.params["cell"]) == ("workbook-reaches-too-far", "XFD1048576")


@pytest.mark.parametrize("reader", ["staff", "posts", "tables", "incidents"])
def test_every_reader_refuses_it_in_a_process_of_little_memory(tmp_path: Path, reader: str) -> None:
    path = workbook(tmp_path / "a.xlsx", FIRST + FAR["a cell"])
    reads = {
        "staff": lambda: read_workbook(path, report=Report()),
        "posts": lambda: read_posts(path, report=Report()),
        "tables": lambda: read_table(path, report=Report()),
        "incidents": lambda: list(report_batches(path, crs="EPSG:4326", report=Report())),
    }
    with pytest.raises(TooLargeError) as found:
        reads[reader]()
    assert found.value.code == "workbook-reaches-too-far"


def test_what_is_refused_would_have_ended_the_process(tmp_path: Path) -> None:
    """The fault itself, so that the day is seen on which the reader mends it."""
    path = workbook(tmp_path / "a.xlsx", FIRST + FAR["a cell"])
    code = (
        "import sys, python_calamine as p;"
        "p.CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).to_python()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30)),
    )  # fmt: skip
    assert ended.returncode != 0


def test_a_zip_that_unpacks_to_gigabytes_or_lies_of_its_size_is_refused(tmp_path: Path) -> None:
    zeros = bytes(260 << 20)
    path = workbook(tmp_path / "a.xlsx", FIRST, more={"xl/sharedStrings.xml": zeros})
    assert path.stat().st_size < 1 << 20
    assert refused(path).code in ("workbook-unpacks-too-large", "file-corrupt")
    lying = workbook(tmp_path / "b.xlsx", FIRST, more={"xl/sharedStrings.xml": b"<a/>" * 100_000})
    whole = lying.read_bytes()
    size = (400_000).to_bytes(4, "little")
    assert size in whole
    lying.write_bytes(whole.replace(size, (4).to_bytes(4, "little")))
    assert refused(lying).code == "file-corrupt"


def test_what_offices_send_passes(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in range(300):
        sheet.append([f"文字 {row}", 13800001111, None, 1.5])
    sheet["Z5000"] = "备注"
    for row in range(1, 2000):  # formatted, and empty
        sheet[f"XFD{row}"].number_format = "@"
    book.save(tmp_path / "a.xlsx")
    assert len(read_excel(tmp_path / "a.xlsx", header=None)) == 5000
    plain = "".join(f'<row r="{k}"><c><v>{k}</v></c><c><v>2</v></c></row>' for k in range(1, 400))
    assert read_excel(workbook(tmp_path / "b.xlsx", plain), header=None).shape == (399, 2)
    long = "".join(CELL.format(f"A{k}") for k in (1, 5, ROOM // 4))
    assert len(read_excel(workbook(tmp_path / "c.xlsx", f"<row>{long}</row>"), header=None)) > 5


def test_other_archives_are_told_to_be_saved_as_xlsx(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as archive:
        archive.writestr("content.xml", "<office/>")
    with pytest.raises(InputError) as found:
        read_table(tmp_path / "a.ods", report=Report())
    assert found.value.code == "workbook-kind"
    (tmp_path / "b.xlsx").write_bytes(b"PK\x03\x04 nothing more")
    assert refused(tmp_path / "b.xlsx").code == "file-corrupt"


@pytest.mark.parametrize(
    "mark", [COMPOUND, COMPOUND[:4], b"        "], ids=["xls", "half", "blank"]
)
def test_an_archive_behind_another_mark_is_refused_by_every_reader(tmp_path, mark):
    path = workbook(tmp_path / "表.xlsx", FIRST + FAR["a cell"])
    path.write_bytes(mark + path.read_bytes())
    for read in (
        check_workbook,
        lambda it: read_workbook(it, report=Report()),
        lambda it: read_table(it, report=Report()),
        lambda it: list(report_batches(it, crs=None, report=Report())),
    ):
        with pytest.raises(InputError):
            read(path)


def test_a_small_parquet_file_of_very_many_rows_is_refused(tmp_path):
    path = tmp_path / "many.parquet"
    column = pa.DictionaryArray.from_arrays(pa.nulls(12_000_000, pa.int32()), pa.array(["a"]))
    pq.write_table(pa.table({"a": column, "b": column}), path)
    assert path.stat().st_size < 1_000_000
    with pytest.raises(TooLargeError) as refused:
        read_table(path, report=Report())
    assert refused.value.code == "table-too-large"
