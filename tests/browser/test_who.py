"""Who, on the leader's page; rankings of people and of a city's districts; points by a street."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

import pytest
import shapely
from playwright.sync_api import Page, expect
from sqlalchemy import Connection, text

from gis.demo.accounts import DEMO_PASSWORD
from gis.store.engine import acting, make_engine
from gis.workflows.accounts import NewAccount, create_account
from gis.workflows.closure import ClosureView
from gis.workflows.passwords import hash_of
from gis.workflows.scores_city import publish_cities
from gis.workflows.scores_tally import tally
from tests.browser.accessible import serious_faults
from tests.browser.conftest import DESKTOP, PHONE
from tests.factories import insert_grid, inserter

FITS = "document.documentElement.scrollWidth <= window.innerWidth"
WALL = (3840, 2160)
NEIGHBOURS = {"410103": ("二七区", "Erqi", 120, 0.95), "410104": ("管城区", "Guancheng", 6, 0.3)}
CASE = """
INSERT INTO incident (serial, jurisdiction_id, category_code, severity, source, title, reported_at,
  due_at, closed_at, stage, queue_id, person_id, route_rule, location)
SELECT :serial, :district, (SELECT min(code) FROM category WHERE length(code) = 4), 3, 'patrol',
  't', at, at + interval '3 days', at + make_interval(days => :took), 'closed', :queue, :person,
  'outside_queue', ST_SetSRID(ST_MakePoint(120, 30), 4326)
FROM (SELECT date_trunc('month', now()) - interval '20 days' AS at) AS moment
"""


@pytest.fixture(scope="module", autouse=True)
def city(demo_url: str) -> None:
    """The demo's district in a city of three, whose last month is published; leaders of the city,
    of a sub-district and of a community."""
    engine = make_engine(demo_url)
    with acting(engine, "tests", reason="a city") as connection:
        _leaders(connection)
        for code, (zh, en, count, share) in NEIGHBOURS.items():
            _district(connection, code, (zh, en), count, share)
        office = connection.scalar(text("SELECT jurisdiction_id FROM score_tally"))
    tally(engine, office)
    publish_cities(engine, [office], ClosureView)
    engine.dispose()


def _leaders(connection: Connection) -> None:
    kept = hash_of(DEMO_PASSWORD)
    for login, kind in (("of-city", "city"), ("of-street", "sub_district"),
                        ("of-community", "community")):  # fmt: skip
        query = "SELECT id FROM organisation WHERE kind = :kind ORDER BY code LIMIT 1"
        account = NewAccount(
            login=login, name=login, roles=("leader",), person_id=None, synthetic=True,
            organisation_id=connection.scalar(text(query), {"kind": kind}),
        )  # fmt: skip
        create_account(connection, account, password_hash=kept, must_change=False)


def _district(
    connection: Connection, code: str, names: tuple[str, str], count: int, share: float
) -> None:
    one, rng = inserter(connection), random.Random(code)
    above = connection.scalar(text("SELECT id FROM organisation WHERE kind = 'city'"))
    district = one(
        "organisation", code=code, kind="district", name_zh=names[0], name_en=names[1],
        parent_id=above, synthetic=True,
    )  # fmt: skip
    plan = one("plan", jurisdiction_id=district, name="x", tolerance=0.05, created_by="tests")
    for grid in (f"{code}001", f"{code}001001", f"{code}001001001"):
        insert_grid(connection, plan, grid, shapely.box(114, 34, 114.01, 34.01), None)
    connection.execute(
        text("UPDATE plan SET status = 'published', effective = tstzrange('2020-01-01', NULL)"
             " WHERE id = :id"), {"id": plan},
    )  # fmt: skip
    person = one("person", name=f"岗{code}")
    queue = one("queue", jurisdiction_id=district, code="outside", name_zh="兜底",
                name_en="Fallback", person_id=person)  # fmt: skip
    for number in range(count):
        took = 2 if rng.random() < share else 5
        connection.execute(
            text(CASE),
            {"serial": f"{code}-20260101-{number:05d}", "district": district, "queue": queue,
             "person": person, "took": took},
        )  # fmt: skip


@pytest.fixture
def signed_in(visit: Any, base: str) -> Callable[..., Page]:
    """Opens a page as one of the demo's people, with the panel or the table it is about."""

    def open_page(login: str, path: str, seen: str, **how: Any) -> Page:
        one = visit(**how)
        told = {"login": login, "password": DEMO_PASSWORD}
        assert one.context.request.post(f"{base}/api/v1/session", data=told).ok
        page: Page = one.page
        page.goto(f"{base}/{path}")
        expect(page.get_by_test_id(seen)).to_be_visible()
        return page

    return open_page


