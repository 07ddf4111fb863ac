"""The working copy of a draft, or the part of it that an operation touches."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

LEVEL_OF_DIGITS = {9: 1, 12: 2, 15: 3}
BASIC_DIGITS, COMMUNITY_DIGITS = 15, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class GridState:
    """What a draft says of a grid, of whatever level. A lock holds for all that is below it."""

    name_zh: str
    name_en: str | None = None
    organisation_id: int | None = None
    locked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitState:
    """Where a unit is: the code of its basic grid (None: in no grid), whether it is to stay there,
    and the number of the group that it moves with."""

    grid: str | None
    pinned: bool = False
    together: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """Units by number and grids by code. Nothing changes it: a delta makes another one.

    An operation may be given only a part of a draft: the units that it names with all of their
    groups, and the grids concerned with those above them.
    """

    units: Mapping[int, UnitState]
    grids: Mapping[str, GridState]

    def locked(self, code: str | None) -> bool:
        """Whether a grid, or one above it, is locked. What is in no grid is free."""
        if code is None:
            return False
        return any(
            (state := self.grids.get(code[:digits])) is not None and state.locked
            for digits in LEVEL_OF_DIGITS
            if digits <= len(code)
        )

    def members(self, codes: Collection[str | None]) -> list[int]:
        """The units of these grids, in order."""
        return sorted(unit for unit, state in self.units.items() if state.grid in codes)

    def with_groups(self, units: Iterable[int]) -> set[int]:
        """Units, and all that are kept together with them."""
        named = set(units)
        groups = {self.units[unit].together for unit in named} - {None}
        if not groups:
            return named
        return named | {unit for unit, state in self.units.items() if state.together in groups}

    def children(self, code: str) -> list[str]:
        """The grids of all levels below one, in order."""
        return sorted(one for one in self.grids if one != code and one.startswith(code))


def above(codes: Iterable[str]) -> set[str]:
    """Grids, and those above them."""
    return {code[:digits] for code in codes for digits in LEVEL_OF_DIGITS if digits <= len(code)}
