"""What sub-districts and departments think of each other's work, and what reporters do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, text

from gis.assessment.periods import Period
from gis.assessment.scoring import ANSWERS, CLOSED, KINDS
from gis.store.names import pop_names

# Who had a case, or a whistle, in common: each fact names its place and its department.
TOGETHER = """
SELECT o.id, o.code, o.kind, o.name_zh, o.name_en FROM organisation AS o WHERE o.id IN (
  SELECT CASE WHEN :of_department THEN s.id ELSE f.department_id END
  FROM (SELECT DISTINCT left(grid_code, 9) AS code, department_id FROM score_fact
        WHERE jurisdiction_id = :jurisdiction AND kind = ANY(:kinds)
          AND day >= :since AND day < :until
          AND department_id IS NOT NULL AND grid_code IS NOT NULL) AS f
  JOIN organisation AS s ON s.code = f.code AND s.kind = 'sub_district'
  WHERE CASE WHEN :of_department THEN f.department_id ELSE s.id END = :giver)
ORDER BY o.code
"""
GIVEN = """
SELECT m.id, m.since, m.marks, m.mark::float AS mark, m.remark, m.given_at, m.given_by,
       m.giver_id, g.code AS giver_code, g.name_zh AS giver_name_zh, g.name_en AS giver_name_en,
       m.receiver_id, r.code AS receiver_code, r.kind AS receiver_kind,
       r.name_zh AS receiver_name_zh, r.name_en AS receiver_name_en
FROM score_mark AS m JOIN organisation AS g ON g.id = m.giver_id
JOIN organisation AS r ON r.id = m.receiver_id
WHERE m.jurisdiction_id = :jurisdiction AND m.since = :since ORDER BY r.code, g.code
"""
ADD = """
INSERT INTO score_mark (jurisdiction_id, since, giver_id, receiver_id, marks, mark, remark,
  given_by)
VALUES (:jurisdiction, :since, :giver, :receiver, cast(:marks AS jsonb), :mark, :remark,
  current_actor())
ON CONFLICT DO NOTHING RETURNING id
"""
# Of each answer, the place and the department that the case was closed by. A closure counts also
# where the case was taken up again: it is what was answered.
ANSWERED = """
SELECT o.id, o.code, o.kind, o.name_zh, o.name_en,
       sum(n) FILTER (WHERE f.kind = 'satisfied') AS satisfied,
       sum(n) FILTER (WHERE f.kind = 'fair') AS fair,
       sum(n) FILTER (WHERE f.kind = 'dissatisfied') AS dissatisfied,
       sum(n) FILTER (WHERE f.kind = ANY(:closed)) AS closed
FROM (SELECT kind, whose, department,
             sum(CASE WHEN of_event = 0 THEN 1 WHEN kind = ANY(:closed) THEN 0 ELSE -1 END) AS n
      FROM (SELECT kind, of_event, left(grid_code, 9) AS whose, cast(NULL AS bigint) AS department
            FROM score_fact WHERE jurisdiction_id = :jurisdiction AND kind = ANY(:kinds)
              AND day >= :since AND day < :until
            UNION ALL
            SELECT kind, of_event, NULL, department_id
            FROM score_fact WHERE jurisdiction_id = :jurisdiction AND kind = ANY(:kinds)
              AND day >= :since AND day < :until AND department_id IS NOT NULL) AS each
      GROUP BY 1, 2, 3) AS f
JOIN organisation AS o ON o.id = f.department OR o.code = f.whose AND o.kind = 'sub_district'
GROUP BY o.id ORDER BY o.kind DESC, o.code
"""


def together(
    connection: Connection, jurisdiction_id: int, giver_id: int, *, department: bool, period: Period
) -> list[dict[str, Any]]:
    """Whom a department, or a sub-district, had a case or a whistle in common with."""
    rows = connection.execute(
        text(TOGETHER),
        {
            "jurisdiction": jurisdiction_id, "giver": giver_id, "of_department": department,
            "kinds": [*KINDS, "closed"], "since": period.since, "until": period.until,
        },
    )  # fmt: skip
    return [{**told, "name": pop_names(told)} for told in map(dict, rows.mappings())]


def given(connection: Connection, jurisdiction_id: int, since: date) -> list[dict[str, Any]]:
    """The marks of a month that the caller sees."""
    rows = connection.execute(text(GIVEN), {"jurisdiction": jurisdiction_id, "since": since})
    return [
        {**told, "giver": pop_names(told, "giver_"), "receiver": pop_names(told, "receiver_")}
        for told in map(dict, rows.mappings())
    ]


def add(
    connection: Connection,
    jurisdiction_id: int,
    *,
    since: date,
    giver_id: int,
    receiver_id: int,
    marks: Mapping[str, int],
    mark: Decimal,
    remark: str | None,
) -> bool:
    """Write marks down; whether they were the first of that month."""
    made = connection.execute(
        text(ADD),
        {
            "jurisdiction": jurisdiction_id, "since": since, "giver": giver_id,
            "receiver": receiver_id, "marks": json.dumps(dict(marks)), "mark": mark,
            "remark": remark,
        },
    )  # fmt: skip
    return made.first() is not None


def answers(connection: Connection, jurisdiction_id: int, period: Period) -> list[dict[str, Any]]:
    """How reporters judged, by sub-district and department, as far as the caller sees."""
    rows = connection.execute(
        text(ANSWERED),
        {
            "jurisdiction": jurisdiction_id, "closed": list(CLOSED),
            "kinds": [*ANSWERS, *CLOSED], "since": period.since, "until": period.until,
        },
    )  # fmt: skip
    return [
        {**told, "name": pop_names(told),
         **{name: int(told[name] or 0) for name in (*ANSWERS, "closed")}}
        for told in map(dict, rows.mappings())
    ]  # fmt: skip
