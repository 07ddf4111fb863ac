"""Counting in cells: nothing lost, nothing moved, the same answer as the plain geometry."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import InputError, TooLargeError
from gis.geometry import metric_crs, to_metric
from gis.hotspots.density import aggregate, suggest_cell_m, thin

CITY = (113.60, 34.74, 113.64, 34.77)
OUTLINE = shapely.Polygon([(113.60, 34.74), (113.64, 34.742), (113.633, 34.77), (113.605, 34.765)])


def points(seed: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.uniform(CITY[0], CITY[2], n), rng.uniform(CITY[1], CITY[3], n)


@pytest.mark.parametrize("shape", ["hexagon", "square"])
def test_every_point_is_counted_in_the_cell_whose_polygon_holds_it(shape: str) -> None:
    lon, lat = points(1, 3000)
    cells = aggregate(lon, lat, area=CITY, cell_m=150, shape=shape)
    outlines = cells.outlines(np.arange(len(cells)))
    tree = shapely.STRtree(outlines)
    which, cell = tree.query(shapely.points(lon, lat), predicate="intersects")
    assert len(np.unique(which)) == 3000
    assert np.array_equal(np.bincount(cell, minlength=len(cells)), cells.count)
    assert cells.outside == 0


@pytest.mark.parametrize("shape", ["hexagon", "square"])
def test_cells_tile_the_area_with_equal_pieces(shape: str) -> None:
    cells = aggregate([], [], area=OUTLINE, cell_m=120, shape=shape)
    outlines = cells.outlines(np.arange(len(cells)))
    metric = to_metric(outlines, metric_crs(OUTLINE.bounds))
    assert np.allclose(shapely.area(metric), cells.area_m2, rtol=1e-6)
    union = shapely.union_all(metric, grid_size=0.001)
    assert union.area == pytest.approx(shapely.area(metric).sum(), rel=1e-6)
    assert to_metric(OUTLINE, cells.crs).difference(union).area < 1
    assert shapely.intersects(outlines, OUTLINE).all()
    assert cells.count.sum() == 0
    assert len({cells.name(i) for i in range(len(cells))}) == len(cells)


def test_points_outside_and_not_finite_are_left_out_and_told() -> None:
    lon = [113.62, 113.62, np.nan, np.inf, 0.0, 500.0]
    lat = [34.755, 34.755, 34.755, 34.755, 0.0, 99.0]
    cells = aggregate(lon, lat, area=CITY, cell_m=200, weight=[1, 2, 3, 4, 5, 0])
    assert cells.count.sum() == 3
    assert cells.outside == 12


def test_a_cell_keeps_its_name_when_the_window_changes() -> None:
    lon, lat = [113.62], [34.755]
    wide = aggregate(lon, lat, area=CITY, cell_m=100)
    narrow = aggregate(lon, lat, area=(113.615, 34.75, 113.625, 34.76), cell_m=100)
    assert wide.name(int(wide.count.argmax())) == narrow.name(int(narrow.count.argmax()))


def test_density_per_km2_adds_up_to_the_count() -> None:
    cells = aggregate(*points(2, 500), area=CITY, cell_m=250)
    assert (cells.per_km2() * cells.area_m2 / 1e6).sum() == pytest.approx(500)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 4000), st.integers(1, 300))
def test_thinned_points_keep_their_weight_and_mean(seed: int, n: int, at_most: int) -> None:
    lon, lat = points(seed, n)
    weight = np.random.default_rng(seed).integers(0, 9, n).astype(float)
    spots = thin(lon, lat, area=CITY, weight=weight, at_most=at_most)
    assert len(spots.lon) <= at_most
    assert spots.weight.sum() == weight.sum()
    if weight.sum():
        assert np.average(spots.lon, weights=spots.weight) == pytest.approx(
            np.average(lon, weights=weight), abs=1e-9
        )


@pytest.mark.parametrize("at_most", [50, 1000, 4000])
def test_suggested_cells_are_round_and_few(at_most: int) -> None:
    size = suggest_cell_m(OUTLINE, at_most=at_most)
    cells = aggregate([], [], area=OUTLINE, cell_m=size)
    inside = shapely.contains(OUTLINE, cells.outlines(np.arange(len(cells)))).sum()
    assert 0 < inside <= at_most
    assert suggest_cell_m((70, 20, 130, 50)) % 1000 == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"cell_m": 0}, "hotspot-cell-size"),
        ({"cell_m": float("nan")}, "hotspot-cell-size"),
        ({"lat": [1.0]}, "hotspot-lengths"),
        ({"weight": [1, -1]}, "hotspot-weights"),
        ({"weight": [1, np.nan]}, "hotspot-weights"),
        ({"area": shapely.Polygon()}, "hotspot-area"),
        ({"area": (113.6, 34.7, 113.6, 34.8)}, "hotspot-area"),
    ],
)
def test_unusable_input_is_refused_with_a_sentence(change: dict, code: str) -> None:
    call = {"lon": [113.62] * 2, "lat": [34.75] * 2, "area": CITY, "cell_m": 100} | change
    with pytest.raises(InputError) as caught:
        aggregate(call.pop("lon"), call.pop("lat"), **call)
    assert caught.value.code == code
    assert str(caught.value) != code


def test_a_million_cells_are_too_many() -> None:
    with pytest.raises(TooLargeError, match="1,000,000"):
        aggregate([], [], area=CITY, cell_m=1)
