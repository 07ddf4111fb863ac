"""Who is away, who acts for them, and who is on duty when. Ended, never overwritten."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from gis.store.models.base import (
    Base,
    Id,
    OptionalMoment,
    OptionalText,
    RecordedAt,
    RequiredText,
)

# What was planned, cut where it was ended before its time; empty if that was before it began.
HELD = "planned * tstzrange(NULL, ended_at)"


class _Planned:
    """Something planned for a time, with who recorded it, and who ended it early and why."""

    planned: Mapped[Range[datetime]] = mapped_column(TSTZRANGE, nullable=False)
    held: Mapped[Range[datetime]] = mapped_column(
        TSTZRANGE, Computed(HELD, persisted=True), nullable=False
    )
    recorded_at: Mapped[RecordedAt]
    recorded_by: Mapped[RequiredText]
    reason: Mapped[OptionalText]
    ended_at: Mapped[OptionalMoment]
    ended_by: Mapped[OptionalText]
    ended_reason: Mapped[OptionalText]


def _planned_checks() -> tuple[CheckConstraint, CheckConstraint]:
    return (
        CheckConstraint("NOT isempty(planned) AND NOT lower_inf(planned)", name="since"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by"),
    )


class Absence(_Planned, Base):
    """A person's leave, with who acts for them in all their posts, if anybody does.

    It belongs to the person, not to a post: posts end and begin anew with every plan.
    """

    __tablename__ = "absence"

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False)
    substitute_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (
        CheckConstraint("substitute_id <> person_id", name="somebody_else"),
        *_planned_checks(),
        ExcludeConstraint(("person_id", "="), ("held", "&&"), name="ex_absence_once"),
        Index(None, "substitute_id"),
    )


class Duty(_Planned, Base):
    """A shift of a duty roster: one person answers for a grid of any level and all within it.

    The grid is named by its code, which outlives the plans.
    """

    __tablename__ = "duty"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    grid_code: Mapped[RequiredText]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False)

    __table_args__ = (
        CheckConstraint("grid_code ~ '^[0-9]{9}([0-9]{3}){0,2}$'", name="grid_code"),
        *_planned_checks(),
        ExcludeConstraint(
            ("jurisdiction_id", "="), ("grid_code", "="), ("held", "&&"), name="ex_duty_one_at_once"
        ),
        Index(None, "person_id"),
    )
