"""The list of drafts: several side by side, named, noted, copied, discarded and taken back."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import text

PLAN = "SELECT name, note, created_by, status, based_on_id FROM plan WHERE id = :id"
GONE = "SELECT discarded_at IS NOT NULL FROM draft WHERE plan_id = :id"


def made(page: Page, name: str, note: str) -> int:
    """Make a draft by the list, and come back to it."""
    page.get_by_test_id("new-draft").click()
    page.get_by_test_id("draft-form-name").fill(name)
    page.locator("textarea.plain").last.fill(note)
    page.get_by_test_id("draft-form-name").press("Enter")
    expect(page.get_by_test_id("draft-name")).to_have_text(name)
    plan = int(page.url.split("draft=")[1].split("&")[0])
    page.get_by_test_id("leave-draft").click()
    page.get_by_test_id("open-drafts").click()
    return plan


def row(page: Page, plan: int) -> Locator:
    return page.locator(f'[data-testid="draft"][data-plan="{plan}"]')


def told(engine, query: str, plan: int):
    with engine.connect() as connection:
        return connection.execute(text(query), {"id": plan}).one()


def test_drafts_are_made_named_discarded_and_taken_back(engine, http, visit):
    (jurisdiction,) = http.get("/jurisdictions").json()["items"]
    one = visit("en")
    one.page.add_init_script("localStorage.setItem('wangge.guide.editor', 'seen')")
    page = one.open("plan")
    page.get_by_test_id("open-drafts").click()
    expect(page.get_by_test_id("empty-state")).to_contain_text("No drafts yet")
    first = made(page, "Spring", "fewer people on the east side")
    second = made(page, "Autumn", "")
    expect(page.get_by_test_id("draft")).to_have_count(2)
    kept = told(engine, PLAN, first)
    assert (kept.name, kept.note) == ("Spring", "fewer people on the east side")
    assert kept.status == "draft"
    assert kept.based_on_id == jurisdiction["published_plan_id"]
    # Each says who made it, what for, and how far it has come.
    expect(row(page, first)).to_contain_text("fewer people on the east side")
    expect(row(page, first)).to_contain_text(f"by {kept.created_by}")
    expect(row(page, first)).to_contain_text("0 operations")

    row(page, second).get_by_test_id("rename-draft").click()
    page.get_by_test_id("draft-form-name").fill("Autumn, by load")
    page.locator("textarea.plain").last.fill("asked for by the office")
    page.get_by_test_id("draft-form-name").press("Enter")
    expect(row(page, second)).to_contain_text("Autumn, by load")
    assert told(engine, PLAN, second).note == "asked for by the office"

    row(page, second).get_by_test_id("discard").click()
    expect(row(page, second)).to_have_count(0)
    assert told(engine, GONE, second)[0]
    assert not told(engine, GONE, first)[0]
    page.get_by_test_id("show-discarded").check()
    expect(row(page, second).get_by_test_id("open-draft")).to_be_disabled()
    row(page, second).get_by_test_id("take-back").click()
    expect(row(page, second).get_by_test_id("discard")).to_be_visible()
    assert not told(engine, GONE, second)[0]

    # Another draft begins as one of them, not as the plan in force.
    row(page, second).get_by_test_id("copy-draft").click()
    page.get_by_test_id("draft-form-name").fill("Winter")
    page.get_by_test_id("draft-form-name").press("Enter")
    expect(page.get_by_test_id("draft-name")).to_have_text("Winter")
    third = int(page.url.split("draft=")[1].split("&")[0])
    assert told(engine, PLAN, third).based_on_id == second
