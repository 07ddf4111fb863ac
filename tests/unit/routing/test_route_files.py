"""`wangge route` keeps every row in order, whatever kind the files are, and says what is wrong."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import typer
from typer.testing import CliRunner

from api.cli import route as command
from gis.errors import InputError
from gis.files import point_batches as reader
from gis.workflows import route_files, unique_ids
from gis.workflows.route_files import route_file
from tests.unit.routing.exact_reference import lattice, moved

GRIDS = moved(lattice(5, 4, 0.2, np.random.default_rng(1)), 0.004, 113.60, 34.74)
CODES = [f"41010200400{k:04}" for k in range(20)]


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "文件 夹"
    made.mkdir()
    frame = gpd.GeoDataFrame({"grid_id": CODES}, geometry=list(GRIDS), crs=4326)
    frame.to_parquet(made / "网格.parquet")
    return made


def points(number: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    lon, lat = rng.uniform(113.598, 113.622, number), rng.uniform(34.738, 34.758, number)
    return pd.DataFrame({"point_id": [f"点{k}" for k in range(number)], "lon": lon, "lat": lat})


def expected(table: pd.DataFrame) -> list[str]:
    owner = []
    for x, y in zip(table.lon, table.lat, strict=True):
        hit = [c for c, g in zip(CODES, GRIDS, strict=True) if g.intersects(shapely.Point(x, y))]
        owner.append(min(hit, default=""))
    return owner


def owners(path) -> pd.DataFrame:
    if path.suffix == ".csv":
        return pd.read_csv(path, dtype=str, keep_default_na=False)
    return pd.read_parquet(path).fillna("")


def layer(table: pd.DataFrame) -> gpd.GeoDataFrame:
    shapes = gpd.points_from_xy(table.lon, table.lat)
    return gpd.GeoDataFrame(table[["point_id"]], geometry=shapes, crs=4326)


@pytest.mark.parametrize("kind", ["csv", "gb18030", "parquet", "xlsx", "geoparquet", "gpkg", "shp"])
@pytest.mark.parametrize("result", ["归属.csv", "归属.parquet"])
def test_every_kind_of_file_gives_the_same_owners(folder, kind, result, monkeypatch):
    monkeypatch.setattr(reader, "BATCH_ROWS", 64)
    monkeypatch.setattr(reader, "CSV_BLOCK_BYTES", 4000)
    table = points()
    source = folder / f"点.{'csv' if kind == 'gb18030' else kind.removeprefix('geo')}"
    if kind == "csv":
        table.to_csv(source, index=False, encoding="utf-8-sig")
    elif kind == "gb18030":
        table.rename(columns={"point_id": "编号", "lon": "经度", "lat": "纬度"}).to_csv(
            source, index=False, encoding="gb18030"
        )
    elif kind == "parquet":
        table.to_parquet(source)
    elif kind == "xlsx":
        table.to_excel(source, index=False)
    elif kind == "geoparquet":
        layer(table).to_parquet(source)
    else:
        layer(table).to_file(source, engine="pyogrio")
    summary = route_file(folder / "网格.parquet", source, folder / result)
    found = owners(folder / result)
    assert list(found.columns) == ["point_id", "grid_id", "status"]
    assert found.point_id.tolist() == table.point_id.tolist()
    assert found.grid_id.tolist() == expected(table)
    assert (found.status == np.where(found.grid_id == "", "outside", "inside")).all()
    assert summary.points == len(table)
    assert 0 < summary.outside < summary.inside
    assert not [it.name for it in folder.iterdir() if ".part" in it.name]


def test_grids_in_a_projected_system_own_the_same_points(folder):
    frame = gpd.GeoDataFrame({"grid_id": CODES}, geometry=list(GRIDS), crs=4326)
    frame.to_crs(4547).to_file(folder / "投影.gpkg", engine="pyogrio")
    table = points()
    table.to_csv(folder / "p.csv", index=False)
    route_file(folder / "投影.gpkg", folder / "p.csv", folder / "o.csv")
    assert owners(folder / "o.csv").grid_id.tolist() == expected(table)


def test_bad_rows_keep_their_place_and_are_told_by_number(folder):
    rows = ["point_id,lon,lat", "1,113.61,34.75", "2,x,34.75", "3,,34.75", "4,113.61",
            "5,999,34.75",
            '"6,a",113.61,34.75', "7,１１３.６１,34.75", "8,113.61,inf"]  # fmt: skip
    (folder / "p.csv").write_text("\n".join(rows), encoding="utf-8")
    summary = route_file(folder / "网格.parquet", folder / "p.csv", folder / "o.csv")
    found = owners(folder / "o.csv")
    assert found.point_id.tolist() == ["1", "2", "3", "5", "6,a", "7", "8"]
    told = ["inside", "invalid", "invalid", "invalid", "inside", "inside", "invalid"]
    assert found.status.tolist() == told
    named = {finding.code: finding.rows for finding in summary.report.findings}
    assert named["place-missing"] == (4,)
    assert named["row-ragged"] == (5,)
    assert named["place-outside-world"] == (6,)
    assert (summary.inside, summary.invalid) == (3, 4)


def test_rows_without_a_point_in_a_layer_keep_their_place(folder):
    shapes = [shapely.Point(113.61, 34.75), None, shapely.Point(), shapely.box(0, 0, 1, 1),
              shapely.MultiPoint([(113.61, 34.75)])]  # fmt: skip
    gpd.GeoDataFrame(geometry=shapes, crs=4326).to_parquet(folder / "p.parquet")
    summary = route_file(folder / "网格.parquet", folder / "p.parquet", folder / "o.csv")
    found = owners(folder / "o.csv")
    assert found.point_id.tolist() == ["1", "2", "3", "4", "5"]
    assert found.status.tolist() == ["inside", "invalid", "invalid", "invalid", "inside"]
    assert {it.code: it.rows for it in summary.report.findings} == {
        "geometry-missing": (2, 3),
        "geometry-wrong-kind": (4,),
    }


def test_overlaps_parts_and_numbers_as_ids(folder):
    shapes = [shapely.box(0, 0, 0.01, 0.01), shapely.box(0.005, 0, 0.015, 0.01),
              shapely.box(0.02, 0, 0.03, 0.01)]  # fmt: skip
    gpd.GeoDataFrame({"grid_id": [10, 9, 10]}, geometry=shapes, crs=4326).to_file(folder / "g.gpkg")
    table = pd.DataFrame(
        {"point_id": [1, 2, 3, 4], "lon": [0.001, 0.007, 0.025, 0.018], "lat": [0.005] * 4}
    )
    table.to_parquet(folder / "p.parquet")
    summary = route_file(folder / "g.gpkg", folder / "p.parquet", folder / "o.parquet")
    found = pd.read_parquet(folder / "o.parquet")
    assert found.point_id.tolist() == [1, 2, 3, 4]
    assert found.grid_id.fillna(0).tolist() == [10, 9, 10, 0]
    codes = [finding.code for finding in summary.grids.findings]
    assert codes == ["routing-grid-in-parts", "routing-overlaps"]


@pytest.mark.parametrize(
    "text, code",
    [
        ("", "file-empty"),
        ("point_id,lon,lat\n", "table-empty"),
        ("point_id,lon\n1,2\n", "column-missing"),
        ("point_id,lon,lat\na,1,2\nb,1,2\na,3,4\n", "ids-duplicate"),
        ("point_id,lon,lat\na,1,2\n,1,2\n", "ids-missing"),
    ],
)
def test_unusable_points_leave_no_file(folder, text, code):
    (folder / "p.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        route_file(folder / "网格.parquet", folder / "p.csv", folder / "o.csv")
    assert refused.value.code == code
    assert sorted(it.name for it in folder.iterdir()) == ["p.csv", "网格.parquet"]


def test_duplicates_far_apart_are_named(folder, monkeypatch):
    monkeypatch.setattr(reader, "CSV_BLOCK_BYTES", 2000)
    table = points()
    table.loc[250, "point_id"] = table.point_id[3]
    table.to_csv(folder / "p.csv", index=False)
    with pytest.raises(InputError) as refused:
        route_file(folder / "网格.parquet", folder / "p.csv", folder / "o.csv")
    assert refused.value.params["rows"] == "5, 252"


def test_an_old_result_stays_when_a_run_fails(folder):
    (folder / "o.csv").write_text("old")
    (folder / "p.csv").write_text("point_id,lon,lat\na,1,2\na,3,4\n")
    with pytest.raises(InputError):
        route_file(folder / "网格.parquet", folder / "p.csv", folder / "o.csv")
    assert (folder / "o.csv").read_text() == "old"


def test_the_command_prints_a_sentence_or_json(folder, monkeypatch):
    app = typer.Typer()
    command.register(app)
    app.callback()(lambda: None)
    table = points(50)
    table.to_csv(folder / "p.csv", index=False)
    call = ["route", str(folder / "网格.parquet"), str(folder / "p.csv"), "--out",
            str(folder / "o.csv")]  # fmt: skip
    for language in ("zh_CN.UTF-8", "en"):
        monkeypatch.setenv("WANGGE_LANGUAGE", language)
        told = CliRunner().invoke(app, call)
        assert told.exit_code == 0
        assert "50" in told.stdout
    told = CliRunner().invoke(app, [*call, "--json"])
    summary = json.loads(told.stdout)
    assert summary["points"] == 50
    assert summary["inside"] == sum(code != "" for code in expected(table))


@pytest.mark.parametrize("numbers", [True, False])
def test_an_id_that_comes_twice_is_found_among_more_than_memory_holds(folder, numbers, monkeypatch):
    monkeypatch.setattr(reader, "BATCH_ROWS", 100)
    monkeypatch.setattr(unique_ids, "HELD_HASHES", 250)
    table = pd.concat([points(2000)] * 2, ignore_index=True)
    table["point_id"] = range(4000) if numbers else [f"点{k}" for k in range(4000)]
    table.to_parquet(folder / "p.parquet")
    summary = route_file(folder / "网格.parquet", folder / "p.parquet", folder / "o.parquet")
    assert summary.points == 4000
    before = (folder / "o.parquet").read_bytes()
    for first, second in ((37, 3921), (5, 3000), (5, 3500)):
        table.loc[second, "point_id"] = table.point_id[first]
    table.to_parquet(folder / "p.parquet")
    with pytest.raises(InputError) as refused:
        route_file(folder / "网格.parquet", folder / "p.parquet", folder / "o.parquet")
    assert refused.value.code == "ids-duplicate"
    assert refused.value.params["count"] == 2
    assert refused.value.params["rows"] == "7, 39, 3002, 3502, 3923"
    assert (folder / "o.parquet").read_bytes() == before
    assert {it.name for it in folder.iterdir()} == {"网格.parquet", "p.parquet", "o.parquet"}


def test_ids_whose_hashes_are_equal_are_still_different(folder, monkeypatch):
    monkeypatch.setattr(unique_ids, "HELD_HASHES", 50)
    for module in (unique_ids, route_files):
        monkeypatch.setattr(module, "hashes", lambda ids: np.arange(len(ids), dtype=np.uint64) // 2)
    table = points(300)
    table.to_csv(folder / "p.csv", index=False)
    assert route_file(folder / "网格.parquet", folder / "p.csv", folder / "o.csv").points == 300


def test_threads_give_the_same_answers(folder):
    points(3000).to_csv(folder / "p.csv", index=False)
    for threads in (1, 3):
        route_file(
            folder / "网格.parquet", folder / "p.csv", folder / f"{threads}.csv", threads=threads
        )
    assert owners(folder / "1.csv").equals(owners(folder / "3.csv"))


@pytest.mark.parametrize("name", ["geometry", "WKB"])
def test_parquet_with_plain_wkb_is_a_file_of_points(folder, name):
    table = points()
    wkb = layer(table).geometry.to_wkb()
    pd.DataFrame({"id": table.point_id, name: wkb}).to_parquet(folder / "p.parquet")
    route_file(folder / "网格.parquet", folder / "p.parquet", folder / "o.csv")
    assert owners(folder / "o.csv").grid_id.tolist() == expected(table)


def test_a_citys_own_labels_in_a_gb18030_shapefile_come_back_as_they_are(folder):
    labels = [f"巡逻区{code[-2:]}" for code in CODES]
    frame = gpd.GeoDataFrame({"网格编号": labels}, geometry=list(GRIDS), crs=4326)
    frame.to_crs(4547).to_file(folder / "网格.shp", encoding="GB18030")
    (folder / "网格.cpg").unlink()
    table = points()
    table.rename(columns={"lon": "经度", "lat": "纬度"}).to_csv(folder / "p.csv", index=False)
    route_file(folder / "网格.shp", folder / "p.csv", folder / "o.csv")
    told = [f"巡逻区{code[-2:]}" if code else "" for code in expected(table)]
    assert owners(folder / "o.csv").grid_id.tolist() == told


@pytest.mark.parametrize(
    "given, shown",
    [
        ([f"{k:03}" for k in range(20)], [f"{k:03}" for k in range(20)]),
        ([float(k) for k in range(20)], [str(k) for k in range(20)]),
        ([k + 0.5 for k in range(20)], [f"{k}.5" for k in range(20)]),
        ([2**62 + k for k in range(20)], [str(2**62 + k) for k in range(20)]),
    ],
)
def test_labels_keep_their_zeros_and_digits(folder, given, shown):
    frame = gpd.GeoDataFrame({"grid_id": given}, geometry=list(GRIDS), crs=4326)
    frame.to_parquet(folder / "g.parquet")
    centres = shapely.get_coordinates(shapely.point_on_surface(GRIDS))
    table = pd.DataFrame({"point_id": range(20), "lon": centres[:, 0], "lat": centres[:, 1]})
    table.to_csv(folder / "p.csv", index=False)
    route_file(folder / "g.parquet", folder / "p.csv", folder / "o.csv")
    assert owners(folder / "o.csv").grid_id.tolist() == shown


def test_grids_under_another_name_are_refused_with_the_names_that_are_there(folder):
    frame = gpd.GeoDataFrame({"beat": CODES}, geometry=list(GRIDS), crs=4326)
    frame.to_parquet(folder / "g.parquet")
    points().to_csv(folder / "p.csv", index=False)
    with pytest.raises(InputError) as refused:
        route_file(folder / "g.parquet", folder / "p.csv", folder / "o.csv")
    assert refused.value.code == "column-missing"
    assert refused.value.params["found"] == "beat"


def test_metres_read_as_degrees_are_told(folder):
    table = points()
    placed = layer(table).to_crs(32649)  # no system that could be guessed
    table.assign(lon=placed.geometry.x, lat=placed.geometry.y).to_csv(folder / "p.csv", index=False)
    summary = route_file(folder / "网格.parquet", folder / "p.csv", folder / "o.csv")
    codes = {finding.code for finding in summary.report.findings}
    assert "routing-crs-not-degrees" in codes
    done = route_file(folder / "网格.parquet", folder / "p.csv", folder / "o.csv", crs="EPSG:32649")
    assert owners(folder / "o.csv").grid_id.tolist() == expected(table)
    assert "routing-crs-not-degrees" not in {it.code for it in done.report.findings}


def test_on_a_shared_boundary_after_reprojection(folder):
    """Corners stay corners, so the smallest grid_id that touches has them. The middle of an edge
    is off the edge by less than a float shows on a map; one neighbour has it, and never nobody."""
    metric = gpd.GeoSeries(list(GRIDS), crs=4326).to_crs(4547)
    frame = gpd.GeoDataFrame({"grid_id": CODES}, geometry=metric)
    frame.to_file(folder / "g.gpkg")
    rings = [np.asarray(shape.exterior.coords) for shape in metric]
    corners = np.unique(np.concatenate(rings), axis=0)
    middles = np.unique(np.concatenate([(ring[1:] + ring[:-1]) / 2 for ring in rings]), axis=0)
    places = np.concatenate([corners, middles])
    table = pd.DataFrame({"point_id": range(len(places)), "x": places[:, 0], "y": places[:, 1]})
    table.to_csv(folder / "p.csv", index=False)
    route_file(folder / "g.gpkg", folder / "p.csv", folder / "o.csv", crs="EPSG:4547")
    found = owners(folder / "o.csv").grid_id.tolist()
    tree = shapely.STRtree(metric.to_numpy())
    for at, (place, owner) in enumerate(zip(shapely.points(places), found, strict=True)):
        near = sorted(CODES[k] for k in tree.query(place, predicate="dwithin", distance=0.001))
        assert owner in (near[:1] if at < len(corners) else [*near, ""] if len(near) < 2 else near)
