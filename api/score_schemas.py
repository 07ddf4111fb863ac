"""Points as HTTP carries them: rules, rankings, entries, appeals, marks and satisfaction."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from api.ranking_schemas import PeriodShown, Place
from api.rule_schemas import Body, Id
from api.schemas import Line, Names, Source, Text, not_blank

Kind = Literal[
    "patrol_found", "patrol_valid", "public_reported", "closed_on_time", "closed_late", "overdue",
    "returned", "rework", "reopened", "whistle_on_time", "whistle_late", "whistle_absent",
    "satisfied", "fair", "dissatisfied", "media_exposed", "commended", "by_hand",
]  # fmt: skip
Subject = Literal["person", "community", "sub_district", "department"]


def _text(given: Any) -> Any:
    """A number is no day: it would be read as seconds since 1970."""
    if not isinstance(given, str | date):
        raise PydanticCustomError("date_type", "not text")
    return given


def _within_reach(given: date) -> date:
    if not 2000 <= given.year <= 2199:
        raise PydanticCustomError("date_parsing", "out of reach")
    return given


Day = Annotated[date, BeforeValidator(_text), AfterValidator(_within_reach)]
Points = Annotated[Decimal, Field(ge=-1000, le=1000, max_digits=6, decimal_places=2)]
Reason = Annotated[Text, AfterValidator(not_blank), Field(max_length=1000)]
Name = Annotated[Line, AfterValidator(not_blank), Field(max_length=100)]
Code = Annotated[str, Field(pattern="^[0-9]{2}([0-9]{2})?$")]


class Begin(Body):
    """`since`: the first day that is scored, today by default. Only here it may be past."""

    jurisdiction: Id
    since: Day | None = None


class SettingGiven(Body):
    jurisdiction: Id
    appeal_days: Annotated[int, Field(strict=True, ge=1, le=366)]
    small_below: Annotated[int, Field(strict=True, ge=0, le=10_000)]


class RuleGiven(Body):
    """A rule from `since` (tomorrow by default) to before `until`, or the next version of
    `former_id`. An empty list asks for nothing; `categories` are beginnings of codes."""

    jurisdiction: Id
    former_id: Id | None = None
    kind: Kind
    subjects: Annotated[tuple[Subject, ...], Field(min_length=1, max_length=4)]
    points: Points
    categories: Annotated[tuple[Code, ...], Field(max_length=100)] = ()
    severities: Annotated[tuple[Annotated[int, Field(ge=1, le=4)], ...], Field(max_length=4)] = ()
    sources: Annotated[tuple[Source, ...], Field(max_length=6)] = ()
    name_zh: Name
    name_en: Name
    since: Day | None = None
    until: Day | None = None
    reason: Reason

    def terms(self) -> dict[str, Any]:
        told = self.model_dump(
            include={
                "kind", "subjects", "points", "categories", "severities", "sources", "name_zh",
                "name_en",
            }
        )  # fmt: skip
        return {
            name: sorted(set(value)) if isinstance(value, tuple) else value
            for name, value in told.items()
        }


class RuleEnd(Body):
    until: Day | None = None
    reason: Reason


class EntryGiven(Body):
    """Points entered by hand for an organisation or a person, by a rule of a kind that is entered
    by hand. `document`: the number of the paper that says so."""

    jurisdiction: Id
    rule_id: Id
    organisation_id: Id | None = None
    person_id: Id | None = None
    day: Day
    points: Points | None = None
    reason: Reason
    document: Annotated[Line, AfterValidator(not_blank), Field(max_length=200)]
    incident_id: Id | None = None


class AppealGiven(Body):
    reason: Reason


class Decision(Body):
    """`points`: what the entry is to be worth, where it is `changed`."""

    decision: Literal["upheld", "rejected", "changed"]
    points: Points | None = None
    reason: Reason


class MarksGiven(Body):
    """What one thinks of another's work in a month (any day of it), 0 to 100 by each criterion."""

    jurisdiction: Id
    receiver_id: Id
    month: Day
    marks: Annotated[
        dict[str, Annotated[int, Field(strict=True, ge=0, le=100)]], Field(max_length=10)
    ]
    remark: Annotated[Text, Field(max_length=1000)] | None = None


class Setting(BaseModel):
    zone: str
    appeal_days: int
    small_below: int


class Standing(BaseModel):
    """`archive`: how much of the older cases has been read. `over_all`: whether the caller edits
    rules, enters by hand and decides appeals; `enters_below`: the code of the sub-district that
    they lead, if that is all for which they enter by hand; `scored`: whether they are of a part and
    may appeal."""

    begun: bool
    setting: Setting | None
    today: date | None
    archive: float
    tallied_at: datetime | None
    over_all: bool
    enters_below: str | None
    scored: bool


class Rule(BaseModel):
    """A version of a rule, `until` the day on which it holds no more. `series` is the same for all
    versions of one."""

    id: int
    series: int
    former_id: int | None
    kind: str
    subjects: list[str]
    points: float
    categories: list[str]
    severities: list[int]
    sources: list[str]
    name: Names
    since: date | None
    until: date | None
    withdrawn: bool
    reason: str | None
    recorded_at: datetime
    recorded_by: str
    ended_by: str | None
    ended_reason: str | None


class Rules(BaseModel):
    items: list[Rule]


class CaseNamed(BaseModel):
    id: int
    serial: str
    title: str


class Appeal(BaseModel):
    id: int
    asked_at: datetime
    asked_by: str
    reason: str
    decided_at: datetime | None
    decided_by: str | None
    decision: str | None
    decided_reason: str | None


class Entry(BaseModel):
    """Points and the event behind them. `standing`: what is left of them after corrections.
    `takes_back`: the event undid another."""

    id: int
    subject: Subject
    organisation_id: int | None
    person_id: int | None
    who: Names
    code: str
    day: date
    at: datetime
    kind: str
    points: float
    standing: float
    rule_id: int
    rule: Names
    source: Literal["incident", "whistle", "hand"]
    corrects_id: int | None
    takes_back: bool
    by_appeal: bool
    reason: str | None
    document: str | None
    entered_by: str | None
    recorded_at: datetime
    incident: CaseNamed | None
    appeal: Appeal | None
    may_appeal: bool
    may_decide: bool


class Entries(BaseModel):
    """`next` is what to send as `before`."""

    items: list[Entry]
    next: int | None


class Satisfied(BaseModel):
    """How reporters judged an organisation's cases: `share` of satisfied among those who
    `answered`, from `low` to `high` with a chance of 95 %."""

    id: int
    code: str
    kind: str
    name: Names
    satisfied: int
    fair: int
    dissatisfied: int
    answered: int
    closed: int
    share: float | None
    low: float | None
    high: float | None


class Satisfaction(BaseModel):
    """`part`: only what the caller sees of the jurisdiction is counted."""

    items: list[Satisfied]
    part: bool


class Mark(BaseModel):
    id: int
    giver_id: int
    giver: Names
    marks: dict[str, int]
    mark: float
    remark: str | None
    given_at: datetime


class Marked(BaseModel):
    """`mark`: the mean of what the `givers` gave."""

    id: int
    code: str
    kind: str
    name: Names
    givers: int
    mark: float
    marks: list[Mark]


class Partner(Place):
    kind: str


class Marks(BaseModel):
    """Marks of a month that the caller sees. `to_mark`: with whom they had a case or a whistle in
    common, and whom they have not marked."""

    period: PeriodShown
    criteria: list[str]
    to_mark: list[Partner]
    items: list[Marked]
