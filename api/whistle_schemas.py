"""Whistles as HTTP carries them: who is called where, who comes, and how it ended."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from api.rule_schemas import Body, Id
from api.schemas import Coordinate, Line, Moment, Names, Text, not_blank
from gis.incidents.whistles import MOST_CALLED, WhistleStep
from gis.workflows.whistles import WantedWhistle

Said = Annotated[Line, AfterValidator(not_blank)]
Action = Literal["come", "arrive", "end", "cancel"]
Standing = Literal["called", "coming", "arrived", "late", "absent", "released"]


def _written_out(given: Any) -> Any:
    """A number is no moment: it would be read as seconds since 1970."""
    if not isinstance(given, str | datetime):
        raise PydanticCustomError("datetime_type", "not text")
    return given


def _within_reach(given: datetime) -> datetime:
    if not 2000 <= given.year <= 2200:
        raise PydanticCustomError("datetime_parsing", "out of reach")
    return given


# With or without an offset.
Until = Annotated[datetime, BeforeValidator(_written_out), AfterValidator(_within_reach)]


class NewWhistle(Body):
    """Whom to call, for what, where and by when: a case, or a place in `crs`; `until` (without an
    offset the office's time) or `minutes` from now. `organisation_id`: the sub-district in whose
    name, if it is not the caller's own or that of the place."""

    departments: Annotated[tuple[Id, ...], Field(max_length=MOST_CALLED)]
    purpose: Annotated[Said, Field(max_length=500)]
    place: Annotated[Said, Field(max_length=300)] | None = None
    incident_id: Id | None = None
    lon: Annotated[Coordinate, Field(strict=True)] | None = None
    lat: Annotated[Coordinate, Field(strict=True)] | None = None
    crs: Annotated[str, Field(max_length=40)] = "EPSG:4326"
    organisation_id: Id | None = None
    until: Until | None = None
    minutes: Annotated[int, Field(strict=True, ge=1, le=7 * 24 * 60)] | None = None

    def wanted(self) -> WantedWhistle:
        return WantedWhistle(**dict(self))


class WhistleStepGiven(Body):
    """What is done about a whistle. `come` and `arrive` are about one of those called, by default
    the caller's own department; `at`: when it arrived, if not now. `reason`: the result of one that
    is ended, or why one is cancelled."""

    action: Action
    organisation_id: Id | None = None
    person: Annotated[Said, Field(max_length=100)] | None = None
    phone: Annotated[Line, Field(max_length=40)] | None = None
    at: Moment | None = None
    reason: Annotated[Text, AfterValidator(not_blank), Field(max_length=500)] | None = None

    def step(self) -> WhistleStep:
        return WhistleStep(**dict(self))


class Named(BaseModel):
    id: int
    code: str
    name: Names


class CaseNamed(BaseModel):
    id: int
    serial: str
    title: str


class Called(BaseModel):
    """One of those called. `own`: the reader's department; `actions`: what the reader may say."""

    id: int
    organisation: Named
    standing: Standing
    person: str | None
    phone: str | None
    coming_at: datetime | None
    coming_by: str | None
    arrived_at: datetime | None
    arrived_by: str | None
    absent_at: datetime | None
    own: bool
    actions: list[Action]


class WhistleTold(BaseModel):
    """One step of a whistle: when it happened and when it was recorded, who and why."""

    at: datetime
    recorded_at: datetime
    actor: str
    action: str
    organisation: Names | None
    person: str | None
    reason: str | None


class Whistle(BaseModel):
    """A whistle. `now`: the server's time, by which a page counts down to `due_at`."""

    id: int
    jurisdiction_id: int
    caller: Named
    incident: CaseNamed | None
    lon: float
    lat: float
    place: str
    purpose: str
    called_at: datetime
    called_by: str
    due_at: datetime
    counted_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None
    ended_how: Literal["done", "cancelled"] | None
    result: str | None
    now: datetime
    actions: list[Action]
    calls: list[Called]


class WholeWhistle(Whistle):
    history: list[WhistleTold]


class Whistles(BaseModel):
    """`may_call`: whether the reader may blow one, for the case that was asked about."""

    items: list[Whistle]
    next: int | None
    may_call: bool


class Attendance(BaseModel):
    """How a department came in a period: `released`, when the whistle was over in time."""

    organisation: Named
    called: int
    arrived: int
    late: int
    absent: int
    released: int


class Attendances(BaseModel):
    since: datetime
    until: datetime
    items: list[Attendance]
