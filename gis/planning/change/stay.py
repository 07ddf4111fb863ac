"""A plan near today's: as few people as possible change their grid.

Annealing from the current plan, whose energy counts people away from home, loads outside their
bands, and a mean Polsby-Popper ratio below that of today (see `stay_kernel`). Several runs that
weigh the boundary differently end in several plans; the best is chosen in the order of what
matters: loads within the band, then a shape no worse than before, then fewest people moved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.graph import UnitGraph
from gis.planning.change.freed import freed
from gis.planning.change.mended import mended
from gis.planning.change.stay_search import FIRM, LONG, Heat, Search
from gis.planning.search.anneal import never
from gis.progress import Progress, part_of, silent

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# The slower the balance comes in, the further people are passed on; which is best depends on data.
RUNS = (Heat(hot=2.0, soft=10.0), Heat(hot=2.0, soft=4.0))
POLISH, SETTLE = Heat(hot=0.5, soft=1000.0, share=0.5), Heat(hot=0.1, soft=FIRM, share=0.25)
SETTLED = 3
# Where little boundary is to be moved, a run takes little time, and more of them find better; where
# very much is, chance evens out, and one will do.
SEVERAL, VERY_LONG = 2, 10_000


def stay(
    graph: UnitGraph,
    load: Floats,
    part: Ints,
    low: Floats,
    high: Floats,
    movable: Bools,
    *,
    closed: Bools | None = None,
    seed: int = 0,
    effort: float = 1.0,
    deadline: float | None = None,
    stop: Callable[[], bool] = never,
    progress: Progress = silent,
) -> Ints:
    """The plan within [low, high] that moves the least load away from `part` that was found.

    `load` is (n,) or (n, c), the first column counts as moved; `low` and `high` are (k,) or
    (k, c). `part` is today's plan, -1 = in no grid. Units that are not `movable` stay, and grids
    that are `closed` neither give nor take. Grids in pieces are mended (see `mended`); apart from
    that every grid stays connected and keeps a unit. The mean Polsby-Popper ratio is kept at
    today's or above where that is possible within the bands. The graph must be connected. The
    same arguments give the same plan, unless the `deadline` (of `time.monotonic`) or a wish to
    `stop` ends the search.
    """
    wide = np.ascontiguousarray(load.reshape(len(load), -1), np.float64)
    low, high = (np.asarray(edge, float).reshape(len(edge), -1) for edge in (low, high))
    shut = np.zeros(len(low), bool) if closed is None else closed
    free = movable & ~shut[np.maximum(part, 0)] | (part < 0)
    begin = mended(graph, wide[:, 0], part, len(low), free, shut)
    search = Search.near(graph, wide, part, low, high, free, shut, deadline, stop)
    seeds = iter(range(seed * 1_000_003, (seed + 1) * 1_000_003))
    long = search.boundary(begin)
    heats = RUNS * SEVERAL if long <= LONG else RUNS if long <= VERY_LONG else RUNS[:1]
    best = begin
    for number, heat in enumerate(heats):
        inner = part_of(progress, number / len(heats), (number + 1) / len(heats))
        found = _once(search, begin, heat, seeds, effort, inner)
        best = search.better(best, found)
    return best


def _once(
    search: Search, begin: Ints, heat: Heat, seeds: Iterator[int], effort: float, progress: Progress
) -> Ints:
    """A run of its own, polished, its grids freed; then settled, until the shape is as before."""
    cool = (POLISH, *(SETTLE,) * SETTLED)
    whole = heat.share + sum(more.share for more in cool)
    found = search.run(begin, heat, next(seeds), effort, part_of(progress, 0, heat.share / whole))
    done = heat.share
    for more in cool:
        inner = part_of(progress, done / whole, (done + more.share) / whole)
        done += more.share
        next_one = search.run(found, more, next(seeds), effort, inner)
        found = search.better(found, freed(search, next_one, seeds, effort))
        if more is SETTLE and search.worth(found).flat == 0:
            break
    return found
