"""Hands and approvals as they are shown: people, organisations and grids by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

from gis.store.names import names

HANDS = """
SELECT h.id, h.task, h.is_lead, h.level, h.since, h.until, h.given_by, h.reason, h.accepted_at,
       h.accepted_by, h.ended_by, h.ended_how, p.id AS person_id, p.name AS person_name, p.phone,
       o.id AS organisation_id, o.code AS organisation_code, o.kind AS organisation_kind,
       o.name_zh AS organisation_zh, o.name_en AS organisation_en, post.role,
       g.code AS grid_code, g.name_zh AS grid_zh, g.name_en AS grid_en
FROM hand AS h
LEFT JOIN person AS p ON p.id = h.person_id
LEFT JOIN organisation AS o ON o.id = h.organisation_id
LEFT JOIN post ON post.id = h.post_id
LEFT JOIN grid AS g ON g.id = post.grid_id
WHERE h.incident_id = :id ORDER BY h.id
"""
APPROVALS = """
SELECT id, kind, until, reason, asked_at, asked_by, decided_at, decided_by, decision,
       decided_reason, resumed_at
FROM approval WHERE incident_id = :id ORDER BY id
"""
REFERENCE = "SELECT id, serial, title, stage FROM incident"


def hands(connection: Connection, incident_id: int) -> list[dict[str, Any]]:
    """Every hand that a case passed, in order, the assisting ones among them."""
    rows = connection.execute(text(HANDS), {"id": incident_id}).mappings()
    return [_hand(row) for row in rows]


def _hand(row: Mapping[Any, Any]) -> dict[str, Any]:
    plain = (
        "id", "task", "is_lead", "level", "since", "until", "given_by", "reason", "accepted_at",
        "accepted_by", "ended_by", "ended_how", "role",
    )  # fmt: skip
    shown: dict[str, Any] = {name: row[name] for name in plain}
    shown["person"] = row["person_id"] and {
        "id": row["person_id"], "name": row["person_name"], "phone": row["phone"],
    }  # fmt: skip
    shown["organisation"] = row["organisation_id"] and {
        "id": row["organisation_id"],
        "code": row["organisation_code"],
        "kind": row["organisation_kind"],
        "name": names(row["organisation_zh"], row["organisation_en"]),
    }
    shown["grid"] = row["grid_code"] and {
        "code": row["grid_code"],
        "name": names(row["grid_zh"], row["grid_en"]),
    }
    return shown


def organisation(connection: Connection, organisation_id: int) -> dict[str, Any]:
    """An organisation as hands show it."""
    query = "SELECT id, code, kind, name_zh, name_en FROM organisation WHERE id = :id"
    row = connection.execute(text(query), {"id": organisation_id}).one()
    shown = {"id": row.id, "code": row.code, "kind": row.kind}
    return {**shown, "name": names(row.name_zh, row.name_en)}


def approvals(connection: Connection, incident_id: int) -> list[dict[str, Any]]:
    """What was asked for a case and what was decided, in order."""
    rows = connection.execute(text(APPROVALS), {"id": incident_id}).mappings()
    return [dict(row) for row in rows]


def reference(connection: Connection, incident_id: int | None) -> dict[str, Any] | None:
    """Another case by its number and title."""
    if incident_id is None:
        return None
    found = connection.execute(text(f"{REFERENCE} WHERE id = :id"), {"id": incident_id})
    row = found.mappings().first()
    return dict(row) if row else None


def duplicates(connection: Connection, incident_id: int) -> list[dict[str, Any]]:
    """The cases that were merged into one."""
    query = f"{REFERENCE} WHERE merged_into = :id ORDER BY id"
    return [dict(row) for row in connection.execute(text(query), {"id": incident_id}).mappings()]
