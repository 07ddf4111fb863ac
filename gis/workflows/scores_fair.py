"""Points compared fairly: what `gis.assessment.fair_points` says of who is scored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from gis.assessment.fair_points import fair_points

SEED = 20_121_017  # of what intervals of ranks are drawn with: the same question, the same answer


def compared(
    mixes: Mapping[int, Mapping[str, int]], points: Iterable[Any], *, small_below: int
) -> dict[int, dict[str, Any]]:
    """How each stands by points per 100 cases with everybody's mix of categories, and how sure that
    is; of those only who closed a case.

    mixes: cases closed by who is scored and category. `apart`: above or below what is expected of
    them by more than chance, said of nobody who had fewer cases than `small_below`.
    """
    subjects = {one: place for place, one in enumerate(mixes)}
    rows = [row for row in points if row.id in subjects]
    seen = {category for mix in mixes.values() for category in mix} | {row.category for row in rows}
    categories = {one: place for place, one in enumerate(sorted(seen))}
    shape = (len(subjects), len(categories))
    sums, squares, cases = np.zeros(shape), np.zeros(shape), np.zeros(shape, np.int64)
    for row in rows:
        at = subjects[row.id], categories[row.category]
        sums[at], squares[at] = row.points, row.squares
    for one, mix in mixes.items():
        for category, count in mix.items():
            cases[subjects[one], categories[category]] = count
    found = fair_points(sums, squares, cases, rng=np.random.default_rng(SEED))
    told: dict[int, dict[str, Any]] = {}
    for one, place in subjects.items():
        if found.rank[place]:
            sure = found.told_apart[place] and cases[place].sum() >= small_below
            way = "above" if found.raw[place] > found.expected[place] else "below"
            told[one] = {
                name: round(float(getattr(found, name)[place]), 2)
                for name in ("fair", "low", "high", "expected")
            } | {
                name: int(getattr(found, name)[place]) for name in ("rank", "rank_low", "rank_high")
            } | {"apart": way if sure else None}  # fmt: skip
    return told


def placed(values: Mapping[Any, float]) -> dict[Any, int]:
    """The rank of each, 1 for the greatest; equal ones share the better, and the next is left
    out."""
    first: dict[float, int] = {}
    for place, value in enumerate(sorted(values.values(), reverse=True), 1):
        first.setdefault(value, place)
    return {one: first[value] for one, value in values.items()}
