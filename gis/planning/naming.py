"""Ids for the grids of a plan made from files, where no code of the state is at hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.graph import sums
from gis.planning.codes import in_reading_order

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def name_grids(names: list[str | None], centres: Floats, parents: list[str | None]) -> list[str]:
    """Kept names as they are; others numbered west to east, north to south, inside their parent.

    A parent's 12-digit community code is followed by 3 digits, as the national rule wants it.
    """
    result = [name or "" for name in names]
    taken = set(result)
    for parent in sorted(set(parents), key=str):
        mine = [i for i, p in enumerate(parents) if p == parent]
        code = parent is not None and len(parent) == 12 and parent.isdigit()
        prefix = "G" if parent is None else parent if code else f"{parent}-"
        number = 0
        for place in in_reading_order(centres[mine]):
            grid = mine[int(place)]
            while not result[grid]:
                number += 1
                name = f"{prefix}{number:03d}"
                if name not in taken:
                    result[grid] = name
                    taken.add(name)
    return result


def centres(polygons: npt.NDArray[Any], labels: Ints, count: int) -> Floats:
    import shapely

    centre = shapely.centroid(polygons)
    area = shapely.area(polygons)
    total = np.maximum(sums(labels, area, count), 1e-300)
    x = sums(labels, shapely.get_x(centre) * area, count) / total
    y = sums(labels, shapely.get_y(centre) * area, count) / total
    return np.column_stack([x, y])
