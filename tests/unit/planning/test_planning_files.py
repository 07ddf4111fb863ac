"""`wangge plan` on files: what is written, what is said, and the exit code."""

import json
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import typer
from typer.testing import CliRunner

from api.cli import plan
from api.cli.plan_generate import TOLERANCE_MISSED
from gis.errors import WanggeError
from tests.unit.planning.drawn import city, units

CITY = city(14, 10, seed=1)


def run(*arguments):
    app = typer.Typer()
    plan.register(app)
    return CliRunner().invoke(app, ["plan", *map(str, arguments)])


def failed(code, *arguments):
    result = run(*arguments)
    assert isinstance(result.exception, WanggeError), result.output
    assert result.exception.code == code
    return result.exception


@pytest.fixture
def source(tmp_path):
    """The drawn city as a GeoPackage in a Chinese zone, with a parent column."""
    shapes = shapely.transform(CITY.polygons, lambda xy: xy + np.array([38_500_000, 3_850_000]))
    parent = ["西" if i % 14 < 7 else "东" for i in range(140)]
    frame = gpd.GeoDataFrame(
        {"unit_id": CITY.unit_id, "pop": CITY.columns["pop"], "社区": parent},
        geometry=list(shapes), crs=4526,
    )  # fmt: skip
    path = tmp_path / "单元 units.gpkg"
    frame.to_file(path)
    return path


def test_generate_score_compare_and_polygons(source, tmp_path):
    first, second, grids = tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "grids.parquet"
    done = run("generate", source, "--grids", 6, "--tolerance", 0.1, "--out", first, "--json")
    assert done.exit_code == 0, done.output
    certificate = json.loads(done.stdout)
    assert certificate["within_tolerance"] and certificate["contiguous"]
    written = pd.read_csv(first)
    assert written.columns.tolist() == ["unit_id", "grid_id"]
    assert written["unit_id"].tolist() == CITY.unit_id.tolist()
    scored = json.loads(run("score", source, first, "--json").stdout)
    assert scored["plan"]["digest"] == certificate["digest"]
    assert scored["plan"]["max_deviation"] == pytest.approx(certificate["max_deviation"])
    again = run(
        "generate", source, "--grids", 6, "--tolerance", 0.1, "--current", first, "--keep", 5,
        "--out", second, "--json",
    )  # fmt: skip
    assert json.loads(again.stdout)["moved_load_share"] == 0
    compared = json.loads(run("compare", source, first, second, "--json").stdout)
    assert compared["units_moved"] == 0
    drawn = run("polygons", source, first, "--out", grids)
    assert drawn.exit_code == 0, drawn.output
    frame = gpd.read_parquet(grids)
    assert frame.crs.to_epsg() == 4326
    assert sorted(frame["grid_id"]) == sorted(set(written["grid_id"]))
    assert shapely.coverage_is_valid(frame.geometry.to_numpy())


def test_missing_the_tolerance_writes_the_plan_and_exits_with_3(source, tmp_path):
    out = tmp_path / "plan.csv"
    result = run(
        "generate", source, "--grids", 5, "--parent", "社区", "--tolerance", 0.01, "--out", out
    )
    assert result.exit_code == TOLERANCE_MISSED
    assert len(pd.read_csv(out)) == 140
    assert "parent" in result.output and "Change the number of grids" in result.output


def test_a_table_is_printed(source, tmp_path):
    out = tmp_path / "plan.csv"
    assert run("generate", source, "--grids", 4, "--tolerance", 0.2, "--out", out).exit_code == 0
    shown = run("score", source, out)
    assert shown.exit_code == 0 and "G001" in shown.output


@pytest.mark.parametrize("suffix", [".geojson", ".shp", ".parquet"])
def test_grids_are_written_by_extension_and_units_read_so(source, tmp_path, suffix):
    frame = gpd.read_file(source).to_crs(4326)
    path, out, plan_csv = tmp_path / f"u{suffix}", tmp_path / f"g{suffix}", tmp_path / "p.csv"
    frame.to_parquet(path) if suffix == ".parquet" else frame.to_file(path)
    assert run("generate", path, "--grids", 4, "--tolerance", 0.2, "--out", plan_csv).exit_code == 0
    assert run("polygons", path, plan_csv, "--out", out, "--simplify-m", 10).exit_code == 0
    found = gpd.read_parquet(out) if suffix == ".parquet" else gpd.read_file(out)
    assert len(found) == 4


