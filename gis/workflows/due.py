"""Cases that are due soon or overdue are told of once, on time, however many workers look.

Each clock bears the moment at which somebody has to look again (`next_at`); an index holds these
alone. Whoever comes first locks the clock, and writes what was told, the step in the history and
the next moment in one transaction: a worker that dies has told all of it or nothing, and whatever
it did not tell, the next one does.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, text

from gis.incidents.deadlines import Setting, due_at
from gis.store import deadlines, jobs, seats
from gis.store.engine import acting
from gis.workflows.clocks import NOTHING, OVERDUE, SOON
from gis.workflows.holders import has_above
from gis.workflows.step_notices import tell_of_clocks

ACTOR = "system"
ESCALATE = "wangge.escalate"
AT_ONCE = 200
# The incident is held as its own history's new rows would hold it: whoever takes a step at this
# moment comes first, and nobody waits for anybody.
LOOK = """
SELECT c.id, c.incident_id, c.kind, c.told, c.round, c.soon_at, c.due_at, c.calendar_id,
       i.jurisdiction_id, i.stage, coalesce(i.grid_code, j.code) AS place,
       h.id AS hand_id, h.level, h.since AS held_since, clock_timestamp() AS now
FROM clock AS c JOIN incident AS i ON i.id = c.incident_id
JOIN organisation AS j ON j.id = i.jurisdiction_id
LEFT JOIN hand AS h ON h.incident_id = c.incident_id AND h.is_lead AND h.until IS NULL
WHERE c.next_at <= clock_timestamp() ORDER BY c.next_at LIMIT :limit
FOR UPDATE OF c SKIP LOCKED FOR KEY SHARE OF i SKIP LOCKED
"""
# Of the clocks, and of the cases that rest.
NEXT = """
SELECT extract(epoch FROM least((SELECT min(next_at) FROM clock), (SELECT min(parked_until)
  FROM incident WHERE parked_until > CASE WHEN :stuck THEN clock_timestamp()
    ELSE '-infinity'::timestamptz END)) - clock_timestamp())
"""
NOTICE = """
INSERT INTO clock_notice (clock_id, incident_id, kind, round, step, due_at, job_id)
VALUES (:clock, :incident, :kind, :round, :step, :due_at, :job)
ON CONFLICT ON CONSTRAINT uq_clock_notice_once DO NOTHING RETURNING id
"""
STEP = """
INSERT INTO incident_event (incident_id, at, actor, action, from_stage, to_stage, data)
VALUES (:incident, :at, :actor, :kind, :stage, :stage, cast(:data AS jsonb))
"""
TURN = "UPDATE clock SET told = :told, next_at = :next_at WHERE id = :id"
# When it last went up, or was asked to, and when its last rest was over.
LAST = """
SELECT greatest(
  (SELECT max(at) FROM clock_notice WHERE incident_id = :incident AND kind = 'escalate'),
  (SELECT max(resumed_at) FROM approval WHERE incident_id = :incident))
