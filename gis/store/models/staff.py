"""What was said of organisations and people when, who is attached to what, and who left.

Rows here are ended, never overwritten. An end that has not come yet may still be moved: what the
row said before is kept in `staff_revision`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Computed,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
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
from gis.store.models.organisation import PARENT_KIND
from gis.store.models.planned import Planned, planned_checks


def _version_checks() -> tuple[CheckConstraint, CheckConstraint]:
    """The first version begins before all that is known, unless it was given a beginning."""
    return (
        CheckConstraint("NOT isempty(planned)", name="some_time"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by"),
    )


class OrganisationVersion(Planned, Base):
    """An organisation's name and place in the tree for a time; none after it is closed.

    `organisation` shows the version of now. `successor_id`: what it was merged into when it ended.
    """

    __tablename__ = "organisation_version"

    id: Mapped[Id]
    organisation_id: Mapped[int] = mapped_column(BigInteger, nullable=False)
    kind: Mapped[RequiredText]
    name_zh: Mapped[RequiredText]
    name_en: Mapped[OptionalText]
    parent_id: Mapped[int | None] = mapped_column(BigInteger)
    parent_kind: Mapped[str | None] = mapped_column(Text, Computed(PARENT_KIND, persisted=True))
    parent_is_platform: Mapped[bool] = mapped_column(Boolean, Computed("true", persisted=True))
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))

    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "kind"], ["organisation.id", "organisation.kind"]),
        ForeignKeyConstraint(
            ["parent_id", "parent_kind"], ["organisation.id", "organisation.kind"]
        ),
        ForeignKeyConstraint(
            ["parent_id", "parent_is_platform"], ["organisation.id", "organisation.is_platform"]
        ),
        CheckConstraint("parent_id <> organisation_id", name="not_own_parent"),
        CheckConstraint("length(name_zh) BETWEEN 1 AND 200", name="name_length"),
        *_version_checks(),
        ExcludeConstraint(
            ("organisation_id", "="), ("held", "&&"), name="ex_organisation_version_once"
        ),
        Index(None, "parent_id"),
    )


class PersonVersion(Planned, Base):
    """A person's name, telephone and organisation for a time; none after they left.

    `person` shows the version of now.
    """

    __tablename__ = "person_version"

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False)
    name: Mapped[RequiredText]
    phone: Mapped[OptionalText]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))

    __table_args__ = (
        CheckConstraint("length(name) BETWEEN 1 AND 100", name="name_length"),
        *_version_checks(),
        ExcludeConstraint(("person_id", "="), ("held", "&&"), name="ex_person_version_once"),
        Index(None, "organisation_id"),
    )


class Attachment(Planned, Base):
    """A leader attached to a unit below (分包、联系、蹲点), from one moment to another.

    `organisation_id` is whose leader it is. `target_code` is the code of a district, sub-district,
    community or basic grid, which outlives plans; `place` names a building or public unit in it.
    One person at a time is in charge of a unit (or a place in it) for one organisation.
    """

    __tablename__ = "attachment"

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    kind: Mapped[RequiredText]
    target_code: Mapped[RequiredText]
    place: Mapped[str] = mapped_column(Text, nullable=False, server_default=text("''"))

    __table_args__ = (
        CheckConstraint("kind IN ('in_charge', 'contact', 'stationed')", name="kind"),
        CheckConstraint("target_code ~ '^[0-9]{6}([0-9]{3}){0,3}$'", name="target_code"),
        CheckConstraint("length(place) <= 200", name="place_length"),
        *planned_checks(),
        ExcludeConstraint(
            ("person_id", "="), ("target_code", "="), ("place", "="), ("held", "&&"),
            name="ex_attachment_once",
        ),
        ExcludeConstraint(
            ("organisation_id", "="), ("target_code", "="), ("place", "="), ("held", "&&"),
            name="ex_attachment_in_charge", where="kind = 'in_charge'",
        ),
        Index(None, "target_code", postgresql_ops={"target_code": "text_pattern_ops"}),
    )  # fmt: skip


class Departure(Base):
    """A person who left, or gave up posts, at a moment that may be to come, and what followed.

    `done` names the rows that were ended and begun, so that it can be taken back. Open cases move
    when the moment has come: `moved_at`, and how many. Called off or taken back by a new change.
    """

    __tablename__ = "departure"

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False)
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    whole: Mapped[bool] = mapped_column(Boolean, nullable=False)
    post_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), nullable=False)
    at: Mapped[Moment]
    reason: Mapped[RequiredText]
    done: Mapped[dict[str, Any]] = mapped_column(JSONB, nullable=False)
    recorded_at: Mapped[RecordedAt]
    recorded_by: Mapped[RequiredText]
    moved_at: Mapped[OptionalMoment]
    moved: Mapped[int | None] = mapped_column(Integer)
    undone_at: Mapped[OptionalMoment]
    undone_by: Mapped[OptionalText]
    undone_reason: Mapped[OptionalText]
    failed_at: Mapped[OptionalMoment]
    fault: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

    __table_args__ = (
        CheckConstraint("(failed_at IS NULL) = (fault IS NULL)", name="failed"),
        CheckConstraint("(moved_at IS NULL) = (moved IS NULL)", name="moved"),
        CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="undone_by"),
        Index(None, "person_id"),
        Index(
            "ix_departure_due",
            "at",
            postgresql_where=text("moved_at IS NULL AND undone_at IS NULL"),
        ),
    )


class StaffRevision(Base):
    """What a row said before an end that had not come yet was moved or taken back."""

    __tablename__ = "staff_revision"

    id: Mapped[Id]
    of_table: Mapped[RequiredText]
    of_id: Mapped[int] = mapped_column(BigInteger, nullable=False)
    at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")
    )
    actor: Mapped[RequiredText]
    reason: Mapped[OptionalText]
    was: Mapped[dict[str, Any]] = mapped_column(JSONB, nullable=False)

    __table_args__ = (Index(None, "of_table", "of_id"),)


class Pinyin(Base):
    """The readings of a Chinese character without tones, the usual one first."""

    __tablename__ = "pinyin"

    character: Mapped[str] = mapped_column(Text, primary_key=True)
    readings: Mapped[list[str]] = mapped_column(ARRAY(Text), nullable=False)
