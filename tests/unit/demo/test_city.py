"""The demo city is whole: exact totals, clean lines, faces that tile, one city for one seed."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal

from gis.demo.city import DemoCity, build_city
from gis.demo.layout import share_cells
from gis.errors import InputError
from gis.geometry import DECIMALS, metric_crs
from gis.messages import LANGUAGES, translate
from gis.units.build import UnitOptions, build_units

LAYERS = ("streets", "buildings", "compounds", "water", "sub_districts")
TONGBAI, QINLING = "410102005", "410102004"


def layers(city: DemoCity) -> dict[str, gpd.GeoDataFrame]:
    return {name: getattr(city, name) for name in LAYERS}


def test_it_has_the_reported_figures(city: DemoCity) -> None:
    parts = city.sub_districts.set_index("code")
    assert parts.loc[TONGBAI, ["pop", "level_2", "level_3"]].tolist() == [103_889, 23, 60]
    assert parts.loc[QINLING, ["level_2", "level_3"]].tolist() == [11, 44]
    area_m2 = parts.to_crs(metric_crs(city.boundary.bounds)).area
    assert area_m2[TONGBAI] == pytest.approx(4_430_000, rel=1e-3)


def test_every_inhabitant_lives_in_a_building(city: DemoCity) -> None:
    lived = city.buildings.groupby("sub_district")["pop"].sum()
    assert lived.to_dict() == city.sub_districts.set_index("code")["pop"].to_dict()
    assert city.compounds["pop"].sum() == city.buildings["pop"].sum() == city.population
    assert (city.buildings["pop"] >= 0).all()
    assert ((city.buildings["households"] > 0) == (city.buildings["pop"] > 0)).all()


def test_everything_is_flagged_synthetic_and_lies_on_the_stored_grid(city: DemoCity) -> None:
    for name, layer in layers(city).items():
        assert layer["synthetic"].all(), name
        assert layer.crs.to_epsg() == 4326
        assert shapely.is_valid(layer.geometry.to_numpy()).all(), name
        if name != "water":
            xy = shapely.get_coordinates(layer.geometry.to_numpy())
            assert np.array_equal(np.round(xy, DECIMALS), xy), name


def test_streets_meet_only_at_their_ends(city: DemoCity) -> None:
    lines = city.streets.geometry.to_numpy()
    assert shapely.is_simple(lines).all()
    tree = shapely.STRtree(lines)
    a, b = tree.query(lines, predicate="intersects")
    a, b = a[a < b], b[a < b]
    ends = shapely.union(shapely.boundary(lines[a]), shapely.boundary(lines[b]))
    assert shapely.covers(ends, shapely.intersection(lines[a], lines[b])).all()


def test_streets_enclose_exactly_the_blocks(city: DemoCity) -> None:
    blocks = shapely.get_parts(shapely.polygonize(city.streets.geometry.to_numpy()))
    assert shapely.area(blocks).sum() == pytest.approx(city.boundary.area, rel=1e-9)
    middles = shapely.point_on_surface(city.compounds.geometry.to_numpy())
    block, compound = shapely.STRtree(middles).query(blocks, predicate="contains")
    assert len(np.unique(block)) == len(block) == len(np.unique(compound)) == len(city.compounds)


def test_sub_districts_and_compounds_are_valid_coverages(city: DemoCity) -> None:
    assert shapely.coverage_is_valid(city.sub_districts.geometry.to_numpy())
    assert shapely.coverage_is_valid(city.compounds.geometry.to_numpy())
    assert set(city.sub_districts.geometry.geom_type) == {"Polygon"}
    assert city.boundary.geom_type == "Polygon"


def test_buildings_stand_inside_their_compound_and_apart(city: DemoCity) -> None:
    home = city.compounds.set_index("compound_id").geometry[city.buildings["compound_id"]]
    outlines = city.buildings.geometry.to_numpy()
    assert shapely.contains_properly(home.to_numpy(), outlines).all()
    overlapping = shapely.STRtree(outlines).query(outlines, predicate="overlaps")
    assert overlapping.size == 0
    assert city.buildings["building_id"].is_unique


def test_a_city_has_what_a_city_has(city: DemoCity) -> None:
    roads = city.streets[city.streets["kind"] == "road"]
    assert {1, 2, 3, 4, 5, 6} <= set(roads["cls"])
    assert {"road", "rail", "river", "wall"} == set(city.streets["kind"])
    assert {"park", "lake", "river"} == set(city.water["kind"])
    assert {
        "old", "estate", "village", "factory", "commerce", "market", "school", "hospital", "site",
    } == set(city.compounds["kind"])  # fmt: skip
    assert (roads[["name", "name_en"]] != "").all(axis=None)
    assert city.buildings[["name", "name_en", "address", "address_en"]].ne("").all(axis=None)
    together = city.compounds[city.compounds["keep_together"]]
    assert 0 < together["pop"].max() <= 400


@pytest.mark.parametrize("seed", [1, 2])
def test_other_seeds_give_other_cities_that_are_whole_too(city: DemoCity, seed: int) -> None:
    other = build_city(seed=seed)
    assert other.population == city.population
    assert shapely.coverage_is_valid(other.compounds.geometry.to_numpy())
    assert set(other.compounds["kind"]) == set(city.compounds["kind"])
    assert {"park", "lake", "river"} == set(other.water["kind"])
    assert other.streets.total_bounds.tolist() != city.streets.total_bounds.tolist()
    blocks = shapely.get_parts(shapely.polygonize(other.streets.geometry.to_numpy()))
    assert shapely.area(blocks).sum() == pytest.approx(other.boundary.area, rel=1e-9)


def test_the_same_seed_gives_the_same_city(city: DemoCity) -> None:
    again = build_city()
    for name, layer in layers(city).items():
        assert_geodataframe_equal(layer, getattr(again, name))


def test_an_unknown_scale_says_which_there_are() -> None:
    with pytest.raises(InputError) as caught:
        build_city("galaxy")  # type: ignore[arg-type]
    assert caught.value.code == "demo-scale-unknown"
    for language in LANGUAGES:
        assert "sub-districts" in translate(caught.value.code, language, caught.value.params)


@pytest.mark.parametrize(
    ("rows", "columns", "parts"), [(4, 5, 2), (11, 12, 14), (9, 7, 30), (1, 6, 6)]
)
def test_cells_are_dealt_in_connected_parts(rows: int, columns: int, parts: int) -> None:
    rng = np.random.default_rng(parts)
    owners = share_cells(rows, columns, rng.lognormal(0, 0.4, parts).tolist())
    assert set(owners.ravel()) == set(range(parts))
    for part in range(parts):
        cells = [shapely.box(i, j, i + 1, j + 1) for j, i in np.argwhere(owners == part)]
        assert shapely.union_all(cells).geom_type == "Polygon"


def test_it_becomes_units_that_a_planner_can_balance(city: DemoCity) -> None:
    wanted = int(city.sub_districts["level_3"].sum())
    result = build_units(
        streets=city.streets, boundary=city.sub_districts, buildings=city.buildings,
        options=UnitOptions(grids=wanted, parent="code"),
    )  # fmt: skip
    units = result.frame
    assert result.people == units["pop"].sum() == city.population
    assert result.people_outside == 0
    assert shapely.coverage_is_valid(units.geometry.to_numpy())
    assert 10 <= len(units) / wanted <= 25
    assert units["pop"].max() < city.population / wanted / 5


def test_a_district_has_its_fourteen_sub_districts_and_a_million_people() -> None:
    district = build_city("district")
    assert district.sub_districts["code"].tolist() == [f"4101020{k:02d}" for k in range(1, 15)]
    assert district.population == district.buildings["pop"].sum() == 1_000_000
    assert shapely.coverage_is_valid(district.compounds.geometry.to_numpy())
    assert set(district.sub_districts.geometry.geom_type) == {"Polygon"}
