"""The exact solver: equal to trying every plan; and the polish never worse, never torn."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.planning.adjacency.graph import build_graph
from gis.planning.generate import generate_plan
from gis.planning.model import PlanRequest
from gis.planning.search.exact import Level, optimum, polish
from gis.planning.search.seed import mend, metis_parts
from tests.unit.planning.drawn import city, names, pieces, units
from tests.unit.planning.exhaustive import plans, random_graph

SMALL = (Level(parts=2, free=12), Level(parts=3, free=20))


def worth(graph, load, labels, low, high, home=None, home_cost=0.0):
    """Load outside the bands in mean parts' loads, and cost in mean pairs' costs."""
    load, low, high = (a.reshape(len(a), -1) for a in (load, low, high))
    loads = np.stack([np.bincount(labels, column, len(low)) for column in load.T], axis=1)
    beyond = np.maximum(np.maximum(low - loads, loads - high), 0)
    scale = load.sum(axis=0) / len(low)
    left, right, at = graph.pairs()
    cut = graph.cost[at][labels[left] != labels[right]].sum() / graph.cost[graph.cost > 0].mean()
    away = 0.0 if home is None else (home_cost * ((home >= 0) & (home != labels))).sum()
    return round(float((beyond / np.where(scale > 0, scale, 1)).sum()), 7), float(cut + away)


def band(load, k, tolerance):
    mean = load.sum(axis=0) / k
    return np.stack([mean * (1 - tolerance)] * k), np.stack([mean * (1 + tolerance)] * k)


def free(graph):
    return np.ones(graph.size, bool), np.full(graph.size, -1), np.zeros(graph.size)


@settings(max_examples=12, deadline=None)
@given(
    st.integers(0, 10**6), st.integers(3, 9), st.integers(0, 7), st.integers(2, 4),
    st.sampled_from([0.02, 0.2, 0.5]), st.integers(1, 2), st.booleans(),
)  # fmt: skip
def test_the_optimum_is_the_best_of_all_plans(seed, size, more, k, tolerance, criteria, unequal):
    rng = np.random.default_rng(seed)
    graph = random_graph(rng, size, more)
    load = np.round(rng.lognormal(1, 0.8, (size, criteria)), 2)
    low, high = band(load, k, tolerance)
    if unequal:
        share = rng.uniform(0.6, 1.4, k)[:, None]
        low, high = low * share, high * share
    found = optimum(graph, load, k, low, high)
    every = list(plans(graph, k))
    assert found.proven
    if not every:
        assert found.part is None
        return
    best = min(
        worth(graph, load, np.array(order)[labels], low, high)
        for labels in every
        for order in (permutations(range(k)) if unequal else [tuple(range(k))])
    )
    assert sorted(set(found.part.tolist())) == list(range(k))
    assert pieces(graph, found.part) == k
    mine = worth(graph, load, found.part, low, high)
    assert mine[0] == pytest.approx(best[0], abs=1e-6)
    assert mine[1] == pytest.approx(best[1], abs=1e-4)
    assert found.cost == pytest.approx(mine[1] * graph.cost[graph.cost > 0].mean(), rel=1e-6)
    assert found.outside == pytest.approx(mine[0], abs=1e-6)


@pytest.mark.parametrize(
    ("text", "k", "answer"),
    [
        ("111111\n111111", 2, "AAABBB\nAAABBB"),
        ("900\n009\n090", 3, "ABB\nBBB\nCCC"),
        ("1111\n1111\n1111\n1111", 4, "AABB\nAABB\nCCDD\nCCDD"),
        # The short cut down the middle is out of balance; the balanced one goes around the ring.
        ("111111\n1    1\n1    1\n111111", 2, "AAABBB\nA    B\nA    B\nAAABBB"),
    ],
)
def test_drawings_whose_optimum_is_plain(text, k, answer):
    source = units(text)
    graph, pop = build_graph(source.polygons), source.columns["pop"]
    low, high = band(pop[:, None], k, 0.0)
    found = optimum(graph, pop, k, low, high)
    wanted = np.unique(names(answer), return_inverse=True)[1]
    assert found.proven and found.outside == 0
    assert found.cost == pytest.approx(100 * sum_of_cut(graph, wanted))
    assert pieces(graph, found.part) == k


def sum_of_cut(graph, labels):
    left, right, _ = graph.pairs()
    return int((labels[left] != labels[right]).sum())


def test_where_nothing_fits_the_least_excess_is_found():
    source = units("9111\n1111")
    graph, pop = build_graph(source.polygons), source.columns["pop"]
    found = optimum(graph, pop, 2, *band(pop[:, None], 2, 0.0))
    # The 9 alone is 1 above the mean of 8, and the rest 1 below: 2 of 8 outside, 2 edges cut.
    assert found.outside == pytest.approx(0.25) and found.cost == pytest.approx(200)


def seeded(width, height, k, seed):
    source = city(width, height, seed)
    graph, pop = build_graph(source.polygons), source.columns["pop"]
    target = np.full(k, pop.sum() / k)
    return graph, pop, mend(graph, pop, target, metis_parts(graph, pop, target, seed))


def test_polish_shortens_boundaries_and_keeps_grids_whole():
    graph, pop, begin = seeded(16, 12, 8, 1)
    low, high = band(pop[:, None], 8, 0.05)
    found = polish(graph, pop, begin, low, high, *free(graph), levels=SMALL)
    assert worth(graph, pop, found, low, high) < worth(graph, pop, begin, low, high)
    assert pieces(graph, found) == 8 and len(set(found.tolist())) == 8
    again = polish(graph, pop, begin, low, high, *free(graph), levels=SMALL, seconds=1000)
    assert (again == found).all()
    still = polish(graph, pop, found, low, high, *free(graph), levels=SMALL)
    assert (still == found).all()
    stopped = polish(graph, pop, begin, low, high, *free(graph), neighbourhoods=0)
    assert (stopped == begin).all()


def test_two_halves_are_polished_to_the_optimum():
    graph, pop, begin = seeded(6, 4, 2, 3)
    low, high = band(pop[:, None], 2, 0.05)
    levels = (Level(parts=2, free=24, gap=0.0, nodes=100_000),)
    found = polish(graph, pop, begin, low, high, *free(graph), levels=levels)
    exact = optimum(graph, pop, 2, low, high)
    assert exact.proven
    assert (
        worth(graph, pop, found, low, high)[1] <= 1.02 * worth(graph, pop, exact.part, low, high)[1]
    )


@settings(max_examples=12, deadline=None)
@given(
    st.integers(0, 10**6), st.integers(2, 5), st.integers(1, 2),
    st.sampled_from([0.0, 0.05, 0.3]), st.booleans(),
)  # fmt: skip
def test_polish_is_never_worse_and_moves_nothing_that_is_pinned(
    seed, k, criteria, tolerance, at_home
):
    rng = np.random.default_rng(seed)
    graph = random_graph(rng, 24, 20)
    load = np.round(rng.lognormal(1, 0.8, (24, criteria)), 1) * rng.integers(0, 2, (24, 1))
    target = np.full(k, 24 / k)
    begin = mend(graph, np.ones(24), target, metis_parts(graph, np.ones(24), target, 0))
    low, high = band(load, k, tolerance)
    movable = rng.random(24) < 0.7
    home = np.where(rng.random(24) < 0.7, begin, -1) if at_home else np.full(24, -1)
    home_cost = rng.uniform(0, 2, 24)
    found = polish(
        graph, load, begin, low, high, movable, home, home_cost, levels=SMALL, neighbourhoods=5
    )
    was = worth(graph, load, begin, low, high, home, home_cost)
    now = worth(graph, load, found, low, high, home, home_cost)
    assert now[0] < was[0] or (now[0] == was[0] and now[1] <= was[1] + 1e-6)
    assert (found[~movable] == begin[~movable]).all()
    assert pieces(graph, found) == k and len(set(found.tolist())) == k


def test_polish_repairs_balance_first():
    source = units("11111111\n" * 3)
    graph, pop = build_graph(source.polygons), source.columns["pop"]
    begin = np.tile([0, 0, 1, 1, 1, 1, 1, 1], 3)
    low, high = band(pop[:, None], 2, 0.0)
    found = polish(graph, pop, begin, low, high, *free(graph), levels=SMALL)
    assert (np.bincount(found) == 12).all() and sum_of_cut(graph, found) == 3


def test_units_dear_to_move_stay_at_home():
    source = units("111111\n" * 2)
    graph, pop = build_graph(source.polygons), source.columns["pop"]
    begin = np.array([0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1])
    low, high = np.full(2, 4.0), np.full(2, 8.0)
    movable, _, _ = free(graph)
    for cost, moved in ((0.0, True), (2.0, False)):
        home_cost = np.full(12, cost)
        found = polish(graph, pop, begin, low, high, movable, begin, home_cost, levels=SMALL)
        assert (found != begin).any() == moved


def test_a_plan_of_one_grid_or_of_nobody_stays():
    graph = build_graph(city(4, 4).polygons)
    nobody = np.zeros(16)
    one = polish(graph, nobody, np.zeros(16, int), np.zeros(1), np.zeros(1), *free(graph))
    assert (one == 0).all()
    halves = np.repeat([0, 1], 8)
    two = polish(graph, nobody, halves, np.zeros(2), np.full(2, np.inf), *free(graph))
    assert pieces(graph, two) == 2


@pytest.mark.parametrize(("seed", "k"), [(0, 2), (1, 3), (2, 3), (3, 4)])
def test_the_search_reaches_the_optimum_of_small_cities(seed, k):
    source = city(5, 4, seed)
    graph, pop = build_graph(source.polygons), source.columns["pop"]
    low, high = band(pop[:, None], k, 0.1)
    exact = optimum(graph, pop, k, low, high)
    found = generate_plan(source, PlanRequest(grids=k, tolerance=0.1), graph=graph).labels
    outside, cost = worth(graph, pop, found, low, high)
    assert exact.proven and outside >= exact.outside - 1e-6
    unit = graph.cost[graph.cost > 0].mean()
    if exact.outside == 0:
        assert outside == 0
        assert exact.cost <= cost * unit + 1e-3 and cost * unit <= 1.02 * exact.cost
