"""The calendar, the table of deadlines and the settings of an office, read to count by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from gis.incidents.calendars import OfficeCalendar, SpecialDay
from gis.incidents.deadlines import Allowance, Deadline, DeadlineTable, Setting

CALENDAR = """
SELECT id, digest FROM office_calendar WHERE jurisdiction_id = :id ORDER BY id DESC LIMIT 1
"""
CALENDARS = "SELECT id, digest FROM office_calendar WHERE id = ANY(:ids)"
CONTENT = "SELECT zone, week, days, settled_through FROM office_calendar WHERE id = :id"
HELD = """
SELECT id, category_code, severity, stage, amount, unit, soon_share,
       lower(held) AS since, upper(held) AS until
FROM deadline WHERE jurisdiction_id = :id AND NOT isempty(held) ORDER BY id
"""
SETTING = """
SELECT delay_amount, delay_unit, reopened FROM deadline_setting
WHERE jurisdiction_id = :id ORDER BY id DESC LIMIT 1
"""

# By what they say: a version never changes, and the working days that it has spread out, once, are
# worth keeping.
_KEPT: dict[str, OfficeCalendar] = {}
KEPT_MOST = 200


def calendar_in_force(
    connection: Connection, jurisdiction_id: int
) -> tuple[int, OfficeCalendar] | None:
    """The newest calendar of a jurisdiction and its id; None where nobody has recorded one."""
    row = connection.execute(text(CALENDAR), {"id": jurisdiction_id}).first()
    return row and (row.id, _calendar(connection, row.id, row.digest))


def calendars(connection: Connection, ids: Iterable[int]) -> dict[int, OfficeCalendar]:
    """Versions of calendars by id."""
    rows = connection.execute(text(CALENDARS), {"ids": sorted(set(ids))})
    return {row.id: _calendar(connection, row.id, row.digest) for row in rows.all()}


def table_of(connection: Connection, jurisdiction_id: int) -> DeadlineTable:
    """All deadlines of a jurisdiction, of any moment."""
    return DeadlineTable(
        rows=tuple(
            Deadline(
                deadline_id=row.id,
                category=row.category_code,
                severity=row.severity,
                stage=row.stage,
                allowance=Allowance(amount=row.amount, unit=row.unit),
                soon_share=row.soon_share,
                since=row.since,
                until=row.until,
            )
            for row in connection.execute(text(HELD), {"id": jurisdiction_id})
        )
    )


def setting_of(connection: Connection, jurisdiction_id: int) -> Setting:
    """What a jurisdiction does about overdue and reopened cases."""
    row = connection.execute(text(SETTING), {"id": jurisdiction_id}).first()
    if row is None:
        return Setting()
    delay = row.delay_unit and Allowance(amount=row.delay_amount, unit=row.delay_unit)
    return Setting(delay=delay, reopened=row.reopened)


def add_calendar(
    connection: Connection, jurisdiction_id: int, calendar: OfficeCalendar, reason: str | None
) -> int:
    """Record a version of a calendar, in force from now on; gives its id."""
    given = calendar_json(calendar)
    digest = hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()
    return int(
        connection.execute(
            text(
                "INSERT INTO office_calendar (jurisdiction_id, zone, week, days, settled_through,"
                " digest, reason) VALUES (:id, :zone, cast(:week AS jsonb), cast(:days AS jsonb),"
                " :settled_through, :digest, :reason) RETURNING id"
            ),
            {
                **given,
                "id": jurisdiction_id,
                "week": json.dumps(given["week"]),
                "days": json.dumps(given["days"], ensure_ascii=False),
                "digest": digest,
                "reason": reason,
            },
        ).scalar_one()
    )


def calendar_json(calendar: OfficeCalendar) -> dict[str, Any]:
    """A calendar as it is stored and sent: spans in seconds of the local day, days by date."""
    return {
        "zone": calendar.zone,
        "week": [[list(span) for span in spans] for spans in calendar.week],
        "days": {
            day.isoformat(): {
                "kind": it.kind,
                "name_zh": it.name_zh,
                "name_en": it.name_en,
                "spans": None if it.spans is None else [list(span) for span in it.spans],
            }
            for day, it in sorted(calendar.days.items())
        },
        "settled_through": calendar.settled_through,
    }


def calendar_from(given: Mapping[Any, Any]) -> OfficeCalendar:
    """The calendar of what `calendar_json` gave. Raises InputError where it makes no sense."""
    return OfficeCalendar(
        zone=given["zone"],
        week=tuple(tuple((a, b) for a, b in spans) for spans in given["week"]),
        days={
            date.fromisoformat(day): SpecialDay(
                kind=it["kind"],
                name_zh=it.get("name_zh") or "",
                name_en=it.get("name_en") or "",
                spans=None if it.get("spans") is None else tuple((a, b) for a, b in it["spans"]),
            )
            for day, it in given["days"].items()
        },
        settled_through=given.get("settled_through"),
    )


def _calendar(connection: Connection, calendar_id: int, digest: str) -> OfficeCalendar:
    kept = _KEPT.get(digest)
    if kept is None:
        row = connection.execute(text(CONTENT), {"id": calendar_id}).mappings().one()
        kept = _KEPT.setdefault(digest, calendar_from(row))
        while len(_KEPT) > KEPT_MOST:
            _KEPT.pop(next(iter(_KEPT)), None)
    return kept


def calendar_note(connection: Connection, calendar_id: int) -> dict[str, Any]:
    """The id of a version, and when, by whom and why it was recorded."""
    query = "SELECT id, at, actor, reason FROM office_calendar WHERE id = :id"
    return dict(connection.execute(text(query), {"id": calendar_id}).mappings().one())
