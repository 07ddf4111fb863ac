"""Neighbours: shared boundary counts, a common point does not, imperfect edges are forgiven."""

import numpy as np
import pytest
import shapely

from gis.errors import InputError
from gis.planning.adjacency.graph import build_graph, subgraph
from gis.planning.adjacency.streets import ARTERIAL, cost_by_streets
from tests.unit.planning.drawn import city, units


def neighbours(graph, unit):
    return graph.neighbour[graph.start[unit] : graph.start[unit + 1]].tolist()


def test_a_lattice_has_its_four_neighbours_and_no_diagonal_ones():
    graph = build_graph(units("111\n111\n111").polygons)
    assert neighbours(graph, 4) == [1, 3, 5, 7]
    assert set(graph.shared_m) == {100.0}
    assert (graph.components() == 0).all()


def test_units_that_touch_at_a_point_are_islands():
    graph = build_graph(units("1 \n 1").polygons)
    assert len(graph.neighbour) == 0
    assert graph.components().tolist() == [0, 1]


def test_shared_lengths_are_those_of_geos_on_an_irregular_coverage():
    shapes = city(12, 9, seed=3).polygons
    graph = build_graph(shapes)
    left, right, at = graph.pairs()
    common = shapely.intersection(shapely.boundary(shapes[left]), shapely.boundary(shapes[right]))
    assert np.allclose(graph.shared_m[at], shapely.length(common))
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    line = shapely.length(
        shapely.intersection(shapely.boundary(shapes[one]), shapely.boundary(shapes[other]))
    )
    expected = {(a, b) for a, b, m in zip(one, other, line, strict=True) if a < b and m > 0}
    assert set(zip(left, right, strict=True)) == expected


@pytest.mark.parametrize("slip_m", [0.0, 0.015, -0.015])
def test_a_t_junction_is_found_within_the_tolerance(slip_m):
    long = shapely.box(0, 0, 200, 100)
    left, right = shapely.box(0, 100 + slip_m, 90, 200), shapely.box(90, 100 + slip_m, 200, 200)
    graph = build_graph(np.array([long, left, right], object))
    assert neighbours(graph, 0) == [1, 2]
    assert graph.shared_m[:2] == pytest.approx([90, 110], abs=0.1)


def test_a_sharp_corner_between_two_units_is_not_a_border():
    wedge = shapely.Polygon([(0, 0), (100, 0.5), (100, -0.5)])
    above = shapely.Polygon([(0, 0), (100, 0.5), (0, 50)])
    below = shapely.Polygon([(0, 0), (100, -0.5), (0, -50)])
    graph = build_graph(np.array([wedge, above, below], object))
    assert neighbours(graph, 0) == [1, 2]
    assert neighbours(graph, 1) == [0]


def test_all_parts_of_a_multipolygon_have_neighbours():
    two = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1)])
    graph = build_graph(np.array([two, shapely.box(1, 0, 2, 1)], object))
    assert graph.shared_m.tolist() == [2.0, 2.0]


def test_overlapping_and_identical_units_are_neighbours():
    graph = build_graph(np.array([shapely.box(0, 0, 10, 10), shapely.box(8, 2, 18, 8)], object))
    assert neighbours(graph, 0) == [1]
    twin = shapely.box(0, 0, 10, 10)
    assert neighbours(build_graph(np.array([twin, twin, twin], object)), 1) == [0, 2]


def test_a_subgraph_keeps_lengths_and_forgets_the_rest():
    graph = build_graph(units("111\n111").polygons)
    part = subgraph(graph, np.array([1, 2, 5]))
    assert neighbours(part, 1) == [0, 2]
    assert part.shared_m.tolist() == [100.0] * 4


@pytest.mark.parametrize("bad", [None, shapely.Point(0, 0), shapely.Polygon()])
def test_what_is_no_polygon_is_named_by_row(bad):
    with pytest.raises(InputError) as error:
        build_graph(np.array([shapely.box(0, 0, 1, 1), bad], object))
    assert error.value.code == "plan-unit-geometry"
    assert error.value.params["row"] == 2


def test_a_boundary_on_an_arterial_is_cheap_and_one_through_a_compound_dear():
    drawn = units("11\n11")
    street = np.array([shapely.LineString([(100, -300), (100, 100)])], object)
    graph = cost_by_streets(
        build_graph(drawn.polygons), drawn.polygons, street, np.array([ARTERIAL])
    )
    left, right, at = graph.pairs()
    along = {(int(a), int(b)): int(i) for a, b, i in zip(left, right, at, strict=True)}
    assert graph.cost[along[0, 1]] < graph.shared_m[along[0, 1]] < graph.cost[along[0, 2]]
    assert graph.arterial_m[along[0, 1]] == pytest.approx(100)
    assert graph.arterial_m[along[0, 2]] == 0
    assert graph.shared_m.tolist() == [100.0] * 8
