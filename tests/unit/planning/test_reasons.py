"""Honest before and after: what no plan can reach is told once, each grid outside has a reason."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import InfeasibleError, WanggeError
from gis.messages import LANGUAGES
from gis.planning.adjacency.graph import build_graph
from gis.planning.adjacency.streets import sever
from gis.planning.criteria import parse_also, parse_limit
from gis.planning.generate import Constraints, check_feasible, generate_plan
from gis.planning.model import PlanRequest
from gis.planning.nested import generate_nested
from tests.unit.planning.drawn import CELL_M, city, names, units
from tests.unit.planning.exhaustive import plans


def plan(source, grids, constraints=None, *, graph=None, **request):
    """A plan, and what was announced before it was searched for."""
    told = []
    asked = PlanRequest(grids=grids, effort=0.2, **request)
    result = generate_plan(
        source, asked, constraints, graph=graph, announce=lambda r: told.extend(r.findings)
    )
    return result, told


def sound(result, told):
    """The promises that hold of every certificate."""
    certificate = result.certificate
    by_criterion = {"main": certificate.outside, **{k.name: k.outside for k in certificate.also}}
    for criterion, outside in by_criterion.items():
        mine = [one for one in certificate.reasons if one.criterion == criterion]
        assert criterion != "main" or [one.grid for one in mine] == list(outside)
        assert {one.grid for one in mine} == set(outside) and len(mine) == len(outside)
    assert certificate.deviation_at_least <= certificate.max_deviation + 1e-9
    assert list(certificate.findings[: len(told)]) == told
    later = certificate.findings[len(told) :]
    assert not any(finding.code.startswith("plan-limit-") for finding in later)
    kinds = [(f.code, f.params.get("criterion"), f.params.get("name")) for f in later]
    assert len(kinds) == len(set(kinds))
    codes = {finding.code for finding in later}
    proven = {"plan-outside-best", "plan-outside-proven"} & codes
    assert bool(proven) == (
        bool(certificate.outside) and certificate.deviation_at_least > certificate.tolerance
    )
    for text in [*certificate.findings, *certificate.reasons]:
        for language in LANGUAGES:
            assert "{" not in text.text(language) and text.code not in text.text(language)


ROWS = "1111\n1111\n1111\n1111"


@pytest.mark.parametrize(
    ("drawing", "grids", "constraints", "before", "reasons"),
    [
        ("1911\n1111\n1111", 3, None, ["plan-limit-unit"],
         {"plan-grid-unit-large", "plan-grid-beside-large"}),
        (ROWS, 4, Constraints(together=names("gggg\ngggg\n....\n....".replace(".", " "))
                              + [""] * 8), ["plan-limit-group"], None),
        (ROWS, 4, Constraints(pin=["p"] * 8 + [None] * 8), ["plan-limit-group"],
         {"plan-grid-group-large", "plan-grid-beside-large"}),
        ("9111\n1111", 4, Constraints(pin=["p"] + [None] * 7), ["plan-limit-unit"], None),
        (ROWS, 4, Constraints(current=names("AAAA\nAAAA\nBBBB\nCCDD"), lock=["A"]),
         ["plan-limit-locked", "plan-limit-beside-locked"],
         {"plan-grid-locked", "plan-grid-beside-locked"}),
        (ROWS, 4, Constraints(pin=["a", "b", None, None, "b"] + [None] * 11),
         ["plan-limit-pin-hemmed"], None),
        ("111111\n      \n111   ", 2, None, ["plan-limit-land"], {"plan-grid-land-uneven"}),
        (ROWS, 4, Constraints(parent=names("AAAA\nAAAA\nAABB\nBBBB")), ["plan-limit-parent"],
         {"plan-grid-parent-uneven"}),
        ("222\n222\n222", 2, None, ["plan-limit-whole"], {"plan-grid-no-plan"}),
    ],
)  # fmt: skip
def test_infeasible_input_is_told_before_and_explains_the_grids_after(
    drawing, grids, constraints, before, reasons
):
    source = units(drawing)
    result, told = plan(source, grids, constraints)
    sound(result, told)
    assert [finding.code for finding in told] == before
    assert not result.certificate.within_tolerance
    found = {reason.code for reason in result.certificate.reasons}
    assert reasons is None or found == reasons
    assert all(reason.proven for reason in result.certificate.reasons) or reasons is None
    request = PlanRequest(grids=grids)
    assert check_feasible(source, request, constraints).findings == told


def test_a_barrier_that_cuts_off_too_little_for_a_grid_is_told():
    source = units("1111\n1111\n1111\n1111")
    corner = shapely.LineString([(CELL_M, 0), (CELL_M, -CELL_M), (0, -CELL_M)])
    graph = sever(build_graph(source.polygons), source.polygons, np.array([corner], object))
    result, told = plan(source, 2, graph=graph, tolerance=0.2)
    sound(result, told)
    assert [(f.code, f.params["units"]) for f in told] == [("plan-cut-off-joined", "u0-0")]
    assert result.certificate.within_tolerance


def test_of_several_criteria_the_impossible_one_is_named():
    source = units("1111\n1111", homes=[90, 1, 1, 1, 1, 1, 1, 1])
    also = (parse_also("homes:0.1"), parse_also("area:0.5"), parse_limit("pop=3:"))
    result, told = plan(source, 2, also=also, tolerance=0.3)
    sound(result, told)
    assert [(f.code, f.params["criterion"]) for f in told] == [("plan-limit-unit", "homes")]
    missed = [f for f in result.certificate.findings if f.code == "plan-criterion-missed"]
    assert [(f.params["name"], f.params["reach"]) for f in missed] == [("homes", "never")]
    assert not result.certificate.outside
    codes = {reason.code for reason in result.certificate.reasons}
    assert codes == {"plan-grid-unit-large", "plan-grid-beside-large"}
    assert "homes" in told[0].text("en") and "homes" in told[0].text("zh-CN")


@pytest.mark.parametrize(
    ("limit", "before"),
    [
        ("homes=60:", "plan-limit-minimum"),
        ("homes=:40", "plan-limit-maximum"),
        ("homes=:8", "plan-limit-unit-maximum"),
        ("homes=40:60", None),
    ],
)
def test_least_and_most_that_cannot_be_kept_are_told(limit, before):
    source = units("1111\n1111", homes=[10, 15, 10, 15, 10, 15, 10, 15])
    result, told = plan(source, 2, also=(parse_limit(limit),))
    sound(result, told)
    assert (before is None) == (told == []) and before in {None, *(f.code for f in told)}
    assert bool(told) == bool(result.certificate.also[0].outside)


def test_a_search_that_was_stopped_is_no_proof():
    source = city(12, 10, seed=3)
    told = []
    result = generate_plan(
        source, PlanRequest(grids=9, tolerance=0.004), stop=lambda: True,
        announce=lambda report: told.extend(report.findings),
    )  # fmt: skip
    sound(result, told)
    assert told == [] and result.certificate.outside
    assert {reason.code for reason in result.certificate.reasons} == {"plan-grid-stopped"}
    assert not any(reason.proven for reason in result.certificate.reasons)
    assert "plan-outside-open" in [finding.code for finding in result.certificate.findings]


def test_more_than_five_grids_all_have_their_reason():
    source = units("\n".join(["9" + "1" * 9] * 8))
    result, told = plan(source, 15, tolerance=0.02)
    sound(result, told)
    assert len(result.certificate.reasons) == len(result.certificate.outside) > 5


@pytest.mark.parametrize("drawing", ["000\n000", "0000"])
def test_no_load_at_all_is_refused_with_a_remedy(drawing):
    with pytest.raises(InfeasibleError) as error:
        plan(units(drawing), 2)
    assert error.value.code == "balance-total-zero"


@settings(max_examples=40, deadline=None)
@given(
    land=st.lists(st.text("01259 ", min_size=2, max_size=5), min_size=1, max_size=4),
    grids=st.integers(1, 6),
    tolerance=st.sampled_from([0.02, 0.1, 0.3]),
    seed=st.integers(0, 10**6),
)
def test_any_drawing_is_within_tolerance_or_explained(land, grids, tolerance, seed):
    width = max(len(line) for line in land)
    rng = np.random.default_rng(seed)
    try:
        source = units("\n".join(line.ljust(width, "2") for line in land))
        count = len(source.unit_id)
        pick = lambda names: [names[i] for i in rng.integers(0, len(names), count)]  # noqa: E731
        constraints = Constraints(
            parent=pick(["a", "b"]) if seed % 5 == 0 else None,
            together=pick(["g", None, None]) if seed % 3 == 0 else None,
            pin=pick(["p", "q", None, None, None]) if seed % 2 == 0 else None,
        )
        also = (parse_also("area:0.2"), parse_limit("pop=1:6"))[: seed % 3]
        result, told = plan(source, grids, constraints, tolerance=tolerance, also=also)
    except WanggeError as error:
        assert error.code.startswith(("plan-", "balance-total-zero"))
        return
    sound(result, told)


@settings(max_examples=20, deadline=None)
@given(
    digits=st.lists(st.integers(0, 9), min_size=9, max_size=9),
    grids=st.integers(2, 4),
    tolerance=st.sampled_from([0.02, 0.1, 0.3]),
)
def test_what_is_said_to_be_proven_is_true_of_every_plan(digits, grids, tolerance):
    if not sum(digits):
        return
    text = "".join(map(str, digits))
    source = units("\n".join([text[:3], text[3:6], text[6:]]))
    graph, load = build_graph(source.polygons), source.columns["pop"]
    mean = load.sum() / grids
    all_plans = [np.bincount(labels, load, grids) for labels in plans(graph, grids)]
    reachable = min(np.abs(loads / mean - 1).max() for loads in all_plans)
    result, told = plan(source, grids, tolerance=tolerance)
    sound(result, told)
    certificate = result.certificate
    assert certificate.deviation_at_least <= reachable + 1e-9
    codes = {finding.code for finding in certificate.findings}
    if told or codes & {"plan-outside-proven", "plan-outside-best"}:
        assert reachable > tolerance
    if "plan-outside-best" in codes:
        assert certificate.max_deviation <= reachable + 1e-6
    if any(reason.proven for reason in certificate.reasons):
        assert reachable > tolerance


@settings(max_examples=8, deadline=None)
@given(
    land=st.lists(st.text("0129", min_size=4, max_size=4), min_size=2, max_size=5),
    level_2=st.integers(1, 2),
    more=st.integers(0, 4),
)
def test_nested_plans_are_announced_and_explained_alike(land, level_2, more):
    source = units("\n".join(land))
    areas = ["a" if i % 4 < 2 else "b" for i in range(len(source.unit_id))]
    counts = {"a": (level_2, min(level_2 + more, 2 * len(land))), "b": (1, 2)}
    told = []
    try:
        result = generate_nested(
            source, areas, counts, effort=0.1, announce=lambda r: told.extend(r.findings)
        )
    except WanggeError as error:
        assert error.code == "balance-total-zero"
        return
    sound(result, told)
