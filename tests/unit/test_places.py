"""Places read in the wrong coordinate system are doubted; honest ones are not."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gis.geometry import wgs84_to_bd09, wgs84_to_gcj02
from gis.incidents.places import doubt_places

WIDE = shapely.Polygon([(113.55, 34.70), (113.68, 34.72), (113.70, 34.80), (113.60, 34.83)])
SMALL = shapely.box(113.60, 34.75, 113.61, 34.76)
SHIFTS = {
    "gcj02": wgs84_to_gcj02,
    "bd09": wgs84_to_bd09,
    "swapped": lambda lon, lat: (lat, lon),
}


def places(area, count, outside_share, seed):
    """Places of which a share lies outside, up to some kilometres from the area."""
    rng = np.random.default_rng(seed)
    west, south, east, north = area.bounds

    def some(wanted, inside, margin):
        found = np.empty((0, 2))
        while len(found) < wanted:
            lon = rng.uniform(west - margin, east + margin, 500)
            lat = rng.uniform(south - margin, north + margin, 500)
            fits = shapely.intersects_xy(area, lon, lat) == inside
            found = np.vstack([found, np.column_stack([lon, lat])[fits]])
        return found[:wanted]

    off = round(count * outside_share)
    xy = np.vstack([some(count - off, True, 0), some(off, False, 0.03)])
    return xy[:, 0], xy[:, 1]


@pytest.mark.parametrize("area", [WIDE, SMALL], ids=["wide", "small"])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.1, 0.3])
@pytest.mark.parametrize("count", [12, 200, 3000])
def test_honest_places_are_never_refused(area, share, count):
    for seed in range(8):
        lon, lat = places(area, count, share, seed)
        doubt = doubt_places(lon, lat, "EPSG:4326", area)
        assert doubt is None or not doubt.strong


@pytest.mark.parametrize("area", [WIDE, SMALL], ids=["wide", "small"])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.1])
@pytest.mark.parametrize("system", SHIFTS)
def test_another_system_is_found_and_named(area, share, system):
    for seed in range(4):
        lon, lat = places(area, 1500, share, seed)
        doubt = doubt_places(*SHIFTS[system](lon, lat), "EPSG:4326", area)
        assert doubt is not None and doubt.strong
        assert doubt.system == system
        assert (doubt.looked, doubt.won <= doubt.outside) == (1500, True)


def test_gps_that_is_declared_to_be_a_web_maps_is_found_too():
    lon, lat = places(SMALL, 300, 0.05, 1)
    doubt = doubt_places(lon, lat, "gcj02", SMALL)
    assert doubt is not None and (doubt.system, doubt.strong) == ("EPSG:4326", True)


def test_surveyors_northing_first_is_found():
    import pyproj

    lon, lat = places(WIDE, 300, 0.0, 1)
    to_metres = pyproj.Transformer.from_crs(4326, 4547, always_xy=True)
    x, y = to_metres.transform(lon, lat)
    assert doubt_places(x, y, "EPSG:4547", WIDE) is None
    doubt = doubt_places(y, x, "EPSG:4547", WIDE)
    assert doubt is not None and (doubt.system, doubt.strong) == ("swapped", True)


def test_another_city_is_no_other_system():
    lon, lat = places(WIDE, 300, 0.0, 1)
    assert doubt_places(lon + 2, lat, "EPSG:4326", WIDE) is None
