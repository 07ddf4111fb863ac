"""Leaders attached to units below them (分包、联系、蹲点): the chain of a unit, and its changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg.errors import ExclusionViolation
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from gis.errors import ConflictError, NotFoundError
from gis.store.names import names

ROWS = """
SELECT a.id, a.person_id, p.name AS person_name, p.phone, a.kind, a.target_code, a.place,
       o.id AS organisation_id, o.code AS organisation_code, o.kind AS organisation_kind,
       o.name_zh AS organisation_zh, o.name_en AS organisation_en,
       t.name_zh AS target_zh, t.name_en AS target_en,
       lower(a.planned) AS since, upper(a.held) AS until, isempty(a.held) AS called_off,
       a.reason, a.recorded_by, a.recorded_at, a.ended_by, a.ended_reason
FROM attachment AS a JOIN person AS p ON p.id = a.person_id
JOIN organisation AS o ON o.id = a.organisation_id
LEFT JOIN LATERAL (
  SELECT name_zh, name_en FROM organisation WHERE code = a.target_code
  UNION ALL
  SELECT g.name_zh, g.name_en FROM grid AS g JOIN plan ON plan.id = g.plan_id
  WHERE g.code = a.target_code AND plan.status = 'published'
  LIMIT 1
) AS t ON true
"""
LASTS = """ AND (a.held @> cast(:at AS timestamptz) OR lower(a.held) > :at)"""
# From the city's leader of the district down to whoever is attached to the place itself.
ORDER = """ ORDER BY length(a.target_code), a.kind = 'in_charge' DESC, length(o.code), a.place,
  lower(a.planned), a.id"""


def chain(connection: Connection, code: str, at: datetime) -> list[dict[str, Any]]:
    """Who is attached to a unit (code of an organisation or grid) and to all units above it.

    The highest unit first; those that begin later follow with their dates.
    """
    above = [code[:length] for length in (6, 9, 12, 15) if length <= len(code)]
    query = ROWS + " WHERE a.target_code = ANY(:codes)" + LASTS + ORDER
    return _rows(connection, query, codes=above, at=at)


def of_organisation(
    connection: Connection, organisation_id: int, at: datetime
) -> list[dict[str, Any]]:
    """The units that an organisation's own leaders are attached to."""
    query = ROWS + " WHERE a.organisation_id = :id" + LASTS + ORDER
    return _rows(connection, query, id=organisation_id, at=at)


def of_person(connection: Connection, person_id: int) -> list[dict[str, Any]]:
    """All units that a person is, was or will be attached to, by beginning."""
    query = ROWS + " WHERE a.person_id = :id ORDER BY lower(a.planned), a.id"
    return _rows(connection, query, id=person_id)


def history(connection: Connection, code: str) -> list[dict[str, Any]]:
    """All that were ever attached to a unit, by beginning."""
    query = ROWS + " WHERE a.target_code = :code ORDER BY lower(a.planned), a.id"
    return _rows(connection, query, code=code)


def attachment(connection: Connection, attachment_id: int) -> dict[str, Any]:
    """One that lasts or is to come, kept until the transaction ends.

    Raises NotFoundError `attachment-not-found`, also where it has ended.
    """
    row = connection.execute(
        text(
            "SELECT id, person_id, organisation_id, kind, target_code, place,"
            " lower(held) AS since, upper(held) AS until FROM attachment WHERE id = :id"
            " AND NOT isempty(held) AND coalesce(upper(held) > now(), true) FOR NO KEY UPDATE"
        ),
        {"id": attachment_id},
    )
    found = row.mappings().first()
    if found is None:
        raise NotFoundError("attachment-not-found", id=attachment_id)
    return dict(found)


def is_unit(connection: Connection, code: str) -> bool:
    """Whether a code is that of a platform organisation that is not closed, or of a grid of a plan
    in force."""
    query = """SELECT EXISTS (SELECT FROM organisation WHERE code = :code AND is_platform
          AND (closed_at IS NULL OR closed_at > now()))
      OR EXISTS (SELECT FROM grid JOIN plan ON plan.id = grid.plan_id
          WHERE grid.code = :code AND plan.status = 'published')"""
    return bool(connection.scalar(text(query), {"code": code}))


def add(connection: Connection, *, since: datetime, until: datetime | None, **values: Any) -> int:
    """Attach a person: `person_id`, `organisation_id`, `kind`, `target_code`, `place`, `reason`.

    Raises ConflictError `attachment-taken` where somebody else of the organisation is in charge of
    it then, `attachment-twice` where the person is attached to it already.
    """
    query = """INSERT INTO attachment
        (person_id, organisation_id, kind, target_code, place, planned, reason)
      VALUES (:person_id, :organisation_id, :kind, :target_code, :place,
        tstzrange(cast(:since AS timestamptz), cast(:until AS timestamptz)), :reason)
      RETURNING id"""
    given = {**values, "since": since, "until": until}
    try:
        with connection.begin_nested():
            return int(connection.execute(text(query), given).scalar_one())
    except IntegrityError as refused:
        if not isinstance(refused.orig, ExclusionViolation):
            raise
        taken = "ex_attachment_in_charge" in str(refused.orig)
        code = "attachment-taken" if taken else "attachment-twice"
        holder = connection.scalar(
            text(
                "SELECT p.name FROM attachment AS a JOIN person AS p ON p.id = a.person_id"
                " WHERE a.organisation_id = :organisation_id AND a.target_code = :target_code"
                " AND a.place = :place AND a.kind = 'in_charge' AND a.held &&"
                " tstzrange(cast(:since AS timestamptz), cast(:until AS timestamptz)) LIMIT 1"
            ),
            given,
        )
        raise ConflictError(
            code, target=values["target_code"], name=holder or "-", field="person_id"
        ) from refused


def end(connection: Connection, attachment_id: int, at: datetime) -> None:
    """Let one end at a moment; if it begins later it is called off."""
    connection.execute(
        text("UPDATE attachment SET ended_at = :at WHERE id = :id"),
        {"id": attachment_id, "at": at},
    )


def _rows(connection: Connection, query: str, **values: Any) -> list[dict[str, Any]]:
    rows = []
    for found in connection.execute(text(query), values).mappings():
        row = dict(found)
        person = {"id": row.pop("person_id"), "name": row.pop("person_name"),
                  "phone": row.pop("phone")}  # fmt: skip
        organisation = {key: row.pop(f"organisation_{key}") for key in ("id", "code", "kind")}
        name = names(row.pop("organisation_zh"), row.pop("organisation_en"))
        target = names(row.pop("target_zh"), row.pop("target_en"))
        code = row.pop("target_code")
        rows.append(
            {
                **row,
                "person": person,
                "organisation": {**organisation, "name": name},
                "target": {"code": code, "name": target if target["zh"] else names(code, code)},
            }
        )
    return rows
