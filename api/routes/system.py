"""Is it alive, is it ready, how is it configured, and what has just happened."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sse_starlette import EventSourceResponse
from starlette.responses import JSONResponse

from api.caller import secret_of
from api.schemas import Bbox
from api.services import Held, OpenHeld, OpenReading
from gis.messages import LANGUAGES
from gis.store import migrate
from gis.store.plans import jurisdictions

router = APIRouter(tags=["system"])


class BaseMap(BaseModel):
    kind: Literal["own", "xyz"]
    url: str | None = None
    attribution: str = ""


class MapStart(BaseModel):
    bbox: Bbox | None


class Config(BaseModel):
    """What the pages need to know before they draw anything."""

    time_zone: str
    languages: list[str]
    synthetic: bool
    basemap: BaseMap
    map: MapStart
    version: str


@router.get("/health")
def health() -> dict[str, str]:
    """The process lives."""
    return {"status": "ok"}


@router.get("/ready")
def ready(held: OpenHeld) -> Response:
    """200 when the database answers at the newest schema and a plan is in force; else 503."""
    state = {"database": False, "schema": False, "plan": False}
    try:
        with held.engine.connect() as connection:
            state["database"] = connection.scalar(text("SELECT true")) is True
            revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
            state["schema"] = revision == migrate.newest()
            state["plan"] = any(
                row["published_plan_id"] is not None for row in jurisdictions(connection)
            )
    except SQLAlchemyError:
        pass
    return JSONResponse(state, status_code=200 if all(state.values()) else 503)


@router.get("/config", response_model=Config)
def config(held: OpenHeld, reading: OpenReading) -> dict[str, Any]:
    """What the pages need to know before they draw anything."""
    listed = jurisdictions(reading)
    settings = held.settings
    return {
        "time_zone": settings.time_zone,
        "languages": list(LANGUAGES),
        "synthetic": any(row["synthetic"] for row in listed),
        "basemap": {
            "kind": "xyz" if settings.basemap_url else "own",
            "url": settings.basemap_url,
            "attribution": settings.basemap_attribution,
        },
        "map": {"bbox": next((row["bbox"] for row in listed if row["bbox"]), None)},
        "version": version("wangge"),
    }


@router.get("/events", response_class=EventSourceResponse)
async def events(held: Held, request: Request) -> EventSourceResponse:
    """Server-sent events: `incident` and `whistle` to whoever may see cases, `notice` when there
    is something new in the own inbox, `presence` when somebody else opens or leaves the case that
    the page has said to have open, `plan`, `import`, and `reload` when some may be missing."""
    secret = secret_of(request.headers)
    assert secret is not None  # the guard has found the caller by it
    return EventSourceResponse(held.events.subscribe(held.caller, secret), ping=15)
