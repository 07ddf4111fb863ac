"""Clocks follow the life of incidents: started with them, and turned by every step."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gis.errors import ConflictError, InputError
from gis.incidents.calendars import OfficeCalendar
from gis.incidents.clocks import Clock, ClockEffect
from gis.incidents.deadlines import (
    STAGES,
    WHOLE,
    Allowance,
    DeadlineTable,
    Setting,
    due_at,
)
from gis.store import clocks, deadlines
from gis.store.clocks import Held

# How far the worker has come with a clock.
NOTHING, SOON, OVERDUE = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What a jurisdiction counts deadlines by now."""

    table: DeadlineTable
    calendar_id: int
    calendar: OfficeCalendar
    setting: Setting


def office_of(connection: Connection, jurisdiction_id: int) -> Office | None:
    """The office of a jurisdiction; None where it has no calendar, and so no deadlines."""
    found = deadlines.calendar_in_force(connection, jurisdiction_id)
    if found is None:
        return None
    calendar_id, calendar = found
    return Office(
        table=deadlines.table_of(connection, jurisdiction_id),
        calendar_id=calendar_id,
        calendar=calendar,
        setting=deadlines.setting_of(connection, jurisdiction_id),
    )


def turn(
    connection: Connection,
    incident_ids: Sequence[int],
    effect: ClockEffect,
    *,
    at: datetime,
    actor: str,
) -> dict[int, datetime | None]:
    """Do to the clocks of incidents what a step does to them; gives when each is due from now on.

    That is the earliest of its running clocks; None while it is parked, or where it has no
    deadline; for a closed one what it is judged by, the deadline of the whole case. The caller
    holds the incidents and writes it there. Raises ConflictError `clock-not-running`,
    `clock-not-paused`, `clock-none` (nothing to extend), InputError
    `extension-not-later`.
    """
    found = clocks.held(connection, incident_ids, lock=effect.kind != "keep")
    of: dict[int, list[Held]] = {incident_id: [] for incident_id in incident_ids}
    for one in found:
        of[one.incident_id].append(one)
    if effect.kind == "keep":
        return {incident_id: _due(held) for incident_id, held in of.items()}
    subjects = clocks.subjects(connection, incident_ids)
    offices: dict[int, Office | None] = {}
    due: dict[int, datetime | None] = {}
    for incident_id, held in of.items():
        subject = subjects[incident_id]
        if subject.jurisdiction_id not in offices:
            offices[subject.jurisdiction_id] = office_of(connection, subject.jurisdiction_id)
        office = offices[subject.jurisdiction_id]
        anew = office is not None and office.setting.reopened == "anew"
        after = _turned(held, effect, at, anew=anew)
        for before, now in zip(held, after, strict=True):
            if now is not before:
                _write(connection, now, before, office, effect, at, actor)
        running = [one for one in after if one.clock.stopped_at is None]
        if effect.stage is not None and office is not None:
            fresh = _begin(
                connection, incident_id, subject, office, effect.stage,
                whole=not any(one.kind == WHOLE for one in running), at=at, actor=actor,
            )  # fmt: skip
            due[incident_id] = _earliest([_due(running), *fresh])
        else:
            due[incident_id] = _due(after)
    return due


def wait_anew(connection: Connection, jurisdiction_id: int, delay: Allowance, at: datetime) -> None:
    """Have what is overdue looked at when a delay that was set now has passed for the first time.

    So the cases that have long been overdue do not all go up at once; nor does any wait for ever.
    """
    found = clocks.overdue_by_calendar(connection, jurisdiction_id)
    versions = deadlines.calendars(connection, found)
    for calendar_id, ids in found.items():
        clocks.look_again(connection, ids, due_at(versions[calendar_id], at, delay))


