"""Workbooks of organisations, people, posts and attachments: the template, sent, followed."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, BackgroundTasks, Form, Request, Response, UploadFile
from pydantic import BaseModel

from api.errors import language_of
from api.schemas import RowId
from api.services import Held, Reading
from gis.errors import TooLargeError
from gis.files.staff import write_template
from gis.store import import_jobs
from gis.workflows import staff_files
from gis.workflows.staff_files import StaffRequest

router = APIRouter(tags=["staff"])
CHUNK = 1 << 20
LIMIT_MB = 30  # some five times what the most rows take
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class StaffImport(BaseModel):
    """`report`, by language, has the findings and, once it is done, what it changed (`done`)."""

    id: int
    file_name: str
    status: Literal["running", "done", "failed"]
    step: str | None
    fraction: float
    dry_run: bool
    rows_written: int | None
    report: dict[str, Any] | None
    error: dict[str, Any] | None


@router.get("/staff/template", response_class=Response)
def template(request: Request) -> Response:
    """An empty workbook to fill, in the reader's language."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "staff.xlsx"
        write_template(path, language_of(request))
        content = path.read_bytes()
    headers = {"Content-Disposition": 'attachment; filename="staff.xlsx"'}
    return Response(content, media_type=XLSX, headers=headers)


@router.post("/staff/import", response_model=StaffImport, status_code=202)
def start_import(
    held: Held,
    request: Request,
    background: BackgroundTasks,
    file: UploadFile,
    jurisdiction: Annotated[RowId, Form()],
    dry_run: Annotated[bool, Form()] = False,
    end_missing: Annotated[bool, Form()] = False,
) -> dict[str, Any]:
    """Take a workbook, whole or not at all; follow it by its id.

    What changed becomes a dated change, what is recorded stays. `end_missing` ends posts and
    attachments that their sheets do not name, and lets people leave; a dry run tells how many.
    """
    asked = StaffRequest(
        jurisdiction_id=jurisdiction, file_name=Path(file.filename or "upload.xlsx").name,
        time_zone=held.settings.time_zone, actor=held.actor, dry_run=dry_run,
        end_missing=end_missing, language=language_of(request),
    )  # fmt: skip
    folder = held.settings.data_dir / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    suffix = Path(asked.file_name).suffix.lower()[:10]
    with tempfile.NamedTemporaryFile(dir=folder, suffix=suffix, delete=False) as target:
        saved = Path(target.name)
        try:
            size = 0
            while block := file.file.read(CHUNK):
                size += len(block)
                if size > LIMIT_MB * 1_000_000:
                    raise TooLargeError("staff-too-large", limit=LIMIT_MB)
                target.write(block)
            target.flush()
            running = staff_files.start(held.engine, asked, saved)
        except BaseException:
            saved.unlink()
            raise
    background.add_task(staff_files.run, held.engine, held.locators, asked, saved, running)
    return running.row


@router.get("/staff/imports/{job_id}", response_model=StaffImport)
def job(reading: Reading, job_id: RowId) -> dict[str, Any]:
    """Where an import stands, its report, and what it changed."""
    return import_jobs.get(reading, job_id)
