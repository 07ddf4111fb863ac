"""The people of a jurisdiction, found by name, telephone number or pinyin."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from gis.store.absences import STAFF
from gis.store.names import pop_names

# Of several posts the one nearest to the ground says best who somebody is.
PEOPLE = f"""{STAFF}
SELECT p.id, p.name, p.phone, at.role, at.grid_id, at.code, at.name_zh, at.name_en
FROM person AS p JOIN staff ON staff.person_id = p.id
LEFT JOIN LATERAL (
  SELECT post.role, g.id AS grid_id, g.code, g.name_zh, g.name_en
  FROM post JOIN grid AS g ON g.id = post.grid_id JOIN plan ON plan.id = g.plan_id
  WHERE post.person_id = p.id AND post.held @> now() AND plan.status = 'published'
  ORDER BY g.level DESC, g.code, post.role LIMIT 1
) AS at ON true
WHERE (cast(:person AS bigint) IS NULL OR p.id = :person)
  AND (strpos(lower(p.name), lower(:words)) > 0 OR strpos(p.phone, :words) > 0
       OR strpos(p.pinyin, ' ' || lower(replace(:words, ' ', ''))) > 0)
  AND (p.left_at IS NULL OR p.left_at > now() OR p.id = :person)
ORDER BY p.name, p.id LIMIT :limit
"""


def people(
    connection: Connection,
    jurisdiction_id: int,
    *,
    words: str = "",
    person_id: int | None = None,
    limit: int,
) -> list[dict[str, Any]]:
    """A jurisdiction's people whose name or number holds the words, or whose name begins with them
    in pinyin, by name; not those who have left.

    Each with a post that is held now, if there is one. A person alone is asked for by id.
    """
    values = {"id": jurisdiction_id, "words": words, "person": person_id, "limit": limit}
    found = []
    for row in connection.execute(text(PEOPLE), values).mappings():
        one = dict(row)
        name, code, grid_id = pop_names(one), one.pop("code"), one.pop("grid_id")
        found.append({**one, "grid": grid_id and {"id": grid_id, "code": code, "name": name}})
    return found
