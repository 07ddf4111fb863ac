"""Empties the outbox: mails are made up and handed in, web hooks called, each until it succeeds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Engine

from gis.store import outbox
from gis.workflows import mails, web_hooks
from gis.workflows.mails import MailServer
from gis.workflows.web_hooks import NotSentError

AT_ONCE = 8
LEASE = timedelta(seconds=90)  # longer than any try takes
log = structlog.get_logger()


def send_due(engine: Engine, server: MailServer | None, *, lease: timedelta = LEASE) -> int:
    """Send what is due, some at a time; gives how many were tried.

    Any number of workers may: no two take the same. Without a mail server mails wait until there is
    one.
    """
    with engine.begin() as connection:
        if server is not None:
            outbox.gather_mails(connection)
    with engine.begin() as connection:
        rows = outbox.claim(connection, limit=AT_ONCE, lease=lease, mails=server is not None)
    if rows:
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="outbox") as pool:
            list(pool.map(lambda row: _try(engine, server, row), rows))
    return len(rows)


def _try(engine: Engine, server: MailServer | None, row: dict[str, Any]) -> None:
    try:
        if row["hook_id"] is not None:
            said = web_hooks.call(row)
        else:
            assert server is not None
            said = mails.send(row, server)
    except Exception as fault:
        if not isinstance(fault, NotSentError):
            log.exception("something could not be sent", delivery=row["id"])
            fault = NotSentError("fault", repr(fault))
        with engine.begin() as connection:
            outbox.note_failed(connection, row, fault.error, fault.detail, final=fault.final)
        return
    with engine.begin() as connection:
        outbox.note_sent(connection, row["id"], row["attempts"], said or None)
