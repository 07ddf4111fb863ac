"""Buildings of every kind of block, in rows that face south, and the people who live in them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fabric:
    """How a zone is built: sizes in metres, floors from-to, ground floor area of one household.

    `flat_m2` 0 means that nobody lives there. `loose` is the share of plots left open.
    """

    length_m: float
    depth_m: float
    gap_m: float
    pitch_m: float
    floors: tuple[int, int]
    flat_m2: float
    persons: float
    inset_m: float = 7.0
    loose: float = 0.08
    twist_deg: float = 0.0


FABRICS: dict[str, Fabric] = {
    "old": Fabric(length_m=38, depth_m=11, gap_m=6, pitch_m=23.5, floors=(3, 6), flat_m2=92,
                  persons=2.5, inset_m=5),
    "estate": Fabric(length_m=25, depth_m=15, gap_m=14, pitch_m=36, floors=(8, 18), flat_m2=122,
                     persons=2.7, inset_m=8, loose=0.12),
    "village": Fabric(length_m=11.5, depth_m=10.5, gap_m=2.2, pitch_m=13.2, floors=(3, 6),
                      flat_m2=62, persons=1.9, inset_m=3.2, loose=0.10, twist_deg=2.5),
    "factory": Fabric(length_m=58, depth_m=27, gap_m=15, pitch_m=42, floors=(1, 2), flat_m2=2400,
                      persons=2.0, inset_m=10, loose=0.22),
    "commerce": Fabric(length_m=38, depth_m=21, gap_m=9, pitch_m=32, floors=(4, 14), flat_m2=640,
                       persons=2.0, inset_m=7, loose=0.14),
    "school": Fabric(length_m=46, depth_m=13, gap_m=14, pitch_m=38, floors=(3, 5), flat_m2=0,
                     persons=0, inset_m=7, loose=0.35),
    "hospital": Fabric(length_m=48, depth_m=17, gap_m=12, pitch_m=36, floors=(5, 12), flat_m2=0,
                       persons=0, inset_m=9, loose=0.15),
    "market": Fabric(length_m=48, depth_m=8.5, gap_m=5, pitch_m=15, floors=(1, 2), flat_m2=420,
                     persons=2.2, inset_m=6, loose=0.05),
    "site": Fabric(length_m=28, depth_m=17, gap_m=24, pitch_m=48, floors=(3, 18), flat_m2=3500,
                   persons=3.0, inset_m=12, loose=0.30),
}  # fmt: skip
# A unit is at least a building, and a grid of 1,500 people is balanced with units of a sixth.
MOST_IN_A_BUILDING = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """n buildings: outlines in metres, the face of each, floors, and how many could live there."""

    outlines: npt.NDArray[Any]
    face: Ints
    floors: Ints
    capacity: Floats


def build(
    shapes: Sequence[shapely.Polygon], zones: Sequence[str], rng: np.random.Generator
) -> Built:
    """Stand buildings on faces, each within its face at the distance that its zone keeps."""
    kinds = np.array(zones)
    corners: list[Floats] = []
    owners: list[Ints] = []
    floors: list[Ints] = []
    inner: npt.NDArray[Any] = np.array(shapes, dtype=object)
    for zone, fabric in FABRICS.items():
        chosen = np.flatnonzero(kinds == zone)
        inner[chosen] = shapely.buffer(inner[chosen], -fabric.inset_m, join_style="mitre")
        for k in chosen.tolist():
            if inner[k].is_empty:
                continue
            plots = _plots(shapes[k], inner[k], fabric, rng)
            corners.append(plots)
            owners.append(np.full(len(plots), k))
            floors.append(_floors(fabric, len(plots), rng))
    outlines: npt.NDArray[Any] = np.asarray(shapely.polygons(np.concatenate(corners)))
    face, storeys = np.concatenate(owners), np.concatenate(floors)
    shapely.prepare(inner)
    stands = shapely.contains(inner[face], outlines)
    outlines, face, storeys = outlines[stands], face[stands], storeys[stands]
    kept = kinds[face]
    flat = np.array([FABRICS[zone].flat_m2 or np.inf for zone in kinds[face]])
    persons = np.array([FABRICS[zone].persons for zone in kept])
    households = storeys * shapely.area(outlines) / flat
    capacity = households * persons * rng.lognormal(0, 0.12, len(face))
    return Built(outlines=outlines, face=face, floors=storeys, capacity=capacity)


def _floors(fabric: Fabric, count: int, rng: np.random.Generator) -> Ints:
    """One height for a compound, a little up and down: they were built in one go."""
    low, high = fabric.floors
    usual = rng.integers(low, high + 1)
    spread = 1 if high - low < 8 else 3
    drawn = usual + rng.integers(-spread, spread + 1, count)
    floors: Ints = np.clip(drawn, low, high).astype(np.int64)
    return floors


def _plots(
    shape: shapely.Polygon, inner: shapely.Polygon, fabric: Fabric, rng: np.random.Generator
) -> Floats:
    """Corners (n, 5, 2) of all rectangles of a face's rows, those over the edge included."""
    ring = shapely.get_coordinates(shape)
    steps = np.diff(ring, axis=0)
    longest = steps[np.argmax(np.hypot(steps[:, 0], steps[:, 1]))]
    # Rows run along the longest side, or across it if that is nearer to east and west.
    turn = math.atan2(longest[1], longest[0])
    turn = (turn + math.pi / 4) % (math.pi / 2) - math.pi / 4
    along, up = (
        np.array([math.cos(turn), math.sin(turn)]),
        np.array([-math.sin(turn), math.cos(turn)]),
    )
    local = shapely.get_coordinates(inner) @ np.column_stack([along, up])
    (left, low), (right, high) = local.min(axis=0), local.max(axis=0)
    length_m = fabric.length_m * rng.uniform(0.82, 1.18)
    depth_m = fabric.depth_m * rng.uniform(0.92, 1.08)
    pitch_m = max(fabric.pitch_m * rng.uniform(0.92, 1.1), depth_m + 1.5)
    length_m = min(length_m, max(right - left - 0.5, 8.0))
    rows = max(1, int((high - low - depth_m) / pitch_m) + 1)
    columns = max(1, int((right - left + fabric.gap_m) / (length_m + fabric.gap_m)))
    # What is left over is shared out, so that rows do not huddle at one side of the compound.
    start_y = low + depth_m / 2 + max(0.0, (high - low - depth_m - (rows - 1) * pitch_m) / 2)
    spare = right - left - columns * length_m - (columns - 1) * fabric.gap_m
    start_x = left + length_m / 2 + max(0.0, spare / 2)
    x, y = np.meshgrid(
        start_x + np.arange(columns) * (length_m + fabric.gap_m),
        start_y + np.arange(rows) * pitch_m,
    )
    if fabric.gap_m > 12:
        x = x + rng.uniform(-0.3, 0.3, (rows, 1)) * fabric.gap_m
    x, y = x.ravel(), y.ravel()
    kept = rng.random(len(x)) >= fabric.loose
    x, y = x[kept], y[kept]
    wide = length_m / 2 * rng.uniform(0.9, 1.0, len(x))
    deep = depth_m / 2 * rng.uniform(0.9, 1.0, len(x))
    twist = np.radians(fabric.twist_deg) * rng.standard_normal(len(x))
    unit = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)], float)
    box = unit[None] * np.stack([wide, deep], axis=1)[:, None]
    cos, sin = np.cos(twist)[:, None], np.sin(twist)[:, None]
    px = x[:, None] + box[..., 0] * cos - box[..., 1] * sin
    py = y[:, None] + box[..., 0] * sin + box[..., 1] * cos
    corners: Floats = px[..., None] * along + py[..., None] * up
    return corners


