"""The desks in use: by keyboard, on a phone, offline, by link; and without serious axe faults."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.accessible import serious_faults
from tests.browser.conftest import DESKTOP, PHONE


@pytest.mark.parametrize(
    ("desk", "opener"),
    [("plan", "table-row"), ("dispatch", "incident-row"), ("leader", None)],
)
@pytest.mark.parametrize(("size", "theme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_axe_finds_no_serious_fault(visit, desk, opener, size, theme):
    one = visit("zh-CN", size, theme)
    page = one.open(desk)
    if opener and page.get_by_test_id(opener).count():
        page.get_by_test_id(opener).first.click()
        expect(page.get_by_test_id("close-panel")).to_be_visible()
        expect(page.get_by_test_id("chain")).to_be_visible()
    assert serious_faults(page) == []


def test_a_chosen_incident_lies_in_sight_beside_its_case(visit):
    one = visit()
    page = one.open("dispatch")
    for row in range(4):
        page.get_by_test_id("incident-row").nth(row).click()
        expect(page.get_by_test_id("case")).to_be_visible()
        one.idle()
        place = page.evaluate(
            """async () => {
              const id = new URL(location.href).searchParams.get('incident')
              const one = await (await fetch(`/api/v1/incidents/${id}`)).json()
              const { x, y } = window.__wangge.map.project([one.lon, one.lat])
              const map = document.querySelector('[data-testid=map]').getBoundingClientRect()
              return [map.x + x, map.y + y]
            }"""
        )
        left = page.get_by_test_id("left-panel").bounding_box()
        right = page.get_by_test_id("right-panel").bounding_box()
        assert left["x"] + left["width"] < place[0] < right["x"]
        assert 0 < place[1] < DESKTOP[1]


def test_search_is_one_key_away_and_finds_a_grid(visit):
    one = visit("en")
    page = one.open("plan")
    page.keyboard.press("/")
    expect(page.locator("input:focus")).to_have_count(1)
    page.keyboard.type("Jianxi Community, Grid 1")
    expect(page.locator("[role=option]:visible").first).to_contain_text("Jianxi")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"[?&]grid=\d{15}"))


def test_a_panel_folds_away_and_comes_back(visit):
    page = visit().open("dispatch")
    fold = page.locator(".left-fold")
    fold.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("left-panel")).to_be_hidden()
    assert fold.get_attribute("aria-expanded") == "false"
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("left-panel")).to_be_visible()


CENTRE = "() => window.__wangge.map.getCenter().toArray().map((x) => x.toFixed(3))"


def test_a_link_carries_the_whole_view(visit):
    first = visit()
    page = first.open("dispatch")
    page.get_by_test_id("incident-row").nth(2).click()
    expect(page.get_by_test_id("case")).to_be_visible()
    title = page.get_by_test_id("panel-title").inner_text()
    first.idle()
    page.get_by_test_id("zoom-in").click()
    first.idle()
    expect(page).to_have_url(re.compile("[?&]at="))
    address, centre = page.url.removeprefix(f"{first.base}/"), page.evaluate(CENTRE)
    page.close()
    other = visit("en").open(address)
    expect(other.get_by_test_id("panel-title")).to_have_text(title)
    assert other.evaluate(CENTRE) == centre


def test_a_phone_has_one_sheet_that_the_keyboard_moves_as_well(visit):
    one = visit("zh-CN", PHONE)
    page = one.open("dispatch")
    sheet = page.get_by_test_id("bottom-sheet")
    handle = sheet.locator(".handle")
    handle.focus()
    page.keyboard.press("ArrowUp")
    expect(sheet).to_have_attribute("data-snap", "full")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(sheet).to_have_attribute("data-snap", "peek")
    page.keyboard.press("ArrowUp")
    page.get_by_test_id("incident-row").first.click()
    expect(page.get_by_test_id("case")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


def test_without_the_network_the_page_says_so_and_recovers(visit):
    one = visit()
    page = one.open("dispatch")
    one.context.set_offline(True)
    expect(page.get_by_test_id("offline-banner")).to_be_visible()
    one.context.set_offline(False)
    expect(page.get_by_test_id("offline-banner")).to_be_hidden()
    one.faults.clear()  # the browser itself reports each request that the cut line refused
