"""The posts that every grid should have, and those of them that nobody holds or whose holder is
away."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

# One lead a basic grid; a leader, a secretary, a director and an officer a community; the two
# first responsible of a sub-district. Helpers are as many as there are.
UNFILLED = """
WITH wanted (level, role, seat, place) AS (VALUES
  (1, 'first_responsible', 1, 1), (1, 'first_responsible', 2, 2),
  (2, 'director', 1, 3), (2, 'secretary', 1, 4), (2, 'leader', 1, 5), (2, 'officer', 1, 6),
  (3, 'lead', 1, 7)
)
SELECT g.id AS grid_id, g.code, g.name_zh, g.name_en, g.level, w.role, w.seat, w.place,
       post.person_id AS holder_id, holder.name AS holder_name, lower(away.held) AS away_since,
       last.name AS last_name, last.person_id AS last_id, last.until AS vacant_since
FROM grid AS g JOIN wanted AS w ON w.level = g.level
LEFT JOIN post ON post.grid_id = g.id AND post.role = w.role AND post.seat = w.seat
  AND post.held @> cast(:at AS timestamptz)
LEFT JOIN person AS holder ON holder.id = post.person_id
LEFT JOIN absence AS away ON away.person_id = post.person_id
  AND away.held @> cast(:at AS timestamptz)
LEFT JOIN LATERAL (
  SELECT person.id AS person_id, person.name, upper(former.held) AS until
  FROM grid AS older JOIN plan ON plan.id = older.plan_id
  JOIN post AS former ON former.grid_id = older.id
  JOIN person ON person.id = former.person_id
  WHERE post.id IS NULL AND older.code = g.code AND plan.jurisdiction_id = :jurisdiction
    AND former.role = w.role AND former.seat = w.seat AND upper(former.held) <= :at
  ORDER BY upper(former.held) DESC LIMIT 1
) AS last ON true
WHERE g.plan_id = :plan AND starts_with(g.code, :below) AND (post.id IS NULL OR away.id IS NOT NULL)
  AND (g.code, w.place) > (:after_code, :after_place)
ORDER BY g.code, w.place LIMIT :limit
"""


def unfilled(
    connection: Connection,
    *,
    plan_id: int,
    jurisdiction_id: int,
    at: datetime,
    limit: int,
    after: tuple[str, int],
    below: str = "",
) -> list[dict[str, Any]]:
    """Posts of a plan's grids without a holder, or with one who is away, behind a place.

    By grid code, then by who answers first; `place` numbers the roles. A former holder is known by
    the grid's code, through all plans of the jurisdiction. `below`: what their codes begin with.
    """
    found = connection.execute(
        text(UNFILLED),
        {
            "plan": plan_id, "jurisdiction": jurisdiction_id, "at": at, "limit": limit,
            "below": below,
            "after_code": after[0], "after_place": after[1],
        },
    )  # fmt: skip
    return [dict(row) for row in found.mappings()]


def people(connection: Connection, ids: set[int]) -> dict[int, dict[str, Any]]:
    """People by id, as they are shown."""
    rows = connection.execute(
        text("SELECT id, name, phone FROM person WHERE id = ANY(:ids)"), {"ids": sorted(ids)}
    )
    return {row.id: {"id": row.id, "name": row.name, "phone": row.phone} for row in rows}
