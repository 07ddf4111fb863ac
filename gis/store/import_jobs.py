"""Bulk imports as rows that can be followed, each change told to the open pages."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, text

from gis.errors import NotFoundError, WanggeError
from gis.messages import LANGUAGES, translate
from gis.report import Report

COLUMNS = "id, file_name, status, step, fraction, report, error"
NOTIFY = """SELECT pg_notify('wangge_import', json_build_object(
  'id', id, 'status', status, 'fraction', fraction)::text) FROM import_job WHERE id = :id"""


def organisation_id(connection: Connection, code: str) -> int:
    """The id of an organisation by its code. Raises NotFoundError."""
    found = connection.scalar(
        text("SELECT id FROM organisation WHERE code = :code"), {"code": code}
    )
    if found is None:
        raise NotFoundError("jurisdiction-not-found", id=code)
    return int(found)


def create(
    connection: Connection, *, jurisdiction_id: int, file_name: str, sha256: str, created_by: str
) -> dict[str, Any]:
    """A new import, running. Raises NotFoundError when there is no such jurisdiction."""
    row = (
        connection.execute(
            text(
                "INSERT INTO import_job (jurisdiction_id, file_name, sha256, created_by)"
                " SELECT id, :file_name, :sha256, :created_by FROM organisation WHERE id = :id"
                f" RETURNING {COLUMNS}"
            ),
            {
                "id": jurisdiction_id,
                "file_name": file_name,
                "sha256": sha256,
                "created_by": created_by,
            },
        )
        .mappings()
        .first()
    )
    if row is None:
        raise NotFoundError("jurisdiction-not-found", id=jurisdiction_id)
    return dict(row)


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
    """Note how far a running import is."""
    connection.execute(
        text("UPDATE import_job SET step = :step, fraction = :fraction WHERE id = :id"),
        {"id": job_id, "step": step, "fraction": fraction},
    )
    connection.execute(text(NOTIFY), {"id": job_id})


def finish(connection: Connection, job_id: int, report: Report, error: WanggeError | None) -> None:
    """Note how an import ended. Sentences are kept in every language: readers differ."""
    connection.execute(
        text(
            "UPDATE import_job SET status = :status, report = cast(:report AS jsonb),"
            " error = cast(:error AS jsonb), finished_at = now(),"
            " fraction = CASE WHEN :status = 'done' THEN 1 ELSE fraction END WHERE id = :id"
        ),
        {
            "id": job_id,
            "status": "failed" if error else "done",
            "report": json.dumps({code: report.as_dict(code) for code in LANGUAGES}),
            "error": json.dumps(
                {
                    "code": error.code,
                    "detail": {
                        code: translate(error.code, code, error.params) for code in LANGUAGES
                    },
                }
            )
            if error
            else None,
        },
    )
    connection.execute(text(NOTIFY), {"id": job_id})


def fail_interrupted(connection: Connection) -> int:
    """Mark imports that a stopped process left running; their transactions wrote nothing."""
    detail = {code: translate("import-interrupted", code) for code in LANGUAGES}
    return connection.execute(
        text(
            "UPDATE import_job SET status = 'failed', finished_at = now(),"
            " error = cast(:error AS jsonb) WHERE status = 'running'"
        ),
        {"error": json.dumps({"code": "import-interrupted", "detail": detail})},
    ).rowcount
