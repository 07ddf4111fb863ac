"""What the locator is measured against: rational arithmetic, and maps made to be difficult."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import shapely


def touches(polygon, x: float, y: float) -> bool:
    """Whether the place is inside the polygon or on its boundary, in rational numbers."""
    px, py = Fraction(x), Fraction(y)
    inside = False
    for part in shapely.get_parts(polygon):
        for ring in shapely.get_rings(part):
            corners = [
                (Fraction(a), Fraction(b)) for a, b in shapely.get_coordinates(ring).tolist()
            ]
            for (ax, ay), (bx, by) in pairwise(corners):
                turn = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
                in_box = min(ax, bx) <= px <= max(ax, bx) and min(ay, by) <= py <= max(ay, by)
                if turn == 0 and in_box:
                    return True
                if (ay > py) != (by > py) and (turn > 0) == (by > ay):
                    inside = not inside
    return inside


def owners(polygons, codes, lon, lat) -> np.ndarray:
    """For each place the position of the smallest code among the polygons that touch it, or -1."""
    by_code = sorted(range(len(codes)), key=lambda i: codes[i])
    boxes = shapely.bounds(np.asarray(polygons, object))
    answer = []
    for x, y in zip(np.asarray(lon).tolist(), np.asarray(lat).tolist(), strict=True):
        found = -1
        for i in by_code:
            west, south, east, north = boxes[i]
            if west <= x <= east and south <= y <= north and touches(polygons[i], x, y):
                found = i
                break
        answer.append(found)
    return np.array(answer, np.int32)


def lattice(columns: int, rows: int, jitter: float, rng: np.random.Generator) -> np.ndarray:
    """Quadrilaterals that tile a rectangle, their inner corners moved by up to `jitter`."""
    x, y = np.meshgrid(np.arange(columns + 1.0), np.arange(rows + 1.0))
    shift = rng.uniform(-jitter, jitter, (2, rows + 1, columns + 1))
    shift[:, [0, -1]] = 0
    shift[:, :, [0, -1]] = 0
    x, y = x + shift[0], y + shift[1]
    corner = np.stack((x, y), axis=-1)
    rings = np.stack(
        (corner[:-1, :-1], corner[:-1, 1:], corner[1:, 1:], corner[1:, :-1], corner[:-1, :-1]), 2
    )
    return shapely.polygons(rings.reshape(-1, 5, 2))


def merged(cells: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """One (multi)polygon for each owner: enclaves, islands and touching corners come by chance."""
    return np.array([shapely.coverage_union_all(cells[owner == k]) for k in np.unique(owner)])


def moved(polygons: np.ndarray, scale: float, x: float, y: float) -> np.ndarray:
    """The same polygons at another scale and place: other roundings."""
    return shapely.transform(polygons, lambda xy: xy * scale + np.array([x, y]))


def difficult_places(polygons: np.ndarray, rng: np.random.Generator, number: int) -> np.ndarray:
    """Vertices, places on edges, their neighbours one double away, and heights of vertices."""
    corners, of = shapely.get_coordinates(polygons, return_index=True)
    start = rng.integers(0, len(corners) - 1, number)
    start = start[of[start] == of[start + 1]]
    share = rng.random(len(start))[:, None]
    a, b = corners[start], corners[start + 1]
    exact = np.vstack((a, (a + b) / 2, a * (1 - share) + b * share))
    places = [exact]
    for dx in (-1, 0, 1):
        for dy in (-1, 0, 1):
            near = exact.copy()
            if dx:
                near[:, 0] = np.nextafter(near[:, 0], dx * np.inf)
            if dy:
                near[:, 1] = np.nextafter(near[:, 1], dy * np.inf)
            places.append(near)
    west, south, east, north = shapely.total_bounds(polygons)
    for axis, low, high in ((0, south, north), (1, west, east)):
        level = a.copy()
        level[:, 1 - axis] = rng.uniform(low, high, len(level))
        places.append(level)
    every = np.vstack(places)
    return every[rng.permutation(len(every))]
