"""What goes in and out over HTTP. The domain knows none of it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

from gis.incidents.plain_text import clean_line, clean_text

# In a body numbers are numbers: `true` is none, nor is text. In a query all is text.
Coordinate = Annotated[float, Field(allow_inf_nan=False)]
Severity = Annotated[int, Field(ge=1, le=4)]
CategoryCode = Annotated[str, Field(pattern=r"^\d{2}(\d{2})?$")]
GridCode = Annotated[str, Field(pattern=r"^\d{9}(\d{3}){0,2}$")]
RowId = Annotated[int, Field(ge=1, le=2**63 - 1)]
Source = Literal["patrol", "public_report", "hotline_12345", "hotline_110", "department", "sensor"]
# PostgreSQL holds no NUL.
PlainText = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00]*$")]
Line = Annotated[PlainText, AfterValidator(clean_line)]
Text = Annotated[PlainText, AfterValidator(clean_text)]


def not_blank(given: str) -> str:
    """Refuse text that says nothing."""
    if not given:
        raise PydanticCustomError("text_blank", "nothing that can be read")
    return given


def _written_out(given: Any) -> Any:
    """Refuse bare numbers: 20261121 is a day to its writer and a second of 1970 to a parser."""
    if isinstance(given, str) and not re.match(r"\s*\d{4}-\d\d-\d\d", given):
        raise PydanticCustomError("datetime_parsing", "not written out")
    if not isinstance(given, str | datetime):
        raise PydanticCustomError("datetime_type", "not text")
    return given


def _within_reach(given: datetime) -> datetime:
    if given < EARLIEST:
        day = EARLIEST.date().isoformat()
        raise PydanticCustomError("greater_than_equal", "too early", {"ge": day})
    if given > LATEST:
        day = LATEST.date().isoformat()
        raise PydanticCustomError("less_than_equal", "too late", {"le": day})
    return given


# Windows are compared with the one before them, which must still be a date. Pydantic's own bounds
# would tell the reader of a `datetime.datetime(…)`.
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
Moment = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_within_reach)]
LonLat = tuple[float, float]
Bbox = tuple[float, float, float, float]


class Names(BaseModel):
    """A name in both languages."""

    zh: str
    en: str


class Problem(BaseModel):
    """RFC 9457 problem details; `code` is stable, `detail` is in the reader's language."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str | None = None
    errors: list[dict[str, Any]] | None = None
    data: dict[str, Any] | None = None


class Jurisdiction(BaseModel):
    """An organisation that owns plans."""

    id: int
    code: str
    kind: str
    name: Names
    parent_id: int | None
    synthetic: bool
    published_plan_id: int | None
    bbox: Bbox | None
    population: int | None
    grids: dict[str, int]


class Jurisdictions(BaseModel):
    items: list[Jurisdiction]


class Plan(BaseModel):
    """One version of a jurisdiction's boundaries, with its measures."""

    id: int
    jurisdiction_id: int
    name: str
    note: str | None
    status: Literal["draft", "in_review", "published", "superseded"]
    effective_from: datetime | None
    effective_to: datetime | None
    balance: str
    tolerance: float
    measures: dict[str, Any]
    created_by: str
    created_at: datetime


class Plans(BaseModel):
    items: list[Plan]


class PersonRef(BaseModel):
    id: int
    name: str


class Person(PersonRef):
    phone: str | None


class Post(BaseModel):
    """Who holds a role in a grid, and since when."""

    role: str
    seat: int
    since: datetime
    until: datetime | None
    person: Person


class Link(BaseModel):
    """One grid of the chain above a place, with its posts."""

    level: int
    grid_id: int
    code: str
    name: Names
    posts: list[Post]


class Grid(BaseModel):
    """A grid's figures. `deviation` is the signed fraction from its fair load."""

    id: int
    plan_id: int
    code: str
    level: int
    parent_code: str | None
    name: Names
    population: int
    households: int
    area_m2: float
    load: float
    deviation: float
    units: int
    compactness: float
    centroid: LonLat
    bbox: Bbox
    lead: PersonRef | None


class Grids(BaseModel):
    items: list[Grid]
    next: str | None


class GridDetail(Grid):
    posts: list[Post]
    chain: list[Link]


class Category(BaseModel):
    code: str
    parent_code: str | None
    name: Names
    severity: int
    colour: str
    glyph: str
    position: int


