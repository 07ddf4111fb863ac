"""One box for everything that has a name: cases, people, grids, organisations, places."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection, text

from gis.store.absences import STAFF
from gis.store.incident_filter import IncidentFilter
from gis.store.incidents import by_ids, incident_page, read_first
from gis.store.names import pop_names

# A part of a serial number: its end by the index, any part among the newest.
SERIALS = """
(SELECT id, reported_at FROM incident AS i WHERE jurisdiction_id = :id
   AND reverse(lower(serial)) LIKE :ends ORDER BY reported_at DESC, id DESC LIMIT :limit)
UNION
(SELECT id, reported_at FROM (
   SELECT id, reported_at, serial FROM incident WHERE jurisdiction_id = :id
   ORDER BY reported_at DESC, id DESC LIMIT :read) AS newest
 WHERE serial LIKE :part LIMIT :limit)
ORDER BY reported_at DESC, id DESC LIMIT :limit
"""
# By name in any part, by telephone number, and by pinyin or its initials from the beginning.
PEOPLE = f"""{STAFF}
SELECT p.id, p.name, at.role, at.grid_id, at.code, at.name_zh, at.name_en
FROM person AS p JOIN staff ON staff.person_id = p.id
LEFT JOIN LATERAL (
  SELECT post.role, g.id AS grid_id, g.code, g.name_zh, g.name_en
  FROM post JOIN grid AS g ON g.id = post.grid_id JOIN plan ON plan.id = g.plan_id
  WHERE post.person_id = p.id AND post.held @> now() AND plan.status = 'published'
  ORDER BY g.level DESC, g.code, post.role LIMIT 1
) AS at ON true
WHERE p.left_at IS NULL AND (
  strpos(lower(p.name), :words) > 0
  OR (:letters <> '' AND strpos(p.pinyin, ' ' || :letters) > 0)
  OR (:digits <> '' AND strpos(p.phone, :digits) > 0))
ORDER BY lower(p.name) <> :words, p.name, p.id LIMIT :limit
"""
# Pinyin is asked for above the basic grids only: those are named after their communities.
GRIDS = """
SELECT g.id, g.code, g.level, g.name_zh, g.name_en
FROM grid AS g JOIN plan ON plan.id = g.plan_id
WHERE plan.jurisdiction_id = :id AND plan.status = 'published' AND (
  g.code LIKE :begins OR strpos(lower(g.name_zh), :words) > 0
  OR strpos(lower(coalesce(g.name_en, '')), :words) > 0
  OR (:letters <> '' AND g.level < 3 AND strpos(name_pinyin(g.name_zh), ' ' || :letters) > 0))
ORDER BY lower(g.name_zh) <> :words AND g.code <> :words, g.level, g.code LIMIT :limit
"""
ORGANISATIONS = """
WITH RECURSIVE below AS (
  SELECT cast(:id AS bigint) AS id
  UNION SELECT o.id FROM organisation AS o JOIN below ON o.parent_id = below.id
)
SELECT o.id, o.code, o.kind, o.name_zh, o.name_en FROM organisation AS o JOIN below USING (id)
WHERE o.kind = 'department' AND (o.closed_at IS NULL OR o.closed_at > now()) AND (
  strpos(lower(o.name_zh), :words) > 0 OR strpos(lower(coalesce(o.name_en, '')), :words) > 0
  OR (:letters <> '' AND strpos(name_pinyin(o.name_zh), ' ' || :letters) > 0))
