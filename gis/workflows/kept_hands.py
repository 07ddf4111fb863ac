"""Cases that a step has sent to somebody stay with them when a plan or people change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, text

from gis.incidents.lifecycle import code_at_level
from gis.routing.owner import Ownership, Roster
from gis.routing.presence import Presence, utc
from gis.store import responsibility, seats
from gis.store.absences import presence
from gis.workflows.ownership import Owner

SENT = """
SELECT h.incident_id, h.organisation_id, o.code, o.kind = 'department' AS department, h.person_id,
       h.post_id, h.level
FROM hand AS h LEFT JOIN organisation AS o ON o.id = h.organisation_id
WHERE h.incident_id = ANY(:ids) AND h.is_lead AND h.until IS NULL AND h.sent
"""
# Of the codes of the grids at a level and above it.
LENGTHS = {2: (12, 9), 1: (9,)}


def keep_sent(
    connection: Connection,
    jurisdiction_id: int,
    plan_id: int,
    incident_ids: Sequence[int],
    owners: Sequence[Owner],
    at: datetime,
    *,
    posts: bool = True,
) -> list[Owner]:
    """Owners of cases, those that a step sent elsewhere answered for by whoever was sent them.

    A department keeps its cases, and an office those that lie below it, whoever speaks for it then;
    a post those that went to it (unless `posts` is False), whoever holds it then. Where a post is
    no more or nobody is there, the owner answers; above the basic grids, and where another office
    is over the place now, whoever does at that level or the next, or else the office there. The
    grid is everybody's new one.
    """
    ids = {incident_id: place for place, incident_id in enumerate(incident_ids)}
    found = connection.execute(text(SENT), {"ids": list(ids)}).all()
    kept = list(owners)
    if not found:
        return kept
    jurisdiction = seats.organisation(connection, jurisdiction_id)
    there = presence(connection, jurisdiction_id, at, at)
    former = [row.post_id for row in found if row.post_id is not None]
    left: dict[tuple[str, int], list[int]] = defaultdict(list)
    strayed: dict[tuple[str, int], list[int]] = defaultdict(list)
    held = seats.held_now(connection, plan_id, former, at) if posts else {}
    for row in found:
        place = ids[row.incident_id]
        if row.organisation_id is None:
            seat = held.get(row.post_id)
            acting = None if seat is None else there.acting(seat.person_id, at)
            if seat is not None and acting is not None:
                kept[place] = replace(
                    kept[place], post_id=seat.post_id, person_id=acting,
                    responsible_level=row.level, contact_id=None,
                )  # fmt: skip
            elif posts and row.level < 3 and kept[place].grid_code is not None:
                left[kept[place].grid_code or "", row.level].append(place)
            continue
        lies_in = kept[place].grid_code or jurisdiction.code
        if not row.department and not lies_in.startswith(row.code):
            strayed[lies_in, row.level].append(place)
            continue
        contact = seats.contact(connection, row.organisation_id)
        acting = None if contact is None else there.acting(contact[1], at)
        kept[place] = replace(
            kept[place],
            post_id=None,
            responsible_level=None,
            person_id=acting if contact or row.department else row.person_id,
            contact_id=contact[0] if contact and acting and row.department else None,
            department_id=row.organisation_id if row.department else kept[place].department_id,
        )
    asked = sorted({*left, *(key for key in strayed if key[1] in LENGTHS and len(key[0]) == 15)})
    ups = from_level_up(connection, jurisdiction_id, plan_id, asked, at)
    for key, up in ups.items():
        for place in [*left.get(key, ()), *strayed.get(key, ())]:
            kept[place] = replace(
                kept[place], post_id=up.responsible_post_id, person_id=up.responsible_person_id,
                role=up.role, responsible_level=up.level, contact_id=None,
            )  # fmt: skip
    for key in sorted(strayed.keys() - ups.keys()):
        person_id = speaks_over(connection, *key, there, at)
        for place in strayed[key]:
            kept[place] = replace(
                kept[place], post_id=None, responsible_level=None, person_id=person_id,
                contact_id=None,
            )  # fmt: skip
    return kept


def speaks_over(
    connection: Connection, code: str, level: int, there: Presence, at: datetime
) -> int | None:
    """Who speaks for the office over a place at a level, or for the nearest one above it."""
    office = seats.minding(connection, code_at_level(code, level))
    contact = None if office is None else seats.contact(connection, office.organisation_id)
    return None if contact is None else there.acting(contact[1], at)


def from_level_up(
    connection: Connection,
    jurisdiction_id: int,
    plan_id: int,
    asked: Sequence[tuple[str, int]],
    at: datetime,
) -> dict[tuple[str, int], Ownership]:
    """Who answers for grids, given by code, at a level (2 or 1) or above it; those for which there
    is somebody."""
    if not asked:
        return {}
    chains = [[code[:length] for length in LENGTHS[level]] for code, level in asked]
    roster = Roster(
        chains,
        responsibility.posts_of_grids(
            connection, plan_id, sorted({code for chain in chains for code in chain}), at, at
        ),
        responsibility.queue_of(connection, jurisdiction_id),
        presence(connection, jurisdiction_id, at, at),
    )
    found = {key: roster.owner(place, utc(at)) for place, key in enumerate(asked)}
    return {key: one for key, one in found.items() if one.responsible_post_id is not None}
