"""No page of ours loads from outside, and nobody else's Folium is changed by it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import folium
import folium.plugins
import pytest

from gis.errors import UnavailableError
from gis.hotspots.assets import (
    FoliumAssets,
    LeafletMap,
    LocalFigure,
    for_script,
    for_tooltip,
    outside_loads,
)

NAMES = [
    "leaflet", "leaflet_css", "jquery", "jquery3.7.1", "bootstrap", "bootstrap_css",
    "awesome_markers", "awesome_markers_css", "awesome_markers_font_css",
    "markerclusterjs", "markerclustercss", "markerclusterdefaultcss",
]  # fmt: skip
ASSETS = FoliumAssets(paths={name: f"{name}/file" for name in NAMES})


def figure(assets: FoliumAssets = ASSETS, **options: str) -> LocalFigure:
    return LocalFigure(assets, title="map", language="en", **options)


def full_map() -> folium.Map:
    """A map with every part of Folium that pages and notebooks of the project use."""
    square = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
    page_map = folium.Map(location=(0, 0), tiles=None)
    folium.plugins.HeatMap([[0, 0, 3]]).add_to(page_map)
    cluster = folium.plugins.MarkerCluster().add_to(page_map)
    folium.Marker((0, 0), popup="a", tooltip="b", icon=folium.Icon(color="red")).add_to(cluster)
    folium.GeoJson(square, tooltip="grid").add_to(page_map)
    folium.Circle((0, 0), radius=10).add_to(page_map)
    folium.LayerControl().add_to(page_map)
    return page_map


def rendered(page_map: folium.Map, page: LocalFigure) -> str:
    page.add_child(page_map)
    return page.render()


def test_every_asset_comes_from_the_manifest() -> None:
    page = rendered(full_map(), figure())
    assert outside_loads(page) == []
    loaded = re.findall(r'<(?:script|link)[^>]* (?:src|href)="([^"]+)"', page)
    assert {url for url in loaded if not url.startswith("data:")} <= {
        f"/assets/folium/{name}/file" for name in NAMES
    }
    assert "/assets/folium/markerclusterjs/file" in loaded
    assert "simpleheat" in page


def test_an_unknown_asset_fails_loudly() -> None:
    page_map = full_map()
    folium.plugins.Fullscreen().add_to(page_map)
    with pytest.raises(UnavailableError) as caught:
        rendered(page_map, figure())
    assert caught.value.code == "hotspot-asset-unknown"
    assert caught.value.params["name"].startswith("Control.Fullscreen")
    assert "web/folium-assets.json" in str(caught.value)


def test_tiles_and_images_from_outside_are_refused_unless_allowed() -> None:
    tiles = "https://tiles.example/{z}/{x}/{y}.png"
    with pytest.raises(UnavailableError, match=r"tiles\.example"):
        rendered(folium.Map(tiles=tiles, attr="x"), figure())
    assert tiles in rendered(folium.Map(tiles=tiles, attr="x"), figure(tile_url=tiles))
    with pytest.raises(UnavailableError, match="openstreetmap"):
        rendered(folium.Map(), figure())


@pytest.mark.parametrize(
    "page",
    [
        '<script src="https://a.example/x.js">',
        "<script defer src=//a.example/x.js>",
        '<link rel="stylesheet" href="http://a.example/x.css">',
        "<style>@import 'https://a.example/x.css';</style>",
        "<style>i { background: url( //a.example/x.png ) }</style>",
        '<img alt="" src="https://a.example/x.png">',
        'L.imageOverlay("https://a.example/x.png", [])',
    ],
)
def test_loads_from_outside_are_seen(page: str) -> None:
    assert len(outside_loads(page)) == 1


def test_other_maps_in_the_process_keep_their_addresses() -> None:
    before = folium.Map().get_root().render()
    rendered(full_map(), figure())
    rendered(LeafletMap(tiles=None), figure())
    after = folium.Map().get_root().render()
    links = r'<(?:script|link)[^>]* (?:src|href)="([^"]+)"'
    assert re.findall(links, before) == re.findall(links, after)
    assert any("cdn" in url for url in re.findall(links, after))


def test_names_are_never_run_as_templates() -> None:
    page_map = LeafletMap(tiles=None)
    shape = {"type": "Point", "coordinates": [0, 0]}
    feature = {"type": "Feature", "geometry": shape, "properties": {"name": "{{ 7 * 191 }}"}}
    folium.GeoJson({"type": "FeatureCollection", "features": [feature]}).add_to(page_map)
    page = LocalFigure(ASSETS, title="{{ 7 * 191 }}</title><b>", language="en")
    text = rendered(page_map, page)
    assert "1337" not in text
    assert "{{ 7 * 191 }}" in text
    assert "</title><b>" not in text


def test_the_same_map_gives_the_same_page() -> None:
    def draw() -> str:
        page_map = LeafletMap(tiles=None)
        folium.Circle((0, 0), radius=10, tooltip="here").add_to(page_map)
        folium.plugins.HeatMap([[0, 0, 3]]).add_to(page_map)
        return rendered(page_map, figure())

    assert draw() == draw()


def test_a_page_can_carry_its_files_in_itself(tmp_path: Path) -> None:
    (tmp_path / "leaflet").mkdir()
    (tmp_path / "leaflet/l.js").write_text("let text = '</script>'")
    (tmp_path / "leaflet/l.css").write_text("a { background: url(dot.png) }")
    (tmp_path / "leaflet/dot.png").write_bytes(b"\x89PNG")
    manifest = tmp_path / "folium-assets.json"
    manifest.write_text(json.dumps({"leaflet": "leaflet/l.js", "leaflet_css": "leaflet/l.css"}))
    page = rendered(
        LeafletMap(tiles=None), figure(FoliumAssets.read(manifest, embed_from=tmp_path))
    )
    assert not re.search(r"<script[^>]+src=", page)
    assert "url(data:image/png;base64,iVBORw==)" in page
    assert "'</script>'" not in page
    (tmp_path / "leaflet/l.js").unlink()
    with pytest.raises(UnavailableError, match="make setup"):
        rendered(LeafletMap(tiles=None), figure(FoliumAssets.read(manifest, embed_from=tmp_path)))


@pytest.mark.parametrize("content", [None, "", "[]", '{"leaflet": 3}', "{"])
def test_a_missing_or_damaged_manifest_says_what_to_type(
    tmp_path: Path, content: str | None
) -> None:
    manifest = tmp_path / "folium-assets.json"
    if content is not None:
        manifest.write_text(content)
    with pytest.raises(UnavailableError, match="make setup"):
        FoliumAssets.read(manifest)


def test_values_stay_inside_their_script_and_tooltip() -> None:
    hostile = "</script><!--\u2028&${alert(1)}`\\"
    assert json.loads(for_script(hostile)) == hostile
    assert not set("<>&\u2028") & set(for_script(hostile))
    assert not set("<>`$\\{}\"'") & set(for_tooltip(hostile))
