"""The board that a draft is drawn on: units with what counts in them, and edges between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.errors import InfeasibleError
from gis.planning.adjacency.edges import NO_CLASS, OUTER
from gis.planning.adjacency.graph import UnitGraph, assemble, sums
from gis.planning.adjacency.streets import ARTERIAL, COST_BY_CLASS, COST_WITHOUT_STREET
from gis.planning.balance import parse_balance

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Edges:
    """Edges between units by position: `left` < `right`, `right` -1 where no unit is beyond. `cls`
    is the class of what runs along, -1 for nothing; `clear` where that makes a clear boundary."""

    id: Ints
    left: Ints
    right: Ints
    length_m: Floats
    cls: Ints

    @property
    def outer(self) -> Bools:
        return np.asarray(self.right == OUTER)

    @property
    def clear(self) -> Bools:
        return np.asarray(self.cls >= ARTERIAL)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Board:
    """n units in the order of their ids. Numbers of one set of units, never changed.

    `lon`, `lat`: a place inside (WGS 84). `load`: what the plan balances. `incidents`: expected a
    year. `perimeter_m`: the sum of the unit's edges. The compounds of unit u, numbered from 0, are
    `compound[compound_start[u]:compound_start[u + 1]]`; `compound_name` names them. `graph` has the
    same neighbours as the edges.
    """

    unit_id: Ints
    code: npt.NDArray[Any]
    lon: Floats
    lat: Floats
    pop: Ints
    households: Ints
    area_m2: Floats
    load: Floats
    incidents: Floats
    perimeter_m: Floats
    compound_start: Ints
    compound: Ints
    compound_name: npt.NDArray[Any]
    edges: Edges
    graph: UnitGraph

    @property
    def size(self) -> int:
        return len(self.unit_id)

    @property
    def compound_unit(self) -> Ints:
        """The unit of each entry of `compound`."""
        return np.repeat(np.arange(self.size), np.diff(self.compound_start))

    def positions(self, unit_ids: Sequence[int] | Ints) -> Ints:
        """Where units stand on the board; -1 for those that are not on it."""
        wanted = np.asarray(unit_ids, np.int64)
        if not self.size:
            return np.full(len(wanted), -1)
        at = np.minimum(np.searchsorted(self.unit_id, wanted), self.size - 1)
        return np.where(self.unit_id[at] == wanted, at, -1)


def make_board(
    *,
    unit_id: Ints,
    code: npt.NDArray[Any],
    lon: Floats,
    lat: Floats,
    pop: Ints,
    households: Ints,
    area_m2: Floats,
    incidents: Floats,
    compound_of: Ints,
    compound_name: npt.NDArray[Any],
    edges: Edges,
    balance: str,
) -> Board:
    """A board from columns in the order of `unit_id`, which ascends.

    `compound_of` (unit ids) and `compound_name`: which compounds are where. `balance` may speak of
    `pop`, `households`, `area` and `incidents`; where one of these sums to nothing, there is no
    load to share out. Raises InputError as `gis.planning.balance` does.
    """
    size = len(unit_id)
    inner = ~edges.outer
    perimeter_m = sums(edges.left, edges.length_m, size)
    perimeter_m += sums(edges.right[inner], edges.length_m[inner], size)
    columns = {
        "pop": pop.astype(np.float64),
        "households": households.astype(np.float64),
        "area": area_m2,
        "incidents": incidents,
    }
    rate = np.where(edges.cls == NO_CLASS, COST_WITHOUT_STREET, COST_BY_CLASS[edges.cls])
    graph = assemble(
        edges.left[inner],
        edges.right[inner],
        edges.length_m[inner],
        area_m2=area_m2,
        perimeter_m=perimeter_m,
        cost=(edges.length_m * rate)[inner],
        arterial_m=(edges.length_m * edges.clear)[inner],
    )
    of = np.searchsorted(unit_id, compound_of)
    names, number = np.unique(np.asarray(compound_name, str), return_inverse=True)
    order = np.lexsort((number, of))
    start = np.zeros(size + 1, np.int64)
    np.cumsum(np.bincount(of, minlength=size), out=start[1:])
    return Board(
        unit_id=unit_id,
        code=code,
        lon=lon,
        lat=lat,
        pop=pop,
        households=households,
        area_m2=area_m2,
        load=_load(balance, columns, size),
        incidents=incidents,
        perimeter_m=perimeter_m,
        compound_start=start,
        compound=np.asarray(number[order], np.int64),
        compound_name=names,
        edges=edges,
        graph=graph,
    )


def _load(balance: str, columns: Mapping[str, Floats], size: int) -> Floats:
    try:
        return parse_balance(balance).load(columns)
    except InfeasibleError:
        return np.zeros(size)
