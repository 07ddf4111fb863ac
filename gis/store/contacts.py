"""Organisations of a jurisdiction, and who answers for each where a rule gives it a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from gis.errors import InputError
from gis.store import dated
from gis.store.absences import require_staff
from gis.store.names import pop_names

# A jurisdiction's own, all below it, and the departments of those above it.
ORGANISATIONS = """
WITH RECURSIVE below AS (
  SELECT id FROM organisation WHERE id = :id
  UNION SELECT o.id FROM organisation AS o JOIN below ON o.parent_id = below.id
), above AS (
  SELECT id, parent_id FROM organisation WHERE id = :id
  UNION SELECT o.id, o.parent_id FROM organisation AS o JOIN above ON above.parent_id = o.id
)
SELECT o.id, o.code, o.kind, o.name_zh, o.name_en, o.parent_id,
       c.id AS contact_id, lower(c.held) AS since, upper(c.held) AS until,
       p.id AS person_id, p.name AS person_name, p.phone
FROM organisation AS o
LEFT JOIN contact AS c ON c.organisation_id = o.id AND c.held @> clock_timestamp()
LEFT JOIN person AS p ON p.id = c.person_id
WHERE o.id IN (SELECT id FROM below)
   OR o.kind = 'department' AND o.parent_id IN (SELECT id FROM above)
ORDER BY o.code
"""
HELD = """
SELECT id, organisation_id, person_id, lower(held) AS since, upper(held) AS until
FROM contact WHERE NOT isempty(held) ORDER BY id
"""
PRESENT = """
SELECT c.id, p.name, p.phone FROM contact AS c JOIN person AS p ON p.id = c.person_id
WHERE c.organisation_id = :id AND c.held @> clock_timestamp()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person answers for an organisation from `since` up to, not including, `until`."""

    contact_id: int
    organisation_id: int
    person_id: int
    since: datetime
    until: datetime | None


def contacts_of(connection: Connection) -> dict[int, list[Contact]]:
    """All contacts, of any moment, by organisation."""
    found: dict[int, list[Contact]] = {}
    for row in connection.execute(text(HELD)):
        contact = Contact(
            contact_id=row.id, organisation_id=row.organisation_id, person_id=row.person_id,
            since=row.since, until=row.until,
        )  # fmt: skip
        found.setdefault(row.organisation_id, []).append(contact)
    return found


def organisations(connection: Connection, jurisdiction_id: int) -> list[dict[str, Any]]:
    """The organisations that a jurisdiction's rules may name, by code, with their contacts."""
    rows = []
    for found in connection.execute(text(ORGANISATIONS), {"id": jurisdiction_id}).mappings():
        row = dict(found)
        contact = {name: row.pop(name) for name in ("contact_id", "since", "until")}
        person = {
            "id": row.pop("person_id"), "name": row.pop("person_name"), "phone": row.pop("phone"),
        }  # fmt: skip
        row["name"] = pop_names(row)
        row["contact"] = contact["contact_id"] and {
            "id": contact["contact_id"], "since": contact["since"], "until": contact["until"],
            "person": person,
        }  # fmt: skip
        rows.append(row)
    return rows


def require_organisation(
    connection: Connection, jurisdiction_id: int, organisation_id: int
) -> dict[str, Any]:
    """One that a jurisdiction's rules may name. Raises InputError `organisation-unknown`."""
    for one in organisations(connection, jurisdiction_id):
        if one["id"] == organisation_id:
            return one
    raise InputError("organisation-unknown", id=organisation_id, field="organisation_id")


def present_contact(connection: Connection, organisation_id: int) -> Any:
    """The contact that an organisation has now: id, name, phone; None without one."""
    return connection.execute(text(PRESENT), {"id": organisation_id}).first()


def add_person(connection: Connection, organisation_id: int, name: str, phone: str | None) -> int:
    """Store a person of an organisation; gives the id."""
    return int(
        connection.execute(
            text(
                "INSERT INTO person (name, phone, organisation_id, synthetic)"
                " SELECT :name, :phone, id, synthetic FROM organisation WHERE id = :id RETURNING id"
            ),
            {"name": name, "phone": phone, "id": organisation_id},
        ).scalar_one()
    )


def require_person(
    connection: Connection, jurisdiction_id: int, organisation_id: int, person_id: int
) -> None:
    """Let pass a person of the organisation, or of the jurisdiction.

    Raises NotFoundError `person-not-found`.
    """
    query = "SELECT id FROM person WHERE id = :id AND organisation_id = :of"
    if connection.scalar(text(query), {"id": person_id, "of": organisation_id}) is None:
        require_staff(connection, jurisdiction_id, person_id)


def contact_people(
    connection: Connection, organisation_ids: list[int], at: datetime | None = None
) -> dict[int, dict[str, Any]]:
    """Who answers for organisations at a moment (now): id, name, phone, by organisation."""
    rows = connection.execute(
        text(
            "SELECT c.organisation_id, p.id, p.name, p.phone FROM contact AS c"
            " JOIN person AS p ON p.id = c.person_id WHERE c.organisation_id = ANY(:ids)"
            " AND c.held @> coalesce(cast(:at AS timestamptz), clock_timestamp())"
        ),
        {"ids": organisation_ids, "at": at},
    )
    return {
        row.organisation_id: {"id": row.id, "name": row.name, "phone": row.phone} for row in rows
    }


def add_contact(
    connection: Connection,
    *,
    organisation_id: int,
    person_id: int | None,
    since: datetime | None,
    until: datetime | None,
    reason: str | None,
) -> int:
    """Insert a contact. Raises ConflictError `contact-twice` where there is one in that time."""
    values = {"organisation_id": organisation_id, "person_id": person_id, "reason": reason}
    named = text("SELECT code FROM organisation WHERE id = :id")
    code = connection.scalar(named, {"id": organisation_id})
    return dated.add(
        connection, "contact", values, since=since, until=until, twice="contact-twice", code=code
    )


def end_contact(connection: Connection, contact_id: int, organisation_ids: list[int]) -> None:
    """End the contact of one of these organisations. Raises NotFoundError `contact-not-found`."""
    where = "organisation_id = ANY(:organisations)"
    done = dated.end(connection, "contact", contact_id, where, organisations=organisation_ids)
    dated.ended_or_refused(done, "contact-not-found", contact_id)
