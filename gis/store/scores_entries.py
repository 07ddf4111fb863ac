"""The ledger as it is read, what is entered by hand, and appeals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, text

from gis.errors import NotFoundError
from gis.store.names import names
from gis.store.scope import beyond

# The case only for who sees it; its number is told to whoever sees the entry.
ENTRIES = """
SELECT e.id, e.jurisdiction_id, e.subject, e.organisation_id, e.person_id, e.code, e.day, e.points,
       e.corrects_id, e.appeal_id, e.recorded_at, o.name_zh, o.name_en, p.name AS person_name,
       r.id AS rule_id, r.name_zh AS rule_name_zh, r.name_en AS rule_name_en,
       f.kind, f.source, f.at, f.of_event, f.reason, f.document, f.recorded_by,
       f.recorded_account_id, i.id AS incident_id, i.serial, i.title,
       a.id AS open_appeal_id, a.asked_at, a.asked_by, a.reason AS asked_reason, a.decided_at,
       a.decided_by, a.decision, a.decided_reason,
       e.points + coalesce((SELECT sum(c.points) FROM score_entry AS c
                            WHERE c.corrects_id = e.id), 0) AS standing
FROM score_entry AS e
JOIN score_fact AS f ON f.id = e.fact_id
JOIN score_rule AS r ON r.id = e.rule_id
LEFT JOIN organisation AS o ON o.id = e.organisation_id
LEFT JOIN person AS p ON p.id = e.person_id
LEFT JOIN incident AS i ON i.id = f.incident_id
LEFT JOIN score_appeal AS a ON a.entry_id = e.id
"""
HAND = """
INSERT INTO score_fact (jurisdiction_id, source, event_id, kind, at, day, incident_id, grid_code,
  person_id, department_id, reason, document, caller, key, recorded_by, recorded_account_id)
VALUES (:jurisdiction, 'hand', 0, :kind,
  cast(cast(:day AS date) AS timestamp) AT TIME ZONE :zone, :day, :incident, :code, :person,
  :department, :reason, :document, :caller, :key, current_actor(), :account)
RETURNING id
"""
ENTER = """
INSERT INTO score_entry (jurisdiction_id, fact_id, rule_id, subject, organisation_id, person_id,
  code, day, points)
VALUES (:jurisdiction, :fact, :rule, :subject, :organisation, :person, :code, :day, :points)
RETURNING id
"""
CORRECT = """
INSERT INTO score_entry (jurisdiction_id, fact_id, rule_id, subject, organisation_id, person_id,
  code, day, points, corrects_id, appeal_id)
SELECT jurisdiction_id, fact_id, rule_id, subject, organisation_id, person_id, code, day, :points,
       id, :appeal
FROM score_entry WHERE id = :entry
"""
APPEALS = """
SELECT a.id, a.entry_id FROM score_appeal AS a
WHERE a.jurisdiction_id = :jurisdiction AND (NOT :only_open OR a.decided_at IS NULL)
  AND (cast(:before AS bigint) IS NULL OR a.id < :before)
