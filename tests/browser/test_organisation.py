"""The organisation: a unit and its chain, a post that changes hands, a departure, a workbook."""

from __future__ import annotations

import httpx
import openpyxl
import pytest
from playwright.sync_api import expect

from tests.browser.accessible import serious_faults
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_people import pick


@pytest.fixture(scope="module")
def office(base):
    """The jurisdiction, two basic grids that have a lead, and both leads."""
    http = httpx.Client(base_url=f"{base}/api/v1", timeout=30)
    (jurisdiction,) = http.get("/jurisdictions").json()["items"]
    plan = jurisdiction["published_plan_id"]
    grids = http.get(f"/plans/{plan}/grids", params={"level": 3}).json()["items"]
    led = [grid for grid in grids if grid["lead"]]
    yield {"id": jurisdiction["id"], "grid": led[0], "other": led[1], "http": http}
    http.close()


def test_a_unit_shows_its_leaders_its_chain_and_its_history(visit, office):
    page = visit("en").open("organisation")
    page.get_by_test_id("unit-filter").fill("410102004001")
    page.get_by_test_id("unit-tree").locator("[data-code='410102004001']").click()
    unit = page.get_by_test_id("unit")
    expect(unit.locator("strong").first).to_be_visible()
    expect(page.get_by_test_id("chain").locator("li")).to_have_count(3)
    page.get_by_test_id("unit-rename-open").click()
    page.get_by_test_id("unit-zh").fill("更名社区")
    page.get_by_test_id("unit-rename-send").click()
    expect(page.get_by_test_id("unit-rename").get_by_role("alert")).to_have_count(1)
    page.get_by_test_id("unit-rename-reason").fill("区划调整")
    page.get_by_test_id("unit-rename-send").click()
    expect(page.get_by_test_id("unit-versions").locator("li")).to_have_count(2)
    expect(page.get_by_test_id("unit-versions")).to_contain_text("区划调整")


def test_a_post_changes_hands_and_who_leaves_hands_over_after_a_look(visit, office):
    grid, heir = office["grid"], office["other"]["lead"]["name"]
    lead = grid["lead"]["name"]
    page = visit().open(f"organisation?tab=posts&grid={grid['code']}")
    seat = page.get_by_test_id("seat").filter(has_text="网格长")
    expect(seat).to_contain_text(lead)
    seat.get_by_test_id("appoint").click()
    pick(page, "appoint-person", heir)
    page.get_by_test_id("appoint-reason").fill("轮岗")
    page.get_by_test_id("appoint-send").click()
    expect(seat).to_contain_text(heir)
    page.get_by_test_id("tab-people").click()
    page.get_by_test_id("staff-search").fill(heir)
    page.get_by_test_id("staff-row").get_by_role("button", name=heir).first.click()
    page.get_by_test_id("leave-open").click()
    pick(page, "leave-successor", lead)
    page.get_by_test_id("leave-person-reason").fill("退休")
    page.get_by_test_id("leave-person-send").click()
    expect(page.get_by_test_id("leave-preview")).to_contain_text(lead)
    page.get_by_test_id("leave-person-send").click()
    expect(page.get_by_test_id("undo-open")).to_be_visible()
    page.get_by_test_id("undo-open").click()
    page.get_by_test_id("undo-reason").fill("误操作")
    page.get_by_test_id("undo-send").click()
    expect(page.get_by_test_id("leave-open")).to_be_visible()


def test_a_workbook_is_checked_then_taken_in(visit, office, tmp_path):
    page = visit().open("organisation")
    page.get_by_test_id("staff-import-open").click()
    with page.expect_download() as given:
        page.get_by_test_id("staff-template").click()
    path = tmp_path / "花名册 模板.xlsx"
    given.value.save_as(path)
    book = openpyxl.load_workbook(path)
    book["人员"].append(["无单位", None, None, "没有的单位", None, None])
    book.save(path)
    page.get_by_test_id("staff-file").set_input_files(path)
    page.get_by_test_id("staff-import-send").click()
    expect(page.get_by_test_id("staff-findings")).to_contain_text("没有的单位")
    book["人员"].delete_rows(book["人员"].max_row)
    book["人员"].append(["欧阳试", "000-1234-0000", "T1", "410102004001", None, None])
    mended = tmp_path / "花名册 改正.xlsx"
    book.save(mended)
    page.get_by_test_id("staff-file").set_input_files(mended)
    page.get_by_test_id("staff-import-send").click()
    expect(page.get_by_test_id("staff-import-told")).to_contain_text("新增人员")
    page.get_by_test_id("staff-import-send").click()
    expect(page.get_by_test_id("staff-import")).to_be_hidden()
    page.get_by_test_id("tab-people").click()
    page.get_by_test_id("staff-search").fill("ouyangshi")
    expect(page.get_by_test_id("staff-row")).to_have_count(1)
    expect(page.get_by_test_id("staff-row")).to_contain_text("欧阳试")


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_nothing_is_wider_than_the_window_and_axe_finds_nothing_serious(visit, size):
    page = visit("en", size=size).open("organisation?unit=410102004001")
    expect(page.get_by_test_id("chain").locator("li").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert serious_faults(page) == []
    page.get_by_test_id("tab-people").click()
    expect(page.get_by_test_id("staff-row").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert serious_faults(page) == []
