"""What would change from one plan to another: units and people moved, grid by grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.graph import sums

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Units that go from one grid to another; `before` and `after` are ids of the two plans."""

    before: str
    after: str
    units: int
    pop: float
    area_m2: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The difference of two plans over the same units.

    `same` maps each id of the first plan to the id of its successor in the second; grids without
    one are `dissolved`, and grids that succeed none are `new`. `moved` marks the units that do not
    go to the successor of their grid.
    """

    same: Mapping[str, str]
    dissolved: tuple[str, ...]
    new: tuple[str, ...]
    moved: npt.NDArray[np.bool_]
    units_moved: int
    pop_moved: float
    area_moved_m2: float
    pop_share: float
    moves: tuple[Move, ...]


def compare_plans(
    before: Sequence[str], after: Sequence[str], *, pop: Floats, area_m2: Floats
) -> Comparison:
    """Compare two plans, given as the grid id of each unit in the same order.

    A grid's successor is found by the assignment with the greatest overlap in people (in area
    where nobody lives), whatever the ids: renaming a grid moves nobody.
    """
    from scipy.optimize import linear_sum_assignment

    old_ids, old = np.unique(np.asarray(before, str), return_inverse=True)
    new_ids, new = np.unique(np.asarray(after, str), return_inverse=True)
    weight = pop + (max(float(pop.sum()), 1.0) * 1e-6) * area_m2 / max(float(area_m2.sum()), 1e-9)
    overlap = sums(old * len(new_ids) + new, weight, len(old_ids) * len(new_ids))
    overlap = overlap.reshape(len(old_ids), len(new_ids))
    # Among equal overlaps a grid that kept its id is preferred.
    bonus = (old_ids[:, None] == new_ids[None, :]) * float(weight.sum()) * 1e-9
    rows, columns = linear_sum_assignment(overlap + bonus, maximize=True)
    kept = overlap[rows, columns] > 0
    rows, columns = rows[kept], columns[kept]
    successor = np.full(len(old_ids), -1)
    successor[rows] = columns
    moved = successor[old] != new
    moves = []
    pairs, place = np.unique(old[moved] * len(new_ids) + new[moved], return_inverse=True)
    people = sums(place, pop[moved], len(pairs))
    area = sums(place, area_m2[moved], len(pairs))
    number = np.bincount(place, minlength=len(pairs))
    for i in np.lexsort((pairs, -number, -people)):
        moves.append(
            Move(
                before=str(old_ids[pairs[i] // len(new_ids)]),
                after=str(new_ids[pairs[i] % len(new_ids)]),
                units=int(number[i]),
                pop=float(people[i]),
                area_m2=float(area[i]),
            )
        )
    total = float(pop.sum())
    return Comparison(
        same={str(old_ids[a]): str(new_ids[b]) for a, b in zip(rows, columns, strict=True)},
        dissolved=tuple(str(old_ids[i]) for i in np.flatnonzero(successor < 0)),
        new=tuple(str(name) for i, name in enumerate(new_ids) if i not in set(columns.tolist())),
        moved=moved,
        units_moved=int(moved.sum()),
        pop_moved=float(pop[moved].sum()),
        area_moved_m2=float(area_m2[moved].sum()),
        pop_share=float(pop[moved].sum() / total) if total > 0 else 0.0,
        moves=tuple(moves),
    )
