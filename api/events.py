"""Live events: one LISTEN connection per process, fanned out to every open page."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import psycopg
import structlog
from sqlalchemy import Engine

from gis.store.cluster.database import connection_string
from gis.store.incidents import by_ids

CHANNELS = ("wangge_incident", "wangge_plan", "wangge_import")
BACKLOG = 256
log = structlog.get_logger()


class LiveEvents:
    """Turns notifications of the database into events for browsers, and survives its restarts.

    A page that reads too slowly, or one that may have missed something while the database was
    away, is told to `reload` instead of being left with a stale map.
    """

    def __init__(
        self,
        engine: Engine,
        url: str,
        touch: Callable[[float, float], None],
        follow_plans: Callable[[Engine], None],
    ) -> None:
        self.engine = engine
        self.touch = touch
        self.follow_plans = follow_plans
        self.plans_changed = asyncio.Event()
        self.url = connection_string(url)
        self.readers: set[asyncio.Queue[dict[str, Any]]] = set()
        self.tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self.tasks = [asyncio.create_task(run()) for run in (self._listen, self._follow)]

    async def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def subscribe(self) -> AsyncIterator[dict[str, Any]]:
        """Events from now on, as sse-starlette wants them."""
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(BACKLOG)
        self.readers.add(queue)
        try:
            yield {"event": "hello", "data": "{}"}
            while True:
                yield await queue.get()
        finally:
            self.readers.discard(queue)

    def publish(self, event: str, data: dict[str, Any]) -> None:
        """Hand one event to every reader of this process."""
        message = {"event": event, "data": json.dumps(data, ensure_ascii=False, default=str)}
        for queue in list(self.readers):
            if queue.full():
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait({"event": "reload", "data": "{}"})
            else:
                queue.put_nowait(message)

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
        elif payload["change"] == "many":
            self.publish("reload", {})
        elif self.readers:
            for row in await asyncio.to_thread(self._rows, payload["ids"]):
                # A page asks for the tile as soon as it hears: it must not get the one before.
                self.touch(row["lon"], row["lat"])
                self.publish("incident", {**row, "change": payload["change"]})

    def _rows(self, ids: list[int]) -> list[dict[str, Any]]:
        with self.engine.connect() as connection:
            return by_ids(connection, ids)
