"""Alternatives: plans that differ noticeably, the one asked for first, and none beaten."""

import re
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import shapely

from gis.errors import InputError
from gis.files.trade_off import compact_rows, rows, write_chart
from gis.planning.adjacency.graph import build_graph
from gis.planning.adjacency.streets import cost_by_streets
from gis.planning.alternatives import MORE_IS_BETTER, generate_alternatives, measures
from gis.planning.generate import Constraints, generate_plan
from gis.planning.model import PlanRequest
from tests.unit.planning.drawn import CELL_M, city, units

CITY = city(20, 15)
GRAPH = build_graph(CITY.polygons)
REQUEST = PlanRequest(grids=8, tolerance=0.1, effort=0.3)


def losses(one):
    found = measures(one.result.certificate)
    return np.array([-v if name in MORE_IS_BETTER else v for name, v in found.items()])


def beats(one, other):
    return (losses(one) <= losses(other)).all() and (losses(one) < losses(other)).any()


def with_streets_and_today():
    people = np.random.default_rng(1).integers(1, 10, (15, 20))
    lattice = units("\n".join("".join(map(str, row)) for row in people))
    roads = [shapely.LineString([(x * CELL_M, 0), (x * CELL_M, -15 * CELL_M)]) for x in (6, 13)]
    graph = build_graph(lattice.polygons)
    graph = cost_by_streets(graph, lattice.polygons, np.array(roads, object), np.full(2, 6))
    today = generate_plan(lattice, PlanRequest(grids=8, tolerance=0.3, effort=0.1, seed=3))
    return lattice, graph, today.grid_of_unit()


@pytest.fixture(scope="module")
def choice():
    """Alternatives with streets and a plan of today; and that plan."""
    lattice, graph, today = with_streets_and_today()
    current = Constraints(current=today)
    return generate_alternatives(lattice, REQUEST, current, 7, graph=graph, clarity=5), today


def test_the_plan_asked_for_comes_first_and_all_differ():
    found = generate_alternatives(CITY, REQUEST, None, 4, graph=GRAPH)
    assert found[0].result.certificate.digest == (
        generate_plan(CITY, REQUEST, graph=GRAPH).certificate.digest
    )
    assert len({one.result.certificate.digest for one in found}) == len(found) == 4


def test_streets_and_the_plan_of_today_give_more_ways_to_lean(choice):
    found, today = choice
    least, most = np.array([losses(one) for one in found]).min(0), found[0]
    by_lean = {one.lean for one in found}
    assert len(by_lean) >= 4 and found[0].lean == "asked"
    # The spread: tighter, clearer, more compact than what was asked, each by something.
    deviation, boundary, arterial, compactness, moved = losses(most) - least
    assert deviation >= REQUEST.tolerance * 0.3 and arterial >= 0.05 and boundary > 0
    assert compactness >= 0 and moved >= 0
    assert any(not one.kept_to for one in found if one.lean == "loose")
    free = [one for one in found if one.request.keep == 0]
    assert free and all(set(one.result.grid_ids) == set(today) for one in free)


def test_no_plan_but_the_one_asked_for_is_beaten(choice):
    alone = generate_alternatives(CITY, REQUEST, None, 6, graph=GRAPH)
    for found in (alone, choice[0]):
        assert not any(one.beaten for one in found[1:])
        for one, other in combinations(found[1:], 2):
            assert not beats(one, other) and not beats(other, one)
        if not found[0].beaten:
            differences = [losses(one) - losses(found[0]) for one in found[1:]]
            assert all((difference > 0).any() for difference in differences)


def test_a_plan_asked_for_carelessly_is_kept_and_said_to_be_beaten():
    hasty = [PlanRequest(grids=8, tolerance=0.3, effort=0.02, seed=seed) for seed in range(4)]
    said = 0
    for request in hasty:
        found = generate_alternatives(CITY, request, None, 6, graph=GRAPH)
        assert found[0].request == request
        if found[0].beaten:
            said += 1
            steps = np.array([0.002, 0.01 * found[0].result.certificate.boundary_m, 0.01])
            gained = [losses(found[0]) - losses(one) for one in found[1:]]
            assert any((by >= -steps).all() and (by > steps).any() for by in gained)
    assert said


def test_where_all_coincide_there_is_one():
    lattice = units("1111")
    found = generate_alternatives(lattice, PlanRequest(grids=2), None, 5)
    assert len(found) == 1 and not found[0].beaten


def test_stopping_gives_those_complete_so_far():
    whole = generate_alternatives(CITY, REQUEST, None, 5, graph=GRAPH)
    asked = iter(range(100_000))
    found = generate_alternatives(
        CITY, REQUEST, None, 5, graph=GRAPH, stop=lambda: next(asked) > 200
    )
    assert 1 <= len(found) < 5
    known = {one.result.certificate.digest for one in whole}
    assert all(one.result.certificate.digest in known for one in found[1:])
    at_once = generate_alternatives(CITY, REQUEST, None, 5, graph=GRAPH, stop=lambda: True)
    assert len(at_once) == 1 and at_once[0].result.certificate.contiguous


def test_progress_never_goes_back_and_ends():
    told = []
    generate_alternatives(
        CITY, replace(REQUEST, effort=0.05), None, 4, graph=GRAPH,
        progress=lambda step, done: told.append(done) if step == "plan-step-improve" else None,
    )  # fmt: skip
    assert told == sorted(told) and told[-1] == 1


@pytest.mark.parametrize("count", [-1, 0, 21, 50])
def test_a_number_of_plans_that_cannot_be_made_is_refused(count):
    with pytest.raises(InputError) as refused:
        generate_alternatives(CITY, REQUEST, None, count, graph=GRAPH)
    assert refused.value.code == "plan-alternatives-invalid"


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_table_is_narrow_and_the_chart_names_every_plan(choice, language, tmp_path, capfd):
    found, _ = choice
    files = [tmp_path / f"p-{number}.csv" for number in range(len(found))]
    stars = [sum("*" in cell for cell in row.values()) for row in compact_rows(found, language)]
    best = [len(row["best_in"].split(";")) if row["best_in"] else 0 for row in rows(found, files)]
    assert stars == best and sum(stars) >= 3
    write_chart(found, tmp_path / "chart.svg", language)
    drawing = (tmp_path / "chart.svg").read_text(encoding="utf-8")
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", drawing)
    for number, row in enumerate(compact_rows(found, language), 1):
        assert f"{number}  {row['choice_lean']}" in texts
    coloured = [line for line in drawing.splitlines() if line.lstrip().startswith("<text")]
    assert sum("#2166ac" in line for line in coloured) == sum(stars)
    assert capfd.readouterr() == ("", "")
