"""The bones of the demo city: main roads, sub-districts, ring road, river, railway.

Works on a plane in metres (x east, y north) around the origin; `city` carries it to the place.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.demo.names import STREAMS, StreetNames
from gis.demo.planar import XY, Face, Line, Plane

Floats = npt.NDArray[np.float64]
SPACING_M = 620.0
CORRIDOR_M = 62.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bones:
    """What cuts across the main roads: rivers as (name, English name, course), railway courses."""

    rivers: list[tuple[str, str, list[XY]]]
    railways: list[list[XY]]


def lay_out(plane: Plane, owners: npt.NDArray[np.int64], rng: np.random.Generator) -> Bones:
    """Fill an empty plane with the main roads and what cuts across them.

    `owners[row, column]` is the sub-district of each cell between main roads, row 0 in the south.
    """
    rows, columns = owners.shape
    streets = StreetNames(rng)
    nodes = _nodes(rows, columns, rng)
    vertices = [[plane.add_vertex((x, y)) for x, y in row] for row in nodes]
    upward = [
        plane.add_line(_main_road(streets, i, columns, northward=True)) for i in range(columns + 1)
    ]
    across = [
        plane.add_line(_main_road(streets, j, rows, northward=False)) for j in range(rows + 1)
    ]
    east: dict[tuple[int, int], list[tuple[int, int]]] = {}
    north: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for j in range(rows + 1):
        for i in range(columns):
            east[j, i] = _bent(plane, vertices[j][i], vertices[j][i + 1], across[j], rng)
    for i in range(columns + 1):
        for j in range(rows):
            north[j, i] = _bent(plane, vertices[j][i], vertices[j + 1][i], upward[i], rng)
    for j in range(rows):
        for i in range(columns):
            sides = [
                *_forward(plane, east[j, i]), *_forward(plane, north[j, i + 1]),
                *_backward(plane, east[j + 1, i]), *_backward(plane, north[j, i]),
            ]  # fmt: skip
            plane.faces.append(
                Face(
                    ring=[v for v, _ in sides],
                    segments=[s for _, s in sides],
                    owner=int(owners[j, i]),
                )
            )
    return _cut_across(plane, nodes, rng)


def share_cells(rows: int, columns: int, weights: Sequence[float]) -> npt.NDArray[np.int64]:
    """Deal the cells of a lattice to owners 0, 1, … in proportion to weights, each part connected.

    Halves the lattice again and again, along its longer side, at whole or stepped columns.
    """
    owners = np.full((rows, columns), -1, np.int64)

    def deal(cells: list[tuple[int, int]], who: list[int]) -> None:
        if len(who) == 1:
            for cell in cells:
                owners[cell] = who[0]
            return
        half = len(who) // 2
        share = sum(weights[w] for w in who[:half]) / sum(weights[w] for w in who)
        count = min(max(round(share * len(cells)), half), len(cells) - (len(who) - half))
        tall = np.ptp([c[0] for c in cells]) >= np.ptp([c[1] for c in cells])
        for axis in (0, 1) if tall else (1, 0):
            ordered = sorted(cells, key=lambda c: (c[axis], c[1 - axis]))
            for shift in sorted(range(-columns - rows, columns + rows + 1), key=abs):
                cut = count + shift
                if half <= cut <= len(cells) - (len(who) - half) and all(
                    _connected(part) for part in (ordered[:cut], ordered[cut:])
                ):
                    deal(ordered[:cut], who[:half])
                    deal(ordered[cut:], who[half:])
                    return
        raise AssertionError("a connected set of cells can always be halved")

    deal([(j, i) for j in range(rows) for i in range(columns)], list(range(len(weights))))
    return owners


def _connected(cells: list[tuple[int, int]]) -> bool:
    left = set(cells)
    stack = [left.pop()]
    while stack:
        j, i = stack.pop()
        for cell in ((j + 1, i), (j - 1, i), (j, i + 1), (j, i - 1)):
            if cell in left:
                left.remove(cell)
                stack.append(cell)
    return not left


def _nodes(rows: int, columns: int, rng: np.random.Generator) -> list[list[XY]]:
    """Crossings of the main roads: uneven spacing, a smooth warp, a slight turn, some jitter."""
    xs = np.cumsum(np.r_[0.0, rng.uniform(0.78, 1.22, columns)]) * SPACING_M
    ys = np.cumsum(np.r_[0.0, rng.uniform(0.78, 1.22, rows)]) * SPACING_M
    x, y = np.meshgrid(xs - xs.mean(), ys - ys.mean())
    extent = max(float(np.ptp(xs)), float(np.ptp(ys)))
    waves = ((3.1 * SPACING_M, 48.0), (7.3 * SPACING_M, 95.0), (1.1 * extent, 0.022 * extent))
    dx, dy = np.zeros_like(x), np.zeros_like(y)
    for length_m, height_m in waves:
        k = math.tau / length_m
        for shift in (dx, dy):
            angle, phase = rng.uniform(0, math.tau, 2)
            shift[:] += height_m * np.sin(k * (x * math.cos(angle) + y * math.sin(angle)) + phase)
    x, y = x + dx + rng.normal(0, 22, x.shape), y + dy + rng.normal(0, 22, y.shape)
    turn = math.radians(rng.uniform(2, 5))
    east, north = x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)
    return [
        list(zip(a.tolist(), b.tolist(), strict=True)) for a, b in zip(east, north, strict=True)
    ]


def _main_road(streets: StreetNames, index: int, count: int, *, northward: bool) -> Line:
    ring = {1 if count < 8 else 4: 0, max(count - (1 if count < 8 else 4), 2): 1}
    if count >= 8 and index in ring:
        zh = ("西三环", "东三环") if northward else ("南三环", "北三环")
        en = ("West", "East") if northward else ("South", "North")
        return Line(
            kind="road", cls=6, name=zh[ring[index]], name_en=f"{en[ring[index]]} Third Ring Road"
        )
    if count < 8 and northward and index == 1:
        return Line(kind="road", cls=6, name="西三环", name_en="West Third Ring Road")
    zh_name, en_name = streets.main(index, northward)
    return Line(kind="road", cls=(5, 4, 4)[index % 3], name=zh_name, name_en=en_name)


def _bent(
    plane: Plane, a: int, b: int, line: int, rng: np.random.Generator
) -> list[tuple[int, int]]:
    """A main road between two crossings, slightly bent: (vertex, segment after it) in order."""
    (ax, ay), (bx, by) = plane.xy[a], plane.xy[b]
    length = math.dist((ax, ay), (bx, by))
    nx, ny = -(by - ay) / length, (bx - ax) / length
    bow = rng.normal(0, 0.02) * length
    path = [a]
    for t in (0.27, 0.5, 0.74):
        off = 4 * t * (1 - t) * bow + rng.normal(0, 2.0)
        path.append(
            plane.add_vertex((ax + t * (bx - ax) + off * nx, ay + t * (by - ay) + off * ny))
        )
    path.append(b)
    return list(zip(path[:-1], plane.add_segments(line, path), strict=True))


def _forward(plane: Plane, way: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return way


def _backward(plane: Plane, way: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same side walked the other way: each segment begins where it ended."""
    return [(plane.ends[segment][1], segment) for _, segment in reversed(way)]


