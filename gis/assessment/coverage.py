"""Coverage of visits: of how many households somebody was, so that none counts twice.

A household that is named by a reference counts once in a period, however often it was visited. A
count without references is of households that were not visited before in the period; no record
can prove that, so what is claimed beyond the households of a grid is cut off and told. Rates of a
whole are taken from its sums, never averaged.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

UNKNOWN = -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Visited:
    """One number per grid or group.

    households: how many there are, as far as known. visited: of these, at most as many. named: how
    many of the visited are told apart by references. claimed: what the records say, visits to
    grids without a known number of households included. over: claimed beyond the households.
    unknown: grids whose number of households is not known, which are in no rate. rate: visited /
    households, NaN where there are none.
    """

    households: Ints
    visited: Ints
    named: Ints
    claimed: Ints
    over: Ints
    unknown: Ints

    @property
    def rate(self) -> Floats:
        of = np.where(self.households > 0, self.households, 1)
        return np.where(self.households > 0, self.visited / of, np.nan)

    def __len__(self) -> int:
        return len(self.households)


def visited_in(households: Ints, named: Ints, counted: Ints) -> Visited:
    """The coverage of n grids in a period.

    `households`: UNKNOWN where nobody has counted them. `named`: distinct references of households
    visited in it. `counted`: sums of the counts without references.
    """
    known = households != UNKNOWN
    there = np.where(known, households, 0)
    claimed = named + counted
    visited = np.minimum(claimed, there)
    return Visited(
        households=there,
        visited=visited,
        named=np.minimum(named, there),
        claimed=claimed,
        over=np.where(known, claimed - visited, 0),
        unknown=(~known).astype(np.int64),
    )


def summed(parts: Visited, group: Ints, groups: int) -> Visited:
    """The coverage of wholes: `group` tells of each part to which of 0 … groups - 1 it belongs."""

    def total(values: Ints) -> Ints:
        return np.bincount(group, weights=values, minlength=groups).astype(np.int64)

    return Visited(
        households=total(parts.households), visited=total(parts.visited),
        named=total(parts.named), claimed=total(parts.claimed), over=total(parts.over),
        unknown=total(parts.unknown),
    )  # fmt: skip
