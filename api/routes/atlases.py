"""Printed atlases of plans: asked for, followed, cancelled, fetched by whoever asked."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from api.errors import language_of
from api.print_shop import print_shop
from api.routes.incidents import Key
from api.rule_schemas import Body
from api.schemas import RowId
from api.services import Held, Reading
from gis.files.plan_export import MEDIA_TYPES
from gis.workflows import atlas_jobs
from gis.workflows.plan_exports import ExportRequest

router = APIRouter(tags=["plan files"])


class NewAtlas(Body):
    """`within`: the code of the part that is wanted, or all of it. `people`, `phones`: whether
    names and telephone numbers are printed, of those whom the caller may see."""

    within: Annotated[str, Field(pattern=r"^([0-9]{9}|[0-9]{12}|[0-9]{15})?$")] = ""
    people: bool = True
    phones: bool = True


class Atlas(BaseModel):
    """`step` and `fraction`: how far it is. `error`: {code, detail by language}. `kept`: whether
    the file can be fetched still."""

    id: int
    plan_id: int
    status: Literal["waiting", "running", "done", "failed", "cancelled"]
    step: str | None
    fraction: float
    error: dict[str, Any] | None
    within: str
    language: Literal["zh-CN", "en"]
    people: bool
    phones: bool
    created_at: datetime
    finished_at: datetime | None
    name: str | None
    pages: int | None
    grids: int | None
    bytes: int | None
    kept: bool
    kept_until: datetime | None


class Atlases(BaseModel):
    items: list[Atlas]


@router.post("/plans/{plan_id}/atlases", response_model=Atlas, status_code=202)
def start(
    held: Held, request: Request, plan_id: RowId, given: NewAtlas, idempotency_key: Key = None
) -> dict[str, Any]:
    """Have the atlas of a plan printed in the background: a PDF with a page for each basic grid.

    The same asked for again while it is at work, or under the same `Idempotency-Key`, is the first.
    """
    asked = ExportRequest(
        plan_id=plan_id, form="atlas", language=language_of(request),
        time_zone=held.settings.time_zone, **given.model_dump(),
    )  # fmt: skip
    job = atlas_jobs.start(
        held.engine, asked, actor=held.actor, account_id=held.caller.account_id,
        key=idempotency_key,
    )  # fmt: skip
    with held.engine.connect() as connection:
        return atlas_jobs.atlas(connection, print_shop(held.settings).folder, job)


@router.get("/plans/{plan_id}/atlases", response_model=Atlases)
def atlases(held: Held, reading: Reading, plan_id: RowId) -> dict[str, Any]:
    """The last atlases of a plan that the caller has had printed, the newest first."""
    return {"items": atlas_jobs.atlases(reading, print_shop(held.settings).folder, plan_id)}


@router.get("/atlases/{atlas_id}", response_model=Atlas)
def atlas(held: Held, reading: Reading, atlas_id: RowId) -> dict[str, Any]:
    """How far an atlas of the caller's is."""
    return atlas_jobs.atlas(reading, print_shop(held.settings).folder, atlas_id)


@router.get("/atlases/{atlas_id}/file", response_class=FileResponse)
def file(held: Held, reading: Reading, atlas_id: RowId) -> FileResponse:
    """The printed atlas; it is kept for seven days."""
    path, name = atlas_jobs.file_of(reading, print_shop(held.settings).folder, atlas_id)
    return FileResponse(path, media_type=MEDIA_TYPES["atlas"], filename=name)


@router.delete("/atlases/{atlas_id}", status_code=204)
def cancel(held: Held, atlas_id: RowId) -> Response:
    """End the printing before it is done. What has ended stays as it is."""
    atlas_jobs.cancel(held.engine, atlas_id, actor=held.actor)
    return Response(status_code=204)
