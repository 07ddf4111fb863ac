"""Bulletins of weeks and months: listed, read, fetched as PDF or workbook, made again."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from api import bulletin_schemas as schemas
from api.errors import language_of
from api.schemas import RowId
from api.services import CallerServices, Held, Reading
from gis.errors import ConflictError
from gis.files.bulletin_words import Words, sentences
from gis.store import bulletins as store
from gis.store import known
from gis.store.bulletins import Subject
from gis.workflows import bulletins
from gis.workflows.bulletins import Office

router = APIRouter(tags=["bulletins"])
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@router.get("/bulletins", response_model=schemas.Bulletins)
def listed(
    reading: Reading,
    jurisdiction: RowId,
    area: schemas.Area | None = None,
    kind: schemas.Kind | None = None,
) -> dict[str, Any]:
    """The last sixty bulletins of a jurisdiction and its sub-districts, the newest period first."""
    known.require(reading, jurisdiction)
    return {"items": store.listed(reading, jurisdiction, area, kind)}


@router.post("/bulletins", response_model=schemas.Made, status_code=201)
def make(held: Held, wanted: schemas.Wanted) -> dict[str, int]:
    """Make the bulletin of a period now; its files follow.

    409 `bulletin-made-already` where there is one and no reason is given. The same reason again
    gives the same bulletin.
    """
    subject = _subject(held, wanted.jurisdiction, wanted.area, wanted.kind)
    office = Office(leader=held.leader, closure=held.closure, time_zone=held.settings.time_zone)
    made = bulletins.make_again(
        held.engine, office, subject, wanted.first, reason=wanted.reason, actor=held.actor
    )
    return {"id": made}


@router.get("/bulletins/series", response_model=schemas.AllSeries)
def series(reading: Reading, jurisdiction: RowId) -> dict[str, Any]:
    """When bulletins are made."""
    known.require(reading, jurisdiction)
    return {"items": store.series(reading, jurisdiction)}


@router.put("/bulletins/series", response_model=schemas.AllSeries)
def set_series(held: Held, wanted: schemas.SeriesWanted) -> dict[str, Any]:
    """Set when the bulletin of a jurisdiction or sub-district is made, or that none is."""
    subject = _subject(held, wanted.jurisdiction, wanted.area, wanted.kind)
    at = None if wanted.after_days is None else (wanted.after_days, wanted.at_minute)
    return {"items": bulletins.set_series(held.engine, subject, at, actor=held.actor)}


@router.get("/bulletins/{bulletin_id}", response_model=schemas.Bulletin)
def bulletin(request: Request, reading: Reading, bulletin_id: RowId) -> dict[str, Any]:
    """What stands in a bulletin, with its sentences in the reader's language."""
    words, row = _words(reading, bulletin_id, language_of(request))
    return {
        **{name: row[name] for name in ("id", "edition", "reason")},
        "figures": row["figures"], "says": sentences(words),
        "title": words.title, "period": words.period, "made": words.made,
    }  # fmt: skip


@router.get(
    "/bulletins/{bulletin_id}/file",
    response_class=Response,
    responses={200: {"content": {media: {} for media in MEDIA_TYPES.values()}}},
)
def file(
    request: Request,
    reading: Reading,
    bulletin_id: RowId,
    form: Annotated[Literal["pdf", "xlsx"], Query()] = "pdf",
    language: Annotated[Literal["zh-CN", "en"] | None, Query()] = None,
) -> Response:
    """A bulletin as a file. 409 `bulletin-file-not-ready` until the worker has made it."""
    words, row = _words(reading, bulletin_id, language or language_of(request))
    content = store.file_of(reading, bulletin_id, words.language, form)
    if content is None:
        raise ConflictError("bulletin-file-not-ready")
    figures = row["figures"]
    name = f"wangge-{figures['area_code'] or figures['jurisdiction_code']}-{figures['first']}"
    name += f"-{figures['kind']}-{row['edition']}.{words.language}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private"}
    return Response(content, media_type=MEDIA_TYPES[form], headers=headers)


def _words(reading: Reading, bulletin_id: int, language: str) -> tuple[Words, dict[str, Any]]:
    row = store.get(reading, bulletin_id)
    figures = row["figures"] | {"edition": row["edition"], "reason": row["reason"]}
    return Words(figures=figures, language=language), row


def _subject(held: CallerServices, jurisdiction: int, area: str | None, kind: str) -> Subject:
    with held.engine.connect() as connection:
        known.require(connection, jurisdiction)
    return Subject(jurisdiction_id=jurisdiction, area_code=area, kind=kind)
