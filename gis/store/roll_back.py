"""A former plan again: a copy of it, and the posts that ended when another took its place."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

# The plan in force, and the one that it followed.
FORMER = """
SELECT n.id AS now_id, o.id AS former_id FROM plan AS n
LEFT JOIN plan AS o ON o.jurisdiction_id = n.jurisdiction_id AND o.status = 'superseded'
  AND upper(o.effective) = lower(n.effective)
WHERE n.jurisdiction_id = :id AND n.status = 'published'
"""

COPY = """
INSERT INTO plan (jurisdiction_id, name, note, based_on_id, balance, tolerance, measures,
                  created_by)
SELECT jurisdiction_id, :name, :note, id, balance, tolerance, measures, current_actor()
FROM plan WHERE id = :id RETURNING id
"""

# Parents first: children point at them.
GRIDS = """
INSERT INTO grid (plan_id, code, name_zh, name_en, organisation_id, population, households, area_m2,
                  load, deviation, units, compactness, hue, geom, geom_3857_low)
SELECT :copy, code, name_zh, name_en, organisation_id, population, households, area_m2, load,
       deviation, units, compactness, hue, geom, geom_3857_low
FROM grid WHERE plan_id = :id AND level = :level ORDER BY code
"""

UNITS = """
INSERT INTO grid_unit (plan_id, unit_id, grid_id)
SELECT :copy, unit_id, n.id FROM grid_unit AS u JOIN grid AS o ON o.id = u.grid_id
JOIN grid AS n ON n.plan_id = :copy AND n.code = o.code WHERE u.plan_id = :id
"""

# What ended for want of a grid when :former came into force, and whose grid is there again. Who has
# left meanwhile is not called back.
POSTS = """
INSERT INTO post (person_id, grid_id, grid_level, role, seat, held, recorded_by, reason)
SELECT post.person_id, new.id, post.grid_level, post.role, post.seat, tstzrange(:at, NULL),
       current_actor(), :reason
FROM plan AS former
JOIN post ON upper(post.held) = lower(former.effective)
  AND post.ended_reason = 'plan ' || former.id
JOIN grid AS old ON old.id = post.grid_id
JOIN grid AS new ON new.plan_id = :plan AND new.code = old.code
JOIN person ON person.id = post.person_id AND (person.left_at IS NULL OR person.left_at > :at)
WHERE former.id = :former
  AND NOT EXISTS (SELECT FROM grid WHERE plan_id = :former AND code = old.code)
"""

TIES = """
INSERT INTO department_tie (department_id, grid_id, held, reason)
SELECT tie.department_id, new.id, tstzrange(:at, NULL), :reason
FROM plan AS former
JOIN department_tie AS tie ON upper(tie.held) = lower(former.effective)
  AND tie.ended_reason = 'plan ' || former.id
JOIN grid AS old ON old.id = tie.grid_id
JOIN grid AS new ON new.plan_id = :plan AND new.code = old.code
WHERE former.id = :former
  AND NOT EXISTS (SELECT FROM grid WHERE plan_id = :former AND code = old.code)
"""


def former_of(connection: Connection, jurisdiction_id: int) -> tuple[int | None, int | None]:
    """The plan in force of a jurisdiction and the one before it; None for what there is not."""
    row = connection.execute(text(FORMER), {"id": jurisdiction_id}).first()
    return (None, None) if row is None else (row.now_id, row.former_id)


def copy(connection: Connection, plan_id: int, *, name: str, note: str) -> int:
    """A draft with the grids, names and units of a plan, based on it; gives its id."""
    given: dict[str, Any] = {"id": plan_id, "name": name, "note": note}
    made = int(connection.execute(text(COPY), given).scalar_one())
    for level in (1, 2, 3):
        connection.execute(text(GRIDS), {"id": plan_id, "copy": made, "level": level})
    connection.execute(text(UNITS), {"id": plan_id, "copy": made})
    return made


def restore_posts(connection: Connection, *, former: int, plan: int, at: datetime) -> None:
    """Let posts and ties of departments go on in grids that the plan in force until now, `former`,
    had not, and `plan` has again."""
    given = {"former": former, "plan": plan, "at": at, "reason": f"plan {plan}"}
    for query in (POSTS, TIES):
        connection.execute(text(query), given)
