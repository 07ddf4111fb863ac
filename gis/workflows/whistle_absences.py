"""Who has not come when the time of a whistle is up is counted as absent: once, by any worker.

Whoever comes first locks the whistle, and writes who is absent and that it was counted in one
transaction: a worker that dies has counted all of it or nothing.
"""

from __future__ import annotations

from sqlalchemy import Engine, text

from gis.store import hands, whistles
from gis.store.engine import acting
from gis.workflows.due import ACTOR
from gis.workflows.whistle_notices import tell_absent

AT_ONCE = 100
DUE = """
SELECT id FROM whistle WHERE counted_at IS NULL AND ended_at IS NULL
  AND due_at <= clock_timestamp() ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
"""
COUNTED = "UPDATE whistle SET counted_at = :at WHERE id = :id"
NEXT = """
SELECT extract(epoch FROM min(due_at) - clock_timestamp()) FROM whistle
WHERE counted_at IS NULL AND ended_at IS NULL
"""


def count_absences(engine: Engine, *, limit: int = AT_ONCE) -> int:
    """Count who is absent from whistles whose time is up, as many as `limit`; gives how many."""
    with acting(engine, ACTOR, action="whistle") as connection:
        due = list(connection.scalars(text(DUE), {"limit": limit}))
        for whistle_id in due:
            now = hands.moment(connection)
            absent = whistles.count_absent(connection, whistle_id, at=now)
            tell_absent(connection, whistle_id, absent)
            connection.execute(text(COUNTED), {"id": whistle_id, "at": now})
    return len(due)


def seconds_to_next(engine: Engine) -> float | None:
    """How long until the time of a whistle is up, less than 0 if it is; None if there is none."""
    with engine.connect() as connection:
        left = connection.execute(text(NEXT)).scalar_one()
    return None if left is None else float(left)
