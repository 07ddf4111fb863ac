"""Polygons drawn elsewhere laid over the units: which grid each unit goes to, which are cut.

Whatever is drawn by hand misses the units' edges by some metres. What a polygon covers of a unit
by less than a share of it, or by less than a width, is a sliver and moves nothing. A unit through
which an edge truly runs is cut along it. All measures are in metres of a metric projection, all
shapes in WGS 84 on the stored grid of coordinates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from gis.geometry import from_metric, to_metric
from gis.planning.overlay_cuts import Cut, cut_units
from gis.progress import Progress, silent
from gis.units.faces import shared_edges

Geometries = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

Kind = Literal["duplicate", "overlap", "gap", "sliver", "missing", "outside", "split", "lost"]
NOTICED_M2 = 1.0  # smaller faults are rounding
SAME = 0.99  # two polygons that have so much in common are one, drawn twice
COVERED = 0.5  # a unit of which less is covered belongs to no polygon
# Units that no polygon covers are handed on, unless together they are as large as a grid may be.
AS_A_GRID = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayRule:
    """What is too small to cut a unit for: less than a share of it, or thinner than a width."""

    sliver_share: float = 0.02
    sliver_width_m: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something found in the polygons: where (WGS 84), how large, between which of them.

    duplicate: the same polygon twice, the later one left out. overlap: land in two polygons, given
    to the one that has more of the unit. gap: land in no polygon inside units that are covered: it
    goes with the rest. sliver: land that a unit keeps though it lies in another polygon. missing:
    units that no polygon covers, `handed_on` or left in no grid. outside: land of a polygon that is
    no unit's. split: a unit cut in pieces. lost: a polygon that got no unit.
    """

    kind: Kind
    lon: float
    lat: float
    area_m2: float
    polygons: tuple[int, ...] = ()
    units: tuple[int, ...] = ()
    handed_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """polygon_of: int64 (units,), the polygon that each whole unit goes to, −1 for none (also for
    those in `cuts`); cuts: units that are replaced by pieces; faults: as found, the largest first.
    """

    polygon_of: Ints
    cuts: Sequence[Cut] = field(default=())
    faults: Sequence[Fault] = field(default=())


def overlay(
    units: Geometries,
    polygons: Geometries,
    crs: pyproj.CRS,
    *,
    rule: OverlayRule | None = None,
    progress: Progress = silent,
) -> Overlay:
    """Lay `polygons` over `units`, a valid coverage, both in WGS 84; `crs` is metric.

    After it every unit, or every piece of it, is in one polygon or in none: there is no gap and no
    overlap, however the polygons were drawn. Pieces tile their unit exactly.
    """
    rule = rule or OverlayRule()
    progress("plan-import-step-overlay", 0.0)
    flat_units, flat = to_metric(units, crs), to_metric(polygons, crs)
    area = shapely.area(flat_units)
    faults: list[Fault] = []
    kept = _without_twins(polygons, flat, faults)
    unit, polygon, common, shape = _common(flat_units, flat, kept)
    progress("plan-import-step-overlay", 0.4)
    covered = _covered(unit, shape, common, len(units))
    candidate = _candidates(common, area[unit], shape, rule)
    best = _best(unit, polygon, common, len(units))
    best[covered < COVERED * area] = -1
    several = np.bincount(unit[candidate], minlength=len(units)) > 1
    several &= covered >= COVERED * area
    cuts = cut_units(
        units, several, unit[candidate], polygon[candidate], common[candidate], polygons, crs,
        share=rule.sliver_share, width_m=rule.sliver_width_m,
    )  # fmt: skip
    progress("plan-import-step-overlay", 0.8)
    cut_up = {cut.unit for cut in cuts}
    _note_overlaps(flat, kept, faults, crs)
    _note_rest(unit, polygon, common, shape, best, cut_up, faults, crs)
    _note_gaps(flat_units, area, covered, best, unit, shape, faults, crs)
    result = best.copy()
    result[sorted(cut_up)] = -1
    _hand_on(units, flat, area, result, cuts, faults, crs)
    for cut in cuts:
        between = tuple(sorted(set(cut.polygon.tolist())))
        faults.append(
            _fault("split", units[cut.unit], area[cut.unit], polygons=between, units=(cut.unit,))
        )
    _note_outside(flat_units, flat, kept, faults, crs)
    used = set(result.tolist()) | {int(p) for cut in cuts for p in cut.polygon}
    for lost in sorted(set(np.flatnonzero(kept).tolist()) - used):
        faults.append(_fault("lost", polygons[lost], shapely.area(flat[lost]), polygons=(lost,)))
    progress("plan-import-step-overlay", 1.0)
    faults.sort(key=lambda one: (one.kind, -one.area_m2, one.lon, one.lat))
    return Overlay(polygon_of=result, cuts=cuts, faults=faults)


