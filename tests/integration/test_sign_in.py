"""Signing in: who is who, for how long, and what a stranger can find out by trying."""

from __future__ import annotations

import re
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from api.permissions import ASKED, PERMISSIONS, PUBLIC
from gis.store.cluster import create_database
from gis.store.engine import acting, make_engine
from gis.workflows import sign_in as sign_in_workflow
from tests.factories import make_town
from tests.integration.signing_help import PASSWORD, Browser, audited
from tests.server import serving
from tests.signing import make_account, sign_in, token_of


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
def base(database, tmp_path_factory):
    url = database.url.render_as_string(hide_password=False)
    folder = tmp_path_factory.mktemp("data")
    with serving(url, folder, signed_in=False, sign_in_tries=10_000) as served:
        yield served


@pytest.fixture
def browser(base):
    with Browser(base_url=base, timeout=60, headers={"Accept-Language": "en"}) as made:
        yield made


@pytest.fixture
def login(database):
    login = f"u{uuid.uuid4().hex[:8]}"
    make_account(database, "dispatcher", login=login, name="王敏", password=PASSWORD)
    return login


def jurisdictions(client, **more):
    return client.get("/api/v1/jurisdictions", **more)


def test_nothing_but_the_door_is_open_to_strangers(browser):
    for row, access in PERMISSIONS.items():
        method, path = row.split(" ")
        if access in (PUBLIC, ASKED):
            continue
        answer = browser.request(method, re.sub(r"\{\w+(:path)?\}", "7", path), content=b"x" * 9)
        assert (answer.status_code, answer.json()["code"]) == (401, "sign-in-needed"), row
    assert browser.head("/tiles/incidents/14/1/1.mvt").status_code == 401
    for path in ("/sign-in", "/api/v1/health", "/api/v1/config", "/api/v1/session"):
        assert browser.get(path).status_code in (200, 503), path  # 503: no front end was built


def test_a_browser_signs_in_works_and_signs_out(browser, login, database):
    assert (jurisdictions(browser).status_code, browser.me()["account"]) == (401, None)
    answer = browser.sign_in(login)
    assert answer.status_code == 204
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "secure" not in cookie
    me = browser.me()
    assert me["account"]["login"] == login
    assert me["account"]["roles"] == ["dispatcher"]
    assert "dispatch" in me["pages"] and "plan" not in me["pages"]
    assert jurisdictions(browser).status_code == 200
    stolen = browser.cookies["wangge_session"]
    assert browser.delete("/api/v1/session").status_code == 204
    assert "wangge_session" not in browser.cookies
    browser.cookies.set("wangge_session", stolen)
    assert jurisdictions(browser).status_code == 401
    told = [row.actor for row in audited(database, "sign-in") if login in row.actor]
    assert told == [f"王敏 ({login})"]


def test_the_cookie_is_secure_where_the_page_is(browser, login):
    body = {"login": login, "password": PASSWORD}
    behind = {"X-Forwarded-Proto": "https"}  # a proxy on the same machine says so
    answer = browser.post("/api/v1/session", json=body, headers=behind)
    assert "secure" in answer.headers["set-cookie"].lower()


def test_who_was_in_history_is_who_signed_in(browser, login):
    browser.sign_in(login)
    body = {"category": "0101", "title": "试验", "source": "patrol", "lon": 113.601, "lat": 34.751}
    case = browser.post("/api/v1/incidents", json=body)
    assert case.status_code == 201
    assert case.json()["history"][0]["actor"] == f"王敏 ({login})"


