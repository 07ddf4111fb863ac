"""How large the demo city is: its sub-districts with their codes, people and grids."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from gis.demo.buildings import apportion
from gis.demo.layout import share_cells
from gis.errors import InputError

Scale = Literal["sub-districts", "district", "city"]
FOLDER = Path(__file__).parent
QINLING, TONGBAI = "410102004", "410102005"
TONGBAI_AREA_M2 = 4_430_000
# From the newspaper report that describes both (population of Qinling Road: invented).
REPORTED = {QINLING: (66_210, 11, 44), TONGBAI: (103_889, 23, 60)}
PEOPLE = {"district": 1_000_000, "city": 10_000_000}


@dataclass(frozen=True, slots=True, kw_only=True)
class SubDistrict:
    """A sub-district with its real code and name, and the size that the demo gives it."""

    code: str
    name: str
    name_en: str
    district: str
    district_en: str
    pop: int
    level_2: int
    level_3: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Sub-districts of a scale, and the one that owns each cell of the lattice of main roads."""

    sub_districts: tuple[SubDistrict, ...]
    owners: npt.NDArray[np.int64]


def facts(name: str) -> list[dict[str, str]]:
    """The rows of a table of facts beside this module: `sub_districts` or `communities`."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def extent(scale: str, rng: np.random.Generator) -> Extent:
    """What lies in a scale. Raises InputError `demo-scale-unknown`."""
    if scale not in get_args(Scale):
        raise InputError("demo-scale-unknown", scale=scale, known=", ".join(get_args(Scale)))
    rows = facts("sub_districts")
    if scale == "sub-districts":
        chosen = [row for row in rows if row["code"] in REPORTED]
        parts = tuple(_sized(row, REPORTED[row["code"]]) for row in reversed(chosen))
        return Extent(sub_districts=parts, owners=_SIDE_BY_SIDE)
    if scale == "district":
        rows = [row for row in rows if row["code"].startswith("410102")]
    others = [row for row in rows if row["code"] not in REPORTED]
    left = PEOPLE[scale] - sum(pop for pop, _, _ in REPORTED.values())
    drawn = apportion(left, rng.lognormal(0, 0.3, len(others)))
    communities = Counter(row["code"][:9] for row in facts("communities"))
    sizes = dict(REPORTED)
    for row, pop in zip(others, drawn.tolist(), strict=True):
        level_2 = communities.get(row["code"]) or max(2, round(pop / 5200))
        sizes[row["code"]] = (pop, level_2, max(level_2, round(pop / 1750)))
    parts = tuple(_sized(row, sizes[row["code"]]) for row in rows)
    # A cell between main roads has about 0.37 km²; outer parts of the city are less dense.
    cells = PEOPLE[scale] / (16_000 if scale == "city" else 20_000) / 0.37
    side = round(cells**0.5)
    given = {TONGBAI: 12.0, QINLING: 8.0}
    per_head = (side * (side + 1) - sum(given.values())) / left
    weights = [given.get(part.code, part.pop * per_head) for part in parts]
    return Extent(sub_districts=parts, owners=share_cells(side, side + 1, weights))


def _sized(row: dict[str, str], size: tuple[int, int, int]) -> SubDistrict:
    pop, level_2, level_3 = size
    return SubDistrict(**row, pop=pop, level_2=level_2, level_3=level_3)


# Tongbai Road (0) in the west, Qinling Road (1) in the east, row 0 in the south.
_SIDE_BY_SIDE = np.array([[0, 0, 0, 0, 1], [0, 0, 0, 1, 1], [0, 0, 0, 1, 1], [0, 0, 1, 1, 1]])
