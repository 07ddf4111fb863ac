"""Mails of notices: made up in the language of whoever gets them, and handed to the mail server."""

from __future__ import annotations

import smtplib
import ssl
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

TIMEOUT_S = 15.0
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
        if server.page and one["incident_id"] is not None:
            lines.append(f"    {server.page}/dispatch?incident={one['incident_id']}")
    if len(notices) > SHOWN:
        lines.append(translate("mail-more", language, {"count": len(notices) - SHOWN}))
    if not notices:
        subject = body = translate("mail-test", language)
    else:
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


def send(row: dict[str, Any], server: MailServer) -> str:
    """Hand a mail in once. Raises NotSentError, `final` where the address is refused for good."""
    context = ssl.create_default_context()
    try:
        if server.security == "tls":
            link: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=TIMEOUT_S, context=context
            )
        else:
            link = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
        with link:
            if server.security == "starttls":
                link.starttls(context=context)
            if server.user is not None:
                link.login(server.user, server.password or "")
            link.send_message(compose(row, server))
    except smtplib.SMTPRecipientsRefused as refused:
        (code, said), *_ = refused.recipients.values()
        raise NotSentError("refused", f"{code} {_text(said)}", final=code >= 500) from refused
    except smtplib.SMTPResponseException as fault:
        raise NotSentError("answer", f"{fault.smtp_code} {_text(fault.smtp_error)}") from fault
    except TimeoutError as late:
        raise NotSentError("timeout", str(late)) from late
    except (smtplib.SMTPException, OSError) as fault:
        raise NotSentError("unreachable", str(fault)) from fault
    return ""


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
