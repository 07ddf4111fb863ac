"""Long work on plans, done by the worker: searches from where a draft stands, new drafts, printed
atlases."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gis.store.models.base import (
    Base,
    Id,
    OptionalMoment,
    OptionalText,
    RecordedAt,
    RequiredText,
)

AT_WORK = "status IN ('waiting', 'running')"


class DraftJob(Base):
    """One piece of long work: what was asked of which version of a draft, how far it is, and what
    came of it. `runs` counts the workers that began it: only the last one may say how it ended."""

    __tablename__ = "draft_job"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    # None where it makes a draft; `made_plan_id` is what it made.
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"))
    made_plan_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"))
    kind: Mapped[RequiredText]
    request: Mapped[dict[str, Any]] = mapped_column(JSONB, nullable=False)
    base_version: Mapped[int | None] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(Text, nullable=False, server_default=text("'waiting'"))
    step: Mapped[OptionalText]
    fraction: Mapped[float] = mapped_column(Double, nullable=False, server_default=text("0"))
    runs: Mapped[int] = mapped_column(Integer, nullable=False, server_default=text("0"))
    # How many of them were asked to stop, and left the work to another.
    handed_back: Mapped[int] = mapped_column(Integer, nullable=False, server_default=text("0"))
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[RecordedAt]
    created_by: Mapped[RequiredText]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    started_at: Mapped[OptionalMoment]
    finished_at: Mapped[OptionalMoment]
    ended_by: Mapped[OptionalText]  # who cancelled it
    tidied_at: Mapped[OptionalMoment]  # when its result was let go of

    __table_args__ = (
        CheckConstraint("kind IN ('rebalance', 'alternatives', 'generate', 'atlas')", name="kind"),
        CheckConstraint(
            "status IN ('waiting', 'running', 'done', 'failed', 'cancelled')", name="status"
        ),
        CheckConstraint("fraction BETWEEN 0 AND 1", name="fraction"),
        CheckConstraint("(plan_id IS NULL) = (kind = 'generate')", name="plan"),
        CheckConstraint(f"(finished_at IS NULL) = ({AT_WORK})", name="finished"),
        CheckConstraint(
            "(status = 'done') = (result IS NOT NULL OR tidied_at IS NOT NULL)", name="result"
        ),
        CheckConstraint("(status = 'failed') = (error IS NOT NULL)", name="error"),
        Index(None, "plan_id", "id"),
        Index(None, "made_plan_id", postgresql_where=text("made_plan_id IS NOT NULL")),
        # Whoever starts a second search of the same is told of the first.
        Index(
            "uq_draft_job_at_work",
            "jurisdiction_id",
            text("coalesce(plan_id, 0)"),
            "created_by",
            unique=True,
            postgresql_where=text(f"{AT_WORK} AND kind <> 'atlas'"),
        ),
        # Whoever asks for the same atlas again, or under the same key, gets the first.
        Index(
            "uq_draft_job_same_atlas",
            "plan_id",
            text("coalesce(account_id, 0)"),
            text("(request - 'key')"),
            unique=True,
            postgresql_where=text(f"{AT_WORK} AND kind = 'atlas'"),
        ),
        Index(
            "uq_draft_job_key",
            text("coalesce(account_id, 0)"),
            text("(request ->> 'key')"),
            unique=True,
            postgresql_where=text("kind = 'atlas' AND request ->> 'key' IS NOT NULL"),
        ),
    )
