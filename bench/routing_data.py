"""Synthetic input of the routing benchmark: a city's partition, and clustered points over it."""

from __future__ import annotations

import numpy as np
import shapely
from scipy.spatial import KDTree, Voronoi

CENTRE = (113.65, 34.76)
RADIUS_DEG = 0.14  # about 13 km
CELLS_A_GRID = 40  # small cells that make a grid, so that its boundary is ragged like streets
DECIMALS = 7


def partition(number: int, rng: np.random.Generator) -> np.ndarray:
    """About so many polygons in degrees that tile a disc: small Voronoi cells, merged by nearness.

    Numbered in random order, so that neighbours have unrelated codes.
    """
    inside = RADIUS_DEG * np.sqrt(rng.random((CELLS_A_GRID * number, 1)))
    angle = rng.uniform(0, 2 * np.pi, (len(inside), 1))
    sites = inside * np.hstack((np.cos(angle), np.sin(angle))) + CENTRE
    ring = np.linspace(0, 2 * np.pi, 64 + int(8 * np.sqrt(len(sites))), endpoint=False)
    gap = RADIUS_DEG * (1 + 2 / np.sqrt(len(sites)))
    fence = gap * np.column_stack((np.cos(ring), np.sin(ring))) + CENTRE
    far = 3 * RADIUS_DEG * np.column_stack((np.cos(ring[::8]), np.sin(ring[::8]))) + CENTRE
    diagram = Voronoi(np.vstack((sites, fence, far)))
    corners = np.round(diagram.vertices, DECIMALS)
    regions = [diagram.regions[diagram.point_region[k]] for k in range(len(sites))]
    sizes = np.array([len(region) for region in regions])
    ring_of = np.repeat(np.arange(len(regions)), sizes + 1)
    order = np.concatenate([[*region, region[0]] for region in regions])
    cells = shapely.polygons(shapely.linearrings(corners[order], indices=ring_of))
    sound = shapely.is_valid(cells)  # rounding may crush a tiny cell: its neighbours get a gap
    cells, sites = cells[sound], sites[sound]
    seeds = sites[rng.choice(len(sites), number, replace=False)]
    owner = KDTree(seeds).query(sites)[1]
    by_owner = np.argsort(owner, kind="stable")
    starts = np.flatnonzero(np.diff(owner[by_owner], prepend=-1))
    grids = np.array(
        [shapely.coverage_union_all(cells[share]) for share in np.split(by_owner, starts[1:])]
    )
    grids = grids[shapely.is_valid(grids)]
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
