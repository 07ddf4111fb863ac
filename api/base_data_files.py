"""Files of base data over HTTP: saved, taken in whole or not at all, and every fault by its row."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from fastapi import Request, Response, UploadFile
from pydantic import BaseModel

from api.errors import language_of, problem
from api.services import CallerServices
from gis.errors import TooLargeError, WanggeError
from gis.files.deadline_table import EXCEL
from gis.report import Report
from gis.workflows.base_data_files import FileRequest

Kind = Literal["xlsx", "csv"]
MEDIA = {"xlsx": EXCEL, "csv": "text/csv; charset=utf-8"}
MOST_BYTES = 60_000_000


class Finding(BaseModel):
    outcome: Literal["repaired", "refused", "warned"]
    code: str
    count: int
    rows: list[int]
    message: str


class Taken(BaseModel):
    """`added` rows, of which some `corrected` what was recorded for the same day; `unchanged` ones
    were recorded so before. `dry_run`: only checked."""

    id: int
    dry_run: bool
    added: int
    corrected: int = 0
    unchanged: int = 0
    findings: list[Finding]


Run = Callable[[FileRequest, Path, Report], dict[str, Any]]


def take_file(
    held: CallerServices,
    request: Request,
    file: UploadFile,
    jurisdiction: int,
    *,
    dry_run: bool,
    again: bool,
    run: Run,
) -> Any:
    """What `run` (given the request, the saved file and a report) says of a file, or the problem
    `base-file-refused` with every fault by row and column in `errors`."""
    name = Path(file.filename or "upload.xlsx").name[:200]
    report = Report(source=name)
    asked = FileRequest(
        jurisdiction_id=jurisdiction, file_name=name, time_zone=held.settings.time_zone,
        actor=held.actor, dry_run=dry_run, again=again,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / f"upload{Path(name).suffix.lower()[:10]}"
        content = file.file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise TooLargeError("base-file-too-large", limit=MOST_BYTES // 1_000_000)
        saved.write_bytes(content)
        try:
            done = run(asked, saved, report)
        except WanggeError as error:
            if error.code != "base-file-refused":
                raise
            return problem(request, 422, error.code, error.params, errors=_faults(request, report))
    return {**done, "findings": report.as_dict(language_of(request))["findings"]}


def _faults(request: Request, report: Report) -> list[dict[str, Any]]:
    language = language_of(request)
    return [
        {"row": row, "field": found.params.get("column"), "message": found.text(language)}
        for found in report.findings
        if found.outcome == "refused"
        for row in found.rows or (None,)
    ]


def template_of(name: str, kind: Kind, write: Callable[[Path], None]) -> Response:
    """A file to fill in, as an attachment."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.{kind}"
        write(path)
        headers = {"Content-Disposition": f'attachment; filename="{path.name}"'}
        return Response(path.read_bytes(), media_type=MEDIA[kind], headers=headers)
