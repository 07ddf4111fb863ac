"""A plan put out of balance on purpose, for newcomers to even out again.

Units cross the borders between neighbouring grids until one of each pair has far too little and the
other far too much. Every grid stays in one piece, communities keep their ground, and moving the
same units back mends all: what is asked of the newcomer can be done.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.planning.board import Board

Ints = npt.NDArray[np.int64]

COMMUNITY, SUB_DISTRICT = 12, 9
# What each pair's giver loses of its load: easy, middling, and plain to see from afar.
SHARES = (0.30, 0.45, 0.25)
LEAST_UNITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """`grid`: of each unit of the board, the number of its grid, -1 for none; `sub_district`: the
    code of the one whose grids are out of balance; `grids`: the codes of these, ascending."""

    grid: Ints
    sub_district: str
    grids: tuple[str, ...]


def unbalance(board: Board, grid: Ints, codes: Sequence[str]) -> Practice | None:
    """Put some pairs of grids of the smallest sub-district out of balance; None where nowhere two
    neighbouring grids of one community have enough units.

    `grid`: of each unit a position in `codes`, those of basic grids (15 digits), or -1. Pairs are
    of different communities, those nearest to the middle of the sub-district. The same plan always
    gives the same.
    """
    members = {g: np.flatnonzero(grid == g) for g in range(len(codes))}
    sizes = Counter(code[:SUB_DISTRICT] for code in codes)
    for area in sorted(sizes, key=lambda one: (sizes[one], one)):
        moved = grid.copy()
        found: list[str] = []
        for community in _from_the_middle(board, members, codes, area):
            pair = _pair(board, grid, members, codes, community)
            if pair is None:
                continue
            giver, taker = pair
            _give(board, moved, giver, taker, SHARES[len(found) // 2])
            found += [codes[giver], codes[taker]]
            if len(found) == 2 * len(SHARES):
                break
        if found:
            return Practice(grid=moved, sub_district=area, grids=tuple(sorted(found)))
    return None


def _from_the_middle(
    board: Board, members: dict[int, Ints], codes: Sequence[str], area: str
) -> list[str]:
    """The communities of a sub-district, those in its middle first."""
    middle: dict[str, npt.NDArray[np.float64]] = {}
    for community in sorted({code[:COMMUNITY] for code in codes if code.startswith(area)}):
        units = [members[g] for g, code in enumerate(codes) if code.startswith(community)]
        at = np.concatenate(units)
        if len(at):
            middle[community] = np.array([board.lon[at].mean(), board.lat[at].mean()])
    if not middle:
        return []
    whole = np.mean(list(middle.values()), axis=0)
    return sorted(middle, key=lambda one: (float(((middle[one] - whole) ** 2).sum()), one))


def _pair(
    board: Board, grid: Ints, members: dict[int, Ints], codes: Sequence[str], community: str
) -> tuple[int, int] | None:
    """The two grids of a community with the longest border between them, both large enough."""
    inside = {
        g for g, code in enumerate(codes)
        if code.startswith(community) and len(members[g]) >= LEAST_UNITS
    }  # fmt: skip
    shared: defaultdict[tuple[int, int], float] = defaultdict(float)
    edges = board.edges
    for left, right, length in zip(edges.left, edges.right, edges.length_m, strict=True):
        one, other = int(grid[left]), int(grid[right]) if right >= 0 else -1
        if one != other and one in inside and other in inside:
            shared[min(one, other), max(one, other)] += float(length)
    if not shared:
        return None
    return min(shared, key=lambda pair: (-shared[pair], pair))


def _give(board: Board, grid: Ints, giver: int, taker: int, share: float) -> None:
    """Move units from one grid to the other, the one with most border to it first, as long as the
    giver stays whole and loses no more than wanted, or just above it."""
    before = float(board.load[grid == giver].sum())
    while float(board.load[grid == giver].sum()) > (1 - share) * before:
        left = np.flatnonzero(grid == giver)
        if len(left) < LEAST_UNITS // 2:
            return
        touch = {int(u): _border(board, grid, int(u), taker) for u in left}
        ready = [u for u, metres in touch.items() if metres > 0 and _whole(board, grid, u)]
        if not ready:
            return
        grid[min(ready, key=lambda u: (-touch[u], u))] = taker


def _border(board: Board, grid: Ints, unit: int, with_grid: int) -> float:
    graph = board.graph
    around = slice(graph.start[unit], graph.start[unit + 1])
    return float(graph.shared_m[around][grid[graph.neighbour[around]] == with_grid].sum())


def _whole(board: Board, grid: Ints, without: int) -> bool:
    """Whether the grid of a unit stays in one piece without it."""
    left = set(np.flatnonzero(grid == grid[without]).tolist()) - {without}
    if not left:
        return False
    graph = board.graph
    seen, waiting = set(), [min(left)]
    while waiting:
        unit = waiting.pop()
        if unit in seen:
            continue
        seen.add(unit)
        near = graph.neighbour[graph.start[unit] : graph.start[unit + 1]].tolist()
        waiting += [one for one in near if one in left and one not in seen]
    return seen == left
