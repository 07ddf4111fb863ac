"""A case as its reporter may know it: stages and dates, what was done, and nothing of people."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

CASE = """
SELECT i.id, i.serial, i.category_code, c.name_zh, c.name_en, coalesce(m.stage, i.stage) AS stage,
       i.is_open OR m.stage IS NOT NULL AS is_open, m.stage IS NOT NULL AS waits, i.due_at,
       i.reported_at, i.satisfaction, coalesce(i.description, i.title) AS told
FROM incident AS i JOIN category AS c ON c.code = i.category_code
-- One that was merged stands as the one that it went into does, while that is open.
LEFT JOIN LATERAL (
  SELECT CASE WHEN i.merged_into IS NOT NULL THEN main_stage(i.id) END AS stage
) AS m ON true
WHERE i.id = :id
"""
STEPS = """
SELECT at, action, from_stage, to_stage, reason, data, actor FROM incident_event
WHERE incident_id = :id ORDER BY at, id
"""
SUPPLEMENT = "SELECT text AS told, reported_at FROM supplement WHERE id = :id"
# What the reporter sent: the photos of the first report, or of the further one.
PHOTOS = """
SELECT id, width, height, bytes, taken_at, uploaded_at, stage, supplement_id FROM photo
WHERE incident_id = :id AND supplement_id IS NOT DISTINCT FROM cast(:supplement AS bigint)
  AND uploaded_by = :by ORDER BY id
"""


def case(connection: Connection, incident_id: int) -> dict[str, Any]:
    """The row of a case that is there."""
    return dict(connection.execute(text(CASE), {"id": incident_id}).mappings().one())


def steps(connection: Connection, incident_id: int) -> list[dict[str, Any]]:
    """Everything that happened to a case, the oldest first."""
    return [dict(row) for row in connection.execute(text(STEPS), {"id": incident_id}).mappings()]


def times_reopened(connection: Connection, incident_id: int, *, by: str) -> int:
    """How often somebody had a case taken up again."""
    query = (
        "SELECT count(*) FROM incident_event"
        " WHERE incident_id = :id AND action = 'reopen' AND actor = :by"
    )
    return int(connection.execute(text(query), {"id": incident_id, "by": by}).scalar_one())


def supplement(connection: Connection, supplement_id: int) -> dict[str, Any]:
    """What a further report told, and when."""
    return dict(connection.execute(text(SUPPLEMENT), {"id": supplement_id}).mappings().one())


def photos(
    connection: Connection, incident_id: int, supplement_id: int | None, *, by: str
) -> list[dict[str, Any]]:
    """The photos that the reporter sent."""
    values = {"id": incident_id, "supplement": supplement_id, "by": by}
    return [dict(row) for row in connection.execute(text(PHOTOS), values).mappings()]
