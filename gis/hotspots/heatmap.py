"""The heatmap of a place, a category and a window of time as a whole Folium page for an iframe."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import Any, Literal

import folium
import numpy as np
from branca.element import Element
from folium.map import CustomPane
from folium.plugins import HeatMap

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
from gis.hotspots.density import Area, Cells, Floats, Spots, aggregate, suggest_cell_m, thin
from gis.hotspots.ground import DECIMALS, Boundaries, GeoJson, Streets
from gis.hotspots.h3_cells import H3Cells
from gis.hotspots.layers import STYLES, Frames, Per, Shapes, Style, frames_of, layer_of, ramp
from gis.hotspots.panel import CategoryCount, Legend, figures, number_text, panel_html
from gis.hotspots.significance import Hotspot
from gis.messages import LANGUAGES, translate

MAX_SPOTS = 5000
MAX_CELLS_DRAWN = 4000
MAX_CIRCLES = 30
_WIDTHS_PX = {6: 4.5, 5: 4.0, 4: 3.2, 3: 2.6}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeatmapRequest:
    """What a heatmap shows. Texts are in `language` already, coordinates in WGS 84 degrees.

    `lon`, `lat`: arrays of incidents, or of bins with how many stand in each as `weight`; `beyond`:
    how many more lie off the map. `cells`: already counted, those of the places in time (default:
    counted from `lon`, `lat`). `hexagons`: H3 cells, drawn in the style of that name (default: the
    same cells), and `cell_base` what their counts are divided by.
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
    hexagons: H3Cells | None = None
    style: Style = "heat"
    grids: Shapes | None = None
    grid_counts: Floats | None = None
    per: Per = "count"
    cell_base: Floats | None = None
    frames: Frames | None = None
    linked: bool = False
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
    if request.style not in STYLES or (request.style == "grid" and request.grids is None):
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
    total, outside, layer, legends = _DRAW[request.style](page_map, request, language)
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
        legends=legends,
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
    shapes = layer.pop("shapes", "null")
    said = {key: translate(f"heatmap-{key}", language) for key in _SAID}
    known |= {"layer": layer, "linked": request.linked, "say": said}
    page_map.add_child(_Finish(page_map, known, shapes, language))
    return figure.render()


class _Finish(Element):
    """The page's own script, given the map and `known` values, and style, after Folium's."""

    def __init__(
        self, page_map: folium.Map, known: dict[str, Any], shapes: str, language: str
    ) -> None:
        super().__init__()
        self._shapes = shapes
        labels = [translate(f"heatmap-zoom-{way}", language) for way in ("in", "out")]
        zoom = {"position": "topleft", "zoomInTitle": labels[0], "zoomOutTitle": labels[1]}
        self._map, self._known = page_map, {**known, "zoom": zoom}

    def render(self, **kwargs: Any) -> str:
        figure = self.get_root()
        assert isinstance(figure, LocalFigure)
        known = f'{for_script(self._known)[:-1]},"shapes":{self._shapes}}}'
        arguments = f"{self._map.get_name()}, {known}"
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


Drawn = tuple[float, float, dict[str, Any], list[Legend]]


def _add_heat(page_map: folium.Map, request: HeatmapRequest, language: str) -> Drawn:
    """Gives how many are drawn, how many lie beyond the map, what the script needs, and legends."""
    spots = _thin(request)
    colours = ramp(request.theme)
    if len(spots.lon):
        data = np.column_stack([spots.lat.round(DECIMALS), spots.lon.round(DECIMALS), spots.weight])
        gradient = {f"{step / 5:g}": colour for step, colour in enumerate(colours)}
        heat: Any = HeatMap
        heat(
            data.tolist(), radius=16, blur=18, min_opacity=0.05, gradient=gradient, control=False
        ).add_to(page_map)
    # as transparent as the heat is there
    fading = tuple(f"{colour}{40 + 43 * step:02x}" for step, colour in enumerate(colours))
    total = float(spots.weight.sum())
    layer: dict[str, Any] = {"kind": "heat"}
    if request.frames is not None and len(spots.lon):
        layer |= _places(_cells(request), request.frames, language)
    legends = [Legend(ramp=fading if len(spots.lon) else ())]
    return total, request.beyond + _given(request) - total, layer, legends


