"""Who is told by web hook and by mail in tests: receivers on the loopback, kind and unkind."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from sqlalchemy import Engine, text

from gis.incidents.notices import Notice
from gis.store import outbox, web_hooks
from gis.store.engine import acting
from gis.workflows.mails import MailServer
from gis.workflows.notices import tell_all
from gis.workflows.web_hook_networks import Reach
from tests.integration.two_districts import City

GRID, FAR = "410102004001001", "410103001001001"
LOOPBACK = Reach.read("loopback")  # where these receivers are


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


class Box:
    """A mail server on the loopback; it refuses whom it does not know, and may be rude at the
    farewell."""

    farewell: str | None = None

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

    async def handle_QUIT(self, server: SMTP, session, envelope):  # noqa: N802
        return self.farewell or "221 Bye"


def server_of(box: Box) -> MailServer:
    return server_at(box.controller.port)


def server_at(port: int) -> MailServer:
    return MailServer(
        host="127.0.0.1", port=port, security="none", user=None, password=None,
        sender="网格办 <desk@wangge.test>", page="http://wangge.test", time_zone="Asia/Shanghai",
    )  # fmt: skip


@contextmanager
def trickling(says: bytes, every_s: float = 0.05) -> Iterator[int]:
    """The port of a server that says the same few bytes again and again and never comes to an end;
    each of its words comes long before anybody gets impatient."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        over = threading.Event()

        def talk(link: socket.socket) -> None:
            with link:
                try:
                    while not over.wait(every_s):
                        link.sendall(says)
                except OSError:
                    return

        def serve() -> None:
            while True:
                try:
                    link, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=talk, args=(link,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        over.set()
        listener.shutdown(socket.SHUT_RDWR)


def nothing_waits(engine: Engine) -> None:
    """What one test leaves waiting is not the next one's."""
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
        person = city.people[f"post-{grid}"]
        notice = Notice(kind=kind, incident_id=city.incidents[grid], persons=[person])
        tell_all(connection, [notice])


def states(engine: Engine, hook: int) -> list[dict]:
    with engine.connect() as connection:
        return outbox.listed(connection, hook_id=hook)


def hurry(engine: Engine) -> None:
    """As if the time until the next try had passed."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE delivery SET next_at = now() WHERE state = 'waiting'"))
