"""Each kind of operation as a delta of a working copy. `rules.check` says whether it may be done.

How a line cuts polygons is in `cut`; what is wrong with a draft in `problems`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from gis.errors import ConflictError, InfeasibleError, InputError
from gis.planning.editing.borders import Borders, handed_on
from gis.planning.editing.delta import Cut, Delta, Mark, between, mark_of
from gis.planning.editing.rules import named
from gis.planning.editing.working import (
    BASIC_DIGITS,
    COMMUNITY_DIGITS,
    GridState,
    UnitState,
    Working,
)

Before = Sequence[tuple[str | None, Sequence[int]]]


def assign(
    working: Working, units: Collection[int], grid: str | None, before: Before = ()
) -> Delta:
    """Units, and all kept together with them, into a grid, or out of all of them.

    `before`: where whoever asks believes them to be. Raises ConflictError `draft-units-moved` where
    they are elsewhere, `draft-units-gone` where they were cut meanwhile.
    """
    _know_units(working, units)
    moved = sorted(
        unit for code, believed in before for unit in believed
        if unit in working.units and working.units[unit].grid != code
    )  # fmt: skip
    if moved:
        raise ConflictError("draft-units-moved", count=len(moved), by=None, data={"units": moved})
    return _moved(working, dict.fromkeys(working.with_groups(units), grid))


def merge(working: Working, grids: Collection[str], into: str) -> Delta:
    """All units of some grids into one of them, or another; the others are no grids any more."""
    know_grids(working, {*grids, into})
    given = set(grids) - {into}
    moves = _moved(working, dict.fromkeys(working.with_groups(working.members(given)), into))
    return replace(moves, grids={code: (working.grids[code], None) for code in sorted(given)})


def new_grid(
    working: Working, units: Collection[int], code: str, name_zh: str, name_en: str | None
) -> Delta:
    """A new basic grid of some units; `code` is free, and its first twelve digits a community's."""
    _know_units(working, units)
    know_grids(working, {code[:COMMUNITY_DIGITS]}, basic=False)
    moves = _moved(working, dict.fromkeys(working.with_groups(units), code))
    return replace(moves, grids={code: (None, GridState(name_zh=name_zh, name_en=name_en))})


def delete_grid(working: Working, grid: str, borders: Borders, *, below: str = "") -> Delta:
    """A grid goes, its units to the neighbours with the longest common boundary; a community or a
    sub-district only where nothing is below it.

    Raises InfeasibleError `draft-no-neighbour` where units have no free neighbour.
    """
    know_grids(working, {grid}, basic=False)
    gone = {grid: (working.grids[grid], None)}
    if len(grid) != BASIC_DIGITS:
        return Delta(grids=gone)
    lumps = _lumps(working, working.members({grid}))
    moves = handed_on(
        working, lumps, borders, home=lambda _: grid,
        takes=lambda code: code != grid and code.startswith(below) and not working.locked(code),
    )  # fmt: skip
    left = sum(len(lump) for lump in lumps) - len(moves)
    if left:
        raise InfeasibleError("draft-no-neighbour", grid=grid, count=left)
    return replace(_moved(working, moves), grids=gone)


def repair(
    working: Working,
    grids: Iterable[str],
    borders: Borders,
    people: Mapping[int, int],
    *,
    below: str = "",
) -> Delta:
    """Parts of these grids that are cut off go to the neighbour with the longest boundary.

    The part with most people stays. What is pinned stays, and what has no free neighbour.
    """
    codes = set(grids)
    know_grids(working, codes)
    loose: list[list[int]] = []
    for code in sorted(codes):
        if working.locked(code):
            continue
        parts = borders.parts(working.members({code}))
        main = max(parts, default=[], key=lambda part: (
            sum(people.get(unit, 0) for unit in part), len(part), -part[0],
        ))  # fmt: skip
        loose += [part for part in parts if part is not main and _free(working, part)]
    moves = handed_on(
        working, loose, borders, home=lambda number: working.units[loose[number][0]].grid or "",
        takes=lambda code: code.startswith(below) and not working.locked(code),
    )  # fmt: skip
    return _moved(working, moves)


def lock(working: Working, grids: Collection[str], *, locked: bool) -> Delta:
    """Grids of any level that neither give nor take units, or do again."""
    know_grids(working, grids, basic=False)
    return _regridded(
        working, {code: replace(working.grids[code], locked=locked) for code in grids}
    )


def rename(working: Working, grid: str, name_zh: str, name_en: str | None) -> Delta:
    """Another name for a grid of any level."""
    know_grids(working, {grid}, basic=False)
    state = replace(working.grids[grid], name_zh=name_zh, name_en=name_en)
    return _regridded(working, {grid: state})


def pin(working: Working, units: Collection[int], *, pinned: bool) -> Delta:
    """Units that are to stay in their grid, or need not any more."""
    _know_units(working, units)
    return _marked(
        working, {unit: replace(mark_of(working.units[unit]), pinned=pinned) for unit in units}
    )


