"""Diaries: written once, corrected by new entries, closed by somebody else's check."""

from __future__ import annotations

import threading
import uuid

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from starlette.testclient import TestClient

from api.app import create_app
from gis.settings import Settings
from gis.store.engine import acting, make_engine
from tests.conftest import module_database
from tests.factories import inserter, make_town
from tests.signing import sign_in

API = "/api/v1"
GRID, OTHER, FAR = "410102004001001", "410102004001002", "410102004002001"


@pytest.fixture(scope="module")
def engine(maintenance_url, template_database):
    with module_database(maintenance_url, template_database) as url:
        made = make_engine(url)
        yield made
        made.dispose()


@pytest.fixture(scope="module")
def town(engine):
    return make_town(engine)


@pytest.fixture(scope="module")
def who(engine, town):
    """Headers: the worker of GRID, another community's worker, the leader of the first one."""
    with acting(engine, "tests") as connection:
        parent = connection.scalar(text("SELECT id FROM organisation WHERE code = '410102004'"))
        first, second = (
            inserter(connection)(
                "organisation", code=code, kind="community", name_zh=code, parent_id=parent
            )
            for code in (GRID[:12], FAR[:12])
        )
    people = town.person_ids
    return {
        "worker": sign_in(engine, "grid_worker", organisation_id=first, person_id=people[GRID]),
        "far": sign_in(engine, "grid_worker", organisation_id=second, person_id=people[FAR]),
        "leader": sign_in(engine, "leader", organisation_id=first),
        "district": sign_in(engine, "leader", organisation_id=town.jurisdiction_id),
    }


@pytest.fixture(scope="module")
def client(engine, town, tmp_path_factory):
    url = engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data_dir=tmp_path_factory.mktemp("data"), log_level="ERROR"), url)
    with TestClient(app) as opened:
        yield opened


def entry(town, day="2026-03-05", words="走访独居老人，楼道灯已报修", **given):
    return {"jurisdiction": town.jurisdiction_id, "grid_code": GRID, "day": day, "text": words,
            "kinds": ["feelings", "people"], "people": 3, **given}  # fmt: skip


def month(client, town, header, at="2026-03-01"):
    asked = {"jurisdiction": town.jurisdiction_id, "month": at}
    return client.get(f"{API}/diaries/months", params=asked, headers=header).json()


def check(client, town, header, grid=GRID, at="2026-03-01", verdict="good", **given):
    body = {"jurisdiction": town.jurisdiction_id, "grid_code": grid, "month": at,
            "verdict": verdict, **given}  # fmt: skip
    return client.post(f"{API}/diaries/checks", json=body, headers=header)


def test_an_entry_is_written_once_corrected_by_a_new_one_and_closed_by_the_check(
    client, town, who, engine
):
    key = str(uuid.uuid4())
    answers = [
        client.post(f"{API}/diaries", json=entry(town, key=key), headers=who["worker"])
        for _ in range(2)
    ]
    assert [one.status_code for one in answers] == [201, 200]
    first = answers[0].json()["id"]
    reused = client.post(
        f"{API}/diaries", json=entry(town, words="别的", key=key), headers=who["worker"]
    )
    assert reused.json()["code"] == "idempotency-key-reused"
    better = entry(town, words="走访独居老人两户", replaces_id=first)
    corrected = client.post(f"{API}/diaries", json=better, headers=who["worker"])
    assert corrected.status_code == 201
    twice = client.post(f"{API}/diaries", json=better, headers=who["worker"])
    assert (twice.status_code, twice.json()["code"]) == (404, "diary-not-found")
    theirs = entry(town, replaces_id=corrected.json()["id"])
    assert client.post(f"{API}/diaries", json=theirs, headers=who["leader"]).status_code == 404
    shown = client.get(
        f"{API}/diaries", headers=who["leader"],
        params={"jurisdiction": town.jurisdiction_id, "month": "2026-03-15", "grid": GRID[:12]},
    ).json()["items"]  # fmt: skip
    assert [(one["id"] == first, one["replaced_by"] is not None) for one in shown] == [
        (False, False), (True, True),
    ]  # fmt: skip
    row = month(client, town, who["leader"])["items"][0]
    assert (row["code"], row["entries"], row["people"], row["check"]) == (GRID, 1, 3, None)
    assert row["lead"] == f"lead {GRID}"
    checked = check(client, town, who["leader"], remark="有重点，有跟进")
    assert checked.status_code == 201
    table = month(client, town, who["leader"])
    assert table["items"][0]["check"]["remark"] == "有重点，有跟进"
    assert table["total"] == {"grids": 4, "submitted": 1, "checked": 1, "entries": 1}
    again = check(client, town, who["leader"])
    assert (again.status_code, again.json()["code"]) == (409, "diary-checked-already")
    late = client.post(f"{API}/diaries", json=entry(town, "2026-03-30"), headers=who["worker"])
    assert (late.status_code, late.json()["code"]) == (409, "diary-month-checked")
    next_month = client.post(f"{API}/diaries", json=entry(town, "2026-04-01"),
                             headers=who["worker"])  # fmt: skip
    assert next_month.status_code == 201
    for change in ("UPDATE diary SET text = 'x'", "DELETE FROM diary_check"):
        with pytest.raises(DBAPIError, match="append-only"), acting(engine, "t") as connection:
            connection.execute(text(change))


