"""Mails of notices: made up in the language of whoever gets them, and handed to the mail server."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Any, Literal
from zoneinfo import ZoneInfo

from gis.errors import InputError
from gis.messages import translate
from gis.workflows.sentences import sentence
from gis.workflows.web_hooks import NotSentError

TIMEOUT_S = 15.0  # for one answer
WHOLE_S = 45.0  # for all of them, however slowly they come
QUIT_S = 2.0
SHOWN = 50  # notices in one mail; of more the rest is counted


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed in, and in whose name. `page`: where the pages are, for links."""

    host: str
    port: int
    security: Literal["none", "starttls", "tls"]
    user: str | None
    password: str | None
    sender: str
    page: str | None
    time_zone: str


def check_address(address: str) -> str:
    """An address as it can be written to. Raises InputError `mail-address`."""
    given = address.strip()
    name, plain = parseaddr(given)
    local, _, domain = plain.rpartition("@")
    if name or plain != given or not local or not domain or len(given) > 254:
        raise InputError("mail-address", field="address")
    if not given.isascii() or any(sign.isspace() or sign in '<>,;:"()[]\\' for sign in given):
        raise InputError("mail-address", field="address")
    return given


def compose(row: dict[str, Any], server: MailServer) -> EmailMessage:
    """The mail of a delivery: one notice, or several together; without any, a test."""
    language = row["language"] or "zh-CN"
    zone = ZoneInfo(server.time_zone)
    notices = row["notices"] or []
    lines = []
    for one in notices[:SHOWN]:
        at = datetime.fromisoformat(one["at"]).astimezone(zone)
        lines.append(f"{at:%Y-%m-%d %H:%M}  {sentence(one['kind'], one['params'], language, zone)}")
    if len(notices) > SHOWN:
        lines.append(translate("mail-more", language, {"count": len(notices) - SHOWN}))
    if not notices:
        subject = body = translate("mail-test", language)
    else:
        if server.page:
            lines += ["", f"{server.page}/notices"]
        first = sentence(notices[0]["kind"], notices[0]["params"], language, zone)
        several = translate("mail-several", language, {"count": len(notices)})
        subject = first if len(notices) == 1 else several
        body = "\n".join(lines)
    message = EmailMessage()
    message["From"] = server.sender
    message["To"] = row["address"]
    message["Subject"] = " ".join(subject.split())[:200]
    message["Date"] = format_datetime(row["created_at"])
    domain = parseaddr(server.sender)[1].rpartition("@")[2] or "localhost"
    message["Message-ID"] = f"<{row['key']}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{body}\n\n-- \n{translate('mail-footer', language)}\n", charset="utf-8")
    return message


def send(row: dict[str, Any], server: MailServer, *, whole_s: float = WHOLE_S) -> str:
    """Hand a mail in once, within about `whole_s`. Raises NotSentError, `final` where the address
    or the mail is refused for good."""
    context = ssl.create_default_context()
    # Made before it connects, so that it can be cut off while it does.
    link: smtplib.SMTP
    link = object.__new__(smtplib.SMTP_SSL if server.security == "tls" else smtplib.SMTP)
    with _cut_off(link, whole_s) as late:
        try:
            where: dict[str, Any] = {"host": server.host, "port": server.port}
            if isinstance(link, smtplib.SMTP_SSL):
                smtplib.SMTP_SSL.__init__(link, **where, timeout=TIMEOUT_S, context=context)
            else:
                smtplib.SMTP.__init__(link, **where, timeout=TIMEOUT_S)
            if server.security == "starttls":
                link.starttls(context=context)
            if server.user is not None:
                link.login(server.user, server.password or "")
            link.send_message(compose(row, server))
        except smtplib.SMTPRecipientsRefused as refused:
            (code, said), *_ = refused.recipients.values()
            # 530 asks for a login: the address may be good.
            final = code >= 500 and code != 530
            raise NotSentError("refused", f"{code} {_text(said)}", final=final) from refused
        except smtplib.SMTPResponseException as fault:
            if late.is_set():  # what was cut off is no answer
                raise NotSentError("timeout", str(fault), silent=True) from fault
            final = isinstance(fault, smtplib.SMTPDataError) and fault.smtp_code >= 500
            told = f"{fault.smtp_code} {_text(fault.smtp_error)}"
            raise NotSentError("answer", told, final=final) from fault
        except TimeoutError as slow:
            raise NotSentError("timeout", str(slow), silent=True) from slow
        except (smtplib.SMTPException, OSError) as fault:
            error = "timeout" if late.is_set() else "unreachable"
            raise NotSentError(error, str(fault), silent=True) from fault
        else:
            # It is theirs now: whatever comes of the farewell, it must not be sent again.
            with suppress(Exception):
                if link.sock is not None:
                    link.sock.settimeout(QUIT_S)
                link.quit()
        finally:
            with suppress(Exception):
                link.close()
    return ""


@contextmanager
def _cut_off(link: smtplib.SMTP, after_s: float) -> Iterator[threading.Event]:
    """End a conversation that lasts longer, from outside; gives what says that it was. A time for
    each answer alone would let a server speak a byte at a time for ever."""
    over, late = threading.Event(), threading.Event()

    def watch() -> None:
        if over.wait(after_s):
            return
        late.set()
        while True:  # again and again: the connection may only now be made
            with suppress(OSError):
                if link.sock is not None:
                    # Not the one of TLS, which would say farewell first.
                    socket.socket.shutdown(link.sock, socket.SHUT_RDWR)
            if over.wait(0.2):
                return

    watcher = threading.Thread(target=watch, name="mail deadline", daemon=True)
    watcher.start()
    try:
        yield late
    finally:
        over.set()
        watcher.join()


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
