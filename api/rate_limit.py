"""How often somebody may ask. Counted by this process alone: several processes allow several times
as much, and a restart forgets."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from gis.errors import BusyError

MOST_KEYS = 50_000
TESTS_AN_HOUR = 5  # of mail and web hooks, each account


class Limiter:
    """Lets `most` uses of a key (an address, an account) pass within any `window_s` seconds."""

    def __init__(
        self, most: int, window_s: float, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.most = most
        self.window_s = window_s
        self._now = now
        self._uses: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str) -> None:
        """Count one use. Raises BusyError `too-many-requests` with the `seconds` to wait."""
        now = self._now()
        with self._lock:
            uses = self._uses.setdefault(key, deque())
            self._uses.move_to_end(key)
            while uses and uses[0] <= now - self.window_s:
                uses.popleft()
            if len(uses) >= self.most:
                wait = uses[0] + self.window_s - now
                raise BusyError("too-many-requests", seconds=max(1, math.ceil(wait)))
            uses.append(now)
            # Whoever was not heard of for longest goes first, so that memory stays bounded.
            while len(self._uses) > MOST_KEYS:
                self._uses.popitem(last=False)

    def give_back(self, key: str) -> None:
        """Take back the last use, which turned out not to count."""
        with self._lock:
            uses = self._uses.get(key)
            if uses:
                uses.pop()
