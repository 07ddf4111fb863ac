"""Photos as rows: taken in once, used once, forgotten when nobody used them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from gis.errors import ConflictError, InputError, NotFoundError
from gis.store.scope import Scope, scope_on

MOST_OF_CASE = 60
# Held shared by whoever writes a picture until its row is committed, alone by whoever sweeps
# pictures without a row: so none is swept that is about to get one.
LOCK = 0x70686F746F
ROW = """
SELECT id, sha256, bytes, width, height, taken_at, place, file_name, sent_sha256, uploaded_by,
       uploaded_at, incident_id, supplement_id, stage, used_at
FROM photo
"""
# Of an account, whatever it is called by now; without one, of whoever bears the name.
OWN = """CASE WHEN cast(:account AS bigint) IS NULL
     THEN account_id IS NULL AND uploaded_by = :by ELSE account_id = :account END"""
WAITING = f"{OWN} AND used_at IS NULL"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPhoto:
    """What is written of a photo; `key` is the sender's own, `place` what the camera knew,
    `address` where a stranger sent it from."""

    sha256: str
    size: int
    width: int
    height: int
    taken_at: datetime | None
    place: dict[str, Any] | None
    file_name: str | None
    sent_sha256: str
    key: str | None
    uploaded_by: str
    account_id: int | None
    address: str | None = None


def hold_files(connection: Connection) -> None:
    """Keep pictures that have no row yet from being swept until this transaction ends."""
    connection.execute(text("SELECT pg_advisory_xact_lock_shared(:lock)"), {"lock": LOCK})


def hold_files_alone(connection: Connection) -> None:
    """Wait until no picture is between its file and its row, and let none begin meanwhile."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})


def insert(connection: Connection, new: NewPhoto) -> dict[str, Any] | None:
    """The row of a new photo; None when its sender used the key before."""
    found = connection.execute(
        text(
            "INSERT INTO photo (sha256, bytes, width, height, taken_at, place, file_name,"
            " sent_sha256, key, uploaded_by, account_id, address) VALUES (:sha256, :bytes, :width,"
            " :height, :taken_at, cast(:place AS jsonb), :file_name, :sent_sha256, :key,"
            " :uploaded_by, :account_id, :address) ON CONFLICT DO NOTHING RETURNING id"
        ),
        {
            "sha256": new.sha256, "bytes": new.size, "width": new.width, "height": new.height,
            "taken_at": new.taken_at, "file_name": new.file_name,
            "place": None if new.place is None else json.dumps(new.place),
            "sent_sha256": new.sent_sha256, "key": new.key, "uploaded_by": new.uploaded_by,
            "account_id": new.account_id, "address": new.address,
        },
    ).scalar()  # fmt: skip
    return None if found is None else photo(connection, int(found))


def of_key(
    connection: Connection, uploaded_by: str, account_id: int | None, key: str
) -> dict[str, Any] | None:
    """The photo that somebody sent under a key."""
    values = {"by": uploaded_by, "account": account_id, "key": key}
    found = connection.execute(text(f"{ROW} WHERE {OWN} AND key = :key"), values).mappings().first()
    return dict(found) if found else None


def waiting(
    connection: Connection,
    uploaded_by: str,
    account_id: int | None = None,
    *,
    address: str | None = None,
) -> int:
    """How many photos somebody sent, from one address if one is named, and has not used."""
    query = f"SELECT count(*) FROM photo WHERE {WAITING}"
    if address is not None:
        query += " AND address = :address"
    values = {"by": uploaded_by, "account": account_id, "address": address}
    return int(connection.execute(text(query), values).scalar_one())


def photo(connection: Connection, photo_id: int) -> dict[str, Any]:
    """One photo. Raises NotFoundError `photo-not-found`."""
    found = connection.execute(text(f"{ROW} WHERE id = :id"), {"id": photo_id}).mappings().first()
    if found is None:
        raise NotFoundError("photo-not-found", id=photo_id)
    return dict(found)


def of_incident(connection: Connection, incident_id: int) -> list[dict[str, Any]]:
    """The photos of a case, the oldest first."""
    rows = connection.execute(
        text(f"{ROW} WHERE incident_id = :id ORDER BY id"), {"id": incident_id}
    )
    return [dict(row) for row in rows.mappings()]


