"""The heatmap of a place, a category and a window of time as a whole Folium page for an iframe."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import Any, Literal

import folium
import numpy as np
import shapely
from branca.element import Element
from folium.features import GeoJsonTooltip
from folium.map import CustomPane
from folium.plugins import HeatMap
from folium.utilities import JsCode

from gis.errors import InputError
from gis.geometry import Bounds
from gis.hotspots.assets import (
    FoliumAssets,
    LeafletMap,
    LocalFigure,
    Raw,
    for_script,
    for_tooltip,
)
from gis.hotspots.density import Area, Cells, Floats, aggregate, suggest_cell_m, thin
from gis.hotspots.ground import DECIMALS, Boundaries, GeoJson, Streets
from gis.hotspots.panel import CategoryCount, Legend, figures, panel_html
from gis.hotspots.significance import Hotspot
from gis.messages import LANGUAGES, translate

MAX_SPOTS = 5000
MAX_CELLS_DRAWN = 4000
MAX_CIRCLES = 30
# viridis in equal steps, from its dark to its light end
VIRIDIS = ("#440154", "#414487", "#2a788e", "#22a884", "#7ad151", "#fde725")
_WIDTHS_PX = {6: 4.5, 5: 4.0, 4: 3.2, 3: 2.6}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeatmapRequest:
    """What a heatmap shows. Texts are in `language` already, coordinates in WGS 84 degrees.

    `lon`, `lat`: arrays of incidents, or of bins with how many stand in each as `weight`; `beyond`:
    how many more lie off the map. `cells`: hexagons already counted, drawn in the style of that
    name (default: counted from `lon`, `lat`).
    `since`, `until`: in the office's time zone, `until` excluded. `area`: polygon of the
    jurisdiction for the cells (default: `bbox`). `boundaries`: GeoJSON polygons, `name` written
    on the map. `streets`: GeoJSON lines with `class` (6 widest). `hotspots`: None if not tested;
    `basis`: what their baseline was.
    """

    language: str
    place: str
    since: datetime
    until: datetime
    bbox: Bounds
    lon: Floats
    lat: Floats
    weight: Floats | None = None
    beyond: float = 0.0
    cells: Cells | None = None
    style: Literal["heat", "hexagon"] = "heat"
    theme: Literal["light", "dark"] = "light"
    category: str | None = None
    area: Area | None = None
    cell_m: float | None = None
    tally: Sequence[CategoryCount] = ()
    hotspots: Sequence[Hotspot] | None = None
    basis: Literal["even", "population", "history"] = "even"
    boundaries: GeoJson | Boundaries | None = None
    streets: GeoJson | Streets | None = None
    tile_url: str | None = None
    tile_attribution: str = ""
    synthetic: bool = False


def render_heatmap(request: HeatmapRequest, assets: FoliumAssets) -> str:
    """A whole HTML page with the incidents, the hotspots, a legend and the counts.

    However many incidents there are, the page holds at most 5,000 weighted spots or 4,000
    hexagons. The same request gives the same page.

    Raises InputError `hotspot-style-unknown` and those of `aggregate`; UnavailableError
    `hotspot-asset-unknown`, `hotspot-asset-outside`.
    """
    if request.style not in ("heat", "hexagon"):
        raise InputError("hotspot-style-unknown", style=str(request.style))
    language = request.language if request.language in LANGUAGES else LANGUAGES[0]
    title = translate("heatmap-title", language)
    if request.category:
        title = translate("heatmap-title-category", language, {"category": request.category})
    figure = LocalFigure(
        assets, title=title, language=language, theme=request.theme, tile_url=request.tile_url
    )
    page_map = _map(request)
    figure.add_child(page_map)
    given = request.boundaries or {}
    boundaries = given if isinstance(given, Boundaries) else Boundaries.of(given)
    _add_ground(page_map, request, boundaries)
    if request.style == "heat":
        total, outside, legend = _add_heat(page_map, request)
    else:
        total, outside, legend = _add_hexagons(page_map, request, language)
    circles = _add_hotspots(page_map, request, language) if total else []
    panel = panel_html(
        language=language,
        title=title,
        place=request.place,
        since=request.since,
        until=request.until,
        total=total,
        outside=outside,
        synthetic=request.synthetic,
        legend=legend,
        hotspots=request.hotspots,
        basis=request.basis,
        tally=request.tally,
    )
    figure.html.add_child(Raw(panel), name="wg_panel")
    west, south, east, north = request.bbox
    known = {
        "bounds": [[south, west], [north, east]],
        "places": circles,
        "names": [
            (round(name.lat, DECIMALS), round(name.lon, DECIMALS), name.text)
            for name in boundaries.names
        ],
    }
    page_map.add_child(_Finish(page_map, known, language))
    return figure.render()


class _Finish(Element):
    """The page's own script, given the map and `known` values, and style, after Folium's."""

    def __init__(self, page_map: folium.Map, known: dict[str, Any], language: str) -> None:
        super().__init__()
        labels = [translate(f"heatmap-zoom-{way}", language) for way in ("in", "out")]
        zoom = {"position": "topleft", "zoomInTitle": labels[0], "zoomOutTitle": labels[1]}
        self._map, self._known = page_map, {**known, "zoom": zoom}

    def render(self, **kwargs: Any) -> str:
        figure = self.get_root()
        assert isinstance(figure, LocalFigure)
        arguments = f"{self._map.get_name()}, {for_script(self._known)}"
        script = f"((map, page) => {{\n{_page_file('heatmap.js')}}})({arguments});"
        figure.script.add_child(Raw(script), name="wg_last")
        # after Leaflet's style sheet, which it changes
        figure.header.add_child(Raw(f"<style>{_page_file('heatmap.css')}</style>"), name="wg_style")
        return ""


def _map(request: HeatmapRequest) -> folium.Map:
    west, south, east, north = request.bbox
    page_map = LeafletMap(
        location=((south + north) / 2, (west + east) / 2),
        zoom_start=13,
        tiles=None,
        zoom_control=False,
        zoom_snap=0.25,
        max_zoom=18,
        min_zoom=4,
        attribution_control=bool(request.tile_url),
    )
    if request.tile_url:
        folium.TileLayer(
            request.tile_url, attr=for_tooltip(request.tile_attribution) or "XYZ", opacity=0.6
        ).add_to(page_map)
    for pane, z_index in (("streets", 300), ("cells", 350), ("lines", 450), ("marks", 500)):
        CustomPane(pane, z_index=z_index, pointer_events=pane in ("cells", "marks")).add_to(
            page_map
        )
    return page_map


def _add_ground(page_map: folium.Map, request: HeatmapRequest, boundaries: Boundaries) -> None:
    if request.streets and not request.tile_url:
        streets = request.streets
        classes = (streets if isinstance(streets, Streets) else Streets.of(streets)).classes
        for class_name, wider_px in (("wg-casing", 1.5), ("wg-street", 0.0)):
            for rank, lines in classes:
                width = _WIDTHS_PX.get(rank, 1.8) + wider_px
                folium.GeoJson(
                    lines, pane="streets", class_name=class_name, weight=width, opacity=1,
                    interactive=False, control=False,
                ).add_to(page_map)  # fmt: skip
    if request.boundaries:
        folium.GeoJson(
            boundaries.lines, pane="lines", class_name="wg-boundary",
            weight=1, opacity=0.75, interactive=False, control=False,
        ).add_to(page_map)  # fmt: skip


def _add_heat(page_map: folium.Map, request: HeatmapRequest) -> tuple[float, float, Legend]:
    """Gives how many are drawn, how many lie beyond the map, and the legend."""
    spots = thin(
        request.lon, request.lat, weight=request.weight, area=request.bbox, at_most=MAX_SPOTS
    )
    colours = _ramp(request.theme)
    if len(spots.lon):
        data = np.column_stack([spots.lat.round(DECIMALS), spots.lon.round(DECIMALS), spots.weight])
        gradient = {f"{step / 5:g}": colour for step, colour in enumerate(colours)}
        heat: Any = HeatMap
        heat(
            data.tolist(), radius=16, blur=18, min_opacity=0.05, gradient=gradient, control=False
        ).add_to(page_map)
    # as transparent as the heat is there
    ramp = tuple(f"{colour}{40 + 43 * step:02x}" for step, colour in enumerate(colours))
    total = float(spots.weight.sum())
    given = len(request.lon) if request.weight is None else float(np.sum(request.weight))
    legend = Legend(ramp=ramp if len(spots.lon) else ())
    return total, request.beyond + given - total, legend


def _add_hexagons(
    page_map: folium.Map, request: HeatmapRequest, language: str
) -> tuple[float, float, Legend]:
    """Gives how many are drawn, how many lie in no hexagon, and the legend."""
    cells = request.cells if request.cells is not None else _count(request)
    filled = np.flatnonzero(cells.count)
    total = float(cells.count.sum())
    if len(filled) == 0:
        return total, cells.outside, Legend()
    bounds = class_bounds(cells.count[filled])
    colours = _ramp(request.theme)
    chosen = [colours[round(k * 5 / max(len(bounds) - 1, 1))] for k in range(len(bounds))]
    of_class = np.searchsorted(bounds, cells.count[filled], side="right") - 1
    looks: list[dict[str, Any]] = [
        # the many cells with few incidents stay quiet
        {"fillColor": colour, "fillOpacity": round(0.35 + 0.5 * k / max(len(chosen) - 1, 1), 2)}
        for k, colour in enumerate(chosen)
    ]
    style = f"(f, layer) => layer.setStyle({for_script(looks)}[f.properties.k])"
    folium.GeoJson(
        _hexagons(cells, filled, of_class),
        on_each_feature=JsCode(style),
        tooltip=GeoJsonTooltip(["n"], aliases=[translate("heatmap-cell", language)], sticky=True),
        renderer=JsCode("L.canvas({pane: 'cells'})"),
        pane="cells", weight=0, control=False,
    ).add_to(page_map)  # fmt: skip
    ends = [*(round(b) - 1 for b in bounds[1:]), math.ceil(cells.count.max())]
    labels = [
        f"{round(first)}" if first >= last else f"{round(first)}–{last}"
        for first, last in zip(bounds, ends, strict=True)
    ]
    shown = [f"{look['fillColor']}{round(255 * look['fillOpacity']):02x}" for look in looks]
    legend = Legend(classes=tuple(zip(shown, labels, strict=True)), cell_m=cells.cell_m)
    return total, cells.outside, legend


def _count(request: HeatmapRequest) -> Cells:
    area = request.area if request.area is not None else request.bbox
    cell_m = request.cell_m or suggest_cell_m(area, at_most=MAX_CELLS_DRAWN // 2)
    while True:
        cells = aggregate(request.lon, request.lat, weight=request.weight, area=area, cell_m=cell_m)
        if np.count_nonzero(cells.count) <= MAX_CELLS_DRAWN:
            return cells
        cell_m *= 1.5


def class_bounds(counts: Floats) -> Floats:
    """Lower bounds of up to six classes of counts, whole numbers: the highest classes are rare."""
    shares = np.quantile(counts, [0.4, 0.65, 0.82, 0.92, 0.98])
    first = np.floor(counts.min())
    return np.asarray(np.unique([first, *shares.round()[shares.round() > first]]))


def _hexagons(cells: Cells, filled: Any, of_class: Any) -> dict[str, Any]:
    rings = shapely.get_coordinates(cells.outlines(filled)).round(DECIMALS).reshape(-1, 7, 2)
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"n": round(float(count)), "k": int(k)},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
            for ring, count, k in zip(
                rings.tolist(), cells.count[filled].tolist(), of_class.tolist(), strict=True
            )
        ],
    }


def _add_hotspots(
    page_map: folium.Map, request: HeatmapRequest, language: str
) -> list[tuple[float, float, float]]:
    """Circles, which the script numbers as in the panel. Returns their (lat, lon, radius_m)."""
    places: list[tuple[float, float, float]] = []
    for rank, spot in enumerate(list(request.hotspots or ())[:MAX_CIRCLES], 1):
        text = translate(
            "heatmap-place-tooltip", language, {"rank": rank, **figures(spot, language)}
        )
        at, radius_m = (spot.lat, spot.lon), max(spot.radius_m, 20.0)
        folium.Circle(
            at, radius=radius_m, pane="marks", class_name="wg-circle-halo", weight=5, fill=False,
            opacity=0.9, interactive=False,
        ).add_to(page_map)  # fmt: skip
        folium.Circle(
            at, radius=radius_m, pane="marks", class_name="wg-circle", weight=2, opacity=1,
            fill=True, fill_opacity=0,
            tooltip=folium.Tooltip(for_tooltip(text).replace("\n", "<br>")),
        ).add_to(page_map)  # fmt: skip
        places.append((round(spot.lat, 6), round(spot.lon, 6), round(radius_m)))
    return places


def _ramp(theme: str) -> tuple[str, ...]:
    """From few to many: towards dark on a light ground, towards light on a dark one."""
    return VIRIDIS if theme == "dark" else VIRIDIS[::-1]


def _page_file(name: str) -> str:
    text = resources.files("gis.hotspots").joinpath("page", name).read_text("utf-8")
    return re.sub(r"^ *(//.*)?\n", "", text, flags=re.MULTILINE)
