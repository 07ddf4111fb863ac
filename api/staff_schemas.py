"""Organisations, people, posts and attachments, as HTTP carries them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.case_schemas import Reason
from api.schemas import GridCode, Line, Moment, Names, Person, PlaceRef, RowId, not_blank

Id = Annotated[RowId, Field(strict=True)]
Kind = Literal["city", "district", "sub_district", "community", "department"]
Role = Literal[
    "first_responsible", "leader", "secretary", "director", "officer", "lead", "adviser",
    "assistant", "participant",
]  # fmt: skip
Name = Annotated[Line, AfterValidator(not_blank), Field(max_length=100)]
UnitName = Annotated[Line, AfterValidator(not_blank), Field(max_length=200)]
Phone = Annotated[Line, Field(max_length=40, pattern=r"^[0-9+() -]*$")]
Number = Annotated[Line, Field(max_length=40)]
UnitCode = Annotated[str, Field(max_length=40, pattern=r"^[A-Za-z0-9-]+$")]
TargetCode = Annotated[str, Field(pattern=r"^\d{6}(\d{3}){0,3}$")]


class _Body(BaseModel):
    """`jurisdiction`: the organisation whose tree is meant. `reason` is kept with the change."""

    model_config = ConfigDict(extra="forbid")

    jurisdiction: Id
    reason: Reason


class UnitRef(BaseModel):
    id: int
    code: str
    name: Names


class Unit(UnitRef):
    """`state` at the moment asked for; `since` is null where the beginning is not known."""

    kind: Kind
    parent_id: int | None
    state: Literal["coming", "current", "closed"]
    since: datetime | None
    until: datetime | None


class Units(BaseModel):
    at: datetime
    items: list[Unit]


class Dated(BaseModel):
    since: datetime | None
    until: datetime | None
    called_off: bool
    reason: str | None
    recorded_by: str
    recorded_at: datetime
    ended_by: str | None
    ended_reason: str | None


class UnitVersion(Dated):
    id: int
    name: Names
    parent_id: int | None
    parent_code: str | None
    successor: UnitRef | None


class PersonVersion(Dated):
    id: int
    name: str
    phone: str | None
    organisation: dict[str, Any] | None


class HeldPost(Dated):
    """`in_force`: in a grid of the plan in force."""

    id: int
    person: Person
    grid: PlaceRef
    level: int
    role: str
    seat: int
    in_force: bool


class Attachment(Dated):
    id: int
    person: Person
    kind: Literal["in_charge", "contact", "stationed"]
    place: str
    target: dict[str, Any]
    organisation: dict[str, Any]


class UnitDetail(BaseModel):
    """A unit with its leaders (posts in the grid of its code), whoever is attached to it and to
    the units above it, the units that its own leaders are attached to, and its history."""

    id: int
    code: str
    kind: Kind
    name: Names
    closed_at: datetime | None
    posts: list[HeldPost]
    chain: list[Attachment]
    attached: list[Attachment]
    versions: list[UnitVersion]
    people: int


class NewUnit(_Body):
    code: UnitCode
    kind: Kind
    name_zh: UnitName
    name_en: UnitName | None = None
    parent_code: UnitCode | None = None
    since: Moment | None = None


class ChangeUnit(_Body):
    """What is left out stays. `at`: from when; now unless given."""

    name_zh: UnitName | None = None
    name_en: UnitName | None = None
    parent_id: Id | None = None
    at: Moment | None = None


class CloseUnit(_Body):
    """`successor_id`: what it is merged into; its people then belong there."""

    successor_id: Id | None = None
    at: Moment | None = None


class Closed(BaseModel):
    people_moved: int


class ShortPost(BaseModel):
    id: int
    role: str
    seat: int
    level: int
    grid: dict[str, Any]


class Member(BaseModel):
    """A person with the posts that they hold now. `away`: on leave now, until `away_until`."""

    id: int
    name: str
    phone: str | None
    staff_number: str | None
    left_at: datetime | None
    organisation: dict[str, Any] | None
    posts: list[ShortPost]
    away: bool
    away_until: datetime | None


class Members(BaseModel):
    """By name; `next` is what to send as `after`, null on the last page."""

    items: list[Member]
    next: str | None


class Departure(BaseModel):
    """`whole`: the person left; else they gave up posts. `moved`: open cases, once they have.
    `failed`: why they have not, though its moment has come."""

    id: int
    person_id: int
    person_name: str
    whole: bool
    post_ids: list[int]
    at: datetime
    reason: str
    recorded_at: datetime
    recorded_by: str
    moved_at: datetime | None
    moved: int | None
    undone_at: datetime | None
    undone_by: str | None
    undone_reason: str | None
    failed_at: datetime | None
    failed: str | None


class PersonDetail(BaseModel):
    id: int
    name: str
    phone: str | None
    staff_number: str | None
    left_at: datetime | None
    organisation_id: int | None
    open_incidents: int
    versions: list[PersonVersion]
    posts: list[HeldPost]
    attachments: list[Attachment]
    departures: list[Departure]


class NewPerson(_Body):
    name: Name
    phone: Phone | None = None
    organisation_id: Id
    staff_number: Number | None = None
    since: Moment | None = None


class ChangePerson(_Body):
    """What is left out stays; `at`: from when, now unless given."""

    name: Name | None = None
    phone: Phone | None = None
    organisation_id: Id | None = None
    staff_number: Number | None = None
    at: Moment | None = None


class Successor(BaseModel):
    """Who takes a post over; nobody: it stands vacant."""

    model_config = ConfigDict(extra="forbid")

    post_id: Id
    person_id: Id | None


class Leave(_Body):
    """`successor_id` takes over all that `successors` does not name; without, it stands vacant."""

    at: Moment | None = None
    successor_id: Id | None = None
    successors: Annotated[list[Successor], Field(max_length=500)] = []


class EndedPost(BaseModel):
    id: int
    role: str
    seat: int
    grid: dict[str, Any]
    to: Person | None


class Receiver(BaseModel):
    """Who gets how many open cases; nobody where no one answers."""

    person: Person | None
    count: int


class Departed(BaseModel):
    """What leaving changes. `also`: how many attachments, shifts, substitutions, contacts, own
    leave and queues end, and how many of them a successor gets."""

    departure_id: int | None
    at: datetime
    posts: list[EndedPost]
    also: dict[str, dict[str, int]]
    cases: list[Receiver]
    moved: bool


class Departures(BaseModel):
    items: list[Departure]
    next: int | None


class Undo(_Body):
    pass


class TakenBack(BaseModel):
    """`acted`: cases that stay where they are, because somebody did something with them since."""

    restored: int
    kept: int
    cases: int
    acted: int


class Seat(BaseModel):
    """A post of a grid: who holds it, who will, and since when nobody does.

    `wanted`: every grid should have it, so it is vacant without a holder.
    """

    role: str
    seat: int
    wanted: bool
    holder: HeldPost | None
    coming: list[HeldPost]


class GridPosts(BaseModel):
    grid: dict[str, Any]
    level: int
    seats: list[Seat]
    history: list[HeldPost]


class Appoint(_Body):
    """`seat`: the first that is free unless given. `since`: now unless given."""

    grid_code: GridCode
    role: Role
    seat: Annotated[int, Field(strict=True, ge=1, le=99)] | None = None
    person_id: Id
    since: Moment | None = None
    until: Moment | None = None


class EndPost(_Body):
    """`person_id`: who holds it from that very moment; nobody unless given."""

    person_id: Id | None = None
    at: Moment | None = None


class Attach(_Body):
    """`organisation_id`: whose leader it is, the person's own organisation unless given."""

    person_id: Id
    organisation_id: Id | None = None
    kind: Literal["in_charge", "contact", "stationed"]
    target_code: TargetCode
    place: Annotated[Line, Field(max_length=200)] = ""
    since: Moment | None = None
    until: Moment | None = None


class Recorded(BaseModel):
    id: int


class Begun(BaseModel):
    """The successor's, if there is one."""

    id: int | None
