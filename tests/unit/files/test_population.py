"""People from places, zones and rasters: all of them are there, each refusal is told."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from gis.errors import InputError
from gis.files.population import read_population
from gis.geometry import projector
from gis.report import Report


def raster(path: Path, values: np.ndarray, *, crs: str | None = "EPSG:4326", **options) -> Path:
    """A GeoTIFF whose upper left corner is 113.6 E, 34.8 N, or the same place in EPSG:4547."""
    place, cell = shapely.Point(113.6, 34.8), 0.001
    if crs == "EPSG:4547":
        place, cell = projector(4326, 4547)(place), 100.0
    with rasterio.open(
        path, "w", driver="GTiff", height=values.shape[0], width=values.shape[1], count=1,
        dtype=values.dtype, crs=crs, transform=from_origin(place.x, place.y, cell, cell), **options,
    ) as file:  # fmt: skip
        file.write(values, 1)
    return path


def codes(report: Report) -> set[str]:
    return {finding.code for finding in report.findings}


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4547"])
def test_a_raster_gives_all_its_people(tmp_path: Path, crs: str) -> None:
    values = np.random.default_rng(0).uniform(0, 9, (20, 30)).astype(np.float32)
    values[3:5, 4:9] = -9999
    path = raster(tmp_path / "人口.tif", values, crs=crs, nodata=-9999)
    people = read_population(path, report=Report())
    assert people["pop"].sum() == pytest.approx(values[values > 0].sum(), rel=1e-6)
    assert people.crs.to_epsg() == 4326
    west, _, _, north = people.total_bounds
    assert 113.6 < west < 113.602 and 34.798 < north < 34.8


def test_only_the_window_is_read(tmp_path: Path) -> None:
    path = raster(tmp_path / "a.tif", np.ones((100, 100), np.float32))
    report = Report()
    people = read_population(path, report=report, bounds=(113.62, 34.75, 113.63, 34.76))
    inside = people.cx[113.62:113.63, 34.75:34.76]
    assert len(inside) == 100 and report.rows_read < 200


def test_negative_cells_are_refused(tmp_path: Path) -> None:
    values = np.array([[1, -5], [np.nan, 4]], np.float32)
    report = Report()
    people = read_population(raster(tmp_path / "a.tif", values), report=report)
    assert people["pop"].sum() == 5 and codes(report) == {"raster-negative"}


@pytest.mark.parametrize(
    ("values", "options", "code"),
    [
        (np.zeros((3, 3), np.uint8), {}, "raster-empty"),
        (np.ones((3, 3), np.uint8), {"bounds": (10.0, 10.0, 11.0, 11.0)}, "raster-elsewhere"),
    ],
)
def test_useless_rasters(tmp_path: Path, values, options, code) -> None:
    with pytest.raises(InputError) as caught:
        read_population(raster(tmp_path / "a.tif", values), report=Report(), **options)
    assert caught.value.code == code


def test_a_raster_must_say_where_it_is(tmp_path: Path) -> None:
    path = raster(tmp_path / "a.tif", np.ones((3, 3), np.uint8), crs=None)
    with pytest.raises(InputError) as caught:
        read_population(path, report=Report())
    assert caught.value.code == "crs-missing"
    assert read_population(path, report=Report(), crs="EPSG:4326")["pop"].sum() == 9


def test_a_corrupt_raster(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(b"II*\0" + b"\x05" * 400)
    with pytest.raises(InputError) as caught:
        read_population(tmp_path / "a.tif", report=Report())
    assert caught.value.code == "file-corrupt"


def test_a_table_of_places(tmp_path: Path) -> None:
    rows = {"经度": [113.6, 113.7, 113.8, 113.9], "纬度": 34.7, "人口": ["5", "-1", "0", "许多"],
            "户数": [2, 1, 1, 1]}  # fmt: skip
    pd.DataFrame(rows).to_csv(tmp_path / "a.csv", index=False)
    report = Report()
    people = read_population(tmp_path / "a.csv", report=report)
    assert people["pop"].tolist() == [5, 0] and people["households"].tolist() == [2, 1]
    assert {"population-negative", "population-unreadable", "crs-assumed"} == codes(report)
    named = {f.code: f.rows for f in report.findings}
    assert named["population-negative"] == (3,) and named["population-unreadable"] == (5,)
    assert report.rows_accepted == 2


def test_zones_and_points_keep_their_counts(tmp_path: Path) -> None:
    zones = gpd.GeoDataFrame(
        {"总人口": [10, 20]}, crs=4326,
        geometry=[shapely.box(113.6, 34.7, 113.7, 34.8), shapely.MultiPoint([(1, 1), (1, 3)])],
    )  # fmt: skip
    zones.iloc[:1].to_file(tmp_path / "zones.gpkg")
    assert read_population(tmp_path / "zones.gpkg", report=Report())["pop"].tolist() == [10]
    zones.iloc[1:].to_file(tmp_path / "points.gpkg")
    points = read_population(tmp_path / "points.gpkg", report=Report())
    assert points["pop"].tolist() == [20] and points.geometry.iloc[0].equals(shapely.Point(1, 2))
    report = Report()
    zones.to_file(tmp_path / "both.gpkg")
    assert len(read_population(tmp_path / "both.gpkg", report=report)) == 1
    assert "geometry-wrong-kind" in codes(report)


def test_people_must_be_somewhere_in_the_file(tmp_path: Path) -> None:
    gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(0, 0)], crs=4326).to_file(
        tmp_path / "a.gpkg"
    )
    for column in (None, "居民"):
        with pytest.raises(InputError) as caught:
            read_population(tmp_path / "a.gpkg", report=Report(), column=column)
        assert caught.value.code == "column-missing"
