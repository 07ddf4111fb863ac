"""What has been drawn is kept until the tile itself changes, and drawn once for all who wait."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

# (layer, ids of plans, what is kept of it, …): the first two are what changes are told about.
Key = tuple[Any, ...]


class Kept(Protocol):
    """Anything that knows how many bytes it holds."""

    @property
    def size(self) -> int: ...


@dataclass(slots=True, eq=False)
class Flight:
    """One drawing under way, and how many wait for it."""

    task: asyncio.Task[Any]
    waiting: int = 0


class TileCache:
    """Values by key, bounded by bytes, the least recently used going first.

    Dropping a key also cuts loose the drawing under way: those who already wait get it, but it is
    not kept, and whoever asks next starts a new one. So nothing older than the last change is ever
    kept or given to a later request, and no counter of versions is needed. While `trusted` is
    false (changes may be missed), nothing is kept or shared.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.trusted = False
        self.bytes = 0
        self.hits = 0
        self.misses = 0
        self.dropped = 0
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._flights: dict[Key, Flight] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, key: Key) -> Any | None:
        """The value of a key if it is kept."""
        found = self._kept.get(key)
        if found is not None:
            self.hits += 1
            self._kept.move_to_end(key)
        return found

    async def draw(self, key: Key, make: Callable[[], Awaitable[Any]]) -> Any:
        """The value of a key that is not kept: made once, however many ask for it meanwhile.

        When the last who waits is cancelled, so is the making.
        """
        self.misses += 1
        if not self.trusted:
            return await make()
        flight = self._flights.get(key)
        if flight is None:
            flight = Flight(asyncio.ensure_future(make()))
            self._flights[key] = flight
            flight.task.add_done_callback(partial(self._landed, key, flight))
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                flight.task.cancel()
                self._cut_loose(key, flight)

    def drop(self, keys: Iterable[Key]) -> None:
        """Forget these keys."""
        for key in keys:
            self._flights.pop(key, None)
            kept = self._kept.pop(key, None)
            if kept is not None:
                self.bytes -= kept.size
                self.dropped += 1

    def drop_where(self, applies: Callable[[Key], bool]) -> None:
        """Forget every key to which this applies."""
        self.drop([key for key in (*self._kept, *self._flights) if applies(key)])

    def clear(self) -> None:
        """Forget everything."""
        self.drop_where(lambda _: True)

    def _landed(self, key: Key, flight: Flight, task: asyncio.Task[Any]) -> None:
        ours = self._cut_loose(key, flight)
        if task.cancelled() or task.exception() is not None or not (ours and self.trusted):
            return
        value = task.result()
        if value.size <= self.max_bytes // 4:
            self._kept[key] = value
            self.bytes += value.size
            while self.bytes > self.max_bytes:
                _, oldest = self._kept.popitem(last=False)
                self.bytes -= oldest.size

    def _cut_loose(self, key: Key, flight: Flight) -> bool:
        if self._flights.get(key) is not flight:
            return False
        del self._flights[key]
        return True
