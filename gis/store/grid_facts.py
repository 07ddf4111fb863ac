"""Counts per grid: the kinds, what was counted when and by whom, and sums for any level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from gis.errors import InputError, NotFoundError
from gis.store.names import names
from gis.store.scope import scope_on

GROUPS = {
    "01": "people", "02": "places", "03": "things", "04": "feelings", "05": "events",
    "06": "organisations",
}  # fmt: skip
DIGITS = {0: 0, 1: 9, 2: 12, 3: 15}
HOUSEHOLDS = "0101"
BLOCK = 20_000  # rows of one INSERT

KINDS = """
SELECT id, code, name_zh, name_en, max_age_days, jurisdiction_id IS NOT NULL AS own,
       retired_at IS NOT NULL AS retired
FROM fact_kind WHERE (jurisdiction_id IS NULL OR jurisdiction_id = :of)
ORDER BY code
"""
# The grids of a level that the caller sees, or the way down to them; a page of them by code.
GRIDS = """
SELECT g.code, g.name_zh, g.name_en FROM grid AS g
WHERE g.plan_id = :plan AND g.level = :level AND g.code > :after
  AND starts_with(g.code, :parent)
  AND (starts_with(g.code, :below) OR starts_with(:below, g.code))
  AND (cast(:codes AS text[]) IS NULL
       OR EXISTS (SELECT FROM unnest(cast(:codes AS text[])) AS own
                  WHERE starts_with(own, g.code)))
ORDER BY g.code LIMIT :limit
"""
BASIC = """
SELECT g.code, g.households FROM grid AS g
WHERE g.plan_id = :plan AND g.level = 3 AND g.code BETWEEN :first AND :last
  AND starts_with(g.code, :below)
  AND (cast(:codes AS text[]) IS NULL OR g.code = ANY(:codes))
ORDER BY g.code
"""
NOW = """
SELECT grid_code, kind_id, as_of, value, source FROM grid_fact_now
WHERE jurisdiction_id = :of AND grid_code BETWEEN :first AND :last
"""
# Of each day the last one, unless it took the others back; of those the latest day.
THEN = """
SELECT DISTINCT ON (grid_code, kind_id) grid_code, kind_id, as_of, value, source
FROM (SELECT DISTINCT ON (grid_code, kind_id, as_of) grid_code, kind_id, as_of, value, source
      FROM grid_fact
      WHERE jurisdiction_id = :of AND grid_code BETWEEN :first AND :last AND as_of <= :at
      ORDER BY grid_code, kind_id, as_of DESC, id DESC) AS days
WHERE value IS NOT NULL ORDER BY grid_code, kind_id, as_of DESC
"""
SUMS = """
WITH fact AS ({facts})
SELECT left(fact.grid_code, :digits) AS code, kind.code AS kind, sum(fact.value) AS value,
       count(*) AS grids, min(fact.as_of) AS oldest, max(fact.as_of) AS newest,
       count(*) FILTER (WHERE fact.as_of + kind.max_age_days < :day) AS old,
       count(*) FILTER (WHERE fact.as_of < :since) AS before_plan,
       min(fact.source) AS source, min(fact.source) <> max(fact.source) AS sources
FROM fact JOIN fact_kind AS kind ON kind.id = fact.kind_id
JOIN grid AS g ON g.plan_id = :plan AND g.level = 3 AND g.code = fact.grid_code
GROUP BY 1, 2 ORDER BY 1, 2
"""
# Counts of codes that no grid bears any more: they stay with the code, and are in no sum.
RETIRED = """
SELECT n.grid_code AS code, kind.code AS kind, n.value, n.as_of, n.source
FROM grid_fact_now AS n JOIN fact_kind AS kind ON kind.id = n.kind_id
WHERE n.jurisdiction_id = :of AND NOT EXISTS (
  SELECT FROM grid AS g WHERE g.plan_id = :plan AND g.code = n.grid_code)
ORDER BY 1, 2 LIMIT :limit
"""
HISTORY = """
SELECT f.id, f.as_of, f.value, f.source, f.recorded_at, f.recorded_by, job.file_name AS file
FROM grid_fact AS f LEFT JOIN import_job AS job ON job.id = f.import_job_id
WHERE f.jurisdiction_id = :of AND f.grid_code = :grid AND f.kind_id = :kind
ORDER BY f.as_of DESC, f.id DESC LIMIT :limit
"""


class Span(NamedTuple):
    """Basic grids from one code to another, both included."""

    first: str
    last: str


WHOLE = Span("0" * 15, "9" * 15)


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The plan in force of a jurisdiction, and the day since when."""

    plan_id: int
    since: date


