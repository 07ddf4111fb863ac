"""Name and number of who reported, told to those who must ask back, and written down each time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine

from gis.store import audit, reporters
from gis.store.engine import acting


def reveal_incident(engine: Engine, incident_id: int, *, reason: str, actor: str) -> dict[str, Any]:
    """Who reported a case, and who reported it again. The audit trail says who asked, and why.

    Raises NotFoundError `incident-not-found`.
    """
    with acting(engine, actor, reason=reason) as connection:
        found = reporters.reporter(connection, "incident", incident_id)
        further = reporters.further_reporters(connection, incident_id)
        audit.record(
            connection, "reporter-reveal", f"incident {incident_id}",
            {"reason": reason, "supplements": [one["id"] for one in further]},
        )  # fmt: skip
    return {**found, "supplements": further}


def reveal_unlocated(engine: Engine, report_id: int, *, reason: str, actor: str) -> dict[str, Any]:
    """Who sent a report that waits for a place, as `reveal_incident`.

    Raises NotFoundError `unlocated-not-found`.
    """
    with acting(engine, actor, reason=reason) as connection:
        found = reporters.reporter(connection, "unlocated", report_id)
        audit.record(
            connection, "reporter-reveal", f"unlocated-report {report_id}", {"reason": reason}
        )
    return {**found, "supplements": []}
