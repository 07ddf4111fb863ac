"""When the time of a supervision is over and the case is open, whoever has it and the desk above it
are told: once, by any worker, in one transaction with the note that they were."""

from __future__ import annotations

from sqlalchemy import Engine, text

from gis.store.engine import acting
from gis.workflows.due import ACTOR
from gis.workflows.step_notices import tell_of_clocks

AT_ONCE = 100
OVER = """
INSERT INTO supervision_told (incident_id, until)
SELECT i.id, i.supervised_until FROM incident AS i
WHERE i.supervised_until <= clock_timestamp() AND i.is_open
  AND NOT EXISTS (SELECT FROM supervision_told AS t
                  WHERE t.incident_id = i.id AND t.until = i.supervised_until)
ORDER BY i.supervised_until LIMIT :limit
ON CONFLICT DO NOTHING RETURNING incident_id
"""


def tell_supervisions(engine: Engine, *, limit: int = AT_ONCE) -> int:
    """Tell of supervised cases that were not closed in time, as many as `limit`; gives how many."""
    with acting(engine, ACTOR, action="supervise") as connection:
        over = list(connection.scalars(text(OVER), {"limit": limit}))
        tell_of_clocks(connection, {"supervision_over": over})
    return len(over)
