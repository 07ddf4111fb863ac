"""What an operation changes, before and after, so that it can be applied, turned round and stored.

As JSON, the way the history and pages have it:
`units`: [[before, after, [unit…]]…], the codes of basic grids or null for none;
`marks`: [[before, after, [unit…]]…], each {"pinned", "together"};
`grids`: [[code, before, after]…], each {"name_zh", "name_en", "organisation_id", "locked"} or null
where there is no such grid;
`cuts`: [[gone, come]…], units that left the draft and those that stand where they stood, each unit
as [unit, grid, pinned, together].
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeVar

from gis.planning.editing.working import GridState, UnitState, Working

Side = TypeVar("Side", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What is marked on a unit besides its grid."""

    pinned: bool
    together: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Units that leave a draft, and units that tile the same ground, each as it is there."""

    gone: Mapping[int, UnitState]
    come: Mapping[int, UnitState]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """Changes by unit and by code of grid, each as (before, after); no entry without a change."""

    moves: Mapping[int, tuple[str | None, str | None]] = field(default_factory=dict)
    marks: Mapping[int, tuple[Mark, Mark]] = field(default_factory=dict)
    grids: Mapping[str, tuple[GridState | None, GridState | None]] = field(default_factory=dict)
    cuts: tuple[Cut, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.moves or self.marks or self.grids or self.cuts)

    @property
    def gone(self) -> dict[int, UnitState]:
        """The units that leave the draft."""
        return {unit: state for cut in self.cuts for unit, state in cut.gone.items()}

    @property
    def come(self) -> dict[int, UnitState]:
        """The units that enter the draft."""
        return {unit: state for cut in self.cuts for unit, state in cut.come.items()}

    def swapped(self) -> Delta:
        """The delta that takes this one back."""
        return Delta(
            moves={unit: (after, before) for unit, (before, after) in self.moves.items()},
            marks={unit: (after, before) for unit, (before, after) in self.marks.items()},
            grids={code: (after, before) for code, (before, after) in self.grids.items()},
            cuts=tuple(Cut(gone=cut.come, come=cut.gone) for cut in reversed(self.cuts)),
        )

    def codes(self) -> set[str]:
        """The grids that it changes, or whose units it does."""
        sides = (*self.moves.values(), *((one.grid,) for one in self._states()))
        return set(self.grids) | {code for side in sides for code in side if code is not None}

    def touched(self) -> set[int]:
        """The units that it changes, those that leave and those that enter included."""
        return set(self.moves) | set(self.marks) | set(self.gone) | set(self.come)

    def conflicts(self, working: Working) -> tuple[list[int], list[str]]:
        """Units and grids that are not any more as the delta found them, in order."""
        units = {
            unit
            for unit, (before, _) in self.moves.items()
            if unit not in working.units or working.units[unit].grid != before
        }
        units |= {
            unit
            for unit, (before, _) in self.marks.items()
            if unit not in working.units or mark_of(working.units[unit]) != before
        }
        units |= {unit for unit, state in self.gone.items() if working.units.get(unit) != state}
        units |= {unit for unit in self.come if unit in working.units}
        codes = [
            code for code, (before, _) in self.grids.items() if working.grids.get(code) != before
        ]
        return sorted(units), sorted(codes)

    def apply(self, working: Working) -> Working:
        """The working copy afterwards. What it does not hold of the delta is left out."""
        units = dict(working.units)
        for unit, (_, after) in self.moves.items():
            if unit in units:
                units[unit] = replace(units[unit], grid=after)
        for unit, (_, mark) in self.marks.items():
            if unit in units:
                units[unit] = replace(units[unit], pinned=mark.pinned, together=mark.together)
        for unit in self.gone:
            units.pop(unit, None)
        units.update(self.come)
        grids = dict(working.grids)
        for code, (_, state) in self.grids.items():
            if state is None:
                grids.pop(code, None)
            else:
                grids[code] = state
        return Working(units=units, grids=grids)

    def _states(self) -> Iterable[UnitState]:
        return (*self.gone.values(), *self.come.values())

    def as_json(self) -> dict[str, Any]:
        """See the head of this module."""
        return {
            "units": [[*sides, units] for sides, units in _grouped(self.moves)],
            "marks": [
                [asdict(before), asdict(after), units]
                for (before, after), units in _grouped(self.marks)
            ],
            "grids": [
                [code, *(None if side is None else asdict(side) for side in sides)]
                for code, sides in sorted(self.grids.items())
            ],
            "cuts": [[_listed(cut.gone), _listed(cut.come)] for cut in self.cuts],
        }


def from_json(given: Mapping[str, Any]) -> Delta:
    """The delta that `as_json` wrote."""
    return Delta(
        moves={unit: (before, after) for before, after, units in given["units"] for unit in units},
        marks={
            unit: (Mark(**before), Mark(**after))
            for before, after, units in given["marks"]
            for unit in units
        },
        grids={
            code: (before and GridState(**before), after and GridState(**after))
            for code, before, after in given["grids"]
        },
        cuts=tuple(Cut(gone=_states(gone), come=_states(come)) for gone, come in given["cuts"]),
    )


def between(before: Working, after: Working) -> Delta:
    """What turns one working copy into another. Units of one of them only are a single cut."""
    both = before.units.keys() & after.units.keys()
    gone = {unit: before.units[unit] for unit in before.units.keys() - both}
    come = {unit: after.units[unit] for unit in after.units.keys() - both}
    changed = {unit for unit in both if before.units[unit] != after.units[unit]}
    pairs = {unit: (before.units[unit], after.units[unit]) for unit in sorted(changed)}
    return Delta(
        moves={unit: (a.grid, b.grid) for unit, (a, b) in pairs.items() if a.grid != b.grid},
        marks={
            unit: (mark_of(a), mark_of(b))
            for unit, (a, b) in pairs.items()
            if mark_of(a) != mark_of(b)
        },
        grids={
            code: sides
            for code in sorted(before.grids.keys() | after.grids.keys())
            if (sides := (before.grids.get(code), after.grids.get(code)))[0] != sides[1]
        },
        cuts=(Cut(gone=gone, come=come),) if gone or come else (),
    )


def mark_of(state: UnitState) -> Mark:
    """What is marked on a unit."""
    return Mark(pinned=state.pinned, together=state.together)


def _grouped(changes: Mapping[int, Side]) -> list[tuple[Side, list[int]]]:
    """Equal changes with all their units, in the order of the first of these."""
    groups: defaultdict[Side, list[int]] = defaultdict(list)
    for unit in sorted(changes):
        groups[changes[unit]].append(unit)
    return list(groups.items())


def _listed(states: Mapping[int, UnitState]) -> list[list[Any]]:
    return [[unit, one.grid, one.pinned, one.together] for unit, one in sorted(states.items())]


def _states(listed: Iterable[Any]) -> dict[int, UnitState]:
    return {
        unit: UnitState(grid=grid, pinned=pinned, together=together)
        for unit, grid, pinned, together in listed
    }
