"""A follower of cases that runs beside a test, and what it has heard."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from gis.store.cluster.database import connection_string
from gis.store.follower import Follower, Happened


class Heard:
    """Each word of a follower, in order; `cases` and `inboxes` of all words together."""

    def __init__(self) -> None:
        self.words: list[Happened] = []
        self.hearing: list[bool] = []

    @property
    def cases(self) -> list[dict[str, Any]]:
        return [case for word in list(self.words) for case in word.cases or []]

    @property
    def changes(self) -> list[tuple[int, str]]:
        return [(case["id"], case["change"]) for case in self.cases]

    @property
    def inboxes(self) -> list[tuple[int, bool]]:
        return [each for word in list(self.words) for each in word.inboxes.items()]

    def until(self, holds: Callable[[Heard], bool]) -> None:
        deadline = time.monotonic() + 20
        while not holds(self):
            assert time.monotonic() < deadline, f"not heard in time: {self.words}"
            threading.Event().wait(0.02)


@contextmanager
def following(url: str) -> Iterator[Heard]:
    """Follow the cases of a database from now on."""
    heard = Heard()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    follower = Follower(connection_string(url), heard=heard.hearing.append)
    follower.listeners.append(heard.words.append)
    try:
        asyncio.run_coroutine_threadsafe(follower.start(), loop).result(20)
        yield heard
    finally:
        asyncio.run_coroutine_threadsafe(follower.stop(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
