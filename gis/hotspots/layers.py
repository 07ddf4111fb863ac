"""What a heatmap's script draws by itself: shapes or spots, with a count in each period of time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import shapely

from gis.geometry import Bounds
from gis.hotspots.assets import for_script
from gis.hotspots.density import Cells, Floats
from gis.hotspots.ground import DECIMALS
from gis.hotspots.h3_cells import H3Cells
from gis.hotspots.panel import Legend, number_text
from gis.messages import translate

Style = Literal["heat", "hexagon", "grid", "cluster"]
Per = Literal["count", "population", "households", "area"]
STYLES: tuple[Style, ...] = ("heat", "hexagon", "grid", "cluster")
PER: tuple[Per, ...] = ("count", "population", "households", "area")
# Per 1,000 people, per 100 households, per square kilometre; where fewer live, a rate says nothing.
FACTOR = {"population": 1000.0, "households": 100.0, "area": 1e6}
LEAST = {"population": 50.0, "households": 20.0, "area": 1.0}
# viridis in equal steps, from its dark to its light end
VIRIDIS = ("#440154", "#414487", "#2a788e", "#22a884", "#7ad151", "#fde725")
PIXELS = 1500  # shapes are simplified to about one pixel of a screen that shows all of them


@dataclass(frozen=True, slots=True, kw_only=True)
class GridShape:
    """A grid as it is drawn: code, name in the page's language, polygon in WGS 84, and what its
    counts may be divided by: people, households, square metres."""

    code: str
    name: str
    polygon: Any
    population: float
    households: float
    area_m2: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shapes:
    """Polygons ready to be written into a page again and again, and bases of rates by `Per`."""

    text: str
    size: int
    bounds: Bounds
    bases: dict[str, Floats] = field(default_factory=dict)
    codes: Sequence[str] = ()
    names: Sequence[str] = ()

    @classmethod
    def of_grids(cls, grids: Sequence[GridShape]) -> Shapes:
        """Grids of one level. They are simplified together, so that neighbours still fit."""
        polygons = np.array([grid.polygon for grid in grids], dtype=object)
        bounds = tuple(shapely.total_bounds(polygons).tolist())
        step = max(bounds[2] - bounds[0], bounds[3] - bounds[1]) / PIXELS
        simple = shapely.coverage_simplify(polygons, step)
        known = {
            "rings": [_rings(shape) for shape in simple],
            "names": [grid.name for grid in grids],
            "codes": [grid.code for grid in grids],
        }
        return cls(
            text=for_script(known),
            size=len(grids),
            bounds=bounds,
            bases={
                "population": np.array([grid.population for grid in grids], np.float64),
                "households": np.array([grid.households for grid in grids], np.float64),
                "area": np.array([grid.area_m2 for grid in grids], np.float64),
            },
            codes=[grid.code for grid in grids],
            names=[grid.name for grid in grids],
        )

    @classmethod
    def of_cells(
        cls, cells: Cells | H3Cells, chosen: npt.NDArray[np.int64], bounds: Bounds
    ) -> Shapes:
        """Some cells of a lattice; those of H3 by their names."""
        if isinstance(cells, H3Cells):
            rings = ",".join(cells.lattice.rings[at] for at in chosen)
            names = json.dumps([cells.lattice.names[at] for at in chosen], separators=(",", ":"))
            text = f'{{"rings":[{rings}],"cells":{names}}}'
            return cls(text=text, size=len(chosen), bounds=bounds)
        corners = shapely.get_coordinates(cells.outlines(chosen)).round(DECIMALS).reshape(-1, 7, 2)
        known = {"rings": corners[:, :6, ::-1].tolist()}
        return cls(text=json.dumps(known, separators=(",", ":")), size=len(chosen), bounds=bounds)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frames:
    """Counts (t, n) of the periods of a window in the n cells or grids; `labels` name periods."""

    labels: Sequence[str]
    counts: Floats


def layer_of(
    counts: Floats, *, base: Floats | None, per: Per, frames: Frames | None, theme: str,
    language: str, title: dict[str, Any],
) -> tuple[dict[str, Any], list[Legend]]:  # fmt: skip
    """What the script needs to colour n shapes, and the legends: of the whole window, of a period.

    counts: (n,) of the whole window. base: (n,) what they are divided by, in units of one person,
    household or square metre.
    """
    rate = None
    if per != "count" and base is not None:
        rate = np.zeros(len(counts))
        np.divide(FACTOR[per], base, out=rate, where=base >= LEAST[per])
    tables = [counts[None, :]] + ([frames.counts] if frames is not None else [])
    scales, legends = [], []
    for table in tables:
        values = table if rate is None else table * rate
        scale, legend = _scale(values[values > 0], whole=rate is None, theme=theme,
                               language=language, title=title, blank=_blank(rate, per))  # fmt: skip
        scales.append(scale)
        legends.append(legend)
    layer: dict[str, Any] = {"scales": scales, "frames": frames_of(counts, frames, language)}
    if rate is not None:
        layer["rate"] = [float(f"{one:.6g}") for one in rate.tolist()]
        layer["unit"] = translate(f"heatmap-rate-{per}", language)
    return layer, legends


def frames_of(counts: Floats, frames: Frames | None, language: str) -> list[dict[str, Any]]:
    """The whole window, then its periods: each with its label, total, and counts of places."""
    whole = translate("heatmap-whole", language)
    rows: list[tuple[str, Floats]] = [(whole, counts)]
    if frames is not None:
        rows += list(zip(frames.labels, frames.counts, strict=True))
    told = []
    for label, row in rows:
        some = np.flatnonzero(row)
        told.append({"t": label, "n": round(float(row.sum())), "i": some.tolist(),
                     "v": row[some].astype(np.int64).tolist()})  # fmt: skip
    return told


def ramp(theme: str) -> tuple[str, ...]:
    """From few to many: towards dark on a light ground, towards light on a dark one."""
    return VIRIDIS if theme == "dark" else VIRIDIS[::-1]


def class_bounds(counts: Floats, *, whole: bool = True) -> Floats:
    """Lower bounds of up to six classes of numbers, whole if they count: the highest are rare."""
    shares = np.quantile(counts, [0.4, 0.65, 0.82, 0.92, 0.98])
    if not whole:
        rounded = np.array([float(f"{one:.2g}") for one in [0.0, *shares.tolist()]])
        return np.unique(rounded)
    first = np.floor(counts.min())
    return np.asarray(np.unique([first, *shares.round()[shares.round() > first]]))


def _blank(rate: Floats | None, per: Per) -> str:
    return per if rate is not None and (rate == 0).any() else ""


def _scale(
    values: Floats, *, whole: bool, theme: str, language: str, title: dict[str, Any], blank: str
) -> tuple[dict[str, Any], Legend]:
    if not len(values):
        return {"bounds": [0.0], "looks": [["#000000", 0.0]]}, Legend()
    bounds = class_bounds(values, whole=whole)
    colours = ramp(theme)
    last = max(len(bounds) - 1, 1)
    chosen = [colours[round(k * 5 / last)] for k in range(len(bounds))]
    # the many places with few incidents stay quiet
    looks: list[tuple[str, float]] = [
        (colour, round(0.35 + 0.5 * k / last, 2)) for k, colour in enumerate(chosen)
    ]
    shown = [f"{colour}{round(255 * opacity):02x}" for colour, opacity in looks]
    labels = _labels(bounds, float(values.max()), whole=whole, language=language)
    legend = Legend(classes=tuple(zip(shown, labels, strict=True)), title=title, blank=blank)
    return {"bounds": bounds.tolist(), "looks": looks}, legend


def _labels(bounds: Floats, most: float, *, whole: bool, language: str) -> list[str]:
    if not whole:
        places = 0 if most >= 20 else 1 if most >= 2 else 2
        said = [number_text(one, language, places=places) for one in bounds.tolist()]
        return [f"≥ {one}" for one in said]
    ends = [*(round(b) - 1 for b in bounds[1:]), round(most)]
    return [
        f"{round(first)}" if first >= last else f"{round(first)}–{last}"
        for first, last in zip(bounds, ends, strict=True)
    ]


def _rings(shape: Any) -> list[Any]:
    return [
        [_lat_lon(ring) for ring in (part.exterior, *part.interiors)] for part in _polygons(shape)
    ]


def _polygons(shape: Any) -> Iterable[Any]:
    return (part for part in shapely.get_parts(shape) if not part.is_empty)


def _lat_lon(ring: Any) -> list[Any]:
    corners: list[Any] = shapely.get_coordinates(ring)[:-1, ::-1].round(DECIMALS).tolist()
    return corners
