"""Live events: one LISTEN connection per process, fanned out to every open page."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg
import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from api.caller import Caller
from gis.store.cluster.database import connection_string
from gis.store.incidents import by_ids

CHANNELS = ("wangge_incident", "wangge_plan", "wangge_import", "wangge_account")
BACKLOG = 256
log = structlog.get_logger()
Message = dict[str, Any]


@dataclass(slots=True, eq=False)
class Reader:
    """An open page, whose it is, and what it has not read yet; None ends it."""

    caller: Caller
    queue: asyncio.Queue[Message | None] = field(default_factory=lambda: asyncio.Queue(BACKLOG))

    def put(self, message: Message | None) -> None:
        if self.queue.full():
            while not self.queue.empty():
                self.queue.get_nowait()
            message = message and {"event": "reload", "data": "{}"}
        self.queue.put_nowait(message)


class LiveEvents:
    """Turns notifications of the database into events for browsers, and survives its restarts.

    A page that reads too slowly, or one that may have missed something while the database was
    away, is told to `reload` instead of being left with a stale map. Each hears of the incidents
    that its reader may see; the stream ends with the session, or when the reader's rights change.
    """

    def __init__(
        self,
        engine: Engine,
        url: str,
        touch: Callable[[float, float], None],
        follow_plans: Callable[[Engine], None],
        forget: Callable[[int | None], None],
    ) -> None:
        self.engine = engine
        self.touch = touch
        self.follow_plans = follow_plans
        self.forget = forget
        self.plans_changed = asyncio.Event()
        self.url = connection_string(url)
        self.readers: set[Reader] = set()
        self.tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self.tasks = [asyncio.create_task(run()) for run in (self._listen, self._follow)]

    async def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def subscribe(self, caller: Caller) -> AsyncIterator[Message]:
        """Events from now on, as sse-starlette wants them."""
        reader = Reader(caller)
        self.readers.add(reader)
        try:
            yield {"event": "hello", "data": "{}"}
            while (message := await self._next(reader)) is not None:
                yield message
        finally:
            self.readers.discard(reader)

    async def _next(self, reader: Reader) -> Message | None:
        ends = reader.caller.expires_at
        left = None if ends is None else (ends - datetime.now(UTC)).total_seconds()
        try:
            return await asyncio.wait_for(reader.queue.get(), left)
        except TimeoutError:
            return None

    def publish(self, event: str, data: dict[str, Any]) -> None:
        """Hand one event to every reader of this process."""
        for reader in list(self.readers):
            reader.put(_message(event, data))

    def rights_changed(self, account_id: int | None) -> None:
        """Forget who may what, and let the pages of an account (None: all) ask again."""
        self.forget(account_id)
        for reader in list(self.readers):
            if account_id is None or reader.caller.account_id == account_id:
                reader.put(None)

    async def _listen(self) -> None:
        first = True
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self.url, autocommit=True
                ) as connection:
                    for channel in CHANNELS:
                        await connection.execute(f"LISTEN {channel}")
                    if not first:
                        self.forget(None)
                        self.publish("reload", {})
                        self.plans_changed.set()
                    first = False
                    async for notice in connection.notifies():
                        await self._pass_on(notice.channel, json.loads(notice.payload))
            except (psycopg.OperationalError, OSError) as error:
                log.warning("live events wait for the database", error=str(error))
                first = False
                await asyncio.sleep(1)

    async def _follow(self) -> None:
        """Have the locators of a new plan ready before a report needs them."""
        while True:
            await self.plans_changed.wait()
            self.plans_changed.clear()
            await asyncio.to_thread(self.follow_plans, self.engine)

    async def _pass_on(self, channel: str, payload: dict[str, Any]) -> None:
        if channel == "wangge_plan":
            self.plans_changed.set()
            self.publish("plan", {"id": payload["id"], "change": payload["status"]})
        elif channel == "wangge_import":
            self.publish("import", payload)
        elif channel == "wangge_account":
            self.rights_changed(payload)
        elif payload["change"] == "many":
            self.publish("reload", {})
        elif self.readers:
            await self._tell(payload["ids"], payload["change"])

    async def _tell(self, ids: list[int], change: str) -> None:
        """Tell each reader of those incidents that they may see, read once for each scope."""
        alike: defaultdict[Any, list[Reader]] = defaultdict(list)
        for reader in self.readers:
            alike[reader.caller.scope].append(reader)
        for readers in list(alike.values()):
            try:
                rows = await asyncio.to_thread(_rows, readers[0].caller.engine, ids)
            except SQLAlchemyError as error:  # the database went away in between, or is busy
                log.warning("live events could not be read", error=str(error))
                for reader in readers:
                    reader.put(_message("reload", {}))
                continue
            for row in rows:
                # A page asks for the tile as soon as it hears: it must not get the one before.
                self.touch(row["lon"], row["lat"])
                for reader in readers:
                    reader.put(_message("incident", {**row, "change": change}))


def _message(event: str, data: dict[str, Any]) -> Message:
    return {"event": event, "data": json.dumps(data, ensure_ascii=False, default=str)}


def _rows(engine: Engine, ids: list[int]) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return by_ids(connection, ids)
