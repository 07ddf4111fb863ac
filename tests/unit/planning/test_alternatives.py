"""Alternatives: different plans, the one asked for first, and which are best in something."""

from dataclasses import replace

import numpy as np
import shapely

from gis.planning.adjacency.graph import build_graph
from gis.planning.adjacency.streets import cost_by_streets
from gis.planning.alternatives import generate_alternatives
from gis.planning.generate import Constraints, generate_plan
from gis.planning.model import PlanRequest
from tests.unit.planning.drawn import CELL_M, city, units

CITY = city(20, 15)
GRAPH = build_graph(CITY.polygons)
REQUEST = PlanRequest(grids=8, tolerance=0.1, effort=0.3)


def losses(one):
    found = one.result.certificate
    share, moved = found.arterial_share or 0, found.moved_load_share or 0
    return np.array([found.max_deviation, found.boundary_m, -share, -found.compactness, moved])


def test_the_plan_asked_for_comes_first_and_all_differ():
    found = generate_alternatives(CITY, REQUEST, None, 4, graph=GRAPH)
    assert found[0].result.certificate.digest == (
        generate_plan(CITY, REQUEST, graph=GRAPH).certificate.digest
    )
    assert len({one.result.certificate.digest for one in found}) == 4


def test_streets_and_the_plan_of_today_give_more_ways_to_lean():
    people = np.random.default_rng(1).integers(1, 10, (15, 20))
    lattice = units("\n".join("".join(map(str, row)) for row in people))
    roads = [shapely.LineString([(x * CELL_M, 0), (x * CELL_M, -15 * CELL_M)]) for x in (6, 13)]
    graph = build_graph(lattice.polygons)
    graph = cost_by_streets(graph, lattice.polygons, np.array(roads, object), np.full(2, 6))
    today = generate_plan(lattice, PlanRequest(grids=8, tolerance=0.3, effort=0.1, seed=3))
    current = Constraints(current=today.grid_of_unit())
    request = replace(REQUEST, keep=0.3)
    found = generate_alternatives(lattice, request, current, 7, graph=graph)
    by_lean = {one.lean: one.result.certificate for one in found}
    assert set(by_lean) >= {"asked", "balanced", "staying", "clear", "compact"}
    assert by_lean["clear"].arterial_share >= by_lean["compact"].arterial_share
    assert by_lean["balanced"].max_deviation <= REQUEST.tolerance * 0.4 + 1e-9


def test_no_plan_that_is_best_in_something_is_beaten_in_everything():
    found = generate_alternatives(CITY, REQUEST, None, 6, graph=GRAPH)
    for one in found:
        beaten = any(
            (losses(other) <= losses(one) + 1e-12).all()
            and (losses(other) < losses(one) - 1e-12).any()
            for other in found
        )
        assert one.best_in_something == (not beaten)


def test_stopping_gives_those_found_so_far():
    asked = iter(range(100_000))
    found = generate_alternatives(
        CITY, REQUEST, None, 5, graph=GRAPH, stop=lambda: next(asked) > 200
    )
    assert 1 <= len(found) < 5
