"""Jurisdictions, plans, grids and the people on their posts, read for showing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from gis.errors import NotFoundError
from gis.store.names import names, pop_names
from gis.store.scope import scope_on

JURISDICTIONS = """
SELECT o.id, o.code, o.kind, o.name_zh, o.name_en, o.parent_id, o.synthetic,
       p.id AS published_plan_id, coalesce(m.bbox, d.bbox) AS bbox, m.population, m.grids
FROM organisation AS o
LEFT JOIN plan AS p ON p.jurisdiction_id = o.id AND p.status = 'published'
  AND p.effective @> now()
LEFT JOIN LATERAL (
  SELECT CASE WHEN e IS NOT NULL
              THEN ARRAY[ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)] END AS bbox,
         population, grids
  FROM (SELECT ST_Extent(geom) FILTER (WHERE level = :topmost) AS e,
               sum(population) FILTER (WHERE level = :topmost) AS population,
               jsonb_build_object('1', count(*) FILTER (WHERE level = 1),
                                  '2', count(*) FILTER (WHERE level = 2),
                                  '3', count(*) FILTER (WHERE level = 3)) AS grids
        FROM grid WHERE plan_id = p.id AND starts_with(code, :below)) AS whole
) AS m ON true
-- Where nothing is in force yet, the units that a first draft is drawn of.
LEFT JOIN LATERAL (
  SELECT ARRAY[ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)] AS bbox
  FROM (SELECT ST_Extent(geom) AS e FROM unit
        WHERE jurisdiction_id = o.id AND retired_at IS NULL AND p.id IS NULL) AS ground
  WHERE e IS NOT NULL
) AS d ON true
WHERE (cast(:ids AS bigint[]) IS NULL OR o.id = ANY(:ids))
  AND EXISTS (SELECT FROM plan WHERE plan.jurisdiction_id = o.id)
ORDER BY length(o.code), o.code
"""

GRID = """
SELECT g.id, g.plan_id, g.code, g.level, g.parent_code, g.name_zh, g.name_en, g.population,
       g.households, g.area_m2, g.load, g.deviation, g.units, g.compactness,
       ARRAY[ST_X(c.at), ST_Y(c.at)] AS centroid,
       ARRAY[ST_XMin(g.geom), ST_YMin(g.geom), ST_XMax(g.geom), ST_YMax(g.geom)] AS bbox,
       l.id AS lead_id, l.name AS lead_name
FROM grid AS g
CROSS JOIN LATERAL (SELECT ST_PointOnSurface(g.geom) AS at) AS c
LEFT JOIN post ON post.grid_id = g.id AND post.held @> now() AND post.seat = 1
  AND post.role = CASE g.level WHEN 3 THEN 'lead' WHEN 2 THEN 'director'
                               ELSE 'first_responsible' END
LEFT JOIN person AS l ON l.id = post.person_id
"""

CHAINS = """
SELECT wanted.place, g.id AS grid_id, g.level, g.code, g.name_zh, g.name_en,
       post.id AS post_id, post.role, post.seat, lower(post.held) AS since,
       upper(post.held) AS until, person.id AS person_id, person.name, person.phone
FROM unnest(cast(:plans AS bigint[]), cast(:codes AS text[]), cast(:moments AS timestamptz[]))
  WITH ORDINALITY AS wanted (plan_id, code, at, place)
JOIN grid AS g ON g.plan_id = wanted.plan_id
  AND g.code IN (left(wanted.code, 9), left(wanted.code, 12), left(wanted.code, 15))
LEFT JOIN post ON post.grid_id = g.id AND post.held @> wanted.at
LEFT JOIN person ON person.id = post.person_id
ORDER BY wanted.place, g.level DESC, array_position(
  ARRAY['lead', 'director', 'secretary', 'leader', 'officer', 'first_responsible',
        'adviser', 'assistant', 'participant'], post.role), post.seat
"""


def jurisdictions(connection: Connection) -> list[dict[str, Any]]:
    """Organisations that own plans, the highest first, with the extent of what is in force.

    Those that the caller may ask about, and of these the part that is the caller's.
    """
    scope = scope_on(connection)
    below = (scope.below if scope is not None else None) or ""
    values = {
        "ids": None if scope is None or scope.everything else list(scope.jurisdiction_ids),
        "below": below,
        "topmost": max(1, len(below) // 3 - 2),
    }
    rows = []
    for found in connection.execute(text(JURISDICTIONS), values).mappings():
        row = dict(found)
        row["name"] = pop_names(row)
        rows.append(row)
    return rows


def plans(connection: Connection, jurisdiction_id: int) -> list[dict[str, Any]]:
    """Every plan of a jurisdiction, the newest first."""
    query = PLAN + " WHERE jurisdiction_id = :id ORDER BY created_at DESC, id DESC"
    return [
        dict(row) for row in connection.execute(text(query), {"id": jurisdiction_id}).mappings()
    ]


PLAN = """
SELECT id, jurisdiction_id, name, note, status, lower(effective) AS effective_from,
       upper(effective) AS effective_to, balance, tolerance, measures, created_by, created_at