def written(tmp_path, **columns):
    drawn = units("1111\n1111")
    shapes = shapely.transform(drawn.polygons, lambda xy: xy / 1e5 + [113, 34])
    frame = gpd.GeoDataFrame(
        {"unit_id": drawn.unit_id, "pop": drawn.columns["pop"], **columns},
        geometry=list(shapes), crs=4326,
    )  # fmt: skip
    path = tmp_path / "u.geojson"
    frame.to_file(path)
    return path


@pytest.mark.parametrize(
    ("code", "columns", "arguments"),
    [
        ("ids-duplicate", {"unit_id": ["a"] * 8}, []),
        ("ids-missing", {"unit_id": ["a", None, *"cdefgh"]}, []),
        ("plan-value-invalid", {"pop": [1, -5, 1, 1, 1, 1, 1, 1]}, []),
        ("plan-value-invalid", {"pop": ["1", "many", *"111111"]}, []),
        ("balance-total-zero", {"pop": [0] * 8}, []),
        ("column-missing", {}, ["--balance", "cars"]),
        ("column-missing", {}, ["--parent", "nobody"]),
        ("balance-syntax", {}, ["--balance", "pop;import os"]),
        ("plan-more-grids-than-units", {}, ["--grids", "9"]),
        ("plan-grids-invalid", {}, ["--grids", "0"]),
        ("plan-tolerance-invalid", {}, ["--tolerance", "0"]),
    ],
)
def test_bad_input_is_named_and_nothing_is_written(tmp_path, code, columns, arguments):
    out = tmp_path / "plan.csv"
    grids = [] if "--grids" in arguments else ["--grids", 2]
    failed(code, "generate", written(tmp_path, **columns), *grids, "--out", out, *arguments)
    assert not out.exists()


def test_plans_that_do_not_fit_the_units_are_refused(tmp_path):
    source = written(tmp_path)
    table = tmp_path / "p.csv"
    ids = gpd.read_file(source)["unit_id"].tolist()
    table.write_text("unit_id,grid_id\n" + "".join(f"{i},1\n" for i in ids[:-1]))
    assert failed("plan-unit-unassigned", "score", source, table).params["unit"] == ids[-1]
    table.write_text("unit_id,grid_id\nother,1\n")
    failed("plan-unit-unknown", "score", source, table)
    table.write_text(f"unit_id,grid_id\n{ids[0]},1\n{ids[0]},2\n")
    failed("ids-duplicate", "polygons", source, table, "--out", tmp_path / "g.gpkg")
    failed("file-missing", "compare", source, tmp_path / "no.csv", tmp_path / "no.csv")


