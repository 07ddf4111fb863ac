"""Maps of the printed atlas: a place on paper, drawn as SVG in millimetres."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.geometry import WEB_MERCATOR, WGS84, projector

Geometries = npt.NDArray[Any]
Box = tuple[float, float, float, float]

# Scales that people know from paper maps.
SCALES = (500, 1000, 1500, 2000, 2500, 3000, 4000, 5000, 6000, 7500)
MARGIN = 0.06  # of the paper, kept free around what is shown
FINEST_MM = 0.08  # what is closer on paper is one point
LAND, WATER, PARK, HOUSE = "#f6f3ec", "#cfe2f0", "#dfeadb", "#d8d0c4"
FONTS = "Noto Sans CJK SC, Noto Sans SC, WenQuanYi Zen Hei, Source Han Sans SC, sans-serif"
OWN, EDGE, AREA_EDGE = "#0b3d91", "#6b6b6b", "#333333"
HUES = ("#7ca2b5", "#e0b87a", "#8fc9a3", "#b89bd1", "#d9d08f", "#a0bfc9")
# Width in millimetres of streets by class, 0 to 6, and of railways.
STREET_MM = (0.5, 0.6, 0.9, 1.2, 1.6, 2.0, 2.4)
WALL_MM, RAIL_MM, RIVER_MM = 0.25, 0.5, 1.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A rectangle of the ground on a rectangle of paper, north up.

    bounds: of what the paper shows, in Web Mercator; width_mm, height_mm: of the paper; scale: the
    denominator of the map's scale on the ground.
    """

    bounds: Box
    width_mm: float
    height_mm: float
    scale: int

    @classmethod
    def around(cls, bounds: Box, width_mm: float, height_mm: float) -> Sheet:
        """The sheet with the greatest round scale that shows `bounds`, in Web Mercator, whole."""
        west, south, east, north = bounds
        middle_x, middle_y = (west + east) / 2, (south + north) / 2
        stretch = stretch_at(middle_y)
        room = 1 - 2 * MARGIN
        needed = max((east - west) / width_mm, (north - south) / height_mm) * 1000 / room / stretch
        scale = next(s for s in _scales() if s >= needed)
        half_x = width_mm * scale / 1000 * stretch / 2
        half_y = height_mm * scale / 1000 * stretch / 2
        return cls(
            bounds=(middle_x - half_x, middle_y - half_y, middle_x + half_x, middle_y + half_y),
            width_mm=width_mm, height_mm=height_mm, scale=scale,
        )  # fmt: skip

    def on_paper(self, geometries: Any) -> Any:
        """Geometries of Web Mercator in millimetres from the paper's upper left corner."""
        west, _, east, north = self.bounds
        factor = self.width_mm / (east - west)
        return shapely.transform(
            geometries, lambda xy: np.column_stack([xy[:, 0] - west, north - xy[:, 1]]) * factor
        )

    def clipped(self, geometries: Geometries, over_mm: float = 2.0) -> Geometries:
        """The parts that fall on the paper and a little beyond it, in millimetres, thinned."""
        shapes = shapely.simplify(self.on_paper(geometries), FINEST_MM)
        return np.asarray(
            shapely.clip_by_rect(
                shapes, -over_mm, -over_mm, self.width_mm + over_mm, self.height_mm + over_mm
            ),
            object,
        )


def _scales() -> Any:
    yield from SCALES
    decade = 10_000
    while True:
        yield from (round(decade * step) for step in (1, 1.5, 2, 2.5, 3, 4, 5, 7.5))
        decade *= 10


def stretch_at(y_3857: float) -> float:
    """How many metres of Web Mercator are a metre on the ground, at a northing."""
    return math.cosh(y_3857 / 6378137.0)


def mercator(geometries: Any) -> Any:
    """Geometries of WGS 84 in Web Mercator."""
    return projector(WGS84, WEB_MERCATOR)(geometries)


def path_of(geometries: Geometries) -> str:
    """The data of one SVG path that draws lines and polygons, in millimetres."""
    parts = shapely.get_parts(np.asarray(geometries, object))
    kind = shapely.get_type_id(parts)
    rings = shapely.get_rings(parts[kind == 3])
    pieces = [_steps(shapely.get_coordinates(line), "") for line in parts[np.isin(kind, (1, 2))]]
    pieces += [_steps(shapely.get_coordinates(ring)[:-1], "z") for ring in rings]
    return "".join(pieces)


