"""A drawn line through units: pieces that tile them exactly, their people, and the two sides.

All geometry is WGS 84. Pieces get their corners from one arrangement of all outlines and the line,
so that they meet each other to the last digit; `with_vertices` gives the same corners to whatever
lies beside them. Where the line passes a corner by less than a centimetre it goes through it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.errors import InfeasibleError, InputError
from gis.units.people import locate, whole_numbers

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Geometries = npt.NDArray[Any]

SNAP_DEG = 1e-7  # a corner nearer than this to the line is on it
ON_LINE_DEG = 1e-9  # what is nearer to a line than this is on it but for rounding
LEAST_PIECE_M2 = 2.0
LEAST_WIDTH_M = 0.3
M_PER_DEG = 111_320.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Housing:
    """Buildings by a place in each: n places (lon, lat), their people and households, and their
    floor space, by which people are shared where nobody knows where they live."""

    places: Floats
    people: Floats
    households: Floats
    floor_m2: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceCounts:
    """What each piece of a unit has of it; the sums are the unit's."""

    population: Ints
    households: Ints
    area_m2: Floats


def line_of(points: Sequence[Sequence[float]]) -> shapely.LineString:
    """The line through these places. Raises InputError `draft-line-invalid`."""
    xy = np.asarray(points, np.float64).reshape(-1, 2)
    kept = np.ones(len(xy), bool)
    kept[1:] = (xy[1:] != xy[:-1]).any(axis=1)
    xy = xy[kept]
    if len(xy) < 2:
        raise InputError("draft-line-invalid")
    return shapely.LineString(xy)


def shape_of(points: Sequence[Sequence[float]]) -> shapely.Polygon:
    """The ground within a ring of places, which need not be closed. Raises InputError
    `draft-line-invalid`, also for a ring that crosses itself."""
    shape = shapely.Polygon(shapely.get_coordinates(line_of([*points, points[0]])))
    if not shape.is_valid or shape.area == 0:
        raise InputError("draft-line-invalid")
    return shape


def are_within(polygons: Sequence[Any], shape: shapely.Polygon) -> npt.NDArray[np.bool_]:
    """Which polygons lie within a shape whose outline does not cut them."""
    places = shapely.point_on_surface(np.asarray(polygons, object))
    return np.asarray(shapely.intersects(shape, places), bool)


def pieces_of(polygons: Geometries, line: shapely.LineString) -> list[list[Any]]:
    """For each polygon of a coverage the pieces into which a line cuts it, one where it does not.

    Scraps go with the piece beside them. Raises InfeasibleError `draft-cut-failed` where an outline
    is too knotted to be cut.
    """
    outlines = shapely.union_all(shapely.boundary(polygons))
    faces = _faces(outlines, line)
    owner = locate(polygons, shapely.point_on_surface(faces))
    found: list[list[Any]] = []
    for number, polygon in enumerate(polygons):
        mine = [faces[at] for at in np.flatnonzero(owner == number)]
        joined = _without_scraps(mine)
        ground = float(shapely.area(np.array(joined, object)).sum())
        if abs(ground - polygon.area) > 1e-7 * polygon.area:
            raise InfeasibleError("draft-cut-failed")
        found.append(joined if len(joined) > 1 else [polygon])
    return found


def new_corners(polygon: Any, pieces: Sequence[Any]) -> Floats:
    """Corners (k, 2) that pieces have on the outline of their polygon, and it has not."""
    outline = shapely.boundary(polygon)
    corners = np.unique(shapely.get_coordinates(np.asarray(pieces, object)), axis=0)
    known = {tuple(corner) for corner in shapely.get_coordinates(outline).tolist()}
    new = np.array([tuple(corner) not in known for corner in corners.tolist()], bool)
    near = shapely.distance(shapely.points(corners), outline) <= ON_LINE_DEG
    return np.asarray(corners[new & near], np.float64)


def with_vertices(polygon: Any, corners: Floats) -> Any:
    """The same polygon with these corners too, wherever they lie on its outline."""
    at = shapely.points(corners)
    corners = corners[shapely.distance(at, shapely.boundary(polygon)) <= ON_LINE_DEG]
    if len(corners) == 0:
        return polygon
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(polygon)]
    noded = [_ring_with(ring, corners) for ring in rings]
    if sum(map(len, noded)) == sum(map(len, rings)):
        return polygon
    return shapely.Polygon(noded[0], noded[1:])


def counts_of(
    pieces: Sequence[Any], housing: Housing, *, population: int, households: int, area_m2: float
) -> PieceCounts:
    """What the pieces of a unit get of its people, households and area.

    People go by the people of the buildings, where these are known, else by their floor space, and
    where no building stands by area.
    """
    ground = shapely.area(np.asarray(pieces, object))
    areas = area_m2 * ground / ground.sum()
    areas[-1] = area_m2 - areas[:-1].sum()
    at = _nearest(pieces, housing.places)
    known = [np.bincount(at, values, len(pieces)) if len(at) else np.zeros(len(pieces))
             for values in (housing.people, housing.households, housing.floor_m2)]  # fmt: skip
    by_people, by_households, by_floor = (np.asarray(one, np.float64) for one in known)
    by_ground = by_floor if by_floor.sum() > 0 else ground
    by = by_people if by_people.sum() > 0 else by_ground
    homes = by_households if by_households.sum() > 0 else by
    return PieceCounts(
        population=_shared(population, by), households=_shared(households, homes), area_m2=areas
    )