def test_pins_and_streets_from_files(tmp_path):
    source, out, pins = written(tmp_path), tmp_path / "plan.csv", tmp_path / "pins.csv"
    ids = gpd.read_file(source)["unit_id"].tolist()
    pins.write_text(f"unit_id,grid_id\n{ids[0]},07\n{ids[7]},甲\n", encoding="utf-8")
    streets = tmp_path / "streets.geojson"
    line = shapely.LineString([(113.002, 33.99), (113.002, 34.01)])
    gpd.GeoDataFrame({"highway": ["primary"]}, geometry=[line], crs=4326).to_file(streets)
    result = run(
        "generate", source, "--grids", 2, "--pin", pins, "--streets", streets, "--out", out,
        "--json",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["arterial_share"] == pytest.approx(1)
    grids = pd.read_csv(out, dtype=str).set_index("unit_id")["grid_id"]
    assert grids[ids[0]] == "07" and grids[ids[7]] == "甲"


def test_people_are_not_needed_to_balance_by_area(tmp_path):
    source = written(tmp_path)
    gpd.read_file(source).drop(columns="pop").to_file(tmp_path / "bare.geojson")
    arguments = ["generate", tmp_path / "bare.geojson", "--grids", 2, "--out", tmp_path / "p.csv"]
    assert run(*arguments, "--balance", "area").exit_code == 0
    failed("column-missing", *arguments)


def test_further_criteria_locks_barriers_and_seeds_come_from_the_command_line(source, tmp_path):
    frame = gpd.read_file(source)
    today, out = tmp_path / "现行.csv", tmp_path / "plan.csv"
    run("generate", source, "--grids", 5, "--tolerance", 0.3, "--effort", 0.1, "--out", today)
    locked = pd.read_csv(today).grid_id[0]
    river, offices = tmp_path / "河.geojson", tmp_path / "社区办公点.gpkg"
    west, south, east, north = frame.total_bounds
    middle = shapely.LineString([(west, (south + north) / 2), (east, (south + north) / 2)])
    gpd.GeoDataFrame(geometry=[middle], crs=frame.crs).to_crs(4326).to_file(river)
    free = pd.read_csv(today).grid_id.to_numpy() != locked
    points = frame.geometry[free].iloc[[0, -1]].representative_point()
    gpd.GeoDataFrame({"grid_id": ["东所", "西所"]}, geometry=list(points), crs=frame.crs).to_file(
        offices
    )
    done = run(
        "generate", source, "--grids", 5, "--tolerance", 0.4, "--also", "area:0.5",
        "--limit", "pop=1:", "--current", today, "--lock", locked, "--barriers", river,
        "--seeds", offices, "--effort", 0.2, "--out", out, "--json",
    )  # fmt: skip
    assert done.exit_code in (0, TOLERANCE_MISSED), done.output
    assert [kept["name"] for kept in json.loads(done.stdout)["also"]] == ["area", "pop"]
    before, after = pd.read_csv(today).grid_id, pd.read_csv(out).grid_id
    assert ((before == locked) == (after == locked)).all()
    assert {"东所", "西所"} <= set(after)
    nowhere = tmp_path / "nowhere.geojson"
    gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)], crs=4326).to_file(nowhere)
    failed("plan-seed-outside", "generate", source, "--grids", 5, "--seeds", nowhere, "--out", out)


def test_alternatives_lean_different_ways_and_come_with_a_table_and_a_chart(source, tmp_path):
    out = tmp_path / "方案.csv"
    arguments = ("generate", source, "--grids", 6, "--tolerance", 0.1, "--effort", 0.2)
    done = run(*arguments, "--alternatives", 3, "--out", out)
    assert done.exit_code == 0, done.output
    table = pd.read_csv(tmp_path / "方案-alternatives.csv")
    assert list(table["plan"]) == ["方案.csv", "方案-2.csv", "方案-3.csv"]
    assert list(table["lean"]) == ["asked", "balanced", "loose"]
    assert "max_deviation" in table["best_in"][1] and "boundary_m" in table["best_in"][2]
    assert list(table.within_tolerance) == [True, True, False]
    wide = [line for line in done.stdout.splitlines() if line.lstrip()[:1] in tuple("123")]
    assert len(wide) >= 3 and max(map(len, wide[:3])) <= 80
    plans = [pd.read_csv(tmp_path / name).grid_id.to_numpy() for name in table["plan"]]
    assert not any((one == other).all() for one, other in pairwise(plans))
    drawing = (tmp_path / "方案-alternatives.svg").read_text(encoding="utf-8")
    assert drawing.count("more equal") == 1 and "http" not in drawing.split("<g", 1)[1]
    for count in (0, 50):
        failed("plan-alternatives-invalid", *arguments, "--alternatives", count, "--out", out)


def test_where_units_leave_no_choice_one_plan_is_given_and_said_to_be_all(tmp_path):
    out, arguments = tmp_path / "p.csv", ("generate", written(tmp_path), "--tolerance", 0.2)
    done = run(*arguments, "--grids", 8, "--alternatives", 4, "--out", out)
    assert done.exit_code == 0 and "4 plans were asked for, 1 found" in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["p.csv", "u.geojson"]
    done = run(*arguments, "--grids", 8, "--alternatives", 4, "--out", out, "--json")
    assert [row["plan"] for row in json.loads(done.stdout)["alternatives"]] == ["p.csv"]