def _steps(xy: npt.NDArray[np.float64], close: str) -> str:
    points = " ".join(f"{x:.2f} {y:.2f}" for x, y in xy.tolist())
    return f"M{points}{close}" if points else ""


def drawn(geometries: Geometries, style: str) -> str:
    """Geometries in millimetres as one path; nothing where there is nothing."""
    data = path_of(geometries)
    return f'<path d="{data}" {style}/>' if data else ""


def line_style(colour: str, width_mm: float, dash: str = "") -> str:
    """The attributes of a line."""
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'fill="none" stroke="{colour}" stroke-width="{width_mm:.2f}" stroke-linejoin="round"'
        f' stroke-linecap="round"{dashes}'
    )


def fill_style(colour: str, opacity: float = 1.0) -> str:
    """The attributes of a surface; holes of its path stay open."""
    return f'fill="{colour}" fill-opacity="{opacity:g}" fill-rule="evenodd" stroke="none"'


def width_of(words: str, size_mm: float) -> float:
    """How long a text is on paper, in millimetres, about."""
    return sum(size_mm * (1.0 if ord(c) > 0x2E80 else 0.56) for c in words)


def text(words: str, x: float, y: float, size_mm: float, **more: str) -> str:
    """A text around a point, with a pale edge that keeps it legible on whatever is below."""
    turn = f' transform="rotate({more["turn"]} {x:.2f} {y:.2f})"' if "turn" in more else ""
    anchor = more.get("anchor", "middle")
    shared = (
        f'x="{x:.2f}" y="{y + size_mm * 0.36:.2f}" font-size="{size_mm:.2f}" text-anchor="{anchor}"'
        f' font-weight="{more.get("weight", "normal")}"{turn}'
    )
    colour, told = more.get("colour", "#222222"), escape(words)
    halo = f'stroke="#ffffff" stroke-width="{size_mm * 0.22:.2f}" stroke-linejoin="round"'
    below = f'<text {shared} fill="#ffffff" {halo}>{told}</text>'
    return f'{below}<text {shared} fill="{colour}">{told}</text>'


def ground(sheet: Sheet, found: Mapping[str, pd.DataFrame]) -> str:
    """Water, parks, buildings and streets of the base map, without names."""
    marks: list[str] = []
    water = found["water"]
    if len(water):
        shapes, park = sheet.clipped(water["geom"].to_numpy()), (water["kind"] == "park").to_numpy()
        marks += [drawn(shapes[park], fill_style(PARK)), drawn(shapes[~park], fill_style(WATER))]
    houses = found.get("buildings")
    if houses is not None and len(houses):
        marks.append(drawn(sheet.clipped(houses["geom"].to_numpy()), fill_style(HOUSE)))
    streets = found["streets"]
    if len(streets):
        marks.append(_streets(sheet, streets))
    return "".join(marks)


def _streets(sheet: Sheet, streets: pd.DataFrame) -> str:
    lines, kind = sheet.clipped(streets["geom"].to_numpy()), streets["kind"].to_numpy()
    cls = streets["cls"].to_numpy(int)
    # Wider streets of large scales must not hide the houses of small ones.
    factor = min(max(5000 / sheet.scale, 0.35), 1.6)
    widths = {c: STREET_MM[c] * factor for c in np.unique(cls[kind == "road"]).tolist()}
    marks = [
        drawn(lines[kind == "river"], line_style(WATER, RIVER_MM * factor)),
        drawn(lines[kind == "wall"], line_style("#8a7f72", WALL_MM)),
    ]
    for edge, colour in ((0.3, "#b9b2a6"), (0.0, "#ffffff")):
        for c, width in sorted(widths.items()):
            chosen = lines[(kind == "road") & (cls == c)]
            marks.append(drawn(chosen, line_style(colour, width + edge)))
    rails = lines[kind == "rail"]
    marks += [drawn(rails, line_style("#777777", RAIL_MM)),
              drawn(rails, line_style("#ffffff", RAIL_MM * 0.5, "1.5 1.5"))]  # fmt: skip
    return "".join(marks)


