"""Calendars, the table of deadlines, running clocks, and what was told of them, once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    Interval,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gis.store.models.base import Base, Id, Moment, OptionalMoment, OptionalText, RequiredText
from gis.store.models.planned import Planned, planned_checks

UNITS = "'working_hours', 'working_days', 'calendar_hours', 'calendar_days'"
KINDS = "'case', 'collected', 'registered', 'dispatched', 'handled', 'fed_back'"
CLOCK = text("clock_timestamp()")


class OfficeCalendarVersion(Base):
    """An office's calendar from a moment on; the newest one holds. Append-only: clocks keep theirs.

    `week`: seven lists of [opening, closing] in seconds of the local day, Monday first. `days`: by
    date, {kind, name_zh, name_en, spans}. `digest` names the content.
    """

    __tablename__ = "office_calendar"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    zone: Mapped[RequiredText]
    week: Mapped[list[Any]] = mapped_column(JSONB, nullable=False)
    days: Mapped[dict[str, Any]] = mapped_column(JSONB, nullable=False)
    settled_through: Mapped[int | None] = mapped_column(SmallInteger)
    digest: Mapped[RequiredText]
    at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), nullable=False, server_default=CLOCK
    )
    actor: Mapped[RequiredText]
    reason: Mapped[OptionalText]

    __table_args__ = (
        CheckConstraint("jsonb_array_length(week) = 7", name="week"),
        CheckConstraint("jsonb_typeof(days) = 'object'", name="days"),
        Index(None, "jurisdiction_id", "id"),
    )


class Deadline(Planned, Base):
    """A row of the table of deadlines: NULL is any category or any severity."""

    __tablename__ = "deadline"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    category_code: Mapped[str | None] = mapped_column(ForeignKey("category.code"))
    severity: Mapped[int | None] = mapped_column(SmallInteger)
    stage: Mapped[RequiredText]
    amount: Mapped[float] = mapped_column(Double, nullable=False)
    unit: Mapped[RequiredText]
    soon_share: Mapped[float] = mapped_column(Double, nullable=False)

    __table_args__ = (
        CheckConstraint(f"stage IN ({KINDS})", name="stage"),
        CheckConstraint("severity BETWEEN 1 AND 4", name="severity"),
        CheckConstraint(f"unit IN ({UNITS})", name="unit"),
        CheckConstraint("amount > 0 AND amount <= 20000", name="amount"),
        CheckConstraint("soon_share > 0 AND soon_share < 1", name="soon_share"),
        *planned_checks(),
        ExcludeConstraint(
            ("jurisdiction_id", "="), (text("coalesce(category_code, '')"), "="),
            (text("coalesce(severity, 0::smallint)"), "="), ("stage", "="), ("held", "&&"),
            name="ex_deadline_once",
        ),
        Index(None, "jurisdiction_id", "id"),
    )  # fmt: skip


class DeadlineSetting(Base):
    """What an office does about overdue cases, from a moment on. Append-only.

    NULL delay: overdue cases are not escalated by themselves. `reopened`: a case that is taken up
    again has what was left (`remaining`), or all of it anew (`anew`).
    """

    __tablename__ = "deadline_setting"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    delay_amount: Mapped[float | None] = mapped_column(Double)
    delay_unit: Mapped[OptionalText]
    reopened: Mapped[RequiredText]
    at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), nullable=False, server_default=CLOCK
    )
    actor: Mapped[RequiredText]
    reason: Mapped[OptionalText]

    __table_args__ = (
        CheckConstraint("num_nonnulls(delay_amount, delay_unit) IN (0, 2)", name="delay_whole"),
        CheckConstraint("delay_amount > 0 AND delay_amount <= 20000", name="delay_amount"),
        CheckConstraint(f"delay_unit IN ({UNITS})", name="delay_unit"),
        CheckConstraint("reopened IN ('remaining', 'anew')", name="reopened"),
        Index(None, "jurisdiction_id", "id"),
    )


class Clock(Base):
    """A clock of an incident, for the whole case or for a stage, with all that it started with.

    `due_at`: as if it had not rested since `paused_at`. `round`: one more with every extension.
    `told`: how far the worker has come in this round (0 nothing, 1 due soon, 2 overdue, then one
    more with every escalation); `next_at`: when it has to look again, NULL while the clock rests.
    `turns`: everything that happened to it.
    """

    __tablename__ = "clock"

    id: Mapped[Id]
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), nullable=False)
    kind: Mapped[RequiredText]
    deadline_id: Mapped[int] = mapped_column(ForeignKey("deadline.id"), nullable=False)
    calendar_id: Mapped[int] = mapped_column(ForeignKey("office_calendar.id"), nullable=False)
    amount: Mapped[float] = mapped_column(Double, nullable=False)
    unit: Mapped[RequiredText]
    soon_share: Mapped[float] = mapped_column(Double, nullable=False)
    started_at: Mapped[Moment]
    due_at: Mapped[Moment]
    soon_at: Mapped[Moment]
    paused_at: Mapped[OptionalMoment]
    stopped_at: Mapped[OptionalMoment]
    rested: Mapped[timedelta] = mapped_column(
        Interval, nullable=False, server_default=text("'0'::interval")
    )
    round: Mapped[int] = mapped_column(SmallInteger, nullable=False, server_default=text("0"))
    told: Mapped[int] = mapped_column(SmallInteger, nullable=False, server_default=text("0"))
    next_at: Mapped[OptionalMoment]
    turns: Mapped[list[Any]] = mapped_column(
        JSONB, nullable=False, server_default=text("'[]'::jsonb")
    )

    __table_args__ = (
        CheckConstraint(f"kind IN ({KINDS})", name="kind"),
        CheckConstraint(f"unit IN ({UNITS})", name="unit"),
        CheckConstraint(
            "next_at IS NULL OR num_nonnulls(paused_at, stopped_at) = 0", name="rests_untold"
        ),
        CheckConstraint("rested >= '0'::interval", name="rested"),
        Index(None, "incident_id", "kind"),
        Index(
            "uq_clock_running", "incident_id", "kind",
            unique=True, postgresql_where=text("stopped_at IS NULL"),
        ),
        # The worker reads from this alone: as many entries as clocks that have yet to be told of.
        Index("ix_clock_next", "next_at", postgresql_where=text("next_at IS NOT NULL")),
    )  # fmt: skip


class ClockNotice(Base):
    """That a clock was due soon, was overdue, or led to an escalation: each once. Append-only."""

    __tablename__ = "clock_notice"

    id: Mapped[Id]
    clock_id: Mapped[int] = mapped_column(ForeignKey("clock.id"), nullable=False)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), nullable=False)
    kind: Mapped[RequiredText]
    round: Mapped[int] = mapped_column(SmallInteger, nullable=False)
    step: Mapped[int] = mapped_column(Integer, nullable=False)
    due_at: Mapped[Moment]
    at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), nullable=False, server_default=CLOCK
    )
    job_id: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint("kind IN ('due_soon', 'overdue', 'escalate')", name="kind"),
        UniqueConstraint("clock_id", "kind", "round", "step", name="uq_clock_notice_once"),
        Index(None, "incident_id"),
    )
