"""Minimal change: few people moved, nobody moved for nothing, bounds that are bounds."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.messages import LANGUAGES
from gis.planning.adjacency.graph import build_graph
from gis.planning.change.describe import describe_change, move_rows
from gis.planning.change.flow import chained_flow, least_moved
from gis.planning.change.freed import freed
from gis.planning.change.mended import mended
from gis.planning.change.stay import stay
from gis.planning.change.stay_search import Search
from gis.planning.judging.score import measure
from tests.unit.planning.drawn import city, names, units

CITY = city(16, 12)
GRAPH = build_graph(CITY.polygons)
POP = CITY.columns["pop"]
ALL = np.ones(GRAPH.size, bool)


def bands(columns=6, tolerance=0.05):
    """Today's plan in upright stripes of a crooked width; and the band around the mean."""
    part = np.minimum(np.arange(GRAPH.size) % 16 * columns // 15, columns - 1)
    mean = POP.sum() / columns
    return part, np.full(columns, mean * (1 - tolerance)), np.full(columns, mean * (1 + tolerance))


def test_the_plan_is_within_the_band_whole_and_as_compact_as_before():
    part, low, high = bands()
    found = stay(GRAPH, POP, part, low, high, ALL)
    before, after = measure(GRAPH, part, POP), measure(GRAPH, found, POP)
    assert ((after.load >= low) & (after.load <= high)).all()
    assert after.contiguous.all()
    assert after.compactness.mean() >= before.compactness.mean()
    moved = POP[found != part].sum()
    assert least_moved(POP, part, low, high) <= moved <= 1.5 * chained_flow(
        GRAPH, POP, part, low, high
    ).total  # fmt: skip


def test_a_plan_within_the_band_stays_as_it_is():
    part, low, high = bands()
    found = stay(GRAPH, POP, part, low, high, ALL)
    assert (stay(GRAPH, POP, found, low, high, ALL, effort=0.3) == found).all()


def test_the_same_seed_gives_the_same_plan():
    part, low, high = bands()
    one, two = (stay(GRAPH, POP, part, low, high, ALL, seed=3, effort=0.2) for _ in range(2))
    assert (one == two).all()


def test_fixed_units_and_closed_grids_stay():
    part, low, high = bands()
    movable = np.random.default_rng(0).random(GRAPH.size) > 0.1
    closed = np.arange(6) == 2
    found = stay(GRAPH, POP, part, low, high, movable, closed=closed, effort=0.3)
    assert (found[~movable] == part[~movable]).all()
    assert ((found == 2) == (part == 2)).all()
    assert (found != part).any()
    assert measure(GRAPH, found, POP).contiguous.all()


def test_two_criteria_are_both_held():
    part = bands(4)[0]
    load = np.stack([POP, GRAPH.area_m2], axis=1)
    mean = load.sum(axis=0) / 4
    found = stay(GRAPH, load, part, np.tile(mean * 0.9, (4, 1)), np.tile(mean * 1.1, (4, 1)), ALL)
    share = np.array([load[found == p].sum(axis=0) for p in range(4)]) / mean
    assert np.abs(share - 1).max() <= 0.1 + 1e-9


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), k=st.integers(1, 7))
def test_any_plan_of_today_is_mended_and_moves_no_less_than_the_bound(seed, k):
    rng = np.random.default_rng(seed)
    part = rng.integers(-1, k, GRAPH.size) if seed % 2 else bands(k)[0]
    part[rng.random(GRAPH.size) < 0.05] = -1
    _, low, high = bands(k)
    whole = mended(GRAPH, POP, part, k, ALL, np.zeros(k, bool))
    found = stay(GRAPH, POP, part, low, high, ALL, effort=0.02)
    for plan in (whole, found):
        assert sorted(np.unique(plan)) == list(range(k))
        assert measure(GRAPH, plan, POP, grids=k).contiguous.all()
    change = describe_change(
        GRAPH, POP, part, found, low, high, people=POP, grid_ids=[f"g{i}" for i in range(k)]
    )
    assert change.least <= change.load_moved + 1e-6
    assert change.unassigned == (part < 0).sum()
    assert all("{" not in f.text(language) for f in change.findings for language in LANGUAGES)


def drawn(before, low, high):
    source = units(before)
    grids = sorted(set(names(before)))
    part = np.array([grids.index(name) for name in names(before)])
    graph, load = build_graph(source.polygons), np.ones(len(part))
    return graph, load, part, np.full(len(grids), low), np.full(len(grids), high)


def test_bounds_on_a_row_of_grids_are_known():
    # a has 2 too many, d lacks 2: 2 must move; along the chain a, b, c, d it is 3 times 2.
    graph, load, part, low, high = drawn("aaaaaabbbbccccdd", 4.0, 4.0)
    assert least_moved(load, part, low, high) == 2
    flow = chained_flow(graph, load, part, low, high)
    assert flow.total == pytest.approx(6)
    assert sorted(zip(flow.before, flow.after, strict=True)) == [(0, 1), (1, 2), (2, 3)]
    assert chained_flow(graph, load, part, low + 1, high + 1) is None
    assert chained_flow(graph, load, part, low, high, np.array([0, 0, 1, 0], bool)) is None


def test_units_of_no_grid_fill_deficits_without_being_moved():
    graph, load, part, low, high = drawn("aaaabbbb", 4.0, 4.0)
    part[part == 1] = np.array([1, 1, -1, -1])
    assert least_moved(load, part, low, high) == 0
    assert chained_flow(graph, load, part, low, high).total == pytest.approx(0)


def test_a_change_is_told_with_its_steps():
    part, low, high = bands()
    broken = part.copy()
    broken[np.flatnonzero(part == 5)[-1]] = 0
    found = stay(GRAPH, POP, broken, low, high, ALL, effort=0.3)
    ids = [f"g{i}" for i in range(6)]
    change = describe_change(GRAPH, POP, broken, found, low, high, people=POP, grid_ids=ids)
    assert change.in_pieces == (0,)
    assert [finding.code for finding in change.findings] == ["change-grid-in-pieces"]
    assert change.units_moved == (broken != found).sum()
    assert change.people_moved == pytest.approx(POP[broken != found].sum())
    assert change.over_least >= 1
    rows = move_rows(change.steps, CITY.unit_id, ids)
    plan = dict(zip(CITY.unit_id, broken, strict=True))
    for row in rows:
        for unit in row["units"].split(";"):
            assert ids[plan[unit]] == row["from"]
            plan[unit] = ids.index(row["to"])
    assert [plan[unit] for unit in CITY.unit_id] == found.tolist()
    assert rows[-1]["max_deviation"] <= 0.05 + 1e-9


def test_a_unit_is_passed_on_by_a_chain_where_no_single_move_helps():
    graph, load, part, low, high = drawn("aaaaabbbbccc", 3.9, 4.1)
    search = Search.near(
        graph, load[:, None], part, low[:, None], high[:, None],
        np.ones(len(load), bool), np.zeros(3, bool), None, lambda: False,
    )  # fmt: skip
    found = freed(search, part, iter(range(100)), effort=0.0)
    assert found.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    held = replace(search, movable=np.arange(len(load)) != 4)
    assert (freed(held, part, iter(range(100)), effort=0.0) == part).all()