def test_the_first_screen_says_who_and_leads_to_their_cases(signed_in: Any) -> None:
    page = signed_in("leader", "leader?w=90", "who-rows")
    expect(page.get_by_test_id("who")).to_have_attribute("data-by", "level1")
    rows = page.get_by_test_id("who-row")
    expect(rows).to_have_count(2)
    expect(page.get_by_test_id("who-named")).to_have_count(1)
    last = rows.last.locator(".name").inner_text()
    expect(page.get_by_test_id("who-said")).to_contain_text(last)
    box = page.get_by_test_id("who").bounding_box()
    assert box["y"] + box["height"] <= DESKTOP[1]
    link = rows.last.get_by_test_id("who-figures")
    assert int(re.sub(r"\D", "", link.inner_text().split("/")[1])) > 100
    link.click()
    expect(page).to_have_url(re.compile(r"/dispatch\?.*measure=due"))
    expect(page.get_by_test_id("incident-row").first).to_be_visible()
    page.go_back()
    page.get_by_test_id("who-row").first.locator(".name").click()
    expect(page.get_by_test_id("who")).to_have_attribute("data-by", "level2")
    expect(page.get_by_test_id("who-named")).to_have_count(3)
    page.get_by_test_id("who-all").click()
    expect(page.get_by_test_id("closure-table")).to_be_visible()


def test_each_leader_sees_what_is_below_them(signed_in: Any) -> None:
    for login, level in (("of-city", "district"), ("of-street", "level2"),
                         ("of-community", "level3")):  # fmt: skip
        page = signed_in(login, "leader?j=410102&w=90", "who-rows")
        expect(page.get_by_test_id("who")).to_have_attribute("data-by", level)
    page = signed_in("of-street", "leader?who=points", "who-rows")
    expect(page.get_by_test_id("who-figures").first).to_be_visible()
    page.get_by_test_id("who-figures").first.click()
    expect(page.get_by_test_id("entries")).to_be_visible()


def test_where_nothing_fell_due_the_page_says_so(signed_in: Any) -> None:
    page = signed_in(
        "leader", "leader?w=custom&from=2001-01-01&to=2001-01-31", "who", language="en"
    )
    expect(page.get_by_test_id("who").get_by_test_id("empty-state")).to_contain_text(
        "Nothing fell due"
    )


@pytest.mark.parametrize(
    ("language", "size", "theme"),
    [("en", PHONE, "dark"), ("zh-CN", DESKTOP, "light"), ("zh-CN", WALL, "dark")],
)
def test_who_fits_every_screen_and_axe_finds_nothing_serious(
    signed_in: Any, language: str, size: tuple[int, int], theme: str
) -> None:
    page = signed_in(
        "of-street", "leader?w=90", "who-rows", language=language, size=size, theme=theme
    )
    expect(page.get_by_test_id("who-named")).to_have_count(3)
    expect(page.get_by_test_id("skeleton")).to_have_count(0)
    assert page.evaluate(FITS)
    if size == PHONE:
        who = page.get_by_test_id("who").bounding_box()
        assert who["y"] < 500
        assert who["y"] < page.get_by_test_id("heatmap").bounding_box()["y"]
    assert serious_faults(page) == []


