"""People onto polygons: sums are kept, to the last person."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.units.build import build_units
from gis.units.people import locate, people_of, spread, whole_numbers
from tests.unit.units.towns import CRS, TOWN, layer, raster_streets, yards

STREETS = raster_streets(1000, 1000, 200)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200))
def test_whole_numbers_keep_the_sum(values) -> None:
    exact = np.array(values)
    whole = whole_numbers(exact)
    assert whole.sum() == round(float(exact.sum()))
    assert (np.abs(whole - exact) < 1 + 1e-6).all() and (whole >= 0).all()


def test_a_point_on_a_shared_line_counts_once() -> None:
    squares = layer(*[shapely.box(x, 0, x + 10, 10) for x in (0, 10, 20)]).geometry.to_numpy()
    corner = shapely.points(shapely.get_coordinates(squares[1])[:4])
    assert set(locate(squares, corner)) <= {0, 1, 2} and (locate(squares, corner) >= 0).all()


@pytest.mark.parametrize("with_buildings", [False, True])
def test_zones_are_spread_whole(with_buildings) -> None:
    zones = layer(
        shapely.box(0, 0, 500, 1000), shapely.box(500, 0, 1000, 1000), pop=[1001, 2002],
        households=[301, 602],
    )  # fmt: skip
    result = build_units(
        streets=STREETS, boundary=TOWN, population=zones,
        buildings=yards(1000, 1000, pop=0)[["geometry"]] if with_buildings else None,
    )  # fmt: skip
    assert result.people == 3003 and result.frame["households"].sum() == 903
    assert result.people_outside == 0
    x = shapely.get_x(shapely.centroid(result.frame.geometry.to_numpy()))
    east = x > np.median(x)
    assert result.frame.loc[east, "pop"].sum() > result.frame.loc[~east, "pop"].sum()


def test_zones_follow_the_buildings_in_them() -> None:
    zone = layer(shapely.box(0, 0, 1000, 1000), pop=[90])
    houses = layer(shapely.box(10, 10, 30, 30), shapely.box(810, 810, 830, 850))
    result = build_units(streets=STREETS, boundary=TOWN, population=zone, buildings=houses)
    assert sorted(result.frame["pop"])[-3:] == [0, 30, 60]


def test_a_zone_half_outside_counts_half() -> None:
    zone = layer(shapely.box(500, 0, 1500, 1000), pop=[1000])
    result = build_units(streets=STREETS, boundary=TOWN, population=zone)
    assert result.people == pytest.approx(500, abs=2)
    assert result.people + result.people_outside == 1000


def test_the_population_file_wins_over_the_buildings_column() -> None:
    places = layer(shapely.Point(50, 50), pop=[3])
    result = build_units(
        streets=STREETS, boundary=TOWN, population=places, buildings=yards(1000, 1000, pop=10)
    )
    assert result.people == 3


def test_missing_and_negative_counts_are_nobody() -> None:
    frame = layer(*[shapely.Point(50, 50)] * 4, pop=[5.0, np.nan, -3.0, np.inf])
    assert people_of(frame).counts[:, 0].tolist() == [5, 0, 0, 0]
    units = TOWN.geometry.to_numpy()
    counts, outside = spread(people_of(frame), units, CRS)
    assert counts[0, 0] == 5 and outside[0] == 0