def test_a_page_of_another_origin_can_do_nothing_with_the_cookie(browser, login):
    browser.sign_in(login)
    body = {"category": "0101", "title": "试验", "source": "patrol", "lon": 113.601, "lat": 34.751}
    for word in ("", "0" * 64, "\u00e9"):
        answer = browser.post(
            "/api/v1/incidents", json=body, headers={"X-CSRF-Token": word.encode()}
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf-missing")
    assert browser.delete("/api/v1/sessions", headers={"X-CSRF-Token": ""}).status_code == 403
    assert jurisdictions(browser).status_code == 200
    elsewhere = browser.sign_in(login, **{"Sec-Fetch-Site": "cross-site"})
    assert elsewhere.status_code == 403


def test_a_session_that_was_foisted_on_a_browser_is_not_taken_over(browser, login):
    foisted = "A" * 43
    browser.cookies.set("wangge_session", foisted)
    browser.sign_in(login)
    others = [cookie.value for cookie in browser.cookies.jar]
    with httpx.Client(base_url=browser.base_url) as attacker:
        attacker.cookies.set("wangge_session", foisted)
        assert jurisdictions(attacker).status_code == 401
    assert any(value != foisted for value in others)


def test_what_was_wrong_is_not_told(browser, login, database):
    bodies = []
    for one in (login, "nobody-" + uuid.uuid4().hex[:6]):
        answers = [browser.sign_in(one, "wrong password") for _ in range(6)]
        assert [answer.status_code for answer in answers] == [401] * 5 + [429]
        assert int(answers[-1].headers["retry-after"]) <= 30
        body = answers[0].json()
        body.pop("request_id")
        bodies.append(body)
    assert bodies[0] == bodies[1]
    locked = browser.sign_in(login)  # now even with the right one
    assert (locked.status_code, locked.json()["code"]) == (429, "sign-in-locked")
    assert audited(database, "sign-in-locked")[0].detail["wait_s"] == 30


def test_each_further_try_waits_twice_as_long_and_a_right_one_forgives(browser, login, database):
    def later(seconds):
        with database.begin() as connection:
            connection.execute(
                text("UPDATE sign_in_attempt SET at = at - make_interval(secs => :s)"
                     " WHERE login = :login"),
                {"s": seconds, "login": login},
            )  # fmt: skip

    for _ in range(5):
        browser.sign_in(login, "wrong password")
    for wait in (30, 60, 120):
        answer = browser.sign_in(login, "wrong password")
        assert wait - 25 <= int(answer.headers["retry-after"]) <= wait
        later(wait)
        assert browser.sign_in(login, "wrong password").status_code == 401
    later(4000)
    assert browser.sign_in(login).status_code == 204
    assert browser.sign_in(login, "wrong password").status_code == 401


def test_a_thousand_tries_at_once_are_five(browser, login):
    def attempt(number):
        body = {"login": login, "password": f"guess {number}"}
        return browser.post("/api/v1/session", json=body).status_code

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(attempt, range(1000)))
    assert sorted(set(statuses)) == [401, 429]
    assert statuses.count(401) in (5, 6)  # a busy machine takes longer than the first half minute


def test_one_address_cannot_try_many_logins(database, tmp_path):
    url = database.url.render_as_string(hide_password=False)
    with (
        serving(url, tmp_path, signed_in=False, sign_in_tries=7) as served,
        Browser(base_url=served, timeout=60) as browser,
    ):
        statuses = [browser.sign_in(f"guess{n}", "wrong").status_code for n in range(10)]
    assert statuses == [401] * 7 + [429] * 3


def test_a_stranger_who_guesses_keeps_nobody_else_from_signing_in(base, login):
    def sign_in_from(address, browser, password=PASSWORD):
        return browser.sign_in(login, password, **{"X-Forwarded-For": address}).status_code

    with Browser(base_url=base, timeout=60) as own, Browser(base_url=base, timeout=60) as other:
        assert sign_in_from("10.1.1.1", own) == 204
        for _ in range(6):
            last = sign_in_from("10.9.9.9", other, "wrong password")
        assert last == 429
        assert sign_in_from("10.9.9.9", other) == 429
        # From elsewhere, at the same desk, and even from where the stranger sits, by one's browser.
        assert sign_in_from("10.1.1.2", Browser(base_url=base, timeout=60)) == 204
        assert sign_in_from("10.9.9.9", own) == 204
        # What the owner types wrong counts for the own browser alone.
        assert [sign_in_from("10.1.1.1", own, "wrong password") for _ in range(6)] == [401] * 5 + [
            429
        ]
        assert sign_in_from("10.1.1.1", Browser(base_url=base, timeout=60)) == 204


def test_guesses_from_everywhere_slow_down_strangers_alone(base, login, monkeypatch):
    monkeypatch.setattr(sign_in_workflow, "FREE_TRIES_OF_STRANGERS", 8)

    def sign_in_from(address, password):
        with Browser(base_url=base, timeout=60) as browser:
            return browser.sign_in(login, password, **{"X-Forwarded-For": address}).status_code

    assert sign_in_from("10.2.2.2", PASSWORD) == 204
    guesses = [sign_in_from(f"10.3.0.{n}", "wrong password") for n in range(10)]
    assert guesses == [401] * 8 + [429] * 2
    assert sign_in_from("10.4.4.4", PASSWORD) == 429
    assert sign_in_from("10.2.2.2", PASSWORD) == 204
    assert sign_in_from("10.2.2.2", "wrong password") == 401


def test_guessing_at_the_change_of_a_password_is_slow_and_locks_nobody_out(browser, base, login):
    browser.sign_in(login)
    told = {"former": "wrong password", "password": "路灯坏了 三天没人修"}
    statuses = [browser.put("/api/v1/session/password", json=told).status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]
    with Browser(base_url=base, timeout=60) as other:
        assert other.sign_in(login).status_code == 204


@pytest.mark.parametrize(
    "odd", ["<script>alert(1)</script>", "' OR 1=1 --", "a\u202eb", "王敏", "x" * 100, "%s{login}"]
)
def test_odd_logins_are_wrong_and_nothing_else(browser, database, odd):
    answer = browser.sign_in(odd, "wrong password")
    assert (answer.status_code, answer.json()["code"]) == (401, "sign-in-wrong")
    assert odd[:8] not in answer.text
    told = audited(database, "sign-in-refused")[-1]
    assert told.subject == "login ?"  # people type passwords where the login belongs
    with database.connect() as connection:
        kept = connection.scalars(text("SELECT login FROM sign_in_attempt")).all()
    assert odd.lower()[:64] not in kept


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"login": "a"},
        {"login": "a\x00b", "password": "x"},
        {"login": "a", "password": "x" * 201},
        {"login": 1, "password": "x"},
        ["a"],
    ],
)
def test_bad_requests_are_told_as_such(browser, bad):
    assert browser.post("/api/v1/session", json=bad).status_code == 422


