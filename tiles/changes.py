"""Hears from the database which tiles have changed, whichever process changed them."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg

CHANNELS = ("wangge_tiles", "wangge_plan")
SILENCE_S = 15.0  # after so long without word, ask whether the connection still lives
log = logging.getLogger(__name__)


class Changes:
    """Listens on a connection of its own, and connects again for as long as it takes.

    `told` gets each change. `heard(True)` says that from now on nothing is missed, `heard(False)`
    that changes may be missed from now on.
    """

    def __init__(
        self,
        conninfo: str,
        *,
        told: Callable[[str, dict[str, Any]], None],
        heard: Callable[[bool], None],
    ) -> None:
        self.conninfo = conninfo
        self.told = told
        self.heard = heard
        self._task: asyncio.Task[None] | None = None
        self._tried = asyncio.Event()

    async def start(self) -> None:
        """Begin to listen; returns when the first attempt to connect has come to its end."""
        self._task = asyncio.create_task(self._listen(), name="tile changes")
        await self._tried.wait()

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _listen(self) -> None:
        pause_s = 0.1
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self.conninfo, autocommit=True, connect_timeout=5
                ) as connection:
                    for channel in CHANNELS:
                        await connection.execute(f"LISTEN {channel}")
                    self.heard(True)
                    self._tried.set()
                    pause_s = 0.1
                    await self._pass_on(connection)
            except (psycopg.Error, OSError, TimeoutError) as error:
                log.warning("tiles wait for the database: %s", error)
            finally:
                self.heard(False)
                self._tried.set()
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, 2.0)

    async def _pass_on(self, connection: psycopg.AsyncConnection[Any]) -> None:
        while True:
            async for notice in connection.notifies(timeout=SILENCE_S):
                self.told(notice.channel, json.loads(notice.payload))
            async with asyncio.timeout(SILENCE_S):
                await connection.execute("SELECT")
