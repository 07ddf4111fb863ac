"""Plans: every grid whole, every unit in one grid, loads within the tolerance or explained."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import InfeasibleError, InputError, WanggeError
from gis.messages import LANGUAGES, translate
from gis.planning.adjacency.graph import build_graph
from gis.planning.generate import Constraints, generate_plan
from gis.planning.model import PlanRequest, Units
from tests.unit.planning.drawn import city, names, pieces, units

CITY = city(20, 15)
CITY_GRAPH = build_graph(CITY.polygons)
JOINED = ("plan-island-joined", "plan-cut-off-joined")


def plan(source, grids, constraints=None, **request):
    return generate_plan(source, PlanRequest(grids=grids, effort=0.3, **request), constraints)


def codes(result):
    return [finding.code for finding in result.certificate.findings]


def test_a_city_is_divided_within_the_tolerance():
    result = plan(CITY, 12)
    load = np.bincount(result.labels, CITY.columns["pop"])
    assert np.abs(load / load.mean() - 1).max() <= 0.05
    assert result.certificate.within_tolerance
    assert result.certificate.max_deviation == pytest.approx(np.abs(load / load.mean() - 1).max())
    assert pieces(CITY_GRAPH, result.labels) == 12
    assert not result.certificate.findings


def test_boundaries_are_shorter_than_those_of_metis():
    from gis.planning.judging.score import measure
    from gis.planning.search.seed import mend, metis_parts

    pop, target = CITY.columns["pop"], np.full(12, CITY.columns["pop"].sum() / 12)
    metis = mend(CITY_GRAPH, pop, target, metis_parts(CITY_GRAPH, pop, target, 0))
    ours = plan(CITY, 12).labels
    assert measure(CITY_GRAPH, ours, pop).cut_m <= measure(CITY_GRAPH, metis, pop).cut_m


def test_the_same_seed_gives_the_same_plan_and_another_seed_another():
    first, again, other = plan(CITY, 9, seed=4), plan(CITY, 9, seed=4), plan(CITY, 9, seed=5)
    assert first.certificate.digest == again.certificate.digest != other.certificate.digest


def test_a_generous_clock_changes_nothing_and_a_short_one_still_gives_whole_grids():
    free, timed = plan(CITY, 9), plan(CITY, 9, seconds=300)
    assert free.certificate.digest == timed.certificate.digest
    hurried = plan(CITY, 9, seconds=1e-6)
    assert hurried.certificate.stopped_early
    assert pieces(CITY_GRAPH, hurried.labels) == 9


@settings(max_examples=25, deadline=None)
@given(
    land=st.lists(st.text("0123456789 ", min_size=1, max_size=7), min_size=1, max_size=6),
    grids=st.integers(1, 12),
    seed=st.integers(0, 3),
)
def test_any_drawing_is_covered_once_whole_and_explained(land, grids, seed):
    width = max(len(line) for line in land)
    text = "\n".join(line.ljust(width, "5") for line in land)
    try:
        source = units(text)
        result = plan(source, grids, seed=seed)
    except WanggeError as error:
        assert error.code in ("plan-no-units", "plan-more-grids-than-units", "balance-total-zero")
        return
    assert len(result.labels) == len(source.unit_id)
    assert sorted(set(result.labels.tolist())) == list(range(grids))
    assert result.certificate.contiguous
    joined = [f for f in result.certificate.findings if f.code in JOINED]
    bridges = sum(finding.count for finding in joined)
    assert pieces(build_graph(source.polygons), result.labels) <= grids + bridges
    told = {reason.grid for reason in result.certificate.reasons}
    assert told == set(result.certificate.outside)
    for finding in result.certificate.findings:
        for language in LANGUAGES:
            assert finding.code not in finding.text(language)


@pytest.mark.parametrize("grids", [1, 6])
def test_one_grid_and_as_many_as_units(grids):
    result = plan(units("111\n111"), grids)
    assert len(set(result.labels.tolist())) == grids


def test_lumps_are_found_places():
    # Only one division puts 9 in each grid: rows.
    result = plan(units("900\n009\n090"), 3)
    assert result.certificate.max_deviation == 0


def test_an_oversized_unit_is_named_and_the_others_stay_equal():
    source = city_with(CITY, 7, 40_000.0)
    huge = plan(source, 10)
    assert huge.certificate.contiguous and not huge.certificate.within_tolerance
    load = np.sort(np.bincount(huge.labels, source.columns["pop"]))
    assert load[-1] >= 40_000 and load[-2] / load[0] < 1.15
    assert codes(huge)[0] == "plan-limit-unit"
    assert {reason.code for reason in huge.certificate.reasons} == {
        "plan-grid-unit-large", "plan-grid-beside-large",
    }  # fmt: skip


def city_with(source, unit, pop):
    people = source.columns["pop"].copy()
    people[unit] = pop
    return Units(unit_id=source.unit_id, polygons=source.polygons, columns={"pop": people})


def test_small_islands_join_the_nearest_land_and_large_ones_get_their_own_grids():
    small = plan(units("111111\n111111\n111111\n\n111111".replace("\n\n", "\n      \n")), 4)
    assert small.certificate.within_tolerance
    assert "plan-island-joined" not in codes(small)
    islet = plan(units("111111\n111111\n      \n     1"), 2)
    assert "plan-island-joined" in codes(islet)
    finding = islet.certificate.findings[0]
    assert finding.params["units"] == "u3-5" and finding.params["widest_m"] == 100


def test_land_that_does_not_divide_is_explained():
    result = plan(units("111111\n      \n111   "), 2)
    assert codes(result) == ["plan-limit-land", "plan-outside-best", "plan-grid-land-uneven"]
    assert result.certificate.contiguous


def test_grids_do_not_cross_parents_and_each_parent_has_one():
    parent = names("AAAAABBBBB\nAAAAABBBBB\nAAAAABBBBC\nAAAAABBBBC")
    result = plan(units("1111111111\n" * 4), 9, Constraints(parent=parent))
    owner = {}
    for label, name in zip(result.labels.tolist(), parent, strict=True):
        assert owner.setdefault(label, name) == name
    assert sorted(owner.values()) == ["A"] * 4 + ["B"] * 4 + ["C"]
    assert "plan-limit-parent" in codes(result)
    reasons = {reason.grid: reason for reason in result.certificate.reasons}
    assert reasons["C-001"].code == "plan-grid-parent-uneven"
    assert all(reason.proven for reason in reasons.values())


def test_ids_of_grids_follow_community_codes():
    parent = [{"A": "410102004001", "B": "410102004002"}[n] for n in names("AABB\nAABB")]
    result = plan(units("1111\n1111"), 4, Constraints(parent=parent))
    assert result.grid_ids == tuple(
        f"41010200400{community}00{grid}" for community in (1, 2) for grid in (1, 2)
    )


def test_a_current_plan_within_the_tolerance_is_kept_when_firm():
    now = [f"old-{n}" for n in names("AAAABBBB\n" * 4)]
    result = plan(units("11111111\n" * 4), 2, Constraints(current=now), keep=5)
    assert result.grid_of_unit() == now
    assert result.certificate.moved_load_share == 0


def test_a_current_plan_out_of_balance_is_mended_by_few_moves():
    now = ["west" if i % 20 < 7 else "east" for i in range(300)]
    result = plan(CITY, 2, Constraints(current=now), tolerance=0.05)
    pop = CITY.columns["pop"]
    away = pop[[a != b for a, b in zip(now, result.grid_of_unit(), strict=True)]].sum()
    west = pop[[name == "west" for name in now]].sum()
    needed = abs(pop.sum() / 2 - west) - 0.05 * pop.sum() / 2
    assert result.certificate.within_tolerance
    assert needed <= away <= 1.5 * needed + 0.02 * pop.sum()


def test_more_and_fewer_grids_than_the_current_plan():
    now = names("AAAABBBB\n" * 4)
    more = plan(units("11111111\n" * 4), 4, Constraints(current=now))
    assert {"A", "B"} < set(more.grid_ids) and more.certificate.within_tolerance
    fewer = plan(units("11111111\n" * 4), 1, Constraints(current=now))
    assert set(fewer.grid_ids) <= {"A", "B"}


def test_pinned_units_stay_in_their_grid_and_far_pins_are_connected():
    pins = [None] * 40
    pins[0], pins[3], pins[39] = "north", "north", "south"
    result = plan(units("1111111111\n" * 4), 4, Constraints(pin=pins), tolerance=0.2)
    grids = result.grid_of_unit()
    assert grids[0] == grids[3] == "north" and grids[39] == "south"
    assert result.certificate.contiguous and result.certificate.within_tolerance


def test_units_kept_together_share_a_grid():
    groups = names("..xx..\n..xx..\n..yyy.\n......")
    groups = [None if n == "." else n for n in groups]
    result = plan(units("111111\n" * 4), 4, Constraints(together=groups), tolerance=0.34)
    for group in ("x", "y"):
        members = {g for g, n in zip(result.grid_of_unit(), groups, strict=True) if n == group}
        assert len(members) == 1


def test_a_torn_group_is_reported():
    groups = ["x", None, None, "x"]
    assert "plan-group-apart" in codes(plan(units("1111"), 2, Constraints(together=groups)))


@pytest.mark.parametrize(
    ("code", "grids", "constraints"),
    [
        ("plan-more-grids-than-units", 9, {}),
        ("plan-more-pins-than-grids", 1, {"pin": ["a", "b", None, None]}),
        ("plan-more-parents-than-grids", 1, {"parent": ["a", "a", "b", "b"]}),
        ("plan-parent-missing", 2, {"parent": ["a", None, "b", "b"]}),
        ("plan-pin-crosses-parents", 2, {"parent": list("aabb"), "pin": ["p", None, None, "p"]}),
        ("plan-pins-conflict", 2, {"together": list("ggxy"), "pin": ["p", "q", None, None]}),
        ("plan-pins-apart", 2, {"pin": ["p", "q", "p", None]}),
        ("plan-more-grids-than-groups", 3, {"together": list("gghh")}),
        ("plan-column-length", 2, {"parent": ["a"]}),
    ],
)
def test_what_cannot_be_done_says_so(code, grids, constraints):
    with pytest.raises(WanggeError) as error:
        plan(units("1111"), grids, Constraints(**constraints))
    assert error.value.code == code
    for language in LANGUAGES:
        assert translate(code, language, error.value.params) != code
        assert "{" not in translate(code, language, error.value.params)


@pytest.mark.parametrize(
    "request_", [{"grids": 0}, {"tolerance": 0}, {"tolerance": float("nan")}, {"effort": 0},
                 {"keep": -1}, {"seconds": 0}, {"grids": -3}],
)  # fmt: skip
def test_senseless_requests_are_refused(request_):
    with pytest.raises(InputError):
        PlanRequest(**{"grids": 2, **request_})


def test_nobody_lives_here():
    with pytest.raises(InfeasibleError) as error:
        plan(units("000\n000"), 2)
    assert error.value.code == "balance-total-zero"
    assert plan(units("000\n000"), 2, balance="area").certificate.within_tolerance


@pytest.mark.parametrize(
    ("ids", "pop", "code"),
    [
        (["a", "a"], [1, 1], "plan-unit-id-duplicate"),
        (["a", None], [1, 1], "plan-unit-id-missing"),
        (["a", ""], [1, 1], "plan-unit-id-missing"),
        (["a", "b"], [1, -1], "plan-value-invalid"),
        (["a", "b"], [1, float("nan")], "plan-value-invalid"),
        (["a", "b"], [1, float("inf")], "plan-value-invalid"),
        (["a", "b"], [1], "plan-column-length"),
        ([], [], "plan-no-units"),
    ],
)
def test_hostile_units_are_refused(ids, pop, code):
    shapes = [shapely.box(i, 0, i + 1, 1) for i in range(len(ids))]
    with pytest.raises(InputError) as error:
        Units(
            unit_id=np.array(ids, object),
            polygons=np.array(shapes, object),
            columns={"pop": np.array(pop, float)},
        )
    assert error.value.code == code
