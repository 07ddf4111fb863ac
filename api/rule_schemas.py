"""Rules, assets, the duty list and contacts as HTTP carries them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.case_schemas import Reason
from api.schemas import (
    Beside,
    CategoryCode,
    CategoryRef,
    Coordinate,
    InCharge,
    Line,
    Moment,
    Names,
    Person,
    PlaceRef,
    PlainText,
    Responsible,
    RowId,
    Severity,
    Source,
    not_blank,
)

Id = Annotated[RowId, Field(strict=True)]
# The number of a change; 0 where nothing was changed yet.
Counted = Annotated[int, Field(strict=True, ge=0)]
Name = Annotated[Line, AfterValidator(not_blank), Field(max_length=200)]
Code = Annotated[PlainText, AfterValidator(not_blank), Field(max_length=60)]
Kind = Literal["park", "bridge", "building", "road", "other"]
Effect = Literal["override", "refine"]
State = Literal["current", "coming", "ended"]
Role = Literal[
    "lead", "adviser", "assistant", "participant", "officer", "director", "secretary", "leader",
    "first_responsible",
]  # fmt: skip
Metres = Annotated[float, Field(strict=True, ge=0, le=2000, allow_inf_nan=False)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Organisation(BaseModel):
    id: int
    code: str
    kind: str
    name: Names


class Recorded(BaseModel):
    id: int


class End(Body):
    jurisdiction: Id
    reason: Reason


class Dated(BaseModel):
    """`until` is open while null; whoever ended it before its time is named."""

    since: datetime
    until: datetime | None
    state: State
    reason: str | None
    recorded_by: str
    recorded_at: datetime
    ended_by: str | None
    ended_reason: str | None


class Conditions(BaseModel):
    """What a rule asks for; empty or null asks for nothing. A top category covers its children."""

    categories: list[str]
    severities: list[int]
    sources: list[str]
    grid_prefix: str | None
    asset_code: str | None
    asset_kind: str | None
    within_m: float | None
    street_code: str | None
    street_side: Literal["left", "right"] | None
    street_within_m: float | None


class TargetGrid(BaseModel):
    """Without a name the plan in force has no such grid."""

    code: str
    name: Names | None


class Target(BaseModel):
    """One of them is set."""

    organisation: Organisation | None
    grid: TargetGrid | None
    role: str | None


class CodedMessage(BaseModel):
    code: str
    message: str


class Rule(Dated):
    id: int
    position: int | None
    name: Names
    effect: Effect
    conditions: Conditions
    target: Target
    problems: list[CodedMessage]


class Rules(BaseModel):
    """In their order; `version` counts the changes, and is sent along with the next one."""

    items: list[Rule]
    version: int


class RuleIn(Body):
    """A rule: conditions, and exactly one of `organisation_id`, `grid_code`, `role` as target.

    `position` from 1, last if left out; `replaces` a rule, which then ends.
    """

    name_zh: Name
    name_en: Name | None = None
    effect: Effect
    categories: Annotated[list[CategoryCode], Field(max_length=100)] = []
    severities: list[Annotated[Severity, Field(strict=True)]] = []
    sources: list[Source] = []
    grid_prefix: Annotated[str, Field(pattern=r"^\d{6}(\d{3}){0,3}$")] | None = None
    asset_code: Code | None = None
    asset_kind: Kind | None = None
    within_m: Metres | None = None
    street_code: Code | None = None
    street_side: Literal["left", "right"] | None = None
    street_within_m: Annotated[Metres, Field(ge=1, le=500)] | None = None
    organisation_id: Id | None = None
    grid_code: Annotated[str, Field(pattern=r"^\d{15}$")] | None = None
    role: Role | None = None
    since: Moment | None = None
    until: Moment | None = None
    position: Annotated[int, Field(strict=True, ge=1, le=100_000)] | None = None
    replaces: Id | None = None

    def rule(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the rule says, and when and where it stands."""
        given = self.model_dump()
        where = {name: given.pop(name) for name in ("since", "until", "position", "replaces")}
        for name in ("jurisdiction", "reason", "version"):
            given.pop(name, None)
        return given, where


