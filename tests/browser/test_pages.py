"""The three desks in a real Chromium on the demo city: drawn, bilingual, live, asking nobody."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, LANGUAGES, PHONE, WAIT_MS


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("desk", ["plan", "dispatch", "leader"])
def test_each_desk_is_drawn_in_each_language_and_says_that_it_is_synthetic(
    visit, desk, language, size
):
    one = visit(language, size, pixels=1)
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
            for allowed in ("Wangge", "网格", "演示方案", "测试"):  # the last is an account's name
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
    expect(page.get_by_test_id("panel-title")).to_contain_text("网格")
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
