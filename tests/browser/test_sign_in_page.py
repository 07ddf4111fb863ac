"""Coming in and going out: by button in the demo, by password, with a first one, and everywhere."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from gis.store.engine import make_engine
from tests.browser.accessible import serious_faults
from tests.browser.conftest import DESKTOP, PHONE, Visit
from tests.server import serving
from tests.signing import make_account

PASSWORD = "三号楼 修路灯 2026"


@pytest.fixture(scope="module")
def strangers(demo_url, tmp_path_factory):
    """The application for whoever comes by: nobody is signed in by the way."""
    with serving(demo_url, tmp_path_factory.mktemp("data"), signed_in=False) as url:
        yield url


@pytest.fixture(scope="module")
def engine(demo_url):
    made = make_engine(demo_url)
    yield made
    made.dispose()


@pytest.fixture
def stranger(browser, strangers):
    opened = []

    def make(language="zh-CN", size=DESKTOP, theme="light"):
        opened.append(Visit(browser, strangers, language, size, theme))
        return opened[-1]

    yield make
    for one in opened:
        one.context.close()
        assert one.outside == []


def send(page, login, password):
    page.get_by_test_id("login").fill(login)
    page.get_by_test_id("password").fill(password)
    page.get_by_test_id("sign-in-send").click()


def test_whoever_comes_by_is_led_to_sign_in_and_back(stranger):
    one = stranger()
    page = one.page
    page.goto(f"{one.base}/leader?tab=grids")
    page.wait_for_url(re.compile(r"/sign-in\?back="))
    expect(page.get_by_test_id("desk-dispatch")).to_have_count(0)
    expect(page.get_by_test_id("login")).to_be_focused()
    page.get_by_test_id("demo-leader").click()
    page.wait_for_url(re.compile(r"/leader\?tab=grids"))
    expect(page.get_by_test_id("account-menu")).to_contain_text("领导")
    expect(page.get_by_test_id("desk-leader")).to_be_visible()
    assert one.faults == []


def test_a_link_leads_nowhere_else_after_signing_in(stranger):
    for back in ("//evil.example/", "/\\evil.example", "https://evil.example/", "/sign-in"):
        one = stranger()
        one.page.goto(f"{one.base}/sign-in?back={back}")
        one.page.get_by_test_id("demo-planner").click()
        one.page.wait_for_url(f"{one.base}/plan")


def test_each_role_sees_its_own_desks_and_is_told_who_grants_others(stranger):
    one = stranger("en")
    page = one.page
    page.goto(f"{one.base}/sign-in")
    page.get_by_test_id("demo-department").click()
    expect(page.get_by_test_id("desk-dispatch")).to_be_visible()
    expect(page.get_by_test_id("desk-plan")).to_have_count(0)
    expect(page.get_by_test_id("manage-scores")).to_have_count(1)  # its own points
    expect(page.locator("#manage-menu li")).to_have_count(1)
    page.goto(f"{one.base}/rules")
    expect(page.get_by_test_id("no-access")).to_contain_text("administrator of")
    assert page.request.get(f"{one.base}/api/v1/rules?jurisdiction=1").status == 403


def test_a_wrong_password_is_told_and_the_right_one_lets_in(stranger, engine):
    make_account(engine, "dispatcher", login="wrong.once", name="张三", password=PASSWORD)
    one = stranger()
    page = one.page
    page.goto(f"{one.base}/sign-in")
    page.get_by_test_id("sign-in-send").click()
    expect(page.get_by_role("alert")).to_have_count(2)
    send(page, "wrong.once", "no such password")
    expect(page.get_by_test_id("sign-in-problem")).to_contain_text("不正确")
    send(page, "WRONG.once ", PASSWORD)
    expect(page.get_by_test_id("account-menu")).to_contain_text("张三")


def test_the_first_password_is_changed_before_anything_else(stranger, engine):
    make_account(
        engine, "dispatcher", login="new.here", name="李四", password=PASSWORD, must_change=True
    )
    one = stranger()
    page = one.page
    page.goto(f"{one.base}/dispatch")
    send(page, "new.here", PASSWORD)
    expect(page.get_by_test_id("password-form")).to_be_visible()
    expect(page.get_by_test_id("desk-dispatch")).to_have_count(0)
    page.get_by_test_id("former").fill(PASSWORD)
    page.get_by_test_id("new-password").fill("short")
    page.get_by_test_id("again").fill("shorter")
    page.get_by_test_id("password-send").click()
    expect(page.get_by_role("alert")).to_contain_text("不一致")
    page.get_by_test_id("again").fill("short")
    page.get_by_test_id("password-send").click()
    expect(page.get_by_role("alert")).to_contain_text("10")
    for field in ("new-password", "again"):
        page.get_by_test_id(field).fill("路灯坏了 三天没人修")
    page.get_by_test_id("password-send").click()
    page.wait_for_url(re.compile("/dispatch"))
    expect(page.get_by_test_id("account-menu")).to_contain_text("李四")


def test_signing_out_everywhere_closes_the_other_window(stranger, engine):
    make_account(engine, "leader", login="two.windows", name="王五", password=PASSWORD)
    one, two = stranger(), stranger()
    for visit in (one, two):
        visit.page.goto(f"{visit.base}/people")
        send(visit.page, "two.windows", PASSWORD)
        expect(visit.page.get_by_test_id("account-menu")).to_be_visible()
    two.page.get_by_test_id("account-menu").click()
    two.page.get_by_test_id("sign-out-everywhere").click()
    two.page.wait_for_url(re.compile("/sign-in"))
    # The other window hears of it by itself, and remembers where it was.
    one.page.wait_for_url(re.compile(r"/sign-in\?back=%2Fpeople|/sign-in\?back=/people"))


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_page_can_be_used_by_all(stranger, language, size):
    one = stranger(language, size, "dark" if size == PHONE else "light")
    page = one.page
    page.goto(f"{one.base}/sign-in")
    expect(page.get_by_test_id("demo-admin")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert serious_faults(page) == []


def test_an_administrator_makes_an_account_that_can_be_used_at_once(stranger):
    one = stranger()
    page = one.page
    page.goto(f"{one.base}/admin")
    page.get_by_test_id("demo-admin").click()
    expect(page.get_by_test_id("account-row").first).to_be_visible()
    page.get_by_test_id("add-account").click()
    page.get_by_test_id("account-form-send").click()
    expect(page.get_by_test_id("account-form").get_by_role("alert")).to_have_count(3)
    page.get_by_test_id("account-login").fill("wu.yue")
    page.get_by_test_id("account-name").fill("吴月 <b>")
    page.get_by_test_id("account-role-dispatcher").check()
    page.get_by_test_id("account-form-send").click()
    told, noted = (page.locator(f"[data-testid={one}]:visible") for one in ("told-once", "noted"))
    expect(told).to_be_visible()
    password = told.inner_text()
    noted.click()
    page.get_by_test_id("account-search").fill("wu.yue")
    expect(page.get_by_test_id("account-row")).to_have_count(1)
    expect(page.get_by_test_id("account-row")).to_contain_text("吴月 <b>")
    page.get_by_test_id("tokens-of").click()
    page.get_by_test_id("token-name").fill("12345 热线")
    page.get_by_test_id("issue-token").click()
    expect(told).to_contain_text(re.compile(r"^\s*wg_"))
    noted.click()
    expect(page.get_by_test_id("token-row")).to_have_count(1)
    page.keyboard.press("Escape")
    page.goto(f"{one.base}/admin?tab=audit")
    expect(page.get_by_test_id("audit-row").first).to_contain_text("签发令牌")
    page.get_by_test_id("audit-check").click()
    expect(page.get_by_test_id("audit-state")).to_contain_text("均与写入时一致")
    assert serious_faults(page) == []
    assert one.faults == []
    two = stranger()
    two.page.goto(f"{two.base}/dispatch")
    send(two.page, "wu.yue", password)
    expect(two.page.get_by_test_id("password-form")).to_be_visible()