def together(working: Working, units: Collection[int], group: int | None) -> Delta:
    """Units of one grid that move together from now on, as the group of this number; None: each by
    itself. What they were kept together with before is left to itself."""
    _know_units(working, units)
    return _marked(
        working, {unit: replace(mark_of(working.units[unit]), together=group) for unit in units}
    )


def cut(
    working: Working,
    pieces: Mapping[int, Collection[int]],
    *,
    apart: Collection[int] = (),
    into: tuple[str, GridState | None] | None = None,
) -> Delta:
    """Units give way to their pieces, which keep grid and marks.

    `into`: the grid, by code, that gets `apart`: pieces and units that were not cut; a new one
    where a state is given.
    """
    _know_units(working, pieces)
    code = None if into is None else into[0]
    aside = set(apart)
    cuts = []
    for unit, parts in sorted(pieces.items()):
        state = working.units[unit]
        come = {part: replace(state, grid=code if part in aside else state.grid) for part in parts}
        cuts.append(Cut(gone={unit: state}, come=come))
    whole = aside & working.units.keys() - pieces.keys()
    moves = _moved(working, dict.fromkeys(whole, code))
    new = {into[0]: (None, into[1])} if into is not None and into[1] is not None else {}
    return replace(moves, cuts=tuple(cuts), grids=new)


def is_loose(working: Working, unit: int) -> bool:
    """Whether a unit may be cut by a boundary that moves: it is neither pinned nor kept together
    with others."""
    state = working.units[unit]
    return not state.pinned and state.together is None


def pull(
    working: Working,
    grid: str,
    into: str,
    pieces: Mapping[int, Collection[int]],
    covered: Collection[int],
) -> Delta:
    """What a boundary that moves has `covered` of a grid goes to the grid beside it: pieces of
    units that it cut, and whole units. What is pinned stays, and what is kept together with
    something that stays. Empty where nothing goes."""
    whole = set(working.members({grid})) - pieces.keys()
    stays = {unit for unit in whole if unit not in covered or working.units[unit].pinned}
    bound = {working.units[unit].together for unit in stays} - {None}
    stays |= {unit for unit in whole if working.units[unit].together in bound}
    apart = set(covered) - stays
    if not apart:
        return Delta()
    return cut(working, pieces, apart=apart, into=(into, None))


def take(working: Working, grid_of_unit: Mapping[int, str | None]) -> Delta:
    """The units as a search has distributed them."""
    _know_units(working, grid_of_unit)
    return _moved(working, grid_of_unit)


def wound_back(working: Working, deltas: Iterable[Delta]) -> Delta:
    """What takes back all these deltas, the newest first, in one; `working` is the state now."""
    former = working
    for delta in deltas:
        former = delta.swapped().apply(former)
    return between(working, former)


def _moved(working: Working, wanted: Mapping[int, str | None]) -> Delta:
    return Delta(
        moves={
            unit: (working.units[unit].grid, wanted[unit])
            for unit in sorted(wanted)
            if working.units[unit].grid != wanted[unit]
        }
    )


def _marked(working: Working, wanted: Mapping[int, Mark]) -> Delta:
    return Delta(
        marks={
            unit: (mark_of(working.units[unit]), wanted[unit])
            for unit in sorted(wanted)
            if mark_of(working.units[unit]) != wanted[unit]
        }
    )


def _regridded(working: Working, wanted: Mapping[str, GridState]) -> Delta:
    return Delta(
        grids={
            code: (working.grids[code], state)
            for code, state in sorted(wanted.items())
            if working.grids[code] != state
        }
    )


def _know_units(working: Working, units: Iterable[int]) -> None:
    """Units may have been cut since whoever asks has looked."""
    gone = sorted(set(units) - working.units.keys())
    if gone:
        raise ConflictError("draft-units-gone", count=len(gone), by=None, data={"units": gone})


def know_grids(working: Working, codes: Iterable[str], *, basic: bool = True) -> None:
    """Let pass grids that the draft has, and with `basic` only those that have units. Raises
    InputError `draft-grid-unknown`."""
    wrong = {
        code for code in codes
        if code not in working.grids or (basic and len(code) != BASIC_DIGITS)
    }  # fmt: skip
    if wrong:
        raise InputError("draft-grid-unknown", grids=named(wrong), count=len(wrong))


def _lumps(working: Working, units: Iterable[int]) -> list[list[int]]:
    """Units with what is kept together with them."""
    lumps: dict[tuple[int, int], list[int]] = {}
    for unit in units:
        group = working.units[unit].together
        lumps.setdefault((0, unit) if group is None else (1, group), []).append(unit)
    return list(lumps.values())


def _free(working: Working, part: Collection[int]) -> bool:
    """Whether a part may go: nothing in it is pinned or kept together with what stays."""
    states: list[UnitState] = [working.units[unit] for unit in part]
    return not any(state.pinned for state in states) and working.with_groups(part) == set(part)
