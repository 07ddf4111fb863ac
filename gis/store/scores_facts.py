"""Histories read for scoring, and the facts and entries that come of them, each written once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from gis.assessment.scoring import KEPT, Call, CaseHistory, Fact, Holding, Step
from gis.incidents.deadlines import WHOLE

CASES = """
SELECT id, grid_code, person_id, department_id, category_code, severity, source, due_at,
       satisfaction
FROM incident WHERE id = ANY(:ids) AND jurisdiction_id = :jurisdiction ORDER BY id
"""
# Of what a step changed, only what is scored by.
STEPS = """
SELECT e.incident_id, e.id, e.at, e.action, e.actor = 'system' AS by_system,
       CASE WHEN e.data ?| cast(:kept AS text[]) THEN e.data END AS data,
       CASE WHEN e.action = 'report'
            THEN (SELECT a.person_id FROM account AS a WHERE a.login = login_of(e.actor)) END
         AS finder_id
FROM incident_event AS e WHERE e.incident_id = ANY(:ids) ORDER BY e.incident_id, e.id
"""
HOLDINGS = """
SELECT h.incident_id, h.since, h.organisation_id, h.person_id,
       coalesce(o.kind = 'department', false) AS department,
       h.ended_how IS NOT DISTINCT FROM 'returned' AS returned
FROM hand AS h LEFT JOIN organisation AS o ON o.id = h.organisation_id
WHERE h.incident_id = ANY(:ids) AND h.task = 'handle' AND h.is_lead ORDER BY h.incident_id, h.id
"""
TURNS = """
SELECT incident_id, turns FROM clock WHERE kind = :whole AND incident_id = ANY(:ids)
ORDER BY incident_id, id
"""
CALLS = """
SELECT c.id, c.organisation_id, w.due_at, w.incident_id, w.code,
       (SELECT jsonb_agg(jsonb_build_array(e.id, e.at, e.action) ORDER BY e.id)
        FROM whistle_event AS e
        WHERE e.whistle_id = w.id AND (e.call_id = c.id OR e.action = 'cancel')) AS steps
FROM whistle_call AS c JOIN whistle AS w ON w.id = c.whistle_id
WHERE w.jurisdiction_id = :jurisdiction AND w.id IN (
  SELECT whistle_id FROM whistle_event WHERE id > :after)
ORDER BY c.id
"""
# A step of a transaction that is still under way has a lower number than some that are known: what
# is younger than a day is looked at again.
WHISTLE_END = """
SELECT coalesce(max(id), 0) FROM whistle_event WHERE recorded_at < now() - interval '1 day'
"""
TOLD = """
INSERT INTO score_fact (jurisdiction_id, source, event_id, of_event, kind, at, day, incident_id,
  grid_code, person_id, department_id, category_code, severity, channel, recorded_by)
SELECT :jurisdiction, :source, f.*, current_actor()
FROM unnest(cast(:event_id AS bigint[]), cast(:of_event AS bigint[]), cast(:kind AS text[]),
  cast(:at AS timestamptz[]), cast(:day AS date[]), cast(:incident_id AS bigint[]),
  cast(:grid_code AS text[]), cast(:person_id AS bigint[]), cast(:department_id AS bigint[]),
  cast(:category_code AS text[]), cast(:severity AS smallint[]), cast(:channel AS text[])) AS f
ON CONFLICT (source, event_id, of_event, kind) DO NOTHING
RETURNING id, event_id, of_event, kind
"""
SUBJECTS = """
  SELECT 'community' AS subject, o.id AS organisation_id, cast(NULL AS bigint) AS person_id, o.code
  FROM organisation AS o WHERE o.code = left(f.grid_code, 12) AND o.kind = 'community'
  UNION ALL
  SELECT 'sub_district', o.id, NULL, o.code
  FROM organisation AS o WHERE o.code = left(f.grid_code, 9) AND o.kind = 'sub_district'
  UNION ALL
  SELECT 'department', o.id, NULL, ''
  FROM organisation AS o WHERE o.id = f.department_id AND o.kind = 'department'
  UNION ALL
  SELECT 'person', NULL, f.person_id, coalesce(f.grid_code, '') WHERE f.person_id IS NOT NULL
"""
# By the versions of rules that held on the day of each fact.
GIVEN = f"""
INSERT INTO score_entry (jurisdiction_id, fact_id, rule_id, subject, organisation_id, person_id,
  code, day, points)
SELECT f.jurisdiction_id, f.id, r.id, s.subject, s.organisation_id, s.person_id, s.code, f.day,
       r.points
FROM score_fact AS f
JOIN score_rule AS r ON r.jurisdiction_id = f.jurisdiction_id AND r.kind = f.kind
  AND r.held @> f.day
