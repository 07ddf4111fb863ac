"""Signing in where the office signs in, against a provider that runs on loopback."""

from __future__ import annotations

import uuid
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from gis.store.cluster import create_database
from gis.store.engine import acting, make_engine
from tests.factories import make_town
from tests.integration.signing_help import Browser, audited
from tests.oidc_provider import CLIENT, SECRET, providing
from tests.server import serving
from tests.signing import make_account

BEGIN = "/api/v1/session/oidc"


@pytest.fixture(scope="module")
def database(maintenance_url, template_database):
    name = f"wangge_test_{uuid.uuid4().hex[:12]}"
    create_database(maintenance_url, name, template_database)
    url = make_url(maintenance_url).set(database=name).render_as_string(hide_password=False)
    engine = make_engine(url)
    make_town(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def provider():
    with providing() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def base(database, provider, tmp_path_factory):
    url = database.url.render_as_string(hide_password=False)
    with serving(
        url, tmp_path_factory.mktemp("data"), signed_in=False, oidc_issuer=provider.url,
        oidc_client_id=CLIENT, oidc_client_secret=SECRET, oidc_name="统一身份认证",
        sign_in_tries=10_000,
    ) as served:  # fmt: skip
        yield served


@pytest.fixture
def browser(base, provider):
    provider.twist, provider.person = None, {}
    with Browser(base_url=base, timeout=60) as made:
        yield made


def come_in(browser, back="/leader?tab=1"):
    """Follow the redirects as a browser does, as far as the page that they end at."""
    answer = browser.get(BEGIN, params={"back": back})
    while answer.is_redirect:
        target = answer.headers["location"]
        if urlsplit(target).path not in (f"{BEGIN}/callback", "/authorize"):
            return target
        answer = browser.get(target)
    return answer


def failed(target):
    return parse_qs(urlsplit(target).query).get("failed")


def somebody(database, **more):
    login = f"o{uuid.uuid4().hex[:8]}"
    return login, make_account(database, "leader", login=login, name="钱七", **more)


def test_an_account_is_found_by_login_then_by_subject(browser, database, provider):
    login, account = somebody(database)
    assert browser.me()["oidc"] == "统一身份认证"
    provider.person = {"sub": f"s-{login}", "preferred_username": login.upper()}
    assert come_in(browser) == "/leader?tab=1"
    assert browser.me()["account"]["login"] == login
    assert browser.me()["account"]["roles"] == ["leader"]
    # From then on the subject counts, whatever it calls itself.
    other, _ = somebody(database)
    provider.person = {"sub": f"s-{login}", "preferred_username": other}
    come_in(browser)
    assert browser.me()["account"]["id"] == account
    # And nobody else can take the login over.
    browser.cookies.clear()
    provider.person = {"sub": "another", "preferred_username": login}
    assert failed(come_in(browser)) == ["oidc-no-account"]
    assert browser.me()["account"] is None
    assert audited(database, "sign-in")[-1].detail["how"] == provider.url


def test_nobody_gets_an_account_or_rights_by_it(browser, database, provider):
    with database.connect() as connection:
        before = connection.scalar(text("SELECT count(*) FROM account"))
    provider.person = {"sub": "x", "preferred_username": "nobody", "roles": ["administrator"]}
    assert failed(come_in(browser)) == ["oidc-no-account"]
    with database.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM account")) == before


def test_a_disabled_account_stays_out(browser, database, provider):
    login, account = somebody(database)
    with acting(database, "tests") as connection:
        connection.execute(
            text("UPDATE account SET disabled_at = now() WHERE id = :id"), {"id": account}
        )
    provider.person = {"sub": "d", "preferred_username": login}
    assert failed(come_in(browser)) == ["account-disabled"]


@pytest.mark.parametrize(
    ("twist", "code"),
    [
        ("nonce", "oidc-refused"), ("audience", "oidc-refused"), ("expired", "oidc-refused"),
        ("key", "oidc-refused"), ("none", "oidc-refused"), ("confused", "oidc-refused"),
    ],
)  # fmt: skip
def test_a_token_that_is_not_right_is_refused(browser, database, provider, twist, code):
    login, _ = somebody(database)
    provider.person = {"sub": f"s-{login}", "preferred_username": login}
    provider.twist = twist
    assert failed(come_in(browser)) == [code]
    assert browser.me()["account"] is None


@pytest.mark.parametrize(
    ("twist", "code"), [("foreign", "oidc-foreign"), ("issuer", "oidc-foreign")]
)
def test_no_other_host_is_asked(browser, provider, twist, code):
    provider.twist = twist
    answer = browser.get(BEGIN)
    assert (answer.status_code, answer.json()["code"]) == (503, code)


def test_a_code_of_somebody_else_s_browser_is_refused(browser, base, database, provider):
    login, _ = somebody(database)
    provider.person = {"sub": f"s-{login}", "preferred_username": login}
    begun = browser.get(BEGIN)
    back = browser.get(begun.headers["location"]).headers["location"]
    with Browser(base_url=base) as victim:
        assert failed(victim.get(back).headers["location"]) == ["oidc-refused"]
        victim.get(BEGIN)  # one of their own under way does not help
        assert failed(victim.get(back).headers["location"]) == ["oidc-refused"]
        assert victim.me()["account"] is None
    assert browser.get(back).headers["location"] == "/"
    assert browser.me()["account"]["login"] == login
    # The code has been used.
    assert failed(browser.get(back).headers["location"]) == ["oidc-refused"]


def test_it_leads_to_pages_of_our_own_only(browser, database, provider):
    login, _ = somebody(database)
    provider.person = {"sub": f"s-{login}", "preferred_username": login}
    for back in ("//evil.example/", "/\\evil.example", "https://evil.example/", "javascript:1"):
        assert come_in(browser, back) == "/"


def test_without_an_issuer_there_is_no_such_way(database, tmp_path):
    url = database.url.render_as_string(hide_password=False)
    with serving(url, tmp_path, signed_in=False) as base:
        assert httpx.get(f"{base}{BEGIN}").status_code == 404
        assert httpx.get(f"{base}/api/v1/session").json()["oidc"] is None


def test_a_provider_that_is_away_is_said_to_be(database, tmp_path):
    url = database.url.render_as_string(hide_password=False)
    with serving(
        url, tmp_path, signed_in=False, oidc_issuer="http://127.0.0.1:9", oidc_client_id=CLIENT
    ) as base:
        answer = httpx.get(f"{base}{BEGIN}", timeout=60)
        assert (answer.status_code, answer.json()["code"]) == (503, "oidc-unreachable")
