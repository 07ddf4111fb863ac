"""Clocks of incidents: read to be turned, and written as they stand afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from gis.incidents.clocks import Clock
from gis.incidents.deadlines import WHOLE, Allowance
from gis.store import deadlines

STARTED = {
    "incident_id": "bigint", "kind": "text", "deadline_id": "bigint", "calendar_id": "bigint",
    "amount": "double precision", "unit": "text", "soon_share": "double precision",
    "started_at": "timestamptz", "due_at": "timestamptz", "soon_at": "timestamptz",
    "next_at": "timestamptz", "turns": "jsonb",
}  # fmt: skip
ADD = f"""
INSERT INTO clock ({", ".join(STARTED)})
SELECT * FROM unnest({", ".join(f"cast(:{name} AS {kind}[])" for name, kind in STARTED.items())})
"""
# Those that have not been stopped, and the last one of the whole case, which may go on.
HELD = f"""
SELECT * FROM (
  SELECT c.*, row_number() OVER (PARTITION BY incident_id, kind ORDER BY id DESC) AS newest
  FROM clock AS c WHERE incident_id = ANY(:ids)
) AS c WHERE stopped_at IS NULL OR kind = '{WHOLE}' AND newest = 1
ORDER BY incident_id, id
"""
LOCK = "SELECT FROM clock WHERE incident_id = ANY(:ids) ORDER BY id FOR UPDATE"
SUBJECTS = """
SELECT id, jurisdiction_id, category_code, severity FROM incident WHERE id = ANY(:ids)
"""
OVERDUE = """
SELECT c.calendar_id, array_agg(c.id ORDER BY c.id) AS ids
FROM clock AS c JOIN incident AS i ON i.id = c.incident_id
WHERE i.jurisdiction_id = :jurisdiction AND i.is_open AND c.told >= 2
  AND c.stopped_at IS NULL AND c.paused_at IS NULL
GROUP BY c.calendar_id ORDER BY c.calendar_id
"""
UPDATE = """
UPDATE clock SET due_at = :due_at, soon_at = :soon_at, paused_at = :paused_at,
  stopped_at = :stopped_at, rested = :rested, round = :round, told = :told, next_at = :next_at,
  turns = turns || cast(:turn AS jsonb)
WHERE id = :id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A clock of an incident as it stands in the database."""

    clock_id: int
    incident_id: int
    kind: str
    soon_share: float
    told: int
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What decides which deadlines an incident has."""

    jurisdiction_id: int
    category: str
    severity: int


def held(connection: Connection, incident_ids: Sequence[int], *, lock: bool) -> list[Held]:
    """The clocks of incidents that run or rest, and the last of each whole case."""
    wanted = {"ids": list(incident_ids)}
    if lock:
        connection.execute(text(LOCK), wanted)
    rows = connection.execute(text(HELD), wanted).all()
    versions = deadlines.calendars(connection, (row.calendar_id for row in rows))
    return [
        Held(
            clock_id=row.id,
            incident_id=row.incident_id,
            kind=row.kind,
            soon_share=row.soon_share,
            told=row.told,
            clock=Clock(
                allowance=Allowance(amount=row.amount, unit=row.unit),
                calendar=versions[row.calendar_id],
                started_at=row.started_at,
                base_due_at=row.due_at,
                paused_at=row.paused_at,
                stopped_at=row.stopped_at,
                rested=row.rested,
                round=row.round,
            ),
        )
        for row in rows
    ]


def subjects(connection: Connection, incident_ids: Sequence[int]) -> dict[int, Subject]:
    """Of each incident what its deadlines depend on."""
    return {
        row.id: Subject(
            jurisdiction_id=row.jurisdiction_id, category=row.category_code, severity=row.severity
        )
        for row in connection.execute(text(SUBJECTS), {"ids": list(incident_ids)})
    }


def write(
    connection: Connection,
    one: Held,
    *,
    soon_at: datetime,
    told: int,
    next_at: datetime | None,
    turn: dict[str, Any],
) -> None:
    """Write a clock that was turned, and what turned it."""
    clock = one.clock
    connection.execute(
        text(UPDATE),
        {
            "id": one.clock_id,
            "due_at": clock.base_due_at,
            "soon_at": soon_at,
            "paused_at": clock.paused_at,
            "stopped_at": clock.stopped_at,
            "rested": clock.rested,
            "round": clock.round,
            "told": told,
            "next_at": next_at,
            "turn": json.dumps([turn], default=str, ensure_ascii=False),
        },
    )


def overdue_by_calendar(connection: Connection, jurisdiction_id: int) -> dict[int, list[int]]:
    """The clocks of a jurisdiction's open cases that run and were told to be overdue, by the
    calendar that they count by."""
    rows = connection.execute(text(OVERDUE), {"jurisdiction": jurisdiction_id})
    return {row.calendar_id: list(row.ids) for row in rows}


def look_again(connection: Connection, clock_ids: Sequence[int], at: datetime) -> None:
    """Have clocks looked at again at a moment, unless they are looked at before."""
    connection.execute(
        text("UPDATE clock SET next_at = least(next_at, :at) WHERE id = ANY(:ids)"),
        {"ids": list(clock_ids), "at": at},
    )


def add(connection: Connection, rows: Iterable[Sequence[Any]]) -> None:
    """Add clocks that start, each with every one of STARTED.

    With INSERT: row security, under which reports come in, knows no COPY.
    """
    columns = list(zip(*rows, strict=True))
    if columns:
        connection.execute(text(ADD), dict(zip(STARTED, map(list, columns), strict=True)))