def test_nobody_checks_what_they_wrote_a_month_that_goes_on_or_what_is_not_there(client, town, who):
    own = entry(town, "2026-05-02", grid_code=OTHER)
    assert client.post(f"{API}/diaries", json=own, headers=who["leader"]).status_code == 201
    refused = {
        "diary-own-check": check(client, town, who["leader"], OTHER, "2026-05-01"),
        "diary-month-open": check(client, town, who["leader"], OTHER, "2199-05-01"),
        "diary-verdict-entries": check(client, town, who["district"], OTHER, "2026-05-01",
                                       "missing"),
    }  # fmt: skip
    assert {one.json()["code"] for one in refused.values()} == set(refused)
    assert check(client, town, who["district"], OTHER, "2026-05-01").status_code == 201
    assert check(client, town, who["district"], FAR, "2026-05-01", "missing").status_code == 201


def test_each_sees_and_writes_what_is_theirs(client, town, who):
    far = entry(town, "2026-06-02", words="只在二社区", grid_code=FAR)
    assert client.post(f"{API}/diaries", json=far, headers=who["worker"]).status_code == 404
    assert client.post(f"{API}/diaries", json=far, headers=who["far"]).status_code == 201
    asked = {"jurisdiction": town.jurisdiction_id, "month": "2026-06-01"}
    seen = {
        name: len(client.get(f"{API}/diaries", params=asked, headers=who[name]).json()["items"])
        for name in who
    }
    assert seen == {"worker": 0, "far": 1, "leader": 0, "district": 1}
    assert check(client, town, who["leader"], FAR, "2026-06-01").status_code == 404
    mine = client.get(f"{API}/my/grids", headers=who["far"]).json()["items"]
    assert [one["code"] for one in mine] == [FAR]


def test_an_entry_that_comes_while_the_month_is_checked_is_in_it_or_refused(client, town, who):
    """Of many at once each is counted by the check, or is not written at all."""
    answers = []
    begin = threading.Barrier(7)

    def write(k):
        begin.wait()
        answers.append(
            client.post(f"{API}/diaries", json=entry(town, f"2026-07-0{k}"), headers=who["worker"])
        )

    assert client.post(
        f"{API}/diaries", json=entry(town, "2026-07-09"), headers=who["worker"]
    ).status_code == 201  # fmt: skip
    writers = [threading.Thread(target=write, args=(k,)) for k in range(1, 7)]
    for one in writers:
        one.start()
    begin.wait()
    assert check(client, town, who["leader"], at="2026-07-01").status_code == 201
    for one in writers:
        one.join()
    written = sum(one.status_code == 201 for one in answers)
    assert {one.status_code for one in answers} <= {201, 409}
    row = month(client, town, who["leader"], "2026-07-01")["items"][0]
    assert row["entries"] == row["check"]["entries"] == written + 1
