"""What of a proposal still fits a draft that has changed since: the most of it that leaves every
grid in as many pieces as it is in, and nothing that may not be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.graph import components
from gis.planning.help.desk import Desk

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """`moves`: the code of the grid that each unit may still go to. `dropped`: units that stay, by
    why: `gone` from the draft, `elsewhere` now than when the proposal was made, `locked`, `pinned`,
    `grid_gone`, `group` that would be torn, or `apart`: a grid would fall to pieces. `arrived`:
    those that are already where they should go."""

    moves: Mapping[int, str]
    dropped: Mapping[str, tuple[int, ...]]
    arrived: int


def fitted(desk: Desk, proposal: Mapping[int, tuple[str | None, str]], *, below: str = "") -> Fit:
    """What still fits of a proposal: for each unit, its grid when it was made and the one to go to.

    Grids whose code does not begin with `below` count as locked.
    """
    number = {code: grid for grid, code in enumerate(desk.codes)}
    closed = desk.locked | ~np.array([code.startswith(below) for code in desk.codes], bool)
    at = {int(unit): place for place, unit in enumerate(desk.unit_id)}
    dropped: dict[str, list[int]] = {}
    target = np.full(len(desk.unit_id), -1, np.int64)
    arrived = 0
    for unit, (before, after) in proposal.items():
        place = at.get(unit)
        now = None if place is None else int(desk.grid[place])
        there = number.get(after)
        if place is None or now is None:
            why = "gone"
        elif there is not None and now == there:
            arrived += 1
            continue
        elif now != (-1 if before is None else number.get(before, -2)):
            why = "elsewhere"
        elif there is None:
            why = "grid_gone"
        elif closed[there] or (now >= 0 and closed[now]):
            why = "locked"
        elif desk.pinned[place]:
            why = "pinned"
        else:
            target[place] = there
            continue
        dropped.setdefault(why, []).append(unit)
    _keep_groups(desk, target, dropped)
    part = _applied(desk, target)
    left = np.flatnonzero((target >= 0) & (part != target))
    dropped.setdefault("apart", []).extend(desk.unit_id[left].tolist())
    going = np.flatnonzero((target >= 0) & (part == target))
    return Fit(
        moves={int(desk.unit_id[place]): desk.codes[target[place]] for place in going},
        dropped={why: tuple(sorted(units)) for why, units in sorted(dropped.items()) if units},
        arrived=arrived,
    )


def _keep_groups(desk: Desk, target: Ints, dropped: dict[str, list[int]]) -> None:
    """Take back the targets of groups that would not go, or stay, as one."""
    for group in np.unique(desk.together[(target >= 0) & (desk.together >= 0)]).tolist():
        mine = np.flatnonzero(desk.together == group)
        then = np.where(target[mine] >= 0, target[mine], desk.grid[mine])
        if len(np.unique(then)) > 1:
            going = mine[target[mine] >= 0]
            dropped.setdefault("group", []).extend(desk.unit_id[going].tolist())
            target[going] = -1


def _applied(desk: Desk, target: Ints) -> Ints:
    """The grid of each unit with as many lumps moved as leave no grid in more pieces.

    Lumps are connected units with the same way to go, and groups as a whole. All at once where that
    is good; else one after the other, again and again, while another one fits.
    """
    part = desk.grid.copy()
    going = target >= 0
    if not going.any():
        return part
    whole = np.where(going, target, part)
    if (_pieces(desk, whole) <= np.maximum(_pieces(desk, part), 1)).all():
        return whole
    left, right, _ = desk.graph.pairs()
    alike = going[left] & going[right] & (part[left] == part[right])
    alike &= target[left] == target[right]
    one, other = left[alike], right[alike]
    for group in np.unique(desk.together[going & (desk.together >= 0)]).tolist():
        mine = np.flatnonzero(going & (desk.together == group))
        one, other = np.append(one, mine[:-1]), np.append(other, mine[1:])
    lump = components(desk.graph.size, one, other)
    waiting = sorted(
        np.unique(lump[going]).tolist(), key=lambda name: -float(desk.load[lump == name].sum())
    )
    moved = True
    while moved and waiting:
        moved = False
        for name in list(waiting):
            trial = part.copy()
            mine = lump == name
            trial[mine] = target[mine]
            if (_pieces(desk, trial) <= np.maximum(_pieces(desk, part), 1)).all():
                part, moved = trial, True
                waiting.remove(name)
    return part


def _pieces(desk: Desk, part: Ints) -> Ints:
    """In how many pieces each grid is."""
    left, right, _ = desk.graph.pairs()
    same = part[left] == part[right]
    _, first = np.unique(components(desk.graph.size, left[same], right[same]), return_index=True)
    return np.bincount(part[first][part[first] >= 0], minlength=len(desk.codes))
