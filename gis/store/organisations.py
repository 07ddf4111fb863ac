"""The platform and its departments through time: the tree, one unit, and its versions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg.errors import ExclusionViolation
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from gis.errors import ConflictError, NotFoundError
from gis.store.names import names, pop_names

LEVELS = {"city": 4, "district": 6, "sub_district": 9, "community": 12}

# All below an organisation, and itself, at whatever time: a closed one still has its place.
BELOW = """
WITH RECURSIVE below AS (
  SELECT cast(:root AS bigint) AS id
  UNION SELECT o.id FROM organisation AS o JOIN below ON o.parent_id = below.id
)
"""
# Before the first version that is known, it was what that one says.
TREE = f"""{BELOW}
SELECT o.id, o.code, o.kind, v.parent_id, v.name_zh, v.name_en, o.synthetic,
       CASE WHEN v.held @> cast(:at AS timestamptz) THEN 'current'
            WHEN v.until <= :at THEN 'closed' ELSE 'coming' END AS state,
       v.since, v.until
FROM below JOIN organisation AS o USING (id)
CROSS JOIN LATERAL (
  SELECT *, lower(held) AS since, upper(held) AS until FROM organisation_version
  WHERE organisation_id = o.id AND NOT isempty(held)
  ORDER BY held @> cast(:at AS timestamptz) DESC, upper(held) <= :at DESC NULLS LAST,
    CASE WHEN upper(held) <= :at THEN upper(held) END DESC, lower(held) LIMIT 1
) AS v
WHERE :closed OR v.until IS NULL OR v.until > :at
ORDER BY o.kind = 'department', o.code
"""

VERSIONS = """
SELECT v.id, v.name_zh, v.name_en, v.parent_id, p.code AS parent_code,
       lower(v.planned) AS since, upper(v.held) AS until, isempty(v.held) AS called_off,
       v.reason, v.recorded_by, v.recorded_at, v.ended_by, v.ended_reason,
       s.id AS successor_id, s.code AS successor_code, s.name_zh AS successor_zh,
       s.name_en AS successor_en
FROM organisation_version AS v
LEFT JOIN organisation AS p ON p.id = v.parent_id
LEFT JOIN organisation AS s ON s.id = v.successor_id
WHERE v.organisation_id = :id ORDER BY lower(v.planned) DESC NULLS LAST, v.id DESC
"""

HOLDS = """
SELECT
  (SELECT count(*) FROM organisation WHERE parent_id = :id
     AND (closed_at IS NULL OR closed_at > :at)) AS children,
  (SELECT count(*) FROM person WHERE organisation_id = :id
     AND (left_at IS NULL OR left_at > :at)) AS people,
  (SELECT count(*) FROM plan WHERE jurisdiction_id = :id AND status = 'published') AS plans
