"""The open cases of one person: in hand, or to answer for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from gis.store.incident_filter import LISTED, read_cursor, write_cursor
from gis.store.incidents import ROW, list_row

# The few of a person first, by the indexes on the person; only those are read whole.
MINE = """
WITH mine AS MATERIALIZED (
  SELECT id FROM incident WHERE is_open AND person_id = :person
  UNION SELECT incident_id FROM hand WHERE until IS NULL AND person_id = :person
)
"""
# Whose turn it is, and whether it was taken up; of several hands the lead one.
TASK = """
SELECT DISTINCT ON (incident_id) incident_id, task, accepted_at, person_id = :person AS mine
FROM hand WHERE until IS NULL AND incident_id = ANY(:ids)
ORDER BY incident_id, person_id = :person DESC, is_lead DESC, id
"""


def my_cases(
    connection: Connection, person_id: int, *, limit: int, cursor: str | None = None
) -> tuple[list[dict[str, Any]], str | None]:
    """One page of the open cases that a person has in hand or answers for, what is due first on
    top, and the cursor of the page after it.

    Each with its `version`, and `task`: what is to be done now, whether it is the person's own
    (`mine`) and has been `accepted`. Raises InputError `cursor-invalid`.
    """
    due = LISTED["due"]
    values: dict[str, Any] = {"person": person_id, "limit": limit + 1}
    where = "WHERE i.is_open AND i.id IN (SELECT id FROM mine)"
    if cursor is not None:
        where += f" AND {due.after}"
        values |= read_cursor(cursor)
    query = f"{MINE} {ROW} {where} {due.by} LIMIT :limit"
    found = connection.execute(text(query), values).mappings().all()
    wanted = {"person": person_id, "ids": [item["id"] for item in found[:limit]]}
    tasks = {
        row.incident_id: {
            "name": row.task,
            "mine": bool(row.mine),
            "accepted": row.accepted_at is not None,
        }
        for row in connection.execute(text(TASK), wanted)
    }
    rows = [
        {**list_row(item), "version": item["version"], "task": tasks.get(item["id"])}
        for item in found[:limit]
    ]
    if len(found) <= limit:
        return rows, None
    last = found[limit - 1]
    return rows, write_cursor(last["due_at"], last["id"])