def of_unlocated(
    connection: Connection, report_ids: Sequence[int]
) -> dict[int, list[dict[str, Any]]]:
    """The photos of reports that wait for a place, by report, the oldest first."""
    rows = connection.execute(
        text(
            ROW.replace("SELECT id", "SELECT report_id, id")
            + " WHERE report_id = ANY(:ids) ORDER BY id"
        ),
        {"ids": list(report_ids)},
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows.mappings():
        found.setdefault(row["report_id"], []).append(dict(row))
    return found


def attach(
    connection: Connection,
    incident_id: int,
    photo_ids: Sequence[int],
    *,
    stage: str,
    actor: str,
    supplement_id: int | None = None,
    scope: Scope | None = None,
) -> None:
    """Make photos that `actor` sent a part of a case, as of `stage`; what the cameras knew of
    their place is forgotten. They are of the account of `scope`, or that the connection is held to.

    Raises InputError `photo-unknown` for one that is not there, that somebody else sent or that is
    used already, ConflictError `photos-too-many` when the case has as many as it may.
    """
    wanted = sorted(set(photo_ids))
    if not wanted:
        return
    # Photos of a case are counted under its lock, or two who add some at once would both fit.
    connection.execute(
        text("SELECT FROM incident WHERE id = :id FOR NO KEY UPDATE"), {"id": incident_id}
    )
    have = connection.execute(
        text("SELECT count(*) FROM photo WHERE incident_id = :id"), {"id": incident_id}
    ).scalar_one()
    if have + len(wanted) > MOST_OF_CASE:
        raise ConflictError("photos-too-many", most=MOST_OF_CASE, have=have)
    used = connection.scalars(
        text(
            "UPDATE photo SET incident_id = :incident, supplement_id = :supplement,"
            " stage = :stage, used_at = now(), used_by = :by, place = NULL, address = NULL"
            f" WHERE id = ANY(:ids) AND {WAITING} RETURNING id"
        ),
        {
            "incident": incident_id, "supplement": supplement_id, "stage": stage, "by": actor,
            "account": _account(connection, scope), "ids": wanted,
        },
    ).all()  # fmt: skip
    _require_all(wanted, used)


def attach_to_unlocated(
    connection: Connection,
    report_id: int,
    photo_ids: Sequence[int],
    *,
    actor: str,
    scope: Scope | None = None,
) -> None:
    """Keep photos with a report that has no place yet, whose they are as in `attach`. Raises
    InputError `photo-unknown`."""
    wanted = sorted(set(photo_ids))
    used = connection.scalars(
        text(
            "UPDATE photo SET report_id = :report, used_at = now(), used_by = :by, place = NULL,"
            " address = NULL"
            f" WHERE id = ANY(:ids) AND {WAITING} RETURNING id"
        ),
        {
            "report": report_id,
            "by": actor,
            "account": _account(connection, scope),
            "ids": wanted,
        },
    ).all()
    _require_all(wanted, used)


def hand_on(
    connection: Connection, report_id: int, incident_id: int, supplement_id: int | None
) -> None:
    """Give the photos of a report without a place to the case that it became or belongs to."""
    connection.execute(
        text(
            "UPDATE photo SET incident_id = :incident, supplement_id = :supplement,"
            " stage = 'collected', report_id = NULL WHERE report_id = :report"
        ),
        {"incident": incident_id, "supplement": supplement_id, "report": report_id},
    )


def forget_unused(
    connection: Connection, before: datetime, *, uploaded_by: str | None = None
) -> int:
    """Delete the rows of photos that were sent before a moment, by somebody or anybody, and never
    used."""
    return connection.execute(
        text(
            "DELETE FROM photo WHERE used_at IS NULL AND uploaded_at < :before"
            " AND (cast(:by AS text) IS NULL OR uploaded_by = :by)"
        ),
        {"before": before, "by": uploaded_by},
    ).rowcount


def without_row(connection: Connection, sums: Sequence[str]) -> set[str]:
    """Of these sums of pictures those that no row names."""
    found = connection.scalars(
        text("SELECT DISTINCT sha256 FROM photo WHERE sha256 = ANY(:sums)"), {"sums": list(sums)}
    )
    return set(sums) - set(found)


def _account(connection: Connection, scope: Scope | None) -> int | None:
    found = scope or scope_on(connection)
    return None if found is None else found.account_id


def _require_all(wanted: Sequence[int], used: Sequence[int]) -> None:
    missing = sorted(set(wanted) - set(used))
    if missing:
        raise InputError("photo-unknown", id=missing[0], count=len(missing), field="photo_ids")
