"""Next moves, what of a proposal still fits, alternatives, and grids drawn anew."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from gis.errors import InfeasibleError, InputError
from gis.planning.adjacency.graph import build_graph
from gis.planning.alternatives import NOTICED
from gis.planning.help.anew import Anew, draw_anew
from gis.planning.help.fit import fitted
from gis.planning.help.rebalance import Wanted
from gis.planning.help.suggest import next_moves
from gis.planning.help.trade_off import trade_off
from gis.planning.judging.score import measure
from gis.planning.model import Units
from tests.unit.planning import drawn
from tests.unit.planning.desks import AREA, code_of, desk, disturbed, even_city, whole, worst


@pytest.fixture(scope="module")
def upset():
    return disturbed(even_city(), (0, 1), 25)


# --- what to move next -------------------------------------------------------------------------


def test_each_suggestion_lowers_the_deviation_until_all_is_within_the_tolerance(upset):
    moves = next_moves(upset, 40)
    grid = upset.grid.copy()
    for move in moves:
        pair = [move.before, move.after]
        was, square = np.abs(upset.deviation(grid)), (upset.deviation(grid) ** 2).sum()
        assert (grid[move.units] == move.before).all()
        grid[move.units] = move.after
        now = np.abs(upset.deviation(grid))
        assert now[pair].max() < was[pair].max() and (upset.deviation(grid) ** 2).sum() < square
        assert now.max() <= was.max() and whole(upset, grid)
        assert move.largest == pytest.approx((was.max(), now.max()))
        assert move.people == pytest.approx(upset.people[move.units].sum())
    assert worst(upset, grid) <= upset.tolerance
    assert worst(upset, upset.grid) == pytest.approx(0.327, abs=0.001)  # the worst comes first
    assert 1 in (moves[0].before, moves[0].after)


def test_suggestions_leave_locks_pins_groups_and_others_alone(upset):
    locked = np.array([g == 5 for g in range(8)])
    pinned = upset.grid == 1
    together = np.where(upset.grid == 0, np.arange(len(upset.grid)) // 3, -1)
    held = replace(upset, locked=locked, pinned=pinned, together=together)
    grid = held.grid.copy()
    for move in next_moves(held, 40):
        assert 5 not in (move.before, move.after) and not pinned[move.units].any()
        grid[move.units] = move.after
        assert whole(held, grid)
    for group in np.unique(together[together >= 0]):
        assert len(set(grid[together == group].tolist())) == 1
    assert next_moves(upset, 5, below="410102005") == []
    for move in next_moves(upset, 5, below=f"{AREA}001"):
        assert max(move.before, move.after) < 4


def test_units_in_no_grid_come_first_and_an_even_draft_has_no_suggestions():
    uneven = desk("3333\n3333", "AAB.\nAAB.")
    first = next_moves(uneven, 3)[0]
    assert (first.before, first.after, len(first.units)) == (-1, 1, 2)
    assert next_moves(desk("3333\n3333", "AABB\nAABB"), 3) == []


# --- what of a proposal still fits --------------------------------------------------------------


STRIP = ("11111111", "AAAABBBB")


def proposal(of, pairs):
    """{unit: (code before, code after)} from {place: grid}."""
    return {
        int(of.unit_id[place]): (of.codes[of.grid[place]], of.codes[there])
        for place, there in pairs.items()
    }


def test_all_of_it_fits_where_nothing_has_changed():
    strip = desk(*STRIP)
    fit = fitted(strip, proposal(strip, {2: 1, 3: 1}))
    assert fit.moves == {1002: code_of(1), 1003: code_of(1)} and not fit.dropped


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"grid": [0, 0, 0, 1, 1, 1, 1, 1]}, None),  # one unit has arrived: the rest still fits
        ({"pinned": [3]}, "pinned"), ({"locked": [1]}, "locked"), ({"gone": [3]}, "gone"),
        ({"together": [1, 3]}, "group"),
    ],
)  # fmt: skip
def test_what_does_not_fit_any_more_is_told_by_why(change, why):
    strip = desk(*STRIP)
    wanted = proposal(strip, {2: 1, 3: 1})
    now = strip
    if "grid" in change:
        now = replace(strip, grid=np.array(change["grid"]))
    for name in ("pinned", "locked"):
        if name in change:
            marks = getattr(strip, name).copy()
            marks[change[name]] = True
            now = replace(strip, **{name: marks})
    if "together" in change:
        together = strip.together.copy()
        together[change["together"]] = 4
        now = replace(strip, together=together)
    if "gone" in change:
        now = replace(strip, unit_id=np.where(np.arange(8) == 3, 9999, strip.unit_id))
    fit = fitted(now, wanted)
    if why is None:
        assert fit.moves == {1002: code_of(1)} and fit.arrived == 1 and not fit.dropped
        return
    assert 1003 in fit.dropped[why]
    # Without its neighbour the other unit would be an island of its new grid.
    assert 1002 not in fit.moves
    assert set(fit.moves) | {u for units in fit.dropped.values() for u in units} == {1002, 1003}


def test_nothing_that_is_left_cuts_a_grid(upset):
    """Whatever part of a proposal somebody has undone by hand, the rest leaves whole grids."""
    from gis.planning.help.rebalance import rebalance

    wanted = Wanted(tolerance=0.05, seconds=300.0, effort=0.05)
    found = rebalance(upset, np.ones(8, bool), wanted)
    changed = np.flatnonzero(found.grid != upset.grid)
    moves = proposal(upset, {int(at): int(found.grid[at]) for at in changed})
    rng = np.random.default_rng(3)
    for _ in range(10):
        pinned = upset.pinned.copy()
        pinned[rng.choice(changed, 3, replace=False)] = True
        now = replace(upset, pinned=pinned)
        fit = fitted(now, moves)
        grid = now.grid.copy()
        for unit, code in fit.moves.items():
            grid[unit - 1000] = now.codes.index(code)
        assert whole(now, grid) and (grid[pinned] == now.grid[pinned]).all()
        assert len(fit.moves) + sum(map(len, fit.dropped.values())) == len(moves)


# --- alternatives ----------------------------------------------------------------------------


def test_no_alternative_is_beaten_by_another(upset):
    def measured(found):
        of = measure(upset.graph, found.grid, upset.load, target=upset.fair(found.grid))
        return {
            "max_deviation": float(np.abs(of.deviation).max()),
            "boundary_m": of.cut_m,
            "compactness": float(of.compactness.mean()),
            "moved_load_share": found.load_moved / float(upset.load.sum()),
        }

    wanted = Wanted(tolerance=0.05, seconds=300.0, effort=0.03)
    ways = trade_off(upset, np.ones(8, bool), wanted, 3, measured)
    assert 2 <= len(ways) <= 3
    for one, other in permutations(ways, 2):
        better = [
            (other.measures[name] - value) * (-1 if name == "compactness" else 1)
            for name, value in one.measures.items()
        ]
        assert name_of(one) != name_of(other)
        assert not (min(better) >= 0 and max(better) > 0), "one is beaten in everything"
    for way in ways:
        assert whole(upset, way.found.grid) and set(way.measures) <= set(NOTICED)


def name_of(way):
    return tuple(way.found.grid.tolist())


# --- drawn anew --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def town():
    """(units, graph, codes of today): one sub-district, two communities of four grids each."""
    city = even_city()
    units = drawn.city(24, 16, 1)
    made = Units(
        unit_id=units.unit_id, polygons=units.polygons,
        columns={"pop": units.columns["pop"], "load": units.columns["pop"]},
    )  # fmt: skip
    return made, build_graph(units.polygons), [city.codes[g] for g in city.grid.tolist()]


def anew(town, retired=(), **asked):
    units, graph, now = town
    given = Anew(**{"counts": {}, "tolerance": 0.1, "seconds": 3.0, **asked})
    return draw_anew(units, graph, now, given, retired=retired)


def test_kept_communities_keep_their_units_and_codes_are_the_successors(town):
    found = anew(town)
    _, _, now = town
    moved = [a for a, b in zip(now, found.grid_of_unit, strict=True) if a[:12] != b[:12]]
    assert not moved and set(found.grid_of_unit) == set(now) and not found.new
    same = sum(a == b for a, b in zip(now, found.grid_of_unit, strict=True))
    assert same > len(now) / 4  # a grid keeps its code where most of it stays


def test_more_grids_get_codes_that_were_never_given(town):
    retired = {code_of(0)[:12] + f"{n:03d}" for n in (5, 6)}
    found = anew(town, retired=retired, counts={code_of(0)[:12]: (None, 6)})
    assert len(set(found.grid_of_unit)) == 10
    assert set(found.new) == {code_of(0)[:12] + f"{n:03d}" for n in (7, 8)}
    left = anew(town, counts={AREA: (None, 6)})
    assert len(set(left.grid_of_unit)) == 6 and len(left.gone) == 2 and not left.new


def test_communities_drawn_anew_carry_the_codes_of_those_that_they_succeed(town):
    found = anew(town, communities="drawn", counts={AREA: (3, 9)}, retired={f"{AREA}003"})
    assert len({code[:12] for code in found.grid_of_unit}) == 3
    assert len(set(found.grid_of_unit)) == 9
    # Both communities go on; the third has never been another one.
    assert {code[:12] for code in found.grid_of_unit} == {
        f"{AREA}001", f"{AREA}002", f"{AREA}004"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"counts": {"410102999": (None, 3)}}, "generate-count-unknown"),
        ({"counts": {AREA: (None, 0)}}, "generate-count-invalid"),
        ({"counts": {AREA: (None, 1)}}, "generate-count-impossible"),
        ({"counts": {AREA: (None, 9999)}}, "generate-count-impossible"),
        ({"counts": {AREA: (5, 2)}, "communities": "drawn"}, "plan-nested-counts"),
    ],
)  # fmt: skip
def test_numbers_that_cannot_be_are_refused(town, asked, code):
    with pytest.raises((InputError, InfeasibleError)) as told:
        anew(town, **asked)
    assert told.value.code == code
