"""The year-end review of work teams as HTTP carries it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field

from api.rule_schemas import Body, Id
from api.schemas import Line, Names, not_blank
from api.score_schemas import Day, Reason
from gis.assessment.three_by_three import ReviewRule

Told = Literal["sending_unit", "sub_district", "assembly"]
Judge = Literal["sub_district", "community", "households"]
Grade = Literal["excellent", "good", "fair", "poor"]
Year = Annotated[int, Field(strict=True, ge=2000, le=2199)]
Version = Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)]
Count = Annotated[int, Field(strict=True, ge=0, le=100_000)]
Percent = Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)]
Few = Annotated[int, Field(strict=True, ge=1, le=100)]
Name = Annotated[Line, AfterValidator(not_blank), Field(max_length=100)]


class Open(Body):
    """`take_over`: with the teams of the last review before it."""

    jurisdiction: Id
    year: Year
    take_over: bool = False


class ByJudge(Body):
    sub_district: Percent
    community: Percent
    households: Percent


class ByGrade(Body):
    excellent: Percent
    good: Percent
    fair: Percent
    poor: Percent


class Bounds(Body):
    excellent: Percent
    good: Percent
    fair: Percent


class RuleGiven(Body):
    """How votes become a result in the reviews from a year on. `quorum`: which part of those
    invited must be present, as [2, 3]."""

    jurisdiction: Id
    from_year: Year
    weights: ByJudge
    points: ByGrade
    results: Bounds
    quorum: tuple[Few, Few]
    small_below: Annotated[int, Field(strict=True, ge=0, le=1000)]
    reason: Reason

    def rule(self) -> ReviewRule:
        return ReviewRule(
            weights=self.weights.model_dump(), points=self.points.model_dump(),
            results=self.results.model_dump(), quorum=self.quorum, small_below=self.small_below,
        )  # fmt: skip


class Team(Body):
    """The sending unit is a department, `sender_id`, or the name of another unit."""

    name: Name
    sender_id: Id | None = None
    sender_name: Name | None = None
    sub_district_id: Id
    community_ids: Annotated[tuple[Id, ...], Field(min_length=1, max_length=100)]
    leader: Name
    members: Annotated[tuple[Name, ...], Field(max_length=100)] = ()

    def told(self) -> dict[str, Any]:
        names = ("name", "sender_id", "sender_name", "sub_district_id", "leader")
        return {
            **self.model_dump(include=set(names)),
            "community_ids": sorted(set(self.community_ids)), "members": list(self.members),
        }  # fmt: skip


class TeamGiven(Team):
    reason: Reason | None = None


class TeamChanged(Team):
    version: Version
    reason: Reason


class LeftOut(Body):
    left_out: bool
    version: Version
    reason: Reason


class Counts(Body):
    invited: Annotated[int, Field(strict=True, ge=1, le=100_000)]
    present: Count
    void: Count = 0
    excellent: Count
    good: Count
    fair: Count
    poor: Count


class BallotsGiven(Body):
    """Votes by who cast them, in the meeting of a day, called by an assessment group."""

    version: Version
    held_on: Day
    called_by: Annotated[Line, AfterValidator(not_blank), Field(max_length=200)]
    sides: Annotated[dict[Judge, Counts], Field(min_length=1)]
    reason: Reason | None = None


class Withdrawn(Body):
    """What a report or votes are taken back for."""

    version: Version
    reason: Reason


class Publish(Body):
    """`version`: the review's, as it was looked at. `reason`: why another edition is published."""

    version: Version
    reason: Reason | None = None


class Rule(BaseModel):
    from_year: int
    example: bool
    weights: dict[Judge, float]
    points: dict[Grade, float]
    results: dict[Grade, float]
    quorum: tuple[int, int]
    small_below: int


class RecordedRule(Rule):
    id: int
    reason: str | None
    recorded_at: datetime
    recorded_by: str


class Rules(BaseModel):
    items: list[RecordedRule]


class Edition(BaseModel):
    edition: int
    reason: str | None
    published_at: datetime
    published_by: str


class Listed(BaseModel):
    """`teams`: how many, for whoever keeps the review."""

    id: int
    year: int
    teams: int | None
    editions: list[Edition]


class Overview(BaseModel):
    keeps: bool
    today: date
    items: list[Listed]


class Place(BaseModel):
    id: int | None
    code: str | None
    name: Names


class Side(BaseModel):
    side: Judge
    points: float | None
    turnout: float | None
    quorate: bool
    small: bool


class Report(BaseModel):
    side: Told
    given_on: date


class RecordedReport(Report):
    id: int
    body: str | None
    file_name: str | None
    file_bytes: int | None
    reason: str | None
    recorded_at: datetime
    recorded_by: str


class Ballot(BaseModel):
    side: Judge
    held_on: date
    called_by: str
    invited: int
    present: int
    void: int
    excellent: int
    good: int
    fair: int
    poor: int


class RecordedBallot(Ballot):
    reason: str | None
    recorded_at: datetime
    recorded_by: str


class Standing(BaseModel):
    """A team and what it comes to. `missing`: what keeps it from being published, as
    `report_assembly`, `votes_households` or `quorum_community`."""

    id: int
    name: str
    sender: Place
    sub_district: Place
    communities: list[Place]
    leader: str
    members: list[str]
    missing: list[str]
    sides: list[Side]
    score: float | None
    low: float | None
    high: float | None
    grade: Grade | None
    worst: Grade | None
    best: Grade | None
    rank: int | None
    rank_low: int | None
    rank_high: int | None


class KeptTeam(Standing):
    version: int
    left_out_reason: str | None
    sender_id: int | None
    sender_name: str | None
    reports: list[RecordedReport]
    ballots: list[RecordedBallot]


class Kept(BaseModel):
    """`edition`: the last that was published. `complete`: nothing stands against publishing."""

    id: int
    year: int
    version: int
    edition: int | None
    name: Names
    synthetic: bool
    opened_at: datetime
    opened_by: str
    rule: Rule | None
    complete: bool
    teams: list[KeptTeam]


class PublishedTeam(Standing):
    reports: list[Report]
    ballots: list[Ballot]


class LeftOutTeam(BaseModel):
    name: str
    sender: Names
    reason: str


class Recipient(Place):
    """`reached`: an account of theirs was told."""

    reached: bool


class Recipients(BaseModel):
    sub_districts: list[Recipient]
    senders: list[Recipient]
    teams: list[str]


class Result(BaseModel):
    year: int
    zone: str
    code: str
    name: Names
    synthetic: bool
    rule: Rule
    teams: list[PublishedTeam]
    left_out: list[LeftOutTeam]
    recipients: Recipients


class Publication(Edition):
    """As it was published. `editions`: how many there are by now."""

    review_id: int
    editions: int
    result: Result


class Event(BaseModel):
    id: int
    at: datetime
    actor: str
    action: str
    reason: str | None
    team_id: int | None
    team: str | None
    data: dict[str, Any]


class History(BaseModel):
    items: list[Event]
    next: int | None
