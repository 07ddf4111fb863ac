"""Rankings added up from the ledger, and frozen when their period is over."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text

from gis.assessment.periods import Board, Period
from gis.assessment.scoring import CLOSED
from gis.store.names import pop_names

RANKED = """
SELECT o.id, o.code, o.name_zh, o.name_en, g.population AS people
FROM organisation AS o LEFT JOIN organisation AS above ON above.id = o.parent_id
LEFT JOIN plan ON plan.jurisdiction_id = :jurisdiction AND plan.effective @> now()
LEFT JOIN grid AS g ON g.plan_id = plan.id AND g.code = o.code
WHERE o.kind = :kind AND coalesce(o.closed_at > cast(:since AS timestamptz), true)
  AND starts_with(CASE o.kind WHEN 'department' THEN above.code ELSE o.code END, :code)
ORDER BY o.code
"""
POINTS = """
SELECT organisation_id AS id, day, coalesce(sum(points) FILTER (WHERE points > 0), 0) AS added,
       coalesce(sum(points) FILTER (WHERE points < 0), 0) AS taken, count(*) AS entries
FROM score_entry
WHERE jurisdiction_id = :jurisdiction AND subject = :subject AND day >= :since AND day < :until
  AND starts_with(code, :place) AND id <= coalesce(:through, id)
GROUP BY organisation_id, day
"""
# By category: the points, and the squares of those of each case, or of each entry that is of none.
MIXED = """
WITH one AS (
  SELECT e.{whose} AS id, coalesce(left(f.category_code, 2), '') AS category,
         sum(e.points) AS points
  FROM score_entry AS e JOIN score_fact AS f ON f.id = e.fact_id
  WHERE e.jurisdiction_id = :jurisdiction AND e.subject = :subject
    AND e.day >= :since AND e.day < :until AND starts_with(e.code, :place)
    AND e.id <= coalesce(:through, e.id)
  GROUP BY 1, 2, coalesce(f.incident_id, -f.id)
)
SELECT id, category, sum(points)::float8 AS points, sum(points * points)::float8 AS squares
FROM one GROUP BY 1, 2
"""
# Entered after a period was published, for a day in it or before.
LATE = """
SELECT organisation_id AS id, sum(points) AS points, count(*) AS entries FROM score_entry
WHERE id > :through AND jurisdiction_id = :jurisdiction AND subject = :subject AND day < :until
  AND starts_with(code, :place)
GROUP BY organisation_id
"""
CASES = """
SELECT {whose} AS whose, coalesce(left(category_code, 2), '') AS category,
       sum(CASE WHEN of_event = 0 THEN 1 ELSE -1 END)::int AS cases
FROM score_fact WHERE jurisdiction_id = :jurisdiction AND kind = ANY(:closed)
  AND day >= :since AND day < :until
