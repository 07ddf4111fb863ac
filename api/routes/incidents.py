"""Incidents: the list, one case, a new report, and whose a point would be."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from pydantic import AfterValidator
from pydantic_core import to_json

from api import case_schemas, schemas
from api.doers import doer_of
from api.filters import DeskFilter
from api.schemas import (
    CategoryCode,
    Coordinate,
    Moment,
    RowId,
    Severity,
    Source,
)
from api.services import Held, Reading
from gis.store import incidents as store
from gis.store.incident_filter import Order
from gis.store.scope import beyond
from gis.workflows.case_view import whole_case
from gis.workflows.choices import choose_owner, move_pin
from gis.workflows.incident_report import IncidentReport
from gis.workflows.intake import Sent
from gis.workflows.points import describe

router = APIRouter(tags=["incidents"])


# A Structured Field string (RFC 9651) comes in quotes; the key is what stands between them.
Key = Annotated[
    str | None,
    Header(min_length=8, max_length=200, pattern=r"^[\x20-\x7e]*[^\s\x22][\x20-\x7e]*$"),
    AfterValidator(lambda given: given and given.strip('" ')),
]


@router.get("/categories", response_model=schemas.Categories)
def categories(reading: Reading) -> dict[str, Any]:
    """The tree of categories."""
    return {"items": store.categories(reading)}


@router.get("/incidents", response_model=schemas.IncidentPage)
def incidents(
    reading: Reading,
    wanted: DeskFilter,
    order: Order = "newest",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """The newest first, or of open ones those that are due first; without a deadline comes last.

    `next` is the cursor of the following page, in the same order; null on the last.
    """
    items, following = store.incident_page(reading, wanted, order=order, limit=limit, cursor=cursor)
    # Asked for more often than anything else: written without going through a model.
    return Response(to_json({"items": items, "next": following}), media_type="application/json")


@router.get("/incidents/{incident_id}", response_model=case_schemas.Case)
def incident(held: Held, reading: Reading, incident_id: RowId) -> dict[str, Any]:
    """One whole case: what, where, whose, its departments, and everything that happened to it."""
    return whole_case(reading, held.locators, incident_id, doer_of(held.caller))


@router.post(
    "/incidents",
    response_model=case_schemas.Reported,
    status_code=201,
    responses={
        200: {"model": case_schemas.Reported, "description": "The same report came in before"}
    },
)
async def report_incident(
    held: Held,
    report: schemas.NewIncident,
    response: Response,
    idempotency_key: Key = None,
) -> dict[str, Any]:
    """Register a report: it gets its grid, its people and its serial number at once, or not at all.

    A repeat with the same `Idempotency-Key` and the same body, or the same `source_ref`, answers
    200 with the first incident. The same key with another body is refused: 422
    `idempotency-key-reused`. Keys do not expire.
    """
    sent = Sent(report=IncidentReport(**dict(report)), key=idempotency_key, scope=held.caller.scope)
    done = await asyncio.wrap_future(held.intake.send(sent, actor=held.actor))
    response.status_code = 201 if done.created else 200
    response.headers["Location"] = f"/api/v1/incidents/{done.incident_id}"
    # Whoever reported it sees it on the very next tile, before the database's word comes round.
    held.tiles.touch(done.case["lon"], done.case["lat"])
    return done.case


@router.patch("/incidents/{incident_id}/owner", response_model=case_schemas.Case)
def choose(held: Held, incident_id: RowId, given: case_schemas.ChooseOwner) -> dict[str, Any]:
    """Give an open case near a boundary to another grid near it, any one that `near` offers.

    The choice is recorded with its reason. 409 `incident-changed` if somebody changed the case
    since `version`, `incident-closed`; 422 `choice-not-offered`.
    """
    choose_owner(held.engine, held.locators, incident_id, actor=held.actor, **dict(given))
    with held.engine.connect() as connection, beyond(connection):
        return whole_case(connection, held.locators, incident_id, doer_of(held.caller))


@router.patch("/incidents/{incident_id}/place", response_model=case_schemas.Case)
def move(held: Held, incident_id: RowId, given: case_schemas.MovePin) -> dict[str, Any]:
    """Move the pin of an open case: it is routed again, by the plan and the people of now.

    The history keeps both places and both owners. 409 as for the choice of an owner.
    """
    was = move_pin(held.engine, held.locators, incident_id, actor=held.actor, **dict(given))
    with held.engine.connect() as connection, beyond(connection):
        found = whole_case(connection, held.locators, incident_id, doer_of(held.caller))
    held.tiles.touch(was.lon, was.lat)
    held.tiles.touch(found["lon"], found["lat"])
    return found


@router.get("/route", response_model=case_schemas.Route)
def route(
    held: Held,
    reading: Reading,
    lon: Coordinate,
    lat: Coordinate,
    crs: Annotated[str, Query(max_length=40)] = "EPSG:4326",
    at: Moment | None = None,
    category: CategoryCode | None = None,
    severity: Severity | None = None,
    source: Source | None = None,
) -> dict[str, Any]:
    """Whose a point would be, before anything is typed; with `at`, whose it was at that moment.

    Rules may ask for the category (its severity is taken unless another is given) and the source.
    """
    return describe(
        reading, held.locators, lon=lon, lat=lat, crs=crs, at=at, category=category,
        severity=severity, source=source,
    )  # fmt: skip
