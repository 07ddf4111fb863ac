"""The page of closure figures in use: from a number to its cases, on a desk, a phone and paper."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessible import serious_faults
from tests.browser.conftest import DESKTOP, PHONE

WIDE = "() => document.documentElement.scrollWidth - window.innerWidth"


def opened(one: Any, query: str = "") -> Page:
    page: Page = one.page
    page.goto(f"{one.base}/leader/closure{query}")
    expect(page.get_by_test_id("closure-table")).to_be_visible()
    return page


def number(words: str) -> int:
    return int(re.sub(r"[^\d]", "", words))


def test_a_number_leads_to_as_many_cases(visit, http):
    one = visit()
    page = opened(one)
    expect(page.get_by_test_id("closure-sentence")).to_contain_text("应结案")
    for measure in ("on_time", "overdue"):
        opened(one)
        link = page.get_by_test_id(f"sum-{measure}")
        told = number(link.inner_text())
        link.click()
        expect(page.get_by_test_id("chip-measure")).to_be_visible()
        expect(page.get_by_test_id("incident-row").first).to_be_visible()
        query = {name: given[0] for name, given in parse_qs(urlsplit(page.url).query).items()}
        jurisdiction = http.get("/jurisdictions").json()["items"][0]["id"]
        counted = http.get(
            "/desk/count", params=query | {"jurisdiction": jurisdiction, "most": 10_000}
        ).json()
        assert counted == {"count": told, "more": False}
    page.get_by_test_id("chip-measure").click()
    expect(page).not_to_have_url(re.compile("measure"))
    assert not one.faults
    assert not one.outside


def test_rows_sort_open_and_add_up(visit):
    one = visit("en")
    page = opened(one, "?by=level1&w=365")
    rows = page.locator("tbody tr")
    found = [number(text) for text in rows.locator("td:nth-child(2)").all_inner_texts()]
    total = page.get_by_test_id("row-total").locator("td").first.inner_text()
    assert sum(found) == number(total)
    page.get_by_role("button", name="Found").click()
    expect(page).to_have_url(re.compile("sort=found"))
    expect(rows.locator("td:nth-child(2)").first).to_have_text(f"{max(found):,}")
    name = rows.first.locator("th").inner_text()
    rows.first.get_by_role("link", name=name, exact=True).click()
    expect(page).to_have_url(re.compile("by=level2"))
    expect(page.get_by_role("button", name=f"Remove filter: {name}")).to_be_visible()
    inner = page.get_by_test_id("row-total").locator("td").first
    expect(inner).to_have_text(f"{max(found):,}")
    page.get_by_test_id("closure-by").select_option("person")
    expect(page.get_by_test_id("closure-table")).to_contain_text("Person who answers")
    assert not one.faults


def test_it_says_how_it_counts_and_gives_the_table_away(visit):
    one = visit("en")
    page = opened(one, "?by=category")
    page.get_by_text("How is this counted?").click()
    expect(page.get_by_text("Missed is missed")).to_be_visible()
    for kind in ("xlsx", "csv"):
        with page.expect_download() as download:
            page.get_by_test_id(f"closure-{kind}").click()
        assert download.value.suggested_filename == f"closure.{kind}"
    page.emulate_media(media="print")
    expect(page.get_by_test_id("closure-table")).to_be_visible()
    expect(page.get_by_test_id("closure-xlsx")).to_be_hidden()
    expect(page.get_by_test_id("insight-closure")).to_be_hidden()


@pytest.mark.parametrize(
    ("language", "size", "theme"), [("zh-CN", DESKTOP, "dark"), ("en", PHONE, "light")]
)
def test_it_fits_and_axe_finds_nothing_serious(visit, language, size, theme):
    one = visit(language, size, theme)
    page = opened(one, "?by=level2&w=365")
    expect(page.get_by_test_id("closure-trend")).to_be_visible()
    assert page.evaluate(WIDE) <= 0
    assert serious_faults(page) == []
    assert not one.faults
