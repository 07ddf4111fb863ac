"""The platform and its departments through time, and leaders attached to units below."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import Connection

from api import staff_schemas as schemas
from api.schemas import Moment, RowId
from api.services import Held, Reading
from gis.errors import NotFoundError
from gis.store import attachments, known, organisations, posts, staff
from gis.workflows import appointments, units_and_people
from gis.workflows.appointments import Attaching
from gis.workflows.units_and_people import UNSET, NewOrganisation

router = APIRouter(tags=["organisations"])


@router.get("/organisations/tree", response_model=schemas.Units)
def tree(
    reading: Reading, jurisdiction: RowId, at: Moment | None = None, closed: bool = False
) -> dict[str, Any]:
    """An organisation and all below it as they are now, were or will be at a moment."""
    moment = at or datetime.now(UTC)
    organisations.organisation(reading, jurisdiction, jurisdiction)
    items = organisations.tree(reading, jurisdiction, moment, closed=closed)
    return {"at": moment, "items": items}


@router.get("/organisations/{organisation_id}", response_model=schemas.UnitDetail)
def unit(reading: Reading, organisation_id: RowId, jurisdiction: RowId) -> dict[str, Any]:
    """A unit of the tree: its leaders, its contact chain, and its history."""
    found = organisations.organisation(reading, jurisdiction, organisation_id)
    now = datetime.now(UTC)
    chain, held = [], []
    if found["kind"] != "department":
        chain = attachments.chain(reading, found["code"], now)
        held = _present(reading, jurisdiction, found["code"], now)
    return {
        **found,
        "posts": held,
        "chain": chain,
        "attached": attachments.of_organisation(reading, organisation_id, now),
        "versions": organisations.versions(reading, organisation_id),
        "people": len(staff.people_of(reading, organisation_id, now)),
    }


def _present(
    reading: Connection, jurisdiction: int, code: str, now: datetime
) -> list[dict[str, Any]]:
    rows = posts.of_grids(reading, jurisdiction, [code])
    return [
        row for row in rows
        if row["in_force"] and posts.lasts(row, now)
    ]  # fmt: skip


@router.post("/organisations", response_model=schemas.Recorded, status_code=201)
def create(held: Held, given: schemas.NewUnit) -> dict[str, int]:
    """Create a unit or a department. The code of a unit says where it belongs."""
    values = given.model_dump(exclude={"jurisdiction", "reason"})
    made = units_and_people.create_organisation(
        held.engine, given.jurisdiction, NewOrganisation(**values), reason=given.reason,
        actor=held.actor,
    )  # fmt: skip
    return {"id": made}


@router.post("/organisations/{organisation_id}/changes", status_code=204)
def change(held: Held, organisation_id: RowId, given: schemas.ChangeUnit) -> None:
    """Rename it, or hang a department below another unit, from a moment on. A closed one is open
    again from then."""
    said = given.model_fields_set
    units_and_people.change_organisation(
        held.engine, given.jurisdiction, organisation_id, name_zh=given.name_zh,
        name_en=given.name_en if "name_en" in said else UNSET,
        parent_id=given.parent_id if given.parent_id is not None else UNSET,
        at=given.at, reason=given.reason, actor=held.actor,
    )  # fmt: skip


@router.post("/organisations/{organisation_id}/close", response_model=schemas.Closed)
def close(held: Held, organisation_id: RowId, given: schemas.CloseUnit) -> dict[str, int]:
    """Close it from a moment on, merged into another or not."""
    moved = units_and_people.close_organisation(
        held.engine, given.jurisdiction, organisation_id, successor_id=given.successor_id,
        at=given.at, reason=given.reason, actor=held.actor,
    )  # fmt: skip
    return {"people_moved": moved}


@router.get("/attachments", response_model=list[schemas.Attachment])
def chain(
    reading: Reading,
    jurisdiction: RowId,
    code: schemas.TargetCode,
    at: Moment | None = None,
    history: Annotated[bool, Query()] = False,
) -> list[dict[str, Any]]:
    """Who is attached to a unit or grid and to all units above it, the highest first; with
    `history` all that ever were attached to it alone."""
    own = known.require_reach(reading, jurisdiction)
    if not (code.startswith(own) or own.startswith(code)):
        raise NotFoundError("organisation-not-found", id=code)
    if history:
        return attachments.history(reading, code)
    return attachments.chain(reading, code, at or datetime.now(UTC))


@router.post("/attachments", response_model=schemas.Recorded, status_code=201)
def attach(held: Held, given: schemas.Attach) -> dict[str, int]:
    """Attach a leader to a unit below their organisation."""
    asked = Attaching(**given.model_dump(exclude={"jurisdiction"}))
    made = appointments.attach(held.engine, given.jurisdiction, asked, actor=held.actor)
    return {"id": made}


@router.post("/attachments/{attachment_id}/end", response_model=schemas.Begun)
def detach(held: Held, attachment_id: RowId, given: schemas.EndPost) -> dict[str, int | None]:
    """End an attachment, now or at a moment to come; a successor has it from then."""
    begun = appointments.detach(
        held.engine, given.jurisdiction, attachment_id, successor_id=given.person_id, at=given.at,
        reason=given.reason, actor=held.actor,
    )  # fmt: skip
    return {"id": begun}
