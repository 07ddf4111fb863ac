"""The outbox: each call arrives, under one name however often it is tried, and a worker that is
killed in mid-sending loses nothing."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from gis.store import audit, outbox, web_hooks
from gis.store.engine import acting, make_engine
from gis.workflows.outbox import Sender, send_due
from gis.workflows.web_hook_networks import Reach
from gis.workflows.web_hooks import NotSentError, call, signature
from tests.integration.receivers import (
    FAR,
    GRID,
    LOOPBACK,
    Box,
    Receiver,
    hook_of,
    hurry,
    sent,
    server_of,
    states,
    trickling,
)  # fmt: skip
from tests.integration.two_districts import City

WORKER = """
import sys, time
from datetime import timedelta
from gis.store.engine import make_engine
from gis.workflows.outbox import send_due
from gis.workflows.web_hook_networks import Reach
engine = make_engine(sys.argv[1])
print("ready", flush=True)
while True:
    send_due(engine, None, reach=Reach.read("loopback"), lease=timedelta(seconds=1))
    time.sleep(0.05)
"""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_a_hook_hears_of_its_tree_alone_signed_and_once(
    engine: Engine, city: City, receiver: Receiver
) -> None:
    hook_of(engine, city, "410102", receiver.url)
    for grid in (GRID, FAR):
        sent(engine, city, grid)
    sent(engine, city, GRID, "overdue")  # not a kind that it wants
    while send_due(engine, None, reach=LOOPBACK):
        pass
    ((headers, body),) = receiver.calls
    told = json.loads(body)
    assert told["kind"] == "sent"
    assert told["incident"]["id"] == city.incidents[GRID]
    assert told["delivery"] == headers["Wangge-Delivery"]
    moment = int(headers["Wangge-Signature"].split(",")[0].removeprefix("t="))
    assert headers["Wangge-Signature"] == signature("s3cret", moment, body)
    assert headers["Wangge-Signature"] != signature("s3cret", moment, body + b" ")


def test_what_fails_is_tried_again_without_end_and_later_each_time(
    engine: Engine, city: City, receiver: Receiver
) -> None:
    receiver.answers = lambda number: 503
    hook = hook_of(engine, city, "410102", receiver.url)
    sent(engine, city, GRID)
    for _ in range(14):
        hurry(engine)
        assert send_due(engine, None, reach=LOOPBACK) == 1
        (one,) = states(engine, hook)
        assert (one["state"], one["error"], one["detail"]) == ("waiting", "status", "503")
        assert send_due(engine, None, reach=LOOPBACK) == 0, "not before its time"
    with engine.begin() as connection:
        left = connection.scalar(
            text("SELECT extract(epoch FROM next_at - now()) FROM delivery WHERE id = :id"),
            {"id": one["id"]},
        )
        assert outbox.LONGEST_S - 60 < left <= outbox.LONGEST_S
        assert not outbox.try_again(connection, hook_id=hook), "it has not been given up"
    receiver.answers = lambda number: 200
    hurry(engine)
    assert send_due(engine, None, reach=LOOPBACK) == 1
    assert [row["state"] for row in states(engine, hook)] == ["sent"]
    assert len(receiver.keys) == 15
    assert len(set(receiver.keys)) == 1


@pytest.mark.parametrize(
    ("status", "error", "state"),
    [(302, "redirected", "waiting"), (404, "status", "given_up"), (410, "status", "given_up"),
     (408, "status", "waiting"), (429, "status", "waiting"), (500, "status", "waiting")],
)  # fmt: skip
def test_only_what_is_refused_for_good_is_given_up_and_redirects_are_not_followed(
    engine: Engine, city: City, receiver: Receiver, status: int, error: str, state: str
) -> None:
    receiver.answers = lambda number: status
    hook = hook_of(engine, city, "410102", receiver.url)
    sent(engine, city, GRID)
    sent(engine, city, GRID)
    assert send_due(engine, None, reach=LOOPBACK) == 2, "an answer holds nothing back"
    shown = [(row["state"], row["error"]) for row in states(engine, hook)]
    assert shown == [(state, error)] * 2
    assert len(receiver.calls) == 2
    sent(engine, city, GRID)
    assert send_due(engine, None, reach=LOOPBACK) == 1


def test_whoever_does_not_answer_is_left_alone_a_while_but_for_emergencies(
    engine: Engine, city: City, receiver: Receiver
) -> None:
    hook = hook_of(engine, city, "410102", "http://127.0.0.1:9/", "sent", "emergency")
    sent(engine, city, GRID)
    assert send_due(engine, None, reach=LOOPBACK) == 1
    assert states(engine, hook)[0]["error"] == "unreachable"
    due = [sent(engine, city, GRID) for _ in range(3)]
    hurry(engine)
    assert send_due(engine, None, reach=LOOPBACK) == 0
    with engine.begin() as connection:
        held = connection.scalar(
            text("SELECT held_until - now() FROM web_hook WHERE id = :id"), {"id": hook}
        )
        assert 0 < held.total_seconds() <= outbox.LONGEST_HELD.total_seconds()
        connection.execute(
            text("UPDATE web_hook SET url = :url WHERE id = :id"), {"url": receiver.url, "id": hook}
        )
    sent(engine, city, GRID, "emergency")
    assert send_due(engine, None, reach=LOOPBACK) == 1
    assert json.loads(receiver.calls[0][1])["kind"] == "emergency"
    assert send_due(engine, None, reach=LOOPBACK) == 1 + len(due), "it has answered: the rest comes"


def test_a_hook_that_speaks_a_byte_at_a_time_is_cut_off(engine: Engine) -> None:
    row = {
        "notices": None, "key": uuid.uuid4(), "attempts": 1, "secret": "s",
        "created_at": datetime.now(UTC), "organisation_code": "410102",
    }  # fmt: skip
    for says in (b"HTTP/1.1 100 Continue\r\n\r\n", b"x"):
        with trickling(says) as port, pytest.raises(NotSentError) as fault:
            call({**row, "url": f"http://127.0.0.1:{port}/"}, reach=LOOPBACK, whole_s=0.5)
        assert (fault.value.error, fault.value.silent) == ("timeout", True)


def test_a_slow_hook_holds_up_neither_mails_nor_other_slots(
    engine: Engine, city: City, receiver: Receiver, box: Box
) -> None:
    receiver.hold = threading.Event()
    hook_of(engine, city, "410102", receiver.url)
    sent(engine, city, GRID)
    calls, letters = Sender(engine, None, reach=LOOPBACK), Sender(engine, server_of(box))
    try:
        assert calls.fill() == 1
        assert receiver.arrived.wait(20)
        for _ in range(12):  # more than there are slots
            sent(engine, city, GRID)
        with acting(engine, "tests") as connection:
            outbox.add_test(
                connection, account_id=city.accounts["other/leader"], address="a@wangge.test"
            )
        deadline = time.monotonic() + 20
        while len(receiver.calls) < 13 or not box.mails:
            calls.fill()
            letters.fill()
            assert time.monotonic() < deadline
            threading.Event().wait(0.02)
    finally:
        receiver.hold.set()
        calls.finish()
        letters.finish()
    assert len(set(receiver.keys)) == len(receiver.keys) == 13


def test_an_ended_hook_is_not_called_and_telling_goes_on_while_one_is_changed(
    engine: Engine, city: City, receiver: Receiver
) -> None:
    hook = hook_of(engine, city, "410102", receiver.url)
    with engine.begin() as connection:
        web_hooks.kept(connection, hook, "", lock=True)
        with engine.connect() as other:
            other.execute(text("SET lock_timeout = '2s'"))
            other.execute(text("INSERT INTO delivery (hook_id) VALUES (:id)"), {"id": hook})
            other.commit()
    with engine.begin() as connection:
        connection.execute(text("UPDATE web_hook SET ended_at = now() WHERE id = :h"), {"h": hook})
    assert send_due(engine, None, reach=LOOPBACK) == 0


def test_an_organisation_beyond_the_first_fifty_may_have_a_hook(engine: Engine) -> None:
    with acting(engine, "tests") as connection:
        added = connection.scalars(
            text(
                "INSERT INTO organisation (code, kind, name_zh, parent_id)"
                " SELECT '410102' || n, 'sub_district', '街道' || n, id FROM organisation,"
                " generate_series(901, 960) AS n WHERE code = '410102' RETURNING id"
            )
        ).all()
        assert all(web_hooks.in_tree(connection, one, "410102") for one in added)
        assert not any(web_hooks.in_tree(connection, one, "410103") for one in added)
        connection.rollback()


def test_many_workers_send_nothing_twice(
    engine: Engine, url: str, city: City, receiver: Receiver
) -> None:
    hook_of(engine, city, "410102", receiver.url)
    for _ in range(20):
        sent(engine, city, GRID)

    def work() -> None:
        own = make_engine(url)
        while send_due(own, None, reach=LOOPBACK):
            pass
        own.dispose()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(receiver.keys) == len(set(receiver.keys)) == 20


def test_a_worker_killed_in_mid_sending_loses_nothing_and_repeats_under_the_same_name(
    engine: Engine, url: str, city: City, receiver: Receiver
) -> None:
    receiver.hold = threading.Event()
    hook = hook_of(engine, city, "410102", receiver.url)
    sent(engine, city, GRID)
    command = [sys.executable, "-c", WORKER, url]
    first = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert first.stdout is not None
    first.stdout.readline()
    assert receiver.arrived.wait(20), "the receiver has it, the worker does not know yet"
    first.kill()
    first.wait()
    assert states(engine, hook)[0]["state"] == "waiting"
    second = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 20
        while states(engine, hook)[0]["state"] != "sent":
            assert time.monotonic() < deadline
            threading.Event().wait(0.05)
    finally:
        receiver.hold.set()
        second.kill()
        second.wait()
    assert len(receiver.keys) == 2
    assert len(set(receiver.keys)) == 1
    assert receiver.calls[0][1] == receiver.calls[1][1]


def test_hooks_are_set_up_tested_and_looked_at(
    client: TestClient, engine: Engine, city: City, receiver: Receiver
) -> None:
    office = city.headers["district/administrator"]
    body = {
        "organisation_id": city.organisations["410102004"], "name": "联动平台",
        "url": receiver.url, "kinds": ["sent"],
    }  # fmt: skip
    bad = client.post("/api/v1/web-hooks", headers=office, json={**body, "url": "ftp://x/"})
    assert (bad.status_code, bad.json()["code"]) == (422, "web-hook-url")
    made = client.post("/api/v1/web-hooks", headers=office, json=body)
    assert made.status_code == 201
    hook = made.json()["hook"]["id"]
    listed = client.get("/api/v1/web-hooks", headers=office)
    assert made.json()["secret"] not in listed.text
    elsewhere = client.post(
        "/api/v1/web-hooks", headers=office,
        json={**body, "organisation_id": city.organisations["410103"]},
    )  # fmt: skip
    assert elsewhere.status_code == 404
    assert client.post(f"/api/v1/web-hooks/{hook}/test", headers=office).status_code == 202
    send_due(engine, None, reach=LOOPBACK)
    (headers, told) = receiver.calls[-1]
    assert json.loads(told)["kind"] == "test"
    moment = int(headers["Wangge-Signature"].split(",")[0].removeprefix("t="))
    assert headers["Wangge-Signature"] == signature(made.json()["secret"], moment, told)
    path = f"/api/v1/web-hooks/{hook}"
    page = client.get(f"{path}/deliveries", headers=office).json()
    (last,) = page["items"]
    assert page["next"] is None
    assert (last["state"], last["detail"]) == ("sent", "204")
    again = client.post(f"{path}/deliveries/{last['id']}/retry", headers=office)
    assert (again.status_code, again.json()["code"]) == (404, "delivery-not-found")
    receiver.answers = lambda number: 410
    for _ in range(4):
        assert client.post(f"{path}/test", headers=office).status_code == 202
    limited = client.post(f"{path}/test", headers=office)
    assert (limited.status_code, limited.json()["code"]) == (429, "too-many-requests")
    in_flight = client.get(f"{path}/deliveries", headers=office).json()["items"][0]["id"]
    waits = client.post(f"{path}/deliveries/{in_flight}/retry", headers=office)
    assert waits.status_code == 404, "what waits is nobody's to take out of a worker's hands"
    assert send_due(engine, None, reach=LOOPBACK) == 4
    seen, before = [], None
    while True:
        query = {"limit": 2} | ({"before": before} if before else {})
        page = client.get(f"{path}/deliveries", headers=office, params=query).json()
        seen += [row["id"] for row in page["items"]]
        before = page["next"]
        if before is None:
            break
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == 5
    assert client.get("/api/v1/web-hooks", headers=office).json()["items"][0]["given_up"] == 4
    assert client.post(f"{path}/retry", headers=office).json() == {"marked": 4}
    receiver.answers = lambda number: 204
    assert send_due(engine, None, reach=LOOPBACK) == 4
    with engine.connect() as connection:
        told = [row["action"] for row in audit.entries(connection, limit=10, within="410102")]
    assert told[:2] == ["web-hook-retry", "web-hook-test"]
    assert client.delete(f"/api/v1/web-hooks/{hook}", headers=office).status_code == 204
    assert client.get("/api/v1/web-hooks", headers=office).json()["items"] == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
def test_a_hook_that_leads_to_this_machine_is_not_called_unless_the_office_opens_it(
    engine: Engine, city: City, receiver: Receiver, host: str
) -> None:
    url = receiver.url.replace("127.0.0.1", host)
    hook = hook_of(engine, city, "410102", url)
    sent(engine, city, GRID)
    assert send_due(engine, None) == 1
    (told,) = states(engine, hook)
    assert (told["state"], told["error"]) == ("waiting", "forbidden")
    assert "127.0.0.1" in told["detail"]
    assert receiver.calls == []
    hurry(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE web_hook SET held_until = NULL"))
    assert send_due(engine, None, reach=LOOPBACK) == 1
    assert receiver.calls[0][0]["Host"] == url.removeprefix("http://").rstrip("/")


def test_a_name_is_called_at_the_address_that_was_looked_at(
    engine: Engine, city: City, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the second answer of the name leads elsewhere, and nobody asks for it."""
    answers = ["127.0.0.1", "127.0.0.2"]
    asked = []

    def resolve(host: Any, *rest: Any, **more: Any) -> Any:
        if host != "hook.wangge.test":
            return real(host, *rest, **more)
        asked.append(host)
        return real(answers[len(asked) - 1], *rest, **more)

    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    hook = hook_of(engine, city, "410102", receiver.url.replace("127.0.0.1", "hook.wangge.test"))
    sent(engine, city, GRID)
    assert send_due(engine, None, reach=Reach.read("127.0.0.1/32")) == 1
    assert states(engine, hook)[0]["state"] == "sent"
    assert len(asked) == 1
    assert receiver.calls[0][0]["Host"].startswith("hook.wangge.test:")


def test_an_address_that_is_not_allowed_is_told_when_it_is_written(
    client: TestClient, city: City
) -> None:
    office = city.headers["district/administrator"]
    body = {
        "organisation_id": city.organisations["410102004"], "name": "云", "kinds": ["sent"],
        "url": "http://169.254.169.254/latest/",
    }  # fmt: skip
    bad = client.post("/api/v1/web-hooks", headers=office, json=body)
    assert (bad.status_code, bad.json()["code"]) == (422, "web-hook-address")