"""


def tell_due(engine: Engine, *, limit: int = AT_ONCE) -> int:
    """Tell of the clocks whose moment has come, as many as `limit`; gives how many were looked at.

    Of one that is overdue already only that is told, not that it was due soon. An overdue case is
    given to the job ESCALATE when whoever has it has had it, overdue, for the delay of the office's
    setting; at the top it is looked at again after each delay, because it may be sent down.
    """
    with acting(engine, ACTOR, action="due") as connection:
        rows = connection.execute(text(LOOK), {"limit": limit}).mappings().all()
        told: defaultdict[str, list[int]] = defaultdict(list)
        settings: dict[int, Setting] = {}
        for row in rows:
            if row["jurisdiction_id"] not in settings:
                settings[row["jurisdiction_id"]] = deadlines.setting_of(
                    connection, row["jurisdiction_id"]
                )
            kind = _tell(connection, row, settings[row["jurisdiction_id"]])
            if kind is not None:
                told[kind].append(row["incident_id"])
        tell_of_clocks(connection, told)
    return len(rows)


def seconds_to_next(engine: Engine, *, stuck: bool = False) -> float | None:
    """How long until a clock's next moment or the end of a rest, less than 0 if one has come; None
    if there is none. `stuck`: none of the rests that are over could be ended, so they do not count.
    """
    with engine.connect() as connection:
        left = connection.execute(text(NEXT), {"stuck": stuck}).scalar_one()
    return None if left is None else float(left)


def _tell(connection: Connection, row: Mapping[Any, Any], setting: Setting) -> str | None:
    """Tell what has come to be of one clock; gives `due_soon` or `overdue` if it was told now."""
    now: datetime = row["now"]
    if row["told"] >= OVERDUE:
        _escalate(connection, row, setting)
        return None
    overdue = row["due_at"] <= now
    if not overdue and row["told"] != NOTHING:
        _next(connection, row, SOON, row["due_at"])
        return None
    kind = "overdue" if overdue else "due_soon"
    fresh = _notice(connection, row, kind, step=0)
    if fresh:
        connection.execute(
            text(STEP),
            {
                "incident": row["incident_id"],
                "at": row["due_at"] if overdue else row["soon_at"],
                "actor": ACTOR,
                "kind": kind,
                "stage": row["stage"],
                "data": json.dumps({"clock": row["kind"], "due_at": row["due_at"].isoformat()}),
            },
        )
    if overdue:
        _next(connection, row, OVERDUE, _after_delay(connection, row, setting, row["due_at"]))
    else:
        _next(connection, row, SOON, row["due_at"])
    return kind if fresh else None


def _escalate(connection: Connection, row: Mapping[Any, Any], setting: Setting) -> None:
    """Have an overdue case go up one level once whoever has it has had the delay for it: since it
    was due, since it came into this hand or rested, and since it was last asked to go up."""
    if setting.delay is None:
        _next(connection, row, row["told"], None)  # until the office sets one
        return
    last = connection.scalar(text(LAST), {"incident": row["incident_id"]})
    begun = max(one for one in (row["due_at"], row["held_since"], last) if one is not None)
    again = _after_delay(connection, row, setting, begun)
    if again is not None and again > row["now"]:
        _next(connection, row, row["told"], again)
        return
    codes = seats.existing(connection, [row["place"]])
    if row["hand_id"] is None or not has_above(row["level"], row["place"], codes):
        _next(connection, row, row["told"], _after_delay(connection, row, setting, row["now"]))
        return
    step = row["told"] - OVERDUE + 1
    job = jobs.defer(
        connection,
        ESCALATE,
        {"incident_id": row["incident_id"], "clock_id": row["id"], "round": row["round"],
         "step": step, "hand_id": row["hand_id"]},
        lock=f"incident {row['incident_id']}",
    )  # fmt: skip
    _notice(connection, row, "escalate", step=step, job=job)
    _next(connection, row, row["told"] + 1, _after_delay(connection, row, setting, row["now"]))


def _after_delay(
    connection: Connection, row: Mapping[Any, Any], setting: Setting, since: datetime
) -> datetime | None:
    if setting.delay is None:
        return None
    calendar = deadlines.calendars(connection, [row["calendar_id"]])[row["calendar_id"]]
    return due_at(calendar, since, setting.delay)


def _notice(
    connection: Connection, row: Mapping[Any, Any], kind: str, *, step: int, job: int | None = None
) -> bool:
    """Note that something was told; False if it was told before."""
    made = connection.execute(
        text(NOTICE),
        {
            "clock": row["id"],
            "incident": row["incident_id"],
            "kind": kind,
            "round": row["round"],
            "step": step,
            "due_at": row["due_at"],
            "job": job,
        },
    )
    return made.first() is not None


def _next(
    connection: Connection, row: Mapping[Any, Any], told: int, next_at: datetime | None
) -> None:
    connection.execute(text(TURN), {"id": row["id"], "told": told, "next_at": next_at})
