"""Reports that came without a place: kept until somebody places, joins or refuses them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from gis.errors import ConflictError, NotFoundError
from gis.store.names import names

ROW = """
SELECT u.id, u.jurisdiction_id, u.source, u.source_ref, u.ref_of, u.category_code, c.name_zh,
       c.name_en, u.severity, u.title, u.description, u.address, u.reporter_name, u.reporter_phone,
       u.reported_at, u.recorded_at, u.recorded_by, u.settled_at, u.settled_by, u.incident_id,
       u.supplement_id, u.refused_reason
FROM unlocated_report AS u LEFT JOIN category AS c ON c.code = u.category_code
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUnlocated:
    """A report without a place, as it is written."""

    jurisdiction_id: int
    source: str
    source_ref: str
    series: str
    category: str | None
    severity: int | None
    title: str
    description: str | None
    address: str | None
    reporter_name: str | None
    reporter_phone: str | None
    reported_at: datetime
    fingerprint: bytes


def insert(connection: Connection, new: NewUnlocated) -> int | None:
    """Keep a report until it is placed; gives its id, None where its reference is known
    in its series."""
    found = connection.execute(
        text(
            "INSERT INTO unlocated_report (jurisdiction_id, source, source_ref, ref_of,"
            " category_code, severity, title, description, address, reporter_name, reporter_phone,"
            " reported_at, recorded_by, fingerprint) VALUES (:jurisdiction, :source, :ref, :series,"
            " :category, :severity, :title, :description, :address, :name, :phone, :at,"
            " current_actor(), :fingerprint)"
            " ON CONFLICT (source, source_ref, ref_of) DO NOTHING RETURNING id"
        ),
        {
            "jurisdiction": new.jurisdiction_id, "source": new.source, "ref": new.source_ref,
            "series": new.series,
            "category": new.category, "severity": new.severity, "title": new.title,
            "description": new.description, "address": new.address, "name": new.reporter_name,
            "phone": new.reporter_phone, "at": new.reported_at, "fingerprint": new.fingerprint,
        },
    ).scalar()  # fmt: skip
    return None if found is None else int(found)


def jurisdiction_of(connection: Connection, organisation_id: int | None) -> int:
    """Whose desk places what an organisation's channel takes in: the nearest jurisdiction above it
    or itself, else the first below it. Raises NotFoundError `no-published-plan`."""
    found = connection.scalar(
        text(
            "SELECT plan.jurisdiction_id FROM plan"
            " JOIN organisation AS o ON o.id = plan.jurisdiction_id"
            " JOIN organisation AS own ON own.id = :id"
            "  AND (starts_with(own.code, o.code) OR starts_with(o.code, own.code))"
            " WHERE plan.status = 'published'"
            " ORDER BY starts_with(own.code, o.code) DESC, length(o.code) DESC, o.code LIMIT 1"
        ),
        {"id": organisation_id},
    )
    if found is None:
        raise NotFoundError("no-published-plan")
    return int(found)


def waiting(
    connection: Connection, *, jurisdiction_id: int, limit: int, after: int = 0
) -> list[dict[str, Any]]:
    """Reports of a jurisdiction that wait for a place, in the order in which they came."""
    query = (
        f"{ROW} WHERE u.jurisdiction_id = :jurisdiction AND u.settled_at IS NULL AND u.id > :after"
        " ORDER BY u.id LIMIT :limit"
    )
    values = {"jurisdiction": jurisdiction_id, "after": after, "limit": limit}
    return [shown(dict(row)) for row in connection.execute(text(query), values).mappings()]


def count(connection: Connection, jurisdiction_id: int) -> int:
    """How many reports of a jurisdiction wait for a place."""
    query = (
        "SELECT count(*) FROM unlocated_report"
        " WHERE jurisdiction_id = :jurisdiction AND settled_at IS NULL"
    )
    return int(connection.scalar(text(query), {"jurisdiction": jurisdiction_id}) or 0)


def hold(connection: Connection, report_id: int) -> dict[str, Any]:
    """One that waits, held until the transaction ends.

    Raises NotFoundError `unlocated-not-found`, ConflictError `unlocated-settled`.
    """
    query = f"{ROW} WHERE u.id = :id FOR UPDATE OF u"
    row = connection.execute(text(query), {"id": report_id}).mappings().first()
    if row is None:
        raise NotFoundError("unlocated-not-found", id=report_id)
    if row["settled_at"] is not None:
        raise ConflictError("unlocated-settled", by=row["settled_by"])
    return shown(dict(row))


def settle(
    connection: Connection,
    report_ids: Iterable[int],
    *,
    incident_id: int | None = None,
    supplement_id: int | None = None,
    refused_reason: str | None = None,
) -> None:
    """Say in the name of who acts what became of reports that waited."""
    connection.execute(
        text(
            "UPDATE unlocated_report SET settled_at = now(), incident_id = :incident,"
            " supplement_id = :supplement, refused_reason = :reason"
            " WHERE id = ANY(:ids) AND settled_at IS NULL"
        ),
        {
            "ids": list(report_ids), "incident": incident_id, "supplement": supplement_id,
            "reason": refused_reason,
        },
    )  # fmt: skip


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its category named."""
    zh, en = row.pop("name_zh"), row.pop("name_en")
    code = row.pop("category_code")
    row["category"] = None if code is None else {"code": code, "name": names(zh, en)}
    return row
