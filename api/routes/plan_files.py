"""Plans as files: drafts from what was drawn elsewhere, and exports in every format."""

from __future__ import annotations

import fcntl
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Query, Request, Response, UploadFile
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field
from starlette.background import BackgroundTask

from api.errors import language_of
from api.print_shop import print_shop
from api.routes.incidents import Key
from api.schemas import Line, PlainText, RowId, Text
from api.services import CallerServices, Held
from gis.errors import TooLargeError
from gis.files.plan_export import MEDIA_TYPES
from gis.incidents.plain_text import clean_line
from gis.messages import LANGUAGES
from gis.workflows.draft_files import MOST_BYTES, DraftFile, draft_from_file
from gis.workflows.plan_exports import ExportRequest, Printing, check_at_once, export_plan

router = APIRouter(tags=["plan files"])
CHUNK = 1 << 20
DAY_S = 86_400
Format = Literal["gpkg", "shp", "geojson", "kml", "dxf", "csv", "xlsx", "atlas"]
Word = Annotated[PlainText | None, Form(max_length=200)]


class Place(BaseModel):
    """Where something was found in the polygons, and of which grids."""

    kind: Literal["duplicate", "overlap", "gap", "sliver", "missing", "outside", "split", "lost"]
    lon: float
    lat: float
    area_m2: float
    units: int
    grids: list[str]
    handed_on: bool


class DraftFromFile(BaseModel):
    """What came of a file. `plan_id` is null of a dry run; `report` by language; `shapes`: the
    basic grids as GeoJSON, each with code, names, population, units and `origin` of the code."""

    plan_id: int | None
    report: dict[str, Any]
    grids: int
    units: int
    units_cut: int
    unassigned: int
    population: int
    shapes: dict[str, Any]
    faults: list[Place] = Field(max_length=10_000)


@router.post("/drafts/files", response_model=DraftFromFile, status_code=201)
def draft_from(
    held: Held,
    response: Response,
    file: UploadFile,
    jurisdiction: Annotated[RowId, Form()],
    name: Annotated[Line, Form(min_length=1, max_length=200)],
    note: Annotated[Text | None, Form(max_length=2000)] = None,
    crs: Word = None,
    layer: Word = None,
    code_column: Word = None,
    keep_rest: Annotated[bool, Form()] = True,
    dry_run: Annotated[bool, Form()] = False,
    idempotency_key: Key = None,
) -> dict[str, Any]:
    """Make a draft of a table `unit_id,grid_id` or of polygons in any format; whole or not at all.

    Polygons are laid over the units: what an edge truly cuts is cut, the rest is mended and told. A
    dry run (200) tells and shows the same, and makes nothing. `keep_rest`: units that the file
    leaves out stay in their grids of today. The same under the same
    `Idempotency-Key` is the first draft again.
    """
    told = clean_line(Path(file.filename or "").name.replace("\0", ""))[-200:] or "upload"
    asked = DraftFile(
        jurisdiction_id=jurisdiction, name=name or told, file_name=told, actor=held.actor,
        account_id=held.caller.account_id, note=note, crs=crs or None, layer=layer or None,
        code_column=code_column or None, keep_rest=keep_rest, dry_run=dry_run, key=idempotency_key,
    )  # fmt: skip
    with _saved(held, file, told) as path:
        done = draft_from_file(held.engine, asked, path)
    if dry_run:
        response.status_code = 200
    return {
        "plan_id": done.plan_id,
        "report": {code: done.report.as_dict(code) for code in LANGUAGES},
        **asdict(done.preview),
    }


@contextmanager
def _saved(held: CallerServices, file: UploadFile, told: str) -> Iterator[Path]:
    """An upload as a file of its own folder, with its suffix, for as long as the block lasts."""
    folder = held.settings.data_dir / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="draft-") as own:
        path = Path(own) / f"upload{Path(told).suffix.lower()[:12]}"
        size = 0
        with path.open("wb") as target:
            while block := file.file.read(CHUNK):
                size += len(block)
                if size > MOST_BYTES:
                    raise TooLargeError("plan-import-too-large", limit=MOST_BYTES // 1_000_000)
                target.write(block)
        yield path


@router.get("/plans/{plan_id}/export", response_class=FileResponse)
def export(
    held: Held,
    request: Request,
    plan_id: RowId,
    form: Annotated[Format, Query(alias="format")],
    within: Annotated[str, Query(pattern=r"^([0-9]{9}|[0-9]{12}|[0-9]{15})?$")] = "",
    people: bool = True,
    phones: bool = True,
) -> FileResponse:
    """A plan or draft as a file; `within` is the code of the part that is wanted.

    Who is in charge of each grid stands in it where the caller may see that, unless `people` is
    false; telephone numbers unless `phones` is. `atlas` is a PDF with a page for each basic grid:
    up to 60 at once, more as `POST /plans/{plan_id}/atlases`.
    """
    folder = held.settings.data_dir / "exports"
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as target:
        out = Path(target.name)
    asked = ExportRequest(
        plan_id=plan_id, form=form, language=language_of(request),
        time_zone=held.settings.time_zone, within=within, people=people, phones=phones,
    )  # fmt: skip
    try:
        with _one_atlas_at_a_time(folder, form):
            if form == "atlas":
                check_at_once(held.engine, asked)
            done = export_plan(
                held.engine, asked, out, actor=held.actor,
                printing=Printing(press=print_shop(held.settings).press),
            )  # fmt: skip
    except BaseException:
        out.unlink(missing_ok=True)
        raise
    return FileResponse(
        out, media_type=MEDIA_TYPES[form], filename=done.name,
        background=BackgroundTask(out.unlink, missing_ok=True),
    )  # fmt: skip


@contextmanager
def _one_atlas_at_a_time(folder: Path, form: str) -> Iterator[None]:
    """Pages keep all processors busy: whoever wants an atlas meanwhile waits, whatever process
    serves them."""
    if form != "atlas":
        yield
        return
    with (folder / ".atlas").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sweep(folder: Path) -> None:
    """Remove what a service that was killed left behind."""
    for old in folder.iterdir():
        with suppress(OSError):
            if old.stat().st_mtime < time.time() - DAY_S and old.name != ".atlas":
                old.unlink()
