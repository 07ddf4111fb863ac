"""The table of deadlines by Excel or CSV: the template, what holds, and a file taken in."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request, Response, UploadFile
from pydantic import BaseModel

from api.case_schemas import Reason
from api.errors import language_of, problem
from api.schemas import RowId
from api.services import Held, Reading
from gis.errors import InputError, TooLargeError
from gis.files.deadline_table import EXCEL, MOST_BYTES
from gis.report import Report
from gis.workflows import deadline_files

router = APIRouter(tags=["deadlines"])
Kind = Literal["xlsx", "csv"]
MEDIA = {"xlsx": EXCEL, "csv": "text/csv; charset=utf-8"}


class DeadlinesDone(BaseModel):
    """`missing`: rows that hold and that the file does not name; `ended` of them on request.
    `stored` False: only checked."""

    added: int
    replaced: int
    unchanged: int
    missing: int
    ended: int
    stored: bool


@router.get("/deadlines/template", response_class=Response)
def template(request: Request, reading: Reading, kind: Kind = "xlsx") -> Response:
    """An empty table to fill in, in the reader's language."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"deadlines.{kind}"
        deadline_files.write_template(reading, path, language_of(request))
        return _file(path, kind)


@router.get("/deadlines/export", response_class=Response)
def export(request: Request, held: Held, jurisdiction: RowId, kind: Kind = "xlsx") -> Response:
    """The rows that hold now, ready to be changed and sent to `POST /deadlines/import`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"deadlines.{kind}"
        deadline_files.export_deadlines(
            held.engine, jurisdiction, path, language=language_of(request), actor=held.actor
        )
        return _file(path, kind)


@router.post("/deadlines/import", response_model=DeadlinesDone)
def import_file(
    held: Held,
    request: Request,
    file: UploadFile,
    jurisdiction: Annotated[RowId, Form()],
    reason: Annotated[Reason | None, Form()] = None,
    dry_run: Annotated[bool, Form()] = False,
    end_missing: Annotated[bool, Form()] = False,
) -> Any:
    """Take a table in, whole or not at all; `dry_run` only says what would change.

    422 `deadlines-refused` with every fault by row and column in `errors`.
    """
    name = Path(file.filename or "upload.xlsx").name[:200]
    report = Report(source=name)
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / f"upload{Path(name).suffix.lower()[:10]}"
        content = file.file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise TooLargeError("deadlines-file-too-large", limit=MOST_BYTES // 1_000_000)
        saved.write_bytes(content)
        try:
            done = deadline_files.import_deadlines(
                held.engine, jurisdiction, saved, file_name=name, actor=held.actor,
                reason=reason, dry_run=dry_run, end_missing=end_missing, report=report,
            )  # fmt: skip
        except InputError as error:
            if error.code != "deadlines-refused":
                raise
            return problem(request, 422, error.code, error.params, errors=_faults(request, report))
    return {**done.as_dict(), "stored": not dry_run}


def _faults(request: Request, report: Report) -> list[dict[str, Any]]:
    language = language_of(request)
    return [
        {"row": row, "field": found.params.get("column"), "message": found.text(language)}
        for found in report.findings
        if found.outcome == "refused"
        for row in found.rows or (None,)
    ]


def _file(path: Path, kind: Kind) -> Response:
    named = {"Content-Disposition": f'attachment; filename="deadlines.{kind}"'}
    return Response(path.read_bytes(), media_type=MEDIA[kind], headers=named)
