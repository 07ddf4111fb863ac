"""Steps in the life of cases, and what a case tells of its life, as HTTP carries them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.schemas import (
    Line,
    Moment,
    Names,
    Person,
    PlainText,
    Problem,
    RowId,
    Source,
    Text,
    not_blank,
)
from gis.incidents.lifecycle import Step, Target

Action = Literal[
    "verify_report", "recheck", "register", "reject", "dispatch", "accept", "return", "redispatch",
    "split", "finish_part", "return_part", "handle", "feed_back", "verify_result", "close",
    "evaluate", "reopen", "extend", "approve_extension", "refuse_extension", "park",
    "approve_parking", "refuse_parking", "resume", "merge", "supervise", "escalate", "note",
]  # fmt: skip
Version = Annotated[int, Field(strict=True, ge=1)]


class NewTarget(BaseModel):
    """Where a case goes: one organisation or one person; with `assisting` the departments that
    have a part in it; or, to merge it, another case."""

    model_config = ConfigDict(extra="forbid")

    organisation_id: RowId | None = None
    person_id: RowId | None = None
    incident_id: RowId | None = None
    assisting: Annotated[list[RowId], Field(max_length=20)] = []


class StepGiven(BaseModel):
    """What a step needs, as the case's `actions` tell it. `verdict`: what a check found."""

    model_config = ConfigDict(extra="forbid")

    action: Action
    reason: Annotated[Line, AfterValidator(not_blank), Field(max_length=500)] | None = None
    result: Annotated[Text, AfterValidator(not_blank), Field(max_length=2000)] | None = None
    verdict: Annotated[bool, Field(strict=True)] | None = None
    satisfaction: Literal["satisfied", "fair", "dissatisfied"] | None = None
    until: Moment | None = None
    target: NewTarget | None = None
    photo_ids: Annotated[list[RowId], Field(max_length=20)] = []

    def step(self) -> Step:
        """The step that is asked for."""
        target = self.target or NewTarget()
        return Step(
            action=self.action,
            reason=self.reason,
            result=self.result,
            verdict=self.verdict,
            satisfaction=self.satisfaction,
            until=self.until,
            target=Target(
                organisation_id=target.organisation_id,
                person_id=target.person_id,
                incident_id=target.incident_id,
                assisting=tuple(target.assisting),
            ),
            photo_ids=tuple(self.photo_ids),
        )


class NewStep(StepGiven):
    """A step for one case, and the version of it that was looked at."""

    version: Version


class CaseVersion(BaseModel):
    """A case and the version of it that was looked at."""

    model_config = ConfigDict(extra="forbid")

    id: RowId
    version: Version


class NewSteps(StepGiven):
    """The same step for several cases."""

    cases: Annotated[list[CaseVersion], Field(min_length=1, max_length=500)]


class StepOutcome(BaseModel):
    """How a step ended for one case: taken, or the code and the sentence of what stood against."""

    id: int
    taken: bool
    code: str | None = None
    detail: str | None = None


class StepOutcomes(BaseModel):
    items: list[StepOutcome]


class AllowedStep(BaseModel):
    """A step that the caller may take now; `primary`: it is what comes next. Of what it `needs`,
    `part` is told as `target.organisation_id`: the department whose part of the case is meant."""

    action: str
    needs: list[str]
    primary: bool


class HandOrganisation(BaseModel):
    id: int
    code: str
    kind: str
    name: Names


class HandGrid(BaseModel):
    code: str
    name: Names


class Hand(BaseModel):
    """Who had what of a case in hand, from when to when. `level`: 3 basic grid, 2 community, 1
    sub-district, 0 district, -1 city."""

    id: int
    task: str
    is_lead: bool
    level: int
    since: datetime
    until: datetime | None
    given_by: str
    reason: str | None
    accepted_at: datetime | None
    accepted_by: str | None
    ended_by: str | None
    ended_how: str | None
    role: str | None
    person: Person | None
    organisation: HandOrganisation | None
    grid: HandGrid | None


class Approval(BaseModel):
    """What was asked of those above, and what was decided; `void`: the case went on first."""

    id: int
    kind: Literal["extend", "park"]
    until: datetime
    reason: str
    asked_at: datetime
    asked_by: str
    decided_at: datetime | None
    decided_by: str | None
    decision: Literal["granted", "refused", "void"] | None
    decided_reason: str | None
    resumed_at: datetime | None


class Flags(BaseModel):
    """What is out of the ordinary with a case; numbers count how often."""

    dismissed: Literal["rejected", "merged"] | None
    parked_until: datetime | None
    supervised_until: datetime | None
    satisfaction: str | None
    escalated: int
    returned: int
    reopened: int
    extended: int


class CaseReference(BaseModel):
    id: int
    serial: str
    title: str
    stage: str


class Life(BaseModel):
    """The life of a case, as the caller may go on with it."""

    task: str
    actions: list[AllowedStep]
    hands: list[Hand]
    approvals: list[Approval]
    approval: Approval | None
    flags: Flags
    merged_into: CaseReference | None
    duplicates: list[CaseReference]


class StepConflict(Problem):
    """Somebody changed the case since; `case`: as it is now."""

    case: dict[str, Any] | None = None


class TracedHand(Hand):
    """A hand with how long it held the case, in seconds: by the calendar, in office hours, of that
    parked, and beyond the deadline of the stage; null where there is no calendar or deadline."""

    stage: str
    held_s: float
    worked_s: float | None
    parked_s: float
    over_s: float | None


class Rest(BaseModel):
    since: datetime
    until: datetime | None


class CalledOrganisation(BaseModel):
    id: int
    code: str
    name: Names


class TracedCall(BaseModel):
    """A department that was called, and how it stands: `late`, `absent`, `released`…"""

    organisation: CalledOrganisation
    standing: str
    arrived_at: datetime | None
    absent_at: datetime | None


class TracedWhistle(BaseModel):
    """A call to report in, and what became of it."""

    id: int
    purpose: str
    called_at: datetime
    due_at: datetime
    ended_at: datetime | None
    ended_how: str | None
    calls: list[TracedCall]


class Trace(BaseModel):
    """Every hand of a case in order. `lost`: the place among them of the one that went furthest
    beyond its deadline; `longest`: of the one that held it longest. `derived`: from the stages in
    the history, because the case came in with it."""

    incident_id: int
    reported_at: datetime
    closed_at: datetime | None
    now: datetime
    due_at: datetime | None
    derived: bool
    hands: list[TracedHand]
    whistles: list[TracedWhistle]
    rests: list[Rest]
    lost: int | None
    longest: int | None


class StepSetting(BaseModel):
    """What a jurisdiction wants of steps: the sources whose reports are checked on site before they
    are registered, and the categories (or beginnings of their codes) handled with a photo."""

    model_config = ConfigDict(extra="forbid")

    checked_sources: Annotated[list[Source], Field(max_length=10)]
    photo_categories: Annotated[
        list[Annotated[PlainText, Field(pattern=r"^\d{2}(\d{2})?$")]], Field(max_length=200)
    ]
