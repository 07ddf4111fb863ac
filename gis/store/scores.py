"""How an office scores: its settings, and its rules in all their versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from gis.errors import ConflictError, NotFoundError
from gis.store.names import pop_names

SETTING = """
SELECT zone, appeal_days, small_below FROM score_setting WHERE jurisdiction_id = :id
ORDER BY id DESC LIMIT 1
"""
RULES = """
SELECT id, jurisdiction_id, series, former_id, kind, subjects, points, categories, severities,
       sources, name_zh, name_en, lower(held) AS since, upper(held) AS until,
       isempty(held) AS withdrawn, reason, recorded_at, recorded_by, ended_by, ended_reason
FROM score_rule
"""
ADD = """
INSERT INTO score_rule (jurisdiction_id, series, former_id, kind, subjects, points, categories,
  severities, sources, name_zh, name_en, held, reason, recorded_by)
VALUES (:jurisdiction, 0, :former, :kind, :subjects, :points, :categories, :severities, :sources,
  :name_zh, :name_en, daterange(:since, :until), :reason, '')
RETURNING id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """The office's zone, how many days an entry may be appealed, and what is a small number."""

    zone: str
    appeal_days: int
    small_below: int


def found_setting(connection: Connection, jurisdiction_id: int) -> Setting | None:
    """How an office scores; None where it does not yet."""
    row = connection.execute(text(SETTING), {"id": jurisdiction_id}).mappings().first()
    return None if row is None else Setting(**row)


def setting(connection: Connection, jurisdiction_id: int) -> Setting:
    """How an office scores. Raises ConflictError `scores-not-begun`."""
    found = found_setting(connection, jurisdiction_id)
    if found is None:
        raise ConflictError("scores-not-begun")
    return found


def add_setting(connection: Connection, jurisdiction_id: int, given: Setting) -> None:
    """Settings from now on."""
    connection.execute(
        text(
            "INSERT INTO score_setting (jurisdiction_id, zone, appeal_days, small_below,"
            " recorded_by) VALUES (:id, :zone, :appeal_days, :small_below, current_actor())"
        ),
        {
            "id": jurisdiction_id, "zone": given.zone, "appeal_days": given.appeal_days,
            "small_below": given.small_below,
        },
    )  # fmt: skip


def today(connection: Connection, zone: str) -> date:
    """The office's day."""
    query = "SELECT (clock_timestamp() AT TIME ZONE :zone)::date"
    found: date = connection.execute(text(query), {"zone": zone}).scalar_one()
    return found


def rules(
    connection: Connection, jurisdiction_id: int, *, day: date | None = None
) -> list[dict[str, Any]]:
    """All versions of all rules, the newest of each first; or those that held on a day."""
    where = "jurisdiction_id = :id" + ("" if day is None else " AND held @> cast(:day AS date)")
    rows = connection.execute(
        text(f"{RULES} WHERE {where} ORDER BY kind, series, id DESC"),
        {"id": jurisdiction_id, "day": day},
    )
    return [_shown(row) for row in rows.mappings()]


def rule(connection: Connection, rule_id: int, *, hold: bool = False) -> dict[str, Any]:
    """One version of a rule. Raises NotFoundError `score-rule-not-found`."""
    query = f"{RULES} WHERE id = :id{' FOR UPDATE' if hold else ''}"
    row = connection.execute(text(query), {"id": rule_id}).mappings().first()
    if row is None:
        raise NotFoundError("score-rule-not-found", id=rule_id)
    return _shown(row)


def same_rule(
    connection: Connection,
    jurisdiction_id: int,
    given: Mapping[str, Any],
    *,
    since: date,
    until: date | None,
) -> int | None:
    """A rule that gives the same points for the same on some of these days; its id."""
    query = """SELECT id FROM score_rule WHERE jurisdiction_id = :jurisdiction AND kind = :kind
      AND points = :points AND subjects @> :subjects AND subjects <@ :subjects
      AND categories @> :categories AND categories <@ :categories
      AND severities @> cast(:severities AS smallint[])
      AND severities <@ cast(:severities AS smallint[])
      AND sources @> :sources AND sources <@ :sources
      AND held && daterange(:since, :until) ORDER BY id LIMIT 1"""
    values = {**given, "jurisdiction": jurisdiction_id, "since": since, "until": until}
    found: int | None = connection.scalar(text(query), values)
    return found


def add_rule(
    connection: Connection,
    jurisdiction_id: int,
    given: Mapping[str, Any],
    *,
    since: date,
    until: date | None,
    former_id: int | None,
    reason: str | None,
) -> int:
    """Write a rule, or the next version of one; gives its id. `until`: the first day without it."""
    values = {
        "jurisdiction": jurisdiction_id, "former": former_id, "since": since, "until": until,
        "reason": reason, **given,
    }  # fmt: skip
    return int(connection.execute(text(ADD), values).scalar_one())


def end_rule(connection: Connection, rule_id: int, until: date, reason: str) -> None:
    """Let a version hold no longer than to before a day."""
    connection.execute(
        text(
            "UPDATE score_rule SET held = held * daterange(NULL, :until),"
            " ended_by = current_actor(), ended_reason = :reason WHERE id = :id"
        ),
        {"id": rule_id, "until": until, "reason": reason},
    )


def _shown(row: Mapping[Any, Any]) -> dict[str, Any]:
    told = dict(row)
    return {**told, "name": pop_names(told)}
