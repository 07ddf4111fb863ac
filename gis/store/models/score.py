"""Points: dated rules, what happened, the ledger, appeals, frozen rankings and mutual marks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Numeric,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, JSONB, ExcludeConstraint, Range
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

SUBJECTS = "'person', 'community', 'sub_district', 'department'"


class ScoreSetting(Base):
    """How an office scores, from a moment on; the newest row holds. Append-only.

    `appeal_days`: how long after an entry it may be appealed. `small_below`: with fewer cases
    closed, figures by the case are marked as small.
    """

    __tablename__ = "score_setting"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    zone: Mapped[RequiredText]
    appeal_days: Mapped[int] = mapped_column(SmallInteger, nullable=False)
    small_below: Mapped[int] = mapped_column(SmallInteger, nullable=False)
    recorded_at: Mapped[RecordedAt]
    recorded_by: Mapped[RequiredText]

    __table_args__ = (
        CheckConstraint("appeal_days BETWEEN 1 AND 366", name="appeal_days"),
        CheckConstraint("small_below BETWEEN 0 AND 10000", name="small_below"),
        Index(None, "jurisdiction_id", "id"),
    )


class ScoreRule(Base):
    """A version of a rule: points for each fact of a kind, on the days that it held.

    A change is a new version of the same `series`. An empty list asks for nothing; `categories` are
    beginnings of codes. What was held on a past day is never changed.
    """

    __tablename__ = "score_rule"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    series: Mapped[int] = mapped_column(BigInteger, nullable=False)
    former_id: Mapped[int | None] = mapped_column(ForeignKey("score_rule.id"))
    kind: Mapped[RequiredText]
    subjects: Mapped[list[str]] = mapped_column(ARRAY(Text), nullable=False)
    points: Mapped[Decimal] = mapped_column(Numeric(8, 2), nullable=False)
    categories: Mapped[list[str]] = mapped_column(ARRAY(Text), nullable=False)
    severities: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger), nullable=False)
    sources: Mapped[list[str]] = mapped_column(ARRAY(Text), nullable=False)
    name_zh: Mapped[RequiredText]
    name_en: Mapped[RequiredText]
    held: Mapped[Range[date]] = mapped_column(DATERANGE, nullable=False)
    reason: Mapped[OptionalText]
    recorded_at: Mapped[RecordedAt]
    recorded_by: Mapped[RequiredText]
    ended_by: Mapped[OptionalText]
    ended_reason: Mapped[OptionalText]

    __table_args__ = (
        CheckConstraint(f"subjects <@ ARRAY[{SUBJECTS}] AND subjects <> '{{}}'", name="subjects"),
        CheckConstraint("points BETWEEN -1000 AND 1000", name="points"),
        CheckConstraint("length(name_zh) BETWEEN 1 AND 100", name="name_zh"),
        CheckConstraint("length(name_en) BETWEEN 1 AND 100", name="name_en"),
        CheckConstraint("NOT lower_inf(held)", name="held_since"),
        CheckConstraint("upper_inf(held) OR ended_by IS NOT NULL", name="ended_by"),
        ExcludeConstraint(("series", "="), ("held", "&&"), name="ex_score_rule_once"),
        Index(None, "jurisdiction_id", "kind"),
    )


class ScoreTally(Base):
    """How far the histories of an office have been read: transactions before `since_transaction`,
    of older cases those up to `archive_after`, of whistles steps up to `whistle_after`."""

    __tablename__ = "score_tally"

    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    since_transaction: Mapped[int] = mapped_column(BigInteger, nullable=False)
    archive_after: Mapped[int] = mapped_column(BigInteger, nullable=False)
    archive_until: Mapped[int] = mapped_column(BigInteger, nullable=False)
    whistle_after: Mapped[int] = mapped_column(BigInteger, nullable=False)
    tallied_at: Mapped[OptionalMoment]


class ScoreFact(Base):
    """Something that happened, once by source, step, what it takes back, and kind. Append-only.

    `event_id` is a step of an incident's or a whistle's history; of what is entered by hand, the
    fact's own id. `of_event`: 0, or the step whose fact of this kind it takes back.
    """

    __tablename__ = "score_fact"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    source: Mapped[RequiredText]
    event_id: Mapped[int] = mapped_column(BigInteger, nullable=False)
    of_event: Mapped[int] = mapped_column(BigInteger, nullable=False, server_default=text("0"))
    kind: Mapped[RequiredText]
    at: Mapped[Moment]
    day: Mapped[date] = mapped_column(Date, nullable=False)
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id"))
    grid_code: Mapped[OptionalText]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    category_code: Mapped[OptionalText]
    severity: Mapped[int | None] = mapped_column(SmallInteger)
    channel: Mapped[OptionalText]
    reason: Mapped[OptionalText]
    document: Mapped[OptionalText]
    caller: Mapped[OptionalText]
    key: Mapped[OptionalText]
    recorded_at: Mapped[RecordedAt]
    recorded_by: Mapped[RequiredText]
    recorded_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    __table_args__ = (
        CheckConstraint("source IN ('incident', 'whistle', 'hand')", name="source"),
        CheckConstraint(
            "source <> 'hand' OR (length(reason) BETWEEN 1 AND 1000"
            " AND length(document) BETWEEN 1 AND 200)",
            name="by_hand",
        ),
        UniqueConstraint("source", "event_id", "of_event", "kind"),
        UniqueConstraint("caller", "key"),
        Index(
            None, "jurisdiction_id", "kind", "day",
            postgresql_include=["grid_code", "department_id", "of_event"],
        ),
    )  # fmt: skip


class ScoreEntry(Base):
    """Points of one who is scored. Append-only: what was wrong is put right by another entry.

    Either by a rule for a fact, or, with `appeal_id`, what an appeal changed. `corrects_id`: the
    entry that it puts right. `code`: of the place that sees it: grid, community, sub-district; ''
    of a department.
    """

    __tablename__ = "score_entry"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    fact_id: Mapped[int] = mapped_column(ForeignKey("score_fact.id"), nullable=False)
    rule_id: Mapped[int] = mapped_column(ForeignKey("score_rule.id"), nullable=False)
    subject: Mapped[RequiredText]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    code: Mapped[RequiredText]
    day: Mapped[date] = mapped_column(Date, nullable=False)
    points: Mapped[Decimal] = mapped_column(Numeric(8, 2), nullable=False)
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("score_entry.id"))
    appeal_id: Mapped[int | None] = mapped_column(ForeignKey("score_appeal.id", use_alter=True))
    recorded_at: Mapped[RecordedAt]

    __table_args__ = (
        CheckConstraint(f"subject IN ({SUBJECTS})", name="subject"),
        CheckConstraint(
            "CASE subject WHEN 'person' THEN person_id IS NOT NULL AND organisation_id IS NULL"
            " ELSE organisation_id IS NOT NULL AND person_id IS NULL END",
            name="one_subject",
        ),
        CheckConstraint("appeal_id IS NULL OR corrects_id IS NOT NULL", name="appeal_corrects"),
        Index(
            "uq_score_entry_fact", "fact_id", "rule_id", "subject",
            text("coalesce(organisation_id, person_id)"),
            unique=True, postgresql_where=text("appeal_id IS NULL"),
        ),
        Index(
            "uq_score_entry_appeal", "appeal_id",
            unique=True, postgresql_where=text("appeal_id IS NOT NULL"),
        ),
        # All that a ranking adds up: read from the index alone.
        Index(
            "ix_score_entry_day", "jurisdiction_id", "subject", "day",
            postgresql_include=["organisation_id", "person_id", "code", "points"],
        ),
        Index(
            "ix_score_entry_organisation", "organisation_id", "id",
            postgresql_where=text("organisation_id IS NOT NULL"),
        ),
        Index(
            "ix_score_entry_person", "person_id", "id",
            postgresql_where=text("person_id IS NOT NULL"),
        ),
        Index(
            "ix_score_entry_corrects", "corrects_id",
            postgresql_where=text("corrects_id IS NOT NULL"),
        ),
    )  # fmt: skip


class ScoreAppeal(Base):
    """Somebody's appeal against an entry, and what somebody else decided, once."""

    __tablename__ = "score_appeal"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    entry_id: Mapped[int] = mapped_column(ForeignKey("score_entry.id"), nullable=False)
    reason: Mapped[RequiredText]
    asked_at: Mapped[RecordedAt]
    asked_by: Mapped[RequiredText]
    asked_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[OptionalMoment]
    decided_by: Mapped[OptionalText]
    decided_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    decision: Mapped[OptionalText]
    decided_reason: Mapped[OptionalText]
    points: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))

    __table_args__ = (
        UniqueConstraint("entry_id"),
        CheckConstraint("length(reason) BETWEEN 1 AND 1000", name="reason"),
        CheckConstraint("decision IN ('upheld', 'rejected', 'changed')", name="decision"),
        CheckConstraint(
            "num_nonnulls(decided_at, decided_by, decision, decided_reason) IN (0, 4)",
            name="decided_whole",
        ),
        CheckConstraint(
            "(points IS NOT NULL) = (decision IS NOT DISTINCT FROM 'changed')", name="points"
        ),
        CheckConstraint(
            "decided_account_id <> asked_account_id AND decided_by <> asked_by",
            name="decided_by_somebody_else",
        ),
        Index(None, "jurisdiction_id", "id"),
    )


