"""Codes of grids by the national rule.

A sub-district's code has 9 digits (county 6, street 3). A community's adds 3, a basic grid's 3
more, so a child's code starts with its parent's. Sequences run from 001 to 999, west to east in
bands from north to south. A code that was once given never comes to mean another grid.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

from gis.errors import InfeasibleError, InputError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LEVEL_DIGITS = {1: 9, 2: 12, 3: 15}
MOST_CHILDREN = 999


def in_reading_order(points: Floats) -> Ints:
    """The order in which to number places: bands from north to south, west to east in each.

    `points` is (n, 2), easting and northing. There are as many bands as make their cells square.
    """
    count = len(points)
    if count == 0:
        return np.zeros(0, np.int64)
    x, y = np.asarray(points, float).T
    width, height = max(np.ptp(x), 1e-9), max(np.ptp(y), 1e-9)
    bands = int(np.clip(np.round(np.sqrt(count * height / width)), 1, count))
    band = np.minimum(np.floor((y.max() - y) / height * bands), bands - 1)
    return np.asarray(np.lexsort((-y, x, band)), np.int64)


def number_children(
    parent_code: str,
    points: Floats,
    *,
    existing: Sequence[str | None] | None = None,
    retired: Collection[str] = (),
) -> list[str]:
    """Codes for the children of one parent: its code and three digits each.

    `points` are the children's centres. A child with an `existing` code of this parent keeps it;
    the others get, in reading order, the lowest sequences that neither a sibling has nor
    `retired` names. Raises InputError `grid-code-invalid` for a parent code that is not 9 or 12
    digits, and `grid-code-duplicate` for two children with one code; InfeasibleError
    `grid-codes-used-up` where 999 do not suffice.
    """
    if not re.fullmatch(r"[0-9]{9}|[0-9]{12}", parent_code):
        raise InputError("grid-code-invalid", code=parent_code)
    wanted = re.compile(re.escape(parent_code) + r"[0-9]{3}")
    codes: list[str | None] = [
        code if code and wanted.fullmatch(code) else None
        for code in (existing or [None] * len(points))
    ]
    kept = [code for code in codes if code]
    if len(set(kept)) < len(kept):
        twice = next(code for code in kept if kept.count(code) > 1)
        raise InputError("grid-code-duplicate", code=twice)
    used = set(kept) | set(retired)
    sequence = 0
    for place in in_reading_order(points):
        if codes[place]:
            continue
        sequence += 1
        while f"{parent_code}{sequence:03d}" in used:
            sequence += 1
        if sequence > MOST_CHILDREN:
            raise InfeasibleError(
                "grid-codes-used-up", parent=parent_code, count=len(points), most=MOST_CHILDREN
            )
        codes[place] = f"{parent_code}{sequence:03d}"
    return [code for code in codes if code]


def number_level(
    parent_codes: Sequence[str],
    parent_of: Ints,
    points: Floats,
    *,
    existing: Sequence[str | None] | None = None,
    retired: Collection[str] = (),
) -> list[str]:
    """Codes for all grids of a level: `number_children` for each parent in turn.

    `parent_of[g]` is the position in `parent_codes` of grid g's parent.
    """
    result = [""] * len(points)
    for parent, code in enumerate(parent_codes):
        mine = np.flatnonzero(np.asarray(parent_of) == parent)
        before = None if existing is None else [existing[int(i)] for i in mine]
        given = number_children(code, points[mine], existing=before, retired=retired)
        for grid, child in zip(mine, given, strict=True):
            result[grid] = child
    return result