"""


def tree(
    connection: Connection, root_id: int, at: datetime, *, closed: bool = False
) -> list[dict[str, Any]]:
    """An organisation and all below it as they were or will be at a moment, platform first.

    Closed ones only on request; those that begin later are `coming`.
    """
    rows = []
    values = {"root": root_id, "at": at, "closed": closed}
    for found in connection.execute(text(TREE), values).mappings():
        row = dict(found)
        row["name"] = pop_names(row)
        rows.append(row)
    return rows


def organisation(
    connection: Connection, root_id: int, organisation_id: int, *, lock: bool = False
) -> dict[str, Any]:
    """One of those below a root, or the root. Raises NotFoundError `organisation-not-found`."""
    query = f"""{BELOW} SELECT id, code, kind, parent_id, name_zh, name_en, closed_at, synthetic
      FROM organisation WHERE id = :id AND id IN (SELECT id FROM below)"""
    if lock:
        query += " FOR UPDATE"
    row = (
        connection.execute(text(query), {"root": root_id, "id": organisation_id}).mappings().first()
    )
    if row is None:
        raise NotFoundError("organisation-not-found", id=organisation_id)
    found = dict(row)
    return {**found, "name": names(found["name_zh"], found["name_en"])}


def related(connection: Connection, jurisdiction_id: int, organisation_id: int) -> dict[str, Any]:
    """An organisation of a jurisdiction's tree, above it, or a department of one above it.

    Raises NotFoundError `organisation-not-found`.
    """
    query = f"""{BELOW}, above AS (
        SELECT id, parent_id FROM organisation WHERE id = :root
        UNION SELECT o.id, o.parent_id FROM organisation AS o JOIN above ON above.parent_id = o.id
      )
      SELECT id, code, kind, parent_id, closed_at FROM organisation WHERE id = :id
        AND (id IN (SELECT id FROM below) OR id IN (SELECT id FROM above)
             OR kind = 'department' AND parent_id IN (SELECT id FROM above))"""
    values = {"root": jurisdiction_id, "id": organisation_id}
    row = connection.execute(text(query), values).mappings().first()
    if row is None:
        raise NotFoundError("organisation-not-found", id=organisation_id)
    return dict(row)


def by_code(connection: Connection, code: str) -> dict[str, Any] | None:
    """An organisation by its code, wherever it is; None if there is none."""
    row = connection.execute(
        text(
            "SELECT id, code, kind, parent_id, name_zh, name_en, closed_at FROM organisation"
            " WHERE code = :code"
        ),
        {"code": code},
    )
    found = row.mappings().first()
    return dict(found) if found is not None else None


def versions(connection: Connection, organisation_id: int) -> list[dict[str, Any]]:
    """What was said of an organisation when, by whom and why, the newest first."""
    rows = []
    for found in connection.execute(text(VERSIONS), {"id": organisation_id}).mappings():
        row = dict(found)
        row["name"] = pop_names(row)
        successor = row.pop("successor_id")
        told = {
            "id": successor, "code": row.pop("successor_code"),
            "name": names(row.pop("successor_zh"), row.pop("successor_en")),
        }  # fmt: skip
        row["successor"] = told if successor is not None else None
        rows.append(row)
    return rows


def add(connection: Connection, *, since: datetime | None, **values: Any) -> int:
    """Store an organisation (`code`, `kind`, `name_zh`, `name_en`, `parent_id`) from a moment on.

    Raises ConflictError `organisation-code-taken`.
    """
    tell_since(connection, since)
    try:
        with connection.begin_nested():
            made = connection.execute(
                text(
                    "INSERT INTO organisation (code, kind, name_zh, name_en, parent_id, synthetic)"
                    " VALUES (:code, :kind, :name_zh, :name_en, :parent_id,"
                    " coalesce((SELECT synthetic FROM organisation WHERE id = :parent_id), false))"
                    " RETURNING id"
                ),
                values,
            ).scalar_one()
    except IntegrityError as refused:
        raise ConflictError("organisation-code-taken", code=values["code"]) from refused
    tell_since(connection, None)
    return int(made)


def tell_since(connection: Connection, since: datetime | None) -> None:
    """Say from when what is stored next holds; None: from ever, as far as is known."""
    connection.execute(
        text("SELECT set_config('wangge.since', :since, true)"),
        {"since": since.isoformat() if since else ""},
    )


def last_version(connection: Connection, organisation_id: int) -> dict[str, Any] | None:
    """The version that has no follower: the one that lasts, or that ends the latest."""
    row = connection.execute(
        text(
            "SELECT id, name_zh, name_en, parent_id, lower(held) AS since, upper(held) AS until"
            " FROM organisation_version WHERE organisation_id = :id AND NOT isempty(held)"
            " ORDER BY upper(held) DESC NULLS FIRST LIMIT 1 FOR UPDATE"
        ),
        {"id": organisation_id},
    )
    found = row.mappings().first()
    return dict(found) if found is not None else None


def end_version(
    connection: Connection, version_id: int, at: datetime, *, successor_id: int | None = None
) -> None:
    """End a version at a moment, now or to come."""
    connection.execute(
        text(
            "UPDATE organisation_version SET ended_at = :at, successor_id = :successor"
            " WHERE id = :id"
        ),
        {"id": version_id, "at": at, "successor": successor_id},
    )


def add_version(connection: Connection, *, since: datetime, **values: Any) -> int:
    """Add a version: `organisation_id`, `kind`, `name_zh`, `name_en`, `parent_id`.

    Raises ConflictError `organisation-changed-then` where there is one at that time.
    """
    try:
        with connection.begin_nested():
            made = connection.execute(
                text(
                    "INSERT INTO organisation_version"
                    " (organisation_id, kind, name_zh, name_en, parent_id, planned, recorded_by)"
                    " VALUES (:organisation_id, :kind, :name_zh, :name_en, :parent_id,"
                    " tstzrange(:since, NULL), '') RETURNING id"
                ),
                {**values, "since": since},
            ).scalar_one()
    except IntegrityError as refused:
        if isinstance(refused.orig, ExclusionViolation):
            raise ConflictError(
                "organisation-changed-then", id=values["organisation_id"]
            ) from refused
        raise
    return int(made)


def what_hangs_on(connection: Connection, organisation_id: int, at: datetime) -> dict[str, int]:
    """How many `children`, `people` and `plans` in force an organisation has at a moment."""
    row = connection.execute(text(HOLDS), {"id": organisation_id, "at": at}).mappings().one()
    return dict(row)


def show_due(connection: Connection) -> int:
    """Let the rows of organisations and people show the versions of now; gives how many changed."""
    shown = connection.execute(text("SELECT show_organisations() + show_people()")).scalar_one()
    return int(shown)


def clock(connection: Connection) -> datetime:
    """The moment of this transaction by the clock of the database."""
    now: datetime = connection.execute(text("SELECT now()")).scalar_one()
    return now
