"""Notices in the inbox and by mail: each mail arrives once, whatever the mail server does."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from gis.incidents.notices import Notice
from gis.store import audit, outbox, web_hooks
from gis.store.engine import acting
from gis.workflows import web_hooks as web_hooks_flow
from gis.workflows.mails import WHOLE_S, send
from gis.workflows.notices import tell_all
from gis.workflows.outbox import LEASE, send_due
from gis.workflows.web_hooks import NotSentError
from tests.integration.receivers import (
    GRID,
    Box,
    hurry,
    server_at,
    server_of,
    trickling,
)  # fmt: skip
from tests.integration.two_districts import City


def choose(engine: Engine, account: int, address: str, *kinds: str) -> None:
    with engine.begin() as connection:
        web_hooks.choose_mail(connection, account, address, kinds)


def ago(engine: Engine) -> None:
    """As if the quiet after a notice had passed."""
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE notice DISABLE TRIGGER notice_never_changed"))
        connection.execute(text("UPDATE notice SET recorded_at = recorded_at - interval '2 min'"))
        connection.execute(text("ALTER TABLE notice ENABLE TRIGGER notice_never_changed"))


def test_what_comes_together_is_one_mail_and_an_emergency_does_not_wait(
    engine: Engine, city: City, box: Box
) -> None:
    account = city.accounts["district/dispatcher"]
    choose(engine, account, "wang@wangge.test", "returned", "emergency")
    server = server_of(box)

    def told(kind: str) -> None:
        with acting(engine, "tests") as connection:
            notice = Notice(kind=kind, incident_id=city.incidents[GRID], accounts=[account])
            tell_all(connection, [notice])

    for kind in ("returned", "returned", "due_soon"):
        told(kind)
    assert send_due(engine, server) == 0, "something more may come"
    ago(engine)
    assert send_due(engine, server) == 1
    (mail,) = box.mails
    assert mail["To"] == "wang@wangge.test"
    assert "2" in mail["Subject"]
    lines = mail.get_content().splitlines()
    assert sum("事件 410102004001001" in line for line in lines) == 2
    assert "http://wangge.test/notices" in lines
    told("returned")
    ago(engine)
    assert send_due(engine, server) == 0, "no mail after mail"
    told("emergency")
    assert send_due(engine, server) == 1
    assert "紧急" in box.mails[1].get_content()
    assert box.mails[0]["Message-ID"] != box.mails[1]["Message-ID"]


def test_a_mail_that_was_not_noted_is_repeated_under_its_id_and_a_refused_one_given_up(
    engine: Engine, city: City, box: Box
) -> None:
    account = city.accounts["other/leader"]
    server = server_of(box)
    with acting(engine, "tests") as connection:
        outbox.add_test(connection, account_id=account, address="li@wangge.test")
        outbox.add_test(connection, account_id=account, address="nobody@wangge.test")
    assert send_due(engine, server) == 2
    with engine.begin() as connection:  # as if the worker had died before it could say so
        connection.execute(
            text(
                "UPDATE delivery SET state = 'waiting', done_at = NULL, next_at = now()"
                " WHERE address = 'li@wangge.test'"
            )
        )
    assert send_due(engine, server) == 1
    assert len(box.mails) == 2
    assert box.mails[0]["Message-ID"] == box.mails[1]["Message-ID"]
    with engine.connect() as connection:
        listed = {row["address"]: row for row in outbox.listed(connection, account_id=account)}
    refused = listed["nobody@wangge.test"]
    assert (refused["state"], refused["error"]) == ("given_up", "refused")
    assert "no such user" in refused["detail"]
    assert listed["li@wangge.test"]["state"] == "sent"


def test_without_a_mail_server_mails_wait(engine: Engine, city: City) -> None:
    account = city.accounts["district/leader"]
    with acting(engine, "tests") as connection:
        outbox.add_test(connection, account_id=account, address="li@wangge.test")
    assert send_due(engine, None) == 0


def test_notices_are_read_and_acknowledged_by_their_owner_alone(
    client: TestClient, engine: Engine, city: City
) -> None:
    one, other = (city.headers[f"district/{role}"] for role in ("dispatcher", "leader"))
    with acting(engine, "tests") as connection:
        accounts = [city.accounts["district/dispatcher"]]
        for kind in ("sent", "emergency"):
            notice = Notice(kind=kind, incident_id=city.incidents[GRID], accounts=accounts)
            tell_all(connection, [notice])
    english = {**one, "Accept-Language": "en"}
    inbox = client.get("/api/v1/notices", headers=english, params={"limit": 1}).json()
    assert inbox["items"][0]["text"].startswith("Emergency: ")
    assert inbox["items"][0]["incident_id"] == city.incidents[GRID]
    assert inbox["next"] == inbox["items"][0]["id"]
    urgent = inbox["urgent"][0]["id"]
    before = inbox["unread"]
    path = f"/api/v1/notices/{urgent}/acknowledge"
    assert client.post(path, headers=other).status_code == 404
    assert client.post(path, headers=one).json() == {"marked": 1}
    assert client.post(path, headers=one).json() == {"marked": 0}
    inbox = client.get("/api/v1/notices", headers=one).json()
    assert urgent not in [row["id"] for row in inbox["urgent"]]
    assert inbox["unread"] == before - 1
    client.post("/api/v1/notices/read", headers=one, json={})
    assert client.get("/api/v1/notices", headers=one).json()["unread"] == 0
    case = client.get(f"/api/v1/incidents/{city.incidents[GRID]}", headers=one).json()
    assert case["history"][-1]["action"] == "acknowledge"


def test_a_mail_that_was_taken_is_sent_once_however_the_server_says_farewell(
    engine: Engine, city: City, box: Box
) -> None:
    account = city.accounts["other/leader"]
    box.farewell = "451 not now"
    with acting(engine, "tests") as connection:
        outbox.add_test(connection, account_id=account, address="once@wangge.test")
    assert send_due(engine, server_of(box)) == 1
    with engine.connect() as connection:
        last = outbox.listed(connection, account_id=account)[0]
    assert (last["address"], last["state"], last["error"]) == ("once@wangge.test", "sent", None)
    hurry(engine)
    assert send_due(engine, server_of(box)) == 0
    assert len(box.mails) == 1


def test_a_mail_server_that_speaks_a_byte_at_a_time_is_cut_off_before_the_lease_ends() -> None:
    assert max(WHOLE_S, web_hooks_flow.WHOLE_S) + 30 < LEASE.total_seconds()
    row = {
        "notices": None, "key": uuid.uuid4(), "language": "en", "address": "a@wangge.test",
        "created_at": datetime.now(UTC),
    }  # fmt: skip
    with trickling(b"2") as port, pytest.raises(NotSentError) as fault:
        send(row, server_at(port), whole_s=0.5)
    assert (fault.value.error, fault.value.final) == ("timeout", False)


def test_a_mail_server_that_is_away_is_tried_without_end(engine: Engine, city: City) -> None:
    account = city.accounts["other/leader"]
    with acting(engine, "tests") as connection:
        outbox.add_test(connection, account_id=account, address="away@wangge.test")
    for _ in range(14):
        hurry(engine)
        assert send_due(engine, server_at(9)) == 1
    with engine.connect() as connection:
        last = outbox.listed(connection, account_id=account)[0]
    assert (last["state"], last["error"], last["attempts"]) == ("waiting", "unreachable", 14)


def test_mail_is_set_up_tested_mended_and_looked_at(
    client: TestClient, engine: Engine, city: City, box: Box
) -> None:
    own = city.headers["district/leader"]
    wrong = client.put(
        "/api/v1/me/mail", headers=own, json={"address": "Wang <a@b.c>", "kinds": []}
    )
    assert (wrong.status_code, wrong.json()["code"]) == (422, "mail-address")
    chosen = client.put(
        "/api/v1/me/mail", headers=own, json={"address": "a@b.c", "kinds": ["overdue"]}
    ).json()
    assert (chosen["offered"], chosen["kinds"]) == (True, ["overdue"])
    assert client.post("/api/v1/me/mail/test", headers=own).status_code == 202
    assert send_due(engine, server_of(box)) == 1
    (sent_,) = client.get("/api/v1/me/mail", headers=own).json()["deliveries"][:1]
    assert (sent_["state"], sent_["kinds"]) == ("sent", [])
    client.put("/api/v1/me/mail", headers=own, json={"address": "nobody@b.c", "kinds": []})
    for _ in range(4):
        assert client.post("/api/v1/me/mail/test", headers=own).status_code == 202
    assert client.post("/api/v1/me/mail/test", headers=own).status_code == 429
    send_due(engine, server_of(box))
    refused = client.get("/api/v1/me/mail", headers=own).json()["deliveries"][0]
    assert (refused["state"], refused["error"]) == ("given_up", "refused")
    client.put("/api/v1/me/mail", headers=own, json={"address": "good@b.c", "kinds": []})
    path = f"/api/v1/me/mail/{refused['id']}/retry"
    other = city.headers["district/dispatcher"]
    assert client.post(path, headers=other).status_code == 404
    assert client.post(path, headers=own).status_code == 202
    assert client.post(path, headers=own).status_code == 404, "it is on its way"
    assert send_due(engine, server_of(box)) == 1
    assert box.mails[-1]["To"] == "good@b.c"
    with engine.connect() as connection:
        told = [row["action"] for row in audit.entries(connection, limit=8)]
    assert told[:3] == ["mail-retry", "mail-choose", "mail-test"]
