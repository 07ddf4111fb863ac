"""Leave with substitutes, and duty rosters: read for the owner rule, listed, recorded, ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from gis.errors import ConflictError, NotFoundError
from gis.routing.presence import Absence, Duty, Presence

# Whoever is away counts in every jurisdiction: a substitute may come from another.
PRESENCE = """
SELECT NULL AS grid_code, person_id, substitute_id, lower(held) AS since, upper(held) AS until
FROM absence
WHERE held && tstzrange(cast(:since AS timestamptz), cast(:until AS timestamptz), '[]')
UNION ALL
SELECT grid_code, person_id, NULL, lower(held), upper(held) FROM duty
WHERE jurisdiction_id = :id
  AND held && tstzrange(cast(:since AS timestamptz), cast(:until AS timestamptz), '[]')
"""

# Whoever holds or held a post in it, looks after its queue, or belongs to one of its organisations.
STAFF = """
WITH RECURSIVE below AS (
  SELECT cast(:id AS bigint) AS id
  UNION SELECT o.id FROM organisation AS o JOIN below ON o.parent_id = below.id
), staff AS (
  SELECT post.person_id FROM post JOIN grid ON grid.id = post.grid_id
    JOIN plan ON plan.id = grid.plan_id WHERE plan.jurisdiction_id = :id
  UNION SELECT person_id FROM queue WHERE jurisdiction_id = :id
  UNION SELECT person.id FROM person JOIN below ON below.id = person.organisation_id
)
"""

ABSENCES = f"""{STAFF}
SELECT a.id, a.person_id, p.name AS person_name, a.substitute_id, s.name AS substitute_name,
       lower(a.held) AS since, upper(a.held) AS until, a.reason, a.recorded_by, a.recorded_at
FROM absence AS a JOIN staff ON staff.person_id = a.person_id
JOIN person AS p ON p.id = a.person_id LEFT JOIN person AS s ON s.id = a.substitute_id
WHERE a.held && tstzrange(cast(:since AS timestamptz), NULL) AND a.id > :after
ORDER BY a.id LIMIT :limit
"""

DUTIES = """
SELECT d.id, d.grid_code, d.person_id, p.name AS person_name, lower(d.held) AS since,
       upper(d.held) AS until, d.reason, d.recorded_by, d.recorded_at
FROM duty AS d JOIN person AS p ON p.id = d.person_id
WHERE d.jurisdiction_id = :id AND d.held && tstzrange(cast(:since AS timestamptz), NULL)
  AND d.id > :after
