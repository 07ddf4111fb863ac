"""Publishing over HTTP and on the command line: tried, then done, then told to both people."""

from __future__ import annotations

import json
import subprocess
import sys

import httpx
import pytest

from tests.factories import SOUTH, STEP, WEST, make_draft, make_town, redrawn
from tests.integration.publishing_help import approve, publish
from tests.server import serving

FIRST, SECOND = "410102004001001", "410102004001002"
HERE = {"lon": WEST + 1.25 * STEP, "lat": SOUTH + STEP / 2}
REPORT = {"category": "0101", "title": "试验", "source": "patrol", **HERE}


@pytest.fixture
def town(engine):
    return make_town(engine)


@pytest.fixture
def draft(engine, town):
    return make_draft(engine, town, redrawn({0: 3}))


@pytest.fixture
def client(database_url, town, tmp_path):
    with serving(database_url, tmp_path) as base, httpx.Client(base_url=base, timeout=30) as http:
        yield http


def test_a_plan_is_tried_approved_published_and_told(client, engine, town, draft):
    case = client.post("/api/v1/incidents", json=REPORT).json()
    address = f"/api/v1/plans/{draft}/publishing"
    tried = client.get(address).json()
    assert (tried["incidents_moved"], tried["open_incidents"], tried["next"]) == (1, 1, None)
    assert [item["incident_id"] for item in tried["items"]] == [case["id"]]
    assert client.get("/api/v1/route", params=HERE).json()["grid"]["code"] == SECOND
    refused = client.post(address, json={"instead_of": tried["former_id"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "publish-needs-approval")
    approve(engine, draft)
    done = client.post(address, json={"instead_of": tried["former_id"]})
    assert done.status_code == 200
    assert set(tried) - set(done.json()) == {"items", "next"}
    same = set(done.json()) - {"at"}
    assert {key: done.json()[key] for key in same} == {key: tried[key] for key in same}
    assert client.get("/api/v1/route", params=HERE).json()["grid"]["code"] == FIRST
    shown = client.get(f"/api/v1/incidents/{case['id']}").json()
    assert (shown["grid"]["code"], shown["history"][-1]["action"]) == (FIRST, "publish")

    def notes(**more):
        params = {"jurisdiction": town.jurisdiction_id, "lang": "en", **more}
        return client.get("/api/v1/hand-overs", params=params).json()["items"]

    giver, taker = town.person_ids[SECOND], town.person_ids[FIRST]
    (note,) = notes()
    assert note["note"] == (
        f"{case['serial']} went from lead {SECOND} (网格002) to lead {FIRST} (网格001)"
        f" when plan {draft} came into force."
    )
    read = f"/api/v1/hand-overs/{note['id']}/read"
    for person, unread in ((giver, [[], [note["id"]]]), (taker, [[], []])):
        for _ in range(2):
            assert client.post(read, json={"person_id": person}).status_code == 204
        left = [[one["id"] for one in notes(person=who, unread=True)] for who in (giver, taker)]
        assert left == unread
    assert [one["id"] for one in notes(person=giver)] == [note["id"]]
    assert notes(person=town.person_ids["duty"]) == []
    assert notes(plan=town.plan_id) == []


def test_what_cannot_be_published_says_why(client, engine, town, draft):
    approve(engine, draft)
    address = f"/api/v1/plans/{draft}/publishing"
    assert client.get("/api/v1/plans/999/publishing").status_code == 404
    in_force = client.get(f"/api/v1/plans/{town.plan_id}/publishing")
    assert (in_force.status_code, in_force.json()["code"]) == (409, "plan-not-draft")
    wrong = client.post(address, json={"instead_of": draft})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "plan-former-changed")
    assert client.post(address, json={"at": "2020-01-01T00:00:00Z"}).status_code == 422
    assert client.post("/api/v1/hand-overs/1/read", json={"person_id": 1}).status_code == 404
    elsewhere = client.get("/api/v1/hand-overs", params={"jurisdiction": 999})
    assert elsewhere.json()["code"] == "jurisdiction-not-found"


def test_hand_overs_are_shown_to_their_jurisdiction_alone(client, engine, town, draft):
    client.post("/api/v1/incidents", json=REPORT)
    publish(engine, draft)
    with engine.begin() as connection:
        connection.exec_driver_sql("SELECT set_config('wangge.actor', 'tests', true)")
        other = connection.exec_driver_sql(
            "INSERT INTO organisation (code, kind, name_zh) VALUES ('410103', 'district', '二七区')"
            " RETURNING id"
        ).scalar_one()
        connection.exec_driver_sql(
            "INSERT INTO plan (jurisdiction_id, name, tolerance, created_by)"
            f" VALUES ({other}, 'x', 0.05, 'tests')"
        )
    listed = client.get("/api/v1/hand-overs", params={"jurisdiction": other})
    assert (listed.status_code, listed.json()["items"]) == (200, [])


def test_a_note_is_read_by_the_two_people_only(client, engine, town, draft):
    client.post("/api/v1/incidents", json=REPORT)
    publish(engine, draft)
    params = {"jurisdiction": town.jurisdiction_id}
    (note,) = client.get("/api/v1/hand-overs", params=params).json()["items"]
    body = {"person_id": town.person_ids["duty"]}
    refused = client.post(f"/api/v1/hand-overs/{note['id']}/read", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "hand-over-not-theirs")


def test_the_command_tries_and_publishes(database_url, client, town, draft, tmp_path):
    client.post("/api/v1/incidents", json=REPORT)

    def wangge(*words):
        env = {"DATABASE_URL": database_url, "WANGGE_DATA_DIR": str(tmp_path), "PATH": "/usr/bin",
               "WANGGE_LANGUAGE": "en", "HOME": str(tmp_path)}  # fmt: skip
        command = [sys.executable, "-m", "api.cli", "plan", "publish", str(draft), *words]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False)

    tried = json.loads(wangge("--dry-run", "--json").stdout)
    assert (tried["incidents_moved"], len(tried["items"])) == (1, 1)
    assert client.get("/api/v1/route", params=HERE).json()["grid"]["code"] == SECOND
    done = wangge()
    assert done.returncode == 0, done.stderr
    assert f"lead {SECOND} → {FIRST} lead {FIRST}" in done.stdout
    assert client.get("/api/v1/route", params=HERE).json()["grid"]["code"] == FIRST
    again = wangge()
    assert (again.returncode, again.stdout) == (1, "")
    assert f"Plan {draft} is published" in again.stderr
