"""Who is there: leave and shifts are recorded and ended on the page, and change who answers."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.accessible import serious_faults
from tests.browser.conftest import DESKTOP, PHONE


@pytest.fixture(scope="module")
def office(base):
    """The jurisdiction and one of its basic grids with the person who leads it."""
    http = httpx.Client(base_url=f"{base}/api/v1", timeout=30)
    (jurisdiction,) = http.get("/jurisdictions").json()["items"]
    plan = jurisdiction["published_plan_id"]
    grids = http.get(f"/plans/{plan}/grids", params={"level": 3}).json()["items"]
    led = next(grid for grid in grids if grid["lead"])
    yield {"id": jurisdiction["id"], "grid": led, "lead": led["lead"], "http": http}
    http.close()


def pick(page, field, words):
    page.get_by_test_id(field).locator("input").click()
    page.get_by_test_id(field).locator("input").fill(words)
    page.locator("[role=option]:visible", has_text=words).first.click()


def test_leave_makes_a_post_unfilled_until_it_ends(visit, office):
    lead = office["lead"]["name"]
    one = visit()
    page = one.open("people?tab=leave")
    page.get_by_test_id("add-leave").click()
    page.get_by_test_id("leave-form-send").click()
    expect(page.get_by_test_id("leave-form").get_by_role("alert")).to_have_count(2)
    pick(page, "leave-person", lead)
    page.get_by_test_id("leave-reason").fill("病假")
    page.get_by_test_id("leave-form-send").click()
    row = page.get_by_test_id("leave-row").filter(has_text=lead)
    expect(row).to_contain_text("病假")
    page.get_by_test_id("add-leave").click()
    pick(page, "leave-person", lead)
    page.get_by_test_id("leave-reason").fill("病假")
    page.get_by_test_id("leave-form-send").click()
    expect(page.get_by_test_id("leave-form").get_by_role("alert")).to_contain_text("请假")
    one.faults.clear()  # the browser itself reports the refusal
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("leave-form")).to_have_count(0)
    page.get_by_test_id("tab-vacant").click()
    page.get_by_test_id("kind-away").click()
    expect(page.get_by_test_id("vacancies")).to_contain_text(lead)
    page.get_by_test_id("tab-leave").click()
    row.get_by_test_id("end-leave").click()
    page.get_by_test_id("end-reason").fill("返岗")
    page.get_by_test_id("end-form-send").click()
    expect(row).to_have_count(0)


def test_a_shift_is_put_on_the_roster_and_taken_off(visit, office):
    http, grid = office["http"], office["grid"]
    community = grid["parent_code"]
    page = visit("en").open(f"people?tab=duty&community={community}&day=2027-03-03")
    page.get_by_role("button", name=re.compile("Add a shift .* on 6 Mar 2027")).first.click()
    pick(page, "duty-person", office["lead"]["name"])
    page.get_by_test_id("part-night").click()
    page.get_by_test_id("duty-form-send").click()
    shift = page.get_by_test_id("shift")
    expect(shift).to_contain_text("20:00–08:00")
    (stored,) = http.get("/duties", params={"jurisdiction": office["id"]}).json()["items"]
    assert stored["since"] == "2027-03-06T12:00:00Z"
    assert stored["until"] == "2027-03-07T00:00:00Z"
    shift.click()
    page.get_by_test_id("end-reason").fill("swapped")
    page.get_by_test_id("end-form-send").click()
    expect(shift).to_have_count(0)
    page.get_by_test_id("week-after").click()
    expect(page).to_have_url(re.compile("day=2027-03-10"))


@pytest.mark.parametrize(("size", "language"), [(DESKTOP, "en"), (PHONE, "zh-CN")])
def test_the_menu_opens_and_closes_by_keyboard(visit, size, language):
    page = visit(language, size).open("people")
    button = page.get_by_test_id("more-menu")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("manage-rules")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("manage-rules")).to_be_hidden()
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    focused = "document.activeElement?.dataset.testid"
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate(focused) == "manage-rules":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("rules")).to_be_visible()
    expect(page).to_have_title(re.compile("Rules|派单规则"))


@pytest.mark.parametrize(
    ("language", "size", "theme"), [("en", DESKTOP, "light"), ("zh-CN", PHONE, "dark")]
)
def test_the_lists_fit_and_have_no_serious_axe_fault_nor_foreign_words(
    visit, language, size, theme
):
    page = visit(language, size, theme).open("people")
    for path, tabs in (
        ("people", ("vacant", "leave", "duty")),
        ("rules", ("assets", "duties", "contacts", "settings", "try")),
    ):
        if path == "rules":
            page.get_by_test_id("more-menu").click()
            page.get_by_test_id("manage-rules").click()
        for tab in tabs:
            page.get_by_test_id(f"tab-{tab}").click()
            expect(page.get_by_test_id("skeleton")).to_have_count(0)
            assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
            assert (tab, serious_faults(page)) == (tab, [])
            said = re.sub("wangge [a-z-]+ import", "", page.locator("main").inner_text())
            if language == "zh-CN":
                assert re.findall(r"[A-Za-z]{3,} [a-z]{3,} [a-z]{3,}", said) == []
