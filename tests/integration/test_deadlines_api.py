"""The administrator's table over HTTP: changed by date, with who and why, and tried beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy import Engine, text

from tests.factories import SOUTH, WEST, Town, make_neighbour, make_town
from tests.server import serving
from tests.signing import sign_in


@pytest.fixture
def town(engine: Engine) -> Town:
    return make_town(engine)


@pytest.fixture
def api(town: Town, database_url: str, tmp_path) -> Iterator[httpx.Client]:
    with (
        serving(database_url, tmp_path) as url,
        httpx.Client(base_url=f"{url}/api/v1", timeout=20) as client,
    ):
        yield client


def table(api: httpx.Client, town: Town, **params: object) -> dict:
    answer = api.get("/deadlines", params={"jurisdiction": town.jurisdiction_id, **params})
    assert answer.status_code == 200, answer.text
    return answer.json()


def begin(api: httpx.Client, town: Town) -> dict:
    given = {"jurisdiction": town.jurisdiction_id, "reason": "the start"}
    assert api.post("/deadlines/begin", json=given).status_code == 204
    return table(api, town)


def test_an_office_begins_with_defaults_and_changes_them_by_date(api, town, engine):
    empty = table(api, town)
    assert (empty["items"], empty["calendar"]) == ([], None)
    shown = begin(api, town)
    assert shown["calendar"]["settled_through"] == shown["known_through"] == 2026
    illegal = next(
        row for row in shown["items"] if row["category"] and row["category"]["code"] == "03"
    )
    assert (illegal["amount"], illegal["unit"], illegal["stage"]) == (15, "working_days", "case")

    new = {
        "jurisdiction": town.jurisdiction_id, "category": "03", "amount": 20,
        "unit": "working_days", "reason": "the city's new rule",
    }  # fmt: skip
    twice = api.post("/deadlines", json=new)
    assert (twice.status_code, twice.json()["code"]) == (409, "deadline-twice")
    made = api.post("/deadlines", json={**new, "replaces": illegal["id"]})
    assert made.status_code == 201
    now = [row for row in table(api, town)["items"] if row["category"]]
    assert {row["id"]: row["amount"] for row in now}[made.json()["id"]] == 20
    assert illegal["id"] not in {row["id"] for row in now}
    all_rows = table(api, town, ended=True)["items"]
    ended = next(row for row in all_rows if row["id"] == illegal["id"])
    assert (ended["state"], ended["ended_reason"]) == ("ended", "the city's new rule")

    gone = {"jurisdiction": town.jurisdiction_id, "reason": "not needed"}
    assert api.post(f"/deadlines/{made.json()['id']}/end", json=gone).status_code == 204
    again = api.post(f"/deadlines/{made.json()['id']}/end", json=gone)
    assert (again.status_code, again.json()["code"]) == (404, "deadline-not-found")
    pages, cursor = [], None
    for _ in range(30):
        params = {"jurisdiction": town.jurisdiction_id, "limit": 1}
        page = api.get(
            "/deadlines/history", params=params | ({"cursor": cursor} if cursor else {})
        ).json()
        pages += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    defaults = len(shown["items"])
    assert [(row["change"], row["reason"]) for row in pages] == [
        ("end", "not needed"), ("end", "the city's new rule"), ("add", "the city's new rule"),
        ("calendar", "the start"), *[("add", "the start")] * defaults,
    ]  # fmt: skip
    with engine.connect() as connection:
        audited = connection.scalars(text("SELECT action FROM audit_entry ORDER BY id")).all()
    assert [one for one in audited if one.startswith("deadline")] == [
        "deadlines-begin", "deadline-add", "deadline-end",
    ]  # fmt: skip
    twice = api.post(
        "/deadlines/begin", json={"jurisdiction": town.jurisdiction_id, "reason": "again"}
    )
    assert twice.json()["code"] == "deadlines-there"


def test_a_change_of_table_or_calendar_leaves_running_clocks_alone(api, town):
    shown = begin(api, town)
    report = {
        "category": "03", "title": "An illegal storey", "lon": WEST + 0.001, "lat": SOUTH + 0.001,
        "source": "patrol", "crs": "EPSG:4326",
    }  # fmt: skip
    before = api.post("/incidents", json=report).json()
    calendar = {name: shown["calendar"][name] for name in ("zone", "days", "settled_through")}
    calendar["week"] = [[["09:00", "24:00"]]] * 7
    given = {
        "jurisdiction": town.jurisdiction_id, "calendar": calendar, "reason": "open every evening",
        "version": shown["calendar"]["id"],
    }  # fmt: skip
    tried = api.post(
        "/deadlines/preview",
        json={"jurisdiction": town.jurisdiction_id, "category": "03", "severity": 2,
              "calendar": calendar},
    ).json()  # fmt: skip
    assert api.put("/deadlines/calendar", json=given).status_code == 200
    stale = api.put("/deadlines/calendar", json=given)
    assert (stale.status_code, stale.json()["code"]) == (409, "calendar-changed")
    after = api.post("/incidents", json={**report, "title": "Another"}).json()
    whole = next(row for row in tried["items"] if row["stage"] == "case")
    assert after["due_at"] == whole["due_at"]
    assert after["due_at"] < before["due_at"]
    assert api.get(f"/incidents/{before['id']}").json()["due_at"] == before["due_at"]


def test_a_year_of_holidays_is_offered_with_its_make_up_days(api, town):
    found = api.get("/deadlines/holidays", params={"year": 2026}).json()
    kinds = {day["date"]: day["kind"] for day in found["days"]}
    assert found["settled"]
    assert (kinds["2026-10-01"], kinds["2026-10-10"]) == ("holiday", "make_up")
    assert not api.get("/deadlines/holidays", params={"year": 2030}).json()["settled"]


def test_a_preview_counts_by_what_is_given(api, town):
    begin(api, town)
    moment = datetime(2026, 9, 18, 9, 50, tzinfo=UTC).isoformat()
    asked = {
        "jurisdiction": town.jurisdiction_id, "category": "0101", "severity": 3, "at": moment,
        "row": {"amount": 5, "unit": "working_hours", "stage": "handled"},
    }  # fmt: skip
    answer = api.post("/deadlines/preview", json=asked)
    rows = {row["stage"]: row for row in answer.json()["items"]}
    # 17:50 on the Friday before a make-up Sunday.
    assert datetime.fromisoformat(rows["handled"]["due_at"]) == datetime(
        2026, 9, 20, 7, 20, tzinfo=UTC
    )
    assert not rows["handled"]["provisional"]
    late = api.post("/deadlines/preview", json={**asked, "at": "2026-12-31T02:00:00Z"}).json()[
        "items"
    ]
    assert next(row for row in late if row["stage"] == "case")["provisional"]


def test_what_makes_no_sense_is_refused_with_a_sentence(api, town):
    shown = begin(api, town)
    row = {"jurisdiction": town.jurisdiction_id, "reason": "x", "category": "0101", "amount": 1,
           "unit": "working_days"}  # fmt: skip
    calendar = {name: shown["calendar"][name] for name in ("zone", "week", "days")}
    asked = [
        ("POST", "", row | {"amount": 1.5}, "allowance-amount"),
        ("POST", "", row | {"category": "9999"}, "category-unknown"),
        ("POST", "", row | {"jurisdiction": 10**9}, "jurisdiction-not-found"),
        ("POST", "", row | {"replaces": 10**9}, "deadline-not-found"),
        ("PUT", "/calendar", {"calendar": calendar | {"week": [[]] * 7}}, "calendar-week"),
        ("PUT", "/calendar", {"calendar": calendar | {"zone": "Nowhere"}}, "calendar-zone"),
        (
            "PUT", "/calendar",
            {"calendar": calendar | {"week": [[["12:00", "08:00"]]] * 7}}, "calendar-hours",
        ),
        ("PUT", "/setting", {"delay_amount": 4}, "delay-whole"),
    ]  # fmt: skip
    for method, path, body, code in asked:
        given = {"jurisdiction": town.jurisdiction_id, "reason": "x"} | body
        answer = api.request(method, f"/deadlines{path}", json=given)
        assert answer.json()["code"] == code, answer.text
        assert answer.status_code in (404, 409, 422)
        assert len(answer.json()["detail"]) > 20


def test_whoever_is_no_administrator_of_here_changes_nothing(api, town, engine):
    begin(api, town)
    row = {"jurisdiction": town.jurisdiction_id, "reason": "x", "category": "0101", "amount": 1,
           "unit": "working_days"}  # fmt: skip
    for role in ("dispatcher", "leader", "planner"):
        headers = sign_in(engine, role, organisation_id=town.jurisdiction_id)
        assert api.post("/deadlines", json=row, headers=headers).status_code == 403
        assert (
            api.get(
                "/deadlines", params={"jurisdiction": town.jurisdiction_id}, headers=headers
            ).status_code
            == 200
        )
    _, district = make_neighbour(engine)
    other = sign_in(engine, "administrator", organisation_id=district)
    answer = api.post("/deadlines", json=row, headers=other)
    assert answer.status_code in (403, 404), answer.text
    assert len([one for one in table(api, town)["items"] if one["category"]]) == 1


def test_a_setting_is_kept(api, town):
    given = {"jurisdiction": town.jurisdiction_id, "delay_amount": 4, "reason": "x",
             "delay_unit": "working_hours", "reopened": "anew"}  # fmt: skip
    assert api.put("/deadlines/setting", json=given).status_code == 204
    assert table(api, town)["setting"] == {
        "delay_amount": 4, "delay_unit": "working_hours", "reopened": "anew",
    }  # fmt: skip
