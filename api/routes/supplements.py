"""Is it known already? Incidents that a report may repeat, and reports added to one."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api import channel_schemas
from api.routes.incidents import Key
from api.schemas import CategoryCode, Coordinate, RowId
from api.seals import Sealed
from api.services import Held, Reading
from gis.store import known, supplements
from gis.store.reporters import masked
from gis.workflows.supplements import FurtherReport, add_report, may_repeat

router = APIRouter(tags=["incidents"])


@router.get("/incidents/near", response_model=channel_schemas.MayRepeats)
def near(
    reading: Reading,
    sealed: Sealed,
    lon: Coordinate,
    lat: Coordinate,
    crs: Annotated[str, Query(max_length=40)] = "EPSG:4326",
    category: CategoryCode | None = None,
    jurisdiction: RowId | None = None,
    within_m: Annotated[float, Query(gt=0, le=1000)] = 150.0,
    limit: Annotated[int, Query(ge=1, le=20)] = 10,
) -> dict[str, Any]:
    """Incidents that a report of this place and category may repeat, the likeliest first.

    Open ones of the same top category, whatever their age, and those closed within 30 days; each
    with its distance, age, stage and first photo.
    """
    if category is not None:
        known.require_category(reading, category)
    if jurisdiction is not None:
        known.require(reading, jurisdiction)
    rows = may_repeat(
        reading, lon=lon, lat=lat, crs=crs, category=category, jurisdiction_id=jurisdiction,
        within_m=within_m, limit=limit,
    )  # fmt: skip
    for row in rows:
        links = sealed.links(row["photo_id"]) if row["photo_id"] is not None else {}
        row |= {"photo_url": links.get("url"), "preview_url": links.get("preview_url")}
    return {"items": rows}


@router.get("/incidents/{incident_id}/supplements", response_model=channel_schemas.Supplements)
def supplements_of_incident(held: Held, reading: Reading, incident_id: RowId) -> dict[str, Any]:
    """The further reports of a case, the oldest first; who reported, under masks, to those who may
    ask back."""
    known.require_incident(reading, incident_id)
    rows = supplements.of_incident(reading, incident_id)
    return {"items": [row | masked(row, held.caller.roles, prefix="reporter_") for row in rows]}


@router.post(
    "/incidents/{incident_id}/supplements",
    response_model=channel_schemas.Supplemented,
    status_code=201,
    responses={200: {"model": channel_schemas.Supplemented, "description": "It came before"}},
)
def add_supplement(
    held: Held,
    incident_id: RowId,
    given: channel_schemas.NewSupplement,
    response: Response,
    idempotency_key: Key = None,
) -> dict[str, Any]:
    """Add a report to an open case instead of making a second one of it.

    The same `Idempotency-Key` answers 200 with the first. 409 `supplement-closed`.
    """
    done = add_report(
        held.engine,
        incident_id,
        FurtherReport(**dict(given)),
        actor=held.actor,
        key=idempotency_key,
    )
    response.status_code = 201 if done.created else 200
    return {
        "supplement_id": done.supplement_id,
        "incident_id": done.incident_id,
        "serial": done.serial,
    }
