"""Base data on its page and on the phone: looked at, imported, checked; noted without network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from gis.demo.accounts import DEMO_PASSWORD
from gis.store.engine import make_engine
from tests.browser.accessible import serious_faults
from tests.browser.conftest import DESKTOP, PHONE, WAIT_MS
from tests.server import serving


@pytest.fixture(scope="module")
def base(demo_url, tmp_path_factory) -> Iterator[str]:
    with serving(demo_url, tmp_path_factory.mktemp("data")) as url:
        yield url


@pytest.fixture(scope="module")
def http(base) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{base}/api/v1", timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def jurisdiction(http) -> int:
    return http.get("/jurisdictions").json()["items"][0]["id"]


def opened(one: Any, path: str) -> Any:
    one.page.goto(f"{one.base}/leader/base{path}")
    expect(one.page.locator("table.matrix")).to_be_visible()
    return one.page


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_each_part_is_readable_and_without_serious_faults(visit, size):
    one = visit("en", size)
    for path in ("", "?part=visits", "?part=patrols&level=3", "?part=diaries"):
        page = opened(one, path)
        expect(page.get_by_test_id("insight-base")).to_have_attribute("aria-current", "page")
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, path
        assert serious_faults(page) == [], path


def test_sums_are_those_of_the_grids_and_a_number_tells_its_history(visit, http, jurisdiction):
    page = opened(visit("en"), "")
    page.get_by_test_id("base-level-2").click()
    row = page.get_by_test_id("facts-table").locator("tbody tr").first
    row.get_by_role("link").first.click()
    code = page.url.split("below=")[1].split("&")[0]
    rows = page.get_by_test_id("facts-table").locator("tbody tr")
    expect(rows.first).to_contain_text(code)
    told = http.get(
        "/grid-facts", params={"jurisdiction": jurisdiction, "level": 3, "parent": code}
    ).json()
    assert rows.count() == len(told["items"])
    whole = sum(one["facts"]["0102"]["value"] for one in told["items"])
    assert told["total"]["facts"]["0102"]["value"] == whole
    expect(page.get_by_test_id("facts-total")).to_contain_text(f"{whole:,}")
    rows.first.locator("button.value").first.click()
    expect(page.get_by_test_id("fact-history").locator("li")).to_have_count(2)


def test_a_file_is_checked_then_taken_in_and_a_faulty_one_says_where(visit, http, jurisdiction):
    grid = http.get("/grid-facts", params={"jurisdiction": jurisdiction, "level": 3}).json()[
        "items"
    ][0]["code"]
    one = visit("en")
    page = opened(one, "?level=3")
    page.get_by_test_id("import-facts").click()

    def choose(rows: str) -> None:
        content = ("网格编码,户数\n" + rows).encode("gb18030")
        page.get_by_test_id("base-file").set_input_files(
            {"name": "台账.csv", "mimeType": "text/csv", "buffer": content}
        )

    page.get_by_test_id("base-as-of").fill("2026-11-01")
    page.get_by_test_id("base-source").fill("street office")
    choose(f"{grid},many\n")
    page.get_by_test_id("base-import-send").click()
    expect(page.get_by_test_id("base-faults")).to_contain_text("2")
    one.faults.clear()  # the browser itself reports the refusal
    choose(f"{grid},4321\n")
    page.get_by_test_id("base-import-send").click()
    expect(page.get_by_test_id("base-import-told")).to_contain_text("1")
    page.get_by_test_id("base-import-send").click()
    expect(page.get_by_test_id("base-import")).to_have_count(0)
    said = http.get(
        "/grid-facts/history",
        params={"jurisdiction": jurisdiction, "grid": grid, "kind": "0101"},
    ).json()["items"]
    assert (4321, "street office") in {(row["value"], row["source"]) for row in said}


def test_a_month_is_checked_with_a_remark(visit, http, jurisdiction):
    today = http.get("/diaries/months", params={"jurisdiction": jurisdiction}).json()["month"]
    year, month = int(today[:4]), int(today[5:7])
    before = f"{year - (month == 1)}-{(month - 2) % 12 + 1:02d}"
    page = opened(visit("en"), f"?part=diaries&month={before}")
    row = page.get_by_test_id("diaries-table").locator("tbody tr", has_text="submitted").first
    name = row.locator("button").inner_text()
    row.locator("button").click()
    expect(page.locator(".entries li, .notice .title").first).to_be_visible()
    page.get_by_test_id("remark").fill("well kept")
    page.get_by_test_id("diary-check-send").click()
    checked = page.get_by_test_id("diaries-table").locator("tbody tr", has_text=name)
    expect(checked).to_contain_text("well kept")


def test_what_is_noted_without_network_arrives_once(browser, demo_url, base):
    engine = make_engine(demo_url)
    query = """SELECT ST_X(p.at) AS longitude, ST_Y(p.at) AS latitude FROM account
      JOIN post ON post.person_id = account.person_id AND post.role = 'lead' AND held @> now()
      JOIN grid ON grid.id = post.grid_id JOIN plan ON plan.id = grid.plan_id
      CROSS JOIN LATERAL (SELECT ST_PointOnSurface(grid.geom) AS at) AS p
      WHERE account.login = 'worker' AND plan.status = 'published' LIMIT 1"""
    with engine.connect() as connection:
        place = dict(connection.execute(text(query)).mappings().one())
    phone = browser.new_context(
        locale="en", viewport={"width": PHONE[0], "height": PHONE[1]}, has_touch=True,
        geolocation={**place, "accuracy": 8}, permissions=["geolocation"],
    )  # fmt: skip
    phone.set_default_timeout(WAIT_MS)
    page = phone.new_page()
    try:
        signed = page.request.post(
            f"{base}/api/v1/session", data={"login": "worker", "password": DEMO_PASSWORD}
        )
        assert signed.ok
        page.goto(f"{base}/field/day")
        expect(page.get_by_test_id("round-begin")).to_be_enabled()
        phone.set_offline(True)
        page.get_by_test_id("visit-household").fill("9号楼1单元101")
        page.get_by_test_id("visit-send").click()
        page.get_by_test_id("diary-words").fill("离线写的日志")
        page.get_by_test_id("diary-send").click()
        expect(page.get_by_test_id("note-waiting")).to_have_count(2)
        page.get_by_test_id("round-begin").click()
        expect(page.get_by_test_id("round-points")).to_contain_text("1 places")
        page.get_by_test_id("round-end").click()  # one place is no way: nothing is kept of it
        expect(page.get_by_test_id("round-begin")).to_be_visible()
        expect(page.get_by_test_id("note-waiting")).to_have_count(2)
        phone.set_offline(False)
        expect(page.get_by_test_id("note-sent")).to_have_count(2)
        page.reload()
        expect(page.get_by_test_id("note-sent")).to_have_count(2)
        assert serious_faults(page) == []
    finally:
        phone.close()
    with engine.connect() as connection:
        counts = connection.execute(
            text(
                "SELECT (SELECT count(*) FROM visit WHERE household = '9号楼1单元101'),"
                " (SELECT count(*) FROM diary WHERE text = '离线写的日志')"
            )
        ).one()
    engine.dispose()
    assert tuple(counts) == (1, 1)
