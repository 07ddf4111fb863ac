"""A draft evened out from where it stands: balance, few moves, and everything that must not be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gis.errors import InfeasibleError, InputError
from gis.planning.help.desk import Desk, choice_of
from gis.planning.help.rebalance import Wanted, rebalance
from tests.unit.planning.desks import desk, disturbed, even_city, whole, worst

QUICK = Wanted(tolerance=0.05, seconds=300.0, effort=0.25)


@pytest.fixture(scope="module")
def upset() -> Desk:
    """Two grids that have taken 25 units of their neighbours."""
    found = disturbed(even_city(), (0, 1), 25)
    assert worst(found, found.grid) > 0.2
    return found


def every(of: Desk) -> np.ndarray:
    return np.ones(len(of.codes), bool)


def follow(of: Desk, steps) -> np.ndarray:
    """The grids after all steps, each of which leaves a whole plan."""
    grid = of.grid.copy()
    for step in steps:
        assert (grid[step.units] == step.before).all()
        grid[step.units] = step.after
        assert whole(of, grid)
    return grid


def test_it_comes_within_the_tolerance_and_moves_hardly_more_than_any_plan_must(upset):
    found = rebalance(upset, every(upset), QUICK)
    assert worst(upset, found.grid) <= 0.05 and whole(upset, found.grid)
    assert found.least <= found.load_moved <= 1.5 * found.least
    assert (follow(upset, found.steps) == found.grid).all()


@pytest.mark.parametrize("keep", [1.0, 0.3])
def test_locks_pins_and_groups_stay_as_they_are(upset, keep):
    locked = every(upset) & False
    locked[2] = True
    first = int(np.flatnonzero(upset.grid == 0)[0])
    near = upset.graph.neighbour[upset.graph.start[first] : upset.graph.start[first + 1]]
    together = upset.together.copy()
    together[[first, *near[upset.grid[near] == 0]]] = 7
    pinned = np.arange(len(upset.grid)) % 7 == 0
    pinned[together == 7] = False
    held = replace(upset, locked=locked, pinned=pinned, together=together)
    found = rebalance(held, every(held), replace(QUICK, keep=keep))
    assert ((found.grid == 2) == (held.grid == 2)).all()
    assert (found.grid[pinned] == held.grid[pinned]).all()
    assert len(set(found.grid[together == 7].tolist())) == 1
    assert whole(held, found.grid)
    assert (found.grid != held.grid).any()
    rest = [g for g in range(8) if g != 2]
    assert np.abs(held.deviation(found.grid)[rest]).max() < worst(held, held.grid)


def test_only_what_is_chosen_changes(upset):
    chosen = choice_of(upset, None, 1, "")
    found = rebalance(upset, chosen, QUICK)
    touched = np.unique(
        np.concatenate([side[found.grid != upset.grid] for side in (upset.grid, found.grid)])
    )
    assert chosen[touched].all() and not chosen.all() and len(touched)
    named = choice_of(upset, [upset.codes[0], upset.codes[5]], None, "")
    assert np.flatnonzero(named).tolist() == [0, 5]
    assert not choice_of(upset, None, None, "410102005").any()


def test_units_never_leave_their_community_where_that_is_wanted(upset):
    found = rebalance(upset, every(upset), replace(QUICK, within="community"))
    assert (found.grid // 4 == upset.grid // 4).all()
    assert (found.grid != upset.grid).any()


def test_units_in_no_grid_get_one_and_cut_off_parts_are_joined():
    torn = desk("2222\n2222\n2222\n2222", "AABB\nAAB.\nAAAB\nBAAB")
    found = rebalance(torn, every(torn), QUICK)
    assert (found.grid >= 0).all() and whole(torn, found.grid)
    assert worst(torn, found.grid) <= 0.05


def test_an_early_end_gives_a_valid_draft(upset):
    asked = [0]

    def stop() -> bool:
        asked[0] += 1
        return asked[0] > 3

    found = rebalance(upset, every(upset), QUICK, stop=stop)
    assert found.early and whole(upset, found.grid)


def test_where_nothing_may_move_it_says_so(upset):
    with pytest.raises(InfeasibleError) as told:
        rebalance(replace(upset, locked=every(upset)), every(upset), QUICK)
    assert told.value.code == "draft-job-nothing-to-move"
    with pytest.raises(InfeasibleError):
        rebalance(replace(upset, pinned=upset.pinned | True), every(upset), QUICK)


@pytest.mark.parametrize(
    "wrong", [{"tolerance": 0.0}, {"keep": -1.0}, {"seconds": 0.0}, {"within": "city"}]
)
def test_wishes_that_make_no_sense_are_refused(wrong):
    with pytest.raises(InputError):
        Wanted(**{"tolerance": 0.05, **wrong})