def _turned(held: list[Held], effect: ClockEffect, at: datetime, *, anew: bool) -> list[Held]:
    """Clocks of one incident after an effect; those that it leaves alone are the same objects."""
    if effect.kind == "extend":
        return _extended(held, effect, at)
    after = []
    for one in held:
        clock = one.clock
        if effect.kind == "start":
            if one.kind != WHOLE:
                clock = clock.stop(at)
            elif clock.stopped_at is not None:
                clock = clock if anew else clock.reopen(at)
            elif clock.paused_at is not None:
                clock = clock.resume(at)
        elif clock.stopped_at is None:
            clock = {"stop": clock.stop, "pause": clock.pause, "resume": clock.resume}[effect.kind](
                at
            )
        after.append(one if clock is one.clock else replace(one, clock=clock))
    return after


def _extended(held: list[Held], effect: ClockEffect, at: datetime) -> list[Held]:
    """An allowance is added to each clock; a moment moves those that it is later than."""
    running = [one for one in held if one.clock.stopped_at is None]
    if not running:
        raise ConflictError("clock-none")
    after, refused = [], None
    for one in held:
        if one.clock.stopped_at is None:
            try:
                longer = one.clock.extend(at, by=effect.by, until=effect.until)
                after.append(replace(one, clock=longer))
                continue
            except InputError as fault:
                refused = fault
        after.append(one)
    if refused is not None and all(now is before for now, before in zip(after, held, strict=True)):
        raise refused
    return after


def _begin(
    connection: Connection,
    incident_id: int,
    subject: clocks.Subject,
    office: Office,
    stage: str,
    *,
    whole: bool,
    at: datetime,
    actor: str,
) -> list[datetime | None]:
    """Start the clocks of a stage, and of the whole case if it has none; gives their due dates."""
    due: list[datetime | None] = []
    rows = []
    for kind in ([WHOLE] if whole else []) + ([stage] if stage in STAGES else []):
        rule = office.table.find(kind, subject.category, subject.severity, at)
        if rule is None:
            continue
        clock = Clock.start(rule.allowance, office.calendar, at)
        end = clock.base_due_at
        warn = clock.soon_at(rule.soon_share)
        told = json.dumps([_turn("start", at, actor, end)], default=str, ensure_ascii=False)
        rows.append((
            incident_id, kind, rule.deadline_id, office.calendar_id, rule.allowance.amount,
            rule.allowance.unit, rule.soon_share, at, end, warn, warn, told,
        ))  # fmt: skip
        due.append(end)
    if rows:
        clocks.add(connection, rows)
    return due


def _write(
    connection: Connection,
    now: Held,
    before: Held,
    office: Office | None,
    effect: ClockEffect,
    at: datetime,
    actor: str,
) -> None:
    clock = now.clock
    told = NOTHING if clock.round != before.clock.round else before.told
    soon_at = clock.soon_at(now.soon_share)
    next_at: datetime | None = None
    if clock.resting_since is None:
        if told >= OVERDUE:
            delay = office.setting.delay if office is not None else None
            next_at = None if delay is None else due_at(clock.calendar, at, delay)
        else:
            next_at = soon_at if told == NOTHING else clock.base_due_at
    extra: dict[str, Any] = {}
    if effect.until is not None:
        extra["until"] = effect.until.isoformat()
    if effect.by is not None:
        extra["by"] = {"amount": effect.by.amount, "unit": effect.by.unit}
    clocks.write(
        connection,
        now,
        soon_at=soon_at,
        told=told,
        next_at=next_at,
        turn=_turn(effect.kind, at, actor, clock.due_at) | extra,
    )


def _turn(kind: str, at: datetime, actor: str, due: datetime | None) -> dict[str, Any]:
    return {
        "turn": kind,
        "at": at.isoformat(),
        "actor": actor,
        "due_at": due.isoformat() if due is not None else None,
    }


def _due(held: Sequence[Held]) -> datetime | None:
    """When an incident is due: by its running clocks, or by the one it is judged by once closed."""
    running = [one for one in held if one.clock.stopped_at is None]
    if running:
        return _earliest([one.clock.due_at for one in running])
    judged = [one for one in held if one.kind == WHOLE] or list(held)
    return _earliest([one.clock.base_due_at for one in judged[-1:]])


def _earliest(moments: Sequence[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
