"""Units as a whole: a valid coverage of exactly the jurisdiction, nobody lost, always the same."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import InfeasibleError, InputError
from gis.geometry import wgs84_to_gcj02
from gis.units.build import build_units
from gis.units.options import UnitOptions, UnitsResult
from tests.unit.units.towns import (
    CRS,
    TOWN,
    assert_tiles,
    codes,
    layer,
    measured_m2,
    random_streets,
    raster_streets,
    yards,
)


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 15), grids=st.integers(1, 12))
def test_any_streets_and_people_give_a_whole_coverage(seed, count, grids) -> None:
    rng = np.random.default_rng(seed)
    places = layer(*shapely.points(rng.uniform(-50, 1050, (300, 2))), pop=rng.integers(0, 40, 300))
    result = build_units(
        streets=random_streets(seed, count=count), boundary=TOWN, population=places,
        options=UnitOptions(grids=grids),
    )  # fmt: skip
    assert_tiles(result, TOWN)
    assert result.people == result.frame["pop"].sum()
    assert result.people + result.people_outside == places["pop"].sum()
    limit = result.people / grids / 6
    over = result.frame.loc[result.frame["pop"] > limit * 1.0001, "unit_id"]
    assert set(over) <= set(result.over_limit)


def test_the_same_input_in_any_order_gives_the_same_units() -> None:
    streets, houses = random_streets(3), yards(1000, 1000, pop=9)
    options = UnitOptions(grids=10)
    first = build_units(streets=streets, buildings=houses, boundary=TOWN, options=options).frame
    again = build_units(
        streets=streets.sample(frac=1, random_state=1), buildings=houses.iloc[::-1],
        boundary=TOWN, options=options,
    ).frame  # fmt: skip
    assert first["unit_id"].tolist() == again["unit_id"].tolist()
    assert first["pop"].tolist() == again["pop"].tolist()
    assert shapely.equals(first.geometry.to_numpy(), again.geometry.to_numpy()).all()


def test_a_change_in_one_block_leaves_the_other_ids_alone() -> None:
    streets = raster_streets(1000, 1000, 200)
    more = gpd.pd.concat([streets, layer(shapely.LineString([(500, 400), (500, 600)]))])
    before = set(build_units(streets=streets, boundary=TOWN).frame["unit_id"])
    after = set(build_units(streets=more, boundary=TOWN).frame["unit_id"])
    assert len(before) == 25 and len(after) == 26
    assert len(before - after) <= 1


@pytest.mark.parametrize("gap_m", [0.0, 0.01, 0.3, -0.3])
def test_a_street_that_all_but_reaches_another_parts_the_block(gap_m) -> None:
    almost = layer(shapely.LineString([(500, 400 + gap_m), (500, 600 - gap_m)]))
    streets = gpd.pd.concat([raster_streets(1000, 1000, 200), almost])
    result = build_units(streets=streets, boundary=TOWN)
    assert len(result.frame) == 26
    assert_tiles(result, TOWN)


def test_dead_ends_inside_a_block_do_not_cut_it() -> None:
    dead_end = layer(shapely.LineString([(50, 0), (50, 120)]))
    streets = gpd.pd.concat([raster_streets(1000, 1000, 200), dead_end])
    assert len(build_units(streets=streets, boundary=TOWN).frame) == 25


def test_the_strip_between_two_carriageways_is_joined() -> None:
    second = layer(shapely.LineString([(406, -10), (406, 1010)]))
    streets = gpd.pd.concat([raster_streets(1000, 1000, 200), second])
    result = build_units(streets=streets, boundary=TOWN)
    assert len(result.frame) == 25 and codes(result.report)["units-slivers-joined"] == 5
    assert_tiles(result, TOWN)


def test_holes_and_islands_of_the_boundary_are_kept() -> None:
    lake = shapely.Polygon(
        shapely.box(0, 0, 1000, 1000).exterior, [shapely.box(330, 330, 630, 630).exterior]
    )
    town = layer(shapely.MultiPolygon([lake, shapely.box(1500, 0, 1700, 200)]))
    result = build_units(streets=raster_streets(1700, 1000, 200), boundary=town)
    assert_tiles(result, town)
    assert measured_m2(result.frame.geometry.to_numpy()) == pytest.approx(1e6 - 9e4 + 4e4, rel=1e-3)


class TestSeveralSubDistricts:
    def built(self, *shapes, **options) -> tuple[UnitsResult, gpd.GeoDataFrame]:
        districts = layer(*shapes, code=[f"4101020{n:02d}" for n in range(len(shapes))])
        result = build_units(
            streets=raster_streets(1000, 1000, 300), boundary=districts,
            options=UnitOptions(parent="code"), **options,
        )  # fmt: skip
        return result, districts

    def test_no_unit_crosses_from_one_into_another(self) -> None:
        result, districts = self.built(
            shapely.box(0, 0, 450, 1000), shapely.box(450, 0, 1000, 1000)
        )
        assert_tiles(result, districts)
        for code, shape in zip(districts["code"], districts.geometry, strict=True):
            own = result.frame[result.frame["code"] == code].geometry.to_numpy()
            assert measured_m2(own) == pytest.approx(measured_m2(shape), rel=1e-5)

    def test_a_thin_gap_between_them_is_closed(self) -> None:
        west = shapely.Polygon([(0, 0), (450, 0), (449, 500), (450, 1000), (0, 1000)])
        result, _ = self.built(west, shapely.box(450, 0, 1000, 1000))
        assert codes(result.report)["boundary-seams"] >= 1
        assert_tiles(result, TOWN)

    def test_where_they_overlap_the_first_has_it(self) -> None:
        result, _ = self.built(shapely.box(0, 0, 480, 1000), shapely.box(450, 0, 1000, 1000))
        assert codes(result.report)["boundary-overlap"] >= 1
        assert_tiles(result, TOWN)
        first = result.frame[result.frame["code"] == "410102000"]
        assert measured_m2(first.geometry.to_numpy()) == pytest.approx(480_000, rel=1e-3)

    def test_a_copy_is_refused_by_row(self) -> None:
        with pytest.raises(InfeasibleError) as caught:
            self.built(shapely.box(0, 0, 1000, 1000), shapely.box(0, 0, 1000, 1000))
        assert caught.value.code == "boundary-row-empty" and caught.value.params["rows"] == "2"

    def test_a_missing_parent_column_is_told(self) -> None:
        with pytest.raises(InputError) as caught:
            build_units(
                streets=None, boundary=TOWN, options=UnitOptions(parent="街道"),
            )  # fmt: skip
        assert caught.value.code == "units-no-parent"


class TestBarriers:
    def test_a_railway_and_a_lake_part_units(self) -> None:
        barriers = layer(
            shapely.LineString([(-10, 90), (1010, 110)]), shapely.box(430, 430, 560, 560)
        )
        result = build_units(
            streets=raster_streets(1000, 1000, 200), boundary=TOWN, barriers=barriers
        )
        assert_tiles(result, TOWN)
        assert len(result.frame) == 25 + 5 + 1

    def test_units_do_not_cross_them(self) -> None:
        railway = layer(shapely.LineString([(-10, 90), (1010, 110)]))
        result = build_units(
            streets=random_streets(1), boundary=TOWN, barriers=railway,
            options=UnitOptions(min_area_m2=0, min_width_m=0),
        )  # fmt: skip
        inner = shapely.buffer(result.frame.geometry.to_numpy(), -2e-7)
        assert not shapely.intersects(inner, railway.geometry.iloc[0]).any()


class TestWithoutABoundary:
    def test_the_outermost_streets_bound_it(self) -> None:
        result = build_units(streets=raster_streets(600, 400, 200))
        assert len(result.frame) == 6
        assert result.frame["area_m2"].sum() == pytest.approx(240_000, rel=1e-3)

    def test_a_scrap_that_touches_nothing_is_left_out(self) -> None:
        scrap = layer(shapely.box(5000, 5000, 5005, 5005).exterior)
        result = build_units(streets=gpd.pd.concat([raster_streets(600, 400, 200), scrap]))
        assert len(result.frame) == 6 and codes(result.report)["units-slivers-alone"] == 1

    def test_streets_that_enclose_nothing_are_refused(self) -> None:
        with pytest.raises(InfeasibleError) as caught:
            build_units(streets=layer(shapely.LineString([(0, 0), (100, 100)])))
        assert caught.value.code == "units-no-blocks"

    @pytest.mark.parametrize("streets", [None, TOWN.iloc[:0]])
    def test_nothing_at_all_is_refused(self, streets) -> None:
        with pytest.raises(InputError) as caught:
            build_units(streets=streets)
        assert caught.value.code == "units-no-streets"


class TestCells:
    @pytest.mark.parametrize("grids", [None, 3, 20])
    def test_h3_cells_cover_a_place_without_streets(self, grids) -> None:
        town = layer(shapely.Point(500, 500).buffer(700), code=["a"])
        result = build_units(
            streets=None, boundary=town, buildings=yards(1000, 1000, pop=10),
            options=UnitOptions(grids=grids, parent="code"),
        )  # fmt: skip
        assert_tiles(result, town)
        assert result.people + result.people_outside == 10 * len(yards(1000, 1000, pop=10))
        if grids:
            assert len(result.frame) >= 6 * grids

    def test_the_wanted_resolution_is_used_although_there_are_streets(self) -> None:
        options = UnitOptions(h3_resolution=11)
        result = build_units(
            streets=raster_streets(1000, 1000, 500), boundary=TOWN, options=options
        )
        assert_tiles(result, TOWN)
        assert 350 < len(result.frame) < 700  # cells of about 0.002 km²

    def test_too_fine_a_resolution_is_refused_beforehand(self) -> None:
        with pytest.raises(InfeasibleError) as caught:
            build_units(streets=None, boundary=TOWN, options=UnitOptions(h3_resolution=15))
        assert caught.value.code == "units-too-many-cells"
        assert 0 < caught.value.params["coarser"] < 15


class TestDoubts:
    streets = raster_streets(1000, 1000, 200)

    def test_streets_of_another_place(self) -> None:
        far = self.streets.translate(2, 0).to_frame("geometry")
        result = build_units(streets=far, boundary=TOWN)
        assert len(result.frame) == 1 and "units-streets-elsewhere" in codes(result.report)

    def test_no_people_and_nobody(self) -> None:
        assert "units-no-people" in codes(build_units(streets=self.streets, boundary=TOWN).report)
        empty = layer(shapely.Point(1, 1), pop=[0])
        result = build_units(streets=self.streets, boundary=TOWN, population=empty)
        assert "units-all-empty" in codes(result.report) and result.people == 0

    def test_people_outside_are_counted(self) -> None:
        places = layer(shapely.Point(50, 50), shapely.Point(5000, 0), pop=[7, 5])
        result = build_units(streets=self.streets, boundary=TOWN, population=places)
        assert (result.people, result.people_outside) == (7, 5)
        assert "units-people-outside" in codes(result.report)

    def test_places_in_gcj02_are_suspected(self) -> None:
        rng = np.random.default_rng(0)
        places = layer(*shapely.points(rng.uniform(0, 1000, (500, 2))), pop=[1] * 500)
        shifted = places.set_geometry(
            shapely.transform(
                places.geometry.to_numpy(), lambda xy: np.column_stack(wgs84_to_gcj02(*xy.T))
            ),
            crs=4326,
        )
        result = build_units(streets=self.streets, boundary=TOWN, population=shifted)
        doubts = [f for f in result.report.findings if f.code == "crs-doubtful"]
        assert doubts and doubts[0].params["crs"] == "gcj02"
        result = build_units(streets=self.streets, boundary=TOWN, population=places)
        assert "crs-doubtful" not in codes(result.report)


@pytest.mark.parametrize(
    "bad",
    [{"grids": 0}, {"grids": -3}, {"max_pop": 0.0}, {"max_area_m2": -1.0}, {"min_width_m": -1.0},
     {"min_area_m2": float("nan")}, {"h3_resolution": 16}, {"h3_resolution": -1}],
)  # fmt: skip
def test_impossible_options_are_refused(bad) -> None:
    with pytest.raises(InputError):
        UnitOptions(**bad)


def test_the_town_is_measured_in_the_official_zone() -> None:
    assert CRS.to_epsg() == 4547
