"""Units over a limit: cut between buildings or straight, until nothing more can be cut."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.units.build import build_units
from gis.units.cuts import halved
from gis.units.options import Limits, UnitOptions
from tests.unit.units.towns import TOWN, assert_tiles, codes, layer, raster_streets, yards

STREETS = raster_streets(1000, 1000, 500)


def test_cuts_run_between_buildings() -> None:
    houses = yards(1000, 1000, pop=10)
    result = build_units(
        streets=STREETS, boundary=TOWN, buildings=houses, options=UnitOptions(max_pop=60)
    )
    assert_tiles(result, TOWN)
    assert result.frame["pop"].max() <= 60 and not result.over_limit
    assert result.people == houses["pop"].sum()
    assert result.frame["households"].sum() == houses["households"].sum()
    edges = shapely.boundary(result.frame.geometry.to_numpy())
    walls = shapely.STRtree(houses.geometry.to_numpy()).query(edges, predicate="intersects")[1]
    streets = shapely.STRtree(houses.geometry.to_numpy()).query(
        STREETS.geometry.to_numpy(), predicate="intersects"
    )[1]
    assert set(walls) <= set(streets)  # a wall is cut only where a street runs through it


@pytest.mark.parametrize("area_m2", [5_000, 20_000, 100_000])
def test_blocks_without_buildings_are_cut_to_size(area_m2) -> None:
    options = UnitOptions(max_area_m2=area_m2)
    result = build_units(streets=STREETS, boundary=TOWN, options=options)
    assert_tiles(result, TOWN)
    assert result.frame["area_m2"].max() <= area_m2 * 1.001 and not result.over_limit
    assert len(result.frame) < 5 * 1e6 / area_m2


def test_places_without_buildings_are_parted() -> None:
    rng = np.random.default_rng(5)
    crowd = rng.normal(250, 30, (400, 2)).clip(5, 495)  # all in one corner block
    places = layer(*shapely.points(crowd), pop=[1] * 400)
    result = build_units(
        streets=STREETS, boundary=TOWN, population=places,
        options=UnitOptions(max_pop=40, min_area_m2=100, min_width_m=3),
    )  # fmt: skip
    assert_tiles(result, TOWN)
    assert result.people == 400 and result.frame["pop"].max() <= 40


def test_one_tower_over_the_limit_is_named_and_not_cut() -> None:
    tower = layer(shapely.box(200, 200, 230, 230), pop=[5000], households=[1500])
    result = build_units(
        streets=STREETS, boundary=TOWN, buildings=tower, options=UnitOptions(max_pop=300)
    )
    assert len(result.frame) == 4 and len(result.over_limit) == 1
    home = result.frame.set_index("unit_id").loc[result.over_limit[0]]
    assert home["pop"] == 5000 and codes(result.report)["units-over-limit"] == 1
    assert_tiles(result, TOWN)


def test_towers_on_one_spot_do_not_stop_the_work() -> None:
    same = layer(*[shapely.box(200, 200, 230, 230)] * 5, pop=[500] * 5)
    result = build_units(
        streets=STREETS, boundary=TOWN, buildings=same, options=UnitOptions(max_pop=300)
    )
    assert_tiles(result, TOWN)
    assert result.people == 2500 and result.over_limit


def test_overlapping_and_needle_like_buildings_do_no_harm() -> None:
    rng = np.random.default_rng(2)
    corners = rng.uniform(0, 950, (300, 2))
    sizes = rng.uniform(0.05, 60, (300, 2))
    shapes = shapely.box(*corners.T, *(corners + sizes).T)
    houses = layer(*shapes, pop=rng.integers(0, 50, 300))
    result = build_units(
        streets=STREETS, boundary=TOWN, buildings=houses, options=UnitOptions(grids=12)
    )
    assert_tiles(result, TOWN)
    assert result.people == houses["pop"].sum()


def test_grids_give_the_limits() -> None:
    houses = yards(1000, 1000, pop=10)
    result = build_units(
        streets=STREETS, boundary=TOWN, buildings=houses, options=UnitOptions(grids=10)
    )
    assert len(result.frame) >= 60
    assert result.frame["pop"].max() <= result.people / 60


@settings(deadline=None, max_examples=50)
@given(weights=st.lists(st.floats(0, 1.5), min_size=1, max_size=60), seed=st.integers(0, 99))
def test_halving_gathers_all_within_the_limit(weights, seed) -> None:
    weight = np.array(weights)
    xy = np.random.default_rng(seed).uniform(0, 100, (len(weight), 2)).round(-1)  # ties included
    groups = halved(weight, xy)
    assert sorted(set(groups)) == list(range(groups.max() + 1))
    for group in range(groups.max() + 1):
        members = groups == group
        assert weight[members].sum() <= 1 + 1e-9 or members.sum() == 1


def test_the_weight_is_of_the_tighter_limit() -> None:
    both = Limits(max_pop=100, max_area_m2=1000)
    assert both.weight(np.array([50.0]), np.array([2000.0])).tolist() == [2.0]
    assert Limits(max_pop=None, max_area_m2=None).weight(np.array([9.0]), np.array([9.0])) == 0
