"""People through time: found by name, telephone or pinyin, described, and changed by versions."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from psycopg.errors import ExclusionViolation
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from gis.errors import ConflictError, InputError, NotFoundError
from gis.store.absences import STAFF
from gis.store.names import names, pop_names
from gis.store.organisations import tell_since

# What is typed in Latin letters is looked for where a reading of a name begins.
FOUND = """(:words = '' OR strpos(lower(p.name), lower(:words)) > 0
  OR :digits <> '' AND strpos(regexp_replace(p.phone, '[^0-9]', '', 'g'), :digits) > 0
  OR :letters <> '' AND strpos(p.pinyin, ' ' || :letters) > 0
  OR p.staff_number = :words)"""

PEOPLE = f"""{STAFF}
SELECT p.id, p.name, p.phone, p.staff_number, p.left_at,
       o.id AS organisation_id, o.code AS organisation_code, o.kind AS organisation_kind,
       o.name_zh AS organisation_zh, o.name_en AS organisation_en,
       coalesce(posts.shown, '[]') AS posts, away.until AS away_until, away.id IS NOT NULL AS away
FROM person AS p JOIN staff ON staff.person_id = p.id
LEFT JOIN organisation AS o ON o.id = p.organisation_id
LEFT JOIN LATERAL (
  SELECT json_agg(json_build_object('id', post.id, 'role', post.role, 'seat', post.seat,
    'level', g.level, 'code', g.code, 'name_zh', g.name_zh, 'name_en', g.name_en)
    ORDER BY g.level, g.code, post.role) AS shown
  FROM post JOIN grid AS g ON g.id = post.grid_id JOIN plan ON plan.id = g.plan_id
  WHERE post.person_id = p.id AND post.held @> now() AND plan.status = 'published'
) AS posts ON true
LEFT JOIN LATERAL (
  SELECT id, upper(held) AS until FROM absence WHERE person_id = p.id AND held @> now() LIMIT 1
) AS away ON true
WHERE {FOUND}
  AND (:left OR p.left_at IS NULL OR p.left_at > now())
  AND (cast(:organisation AS bigint) IS NULL OR p.organisation_id IN (
    WITH RECURSIVE within AS (
      SELECT cast(:organisation AS bigint) AS id
      UNION SELECT o2.id FROM organisation AS o2 JOIN within ON o2.parent_id = within.id
        WHERE :deep)
    SELECT id FROM within))
  AND (p.name, p.id) > (:after_name, :after_id)
ORDER BY p.name, p.id LIMIT :limit
"""

VERSIONS = """
SELECT v.id, v.name, v.phone, v.organisation_id, o.code AS organisation_code,
       o.name_zh, o.name_en, lower(v.planned) AS since, upper(v.held) AS until,
       isempty(v.held) AS called_off, v.reason, v.recorded_by, v.recorded_at, v.ended_by,
       v.ended_reason
FROM person_version AS v LEFT JOIN organisation AS o ON o.id = v.organisation_id
WHERE v.person_id = :id ORDER BY lower(v.planned) DESC NULLS LAST, v.id DESC
"""


def search(
    connection: Connection,
    jurisdiction_id: int,
    *,
    words: str = "",
    organisation_id: int | None = None,
    deep: bool = True,
    left: bool = False,
    limit: int,
    after: str | None = None,
) -> tuple[list[dict[str, Any]], str | None]:
    """One page of a jurisdiction's people by name, and the next one's mark.

    `words`: a part of the name or number, the staff number, or the beginning of the name in pinyin
    or its initials. `organisation_id`: of that one only, with all below it if `deep`. Those who
    have left only with `left`. Raises InputError `cursor-invalid`.
    """
    name, number = _read(after)
    letters = re.sub(r"[\s'’-]", "", words.lower())
    values = {
        "id": jurisdiction_id, "words": words, "left": left, "organisation": organisation_id,
        "deep": deep, "after_name": name, "after_id": number, "limit": limit + 1,
        "digits": re.sub(r"[\s()+-]", "", words) if re.fullmatch(r"[\d\s()+-]+", words) else "",
        "letters": letters.replace("ü", "v") if re.fullmatch(r"[a-zü]+", letters) else "",
    }  # fmt: skip
    found = connection.execute(text(PEOPLE), values).mappings().all()
    page = [_shown(dict(row)) for row in found[:limit]]
    mark = f"{page[-1]['id']} {page[-1]['name']}" if len(found) > limit else None
    return page, mark


def person(
    connection: Connection, jurisdiction_id: int, person_id: int, *, lock: bool = False
) -> dict[str, Any]:
    """One of a jurisdiction's people as they are now. Raises NotFoundError `person-not-found`."""
    query = f"""{STAFF} SELECT p.id, p.name, p.phone, p.staff_number, p.left_at, p.organisation_id
      FROM person AS p WHERE p.id = :person AND p.id IN (SELECT person_id FROM staff)"""
    if lock:
        query += " FOR NO KEY UPDATE"
    row = connection.execute(text(query), {"id": jurisdiction_id, "person": person_id})
    found = row.mappings().first()
    if found is None:
        raise NotFoundError("person-not-found", id=person_id)
    return dict(found)


def versions(connection: Connection, person_id: int) -> list[dict[str, Any]]:
    """What was said of a person when, by whom and why, the newest first."""
    rows = []
    for found in connection.execute(text(VERSIONS), {"id": person_id}).mappings():
        row = dict(found)
        organisation = {
            "id": row.pop("organisation_id"), "code": row.pop("organisation_code"),
            "name": pop_names(row),
        }  # fmt: skip
        row["organisation"] = organisation if organisation["id"] is not None else None
        rows.append(row)
    return rows


