"""What of a file of grids is not for a planner of a part of the jurisdiction to change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gis.store.draft_sources import KnownUnits


def units_beyond(
    units: KnownUnits,
    wishes: Iterable[tuple[int, int]],
    given: Sequence[str | None],
    own: Any,
    below: str,
) -> list[str]:
    """The codes of units that a file moves although they, or where they go, are not below a code.

    wishes: places of units, each with the number of its grid in the file, negative for none; given:
    what the file calls each grid; own: which units are below the code today. A grid without a code
    goes with the units of the part that it holds; one that holds none changes nothing.
    """
    asked = [(unit, grid) for unit, grid in wishes if grid >= 0]
    ours = {grid for unit, grid in asked if own[unit]}
    found = set()
    for unit, grid in asked:
        code = given[grid] or ""
        named = len(code) == 15 and code.isdigit()
        if own[unit]:
            fits = not named or code.startswith(below)
        else:
            fits = code == units.grid_code[unit] if named else grid not in ours
        if not fits:
            found.add(str(units.code[unit]))
    return sorted(found)