ORDER BY o.code LIMIT :limit
"""
# What is typed is part of a name, or an address that begins with one: 桐柏路12号.
PLACES = """
WITH named AS (
  SELECT 'street' AS kind, name_zh, name_en, ST_Collect(geom) AS geom FROM street
  WHERE jurisdiction_id = :id AND kind = 'road' AND num_nonnulls(name_zh, name_en) > 0
  GROUP BY name_zh, name_en
  UNION ALL
  SELECT 'water', name_zh, name_en, ST_Collect(geom) FROM water
  WHERE jurisdiction_id = :id AND num_nonnulls(name_zh, name_en) > 0 GROUP BY name_zh, name_en
  UNION ALL
  SELECT 'building', name_zh, name_en, ST_Collect(ST_PointOnSurface(geom)) FROM building
  WHERE jurisdiction_id = :id AND (
    strpos(lower(name_zh), :words) > 0 OR strpos(lower(coalesce(name_en, '')), :words) > 0
    OR strpos(:words, lower(name_zh)) > 0)
  GROUP BY name_zh, name_en
), found AS (
  SELECT *, CASE WHEN :words IN (lower(name_zh), lower(name_en)) THEN 0
            WHEN strpos(:words, lower(coalesce(name_zh, name_en))) > 0 THEN 1 ELSE 2 END AS far
  FROM named
  WHERE strpos(lower(coalesce(name_zh, '')), :words) > 0
     OR strpos(lower(coalesce(name_en, '')), :words) > 0
     OR strpos(:words, lower(name_zh)) > 0
     OR (:letters <> '' AND kind <> 'building'
         AND strpos(name_pinyin(name_zh), ' ' || :letters) > 0)
  ORDER BY far, length(coalesce(name_zh, name_en)), coalesce(name_zh, name_en), kind LIMIT :limit
)
SELECT kind, name_zh, name_en, ST_X(point) AS lon, ST_Y(point) AS lat
FROM found, LATERAL (SELECT (ST_DumpPoints(geom)).geom AS point ORDER BY
  ST_Distance((ST_DumpPoints(geom)).geom, ST_Centroid(geom)) LIMIT 1) AS nearest
ORDER BY far, length(coalesce(name_zh, name_en)), coalesce(name_zh, name_en), kind
"""


def incidents(
    connection: Connection, jurisdiction_id: int, words: str, *, limit: int
) -> list[dict[str, Any]]:
    """Cases by a part of their serial number, or by words of their title and address, newest first.

    Of a serial number the end is found however old the case is, any other part of a new one.
    """
    found: list[dict[str, Any]] = []
    if re.fullmatch(r"[0-9-]{2,40}", words):
        values = {
            "id": jurisdiction_id, "ends": f"{words[::-1]}%", "part": f"%{words}%",
            "limit": limit, "read": read_first(connection),
        }  # fmt: skip
        ids = list(connection.execute(text(SERIALS), values).scalars())
        rows = {row["id"]: row for row in by_ids(connection, ids)}
        found = [rows[incident_id] for incident_id in ids]
    if len(found) < limit:
        wanted = IncidentFilter(jurisdiction_id=jurisdiction_id, words=words)
        known = {row["id"] for row in found}
        page, _ = incident_page(connection, wanted, limit=limit)
        found += [row for row in page if row["id"] not in known]
    return found[:limit]


def people(
    connection: Connection, jurisdiction_id: int, words: str, *, limit: int
) -> list[dict[str, Any]]:
    """People by name, pinyin, initials or number, each with a post that is held now."""
    found = []
    for one in _rows(connection, PEOPLE, jurisdiction_id, words, limit):
        name, code, grid_id = pop_names(one), one.pop("code"), one.pop("grid_id")
        found.append({**one, "grid": grid_id and {"id": grid_id, "code": code, "name": name}})
    return found


def grids(
    connection: Connection, jurisdiction_id: int, words: str, *, limit: int
) -> list[dict[str, Any]]:
    """Grids of the plan in force by the beginning of their code, by name, or by pinyin."""
    return _named(_rows(connection, GRIDS, jurisdiction_id, words, limit))


def departments(
    connection: Connection, jurisdiction_id: int, words: str, *, limit: int
) -> list[dict[str, Any]]:
    """Departments in the tree of a jurisdiction by name or pinyin."""
    return _named(_rows(connection, ORGANISATIONS, jurisdiction_id, words, limit))


def places(
    connection: Connection, jurisdiction_id: int, words: str, *, limit: int
) -> list[dict[str, Any]]:
    """Streets, waters, parks and buildings of the base map, each with a point on it (WGS 84)."""
    return _named(_rows(connection, PLACES, jurisdiction_id, words, limit))


def _rows(
    connection: Connection, query: str, jurisdiction_id: int, words: str, limit: int
) -> list[dict[str, Any]]:
    said = words.strip().lower()
    letters = re.sub(r"[\s'-]", "", said)
    values = {
        "id": jurisdiction_id,
        "words": said,
        "letters": letters if re.fullmatch("[a-zü]+", letters) else "",
        "digits": said if re.fullmatch(r"[0-9-]{3,}", said) else "",
        "begins": f"{said}%" if said.isdecimal() else "",
        "limit": limit,
    }
    return [dict(row) for row in connection.execute(text(query), values).mappings()]


def _named(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "name": pop_names(row)} for row in rows]
