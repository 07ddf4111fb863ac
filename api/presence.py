"""Who has which case open: in the memory of each process, told among them, stored nowhere.

A page says every few seconds which case it has open, by the name of its stream of events; the word
goes through the database to all processes. What a page does not say again is forgotten; a stream
that ends takes its page along at once.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, text

CHANNEL = "wangge_presence"
KEPT_S = 13.0  # pages say it every five seconds
MOST_OF_ONE = 20  # pages of one account; more are nobody's desk
NOTIFY = text(f"SELECT pg_notify('{CHANNEL}', :said)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A page that has a case open, whose it is, and until when that is believed."""

    account_id: int
    name: str
    incident_id: int
    until: float


class Presence:
    """What the pages of all processes have said. Each change gives the cases that it is about."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.pages: dict[str, Open] = {}

    def hear(self, said: dict[str, Any]) -> set[int]:
        """Take in what a page has said, or that it is gone."""
        stream = said["stream"]
        before = self.pages.pop(stream, None)
        now = None
        if said["incident"] is not None:
            now = Open(
                account_id=said["account"], name=said["name"], incident_id=said["incident"],
                until=self.clock() + KEPT_S,
            )  # fmt: skip
            self.pages[stream] = now
            same = [one for one, page in self.pages.items() if page.account_id == now.account_id]
            for oldest in same[:-MOST_OF_ONE]:
                del self.pages[oldest]
        told = {(page.incident_id, page.account_id) for page in (before, now) if page is not None}
        return set() if before and now and len(told) == 1 else {incident for incident, _ in told}

    def forget_lost(self) -> set[int]:
        """Forget the pages that have not said anything for too long."""
        now = self.clock()
        lost = [stream for stream, page in self.pages.items() if page.until < now]
        return {self.pages.pop(stream).incident_id for stream in lost}

    def beside(self, stream: str) -> tuple[int, list[str]] | None:
        """The case that a page has open, and the names of others who have it open, too."""
        page = self.pages.get(stream)
        if page is None:
            return None
        others = {
            other.account_id: other.name
            for other in self.pages.values()
            if other.incident_id == page.incident_id and other.account_id != page.account_id
        }
        return page.incident_id, sorted(others.values())


def say(
    engine: Engine, stream: str, *, account_id: int, name: str, incident_id: int | None
) -> None:
    """Tell all processes which case a page has open; None: none any more."""
    said = {"stream": stream, "account": account_id, "name": name, "incident": incident_id}
    with engine.begin() as connection:
        connection.execute(NOTIFY, {"said": json.dumps(said)})
