"""The review of work teams on the page: entered, published, read by those it goes to."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from gis.demo.accounts import DEMO_PASSWORD
from tests.browser.accessible import serious_faults
from tests.browser.conftest import DESKTOP, PHONE

WIDE = "() => document.documentElement.scrollWidth - window.innerWidth"
SIDES = ("sub_district", "community", "households")


@pytest.fixture
def signed_in(visit: Any, base: str) -> Callable[..., Page]:
    """Opens the tab as one of the demo's people."""

    def open_page(login: str, path: str = "leader/scores?tab=teams", **how: Any) -> Page:
        one = visit(**how)
        told = {"login": login, "password": DEMO_PASSWORD}
        assert one.context.request.post(f"{base}/api/v1/session", data=told).ok
        page: Page = one.page
        page.goto(f"{base}/{path}")
        expect(page.get_by_test_id("team-review")).to_be_visible()
        expect(page.get_by_test_id("skeleton")).to_have_count(0)
        return page

    return open_page


def choose(page: Page, field: str, words: str) -> None:
    """Choose from a list by what stands in it."""
    page.get_by_test_id(field).click()
    page.get_by_role("option", name=words, exact=True).click()


def vote(page: Page, votes: dict[str, tuple[int, ...]]) -> None:
    for side, numbers in votes.items():
        for name, number in zip(("invited", "present", "excellent", "good"), numbers, strict=True):
            page.get_by_test_id(f"{side}-{name}").fill(str(number))


def test_the_demo_s_last_year_is_there_and_says_that_it_is_made_up(signed_in: Any) -> None:
    page = signed_in("street")
    expect(page.get_by_test_id("team-publication")).to_contain_text("均为虚构")
    teams = page.get_by_test_id("team")
    expect(teams.first).to_contain_text("97.73")
    assert teams.count() > 2
    expect(page.get_by_test_id("add-team")).to_have_count(0)
    expect(page.get_by_test_id("open-team-review")).to_have_count(0)


