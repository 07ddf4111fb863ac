"""A draft is looked at, tried, published; its notes are read on the dispatch desk."""

from __future__ import annotations

import json

import httpx
import pytest
from playwright.sync_api import expect

from gis.store.engine import make_engine
from tests.browser.drafts import exchanged
from tests.integration.publishing_help import approve


@pytest.fixture(scope="module")
def draft(demo_url):
    engine = make_engine(demo_url)
    made = exchanged(engine, "第二版方案")
    approve(engine, made)
    engine.dispose()
    return made


def test_a_draft_is_published_after_a_look_and_its_notes_are_read(visit, base, draft):
    http = httpx.Client(base_url=f"{base}/api/v1", timeout=60)
    (jurisdiction,) = http.get("/jurisdictions").json()["items"]
    of = {"jurisdiction": jurisdiction["id"]}
    one = visit()
    page = one.open("plan")
    page.get_by_test_id("plan-choice").click()
    page.locator("[role=option]:visible", has_text="第二版方案").click()
    expect(page.get_by_test_id("plan-state")).to_contain_text("审核中")
    page.get_by_test_id("publish").click()
    told = http.get(f"/plans/{draft}/publishing").json()
    assert told["incidents_moved"] > 0
    moves = page.get_by_test_id("publish-moves").locator("tbody tr")
    expect(moves).to_have_count(min(100, told["incidents_moved"]))
    expect(page.get_by_test_id("publish-moved").locator("dd")).to_have_text(
        str(told["incidents_moved"])
    )
    expect(page.get_by_test_id("publish-send")).to_be_disabled()

    refusal = {"code": "plan-former-changed", "detail": "…"}
    page.route(
        f"**/plans/{draft}/publishing",
        lambda route: route.fulfill(
            status=409, body=json.dumps(refusal), content_type="application/problem+json"
        ),
        times=1,
    )
    page.get_by_test_id("publish-sure").check()
    page.get_by_test_id("publish-send").click()
    expect(page.get_by_test_id("publish-overtaken")).to_be_visible()
    one.faults.clear()  # the browser itself reports the refusal
    page.get_by_test_id("publish-sure").check()
    page.get_by_test_id("publish-send").click()
    expect(page.get_by_test_id("publish-done")).to_be_visible()
    page.get_by_test_id("publish-close").click()
    expect(page.get_by_test_id("plan-state")).to_contain_text("执行中")
    (now,) = http.get("/jurisdictions").json()["items"]
    assert now["published_plan_id"] == draft

    note = http.get("/hand-overs", params=of | {"unread": True}).json()["items"][0]
    page = visit().open(f"dispatch?incident={note['incident_id']}")
    notes = page.get_by_test_id("hand-overs")
    expect(notes).to_contain_text(note["before"]["person"]["name"])
    expect(notes).to_contain_text(note["after"]["person"]["name"])
    page.get_by_test_id("responsible").get_by_test_id("unread-notes").click()
    inbox = page.get_by_test_id("inbox")
    expect(inbox).to_contain_text(note["after"]["person"]["name"])
    waiting = inbox.get_by_test_id("hand-over")
    expect(waiting.first).to_be_visible()
    before = waiting.count()
    inbox.get_by_test_id("mark-read").first.click()
    expect(waiting).to_have_count(before - 1)

    counts = {
        side: http.get("/stats/grids", params=of | {"boundaries": side}).json()["items"]
        for side in ("then", "now")
    }
    assert counts["then"] != counts["now"]
    page = visit("en").open("leader?w=all&side=grids&gl=3")
    for side in ("now", "then"):
        page.get_by_test_id(f"boundaries-{side}").click()
        most = max(row["found"] for row in counts[side])
        expect(page.get_by_test_id("grid-counts").locator("li .found").first).to_have_text(
            f"{most:,}"
        )
    http.close()