def test_the_first_password_must_be_changed_before_anything_else(browser, database):
    login = f"new{uuid.uuid4().hex[:6]}"
    make_account(database, "dispatcher", login=login, password=PASSWORD, must_change=True)
    browser.sign_in(login)
    refused = jurisdictions(browser)
    assert (refused.status_code, refused.json()["code"]) == (403, "password-must-change")
    assert browser.me()["account"]["must_change_password"] is True

    def change(former, password):
        return browser.put(
            "/api/v1/session/password", json={"former": former, "password": password}
        )

    for former, password, code in (
        ("not this one", "a good long one", "password-wrong"),
        (PASSWORD, "short", "password-short"),
        (PASSWORD, "x" * 201, "password-long"),
        (PASSWORD, "aaaaaaaaaaaa", "password-simple"),
        (PASSWORD, "1234567890", "password-simple"),
        (PASSWORD, f"{login}-2026", "password-named"),
        (PASSWORD, PASSWORD, "password-same"),
    ):
        answer = change(former, password)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        with acting(database, "tests") as connection:
            connection.execute(text("DELETE FROM sign_in_attempt"))
    before = browser.cookies["wangge_session"]
    assert change(PASSWORD, "路灯坏了 三天没人修").status_code == 204
    assert browser.cookies["wangge_session"] != before
    assert jurisdictions(browser).status_code == 200
    with httpx.Client(base_url=browser.base_url) as thief:
        thief.cookies.set("wangge_session", before)
        assert jurisdictions(thief).status_code == 401


def test_signing_out_everywhere_ends_every_session(base, login):
    with Browser(base_url=base) as one, Browser(base_url=base) as two:
        one.sign_in(login)
        two.sign_in(login)
        assert one.delete("/api/v1/sessions").status_code == 204
        assert jurisdictions(two).status_code == 401


def test_a_session_ends_by_itself(browser, login, database):
    browser.sign_in(login)
    for column in ("expires_at = now() - interval '1 s'", "seen_at = now() - interval '3 h'"):
        with database.begin() as connection:
            connection.execute(
                text(f"UPDATE session SET {column}, revoked_at = NULL WHERE account_id ="
                     " (SELECT id FROM account WHERE login = :login)"),
                {"login": login},
            )  # fmt: skip
        wait_for_word(browser)
        assert jurisdictions(browser).status_code == 401
        browser.sign_in(login)


def wait_for_word(client):
    """Until the process has heard that it should ask the database again."""
    for _ in range(400):
        if jurisdictions(client).status_code == 401:
            return


def test_a_token_of_a_disabled_account_is_nobodys(base, database):
    account = make_account(database, "dispatcher")
    headers = token_of(database, account)
    assert httpx.get(f"{base}/api/v1/jurisdictions", headers=headers).status_code == 200
    with acting(database, "tests") as connection:
        connection.execute(
            text("UPDATE account SET disabled_at = now() WHERE id = :id"), {"id": account}
        )
    with httpx.Client(base_url=base, headers=headers) as client:
        wait_for_word(client)
        assert jurisdictions(client).status_code == 401


def test_a_token_in_a_cookie_and_nonsense_are_nobodys(base, database):
    token = sign_in(database, "dispatcher")["Authorization"].removeprefix("Bearer ")
    for headers in (
        {"Cookie": f"wangge_session={token}"}, {"Authorization": "Bearer wg_nothing"},
        {"Authorization": f"Basic {token}"}, {"Authorization": "Bearer"}, {"Cookie": "\xff=;;"},
        {"Authorization": "Bearer \xff\xfe"},
    ):  # fmt: skip
        raw = {name: value.encode("latin-1") for name, value in headers.items()}
        answer = httpx.get(f"{base}/api/v1/jurisdictions", headers=raw)
        assert answer.status_code == 401, headers


def test_disabling_while_signing_in_leaves_nobody_in(base, database):
    for _ in range(5):
        login = f"d{uuid.uuid4().hex[:8]}"
        account = make_account(database, "dispatcher", login=login, password=PASSWORD)

        def enter(login=login):
            client = Browser(base_url=base, timeout=60)
            client.sign_in(login)
            return client

        def disable(account=account):
            with acting(database, "tests") as connection:
                connection.execute(
                    text("UPDATE account SET disabled_at = now() WHERE id = :id"), {"id": account}
                )

        with ThreadPoolExecutor(3) as pool:
            entering = [pool.submit(enter), pool.submit(enter)]
            pool.submit(disable).result()
            clients = [one.result() for one in entering]
        for client in clients:
            wait_for_word(client)
            assert jurisdictions(client).status_code == 401
            client.close()
