"""Who has which case or draft open: in the memory of each process, told among them, not stored.

A page says every few seconds what it has open, by the name of its stream of events; the word
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
    """A page that has something open, whose it is, and until when that is believed. `place`: where
    in it, of a draft the code of a grid."""

    account_id: int
    name: str
    id: int
    place: str | None
    until: float


class Presence:
    """What the pages of all processes have said of cases, or of drafts (`of`: "plan"). Each change
    gives the numbers of those that it is about."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, of: str = "incident"
    ) -> None:
        self.clock = clock
        self.of = of
        self.pages: dict[str, Open] = {}

    def hear(self, said: dict[str, Any]) -> set[int]:
        """Take in what a page has said, or that it is gone."""
        stream = said["stream"]
        before = self.pages.pop(stream, None)
        now = None
        if said.get(self.of) is not None:
            now = Open(
                account_id=said["account"], name=said["name"], id=said[self.of],
                place=said.get("grid"), until=self.clock() + KEPT_S,
            )  # fmt: skip
            self.pages[stream] = now
            same = [one for one, page in self.pages.items() if page.account_id == now.account_id]
            for oldest in same[:-MOST_OF_ONE]:
                del self.pages[oldest]
        told = {(one.id, one.account_id, one.place) for one in (before, now) if one is not None}
        return set() if before and now and len(told) == 1 else {number for number, *_ in told}

    def forget_lost(self) -> set[int]:
        """Forget the pages that have not said anything for too long."""
        now = self.clock()
        lost = [stream for stream, page in self.pages.items() if page.until < now]
        return {self.pages.pop(stream).id for stream in lost}

    def beside(self, stream: str) -> tuple[int, list[str]] | None:
        """What a page has open, and the names of others who have it open, too."""
        page = self.pages.get(stream)
        return None if page is None else (page.id, sorted(one.name for one in self.others(page)))

    def others(self, page: Open) -> list[Open]:
        """Pages of other people with the same open, the last one of each."""
        others = {
            other.account_id: other
            for other in self.pages.values()
            if other.id == page.id and other.account_id != page.account_id
        }
        return sorted(others.values(), key=lambda one: (one.name, one.account_id))


def say(
    engine: Engine,
    stream: str,
    *,
    account_id: int,
    name: str,
    incident_id: int | None = None,
    plan_id: int | None = None,
    grid: str | None = None,
) -> None:
    """Tell all processes which case, or which draft and grid, a page has open; or nothing."""
    said = {
        "stream": stream, "account": account_id, "name": name, "incident": incident_id,
        "plan": plan_id, "grid": grid,
    }  # fmt: skip
    with engine.begin() as connection:
        connection.execute(NOTIFY, {"said": json.dumps(said)})