def sides_of(polygons: Geometries, line: shapely.LineString) -> npt.NDArray[np.bool_]:
    """On which side of a line each polygon of a coverage lies that the line does not cut.

    Sides change wherever the line is crossed. All the same: the line parts nothing.
    """
    whole = shapely.union_all(polygons)
    faces = _faces(shapely.boundary(whole), line)
    inner = shapely.intersects(whole, shapely.point_on_surface(faces))
    faces = faces[inner]
    side = np.full(len(faces), -1)
    crossings = _crossings(faces, line)
    for first in range(len(faces)):
        if side[first] >= 0:
            continue
        side[first], waiting = 0, [first]
        while waiting:
            one = waiting.pop()
            for other in crossings[one]:
                if side[other] < 0:
                    side[other] = 1 - side[one]
                    waiting.append(other)
    at = locate(faces, shapely.point_on_surface(polygons))
    return np.asarray(side[at] == 1)


def _crossings(faces: Geometries, line: shapely.LineString) -> list[list[int]]:
    """The faces that each has beyond the line."""
    beyond: list[list[int]] = [[] for _ in faces]
    one, other = shapely.STRtree(faces).query(faces, predicate="touches")
    common = shapely.intersection(shapely.boundary(faces[one]), shapely.boundary(faces[other]))
    along = shapely.length(common) > SNAP_DEG
    places = shapely.line_interpolate_point(shapely.line_merge(common), 0.5, normalized=True)
    along &= shapely.distance(places, line) <= 2 * SNAP_DEG
    for a, b in zip(one[along].tolist(), other[along].tolist(), strict=True):
        beyond[a].append(b)
    return beyond


def _faces(outlines: Any, line: Any) -> Geometries:
    """The faces between outlines and a line, which goes through each corner that it passes."""
    noded = shapely.union_all([outlines, line])
    corners = shapely.get_coordinates(outlines)
    ends = _segments(noded)
    xy, place = np.unique(ends.reshape(-1, 2), axis=0, return_inverse=True)
    tree = shapely.STRtree(np.asarray(shapely.points(corners), object))
    near = tree.query_nearest(shapely.points(xy), max_distance=SNAP_DEG, all_matches=False)
    snapped = xy.copy()
    snapped[near[0]] = corners[near[1]]
    segments = snapped[place.reshape(-1)].reshape(-1, 2, 2)
    segments = segments[(segments[:, 0] != segments[:, 1]).any(axis=1)]
    lines = shapely.union_all(shapely.linestrings(segments))
    return np.asarray(shapely.get_parts(shapely.polygonize(shapely.get_parts(lines))), object)


def _segments(lines: Any) -> Floats:
    parts = shapely.get_parts(lines)
    xy, part = shapely.get_coordinates(parts, return_index=True)
    same = part[1:] == part[:-1]
    return np.stack([xy[:-1][same], xy[1:][same]], axis=1)


def _without_scraps(faces: list[Any]) -> list[Any]:
    """Pieces worth having, from west to east: scraps are joined to what they share most with."""
    left = sorted(faces, key=lambda face: tuple(shapely.bounds(face)))
    while len(left) > 1:
        scrap = next((face for face in left if _is_scrap(face)), None)
        if scrap is None:
            break
        others = np.array([face for face in left if face is not scrap], object)
        common = shapely.length(
            shapely.intersection(shapely.boundary(scrap), shapely.boundary(others))
        )
        best = int(np.argmax(common))
        joined = shapely.coverage_union_all(np.array([others[best], scrap], object))
        parts = shapely.get_parts(joined)
        left = [*(face for at, face in enumerate(others) if at != best), *parts]
        if len(parts) > 1:  # nothing in common but a corner
            break
    return sorted(left, key=lambda face: tuple(shapely.bounds(face)))


def _is_scrap(face: Any) -> bool:
    shrink = np.cos(np.radians(shapely.bounds(face)[1]))
    flat = shapely.transform(face, lambda xy: xy * (M_PER_DEG * shrink, M_PER_DEG))
    return bool(flat.area < LEAST_PIECE_M2 or 2 * flat.area < LEAST_WIDTH_M * flat.length)


def _ring_with(ring: Floats, corners: Floats) -> Floats:
    """A closed ring with corners inserted in the segments that they lie on.

    Of corners in one place, and real units have some that differ in their last digit, the one that
    lies best on the ring is taken, and none where the ring has one already.
    """
    start, along = ring[:-1], ring[1:] - ring[:-1]
    length2 = np.maximum((along**2).sum(axis=1), 1e-300)
    found: list[tuple[float, int, float, Floats]] = []
    for corner in corners:
        share = np.clip(((corner - start) * along).sum(axis=1) / length2, 0, 1)
        off = np.hypot(*(start + share[:, None] * along - corner).T)
        at = int(np.argmin(off))
        if off[at] <= ON_LINE_DEG:
            found.append((float(off[at]), at, float(share[at]), corner))
    known = start
    inserted: dict[int, list[tuple[float, Floats]]] = {}
    for _, at, place, corner in sorted(found, key=lambda one: (one[:3], *one[3].tolist())):
        if np.hypot(*(known - corner).T).min() > ON_LINE_DEG:
            known = np.concatenate([known, corner[None]])
            inserted.setdefault(at, []).append((place, corner))
    parts: list[Floats] = []
    for number in range(len(start)):
        parts.append(start[number : number + 1])
        parts += [c[None] for _, c in sorted(inserted.get(number, ()), key=lambda one: one[0])]
    return np.concatenate([*parts, ring[:1]])


def _nearest(pieces: Sequence[Any], places: Floats) -> Ints:
    """The piece that each place lies in, or else is nearest to."""
    if len(places) == 0:
        return np.zeros(0, np.int64)
    tree = shapely.STRtree(np.asarray(pieces, object))
    return np.asarray(tree.nearest(shapely.points(places)), np.int64)


def _shared(total: int, weights: Floats) -> Ints:
    return whole_numbers(total * weights / weights.sum())