def _fault(kind: Kind, shape: Any, area_m2: float, **more: Any) -> Fault:
    point = shapely.point_on_surface(shape)
    return Fault(kind=kind, lon=float(point.x), lat=float(point.y), area_m2=float(area_m2), **more)


def _flat_fault(kind: Kind, shape: Any, crs: pyproj.CRS, **more: Any) -> Fault:
    return _fault(kind, from_metric(shapely.point_on_surface(shape), crs), shape.area, **more)


def _without_twins(
    polygons: Geometries, flat: Geometries, faults: list[Fault]
) -> npt.NDArray[np.bool_]:
    """Which polygons count: of those that are the same only the first."""
    kept = np.ones(len(polygons), bool)
    one, other = shapely.STRtree(flat).query(flat, predicate="intersects")
    later = one < other
    one, other = one[later], other[later]
    size = shapely.area(flat)
    alike = np.minimum(size[one], size[other]) > SAME * np.maximum(size[one], size[other])
    for first, second in sorted(zip(one[alike].tolist(), other[alike].tolist(), strict=True)):
        if not (kept[first] and kept[second]):
            continue
        if flat[first].intersection(flat[second]).area > SAME * size[first]:
            kept[second] = False
            faults.append(
                _fault("duplicate", polygons[second], size[second], polygons=(first, second))
            )
    return kept


def _common(
    flat_units: Geometries, flat: Geometries, kept: npt.NDArray[np.bool_]
) -> tuple[Ints, Ints, Floats, Geometries]:
    """Pairs of a unit and a polygon with land in common, its area and its shape."""
    tree, number = shapely.STRtree(flat_units), np.flatnonzero(kept)
    shapely.prepare(flat)
    whole_p, whole_u = tree.query(flat[number], predicate="contains")
    any_p, any_u = tree.query(flat[number], predicate="intersects")
    inside = set(zip(whole_p.tolist(), whole_u.tolist(), strict=True))
    pairs = zip(any_p.tolist(), any_u.tolist(), strict=True)
    part = np.array([pair not in inside for pair in pairs], bool)
    shapes = np.concatenate(
        [
            flat_units[whole_u],
            shapely.intersection(flat_units[any_u[part]], flat[number[any_p[part]]]),
        ]
    )
    unit = np.concatenate([whole_u, any_u[part]]).astype(np.int64)
    polygon = number[np.concatenate([whole_p, any_p[part]])].astype(np.int64)
    size = shapely.area(shapes)
    some = size > 0
    order = np.lexsort((polygon[some], unit[some]))
    return unit[some][order], polygon[some][order], size[some][order], shapes[some][order]


def _covered(unit: Ints, shape: Geometries, common: Floats, count: int) -> Floats:
    """How much of each unit any polygon covers."""
    covered = np.bincount(unit, common, count).astype(np.float64)
    for number in np.flatnonzero(np.bincount(unit, minlength=count) > 1):
        low, high = np.searchsorted(unit, [number, number + 1])
        covered[number] = shapely.union_all(shape[low:high]).area
    return covered


def _candidates(
    common: Floats, area: Floats, shape: Geometries, rule: OverlayRule
) -> npt.NDArray[np.bool_]:
    """Which pairs have more than a sliver in common."""
    enough = common >= rule.sliver_share * area
    wide = np.zeros(len(common), bool)
    wide[enough] = ~shapely.is_empty(shapely.buffer(shape[enough], -rule.sliver_width_m / 2))
    return wide


def _best(unit: Ints, polygon: Ints, common: Floats, count: int) -> Ints:
    """The polygon that has most of each unit, the first of equals; −1 where none has any."""
    best = np.full(count, -1, np.int64)
    order = np.lexsort((-polygon, common, unit))
    best[unit[order]] = polygon[order]  # of repeated places the last one counts
    return best


