"""What people are told, in the page: the bell, an emergency that must be acknowledged, and where
else notices go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, text

from gis.incidents.notices import Notice
from gis.store.engine import acting, make_engine
from gis.workflows.emergencies import raise_emergencies
from gis.workflows.notices import tell_all
from gis.workflows.outbox import send_due
from tests.browser.conftest import COARSE, DESKTOP, PHONE
from tests.conftest import module_database
from tests.integration.receivers import LOOPBACK, Receiver
from tests.integration.two_districts import City, make_city
from tests.server import serving
from tests.signing import make_account

GRID = "410102004001001"
PASSWORD = "correct horse 9 battery"


@pytest.fixture(scope="module")
def url(maintenance_url: str, template_database: str) -> Iterator[str]:
    with module_database(maintenance_url, template_database) as made:
        yield made


@pytest.fixture(scope="module")
def engine(url: str) -> Iterator[Engine]:
    made = make_engine(url)
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def city(engine: Engine) -> City:
    made = make_city(engine)
    for name, role in (("王敏", "dispatcher"), ("赵管理", "administrator")):
        made.accounts[role] = make_account(
            engine, role, organisation_id=made.organisations["410102"], login=f"in-{role}",
            name=name, password=PASSWORD,
        )  # fmt: skip
    return made


@pytest.fixture(scope="module")
def base(url: str, city: City, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(
        url, tmp_path_factory.mktemp("data"), signed_in=False, smtp_host="127.0.0.1",
        web_hook_networks="loopback",
    ) as opened:  # fmt: skip
        yield opened


def enter(
    browser: Browser, base: str, role: str, language: str, size: tuple[int, int], page: str
) -> Page:
    """A window of somebody who has signed in, on a page."""
    context = browser.new_context(
        locale=language,
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=COARSE,
        base_url=base,
    )
    answer = context.request.post(
        "/api/v1/session", data={"login": f"in-{role}", "password": PASSWORD}
    )
    assert answer.ok, answer.text()
    opened = context.new_page()
    faults: list[Any] = []

    def note(error: Any) -> None:
        faults.append(error)

    opened.faults = faults  # type: ignore[attr-defined]
    opened.on("pageerror", note)
    opened.goto(page)
    return opened


def inside(page: Page, test_id: str) -> None:
    """Nothing of it is cut off by the window, and nothing scrolls sideways."""
    box = page.get_by_test_id(test_id).bounding_box()
    size = page.viewport_size
    assert box is not None
    assert size is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


@pytest.mark.parametrize(("language", "size"), [("zh-CN", DESKTOP), ("en", PHONE)])
def test_an_emergency_stays_until_it_is_acknowledged_and_the_bell_counts(
    browser: Browser, base: str, engine: Engine, city: City, tmp_path: Path, language: str,
    size: tuple[int, int],
) -> None:  # fmt: skip
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM notice_account"))
    page = enter(browser, base, "dispatcher", language, size, "/notices")
    bell = page.get_by_test_id("bell")
    expect(bell).to_be_visible()
    bell.click()
    expect(page.get_by_test_id("notice-list").get_by_test_id("empty-state")).to_be_visible()
    page.screenshot(path=tmp_path / f"empty-{language}.png")
    bell.click()
    case = city.incidents[GRID]
    with acting(engine, "tests") as connection:
        told = Notice(kind="returned", incident_id=case, accounts=[city.accounts["dispatcher"]],
                      params={"reason": "不归我管"})  # fmt: skip
        tell_all(connection, [told])
        raise_emergencies(connection, [case])
    banner = page.get_by_test_id("emergency-banner")
    expect(banner).to_contain_text("事件 410102004001001")
    expect(page.get_by_test_id("unread")).to_have_text("2")
    inside(page, "emergency-banner")
    bell.click()
    expect(page.get_by_test_id("notice")).to_have_count(2)
    inside(page, "notice-list")
    page.screenshot(path=tmp_path / f"list-{language}.png")
    page.get_by_test_id("language").click()
    expect(banner).to_contain_text("Emergency" if language == "zh-CN" else "紧急")
    page.get_by_test_id("acknowledge").click()
    expect(banner).to_have_count(0)
    expect(page.get_by_test_id("unread")).to_have_text("1")
    with engine.connect() as connection:
        actions = connection.scalars(
            text("SELECT actor FROM incident_event WHERE action = 'acknowledge'")
        ).all()
    assert actions[-1] == "王敏 (in-dispatcher)"
    if not page.get_by_test_id("read-all").is_visible():
        bell.click()
    page.get_by_test_id("read-all").click()
    expect(page.get_by_test_id("unread")).to_have_count(0)
    link = page.get_by_test_id("notice").first.locator("a")
    expect(link).to_have_attribute("href", re.compile(rf"/dispatch\?incident={case}"))
    assert page.faults == []  # type: ignore[attr-defined]
    page.context.close()


@pytest.mark.parametrize(("language", "size"), [("zh-CN", PHONE), ("en", DESKTOP)])
def test_web_hooks_are_added_tried_and_their_deliveries_seen(
    browser: Browser, base: str, engine: Engine, city: City, tmp_path: Path, language: str,
    size: tuple[int, int],
) -> None:  # fmt: skip
    receiver = Receiver()
    page = enter(browser, base, "administrator", language, size, "/notices")
    expect(page.get_by_test_id("no-deliveries")).to_be_visible()
    page.get_by_test_id("mail-address").fill(f"zhao-{language.lower()}@wangge.test")
    page.get_by_test_id("mail-save").click()
    expect(page.get_by_test_id("mail-test")).to_be_enabled()
    page.screenshot(path=tmp_path / f"mail-{language}.png")
    page.goto("/notices?tab=hooks")
    expect(page.get_by_test_id("notices-page").get_by_test_id("empty-state")).to_be_visible()
    page.screenshot(path=tmp_path / f"no-hooks-{language}.png")
    page.get_by_test_id("add-hook").click()
    page.get_by_test_id("hook-name").fill("市联动平台")
    page.get_by_test_id("hook-url").fill("ftp://nowhere")
    page.get_by_test_id("hook-form-send").click()
    expect(page.get_by_test_id("hook-form").get_by_role("alert")).to_contain_text("http")
    page.get_by_test_id("hook-url").fill(receiver.url)
    page.screenshot(path=tmp_path / f"form-{language}.png")
    page.get_by_test_id("hook-form-send").click()
    expect(page.get_by_test_id("told-once")).to_be_visible()
    page.get_by_test_id("noted").click()
    page.get_by_test_id("hook-test").click()
    expect(page.get_by_test_id("delivery")).to_have_count(1)
    receiver.answers = lambda number: 410 if number == 1 else 204
    assert send_due(engine, None, reach=LOOPBACK) == 1
    expect(page.get_by_test_id("delivery")).to_contain_text("410")
    page.screenshot(path=tmp_path / f"hooks-{language}.png")
    page.get_by_test_id("try-again").click()
    for _ in range(50):
        if send_due(engine, None, reach=LOOPBACK):
            break
        page.wait_for_timeout(50)
    expect(page.get_by_test_id("delivery").locator(".sent")).to_be_visible()
    inside(page, "notices-page")
    page.get_by_test_id("hook-end").click()
    page.get_by_test_id("hook-end").click()
    expect(page.get_by_test_id("hook")).to_have_count(0)
    assert page.faults == []  # type: ignore[attr-defined]
    page.context.close()
    receiver.server.shutdown()
    receiver.server.server_close()
