"""Thousands of random operations: whatever is done, what must hold of a draft holds."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest
import shapely

from gis.errors import WanggeError
from gis.planning.editing import cut as lines
from gis.planning.editing import operations as pure
from gis.planning.editing.delta import Delta, from_json
from gis.planning.editing.rules import check
from gis.planning.editing.working import Working
from tests.unit.editing import ground as drawn

OPERATIONS = 400
KINDS = (
    "assign", "assign", "assign", "merge", "new_grid", "delete_grid", "repair", "lock", "pin",
    "lock", "together", "rename", "cut", "cut", "pull", "pull", "enclave", "undo", "undo", "redo",
)  # fmt: skip


class Walk:
    """A planner who does anything at all, and one step back and forth now and then."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.ground = drawn.make_ground()
        self.done: list[Delta] = []
        self.undone: list[Delta] = []
        self.did: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    def some(self, of, most=4):
        of = sorted(of)
        count = int(self.rng.integers(1, most + 1))
        return [of[i] for i in sorted(set(self.rng.integers(0, len(of), count).tolist()))]

    def delta(self, kind: str) -> Delta:
        working, ground = self.ground.working, self.ground
        basic = [code for code in working.grids if len(code) == 15]
        units = self.some(working.units, 6)
        if kind == "assign":
            grid = None if self.rng.random() < 0.05 else self.some(basic, 1)[0]
            return pure.assign(working, units, grid)
        if kind == "merge":
            return pure.merge(working, self.some(basic, 2), self.some(basic, 1)[0])
        if kind == "new_grid":
            number = 1 + max(int(code[-3:]) for code in basic)
            return pure.new_grid(
                working, units, f"{self.some(basic, 1)[0][:12]}{number:03d}", "新", None
            )
        if kind == "delete_grid":
            return pure.delete_grid(working, self.some(basic, 1)[0], ground.borders())
        if kind == "repair":
            return pure.repair(working, self.some(basic, 9), ground.borders(), ground.people)
        if kind == "lock":
            above = [code for code, state in working.grids.items() if len(code) < 15]
            shut = [code for code in above if working.grids[code].locked]
            # What is shut above is soon opened again, else nothing more can be done.
            codes = shut or self.some(above if self.rng.random() < 0.2 else basic, 2)
            return pure.lock(working, codes, locked=not shut and self.rng.random() < 0.4)
        if kind == "pin":
            return pure.pin(working, units, pinned=bool(self.rng.random() < 0.5))
        if kind == "together":
            group = int(self.rng.integers(1, 30)) if self.rng.random() < 0.8 else None
            home = working.units[units[0]].grid
            return pure.together(working, self.some(working.members({home}), 4), group)
        if kind == "rename":
            return pure.rename(
                working, self.some(working.grids, 1)[0], str(self.rng.integers(99)), None
            )
        if kind == "enclave":
            return self.enclave(basic)
        if len(working.units) > 250:
            return Delta()
        if kind == "pull":
            return self.pull(basic)
        across = drawn.STEP * drawn.SIDE
        ends = (drawn.WEST, drawn.SOUTH) + self.rng.random(
            (int(self.rng.integers(2, 5)), 2)
        ) * across
        chosen = sorted(working.units if self.rng.random() < 0.2 else self.some(working.units, 30))
        locked = [unit for unit in chosen if working.locked(working.units[unit].grid)]
        pieces = ground.cut(
            [unit for unit in chosen if unit not in locked], shapely.LineString(ends)
        )
        return pure.cut(working, pieces)

    def pull(self, basic: list[str]) -> Delta:
        """A shape about where two grids meet; what it covers of the one goes to the other."""
        working, ground = self.ground.working, self.ground
        grid, into = self.some(basic, 1)[0], self.some(basic, 1)[0]
        corner = (drawn.WEST, drawn.SOUTH) + self.rng.random(2) * drawn.STEP * (drawn.SIDE - 2)
        shape = shapely.box(*corner, *(corner + (0.5 + self.rng.random(2) * 2) * drawn.STEP))
        members = working.members({grid})
        if grid == into or working.locked(grid):
            return Delta()
        outline = shapely.LineString(shape.exterior.coords)
        crossed = [
            unit for unit in members
            if pure.is_loose(working, unit) and ground.polygon[unit].intersects(outline)
        ]  # fmt: skip
        pieces = ground.cut(crossed, outline) if crossed else {}
        ids = [*(part for parts in pieces.values() for part in parts),
               *(unit for unit in members if unit not in pieces)]  # fmt: skip
        inside = lines.are_within([ground.polygon[one] for one in ids], shape) if ids else []
        covered = {one for one, within in zip(ids, inside, strict=True) if within}
        return pure.pull(working, grid, into, pieces, covered)

    def enclave(self, basic: list[str]) -> Delta:
        """One is drawn where there is none; else the grid that lies in another is given to it."""
        working, ground = self.ground.working, self.ground
        for one in ground.problems():
            if one.kind == "hole" and one.mendable and one.grid and one.within:
                whole = set(one.units) == set(working.members({one.grid}))
                if whole and len(basic) > 4:
                    return pure.merge(working, [one.grid], one.within)
                return pure.repair(working, [one.grid], ground.borders(), ground.people)
        borders = ground.borders()
        middle = self.some(working.units, 1)
        around = borders.around(borders.around(middle) | set(middle)) | borders.around(middle)
        return pure.assign(working, sorted(around - set(middle)), self.some(basic, 1)[0])

    def step(self, kind: str) -> None:
        before = self.ground.working
        try:
            if kind == "undo":
                delta = self.done[-1].swapped() if self.done else Delta()
            elif kind == "redo":
                delta = self.undone[-1] if self.undone else Delta()
            else:
                delta = self.delta(kind)
            assert delta.conflicts(before) == ([], [])
            after = check(before, delta)
        except WanggeError as error:
            self.refused[error.code] += 1
            return
        if not delta:
            return
        self.did[kind] += 1
        assert from_json(json.loads(json.dumps(delta.as_json()))) == delta
        assert delta.swapped().apply(after) == before
        self.ground.do(delta)
        self.hold(before, delta, kind)
        if kind == "undo":
            self.undone.append(self.done.pop())
        else:
            self.done.append(delta)
            if kind == "redo":
                self.undone.pop()
            else:
                self.undone.clear()

    def hold(self, before: Working, delta: Delta, kind: str) -> None:
        """What is true after every operation."""
        after, ground = self.ground.working, self.ground
        assert ground.total() == TOTAL
        for code in before.grids:
            if len(code) == 15 and before.locked(code):
                assert before.members({code}) == after.members({code})
                assert code in after.grids
        for unit, state in before.units.items():
            if state.pinned and unit in after.units and after.units[unit].pinned:
                assert after.units[unit].grid == state.grid
        if kind == "pull":
            assert len(delta.codes()) == 2
        groups: dict[int, set[str | None]] = {}
        for state in after.units.values():
            assert state.grid is None or state.grid in after.grids
            if state.together is not None:
                groups.setdefault(state.together, set()).add(state.grid)
        assert all(len(grids) == 1 for grids in groups.values())
        assert all(code[:-3] in after.grids for code in after.grids if len(code) > 9)
        if delta.cuts:
            shapes = ground.shapes()
            assert shapely.coverage_is_valid(shapes)
            assert float(shapely.area(shapes).sum()) == pytest.approx(LAND, rel=1e-12)
            assert sum(ground.area_m2[u] for u in after.units) == pytest.approx(81e4, rel=1e-12)


