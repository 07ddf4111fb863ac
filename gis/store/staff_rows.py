"""What a workbook of staff is checked against, read at once, and its changes written at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

from gis.store.absences import STAFF
from gis.store.organisations import BELOW

UNITS = f"""{BELOW}, above AS (
  SELECT id, parent_id FROM organisation WHERE id = :root
  UNION SELECT o.id, o.parent_id FROM organisation AS o JOIN above ON above.parent_id = o.id
)
SELECT o.id, o.code, o.kind, o.name_zh, o.name_en, o.parent_id, p.code AS parent_code,
       o.id IN (SELECT id FROM below) AS own,
       o.closed_at IS NOT NULL AND o.closed_at <= now() AS closed
FROM organisation AS o LEFT JOIN organisation AS p ON p.id = o.parent_id
WHERE o.id IN (SELECT id FROM below) OR o.id IN (SELECT id FROM above)
   OR o.kind = 'department' AND o.parent_id IN (SELECT id FROM above)
ORDER BY o.id
"""
PEOPLE = f"""{STAFF}
SELECT p.id, p.name, p.phone, p.staff_number, p.organisation_id,
       p.left_at IS NOT NULL AND p.left_at <= now() AS left,
       EXISTS (SELECT FROM queue WHERE person_id = p.id) AS keeps_queue
FROM person AS p WHERE p.id IN (SELECT person_id FROM staff) ORDER BY p.id
"""
POSTS = """
SELECT post.id, post.person_id, post.role, post.seat, g.code, lower(held) AS since,
       upper(held) AS until
FROM post JOIN grid AS g ON g.id = post.grid_id JOIN plan ON plan.id = g.plan_id
WHERE plan.jurisdiction_id = :of AND plan.status = 'published' AND NOT isempty(held)
ORDER BY lower(held), post.id FOR NO KEY UPDATE OF post
"""
GRIDS = """
SELECT g.id, g.code, g.level FROM grid AS g JOIN plan ON plan.id = g.plan_id
WHERE plan.jurisdiction_id = :of AND plan.status = 'published'
"""
ATTACHMENTS = f"""{BELOW}
SELECT a.id, a.person_id, a.organisation_id, a.kind, a.target_code, a.place,
       lower(held) AS since, upper(held) AS until
FROM attachment AS a WHERE a.organisation_id IN (SELECT id FROM below) AND NOT isempty(held)
ORDER BY lower(held), a.id FOR NO KEY UPDATE OF a
"""


def lock(connection: Connection, root_id: int) -> None:
    """Let one workbook of a jurisdiction be checked and written at a time."""
    connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtext('staff-import'), cast(:id AS int))"),
        {"id": root_id % 2**31},
    )


def units(connection: Connection, root_id: int) -> list[Any]:
    """A tree (`own`), the units above it and their departments."""
    return list(connection.execute(text(UNITS), {"root": root_id}))


def people(connection: Connection, root_id: int) -> list[Any]:
    """All people of a jurisdiction, those who have left included."""
    return list(connection.execute(text(PEOPLE), {"id": root_id}))


def grids(connection: Connection, root_id: int) -> list[Any]:
    """The grids of the plan in force, none without one."""
    return list(connection.execute(text(GRIDS), {"of": root_id}))


def posts(connection: Connection, root_id: int) -> list[Any]:
    """All posts in grids of the plan in force, of any moment, kept until the end."""
    return list(connection.execute(text(POSTS), {"of": root_id}))


def attachments(connection: Connection, root_id: int) -> list[Any]:
    """All attachments of a tree's leaders, of any moment, kept until the end."""
    return list(connection.execute(text(ATTACHMENTS), {"root": root_id}))


def new_ids(connection: Connection, table: str, count: int) -> list[int]:
    """Numbers for rows that are to be written."""
    found = connection.execute(
        text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :n)"),
        {"table": table, "n": count},
    )
    return [int(one) for one in found.scalars()]


def write_people(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert people: `id`, `name`, `phone`, `organisation_id`, `staff_number`."""
    if rows:
        connection.execute(
            text(
                "INSERT INTO person (id, name, phone, organisation_id, staff_number, synthetic)"
                " VALUES (:id, :name, :phone, :organisation_id, :staff_number, coalesce((SELECT"
                " synthetic FROM organisation WHERE id = :organisation_id), false))"
            ),
            list(rows),
        )


def write_posts(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert posts: `person`, `grid`, `level`, `role`, `seat`, `since`, `until`, `reason`."""
    if rows:
        connection.execute(
            text(
                "INSERT INTO post (person_id, grid_id, grid_level, role, seat, held, recorded_by,"
                " reason, ended_by, ended_reason) VALUES (:person, :grid, :level, :role, :seat,"
                " tstzrange(cast(:since AS timestamptz), cast(:until AS timestamptz)),"
                " current_actor(), :reason, CASE WHEN cast(:until AS timestamptz) IS NOT NULL"
                " THEN current_actor() END, CASE WHEN cast(:until AS timestamptz) IS NOT NULL"
                " THEN :reason END)"
            ),
            list(rows),
        )


def end_posts(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """End posts: `id`, `at`, `reason`; those that begin later are called off."""
    if rows:
        connection.execute(
            text(
                "UPDATE post SET held = CASE WHEN lower(held) >= cast(:at AS timestamptz)"
                " THEN 'empty'::tstzrange ELSE tstzrange(lower(held), cast(:at AS timestamptz))"
                " END, ended_by = current_actor(), ended_reason = :reason WHERE id = :id"
            ),
            list(rows),
        )


def write_attachments(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert attachments: `person`, `organisation`, `kind`, `target`, `place`, `since`, `until`,
    `reason`."""
    if rows:
        connection.execute(
            text(
                "INSERT INTO attachment (person_id, organisation_id, kind, target_code, place,"
                " planned, reason) VALUES (:person, :organisation, :kind, :target, :place,"
                " tstzrange(cast(:since AS timestamptz), cast(:until AS timestamptz)), :reason)"
            ),
            list(rows),
        )


def end_attachments(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """End attachments: `id`, `at`, `reason`."""
    if rows:
        connection.execute(
            text("UPDATE attachment SET ended_at = :at, ended_reason = :reason WHERE id = :id"),
            list(rows),
        )
