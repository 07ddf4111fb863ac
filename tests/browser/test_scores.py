"""Points on the page: from a rank to the case behind it, a rule changed, an appeal decided."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import create_engine, text

from gis.demo.accounts import DEMO_PASSWORD
from gis.workflows.scores_entries import enter
from gis.workflows.scores_tally import tally
from tests.browser.accessible import serious_faults
from tests.browser.conftest import DESKTOP, PHONE

WIDE = "() => document.documentElement.scrollWidth - window.innerWidth"


@pytest.fixture(scope="module", autouse=True)
def tallied(demo_url: str) -> None:
    """The demo's last months read to the end, as a worker does it, and the demo's department
    commended by hand."""
    engine = create_engine(demo_url)
    with engine.connect() as connection:
        office = connection.scalar(text("SELECT jurisdiction_id FROM score_tally"))
        rule = connection.scalar(text("SELECT id FROM score_rule WHERE kind = 'commended'"))
        department = connection.scalar(
            text("SELECT organisation_id FROM account WHERE login = 'department'")
        )
    tally(engine, office)
    enter(
        engine, office, rule_id=rule, organisation_id=department, person_id=None,
        day=datetime.now(UTC).date() - timedelta(days=1), points=None, reason="抢险及时",
        document="通报〔2026〕1号", incident_id=None, actor="tests", key=None,
    )  # fmt: skip
    engine.dispose()


@pytest.fixture
def signed_in(visit: Any, base: str) -> Callable[..., Page]:
    """Opens the page as one of the demo's people."""

    def open_page(login: str, path: str = "leader/scores", **how: Any) -> Page:
        one = visit(**how)
        told = {"login": login, "password": DEMO_PASSWORD}
        assert one.context.request.post(f"{base}/api/v1/session", data=told).ok
        page: Page = one.page
        page.goto(f"{base}/{path}")
        expect(page.get_by_test_id("scores")).to_be_visible()
        expect(page.get_by_test_id("skeleton")).to_have_count(0)
        return page

    return open_page


def test_a_rank_leads_to_its_points_and_a_point_to_its_case(signed_in: Any) -> None:
    page = signed_in("leader")
    expect(page.get_by_test_id("insight-scores")).to_have_attribute("aria-current", "page")
    rows = page.get_by_test_id("ranked")
    expect(rows.first).to_be_visible()
    page.get_by_test_id("score-former").click()
    expect(page.get_by_test_id("score-state")).to_have_attribute("data-state", "published")
    expect(rows.first).to_be_visible()
    named = page.get_by_test_id("bottom")
    if rows.count() > 1:
        expect(named).to_be_visible()
    page.get_by_test_id("ranked-points").first.click()
    entries = page.get_by_test_id("entry")
    expect(entries.first).to_be_visible()
    page.get_by_test_id("entry-case").first.click()
    expect(page.get_by_test_id("case")).to_be_visible()


def test_a_street_appeals_and_a_leader_decides(signed_in: Any) -> None:
    street = signed_in("street", "leader/scores?tab=points")
    street.get_by_test_id("entry-appeal").first.click()
    street.get_by_test_id("end-form-send").click()
    expect(street.get_by_test_id("end-form").get_by_role("alert")).to_be_visible()
    street.get_by_test_id("end-reason").fill("当日已按期处置")
    street.get_by_test_id("end-form-send").click()
    expect(street.get_by_text("当日已按期处置")).to_be_visible()
    leader = signed_in("leader", "leader/scores?tab=appeals")
    leader.get_by_test_id("entry-decide").click()
    leader.get_by_test_id("decision-changed").check(force=True)
    leader.get_by_test_id("decide-points").fill("0.05")
    leader.get_by_test_id("decide-reason").fill("部分属实")
    leader.get_by_test_id("decide-appeal-send").click()
    expect(leader.get_by_test_id("empty-state")).to_be_visible()
    leader.get_by_test_id("appeals-every").check()
    expect(leader.get_by_test_id("entry").first).to_contain_text("部分属实")
    # The correction stands beside the entry that it puts right.
    street.reload()
    expect(street.get_by_text("申诉更正").first).to_be_visible()


def test_a_changed_rule_keeps_its_former_version(signed_in: Any) -> None:
    page = signed_in("leader", "leader/scores?tab=rules")
    rule = page.locator("[data-testid=score-rule][data-kind=closed_late]")
    expect(rule).to_have_count(1)
    rule.get_by_test_id("change-score-rule").click()
    page.get_by_test_id("score-points").fill("-2")
    page.get_by_test_id("score-rule-form-send").click()
    expect(page.get_by_test_id("score-rule-form").get_by_role("alert")).to_be_visible()
    page.get_by_test_id("score-reason").fill("考核办法第二条")
    page.get_by_test_id("score-rule-form-send").click()
    expect(rule).to_have_count(2)
    expect(page.get_by_test_id("score-rules")).to_contain_text("考核办法第二条")


def test_a_department_sees_its_own_points_without_the_leaders_desk(signed_in: Any) -> None:
    page = signed_in("department", "scores?tab=points", size=PHONE)
    expect(page.get_by_test_id("entries")).to_contain_text("通报〔2026〕1号")
    expect(page.get_by_test_id("insight-scores")).to_have_count(0)
    expect(page.get_by_test_id("enter-points")).to_have_count(0)
    assert page.evaluate(WIDE) <= 0


@pytest.mark.parametrize(
    ("language", "size", "theme"), [("zh-CN", DESKTOP, "dark"), ("en", PHONE, "light")]
)
def test_every_tab_fits_and_axe_finds_nothing_serious(
    signed_in: Any, language: str, size: tuple[int, int], theme: str
) -> None:
    page = signed_in("leader", language=language, size=size, theme=theme)
    shown = {
        "ranking": "ranking", "points": "entries", "rules": "score-rules",
        "appeals": "appeals-every", "marks": "satisfaction",
    }  # fmt: skip
    for tab, seen in shown.items():
        page.get_by_test_id(f"tab-{tab}").check(force=True)
        expect(page.get_by_test_id(seen)).to_be_visible()
        assert page.evaluate(WIDE) <= 0, tab
        assert serious_faults(page) == [], tab
