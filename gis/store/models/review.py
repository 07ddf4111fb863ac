"""Reviews of drafts, publishing at a set time, and comments pinned to places."""

from __future__ import annotations

from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, text
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


class PlanReview(Base):
    """A draft sent for review, as it was at `version`: approved by somebody else, and ended once.

    While one is open the draft does not change. `ended_how`: returned or withdrawn, and the draft
    goes on; published, and it is one no more.
    """

    __tablename__ = "plan_review"

    id: Mapped[Id]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), nullable=False)
    version: Mapped[int] = mapped_column(Integer, nullable=False)
    sent_at: Mapped[RecordedAt]
    sent_by: Mapped[RequiredText]
    sent_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    note: Mapped[OptionalText]
    approved_at: Mapped[OptionalMoment]
    approved_by: Mapped[OptionalText]
    approved_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    remark: Mapped[OptionalText]
    ended_at: Mapped[OptionalMoment]
    ended_by: Mapped[OptionalText]
    ended_how: Mapped[OptionalText]
    reason: Mapped[OptionalText]

    __table_args__ = (
        CheckConstraint("(approved_at IS NULL) = (approved_by IS NULL)", name="approved_whole"),
        CheckConstraint(
            "approved_account_id <> sent_account_id", name="approved_by_somebody_else"
        ),
        CheckConstraint(
            "num_nonnulls(ended_at, ended_by, ended_how) IN (0, 3)", name="ended_whole"
        ),
        CheckConstraint("ended_how IN ('returned', 'withdrawn', 'published')", name="ended_how"),
        CheckConstraint(
            "ended_how <> 'returned' OR length(reason) BETWEEN 1 AND 1000", name="returned_why"
        ),
        Index(
            "uq_plan_review_open", "plan_id", unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(None, "plan_id", "id"),
    )  # fmt: skip


class PlanSchedule(Base):
    """An approved draft that is to be published at a moment, instead of the plan in force then.

    Ended once: published, cancelled, or failed with a fault (a code and its params). Whoever holds
    reports back for the moment is waited for until `next_at`.
    """

    __tablename__ = "plan_schedule"

    id: Mapped[Id]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), nullable=False)
    review_id: Mapped[int] = mapped_column(ForeignKey("plan_review.id"), nullable=False)
    due_at: Mapped[Moment]
    next_at: Mapped[Moment]
    tries: Mapped[int] = mapped_column(SmallInteger, nullable=False, server_default=text("0"))
    instead_of_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"))
    set_at: Mapped[RecordedAt]
    set_by: Mapped[RequiredText]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    ended_at: Mapped[OptionalMoment]
    ended_by: Mapped[OptionalText]
    ended_how: Mapped[OptionalText]
    fault: Mapped[dict[str, Any] | None] = mapped_column(JSONB)

    __table_args__ = (
        CheckConstraint(
            "num_nonnulls(ended_at, ended_by, ended_how) IN (0, 3)", name="ended_whole"
        ),
        CheckConstraint("ended_how IN ('published', 'cancelled', 'failed')", name="ended_how"),
        CheckConstraint("(ended_how = 'failed') IS NOT DISTINCT FROM (fault IS NOT NULL)"
                        " OR ended_at IS NULL", name="fault"),
        Index(
            "uq_plan_schedule_open", "plan_id", unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_plan_schedule_next", "next_at", postgresql_where=text("ended_at IS NULL")),
        Index(None, "plan_id", "id"),
    )  # fmt: skip


class PlanComment(Base):
    """A remark on a draft: at a place, on a grid, or on the whole; answered, resolved, kept."""

    __tablename__ = "plan_comment"

    id: Mapped[Id]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), nullable=False)
    at: Mapped[RecordedAt]
    actor: Mapped[RequiredText]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    place: Mapped[Any | None] = mapped_column(
        Geometry("POINT", srid=4326, spatial_index=False), nullable=True
    )
    grid_code: Mapped[OptionalText]
    text: Mapped[RequiredText]
    answers_id: Mapped[int | None] = mapped_column(ForeignKey("plan_comment.id"))
    resolved_at: Mapped[OptionalMoment]
    resolved_by: Mapped[OptionalText]

    __table_args__ = (
        CheckConstraint("length(text) BETWEEN 1 AND 2000", name="text"),
        CheckConstraint("grid_code ~ '^[0-9]{9}([0-9]{3}){0,2}$'", name="grid_code"),
        CheckConstraint("(resolved_at IS NULL) = (resolved_by IS NULL)", name="resolved_whole"),
        CheckConstraint(
            "answers_id IS NULL OR num_nonnulls(place, grid_code, resolved_at) = 0", name="answer"
        ),
        Index(None, "plan_id", "id"),
        Index(None, "answers_id"),
    )