def open_incidents(connection: Connection, person_id: int) -> int:
    """How many open incidents a person answers for."""
    query = text("SELECT count(*) FROM incident WHERE person_id = :id AND is_open")
    return int(connection.execute(query, {"id": person_id}).scalar_one())


def add(connection: Connection, *, since: datetime | None, **values: Any) -> int:
    """Store a person (`name`, `phone`, `organisation_id`, `staff_number`) from a moment on."""
    tell_since(connection, since)
    made = connection.execute(
        text(
            "INSERT INTO person (name, phone, organisation_id, staff_number, synthetic)"
            " VALUES (:name, :phone, :organisation_id, :staff_number,"
            " coalesce((SELECT synthetic FROM organisation WHERE id = :organisation_id), false))"
            " RETURNING id"
        ),
        values,
    ).scalar_one()
    tell_since(connection, None)
    return int(made)


def last_version(connection: Connection, person_id: int) -> dict[str, Any] | None:
    """The version that has no follower: the one that lasts, or that ends the latest."""
    row = connection.execute(
        text(
            "SELECT id, name, phone, organisation_id, lower(held) AS since, upper(held) AS until"
            " FROM person_version WHERE person_id = :id AND NOT isempty(held)"
            " ORDER BY upper(held) DESC NULLS FIRST LIMIT 1 FOR NO KEY UPDATE"
        ),
        {"id": person_id},
    )
    found = row.mappings().first()
    return dict(found) if found is not None else None


def end_version(connection: Connection, version_id: int, at: datetime | None) -> None:
    """End a version at a moment, now or to come; None takes back an end that has not come."""
    connection.execute(
        text("UPDATE person_version SET ended_at = :at WHERE id = :id"),
        {"id": version_id, "at": at},
    )


def add_version(connection: Connection, *, since: datetime, **values: Any) -> int:
    """Add a version: `person_id`, `name`, `phone`, `organisation_id`.

    Raises ConflictError `person-changed-then` where there is one at that time.
    """
    try:
        with connection.begin_nested():
            made = connection.execute(
                text(
                    "INSERT INTO person_version"
                    " (person_id, name, phone, organisation_id, planned, recorded_by)"
                    " VALUES (:person_id, :name, :phone, :organisation_id,"
                    " tstzrange(:since, NULL), '') RETURNING id"
                ),
                {**values, "since": since},
            ).scalar_one()
    except IntegrityError as refused:
        if isinstance(refused.orig, ExclusionViolation):
            raise ConflictError("person-changed-then", name=values["name"]) from refused
        raise
    return int(made)


def set_number(connection: Connection, person_id: int, number: str | None) -> None:
    """Give a person a staff number, or another one."""
    connection.execute(
        text("UPDATE person SET staff_number = :number WHERE id = :id"),
        {"id": person_id, "number": number},
    )


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    organisation = {key: row.pop(f"organisation_{key}") for key in ("id", "code", "kind")}
    zh, en = row.pop("organisation_zh"), row.pop("organisation_en")
    row["organisation"] = (
        {**organisation, "name": names(zh, en)} if organisation["id"] is not None else None
    )
    row["posts"] = [
        {
            "id": post["id"], "role": post["role"], "seat": post["seat"], "level": post["level"],
            "grid": {"code": post["code"], "name": names(post["name_zh"], post["name_en"])},
        }
        for post in row["posts"]
    ]  # fmt: skip
    return row


def _read(mark: str | None) -> tuple[str, int]:
    if mark is None:
        return "", 0
    number, blank, name = mark.partition(" ")
    if not (blank and number.isdecimal() and len(number) < 19 and len(name) <= 100):
        raise InputError("cursor-invalid", field="after")
    return name, int(number)


def people_of(connection: Connection, organisation_id: int, at: datetime) -> list[int]:
    """The ids of those who belong to an organisation now and have not left by a moment."""
    query = """SELECT id FROM person WHERE organisation_id = :id
      AND (left_at IS NULL OR left_at > :at) ORDER BY id"""
    return list(connection.scalars(text(query), {"id": organisation_id, "at": at}))


def same(
    connection: Connection, jurisdiction_id: int, name: str, phone: str | None
) -> dict[str, Any] | None:
    """A person of a jurisdiction with this name and number who has not left; None if there is
    none."""
    query = f"""{STAFF} SELECT p.id, p.name FROM person AS p
      WHERE p.id IN (SELECT person_id FROM staff) AND p.name = :name
        AND regexp_replace(coalesce(p.phone, ''), '[^0-9]', '', 'g')
          = regexp_replace(coalesce(:phone, ''), '[^0-9]', '', 'g')
        AND (p.left_at IS NULL OR p.left_at > now()) LIMIT 1"""
    values = {"id": jurisdiction_id, "name": name, "phone": phone}
    row = connection.execute(text(query), values).mappings().first()
    return dict(row) if row is not None else None


def numbered(connection: Connection, jurisdiction_id: int, number: str) -> dict[str, Any] | None:
    """The person of a jurisdiction with a staff number; None if there is none."""
    query = f"""{STAFF} SELECT p.id, p.name FROM person AS p
      WHERE p.staff_number = :number AND p.id IN (SELECT person_id FROM staff) LIMIT 1"""
    values = {"id": jurisdiction_id, "number": number}
    row = connection.execute(text(query), values).mappings().first()
    return dict(row) if row is not None else None
