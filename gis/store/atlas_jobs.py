"""Atlases that are printed: work on a plan (`draft_job`) that is its owner's alone, for the people
in it are those whom the owner may see."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

from gis.errors import ConflictError, NotFoundError
from gis.store.draft_jobs import AT_WORK
from gis.store.scope import scope_on

SHOWN = """
id, plan_id, request, status, step, fraction, result, error, created_at, finished_at
"""
OWN = "kind = 'atlas' AND (cast(:account AS bigint) IS NULL OR account_id = :account)"
ADD = """
INSERT INTO draft_job (jurisdiction_id, plan_id, kind, request, base_version, created_by,
                       account_id)
VALUES (:jurisdiction, :plan, 'atlas', cast(:request AS jsonb),
        (SELECT version FROM draft WHERE plan_id = :plan), :actor, :owner)
ON CONFLICT DO NOTHING RETURNING id
"""
SAME = f"""
SELECT id, plan_id, request FROM draft_job
WHERE kind = 'atlas' AND account_id IS NOT DISTINCT FROM cast(:owner AS bigint)
  AND (request ->> 'key' = cast(:key AS text)
       OR {AT_WORK} AND plan_id = :plan AND request - 'key' = cast(:request AS jsonb) - 'key')
ORDER BY request ->> 'key' IS NOT DISTINCT FROM cast(:key AS text) DESC LIMIT 1
"""
TRIES = 3  # the other one may end between two looks


def add(
    connection: Connection, *, jurisdiction_id: int, plan_id: int, request: Mapping[str, Any],
    actor: str, account_id: int | None,
) -> tuple[int, bool]:  # fmt: skip
    """Note an atlas that waits to be printed; gives its id, and whether it is new.

    The same asked for again while it is waited for, or under the same `key` at any time, is the
    first. Raises ConflictError `idempotency-key-reused` for a key that stands for another.
    """
    values = {
        "jurisdiction": jurisdiction_id, "plan": plan_id, "actor": actor, "owner": account_id,
        "request": json.dumps(dict(request), sort_keys=True), "key": request.get("key"),
    }  # fmt: skip
    for _ in range(TRIES):
        made = connection.scalar(text(ADD), values)
        if made is not None:
            return int(made), True
        found = connection.execute(text(SAME), values).mappings().first()
        if found is not None:
            wanted = {name: value for name, value in request.items() if name != "key"}
            there = {name: value for name, value in found["request"].items() if name != "key"}
            if (found["plan_id"], there) != (plan_id, wanted):
                raise ConflictError("idempotency-key-reused", key=request["key"])
            return int(found["id"]), False
    raise ConflictError("incident-conflict")


def get(connection: Connection, job_id: int) -> dict[str, Any]:
    """One atlas of whoever asks. Raises NotFoundError `atlas-not-found`, also for another's."""
    query = f"SELECT {SHOWN} FROM draft_job WHERE id = :id AND {OWN}"
    values = {"id": job_id, "account": _account(connection)}
    found = connection.execute(text(query), values).mappings().first()
    if found is None:
        raise NotFoundError("atlas-not-found", id=job_id)
    return dict(found)


def of_plan(connection: Connection, plan_id: int, *, limit: int) -> list[dict[str, Any]]:
    """The last atlases of a plan that whoever asks has had printed, the newest first."""
    query = f"""SELECT {SHOWN} FROM draft_job WHERE plan_id = :plan AND {OWN}
                ORDER BY id DESC LIMIT :limit"""
    values = {"plan": plan_id, "account": _account(connection), "limit": limit}
    return [dict(row) for row in connection.execute(text(query), values).mappings()]


def cancel(connection: Connection, job_id: int) -> None:
    """End the printing before it is done. What has ended stays as it is. Raises as `get`."""
    get(connection, job_id)
    query = f"""UPDATE draft_job SET status = 'cancelled', finished_at = clock_timestamp()
                WHERE id = :id AND {AT_WORK}"""
    connection.execute(text(query), {"id": job_id})


def _account(connection: Connection) -> int | None:
    """Whose they must be; the owner of the tables sees all."""
    scope = scope_on(connection)
    return None if scope is None else scope.account_id
