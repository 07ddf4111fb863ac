"""Synthetic input of the routing benchmark: a city's partition, and clustered points over it."""

from __future__ import annotations

import numpy as np
import shapely
from scipy.spatial import KDTree

CENTRE = (113.65, 34.76)
RADIUS_DEG = 0.14  # about 13 km
CELLS_A_GRID = 40  # small cells that make a grid, so that its boundary is ragged like streets
DECIMALS = 7


def partition(number: int, rng: np.random.Generator) -> np.ndarray:
    """So many polygons in degrees that tile a disc: small crooked cells, merged by nearness.

    Numbered in random order, so that neighbours have unrelated codes.
    """
    side = int(np.sqrt(CELLS_A_GRID * number * 4 / np.pi)) + 1
    step = 2 * RADIUS_DEG / side
    x, y = np.meshgrid(np.arange(side + 1.0), np.arange(side + 1.0))
    # Corners moved by less than half a cell keep every cell simple, and neighbours matched.
    corners = np.stack((x, y), axis=-1) + rng.uniform(-0.4, 0.4, (side + 1, side + 1, 2))
    corners = np.round(corners * step - RADIUS_DEG + CENTRE, DECIMALS)
    rings = np.stack(
        (corners[:-1, :-1], corners[:-1, 1:], corners[1:, 1:], corners[1:, :-1]), axis=2
    ).reshape(-1, 4, 2)
    middles = rings.mean(axis=1)
    near = np.hypot(*(middles - CENTRE).T) < RADIUS_DEG
    cells, middles = shapely.polygons(rings[near]), middles[near]
    seeds = middles[rng.choice(len(middles), number, replace=False)]
    owner = KDTree(seeds).query(middles)[1]
    by_owner = np.argsort(owner, kind="stable")
    starts = np.flatnonzero(np.diff(owner[by_owner], prepend=-1))
    shares = np.split(by_owner, starts[1:])
    grids = np.array([shapely.coverage_union_all(cells[share]) for share in shares])
    return grids[rng.permutation(len(grids))]


def points(
    number: int, grids: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """So many points: 70 % in clusters, 27 % evenly spread, 2 % around the city, and 1 % exactly
    on vertices and middles of edges, as incidents snapped to streets are."""
    corners, of = shapely.get_coordinates(grids, return_index=True)
    start = rng.integers(0, len(corners) - 1, number // 50)
    start = start[of[start] == of[start + 1]][: number // 100]
    half = len(start) // 2
    edges = (corners[start[half:]] + corners[start[half:] + 1]) / 2
    around, even = number // 50, number * 27 // 100
    clustered = number - around - even - len(start)
    centres = rng.normal(0, RADIUS_DEG / 2.5, (250, 2)) + CENTRE
    spread = rng.uniform(0.001, 0.012, 250)
    weight = rng.pareto(1.2, 250) + 0.2
    chosen = rng.choice(250, clustered, p=weight / weight.sum())
    places = np.vstack(
        (
            corners[start[:half]],
            edges,
            centres[chosen] + rng.normal(0, 1, (clustered, 2)) * spread[chosen, None],
            rng.uniform(-RADIUS_DEG, RADIUS_DEG, (even, 2)) + CENTRE,
            rng.uniform(-1.3 * RADIUS_DEG, 1.3 * RADIUS_DEG, (around, 2)) + CENTRE,
        )
    )
    places = places[rng.permutation(len(places))]
    return np.ascontiguousarray(places[:, 0]), np.ascontiguousarray(places[:, 1])
