"""What an Idempotency-Key made on the planner's desk, so that a retry makes nothing again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, text

from gis.errors import InputError
from gis.store.scope import caller_of, scope_on


def once(
    connection: Connection,
    actor: str,
    key: str | None,
    kind: str,
    said: Any,
    make: Callable[[], int],
) -> int:
    """The number of what `make` made, now or when the caller first sent this key.

    said: the content of the request, as JSON can tell it. Raises as `before`.
    """
    made = before(connection, actor, key, kind, said)
    if made is None:
        made = make()
        keep(connection, actor, key, kind, said, made)
    return made


def before(connection: Connection, actor: str, key: str | None, kind: str, said: Any) -> int | None:
    """What the caller's key made before; None for a new key, which is held until the transaction
    ends: another with the same key waits. Raises InputError `idempotency-key-reused` for a key
    that came with something else."""
    if key is None:
        return None
    asked = {"caller": caller_of(scope_on(connection), actor), "key": key}
    connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:caller || ' ' || :key, 0))"), asked
    )
    found = connection.execute(
        text(
            "SELECT kind, fingerprint, made_id FROM request_key"
            " WHERE caller = :caller AND key = :key"
        ),
        asked,
    ).one_or_none()
    if found is None:
        return None
    if (found.kind, bytes(found.fingerprint)) != (kind, _fingerprint(said)):
        raise InputError("idempotency-key-reused", key=key)
    return int(found.made_id)


def keep(
    connection: Connection, actor: str, key: str | None, kind: str, said: Any, made_id: int
) -> None:
    """Note what a new key made. Without a key nothing is noted."""
    if key is None:
        return
    connection.execute(
        text(
            "INSERT INTO request_key (caller, key, kind, fingerprint, made_id)"
            " VALUES (:caller, :key, :kind, :said, :made)"
        ),
        {
            "caller": caller_of(scope_on(connection), actor), "key": key, "kind": kind,
            "said": _fingerprint(said), "made": made_id,
        },
    )  # fmt: skip


def _fingerprint(said: Any) -> bytes:
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).digest()