class ScoreRanking(Base):
    """A ranking as it was published when its period was over. Append-only.

    `code`: of the sub-district whose communities are ranked, or of the office. `through`: the last
    entry that it counts; what is entered later counts as a correction in the next one.
    """

    __tablename__ = "score_ranking"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    board: Mapped[RequiredText]
    code: Mapped[RequiredText]
    since: Mapped[date] = mapped_column(Date, nullable=False)
    until: Mapped[date] = mapped_column(Date, nullable=False)
    through: Mapped[int] = mapped_column(BigInteger, nullable=False)
    standings: Mapped[list[Any]] = mapped_column(JSONB, nullable=False)
    published_at: Mapped[RecordedAt]
    published_by: Mapped[RequiredText]

    __table_args__ = (
        CheckConstraint("board IN ('street', 'district', 'centre', 'city')", name="board"),
        CheckConstraint("until > since", name="until"),
        UniqueConstraint("jurisdiction_id", "board", "code", "since"),
    )


class ScoreMark(Base):
    """What a sub-district and a department think of each other's work in a month, 0 to 100 by each
    criterion. Given once."""

    __tablename__ = "score_mark"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    since: Mapped[date] = mapped_column(Date, nullable=False)
    giver_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    receiver_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    marks: Mapped[dict[str, Any]] = mapped_column(JSONB, nullable=False)
    mark: Mapped[Decimal] = mapped_column(Numeric(5, 2), nullable=False)
    remark: Mapped[OptionalText]
    given_at: Mapped[RecordedAt]
    given_by: Mapped[RequiredText]

    __table_args__ = (
        CheckConstraint("giver_id <> receiver_id", name="other"),
        CheckConstraint("mark BETWEEN 0 AND 100", name="mark"),
        CheckConstraint("since = date_trunc('month', since)::date", name="since"),
        UniqueConstraint("since", "giver_id", "receiver_id"),
        Index(None, "jurisdiction_id", "since"),
    )
