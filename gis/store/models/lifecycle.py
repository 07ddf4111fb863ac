"""Who had a case in hand, what was asked of those above, and what a jurisdiction wants of steps."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    text,
)
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

TASKS = "'verify_report', 'register', 'dispatch', 'handle', 'feed_back', 'verify_result', 'close'"
ENDS = (
    "'done', 'passed', 'failed', 'returned', 'redispatched', 'escalated', 'moved', 'rejected',"
    " 'merged', 'rechecked'"
)
ASKED = "'extend', 'park'"


class Hand(Base):
    """A task of a case that somebody has in hand, from one moment to another. Ended, once.

    Of an open case there is always exactly one open lead hand; the others assist. `level`: 3 basic
    grid, 2 community, 1 sub-district, 0 district, -1 city. `organisation_id` has it where no post
    does: a desk or a department. `sent`: given by a step, so that a new plan leaves it alone.
    """

    __tablename__ = "hand"

    id: Mapped[Id]
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), nullable=False)
    task: Mapped[RequiredText]
    is_lead: Mapped[bool] = mapped_column(Boolean, nullable=False, server_default=text("true"))
    sent: Mapped[bool] = mapped_column(Boolean, nullable=False, server_default=text("false"))
    level: Mapped[int] = mapped_column(SmallInteger, nullable=False)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    since: Mapped[Moment]
    given_by: Mapped[RequiredText]
    reason: Mapped[OptionalText]
    accepted_at: Mapped[OptionalMoment]
    accepted_by: Mapped[OptionalText]
    accepted_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    until: Mapped[OptionalMoment]
    ended_by: Mapped[OptionalText]
    ended_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    ended_how: Mapped[OptionalText]

    __table_args__ = (
        CheckConstraint(f"task IN ({TASKS})", name="task"),
        CheckConstraint(f"ended_how IN ({ENDS})", name="ended_how"),
        CheckConstraint("level BETWEEN -1 AND 3", name="level"),
        CheckConstraint("num_nonnulls(organisation_id, person_id) > 0", name="somebody"),
        CheckConstraint("until >= since", name="until"),
        CheckConstraint("num_nonnulls(until, ended_by, ended_how) IN (0, 3)", name="ended_whole"),
        CheckConstraint("(accepted_at IS NULL) = (accepted_by IS NULL)", name="accepted_whole"),
        Index(None, "incident_id", "id"),
        # At most one; that there is one is the work of triggers and of the steps.
        Index(
            "uq_hand_lead", "incident_id",
            unique=True, postgresql_where=text("is_lead AND until IS NULL"),
        ),
        Index(
            "ix_hand_organisation", "organisation_id",
            postgresql_where=text("organisation_id IS NOT NULL"),
        ),
        Index(
            "ix_hand_person_open", "person_id",
            postgresql_where=text("until IS NULL AND person_id IS NOT NULL"),
        ),
    )  # fmt: skip


class Approval(Base):
    """More time, or a rest, that was asked for a case, and what those above decided. Decided once.

    `rank` and `code`: who asked stood there in the tree. A granted rest is over at `resumed_at`.
    `void`: the case went on before anybody decided.
    """

    __tablename__ = "approval"

    id: Mapped[Id]
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), nullable=False)
    kind: Mapped[RequiredText]
    until: Mapped[Moment]
    reason: Mapped[RequiredText]
    asked_at: Mapped[Moment]
    asked_by: Mapped[RequiredText]
    asked_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    code: Mapped[RequiredText]
    rank: Mapped[int] = mapped_column(SmallInteger, nullable=False)
    decided_at: Mapped[OptionalMoment]
    decided_by: Mapped[OptionalText]
    decision: Mapped[OptionalText]
    decided_reason: Mapped[OptionalText]
    resumed_at: Mapped[OptionalMoment]

    __table_args__ = (
        CheckConstraint(f"kind IN ({ASKED})", name="kind"),
        CheckConstraint("decision IN ('granted', 'refused', 'void')", name="decision"),
        CheckConstraint(
            "num_nonnulls(decided_at, decided_by, decision) IN (0, 3)", name="decided_whole"
        ),
        CheckConstraint(
            "resumed_at IS NULL OR (kind = 'park' AND decision = 'granted')", name="resumed"
        ),
        Index(None, "incident_id", "id"),
        Index(
            "uq_approval_pending", "incident_id",
            unique=True, postgresql_where=text("decided_at IS NULL"),
        ),
    )  # fmt: skip


class Alarm(Base):
    """Somebody of the chain above an emergency who must be told at once. Only ever added to."""

    __tablename__ = "alarm"

    id: Mapped[Id]
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), nullable=False)
    level: Mapped[int] = mapped_column(SmallInteger, nullable=False)
    role: Mapped[OptionalText]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    raised_at: Mapped[RecordedAt]

    __table_args__ = (
        CheckConstraint("level BETWEEN -1 AND 3", name="level"),
        CheckConstraint("num_nonnulls(organisation_id, person_id) = 1", name="somebody"),
        Index(None, "incident_id"),
    )


class StepSetting(Base):
    """What a jurisdiction wants of steps, from a moment on; the newest row holds. Append-only.

    `checked_sources`: reports from these are checked on site before they are registered.
    `photo_categories`: handling these (beginnings of codes) needs a photo.
    """

    __tablename__ = "step_setting"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    checked_sources: Mapped[list[str]] = mapped_column(ARRAY(Text), nullable=False)
    photo_categories: Mapped[list[str]] = mapped_column(ARRAY(Text), nullable=False)
    recorded_at: Mapped[RecordedAt]
    recorded_by: Mapped[RequiredText]

    __table_args__ = (Index(None, "jurisdiction_id", "id"),)


class SupervisionTold(Base):
    """That the time of a supervision was over, and whoever it concerns was told of it."""

    __tablename__ = "supervision_told"

    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), nullable=False)
    until: Mapped[Moment]
    recorded_at: Mapped[RecordedAt]

    __table_args__ = (PrimaryKeyConstraint("incident_id", "until"),)
