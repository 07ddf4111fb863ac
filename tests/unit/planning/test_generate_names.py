"""Names of today's grids in a new plan, and plans from pairs of neighbours alone."""

from collections import Counter

import numpy as np
import pytest
import shapely

from gis.errors import InputError
from gis.planning.adjacency.graph import assemble, build_graph
from gis.planning.change.compare import compare_plans
from gis.planning.generate import Constraints, generate_plan
from gis.planning.model import PlanRequest, Units
from tests.unit.planning.drawn import city, pieces, units

CITY = city(12, 10)
GRAPH = build_graph(CITY.polygons)


def request(grids, **more):
    return PlanRequest(grids=grids, tolerance=0.1, effort=0.2, **more)


def test_a_grid_of_today_on_both_sides_of_a_parent_names_one_grid_only():
    lattice = units("11111111\n11111111")
    for today in ("xxxxxxxx", "xxyyyyxx", "xyxyxyxy"):
        for keep in (0, 0.5, 1):
            bound = Constraints(parent=list("aaaabbbb" * 2), current=list(today * 2))
            plan = generate_plan(lattice, request(2, keep=keep), bound)
            assert len(set(plan.grid_ids)) == 2 and "x" in plan.grid_ids
            assert pieces(build_graph(lattice.polygons), plan.labels) == 2


def test_a_pinned_name_is_not_given_again_to_a_grid_of_today():
    lattice = units("11111111\n11111111")
    pin = ["x", *[None] * 15]
    bound = Constraints(parent=list("aaaabbbb" * 2), current=list("yyyyxxxx" * 2), pin=pin)
    plan = generate_plan(lattice, request(2), bound)
    assert plan.grid_of_unit()[0] == "x" and len(set(plan.grid_ids)) == 2


def test_free_of_today_the_plan_is_as_without_it_but_keeps_the_names_that_fit():
    today = generate_plan(CITY, request(5, seed=3)).grid_of_unit()
    today = ["东" + name for name in today]
    alone = generate_plan(CITY, request(6), graph=GRAPH)
    free = generate_plan(CITY, request(6, keep=0), Constraints(current=today), graph=GRAPH)
    both = Counter(zip(alone.grid_of_unit(), free.grid_of_unit(), strict=True))
    assert len(both) == 6
    assert set(today) < set(free.grid_ids)
    pop = CITY.columns["pop"]
    found = compare_plans(today, free.grid_of_unit(), pop=pop, area_m2=GRAPH.area_m2)
    assert all(old == new for old, new in found.same.items())
    assert free.certificate.moved_load_share == pytest.approx(found.pop_share)


def test_pairs_of_neighbours_and_points_are_enough():
    left, right, at = GRAPH.pairs()
    graph = assemble(
        left, right, GRAPH.shared_m[at], area_m2=GRAPH.area_m2, perimeter_m=GRAPH.perimeter_m
    )
    middles = Units(
        unit_id=CITY.unit_id, polygons=shapely.centroid(CITY.polygons), columns=CITY.columns
    )
    plan, drawn = generate_plan(middles, request(6), graph=graph), generate_plan(CITY, request(6))
    assert Counter(np.bincount(plan.labels)) == Counter(np.bincount(drawn.labels))
    assert plan.certificate.boundary_m == pytest.approx(drawn.certificate.boundary_m)


def test_a_graph_of_other_units_is_refused():
    with pytest.raises(InputError) as refused:
        generate_plan(city(3, 3), request(2), graph=GRAPH)
    assert refused.value.code == "plan-graph-size"
