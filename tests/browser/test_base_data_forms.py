"""What leads and planners fill in by hand on the page of base data, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.accessible import serious_faults
from tests.browser.conftest import DESKTOP, PHONE

WHERE = [("zh-CN", DESKTOP), ("en", PHONE)]


@pytest.fixture(scope="module")
def jurisdiction(http) -> int:
    return http.get("/jurisdictions").json()["items"][0]["id"]


@pytest.fixture(scope="module")
def grid(http, jurisdiction) -> dict[str, Any]:
    """A basic grid, with its name, and the community that it is in."""
    rows = http.get("/grid-facts", params={"jurisdiction": jurisdiction, "level": 3}).json()
    return rows["items"][3]


def opened(one: Any, path: str) -> Any:
    one.page.goto(f"{one.base}/leader/base{path}")
    expect(one.page.locator("main h1")).to_be_visible()
    expect(one.page.get_by_test_id("skeleton")).to_have_count(0)
    return one.page


def judged(page: Any) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0
    assert serious_faults(page) == []


def pick(page: Any, named: str, words: str) -> None:
    field = page.get_by_test_id(named).locator("input")
    field.click()
    field.fill(words)
    page.get_by_role("option").filter(has_text=words).first.click()


@pytest.mark.parametrize(("language", "size"), WHERE)
def test_a_count_is_recorded_corrected_and_taken_back(
    visit, http, jurisdiction, grid, language, size
):
    one = visit(language, size)
    page = opened(one, f"?level=3&below={grid['code'][:12]}")
    asked = {"jurisdiction": jurisdiction, "grid": grid["code"], "kind": "0112"}

    def values() -> list[int | None]:
        items = http.get("/grid-facts/history", params=asked).json()["items"]
        return [row["value"] for row in items if row["as_of"] == "2026-10-05"]

    before = len(values())
    page.get_by_test_id("record-fact").click()
    page.get_by_test_id("fact-form-send").click()
    form = page.get_by_test_id("fact-form")
    expect(form.locator("[role=alert]")).to_have_count(4)  # grid, kind, number, source
    pick(page, "fact-grid", grid["name"][language[:2]])
    pick(page, "fact-kind", {"zh": "志愿者", "en": "Volunteers"}[language[:2]])
    page.get_by_test_id("fact-day").fill("2026-10-05")
    page.get_by_test_id("fact-value").fill("17")
    page.get_by_test_id("fact-source").fill("社区台账")
    judged(page)
    # Somebody else is first: who, when and what is said at the number, and it is said again.
    http.post("/grid-facts", json={
        "jurisdiction": jurisdiction, "grid_code": grid["code"], "kind": "0112", "value": 15,
        "as_of": "2026-10-05", "source": "街道",
    }).raise_for_status()  # fmt: skip
    page.get_by_test_id("fact-form-send").click()
    expect(form.locator("[role=alert]")).to_contain_text("15")
    expect(page.get_by_test_id("fact-there")).to_contain_text("街道")
    one.faults.clear()  # the browser itself reports the refusal
    page.get_by_test_id("fact-form-send").click()
    expect(form).to_have_count(0)
    assert values()[:2] == [17, 15]
    page.get_by_test_id("base-group-people").click()
    row = page.get_by_test_id(f"facts-{grid['code']}")
    label = {"zh": "志愿者", "en": "Volunteers"}[language[:2]]
    row.locator(f"td[data-label='{label}'] button").click()
    listed = page.get_by_test_id("fact-history").locator("li").filter(has_text="社区台账").first
    listed.get_by_test_id("fact-take-back").click()
    page.get_by_test_id("end-reason").fill("记错网格")
    page.get_by_test_id("end-form-send").click()
    expect(page.get_by_test_id("fact-history")).to_contain_text("记错网格")
    judged(page)
    assert values()[: len(values()) - before] == [None, 17, 15]


@pytest.mark.parametrize(("language", "size"), WHERE)
def test_an_own_kind_is_made_corrected_retired_and_taken_up(visit, language, size):
    one = visit(language, size)
    page = opened(one, "?group=events")
    name = f"便民活动{language}"
    page.get_by_test_id("own-kinds-open").click()
    page.get_by_test_id("kind-add").click()
    page.get_by_test_id("kind-form-send").click()
    expect(page.get_by_test_id("kind-form").locator("[role=alert]")).to_have_count(1)
    page.get_by_test_id("kind-zh").fill(name)
    page.get_by_test_id("kind-form-send").click()
    mine = page.get_by_test_id("own-kinds").locator("> li").filter(has_text=name)
    expect(mine).to_contain_text("05")
    judged(page)
    mine.get_by_test_id("kind-change").click()
    page.get_by_test_id("kind-zh").fill(f"{name}二")
    page.get_by_test_id("kind-age").fill("31")
    page.get_by_test_id("kind-form-send").click()
    mine = page.get_by_test_id("own-kinds").locator("> li").filter(has_text=f"{name}二")
    mine.get_by_test_id("kind-turn").click()
    expect(mine.locator(".badge")).to_be_visible()
    mine.get_by_test_id("kind-turn").click()
    expect(mine.locator(".badge")).to_have_count(0)
    mine.get_by_test_id("kind-history").click()
    expect(mine.get_by_test_id("kind-versions").locator("li")).to_have_count(4)


@pytest.mark.parametrize(("language", "size"), WHERE)
def test_a_plan_is_made_with_a_route_seen_on_the_map_corrected_and_ended(
    visit, http, jurisdiction, grid, language, size
):
    one = visit(language, size)
    page = opened(one, f"?part=patrols&show=plans&below={grid['code'][:12]}")
    duty = f"查消防通道 {language}"
    page.get_by_test_id("plan-add").click()
    page.get_by_test_id("plan-ends").fill("07:00")
    page.get_by_test_id("plan-form-send").click()
    expect(page.get_by_test_id("plan-form").locator("[role=alert]")).to_have_count(3)
    pick(page, "plan-grid", grid["name"][language[:2]])
    page.get_by_test_id("plan-duty").fill(duty)
    page.get_by_test_id("plan-ends").fill("10:30")
    page.get_by_test_id("plan-day-5").uncheck()
    page.get_by_test_id("plan-times").fill("2")
    drawn = page.get_by_test_id("plan-form").get_by_test_id("patrol-map")
    drawn.scroll_into_view_if_needed()
    one.idle()
    box = drawn.bounding_box()
    for share in (0.4, 0.5, 0.6):
        page.mouse.click(box["x"] + box["width"] * share, box["y"] + box["height"] / 2)
    expect(page.get_by_test_id("plan-route")).to_contain_text("3")
    judged(page)
    page.get_by_test_id("plan-form-send").click()
    listed = page.get_by_test_id("plans").locator("li").filter(has_text=duty)
    expect(listed).to_contain_text("08:00–10:30")
    one.idle()
    lit = "(code) => window.__wangge.map.getFilter('planned')[2][1].includes(code)"
    assert page.evaluate(lit, grid["code"])  # the grid is tinted, and the route is drawn
    routes = "window.__wangge.map.getStyle().sources.routes.data.features.length"
    assert page.evaluate(routes) >= 1
    judged(page)
    all_plans = http.get("/patrol-plans", params={"jurisdiction": jurisdiction}).json()["items"]
    (made,) = [row for row in all_plans if row["duty"] == duty]
    assert (made["weekdays"], made["times"], len(made["route"])) == ([1, 2, 3, 4], 2, 3)

    # A colleague corrects it while it is open here: that is said, and the list shows theirs.
    listed.get_by_test_id("plan-change").click()
    page.get_by_test_id("plan-duty").fill(f"{duty} 我")
    page.get_by_test_id("plan-reason").fill("调整")
    theirs = {name: made[name] for name in ("grid_code", "role", "weekdays", "begins", "ends")}
    http.post(f"/patrol-plans/{made['id']}/correct", json={
        **theirs, "duty": f"{duty} 同事", "reason": "先改",
    }).raise_for_status()  # fmt: skip
    page.get_by_test_id("plan-form-send").click()
    expect(page.get_by_test_id("plan-form").locator("[role=alert]")).to_be_visible()
    one.faults.clear()
    page.keyboard.press("Escape")
    listed = page.get_by_test_id("plans").locator("li").filter(has_text=f"{duty} 同事")
    listed.get_by_test_id("plan-end").click()
    page.get_by_test_id("end-reason").fill("施工")
    page.get_by_test_id("end-form-send").click()
    expect(listed).to_have_count(0)
    page.get_by_test_id("plans-ended").check()
    expect(listed).to_contain_text("施工")
    listed.get_by_test_id("plan-change").click()  # taken up again
    page.get_by_test_id("plan-reason").fill("完工")
    page.get_by_test_id("plan-form-send").click()
    page.get_by_test_id("plans-ended").uncheck()
    expect(listed).to_have_count(1)


def test_the_setting_is_set_and_set_back_and_a_conflict_is_shown(visit, http, jurisdiction):
    one = visit("zh-CN")
    page = opened(one, "?part=patrols")
    page.get_by_test_id("patrol-setting").click()
    days = page.get_by_test_id("setting-days")
    expect(days).not_to_have_value("")
    days.fill("0")
    page.get_by_test_id("setting-form-send").click()
    expect(page.get_by_test_id("setting-form").locator("[role=alert]")).to_have_count(1)
    days.fill("14")
    page.get_by_test_id("setting-remind").uncheck()
    http.put("/patrols/setting", json={
        "jurisdiction": jurisdiction, "keep_days": 21, "within_m": 20.0,
    }).raise_for_status()  # fmt: skip
    page.get_by_test_id("setting-form-send").click()
    expect(page.get_by_test_id("setting-form").locator("[role=alert]")).to_be_visible()
    expect(page.get_by_test_id("setting-history")).to_contain_text("21")
    one.faults.clear()
    judged(page)
    page.get_by_test_id("setting-form-send").click()
    expect(page.get_by_test_id("setting-form")).to_have_count(0)
    now = http.get("/patrols/setting", params={"jurisdiction": jurisdiction}).json()
    assert (now["keep_days"], now["remind"]) == (14, False)
    page.get_by_test_id("patrol-setting").click()
    page.get_by_test_id("setting-history").locator("li").nth(1).get_by_role("button").click()
    expect(days).to_have_value("21")
    page.get_by_test_id("setting-form-send").click()
    expect(page.get_by_test_id("setting-form")).to_have_count(0)


def test_rounds_of_a_grid_are_listed_with_what_was_found(visit, http, jurisdiction):
    table = http.get("/patrols/coverage", params={"jurisdiction": jurisdiction, "level": 3}).json()
    code = next(row["code"] for row in table["items"] if row["rounds"])
    page = opened(visit("en"), f"?part=patrols&level=3&below={code[:12]}")
    expect(page.get_by_test_id("rounds").locator("li").first).to_be_visible()
    expect(page.get_by_test_id(f"patrols-{code}").locator("td").last).to_have_text("0")
