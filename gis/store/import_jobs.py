"""Bulk imports as rows that can be followed, each change told to the open pages.

An import that runs holds an advisory lock in a session of its own, so that it is known at once
when its process has died: the lock ends with the session.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from gis.errors import ConflictError, NotFoundError, WanggeError
from gis.messages import LANGUAGES, translate
from gis.report import Report
from gis.store.scope import scope_on

COLUMNS = "id, file_name, status, step, fraction, dry_run, rows_written, report, error"
NOTIFY = """SELECT pg_notify('wangge_import', json_build_object(
  'id', id, 'status', status, 'fraction', fraction)::text) FROM import_job WHERE id = :id"""
LOCK_CLASS = 1_001  # of our advisory locks: imports that are alive
INSERT = f"""
INSERT INTO import_job (jurisdiction_id, file_name, sha256, dry_run, created_by)
SELECT id, :file_name, :sha256, :dry_run, :created_by FROM organisation WHERE id = :jurisdiction_id
RETURNING {COLUMNS}
"""
SAME = """
SELECT id, file_name, created_by, created_at, finished_at, rows_written FROM import_job
WHERE jurisdiction_id = :jurisdiction_id AND sha256 = :sha256 AND NOT dry_run
  AND status = :status AND (rows_written > 0 OR status = 'running')
ORDER BY finished_at DESC LIMIT 1
"""


class RunningImport:
    """An import that is under way, alive for as long as its own session is. Close it."""

    def __init__(self, connection: Connection, row: dict[str, Any]) -> None:
        self.connection = connection
        self.row = row

    @property
    def id(self) -> int:
        return int(self.row["id"])

    def close(self) -> None:
        """End the session, and with it a transaction that was not committed."""
        self.connection.close()

    def __enter__(self) -> RunningImport:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, it: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()


def organisation_id(connection: Connection, code: str) -> int:
    """The id of an organisation by its code. Raises NotFoundError."""
    found = connection.scalar(
        text("SELECT id FROM organisation WHERE code = :code"), {"code": code}
    )
    if found is None:
        raise NotFoundError("jurisdiction-not-found", id=code)
    return int(found)


def start(
    engine: Engine,
    *,
    jurisdiction_id: int,
    file_name: str,
    sha256: str,
    dry_run: bool,
    again: bool,
    created_by: str,
    zone: ZoneInfo,
) -> RunningImport:
    """A new import of a content, running.

    Raises NotFoundError when there is no such jurisdiction; ConflictError `import-running-already`
    while the same content is being imported for it, and `import-repeated` where it was imported
    before, unless `again` says that this is meant. They name times in `zone`.
    """
    content = {"jurisdiction_id": jurisdiction_id, "sha256": sha256}
    values = {**content, "file_name": file_name, "dry_run": dry_run, "created_by": created_by}
    connection = engine.connect()
    scope = scope_on(connection)
    if scope is not None and not scope.acts_in(jurisdiction_id):
        connection.close()
        raise NotFoundError("jurisdiction-not-found", id=jurisdiction_id)
    connection.detach()  # not the pool's: it lasts as long as the import, and dies with it
    try:
        for _ in range(2):
            try:
                with connection.begin():
                    row = connection.execute(text(INSERT), values).mappings().first()
                    if row is None:
                        raise NotFoundError("jurisdiction-not-found", id=jurisdiction_id)
                    if not (dry_run or again):
                        _refuse_repeated(connection, content, zone)
                    lock = {"class": LOCK_CLASS, "id": row["id"]}
                    connection.execute(text("SELECT pg_advisory_lock(:class, :id)"), lock)
                return RunningImport(connection, dict(row))
            except IntegrityError:
                with engine.begin() as other:
                    if not fail_interrupted(other):
                        _refuse_running(other, content, zone)
        raise ConflictError("incident-conflict")
    except BaseException:
        connection.close()
        raise


def _refuse_repeated(connection: Connection, content: dict[str, Any], zone: ZoneInfo) -> None:
    former = connection.execute(text(SAME), {**content, "status": "done"}).mappings().first()
    if former is not None:
        raise ConflictError(
            "import-repeated",
            id=former["id"],
            file=former["file_name"],
            at=_local(former["finished_at"], zone),
            by=former["created_by"],
            rows=former["rows_written"],
        )


def _refuse_running(connection: Connection, content: dict[str, Any], zone: ZoneInfo) -> None:
    other = connection.execute(text(SAME), {**content, "status": "running"}).mappings().first()
    if other is not None:
        raise ConflictError(
            "import-running-already",
            id=other["id"],
            file=other["file_name"],
            at=_local(other["created_at"], zone),
            by=other["created_by"],
        )


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def get(connection: Connection, job_id: int) -> dict[str, Any]:
    """One import. Raises NotFoundError."""
    row = connection.execute(
        text(f"SELECT {COLUMNS} FROM import_job WHERE id = :id"), {"id": job_id}
    )
    found = row.mappings().first()
    if found is None:
        raise NotFoundError("import-not-found", id=job_id)
    return dict(found)


def note_progress(connection: Connection, job_id: int, step: str, fraction: float) -> None:
    """Note how far a running import is; it never goes back."""
    connection.execute(
        text(
            "UPDATE import_job SET step = :step, fraction = greatest(fraction, :fraction)"
            " WHERE id = :id AND status = 'running'"
        ),
        {"id": job_id, "step": step, "fraction": fraction},
    )
    connection.execute(text(NOTIFY), {"id": job_id})


def finish(
    connection: Connection,
    job_id: int,
    report: Report,
    *,
    written: int = 0,
    error: WanggeError | None = None,
    done: Mapping[str, Any] | None = None,
) -> None:
    """Note how an import ended, in the transaction that writes what it wrote.

    `done` is what else to tell of it, beside its findings. Sentences are kept in every language:
    readers differ. Raises ConflictError `import-interrupted` where somebody has declared it dead.
    """
    ended = connection.execute(
        text(
            "UPDATE import_job SET status = :status, report = cast(:report AS jsonb),"
            " error = cast(:error AS jsonb), finished_at = clock_timestamp(),"
            " rows_written = :written,"
            " fraction = CASE WHEN :status = 'done' THEN 1 ELSE fraction END"
            " WHERE id = :id AND status = 'running'"
        ),
        {
            "id": job_id,
            "status": "failed" if error else "done",
            "report": json.dumps(
                {code: report.as_dict(code) | dict(done or {}) for code in LANGUAGES}
            ),
            "error": json.dumps(_problem(error.code, error.params)) if error else None,
            "written": written,
        },
    ).rowcount
    if not ended:
        raise ConflictError("import-interrupted")
    connection.execute(text(NOTIFY), {"id": job_id})


def _problem(code: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"code": code, "detail": {it: translate(code, it, params) for it in LANGUAGES}}


def fail_interrupted(connection: Connection) -> int:
    """Mark imports whose session is gone as failed; gives how many. They wrote nothing."""
    return connection.execute(
        text(
            "WITH dead AS MATERIALIZED ("
            " SELECT id FROM import_job WHERE status = 'running'"
            " AND pg_try_advisory_xact_lock(:class, id::integer))"
            " UPDATE import_job SET status = 'failed', finished_at = now(), rows_written = 0,"
            " error = cast(:error AS jsonb)"
            " FROM dead WHERE import_job.id = dead.id AND status = 'running'"
        ),
        {"class": LOCK_CLASS, "error": json.dumps(_problem("import-interrupted"))},
    ).rowcount
