"""Polygons laid over units: nobody's land is lost, twice given, or cut for a sliver."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gis.geometry import from_metric, metric_crs, to_metric
from gis.planning.editing.cut import new_corners, with_vertices
from gis.planning.overlay import overlay

CRS = metric_crs((113.6, 34.75))
X, Y = to_metric(shapely.Point(113.6, 34.75), CRS).coords[0]


def box(west, south, east, north):
    """A rectangle in metres from a corner of the town, as WGS 84 on the stored grid."""
    shape = from_metric(shapely.box(X + west, Y + south, X + east, Y + north), CRS)
    return shapely.transform(shape, lambda xy: np.round(xy, 7))


def town(columns=4, rows=3, side=100.0):
    """Square units that share their corners exactly."""
    corners = {}

    def corner(column, row):
        if (column, row) not in corners:
            point = from_metric(shapely.Point(X + column * side, Y + row * side), CRS)
            corners[column, row] = (round(point.x, 7), round(point.y, 7))
        return corners[column, row]

    return np.array(
        [
            shapely.Polygon(
                [corner(c, r), corner(c + 1, r), corner(c + 1, r + 1), corner(c, r + 1)]
            )
            for r in range(rows)
            for c in range(columns)
        ],
        object,
    )


def laid(units, polygons, **more):
    return overlay(units, np.array(polygons, object), CRS, **more)


def parts(units, found):
    """Every unit or piece after the overlay, and the polygon of each."""
    cut = {one.unit for one in found.cuts}
    whole = [i for i in range(len(units)) if i not in cut]
    corners = [new_corners(units[one.unit], one.pieces) for one in found.cuts]
    noded = [with_vertices(units[i], np.concatenate([np.zeros((0, 2)), *corners])) for i in whole]
    shapes = [*noded, *(piece for one in found.cuts for piece in one.pieces)]
    owner = [*found.polygon_of[whole], *(p for one in found.cuts for p in one.polygon)]
    return np.array(shapes, object), np.array(owner)


def check_whole(units, found):
    """Units and pieces are one valid coverage of the same land, each piece inside its unit."""
    shapes, _ = parts(units, found)
    assert shapely.coverage_is_valid(shapes)
    before, after = shapely.union_all(units), shapely.union_all(shapes)
    assert (
        shapely.area(to_metric(shapely.symmetric_difference(before, after), CRS))
        < 0.01 * to_metric(before, CRS).length
    )
    for one in found.cuts:
        flat = to_metric(one.pieces, CRS)
        own = to_metric(units[one.unit], CRS)
        assert shapely.area(flat).sum() == pytest.approx(own.area, abs=2.0)


def kinds(found):
    return {fault.kind for fault in found.faults}


def test_polygons_on_the_edges_of_units_cut_nothing():
    units = town()
    found = laid(units, [box(0, 0, 200, 300), box(200, 0, 400, 300)])
    assert found.polygon_of.tolist() == [0, 0, 1, 1] * 3
    assert found.cuts == [] and kinds(found) <= {"outside"}


@pytest.mark.parametrize("off", [-1.5, -0.8, 0.8, 1.5])
def test_edges_that_miss_the_units_by_little_cut_nothing(off):
    units = town()
    found = laid(units, [box(0, 0, 200 + off, 300), box(200 + off, 0, 400, 300)])
    assert found.polygon_of.tolist() == [0, 0, 1, 1] * 3
    assert found.cuts == []
    slivers = [fault for fault in found.faults if fault.kind == "sliver"]
    assert sum(fault.area_m2 for fault in slivers) == pytest.approx(300 * abs(off), rel=0.02)
    assert all(113.6 < fault.lon < 113.605 for fault in slivers)


def test_an_edge_through_units_cuts_them_along_it_and_neighbours_keep_touching():
    units = town()
    found = laid(units, [box(0, 0, 160, 300), box(160, 0, 400, 300)])
    check_whole(units, found)
    assert [one.unit for one in found.cuts] == [1, 5, 9]
    for one in found.cuts:
        sizes = dict(
            zip(one.polygon.tolist(), shapely.area(to_metric(one.pieces, CRS)), strict=True)
        )
        assert sizes[0] == pytest.approx(6000, rel=0.01) and sizes[1] == pytest.approx(
            4000, rel=0.01
        )
    assert len([f for f in found.faults if f.kind == "split"]) == 3


def test_land_in_two_polygons_goes_to_one_of_them_and_is_told():
    units = town()
    found = laid(units, [box(0, 0, 220, 300), box(180, 0, 400, 300)])
    check_whole(units, found)
    shapes, owner = parts(units, found)
    assert set(owner.tolist()) == {0, 1}
    overlap = [fault for fault in found.faults if fault.kind == "overlap"]
    assert sum(fault.area_m2 for fault in overlap) == pytest.approx(40 * 300, rel=0.01)
    sums = np.bincount(owner, shapely.area(to_metric(shapes, CRS)))
    assert sums.sum() == pytest.approx(120_000, rel=0.001)


def test_a_strip_that_nobody_drew_goes_with_the_rest_of_its_units():
    units = town()
    found = laid(units, [box(0, 0, 190, 300), box(200, 0, 400, 300)])
    check_whole(units, found)
    assert found.polygon_of.tolist() == [0, 0, 1, 1] * 3
    gaps = [fault for fault in found.faults if fault.kind == "gap"]
    assert sum(fault.area_m2 for fault in gaps) == pytest.approx(3000, rel=0.02)


def test_a_hole_is_handed_on_but_a_missing_grid_stays_open():
    units = town(6, 6)
    ring = shapely.difference(box(0, 0, 300, 600), box(100, 100, 200, 200))
    found = laid(units, [ring, box(300, 0, 600, 600)])
    assert found.polygon_of[7] == 0
    (missing,) = [fault for fault in found.faults if fault.kind == "missing"]
    assert missing.handed_on and missing.units == (7,)
    found = laid(units, [box(0, 0, 200, 600), box(200, 0, 400, 600)])
    (missing,) = [fault for fault in found.faults if fault.kind == "missing"]
    assert not missing.handed_on and len(missing.units) == 12
    assert (found.polygon_of.reshape(6, 6)[:, 4:] == -1).all()


def test_twins_strangers_and_specks_are_named():
    units = town()
    half = box(0, 0, 200, 300)
    speck = box(50, 50, 54, 54)
    found = laid(units, [half, box(200, 0, 450, 300), half, speck, box(900, 900, 950, 950)])
    assert kinds(found) >= {"duplicate", "outside", "lost"}
    (twin,) = [fault for fault in found.faults if fault.kind == "duplicate"]
    assert twin.polygons == (0, 2)
    assert {f.polygons[0] for f in found.faults if f.kind == "lost"} == {3, 4}
    assert found.polygon_of.tolist() == [0, 0, 1, 1] * 3


@pytest.mark.parametrize("seed", range(16))
def test_whatever_is_drawn_units_and_pieces_stay_one_coverage(seed):
    rng = np.random.default_rng(seed)
    units = town(6, 5)
    points = rng.uniform((-50, -50), (650, 550), (rng.integers(2, 9), 2)) + np.array([X, Y])
    cells = shapely.get_parts(
        shapely.voronoi_polygons(
            shapely.multipoints(points), extend_to=shapely.box(X, Y, X + 600, Y + 500)
        )
    )
    crooked = shapely.buffer(cells, rng.uniform(-6, 6, len(cells)))
    drawn = from_metric(crooked, CRS)
    found = laid(units, drawn)
    check_whole(units, found)
    shapes, owner = parts(units, found)
    flat = to_metric(shapes, CRS)
    inside = [
        shapely.area(shapely.intersection(shape, crooked[p])) / shape.area
        for shape, p in zip(flat, owner, strict=True) if p >= 0
    ]  # fmt: skip
    assert min(inside) > 0.4
    again = laid(units, drawn)
    assert (again.polygon_of == found.polygon_of).all()
    # What came out is drawn along units and pieces: laid over again, nothing is left to cut.
    used = sorted(set(owner.tolist()) - {-1})
    merged = np.array([shapely.union_all(shapes[owner == p]) for p in used], object)
    second = laid(shapes, merged)
    assert second.cuts == []
    assert [used[p] if p >= 0 else -1 for p in second.polygon_of] == [
        p if p >= 0 else -1 for p in owner.tolist()
    ] or "missing" in kinds(second)
