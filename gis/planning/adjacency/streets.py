"""What it costs to run a grid boundary along each piece of unit boundary: streets and water.

A boundary along an arterial or a river is clear to everybody and cheap; one through a compound,
where no street runs, is dear. The class of a piece is that of the best street close to its middle.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.errors import InputError
from gis.planning.adjacency.graph import UnitGraph, boundary_segments, segment_keys, sums, without

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# Classes 0 (unknown) to 6 (motorway, trunk); RIVER stands for water and railways.
ARTERIAL, RIVER = 4, 7
COST_BY_CLASS = np.array([1.0, 1.0, 0.9, 0.75, 0.6, 0.5, 0.5, 0.5])
COST_WITHOUT_STREET = 1.3
HIGHWAY_CLASSES = {
    "motorway": 6, "trunk": 6, "primary": 5, "secondary": 4, "tertiary": 3, "residential": 2,
    "unclassified": 2, "living_street": 2, "service": 1,
}  # fmt: skip
NEAR_M = 12.0
MOST_CLARITY = 10.0
# A pair is severed where a line runs along more than this share of its boundary.
SEVERED = 0.5


def street_classes(
    highway: npt.NDArray[Any] | None, number: npt.NDArray[Any] | None, clear: Bools
) -> Ints:
    """Classes 0 to 7 from OSM `highway` values, or from numbers already in that scale.

    `clear` marks rivers, railways and walls. Raises InputError `plan-streets-without-class` where
    nothing tells a class.
    """
    if number is not None:
        values = np.nan_to_num(np.asarray(number, float))
        classes = np.clip(values, 0, RIVER).astype(np.int64)
    elif highway is not None:
        names = [str(value).removesuffix("_link") for value in highway]
        classes = np.array([HIGHWAY_CLASSES.get(name, 0) for name in names], np.int64)
    elif clear.any():
        classes = np.zeros(len(clear), np.int64)
    else:
        raise InputError("plan-streets-without-class")
    return np.where(clear, RIVER, classes)


def classes_near(x: Floats, y: Floats, lines: npt.NDArray[Any], classes: Ints) -> Ints:
    """The class of the best line within `NEAR_M` of each place, -1 where there is none."""
    class_of = np.full(len(x), -1, np.int64)
    if len(lines):
        # Piece by piece: a street through the whole city is near to everything by its box alone.
        xy, of = shapely.get_coordinates(lines, return_index=True)
        along = np.flatnonzero(of[1:] == of[:-1])
        pieces = shapely.linestrings(np.stack([xy[along], xy[along + 1]], axis=1))
        tree = shapely.STRtree(np.asarray(pieces, object))
        places = np.asarray(shapely.points(x, y), object)
        at, piece = tree.query(places, predicate="dwithin", distance=NEAR_M)
        np.maximum.at(class_of, at, classes[of[along[piece]]])
    return class_of


def cost_by_streets(
    graph: UnitGraph, polygons: npt.NDArray[Any], lines: npt.NDArray[Any], classes: Ints
) -> UnitGraph:
    """The graph with `cost` and `arterial_m` from streets in the same metric projection."""
    segments = boundary_segments(polygons)
    x, y = (segments.x0 + segments.x1) / 2, (segments.y0 + segments.y1) / 2
    class_of = classes_near(x, y, lines, classes)
    length_m = segments.length_m()
    factor = np.where(class_of < 0, COST_WITHOUT_STREET, COST_BY_CLASS[np.maximum(class_of, 0)])
    arterial = class_of >= ARTERIAL
    left, right, at = graph.pairs()
    keys = segment_keys(segments)
    order = np.lexsort((segments.unit, keys))
    same = np.flatnonzero(keys[order][1:] == keys[order][:-1])
    one, other = order[same], order[same + 1]
    pair = np.searchsorted(left * graph.size + right, _pair(graph, segments.unit, one, other))
    pair = np.minimum(pair, len(left) - 1)
    known = (left * graph.size + right)[pair] == _pair(graph, segments.unit, one, other)
    pair, one = pair[known], one[known]
    found_m = sums(pair, length_m[one], len(left))
    cost = sums(pair, length_m[one] * factor[one], len(left))
    arterial_m = sums(pair, length_m[one] * arterial[one], len(left))
    # Stretches matched loosely take the mean of the pair, or no street where nothing is known.
    mean = np.divide(cost, found_m, out=np.full(len(left), COST_WITHOUT_STREET), where=found_m > 0)
    share = np.divide(arterial_m, found_m, out=np.zeros(len(left)), where=found_m > 0)
    return _with(graph, at, mean * graph.shared_m[at], share * graph.shared_m[at])


def clearer(graph: UnitGraph, clarity: float) -> UnitGraph:
    """The graph with the costs of streets weighed: 0 counts metres only, 1 is as given, more
    prefers arterials more. Raises InputError `plan-clarity-invalid`."""
    if not 0 <= clarity <= MOST_CLARITY:
        raise InputError("plan-clarity-invalid", clarity=str(clarity))
    rate = np.divide(
        graph.cost, graph.shared_m, out=np.ones(len(graph.cost)), where=graph.shared_m > 0
    )
    return replace(graph, cost=graph.shared_m * rate**clarity)


def sever(graph: UnitGraph, polygons: npt.NDArray[Any], lines: npt.NDArray[Any]) -> UnitGraph:
    """The graph without pairs that share most of their boundary with a line: no grid joins them.

    `lines` are in the same metric projection. The units themselves are not cut.
    """
    along = cost_by_streets(graph, polygons, lines, np.full(len(lines), RIVER))
    _, _, at = graph.pairs()
    return without(graph, along.arterial_m[at] > SEVERED * graph.shared_m[at])


def _pair(graph: UnitGraph, unit: Ints, one: Ints, other: Ints) -> Ints:
    a, b = unit[one], unit[other]
    return np.asarray(np.minimum(a, b) * graph.size + np.maximum(a, b), np.int64)


def _with(graph: UnitGraph, at: Ints, cost: Floats, arterial_m: Floats) -> UnitGraph:
    """The values of each pair written to both of its directions."""
    source = np.repeat(np.arange(graph.size), np.diff(graph.start))
    keys = np.minimum(source, graph.neighbour) * graph.size + np.maximum(source, graph.neighbour)
    place = np.searchsorted(keys[at], keys)
    return replace(graph, cost=cost[place], arterial_m=arterial_m[place])