CROSS JOIN LATERAL ({SUBJECTS}) AS s
WHERE f.id = ANY(:ids) AND s.subject = ANY(r.subjects)
  AND (r.categories = '{{}}' OR EXISTS (
    SELECT FROM unnest(r.categories) AS one WHERE starts_with(f.category_code, one)))
  AND (r.severities = '{{}}' OR f.severity = ANY(r.severities))
  AND (r.sources = '{{}}' OR f.channel = ANY(r.sources))
ORDER BY f.id, r.id, s.subject
ON CONFLICT DO NOTHING
"""
# What is left of each entry, after appeals, is taken back.
TAKEN_BACK = """
INSERT INTO score_entry (jurisdiction_id, fact_id, rule_id, subject, organisation_id, person_id,
  code, day, points, corrects_id)
SELECT e.jurisdiction_id, f.id, e.rule_id, e.subject, e.organisation_id, e.person_id, e.code, f.day,
       -(e.points + coalesce(
         (SELECT sum(c.points) FROM score_entry AS c WHERE c.corrects_id = e.id), 0)),
       e.id
FROM score_fact AS f
JOIN score_fact AS o ON o.source = f.source AND o.event_id = f.of_event AND o.kind = f.kind
JOIN score_entry AS e ON e.fact_id = o.id AND e.appeal_id IS NULL
WHERE f.id = ANY(:ids)
ORDER BY f.id, e.id
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """How many facts were new, and how many entries they gave."""

    facts: int
    entries: int


def histories(
    connection: Connection, jurisdiction_id: int, incident_ids: Sequence[int]
) -> list[CaseHistory]:
    """The histories of those of these incidents that an office has."""
    ids = {"ids": list(incident_ids), "jurisdiction": jurisdiction_id}
    steps: defaultdict[int, list[Step]] = defaultdict(list)
    for row in connection.execute(text(STEPS), {**ids, "kept": [*KEPT, "step"]}):
        steps[row.incident_id].append(
            Step(
                id=row.id, at=row.at, action=row.action, data=row.data or {},
                finder_id=row.finder_id, by_system=row.by_system,
            )
        )  # fmt: skip
    held: defaultdict[int, list[Holding]] = defaultdict(list)
    for row in connection.execute(text(HOLDINGS), ids):
        held[row.incident_id].append(
            Holding(
                since=row.since, organisation_id=row.organisation_id, department=row.department,
                person_id=row.person_id, returned=row.returned,
            )
        )  # fmt: skip
    turns: defaultdict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(text(TURNS), {**ids, "whole": WHOLE}):
        turns[row.incident_id].append(row.turns)
    return [
        CaseHistory(
            incident_id=row["id"],
            now=dict(row),
            steps=steps[row["id"]],
            holdings=held[row["id"]],
            turns=turns[row["id"]],
        )
        for row in connection.execute(text(CASES), ids).mappings()
    ]


def calls(connection: Connection, jurisdiction_id: int, after: int) -> list[Call]:
    """The calls of whistles that had a step after one of this number."""
    from datetime import datetime

    rows = connection.execute(text(CALLS), {"jurisdiction": jurisdiction_id, "after": after})
    return [
        Call(
            department_id=row.organisation_id, due_at=row.due_at, incident_id=row.incident_id,
            code=row.code,
            steps=[
                Step(id=step, at=datetime.fromisoformat(at), action=action, data={})
                for step, at, action in row.steps or ()
            ],
        )
        for row in rows
    ]  # fmt: skip


def whistle_end(connection: Connection) -> int:
    """The step of whistles before which none will be added any more."""
    return int(connection.execute(text(WHISTLE_END)).scalar_one())


def write(
    connection: Connection,
    jurisdiction_id: int,
    source: str,
    facts: Sequence[Fact],
    zone: ZoneInfo,
) -> Written:
    """Write those facts that are new, and their entries: by the rules of their days, or taking back
    what there is. Of a fact that is taken back, the fact itself must be among them."""
    if not facts:
        return Written(facts=0, entries=0)
    columns = {
        name: [getattr(one, name) for one in facts]
        for name in (
            "event_id", "of_event", "kind", "at", "incident_id", "grid_code", "person_id",
            "department_id", "category_code", "severity", "channel",
        )
    }  # fmt: skip
    days = [one.at.astimezone(zone).date() for one in facts]
    rows = connection.execute(
        text(TOLD), {"jurisdiction": jurisdiction_id, "source": source, "day": days, **columns}
    ).all()
    depths: dict[tuple[int, str], int] = {}
    for fact in facts:
        before = depths.get((fact.of_event, fact.kind), 0) if fact.of_event else -1
        depths[fact.event_id, fact.kind] = before + 1
    by_depth: defaultdict[int, list[int]] = defaultdict(list)
    for row in rows:
        by_depth[depths[row.event_id, row.kind]].append(row.id)
    entries = 0
    for depth in sorted(by_depth):
        statement = TAKEN_BACK if depth else GIVEN
        entries += connection.execute(text(statement), {"ids": sorted(by_depth[depth])}).rowcount
    return Written(facts=len(rows), entries=entries)
