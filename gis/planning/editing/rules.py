"""What no operation may do, whoever does it: move what is locked, pinned, kept together or not
theirs; leave a unit in a grid that is not there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from gis.errors import ConflictError, ForbiddenError, InputError
from gis.planning.editing.delta import Delta
from gis.planning.editing.working import BASIC_DIGITS, LEVEL_OF_DIGITS, Working

SHOWN = 5  # of the grids that a message names


def check(working: Working, delta: Delta, *, below: str | None = None) -> Working:
    """The working copy after a delta that keeps the rules.

    `working` holds all units and grids that the delta touches, the groups of these units, the units
    of grids that go, and the grids above. `below`: the code that grids must begin with, of whoever
    may change a part only. Raises ForbiddenError `draft-outside-own-area`; ConflictError
    `draft-grid-locked`, `draft-units-pinned`, `draft-grid-not-empty`; InputError
    `draft-grid-unknown`, `draft-together-apart`.
    """
    check_ground(working, delta, below=below)
    _check_pins(working, delta)
    after = delta.apply(working)
    _check_grids(after, delta)
    _check_groups(after, delta)
    return after


def check_ground(working: Working, delta: Delta, *, below: str | None = None) -> None:
    """Let pass what changes only grids that are free and, with `below`, the caller's.

    Raises ForbiddenError `draft-outside-own-area`, ConflictError `draft-grid-locked`.
    """
    if below is not None:
        _check_reach(working, delta, below)
    _check_locks(working, delta)


def _check_reach(working: Working, delta: Delta, below: str) -> None:
    places: list[str | None] = [code for sides in delta.moves.values() for code in sides]
    places += [working.units[unit].grid for unit in delta.marks if unit in working.units]
    places += [state.grid for cut in delta.cuts for side in (cut.gone, cut.come)
               for state in side.values()]  # fmt: skip
    outside = {code or "" for code in (*places, *delta.grids) if not (code or "").startswith(below)}
    if outside:
        raise ForbiddenError("draft-outside-own-area", grids=named(outside), below=below)


def _check_locks(working: Working, delta: Delta) -> None:
    """Locked grids neither give nor take units, nor go; what the delta unlocks is not locked."""
    freed = {
        code
        for code, (before, after) in delta.grids.items()
        if before is not None and after is not None and before.locked and not after.locked
    }
    concerned = {code for sides in delta.moves.values() for code in sides}
    for cut in delta.cuts:
        concerned |= {state.grid for side in (cut.gone, cut.come) for state in side.values()}
    concerned |= {code for code, sides in delta.grids.items() if None in sides}
    locked = {
        code
        for code in concerned - {None}
        if code is not None
        and any(
            one not in freed and (state := working.grids.get(one)) is not None and state.locked
            for one in (code[:digits] for digits in LEVEL_OF_DIGITS)
        )
    }
    if locked:
        raise ConflictError("draft-grid-locked", grids=named(locked), count=len(locked))


def _check_pins(working: Working, delta: Delta) -> None:
    """Pinned units stay in their grid; they may be cut where their pieces stay there."""
    moved = {
        unit
        for unit in delta.moves
        if working.units[unit].pinned
        and not (unit in delta.marks and not delta.marks[unit][1].pinned)
    }
    for cut in delta.cuts:
        grids = {state.grid for state in cut.come.values()}
        moved |= {unit for unit, one in cut.gone.items() if one.pinned and grids != {one.grid}}
    if moved:
        raise ConflictError("draft-units-pinned", count=len(moved), data={"units": sorted(moved)})


def _check_grids(after: Working, delta: Delta) -> None:
    wanted = {code for _, code in delta.moves.values()}
    wanted |= {state.grid for state in delta.come.values()}
    unknown = {
        code
        for code in wanted - {None}
        if code is not None and (code not in after.grids or len(code) != BASIC_DIGITS)
    }
    added = [code for code, (before, _) in delta.grids.items() if before is None]
    unknown |= {code[:-3] for code in added if len(code) > 9 and code[:-3] not in after.grids}
    if unknown:
        raise InputError("draft-grid-unknown", grids=named(unknown), count=len(unknown))
    gone = {code for code, (_, state) in delta.grids.items() if state is None}
    filled = {code for code in gone if after.children(code)}
    if gone:
        filled |= {one.grid for one in after.units.values() if one.grid in gone} - {None}
    if filled:
        raise ConflictError("draft-grid-not-empty", grids=named(filled), count=len(filled))


def _check_groups(after: Working, delta: Delta) -> None:
    """Units that are kept together are in one grid."""
    touched = {
        after.units[unit].together
        for unit in (*delta.moves, *delta.marks, *delta.come)
        if unit in after.units
    } - {None}
    if not touched:
        return
    grids: defaultdict[int | None, set[str | None]] = defaultdict(set)
    for state in after.units.values():
        if state.together in touched:
            grids[state.together].add(state.grid)
    apart = sum(len(codes) > 1 for codes in grids.values())
    if apart:
        raise InputError("draft-together-apart", count=apart)


def named(codes: Iterable[str]) -> str:
    """Some codes as a message names them."""
    ordered = sorted(codes)
    return ", ".join(ordered[:SHOWN]) + ("…" if len(ordered) > SHOWN else "")
