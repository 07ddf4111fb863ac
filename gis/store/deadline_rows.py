"""The table of deadlines as it is shown and changed: rows hold for a time and are ended, once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from gis.errors import InputError
from gis.incidents.deadlines import Setting
from gis.store import dated
from gis.store.names import names

GATE = "SELECT pg_advisory_xact_lock(hashtext('wangge deadlines'))"
LISTED = f"""
SELECT t.id, t.category_code, c.name_zh, c.name_en, t.severity, t.stage, t.amount, t.unit,
       t.soon_share, {dated.DATES}
FROM deadline AS t LEFT JOIN category AS c ON c.code = t.category_code
WHERE t.jurisdiction_id = :id AND {dated.SHOWN}
ORDER BY t.category_code NULLS FIRST, t.severity NULLS FIRST,
  array_position(ARRAY['case', 'collected', 'registered', 'dispatched', 'handled', 'fed_back'],
                 t.stage), t.id
"""
# Every change that somebody made, the newest first: rows added and ended, calendars, settings.
HISTORY = """
SELECT * FROM (
  SELECT recorded_at AS at, 'add' AS change, id, recorded_by AS actor, reason FROM deadline
  WHERE jurisdiction_id = :id
  UNION ALL
  SELECT ended_at, 'end', id, ended_by, ended_reason FROM deadline
  WHERE jurisdiction_id = :id AND ended_at IS NOT NULL
  UNION ALL
  SELECT at, 'calendar', id, actor, reason FROM office_calendar WHERE jurisdiction_id = :id
  UNION ALL
  SELECT at, 'setting', id, actor, reason FROM deadline_setting WHERE jurisdiction_id = :id
) AS h WHERE cast(:at AS timestamptz) IS NULL OR (at, change, id) < (:at, :change, :last)
ORDER BY at DESC, change DESC, id DESC LIMIT :limit
"""
ROWS = """
SELECT t.id, t.category_code, c.name_zh, c.name_en, t.severity, t.stage, t.amount, t.unit
FROM deadline AS t LEFT JOIN category AS c ON c.code = t.category_code WHERE t.id = ANY(:ids)
"""


def one_after_the_other(connection: Connection) -> None:
    """Wait for whoever changes deadlines now; all that is changed from here on has one moment."""
    connection.execute(text(GATE))
    connection.execute(text(dated.TELL))


def now(connection: Connection) -> datetime:
    """The moment of this change."""
    moment: datetime = connection.execute(text(f"SELECT {dated.NOW}")).scalar_one()
    return moment


def categories(connection: Connection) -> set[str]:
    """The codes of the categories in use."""
    return set(connection.scalars(text("SELECT code FROM category WHERE retired_at IS NULL")))


def listed(
    connection: Connection,
    jurisdiction_id: int,
    *,
    at: datetime | None = None,
    ended: bool = False,
) -> list[dict[str, Any]]:
    """Rows as they are shown: those of a moment, or that hold or are to come (`ended`: all)."""
    values = {"id": jurisdiction_id, "at": at, "ended": ended}
    return [_shown(dict(row)) for row in connection.execute(text(LISTED), values).mappings()]


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    code, zh, en = row.pop("category_code"), row.pop("name_zh"), row.pop("name_en")
    return {"id": row.pop("id"), "category": code and {"code": code, "name": names(zh, en)}, **row}


def add(
    connection: Connection,
    jurisdiction_id: int,
    values: dict[str, Any],
    *,
    since: datetime | None,
    reason: str,
) -> int:
    """Insert a row; gives its id. Raises ConflictError `deadline-twice`."""
    row = {"jurisdiction_id": jurisdiction_id, **values, "reason": reason}
    return dated.add(connection, "deadline", row, since=since, until=None, twice="deadline-twice")


def end(connection: Connection, jurisdiction_id: int, row_id: int) -> None:
    """End a row now, or call it off. Raises NotFoundError `deadline-not-found`."""
    where = "jurisdiction_id = :jurisdiction"
    done = dated.end(connection, "deadline", row_id, where, jurisdiction=jurisdiction_id)
    dated.ended_or_refused(done, "deadline-not-found", row_id)


def add_setting(
    connection: Connection, jurisdiction_id: int, setting: Setting, reason: str | None
) -> None:
    """Record settings that hold from now on."""
    delay = setting.delay
    connection.execute(
        text(
            "INSERT INTO deadline_setting (jurisdiction_id, delay_amount, delay_unit, reopened,"
            " reason) VALUES (:id, :amount, :unit, :reopened, :reason)"
        ),
        {
            "id": jurisdiction_id,
            "amount": delay and delay.amount,
            "unit": delay and delay.unit,
            "reopened": setting.reopened,
            "reason": reason,
        },
    )


def history(
    connection: Connection, jurisdiction_id: int, *, limit: int, cursor: str | None = None
) -> tuple[list[dict[str, Any]], str | None]:
    """A page of the changes of table, calendar and settings, the newest first, and the cursor of
    the page after it. Raises InputError `cursor-invalid`."""
    at, change, last = _read(cursor) if cursor else (None, None, None)
    values = {"id": jurisdiction_id, "limit": limit + 1, "at": at, "change": change, "last": last}
    found = [dict(row) for row in connection.execute(text(HISTORY), values).mappings()]
    changes = found[:limit]
    ids = [row["id"] for row in changes if row["change"] in ("add", "end")]
    rows = {
        row["id"]: _shown(dict(row))
        for row in connection.execute(text(ROWS), {"ids": ids}).mappings()
    }
    for row in changes:
        row["row"] = rows.get(row["id"]) if row["change"] in ("add", "end") else None
    if len(found) <= limit:
        return changes, None
    end = changes[-1]
    return changes, f"{end['at'].isoformat()}|{end['change']}|{end['id']}"


def _read(cursor: str) -> tuple[datetime, str, int]:
    try:
        at, change, last = cursor.split("|")
        moment, number = datetime.fromisoformat(at), int(last)
    except ValueError as error:
        raise InputError("cursor-invalid", field="cursor") from error
    if moment.tzinfo is None or not 0 < number < 2**63 or not change.isalpha():
        raise InputError("cursor-invalid", field="cursor")
    return moment, change, number
