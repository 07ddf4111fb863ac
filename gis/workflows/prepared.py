"""Answers that take longer than a request may: made beside it, kept, and made anew in time."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from gis.errors import BusyError

PATIENCE_S = 0.6
# What is told of weeks and months hardly changes with a single incident.
FRESH_S = 300.0
KEPT = 128
# Each holds the counts that it is made of. Who asks for more windows than that at once waits.
MOST_MAKING, BUSY_S = 24, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was made, when, and of which version of the data."""

    value: Any
    at: datetime
    version: Hashable
    made: float  # on the monotonic clock


class Prepared:
    """The last answers by key; two at a time are made, in threads of their own.

    A thread holds neither a connection nor a lock of the columns: what it needs is taken before.
    """

    def __init__(self, *, patience_s: float = PATIENCE_S, fresh_s: float = FRESH_S) -> None:
        self._patience_s, self._fresh_s = patience_s, fresh_s
        self._kept: OrderedDict[Hashable, Answer] = OrderedDict()
        self._making: dict[Hashable, Future[Answer]] = {}
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="prepared")

    def begin(
        self, key: Hashable, version: Hashable, take: Callable[[], Callable[[], Any]]
    ) -> Callable[[], Answer | None]:
        """See that there is an answer; what is given back waits for it a little, if need be.

        `take` reads what is needed, quickly, and gives the job that makes the answer of it; the
        caller may hold a lock for that, and has let it go when it waits. None: the first answer is
        still being made. An answer of an earlier version is given for some minutes, and after that
        while its successor is made. What a job raises, its asker hears; the next asks anew. Raises
        BusyError `answers-busy` where too many others are being made.
        """
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            making = self._making.get(key)
            full = making is None and self._full()
        if found is not None and (full or self._serves(found, version)):
            return lambda: found
        if full:
            raise BusyError("answers-busy", seconds=BUSY_S)
        if making is None:
            making = self._start(key, version, take())
        return lambda: self._wait(key, making, found)

    def known(self, key: Hashable, version: Hashable) -> Any | None:
        """What was made of this very version of the data, for a job that would make it again."""
        with self._lock:
            found = self._kept.get(key)
        return found.value if found is not None and found.version == version else None

    def _wait(self, key: Hashable, making: Future[Answer], found: Answer | None) -> Answer | None:
        if found is None:
            wait([making], timeout=self._patience_s)
        if not making.done():
            return found
        with self._lock:
            if self._making.get(key) is making:
                del self._making[key]
        return making.result()

    def close(self) -> None:
        """Begin no further job."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _full(self) -> bool:
        """Whether no further job may begin; of those that failed, what nobody has asked for since
        is forgotten before."""
        if len(self._making) >= MOST_MAKING:
            self._making = {key: one for key, one in self._making.items() if not one.done()}
        return len(self._making) >= MOST_MAKING

    def _serves(self, found: Answer, version: Hashable) -> bool:
        return found.version == version or time.monotonic() - found.made < self._fresh_s

    def _start(self, key: Hashable, version: Hashable, job: Callable[[], Any]) -> Future[Answer]:
        def make() -> Answer:
            answer = Answer(
                value=job(), at=datetime.now(UTC), version=version, made=time.monotonic()
            )
            with self._lock:
                self._kept[key] = answer
                self._kept.move_to_end(key)
                self._making.pop(key, None)
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            return answer

        with self._lock:
            other = self._making.get(key)
            if other is None:
                other = self._making[key] = self._pool.submit(make)
            return other