def test_the_districts_of_a_city_and_their_last_month(signed_in: Any) -> None:
    page = signed_in("of-city", "leader/scores?j=410102&board=city", "score-state")
    page.get_by_test_id("score-former").click()
    expect(page.get_by_test_id("score-state")).to_have_attribute("data-state", "published")
    rows = page.get_by_test_id("ranked-district")
    expect(rows).to_have_count(3)
    expect(page.locator("[data-code='410104']")).to_contain_text("件数太少")
    expect(page.get_by_test_id("bottom")).to_be_visible()
    page.locator("[data-code='410103'] td a").nth(1).click()
    expect(page).to_have_url(re.compile(r"/dispatch\?.*j=410103.*measure=on_time"))
    expect(page.get_by_test_id("incident-row").first).to_be_visible()
    # A district sees what was published, and the cases of its own only.
    page = signed_in("leader", "leader/scores?board=city", "score-state")
    expect(page.get_by_test_id("city-ranking")).to_have_count(0)
    page.get_by_test_id("score-former").click()
    expect(page.get_by_test_id("ranked-district")).to_have_count(3)
    expect(page.locator("[data-code='410103'] a")).to_have_count(0)
    page.locator("[data-code='410102']").get_by_test_id("district-deeper").click()
    expect(page.get_by_test_id("closure-table")).to_be_visible()


def test_people_lead_to_their_points_and_are_seen_by_their_leaders_only(signed_in: Any) -> None:
    page = signed_in("leader", "leader/scores?board=people", "people-ranking")
    rows = page.get_by_test_id("ranked-person")
    all_of_them = rows.count()
    assert all_of_them > 20
    page.get_by_test_id("people-order").select_option("on_time")
    expect(page).to_have_url(re.compile("order=on_time"))
    person = rows.first.get_by_test_id("person-points").inner_text()
    rows.first.get_by_test_id("person-points").click()
    expect(page.get_by_test_id("entry").first).to_contain_text(person)
    page = signed_in("of-street", "leader/scores?board=people", "people-ranking")
    assert 0 < page.get_by_test_id("ranked-person").count() < all_of_them
    page = signed_in("worker", "scores?board=people", "scores", size=PHONE)
    expect(page.get_by_test_id("skeleton")).to_have_count(0)
    assert page.get_by_test_id("ranked-person").count() <= 1
    assert page.evaluate(FITS)


def test_a_sub_district_enters_points_for_a_community(signed_in: Any) -> None:
    page = signed_in("of-street", "leader/scores?tab=points", "enter-points")
    page.get_by_test_id("enter-points").click()
    form = page.get_by_test_id("enter-form")
    for field in ("enter-rule", "enter-organisation"):
        form.get_by_test_id(field).click()
        page.get_by_role("option").filter(visible=True).first.click()
        expect(page.get_by_role("option").filter(visible=True)).to_have_count(0)
    page.get_by_test_id("enter-document").fill("街办〔2026〕2号")
    page.get_by_test_id("enter-reason").fill("检查发现问题")
    page.get_by_test_id("enter-form-send").click()
    expect(page.get_by_test_id("entry").first).to_contain_text("街办〔2026〕2号")
    expect(page.get_by_test_id("entry").first).to_contain_text("社区")


@pytest.mark.parametrize(
    ("language", "size", "theme"), [("zh-CN", DESKTOP, "dark"), ("en", PHONE, "light")]
)
def test_both_rankings_fit_and_axe_finds_nothing_serious(
    signed_in: Any, language: str, size: tuple[int, int], theme: str
) -> None:
    for board, seen in (("people", "people-ranking"), ("city", "city-ranking")):
        page = signed_in(
            "of-city", f"leader/scores?j=410102&board={board}", seen, language=language,
            size=size, theme=theme,
        )  # fmt: skip
        assert page.evaluate(FITS), board
        assert serious_faults(page) == [], board
