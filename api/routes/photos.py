"""Photos: sent before the report or the step that uses them, shown by links that end."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response, UploadFile
from fastapi.responses import FileResponse

from api import photo_schemas
from api.photo_schemas import Signature, Size, Until
from api.routes.incidents import Key
from api.schemas import RowId
from api.seals import Sealed
from api.services import Held, Reading, Services
from gis.files import photo_folder
from gis.store import known, photos
from gis.workflows.photos import Sender, receive_photo

router = APIRouter(tags=["photos"])


@router.post(
    "/photos",
    response_model=photo_schemas.SentPhoto,
    status_code=201,
    responses={200: {"model": photo_schemas.SentPhoto, "description": "It was sent before"}},
)
def send_photo(
    held: Held,
    sealed: Sealed,
    file: UploadFile,
    response: Response,
    idempotency_key: Key = None,
) -> dict[str, Any]:
    """Send one photo (JPEG, PNG, WebP, HEIC; 20 MB). Name its `id` in a report or a step: once.

    It is turned upright and written anew without metadata. The place that the camera wrote is
    offered in the answer. The same file under the same `Idempotency-Key` answers 200 with the same
    photo; another file, 422. What is not used within 30 days is forgotten.
    """
    row, new = receive_photo(
        held.engine,
        folder_of(held),
        file.file,
        sender=Sender(actor=held.actor, account_id=held.caller.account_id),
        file_name=file.filename,
        key=idempotency_key,
        time_zone=held.settings.time_zone,
    )
    response.status_code = 201 if new else 200
    return sealed.shown(row)


@router.get("/photos/{photo_id}", response_class=FileResponse)
def photo(
    held: Held,
    reading: Reading,
    sealed: Sealed,
    photo_id: RowId,
    until: Until,
    signature: Signature,
    size: Size = "full",
) -> FileResponse:
    """A picture, as JPEG, by a link that another answer gave, to whoever may see its case.

    403 `photo-link-invalid` once the link has ended.
    """
    left = sealed.check_link(photo_id, size, until, signature)
    return picture(held, photos.photo(reading, photo_id), size, left)


@router.get("/incidents/{incident_id}/photos", response_model=photo_schemas.Photos)
def photos_of_incident(reading: Reading, sealed: Sealed, incident_id: RowId) -> dict[str, Any]:
    """The photos of a case, the oldest first, with fresh links."""
    known.require_incident(reading, incident_id)
    return {"items": [sealed.shown(row) for row in photos.of_incident(reading, incident_id)]}


def folder_of(held: Services) -> Any:
    """Where the pictures of this office lie."""
    return held.settings.data_dir / "photos"


def picture(held: Services, row: dict[str, Any], size: Size, left_s: int) -> FileResponse:
    """The file of a photo, which a browser may keep as long as its link works."""
    return FileResponse(
        photo_folder.existing(folder_of(held), row["sha256"], size),
        media_type="image/jpeg",
        filename=f"photo-{row['id']}.jpg",
        content_disposition_type="inline",
        headers={"Cache-Control": f"private, max-age={left_s}, immutable"},
    )
