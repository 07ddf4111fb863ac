"""Mini-grids drawn as text: a character is a unit of 100 m by 100 m, a digit its population."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from gis.planning.adjacency.graph import UnitGraph, components
from gis.planning.model import Units

CELL_M = 100.0


def cells(text: str) -> list[tuple[int, int, str]]:
    """(row, column, character) of each unit; blanks are no land."""
    rows = text.strip("\n").split("\n")
    return [
        (r, c, char) for r, line in enumerate(rows) for c, char in enumerate(line) if char != " "
    ]


def units(text: str, **columns: list[float]) -> Units:
    """Units of a drawing; north is up."""
    drawn = cells(text)
    boxes = [
        shapely.box(c * CELL_M, -(r + 1) * CELL_M, (c + 1) * CELL_M, -r * CELL_M)
        for r, c, _ in drawn
    ]
    pop = [float(char) if char.isdigit() else 1.0 for _, _, char in drawn]
    return Units(
        unit_id=np.array([f"u{r}-{c}" for r, c, _ in drawn], object),
        polygons=np.array(boxes, object),
        columns={"pop": np.array(pop), **{k: np.array(v, float) for k, v in columns.items()}},
    )


def names(text: str) -> list[str]:
    """The character of each unit, as a name."""
    return [char for _, _, char in cells(text)]


def city(width: int, height: int, seed: int = 0) -> Units:
    """A jittered lattice of blocks, some merged, with uneven population: an exact coverage."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.arange(width + 1.0), np.arange(height + 1.0))
    points = np.stack([x, y], axis=-1) * CELL_M + rng.uniform(-30, 30, (height + 1, width + 1, 2))
    blocks: list[Any] = []
    for r in range(height):
        for c in range(width):
            corners = [points[r, c], points[r, c + 1], points[r + 1, c + 1], points[r + 1, c]]
            blocks.append(shapely.Polygon(corners))
    return Units(
        unit_id=np.array([f"b{i:05d}" for i in range(len(blocks))], object),
        polygons=np.array(blocks, object),
        columns={"pop": np.round(rng.lognormal(4, 0.7, len(blocks)))},
    )


def pieces(graph: UnitGraph, labels: np.ndarray[Any, Any]) -> int:
    """How many connected pieces all grids have together: one each if all are whole."""
    left, right, _ = graph.pairs()
    same = labels[left] == labels[right]
    return int(components(graph.size, left[same], right[same]).max()) + 1
