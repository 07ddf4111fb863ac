"""Several ways to go on from a draft, spread over the trade-off: balance, change, boundaries.

Each leans one way from what was asked; only those that no other one beats are offered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.streets import MOST_CLARITY
from gis.planning.alternatives import SEARCHES, check_count, no_worse
from gis.planning.help.desk import Desk
from gis.planning.help.rebalance import Rebalanced, Wanted, rebalance
from gis.planning.search.anneal import never
from gis.progress import Progress, part_of, silent

Bools = npt.NDArray[np.bool_]
Measures = Mapping[str, float]
# The share of what `keep` asks for where boundaries come first.
BARELY = 0.2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Leaning:
    """One way to go on: which way it leans, what it was asked for, what came out, and by what it is
    compared (keys of `alternatives.NOTICED`)."""

    lean: str
    wanted: Wanted
    found: Rebalanced
    measures: Measures


def trade_off(
    desk: Desk,
    chosen: Bools,
    wanted: Wanted,
    count: int,
    measured: Callable[[Rebalanced], Measures],
    *,
    progress: Progress = silent,
    stop: Callable[[], bool] = never,
) -> list[Leaning]:
    """Up to `count` ways that differ noticeably, none of which another one beats.

    The time of `wanted` is for all together. Fewer are found where the draft leaves no choice. Once
    `stop` says so, those complete are given. Raises what `rebalance` raises, and InputError
    `plan-alternatives-invalid`.
    """
    check_count(count)
    found: list[Leaning] = []
    asked = list(islice(_leanings(wanted), SEARCHES * count))
    for turn, (lean, one) in enumerate(asked):
        if len(found) == count or (found and stop()):
            break
        begun = 1 - (1 - 1 / (count + 1)) ** turn
        share = (begun, begun + (1 - begun) / (count + 1))
        seconds = wanted.seconds * max(share[1] - share[0], 0.5 / len(asked))
        result = rebalance(
            desk, chosen, replace(one, seconds=seconds), stop=stop,
            progress=part_of(progress, *share),
        )  # fmt: skip
        if found and stop():
            break
        leaning = Leaning(lean=lean, wanted=one, found=result, measures=measured(result))
        if not any(no_worse(other.measures, leaning.measures) for other in found):
            found = [o for o in found if not no_worse(leaning.measures, o.measures)]
            found.append(leaning)
    progress("plan-step-improve", 1.0)
    return found


def _leanings(wanted: Wanted) -> Iterator[tuple[str, Wanted]]:
    """What to ask for, in order of interest."""
    near, barely = replace(wanted, keep=max(wanted.keep, 1.0)), replace(wanted, keep=BARELY)
    yield "asked", wanted
    yield "balanced", replace(near, tolerance=wanted.tolerance * 0.4)
    yield "staying", replace(near, tolerance=min(wanted.tolerance * 2, 1.0))
    clear = min(max(wanted.clarity, 1.0) * 3, MOST_CLARITY)
    yield "clear", replace(barely, clarity=clear)
    yield "compact", replace(barely, clarity=0.0)
    yield "free", replace(wanted, keep=0.0)
    yield "staying", replace(near, tolerance=min(wanted.tolerance * 3, 1.0))
    yield "balanced", replace(near, tolerance=wanted.tolerance * 0.16)
    yield "clear", replace(wanted, keep=0.0, clarity=MOST_CLARITY)
    yield "compact", replace(wanted, keep=0.0, clarity=0.0)
    turn = 0
    while True:
        turn += 1
        yield "other", replace(barely, seed=wanted.seed + turn, keep=BARELY / turn)