def _add_clusters(page_map: folium.Map, request: HeatmapRequest, language: str) -> Drawn:
    spots = _thin(request)
    total = float(spots.weight.sum())
    layer: dict[str, Any] = {"kind": "cluster"}
    if request.frames is not None:
        layer |= _places(_cells(request), request.frames, language)
    else:
        at = np.column_stack([spots.lat.round(DECIMALS), spots.lon.round(DECIMALS)])
        layer |= {"at": at.tolist(), "frames": frames_of(spots.weight, None, language)}
    return total, request.beyond + _given(request) - total, layer, []


def _places(cells: Cells, frames: Frames, language: str) -> dict[str, Any]:
    at = np.column_stack([cells.lat.round(DECIMALS), cells.lon.round(DECIMALS)])
    return {"at": at.tolist(), "frames": frames_of(cells.count, frames, language)}


def _add_hexagons(page_map: folium.Map, request: HeatmapRequest, language: str) -> Drawn:
    cells = request.hexagons if request.hexagons is not None else _cells(request)
    title = {"code": "classes", "cell_m": f"{cells.cell_m:g}"} if isinstance(cells, Cells) else {
        "code": "h3", "resolution": str(cells.lattice.resolution),
        "cell_m": number_text(float(f"{cells.lattice.across_m:.2g}"), language),
    }  # fmt: skip
    filled = np.flatnonzero(cells.count)
    frames = request.frames
    if frames is not None:
        frames = Frames(labels=frames.labels, counts=frames.counts[:, filled])
    base = request.cell_base
    if request.per == "area":
        base = np.broadcast_to(cells.area_m2, len(cells))
    layer, legends = layer_of(
        cells.count[filled],
        base=None if base is None else base[filled],
        per=request.per,
        frames=frames,
        theme=request.theme,
        language=language,
        title=_title(request, **title),
    )
    shapes = Shapes.of_cells(cells, filled, request.bbox)
    layer |= {"kind": "shapes", "shapes": shapes.text}
    return float(cells.count.sum()), cells.outside, layer, legends


def _add_grids(page_map: folium.Map, request: HeatmapRequest, language: str) -> Drawn:
    grids, counts = request.grids, request.grid_counts
    assert grids is not None
    assert counts is not None
    layer, legends = layer_of(
        counts,
        base=grids.bases.get(request.per),
        per=request.per,
        frames=request.frames,
        theme=request.theme,
        language=language,
        title=_title(request, "grids"),
    )
    layer |= {"kind": "shapes", "shapes": grids.text}
    return float(counts.sum()), request.beyond, layer, legends


_DRAW = {
    "heat": _add_heat, "hexagon": _add_hexagons, "grid": _add_grids, "cluster": _add_clusters,
}  # fmt: skip
_SAID = ("cell", "cases", "play", "pause", "time")


def _title(request: HeatmapRequest, code: str, **params: Any) -> dict[str, Any]:
    if request.per != "count":
        return {"code": f"rate-{request.per}"}
    return {"code": code, **params}


def _thin(request: HeatmapRequest) -> Spots:
    return thin(
        request.lon, request.lat, weight=request.weight, area=request.bbox, at_most=MAX_SPOTS
    )


def _given(request: HeatmapRequest) -> float:
    return len(request.lon) if request.weight is None else float(np.sum(request.weight))


def _cells(request: HeatmapRequest) -> Cells:
    return request.cells if request.cells is not None else _count(request)


def _count(request: HeatmapRequest) -> Cells:
    area = request.area if request.area is not None else request.bbox
    cell_m = request.cell_m or suggest_cell_m(area, at_most=MAX_CELLS_DRAWN // 2)
    while True:
        cells = aggregate(request.lon, request.lat, weight=request.weight, area=area, cell_m=cell_m)
        if np.count_nonzero(cells.count) <= MAX_CELLS_DRAWN:
            return cells
        cell_m *= 1.5


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


def _page_file(name: str) -> str:
    text = resources.files("gis.hotspots").joinpath("page", name).read_text("utf-8")
    return re.sub(r"^ *(//.*)?\n", "", text, flags=re.MULTILINE)
