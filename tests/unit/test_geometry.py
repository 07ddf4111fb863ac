"""Coordinate systems: published values, round trips to the last digit, true metres."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import InputError
from gis.geometry import (
    BD09,
    GCJ02,
    WGS84,
    LonLat,
    bd09_to_gcj02,
    bd09_to_wgs84,
    from_metric,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    likelier_crs,
    lonlat_to_wgs84,
    metric_crs,
    parse_crs,
    to_metric,
    to_wgs84,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)

LON = st.floats(74, 134)
LAT = st.floats(4, 53)
M_PER_DEG = 111_320


def test_gcj02_has_its_published_value() -> None:
    lon, lat = wgs84_to_gcj02(116.404, 39.915)
    assert lon == pytest.approx(116.41024449916938, abs=1e-12)
    assert lat == pytest.approx(39.91640428150164, abs=1e-12)


def test_bd09_has_its_published_value() -> None:
    lon, lat = gcj02_to_bd09(116.404, 39.915)
    assert lon == pytest.approx(116.41036949371029, abs=1e-9)
    assert lat == pytest.approx(39.92133699351021, abs=1e-9)


@pytest.mark.parametrize(
    ("there", "back"),
    [
        (wgs84_to_gcj02, gcj02_to_wgs84),
        (gcj02_to_bd09, bd09_to_gcj02),
        (wgs84_to_bd09, bd09_to_wgs84),
    ],
)
@settings(deadline=None, max_examples=60)
@given(lon=LON, lat=LAT)
def test_shifted_datums_come_back_to_the_last_digit(there, back, lon, lat) -> None:
    again = np.array(back(*there(lon, lat)))
    # the formula has the root of |lon - 105|: on that meridian the last digits are not its to give
    limit_m = 1e-6 if abs(lon - 105) < 1e-6 else 1e-8
    assert np.abs(again - (lon, lat)).max() * M_PER_DEG < limit_m


@settings(deadline=None, max_examples=60)
@given(lon=LON, lat=LAT)
def test_the_shift_is_as_large_as_users_see_it(lon, lat) -> None:
    geod = pyproj.Geod(ellps="WGS84")
    x, y = wgs84_to_gcj02(lon, lat)
    distance_m = geod.inv(lon, lat, float(x), float(y))[2]
    assert 1 < distance_m < 1500


@pytest.mark.parametrize("place", [(2.35, 48.85), (-74.0, 40.7), (151.2, -33.9)])
def test_outside_china_nothing_moves(place) -> None:
    for convert in (wgs84_to_gcj02, gcj02_to_wgs84, gcj02_to_bd09, bd09_to_wgs84):
        assert tuple(map(float, convert(*place))) == place


def test_arrays_keep_their_shape_and_nan_stays_nan() -> None:
    lon, lat = gcj02_to_wgs84(np.array([113.6, np.nan]), np.array([34.7, 34.7]))
    assert lon.shape == (2,) and np.isnan(lon[1]) and np.isfinite(lat[0])


@settings(deadline=None, max_examples=40)
@given(lon=st.floats(-179, 179), lat=st.floats(-80, 80))
def test_metric_projection_measures_true(lon, lat) -> None:
    crs = metric_crs(LonLat(lon=lon, lat=lat))
    ends = shapely.points([[lon, lat], [lon + 0.01, lat], [lon, lat + 0.01]])
    a, b, c = to_metric(ends, crs)
    geod = pyproj.Geod(ellps="WGS84")
    for flat, (x, y) in ((a.distance(b), (lon + 0.01, lat)), (a.distance(c), (lon, lat + 0.01))):
        assert flat == pytest.approx(geod.inv(lon, lat, x, y)[2], rel=3.5e-4)
    assert shapely.distance(from_metric(a, crs), ends[0]) < 1e-9


@pytest.mark.parametrize(
    ("lon", "epsg"), [(113.6, 4547), (114.3, 4547), (116.4, 4548), (87.6, 4538), (75.0, 4534)]
)
def test_china_uses_the_official_three_degree_zones(lon, epsg) -> None:
    assert metric_crs((lon - 0.1, 34.6, lon + 0.1, 34.8)).to_epsg() == epsg


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("gcj02", GCJ02),
        ("GCJ-02", GCJ02),
        ("火星坐标系", GCJ02),
        ("BD09", BD09),
        ("百度坐标", BD09),
    ],
)
def test_names_without_a_code(name, meant) -> None:
    assert parse_crs(name) == meant


@pytest.mark.parametrize(
    ("name", "epsg"),
    [("EPSG:4547", 4547), ("epsg:4326", 4326), ("4547", 4547), (4490, 4490), ("cgcs2000", 4490),
     ("WGS84", 4326)],
)  # fmt: skip
def test_names_with_a_code(name, epsg) -> None:
    assert parse_crs(name).to_epsg() == epsg


@pytest.mark.parametrize("name", ["nonsense", "EPSG:999999", "", "gcj03"])
def test_an_unknown_name_is_told(name) -> None:
    with pytest.raises(InputError) as caught:
        parse_crs(name)
    assert caught.value.code == "crs-unknown"


def test_frames_come_to_wgs84_from_every_system() -> None:
    place = shapely.Point(113.6, 34.75)
    flat = to_metric(place, pyproj.CRS.from_epsg(4547))
    shifted = shapely.Point(*map(float, wgs84_to_gcj02(place.x, place.y)))
    for name, geometry in (("EPSG:4547", flat), ("gcj02", shifted), ("cgcs2000", place)):
        # what the frame says of itself does not matter: the name decides
        frame = gpd.GeoDataFrame({"a": [1]}, geometry=[geometry], crs=WGS84)
        moved = to_wgs84(frame, name)
        assert moved.crs.to_epsg() == WGS84
        assert moved.geometry[0].distance(place) < 1e-9
        x, y = lonlat_to_wgs84([geometry.x], [geometry.y], name)
        assert abs(x[0] - place.x) < 1e-9 and abs(y[0] - place.y) < 1e-9


@pytest.mark.parametrize("bad", [(181.0, 0.0), (0.0, 91.0), (float("nan"), 0.0)])
def test_a_place_outside_the_world_is_refused(bad) -> None:
    with pytest.raises(InputError, match="not a place on earth"):
        LonLat(lon=bad[0], lat=bad[1])


class TestLikelierSystem:
    """Places said to be WGS 84 against the jurisdiction that they should lie in."""

    town = shapely.box(113.60, 34.74, 113.612, 34.75)
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(113.60, 113.612, 400), rng.uniform(34.74, 34.75, 400)

    def test_right_places_raise_no_doubt(self) -> None:
        assert likelier_crs(self.lon, self.lat, self.town) is None

    @pytest.mark.parametrize(("shift", "name"), [(wgs84_to_gcj02, GCJ02), (wgs84_to_bd09, BD09)])
    def test_shifted_places_are_recognised(self, shift, name) -> None:
        assert likelier_crs(*shift(self.lon, self.lat), self.town) == name

    def test_latitude_first_is_recognised(self) -> None:
        assert likelier_crs(self.lat, self.lon, self.town) == "swapped"

    def test_places_of_another_town_are_not_explained_away(self) -> None:
        assert likelier_crs(self.lon + 2, self.lat, self.town) is None
