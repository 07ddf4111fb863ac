"""A case on the desk: its photos, further reports, linked cases; and what a role may not do."""

from __future__ import annotations

import io

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from gis.demo.accounts import DEMO_PASSWORD


def picture() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((640, 480), 60).convert("RGB").save(out, "JPEG")
    return out.getvalue()


@pytest.fixture(scope="module")
def api(base):
    """A dispatcher who works by HTTP."""
    with httpx.Client(base_url=f"{base}/api/v1", timeout=60) as client:
        told = {"login": "dispatcher", "password": DEMO_PASSWORD}
        client.post("/session", json=told).raise_for_status()
        client.headers["X-CSRF-Token"] = client.get("/session").json()["csrf"]
        yield client


@pytest.fixture(scope="module")
def case(api) -> dict:
    """A case of the demo with a further report and a case that was merged into it."""
    found = api.get("/jurisdictions").json()["items"][0]
    listed = {"jurisdiction": found["id"], "status": "open", "stage": "dispatched", "limit": 1}
    [case] = api.get("/incidents", params=listed).json()["items"]
    again = {
        "source": "hotline_12345", "text": "还是没有人来", "reporter_name": "李某某",
        "reporter_phone": "13900001234",
    }  # fmt: skip
    api.post(f"/incidents/{case['id']}/supplements", json=again).raise_for_status()
    twin = api.post(
        "/incidents",
        json={"category": "01", "title": "同一件事", "source": "patrol", "lon": case["lon"],
              "lat": case["lat"]},
    ).json()  # fmt: skip
    api.post(
        f"/incidents/{twin['id']}/steps",
        json={"action": "merge", "version": twin["version"], "reason": "同一处",
              "target": {"incident_id": case["id"]}},
    ).raise_for_status()  # fmt: skip
    return case | {"twin": twin["serial"]}


@pytest.fixture
def signed_in(visit, base):
    """Opens a page in the name of a demo account."""

    def open_page(login: str, path: str) -> Page:
        one = visit()
        told = {"login": login, "password": DEMO_PASSWORD}
        assert one.context.request.post(f"{base}/api/v1/session", data=told).ok
        return one.open(path)

    return open_page


def test_photos_are_added_with_their_progress_and_enlarged_by_keys(signed_in, case):
    page = signed_in("dispatcher", f"dispatch?incident={case['id']}")
    panel = page.get_by_test_id("case")
    expect(panel.get_by_test_id("supplement")).to_contain_text("还是没有人来")
    expect(panel.get_by_test_id("linked-cases")).to_contain_text(case["twin"])
    # Who reported is under masks until somebody says what for.
    expect(panel.get_by_test_id("supplement")).not_to_contain_text("13900001234")
    page.get_by_test_id("reveal").click()
    page.get_by_test_id("reveal-reason").fill("回访")
    page.get_by_test_id("reveal-send").click()
    expect(panel.get_by_test_id("supplement")).to_contain_text("13900001234")

    files = [{"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": picture()} for n in (1, 2)]
    page.get_by_test_id("case-add-photos").set_input_files(files)
    expect(page.locator("[data-testid=case-add-photos-list] [data-sent=true]")).to_have_count(2)
    page.get_by_test_id("case-add-photos-send").click()
    expect(page.get_by_test_id("case-photo")).to_have_count(2)
    page.get_by_test_id("case-photo").first.click()
    viewer = page.get_by_test_id("photo-viewer")
    expect(viewer).to_contain_text("1 / 2")
    page.keyboard.press("ArrowRight")
    expect(viewer).to_contain_text("2 / 2")
    page.keyboard.press("Escape")
    expect(viewer).to_have_count(0)
    expect(panel).to_be_visible()


def test_a_leader_sees_no_button_that_would_be_refused(signed_in, base):
    page = signed_in("leader", "rules")
    for path in ("rules", "rules?tab=settings", "people?tab=leave", "deadlines", "organisation"):
        page.goto(f"{base}/{path}")
        expect(page.locator("main h1")).to_be_visible()
        expect(page.get_by_test_id("skeleton")).to_have_count(0)
        expect(page.locator("main .button.primary, main .small-button")).to_have_count(0)


def test_the_terms_of_every_library_are_with_the_pages(signed_in, base):
    page = signed_in("admin", "admin")
    page.get_by_test_id("account-menu").click()
    page.get_by_test_id("about-open").click()
    link = page.get_by_test_id("licences").get_attribute("href")
    told = httpx.get(f"{base}{link}")
    assert told.headers["content-type"].startswith("text/plain")
    for name in ("vue ", "maplibre-gl ", "echarts ", "leaflet ", "workbox-core ", "Wangge"):
        assert f"\n{name}" in f"\n{told.text}", name
    assert "Apache Software Foundation" in told.text  # the notice that goes with its licence