class Labels:
    """Names on one sheet, none over another: the first to come has its place."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.taken: list[Box] = []
        self.marks: list[str] = []

    def put(self, words: str, x: float, y: float, size_mm: float, **more: str) -> bool:
        """Write a name around a point if there is room for it on the paper."""
        width = width_of(words, size_mm)
        angle = math.radians(float(more.get("turn", "0")))
        half_x = (width * abs(math.cos(angle)) + size_mm * abs(math.sin(angle))) / 2
        half_y = (width * abs(math.sin(angle)) + size_mm * abs(math.cos(angle))) / 2 + 0.2
        box = (x - half_x, y - half_y, x + half_x, y + half_y)
        inside = box[0] >= 0.5 and box[1] >= 0.5 and box[2] <= self.sheet.width_mm - 0.5
        if not inside or box[3] > self.sheet.height_mm - 0.5:
            return False
        if any(
            box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in self.taken
        ):
            return False
        self.taken.append(box)
        self.marks.append(text(words, x, y, size_mm, **more))
        return True

    def along(self, names: Sequence[str], lines: Geometries, size_mm: float, **more: str) -> None:
        """Write each name once, along the longest straight piece of the lines that bear it."""
        best: dict[str, tuple[float, Any]] = {}
        for name, line in zip(names, lines, strict=True):
            for part in shapely.get_parts(line):
                xy = shapely.get_coordinates(shapely.simplify(part, 0.6))
                if len(xy) < 2:
                    continue
                steps = np.hypot(*np.diff(xy, axis=0).T)
                longest = int(steps.argmax())
                if steps[longest] > best.get(name, (0.0, None))[0]:
                    best[name] = float(steps[longest]), xy[longest : longest + 2]
        for name, (length, ends) in sorted(best.items(), key=lambda item: (-item[1][0], item[0])):
            if length < size_mm * len(name) * 0.8:
                continue
            (x0, y0), (x1, y1) = ends.tolist()
            turn = math.degrees(math.atan2(y1 - y0, x1 - x0))
            turn = turn - 180 if turn > 90 else turn + 180 if turn <= -90 else turn
            self.put(name, (x0 + x1) / 2, (y0 + y1) / 2, size_mm, turn=f"{turn:.1f}", **more)


def furniture(sheet: Sheet, scale_words: str, north: str) -> str:
    """The scale bar with its numbers, the scale, and an arrow to the north."""
    wanted = 40.0 * sheet.scale / 1000
    power = 10 ** math.floor(math.log10(wanted))
    metres = max(step * power for step in (1, 2, 5) if step * power <= wanted)
    length = metres * 1000 / sheet.scale
    x, y = 4.0, sheet.height_mm - 5.0
    told = f"{metres:g} m" if metres < 1000 else f"{metres / 1000:g} km"
    arrow_x, arrow_y = sheet.width_mm - 7.0, 9.0
    return (
        f'<rect x="2" y="{y - 6:.2f}" width="{max(length + 6, 34):.2f}" height="9.5"'
        f' fill="#ffffff" fill-opacity="0.85"/>'
        f'<rect x="{x}" y="{y}" width="{length / 2:.2f}" height="1.2" fill="#222222"/>'
        f'<rect x="{x}" y="{y}" width="{length:.2f}" height="1.2" fill="none" stroke="#222222"'
        f' stroke-width="0.2"/>'
        + text(told, x + length, y - 2, 2.4, anchor="end")
        + text(scale_words, x, y - 2, 2.4, anchor="start")
        + f'<path d="M{arrow_x} {arrow_y - 6} l2.2 7 l-2.2 -1.8 l-2.2 1.8z" fill="#222222"/>'
        + text(north, arrow_x, arrow_y + 3.2, 3.0, weight="bold")
    )


def svg(sheet: Sheet, marks: str) -> str:
    """A whole map: what is drawn, cut at the edge of the paper, in a frame."""
    w, h = sheet.width_mm, sheet.height_mm
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{w}mm" height="{h}mm"'
        f' viewBox="0 0 {w} {h}" font-family="{FONTS}">'
        f'<rect width="{w}" height="{h}" fill="{LAND}"/>{marks}'
        f'<rect x="0.15" y="0.15" width="{w - 0.3}" height="{h - 0.3}" fill="none"'
        f' stroke="#555555" stroke-width="0.3"/></svg>'
    )
