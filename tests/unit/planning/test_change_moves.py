"""The order of moves: replayed it gives the new plan, and every plan on the way is valid."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import InfeasibleError
from gis.planning.adjacency.graph import build_graph, components
from gis.planning.change.moves import order_moves
from gis.planning.search.seed import mend
from tests.unit.planning.drawn import city, names, units

CITY = city(12, 9)
GRAPH = build_graph(CITY.polygons)
POP = CITY.columns["pop"]


def pieces_by_grid(graph, part, k):
    left, right, _ = graph.pairs()
    same = part[left] == part[right]
    _, first = np.unique(components(graph.size, left[same], right[same]), return_index=True)
    grid = part[first]
    return np.bincount(grid[grid >= 0], minlength=k)


def replay(graph, load, before, after, target, **more):
    """Carry out the steps; check each plan on the way; return the steps."""
    steps = order_moves(graph, load, before, after, target, **more)
    part, k = before.copy(), len(target)
    pieces = pieces_by_grid(graph, part, k)
    for step in steps:
        assert len(step.units) and (part[step.units] == step.before).all()
        apart = np.full(graph.size, -1)
        apart[step.units] = 0
        assert pieces_by_grid(graph, apart, 1)[0] == 1, "what moves is connected"
        part[step.units] = step.after
        now = pieces_by_grid(graph, part, k)
        assert (now <= np.maximum(pieces, 1)).all(), "no grid gets more pieces"
        kept = np.bincount(after, minlength=k) > 0
        assert (now[kept] >= np.minimum(pieces[kept], 1)).all(), "no grid is emptied"
        pieces = now
        loads = np.bincount(part[part >= 0], load[part >= 0], k)
        assert step.max_deviation == pytest.approx(np.abs(loads / target - 1).max())
        assert step.people == pytest.approx(load[step.units].sum())
    assert (part == after).all()
    return steps


def random_plan(graph, load, k, rng):
    """A connected plan grown from random seeds."""
    part = np.full(graph.size, -1, np.int64)
    part[rng.choice(graph.size, k, replace=False)] = np.arange(k)
    return mend(graph, load, rng.uniform(0.5, 1.5, k) * load.sum() / k, part)


def wander(graph, part, rng, moves):
    """A plan reached by random valid moves of single units."""
    part = part.copy()
    k = int(part.max()) + 1
    for _ in range(moves):
        unit = int(rng.integers(graph.size))
        around = part[graph.neighbour[graph.start[unit] : graph.start[unit + 1]]]
        trial = part.copy()
        trial[unit] = rng.choice(around)
        if (pieces_by_grid(graph, trial, k) == 1).all():
            part = trial
    return part


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), k=st.integers(2, 9), moves=st.integers(0, 150))
def test_replayed_steps_give_the_new_plan_through_valid_ones(seed, k, moves):
    rng = np.random.default_rng(seed)
    before = random_plan(GRAPH, POP, k, rng)
    after = wander(GRAPH, before, rng, moves)
    steps = replay(GRAPH, POP, before, after, np.full(k, POP.sum() / k))
    assert bool(steps) == bool((before != after).any())


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), k=st.integers(2, 6))
def test_plans_that_have_nothing_in_common_are_joined_or_refused(seed, k):
    rng = np.random.default_rng(seed)
    before, after = (random_plan(GRAPH, POP, k, rng) for _ in range(2))
    try:
        replay(GRAPH, POP, before, after, np.full(k, POP.sum() / k))
    except InfeasibleError as error:
        assert error.code == "change-no-order" and error.params["count"] > 0


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), k=st.integers(2, 6))
def test_broken_and_incomplete_plans_only_get_better(seed, k):
    rng = np.random.default_rng(seed)
    after = random_plan(GRAPH, POP, k, rng)
    before = after.copy()
    before[rng.random(GRAPH.size) < 0.1] = -1
    stray = rng.random(GRAPH.size) < 0.05
    before[stray] = rng.integers(0, k, stray.sum())
    replay(GRAPH, POP, before, after, np.full(k, POP.sum() / k))


def drawn(*plans):
    source = units(plans[0])
    letters = sorted(set("".join(plans)) - set(" \n"))
    parts = [np.array([letters.index(name) for name in names(plan)]) for plan in plans]
    return build_graph(source.polygons), np.ones(len(parts[0])), parts, len(letters)


def test_a_lump_moves_in_one_step():
    graph, load, (before, after), k = drawn("aaaabb\naaaabb", "aaabbb\naaabbb")
    (step,) = replay(graph, load, before, after, np.full(k, 6.0))
    assert (step.before, step.after, step.units.tolist()) == (0, 1, [3, 9])
    assert step.max_deviation == 0


def test_what_blocks_goes_first():
    # c can take a's unit only after b has made way.
    graph, load, (before, after), k = drawn("aabbcc\naabbcc", "aacccc\naabbbc")
    steps = replay(graph, load, before, after, np.full(k, 4.0))
    assert sum(len(step.units) for step in steps) == (before != after).sum()


def test_the_worst_grid_is_relieved_first_and_the_worst_never_grows():
    graph, load, (before, after), k = drawn(
        "aaaaaaabbccccddd\naaaaaaabbccccddd", "aaaabbbbccccdddd\naaaabbbbccccdddd"
    )
    start = np.abs(np.bincount(before, load) / 8 - 1).max()
    steps = replay(graph, load, before, after, np.full(k, 8.0))
    assert steps[0].before == 0
    assert max(step.max_deviation for step in steps) <= start + 1e-9


def test_a_grid_may_have_to_walk_past_others():
    graph, load, (before, after), k = drawn(
        "aaaaaaaaabccccdd\naaaaaaaaabccccdd", "aaaabbbbcccddddd\naaaabbbbcccddddd"
    )
    steps = replay(graph, load, before, after, np.full(k, 8.0))
    assert any(step.detour for step in steps)


def test_a_swap_along_a_line_is_impossible_and_says_so():
    graph, load, (before, after), k = drawn("aabb", "bbaa")
    with pytest.raises(InfeasibleError) as error:
        order_moves(graph, load, before, after, np.full(k, 2.0))
    assert error.value.code == "change-no-order"
    assert "units wait" in str(error.value)


def test_grids_turn_around_each_other_by_detours_or_parts():
    graph, load, (before, after), k = drawn("aabb\naabb\nccdd\nccdd", "ccaa\nccaa\nddbb\nddbb")
    replay(graph, load, before, after, np.full(k, 4.0))


def test_grids_may_be_founded_and_dissolved():
    graph, load, (before, after), k = drawn("aaaabb\naaaabb", "aaccbb\naaccbb")
    assert len(replay(graph, load, before, after, np.full(k, 4.0))) == 1
    assert len(replay(graph, load, after, before, np.full(k, 4.0))) >= 1


def test_fixed_units_and_closed_grids_are_never_touched():
    graph, load, (before, after), k = drawn("aaabbb\naaabbb", "aabbbb\naabbbb")
    movable = np.ones(len(load), bool)
    movable[2] = False
    for fixed in ({"movable": movable}, {"closed": np.array([False, True])}):
        with pytest.raises(InfeasibleError) as error:
            order_moves(graph, load, before, after, np.full(k, 6.0), **fixed)
        assert error.value.code == "change-touches-fixed"


def test_several_criteria_count_the_worst_of_them():
    graph, load, (before, after), _ = drawn("aaaabb\naaaabb", "aaabbb\naaabbb")
    both = np.stack([load, np.arange(12.0)], axis=1)
    target = np.array([[6.0, 33.0], [6.0, 33.0]])
    (step,) = order_moves(graph, both, before, after, target)
    loads = np.array([both[after == p].sum(axis=0) for p in (0, 1)])
    assert step.max_deviation == pytest.approx(np.abs(loads / target - 1).max())
