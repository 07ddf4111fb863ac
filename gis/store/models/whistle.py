"""Whistles: departments that a sub-district calls to report in, and what became of each call."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from gis.store.models.base import (
    Base,
    Id,
    Moment,
    OptionalMoment,
    OptionalText,
    RecordedAt,
    RequiredText,
    wgs84,
)


class Whistle(Base):
    """A call to report in at a place by a time. It is counted once, and ended once.

    `code` is that of the sub-district that calls. `key` makes a repeated request of the same
    `caller` the same call, if its `fingerprint` is the same. `result`: what came of it, or why it
    was cancelled.
    """

    __tablename__ = "whistle"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    code: Mapped[RequiredText]
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id"))
    location: Mapped[Any] = wgs84("POINT")
    place: Mapped[RequiredText]
    purpose: Mapped[RequiredText]
    called_at: Mapped[Moment]
    called_by: Mapped[RequiredText]
    caller: Mapped[RequiredText]
    key: Mapped[OptionalText]
    fingerprint: Mapped[bytes | None] = mapped_column(LargeBinary)
    due_at: Mapped[Moment]
    counted_at: Mapped[OptionalMoment]
    ended_at: Mapped[OptionalMoment]
    ended_by: Mapped[OptionalText]
    ended_how: Mapped[OptionalText]
    result: Mapped[OptionalText]

    __table_args__ = (
        UniqueConstraint("caller", "key"),
        CheckConstraint("code ~ '^[0-9]{9}$'", name="code"),
        CheckConstraint("length(place) BETWEEN 1 AND 300", name="place"),
        CheckConstraint("length(purpose) BETWEEN 1 AND 500", name="purpose"),
        CheckConstraint("(key IS NULL) = (fingerprint IS NULL)", name="key"),
        CheckConstraint("due_at > called_at", name="due_at"),
        CheckConstraint("counted_at >= due_at", name="counted_at"),
        CheckConstraint("ended_how IN ('done', 'cancelled')", name="ended_how"),
        CheckConstraint(
            "num_nonnulls(ended_at, ended_by, ended_how, result) IN (0, 4)", name="ended_whole"
        ),
        Index(None, "jurisdiction_id", "called_at", "id"),
        Index(
            "ix_whistle_incident", "incident_id", postgresql_where=text("incident_id IS NOT NULL")
        ),
        Index(
            "ix_whistle_due", "due_at",
            postgresql_where=text("counted_at IS NULL AND ended_at IS NULL"),
        ),
    )  # fmt: skip


class WhistleCall(Base):
    """A department that was called: whom it sends, when it arrived, and whether it was absent when
    the time was up, which a later arrival does not undo."""

    __tablename__ = "whistle_call"

    id: Mapped[Id]
    whistle_id: Mapped[int] = mapped_column(ForeignKey("whistle.id"), nullable=False)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    coming_at: Mapped[OptionalMoment]
    coming_by: Mapped[OptionalText]
    person: Mapped[OptionalText]
    phone: Mapped[OptionalText]
    arrived_at: Mapped[OptionalMoment]
    arrived_by: Mapped[OptionalText]
    absent_at: Mapped[OptionalMoment]

    __table_args__ = (
        UniqueConstraint("whistle_id", "organisation_id"),
        CheckConstraint("(coming_at IS NULL) = (coming_by IS NULL)", name="coming_whole"),
        CheckConstraint("num_nonnulls(arrived_at, arrived_by) IN (0, 2)", name="arrived_whole"),
        CheckConstraint(
            "coalesce(coming_at, arrived_at) IS NULL OR length(person) BETWEEN 1 AND 100",
            name="person",
        ),
        Index(None, "organisation_id", "whistle_id"),
    )


class WhistleEvent(Base):
    """One step of a whistle, written by triggers, refused to change. `at`: when it happened."""

    __tablename__ = "whistle_event"

    id: Mapped[Id]
    whistle_id: Mapped[int] = mapped_column(ForeignKey("whistle.id"), nullable=False)
    call_id: Mapped[int | None] = mapped_column(ForeignKey("whistle_call.id"))
    at: Mapped[Moment]
    recorded_at: Mapped[RecordedAt]
    actor: Mapped[RequiredText]
    action: Mapped[RequiredText]
    person: Mapped[OptionalText]
    reason: Mapped[OptionalText]

    __table_args__ = (
        CheckConstraint(
            "action IN ('call', 'come', 'arrive', 'absent', 'end', 'cancel')", name="action"
        ),
        Index(None, "whistle_id", "id"),
    )