class Categories(BaseModel):
    items: list[Category]


class CategoryRef(BaseModel):
    code: str
    name: Names


class PlaceRef(BaseModel):
    """A grid or a queue, named."""

    id: int
    code: str
    name: Names


class IncidentRow(BaseModel):
    id: int
    serial: str
    category: CategoryRef
    title: str
    severity: int
    stage: str
    status: Literal["open", "closed"]
    lon: float
    lat: float
    address: str | None
    reported_at: datetime
    due_at: datetime | None
    soon_at: datetime | None
    closed_at: datetime | None
    parked_until: datetime | None
    supervised_until: datetime | None
    grid: PlaceRef | None
    queue: PlaceRef | None
    person: PersonRef | None
    synthetic: bool
    rule: str
    version: int


class IncidentPage(BaseModel):
    items: list[IncidentRow]
    next: str | None


class Responsible(BaseModel):
    """Who answers; `vacant_levels` lists the levels where nobody was there to.

    `stands_in_for` holds the post where the person is on duty by roster, or a substitute.
    """

    person: Person
    role: str | None
    level: int | None
    vacant_levels: list[int]
    stands_in_for: Person | None


class Department(BaseModel):
    """A department tied to a community (条块融合), and since when."""

    id: int
    code: str
    name: Names
    since: datetime


class Step(BaseModel):
    at: datetime
    recorded_at: datetime
    actor: str
    action: str
    from_stage: str | None
    to_stage: str
    reason: str | None
    data: dict[str, Any] | None


class RoutingRule(BaseModel):
    """The rule that decided who owns a case or answers for it."""

    id: int
    name: Names
    effect: Literal["override", "refine"]


class InCharge(BaseModel):
    """A department; `answers`: its contact answers for the case instead of the grid's person."""

    id: int
    code: str
    name: Names
    person: Person | None
    answers: bool


class Beside(BaseModel):
    """A department in charge beside the grid, and by what: a rule, an asset, the duty list."""

    id: int
    code: str
    name: Names
    person: Person | None
    why: Literal["rule", "asset", "duty"]
    because: Names


class Incident(IncidentRow):
    """`department`: the first one in charge, by a rule, an asset or the duty list."""

    description: str | None
    source: str
    version: int
    chain: list[Link]
    responsible: Responsible | None
    routing_rule: RoutingRule | None
    department: InCharge | None
    history: list[Step]


class NewIncident(BaseModel):
    """A report. The coordinates are in `crs`, or else in the system of the source, which is WGS 84
    unless `PUT /sources/{source}` named another; severity defaults to the category's.

    `photo_ids`: photos sent before with `POST /photos`, each used once. `patrol_key`: the phone's
    key of the round on which it was found.
    Text is kept without characters that hide or turn other text. A field that is not listed here is
    refused, so that a misspelt one is not lost.
    """

    model_config = ConfigDict(extra="forbid")

    category: CategoryCode
    severity: Annotated[Severity, Field(strict=True)] | None = None
    title: Annotated[Line, AfterValidator(not_blank), Field(max_length=200)]
    description: Annotated[Text, Field(max_length=5000)] | None = None
    lon: Annotated[Coordinate, Field(strict=True)]
    lat: Annotated[Coordinate, Field(strict=True)]
    crs: Annotated[str, Field(max_length=40)] | None = None
    address: Annotated[Line, Field(max_length=300)] | None = None
    source: Source
    reported_at: Moment | None = None
    source_ref: Annotated[PlainText, AfterValidator(not_blank), Field(max_length=200)] | None = None
    reporter_name: Annotated[Line, Field(max_length=100)] | None = None
    reporter_phone: Annotated[Line, Field(max_length=40)] | None = None
    photo_ids: Annotated[tuple[RowId, ...], Field(max_length=9)] | None = None
    patrol_key: UUID | None = None


class CategoryCount(BaseModel):
    category: str
    found: int
    closed: int
    open: int


class Counts(BaseModel):
    found: int
    closed: int
    open: int


class GridCount(Counts):
    code: str | None
    name: Names | None


class GridCounts(BaseModel):
    items: list[GridCount]


class CategoryCounts(BaseModel):
    items: list[CategoryCount]
    total: Counts
    previous: dict[str, Counts]


class DayCount(BaseModel):
    day: date
    category: str
    found: int
    closed: int


class DayCounts(BaseModel):
    items: list[DayCount]
