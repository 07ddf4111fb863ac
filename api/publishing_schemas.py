"""What publishing a plan takes and tells over HTTP, dry runs and hand-overs included."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from api.schemas import PersonRef, PlaceRef, RowId


class GridChanges(BaseModel):
    """Codes of basic grids."""

    new: list[str]
    gone: list[str]
    reshaped: list[str]


class CarriedOver(BaseModel):
    """How many went over to the grids of the same codes, and how many ended for want of one."""

    moved: int
    ended: int


class Side(BaseModel):
    """Whose an incident was or will be."""

    grid: PlaceRef | None
    queue: PlaceRef | None
    person: PersonRef | None


class Moved(BaseModel):
    """An open incident that goes to another grid, queue or person.

    `choice_ended`: a dispatcher had given it to a near grid, which the plan does not leave near.
    """

    incident_id: int
    serial: str
    title: str
    category: str
    before: Side
    after: Side
    choice_ended: bool


class Publication(BaseModel):
    """What publishing a plan changed. `former_id` is the plan that it follows."""

    plan_id: int
    former_id: int | None
    at: datetime
    grids: GridChanges
    units_moved: int
    people_moved: int
    posts: CarriedOver
    ties: CarriedOver
    open_incidents: int
    incidents_moved: int
    report: dict[str, Any]


class Preview(Publication):
    """What publishing a plan now would change; `next` is what to send as `after`."""

    items: list[Moved]
    next: int | None


class Publish(BaseModel):
    """`instead_of`: the plan in force that the caller means to replace, as the preview told it."""

    model_config = ConfigDict(extra="forbid")

    instead_of: RowId | None = None


class HandOver(Moved):
    """A note to the two people between whom an incident went, by a plan or by a departure."""

    id: int
    plan_id: int | None
    departure_id: int | None
    at: datetime
    note: str
    read_by_from_at: datetime | None
    read_by_to_at: datetime | None


class HandOvers(BaseModel):
    items: list[HandOver]
    next: int | None


class Reader(BaseModel):
    """Who has read a note."""

    model_config = ConfigDict(extra="forbid")

    person_id: RowId
