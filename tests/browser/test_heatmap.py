"""The heatmap in a real Chromium: it draws, folds, speaks, and asks nobody outside."""

from __future__ import annotations

import functools
import http.server
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import shapely
from playwright.sync_api import Browser, Page, sync_playwright

from gis.hotspots.assets import FoliumAssets
from gis.hotspots.density import aggregate
from gis.hotspots.heatmap import HeatmapRequest, render_heatmap
from gis.hotspots.panel import CategoryCount
from gis.hotspots.significance import getis_ord, hotspots

WEB = Path(__file__).parents[2] / "web"
DIST = WEB / "dist"
CITY = (113.60, 34.74, 113.63, 34.77)
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>`${alert(3)}`"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("WANGGE_CHROMIUM", "/usr/bin/chromium"),
            args=[
                "--no-sandbox", "--disable-background-networking", "--disable-component-update",
                "--disable-sync", "--no-first-run",
            ],
        )  # fmt: skip
        yield browser
        browser.close()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    root = tmp_path_factory.mktemp("site")
    (root / "assets").symlink_to(DIST / "assets")
    handler = functools.partial(Quiet, directory=str(root))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield root, f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def a_page(language: str, style: str, *, points: int = 1500, name: str = "中心") -> str:
    rng = np.random.default_rng(4)
    lon = np.concatenate(
        [rng.uniform(113.60, 113.63, points), rng.normal(113.61, 8e-4, points // 9)]
    )
    lat = np.concatenate([rng.uniform(34.74, 34.77, points), rng.normal(34.76, 8e-4, points // 9)])
    cells = aggregate(lon, lat, area=CITY, cell_m=75)
    grid = {
        "type": "Feature",
        "geometry": shapely.geometry.mapping(shapely.box(*CITY)),
        "properties": {"name": name},
    }
    request = HeatmapRequest(
        language=language,
        place=name,
        category=name,
        since=datetime(2026, 1, 1, tzinfo=UTC),
        until=datetime(2026, 2, 1, tzinfo=UTC),
        bbox=CITY,
        lon=lon,
        lat=lat,
        style=style,
        hotspots=hotspots(cells, getis_ord(cells, 150)),
        tally=[CategoryCount(name=name, colour="#0067a3", count=len(lon))],
        boundaries={"type": "FeatureCollection", "features": [grid]},
        synthetic=True,
    )
    return render_heatmap(request, FoliumAssets.read(DIST / "folium-assets.json"))


def opened(
    browser: Browser, site: tuple[Path, str], html: str, size: tuple[int, int] = (1440, 900)
) -> tuple[Page, list[str]]:
    """The page, and what went wrong or went outside on the way."""
    root, origin = site
    (root / "page.html").write_text(html, encoding="utf-8")
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    faults: list[str] = []
    page.on("console", lambda m: m.type in ("error", "warning") and faults.append(m.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: (faults.append(dialog.message), dialog.dismiss()))
    page.on("response", lambda r: faults.append(f"{r.status} {r.url}") if r.status >= 400 else None)
    page.on(
        "request",
        lambda r: faults.append(r.url) if not r.url.startswith((origin, "data:")) else None,
    )
    page.goto(f"{origin}/page.html")
    page.wait_for_selector("html[data-ready=true]")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    return page, faults


INKED = """(canvas) => {
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data
  let inked = 0
  for (let i = 3; i < data.length; i += 4) inked += data[i] > 0
  return inked / (canvas.width * canvas.height)
}"""


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("style", ["heat", "hexagon"])
def test_the_heat_is_drawn_and_explained(
    browser: Browser, site: tuple[Path, str], style: str, language: str, size: tuple[int, int]
) -> None:
    page, faults = opened(browser, site, a_page(language, style), size)
    canvas = page.locator("canvas").first
    assert canvas.evaluate(INKED) > 0.02
    assert page.locator("path.wg-circle").count() == 1
    assert page.locator("path.wg-boundary").count() == 1
    panel = page.locator("details.wg-panel")
    assert panel.evaluate("(panel) => panel.open") is (size[0] > 640)
    if size[0] <= 640:
        page.locator("summary").click()
    page.locator("[data-place]").first.click()
    assert page.locator("html").get_attribute("lang") == language
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    assert faults == []
    page.close()


def test_a_hotspot_says_on_hover_what_it_is(browser: Browser, site: tuple[Path, str]) -> None:
    page, faults = opened(browser, site, a_page("en", "heat"))
    page.locator("path.wg-circle").hover(force=True)
    assert "times as many" in page.locator(".leaflet-tooltip").inner_text()
    assert faults == []
    page.close()


def test_a_hostile_name_is_only_a_name(browser: Browser, site: tuple[Path, str]) -> None:
    page, faults = opened(browser, site, a_page("en", "heat", name=HOSTILE))
    assert HOSTILE in page.locator("h1").inner_text()
    assert HOSTILE in page.locator(".wg-label").all_text_contents()
    assert HOSTILE in page.title()
    assert faults == []
    page.close()
