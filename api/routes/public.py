"""For everybody, without signing in: report something, and follow what becomes of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Header, Query, Request, Response, UploadFile
from fastapi.responses import FileResponse

from api import channel_schemas
from api.photo_schemas import Signature, Size, Until
from api.public_limits import PublicLimits
from api.routes.photos import folder_of, picture
from api.schemas import CategoryCode, Coordinate, RowId
from api.seals import Sealed
from api.services import OpenHeld, OpenReading
from gis.errors import ForbiddenError
from gis.files.photos import MOST_BYTES
from gis.incidents.lifecycle import Doer, Step
from gis.incidents.reporter import clean_phone
from gis.store import incidents, photos
from gis.workflows import public_reports
from gis.workflows.photos import PUBLIC, Sender, receive_photo
from gis.workflows.steps import take_step
from gis.workflows.supplements import may_repeat

router = APIRouter(prefix="/public", tags=["public"])
REPORTER = Doer(actor=PUBLIC, roles=frozenset({"reporter"}))
# The sender's own, so that a report sent twice is one; whoever knows it could ask for its code.
Key = Annotated[str, Header(min_length=16, max_length=200, pattern=r"^[\x21\x23-\x7e]+$")]


async def limits(request: Request) -> PublicLimits:
    """The limits of this application."""
    state = request.app.state
    if not hasattr(state, "public_limits"):
        state.public_limits = PublicLimits()
    return cast("PublicLimits", state.public_limits)


Limits = Annotated[PublicLimits, Depends(limits)]


def address_of(request: Request) -> str:
    """The address that asks."""
    return request.client.host if request.client else "?"


@router.get("/start", response_model=channel_schemas.PublicStart)
def start(reading: OpenReading, sealed: Sealed) -> dict[str, Any]:
    """What the form needs: categories, limits, and a word that tells when it was opened."""
    return {
        "form": public_reports.new_form(sealed.key, datetime.now(UTC)),
        "categories": incidents.categories(reading),
        "most_photos": channel_schemas.MOST_PHOTOS,
        "most_mb": MOST_BYTES >> 20,
    }


@router.post("/photos", response_model=channel_schemas.PublicPhoto, status_code=201)
def send_photo(
    request: Request,
    held: OpenHeld,
    sealed: Sealed,
    limited: Limits,
    file: UploadFile,
    idempotency_key: Key,
) -> dict[str, Any]:
    """Send one photo; name its `ref` in the report. What is not used within a day is forgotten."""
    limited.photos.take(address_of(request))
    row, _ = receive_photo(
        held.engine,
        folder_of(held),
        file.file,
        sender=Sender(actor=PUBLIC, address=address_of(request)),
        file_name=None,
        key=idempotency_key,
        time_zone=held.settings.time_zone,
    )
    return {
        **row,
        "ref": public_reports.sealed_photo(sealed.key, row["id"]),
        "preview_url": sealed.links(row["id"], "public-photo")["preview_url"],
    }


@router.get("/photos/{photo_id}", response_class=FileResponse)
def photo(
    held: OpenHeld,
    reading: OpenReading,
    sealed: Sealed,
    photo_id: RowId,
    until: Until,
    signature: Signature,
    size: Size = "full",
) -> FileResponse:
    """A picture, to whoever sent it, by a link that another answer gave."""
    left = sealed.check_link(photo_id, size, until, signature, "public-photo")
    return picture(held, photos.photo(reading, photo_id), size, left)


@router.get("/near", response_model=channel_schemas.PublicNears)
def near(
    request: Request,
    reading: OpenReading,
    sealed: Sealed,
    limited: Limits,
    lon: Coordinate,
    lat: Coordinate,
    category: CategoryCode,
    crs: Annotated[str, Query(max_length=40)] = "EPSG:4326",
) -> dict[str, Any]:
    """Cases near by of the same kind, without anything that anybody typed or photographed."""
    limited.looks.take(address_of(request))
    rows = may_repeat(reading, lon=lon, lat=lat, crs=crs, category=category, limit=5)
    for row in rows:
        row["ref"] = (
            public_reports.sealed_case(sealed.key, row["id"]) if row["status"] == "open" else None
        )
    return {"items": rows}


@router.post(
    "/reports",
    response_model=channel_schemas.PublicReceipt,
    status_code=201,
    responses={200: {"model": channel_schemas.PublicReceipt, "description": "It came before"}},
)
def report(
    request: Request,
    held: OpenHeld,
    sealed: Sealed,
    limited: Limits,
    given: channel_schemas.PublicReport,
    response: Response,
    idempotency_key: Key,
) -> dict[str, Any]:
    """Report something: answered with its serial number and the code to follow it by.

    The same `Idempotency-Key` with the same content answers 200 with the same. 429
    `too-many-requests`; 422 `public-too-quick`, `public-machine`, `seal-invalid`.
    """
    public_reports.check_form(sealed.key, given.form, given.website, datetime.now(UTC))
    sent = public_reports.sent_publicly(
        given.text,
        key=idempotency_key,
        photo_ids=public_reports.photos_of(sealed.key, given.photos),
        **given.model_dump(
            include={"category", "lon", "lat", "crs", "address", "reporter_name", "reporter_phone"}
        ),
    )
    joins = None if given.same_as is None else public_reports.case_of(sealed.key, given.same_as)
    limited.reports.take(address_of(request))
    if given.reporter_phone:
        limited.reports_of_phone.take(clean_phone(given.reporter_phone))
    if joins is not None:
        done = public_reports.join_publicly(held.engine, sealed.key, joins, sent)
    else:
        reported = held.intake.send(sent, actor=PUBLIC).result()
        held.tiles.touch(reported.case["lon"], reported.case["lat"])
        done = public_reports.receipt_of(held.engine, sealed.key, sent, reported)
    response.status_code = 201 if done.created else 200
    return {"serial": done.serial, "code": done.code, "joined": done.joined}


@router.post("/follow", response_model=channel_schemas.Followed)
def follow(
    request: Request,
    reading: OpenReading,
    sealed: Sealed,
    limited: Limits,
    given: channel_schemas.Follow,
) -> dict[str, Any]:
    """How a case stands. 404 `follow-unknown` for a wrong number and a wrong code alike."""
    opened = _opened(request, reading, limited, given)
    return _shown(reading, sealed, opened)


@router.post("/judge", response_model=channel_schemas.Followed)
def judge(
    request: Request,
    held: OpenHeld,
    sealed: Sealed,
    limited: Limits,
    given: channel_schemas.Judge,
) -> dict[str, Any]:
    """Say whether you are satisfied with how a case was closed; if not, it is taken up again.

    403 `judge-not-reporter` for whoever joined somebody else's report; 422 `step-needs-reason`
    without a reason for not being; 409 where it is not closed, or judged, and
    `judge-reopened-enough` where it was taken up again as often as a reporter may have it.
    """
    with held.engine.connect() as connection:
        opened = _opened(request, connection, limited, given)
        if opened.supplement_id is not None:
            raise ForbiddenError("judge-not-reporter")
        if not given.satisfied:
            most = held.settings.public_reopenings
            public_reports.require_reopening(connection, opened, most)
    step = Step(
        action="evaluate",
        satisfaction="satisfied" if given.satisfied else "dissatisfied",
        reason=given.reason or None,
    )
    take_step(held.engine, held.locators, opened.incident_id, step, doer=REPORTER, version=None)
    with held.engine.connect() as connection:
        return _shown(connection, sealed, opened)


def _opened(
    request: Request, connection: Any, limited: PublicLimits, given: channel_schemas.Follow
) -> public_reports.Followed:
    limited.follows.take(address_of(request))
    serial, from_here = given.serial.strip(), f"{given.serial.strip()} {address_of(request)}"
    limited.follows_of_serial.take(serial)
    limited.follows_from_here.take(from_here)
    opened = public_reports.open_by_code(connection, given.serial, given.code)
    limited.follows_of_serial.give_back(serial)  # wrong codes count, and right ones do not
    limited.follows_from_here.give_back(from_here)
    return opened


def _shown(connection: Any, sealed: Any, opened: public_reports.Followed) -> dict[str, Any]:
    found = public_reports.follow(connection, opened)
    found["photos"] = [sealed.shown(row, "public-photo") for row in found["photos"]]
    return found