def _cut_across(plane: Plane, nodes: list[list[XY]], rng: np.random.Generator) -> Bones:
    """Rivers with a road on either bank, a railway, and in large cities a slanting avenue."""
    xy = np.array(nodes)
    low, high = xy.reshape(-1, 2).min(axis=0) - 900, xy.reshape(-1, 2).max(axis=0) + 900
    width, height = high - low
    count = max(1, round(max(width, height) / 9000))
    rivers = []
    for k in range(count):
        zh, en = STREAMS[k % len(STREAMS)]
        at = 0.30 if count == 1 else (k + 0.5) / count
        course = _meander(
            (low[0] + at * width + 0.04 * width, high[1]),
            (low[0] + at * width - 0.10 * width, low[1]),
            rng, height_m=min(0.05 * width, 420.0), length_m=2600.0,
        )  # fmt: skip
        banks = [
            Line(kind="road", cls=3, name=f"{zh}{side}路", name_en=f"{en} {side_en} Road")
            for side, side_en in (("西", "West Bank"), ("东", "East Bank"))
        ]
        plane.cut(course, plane.add_line(Line(kind="river", cls=0, name=zh, name_en=en)))
        for bank, side_m in zip(banks, (CORRIDOR_M, -CORRIDOR_M), strict=True):
            plane.cut(_beside(course, side_m), plane.add_line(bank))
        rivers.append((zh, en, course))
    railways = []
    for k in range(max(1, count // 2)):
        at = 0.78 if count == 1 else (k + 0.5) / max(1, count // 2) + 0.06
        rail = _meander(
            (low[0], low[1] + (at - 0.10) * height), (high[0], low[1] + (at + 0.06) * height),
            rng, height_m=90.0, length_m=5200.0,
        )  # fmt: skip
        name = (
            ("陇海铁路", "Longhai Railway")
            if k == 0
            else (f"西环铁路{k}线", f"West Railway Line {k}")
        )
        plane.cut(rail, plane.add_line(Line(kind="rail", cls=0, name=name[0], name_en=name[1])))
        railways.append(rail)
    return Bones(rivers=rivers, railways=railways)


def _meander(
    start: Sequence[float], stop: Sequence[float], rng: np.random.Generator,
    *, height_m: float, length_m: float,
) -> list[XY]:  # fmt: skip
    """A smooth winding course between two places, a point every 70 m or so."""
    a, b = np.array(start, float), np.array(stop, float)
    length = float(np.linalg.norm(b - a))
    along = (b - a) / length
    aside = np.array([-along[1], along[0]])
    s = np.linspace(0, length, max(8, int(length / 70)))
    off = np.zeros_like(s)
    for share, stretch in ((1.0, 1.0), (0.45, 0.47)):
        phase = rng.uniform(0, math.tau)
        off += share * height_m * np.sin(math.tau * s / (length_m * stretch) + phase)
    points = a + s[:, None] * along + off[:, None] * aside
    return [(float(x), float(y)) for x, y in points]


def _beside(course: list[XY], side_m: float) -> list[XY]:
    """The course moved sideways, to its right for positive distances."""
    points = np.array(course)
    ahead = np.gradient(points, axis=0)
    ahead /= np.linalg.norm(ahead, axis=1)[:, None]
    moved = points + side_m * np.column_stack([ahead[:, 1], -ahead[:, 0]])
    return [(float(x), float(y)) for x, y in moved]
