"""Base data of grids: counts, visits of households, and diaries with their monthly check.

All is kept under the code of the basic grid that it was collected for; higher levels are sums.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from gis.store.models.base import (
    Base,
    Id,
    OptionalMoment,
    OptionalText,
    RecordedAt,
    RequiredText,
)

BASIC_GRID = "grid_code ~ '^[0-9]{15}$'"


def required(parent: str) -> Mapped[int]:
    return mapped_column(ForeignKey(f"{parent}.id"), nullable=False)


def optional(parent: str) -> Mapped[int | None]:
    return mapped_column(ForeignKey(f"{parent}.id"))


def recorded_by() -> Mapped[str]:
    return mapped_column(Text, nullable=False, server_default=text("current_actor()"))


def day_of() -> Mapped[date]:
    return mapped_column(Date, nullable=False)


def count_of() -> Mapped[int]:
    return mapped_column(Integer, nullable=False)


class FactKind(Base):
    """What is counted in a grid: a code of four digits, of which the first two name the group.

    01 people, 02 places, 03 things, 04 feelings, 05 events, 06 organisations. Kinds below …50 are
    everybody's, the others a jurisdiction's own; of events only own ones are counted by hand, for
    cases are counted by themselves. `version`: one more with every change.
    """

    __tablename__ = "fact_kind"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int | None] = optional("organisation")
    code: Mapped[RequiredText]
    name_zh: Mapped[RequiredText]
    name_en: Mapped[OptionalText]
    max_age_days: Mapped[int] = mapped_column(Integer, nullable=False, server_default=text("365"))
    retired_at: Mapped[OptionalMoment]
    version: Mapped[int] = mapped_column(Integer, nullable=False, server_default=text("1"))
    recorded_at: Mapped[RecordedAt]
    recorded_by: Mapped[str] = recorded_by()

    __table_args__ = (
        CheckConstraint("code ~ '^0(5[5-9]|[12346][0-9])[0-9]$'", name="code"),
        CheckConstraint("(jurisdiction_id IS NULL) = (right(code, 2) < '50')", name="whose"),
        CheckConstraint("length(name_zh) BETWEEN 1 AND 60", name="name_length"),
        CheckConstraint("max_age_days BETWEEN 1 AND 36500", name="max_age"),
        Index(
            "uq_fact_kind_common", "code", unique=True,
            postgresql_where=text("jurisdiction_id IS NULL"),
        ),
        Index(
            "uq_fact_kind_own", "jurisdiction_id", "code", unique=True,
            postgresql_where=text("jurisdiction_id IS NOT NULL"),
        ),
    )  # fmt: skip


class FactKindChange(Base):
    """An own kind as it was from one of its versions on. Written by the database, append-only."""

    __tablename__ = "fact_kind_change"

    id: Mapped[Id]
    kind_id: Mapped[int] = required("fact_kind")
    jurisdiction_id: Mapped[int] = required("organisation")
    version: Mapped[int] = count_of()
    name_zh: Mapped[RequiredText]
    name_en: Mapped[OptionalText]
    max_age_days: Mapped[int] = count_of()
    retired: Mapped[bool] = mapped_column(Boolean, nullable=False)
    reason: Mapped[OptionalText]
    recorded_at: Mapped[RecordedAt]
    recorded_by: Mapped[str] = recorded_by()

    __table_args__ = (UniqueConstraint("kind_id", "version"),)


class GridFact(Base):
    """How many of a kind there were in a basic grid on a day, and who says so. Append-only.

    Of several for one day the one recorded last counts; one without a value takes the former back,
    and `source` says why.
    """

    __tablename__ = "grid_fact"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = required("organisation")
    grid_code: Mapped[RequiredText]
    kind_id: Mapped[int] = required("fact_kind")
    as_of: Mapped[date] = day_of()
    value: Mapped[int | None] = mapped_column(BigInteger)
    source: Mapped[RequiredText]
    import_job_id: Mapped[int | None] = optional("import_job")
    recorded_at: Mapped[RecordedAt]
    recorded_by: Mapped[str] = recorded_by()

    __table_args__ = (
        CheckConstraint(BASIC_GRID, name="grid_code"),
        CheckConstraint("value BETWEEN 0 AND 1000000000", name="value"),
        CheckConstraint("length(source) BETWEEN 1 AND 200", name="source_length"),
        Index("ix_grid_fact_of", "jurisdiction_id", "grid_code", "kind_id", "as_of", "id"),
        Index(None, "kind_id"),
        Index(None, "import_job_id", postgresql_where=text("import_job_id IS NOT NULL")),
    )


class GridFactNow(Base):
    """The latest count of each kind in each grid, kept by the database: no page reads history."""

    __tablename__ = "grid_fact_now"

    jurisdiction_id: Mapped[int] = required("organisation")
    grid_code: Mapped[RequiredText]
    kind_id: Mapped[int] = required("fact_kind")
    as_of: Mapped[date] = day_of()
    value: Mapped[int] = mapped_column(BigInteger, nullable=False)
    source: Mapped[RequiredText]
    fact_id: Mapped[int] = required("grid_fact")

    __table_args__ = (
        PrimaryKeyConstraint("jurisdiction_id", "grid_code", "kind_id"),
        Index(None, "kind_id"),
        Index(None, "fact_id"),
    )


class Visit(Base):
    """A visit of households on a day: of one, by a reference that names nobody, or of a number that
    had not been visited before in the period. A mistaken one is withdrawn, with a reason."""

    __tablename__ = "visit"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = required("organisation")
    grid_code: Mapped[RequiredText]
    visited_on: Mapped[date] = day_of()
    household: Mapped[OptionalText]
    households: Mapped[int] = count_of()
    visitor: Mapped[RequiredText]
    person_id: Mapped[int | None] = optional("person")
    account_id: Mapped[int | None] = optional("account")
    key: Mapped[UUID | None] = mapped_column(Uuid)
    import_job_id: Mapped[int | None] = optional("import_job")
    recorded_at: Mapped[RecordedAt]
    recorded_by: Mapped[str] = recorded_by()
    withdrawn_at: Mapped[OptionalMoment]
    withdrawn_by: Mapped[OptionalText]
    withdrawn_reason: Mapped[OptionalText]

    __table_args__ = (
        CheckConstraint(BASIC_GRID, name="grid_code"),
        CheckConstraint("households BETWEEN 1 AND 100000", name="households"),
        CheckConstraint("household IS NULL OR households = 1", name="one_household"),
        CheckConstraint("length(household) BETWEEN 1 AND 40", name="household_length"),
        CheckConstraint("length(visitor) BETWEEN 1 AND 100", name="visitor_length"),
        CheckConstraint(
            "num_nonnulls(withdrawn_at, withdrawn_by, withdrawn_reason) IN (0, 3)",
            name="withdrawn_whole",
        ),
        UniqueConstraint("account_id", "key"),
        Index(None, "jurisdiction_id", "visited_on", "grid_code"),
        Index(None, "jurisdiction_id", "id"),
        Index(None, "jurisdiction_id", "grid_code", "id"),
        Index(None, "person_id"),
        Index(None, "import_job_id", postgresql_where=text("import_job_id IS NOT NULL")),
    )


class Diary(Base):
    """An entry in the diary of a grid (民情日志). Append-only: what is corrected is written anew.

    `people`: how many were talked to. Nothing is written into a month that was checked.
    """

    __tablename__ = "diary"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = required("organisation")
    grid_code: Mapped[RequiredText]
    day: Mapped[date] = day_of()
    words: Mapped[str] = mapped_column("text", Text, nullable=False)
    kinds: Mapped[list[str]] = mapped_column(
        ARRAY(Text), nullable=False, server_default=text("'{}'")
    )
    people: Mapped[int] = mapped_column(Integer, nullable=False, server_default=text("0"))
    incident_id: Mapped[int | None] = optional("incident")
    author: Mapped[RequiredText]
    person_id: Mapped[int | None] = optional("person")
    account_id: Mapped[int | None] = optional("account")
    key: Mapped[UUID | None] = mapped_column(Uuid)
    replaces_id: Mapped[int | None] = optional("diary")
    recorded_at: Mapped[RecordedAt]
    recorded_by: Mapped[str] = recorded_by()

    __table_args__ = (
        CheckConstraint(BASIC_GRID, name="grid_code"),
        CheckConstraint("length(text) BETWEEN 1 AND 4000", name="text_length"),
        CheckConstraint(
            "kinds <@ '{people,places,things,feelings,events,organisations}'::text[]", name="kinds"
        ),
        CheckConstraint("people BETWEEN 0 AND 100000", name="people"),
        UniqueConstraint("account_id", "key"),
        UniqueConstraint("replaces_id"),
        Index(None, "jurisdiction_id", "grid_code", "day"),
        Index(None, "incident_id", postgresql_where=text("incident_id IS NOT NULL")),
        Index(None, "person_id"),
    )


class DiaryCheck(Base):
    """The check of a grid's diary of a month (its first day), which closes it. Append-only."""

    __tablename__ = "diary_check"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = required("organisation")
    grid_code: Mapped[RequiredText]
    month: Mapped[date] = day_of()
    entries: Mapped[int] = count_of()
    verdict: Mapped[RequiredText]
    remark: Mapped[OptionalText]
    account_id: Mapped[int | None] = optional("account")
    checked_at: Mapped[RecordedAt]
    checked_by: Mapped[str] = recorded_by()

    __table_args__ = (
        CheckConstraint(BASIC_GRID, name="grid_code"),
        CheckConstraint("extract(day FROM month) = 1", name="month"),
        CheckConstraint("entries >= 0", name="entries"),
        CheckConstraint("verdict IN ('good', 'enough', 'missing')", name="verdict"),
        CheckConstraint("(verdict = 'missing') = (entries = 0)", name="missing"),
        CheckConstraint("length(remark) BETWEEN 1 AND 1000", name="remark_length"),
        UniqueConstraint("jurisdiction_id", "grid_code", "month"),
        Index(None, "account_id"),
    )


class Reminder(Base):
    """That an office's people were reminded of something on a day, and how many. Append-only."""

    __tablename__ = "reminder"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = required("organisation")
    kind: Mapped[RequiredText]
    day: Mapped[date] = day_of()
    told: Mapped[int] = count_of()
    recorded_at: Mapped[RecordedAt]

    __table_args__ = (
        CheckConstraint("kind IN ('diary_missing', 'diary_check_due')", name="kind"),
        CheckConstraint("told >= 0", name="told"),
        UniqueConstraint("jurisdiction_id", "kind", "day"),
    )