def _note_overlaps(flat: Geometries, kept: Any, faults: list[Fault], crs: pyproj.CRS) -> None:
    number = np.flatnonzero(kept)
    one, other = shapely.STRtree(flat[number]).query(flat[number], predicate="intersects")
    later = one < other
    one, other = number[one[later]], number[other[later]]
    both = shapely.intersection(flat[one], flat[other])
    for place in np.flatnonzero(shapely.area(both) > NOTICED_M2):
        pair = (int(one[place]), int(other[place]))
        faults.append(_flat_fault("overlap", both[place], crs, polygons=pair))


def _note_rest(
    unit: Ints, polygon: Ints, common: Floats, shape: Geometries, best: Ints, cut_up: set[int],
    faults: list[Fault], crs: pyproj.CRS,
) -> None:  # fmt: skip
    """Slivers: what whole units keep though it lies in another polygon only."""
    other = (polygon != best[unit]) & (common > NOTICED_M2) & (best[unit] >= 0)
    for place in np.flatnonzero(other):
        number = int(unit[place])
        if number in cut_up:
            continue
        low, high = np.searchsorted(unit, [number, number + 1])
        own = shape[low:high][polygon[low:high] == best[number]]
        alone = shapely.difference(shape[place], own[0])
        if alone.area > NOTICED_M2:
            faults.append(_flat_fault("sliver", alone, crs, polygons=(int(polygon[place]),
                                                                     int(best[number])),
                                      units=(number,)))  # fmt: skip


def _note_gaps(
    flat_units: Geometries, area: Floats, covered: Floats, best: Ints,
    unit: Ints, shape: Geometries, faults: list[Fault], crs: pyproj.CRS,
) -> None:  # fmt: skip
    """Land in no polygon inside units that belong to one."""
    bare = (best >= 0) & (area - covered > NOTICED_M2)
    for number in np.flatnonzero(bare):
        low, high = np.searchsorted(unit, [number, number + 1])
        left = shapely.difference(flat_units[number], shapely.union_all(shape[low:high]))
        if left.area > NOTICED_M2:
            faults.append(_flat_fault("gap", left, crs, polygons=(int(best[number]),),
                                      units=(int(number),)))  # fmt: skip


def _note_outside(
    flat_units: Geometries, flat: Geometries, kept: Any, faults: list[Fault], crs: pyproj.CRS
) -> None:
    land = shapely.coverage_union_all(flat_units)
    shapely.prepare(land)
    for number in np.flatnonzero(kept):
        left = shapely.difference(flat[number], land)
        if left.area > NOTICED_M2:
            faults.append(_flat_fault("outside", left, crs, polygons=(int(number),)))


def _hand_on(
    units: Geometries, flat: Geometries, area: Floats, result: Ints, cuts: Sequence[Cut],
    faults: list[Fault], crs: pyproj.CRS,
) -> None:  # fmt: skip
    """Give units that no polygon covers to the neighbour with the longest shared boundary, unless
    they make up a whole grid that is missing."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    bare = result < 0
    bare[sorted(cut.unit for cut in cuts)] = False
    if not bare.any():
        return
    edges = shared_edges(units, crs)
    both = bare[edges.left] & bare[edges.right]
    links = coo_matrix(
        (np.ones(both.sum(), np.int8), (edges.left[both], edges.right[both])), (len(units),) * 2
    )
    cluster = connected_components(links, directed=False)[1]
    least = AS_A_GRID * float(np.median(shapely.area(flat)))
    for number in np.unique(cluster[bare]):
        members = np.flatnonzero((cluster == number) & bare)
        size = float(area[members].sum())
        done = size < least and _fill(members, edges, result)
        largest = members[int(area[members].argmax())]
        faults.append(
            _fault("missing", units[largest], size, units=tuple(members.tolist()), handed_on=done)
        )


def _fill(members: Ints, edges: Any, result: Ints) -> bool:
    """Fill units from their edge inwards; whether all of them got a polygon."""
    waiting = set(members.tolist())
    while waiting:
        near = np.isin(edges.left, list(waiting)) ^ np.isin(edges.right, list(waiting))
        gains: dict[tuple[int, int], float] = {}
        for left, right, length in zip(
            edges.left[near].tolist(), edges.right[near].tolist(), edges.length_m[near].tolist(),
            strict=True,
        ):  # fmt: skip
            mine, other = (left, right) if left in waiting else (right, left)
            if result[other] >= 0:
                key = (mine, int(result[other]))
                gains[key] = gains.get(key, 0.0) + length
        if not gains:
            return False
        (mine, polygon), _ = max(gains.items(), key=lambda item: (item[1], item[0]))
        result[mine] = polygon
        waiting.discard(mine)
    return True
