"""Which deadline a case is judged by: the one that it missed first, or else the one that it has.

Parking, more time and reopening move the deadline of a case. None of them heals what was missed
before: a case that was open when its deadline passed stays due in the window of that deadline, and
is late, whatever was granted afterwards. So no figure gets better by a step that comes too late.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """A time for which a case was open with one deadline, until something moved the deadline."""

    due: datetime
    until: datetime


def judged(spells: Iterable[Spell], present: datetime | None) -> datetime | None:
    """The deadline by which a case is judged, in the order of its former spells.

    present: the deadline that it has now, None while it rests or where it has none. A case that
    was closed, or parked, at the very moment of its deadline has kept it.
    """
    missed = (spell for spell in sorted(spells, key=_end) if spell.due < spell.until)
    first = next(missed, None)
    return present if first is None else first.due


def spells_of(turns: Iterable[Sequence[dict[str, str | None]]]) -> list[Spell]:
    """The former spells of a case, from what happened to the clocks of the whole case.

    turns: of each clock in the order of their beginnings what happened to it, each with `at` and
    `due_at`, as `gis.store.models.deadline.Clock.turns` keeps them.
    """
    spells = []
    for clock in turns:
        due: datetime | None = None
        for turn in clock:
            at = datetime.fromisoformat(turn["at"] or "")
            if due is not None:
                spells.append(Spell(due=due, until=at))
            given = turn["due_at"]
            runs = turn["turn"] != "stop" and given is not None
            due = datetime.fromisoformat(given) if runs and given else None
    return spells


def _end(spell: Spell) -> datetime:
    return spell.until
