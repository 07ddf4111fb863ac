"""One connected area in two levels: parents with a whole number of children each, and all children.

How many children each parent has is settled first, and its share of the load follows from that: no
child pays for a parent whose load is no whole number of children. Where a parent's ground does
not divide evenly all the same, it is divided anew together with its neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.contract import contract
from gis.planning.adjacency.graph import UnitGraph, subgraph, sums
from gis.planning.adjacency.islands import apportion
from gis.planning.search.anneal import Band, Effort, outside_band
from gis.planning.search.partition import partition

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# What parents may take of the tolerance; the rest is left to the children inside each.
PARENTS_SHARE = 0.5
ATTEMPTS_PER_PARENT = 12
# All attempts together may divide so many times the area's units.
MOST_WORK, LEAST_WORK_UNITS = 6, 1000
# With fewer units a child there is nothing to choose from.
UNITS_PER_CHILD = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The parent and the child of each unit, and the parent of each child; all numbered from 0."""

    parent: Ints
    child: Ints
    parent_of: Ints


def divide_in_families(
    graph: UnitGraph, load: Floats, parents: int, band: Band, tolerance: float, effort: Effort
) -> Family:
    """Divide a connected area into `parents` connected parts, and those into children.

    `band` is that of the children, all alike; `tolerance` theirs as a share of the target. Every
    child lies in one parent and is connected; there are never fewer units than children.
    """
    number = len(band.target)
    children = np.full(parents, number // parents) + (np.arange(parents) < number % parents)
    mean = float(band.target[0, 0])
    upper = partition(graph, load, Band.around(children * mean, tolerance * PARENTS_SHARE), effort)
    children = _children(sums(upper, load, parents), children, np.bincount(upper), mean)
    lower = np.empty(graph.size, np.int64)
    first = np.concatenate([[0], np.cumsum(children)])
    for parent in range(parents):
        inside = np.flatnonzero(upper == parent)
        lower[inside] = first[parent] + partition(
            subgraph(graph, inside),
            load[inside],
            _alike(band, int(children[parent])),
            effort.again(parent, effort.factor),
        )
    family = Family(parent=upper, child=lower, parent_of=np.repeat(np.arange(parents), children))
    return _mended(graph, load, family, band, effort)


def _alike(band: Band, count: int) -> Band:
    return Band(target=band.target[:count], low=band.low[:count], high=band.high[:count])


def _children(loads: Floats, children: Ints, units: Ints, mean: float) -> Ints:
    """How many children each parent gets: as planned, unless what it became asks for others."""
    number = int(children.sum())
    by_load = apportion(loads, number, np.ones(len(loads), np.int64), units)

    def worst(given: Ints) -> float:
        return float(np.abs(loads / given / mean - 1).max())

    if (units < children).any() or worst(by_load) < worst(children):
        return by_load
    return children


def _mended(graph: UnitGraph, load: Floats, family: Family, band: Band, effort: Effort) -> Family:
    """The family with fewer children outside their band, wherever neighbours can help."""
    tried: dict[int, int] = {}
    work = turn = 0
    while work < MOST_WORK * max(graph.size, LEAST_WORK_UNITS) and not effort.over():
        beyond = sums(family.parent_of, outside_band(load, family.child, band), len(band.target))
        hopeful = [
            parent
            for parent in np.flatnonzero(beyond).tolist()
            if tried.get(parent, 0) < ATTEMPTS_PER_PARENT
        ]
        if not hopeful:
            break
        worst = max(hopeful, key=lambda parent: (-tried.get(parent, 0), beyond[parent], -parent))
        group = _neighbourhood(graph, family.parent, worst, tried.get(worst, 0))
        tried[worst] = tried.get(worst, 0) + 1
        turn += 1
        inside = int(np.isin(family.parent, group).sum())
        work += inside
        if inside >= UNITS_PER_CHILD * np.isin(family.parent_of, group).sum():
            search = effort.again(len(band.target) + turn, effort.factor)
            family = _divided_anew(graph, load, family, group, band, search)
    return family


def _neighbourhood(graph: UnitGraph, parent: Ints, centre: int, attempt: int) -> Ints:
    """The parents to divide anew with one: each neighbour by itself in turn, then ever more.

    Neighbours come in the order of the boundary that they share with it, longest first.
    """
    left, right, at = graph.pairs()
    count = int(parent.max()) + 1
    near = np.array([centre])
    shared_m = np.zeros(count)
    one, other = parent[left], parent[right]
    for here, there in ((one, other), (other, one)):
        across = (here == centre) & (there != centre)
        # A bridge has no length, and is a way all the same.
        shared_m += np.bincount(there[across], graph.shared_m[at[across]] + 1e-6, count)
    neighbours = np.argsort(-np.round(shared_m, 3), kind="stable")[: int((shared_m > 0).sum())]
    if attempt < len(neighbours):
        return np.array([centre, neighbours[attempt]])
    for _ in range(1 + (attempt - len(neighbours)) // 2):
        touching = np.isin(one, near) | np.isin(other, near)
        near = np.unique(np.concatenate([near, one[touching], other[touching]]))
    return near


def _divided_anew(
    graph: UnitGraph, load: Floats, family: Family, group: Ints, band: Band, effort: Effort
) -> Family:
    """Some parents divided together into children, and the children dealt out to the parents.

    As many children as before for each; the family as it was unless that is an improvement.
    """
    children = np.flatnonzero(np.isin(family.parent_of, group))
    inside = np.flatnonzero(np.isin(family.parent, group))
    smaller, inner = subgraph(graph, inside), _alike(band, len(children))
    part = partition(smaller, load[inside], inner, effort)
    number = np.full(len(band.target), -1, np.int64)
    number[children] = np.arange(len(children))
    before = outside_band(load[inside], number[family.child[inside]], inner).sum()
    if not outside_band(load[inside], part, inner).sum() < before:
        return family
    wanted = np.bincount(family.parent_of)[group]
    dealt = partition(
        contract(smaller, part),
        np.ones(len(children)),
        Band.around(wanted.astype(np.float64), 0.01),
        effort,
    )
    if (np.bincount(dealt, minlength=len(group)) != wanted).any():
        return family
    parent, child, parent_of = family.parent.copy(), family.child.copy(), family.parent_of.copy()
    child[inside] = children[part]
    parent[inside] = group[dealt[part]]
    parent_of[children] = group[dealt]
    return Family(parent=parent, child=child, parent_of=parent_of)
