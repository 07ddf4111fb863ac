"""Files of reports as offices keep them: titles above headings, empty rows, names of all kinds."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely

from gis.errors import InputError
from gis.files import incidents, point_batches
from gis.files.incidents import report_batches
from gis.report import Report

HEAD = ["经度", "纬度", "事件类别", "事件标题", "上报时间"]
ROWS = [[113.6 + i / 1000, 34.75, "0101", f"第{i}件", "2026-01-02 08:30"] for i in range(5)]


def read(path: Path, **options):
    report = Report()
    batches = list(report_batches(path, crs=options.get("crs", "EPSG:4326"), report=report))
    return batches, report


def test_a_merged_title_above_the_headings_is_passed_over(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["二〇二六年一月网格事件汇总表"])
    sheet.merge_cells("A1:E1")
    sheet.append(["填报单位:综治中心"])
    sheet.append(HEAD)
    for number, row in enumerate(ROWS):
        if number == 2:
            sheet.append([])
        sheet.append(row)
    path = tmp_path / "汇总 一月.xlsx"
    book.save(path)
    [batch], _ = read(path)
    # as Excel numbers them: headings in row 3, nothing in row 6
    assert batch.frame.index.tolist() == [4, 5, 7, 8, 9]
    assert batch.frame["title"].tolist() == [row[3] for row in ROWS]
    assert batch.columns["reported_at"] == "上报时间"


def csv_text(rows) -> str:
    return "\n".join(",".join(map(str, row)) for row in rows) + "\n"


def test_empty_lines_of_a_csv_count_but_are_no_reports(tmp_path: Path) -> None:
    path = tmp_path / "事件 一月.csv"
    path.write_text(csv_text([HEAD, ROWS[0], [], [""] * 5, *ROWS[1:], []]), encoding="gb18030")
    [batch], report = read(path)
    assert batch.frame.index.tolist() == [2, 5, 6, 7, 8]
    assert report.findings == []


def test_rows_with_too_many_cells_are_refused_by_number(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(csv_text([HEAD, ROWS[0], [*ROWS[1], "多", "余"], [], ROWS[2]]), "utf-8")
    [batch], report = read(path)
    assert batch.frame.index.tolist() == [2, 5]
    assert [(it.code, it.rows) for it in report.findings] == [("row-ragged", (3,))]


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx"])
def test_pieces_are_numbered_through(tmp_path: Path, ending: str, monkeypatch) -> None:
    monkeypatch.setattr(incidents, "BATCH_ROWS", 2)
    monkeypatch.setattr(point_batches, "CSV_BLOCK_BYTES", 160)
    frame = pd.DataFrame(ROWS, columns=HEAD)
    path = tmp_path / f"a.{ending}"
    {"csv": frame.to_csv, "parquet": frame.to_parquet, "xlsx": frame.to_excel}[ending](
        path, index=False
    )
    batches, _ = read(path)
    assert len(batches) > 1
    assert [row for batch in batches for row in batch.frame.index] == [2, 3, 4, 5, 6]
    assert batches[-1].fraction == 1.0
    fractions = [batch.fraction for batch in batches]
    assert fractions == sorted(fractions)


def test_columns_of_one_name_and_of_none(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        csv_text([[*HEAD, "", "备注", "备注"], *([*row, 1, "a", "b"] for row in ROWS)]), "utf-8"
    )
    [batch], _ = read(path)
    assert len(batch.frame) == 5


def test_a_report_of_several_places_is_refused(tmp_path: Path) -> None:
    places = [shapely.MultiPoint([(113.6, 34.7), (113.7, 34.7)]), shapely.Point(113.6, 34.7)]
    frame = gpd.GeoDataFrame(
        {"类别": ["0101"] * 2, "标题": ["甲", "乙"]}, geometry=places, crs=4326
    )
    frame.to_file(tmp_path / "a.geojson", driver="GeoJSON")
    [batch], report = read(tmp_path / "a.geojson", crs=None)
    assert batch.frame.index.tolist() == [2]
    assert [(it.outcome, it.rows) for it in report.findings] == [("refused", (1,))]


def test_a_missing_column_names_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("经度,纬度,说明\n1,2,3\n", "utf-8")
    with pytest.raises(InputError) as raised:
        read(path)
    assert raised.value.code == "column-missing"
    assert raised.value.params["found"] == "经度, 纬度, 说明"