ORDER BY a.id DESC LIMIT :limit
"""


def listed(
    connection: Connection,
    jurisdiction_id: int,
    *,
    organisation_ids: Sequence[int] = (),
    person_ids: Sequence[int] = (),
    since: date | None = None,
    until: date | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """Entries that the caller sees, of these organisations and people or of all, on days from
    `since` to before `until`, the newest first."""
    parts = ["e.jurisdiction_id = :jurisdiction"]
    if organisation_ids or person_ids:
        parts.append("(e.organisation_id = ANY(:organisations) OR e.person_id = ANY(:people))")
    if since is not None:
        parts.append("e.day >= :since")
    if until is not None:
        parts.append("e.day < :until")
    if before is not None:
        parts.append("e.id < :before")
    rows = connection.execute(
        text(f"{ENTRIES} WHERE {' AND '.join(parts)} ORDER BY e.id DESC LIMIT :limit"),
        {
            "jurisdiction": jurisdiction_id, "organisations": list(organisation_ids),
            "people": list(person_ids), "since": since, "until": until, "before": before,
            "limit": limit,
        },
    )  # fmt: skip
    return [_shown(row) for row in rows.mappings()]


def entry(connection: Connection, entry_id: int) -> dict[str, Any]:
    """One entry that the caller sees. Raises NotFoundError `score-entry-not-found`."""
    query = text(f"{ENTRIES} WHERE e.id = :id")
    row = connection.execute(query, {"id": entry_id}).mappings().first()
    if row is None:
        raise NotFoundError("score-entry-not-found", id=entry_id)
    return _shown(row)


def by_key(connection: Connection, caller: str, key: str) -> tuple[int, dict[str, Any]] | None:
    """The entry that a caller made by hand under a key, and what the request said."""
    row = connection.execute(
        text(
            "SELECT e.id, f.kind, f.day, f.reason, f.document, f.incident_id, e.rule_id, e.subject,"
            " e.organisation_id, e.person_id, e.points FROM score_fact AS f"
            " JOIN score_entry AS e ON e.fact_id = f.id AND e.corrects_id IS NULL"
            " WHERE f.caller = :caller AND f.key = :key"
        ),
        {"caller": caller, "key": key},
    ).mappings().first()  # fmt: skip
    if row is None:
        return None
    told = dict(row)
    return int(told.pop("id")), told


def enter(connection: Connection, values: Mapping[str, Any]) -> int:
    """Write an entry by hand, and the fact that it is for; gives its id."""
    fact = connection.execute(text(HAND), dict(values)).scalar_one()
    made = connection.execute(text(ENTER), {**values, "fact": fact})
    return int(made.scalar_one())


def appeal(
    connection: Connection, given: Mapping[str, Any], *, reason: str, account_id: int | None
) -> int:
    """Write an appeal against an entry; gives its id."""
    made = connection.execute(
        text(
            "INSERT INTO score_appeal (jurisdiction_id, entry_id, reason, asked_by,"
            " asked_account_id) VALUES (:jurisdiction, :entry, :reason, current_actor(), :account)"
            " ON CONFLICT DO NOTHING RETURNING id"
        ),
        {
            "jurisdiction": given["jurisdiction_id"], "entry": given["id"], "reason": reason,
            "account": account_id,
        },
    ).scalar()  # fmt: skip
    return 0 if made is None else int(made)


def held_appeal(connection: Connection, appeal_id: int) -> dict[str, Any]:
    """An appeal that nobody else decides meanwhile. Raises NotFoundError
    `score-appeal-not-found`."""
    query = "SELECT * FROM score_appeal WHERE id = :id"
    row = connection.execute(text(query), {"id": appeal_id}).mappings().first()
    if row is None:
        raise NotFoundError("score-appeal-not-found", id=appeal_id)
    with beyond(connection):
        found = connection.execute(text(f"{query} FOR UPDATE"), {"id": appeal_id})
        return dict(found.mappings().one())


def decide(
    connection: Connection,
    appeal_id: int,
    *,
    decision: str,
    reason: str,
    points: Decimal | None,
    account_id: int | None,
) -> None:
    """Write down what was decided of an appeal."""
    connection.execute(
        text(
            "UPDATE score_appeal SET decided_at = clock_timestamp(), decided_by = current_actor(),"
            " decided_account_id = :account, decision = :decision, decided_reason = :reason,"
            " points = :points WHERE id = :id"
        ),
        {
            "id": appeal_id, "account": account_id, "decision": decision, "reason": reason,
            "points": points,
        },
    )  # fmt: skip


def correct(connection: Connection, entry_id: int, appeal_id: int, points: Decimal) -> None:
    """Add the entry by which an appeal puts another right."""
    connection.execute(text(CORRECT), {"entry": entry_id, "appeal": appeal_id, "points": points})


def appeals(
    connection: Connection, jurisdiction_id: int, *, only_open: bool, before: int | None, limit: int
) -> list[dict[str, Any]]:
    """The entries that were appealed, the newest appeal first."""
    values = {
        "jurisdiction": jurisdiction_id, "only_open": only_open, "before": before, "limit": limit,
    }  # fmt: skip
    rows = connection.execute(text(APPEALS), values).all()
    found = connection.execute(
        text(f"{ENTRIES} WHERE e.id = ANY(:ids)"), {"ids": [row.entry_id for row in rows]}
    )
    by_id = {row["id"]: _shown(row) for row in found.mappings()}
    return [by_id[row.entry_id] for row in rows if row.entry_id in by_id]


def _shown(row: Mapping[Any, Any]) -> dict[str, Any]:
    told = {
        name: row[name]
        for name in (
            "id", "jurisdiction_id", "subject", "organisation_id", "person_id", "code", "day",
            "points", "standing", "corrects_id", "kind", "source", "at", "reason", "document",
            "recorded_at", "rule_id",
        )
    }  # fmt: skip
    told["who"] = (
        names(row["person_name"] or "–", None)
        if row["subject"] == "person"
        else names(row["name_zh"], row["name_en"])
    )
    told["rule"] = names(row["rule_name_zh"], row["rule_name_en"])
    told["takes_back"] = row["of_event"] > 0
    told["by_appeal"] = row["appeal_id"] is not None
    told["entered_by"] = row["recorded_by"] if row["source"] == "hand" else None
    told["entered_account_id"] = row["recorded_account_id"]
    told["incident"] = (
        None
        if row["incident_id"] is None
        else {"id": row["incident_id"], "serial": row["serial"], "title": row["title"]}
    )
    told["appeal"] = None
    if row["open_appeal_id"] is not None:
        told["appeal"] = {
            "id": row["open_appeal_id"], "asked_at": row["asked_at"], "asked_by": row["asked_by"],
            "reason": row["asked_reason"], "decided_at": row["decided_at"],
            "decided_by": row["decided_by"], "decision": row["decision"],
            "decided_reason": row["decided_reason"],
        }  # fmt: skip
    return told