FROM plan
"""


def plan(connection: Connection, plan_id: int) -> dict[str, Any]:
    """One plan. Raises NotFoundError."""
    row = connection.execute(text(PLAN + " WHERE id = :id"), {"id": plan_id}).mappings().first()
    if row is None:
        raise NotFoundError("plan-not-found", id=plan_id)
    return dict(row)


def published_plan_id(connection: Connection, jurisdiction_id: int, *, lock: bool = False) -> int:
    """The plan in force now. With `lock`, nobody can supersede it before this transaction ends."""
    row = connection.execute(
        text(
            "SELECT id FROM plan WHERE jurisdiction_id = :id AND status = 'published'"
            " AND effective @> now()" + (" FOR SHARE" if lock else "")
        ),
        {"id": jurisdiction_id},
    ).first()
    if row is None:
        raise NotFoundError("no-published-plan", id=jurisdiction_id)
    return int(row.id)


def grids(
    connection: Connection, plan_id: int, level: int, *, limit: int, after: str | None = None
) -> tuple[list[dict[str, Any]], str | None]:
    """Grids of one level of a plan by code, without geometry, each with who leads it.

    At most `limit` of them behind the code `after`, and the last code if there are more.
    """
    plan(connection, plan_id)
    query = f"""{GRID} WHERE g.plan_id = :plan_id AND g.level = :level AND g.code > :after
                ORDER BY g.code LIMIT :limit"""
    values = {"plan_id": plan_id, "level": level, "after": after or "", "limit": limit + 1}
    found = connection.execute(text(query), values).mappings().all()
    rows = [_grid(dict(row)) for row in found[:limit]]
    return rows, rows[-1]["code"] if len(found) > limit else None


def grid(connection: Connection, grid_id: int, at: datetime) -> dict[str, Any]:
    """One grid with its posts and the chain above it at a moment. Raises NotFoundError."""
    found = connection.execute(text(GRID + " WHERE g.id = :id"), {"id": grid_id}).mappings().first()
    if found is None:
        raise NotFoundError("grid-not-found", id=grid_id)
    row = _grid(dict(found))
    row["chain"] = chain(connection, row["plan_id"], row["code"], at)
    row["posts"] = row["chain"][0]["posts"]
    return row


def chain(connection: Connection, plan_id: int, code: str, at: datetime) -> list[dict[str, Any]]:
    """From a grid up to its sub-district: who held which post then, the most answerable first."""
    return chains(connection, [(plan_id, code, at)])[0]


def chains(
    connection: Connection, wanted: Sequence[tuple[int, str, datetime]]
) -> list[list[dict[str, Any]]]:
    """The same for several grids, each named by its plan, its code, and the moment."""
    links: list[dict[int, dict[str, Any]]] = [{} for _ in wanted]
    parameters = {
        "plans": [plan_id for plan_id, _, _ in wanted],
        "codes": [code for _, code, _ in wanted],
        "moments": [at for _, _, at in wanted],
    }
    for row in connection.execute(text(CHAINS), parameters).mappings() if wanted else ():
        link = links[row["place"] - 1].setdefault(
            row["level"],
            {
                "level": row["level"],
                "grid_id": row["grid_id"],
                "code": row["code"],
                "name": names(row["name_zh"], row["name_en"]),
                "posts": [],
            },
        )
        if row["post_id"] is not None:
            link["posts"].append(
                {
                    "role": row["role"],
                    "seat": row["seat"],
                    "since": row["since"],
                    "until": row["until"],
                    "person": {
                        "id": row["person_id"],
                        "name": row["name"],
                        "phone": row["phone"],
                    },
                }
            )
    return [list(found.values()) for found in links]


def _grid(row: dict[str, Any]) -> dict[str, Any]:
    row["name"] = pop_names(row)
    lead_id, lead_name = row.pop("lead_id"), row.pop("lead_name")
    row["lead"] = {"id": lead_id, "name": lead_name} if lead_id is not None else None
    return row