TOTAL = drawn.make_ground().total()
LAND = (drawn.STEP * drawn.SIDE) ** 2


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_done_a_draft_stays_whole_and_goes_back_to_its_start(seed: int) -> None:
    walk = Walk(seed)
    start = walk.ground.working
    for kind in walk.rng.choice(KINDS, OPERATIONS):
        walk.step(str(kind))
    assert set(walk.did) == set(KINDS), walk.did
    assert {"draft-grid-locked", "draft-units-pinned"} <= set(walk.refused)
    end = walk.ground.working
    again = pure.wound_back(end, reversed(walk.done))
    assert again.apply(end) == start
    for delta in reversed(walk.done):
        walk.ground.do(delta.swapped())
    assert walk.ground.working == start
    for delta in walk.done:
        walk.ground.do(delta)
    assert walk.ground.working == end


def test_what_was_repaired_hangs_together_and_takes_nothing_from_locked_grids() -> None:
    rng = np.random.default_rng(5)
    for _ in range(60):
        ground = drawn.make_ground()
        codes = [code for code in ground.working.grids if len(code) == 15]
        for _ in range(12):
            grid = codes[rng.integers(len(codes))]
            units = rng.choice(sorted(ground.working.units), 3, replace=False).tolist()
            ground.do(pure.assign(ground.working, units, grid))
        locked = codes[rng.integers(len(codes))]
        ground.do(pure.lock(ground.working, [locked], locked=True))
        borders, before = ground.borders(), ground.working
        delta = pure.repair(before, codes, borders, ground.people)
        check(before, delta)
        ground.do(delta)
        # What is left apart is shut in by the locked grid on all sides.
        left = [
            unit
            for code in codes
            for part in _all_but_the_most_peopled(ground, borders, code)
            for unit in part
            if code != locked
        ]
        for part in borders.parts(left):
            grids = {ground.working.units[unit].grid for unit in borders.around(part)}
            assert grids == {locked}


def _all_but_the_most_peopled(ground, borders, code):
    parts = borders.parts(ground.working.members({code}))
    return sorted(parts, key=lambda part: sum(ground.people[unit] for unit in part))[:-1]


