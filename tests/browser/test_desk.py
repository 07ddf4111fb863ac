"""The dispatchers' desk: by keys, many cases at once, two people at one case, no network."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import create_engine, text

from gis.demo.accounts import DEMO_PASSWORD


@pytest.fixture(scope="module")
def jurisdiction(demo_url) -> int:
    engine = create_engine(demo_url)
    with engine.connect() as connection:
        found = connection.scalar(text("SELECT jurisdiction_id FROM plan WHERE status='published'"))
    engine.dispose()
    return int(found)


@pytest.fixture(scope="module")
def api(base):
    """Another dispatcher, who works by HTTP."""
    with httpx.Client(base_url=base, timeout=60) as client:
        told = {"login": "dispatcher", "password": DEMO_PASSWORD}
        client.post("/api/v1/session", json=told).raise_for_status()
        client.headers["X-CSRF-Token"] = client.get("/api/v1/session").json()["csrf"]
        yield client


@pytest.fixture
def desk(visit, base):
    """Opens the desk of a dispatcher who is signed in."""

    def open_desk(query: str = "", login: str = "dispatcher", **how) -> Page:
        one = visit(**how)
        told = {"login": login, "password": DEMO_PASSWORD}
        assert one.context.request.post(f"{base}/api/v1/session", data=told).ok
        page = one.open(f"dispatch?{query}")
        expect(page.get_by_test_id("incident-row").first).to_be_visible()
        page.visit = one
        return page

    return open_desk


def ids_of(page: Page, selector: str) -> list[str]:
    return [row.get_attribute("data-id") for row in page.locator(selector).all()]


def some(api, jurisdiction: int, count: int, **query) -> list[dict]:
    query = {"jurisdiction": jurisdiction, "status": "open", "limit": count, **query}
    return api.get("/api/v1/incidents", params=query).json()["items"]


def test_the_queue_is_worked_by_keys_alone(desk):
    page = desk("stage=dispatched")
    rows = page.get_by_test_id("incident-row")
    first, second, third = (rows.nth(n).get_attribute("data-id") for n in range(3))
    page.keyboard.press("j")
    expect(rows.first).to_be_focused()
    page.keyboard.press("x")
    for _ in range(3):
        page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Shift+X")
    marked = page.locator(".row.marked [data-testid=incident-row]")
    expect(marked).to_have_count(3)
    assert ids_of(page, ".row.marked [data-testid=incident-row]") == [first, second, third]
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("case")).to_have_attribute("data-id", third)
    # A letter is a step where the case allows it, and a letter where somebody types.
    allowed = page.locator("[data-action=supervise]")
    expect(allowed.locator("kbd")).to_have_text("g")
    page.keyboard.press("g")
    expect(allowed).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("/")
    expect(page.get_by_test_id("search")).to_be_focused()
    page.keyboard.type("gjx")
    expect(page.get_by_test_id("search")).to_have_value("gjx")
    expect(allowed).to_have_attribute("aria-pressed", "true")
    expect(marked).to_have_count(3)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_test_id("keys-help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("keys-help")).to_be_hidden()
    page.keyboard.press("n")
    expect(page.get_by_test_id("new-incident")).to_be_visible()
    page.get_by_test_id("new-title").fill("路面塌陷")
    page.get_by_test_id("close-panel").click()
    page.keyboard.press("n")
    expect(page.get_by_test_id("new-title")).to_have_value("路面塌陷")
    expect(page.get_by_test_id("draft-kept")).to_be_visible()


def test_one_box_finds_people_by_pinyin_and_a_view_keeps_what_they_filter(desk, demo_url):
    engine = create_engine(demo_url)
    with engine.connect() as connection:
        who = connection.execute(
            text(
                "SELECT p.id, p.name, split_part(trim(p.pinyin), ' ', 1) AS letters FROM incident"
                " JOIN person AS p ON p.id = incident.person_id WHERE is_open"
                " GROUP BY p.id ORDER BY count(*) DESC, p.id LIMIT 1"
            )
        ).one()
    engine.dispose()
    page = desk()
    page.keyboard.press("/")
    page.keyboard.type(who.letters)
    results = page.get_by_test_id("search-results")
    hit = results.get_by_role("option").filter(has_text=who.name).first
    expect(hit).to_be_visible()
    hit.click()
    expect(page.get_by_test_id("chip-person")).to_contain_text(who.name)
    expect(page.locator(".owner").first).to_have_text(who.name)
    page.get_by_test_id("filter-order").click()
    page.get_by_role("option").nth(1).click()
    page.get_by_test_id("views").click()
    page.get_by_test_id("view-name").fill("此人先到期")
    page.get_by_test_id("view-save").click()
    expect(page.get_by_test_id("view")).to_have_count(1)
    page.get_by_test_id("view-default").click()
    expect(page.get_by_test_id("view-default")).to_have_attribute("aria-pressed", "true")
    # The desk begins with it next time.
    page.goto(page.url.split("?")[0])
    expect(page.get_by_test_id("chip-person")).to_contain_text(who.name)
    assert "order=due" in page.url
    page.get_by_test_id("views").click()
    page.get_by_test_id("view-remove").click()
    expect(page.get_by_test_id("view")).to_have_count(0)


def test_many_cases_take_a_step_at_once_each_with_its_own_outcome(desk, api, jurisdiction):
    page = desk("stage=dispatched")
    for n in range(4):
        page.get_by_test_id("mark").nth(n).click()
    stale = page.get_by_test_id("incident-row").nth(1).get_attribute("data-id")
    page.get_by_test_id("bulk-supervise").click()
    page.get_by_test_id("bulk-reason").fill("群众反映强烈")
    page.get_by_role("dialog").locator(".el-date-editor input").fill("2030-01-01 12:00")
    page.keyboard.press("Enter")
    # Meanwhile it became another case: the list of the page is behind, the step is refused.
    page.visit.context.route("**/api/v1/incidents?*", lambda route: route.abort())
    page.route(
        "**/api/v1/steps",
        lambda route: route.continue_(
            post_data=route.request.post_data.replace(
                f'"id":{stale},"version":', f'"id":{stale},"version":9'
            )
        ),
    )
    page.get_by_test_id("bulk-form-send").click()
    refused = page.get_by_test_id("bulk-refused")
    expect(refused.locator("li")).to_have_count(1)
    expect(page.locator(".row.marked [data-testid=incident-row]")).to_have_count(1)
    assert ids_of(page, ".row.marked [data-testid=incident-row]") == [stale]
    page.visit.context.unroute("**/api/v1/incidents?*")
    done = some(api, jurisdiction, 200, marked="supervised")
    assert len(done) >= 3
    assert stale not in {str(one["id"]) for one in done}
    refused.locator("li button").click()
    expect(page.get_by_test_id("case")).to_have_attribute("data-id", stale)
    page.visit.faults = [fault for fault in page.visit.faults if "ERR_FAILED" not in fault]


def test_two_dispatchers_at_one_case_see_each_other(desk, jurisdiction):
    one = desk("stage=dispatched")
    case = one.get_by_test_id("incident-row").first.get_attribute("data-id")
    other = desk(f"incident={case}", login="street")
    pages = (one, other)
    one.get_by_test_id("incident-row").first.click()
    for page, reason in zip(pages, ("需要现场会商", "已电话联系"), strict=True):
        page.locator("[data-action=note]").click()
        page.locator("[data-testid=step-reason]").fill(reason)
    other.get_by_test_id("step-send").click()
    notice = one.get_by_test_id("conflict")
    expect(notice).to_contain_text("已电话联系")
    expect(notice).to_contain_text("(street)")
    expect(one.locator("[data-testid=step-reason]")).to_have_value("需要现场会商")
    one.get_by_test_id("mine-on-top").click()
    for reason in ("需要现场会商", "已电话联系"):
        expect(one.get_by_test_id("history")).to_contain_text(reason)


def test_without_network_the_page_says_so_keeps_the_form_and_catches_up(desk, base, jurisdiction):
    page = desk()
    page.keyboard.press("n")
    page.get_by_test_id("new-title").fill("断网前填写")
    context = page.visit.context
    context.set_offline(True)
    expect(page.get_by_test_id("offline-banner")).to_be_visible()
    with httpx.Client(base_url=base, timeout=60) as client:
        client.post("/api/v1/session", json={"login": "dispatcher", "password": DEMO_PASSWORD})
        csrf = client.get("/api/v1/session").json()["csrf"]
        west, south, east, north = next(
            one["bbox"]
            for one in client.get("/api/v1/jurisdictions").json()["items"]
            if one["id"] == jurisdiction
        )
        made = client.post(
            "/api/v1/incidents",
            headers={"X-CSRF-Token": csrf},
            json={
                "category": "0301", "title": "断网时到来", "source": "patrol",
                "lon": (west + east) / 2, "lat": (south + north) / 2,
                "reported_at": (datetime.now(UTC) - timedelta(seconds=5)).isoformat(),
            },
        ).raise_for_status().json()  # fmt: skip
    expect(page.locator(f"[data-id='{made['id']}']")).to_have_count(0)
    context.set_offline(False)
    expect(page.get_by_test_id("offline-banner")).to_be_hidden(timeout=60_000)
    expect(page.locator(f"[data-testid=incident-row][data-id='{made['id']}']")).to_be_visible()
    expect(page.get_by_test_id("new-title")).to_have_value("断网前填写")
    page.visit.faults = [f for f in page.visit.faults if "ERR_INTERNET_DISCONNECTED" not in f]