def test_moves_from_today_are_written_in_an_order_and_bounded(source, tmp_path):
    today, out, moves = tmp_path / "今.csv", tmp_path / "plan.csv", tmp_path / "步骤.csv"
    run("generate", source, "--grids", 6, "--tolerance", 0.4, "--effort", 0.1, "--out", today)
    arguments = ("generate", source, "--grids", 6, "--tolerance", 0.1, "--out", out)
    done = run(*arguments, "--current", today, "--moves", moves, "--json")
    assert done.exit_code == 0, done.output
    change = json.loads(done.stdout)["change"]
    before, after = pd.read_csv(today), pd.read_csv(out)
    grid = dict(zip(before.unit_id, before.grid_id, strict=True))
    steps = pd.read_csv(moves)
    assert change["steps"] == len(steps)
    for step in steps.itertuples():
        for unit in step.units.split(";"):
            assert grid[unit] == step[2]
            grid[unit] = step.to
    assert [grid[unit] for unit in after.unit_id] == after.grid_id.tolist()
    moved = before.grid_id != after.grid_id
    assert change["units_moved"] == moved.sum()
    assert 0 <= change["least"] <= change["load_moved"]
    said = run(*arguments, "--current", today)
    assert said.exit_code == 0 and str(moved.sum()) in said.output
    failed("plan-moves-without-current", *arguments, "--moves", moves)


def test_what_no_plan_can_reach_is_said_before_the_search(tmp_path):
    path = tmp_path / "units.gpkg"
    source = units("1111\n1911\n1111")
    gpd.GeoDataFrame(
        {"unit_id": source.unit_id, "pop": source.columns["pop"]},
        geometry=list(source.polygons), crs=32649,
    ).to_file(path)  # fmt: skip
    done = run("generate", path, "--grids", 5, "--out", tmp_path / "p.csv", "--json")
    assert done.exit_code == TOLERANCE_MISSED
    assert "u1-1" in done.stderr
    certificate = json.loads(done.stdout)
    assert certificate["deviation_at_least"] == pytest.approx(9 / 4 - 1)
    assert certificate["max_deviation"] >= certificate["deviation_at_least"]
    assert {one["grid"] for one in certificate["reasons"]} == set(certificate["outside"])
    assert all(one["message"] and one["proven"] for one in certificate["reasons"])
    said = run("generate", path, "--grids", 5, "--out", tmp_path / "p.csv")
    assert "wangge units build --buildings" in said.stderr
    told = [line for line in said.stderr.splitlines() if line.startswith("- ")]
    assert told and not set(told) & set(said.stdout.splitlines())
    scored = run("score", path, tmp_path / "p.csv", "--tolerance", 0.05, "--json")
    rows = {row["grid_id"]: row["reason"] for row in json.loads(scored.stdout)["grids"]}
    assert {grid for grid, why in rows.items() if why} == set(certificate["outside"])


def test_communities_and_basic_grids_come_from_one_command(source, tmp_path):
    out = tmp_path / "三级.csv"
    done = run(
        "nested", source, "--communities", 4, "--grids", 8, "--areas", "社区",
        "--tolerance", 0.2, "--out", out,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    plan = pd.read_csv(out, dtype=str)
    assert list(plan) == ["unit_id", "grid_id", "level_2", "level_1"]
    assert plan.nunique().tolist()[1:] == [8, 4, 2]
    assert (plan.groupby("grid_id")["level_2"].nunique() == 1).all()
    assert (plan.groupby("level_2")["level_1"].nunique() == 1).all()
    assert plan["level_1"].tolist() == gpd.read_file(source)["社区"].tolist()
    scored = json.loads(run("score", source, out, "--parent", "社区", "--json").stdout)
    assert scored["plan"]["not_contiguous"] == 0
    few = ("--communities", 9, "--grids", 8, "--out", out)
    assert failed("plan-nested-counts", "nested", source, *few)
