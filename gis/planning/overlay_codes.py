"""Codes for grids that come from elsewhere: kept where they are the same grid, never used twice."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from gis.errors import InputError
from gis.planning.codes import number_children

Floats = npt.NDArray[np.float64]
Origin = Literal["given", "kept", "new"]

SAME = 0.5  # a grid goes on under its code where so much of it, or of the new one, is common
COMMUNITY_DIGITS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """The code of each grid of a file, and where it comes from: given there, kept from the plan in
    force, or new. invalid: what stood in the place of a code and is none."""

    codes: Sequence[str]
    origin: Sequence[Origin]
    invalid: Sequence[str]


def coded(
    given: Sequence[str | None],
    common: Sequence[Mapping[str, float]],
    centres: Floats,
    *,
    jurisdiction: str,
    used: Collection[str],
) -> Coded:
    """Codes for the grids of a file.

    given: what the file says. common: for each grid how much (people, or area) it has of each grid
    in force, by code; centres: (n, 2), easting and northing, for the order of new numbers. used:
    every code that means or meant a grid. Raises InputError `plan-import-codes-needed` where
    neither the file nor a plan in force tells to which community a grid belongs.
    """
    valid = re.compile(rf"{re.escape(jurisdiction)}[0-9]{{{15 - len(jurisdiction)}}}")
    codes: list[str | None] = [code if code and valid.fullmatch(code) else None for code in given]
    origin: list[Origin] = ["given" if code else "new" for code in codes]
    invalid = sorted({code for code in given if code and not valid.fullmatch(code)})
    for grid, code in _successors(codes, common).items():
        codes[grid], origin[grid] = code, "kept"
    parents = {
        grid: _community(common[grid], jurisdiction, codes, centres, grid)
        for grid, code in enumerate(codes) if code is None
    }  # fmt: skip
    taken = set(used) | {code for code in codes if code}
    for parent in sorted(set(parents.values())):
        mine = [grid for grid, of in parents.items() if of == parent]
        for grid, code in zip(
            mine, number_children(parent, centres[mine], retired=taken), strict=True
        ):
            codes[grid] = code
            taken.add(code)
    return Coded(codes=[str(code) for code in codes], origin=origin, invalid=invalid)


def _successors(
    codes: Sequence[str | None], common: Sequence[Mapping[str, float]]
) -> dict[int, str]:
    """Of the grids without a code those that go on from one in force: together as much of today as
    can be (assignment problem)."""
    from scipy.optimize import linear_sum_assignment

    taken = {code for code in codes if code}
    free = [grid for grid, code in enumerate(codes) if code is None]
    olds = sorted({old for grid in free for old in common[grid]} - taken)
    if not free or not olds:
        return {}
    whole = {old: sum(one.get(old, 0.0) for one in common) for old in olds}
    table = np.array([[common[grid].get(old, 0.0) for old in olds] for grid in free])
    found: dict[int, str] = {}
    for row, column in zip(*linear_sum_assignment(table, maximize=True), strict=True):
        size = max(SAME * min(sum(common[free[row]].values()), whole[olds[column]]), 0.0)
        if table[row, column] > 0 and table[row, column] >= size:
            found[free[row]] = olds[column]
    return found


def _community(
    common: Mapping[str, float], jurisdiction: str, codes: Sequence[str | None], centres: Floats,
    grid: int,
) -> str:  # fmt: skip
    """The community of a new grid: where most of it is today, else that of the nearest grid."""
    sums: dict[str, float] = {}
    for old, amount in common.items():
        sums[old[:COMMUNITY_DIGITS]] = sums.get(old[:COMMUNITY_DIGITS], 0.0) + amount
    if sums:
        return max(sums, key=lambda code: (sums[code], code))
    known = [at for at, code in enumerate(codes) if code]
    if known:
        steps = centres[known] - centres[grid]
        nearest = codes[known[int(np.argmin(np.hypot(*steps.T)))]]
        return str(nearest)[:COMMUNITY_DIGITS]
    if len(jurisdiction) == 9:
        return f"{jurisdiction}001"
    raise InputError("plan-import-codes-needed", code=jurisdiction)