def in_force(connection: Connection, jurisdiction_id: int, time_zone: str) -> InForce | None:
    """The plan in force, if there is one, with the office's day of its beginning."""
    query = """SELECT id, (lower(effective) AT TIME ZONE :zone)::date AS since FROM plan
      WHERE jurisdiction_id = :of AND status = 'published'"""
    row = connection.execute(text(query), {"of": jurisdiction_id, "zone": time_zone}).first()
    return None if row is None else InForce(plan_id=row.id, since=row.since)


def seen(connection: Connection) -> dict[str, Any]:
    """Which grids the caller sees, as BASIC and GRIDS ask it: below a code, or some codes."""
    scope = scope_on(connection)
    if scope is None or scope.whole:
        return {"below": "", "codes": None}
    if scope.below is not None:
        return {"below": scope.below, "codes": None}
    return {"below": "", "codes": list(scope.grid_codes)}


def kinds(connection: Connection, jurisdiction_id: int) -> list[dict[str, Any]]:
    """What can be counted: everybody's kinds and the jurisdiction's own, by code."""
    rows = connection.execute(text(KINDS), {"of": jurisdiction_id})
    return [
        {
            "id": row.id, "code": row.code, "group": GROUPS[row.code[:2]],
            "name": names(row.name_zh, row.name_en), "max_age_days": row.max_age_days,
            "own": row.own, "retired": row.retired,
        }
        for row in rows
    ]  # fmt: skip


def kind_id(connection: Connection, jurisdiction_id: int, code: str) -> int:
    """The id of a kind, also of a retired one. Raises InputError `fact-kind-unknown`."""
    found = next((one for one in kinds(connection, jurisdiction_id) if one["code"] == code), None)
    if found is None:
        raise InputError("fact-kind-unknown", kind=code, field="kind")
    return int(found["id"])


def write(
    connection: Connection,
    jurisdiction_id: int,
    rows: Sequence[tuple[str, int, date, int | None, str]],
    *,
    job_id: int | None,
) -> None:
    """Record counts: grid code, id of the kind, day, value (None takes back the one of the day),
    source."""
    for start in range(0, len(rows), BLOCK):
        codes, ids, days, values, sources = zip(*rows[start : start + BLOCK], strict=True)
        connection.execute(
            text(
                "INSERT INTO grid_fact (jurisdiction_id, grid_code, kind_id, as_of, value, source,"
                " import_job_id) SELECT :of, grid, kind, day, value, source, :job"
                " FROM unnest(cast(:codes AS text[]), cast(:ids AS bigint[]),"
                " cast(:days AS date[]), cast(:values AS bigint[]), cast(:sources AS text[]))"
                " AS given (grid, kind, day, value, source)"
            ),
            {
                "of": jurisdiction_id, "job": job_id, "codes": list(codes), "ids": list(ids),
                "days": list(days), "values": list(values), "sources": list(sources),
            },
        )  # fmt: skip


def of_day(
    connection: Connection, jurisdiction_id: int, grid_code: str, kind_id: int, day: date
) -> dict[str, Any] | None:
    """The count of a day that holds, or what took it back (value None). Whoever else records the
    same kind in the same grid waits until this transaction ends."""
    values = {"of": jurisdiction_id, "grid": grid_code, "kind": kind_id, "day": day}
    connection.execute(
        text(
            "SELECT pg_advisory_xact_lock(hashtextextended(format('fact %s %s %s',"
            " cast(:of AS text), cast(:grid AS text), cast(:kind AS text)), 0))"
        ),
        values,
    )
    query = """SELECT id, value, source, recorded_at, recorded_by FROM grid_fact
      WHERE jurisdiction_id = :of AND grid_code = :grid AND kind_id = :kind AND as_of = :day
      ORDER BY id DESC LIMIT 1"""
    row = connection.execute(text(query), values).mappings().first()
    return None if row is None else dict(row)


def present(
    connection: Connection, jurisdiction_id: int, within: Span
) -> dict[tuple[str, int], Any]:
    """The latest counts of basic grids, by grid and kind's id."""
    values = {"of": jurisdiction_id, **within._asdict()}
    return {(row.grid_code, row.kind_id): row for row in connection.execute(text(NOW), values)}