class NewRule(RuleIn):
    jurisdiction: Id
    reason: Reason
    version: Counted | None = None


class Changed(BaseModel):
    id: int
    version: int


class NewOrder(Body):
    """All rules that are listed, in their new order."""

    jurisdiction: Id
    ids: Annotated[list[Id], Field(max_length=10_000)]
    version: Counted
    reason: Reason


class Version(BaseModel):
    version: int


class RuleRef(BaseModel):
    id: int
    name: Names


class Change(BaseModel):
    """A change of the rules; `ids` is the order from then on."""

    id: int
    at: datetime
    actor: str
    action: Literal["add", "replace", "end", "order"]
    reason: str | None
    rule: RuleRef | None
    ids: list[int]


class History(BaseModel):
    items: list[Change]
    next: int | None


class Try(Body):
    """A report to try, with a rule to try it on, if wanted."""

    lon: Annotated[Coordinate, Field(strict=True)]
    lat: Annotated[Coordinate, Field(strict=True)]
    crs: Annotated[str, Field(max_length=40)] = "EPSG:4326"
    category: CategoryCode | None = None
    severity: Annotated[Severity, Field(strict=True)] | None = None
    source: Source | None = None
    at: Moment | None = None
    draft: RuleIn | None = None


class Owned(BaseModel):
    grid: PlaceRef | None
    queue: PlaceRef | None
    rule: str


class Answered(Owned):
    responsible: Responsible | None


class Winner(BaseModel):
    """Without an id it is the rule that is only tried."""

    id: int | None
    name: Names
    effect: Effect


class Verdict(BaseModel):
    kind: Literal["rule", "draft", "asset", "duty"]
    id: int | None
    position: int | None
    name: Names
    effect: Effect
    outcome: str
    message: str
    distance_m: float | None


class DryRun(BaseModel):
    """Whose a report would be and why: by the place alone, and by the rules."""

    lon: float
    lat: float
    at: datetime
    plan_id: int
    jurisdiction_id: int
    place: Owned
    owner: Answered
    winner: Winner | None
    department: InCharge | None
    beside: list[Beside]
    verdicts: list[Verdict]
    notes: list[CodedMessage]


class Asset(Dated):
    """`reach_m`: how far from its point or line a place still counts as on it."""

    id: int
    code: str
    kind: Kind
    name: Names
    organisation: Organisation | None
    reach_m: float
    geometry: dict[str, Any]


class Assets(BaseModel):
    items: list[Asset]
    next: int | None


class NewAsset(Body):
    jurisdiction: Id
    code: Code
    kind: Kind
    name_zh: Name
    name_en: Name | None = None
    geometry: dict[str, Any]
    crs: Annotated[str, Field(max_length=40)] = "EPSG:4326"
    organisation_id: Id | None = None
    reach_m: Annotated[Metres, Field(le=500)] | None = None
    since: Moment | None = None
    until: Moment | None = None
    reason: Reason | None = None


class DutyItem(Dated):
    id: int
    category: CategoryRef
    organisation: Organisation
    kind: Literal["duty", "access"]
    document: str


class DutyList(BaseModel):
    items: list[DutyItem]
    next: int | None


class NewDutyItem(Body):
    jurisdiction: Id
    category: CategoryCode
    organisation_id: Id
    kind: Literal["duty", "access"]
    document: Annotated[Line, AfterValidator(not_blank), Field(max_length=500)]
    since: Moment | None = None
    until: Moment | None = None
    reason: Reason | None = None


class Contact(BaseModel):
    id: int
    since: datetime
    until: datetime | None
    person: Person


class ListedOrganisation(Organisation):
    parent_id: int | None
    contact: Contact | None


class Organisations(BaseModel):
    items: list[ListedOrganisation]


class NewContact(Body):
    """A person who is known, or a new one by name and number."""

    jurisdiction: Id
    organisation_id: Id
    person_id: Id | None = None
    name: Annotated[Line, AfterValidator(not_blank), Field(max_length=100)] | None = None
    phone: Annotated[Line, Field(max_length=40)] | None = None
    since: Moment | None = None
    until: Moment | None = None
    reason: Reason | None = None
