"""From the faces between main roads to named blocks and compounds of different kinds.

Quarters of about ten hectares get a zone (old staff compounds, high-rise estates, urban villages,
factories, commerce, parks); each zone is cut further in its own way, by streets, lanes and walls.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from gis.demo.layout import CORRIDOR_M, Bones
from gis.demo.names import StreetNames
from gis.demo.planar import XY, Face, Line, Plane

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """How faces larger than `above_m2` are halved. `bend` is the sideways share of the length."""

    above_m2: float
    cls: int
    kind: str = "road"
    bend: float = 0.012
    tilt_deg: float = 2.5


QUARTERS = (Cut(above_m2=250_000, cls=4, tilt_deg=4), Cut(above_m2=120_000, cls=3, tilt_deg=4))
ZONES: dict[str, tuple[Cut, ...]] = {
    "old": (
        Cut(above_m2=46_000, cls=2), Cut(above_m2=22_000, cls=1),
        Cut(above_m2=10_500, cls=0, kind="wall", bend=0.0),
    ),
    "estate": (
        Cut(above_m2=64_000, cls=2, bend=0.02),
        Cut(above_m2=17_000, cls=0, kind="wall", bend=0.0),
    ),
    "village": (
        Cut(above_m2=40_000, cls=2, bend=0.02, tilt_deg=7),
        Cut(above_m2=3_400, cls=1, bend=0.03, tilt_deg=9),
    ),
    "factory": (
        Cut(above_m2=90_000, cls=2), Cut(above_m2=38_000, cls=0, kind="wall", bend=0.0),
    ),
    "commerce": (Cut(above_m2=34_000, cls=2), Cut(above_m2=12_000, cls=1)),
    "park": (),
    "green": (),
}  # fmt: skip
# Shares of the built area, the rarest first; what is left is old staff compounds.
SHARES = {"park": 0.045, "village": 0.085, "factory": 0.12, "commerce": 0.10, "estate": 0.27}
# Shares of the leaf faces of a zone that become something else.
INSERTS = (
    ("old", "school", 0.05), ("estate", "school", 0.04), ("old", "hospital", 0.012),
    ("old", "market", 0.03), ("village", "market", 0.02), ("estate", "site", 0.05),
    ("commerce", "site", 0.04),
)  # fmt: skip


def fill(plane: Plane, bones: Bones, rng: np.random.Generator) -> None:
    """Cut the faces between main roads into blocks and give each its zone and quarter."""
    names = StreetNames(rng)
    rivers = [shapely.LineString(course) for _, _, course in bones.rivers]
    quarters: list[Face] = []
    green: list[Face] = []
    for face in plane.faces:
        middle = plane.polygon(face).representative_point()
        area_m2 = plane.polygon(face).area
        if any(middle.distance(river) < CORRIDOR_M + 2 for river in rivers) or area_m2 < 2500:
            face.zone = "green"
            green.append(face)
        else:
            quarters.extend(_subdivide(plane, face, QUARTERS, names, rng))
    _zone(plane, quarters, bones, rng)
    plane.faces = green
    for number, quarter in enumerate(quarters):
        quarter.quarter = number
        cuts = ZONES[quarter.zone]
        plane.faces.extend(_subdivide(plane, quarter, cuts, names, rng) if cuts else [quarter])
    _insert(plane, rng)


def _zone(plane: Plane, quarters: list[Face], bones: Bones, rng: np.random.Generator) -> None:
    """Give quarters their zones by share of area, each zone in clusters where it belongs."""
    shapes = [plane.polygon(face) for face in quarters]
    areas = shapely.area(shapes)
    centres = shapely.get_coordinates(shapely.centroid(shapes))
    rails = [shapely.LineString(course) for course in bones.railways]
    rivers = [shapely.LineString(course) for _, _, course in bones.rivers]
    to_rail = np.min([shapely.distance(shapes, rail) for rail in rails], axis=0)
    to_river = np.min([shapely.distance(shapes, river) for river in rivers], axis=0)
    pull = {
        "factory": 2.2 * np.exp(-to_rail / 250),
        "estate": 0.9 * np.exp(-to_river / 700),
        "park": -(((areas - 90_000) / 50_000) ** 2) + np.exp(-to_river / 900),
    }
    free = np.ones(len(quarters), bool)
    for zone, share in SHARES.items():
        length_m = 900 if zone in ("village", "commerce") else 2400
        angles, phases = rng.uniform(0, math.tau, (2, 3))
        field = sum(
            np.sin(math.tau / length_m * (centres @ [math.cos(a), math.sin(a)]) + p)
            for a, p in zip(angles, phases, strict=True)
        )
        score = pull.get(zone, 0.0) + 0.45 * field + rng.normal(0, 0.5, len(quarters))
        wanted = share * areas.sum()
        for k in np.argsort(-score):
            if wanted <= 0.35 * areas[k]:
                break
            if free[k]:
                quarters[k].zone, free[k] = zone, False
                wanted -= areas[k]
    for k in np.flatnonzero(free):
        quarters[k].zone = "old"


def _subdivide(
    plane: Plane, face: Face, cuts: Sequence[Cut], names: StreetNames, rng: np.random.Generator
) -> list[Face]:
    """Halve a face until no part is larger than the last cut allows, or none can be halved."""
    done: list[Face] = []
    stack = [face]
    while stack:
        part = stack.pop()
        shape = plane.polygon(part)
        cut = next((cut for cut in cuts if shape.area > cut.above_m2), None)
        halves = None if cut is None else _halve(plane, part, shape, cut, names, rng)
        if halves is None:
            done.append(part)
        else:
            stack.extend(halves)
    return done


def _halve(
    plane: Plane, face: Face, shape: shapely.Polygon, cut: Cut,
    names: StreetNames, rng: np.random.Generator,
) -> tuple[Face, Face] | None:  # fmt: skip
    box = shapely.get_coordinates(shapely.oriented_envelope(shape))
    one, two = box[1] - box[0], box[2] - box[1]
    length = max(float(np.hypot(*one)), float(np.hypot(*two)))
    axis = (one if np.hypot(*one) >= np.hypot(*two) else two) / length
    middle = shapely.get_coordinates(shape.centroid)[0]
    narrow = cut.cls <= 1
    for attempt in range(9):
        tilt = math.radians(cut.tilt_deg) * rng.normal() * (1 + attempt / 3)
        aside = np.array([-axis[1], axis[0]])
        direction = aside * math.cos(tilt) + axis * math.sin(tilt)
        through = middle + axis * length * rng.uniform(-0.11, 0.11) * (1 + attempt / 6)
        hit = plane.chord(face, (through[0], through[1]), (direction[0], direction[1]))
        if hit is None:
            continue
        (k0, at0), (k1, at1) = hit
        snap, corner = (7.0, 9.0) if narrow else (20.0, 26.0)
        a = plane.place(face, k0, at0, snap, corner)
        b = plane.place(face, k1, at1, snap, corner)
        if a is None or b is None or a == b:
            continue
        bends = _bends(plane.xy[a], plane.xy[b], cut.bend, rng)
        halves = plane.split(face, a, b, bends, len(plane.lines), least=0.27)
        if halves is not None:
            plane.add_line(_named(cut, names))
            return halves
    return None


def _named(cut: Cut, names: StreetNames) -> Line:
    if cut.kind != "road":
        return Line(kind=cut.kind, cls=cut.cls)
    name, name_en = names.side(min(cut.cls, 3))
    return Line(kind="road", cls=cut.cls, name=name, name_en=name_en)


def _bends(a: XY, b: XY, bend: float, rng: np.random.Generator) -> list[XY]:
    length = math.dist(a, b)
    if bend == 0 or length < 60:
        return []
    nx, ny = -(b[1] - a[1]) / length, (b[0] - a[0]) / length
    bow = rng.normal(0, bend) * length
    return [
        (a[0] + t * (b[0] - a[0]) + off * nx, a[1] + t * (b[1] - a[1]) + off * ny)
        for t in (0.3, 0.68)
        for off in (bow + rng.normal(0, 0.3 * bend) * length,)
    ]


def _insert(plane: Plane, rng: np.random.Generator) -> None:
    """Turn some leaf faces into schools, hospitals, markets and building sites."""
    area_m2 = [plane.polygon(face).area for face in plane.faces]
    for zone, kind, share in INSERTS:
        fit = [
            face for face, area in zip(plane.faces, area_m2, strict=True)
            if face.zone == zone and 2500 < area < 40_000
        ]  # fmt: skip
        count = min(len(fit), max(1, round(share * len(fit))))
        for k in rng.permutation(len(fit))[:count]:
            fit[k].zone = kind
