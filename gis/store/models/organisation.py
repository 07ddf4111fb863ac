"""Organisations, their ties to communities, people, and the posts that people hold in grids."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
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

# Each level of the platform hangs below the one above it: the generated column turns that rule
# into a foreign key. A department may hang below any of them, and nothing hangs below it.
PARENT_KIND = """CASE kind WHEN 'district' THEN 'city' WHEN 'sub_district' THEN 'district'
WHEN 'community' THEN 'sub_district' END"""


class Organisation(Base):
    """A node of the four-level platform, or a department attached to one: the version of now.

    It changes by versions (`OrganisationVersion`), of which `closed_at`, which may be to come, is
    the end of the last.
    """

    __tablename__ = "organisation"

    id: Mapped[Id]
    code: Mapped[RequiredText]
    kind: Mapped[RequiredText]
    name_zh: Mapped[RequiredText]
    name_en: Mapped[OptionalText]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    parent_kind: Mapped[str | None] = mapped_column(Text, Computed(PARENT_KIND, persisted=True))
    is_platform: Mapped[bool] = mapped_column(
        Boolean, Computed("kind <> 'department'", persisted=True)
    )
    parent_is_platform: Mapped[bool] = mapped_column(Boolean, Computed("true", persisted=True))
    synthetic: Mapped[bool] = mapped_column(Boolean, nullable=False, server_default=text("false"))
    closed_at: Mapped[OptionalMoment]

    __table_args__ = (
        UniqueConstraint("code"),
        UniqueConstraint("id", "kind"),
        UniqueConstraint("id", "is_platform"),
        ForeignKeyConstraint(
            ["parent_id", "parent_kind"], ["organisation.id", "organisation.kind"]
        ),
        ForeignKeyConstraint(
            ["parent_id", "parent_is_platform"], ["organisation.id", "organisation.is_platform"]
        ),
        CheckConstraint(
            "kind IN ('city', 'district', 'sub_district', 'community', 'department')", name="kind"
        ),
        CheckConstraint(
            "code ~ CASE kind WHEN 'city' THEN '^[0-9]{4}$' WHEN 'district' THEN '^[0-9]{6}$' "
            "WHEN 'sub_district' THEN '^[0-9]{9}$' WHEN 'community' THEN '^[0-9]{12}$' "
            "ELSE '^[A-Za-z0-9-]+$' END",
            name="code_of_kind",
        ),
        CheckConstraint("parent_id <> id", name="not_own_parent"),
        Index(None, "parent_id"),
    )


class Person(Base):
    """Somebody who can answer for a grid: the version of now (`PersonVersion`).

    `pinyin` is written by the database: all readings of the name, each behind a blank.
    """

    __tablename__ = "person"

    id: Mapped[Id]
    name: Mapped[RequiredText]
    phone: Mapped[OptionalText]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    synthetic: Mapped[bool] = mapped_column(Boolean, nullable=False, server_default=text("false"))
    recorded_at: Mapped[RecordedAt]
    staff_number: Mapped[OptionalText]
    pinyin: Mapped[str] = mapped_column(Text, nullable=False, server_default=text("''"))
    left_at: Mapped[OptionalMoment]

    __table_args__ = (
        CheckConstraint("length(name) BETWEEN 1 AND 100", name="name_length"),
        Index(None, "organisation_id"),
        Index(None, "staff_number"),
        Index(None, "name", "id"),
    )


class Post(Base):
    """A person's role in a grid from one moment to another. Ended, never overwritten.

    `held` is empty where it was called off before it began (see `StaffRevision`).
    A role with several holders (two first-responsible leaders, any number of helpers) numbers its
    seats; the database lets nobody sit on a taken seat, and nobody hold one role twice at once.
    """

    __tablename__ = "post"

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False)
    grid_id: Mapped[int] = mapped_column(BigInteger, nullable=False)
    grid_level: Mapped[int] = mapped_column(SmallInteger, nullable=False)
    role: Mapped[RequiredText]
    seat: Mapped[int] = mapped_column(SmallInteger, nullable=False, server_default=text("1"))
    held: Mapped[Range[datetime]] = mapped_column(TSTZRANGE, nullable=False)
    recorded_at: Mapped[RecordedAt]
    recorded_by: Mapped[RequiredText]
    reason: Mapped[OptionalText]
    ended_by: Mapped[OptionalText]
    ended_reason: Mapped[OptionalText]

    __table_args__ = (
        ForeignKeyConstraint(["grid_id", "grid_level"], ["grid.id", "grid.level"]),
        CheckConstraint(
            "(grid_level = 1 AND role = 'first_responsible' AND seat BETWEEN 1 AND 2)"
            " OR (grid_level = 2 AND role IN ('leader', 'secretary', 'director', 'officer')"
            " AND seat = 1)"
            " OR (grid_level = 3 AND role = 'lead' AND seat = 1)"
            " OR (grid_level = 3 AND role IN ('adviser', 'assistant', 'participant')"
            " AND seat BETWEEN 1 AND 99)",
            name="role_of_level",
        ),
        CheckConstraint("NOT lower_inf(held)", name="held_since"),
        CheckConstraint("upper_inf(held) OR ended_by IS NOT NULL", name="ended_by"),
        ExcludeConstraint(
            ("grid_id", "="), ("role", "="), ("seat", "="), ("held", "&&"), name="ex_post_seat"
        ),
        ExcludeConstraint(
            ("person_id", "="), ("grid_id", "="), ("role", "="), ("held", "&&"),
            name="ex_post_person",
        ),
        Index(None, "person_id"),
    )  # fmt: skip


class DepartmentTie(Base):
    """A department's tie to a community (条块融合), from one moment to another.

    Ended, never overwritten; who recorded and who ended it is written by the database.
    """

    __tablename__ = "department_tie"

    id: Mapped[Id]
    department_id: Mapped[int] = mapped_column(BigInteger, nullable=False)
    department_kind: Mapped[str] = mapped_column(
        Text, Computed("'department'::text", persisted=True)
    )
    grid_id: Mapped[int] = mapped_column(BigInteger, nullable=False)
    grid_level: Mapped[int] = mapped_column(SmallInteger, Computed("2::smallint", persisted=True))
    held: Mapped[Range[datetime]] = mapped_column(TSTZRANGE, nullable=False)
    recorded_at: Mapped[RecordedAt]
    recorded_by: Mapped[RequiredText]
    reason: Mapped[OptionalText]
    ended_by: Mapped[OptionalText]
    ended_reason: Mapped[OptionalText]

    __table_args__ = (
        ForeignKeyConstraint(
            ["department_id", "department_kind"], ["organisation.id", "organisation.kind"]
        ),
        ForeignKeyConstraint(["grid_id", "grid_level"], ["grid.id", "grid.level"]),
        CheckConstraint("NOT isempty(held) AND NOT lower_inf(held)", name="held_since"),
        CheckConstraint("upper_inf(held) OR ended_by IS NOT NULL", name="ended_by"),
        ExcludeConstraint(
            ("grid_id", "="), ("department_id", "="), ("held", "&&"), name="ex_department_tie_once"
        ),
        Index(None, "department_id"),
    )
