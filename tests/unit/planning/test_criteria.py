"""What binds a plan besides its main load: further criteria, locks, barriers, streets, a stop."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import InfeasibleError, InputError
from gis.messages import LANGUAGES
from gis.planning.adjacency.graph import build_graph, without
from gis.planning.adjacency.streets import clearer, cost_by_streets, sever
from gis.planning.criteria import parse_also, parse_limit
from gis.planning.generate import Constraints, check_feasible, generate_plan
from gis.planning.model import PlanRequest
from tests.unit.planning.drawn import CELL_M, city, pieces, units

CITY = city(20, 15)
GRAPH = build_graph(CITY.polygons)


def plan(request, constraints=None, *, graph=GRAPH, source=CITY, **more):
    return generate_plan(source, request, constraints, graph=graph, **more)


def totals(result, column):
    return np.bincount(result.labels, column, len(result.grid_ids))


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), grids=st.integers(2, 14))
def test_area_is_kept_within_its_own_tolerance_or_each_grid_outside_is_named(seed, grids):
    source = city(16, 12, seed=seed)
    graph = build_graph(source.polygons)
    request = PlanRequest(grids=grids, effort=0.3, also=(parse_also("area:0.25"),), seed=seed)
    result = plan(request, graph=graph, source=source)
    area = totals(result, shapely.area(source.polygons))
    outside = np.abs(area / area.mean() - 1) > 0.25 + 1e-9
    (kept,) = result.certificate.also
    assert set(kept.outside) == {result.grid_ids[g] for g in np.flatnonzero(outside)}
    assert result.certificate.within_tolerance == (
        not outside.any() and not result.certificate.outside
    )
    assert pieces(graph, result.labels) == grids


def test_a_second_criterion_changes_the_plan_for_the_better():
    alone = plan(PlanRequest(grids=12, tolerance=0.1))
    both = plan(PlanRequest(grids=12, tolerance=0.1, also=(parse_also("area:0.12"),)))
    spread = [np.ptp(totals(found, GRAPH.area_m2)) for found in (alone, both)]
    assert spread[1] < spread[0]
    assert both.certificate.within_tolerance


def test_every_grid_has_at_least_and_at_most_so_many_households():
    homes = np.random.default_rng(2).integers(10, 60, 300).astype(float)
    source = replace(CITY, columns={**CITY.columns, "households": homes})
    least, most = homes.sum() / 10 * 0.85, homes.sum() / 10 * 1.15
    limit = parse_limit(f"households={least}:{most}")
    result = plan(PlanRequest(grids=10, tolerance=0.2, also=(limit,)), source=source)
    found = totals(result, homes)
    assert least <= found.min() and found.max() <= most
    assert result.certificate.within_tolerance


def test_what_cannot_be_kept_is_said_in_both_languages():
    request = PlanRequest(
        grids=6, effort=0.2, also=(parse_limit("area=1:2"), parse_limit("pop=1:"))
    )
    found = [f for f in plan(request).certificate.findings if f.code == "plan-criterion-missed"]
    assert [f.params["name"] for f in found] == ["area"]
    for language in LANGUAGES:
        assert "area" in found[0].text(language) and "???" not in found[0].text(language)


@pytest.mark.parametrize("text", ["area", "area:", "area:0", "area:2", ":0.1", "area:x", "a+:0.1"])
def test_a_criterion_that_says_nothing_is_refused(text):
    with pytest.raises(InputError):
        parse_also(text)


@pytest.mark.parametrize(
    "text",
    [
        "homes",
        "homes=",
        "homes=5",
        "homes=9:3",
        "=1:2",
        "homes=:",
        "homes=-1:5",
        "homes=a:5",
        "homes=nan:5",
        "两 户=1:2",
    ],
)
def test_a_limit_that_says_nothing_is_refused(text):
    with pytest.raises(InputError):
        parse_limit(text)


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 1000), locked=st.sets(st.integers(0, 7), min_size=1, max_size=3))
def test_locked_grids_stay_unit_for_unit(seed, locked):
    before = plan(PlanRequest(grids=8, effort=0.1, tolerance=0.3, seed=seed))
    current = before.grid_of_unit()
    lock = [before.grid_ids[g] for g in sorted(locked)]
    after = plan(
        PlanRequest(grids=8, effort=0.2, keep=0.2), Constraints(current=current, lock=lock)
    )
    now = np.array(after.grid_of_unit())
    for name in lock:
        assert ((now == name) == (np.array(current) == name)).all()
    assert len(set(now)) == 8


def test_locks_that_cannot_hold_are_refused():
    current = ["a" if i % 20 < 10 else "b" for i in range(300)]
    two = PlanRequest(grids=2, effort=0.1)
    for constraints, code in (
        (Constraints(current=current, lock=["c"]), "plan-lock-unknown"),
        (Constraints(lock=["a"]), "plan-lock-unknown"),
        (Constraints(current=current, lock=["a"], pin=["x"] + [None] * 299), "plan-pin-in-locked"),
        (
            Constraints(
                current=current, lock=["a"], parent=["n" if i < 150 else "s" for i in range(300)]
            ),
            "plan-lock-crosses-parents",
        ),
    ):
        with pytest.raises((InputError, InfeasibleError)) as refused:
            plan(two, constraints)
        assert refused.value.code == code
    with pytest.raises(InfeasibleError):
        plan(PlanRequest(grids=1), Constraints(current=current, lock=["a"]))


def test_no_grid_crosses_a_barrier():
    """A river between two rows, with one bridge at the eastern end where a grid may cross."""
    drawing = "\n".join(["1" * 12] * 8)
    source = units(drawing)
    river = shapely.LineString([(0, -4 * CELL_M), (12 * CELL_M, -4 * CELL_M)])
    graph = sever(build_graph(source.polygons), source.polygons, np.array([river], object))
    result = plan(PlanRequest(grids=4, effort=0.3), graph=graph, source=source)
    north = np.array([int(name.split("-")[0][1:]) < 4 for name in source.unit_id])
    for grid in range(4):
        assert len(set(north[result.labels == grid])) == 1
    assert result.certificate.within_tolerance


def test_without_drops_pairs_and_nothing_else():
    left, right, at = GRAPH.pairs()
    dropped = np.random.default_rng(0).random(len(left)) < 0.3
    found = without(GRAPH, dropped)
    a, b, where = found.pairs()
    assert set(zip(a, b, found.shared_m[where], strict=True)) == set(
        zip(left[~dropped], right[~dropped], GRAPH.shared_m[at[~dropped]], strict=True)
    )


def test_the_weight_of_streets_moves_boundaries_onto_the_arterial():
    source = units("\n".join(["1" * 9] * 6))
    road = np.array([shapely.LineString([(4 * CELL_M, 0), (4 * CELL_M, -6 * CELL_M)])], object)
    graph = cost_by_streets(build_graph(source.polygons), source.polygons, road, np.array([5]))
    request = PlanRequest(grids=2, tolerance=0.2)
    share = [
        plan(request, graph=clearer(graph, clarity), source=source).certificate.arterial_share
        for clarity in (0, 3)
    ]
    assert share[1] == 1 >= share[0]
    assert np.array_equal(clearer(graph, 0).cost, graph.shared_m)
    with pytest.raises(InputError):
        clearer(graph, -1)


@pytest.mark.parametrize("after", [0, 1, 40, 150])
def test_a_stopped_search_gives_the_best_whole_plan_so_far(after):
    asked = iter(range(10_000))
    result = plan(PlanRequest(grids=10), stop=lambda: next(asked) >= after)
    assert result.certificate.stopped_early
    assert "plan-stopped-early" in [f.code for f in result.certificate.findings]
    assert pieces(GRAPH, result.labels) == 10


def test_seconds_become_an_effort_that_does_not_hang_on_the_machine():
    request = PlanRequest(grids=10, seconds=60)
    assert request.factor(300) == PlanRequest(grids=3, seconds=60).factor(300) > 1
    assert PlanRequest(grids=10, seconds=60, effort=0.5).factor(300) == 0.5
    assert PlanRequest(grids=10).factor(300) == 1


def test_an_island_nearest_to_another_parent_is_no_reason_to_call_a_plan_infeasible():
    """The generator joins it to its own parent; so must whoever proves what cannot be done."""
    source = units("1111 1\n1111 1\n     1\n1 1111\n  1111\n  1111")
    north = [int(name.split("-")[0][1:]) < 2 for name in source.unit_id]
    island = [name == "u3-0" for name in source.unit_id]
    parent = ["n" if up or alone else "s" for up, alone in zip(north, island, strict=True)]
    request, constraints = PlanRequest(grids=4, tolerance=0.35), Constraints(parent=parent)
    known = check_feasible(source, request, constraints).findings
    assert [finding.code for finding in known] == ["plan-island-joined"]
    certificate = generate_plan(source, request, constraints).certificate
    assert certificate.within_tolerance
    assert certificate.deviation_at_least <= certificate.max_deviation
