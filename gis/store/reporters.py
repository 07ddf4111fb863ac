"""Who reported: read in one place only, so that it is told only as masks or into the audit."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, text

from gis.errors import NotFoundError
from gis.incidents.reporter import masked_name, masked_phone

# Those who have to ask back. All others are told nothing of who reported.
ASK_BACK = frozenset({"dispatcher", "grid_worker"})
OF = {
    "incident": "SELECT reporter_name AS name, reporter_phone AS phone FROM incident"
    " WHERE id = :id",
    "unlocated": "SELECT reporter_name AS name, reporter_phone AS phone FROM unlocated_report"
    " WHERE id = :id",
}
OF_SUPPLEMENTS = """
SELECT id, reporter_name AS name, reporter_phone AS phone FROM supplement
WHERE incident_id = :id AND num_nonnulls(reporter_name, reporter_phone) > 0 ORDER BY id
"""
MISSING = {"incident": "incident-not-found", "unlocated": "unlocated-not-found"}


def masked(row: Any, roles: Collection[str], *, prefix: str = "") -> dict[str, str | None]:
    """Name and number of a row under masks, for those who may ask for more; for others nothing."""
    name, phone = row[f"{prefix}name"], row[f"{prefix}phone"]
    if ASK_BACK.isdisjoint(roles):
        name = phone = None
    return {
        f"{prefix}name": name and masked_name(name),
        f"{prefix}phone": phone and masked_phone(phone),
    }


def reporter(connection: Connection, of: str, row_id: int) -> dict[str, Any]:
    """Who reported an `incident`, or an `unlocated` report, as it was told.

    Raises NotFoundError `incident-not-found`, `unlocated-not-found`.
    """
    found = connection.execute(text(OF[of]), {"id": row_id}).mappings().one_or_none()
    if found is None:
        raise NotFoundError(MISSING[of], id=row_id)
    return dict(found)


def further_reporters(connection: Connection, incident_id: int) -> list[dict[str, Any]]:
    """Who reported a case again, by the id of the further report."""
    rows = connection.execute(text(OF_SUPPLEMENTS), {"id": incident_id}).mappings()
    return [dict(row) for row in rows]
