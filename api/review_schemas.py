"""What comparing, checking and reviewing plans take and tell over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.draft_schemas import Lat, Lon
from api.publishing_schemas import CarriedOver
from api.schemas import Bbox, GridCode, Line, LonLat, Moment, Names, RowId, Text, not_blank

Reason = Annotated[Text, Field(max_length=1000)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PlanRef(BaseModel):
    """A plan that is compared."""

    id: int
    jurisdiction_id: int
    name: str
    status: Literal["draft", "in_review", "published", "superseded"]
    tolerance: float
    balance: str
    effective_from: datetime | None
    effective_to: datetime | None
    created_by: str


class GridFigures(BaseModel):
    code: str
    name: Names
    population: int
    households: int
    area_m2: float
    load: float
    deviation: float
    units: int
    compactness: float
    bbox: Bbox


class GridChange(BaseModel):
    """A grid that is or was. `code_after`: the one that it goes on under, None where it is gone."""

    code: str
    code_after: str | None
    name: Names
    change: Literal["same", "reshaped", "new", "gone", "renumbered"]
    renamed: bool
    before: GridFigures | None
    after: GridFigures | None
    units_in: int
    units_out: int
    people_in: int
    people_out: int
    area_in_m2: float
    area_out_m2: float


class Flow(BaseModel):
    """Land that goes from a grid to another; None is in no grid."""

    model_config = ConfigDict(populate_by_name=True)

    from_: str | None = Field(alias="from")
    to: str | None
    units: int
    people: int
    area_m2: float


class Comparison(BaseModel):
    """Plan `b` against plan `a`. `renumbered`: people whose grid goes on under another code."""

    a: PlanRef
    b: PlanRef
    level: int
    units: int
    units_moved: int
    people: int
    people_moved: int
    households_moved: int
    area_moved_m2: float
    renumbered: int
    counts: dict[str, int]
    grids: list[GridChange]
    moves: list[Flow]
    more_moves: int


class IncidentFlow(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    from_: str | None = Field(alias="from")
    to: str | None
    incidents: int


class Exactly(BaseModel):
    """What publishing `b` instead of `a`, which is in force, would do to each."""

    open_incidents: int
    incidents_moved: int
    posts: CarriedOver
    ties: CarriedOver


class Effects(BaseModel):
    """Counted by the codes of grids; `exact` where publishing leads from one to the other, or
    `refused` why it could not."""

    open_incidents: int
    incidents_moved: int
    nowhere: int
    pairs: list[IncidentFlow]
    posts: dict[str, int]
    people_end: int
    unfilled: dict[str, int]
    unfilled_codes: list[str]
    exact: Exactly | None
    refused: str | None


class CheckReason(BaseModel):
    grid: str
    deviation: float
    message: str


class Found(BaseModel):
    """An error keeps a draft from review. `bbox`: where to look."""

    severity: Literal["error", "warning", "note"]
    code: str
    count: int
    message: str
    grids: list[str]
    units: list[int]
    bbox: Bbox | None
    reasons: list[CheckReason]


class Check(BaseModel):
    items: list[Found]
    errors: int


class ReviewStep(_Body):
    """`reason`: what the reviewer is told, or why it goes back, which must be said. `review`: the
    one that the caller has looked at; 409 `review-sent-again` where it is another one by now."""

    step: Literal["send", "return", "approve", "withdraw"]
    reason: Reason | None = None
    review: RowId | None = None


class Review(BaseModel):
    id: int
    version: int
    sent_at: datetime
    sent_by: str
    note: str | None
    approved_at: datetime | None
    approved_by: str | None
    remark: str | None
    ended_at: datetime | None
    ended_by: str | None
    ended_how: Literal["returned", "withdrawn", "published"] | None
    reason: str | None


class Schedule(BaseModel):
    """`fault`: in the reader's language, why it was not published."""

    due_at: datetime
    set_at: datetime
    set_by: str
    instead_of_id: int | None
    ended_at: datetime | None
    ended_by: str | None
    ended_how: Literal["published", "cancelled", "failed"] | None
    fault: str | None


class Standing(BaseModel):
    """Where a plan is on its road. `may`: the steps that the caller may take now; `why_not`: for
    others that its state allows, what stands against them."""

    plan_id: int
    state: Literal["draft", "discarded", "waiting", "approved", "published", "superseded"]
    version: int
    review: Review | None
    schedule: Schedule | None
    may: list[str]
    why_not: dict[str, str]
    in_force: int | None


class SetTime(_Body):
    """`at`: None cancels. `instead_of`: the plan in force that the caller means to replace."""

    at: Moment | None
    instead_of: RowId | None = None


class RollBack(_Body):
    reason: Annotated[Reason, AfterValidator(not_blank)]
    name: Annotated[Line, Field(max_length=200), AfterValidator(not_blank)] | None = None
    instead_of: RowId | None = None


class NewComment(_Body):
    """Pinned to a place (lon, lat), to a grid, or to the whole draft; or an answer, which is where
    its comment is."""

    text: Annotated[Text, Field(max_length=2000), AfterValidator(not_blank)]
    place: tuple[Lon, Lat] | None = None
    grid_code: GridCode | None = None
    answers_id: RowId | None = None


class Resolve(_Body):
    resolved: bool


class Answer(BaseModel):
    id: int
    at: datetime
    actor: str
    text: str


class Comment(Answer):
    place: LonLat | None
    grid_code: str | None
    resolved_at: datetime | None
    resolved_by: str | None
    answers: list[Answer]


class Comments(BaseModel):
    items: list[Comment]


class PlanEvent(BaseModel):
    id: int
    at: datetime
    actor: str
    action: str
    from_status: str | None
    to_status: str
    reason: str | None
    data: dict[str, Any] | None


class PlanEvents(BaseModel):
    """`next` is what to send as `before`."""

    items: list[PlanEvent]
    next: int | None
