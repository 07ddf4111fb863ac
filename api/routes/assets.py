"""Named assets, the duty list, and organisations with the people who answer for them."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api import rule_schemas as schemas
from api.filters import bbox_of
from api.schemas import CategoryCode, Line, Moment, RowId
from api.services import Held, Reading
from gis.store import assets as asset_store
from gis.store import contacts, duty_list, known
from gis.workflows import assets, rules
from gis.workflows import duty_list as duties

router = APIRouter(tags=["rules"])
After = Annotated[int, Query(ge=0, le=2**63 - 1)]
Limit = Annotated[int, Query(ge=1, le=1000)]
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/assets", response_model=schemas.Assets)
def list_assets(
    reading: Reading,
    jurisdiction: RowId,
    bbox: Annotated[str | None, Query(description="west,south,east,north")] = None,
    kind: schemas.Kind | None = None,
    q: Annotated[Line | None, Query(max_length=100)] = None,
    at: Moment | None = None,
    ended: bool = False,
    limit: Limit = 200,
    after: After = 0,
) -> dict[str, Any]:
    """Assets by id, also by what their name or code holds; `next` is what to send as `after`."""
    known.require(reading, jurisdiction)
    found = asset_store.list_assets(
        reading, jurisdiction, limit=limit + 1, after=after, bbox=bbox_of(bbox), kind=kind,
        word=q, at=at, ended=ended,
    )  # fmt: skip
    return _page(found, limit)


@router.post("/assets", response_model=schemas.Recorded, status_code=201)
def record_asset(held: Held, given: schemas.NewAsset) -> dict[str, int]:
    """Record an asset. 409 `asset-twice` while another one has its code; 422
    `geometry-invalid`."""
    values = given.model_dump()
    of = values.pop("jurisdiction")
    return {"id": assets.record_asset(held.engine, of, **values, actor=held.actor)}


@router.post("/assets/{asset_id}/end", status_code=204)
def end_asset(held: Held, asset_id: RowId, given: schemas.End) -> None:
    """End an asset now: from then on it decides nothing."""
    assets.end_asset(
        held.engine, given.jurisdiction, asset_id, reason=given.reason, actor=held.actor
    )


@router.get("/duty-list", response_model=schemas.DutyList)
def list_duties(
    reading: Reading,
    jurisdiction: RowId,
    category: CategoryCode | None = None,
    organisation: RowId | None = None,
    at: Moment | None = None,
    ended: bool = False,
    limit: Limit = 200,
    after: After = 0,
) -> dict[str, Any]:
    """The duty list (权责清单) by id; `next` is what to send as `after`."""
    known.require(reading, jurisdiction, category=category)
    found = duty_list.list_duties(
        reading, jurisdiction, limit=limit + 1, after=after, category=category,
        organisation=organisation, at=at, ended=ended,
    )  # fmt: skip
    return _page(found, limit)


@router.get("/duty-list/template", response_class=Response)
def template(reading: Reading) -> Response:
    """An Excel file to fill in and import."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "duty-list.xlsx"
        duties.write_template(reading, path)
        content = path.read_bytes()
    named = {"Content-Disposition": 'attachment; filename="duty-list.xlsx"'}
    return Response(content, media_type=EXCEL, headers=named)


@router.post("/duty-list", response_model=schemas.Recorded, status_code=201)
def record_duty(held: Held, given: schemas.NewDutyItem) -> dict[str, int]:
    """Record an entry. 409 `duty-item-twice` if the same stands there already in that time."""
    values = given.model_dump()
    of = values.pop("jurisdiction")
    return {"id": duties.record_duty(held.engine, of, **values, actor=held.actor)}


@router.post("/duty-list/{duty_id}/end", status_code=204)
def end_duty(held: Held, duty_id: RowId, given: schemas.End) -> None:
    """End an entry now."""
    duties.end_duty(held.engine, given.jurisdiction, duty_id, reason=given.reason, actor=held.actor)


@router.get("/organisations", response_model=schemas.Organisations)
def organisations(reading: Reading, jurisdiction: RowId) -> dict[str, Any]:
    """The organisations that rules may name, by code, with the people who answer for them."""
    known.require(reading, jurisdiction)
    return {"items": contacts.organisations(reading, jurisdiction)}


@router.post("/contacts", response_model=schemas.Recorded, status_code=201)
def record_contact(held: Held, given: schemas.NewContact) -> dict[str, int]:
    """Name who answers for an organisation from now on, or in a time to come."""
    values = given.model_dump()
    of = values.pop("jurisdiction")
    return {"id": rules.record_contact(held.engine, of, **values, actor=held.actor)}


@router.post("/contacts/{contact_id}/end", status_code=204)
def end_contact(held: Held, contact_id: RowId, given: schemas.End) -> None:
    """End a contact now: until there is another one, the grid's person answers."""
    rules.end_contact(
        held.engine, given.jurisdiction, contact_id, reason=given.reason, actor=held.actor
    )


def _page(found: list[dict[str, Any]], limit: int) -> dict[str, Any]:
    items = found[:limit]
    return {"items": items, "next": items[-1]["id"] if len(found) > limit else None}
