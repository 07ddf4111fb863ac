"""Empties the outbox: mails are made up and handed in, web hooks called, each until it succeeds or
is refused for good."""

from __future__ import annotations

import asyncio
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Engine

from gis.store import outbox
from gis.workflows import mails, web_hooks
from gis.workflows.mails import MailServer
from gis.workflows.web_hook_networks import USUAL, Reach
from gis.workflows.web_hooks import NotSentError

HOOKS_AT_ONCE, MAILS_AT_ONCE = 8, 4
LEASE = timedelta(seconds=90)  # longer than any try takes: mails.WHOLE_S, web_hooks.WHOLE_S
log = structlog.get_logger()


class Sender:
    """Calls web hooks or, with a mail server, hands mails in, some at a time.

    Any number may, in any number of workers: no two take the same. A slot that comes free takes the
    next, whatever the others are at.
    """

    def __init__(
        self, engine: Engine, server: MailServer | None, *, reach: Reach = USUAL,
        lease: timedelta = LEASE,
    ) -> None:  # fmt: skip
        self.engine, self.server, self.reach, self.lease = engine, server, reach, lease
        self.slots = HOOKS_AT_ONCE if server is None else MAILS_AT_ONCE
        self._pool = ThreadPoolExecutor(self.slots, thread_name_prefix="outbox")
        self._tries: set[Future[None]] = set()

    def fill(self) -> int:
        """Begin with as much of what is due as there are free slots; gives how much that is."""
        self._tries = {one for one in self._tries if not one.done()}
        free = self.slots - len(self._tries)
        if not free:
            return 0
        mails_too = self.server is not None
        if mails_too:
            with self.engine.begin() as connection:
                outbox.gather_mails(connection)
        with self.engine.begin() as connection:
            rows = outbox.claim(connection, limit=free, lease=self.lease, mails=mails_too)
        self._tries |= {self._pool.submit(self._try, row) for row in rows}
        return len(rows)

    async def keep_on(self, wait_s: float) -> None:
        """Send what is due until cancelled; where nothing is, look again after `wait_s`."""
        try:
            while True:
                if await asyncio.to_thread(self.fill):
                    continue
                tries = [asyncio.wrap_future(one) for one in self._tries if not one.done()]
                if len(tries) < self.slots:
                    await asyncio.sleep(wait_s)
                else:
                    await asyncio.wait(tries, return_when=FIRST_COMPLETED)
        finally:
            self._pool.shutdown(wait=False)

    def finish(self) -> None:
        """Take nothing new, and wait for what was begun."""
        self._pool.shutdown()

    def _try(self, row: dict[str, Any]) -> None:
        try:
            self._send(row)
        except Exception:  # the database is away: when the lease is over, it is tried again
            log.exception("what became of a delivery could not be noted", delivery=row["id"])

    def _send(self, row: dict[str, Any]) -> None:
        try:
            if self.server is None:
                said = web_hooks.call(row, reach=self.reach)
            else:
                said = mails.send(row, self.server)
        except Exception as fault:
            if not isinstance(fault, NotSentError):
                log.exception("something could not be sent", delivery=row["id"])
                fault = NotSentError("fault", repr(fault))
            with self.engine.begin() as connection:
                outbox.note_failed(
                    connection, row, fault.error, fault.detail,
                    final=fault.final, silent=fault.silent,
                )  # fmt: skip
            return
        with self.engine.begin() as connection:
            outbox.note_sent(connection, row, said or None)


def send_due(
    engine: Engine, server: MailServer | None, *, reach: Reach = USUAL, lease: timedelta = LEASE
) -> int:
    """Send once what is due, as much as goes at once; gives how many were tried. Without a mail
    server mails wait until there is one."""
    senders = [
        Sender(engine, each, reach=reach, lease=lease)
        for each in [None, *([server] if server else [])]
    ]
    try:
        return sum(sender.fill() for sender in senders)
    finally:
        for sender in senders:
            sender.finish()
