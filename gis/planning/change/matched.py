"""Two plans over units that were cut, mended or drawn anew in between, brought onto one ground."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.planning.adjacency.graph import components, sums

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Geometries = npt.NDArray[Any]

# Pieces of units below this share are where two drawings of one line differ.
SLIVER = 1e-6
# Beyond so many pairings of grids that touch one another the largest overlap goes first.
MOST_PAIRINGS = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonGround:
    """Pieces of land that lie in one grid of each plan.

    Each is a unit, or where units of the two plans overlap otherwise, a part of one: `share` of
    its area, and of its people. `before` and `after` are the grids; None is in no grid. `other`:
    the unit that it was laid over, or -1.
    """

    units: Ints
    share: Floats
    before: tuple[str | None, ...]
    after: tuple[str | None, ...]
    other: Ints


def common_ground(
    before: Mapping[int, str | None],
    after: Mapping[int, str | None],
    split_from: Mapping[int, int],
    polygons: Callable[[Sequence[int]], Geometries],
) -> CommonGround:
    """The pieces of land that two plans share out, given the grid of each unit in each plan.

    A unit that both have is one piece. Where one has a unit and the other its pieces (`split_from`
    leads from a piece to what it was cut from, over as many cuts as there were), the pieces count.
    Where neither holds, as after different cuts of one unit, their polygons, which `polygons` gives
    for unit ids, are laid over each other, and people are shared by area.
    """
    pieces = [(unit, unit, unit) for unit in before.keys() & after.keys()]
    covered: set[int] = set()
    for finer, coarser, first in ((before, after, True), (after, before, False)):
        for unit in finer.keys() - coarser.keys():
            whole = _ancestor(unit, coarser, split_from)
            if whole is not None:
                covered |= {unit, whole}
                pieces.append((unit, unit, whole) if first else (unit, whole, unit))
    pieces.sort()
    units, shares, laid = _overlaid(
        sorted(before.keys() - after.keys() - covered),
        sorted(after.keys() - before.keys() - covered),
        polygons,
    )
    return CommonGround(
        units=np.array([unit for unit, _, _ in pieces] + units, np.int64),
        share=np.array([1.0] * len(pieces) + shares),
        before=(*(before[one] for _, one, _ in pieces), *(before[one] for one in units)),
        after=(*(after[one] for _, _, one in pieces), *(after[one] for one in laid)),
        other=np.array([-1] * len(pieces) + laid, np.int64),
    )


def _ancestor(
    unit: int, among: Mapping[int, str | None], split_from: Mapping[int, int]
) -> int | None:
    """What a unit was cut from, as far up as needed to be one of those."""
    above = split_from.get(unit)
    while above is not None and above not in among:
        above = split_from.get(above)
    return above


def _overlaid(
    some: Sequence[int], others: Sequence[int], polygons: Callable[[Sequence[int]], Geometries]
) -> tuple[list[int], list[float], list[int]]:
    if not some or not others:
        return [], [], []
    left, right = polygons(some), polygons(others)
    at, of = shapely.STRtree(right).query(left, predicate="intersects")
    share = shapely.area(shapely.intersection(left[at], right[of])) / shapely.area(left)[at]
    kept = np.flatnonzero(share > SLIVER)
    kept = kept[np.lexsort((of[kept], at[kept]))]
    return (
        [some[place] for place in at[kept].tolist()],
        share[kept].tolist(),
        [others[place] for place in of[kept].tolist()],
    )


def successors(
    before: Sequence[str | None], after: Sequence[str | None], weight: Floats
) -> dict[str, str]:
    """Which grid goes on as which: the one of the same code, whatever its shape.

    What is gone goes on under another code where it has more in common with a grid that is new
    than any other way of pairing them would leave; `weight` is of each piece of land.
    """
    from scipy.optimize import linear_sum_assignment

    codes = {code for code in before if code}, {code for code in after if code}
    found = {code: code for code in codes[0] & codes[1]}
    gone, new = sorted(codes[0] - codes[1]), sorted(codes[1] - codes[0])
    if not gone or not new:
        return found
    place_gone = {code: place for place, code in enumerate(gone)}
    place_new = {code: place for place, code in enumerate(new)}
    pairs = np.array(
        [(place_gone.get(a or "", -1), place_new.get(b or "", -1))
         for a, b in zip(before, after, strict=True)], np.int64,
    ).reshape(-1, 2)  # fmt: skip
    both = (pairs >= 0).all(axis=1)
    keys, which = np.unique(pairs[both] @ np.array([len(new), 1]), return_inverse=True)
    overlap = sums(which.astype(np.int64), weight[both], len(keys))
    left, right = keys // len(new), keys % len(new)
    taken: set[str] = set()
    group = components(len(gone) + len(new), left, right + len(gone))[left]
    for one in np.unique(group):
        inside = np.flatnonzero(group == one)
        rows, row = np.unique(left[inside], return_inverse=True)
        columns, column = np.unique(right[inside], return_inverse=True)
        if len(rows) * len(columns) > MOST_PAIRINGS:
            for place in inside[np.argsort(-overlap[inside], kind="stable")].tolist():
                a, b = gone[left[place]], new[right[place]]
                if a not in found and b not in taken:
                    found[a] = b
                    taken.add(b)
            continue
        table = np.zeros((len(rows), len(columns)))
        table[row, column] = overlap[inside]
        for r, c in zip(*linear_sum_assignment(table, maximize=True), strict=True):
            if table[r, c] > 0:
                found[gone[rows[r]]] = new[columns[c]]
    return found
