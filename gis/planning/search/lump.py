"""What holds a grid together: lumps that can leave it, and which units lie on boundaries.

Compiled by numba and shared by every search. State is a handful of arrays over the n units of a
graph in compressed sparse rows: `part` (the grid of each), `boundary` and `place` (the units with
a neighbour in another grid, and where they stand in that list), and stamps that mark what the
search around a unit has seen, so that nothing is cleared between moves.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gis.kernels import compiled

Array = npt.NDArray[Any]

# -ln(u) at the middles of 4,096 equal steps of u: thresholds for accepting a worse energy.
THRESHOLDS = np.round(-np.log((np.arange(4096) + 0.5) / 4096), 9)
# A unit may take along this many others; larger lumps are better moved one by one.
LUMP = 48
# Where the way around a unit is longer than this, the unit stays: rare, and never wrong.
LONGEST_SEARCH = 1000
BOUNDARY_SIZE, TICK = 0, 1


@compiled
def boundary_of(start: Array, neighbour: Array, part: Array, boundary: Array, place: Array) -> int:
    """Fill `boundary` with the nodes that have a neighbour in another part; return their number.

    `place[node]` becomes the node's position in `boundary`, or -1.
    """
    size = 0
    place[:] = -1
    for node in range(len(part)):
        for e in range(start[node], start[node + 1]):
            if part[neighbour[e]] != part[node]:
                boundary[size] = node
                place[node] = size
                size += 1
                break
    return size


@compiled
def _random(state: Array) -> Any:
    """The next 64 random bits (xorshift64*)."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return x * np.uint64(2685821657736338717)


@compiled
def below(state: Array, n: int) -> Any:
    """A random integer from 0 to n - 1, for n below 2^31."""
    return np.int64(((_random(state) >> np.uint64(33)) * np.uint64(n)) >> np.uint64(31))


@compiled
def cut_off(
    start: Array,
    neighbour: Array,
    part: Array,
    node: int,
    stamp: Array,
    owner: Array,
    link: Array,
    roots: Array,
    lump: Array,
    counters: Array,
) -> int:
    """What would leave with `node` so that the rest of its part stays connected.

    Puts the nodes into `lump` (the node first) and returns their number: 1 if the rest stays
    connected; 0 if the part would vanish, the lump be larger than LUMP, or the search grow long.

    One search starts from each neighbour in the part, all taking turns. Two that meet become one;
    one that runs out has found a piece that would be cut off. The end is reached when one is left,
    so the effort is that of the small pieces, not of the part.
    """
    own = part[node]
    counters[TICK] += 1
    tick = counters[TICK]
    stamp[node] = tick
    # Per root: union-find parent; first and last of the queue; first and last of the done nodes.
    parent, q_first, q_last, d_first, d_last = roots
    count = 0
    for e in range(start[node], start[node + 1]):
        other = neighbour[e]
        if part[other] == own:
            parent[count] = count
            q_first[count] = q_last[count] = other
            d_first[count] = d_last[count] = -1
            link[other] = -1
            stamp[other] = tick
            owner[other] = count
            count += 1
    if count == 0:
        return 0
    lump[0] = node
    size, alive, steps = 1, count, 0
    while alive > 1:
        for root in range(count):
            if parent[root] != root or q_first[root] < 0:
                continue
            here = q_first[root]
            q_first[root] = link[here]
            link[here] = d_first[root]
            d_first[root] = here
            if d_last[root] < 0:
                d_last[root] = here
            steps += 1
            mine = root
            for e in range(start[here], start[here + 1]):
                other = neighbour[e]
                if part[other] != own or other == node:
                    continue
                if stamp[other] != tick:
                    stamp[other] = tick
                    owner[other] = mine
                    link[other] = -1
                    if q_first[mine] < 0:
                        q_first[mine] = other
                    else:
                        link[q_last[mine]] = other
                    q_last[mine] = other
                    continue
                met = owner[other]
                while parent[met] != met:
                    met = parent[met]
                if met == mine:
                    continue
                # The other search is swallowed: its queue and its done nodes are appended.
                parent[met] = mine
                if q_first[met] >= 0:
                    if q_first[mine] < 0:
                        q_first[mine] = q_first[met]
                    else:
                        link[q_last[mine]] = q_first[met]
                    q_last[mine] = q_last[met]
                if d_first[met] >= 0:
                    if d_first[mine] < 0:
                        d_first[mine] = d_first[met]
                    else:
                        link[d_last[mine]] = d_first[met]
                    d_last[mine] = d_last[met]
                alive -= 1
            if alive == 1:
                break
            if q_first[mine] < 0:
                alive -= 1
                other = d_first[mine]
                while other >= 0:
                    if size > LUMP:
                        return 0
                    lump[size] = other
                    size += 1
                    other = link[other]
                if alive == 1:
                    break
        if steps > LONGEST_SEARCH:
            return 0
    return size


@compiled
def touch(
    start: Array,
    neighbour: Array,
    part: Array,
    node: int,
    boundary: Array,
    place: Array,
    counters: Array,
) -> None:
    """Enter or strike a node and its neighbours in the list of boundary nodes after a move."""
    for q in range(start[node] - 1, start[node + 1]):
        here = node if q < start[node] else neighbour[q]
        on_boundary = False
        for e in range(start[here], start[here + 1]):
            if part[neighbour[e]] != part[here]:
                on_boundary = True
                break
        if on_boundary and place[here] < 0:
            boundary[counters[BOUNDARY_SIZE]] = here
            place[here] = counters[BOUNDARY_SIZE]
            counters[BOUNDARY_SIZE] += 1
        elif not on_boundary and place[here] >= 0:
            counters[BOUNDARY_SIZE] -= 1
            last = boundary[counters[BOUNDARY_SIZE]]
            boundary[place[here]] = last
            place[last] = place[here]
            place[here] = -1
