"""Duplicates, further reports, reports of other systems and of the public, as HTTP carries them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.photo_schemas import CameraPlace, Photo
from api.schemas import (
    Category,
    CategoryCode,
    CategoryRef,
    Coordinate,
    Line,
    Moment,
    PlainText,
    Problem,
    RowId,
    Severity,
    Source,
    Text,
    not_blank,
)

MOST_PHOTOS = 9  # of one report
MOST_AT_ONCE = 1000
Name = Annotated[Line, Field(max_length=100)]
Phone = Annotated[Line, Field(max_length=40)]
PhotoIds = Annotated[tuple[RowId, ...], Field(max_length=MOST_PHOTOS)]
Reference = Annotated[PlainText, AfterValidator(not_blank), Field(max_length=200)]
Words = Annotated[Text, Field(max_length=5000)]
Crs = Annotated[str, Field(max_length=40)]
Place = Annotated[Coordinate, Field(strict=True)]
Given = Annotated[Severity, Field(strict=True)]
Sealed = Annotated[str, Field(max_length=200, pattern=r"^[\x21-\x7e]+$")]


class Body(BaseModel):
    """A field that is not listed is refused, so that a misspelt one is not lost."""

    model_config = ConfigDict(extra="forbid")


class MayRepeat(BaseModel):
    """An incident that a report may repeat: how far off, how long ago, how it stands."""

    id: int
    serial: str
    title: str
    category: CategoryRef
    same_category: bool
    severity: int
    stage: str
    status: Literal["open", "closed"]
    lon: float
    lat: float
    address: str | None
    distance_m: float
    ago_s: int
    reported_at: datetime
    closed_at: datetime | None
    supplements: int
    preview_url: str | None
    photo_url: str | None


class MayRepeats(BaseModel):
    items: list[MayRepeat]


class Supplement(BaseModel):
    """A further report of a case."""

    id: int
    source: str
    source_ref: str | None
    text: str | None
    reporter_name: str | None
    reporter_phone: str | None
    reported_at: datetime
    recorded_at: datetime
    recorded_by: str
    photo_ids: list[int]


class Supplements(BaseModel):
    items: list[Supplement]


class NewSupplement(Body):
    """What somebody else reports of the same case."""

    source: Source
    text: Words | None = None
    source_ref: Reference | None = None
    reporter_name: Name | None = None
    reporter_phone: Phone | None = None
    reported_at: Moment | None = None
    photo_ids: PhotoIds = ()


class Supplemented(BaseModel):
    supplement_id: int
    incident_id: int
    serial: str


class ChannelReport(Body):
    """A report of another system. Without `lon` and `lat` it waits for the desk to place it.

    `photo_ids`: photos sent before with `POST /photos`, each used once; when a report comes again
    with its place, it keeps those that it first came with.
    """

    source_ref: Reference
    title: Annotated[Line, AfterValidator(not_blank), Field(max_length=200)]
    category: CategoryCode | None = None
    severity: Given | None = None
    description: Words | None = None
    lon: Place | None = None
    lat: Place | None = None
    crs: Crs | None = None
    address: Annotated[Line, Field(max_length=300)] | None = None
    reported_at: Moment | None = None
    reporter_name: Name | None = None
    reporter_phone: Phone | None = None
    photo_ids: PhotoIds | None = None


class ChannelReports(Body):
    """Each is read for itself: what is wrong with one is told in its own outcome."""

    reports: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MOST_AT_ONCE)]


class Outcome(BaseModel):
    """`created`; `known` (came before); `waiting` for a place; `refused`, with its problem."""

    source_ref: str | None
    outcome: Literal["created", "known", "waiting", "refused"]
    serial: str | None
    stage: str | None
    problem: Problem | None


class Outcomes(BaseModel):
    items: list[Outcome]


class ChannelState(BaseModel):
    """What became of a report. `joined`: as a further report of a case that was there already.
    `result`: what was done, or why it was refused."""

    source_ref: str
    state: Literal["waiting", "open", "closed", "refused"]
    joined: bool
    serial: str | None
    stage: str | None
    reported_at: datetime | None
    due_at: datetime | None
    closed_at: datetime | None
    result: str | None


class ChannelChanges(BaseModel):
    """`cursor` is for the next question; `more`: ask again at once."""

    items: list[ChannelState]
    cursor: str
    more: bool


class Unlocated(BaseModel):
    """A report that waits for a place, with fresh links to its photos."""

    id: int
    source: str
    source_ref: str
    category: CategoryRef | None
    severity: int | None
    title: str
    description: str | None
    address: str | None
    reporter_name: str | None
    reporter_phone: str | None
    reported_at: datetime
    recorded_at: datetime
    photos: list[Photo]


class UnlocatedPage(BaseModel):
    """`count`: how many wait in all."""

    items: list[Unlocated]
    next: int | None
    count: int


class Settled(BaseModel):
    """The case that a report became, or belongs to."""

    incident_id: int
    serial: str


class PlaceReport(Body):
    """Where a report belongs, and what it did not say."""

    lon: Place
    lat: Place
    crs: Crs = "EPSG:4326"
    category: CategoryCode | None = None
    severity: Given | None = None


class JoinReport(Body):
    """The case that a report belongs to."""

    incident_id: RowId


class RefuseReport(Body):
    """Why a report is refused; its sender is told."""

    reason: Annotated[Line, AfterValidator(not_blank), Field(max_length=500)]


class PublicStart(BaseModel):
    """What the public form needs. `form` goes back with the report: it works for half a day, and
    not within the first seconds."""

    form: str
    categories: list[Category]
    most_photos: int
    most_mb: int


class PublicPhoto(BaseModel):
    """A photo sent with the form: name its `ref` in the report."""

    ref: str
    width: int
    height: int
    place: CameraPlace | None
    preview_url: str


class PublicNear(BaseModel):
    """A case near by, without anything that anybody typed. `ref`, where a report can be added."""

    ref: str | None
    category: CategoryRef
    distance_m: float
    ago_s: int
    stage: str
    status: Literal["open", "closed"]


class PublicNears(BaseModel):
    items: list[PublicNear]


class PublicReport(Body):
    """What anybody reports. `same_as`: the `ref` of a case near by that it is another report of.
    `website` is for machines that fill in whatever they see: people leave it empty."""

    form: Sealed
    category: CategoryCode
    text: Annotated[Words, AfterValidator(not_blank)]
    lon: Place
    lat: Place
    crs: Crs = "EPSG:4326"
    address: Annotated[Line, Field(max_length=300)] | None = None
    photos: Annotated[tuple[Sealed, ...], Field(max_length=MOST_PHOTOS)] = ()
    reporter_name: Name | None = None
    reporter_phone: Phone | None = None
    same_as: Sealed | None = None
    website: Annotated[str, Field(max_length=500)] = ""


class PublicReceipt(BaseModel):
    """Keep both: together they show how the case stands."""

    serial: str
    code: str
    joined: bool


class Follow(Body):
    """A serial number and the code that was given with it."""

    serial: Annotated[str, Field(min_length=1, max_length=60)]
    code: Annotated[str, Field(min_length=1, max_length=40)]


class FollowStep(BaseModel):
    """A stage that the case came to, and when."""

    stage: str
    at: datetime
    reopened: bool


class Followed(BaseModel):
    """How a case stands, as whoever reported it is told."""

    serial: str
    category: CategoryRef
    text: str | None
    reported_at: datetime
    joined: bool
    stage: str
    status: Literal["open", "closed"]
    due_at: datetime | None
    steps: list[FollowStep]
    result: str | None
    judgement: Literal["satisfied", "fair", "dissatisfied"] | None
    may_judge: bool
    photos: list[Photo]


class Judge(Follow):
    """Whether the reporter is satisfied; if not, why: the case is then taken up again."""

    satisfied: Annotated[bool, Field(strict=True)]
    reason: Annotated[Line, Field(max_length=500)] | None = None
