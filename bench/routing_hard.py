"""Input where routing hurts: a million grids, one grid of 100,000 vertices, points beside edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from shapely.ops import split

from bench.routing_data import CENTRE, DECIMALS, RADIUS_DEG

METRES_A_DEGREE = 111_320.0
CORNERS_AN_EDGE = 7  # a crooked street front


def crooked_lattice(side: int, rng: np.random.Generator) -> np.ndarray:
    """side × side grids with crooked common edges, about 30 vertices each, in random order."""
    step = 2 * RADIUS_DEG / side
    x, y = np.meshgrid(np.arange(side + 1.0), np.arange(side + 1.0))
    corner = np.stack((x, y), axis=-1) + rng.uniform(-0.2, 0.2, (side + 1, side + 1, 2))
    across = _crooked(corner[:, :-1], corner[:, 1:], rng)
    up = _crooked(corner[:-1], corner[1:], rng)
    rings = np.concatenate(
        (
            across[:-1, :, :-1],
            up[:, 1:, :-1],
            across[1:, :, :0:-1],
            up[:, :-1, :0:-1],
        ),
        axis=2,
    ).reshape(side * side, -1, 2)
    rings = np.round(rings * step - RADIUS_DEG + CENTRE, DECIMALS)
    closed = np.concatenate((rings, rings[:, :1]), axis=1)
    return shapely.polygons(closed)[rng.permutation(side * side)]


def _crooked(start: np.ndarray, end: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Lines (…, CORNERS_AN_EDGE + 2, 2) that leave the straight one by a fortieth at the most."""
    share = np.linspace(0, 1, CORNERS_AN_EDGE + 2)[:, None]
    line = start[..., None, :] + (end - start)[..., None, :] * share
    line[..., 1:-1, :] += rng.uniform(-0.025, 0.025, line[..., 1:-1, :].shape)
    return line


def coast(vertices: int, rng: np.random.Generator) -> np.ndarray:
    """One grid with so many vertices, and three that share the land around it."""
    angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    radius = 0.6 * RADIUS_DEG * (1 + 0.2 * np.sin(5 * angle) + 0.1 * np.sin(23 * angle))
    radius *= 1 + rng.uniform(-0.01, 0.01, vertices)
    ring = np.stack((radius * np.cos(angle), radius * np.sin(angle)), axis=1) + CENTRE
    bay = shapely.Polygon(np.round(ring, 9))
    x, y, r = *CENTRE, RADIUS_DEG
    land = [
        shapely.box(x - r, y - r, x, y + r),
        shapely.box(x, y - r, x + r, y),
        shapely.box(x, y, x + r, y + r),
    ]
    return np.array([bay, *shapely.difference(land, bay)])


def beside_edges(
    number: int, grids: np.ndarray, within_m: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """So many points, all of them within so many metres of a boundary."""
    corners, of = shapely.get_coordinates(grids, return_index=True)
    start = np.flatnonzero(of[1:] == of[:-1])
    length = np.hypot(*(corners[start + 1] - corners[start]).T)
    chosen = start[rng.choice(len(start), number, p=length / length.sum())]
    places = corners[chosen] + (corners[chosen + 1] - corners[chosen]) * rng.random((number, 1))
    angle, off = rng.uniform(0, 2 * np.pi, number), rng.uniform(0, within_m, number)
    places[:, 0] += off * np.cos(angle) / METRES_A_DEGREE / np.cos(np.radians(CENTRE[1]))
    places[:, 1] += off * np.sin(angle) / METRES_A_DEGREE
    return np.ascontiguousarray(places[:, 0]), np.ascontiguousarray(places[:, 1])


def halved(grids: np.ndarray, number: int, rng: np.random.Generator) -> list[dict[int, Any]]:
    """So many edits one after another: half of a grid goes to a neighbour of that half."""
    grids = grids.copy()
    tree = shapely.STRtree(grids)
    edits: list[dict[int, Any]] = []
    while len(edits) < number:
        giver = int(rng.integers(len(grids)))
        x = shapely.centroid(grids[giver]).x
        cut = shapely.LineString([(x, CENTRE[1] - 1), (x, CENTRE[1] + 1)])
        pieces = np.array(split(grids[giver], cut).geoms, object)
        for taker in tree.query(grids[giver]).tolist():
            beside = shapely.length(shapely.intersection(pieces, grids[taker])) > 0
            if taker == giver or not beside.any() or beside.all():
                continue
            change = {
                taker: shapely.union_all([grids[taker], *pieces[beside]]),
                giver: shapely.union_all(pieces[~beside]),
            }
            if all(_is_area(shape) for shape in change.values()):
                edits.append(change)
                for position, shape in change.items():
                    grids[position] = shape
                break
    return edits


def _is_area(shape: Any) -> bool:
    return shape.geom_type in ("Polygon", "MultiPolygon") and shape.is_valid