def grids(
    connection: Connection, plan_id: int, *, level: int, parent: str, after: str, limit: int
) -> list[dict[str, Any]]:
    """A page of the grids of a level that the caller sees, by code, behind `after`."""
    values = {"plan": plan_id, "level": level, "parent": parent, "after": after, "limit": limit}
    rows = connection.execute(text(GRIDS), values | seen(connection))
    return [{"code": row.code, "name": names(row.name_zh, row.name_en)} for row in rows]


def span(codes: Sequence[str]) -> Span:
    """The basic grids from the first to the last of some grids of any level."""
    return Span(codes[0].ljust(15, "0"), codes[-1].ljust(15, "9"))


def basic_grids(connection: Connection, plan_id: int, within: Span) -> list[tuple[str, int]]:
    """Codes of basic grids that the caller sees, with the plan's households."""
    values = {"plan": plan_id, **within._asdict()}
    rows = connection.execute(text(BASIC), values | seen(connection))
    return [(row.code, row.households) for row in rows]


def require_basic(connection: Connection, jurisdiction_id: int, code: str) -> None:
    """Let pass a basic grid of the plan in force that the caller sees.

    Raises InputError `base-grid-unknown`, NotFoundError `outside-scope`.
    """
    query = """SELECT starts_with(grid.code, :below)
        AND (cast(:codes AS text[]) IS NULL OR grid.code = ANY(:codes))
      FROM grid JOIN plan ON plan.id = grid.plan_id
      WHERE plan.jurisdiction_id = :of AND plan.status = 'published' AND grid.code = :code
        AND grid.level = 3"""
    values = {"of": jurisdiction_id, "code": code}
    mine: bool | None = connection.scalar(text(query), values | seen(connection))
    if mine is None:
        raise InputError("base-grid-unknown", code=code, field="grid_code")
    if not mine:
        raise NotFoundError("outside-scope")


def sums(
    connection: Connection,
    jurisdiction_id: int,
    plan: InForce,
    within: Span,
    *,
    level: int,
    day: date,
    at: date | None,
) -> list[dict[str, Any]]:
    """Sums by grid of a level (0: of all) and kind, of the counts that held `at` a day, or now.

    `grids`: of how many basic grids. `old`: of them, counted longer ago than the kind allows on
    `day`. `before_plan`: counted before the boundaries of today. `source`: one of the sources,
    `sources`: there are others.
    """
    query = SUMS.format(facts=NOW if at is None else THEN)
    values = {
        "of": jurisdiction_id, "plan": plan.plan_id, "since": plan.since, "day": day, "at": at,
        "digits": DIGITS[level], **within._asdict(),
    }  # fmt: skip
    return [
        {**row, "value": int(row["value"])}
        for row in connection.execute(text(query), values).mappings()
    ]


def retired(
    connection: Connection, jurisdiction_id: int, plan: InForce, *, limit: int
) -> list[dict[str, Any]]:
    """The latest counts of codes that the plan in force does not have."""
    values = {"of": jurisdiction_id, "plan": plan.plan_id, "limit": limit}
    return [dict(row) for row in connection.execute(text(RETIRED), values).mappings()]


def history(
    connection: Connection, jurisdiction_id: int, grid_code: str, kind: str, *, limit: int
) -> list[dict[str, Any]]:
    """Every count of a kind in a basic grid, the latest day first, and who recorded it when."""
    values = {
        "of": jurisdiction_id, "grid": grid_code, "limit": limit,
        "kind": kind_id(connection, jurisdiction_id, kind),
    }  # fmt: skip
    return [dict(row) for row in connection.execute(text(HISTORY), values).mappings()]


def own_grids(connection: Connection, codes: Sequence[str]) -> list[dict[str, Any]]:
    """Basic grids in force among some codes: code, name, and the jurisdiction's id."""
    query = """SELECT plan.jurisdiction_id, grid.code, grid.name_zh, grid.name_en FROM grid
      JOIN plan ON plan.id = grid.plan_id
      WHERE plan.status = 'published' AND grid.level = 3 AND grid.code = ANY(:codes)
      ORDER BY grid.code"""
    rows = connection.execute(text(query), {"codes": list(codes)})
    return [
        {
            "jurisdiction_id": row.jurisdiction_id,
            "code": row.code,
            "name": names(row.name_zh, row.name_en),
        }
        for row in rows
    ]