def test_a_grid_all_in_another_one_is_found_and_given_to_it() -> None:
    ground = drawn.make_ground()
    inner, outer = "410102004002002", "410102004001001"
    borders = ground.borders()
    mine = set(ground.working.members({inner}))
    ring = borders.around(mine)
    ring |= borders.around(ring) - mine  # the corners, too
    ground.do(pure.assign(ground.working, ring, outer))
    holes = [one for one in ground.problems() if one.kind == "hole"]
    assert [(one.grid, one.within, set(one.units)) for one in holes] == [(inner, outer, mine)]
    assert holes[0].mendable
    # A part of a grid that lies in another one is a hole as well, and its own repair mends it.
    middle = next(unit for unit in mine if borders.around([unit]) <= mine)
    ground.do(pure.assign(ground.working, [middle], "410102004003003"))
    holes = [one for one in ground.problems() if one.kind == "hole"]
    assert [(one.grid, one.within) for one in holes] == [("410102004003003", inner)]
    before = ground.working
    ground.do(pure.repair(before, ["410102004003003"], borders, ground.people))
    assert ground.working.units[middle].grid == inner
    ground.do(pure.merge(ground.working, [inner], outer))
    assert not [one for one in ground.problems() if one.kind == "hole"]
    assert len(borders.parts(ground.working.members({outer}))) == 1


def test_units_of_a_deleted_grid_go_to_neighbours_that_they_touch() -> None:
    ground = drawn.make_ground()
    middle = "410102004002002"
    gone = ground.working.members({middle})
    delta = pure.delete_grid(ground.working, middle, ground.borders())
    after = check(ground.working, delta)
    assert middle not in after.grids and set(delta.moves) == set(gone)
    borders = ground.borders()
    for code in after.grids:
        if len(code) == 15:
            assert len(borders.parts(after.members({code}))) == 1


def test_units_whose_corners_differ_in_the_last_digit_stay_a_coverage() -> None:
    """As real ones do: each gets the corner that lies on its own outline, and only that."""
    edge = 34.755
    below = shapely.box(113.6, 34.75, 113.61, np.nextafter(edge, 0))
    above = shapely.box(113.6, edge, 113.61, 34.76)
    pair = np.array([below, above], object)
    assert shapely.coverage_is_valid(pair)
    line = shapely.LineString([(113.603, 34.74), (113.604, 34.77)])
    pieces = lines.pieces_of(pair, line)
    assert [len(parts) for parts in pieces] == [2, 2]
    corners = np.concatenate(
        [lines.new_corners(unit, parts) for unit, parts in zip(pair, pieces, strict=True)]
    )
    noded = np.array([lines.with_vertices(unit, corners) for unit in pair], object)
    assert [len(unit.exterior.coords) for unit in noded] == [7, 7]
    assert shapely.coverage_is_valid(noded)
    assert shapely.coverage_is_valid(np.array([part for parts in pieces for part in parts]))


def test_people_are_shared_by_buildings_then_floor_space_then_area() -> None:
    pieces = [
        shapely.box(113.6, 34.75, 113.601, 34.751),
        shapely.box(113.601, 34.75, 113.604, 34.751),
    ]
    places = np.array([[113.6005, 34.7505], [113.602, 34.7505], [113.603, 34.7505]])
    nothing = np.zeros(3)
    for people, floor, wanted in (
        (np.array([2, 1, 1]), np.array([5, 5, 90]), [51, 50]),
        (nothing, np.array([30, 10, 60]), [30, 71]),
        (nothing, nothing, [25, 76]),
    ):
        housing = lines.Housing(
            places=places, people=people.astype(float), households=nothing,
            floor_m2=floor.astype(float),
        )  # fmt: skip
        counts = lines.counts_of(pieces, housing, population=101, households=7, area_m2=1234.5)
        assert counts.population.tolist() == wanted
        assert (counts.households.sum(), counts.area_m2.sum()) == (7, 1234.5)


def test_a_grid_whose_neighbours_are_all_locked_stays() -> None:
    ground = drawn.make_ground()
    others = [c for c in ground.working.grids if len(c) == 15 and c != "410102004002002"]
    ground.do(pure.lock(ground.working, others, locked=True))
    with pytest.raises(WanggeError, match="no neighbour"):
        pure.delete_grid(ground.working, "410102004002002", ground.borders())


def test_a_lock_above_holds_for_what_is_below() -> None:
    ground = drawn.make_ground()
    ground.do(pure.lock(ground.working, ["410102004001"], locked=True))
    unit = ground.working.members({"410102004001001"})[0]
    with pytest.raises(WanggeError, match="locked"):
        check(ground.working, pure.assign(ground.working, [unit], "410102004002001"))


@pytest.mark.parametrize(("to", "fine"), [("410102004001002", True), ("410102004002001", False)])
def test_who_may_change_a_part_changes_nothing_else(to: str, fine: bool) -> None:
    ground = drawn.make_ground()
    delta = pure.assign(ground.working, [1], to)
    if fine:
        check(ground.working, delta, below="410102004001")
    else:
        for one in (delta, delta.swapped()):
            with pytest.raises(WanggeError, match="only grids below 410102004001"):
                check(ground.working, one, below="410102004001")
