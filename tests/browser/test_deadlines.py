"""An administrator reads and edits the calendar and the table, and sees what it does."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, LANGUAGES, PHONE


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_and_the_calendar_can_be_read_on_every_screen(visit, language):
    for size, theme in ((DESKTOP, "light"), (PHONE, "dark")):
        one = visit(language, size, theme)
        page = one.open("deadlines?j=410102")
        expect(page.get_by_test_id("deadline-table").locator("tbody tr")).to_have_count(11)
        expect(page.get_by_test_id("due-trial").locator("li").first).to_be_visible()
        page = one.open("deadlines?j=410102&tab=calendar")
        expect(page.get_by_test_id("day-2026-10-10")).to_have_class("num make_up")


def test_a_change_of_the_calendar_is_tried_saved_and_told(visit):
    page = visit("en").open("deadlines?j=410102&tab=calendar")
    trial = page.get_by_test_id("due-trial").locator("li").first
    expect(trial).to_be_visible()
    before = trial.inner_text()
    for place in range(5):
        page.get_by_test_id(f"hours-{place}").fill("10:00-11:00")
    expect(trial).not_to_have_text(before)
    page.get_by_test_id("day-2026-12-24").click()
    expect(page.get_by_test_id("day-2026-12-24")).to_have_class("num holiday")
    page.get_by_test_id("hours-0").fill("ten to eleven")
    expect(page.get_by_test_id("calendar-save")).to_be_disabled()
    page.get_by_test_id("hours-0").fill("10:00-11:00")
    page.get_by_test_id("calendar-save").click()
    page.get_by_test_id("end-reason").fill("an hour a day")
    page.get_by_test_id("end-form-send").click()
    expect(page.get_by_test_id("calendar-save")).to_be_disabled()
    page.get_by_test_id("tab-changes").check(force=True)
    expect(page.get_by_test_id("deadline-changes")).to_contain_text("an hour a day")


def test_a_row_is_replaced_with_a_reason_and_shown_beforehand(visit):
    page = visit().open("deadlines?j=410102")
    row = page.get_by_test_id("deadline-table").locator("tr", has_text="非法建设")
    row.get_by_role("button").first.click()
    page.get_by_test_id("deadline-amount").fill("20")
    trial = page.get_by_test_id("deadline-form").get_by_test_id("due-trial")
    expect(trial).to_contain_text("20 个工作日")
    page.get_by_test_id("deadline-form-send").click()
    expect(page.get_by_test_id("deadline-form")).to_contain_text("理由")
    page.get_by_test_id("deadline-reason").fill("新规定")
    page.get_by_test_id("deadline-form-send").click()
    expect(row).to_contain_text("20 个工作日")
    expect(row).to_contain_text("新规定")
