"""Two plans side by side: figures and table as the server gives them, and a divider that works."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from gis.store.engine import make_engine
from tests.browser.drafts import exchanged


@pytest.fixture(scope="module")
def draft(demo_url):
    engine = make_engine(demo_url)
    made = exchanged(engine, "对比试验")
    engine.dispose()
    return made


@pytest.fixture(scope="module")
def in_force(http):
    (jurisdiction,) = http.get("/jurisdictions").json()["items"]
    return jurisdiction["published_plan_id"]


def test_what_differs_is_shown_sorted_and_on_both_sides_of_the_divider(
    visit, http, in_force, draft
):
    told = http.get(f"/plans/{in_force}/compare/{draft}").json()
    assert told["people_moved"] > 0
    one = visit("en")
    page = one.open(f"plan/compare?a={in_force}&b={draft}")
    figures = page.get_by_test_id("compare-people")
    expect(figures).to_contain_text(f"{told['people_moved']:,}")
    effects = http.get(f"/plans/{in_force}/compare/{draft}/effects").json()
    moved = (effects["exact"] or effects)["incidents_moved"]
    expect(page.get_by_test_id("compare-incidents")).to_contain_text(f"{moved:,} /")
    # Only what changes is listed, unless all is asked for.
    rows = page.get_by_test_id("compare-table").locator("tbody tr")
    changed = [row for row in told["grids"] if row["change"] != "same"]
    expect(rows).to_have_count(len(changed))
    page.get_by_test_id("compare-sort-in").click()
    most = max(changed, key=lambda row: row["people_in"])
    expect(rows.first).to_have_attribute("data-code", most["code"])
    expect(rows.first).to_contain_text(f"+{most['people_in']:,}")
    page.get_by_test_id("compare-sort-in").click()
    least = min(changed, key=lambda row: row["people_in"])
    expect(rows.first).to_have_attribute("data-code", least["code"])
    page.get_by_test_id("compare-all").check()
    expect(rows).to_have_count(min(40, len(told["grids"])))

    # The divider follows the keyboard and the mouse.
    divider = page.get_by_test_id("swipe-divider")
    expect(divider).to_have_attribute("aria-valuenow", "50")
    divider.focus()
    page.keyboard.press("ArrowRight")
    expect(divider).to_have_attribute("aria-valuenow", "52")
    page.keyboard.press("Home")
    expect(divider).to_have_attribute("aria-valuenow", "0")
    page.keyboard.press("End")
    expect(divider).to_have_attribute("aria-valuenow", "100")
    frame = page.get_by_test_id("swipe").bounding_box()
    middle = frame["y"] + frame["height"] * 0.4
    page.mouse.move(frame["x"] + frame["width"] - 2, middle)
    page.mouse.down()
    page.mouse.move(frame["x"] + frame["width"] * 0.3, middle, steps=3)
    page.mouse.up()
    expect(divider).to_have_attribute("aria-valuenow", "30")

    # Both maps look at the same place, whichever is moved.
    sides = page.get_by_test_id("swipe").locator(".side")
    for x in (0.15, 0.7):
        before = sides.nth(0).get_attribute("data-at")
        page.mouse.move(frame["x"] + frame["width"] * x, middle)
        page.mouse.down()
        page.mouse.move(frame["x"] + frame["width"] * x + 60, middle + 40, steps=4)
        page.mouse.up()
        expect(sides.nth(0)).not_to_have_attribute("data-at", before or "")
        one.idle()
        expect(sides.nth(1)).to_have_attribute("data-at", sides.nth(0).get_attribute("data-at"))

    page.get_by_test_id("compare-turn").click()
    expect(figures).to_contain_text(f"{told['people_moved']:,}")
    expect(page).to_have_url(f"{one.base}/plan/compare?a={draft}&b={in_force}")


def test_a_finger_moves_the_divider_on_a_phone(browser, base, in_force, draft):
    context = browser.new_context(
        locale="zh-CN", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True,
        device_scale_factor=0.5,
    )  # fmt: skip
    page = context.new_page()
    page.goto(f"{base}/plan/compare?a={in_force}&b={draft}")
    divider = page.get_by_test_id("swipe-divider")
    expect(divider).to_have_attribute("aria-valuenow", "50")
    box = divider.bounding_box()
    touch = context.new_cdp_session(page)
    y = box["y"] + box["height"] / 2
    points = [box["x"] + 16, box["x"] - 40, box["x"] - 95]
    for kind, x in zip(("touchStart", "touchMove", "touchMove"), points, strict=True):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(divider).not_to_have_attribute("aria-valuenow", "50")
    assert int(divider.get_attribute("aria-valuenow")) < 35
    context.close()
