"""Tables and places in them: every encoding and format, each bad row named."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.errors import InputError
from gis.files.columns import find_column, need_column, need_unique, numbers, people
from gis.files.points import read_points
from gis.files.tables import read_table, write_table
from gis.geometry import wgs84_to_gcj02
from gis.messages import LANGUAGES, translate
from gis.report import Report


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "数据 目录"
    place.mkdir()
    return place


def codes(report: Report) -> dict[str, tuple[int, ...]]:
    for finding in report.findings:
        for language in LANGUAGES:
            assert finding.text(language) != finding.code and "{" not in finding.text(language)
    return {finding.code: finding.rows for finding in report.findings}


def refused(code: str, read: object) -> InputError:
    with pytest.raises(InputError) as caught:
        read()
    assert caught.value.code == code
    for language in LANGUAGES:
        sentence = translate(code, language, caught.value.params)
        assert sentence != code and "{" not in sentence
    return caught.value


ROWS = [["0410102", "秦岭路", "3"], ["0410103", "绿东村, 一", "4"]]
TABLE = pd.DataFrame(ROWS, columns=["编号", "名称", "人口"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_in_any_encoding_and_separator(folder: Path, encoding: str, separator: str) -> None:
    path = folder / "人口 表.csv"
    TABLE.to_csv(path, index=False, encoding=encoding, sep=separator)
    back = read_table(path, report=Report(), numeric=["人口"])
    assert back["编号"].tolist() == ["0410102", "0410103"]  # ids keep their zero
    assert back["名称"].tolist() == ["秦岭路", "绿东村, 一"]
    assert back["人口"].tolist() == [3.0, 4.0]
    assert back.index.tolist() == [2, 3]  # as a spreadsheet numbers them


def test_csv_in_gb18030_behind_the_mark_of_utf8(folder: Path) -> None:
    path = folder / "a.csv"
    text = TABLE.to_csv(index=False)
    path.write_bytes(BOM_UTF8 + text.encode("gb18030"))
    report = Report()
    back = read_table(path, report=report)
    assert back.columns.tolist() == ["编号", "名称", "人口"]
    assert back["名称"].tolist() == ["秦岭路", "绿东村, 一"]
    assert "file-encoding" in codes(report)


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx"])
def test_what_is_written_comes_back(folder: Path, ending: str) -> None:
    path = folder / f"表.{ending}"
    write_table(TABLE, path)
    pd.testing.assert_frame_equal(
        read_table(path, report=Report()).reset_index(drop=True).astype(object),
        TABLE.astype(object),
    )


def test_rows_with_too_many_or_too_few_cells_are_refused(folder: Path) -> None:
    path = folder / "a.csv"
    path.write_text('a,b\n1,2\n3\n"x\ny",5\n6,7,8\n9,10\n')
    report = Report()
    back = read_table(path, report=report)
    assert back["b"].tolist() == ["2", "5", "10"]
    assert codes(report)["row-ragged"] == (3, 5)
    assert back.index.tolist() == [2, 4, 6]
    assert (report.rows_read, report.rows_accepted) == (5, 3)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "file-empty"),
        (b"a,b\n", "table-empty"),
        (b"\xff\xff\x80\x00,\x81", "file-encoding-unknown"),
    ],
)
def test_unusable_csv(folder: Path, text: bytes, code: str) -> None:
    (folder / "a.csv").write_bytes(text)
    refused(code, lambda: read_table(folder / "a.csv", report=Report()))


MARKS = {"xlsx": b"PK\x03\x04", "parquet": b"PAR1"}  # without one the kind itself is refused


@pytest.mark.parametrize("ending", ["xlsx", "parquet"])
def test_corrupt_tables(folder: Path, ending: str) -> None:
    (folder / f"a.{ending}").write_bytes(MARKS[ending] + b"\x07" * 500)
    error = refused("file-corrupt", lambda: read_table(folder / f"a.{ending}", report=Report()))
    sentence = translate(error.code, "zh-CN", error.params)
    assert not re.search(r"[A-Za-z]+ [a-z]+ [a-z]+", sentence)  # no library speaks English here
    assert error.__cause__ is not None


def test_a_map_is_no_table(folder: Path) -> None:
    gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)], crs=4326).to_file(folder / "a.gpkg")
    refused("table-wrong-kind", lambda: read_table(folder / "a.gpkg", report=Report()))


def test_a_missing_column_tells_what_is_there(folder: Path) -> None:
    write_table(TABLE, folder / "a.csv")
    error = refused(
        "column-missing", lambda: read_table(folder / "a.csv", report=Report(), columns=["电话"])
    )
    assert "名称" in error.params["found"]


class TestColumns:
    @pytest.mark.parametrize("name", ["人口", "POP", " Population ", "常住人口", "总人口"])
    def test_people_by_many_names(self, name: str) -> None:
        assert find_column(["编号", name], "pop") == name

    def test_the_users_word_wins(self) -> None:
        assert find_column(["pop", "a_b"], "pop", given="A B") == "a_b"
        refused("column-missing", lambda: need_column(["pop"], "pop", given="人数", file="f"))

    def test_numbers_as_spreadsheets_write_them(self) -> None:
        report = Report()
        values = pd.Series(["1,234", "12", "", " 7 ", "abc", "inf", None], index=range(2, 9))
        found = numbers(values.rename("人口"), report=report)
        assert found.iloc[:2].tolist() == [1234, 12] and found.iloc[3] == 7
        assert found.isna().tolist() == [False, False, True, False, True, True, True]
        rows = [row for finding in report.findings for row in finding.rows]
        assert rows == [6, 7]

    def test_negative_and_unreadable_people_are_refused_by_row(self) -> None:
        report = Report()
        values = pd.Series(["5", "-1", "许多", "0", ""], index=range(2, 7), name="人口")
        found = people(values, report=report)
        assert codes(report) == {
            "population-negative": (3,), "population-unreadable": (4,), "population-empty": (6,),
        }  # fmt: skip
        assert found.fillna(-9).tolist() == [5, -9, -9, 0, 0]

    def test_ids_occur_once(self) -> None:
        assert need_unique(pd.Series([1.0, 2.0]), file="f").tolist() == ["1", "2"]
        error = refused(
            "ids-duplicate",
            lambda: need_unique(pd.Series(["a", "b", "a"], index=[2, 3, 4], name="id"), file="f"),
        )
        assert error.params["rows"] == "2, 4" and error.params["examples"] == "a"
        refused("ids-missing", lambda: need_unique(pd.Series(["a", None], name="id"), file="f"))


class TestPoints:
    def read(self, folder: Path, text: str, **options: object):
        (folder / "p.csv").write_text(text, encoding="utf-8")
        report = Report()
        return read_points(folder / "p.csv", report=report, **options), report

    def test_chinese_columns_and_bad_rows(self, folder: Path) -> None:
        points, report = self.read(
            folder, "编号,经度,纬度\n1,113.6,34.7\n2,x,34.7\n3,,34.7\n4,113.6,99\n"
        )
        found = codes(report)
        assert found["number-unreadable"] == (3,)
        assert found["place-missing"] == (4,)
        assert found["place-outside-world"] == (5,)
        assert "crs-assumed" in found
        # every row stays in its order; one that has no place has none in both columns
        assert points["lon"].notna().tolist() == [True, False, False, False]
        assert points["lat"].notna().tolist() == [True, False, False, False]
        assert (report.rows_read, report.rows_accepted) == (4, 1)

    def test_swapped_columns_are_put_right(self, folder: Path) -> None:
        points, report = self.read(folder, "lon,lat\n34.7,113.6\n34.8,113.7\n")
        assert points["lon"].tolist() == [113.6, 113.7]
        assert "coordinates-swapped" in codes(report)

    def test_gcj02_is_converted(self, folder: Path) -> None:
        lon, lat = wgs84_to_gcj02([113.6], [34.7])
        points, report = self.read(folder, f"lon,lat\n{lon[0]},{lat[0]}\n", crs="gcj02")
        assert abs(points["lon"][2] - 113.6) < 1e-12 and not report.findings

    def test_projected_tables(self, folder: Path) -> None:
        points, _ = self.read(folder, "x,y\n463351.8562,3841384.3786\n", crs="EPSG:4547")
        assert abs(points["lon"][2] - 113.6) < 1e-8 and abs(points["lat"][2] - 34.7) < 1e-8

    def test_columns_by_name(self, folder: Path) -> None:
        points, _ = self.read(folder, "东,北\n113.6,34.7\n", lon="东", lat="北")
        assert points["lon"][2] == 113.6
        refused("column-missing", lambda: self.read(folder, "东,北\n113.6,34.7\n"))

    @pytest.mark.parametrize("ending", ["xlsx", "parquet", "gpkg", "geojson"])
    def test_other_formats(self, folder: Path, ending: str) -> None:
        path = folder / f"p.{ending}"
        lon, lat = np.array([113.6, 113.61]), np.array([34.7, 34.71])
        if ending in ("xlsx", "parquet"):
            write_table(pd.DataFrame({"经度": lon, "纬度": lat, "人口": [1, 2]}), path)
        else:
            places = gpd.points_from_xy(lon, lat)
            gpd.GeoDataFrame({"人口": [1, 2]}, geometry=places, crs=4326).to_file(path)
        points = read_points(path, report=Report())
        assert points["lon"].tolist() == lon.tolist() and points["人口"].tolist() == [1, 2]


def test_a_place_that_cannot_be_written_is_told_by_its_reason(folder: Path) -> None:
    (folder / "a.csv").mkdir()
    error = refused("file-not-writable", lambda: write_table(TABLE, folder / "a.csv"))
    assert translate(error.code, "zh-CN", error.params).endswith("请填写文件名。")
    error = refused("file-not-writable", lambda: write_table(TABLE, folder / "无" / "a.csv"))
    assert translate(error.code, "zh-CN", error.params).endswith("请先创建。")
