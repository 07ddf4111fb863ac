"""Cases that a step has sent to somebody stay with them when a plan or people change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, text

from gis.store import seats
from gis.store.absences import presence
from gis.store.hand_over import OpenIncident
from gis.workflows.ownership import Owner

SENT = """
SELECT h.incident_id, h.organisation_id, o.kind = 'department' AS department, h.person_id,
       (SELECT now_held.id FROM post AS held JOIN grid AS was ON was.id = held.grid_id
        JOIN grid AS is_now ON is_now.code = was.code AND is_now.plan_id = :plan
        JOIN post AS now_held ON now_held.grid_id = is_now.id
          AND now_held.person_id = held.person_id AND now_held.role = held.role
          AND now_held.held @> cast(:at AS timestamptz)
        WHERE held.id = h.post_id ORDER BY now_held.seat LIMIT 1) AS post_id, h.level
FROM hand AS h LEFT JOIN organisation AS o ON o.id = h.organisation_id
WHERE h.incident_id = ANY(:ids) AND h.is_lead AND h.until IS NULL AND h.sent
"""


def keep_sent(
    connection: Connection,
    jurisdiction_id: int,
    plan_id: int,
    cases: Sequence[OpenIncident],
    owners: Sequence[Owner],
    at: datetime,
) -> list[Owner]:
    """Owners of cases, those that a step sent elsewhere answered for by whoever was sent them.

    An organisation keeps its cases, whoever speaks for it then; a person's stay while the post
    lasts. The grid is everybody's new one.
    """
    ids = {case.incident_id: place for place, case in enumerate(cases)}
    values = {"ids": list(ids), "plan": plan_id, "at": at}
    found = connection.execute(text(SENT), values).all()
    kept = list(owners)
    if not found:
        return kept
    there = presence(connection, jurisdiction_id, at, at)
    for row in found:
        place = ids[row.incident_id]
        if row.organisation_id is None:
            if row.post_id is not None:
                kept[place] = replace(
                    kept[place], post_id=row.post_id, person_id=row.person_id,
                    responsible_level=row.level, contact_id=None,
                )  # fmt: skip
            continue
        contact = seats.contact(connection, row.organisation_id)
        acting = None if contact is None else there.acting(contact[1], at)
        kept[place] = replace(
            kept[place],
            post_id=None,
            responsible_level=None,
            person_id=acting if contact or row.department else cases[place].person_id,
            contact_id=contact[0] if contact and acting and row.department else None,
            department_id=row.organisation_id if row.department else kept[place].department_id,
        )
    return kept
