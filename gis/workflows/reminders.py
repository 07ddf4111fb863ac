"""Whoever owes a diary or its check is told once a day, however many workers look.

The notices and the note that they were given are one transaction: a worker that dies has reminded
everybody of an office or nobody, and the next one does it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from gis.incidents.notices import Notice
from gis.incidents.reminders import check_day, diary_day
from gis.store import deadlines, patrol_settings
from gis.store import reminders as store
from gis.store.engine import acting
from gis.workflows.notices import tell_all

ACTOR = "system"


def remind(engine: Engine, now: datetime | None = None) -> int:
    """Tell of diaries that are missing at the end of a working day, and of monthly checks that are
    due; gives how many notices were written.

    By the calendar of each office; without one nobody is told. What no worker was there to tell at
    its time is told on the next working day, of the last one only.
    """
    moment = now or datetime.now(UTC)
    with engine.connect() as connection:
        offices = store.offices(connection)
        calendars = {
            of: found[1]
            for of, _ in offices
            if (found := deadlines.calendar_in_force(connection, of)) is not None
        }
        wanted = {of: patrol_settings.setting(connection, of)["remind"] for of, _ in offices}
    count = 0
    for of, plan_id in offices:
        if of not in calendars:
            continue
        diary = diary_day(calendars[of], moment)
        if diary is not None and wanted[of]:
            count += _diaries(engine, of, plan_id, *diary, moment)
        check = check_day(calendars[of], moment)
        if check is not None:
            count += _checks(engine, of, plan_id, check)
    return count


def _diaries(engine: Engine, of: int, plan_id: int, day: date, late: bool, now: datetime) -> int:
    with acting(engine, ACTOR, action="remind") as connection:
        told, begun = store.before(connection, of, "diary_missing", day)
        # An office that has only just begun is not told of the day before.
        if told or (late and not begun):
            return 0
        rows = store.missing(connection, of, plan_id, day, now)
        if not store.note(connection, of, "diary_missing", day, len(rows)):
            return 0
        tell_all(
            connection,
            [
                Notice(
                    kind="diary_missing", persons=[row["person_id"]],
                    params=_words(row, of, day.isoformat()),
                )
                for row in rows
            ],
        )  # fmt: skip
    return len(rows)


def _checks(engine: Engine, of: int, plan_id: int, day: date) -> int:
    month = (day.replace(day=1) - timedelta(days=1)).replace(day=1)
    with acting(engine, ACTOR, action="remind") as connection:
        if store.before(connection, of, "diary_check_due", day)[0]:
            return 0
        rows = store.unchecked(connection, of, plan_id, month)
        if not store.note(connection, of, "diary_check_due", day, len(rows)):
            return 0
        tell_all(
            connection,
            [
                Notice(
                    kind="diary_check_due", organisations=[row["id"]],
                    params=_words(row, of, f"{month:%Y-%m}"),
                )
                for row in rows
            ],
        )  # fmt: skip
    return len(rows)


def _words(row: dict[str, Any], of: int, day: str) -> dict[str, Any]:
    return {"place": row["name"], "count": row["count"], "day": day, "office": of}
