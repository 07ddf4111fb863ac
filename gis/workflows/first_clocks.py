"""The clocks that new incidents start with: of one report, or of a file of them at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from gis.incidents.calendars import Micros, micros, moment_of
from gis.incidents.deadlines import STAGES, WHOLE, Deadline, due_many, soon_many
from gis.store import clocks
from gis.workflows.clocks import Office

NEVER = np.iinfo(np.int64).max  # of due dates: none


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """Clocks of one kind: whose (places among the incidents), by which of some rules, since when
    and until when, from when on due soon (microseconds since 1970), and whether the due date was
    brought along."""

    kind: str
    places: npt.NDArray[np.intp]
    rules: Sequence[Deadline]
    which: npt.NDArray[np.intp]
    at: Micros
    due: Micros
    soon: Micros
    brought: npt.NDArray[np.bool_]

    def some(self, chosen: npt.NDArray[np.bool_]) -> Started:
        """Those that a mask keeps."""
        return replace(
            self,
            **{
                name: getattr(self, name)[chosen]
                for name in ("places", "which", "at", "due", "soon", "brought")
            },
        )

    def turns(self, actor: str) -> list[str]:
        """What each clock has to tell of its start, as JSON."""
        who = json.dumps(actor, ensure_ascii=False)
        ends = np.where(self.brought, ', "brought": true}]', "}]")
        return [
            f'[{{"turn": "start", "at": "{at}+00:00", "actor": {who}, "due_at": "{due}+00:00"{end}'
            for at, due, end in zip(_iso(self.at), _iso(self.due), ends.tolist(), strict=True)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstClocks:
    """The clocks of n new incidents. `due`: when each is due, NEVER for none. `unruled`: places of
    open ones that brought a due date which no clock can keep, because the table has no deadline
    for them."""

    due: Micros
    started: list[Started]
    unruled: list[int]
    calendar_id: int | None
    actor: str

    @property
    def due_at(self) -> list[datetime | None]:
        return [None if due == NEVER else moment_of(due) for due in self.due.tolist()]

    def rows(self) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """By place, as `gis.store.clocks.STARTED` without the incident."""
        for of in self.started:
            moments = zip(
                of.places.tolist(), of.which.tolist(), of.at.tolist(), of.due.tolist(),
                of.soon.tolist(), of.turns(self.actor), strict=True,
            )  # fmt: skip
            for place, which, at, due, soon, turns in moments:
                rule, warn = of.rules[which], moment_of(soon)
                yield place, (
                    of.kind, rule.deadline_id, self.calendar_id, rule.allowance.amount,
                    rule.allowance.unit, rule.soon_share, moment_of(at), moment_of(due), warn,
                    warn, turns,
                )  # fmt: skip

    def write(self, connection: Connection, incident_ids: Mapping[int, int]) -> None:
        """Store the clocks of incidents, whose ids are given by their places."""
        rows = [(incident_ids[place], *row) for place, row in self.rows()]
        if rows:
            clocks.add(connection, rows)


def first_clocks(
    office: Office | None,
    *,
    categories: Sequence[str],
    severities: Sequence[int],
    stages: Sequence[str] | npt.NDArray[Any],
    reported_at: Sequence[datetime] | Micros,
    since: Sequence[datetime] | Micros,
    actor: str,
    brought: Micros | None = None,
) -> FirstClocks:
    """The clocks of new incidents: of the whole case from the report on, by the table of then, and
    of the stage in which each stands, from `since` on. One that is closed already has a due date
    only, to be judged by. Moments: datetimes, or microseconds since 1970.

    `brought`: the due date that each brings along from where it was kept before, which then is
    that of the whole case, whatever the table says of how long it may take; NEVER for none.
    """
    stage = np.asarray(stages, dtype=object).astype(str)
    is_open = np.isin(stage, STAGES)
    brings = np.full(len(stage), NEVER) if brought is None else brought
    first = FirstClocks(
        due=np.where(is_open, NEVER, brings),
        started=[],
        unruled=[],
        calendar_id=office.calendar_id if office is not None else None,
        actor=actor,
    )
    starts, began = _micros(reported_at), _micros(since)
    kinds = (WHOLE, *sorted(set(stage[is_open].tolist()))) if office is not None else ()
    ruled = np.zeros(len(stage), np.bool_)
    for kind in kinds:
        whole = kind == WHOLE
        of = np.arange(len(stage)) if whole else np.flatnonzero(stage == kind)
        one = _started(
            office, kind, of, categories, severities, (starts if whole else began)[of],
            brings[of] if whole else np.full(len(of), NEVER),
        )  # fmt: skip
        if one is None:
            continue
        first.due[one.places] = np.minimum(first.due[one.places], one.due)
        ruled[one.places] |= whole
        first.started.append(one.some(is_open[one.places]))
    first.unruled.extend(np.flatnonzero(is_open & (brings != NEVER) & ~ruled).tolist())
    return first


def _started(
    office: Office | None,
    kind: str,
    of: npt.NDArray[np.intp],
    categories: Sequence[str],
    severities: Sequence[int],
    at: Micros,
    brings: Micros,
) -> Started | None:
    """The clocks of a kind of those places for which there is a deadline; None where none is."""
    if office is None:
        return None
    places = of.tolist()
    found, which = office.table.find_many(
        kind, [categories[k] for k in places], [severities[k] for k in places], at
    )
    rules = [rule for rule in found if rule is not None]
    if not rules:
        return None
    there = np.array([rule is not None for rule in found])
    given = there[which]
    at, which, brings = at[given], (np.cumsum(there) - 1)[which[given]], brings[given]
    kept = brings != NEVER
    due = due_many(office.calendar, at, [rules[k].allowance for k in which.tolist()])
    due = np.where(kept, brings, due)
    soon = soon_many(
        office.calendar,
        at,
        due,
        np.array([rule.allowance.working for rule in rules])[which],
        np.array([rule.soon_share for rule in rules])[which],
    )
    return Started(
        kind=kind, rules=rules, places=of[given], which=which, at=at, due=due, soon=soon,
        brought=kept,
    )  # fmt: skip


def _micros(moments: Sequence[datetime] | Micros) -> Micros:
    if isinstance(moments, np.ndarray):
        return moments
    return np.array([micros(moment) for moment in moments], np.int64)


def _iso(moments: Micros) -> list[str]:
    """Moments as `datetime.isoformat` has them, without the zone."""
    stamps = moments.astype("datetime64[us]")
    told = np.datetime_as_string(stamps, unit="s").astype(object)
    uneven = moments % 1_000_000 != 0
    if uneven.any():
        told[uneven] = np.datetime_as_string(stamps[uneven], unit="us")
    return list(told)
