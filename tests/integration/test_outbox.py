"""The outbox: each mail and each call arrives, under one name however often it is tried, and a
worker that is killed in mid-sending loses nothing."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from aiosmtpd.controller import Controller
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from api.app import create_app
from gis.settings import Settings
from gis.store import outbox, web_hooks
from gis.store.engine import acting, make_engine
from gis.workflows.mails import MailServer
from gis.workflows.notices import tell
from gis.workflows.outbox import send_due
from gis.workflows.web_hooks import signature
from tests.conftest import module_database
from tests.integration.two_districts import City, make_city, sign_in_all

WORKER = """
import sys, time
from datetime import timedelta
from gis.store.engine import make_engine
from gis.workflows.outbox import send_due
engine = make_engine(sys.argv[1])
print("ready", flush=True)
while True:
    send_due(engine, None, lease=timedelta(seconds=1))
    time.sleep(0.05)
"""


class Receiver:
    """A web server that notes what it is sent; `answers` decides, by how many came before."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.answers = lambda number: 204
        self.hold: threading.Event | None = None
        self.arrived = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.calls.append((dict(self.headers), body))
                number = len(outer.calls)
                outer.arrived.set()
                if outer.hold is not None and number == 1:
                    outer.hold.wait(30)
                status = outer.answers(number)
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", outer.url + "elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def keys(self) -> list[str]:
        return [headers["Wangge-Delivery"] for headers, _ in self.calls]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


class Box:
    """A mail server on the loopback; it refuses whom it does not know."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.controller = Controller(self, hostname="127.0.0.1", port=port)

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address.startswith("nobody"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"


@pytest.fixture
def box() -> Iterator[Box]:
    made = Box()
    made.controller.start()
    yield made
    made.controller.stop()


def server_of(box: Box) -> MailServer:
    return MailServer(
        host="127.0.0.1", port=box.controller.port, security="none", user=None, password=None,
        sender="网格办 <desk@wangge.test>", page="http://wangge.test", time_zone="Asia/Shanghai",
    )  # fmt: skip


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
    sign_in_all(engine, made)
    return made


@pytest.fixture(autouse=True)
def nothing_left(engine: Engine) -> Iterator[None]:
    """What one test leaves waiting is not the next one's."""
    yield
    with engine.begin() as connection:
        connection.execute(text("UPDATE web_hook SET ended_at = now() WHERE ended_at IS NULL"))
        connection.execute(
            text("UPDATE delivery SET state = 'given_up', done_at = now() WHERE state = 'waiting'")
        )
        connection.execute(text("UPDATE notice_account SET by_mail = false"))


def hook_of(engine: Engine, city: City, code: str, url: str, *kinds: str) -> int:
    with acting(engine, "tests") as connection:
        return web_hooks.add(
            connection, organisation_id=city.organisations[code], name="回调", url=url,
            secret="s3cret", kinds=list(kinds or ("sent",)),
        )  # fmt: skip


def sent(engine: Engine, city: City, grid: str, kind: str = "sent") -> None:
    with acting(engine, "tests") as connection:
        tell(
            connection,
            kind,
            incident_id=city.incidents[grid],
            persons=[city.people[f"post-{grid}"]],
        )


def states(engine: Engine, hook: int) -> list[dict]:
    with engine.connect() as connection:
        return outbox.listed(connection, hook_id=hook)