def apportion(total: int, weights: Floats) -> Ints:
    """Whole numbers in proportion to weights that add up to `total` (largest remainders)."""
    exact = weights * (total / weights.sum())
    counts: Ints = np.floor(exact).astype(np.int64)
    rest = int(total - counts.sum())
    counts[np.argsort(-(exact - counts), kind="stable")[:rest]] += 1
    return counts


def settle(built: Built, owner: Ints, people: Sequence[int]) -> tuple[Ints, Ints, Ints]:
    """People, households and floors of each building.

    `owner` is the sub-district of each building; its people add up to `people[owner]` exactly.
    """
    pop = np.zeros(len(owner), np.int64)
    floors = built.floors.copy()
    for number, total in enumerate(people):
        here = np.flatnonzero(owner == number)
        room_for = built.capacity[here]
        for _ in range(6):
            room_for = np.minimum(room_for * (total / room_for.sum()), MOST_IN_A_BUILDING)
        pop[here] = apportion(total, room_for)
        room = float(np.clip(total / built.capacity[here].sum(), 0.75, 1.5))
        tall = here[built.floors[here] >= 4]
        floors[tall] = np.maximum(np.round(built.floors[tall] * room), 3).astype(np.int64)
    share = np.divide(pop, built.capacity, out=np.zeros(len(pop)), where=built.capacity > 0)
    persons = np.clip(2.6 * share**0.2, 1.9, 3.2)
    households = np.where(pop > 0, np.maximum(np.round(pop / persons), 1), 0).astype(np.int64)
    return pop, households, floors
