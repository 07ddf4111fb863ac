"""Long work on drafts as rows that can be followed, cancelled and taken up again.

A worker that begins a piece of work gets the number of its run. What it says later counts only as
long as no other has begun it since, and nobody has cancelled it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from gis.errors import ConflictError, NotFoundError, WanggeError
from gis.messages import LANGUAGES, translate

SHOWN = """
id, jurisdiction_id, plan_id, made_plan_id, kind, request, base_version, status, step, fraction,
error, created_at, created_by, account_id, started_at, finished_at, ended_by, tidied_at
"""
AT_WORK = "status IN ('waiting', 'running')"
SEARCH = "kind <> 'atlas'"  # what is printed: see `gis.store.atlas_jobs`


def add(
    connection: Connection,
    *,
    jurisdiction_id: int,
    plan_id: int | None,
    kind: str,
    request: Mapping[str, Any],
    base_version: int | None,
    actor: str,
    account_id: int | None,
) -> int:
    """Note work that waits to be done; gives its id.

    Raises ConflictError `draft-job-at-work` while the same person has work going on in the draft,
    or, without one, in the jurisdiction.
    """
    values = {
        "jurisdiction": jurisdiction_id, "plan": plan_id, "kind": kind, "actor": actor,
        "request": json.dumps(dict(request), ensure_ascii=False), "base": base_version,
        "account": account_id,
    }  # fmt: skip
    try:
        with connection.begin_nested():
            made = connection.execute(
                text(
                    "INSERT INTO draft_job (jurisdiction_id, plan_id, kind, request, base_version,"
                    " created_by, account_id) VALUES (:jurisdiction, :plan, :kind,"
                    " cast(:request AS jsonb), :base, :actor, :account) RETURNING id"
                ),
                values,
            )
            return int(made.scalar_one())
    except IntegrityError as error:
        query = (
            f"SELECT id FROM draft_job WHERE {AT_WORK} AND {SEARCH}"
            " AND jurisdiction_id = :jurisdiction AND plan_id IS NOT DISTINCT FROM :plan"
            " AND created_by = :actor"
        )
        other = connection.scalar(text(query), values)
        if other is None:
            raise
        raise ConflictError("draft-job-at-work", id=other) from error


def get(connection: Connection, job_id: int, *, result: bool = False) -> dict[str, Any]:
    """One piece of work; with what came of it if wanted. Raises NotFoundError
    `draft-job-not-found`."""
    query = (
        f"SELECT {SHOWN}{', result' if result else ''} FROM draft_job WHERE id = :id AND {SEARCH}"
    )
    found = connection.execute(text(query), {"id": job_id}).mappings().first()
    if found is None:
        raise NotFoundError("draft-job-not-found", id=job_id)
    return dict(found)


def of_draft(connection: Connection, plan_id: int, *, limit: int) -> list[dict[str, Any]]:
    """The work on a draft without its results, the newest first."""
    query = f"""SELECT {SHOWN} FROM draft_job WHERE plan_id = :id AND {SEARCH}
                ORDER BY id DESC LIMIT :limit"""
    rows = connection.execute(text(query), {"id": plan_id, "limit": limit}).mappings()
    return [dict(row) for row in rows]


def begin(connection: Connection, job_id: int) -> dict[str, Any] | None:
    """Begin work, or take up what somebody else has left; gives it with the number of the run in
    `runs`. None where it has ended."""
    query = f"""UPDATE draft_job SET status = 'running', runs = runs + 1, fraction = 0,
                started_at = coalesce(started_at, clock_timestamp())
                WHERE id = :id AND {AT_WORK} RETURNING {SHOWN}, runs, handed_back"""
    found = connection.execute(text(query), {"id": job_id}).mappings().first()
    return None if found is None else dict(found)


def note(connection: Connection, job_id: int, run: int, step: str, fraction: float) -> bool:
    """Note how far a run is; False where it is to end: cancelled, or taken up by another."""
    query = """UPDATE draft_job SET step = :step, fraction = greatest(fraction, :fraction)
               WHERE id = :id AND runs = :run AND status = 'running'"""
    values = {"id": job_id, "run": run, "step": step, "fraction": min(max(fraction, 0.0), 1.0)}
    return connection.execute(text(query), values).rowcount == 1


def finish(
    connection: Connection,
    job_id: int,
    run: int,
    *,
    result: Mapping[str, Any] | None = None,
    error: WanggeError | None = None,
    made_plan_id: int | None = None,
) -> bool:
    """Note what came of a run; False, and nothing is noted, where it does not count any more."""
    told = None
    if error is not None:
        detail = {code: translate(error.code, code, error.params) for code in LANGUAGES}
        told = json.dumps({"code": error.code, "detail": detail}, ensure_ascii=False)
    query = """
      UPDATE draft_job SET status = :status, result = cast(:result AS jsonb),
        error = cast(:error AS jsonb), made_plan_id = :made, finished_at = clock_timestamp(),
        fraction = CASE WHEN :status = 'done' THEN 1 ELSE fraction END
      WHERE id = :id AND runs = :run AND status = 'running'
    """
    values = {
        "id": job_id, "run": run, "status": "failed" if error else "done", "error": told,
        "result": None if error else json.dumps(dict(result or {}), ensure_ascii=False),
        "made": made_plan_id,
    }  # fmt: skip
    return connection.execute(text(query), values).rowcount == 1


def put_back(connection: Connection, job_id: int, run: int) -> None:
    """Leave work for another worker."""
    query = """UPDATE draft_job SET status = 'waiting', step = NULL, handed_back = handed_back + 1
               WHERE id = :id AND runs = :run AND status = 'running'"""
    connection.execute(text(query), {"id": job_id, "run": run})


def cancel(connection: Connection, job_id: int) -> None:
    """End work before it is done. What has ended stays as it is. Raises as `get`."""
    get(connection, job_id)
    query = f"""UPDATE draft_job SET status = 'cancelled', finished_at = clock_timestamp()
                WHERE id = :id AND {AT_WORK}"""
    connection.execute(text(query), {"id": job_id})


def let_go(connection: Connection, days: float) -> int:
    """Let go of the proposals of searches that ended so many days ago; gives how many. What was
    taken of them is an operation of the draft, and stays."""
    query = """UPDATE draft_job SET result = NULL, tidied_at = clock_timestamp()
               WHERE status = 'done' AND kind IN ('rebalance', 'alternatives')
                 AND result IS NOT NULL AND finished_at < now() - make_interval(secs => :seconds)"""
    return connection.execute(text(query), {"seconds": days * 86_400.0}).rowcount


def give_up_lost(connection: Connection, error: WanggeError, hours: float) -> int:
    """End work of so many hours ago that no queue knows of any more; gives how many."""
    detail = {code: translate(error.code, code, error.params) for code in LANGUAGES}
    query = f"""
      UPDATE draft_job SET status = 'failed', error = cast(:error AS jsonb),
        finished_at = clock_timestamp()
      WHERE {AT_WORK} AND created_at < now() - make_interval(secs => :seconds) AND NOT EXISTS (
        SELECT FROM jobs.procrastinate_jobs AS q
        WHERE q.args ->> 'job' = draft_job.id::text AND q.status IN ('todo', 'doing'))
    """
    told = json.dumps({"code": error.code, "detail": detail}, ensure_ascii=False)
    return connection.execute(text(query), {"error": told, "seconds": hours * 3600.0}).rowcount
