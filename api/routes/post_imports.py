"""Files of leave and duty rosters, taken in while the caller waits."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, UploadFile
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from api.errors import language_of, problem
from api.schemas import RowId
from api.services import Held
from gis.errors import InputError, TooLargeError
from gis.report import Report
from gis.workflows.post_files import import_posts

router = APIRouter(tags=["posts"])
CHUNK = 1 << 20
LIMIT_MB = 20  # some ten times what the most rows take


class PostsImport(BaseModel):
    """Leave and shifts recorded, or in a dry run to be; `already` rows were there before."""

    absences: int
    duties: int
    already: int
    dry_run: bool
    report: dict[str, Any]


@router.post("/posts/imports", response_model=PostsImport)
def start_import(
    held: Held,
    request: Request,
    file: UploadFile,
    jurisdiction: Annotated[RowId, Form()],
    dry_run: Annotated[bool, Form()] = False,
) -> dict[str, Any] | JSONResponse:
    """Take an Excel or CSV file of leave and shifts, whole or not at all.

    Rows that are recorded already stay as they are: the same file again changes nothing. A file
    with faults is answered by 422 `posts-refused`, whose `errors` name column, rows and remedy.
    """
    language, name = language_of(request), Path(file.filename or "upload").name
    report = Report(source=name)
    with tempfile.NamedTemporaryFile(suffix=Path(name).suffix.lower()[:10]) as saved:
        size = 0
        while block := file.file.read(CHUNK):
            size += len(block)
            if size > LIMIT_MB * 1_000_000:
                raise TooLargeError("posts-too-large", limit=LIMIT_MB)
            saved.write(block)
        saved.flush()
        try:
            done = import_posts(
                held.engine, jurisdiction, Path(saved.name), file_name=name, actor=held.actor,
                time_zone=held.settings.time_zone, report=report, dry_run=dry_run,
            )  # fmt: skip
        except InputError as error:
            if error.code != "posts-refused":
                # The user knows the file by its name, not by where it is kept meanwhile.
                if "file" in error.params:
                    error.params["file"] = name
                raise
            errors = [
                {"field": it.params["column"], "rows": list(it.rows), "message": it.text(language)}
                for it in report.findings
                if it.outcome == "refused"
            ]
            return problem(request, 422, error.code, error.params, errors=errors)
    return {**done.as_dict(), "report": report.as_dict(language)}
