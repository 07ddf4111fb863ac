"""Further reports of cases, and the codes by which those who reported follow them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from gis.errors import NotFoundError


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSupplement:
    """A further report of a case, as it is written."""

    incident_id: int
    source: str
    source_ref: str | None
    series: str | None  # of the sender, if it has one
    text: str | None
    reporter_name: str | None
    reporter_phone: str | None
    reported_at: datetime
    caller: str
    key: str | None
    fingerprint: bytes


def hold_case(connection: Connection, incident_id: int) -> Any:
    """A case's serial, stage and whether it is open, held until the transaction ends.

    Raises NotFoundError `incident-not-found`.
    """
    found = connection.execute(
        text("SELECT id, serial, stage, is_open FROM incident WHERE id = :id FOR NO KEY UPDATE"),
        {"id": incident_id},
    ).first()
    if found is None:
        raise NotFoundError("incident-not-found", id=incident_id)
    return found


def of_key(connection: Connection, caller: str, key: str) -> Any | None:
    """The id, incident_id and fingerprint of what came under somebody's key."""
    return connection.execute(
        text(
            "SELECT id, incident_id, fingerprint FROM supplement"
            " WHERE caller = :caller AND key = :key"
        ),
        {"caller": caller, "key": key},
    ).first()


def insert(connection: Connection, new: NewSupplement) -> int:
    """Write a further report in the name of who acts. Raises IntegrityError for a known
    `source_ref` or key."""
    return int(
        connection.execute(
            text(
                "INSERT INTO supplement (incident_id, source, source_ref, ref_of, text,"
                " reporter_name, reporter_phone, reported_at, recorded_by, caller, key,"
                " fingerprint) SELECT i.id, :source, :source_ref,"
                " CASE WHEN cast(:source_ref AS text) IS NOT NULL"
                " THEN coalesce(:series, left(o.code, 6)) END, :text,"
                " :reporter_name, :reporter_phone, :reported_at, current_actor(), :caller, :key,"
                " :fingerprint FROM incident AS i"
                " JOIN organisation AS o ON o.id = i.jurisdiction_id WHERE i.id = :incident_id"
                " RETURNING id"
            ),
            {
                "incident_id": new.incident_id, "source": new.source,
                "source_ref": new.source_ref, "series": new.series, "text": new.text,
                "reporter_name": new.reporter_name, "reporter_phone": new.reporter_phone,
                "reported_at": new.reported_at, "caller": new.caller, "key": new.key,
                "fingerprint": new.fingerprint,
            },
        ).scalar_one()
    )  # fmt: skip


def of_incident(connection: Connection, incident_id: int) -> list[dict[str, Any]]:
    """The further reports of a case, the oldest first, each with the ids of its photos."""
    rows = connection.execute(
        text(
            "SELECT id, source, source_ref, text, reporter_name, reporter_phone, reported_at,"
            " recorded_at, recorded_by, (SELECT coalesce(array_agg(p.id ORDER BY p.id), '{}')"
            " FROM photo AS p WHERE p.supplement_id = s.id AND p.incident_id = :id) AS photo_ids"
            " FROM supplement AS s WHERE incident_id = :id ORDER BY id"
        ),
        {"id": incident_id},
    )
    return [dict(row) for row in rows.mappings()]


def let_follow(
    connection: Connection, incident_id: int, supplement_id: int | None, digest: bytes
) -> None:
    """Let whoever knows the code of this digest follow a case. Again is the same."""
    connection.execute(
        text(
            "INSERT INTO follow_code (incident_id, supplement_id, digest)"
            " VALUES (:incident, :supplement, :digest)"
            " ON CONFLICT (incident_id, digest) DO NOTHING"
        ),
        {"incident": incident_id, "supplement": supplement_id, "digest": digest},
    )


def followed(connection: Connection, serial: str, digest: bytes) -> Any | None:
    """The incident_id and supplement_id that a serial number and a code open; None for nothing."""
    return connection.execute(
        text(
            "SELECT f.incident_id, f.supplement_id FROM follow_code AS f"
            " JOIN incident AS i ON i.id = f.incident_id"
            " WHERE i.serial = :serial AND f.digest = :digest"
        ),
        {"serial": serial, "digest": digest},
    ).first()
