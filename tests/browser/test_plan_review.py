"""A draft's road to publishing by two people in two windows, and back to the former plan."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import Page, expect

from gis.store.engine import make_engine
from tests.signing import sign_in


@pytest.fixture(scope="module")
def people(base, demo_url):
    """Two planners of the jurisdiction: each one's header, and a draft that the first has made."""
    engine = make_engine(demo_url)
    with httpx.Client(base_url=f"{base}/api/v1", timeout=60) as http:
        (jurisdiction,) = http.get("/jurisdictions").json()["items"]
        headers = [
            sign_in(engine, "planner", organisation_id=jurisdiction["id"], name=name)
            for name in ("起草人", "审查人")
        ]
        made = http.post(
            "/drafts",
            headers=headers[0],
            json={
                "jurisdiction": jurisdiction["id"], "name": "送审试验",
                "from": {"plan": jurisdiction["published_plan_id"]},
            },
        )  # fmt: skip
        assert made.status_code == 201, made.text
        yield http, *headers, jurisdiction, int(made.json()["plan_id"])
    engine.dispose()


def opened(visit, header, draft, language) -> Page:
    one = visit(language)
    one.context.set_extra_http_headers(header)
    one.page.add_init_script("localStorage.setItem('wangge.guide.editor', 'seen')")
    page = one.open(f"plan?draft={draft}")
    page.get_by_test_id("tab-review").click()
    expect(page.get_by_test_id("review-panel")).to_have_attribute("data-state", "draft")
    return page


def test_from_draft_to_published_and_back_by_two_people(visit, people):
    http, drawer, reviewer, jurisdiction, draft = people
    first = opened(visit, drawer, draft, "zh-CN")
    second = opened(visit, reviewer, draft, "en")
    # Checked: nothing that keeps it from review.
    expect(first.get_by_test_id("check-sum")).not_to_contain_text("须先改正")
    first.get_by_test_id("review-note").fill("请审")
    first.get_by_test_id("review-send").click()
    # The other window hears of it, and its reader may decide; the sender may not.
    for page in (first, second):
        expect(page.get_by_test_id("review-panel")).to_have_attribute("data-state", "waiting")
    expect(second.get_by_test_id("review-panel")).to_contain_text("请审")
    expect(first.get_by_test_id("review-approve")).to_have_count(0)
    expect(first.get_by_test_id("review-why-not")).to_be_visible()

    # A comment pinned to a place, answered, resolved.
    second.get_by_test_id("comment-text").fill("Why here?")
    second.get_by_test_id("comment-pick").click()
    box = second.get_by_test_id("map").bounding_box()
    second.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    second.get_by_test_id("comment-send").click()
    expect(first.get_by_test_id("comment-pin")).to_have_count(1)
    comment = first.get_by_test_id("comment")
    expect(comment).to_contain_text("Why here?")
    first.get_by_test_id("answer-text").fill("沿河")
    first.get_by_test_id("answer-text").press("Enter")
    expect(second.get_by_test_id("comment-answer")).to_contain_text("沿河")
    (stored,) = http.get(f"/drafts/{draft}/comments").json()["items"]
    west, south, east, north = jurisdiction["bbox"]
    assert west < stored["place"][0] < east
    assert south < stored["place"][1] < north
    second.get_by_test_id("resolve").click()
    expect(first.get_by_test_id("comment-pin")).to_have_count(0)

    # Sent back with a reason, sent again, approved.
    second.get_by_test_id("review-return").click()
    second.get_by_test_id("end-reason").fill("补充说明")
    second.get_by_test_id("end-form-send").click()
    expect(first.get_by_test_id("returned")).to_contain_text("补充说明")
    first.get_by_test_id("review-send").click()
    second.get_by_test_id("review-approve").click()
    for page in (first, second):
        expect(page.get_by_test_id("review-panel")).to_have_attribute("data-state", "approved")

    # Put in force from the page; then back to the former plan, also from the page.
    second.get_by_test_id("review-publish").click()
    second.get_by_test_id("publish-sure").check()
    second.get_by_test_id("publish-send").click()
    expect(second.get_by_test_id("publish-done")).to_be_visible()
    second.get_by_test_id("publish-close").click()
    (now,) = http.get("/jurisdictions").json()["items"]
    assert now["published_plan_id"] == draft
    expect(first.get_by_test_id("review-panel")).to_have_attribute("data-state", "published")
    former = jurisdiction["published_plan_id"]
    second.goto(second.url.split("?")[0] + f"?plan={former}")
    second.get_by_test_id("roll-back").click()
    second.get_by_test_id("end-reason").fill("误划")
    second.get_by_test_id("end-form-send").click()
    expect(second.get_by_test_id("end-form")).to_have_count(0)
    (now,) = http.get("/jurisdictions").json()["items"]
    assert now["published_plan_id"] not in (draft, former)
    told = http.get(f"/plans/{now['published_plan_id']}/history").json()["items"]
    assert {one["action"] for one in told} == {"roll-back"}
    assert all(one["actor"].startswith("审查人 (") for one in told)
