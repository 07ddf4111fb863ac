"""The heatmap's page: bounded, escaped, bilingual, and honest about what it counts."""

from __future__ import annotations

import dataclasses
import html
import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
import shapely

from gis.errors import InputError
from gis.hotspots.assets import FoliumAssets, outside_loads
from gis.hotspots.density import aggregate
from gis.hotspots.ground import boundary_lines, names, street_lines
from gis.hotspots.heatmap import HeatmapRequest, render_heatmap
from gis.hotspots.layers import Frames, GridShape, Shapes, class_bounds
from gis.hotspots.panel import CategoryCount, number_text, window_text
from gis.hotspots.significance import getis_ord, hotspots
from gis.messages import FOLDER

ASSETS = FoliumAssets(paths={"leaflet": "l.js", "leaflet_css": "l.css"})
CITY = (113.60, 34.74, 113.63, 34.77)
HOSTILE = "</script><script>alert('x')</script>`${1}`{{ 7 * 191 }}{% if %}\"'\\"


def feature(shape: Any, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": shapely.geometry.mapping(shape),
        "properties": properties,
    }


def collection(*features: dict[str, Any]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


GRIDS = collection(
    feature(shapely.box(113.60, 34.74, 113.615, 34.77), name="West"),
    feature(shapely.box(113.615, 34.74, 113.63, 34.77), name="East"),
)
STREETS = collection(
    feature(shapely.LineString([(113.60, 34.75), (113.63, 34.75)]), **{"class": 6}),
    feature(shapely.LineString([(113.61, 34.74), (113.61, 34.77)]), **{"class": 3}),
)


def request(n: int = 2000, **changes: Any) -> HeatmapRequest:
    rng = np.random.default_rng(4)
    lon = np.concatenate([rng.uniform(113.60, 113.63, n), rng.normal(113.61, 0.0008, n // 10)])
    lat = np.concatenate([rng.uniform(34.74, 34.77, n), rng.normal(34.76, 0.0008, n // 10)])
    cells = aggregate(lon, lat, area=CITY, cell_m=75)
    given: dict[str, Any] = {
        "language": "en",
        "place": "Tongbai Road",
        "since": datetime(2026, 1, 1, tzinfo=UTC),
        "until": datetime(2026, 2, 1, tzinfo=UTC),
        "bbox": CITY,
        "lon": lon,
        "lat": lat,
        "hotspots": hotspots(cells, getis_ord(cells, 150)),
        "tally": [CategoryCount(name="Illegal building", colour="#0067a3", count=len(lon))],
        "boundaries": GRIDS,
        "streets": STREETS,
    }
    return HeatmapRequest(**(given | changes))


def known(page: str) -> dict[str, Any]:
    """What the server gave to the page's script."""
    found = re.search(r"\}\)\(map_\w+, (\{.*\})\);$", page, re.MULTILINE)
    assert found
    return json.loads(found[1])


def heat_data(page: str) -> list[list[float]]:
    found = re.search(r"L\.heatLayer\(\s*(\[.*?\]),\s*\{", page, re.DOTALL)
    return json.loads(found[1]) if found else []


def words(page: str) -> str:
    body = re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.DOTALL)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))


@pytest.mark.parametrize("style", ["heat", "hexagon"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_shows_everything_from_its_own_origin(style: str, language: str, theme: str) -> None:
    page = render_heatmap(request(style=style, language=language, theme=theme), ASSETS)
    assert outside_loads(page) == []
    assert not re.search(r'(?:src|href)="(?!/assets/folium/|data:)', page)
    assert f'<html lang="{language}" data-theme="{theme}">' in page
    text = words(page)
    assert "2,200" in text
    assert {name[2] for name in known(page)["names"]} == {"East", "West"}
    assert len(known(page)["places"]) == 1
    assert "heatmap-" not in text
    assert "L.heatLayer" in page if style == "heat" else known(page)["shapes"]["rings"]


def test_the_number_of_incidents_does_not_swell_the_page() -> None:
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(113.60, 113.63, 400_000), rng.uniform(34.74, 34.77, 400_000)
    heat = render_heatmap(request(lon=lon, lat=lat), ASSETS)
    spots = heat_data(heat)
    assert 1000 < len(spots) <= 5000
    assert sum(spot[2] for spot in spots) == 400_000
    hexagons = render_heatmap(request(lon=lon, lat=lat, style="hexagon", cell_m=10), ASSETS)
    told = known(hexagons)
    assert len(told["shapes"]["rings"]) <= 4000
    assert max(len(heat), len(hexagons)) < 1_500_000
    assert sum(told["layer"]["frames"][0]["v"]) == 400_000


def test_bins_with_weights_say_the_same_as_their_points() -> None:
    lon, lat = [113.61, 113.62], [34.75, 34.76]
    binned = request(lon=np.array(lon), lat=np.array(lat), weight=np.array([3.0, 2.0]))
    single = request(lon=np.repeat(lon, [3, 2]), lat=np.repeat(lat, [3, 2]))
    for style in ("heat", "hexagon"):
        pages = [
            render_heatmap(dataclasses.replace(one, style=style), ASSETS)
            for one in (binned, single)
        ]
        assert pages[0] == pages[1]


def two_grids(**changes: Any) -> dict[str, Any]:
    """A request of the style `grid`: 1,800 people in the west, nobody in the east."""
    west = shapely.box(113.60, 34.74, 113.615, 34.77)
    east = shapely.box(113.615, 34.74, 113.63, 34.77)
    people = {"population": 1800, "households": 600}, {"population": 0, "households": 0}
    shapes = Shapes.of_grids([
        GridShape(code="410102004", name=HOSTILE, polygon=west, area_m2=2e6, **people[0]),
        GridShape(code="410102005", name="East", polygon=east, area_m2=2e6, **people[1]),
    ])  # fmt: skip
    return {"style": "grid", "grids": shapes, "grid_counts": np.array([90.0, 10.0]),
            "hotspots": [], **changes}  # fmt: skip


@pytest.mark.parametrize(
    ("per", "rates"), [("population", [50, 0]), ("households", [15, 0]), ("area", [45, 5])]
)
def test_rates_are_counts_by_what_is_there(per: str, rates: list[float]) -> None:
    page = render_heatmap(request(**two_grids(per=per)), ASSETS)
    layer = known(page)["layer"]
    told = layer["frames"][0]
    by_place = dict(zip(told["i"], told["v"], strict=True))
    assert [by_place[at] * rate for at, rate in enumerate(layer["rate"])] == pytest.approx(
        rates, rel=1e-5
    )
    assert ("Without colour" in words(page)) is (per != "area")
    assert known(page)["shapes"]["codes"] == ["410102004", "410102005"]
    assert known(page)["shapes"]["names"][0] == HOSTILE
    assert page.count("<script") == page.count("</script>")


@pytest.mark.parametrize("style", ["heat", "hexagon", "grid", "cluster"])
def test_periods_add_up_to_the_window(style: str) -> None:
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(113.601, 113.629, 900), rng.uniform(34.741, 34.769, 900)
    parts = [aggregate(lon[at::3], lat[at::3], area=CITY, cell_m=150) for at in range(3)]
    whole = aggregate(lon, lat, area=CITY, cell_m=150)
    counts = np.array([part.count for part in parts])
    if style == "grid":
        counts = np.array([[30.0, 2.0], [40.0, 0.0], [20.0, 8.0]])
    given = two_grids() if style == "grid" else {}
    frames = Frames(labels=["a", "b", "c"], counts=counts)
    page = render_heatmap(
        request(**given | {"style": style, "lon": lon, "lat": lat, "cells": whole,
                           "frames": frames}), ASSETS,
    )  # fmt: skip
    told = known(page)["layer"]["frames"]
    assert [one["t"] for one in told] == ["Whole window", "a", "b", "c"]
    assert told[0]["n"] == sum(one["n"] for one in told[1:]) == counts.sum()
    totals: dict[int, int] = {}
    for one in told[1:]:
        for at, count in zip(one["i"], one["v"], strict=True):
            totals[at] = totals.get(at, 0) + count
    assert totals == dict(zip(told[0]["i"], told[0]["v"], strict=True))


def test_names_cannot_run() -> None:
    grids = collection(feature(shapely.box(*CITY), name=HOSTILE))
    page = render_heatmap(
        request(
            place=HOSTILE,
            category=HOSTILE,
            boundaries=grids,
            tally=[CategoryCount(name=HOSTILE, colour='red"><script>', count=1)],
            tile_url="/tiles/{z}/{x}/{y}.png",
            tile_attribution=HOSTILE,
        ),
        ASSETS,
    )
    assert "<script>alert" not in page
    assert "1337" not in page
    assert page.count("<script") == page.count("</script>")
    assert known(page)["names"][0][2] == HOSTILE
    assert HOSTILE in words(page)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("zh-CN", "本时段没有事件"), ("en", "No incidents in this period")],
)
@pytest.mark.parametrize("style", ["heat", "hexagon"])
def test_without_incidents_the_page_says_so_and_what_to_do(
    style: str, language: str, sentence: str
) -> None:
    nothing = np.empty(0)
    page = render_heatmap(
        request(lon=nothing, lat=nothing, hotspots=[], style=style, language=language, tally=[]),
        ASSETS,
    )
    assert sentence in words(page)
    assert "L.heatLayer" not in page
    assert known(page)["bounds"] == [[34.74, 113.60], [34.77, 113.63]]


def test_what_lies_outside_the_map_is_told() -> None:
    some = request(lon=np.array([113.61, 120.0]), lat=np.array([34.75, 30.0]))
    assert "1 more lies outside the map" in words(render_heatmap(some, ASSETS))


def test_hotspots_are_explained_in_plain_words() -> None:
    one = request()
    assert one.hotspots
    spot = one.hotspots[0]
    page = render_heatmap(one, ASSETS)
    assert f"{number_text(spot.ratio, 'en', places=1)} ×" in words(page)
    assert "times as many.<br>More than chance explains" in page
    for basis in ("even", "population", "history"):
        assert "Expected: " in words(render_heatmap(request(basis=basis), ASSETS))
    untested = words(render_heatmap(request(hotspots=None), ASSETS))
    assert "hotspot" not in untested
    assert "No hotspots" in words(render_heatmap(request(hotspots=[]), ASSETS))


def test_an_office_may_have_its_own_tiles() -> None:
    url = "https://tiles.office.example/{z}/{x}/{y}.png"
    page = render_heatmap(request(tile_url=url, tile_attribution="Office"), ASSETS)
    assert set(outside_loads(page)) == {url}


def test_an_unknown_style_is_refused() -> None:
    with pytest.raises(InputError, match="heat, hexagon"):
        render_heatmap(request(style="rainbow"), ASSETS)


def test_threads_give_the_same_pages_as_one_after_the_other() -> None:
    wanted = [request(style=style, language=lang) for style in ("heat", "hexagon")
              for lang in ("zh-CN", "en")]  # fmt: skip
    alone = [render_heatmap(one, ASSETS) for one in wanted]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda one: render_heatmap(one, ASSETS), wanted * 2)) == alone * 2


def test_shared_boundaries_are_drawn_once() -> None:
    lines = boundary_lines(GRIDS)["features"][0]["geometry"]["coordinates"]
    length = sum(shapely.LineString(line).length for line in lines)
    assert length == pytest.approx(2 * 0.03 + 3 * 0.03, rel=1e-6)


def test_odd_features_are_no_trouble() -> None:
    odd = collection(
        {"type": "Feature", "geometry": None, "properties": None},
        feature(shapely.Point(1, 1), name="no polygon"),
        {**feature(shapely.box(0, 0, 1, 1)), "properties": None},
    )
    assert names(odd) == []
    assert len(boundary_lines(odd)["features"]) == 1
    assert street_lines(odd) == []
    assert boundary_lines({})["features"] == []
    assert [rank for rank, _ in street_lines(STREETS)] == [3, 6]


@pytest.mark.parametrize("counts", [[1], [1, 1, 1], [5, 900], list(range(1, 400))])
def test_classes_cover_every_count(counts: list[int]) -> None:
    bounds = class_bounds(np.array(counts, float))
    assert bounds[0] == min(counts)
    assert len(bounds) <= 6
    assert (np.diff(bounds) > 0).all()
    assert bounds[-1] <= max(counts)


def test_a_window_is_written_by_its_first_and_last_day() -> None:
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    assert window_text(start, end, "en") == "1 Jan 2026 to 31 Jan 2026"
    assert window_text(start, end, "zh-CN") == "2026年1月1日 至 2026年1月31日"
    assert window_text(start, datetime(2026, 1, 2, tzinfo=UTC), "en") == "1 Jan 2026"


def test_both_catalogues_say_the_same_things() -> None:
    codes = [
        set(re.findall(r"^([a-z-]+) =", (FOLDER / f"hotspots.{language}.ftl").read_text(), re.M))
        for language in ("en", "zh-CN")
    ]
    assert codes[0] == codes[1]
