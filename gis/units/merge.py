"""Slivers (median strips, scraps of a cut) joined to the neighbour that they touch most."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyproj

from gis.geometry import Floats
from gis.units.faces import Edges, Geometries, Ints, areas_m2, in_order, merged, shared_edges


@dataclass(frozen=True, slots=True, kw_only=True)
class Merging:
    """groups: int64 (faces,), the unit 0…n-1 of each face. merged: how many slivers were joined.

    alone: bool (faces,), slivers that touch nothing of their zone.
    """

    groups: Ints
    merged: int
    alone: npt.NDArray[np.bool_]


def merge_slivers(
    edges: Edges,
    *,
    area_m2: Floats,
    weight: Floats,
    zone: Ints,
    min_area_m2: float,
    min_width_m: float,
) -> Merging:
    """Join each face that is too small or too thin to a neighbour, the smallest first.

    A face is a sliver if its area is below `min_area_m2` or its width, 2 · area / perimeter,
    below `min_width_m`. It goes to the neighbour of the same zone with which it shares the
    longest line, preferring one that stays within the limits (weight ≤ 1, see
    `gis.units.options.Limits`). A sliver without a neighbour in its zone stays, and is told.
    """
    count = len(area_m2)
    areas, weights = area_m2.tolist(), weight.tolist()
    touching: list[dict[int, float]] = [{} for _ in range(count)]
    perimeter = edges.outer_m.tolist()
    for left, right, length in zip(
        edges.left.tolist(), edges.right.tolist(), edges.length_m.tolist(), strict=True
    ):
        perimeter[left] += length
        perimeter[right] += length
        if zone[left] == zone[right]:
            touching[left][right] = touching[right][left] = length
    parent = list(range(count))

    def is_sliver(face: int) -> bool:
        return bool(areas[face] < min_area_m2 or 2 * areas[face] < min_width_m * perimeter[face])

    queue = [(areas[face], face) for face in range(count) if is_sliver(face)]
    heapq.heapify(queue)
    joined = 0
    alone = np.zeros(count, bool)
    while queue:
        area, face = heapq.heappop(queue)
        if parent[face] != face or area != areas[face] or not is_sliver(face):
            continue
        neighbours = touching[face]
        if not neighbours:
            alone[face] = True
            continue
        host = max(
            neighbours,
            key=lambda other: (weights[other] + weights[face] <= 1, neighbours[other], -other),
        )
        parent[face] = host
        joined += 1
        areas[host] += areas[face]
        weights[host] += weights[face]
        perimeter[host] += perimeter[face] - 2 * neighbours[host]
        del touching[host][face]
        for other, length in neighbours.items():
            if other == host:
                continue
            del touching[other][face]
            total = touching[host].get(other, 0.0) + length
            touching[host][other] = touching[other][host] = total
        touching[face] = {}
        if is_sliver(host):
            heapq.heappush(queue, (areas[host], host))
    roots = [_root(parent, face) for face in range(count)]
    _, groups = np.unique(np.asarray(roots, np.int64), return_inverse=True)
    return Merging(groups=groups.ravel().astype(np.int64), merged=joined, alone=alone)


def _root(parent: list[int], face: int) -> int:
    while parent[face] != face:
        parent[face] = parent[parent[face]]
        face = parent[face]
    return face


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """units in order of place, with their zone; merged as in Merging, alone per unit."""

    units: Geometries
    zone: Ints
    merged: int
    alone: npt.NDArray[np.bool_]


def without_slivers(
    faces: Geometries,
    zone: Ints,
    weight: Floats,
    *,
    crs: pyproj.CRS,
    min_area_m2: float,
    min_width_m: float,
) -> Joined:
    """The coverage `faces` with slivers joined by the rule of `merge_slivers`."""
    merging = merge_slivers(
        shared_edges(faces, crs),
        area_m2=areas_m2(faces, crs),
        weight=weight,
        zone=zone,
        min_area_m2=min_area_m2,
        min_width_m=min_width_m,
    )
    units = merged(faces, merging.groups)
    zones, alone = np.zeros(len(units), np.int64), np.zeros(len(units), bool)
    zones[merging.groups] = zone
    alone[merging.groups[merging.alone]] = True
    order = in_order(units)
    return Joined(units=units[order], zone=zones[order], merged=merging.merged, alone=alone[order])
