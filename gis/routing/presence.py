"""Who is there: people on leave with those who act for them, and people on duty by roster.

On duty means answering for a grid and for all grids within it, before anybody who holds a post
there. Whoever is away is acted for by a substitute, the substitute by a further one, and so on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import numpy as np

from gis.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """A person is away from `since` up to, not including, `until`, and has this substitute."""

    person_id: int
    substitute_id: int | None
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """A person is on duty for a grid of any level from `since` up to, not including, `until`."""

    grid_code: str
    person_id: int
    since: datetime
    until: datetime | None


class Presence:
    """All absences and duties that may matter, of any moment."""

    def __init__(self, absences: Iterable[Absence] = (), duties: Iterable[Duty] = ()) -> None:
        self._absences: dict[int, list[Absence]] = {}
        for absence in absences:
            self._absences.setdefault(absence.person_id, []).append(absence)
        self._duties: dict[str, list[Duty]] = {}
        for duty in duties:
            self._duties.setdefault(duty.grid_code, []).append(duty)

    def acting(self, person_id: int, at: datetime) -> int | None:
        """Who acts for a person at a moment: the person, unless away; None if nobody does."""
        asked: set[int] = set()
        standing: int | None = person_id
        while standing is not None and standing not in asked:
            asked.add(standing)
            away = next((it for it in self._absences.get(standing, ()) if holds(it, at)), None)
            if away is None:
                return standing
            standing = away.substitute_id
        return None

    def on_duty(self, chain: Sequence[str], at: datetime) -> int | None:
        """Who is on duty for a place at a moment, by its chain of grids from the basic one up."""
        for code in chain:
            for duty in self._duties.get(code, ()):
                if holds(duty, at):
                    acting = self.acting(duty.person_id, at)
                    if acting is not None:
                        return acting
        return None

    def moments(self, chain: Sequence[str], people: Iterable[int]) -> set[datetime]:
        """When an answer for a chain, and for these people, may become another one (UTC)."""
        duties = [duty for code in chain for duty in self._duties.get(code, ())]
        found = {end for duty in duties for end in ends(duty)}
        open_to = [*people, *(duty.person_id for duty in duties)]
        known: set[int] = set()
        while open_to:
            person_id = open_to.pop()
            if person_id in known:
                continue
            known.add(person_id)
            for absence in self._absences.get(person_id, ()):
                found |= ends(absence)
                if absence.substitute_id is not None:
                    open_to.append(absence.substitute_id)
        return found


class Dated(Protocol):
    """Anything that holds from one moment up to, not including, another (None: still)."""

    @property
    def since(self) -> datetime: ...
    @property
    def until(self) -> datetime | None: ...


def holds(it: Dated, moment: datetime) -> bool:
    """Whether it holds at a moment."""
    return utc(it.since) <= moment and (it.until is None or moment < utc(it.until))


def ends(it: Dated) -> set[datetime]:
    """The moments when it begins and ends."""
    return {utc(it.since)} if it.until is None else {utc(it.since), utc(it.until)}


def aware(moment: datetime | np.datetime64) -> datetime:
    """A moment as a datetime with a time zone; datetime64 is in UTC."""
    if isinstance(moment, np.datetime64):
        plain: datetime = moment.astype("datetime64[us]").item()
        return plain.replace(tzinfo=UTC)
    return moment


def utc(moment: datetime) -> datetime:
    """A moment in UTC. Raises InputError `routing-time-zone-missing`."""
    if moment.tzinfo is None:
        raise InputError("routing-time-zone-missing", at=moment.isoformat())
    return moment.astimezone(UTC)
