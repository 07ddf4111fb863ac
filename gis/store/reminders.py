"""Whom to remind of diaries, and that it was done."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text

from gis.store.names import names

OFFICES = """
SELECT DISTINCT plan.id AS plan_id, plan.jurisdiction_id FROM plan
WHERE plan.status = 'published' ORDER BY 2
"""
BEFORE = """
SELECT EXISTS (SELECT FROM reminder WHERE jurisdiction_id = :of AND kind = :kind AND day = :day)
         AS told,
       EXISTS (SELECT FROM reminder WHERE jurisdiction_id = :of AND kind = :kind AND day < :day)
         AS begun
"""
NOTE = """
INSERT INTO reminder (jurisdiction_id, kind, day, told) VALUES (:of, :kind, :day, :told)
ON CONFLICT (jurisdiction_id, kind, day) DO NOTHING RETURNING id
"""
# The leads of grids without an entry of the day, or who acts for them while they are away; each
# once, with the first of their grids. Where a month was checked nothing can be written any more.
MISSING = """
WITH mine AS (
  SELECT g.code, g.name_zh, g.name_en,
         CASE WHEN a.person_id IS NULL THEN post.person_id ELSE a.substitute_id END AS person_id
  FROM grid AS g JOIN post ON post.grid_id = g.id AND post.role = 'lead'
    AND post.held @> cast(:now AS timestamptz)
  LEFT JOIN absence AS a ON a.person_id = post.person_id
    AND a.held @> cast(:now AS timestamptz)
  WHERE g.plan_id = :plan AND g.level = 3
    AND NOT EXISTS (SELECT FROM diary AS d WHERE d.jurisdiction_id = :of AND d.grid_code = g.code
                    AND d.day = :day AND NOT EXISTS (
                      SELECT FROM diary AS later WHERE later.replaces_id = d.id))
    AND NOT EXISTS (SELECT FROM diary_check AS c WHERE c.jurisdiction_id = :of
                    AND c.grid_code = g.code
                    AND c.month = date_trunc('month', cast(:day AS date))::date)
)
SELECT person_id, count(*) AS count, (array_agg(name_zh ORDER BY code))[1] AS name_zh,
       (array_agg(name_en ORDER BY code))[1] AS name_en
FROM mine
WHERE EXISTS (SELECT FROM account AS a WHERE a.person_id = mine.person_id
              AND a.disabled_at IS NULL)
GROUP BY person_id ORDER BY person_id
"""
# Diaries of a month that nobody has checked, by the nearest organisation above with a leader: its
# community, its sub-district, or the office itself.
UNCHECKED = """
WITH chief AS (
  SELECT DISTINCT o.id, o.code, o.name_zh, o.name_en FROM organisation AS o
  JOIN account AS a ON a.organisation_id = o.id AND a.disabled_at IS NULL
  JOIN account_role AS r ON r.account_id = a.id AND r.role = 'leader'
  WHERE o.is_platform
), waiting AS (
  SELECT g.code FROM grid AS g WHERE g.plan_id = :plan AND g.level = 3 AND NOT EXISTS (
    SELECT FROM diary_check AS c WHERE c.jurisdiction_id = :of AND c.grid_code = g.code
      AND c.month = :month)
), above AS (
  SELECT waiting.code, coalesce(
    (SELECT id FROM chief WHERE chief.code = left(waiting.code, 12)),
    (SELECT id FROM chief WHERE chief.code = left(waiting.code, 9)),
    (SELECT id FROM chief WHERE chief.id = :of)) AS id
  FROM waiting
)
SELECT chief.id, chief.name_zh, chief.name_en, count(*) AS count
FROM above JOIN chief ON chief.id = above.id GROUP BY 1, 2, 3 ORDER BY 1
"""


def offices(connection: Connection) -> list[tuple[int, int]]:
    """Jurisdictions with a plan in force, and that plan."""
    return [(row.jurisdiction_id, row.plan_id) for row in connection.execute(text(OFFICES))]


def before(connection: Connection, jurisdiction_id: int, kind: str, day: date) -> tuple[bool, bool]:
    """Whether people were reminded for a day, and whether for any day before it."""
    row = connection.execute(text(BEFORE), {"of": jurisdiction_id, "kind": kind, "day": day}).one()
    return row.told, row.begun


def note(connection: Connection, jurisdiction_id: int, kind: str, day: date, told: int) -> bool:
    """Note that people are reminded for a day; False where somebody else has done it. Whoever is
    at it is waited for."""
    values = {"of": jurisdiction_id, "kind": kind, "day": day, "told": told}
    return connection.execute(text(NOTE), values).first() is not None


def missing(
    connection: Connection, jurisdiction_id: int, plan_id: int, day: date, now: datetime
) -> list[dict[str, Any]]:
    """Who is to be told that diaries of a day are missing: person_id, count of grids, name of one.

    Only people who have an account.
    """
    rows = connection.execute(
        text(MISSING), {"of": jurisdiction_id, "plan": plan_id, "day": day, "now": now}
    ).mappings()
    return [{**row, "name": names(row["name_zh"], row["name_en"])} for row in rows]


def unchecked(
    connection: Connection, jurisdiction_id: int, plan_id: int, month: date
) -> list[dict[str, Any]]:
    """Whose leaders are to be told that diaries of a month wait: id, name, count of grids."""
    rows = connection.execute(
        text(UNCHECKED), {"of": jurisdiction_id, "plan": plan_id, "month": month}
    ).mappings()
    return [{**row, "name": names(row["name_zh"], row["name_en"])} for row in rows]
