"""What is wrong with a draft: units in no grid, parts cut off, holes, grids without units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from gis.planning.editing.borders import Borders
from gis.planning.editing.working import BASIC_DIGITS, Working

Kind = Literal["unassigned", "island", "hole", "empty"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """`unassigned`: units in no grid that hang together. `island`: a part of `grid` that is cut off
    from its largest part. `hole`: the same, or a whole grid, wholly within the grid `within`.
    `empty`: a grid without units. `mendable`: `repair` can mend it."""

    kind: Kind
    grid: str | None
    within: str | None
    units: Sequence[int]
    mendable: bool


def problems(working: Working, borders: Borders, people: dict[int, int]) -> list[Problem]:
    """All of them, by kind and then by grid. Land that touches nothing else is no island."""
    found: list[Problem] = []
    by_grid: dict[str | None, list[int]] = {}
    for unit, state in working.units.items():
        by_grid.setdefault(state.grid, []).append(unit)
    for part in borders.parts(by_grid.pop(None, [])):
        within = _within(working, borders, part)
        found.append(
            Problem(kind="unassigned", grid=None, within=within, units=part, mendable=False)
        )
    for code in sorted(code for code in by_grid if code is not None):
        parts = borders.parts(by_grid[code])
        main = max(parts, key=lambda part: (
            sum(people.get(unit, 0) for unit in part), len(part), -part[0],
        ))  # fmt: skip
        for part in parts:
            within = _within(working, borders, part)
            if part is main and within is None:
                continue
            if part is not main and not borders.around(part):
                continue  # an island of the land, not of the draft
            found.append(
                Problem(
                    kind="island" if within is None else "hole", grid=code, within=within,
                    units=part, mendable=part is not main,
                )
            )  # fmt: skip
    basic = {code for code in working.grids if len(code) == BASIC_DIGITS}
    filled = {code for code in by_grid if code is not None}
    for code in sorted(working.grids):
        if not any(one.startswith(code) for one in (filled if code in basic else basic)):
            found.append(Problem(kind="empty", grid=code, within=None, units=(), mendable=False))
    order = ("unassigned", "island", "hole", "empty")
    return sorted(found, key=lambda one: (order.index(one.kind), one.grid or "", list(one.units)))


def _within(working: Working, borders: Borders, part: Sequence[int]) -> str | None:
    """The one grid that is all around a part, if there is one."""
    if any(unit in borders.outer for unit in part):
        return None
    around = {working.units[unit].grid for unit in borders.around(part) if unit in working.units}
    return next(iter(around)) if len(around) == 1 else None