ORDER BY d.id LIMIT :limit
"""


def presence(
    connection: Connection, jurisdiction_id: int, since: datetime, until: datetime
) -> Presence:
    """Who is away and who on duty at any moment from `since` to `until`, both included."""
    values = {"id": jurisdiction_id, "since": since, "until": until}
    absences, duties = [], []
    for row in connection.execute(text(PRESENCE), values):
        if row.grid_code is None:
            absences.append(
                Absence(
                    person_id=row.person_id, substitute_id=row.substitute_id,
                    since=row.since, until=row.until,
                )
            )  # fmt: skip
        else:
            duties.append(
                Duty(
                    grid_code=row.grid_code, person_id=row.person_id,
                    since=row.since, until=row.until,
                )
            )  # fmt: skip
    return Presence(absences, duties)


def require_staff(connection: Connection, jurisdiction_id: int, *people: int | None) -> None:
    """Let pass people of a jurisdiction. Raises NotFoundError `person-not-found`."""
    wanted = [person for person in people if person is not None]
    query = f"{STAFF} SELECT person_id FROM staff WHERE person_id = ANY(:people)"
    found = set(
        connection.scalars(text(query), {"id": jurisdiction_id, "people": wanted})
    )  # fmt: skip
    for person in wanted:
        if person not in found:
            raise NotFoundError("person-not-found", id=person)


def add_absence(connection: Connection, **values: Any) -> int:
    """Record leave: `person_id`, `substitute_id`, `since`, `until`, `reason`.

    Raises ConflictError `absence-twice` where the person is away already in that time.
    """
    query = """INSERT INTO absence (person_id, substitute_id, planned, reason)
      VALUES (:person_id, :substitute_id, tstzrange(:since, :until), :reason)
      ON CONFLICT DO NOTHING RETURNING id"""
    made = connection.scalar(text(query), values)
    if made is None:
        named = text("SELECT name FROM person WHERE id = :id")
        name = connection.scalar(named, {"id": values["person_id"]})
        raise ConflictError("absence-twice", name=name)
    return int(made)


def add_duty(connection: Connection, **values: Any) -> int:
    """Record a shift: `jurisdiction_id`, `grid_code`, `person_id`, `since`, `until`, `reason`.

    Raises ConflictError `duty-twice` where somebody is on duty for the grid already in that time.
    """
    try:
        return int(
            connection.execute(
                text(
                    "INSERT INTO duty (jurisdiction_id, grid_code, person_id, planned, reason)"
                    " VALUES (:jurisdiction_id, :grid_code, :person_id,"
                    " tstzrange(:since, :until), :reason) RETURNING id"
                ),
                values,
            ).scalar_one()
        )
    except IntegrityError as taken:
        raise ConflictError("duty-twice", grid=values["grid_code"]) from taken


def end_absence(connection: Connection, jurisdiction_id: int, absence_id: int) -> None:
    """End leave now; leave that has not begun never counts. Only for people of a jurisdiction.

    Raises NotFoundError `absence-not-found`, also where it has ended before.
    """
    query = f"""{STAFF} UPDATE absence SET ended_at = now()
      WHERE id = :row AND ended_at IS NULL AND (upper_inf(planned) OR upper(planned) > now())
        AND person_id IN (SELECT person_id FROM staff)"""
    done = connection.execute(text(query), {"id": jurisdiction_id, "row": absence_id})
    if done.rowcount == 0:
        raise NotFoundError("absence-not-found", id=absence_id)


def end_duty(connection: Connection, jurisdiction_id: int, duty_id: int) -> None:
    """End a shift now, as `end_absence` does. Raises NotFoundError `duty-not-found`."""
    query = """UPDATE duty SET ended_at = now() WHERE id = :row AND jurisdiction_id = :id
      AND ended_at IS NULL AND (upper_inf(planned) OR upper(planned) > now())"""
    done = connection.execute(text(query), {"id": jurisdiction_id, "row": duty_id})
    if done.rowcount == 0:
        raise NotFoundError("duty-not-found", id=duty_id)


def absences(
    connection: Connection, jurisdiction_id: int, since: datetime, *, limit: int, after: int = 0
) -> list[dict[str, Any]]:
    """Leave of a jurisdiction's people that lasts at `since` or begins later, by id."""
    return _listed(connection, ABSENCES, jurisdiction_id, since, limit, after)


def duties(
    connection: Connection, jurisdiction_id: int, since: datetime, *, limit: int, after: int = 0
) -> list[dict[str, Any]]:
    """A jurisdiction's shifts that last at `since` or begin later, by id."""
    return _listed(connection, DUTIES, jurisdiction_id, since, limit, after)


def _listed(
    connection: Connection, query: str, of: int, since: datetime, limit: int, after: int
) -> list[dict[str, Any]]:
    values = {"id": of, "since": since, "limit": limit, "after": after}
    rows = []
    for found in connection.execute(text(query), values).mappings():
        row = dict(found)
        row["person"] = {"id": row.pop("person_id"), "name": row.pop("person_name")}
        if "substitute_id" in row:
            other = {"id": row.pop("substitute_id"), "name": row.pop("substitute_name")}
            row["substitute"] = other if other["id"] is not None else None
        rows.append(row)
    return rows
