"""The leader's page: the map by any filter and over time, what changes, what is coming, a file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.accessible import serious_faults
from tests.browser.conftest import PHONE, WAIT_MS

WALL, OFFICE = (1920, 1080), (1366, 768)


def frame_of(page):
    expect(page.get_by_test_id("heatmap")).to_have_attribute("data-loaded", "true", timeout=WAIT_MS)
    frame = page.frame_locator("iframe")
    expect(frame.locator("html")).to_have_attribute("data-ready", "true", timeout=WAIT_MS)
    return frame


def test_months_play_and_a_grid_leads_to_its_cases(visit):
    page = visit().open("leader?w=365&style=grid&hl=1&per=population&play=month")
    frame = frame_of(page)
    expect(frame.locator(".wg-key:visible")).to_contain_text("每千人")
    whole = frame.locator(".wg-time output").inner_text()
    slider = frame.locator(".wg-time input")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(frame.locator("body")).to_have_attribute("data-frame", "1")
    assert frame.locator(".wg-time output").inner_text() != whole
    assert int(slider.get_attribute("max")) in (12, 13)
    frame.get_by_role("button", name="播放").click()
    expect(frame.locator("body")).to_have_attribute("data-frame", "3", timeout=WAIT_MS)
    frame.get_by_role("button", name="暂停").click()
    slider.press("Home")
    city = frame.locator("path.wg-boundary").bounding_box()
    page.mouse.click(city["x"] + 0.3 * city["width"], city["y"] + 0.6 * city["height"])
    expect(page).to_have_url(re.compile(r"/dispatch\?.*grid=41010200[45]"))
    expect(page.get_by_test_id("incident-row").first).to_be_visible()


def test_filters_narrow_map_and_counts_alike_and_stay_in_the_address(visit):
    page = visit().open("leader?w=all&source=sensor&severity=1&status=closed&style=cluster")
    frame = frame_of(page)
    strip = page.get_by_test_id("categories").locator(".found a").first
    total = re.sub(r"\D", "", strip.inner_text())
    drawn = re.sub(r"\D", "", frame.locator(".wg-total b").inner_text())
    beyond = re.search(r"另有 (\d+) 件", frame.locator(".wg-panel").inner_text())
    assert int(drawn) + int(beyond[1] if beyond else 0) == int(total) > 0
    bubbles = frame.locator(".wg-cluster").all_inner_texts()
    assert sum(int(re.sub(r"\D", "", text)) for text in bubbles) == int(drawn)
    strip.click()
    expect(page).to_have_url(re.compile(r"source=sensor"))
    assert {"severity=1", "status=closed"} <= set(page.url.split("?")[1].split("&"))


def test_what_changes_is_told_marked_and_explained(visit):
    page = visit("en").open("leader?spots=change&w=365&category=04")
    frame = frame_of(page)
    first = page.get_by_test_id("emerging").get_by_test_id("place").first
    expect(first).to_contain_text("times what is usual there", timeout=WAIT_MS)
    count = page.get_by_test_id("place").count()
    expect(frame.locator("body")).to_have_attribute("data-marks", str(count))
    page.get_by_text("What do these words mean").click()
    expect(page.get_by_text("A hotspot in the last quarter of the year")).to_be_visible()
    expect(page.get_by_test_id("headline-place")).to_contain_text("since")
    first.click()
    expect(page).to_have_url(re.compile(r"/dispatch\?.*bbox="))
    expect(page.get_by_test_id("incident-row").first).to_be_visible()


@pytest.mark.parametrize(
    ("size", "theme", "side"),
    [(PHONE, "dark", "spots=change"), (OFFICE, "light", "side=forecast&fl=0"),
     (WALL, "dark", "side=forecast&fl=0&style=grid&play=week")],
)  # fmt: skip
def test_it_fits_and_axe_finds_nothing_serious(visit, size, theme, side):
    page = visit("zh-CN", size, theme).open(f"leader?w=365&{side}")
    frame_of(page)
    what = "forecast" if "forecast" in side else "emerging"
    expect(page.get_by_test_id(what)).to_be_visible(timeout=3 * WAIT_MS)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    top, strip = page.locator("header.top"), page.get_by_test_id("categories")
    above = top.bounding_box()
    assert above["y"] + above["height"] <= strip.bounding_box()["y"]
    assert serious_faults(page) == []


def test_the_file_opens_without_any_server(browser, visit, tmp_path: Path):
    page = visit().open("leader?w=365&style=hexagon&play=month")
    frame_of(page)
    with page.expect_download() as saving:
        page.get_by_test_id("heat-file").click()
    file = tmp_path / "heatmap.html"
    saving.value.save_as(file)
    context = browser.new_context(offline=True)
    alone = context.new_page()
    asked: list[str] = []
    faults: list[str] = []
    alone.on("request", lambda one: asked.append(one.url))
    alone.on("pageerror", lambda error: faults.append(str(error)))
    alone.goto(file.as_uri())
    alone.wait_for_selector("html[data-ready=true]")
    alone.locator(".wg-time input").press("ArrowRight")
    expect(alone.locator("body")).to_have_attribute("data-frame", "1")
    inked = """() => [...document.querySelectorAll('canvas')].some((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
      return data.some((value) => value > 0)
    })"""
    assert alone.evaluate(inked)
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert faults == []
    context.close()
