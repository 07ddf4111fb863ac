"""The three desks in a real Chromium on the demo city: drawn, bilingual, live, asking nobody."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from rasterio.io import MemoryFile

from tests.server import serving

DESKTOP, PHONE = (1440, 900), (390, 844)
LANGUAGES = ("zh-CN", "en")
WAIT_MS = 60_000
FLAGS = [
    "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser(chromium) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=str(chromium.executable),
            env={**os.environ, **chromium.environment},
            args=FLAGS,
        )
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def base(demo_url, tmp_path_factory) -> Iterator[str]:
    with serving(demo_url, tmp_path_factory.mktemp("data")) as url:
        yield url


class Visit:
    """One reader's window, which notes what a page should never do."""

    def __init__(self, browser: Browser, base: str, language: str, size: tuple[int, int]) -> None:
        self.base = base
        self.context = browser.new_context(
            locale=language, viewport={"width": size[0], "height": size[1]}
        )
        self.context.set_default_timeout(WAIT_MS)
        self.page: Page = self.context.new_page()
        self.outside: list[str] = []
        self.faults: list[str] = []
        self.page.on("request", self._seen)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("response", self._answered)

    def _seen(self, request: Any) -> None:
        if not request.url.startswith((self.base, "data:", "blob:")):
            self.outside.append(request.url)

    def _said(self, message: Any) -> None:
        if message.type == "error":
            self.faults.append(message.text)

    def _answered(self, response: Any) -> None:
        if response.status >= 400:
            self.faults.append(f"{response.status} {response.url}")

    def open(self, desk: str) -> Page:
        self.page.goto(f"{self.base}/{desk}")
        if desk == "leader":
            frame = self.page.frame_locator("iframe")
            expect(frame.locator(".leaflet-container")).to_be_visible(timeout=WAIT_MS)
        else:
            self.idle()
        return self.page

    def idle(self) -> None:
        self.page.wait_for_function(
            "() => { const m = window.__wangge && window.__wangge.map;"
            " return m && m.loaded() && m.areTilesLoaded() && !m.isMoving(); }",
            timeout=WAIT_MS,
        )

    def colours(self, clip: dict[str, float]) -> int:
        with MemoryFile(self.page.screenshot(clip=clip)) as file, file.open() as image:
            pixels = image.read()[:3].reshape(3, -1)
        return len(np.unique(pixels, axis=1).T)


@pytest.fixture
def visit(browser, base) -> Iterator[Any]:
    opened: list[Visit] = []

    def make(language: str = "zh-CN", size: tuple[int, int] = DESKTOP) -> Visit:
        opened.append(Visit(browser, base, language, size))
        return opened[-1]

    yield make
    for one in opened:
        one.context.close()
        assert one.outside == []
        assert one.faults == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("desk", ["plan", "dispatch", "leader"])
def test_each_desk_is_drawn_in_each_language_and_says_that_it_is_synthetic(
    visit, desk, language, size
):
    one = visit(language, size)
    page = one.open(desk)
    word = {"zh-CN": "合成数据", "en": "Synthetic"}[language]
    expect(page.get_by_test_id("synthetic-label")).to_contain_text(word)
    assert page.locator("html").get_attribute("lang") == language
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= size[0]
    map_clip = {"x": 20, "y": 120, "width": size[0] - 40, "height": 300}
    assert one.colours(map_clip) > 100


def test_the_interface_has_no_english_sentence_in_chinese_and_none_the_other_way(visit):
    for language, foreign in (
        ("zh-CN", r"[A-Za-z]{3,} [a-z]{3,} [a-z]{3,}"),
        ("en", r"[一-鿿]{2,}"),
    ):
        one = visit(language)
        for desk in ("plan", "leader"):
            page = one.open(desk)
            text = page.locator("body").inner_text()
            for allowed in ("Wangge", "网格", "演示方案 Demo plan"):
                text = text.replace(allowed, "")
            assert re.findall(foreign, text) == []


def test_a_plan_shows_every_grid_with_its_deviation_and_people(visit):
    one = visit()
    page = one.open("plan")
    expect(page.get_by_test_id("balance-panel")).to_contain_text("104")
    page.get_by_test_id("table-row").first.click()
    card = page.get_by_test_id("grid-card")
    expect(card).to_be_visible()
    expect(page.get_by_test_id("posts")).to_contain_text("网格长")
    page.get_by_test_id("show-units").click()
    one.idle()


def test_a_case_tells_what_where_whose_and_who(visit):
    page = visit().open("dispatch")
    page.get_by_test_id("incident-row").first.click()
    case = page.get_by_test_id("case")
    expect(case).to_be_visible()
    expect(case.get_by_test_id("case-grid")).to_contain_text("网格")
    expect(case.get_by_test_id("responsible").locator("a[href^='tel:']").first).to_be_visible()
    expect(case.get_by_test_id("chain")).to_contain_text("街道")
    expect(case.get_by_test_id("history")).to_be_visible()


def test_a_click_on_the_map_names_the_owner_and_a_report_appears_everywhere(visit, base):
    watching, writing = visit(), visit()
    seen, page = watching.open("dispatch"), writing.open("dispatch")
    box = page.get_by_test_id("map").bounding_box()
    place = page.evaluate(
        "() => { const m = window.__wangge.map, c = m.getCenter(); return [c.lng, c.lat]; }"
    )
    assert box is not None
    page.evaluate("([x, y]) => window.__wangge.map.jumpTo({center: [x, y], zoom: 18})", place)
    writing.idle()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get_by_test_id("point")).to_be_visible()
    expect(page.get_by_test_id("route-grid")).to_contain_text("网格")
    title = "浏览器测试：井盖破损"
    expect(page.get_by_test_id("new-incident")).to_be_visible()
    page.get_by_test_id("new-category").click()
    page.locator("[role=option]:visible").first.click()
    page.get_by_test_id("new-title").fill(title)
    page.get_by_test_id("new-send").click()
    expect(page.get_by_text(title).first).to_be_visible()
    expect(seen.get_by_test_id("incident-row").first).to_contain_text(title)


def test_a_hostile_title_stays_text(visit, base):
    listed = httpx.get(f"{base}/api/v1/jurisdictions").json()["items"][0]
    west, south, east, north = listed["bbox"]
    title = "<img src=x onerror=document.title='hacked'>"
    made = httpx.post(
        f"{base}/api/v1/incidents",
        json={
            "category": "01", "title": title, "source": "patrol",
            "lon": (west + east) / 2, "lat": (south + north) / 2,
        },
    )  # fmt: skip
    assert made.status_code == 201
    page = visit().open("dispatch")
    expect(page.get_by_test_id("incident-row").first).to_contain_text("onerror")
    page.get_by_test_id("incident-row").first.click()
    expect(page.get_by_text(title, exact=True).last).to_be_visible()
    assert page.title() != "hacked"


def test_a_leader_narrows_the_heatmap_to_a_category_and_a_window(visit):
    one = visit()
    page = one.open("leader")
    expect(page.get_by_test_id("headline")).not_to_be_empty()
    page.get_by_test_id("category-03").click()
    frame = page.frame_locator("iframe")
    expect(frame.locator("body")).to_contain_text("非法建设", timeout=WAIT_MS)
    page.get_by_test_id("window-all").click()
    expect(frame.locator("body")).to_contain_text("2024", timeout=WAIT_MS)


def test_language_is_switched_in_place_and_remembered(visit):
    one = visit()
    page = one.open("plan")
    page.get_by_test_id("language").click()
    expect(page.get_by_test_id("balance-panel")).to_contain_text("grids")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "en")
