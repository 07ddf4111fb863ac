"""The search with more time: better plans, the main criterion first, groups and clocks kept."""

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.planning.adjacency.graph import build_graph
from gis.planning.change.describe import change_from_today
from gis.planning.criteria import Criterion
from gis.planning.generate import Constraints, generate_plan
from gis.planning.model import PlanRequest
from gis.planning.search.anneal import Band, Effort, Home, anneal, worth
from gis.planning.search.partition import partition
from gis.planning.search.renew import renew
from gis.planning.search.seed import mend, metis_parts
from tests.unit.planning.drawn import city, pieces, units

CITY = city(20, 15)
GRAPH = build_graph(CITY.polygons)
POP = CITY.columns["pop"]
NOWHERE = Home.nowhere(GRAPH.size)
ANYWHERE = np.ones(GRAPH.size, bool)


def band(grids, tolerance):
    return Band.around(np.full(grids, POP.sum() / grids), tolerance)


def begun(grids):
    share = np.full(grids, POP.sum() / grids)
    return mend(GRAPH, POP, share, metis_parts(GRAPH, POP, share, 0))


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), grids=st.integers(2, 14))
def test_renewal_never_makes_a_plan_worse_and_keeps_grids_whole(seed, grids):
    wanted, begin = band(grids, 0.03), begun(grids)
    found = renew(
        GRAPH, POP, begin, wanted, movable=ANYWHERE, home=NOWHERE,
        effort=Effort(seed=seed, factor=0.3), work=0.5,
    )  # fmt: skip
    assert worth(GRAPH, POP, found, wanted, NOWHERE) <= worth(GRAPH, POP, begin, wanted, NOWHERE)
    assert pieces(GRAPH, found) == grids


def test_more_effort_gives_shorter_boundaries_and_the_same_seed_the_same_plan():
    def boundary(effort):
        found = [
            generate_plan(CITY, PlanRequest(grids=12, tolerance=0.02, effort=effort, seed=seed))
            for seed in range(4)
        ]
        assert all(one.certificate.within_tolerance for one in found)
        return np.mean([one.certificate.boundary_m for one in found]), found[0].certificate.digest

    (longer, _), (shorter, digest), (_, again) = boundary(0.3), boundary(4.0), boundary(4.0)
    assert shorter < longer
    assert digest == again


def test_what_one_annealing_leaves_outside_the_band_is_renewed_inside():
    wanted = band(12, 0.012)

    def outside(part):
        return worth(GRAPH, POP, part, wanted, NOWHERE)[0] > 0

    efforts = [Effort(seed=seed) for seed in range(4)]
    once = [
        anneal(GRAPH, POP, begun(12), wanted, movable=ANYWHERE, home=NOWHERE, effort=effort)
        for effort in efforts
    ]
    assert any(map(outside, once))
    assert not any(outside(partition(GRAPH, POP, wanted, effort)) for effort in efforts)


def test_the_main_criterion_is_not_given_up_for_one_that_cannot_be_had():
    """The west is dense, the east is wide: equal people and equal area exclude each other."""
    drawn = units("99991111111111111111\n" * 8)
    both = PlanRequest(
        grids=4, tolerance=0.05, effort=1.0, also=(Criterion(load="area", tolerance=0.02),)
    )
    certificate = generate_plan(drawn, both).certificate
    alone = generate_plan(drawn, replace(both, also=())).certificate
    assert alone.within_tolerance and certificate.max_deviation <= 0.05
    assert certificate.also[0].outside


def test_a_clock_that_has_run_out_or_a_wish_to_stop_ends_a_long_search():
    wanted, asked = band(9, 0.01), [0]

    def stop():
        asked[0] += 1
        return asked[0] > 20

    late = Effort(seed=1, factor=30.0, deadline=time.monotonic())
    for effort in (late, Effort(seed=1, factor=30.0, stop=stop)):
        assert pieces(GRAPH, partition(GRAPH, POP, wanted, effort)) == 9


@pytest.mark.parametrize("seed", range(3))
def test_groups_stay_whole_where_few_people_move_and_true_units_are_counted(seed):
    rng = np.random.default_rng(seed)
    today = generate_plan(
        replace(CITY, columns={"pop": POP * np.where(np.arange(len(POP)) % 20 < 10, 0.8, 1)}),
        PlanRequest(grids=8, effort=0.3, seed=seed),
    ).grid_of_unit()
    left, right, _ = GRAPH.pairs()
    together: list[str | None] = [None] * len(POP)
    for number, pair in enumerate(rng.permutation(len(left))[:40].tolist()):
        one, other = int(left[pair]), int(right[pair])
        if together[one] is None and together[other] is None:
            together[one] = together[other] = f"group {number}"
    request = PlanRequest(grids=8, keep=1, effort=0.5, seed=seed)
    result = generate_plan(CITY, request, Constraints(current=today, together=together))
    now = result.grid_of_unit()
    for group in {name for name in together if name}:
        assert len({now[i] for i, name in enumerate(together) if name == group}) == 1
    assert result.certificate.within_tolerance and pieces(GRAPH, result.labels) == 8
    change = change_from_today(CITY, GRAPH, request, result, today)
    moved = np.array([a != b for a, b in zip(now, today, strict=True)])
    assert change.people_moved == pytest.approx(POP[moved].sum())
    assert change.least <= change.people_moved
