"""Waiting for what must come, however busy the machine is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

LONGEST_S = 120


def wait_until(so: Callable[[], object]) -> None:
    """Ask again and again until it is so; what is not so after two minutes never will be."""
    give_up = time.monotonic() + LONGEST_S
    while not so():
        assert time.monotonic() < give_up
        threading.Event().wait(0.05)