def test_entered_published_and_read(signed_in: Any, tmp_path: Path) -> None:
    page = signed_in("leader")
    page.get_by_test_id("open-team-review").click()
    year = page.get_by_test_id("open-team-year").input_value()
    page.get_by_test_id("take-over").uncheck()
    page.get_by_test_id("open-team-form-send").click()
    expect(page.get_by_test_id("team-year")).to_have_value(year)
    expect(page.get_by_test_id("publish-teams")).to_be_disabled()

    page.get_by_test_id("add-team").click()
    page.get_by_test_id("team-form-send").click()
    expect(page.get_by_test_id("team-form").get_by_role("alert").first).to_be_visible()
    page.get_by_test_id("team-name").fill("市水利局驻秦岭路工作队")
    page.get_by_test_id("team-from-other").check(force=True)
    page.get_by_test_id("team-sender-name").fill("市水利局")
    choose(page, "team-sub-district", "秦岭路街道")
    page.get_by_test_id("team-communities").click()
    page.get_by_role("option", name=re.compile("社区$")).first.click()
    page.keyboard.press("Escape")
    page.get_by_test_id("team-leader").fill("周正")
    page.get_by_test_id("team-form-send").click()
    team = page.get_by_test_id("team")
    expect(team).to_contain_text("市水利局驻秦岭路工作队")
    expect(page.get_by_test_id("teams-lack")).to_contain_text("未向派驻单位述职")

    for side in ("sending_unit", "sub_district", "assembly"):
        page.get_by_test_id("team-report").click()
        expect(page.get_by_test_id(f"report-side-{side}")).to_be_checked()
        if side == "assembly":
            page.get_by_test_id("report-file-input").set_input_files(
                {"name": "述职.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 x"}
            )
        else:
            page.get_by_test_id("report-body").fill("全年驻点情况")
        page.get_by_test_id("team-report-form-send").click()
        expect(page.get_by_test_id("team-report-form")).to_have_count(0)
        expect(page.get_by_test_id(f"reported-{side}")).not_to_contain_text("未述职")

    page.get_by_test_id("team-votes").click()
    page.get_by_test_id("called-by").fill("区第一考核组")
    vote(page, dict.fromkeys(SIDES, (9, 8, 7, 2)))  # more votes than people
    page.get_by_test_id("team-ballot-form-send").click()
    expect(page.get_by_test_id("votes-households").get_by_role("alert")).to_contain_text("9 张票")
    vote(page, dict.fromkeys(SIDES, (9, 8, 7, 1)))
    page.get_by_test_id("team-ballot-form-send").click()
    # 7 of 8 for 100, one for 85.
    expect(page.get_by_test_id("team-score")).to_have_text("98.13")
    expect(page.get_by_test_id("team-interval")).to_contain_text("至")
    expect(page.get_by_test_id("teams-lack")).to_have_count(0)

    page.get_by_test_id("publish-teams").click()
    page.get_by_test_id("publish-teams-form-send").click()
    expect(page.get_by_test_id("team-shown-published")).to_have_count(1)

    street = signed_in("street", language="en")
    expect(street.get_by_test_id("team-year")).to_have_value(year)
    expect(street.get_by_test_id("team-score")).to_have_text("98.13")
    street.get_by_test_id("team-recipients").click()
    expect(street.get_by_test_id("team-publication")).to_contain_text("by the printed result")
    with street.expect_download() as loading:
        street.get_by_test_id("team-file").click()
    path = tmp_path / "result.xlsx"
    loading.value.save_as(path)
    sheet = load_workbook(path).worksheets[0]
    assert sheet["C5"].value == "市水利局驻秦岭路工作队" and sheet["I5"].value == 98.13

    # Put right with a reason: what was published stays, beside its correction.
    page.get_by_test_id("team-votes").click()
    page.get_by_test_id("households-good").fill("0")
    page.get_by_test_id("team-ballot-form-send").click()
    expect(page.get_by_test_id("team-ballot-form").get_by_role("alert")).to_be_visible()
    page.get_by_test_id("ballot-reason").fill("一票无效")
    page.get_by_test_id("team-ballot-form-send").click()
    expect(page.get_by_test_id("team-score")).to_have_text("98.88")
    page.get_by_test_id("publish-teams").click()
    page.get_by_test_id("publish-reason").fill("更正一票")
    page.get_by_test_id("publish-teams-form-send").click()
    expect(page.get_by_test_id("publish-teams-form")).to_have_count(0)
    page.get_by_test_id("team-history").click()
    expect(page.get_by_test_id("team-event").first).to_contain_text("更正一票")
    street.reload()
    expect(street.get_by_test_id("team-score")).to_have_text("98.88")
    street.get_by_test_id("team-edition").select_option("1")
    expect(street.get_by_test_id("team-score")).to_have_text("98.13")


@pytest.mark.parametrize(
    ("language", "size", "theme"), [("zh-CN", DESKTOP, "dark"), ("en", PHONE, "light")]
)
def test_the_tab_and_its_forms_fit_and_axe_finds_nothing_serious(
    signed_in: Any, language: str, size: tuple[int, int], theme: str
) -> None:
    page = signed_in("leader", language=language, size=size, theme=theme)
    expect(page.get_by_test_id("teams")).to_be_visible()
    assert page.evaluate(WIDE) <= 0
    assert serious_faults(page) == []
    for opened, form in (
        ("team-votes", "team-ballot-form"), ("team-report", "team-report-form"),
        ("change-team", "team-form"), ("team-rule-change", "team-rule-form"),
        ("team-history", "team-events"),
    ):  # fmt: skip
        page.get_by_test_id(opened).first.click()
        expect(page.get_by_test_id(form)).to_be_visible()
        assert page.evaluate(WIDE) <= 0, form
        assert serious_faults(page) == [], form
        page.keyboard.press("Escape")
        expect(page.get_by_test_id(form)).to_have_count(0)
