"""Three levels: children fill their parents, basic grids of an area come out equal."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import WanggeError
from gis.planning.codes import number_level
from gis.planning.colouring import grid_neighbours, hues
from gis.planning.coverage import Level, check_coverage, grid_polygons
from gis.planning.model import Units
from gis.planning.naming import centres
from gis.planning.nested import generate_nested
from tests.unit.planning.drawn import city, names, pieces, units

CITY = city(24, 20, seed=2)
AREAS = ["east" if i % 24 >= 12 else "west" for i in range(480)]


def test_levels_nest_exactly_and_basic_grids_are_equal_in_each_area():
    plan = generate_nested(CITY, AREAS, {"west": (3, 8), "east": (4, 12)}, effort=0.3)
    assert (plan.parent_3[plan.level_3] == plan.level_2).all()
    assert (plan.parent_2[plan.level_2] == plan.level_1).all()
    assert [plan.areas[a] for a in plan.level_1] == AREAS
    assert np.bincount(plan.parent_2).tolist() == [4, 3]
    assert sorted(np.bincount(plan.parent_3).tolist()) == [2, 3, 3, 3, 3, 3, 3]
    for level, count in ((plan.level_2, 7), (plan.level_3, 20)):
        assert pieces(plan.graph, level) == count == level.max() + 1
    assert plan.certificate.within_tolerance
    pop = CITY.columns["pop"]
    for area in (0, 1):
        loads = np.bincount(plan.level_3, pop)[plan.parent_2[plan.parent_3] == area]
        assert np.abs(loads / loads.mean() - 1).max() <= 0.05


def test_the_published_form_of_a_nested_plan_has_no_fault():
    plan = generate_nested(CITY, AREAS, {"west": (3, 8), "east": (4, 12)}, effort=0.1)
    c1 = ["410102004", "410102005"]
    c2 = number_level(c1, plan.parent_2, centres(CITY.polygons, plan.level_2, 7))
    c3 = number_level(c2, plan.parent_3, centres(CITY.polygons, plan.level_3, 20))
    assert all(code.startswith(c2[p]) for code, p in zip(c3, plan.parent_3, strict=True))
    for simplify_m in (0, 15):
        shapes = grid_polygons(
            CITY.polygons, [plan.level_3, plan.parent_3, plan.parent_2], simplify_m=simplify_m
        )
        report = check_coverage(
            [
                Level(level=3, codes=c3, polygons=shapes[0],
                      parent_codes=[c2[p] for p in plan.parent_3]),
                Level(level=2, codes=c2, polygons=shapes[1],
                      parent_codes=[c1[p] for p in plan.parent_2]),
                Level(level=1, codes=c1, polygons=shapes[2], parent_codes=[None, None]),
            ]
        )  # fmt: skip
        assert not report.findings
    near = grid_neighbours(plan.graph, plan.level_3)
    hue = hues(near)
    assert all(hue[a] != hue[b] for a, others in enumerate(near) for b in others)


def explained(plan):
    """The grids that the certificate gives a reason for."""
    return {reason.grid for reason in plan.certificate.reasons}


def test_all_basic_grids_of_a_district_are_within_tolerance():
    """Areas of different shape and size, a river that is crossed in a few places only."""
    source = city(60, 48, seed=5)
    row, column = np.divmod(np.arange(60 * 48), 60)
    river = (row == 22) & (column % 20 != 7)
    kept = np.flatnonzero(~river)
    district = Units(
        unit_id=source.unit_id[kept],
        polygons=source.polygons[kept],
        columns={"pop": source.columns["pop"][kept]},
    )
    areas = np.array(["north-west", "north-east", "south"])[
        np.where(row < 16, (column > 25).astype(int), 2)
    ][kept]
    counts = {"north-west": (9, 22), "north-east": (11, 30), "south": (31, 93)}
    plan = generate_nested(district, areas.tolist(), counts, effort=0.5)
    assert plan.certificate.outside == {}
    assert np.abs(plan.measures[3].deviation).max() <= 0.05
    assert np.abs(plan.measures[2].deviation).max() <= 0.05
    assert pieces(plan.graph, plan.level_2) == 51
    assert pieces(plan.graph, plan.level_3) == 145
    assert np.bincount(plan.parent_2).tolist() == [11, 9, 31]


def test_a_parent_that_does_not_divide_is_divided_anew_with_its_neighbours():
    """A comb: nine grids of eight teeth, most of them in two teeth that only the spine joins."""
    teeth = "\n".join(["1111111111111111"] + ["1 1 1 1 1 1 1 1 "] * 7)
    source = units(teeth)
    count = len(source.unit_id)
    plan = generate_nested(source, ["a"] * count, {"a": (3, 9)}, tolerance=0.15)
    assert plan.certificate.outside == {}
    assert np.bincount(plan.parent_3).sum() == 9
    assert pieces(plan.graph, plan.level_2) == 3


@pytest.mark.parametrize(
    ("drawing", "counts", "codes"),
    [
        ("1911", (1, 2), {"plan-grid-unit-large", "plan-grid-beside-large"}),
        ("11111", (1, 2), {"plan-grid-no-plan"}),
        ("22222", (2, 4), {"plan-grid-parent-uneven", "plan-grid-no-plan"}),
    ],
)
def test_a_grid_outside_the_tolerance_is_explained_with_figures(drawing, counts, codes):
    source = units(drawing)
    plan = generate_nested(source, ["a"] * len(drawing), {"a": counts})
    assert plan.certificate.outside
    assert explained(plan) == set(plan.certificate.outside)
    assert {reason.code for reason in plan.certificate.reasons} == codes
    for reason in plan.certificate.reasons:
        for language in ("en", "zh-CN"):
            off = f"{100 * plan.certificate.outside[reason.grid]:+.1f}"
            assert off in reason.text(language) and reason.grid in reason.text(language)


def test_areas_that_are_given_other_counts_than_their_load_are_named():
    plan = generate_nested(units("1" * 30), names("A" * 20 + "B" * 10), {"A": (1, 2), "B": (1, 2)})
    told = {
        f.params["area"]: (f.params["wanted"], f.params["off"])
        for f in plan.certificate.findings
        if f.code == "plan-area-uneven"
    }
    assert told == {"A": ("2.7", "+33.3"), "B": ("1.3", "-33.3")}
    assert plan.certificate.outside == {}


@settings(max_examples=15, deadline=None)
@given(
    land=st.lists(st.text("0123456789", min_size=5, max_size=5), min_size=2, max_size=5),
    wanted=st.tuples(st.integers(1, 3), st.integers(0, 5)),
)
def test_any_drawing_nests_exactly(land, wanted):
    source = units("\n".join(land))
    n2, n3 = wanted[0], wanted[0] + wanted[1]
    try:
        plan = generate_nested(source, ["a"] * len(source.unit_id), {"a": (n2, n3)}, effort=0.1)
    except WanggeError as error:
        assert error.code == "balance-total-zero"
        return
    assert (plan.parent_3[plan.level_3] == plan.level_2).all()
    assert pieces(plan.graph, plan.level_2) == n2 == len(set(plan.level_2.tolist()))
    assert pieces(plan.graph, plan.level_3) == n3 == len(set(plan.level_3.tolist()))
    assert explained(plan) == set(plan.certificate.outside)


@pytest.mark.parametrize(
    ("counts", "code"),
    [
        ({"A": (1, 2)}, "plan-area-without-counts"),
        ({"A": (2, 1), "B": (1, 1)}, "plan-area-counts-invalid"),
        ({"A": (0, 1), "B": (1, 1)}, "plan-area-counts-invalid"),
        ({"A": (1, 3), "B": (1, 1)}, "plan-more-grids-than-units"),
    ],
)
def test_counts_that_do_not_fit_are_refused(counts, code):
    with pytest.raises(WanggeError) as error:
        generate_nested(units("1111"), names("AABB"), counts)
    assert error.value.code == code
