"""A whistle by two sessions, and a report without a place that gets one."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import create_engine, text

from gis.demo.accounts import DEMO_PASSWORD
from tests.browser.conftest import PHONE
from tests.integration.channels_help import jpeg


@pytest.fixture
def signed_in(visit, base):
    """Opens a page as one of the demo's people."""

    def open_page(path: str, login: str, **how) -> Page:
        one = visit(**how)
        told = {"login": login, "password": DEMO_PASSWORD}
        assert one.context.request.post(f"{base}/api/v1/session", data=told).ok
        page = one.open(path)
        page.visit = one
        return page

    return open_page


@pytest.fixture
def department(demo_url) -> str:
    """The department of the demo's account, by its name."""
    engine = create_engine(demo_url)
    with engine.connect() as connection:
        found = connection.scalar(
            text(
                "SELECT o.name_zh FROM account AS a JOIN organisation AS o"
                " ON o.id = a.organisation_id WHERE a.login = 'department'"
            )
        )
    engine.dispose()
    return str(found)


def test_a_street_whistles_and_a_department_reports_in(signed_in, department) -> None:
    street = signed_in("dispatch?stage=dispatched", "street")
    called = signed_in("dispatch", "department", size=PHONE)
    expect(called.get_by_test_id("open-whistles")).to_have_count(0)
    street.get_by_test_id("incident-row").first.click()
    street.get_by_test_id("whistle-blow").click()
    form = street.get_by_test_id("whistle-form")
    street.get_by_test_id("whistle-form-send").click()
    expect(form.get_by_role("alert").first).to_be_visible()
    street.get_by_test_id("whistle-departments").click()
    street.get_by_role("option", name=department).click()
    street.keyboard.press("Escape")
    street.get_by_test_id("whistle-purpose").fill("占道经营反弹")
    street.get_by_test_id("whistle-form-send").click()
    mine = street.get_by_test_id("case-whistles")
    expect(mine.locator("[data-standing=called]")).to_be_visible()
    # The department hears of it by itself, says who comes, and that they are there.
    called.get_by_test_id("open-whistles").click()
    card = called.get_by_test_id("whistle-inbox").get_by_test_id("whistle")
    expect(card).to_contain_text("占道经营反弹")
    for action, standing in (("come", "coming"), ("arrive", "arrived")):
        card.get_by_test_id(f"whistle-{action}").click()
        called.get_by_test_id("whistle-person").fill("李四")
        called.get_by_test_id("whistle-answer-send").click()
        expect(card.locator(f"[data-standing={standing}]")).to_be_visible()
        expect(mine.locator(f"[data-standing={standing}]")).to_be_visible()
    mine.get_by_test_id("whistle-end").click()
    street.get_by_test_id("whistle-reason").fill("已清理")
    street.get_by_test_id("whistle-answer-send").click()
    expect(mine).to_contain_text("已清理")
    inbox = called.get_by_test_id("whistle-inbox")
    expect(inbox.get_by_test_id("empty-state")).to_be_visible()
    expect(street.get_by_test_id("history")).to_contain_text("李四")
    # It leads to the case, which the department sees since it was called.
    inbox.get_by_test_id("whistles-every").check()
    card.get_by_test_id("whistle-open").click()
    expect(called.get_by_test_id("case")).to_be_visible()


def test_a_report_without_a_place_gets_one(signed_in, base) -> None:
    page = signed_in("unlocated", "dispatcher")
    expect(page.get_by_test_id("empty-state")).to_be_visible()
    expect(page.get_by_test_id("menu-unlocated")).to_have_count(0)
    with httpx.Client(base_url=base, timeout=60) as client:
        told = {"login": "dispatcher", "password": DEMO_PASSWORD}
        client.post("/api/v1/session", json=told).raise_for_status()
        csrf = client.get("/api/v1/session").json()["csrf"]
        photo = client.post(
            "/api/v1/photos", headers={"X-CSRF-Token": csrf},
            files={"file": ("a.jpg", jpeg(), "image/jpeg")},
        ).raise_for_status()  # fmt: skip
        reports = [
            {"source_ref": f"12345-{n}", "title": title, "address": "商城路与文化路交叉口北",
             "reporter_name": "王芳", "reporter_phone": "13800001111"}
            for n, title in enumerate(("井盖缺失", "打错电话"))
        ]  # fmt: skip
        reports[0]["photo_ids"] = [photo.json()["id"]]
        client.post(
            "/api/v1/channels/hotline_12345/reports",
            headers={"X-CSRF-Token": csrf}, json={"reports": reports},
        ).raise_for_status()  # fmt: skip
    rows = page.get_by_test_id("unlocated-row")
    expect(rows).to_have_count(2)
    expect(page.get_by_test_id("menu-unlocated")).to_have_text("2")
    rows.first.click()
    report = page.get_by_test_id("unlocated-report")
    expect(report).to_contain_text("138****1111")
    picture = report.get_by_test_id("report-photo")
    expect(picture).to_have_count(1)
    assert picture.locator("img").evaluate("image => image.decode().then(() => true)")
    picture.click()
    expect(page.get_by_test_id("photo-viewer").locator("img")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("photo-viewer")).to_have_count(0)
    expect(page.get_by_test_id("unlocated-place")).to_be_disabled()
    page.locator("canvas").click(position={"x": 640, "y": 400})
    owner = page.get_by_test_id("unlocated-owner")
    expect(owner.get_by_test_id("responsible")).to_be_visible()
    page.get_by_test_id("unlocated-place").click()
    expect(report.get_by_role("alert")).to_be_visible()
    page.get_by_test_id("unlocated-category").click()
    page.get_by_role("option").first.click()
    expect(owner.get_by_test_id("responsible")).to_be_visible()
    page.get_by_test_id("unlocated-place").click()
    # It is a case now, as if it had come in with its place.
    expect(page.get_by_test_id("case")).to_contain_text("商城路")
    expect(page.get_by_test_id("panel-title")).to_have_text("井盖缺失")
    page.get_by_test_id("unlocated-line").click()
    rows.first.click()
    page.get_by_test_id("unlocated-refuse").click()
    page.get_by_test_id("refuse-reason").fill("打错电话")
    page.get_by_test_id("refuse-send").click()
    expect(page.get_by_test_id("empty-state")).to_be_visible()
    expect(page.get_by_test_id("menu-unlocated")).to_have_count(0)
