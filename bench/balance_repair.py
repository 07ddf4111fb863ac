"""A peer's plan made contiguous in two ways, so that it has the best chance: pieces apart from the
main piece of their grid go to the neighbour with the longest common boundary, or to the emptiest.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from bench.balance_score import Ground

Ints = npt.NDArray[np.int64]


def repaired(ground: Ground, labels: Ints, k: int) -> Iterator[tuple[str, Ints]]:
    """The plan itself if each grid is one piece, and else the plan mended in each way."""
    if ground.glance(labels, k)[2] == 0:
        yield "", labels
        return
    for way in ("boundary", "load"):
        mended = _mend(ground, labels, k, way)
        if ground.glance(mended, k)[2] == 0:
            yield f", repaired by {way}", mended


def _mend(ground: Ground, labels: Ints, k: int, way: str) -> Ints:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    labels, n = labels.copy(), len(labels)
    same = labels[ground.left] == labels[ground.right]
    links = coo_matrix((np.ones(same.sum()), (ground.left[same], ground.right[same])), (n, n))
    piece = connected_components(links, directed=False)[1]
    load = np.bincount(piece, ground.pop)
    owner = np.zeros(len(load), np.int64)
    owner[piece] = labels
    main = {int(owner[p]): int(p) for p in np.lexsort((load, owner))}
    apart = sorted(set(range(len(load))) - set(main.values()), key=lambda p: -load[p])
    grid_load = np.bincount(labels, ground.pop, k)
    grid_load -= np.bincount(owner[apart], load[apart], k)
    beside: dict[int, dict[int, float]] = {p: {} for p in apart}
    for one, other, cost in zip(
        piece[ground.left].tolist(), piece[ground.right].tolist(), ground.cost.tolist(), strict=True
    ):
        for a, b in ((one, other), (other, one)):
            if a != b and a in beside:
                beside[a][b] = beside[a].get(b, 0.0) + cost
    waiting = list(apart)
    while waiting:
        settled = set(range(len(load))) - set(waiting)
        ready = [p for p in waiting if settled & beside[p].keys()]
        if not ready:
            break
        p = ready[0]
        shared: dict[int, float] = {}
        for other, cost in beside[p].items():
            if other in settled:
                grid = int(owner[other])
                shared[grid] = shared.get(grid, 0.0) + cost
        by_load = {grid: -float(grid_load[grid]) for grid in shared}
        wanted = shared if way == "boundary" else by_load
        owner[p] = max(sorted(shared), key=wanted.__getitem__)
        grid_load[owner[p]] += load[p]
        waiting.remove(p)
    return np.asarray(owner[piece])
