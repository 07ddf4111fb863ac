"""The pages for everybody, on a phone: report with a photo, follow by code, judge the result."""

from __future__ import annotations

import json
import re

import httpx
import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from gis.store.engine import acting, make_engine
from gis.workflows import public_reports
from tests.browser.accessible import serious_faults
from tests.browser.conftest import DESKTOP, PHONE, Visit
from tests.server import serving
from tests.unit.files.test_photos import with_exif


@pytest.fixture(scope="module")
def engine(demo_url):
    made = make_engine(demo_url)
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def base(demo_url, tmp_path_factory):
    patch = pytest.MonkeyPatch()
    patch.setattr(public_reports, "TYPING_S", 0)
    with serving(demo_url, tmp_path_factory.mktemp("data"), signed_in=False) as url:
        yield url
    patch.undo()


@pytest.fixture(scope="module")
def photo(engine):
    """A photo taken in the middle of a basic grid, as a file for an upload."""
    with engine.connect() as connection:
        lon, lat = connection.execute(
            text(
                "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_PointOnSurface(geom) AS p FROM grid"
                " WHERE level = 3 ORDER BY id LIMIT 1) AS one"
            )
        ).one()
    return {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": with_exif(lon=lon, lat=lat)}


def sound(page, language):
    """No serious fault for screen readers, nothing cut off, no words of the other language."""
    assert serious_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    said = page.locator("main").inner_text()
    other = r"[A-Za-z]{3,} [a-z]{3,} [a-z]{3,}" if language == "zh-CN" else r"[\u4e00-\u9fff]{2,}"
    assert re.findall(other, said) == []


def fill_in(page, photo, words):
    """Photo, the place that it brings, a kind, words."""
    expect(page.get_by_test_id("public-form")).to_be_visible()
    page.get_by_test_id("gallery").set_input_files(photo)
    offers = page.get_by_test_id("use-photo")
    expect(offers).to_have_count(2)  # as of either system: whoever knows the place chooses
    offers.first.click()
    expect(offers.first).to_have_attribute("aria-pressed", "true")
    page.get_by_test_id("top-03").click()
    page.get_by_test_id("public-text").fill(words)


def send(page):
    page.get_by_test_id("public-send").click()
    expect(page.get_by_test_id("receipt")).to_be_visible()
    return (page.get_by_test_id("serial").inner_text(), page.get_by_test_id("code").inner_text())


def test_a_report_is_sent_joined_followed_judged_and_taken_up_again(visit, engine, photo):
    one = visit("zh-CN", PHONE)
    page = one.page
    page.goto(f"{one.base}/report")
    page.get_by_test_id("public-send").click()
    expect(page.get_by_role("alert")).to_have_count(3)  # place, kind, words
    fill_in(page, photo, "楼后有人搭建彩钢房。")
    one.idle()
    expect(page.locator("form").get_by_role("alert")).to_have_count(0)
    sound(page, "zh-CN")
    serial, code = send(page)
    sound(page, "zh-CN")
    page.get_by_test_id("to-follow").click()
    followed = page.get_by_test_id("followed")
    expect(followed).to_contain_text("正在核实")
    expect(followed.locator("img")).to_have_count(1)
    expect(page.get_by_test_id("judge")).to_have_count(0)
    sound(page, "zh-CN")

    other = visit("en", PHONE, "dark")
    page = other.page
    page.goto(f"{other.base}/report")
    fill_in(page, photo, "A shed is being built behind the house.")
    near = page.get_by_test_id("near")
    expect(near).to_contain_text("0 m away")
    near.get_by_test_id("same").first.check()
    other.idle()
    sound(page, "en")
    joined, own_code = send(page)
    assert joined == serial and own_code != code

    with acting(engine, "员工 (staff)", action="handle", reason="已拆除") as connection:
        change = "UPDATE incident SET stage = 'handled' WHERE serial = :s"
        connection.execute(text(change), {"s": serial})
    with acting(engine, "员工 (staff)", action="close") as connection:
        change = "UPDATE incident SET stage = 'closed', closed_at = now() WHERE serial = :s"
        connection.execute(text(change), {"s": serial})
    page = one.page
    page.goto(f"{one.base}/follow")
    page.get_by_test_id("follow-serial").fill(serial)
    page.get_by_test_id("follow-code").fill(code.lower().replace("-", " "))
    page.get_by_test_id("follow-send").click()
    expect(page.get_by_test_id("result")).to_have_text("已拆除")
    page.get_by_test_id("not-satisfied").click()
    page.get_by_test_id("judge-send").click()
    expect(page.get_by_test_id("judge").get_by_role("alert")).to_be_visible()
    page.get_by_test_id("why").fill("又搭起来了")
    sound(page, "zh-CN")
    page.get_by_test_id("judge-send").click()
    expect(page.get_by_test_id("followed")).to_contain_text("重新办理")
    expect(page.get_by_test_id("judge")).to_have_count(0)


def test_a_wrong_code_and_a_file_that_is_no_photo_are_answered_in_plain_words(visit):
    one = visit("en", PHONE)
    page = one.page
    page.goto(f"{one.base}/follow")
    page.get_by_test_id("follow-serial").fill("410102-20260101-00001")
    page.get_by_test_id("follow-code").fill("AAAAA-BBBBB")
    page.get_by_test_id("follow-send").click()
    expect(page.get_by_test_id("follow-problem")).to_contain_text("no case with this serial number")
    sound(page, "en")
    page.goto(f"{one.base}/report")
    page.get_by_test_id("gallery").set_input_files(
        {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": b"%PDF-1.7"}
    )
    expect(page.get_by_role("alert")).to_contain_text("PDF")
    one.idle()
    # The browser itself tells of each refusal; nothing else went wrong.
    assert all(re.search("40[24]|42[29]", fault) for fault in one.faults), json.dumps(one.faults)
    one.faults.clear()


def test_a_dispatcher_sees_what_a_report_may_repeat_and_adds_to_it(
    browser, demo_url, engine, tmp_path, photo
):
    """The case is shown with photo, distance and age before anything is sent; no second is made."""
    with serving(demo_url, tmp_path) as base:
        http = httpx.Client(base_url=f"{base}/api/v1", timeout=60)
        sent = http.post("/photos", files={"file": ("a.jpg", photo["buffer"], "image/jpeg")}).json()
        at = sent["place"]["readings"][0]
        known = http.post(
            "/incidents",
            json={
                "category": "0302", "title": "彩钢房扩建", "source": "patrol", "lon": at["lon"],
                "lat": at["lat"], "crs": "EPSG:4326", "photo_ids": [sent["id"]],
            },
        ).json()  # fmt: skip
        one = Visit(browser, base, "zh-CN", DESKTOP, "light")
        page = one.page
        page.goto(f"{base}/dispatch?pin={at['lon']},{at['lat']}")
        page.get_by_test_id("new-category").click()
        name = known["category"]["name"]["zh"]
        page.get_by_role("option", name=name, exact=True).click()
        found = page.get_by_test_id("duplicate").filter(has_text=known["serial"])
        expect(found).to_contain_text("彩钢房扩建")
        expect(found.locator("img")).to_be_visible()
        assert found.locator("img").evaluate("image => image.decode().then(() => true)")
        page.get_by_test_id("new-title").fill("又有人反映")
        page.get_by_test_id("new-phone").fill("139 1234 5678")
        page.get_by_test_id("new-photos").set_input_files(photo)
        expect(page.get_by_test_id("new-photos-list").locator("img")).to_have_count(1)
        expect(page.locator("[role=listbox]:visible")).to_have_count(0)  # closed for good
        assert serious_faults(page) == []
        before = http.get("/incidents", params={"jurisdiction": jurisdiction(http)}).json()
        found.get_by_test_id("same").click()
        expect(page.get_by_test_id("case")).to_have_attribute("data-id", str(known["id"]))
        (added,) = http.get(f"/incidents/{known['id']}/supplements").json()["items"]
        assert added["text"] == "又有人反映"
        assert len(added["photo_ids"]) == 1
        with engine.connect() as connection:
            kept = text("SELECT reporter_phone FROM supplement WHERE id = :id")
            assert connection.scalar(kept, {"id": added["id"]}) == "13912345678"
        after = http.get("/incidents", params={"jurisdiction": jurisdiction(http)}).json()
        assert [row["id"] for row in after["items"]] == [row["id"] for row in before["items"]]
        one.context.close()
        assert (one.outside, one.faults) == ([], [])
        http.close()


def jurisdiction(http):
    return http.get("/jurisdictions").json()["items"][0]["id"]
