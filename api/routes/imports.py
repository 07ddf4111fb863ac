"""Bulk import of incidents: upload, follow, read the report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, BackgroundTasks, Form, UploadFile
from pydantic import BaseModel

from api.schemas import RowId
from api.services import Held, Reading
from gis.workflows import imports
from gis.workflows.import_rows import ImportRequest

router = APIRouter(tags=["imports"])


class ImportJob(BaseModel):
    id: int
    file_name: str
    status: Literal["running", "done", "failed"]
    step: str | None
    fraction: float
    dry_run: bool
    rows_written: int | None
    report: dict[str, Any] | None
    error: dict[str, Any] | None


@router.post("/imports", response_model=ImportJob, status_code=202)
def start_import(
    held: Held,
    background: BackgroundTasks,
    file: UploadFile,
    jurisdiction: Annotated[RowId, Form()],
    crs: Annotated[str | None, Form(max_length=40)] = None,
    skip_bad: Annotated[bool, Form()] = False,
    dry_run: Annotated[bool, Form()] = False,
    again: Annotated[bool, Form()] = False,
    accept_crs: Annotated[bool, Form()] = False,
) -> dict[str, Any]:
    """Take a CSV, Excel, GeoJSON or Parquet file of incidents. It is imported whole or not at all.

    With `skip_bad` the good rows are imported and the bad ones reported; with `dry_run` none are.
    The same content is imported for a jurisdiction once, or with `again` once more: else 409.
    Where another coordinate system fits the jurisdiction better the import fails with
    `import-crs-doubted`, before anything is written; `accept_crs` insists on `crs`.
    """
    request = ImportRequest(
        jurisdiction_id=jurisdiction,
        file_name=Path(file.filename or "upload").name,
        crs=crs,
        skip_bad=skip_bad,
        dry_run=dry_run,
        again=again,
        accept_crs=accept_crs,
        time_zone=held.settings.time_zone,
        actor=held.actor,
    )
    received = imports.receive(
        held.engine,
        request,
        file.file,
        folder=held.settings.data_dir / "uploads",
        limit_mb=held.settings.upload_limit_mb,
    )
    background.add_task(imports.run, held.engine, held.locators, request, received)
    return received.running.row


@router.get("/imports/{job_id}", response_model=ImportJob)
def import_job(reading: Reading, job_id: RowId) -> dict[str, Any]:
    """Where an import stands, and its report."""
    return imports.job(reading, job_id)
