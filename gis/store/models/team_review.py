"""The year-end review of work teams: rules, teams, their reports, votes, and what was published."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gis.store.models.base import (
    Base,
    Id,
    Moment,
    OptionalMoment,
    OptionalText,
    RecordedAt,
    RequiredText,
)


def _points() -> Mapped[Decimal]:
    return mapped_column(Numeric(5, 2), nullable=False)


def _count() -> Mapped[int]:
    return mapped_column(Integer, nullable=False, server_default=text("0"))


def _jurisdiction() -> Mapped[int]:
    return mapped_column(ForeignKey("organisation.id"), nullable=False)


class TeamReviewRule(Base):
    """How votes become a result, from the review of a year on. Append-only; of those of one year
    the newest holds. None is recorded for a year whose votes have begun to come in."""

    __tablename__ = "team_review_rule"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = _jurisdiction()
    from_year: Mapped[int] = mapped_column(SmallInteger, nullable=False)
    weight_sub_district: Mapped[Decimal] = _points()
    weight_community: Mapped[Decimal] = _points()
    weight_households: Mapped[Decimal] = _points()
    points_excellent: Mapped[Decimal] = _points()
    points_good: Mapped[Decimal] = _points()
    points_fair: Mapped[Decimal] = _points()
    points_poor: Mapped[Decimal] = _points()
    from_excellent: Mapped[Decimal] = _points()
    from_good: Mapped[Decimal] = _points()
    from_fair: Mapped[Decimal] = _points()
    quorum_part: Mapped[int] = mapped_column(SmallInteger, nullable=False)
    quorum_whole: Mapped[int] = mapped_column(SmallInteger, nullable=False)
    small_below: Mapped[int] = mapped_column(SmallInteger, nullable=False)
    example: Mapped[bool] = mapped_column(Boolean, nullable=False, server_default=text("false"))
    reason: Mapped[OptionalText]
    recorded_at: Mapped[RecordedAt]
    recorded_by: Mapped[RequiredText]

    __table_args__ = (
        CheckConstraint("from_year BETWEEN 2000 AND 2199", name="from_year"),
        CheckConstraint(
            "least(weight_sub_district, weight_community, weight_households) > 0"
            " AND weight_sub_district + weight_community + weight_households = 100",
            name="weights",
        ),
        CheckConstraint(
            "100 >= points_excellent AND points_excellent > points_good"
            " AND points_good > points_fair AND points_fair > points_poor AND points_poor >= 0",
            name="points",
        ),
        CheckConstraint(
            "100 >= from_excellent AND from_excellent > from_good AND from_good > from_fair"
            " AND from_fair > 0",
            name="results",
        ),
        CheckConstraint(
            "quorum_part BETWEEN 1 AND quorum_whole AND quorum_whole <= 100", name="quorum"
        ),
        CheckConstraint("small_below BETWEEN 0 AND 1000", name="small_below"),
        CheckConstraint("example OR length(reason) BETWEEN 1 AND 1000", name="reason"),
        Index(None, "jurisdiction_id", "from_year", "id"),
    )


class TeamReview(Base):
    """The review of one year. `version` counts every change in it, so that nobody publishes
    what they have not seen."""

    __tablename__ = "team_review"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = _jurisdiction()
    year: Mapped[int] = mapped_column(SmallInteger, nullable=False)
    version: Mapped[int] = mapped_column(Integer, nullable=False, server_default=text("1"))
    synthetic: Mapped[bool] = mapped_column(Boolean, nullable=False, server_default=text("false"))
    opened_at: Mapped[RecordedAt]
    opened_by: Mapped[RequiredText]

    __table_args__ = (
        UniqueConstraint("jurisdiction_id", "year"),
        CheckConstraint("year BETWEEN 2000 AND 2199", name="year"),
    )


class WorkTeam(Base):
    """A team in the review of a year: who sent it, where it works, who is in it.

    The sending unit is an organisation, or a name where it is none of those kept here. `version`
    counts its changes, reports and votes included. Left out, never deleted.
    """

    __tablename__ = "work_team"

    id: Mapped[Id]
    review_id: Mapped[int] = mapped_column(ForeignKey("team_review.id"), nullable=False)
    jurisdiction_id: Mapped[int] = _jurisdiction()
    name: Mapped[RequiredText]
    sender_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    sender_name: Mapped[OptionalText]
    sub_district_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    community_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), nullable=False)
    leader: Mapped[RequiredText]
    members: Mapped[list[str]] = mapped_column(ARRAY(Text), nullable=False)
    version: Mapped[int] = mapped_column(Integer, nullable=False, server_default=text("1"))
    left_out_at: Mapped[OptionalMoment]
    left_out_reason: Mapped[OptionalText]

    __table_args__ = (
        UniqueConstraint("review_id", "name"),
        CheckConstraint("length(name) BETWEEN 1 AND 100", name="name"),
        CheckConstraint("num_nonnulls(sender_id, sender_name) = 1", name="sender"),
        CheckConstraint("length(sender_name) BETWEEN 1 AND 100", name="sender_name"),
        CheckConstraint("length(leader) BETWEEN 1 AND 100", name="leader"),
        CheckConstraint("cardinality(community_ids) > 0", name="communities"),
        CheckConstraint("(left_out_at IS NULL) = (left_out_reason IS NULL)", name="left_out_whole"),
        CheckConstraint("length(left_out_reason) BETWEEN 1 AND 1000", name="left_out_reason"),
    )


class TeamReport(Base):
    """That a team has reported to one of three, by a text, a file or both. The newest counts;
    `withdrawn`: none does any more. Append-only."""

    __tablename__ = "team_report"

    id: Mapped[Id]
    team_id: Mapped[int] = mapped_column(ForeignKey("work_team.id"), nullable=False)
    jurisdiction_id: Mapped[int] = _jurisdiction()
    side: Mapped[RequiredText]
    withdrawn: Mapped[bool] = mapped_column(Boolean, nullable=False)
    given_on: Mapped[date | None] = mapped_column(Date)
    body: Mapped[OptionalText]
    file_name: Mapped[OptionalText]
    media_type: Mapped[OptionalText]
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason: Mapped[OptionalText]
    recorded_at: Mapped[RecordedAt]
    recorded_by: Mapped[RequiredText]

    __table_args__ = (
        CheckConstraint("side IN ('sending_unit', 'sub_district', 'assembly')", name="side"),
        CheckConstraint("withdrawn = (given_on IS NULL)", name="given_on"),
        CheckConstraint("withdrawn = (num_nonnulls(body, content) = 0)", name="told"),
        CheckConstraint("length(body) BETWEEN 1 AND 20000", name="body"),
        CheckConstraint(
            "num_nonnulls(file_name, media_type, content) IN (0, 3)", name="file_whole"
        ),
        CheckConstraint("octet_length(content) BETWEEN 1 AND 10000000", name="content"),
        CheckConstraint("length(reason) BETWEEN 1 AND 1000", name="reason"),
        Index(None, "team_id", "side", "id"),
    )


class TeamBallot(Base):
    """The votes of one side on a team, counted in the meeting that an assessment group called.
    The newest counts; `withdrawn`: none does any more. Append-only."""

    __tablename__ = "team_ballot"

    id: Mapped[Id]
    team_id: Mapped[int] = mapped_column(ForeignKey("work_team.id"), nullable=False)
    jurisdiction_id: Mapped[int] = _jurisdiction()
    side: Mapped[RequiredText]
    withdrawn: Mapped[bool] = mapped_column(Boolean, nullable=False)
    held_on: Mapped[date | None] = mapped_column(Date)
    called_by: Mapped[OptionalText]
    invited: Mapped[int] = _count()
    present: Mapped[int] = _count()
    void: Mapped[int] = _count()
    excellent: Mapped[int] = _count()
    good: Mapped[int] = _count()
    fair: Mapped[int] = _count()
    poor: Mapped[int] = _count()
    reason: Mapped[OptionalText]
    recorded_at: Mapped[RecordedAt]
    recorded_by: Mapped[RequiredText]

    __table_args__ = (
        CheckConstraint("side IN ('sub_district', 'community', 'households')", name="side"),
        CheckConstraint(
            "withdrawn = (held_on IS NULL) AND withdrawn = (called_by IS NULL)"
            " AND withdrawn = (invited = 0)",
            name="held",
        ),
        CheckConstraint("length(called_by) BETWEEN 1 AND 200", name="called_by"),
        CheckConstraint("least(void, excellent, good, fair, poor) >= 0", name="no_less"),
        CheckConstraint(
            "invited BETWEEN present AND 100000"
            " AND present >= void + excellent + good + fair + poor",
            name="adds_up",
        ),
        CheckConstraint("length(reason) BETWEEN 1 AND 1000", name="reason"),
        Index(None, "team_id", "side", "id"),
    )


class TeamReviewPublication(Base):
    """A result as it was published, and to whom. Append-only: what is put right is another edition,
    with its reason."""

    __tablename__ = "team_review_publication"

    id: Mapped[Id]
    review_id: Mapped[int] = mapped_column(ForeignKey("team_review.id"), nullable=False)
    jurisdiction_id: Mapped[int] = _jurisdiction()
    year: Mapped[int] = mapped_column(SmallInteger, nullable=False)
    edition: Mapped[int] = mapped_column(SmallInteger, nullable=False)
    result: Mapped[dict[str, Any]] = mapped_column(JSONB, nullable=False)
    reason: Mapped[OptionalText]
    published_at: Mapped[RecordedAt]
    published_by: Mapped[RequiredText]

    __table_args__ = (
        UniqueConstraint("review_id", "edition"),
        CheckConstraint("edition > 0", name="edition"),
        CheckConstraint("edition = 1 OR length(reason) BETWEEN 1 AND 1000", name="why_again"),
        Index(None, "jurisdiction_id", "year"),
    )


class TeamReviewEvent(Base):
    """Who changed what in a review, and why. Written by triggers; append-only."""

    __tablename__ = "team_review_event"

    id: Mapped[Id]
    review_id: Mapped[int] = mapped_column(ForeignKey("team_review.id"), nullable=False)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("work_team.id"))
    jurisdiction_id: Mapped[int] = _jurisdiction()
    at: Mapped[Moment]
    actor: Mapped[RequiredText]
    action: Mapped[RequiredText]
    reason: Mapped[OptionalText]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, nullable=False)

    __table_args__ = (Index(None, "review_id", "id"),)