GROUP BY 1, 2
"""
# Which of the entries' columns tells who is scored, and how cases tell the same.
ORGANISATION, PERSON = "organisation_id", "person_id"
WHOSE = {
    "community": "left(grid_code, 12)", "sub_district": "left(grid_code, 9)",
    "department": "department_id::text", "person": "person_id::text",
}  # fmt: skip
PUBLISHED = """
SELECT id, since, until, through, standings, published_at FROM score_ranking
WHERE jurisdiction_id = :jurisdiction AND board = :board AND code = :code
"""


def ranked(
    connection: Connection, jurisdiction_id: int, board: Board, code: str, since: date
) -> list[dict[str, Any]]:
    """The organisations that a board ranks, with the people who live there."""
    rows = connection.execute(
        text(RANKED),
        {"jurisdiction": jurisdiction_id, "kind": board.subject, "code": code, "since": since},
    )
    return [{**told, "name": pop_names(told)} for told in map(dict, rows.mappings())]


def points(
    connection: Connection,
    jurisdiction_id: int,
    board: Board,
    code: str,
    period: Period,
    *,
    through: int | None = None,
) -> list[Any]:
    """Points by organisation and day, of entries up to `through`: rows with id, day, added, taken,
    entries."""
    values = {**_values(jurisdiction_id, board, code, period), "through": through}
    return list(connection.execute(text(POINTS), values))


def mixed(
    connection: Connection,
    jurisdiction_id: int,
    subject: str,
    place: str,
    period: Period,
    *,
    through: int | None = None,
) -> list[Any]:
    """Points by who is scored and first level of the category: rows with id, category, points,
    squares (of the points of each case)."""
    whose = PERSON if subject == "person" else ORGANISATION
    values = {
        "jurisdiction": jurisdiction_id, "subject": subject, "since": period.since,
        "until": period.until, "place": place, "through": through,
    }  # fmt: skip
    return list(connection.execute(text(MIXED.format(whose=whose)), values))


def late(
    connection: Connection, jurisdiction_id: int, board: Board, code: str, *, last: Any
) -> dict[int, tuple[Any, int]]:
    """What was entered since a ranking was published, for days up to its end: points and entries
    by organisation."""
    period = Period(since=last["since"], until=last["until"])
    values = {**_values(jurisdiction_id, board, code, period), "through": last["through"]}
    rows = connection.execute(text(LATE), values)
    return {row.id: (row.points, row.entries) for row in rows}


def cases(
    connection: Connection, jurisdiction_id: int, subject: str, period: Period
) -> dict[str, dict[str, int]]:
    """Cases closed, less those reopened, by the code of the organisation (of departments and people
    by id) and the first level of the category."""
    rows = connection.execute(
        text(CASES.format(whose=WHOSE[subject])),
        {
            "jurisdiction": jurisdiction_id, "closed": list(CLOSED), "since": period.since,
            "until": period.until,
        },
    )  # fmt: skip
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        if row.whose is not None:
            found.setdefault(row.whose, {})[row.category] = max(row.cases, 0)
    return found


def published(
    connection: Connection, jurisdiction_id: int, board: Board, code: str, since: date
) -> dict[str, Any] | None:
    """The ranking of a period as it was published."""
    return _one(connection, jurisdiction_id, board, code, "since = :since", since)


def last_before(
    connection: Connection, jurisdiction_id: int, board: Board, code: str, since: date
) -> dict[str, Any] | None:
    """The last ranking that was published of a period before a day."""
    more = "until <= :since ORDER BY since DESC LIMIT 1"
    return _one(connection, jurisdiction_id, board, code, more, since)


def first_after(
    connection: Connection, jurisdiction_id: int, board: Board, code: str, until: date
) -> dict[str, Any] | None:
    """The first ranking that was published of a period after a day."""
    more = "since >= :since ORDER BY since LIMIT 1"
    return _one(connection, jurisdiction_id, board, code, more, until)


def published_since(
    connection: Connection, jurisdiction_id: int, since: date
) -> set[tuple[str, str, date]]:
    """The boards, codes and first days of what was published of periods since a day."""
    query = (
        "SELECT board, code, since FROM score_ranking WHERE jurisdiction_id = :id"
        " AND since >= :since"
    )
    rows = connection.execute(text(query), {"id": jurisdiction_id, "since": since})
    return {(row.board, row.code, row.since) for row in rows}


def publish(
    connection: Connection,
    jurisdiction_id: int,
    board: str,
    code: str,
    period: Period,
    standings: Any,
    *,
    through: int | None = None,
) -> None:
    """Keep a ranking that counts entries up to `through`, or up to now. A second one of the same
    period changes nothing."""
    connection.execute(
        text(
            "INSERT INTO score_ranking (jurisdiction_id, board, code, since, until, through,"
            " standings, published_by) SELECT :jurisdiction, :board, :code, :since, :until,"
            " coalesce(:through, (SELECT max(id) FROM score_entry), 0),"
            " cast(:standings AS jsonb), current_actor() ON CONFLICT DO NOTHING"
        ),
        {
            "jurisdiction": jurisdiction_id, "board": board, "code": code,
            "since": period.since, "until": period.until, "through": through,
            "standings": json.dumps(standings, ensure_ascii=False, default=str),
        },
    )  # fmt: skip


def places(connection: Connection, jurisdiction_id: int) -> list[dict[str, Any]]:
    """The sub-districts of an office, each of which ranks its communities."""
    rows = connection.execute(
        text(
            "SELECT o.id, o.code, o.name_zh, o.name_en FROM organisation AS o"
            " JOIN organisation AS office ON office.id = :id"
            " WHERE o.kind = 'sub_district' AND starts_with(o.code, office.code)"
            " AND coalesce(o.closed_at > now(), true) ORDER BY o.code"
        ),
        {"id": jurisdiction_id},
    )
    return [{**told, "name": pop_names(told)} for told in map(dict, rows.mappings())]


def first_day(connection: Connection, jurisdiction_id: int) -> date | None:
    """The first day that any rule held."""
    query = "SELECT min(lower(held)) FROM score_rule WHERE jurisdiction_id = :id"
    found: date | None = connection.scalar(text(query), {"id": jurisdiction_id})
    return found


def begun_at(connection: Connection, jurisdiction_id: int) -> datetime | None:
    """Since when an office scores, whatever the first day that it scored."""
    query = "SELECT min(recorded_at) FROM score_setting WHERE jurisdiction_id = :id"
    found: datetime | None = connection.scalar(text(query), {"id": jurisdiction_id})
    return found


def _one(
    connection: Connection, jurisdiction_id: int, board: Board, code: str, more: str, since: date
) -> dict[str, Any] | None:
    row = connection.execute(
        text(f"{PUBLISHED} AND {more}"),
        {"jurisdiction": jurisdiction_id, "board": board.name, "code": code, "since": since},
    ).mappings().first()  # fmt: skip
    return None if row is None else dict(row)


def _values(jurisdiction_id: int, board: Board, code: str, period: Period) -> dict[str, Any]:
    return {
        "jurisdiction": jurisdiction_id, "subject": board.subject,
        "since": period.since, "until": period.until,
        # Departments have no place in the tree of codes.
        "place": "" if board.subject == "department" else code,
    }  # fmt: skip
