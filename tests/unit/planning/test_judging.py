"""Measures, comparison, codes, hues and the check of coverages, on drawings known by heart."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.errors import InfeasibleError, InputError
from gis.messages import LANGUAGES
from gis.planning.adjacency.graph import build_graph
from gis.planning.change.compare import compare_plans
from gis.planning.codes import in_reading_order, number_children
from gis.planning.colouring import hues
from gis.planning.coverage import Level, check_coverage, grid_polygons, union_by_label
from gis.planning.judging.score import cut_groups, numbered, plan_digest, score_plan
from tests.unit.planning.drawn import names, units


def scored(drawing, plan):
    source = units(drawing)
    found = score_plan(source, build_graph(source.polygons), names(plan))
    return found["plan"], {row["grid_id"]: row for row in found["grids"]}


def test_measures_of_two_squares():
    whole, grids = scored("1212\n1212", "AABB\nAABB")
    assert grids["A"]["pop"] == grids["B"]["load"] == 6
    assert grids["A"]["area_m2"] == 40_000 and grids["A"]["boundary_m"] == 800
    assert grids["A"]["compactness"] == pytest.approx(np.pi / 4)
    assert whole["cut_m"] == 200 and whole["max_deviation"] == 0 and whole["not_contiguous"] == 0


def test_a_broken_grid_and_an_island_are_told_apart():
    whole, grids = scored("1111", "ABBA")
    assert whole["not_contiguous"] == 1
    assert grids["A"]["pieces"] == 2 and not grids["A"]["contiguous"]
    whole, grids = scored("111 1", "AAA A")
    assert whole["not_contiguous"] == 0 and grids["A"]["pieces"] == 2


def test_a_drawn_plan_is_told_why_its_grids_are_outside():
    source = units("1911\n1111")
    graph, drawn = build_graph(source.polygons), names("AABB\nAABB")
    found = score_plan(source, graph, drawn, tolerance=0.1)
    reasons = {row["grid_id"]: row["reason"] for row in found["grids"]}
    assert {grid: why.code for grid, why in reasons.items()} == {
        "A": "plan-grid-unit-large", "B": "plan-grid-beside-large",
    }  # fmt: skip
    assert found["plan"]["outside"] == 2
    assert found["plan"]["deviation_at_least"] == pytest.approx(9 / 8 - 1)
    even = units("1111\n1111\n1111")
    found = score_plan(even, build_graph(even.polygons), names("ABBB\nABBB\nABBB"), tolerance=0.1)
    for row in found["grids"]:
        assert row["reason"].code == "plan-grid-not-searched" and not row["reason"].proven
    parents = names("NSSS\nNSSS\nNSSS")
    found = score_plan(
        even, build_graph(even.polygons), names("ABBB\nABBB\nABBB"), tolerance=0.1, parent=parents
    )
    assert {row["reason"].code for row in found["grids"]} == {"plan-grid-parent-uneven"}
    assert found["plan"]["deviation_at_least"] == pytest.approx(0.5)
    within = score_plan(even, build_graph(even.polygons), names("AABB\n" * 3), tolerance=0.1)
    assert [row["reason"] for row in within["grids"]] == [None, None]


def test_groups_cut_by_grids_are_named():
    assert cut_groups([1, 1, 2, 2], ["x", "x", "y", None]) == []
    assert cut_groups([1, 2, 2, 2], ["x", "x", "y", ""]) == ["x"]


def test_a_digest_tells_plans_apart_whatever_the_order():
    ids = np.array(["a", "b"])
    assert plan_digest(ids, ["1", "2"]) == plan_digest(ids[::-1], ["2", "1"])
    assert plan_digest(ids, ["1", "2"]) != plan_digest(ids, ["2", "1"])


def test_renaming_moves_nobody_and_a_moved_block_is_listed():
    people, area = np.array([5.0, 4, 3, 2]), np.ones(4)
    same = compare_plans(["a", "a", "b", "b"], ["x", "x", "y", "y"], pop=people, area_m2=area)
    assert same.units_moved == 0 and same.same == {"a": "x", "b": "y"}
    moved = compare_plans(["a", "a", "b", "b"], ["a", "b", "b", "c"], pop=people, area_m2=area)
    assert moved.units_moved == 2 and moved.pop_moved == 6
    assert moved.pop_share == pytest.approx(6 / 14)
    assert [(m.before, m.after, m.pop) for m in moved.moves] == [("a", "b", 4), ("b", "c", 2)]
    assert moved.new == ("c",) and moved.dissolved == ()


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), min_size=1, max_size=30))
def test_comparing_is_symmetric_in_people_moved(pairs):
    before, after = [a for a, _ in pairs], [b for _, b in pairs]
    pop, area = np.arange(1.0, len(pairs) + 1), np.zeros(len(pairs))
    there = compare_plans(before, after, pop=pop, area_m2=area)
    back = compare_plans(after, before, pop=pop, area_m2=area)
    assert there.pop_moved == pytest.approx(back.pop_moved)
    assert compare_plans(before, before, pop=pop, area_m2=area).units_moved == 0


def test_numbers_run_west_to_east_in_bands_from_the_north():
    x, y = np.meshgrid(np.arange(3) * 100.0, np.arange(3) * 100.0)
    points = np.column_stack([x.ravel(), y.ravel()])
    assert in_reading_order(points).tolist() == [6, 7, 8, 3, 4, 5, 0, 1, 2]


def test_existing_codes_stay_and_retired_ones_never_come_back():
    points = np.array([[0.0, 0], [1, 0], [2, 0], [3, 0]])
    found = number_children(
        "410102004", points,
        existing=[None, "410102004007", None, "410103001001"],
        retired={"410102004001", "410102004003"},
    )  # fmt: skip
    assert found == ["410102004002", "410102004007", "410102004004", "410102004005"]


@given(st.integers(1, 60), st.sets(st.integers(1, 80)), st.integers(0, 5))
def test_codes_are_unique_below_their_parent_and_not_retired(count, gone, seed):
    points = np.random.default_rng(seed).uniform(0, 1000, (count, 2))
    retired = {f"410102004001{number:03d}" for number in gone}
    found = number_children("410102004001", points, retired=retired)
    assert len(set(found)) == count and not set(found) & retired
    assert all(len(code) == 15 and code.startswith("410102004001") for code in found)
    assert number_children("410102004001", points, existing=found, retired=retired) == found


def test_a_thousandth_grid_and_bad_codes_are_refused():
    points = np.column_stack([np.arange(1000.0), np.zeros(1000)])
    with pytest.raises(InfeasibleError):
        number_children("410102004001", points)
    assert len(number_children("410102004001", points[:999])) == 999
    with pytest.raises(InputError):
        number_children("4101", points[:1])
    with pytest.raises(InputError):
        number_children("410102004", points[:2], existing=["410102004001"] * 2)


@given(st.integers(2, 60), st.integers(0, 10**6))
def test_six_hues_are_enough_for_any_planar_map(count, seed):
    from scipy.spatial import Delaunay

    points = np.random.default_rng(seed).uniform(0, 1, (count + 2, 2))
    near = [set() for _ in range(count + 2)]
    for triangle in Delaunay(points).simplices.tolist():
        for a in triangle:
            near[a] |= set(triangle) - {a}
    found = hues(near)
    assert set(found) <= set(range(6))
    assert all(found[a] != found[b] for a, others in enumerate(near) for b in others)


def square(x, y, size=100.0):
    return shapely.box(x, y, x + size, y + size)


def check(polygons, codes=None, parents=None, **params):
    codes = codes or [str(i) for i in range(len(polygons))]
    level = Level(level=3, codes=codes, polygons=np.array(polygons, object),
                  parent_codes=parents or [None] * len(codes))  # fmt: skip
    return check_coverage([level], **params)


def found_codes(report):
    for finding in report.findings:
        for language in LANGUAGES:
            assert finding.code not in finding.text(language)
    return {finding.code for finding in report.findings}


def test_a_sound_level_has_no_finding():
    assert found_codes(check([square(0, 0), square(100, 0)])) == set()


@pytest.mark.parametrize(
    ("polygons", "expected"),
    [
        ([square(0, 0), square(90, 0)], "coverage-overlap"),
        ([square(0, 0), square(0, 0)], "coverage-overlap"),
        ([shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), square(5, 5)], "coverage-invalid"),
        ([square(0, 0), shapely.Polygon()], "coverage-empty"),
        ([square(0, 0), None], "coverage-empty"),
        ([shapely.MultiPolygon([square(0, 0), square(300, 0)])], "coverage-in-pieces"),
        ([shapely.box(0, 0, 50, 99.7), shapely.box(50, 0, 100, 99.7), shapely.box(0, 100, 100, 200),
          shapely.box(-50, 0, 0, 200), shapely.box(100, 0, 150, 200)], "coverage-gap"),
        ([square(0, 0).difference(square(20, 20, 50))], "coverage-hole"),
    ],
)  # fmt: skip
def test_each_fault_is_found(polygons, expected):
    assert expected in found_codes(check(polygons))


def test_pieces_that_are_known_are_only_warned_of():
    report = check([shapely.MultiPolygon([square(0, 0), square(300, 0)])], in_pieces={"0"})
    assert [f.outcome for f in report.findings] == ["warned"]


def test_families_are_checked():
    parent = Level(level=2, codes=["1", "2"], polygons=np.array([square(0, 0), square(100, 0)]),
                   parent_codes=[None, None])  # fmt: skip
    shapes = np.array([square(0, 0, 90), square(200, 0)])
    child = Level(level=3, codes=["11", "99"], polygons=shapes,
                  parent_codes=["1", "7"])  # fmt: skip
    found = found_codes(check_coverage([child, parent]))
    assert {"coverage-orphan", "coverage-not-sum", "coverage-childless"} <= found
    assert "coverage-code-duplicate" in found_codes(
        check([square(0, 0), square(100, 0)], ["1"] * 2)
    )


def test_unions_keep_area_and_multipart_grids():
    source = units("11 1\n11 1")
    labels, _ = numbered(names("AA A\nBB B"))
    shapes = union_by_label(source.polygons, labels)
    assert shapely.area(shapes).tolist() == [30_000, 30_000]
    assert shapely.get_type_id(shapes).tolist() == [6, 6]


def test_thin_gaps_between_units_are_filled_and_lakes_are_not():
    edge = [(100, 50), (80, 50), (50, 49.8), (20, 50), (0, 50)]
    lower = shapely.Polygon([(0, 0), (100, 0), *edge])
    upper = shapely.Polygon([(0, 50), (20, 50), (80, 50), (100, 50), (100, 100), (0, 100)])
    shapes = grid_polygons(np.array([lower, upper], object), [np.array([0, 1])])[0]
    assert shapely.area(shapes).sum() == pytest.approx(10_000)
    lake = square(0, 0).difference(square(20, 20, 50))
    assert shapely.area(grid_polygons(np.array([lake], object), [np.array([0])])[0]) == [7500]


def test_units_that_are_no_coverage_are_united_all_the_same():
    shapes = union_by_label(np.array([square(0, 0), square(90, 0)], object), np.array([0, 0]))
    assert shapely.area(shapes[0]) == pytest.approx(19_000)