def hurry(engine: Engine) -> None:
    """As if the time until the next try had passed."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE delivery SET next_at = now() WHERE state = 'waiting'"))


GRID, FAR = "410102004001001", "410103001001001"


def test_a_hook_hears_of_its_tree_alone_signed_and_once(
    engine: Engine, city: City, receiver: Receiver
) -> None:
    hook_of(engine, city, "410102", receiver.url)
    for grid in (GRID, FAR):
        sent(engine, city, grid)
    sent(engine, city, GRID, "overdue")  # not a kind that it wants
    while send_due(engine, None):
        pass
    ((headers, body),) = receiver.calls
    told = json.loads(body)
    assert told["kind"] == "sent"
    assert told["incident"]["id"] == city.incidents[GRID]
    assert told["delivery"] == headers["Wangge-Delivery"]
    moment = int(headers["Wangge-Signature"].split(",")[0].removeprefix("t="))
    assert headers["Wangge-Signature"] == signature("s3cret", moment, body)
    assert headers["Wangge-Signature"] != signature("s3cret", moment, body + b" ")


def test_what_fails_is_tried_again_later_each_time_and_given_up_with_the_reason(
    engine: Engine, city: City, receiver: Receiver
) -> None:
    receiver.answers = lambda number: 503
    hook = hook_of(engine, city, "410102", receiver.url)
    sent(engine, city, GRID)
    waits = []
    while states(engine, hook)[0]["state"] == "waiting":
        hurry(engine)
        assert send_due(engine, None) == 1
        (one,) = states(engine, hook)
        assert send_due(engine, None) == 0, "not before its time"
        waits.append(one["next_at"])
    assert len(receiver.calls) == outbox.MOST_TRIES
    assert len(set(receiver.keys)) == 1
    assert (one["state"], one["error"], one["detail"]) == ("given_up", "status", "503")
    receiver.answers = lambda number: 200
    with engine.begin() as connection:
        assert outbox.try_again(connection, one["id"], hook_ids=[hook])
    assert send_due(engine, None) == 1
    assert [row["state"] for row in states(engine, hook)] == ["sent"]
    assert len(set(receiver.keys)) == 1


@pytest.mark.parametrize(("status", "error"), [(302, "redirected"), (404, "status")])
def test_redirects_are_not_followed_and_refusals_are_shown(
    engine: Engine, city: City, receiver: Receiver, status: int, error: str
) -> None:
    receiver.answers = lambda number: status
    hook = hook_of(engine, city, "410102", receiver.url)
    sent(engine, city, GRID)
    assert send_due(engine, None) == 1
    assert [(row["state"], row["error"]) for row in states(engine, hook)] == [("waiting", error)]
    assert len(receiver.calls) == 1


def test_nobody_there_is_a_reason_and_holds_back_what_comes_next(
    engine: Engine, city: City
) -> None:
    hook = hook_of(engine, city, "410102", "http://127.0.0.1:9/")
    sent(engine, city, GRID)
    assert send_due(engine, None) == 1
    assert states(engine, hook)[0]["error"] == "unreachable"
    sent(engine, city, GRID)
    sent(engine, city, GRID)
    hurry(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE delivery SET next_at = now() - interval '1 hour'"
                                " WHERE attempts = 1 AND state = 'waiting'"))  # fmt: skip
        taken = outbox.claim(connection, limit=1, lease=timedelta(seconds=60), mails=False)
        outbox.note_failed(connection, taken[0], "unreachable", "", final=False)
    assert send_due(engine, None) == 0


def test_many_workers_send_nothing_twice(
    engine: Engine, url: str, city: City, receiver: Receiver
) -> None:
    hook_of(engine, city, "410102", receiver.url)
    for _ in range(20):
        sent(engine, city, GRID)

    def work() -> None:
        own = make_engine(url)
        while send_due(own, None):
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
            tell(connection, kind, incident_id=city.incidents[GRID], accounts=[account])

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


@pytest.fixture(scope="module")
def client(engine: Engine, url: str, city: City, tmp_path_factory) -> Iterator[TestClient]:
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("data"), log_level="CRITICAL", smtp_host="127.0.0.1"
    )
    with TestClient(create_app(settings, url)) as opened:
        yield opened


def test_notices_are_read_and_acknowledged_by_their_owner_alone(
    client: TestClient, engine: Engine, city: City
) -> None:
    one, other = (city.headers[f"district/{role}"] for role in ("dispatcher", "leader"))
    with acting(engine, "tests") as connection:
        for kind in ("sent", "emergency"):
            tell(
                connection, kind, incident_id=city.incidents[GRID],
                accounts=[city.accounts["district/dispatcher"]],
            )  # fmt: skip
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


def test_mail_and_hooks_are_set_up_tested_and_looked_at(
    client: TestClient, engine: Engine, city: City, receiver: Receiver, box: Box
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
    send_due(engine, None)
    (headers, told) = receiver.calls[-1]
    assert json.loads(told)["kind"] == "test"
    moment = int(headers["Wangge-Signature"].split(",")[0].removeprefix("t="))
    assert headers["Wangge-Signature"] == signature(made.json()["secret"], moment, told)
    (last,) = client.get(f"/api/v1/web-hooks/{hook}/deliveries", headers=office).json()["items"]
    assert (last["state"], last["detail"]) == ("sent", "204")
    again = client.post(f"/api/v1/web-hooks/{hook}/deliveries/{last['id']}/retry", headers=office)
    assert again.status_code == 404
    assert client.delete(f"/api/v1/web-hooks/{hook}", headers=office).status_code == 204
    assert client.get("/api/v1/web-hooks", headers=office).json()["items"] == []
