"""Cells by arrays are those that the h3 library gives place by place, everywhere on Earth."""

from __future__ import annotations

import json

import h3.api.basic_int as h3
import numpy as np
import pytest
import shapely

from gis.errors import InputError
from gis.hotspots.h3_cells import (
    H3Lattice,
    cell_number,
    corners_of,
    resolution_of,
    suggest_resolution,
)

CITY = (113.45, 34.65, 113.60, 34.80)
SIZES = {5: 5.0, 6: 3.0, 7: 1.2, 8: 0.5, 9: 0.2, 10: 0.07, 11: 0.03, 12: 0.01}


def one_by_one(lon, lat, resolution):
    places = zip(lat.tolist(), lon.tolist(), strict=True)
    return np.array([h3.latlng_to_cell(y, x, resolution) for y, x in places])


def scattered(rng, box, count):
    west, south, east, north = box
    return rng.uniform(west, east, count), rng.uniform(south, north, count)


@pytest.mark.parametrize("resolution", sorted(SIZES))
def test_every_place_has_the_cell_that_the_library_gives(resolution: int) -> None:
    rng = np.random.default_rng(resolution)
    for _ in range(12):
        size = SIZES[resolution]
        west, south = rng.uniform(-179, 179 - size), rng.uniform(-78, 78 - size / 2)
        box = (west, south, west + size, south + size / 2)
        lattice = H3Lattice.of(box, resolution)
        lon, lat = scattered(rng, box, 3000)
        at = lattice.find(lon, lat)
        assert at.min() >= 0
        assert np.array_equal(lattice.ids[at], one_by_one(lon, lat, resolution))
        assert np.array_equal(lattice.find(lon, lat), at)  # once more, from what it learnt


@pytest.mark.parametrize("turn", range(6))
def test_across_edges_and_corners_of_the_icosahedron_too(turn: int) -> None:
    """Around corners five faces meet, and a cell has five sides."""
    rng = np.random.default_rng(turn)
    lat, lon = h3.cell_to_latlng(h3.get_pentagons(0)[turn])
    if not -178 < lon < 178 or abs(lat) > 80:
        return
    box = (lon - 0.6, lat - 0.3, lon + 0.6, lat + 0.3)
    lattice = H3Lattice.of(box, 7)
    x, y = scattered(rng, box, 8000)
    assert np.array_equal(lattice.ids[lattice.find(x, y)], one_by_one(x, y, 7))


def test_places_on_corners_of_cells_and_beyond_all() -> None:
    """Within a few billionths of a boundary two roundings may differ; nowhere else."""
    lattice = H3Lattice.of(CITY, 9)
    corners = np.array([corners_of(int(one)) for one in lattice.ids[::7]]).reshape(-1, 2)
    for off in (1e-8, -1e-8):
        lat, lon = corners.T + off
        expected = one_by_one(lon, lat, 9)
        known = np.isin(expected, lattice.ids)
        found = lattice.find(lon, lat)
        assert np.array_equal(lattice.ids[found[known]], expected[known])
        assert (found[~known] == -1).all()
    wild = np.array([np.nan, 1e9, 20.0, 113.5]), np.array([34.7, 34.7, 34.7, np.nan])
    assert (lattice.find(*wild) == -1).all()


def test_the_lattice_is_every_cell_that_touches_the_area_and_no_other() -> None:
    area = shapely.Point(113.5, 34.7).buffer(0.03)
    lattice = H3Lattice.of(area, 9)
    lon, lat = scattered(np.random.default_rng(2), area.bounds, 4000)
    inside = shapely.contains_xy(area, lon, lat)
    assert (lattice.find(lon[inside], lat[inside]) >= 0).all()
    for name, number, ring in zip(lattice.names, lattice.ids.tolist(), lattice.rings, strict=True):
        assert h3.str_to_int(name) == number == cell_number(name)
        corners = [(x, y) for y, x in json.loads(ring)]
        assert shapely.Polygon(corners).buffer(1e-5).intersects(area)
    assert lattice.area_m2.sum() == pytest.approx(
        sum(h3.cell_area(one, unit="m^2") for one in lattice.ids.tolist())
    )
    assert 300 < lattice.across_m < 400
    assert [lattice.number(one) for one in lattice.ids[:3].tolist()] == [0, 1, 2]
    assert lattice.number(h3.latlng_to_cell(10, 10, 9)) == -1


def test_sums_leave_out_what_lies_elsewhere() -> None:
    lattice = H3Lattice.of(CITY, 8)
    rng = np.random.default_rng(3)
    lon, lat = scattered(rng, (113.3, 34.5, 113.7, 34.9), 5000)
    weight = rng.uniform(0, 5, 5000)
    inside = lattice.find(lon, lat) >= 0
    assert 0 < inside.sum() < 5000
    assert lattice.sums(lon, lat, weight).sum() == pytest.approx(weight[inside].sum())


def test_the_resolution_follows_the_size_of_the_area() -> None:
    sizes = [0.01, 0.05, 0.2, 0.8]
    found = [suggest_resolution((113, 34, 113 + one, 34 + one), at_most=4000) for one in sizes]
    assert found == sorted(found, reverse=True)
    for size, resolution in zip(sizes, found, strict=True):
        cells = len(H3Lattice.of((113, 34, 113 + size, 34 + size), resolution))
        assert cells < 6000  # some regions have smaller cells than others
        assert cells > 400 or resolution == 12


@pytest.mark.parametrize(
    "name", ["", "8a31", "zz", "8a31a5b2cc87ffg", "0" * 15, "ffffffffffffffff"]
)
def test_what_names_no_cell_is_refused(name: str) -> None:
    with pytest.raises(InputError) as raised:
        cell_number(name)
    assert raised.value.code == "h3-cell-invalid"


def test_a_cell_knows_how_fine_it_is() -> None:
    cell = h3.latlng_to_cell(34.7, 113.5, 9)
    assert resolution_of(cell) == 9
    assert len(corners_of(cell)) == 6
