"""Patrols of grids: what is planned, what was walked, and for how long tracks are kept."""

from __future__ import annotations

from datetime import date, time
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Date,
    Double,
    ForeignKey,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Time,
    UniqueConstraint,
    Uuid,
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
from gis.store.models.base_data import (
    BASIC_GRID,
    count_of,
    day_of,
    optional,
    recorded_by,
    required,
)


class PatrolPlan(Base):
    """Who is to walk a grid on which days and hours, and how often on each. Ended, not changed.

    What is corrected is planned anew; `first_id` is the first of such a chain.

    `weekdays`: 1 is Monday. `times`: rounds on each of these days. The role of a post of the grid,
    or a person. `route`: the way to take, where one is laid down.
    """

    __tablename__ = "patrol_plan"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = required("organisation")
    grid_code: Mapped[RequiredText]
    duty: Mapped[RequiredText]
    role: Mapped[OptionalText]
    person_id: Mapped[int | None] = optional("person")
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger), nullable=False)
    begins: Mapped[time] = mapped_column(Time, nullable=False)
    ends: Mapped[time] = mapped_column(Time, nullable=False)
    times: Mapped[int] = mapped_column(SmallInteger, nullable=False, server_default=text("1"))
    since: Mapped[date] = day_of()
    until: Mapped[date | None] = mapped_column(Date)
    reason: Mapped[OptionalText]
    recorded_at: Mapped[RecordedAt]
    recorded_by: Mapped[str] = recorded_by()
    ended_at: Mapped[OptionalMoment]
    ended_by: Mapped[OptionalText]
    ended_reason: Mapped[OptionalText]
    replaces_id: Mapped[int | None] = optional("patrol_plan")
    first_id: Mapped[int | None] = optional("patrol_plan")
    route: Mapped[Any] = mapped_column(
        Geometry("LINESTRING", srid=4326, spatial_index=False), nullable=True
    )

    __table_args__ = (
        CheckConstraint(BASIC_GRID, name="grid_code"),
        CheckConstraint("(replaces_id IS NULL) = (first_id IS NULL)", name="chain"),
        UniqueConstraint("replaces_id"),
        Index(None, "first_id", postgresql_where=text("first_id IS NOT NULL")),
        CheckConstraint("length(duty) BETWEEN 1 AND 200", name="duty_length"),
        CheckConstraint("num_nonnulls(role, person_id) = 1", name="who"),
        CheckConstraint(
            "weekdays <@ '{1,2,3,4,5,6,7}'::smallint[] AND cardinality(weekdays) BETWEEN 1 AND 7",
            name="weekdays",
        ),
        CheckConstraint("begins < ends", name="hours"),
        CheckConstraint("times BETWEEN 1 AND 24", name="times"),
        CheckConstraint("until >= since", name="until"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by"),
        Index(None, "jurisdiction_id", "grid_code"),
        Index(None, "person_id"),
    )


class Patrol(Base):
    """A round that was walked, measured in metres and seconds when it came in. Append-only.

    Its track goes after some days (`PatrolTrack`); these figures stay. `streets_m` of the grid's
    streets, `walked_m` of them within `within_m` of the track; `inside_s` in the grid.
    """

    __tablename__ = "patrol"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = required("organisation")
    grid_code: Mapped[RequiredText]
    plan_id: Mapped[int | None] = optional("patrol_plan")
    walker: Mapped[RequiredText]
    person_id: Mapped[int | None] = optional("person")
    account_id: Mapped[int | None] = optional("account")
    key: Mapped[UUID | None] = mapped_column(Uuid)
    source: Mapped[RequiredText]
    crs: Mapped[RequiredText]
    day: Mapped[date] = day_of()
    started_at: Mapped[Moment]
    ended_at: Mapped[Moment]
    points: Mapped[int] = count_of()
    dropped: Mapped[int] = count_of()
    length_m: Mapped[float] = mapped_column(Double, nullable=False)
    inside_s: Mapped[float] = mapped_column(Double, nullable=False)
    within_m: Mapped[float] = mapped_column(Double, nullable=False)
    walked_m: Mapped[float] = mapped_column(Double, nullable=False)
    streets_m: Mapped[float] = mapped_column(Double, nullable=False)
    recorded_at: Mapped[RecordedAt]
    recorded_by: Mapped[str] = recorded_by()

    __table_args__ = (
        CheckConstraint(BASIC_GRID, name="grid_code"),
        CheckConstraint("source IN ('phone', 'file')", name="source"),
        CheckConstraint("started_at <= ended_at", name="ended_at"),
        CheckConstraint("points >= 0 AND dropped BETWEEN 0 AND points", name="points"),
        CheckConstraint("walked_m BETWEEN 0 AND streets_m + 1", name="walked"),
        UniqueConstraint("account_id", "key"),
        Index(None, "jurisdiction_id", "day", "grid_code"),
        Index(None, "person_id"),
        Index(None, "plan_id"),
    )


class PatrolTrack(Base):
    """A stretch of a patrol's cleaned track, of some thousand points at the most. Deleted after the
    days that the jurisdiction has set."""

    __tablename__ = "patrol_track"

    patrol_id: Mapped[int] = required("patrol")
    number: Mapped[int] = count_of()
    day: Mapped[date] = day_of()
    geom: Mapped[Any] = mapped_column(
        Geometry("LINESTRING", srid=4326, spatial_index=False), nullable=False
    )

    __table_args__ = (
        PrimaryKeyConstraint("patrol_id", "number"),
        Index(None, "day"),
    )


class StreetPiece(Base):
    """A grid's streets cut into pieces of some metres, once for the boundaries of a plan.

    `signature` tells by which boundaries and streets they were cut. `lengths`: of each piece in
    metres, as little-endian float32; `geom` holds their lines in the same order.
    """

    __tablename__ = "street_piece"

    jurisdiction_id: Mapped[int] = required("organisation")
    grid_code: Mapped[RequiredText]
    signature: Mapped[RequiredText]
    plan_id: Mapped[int] = required("plan")
    pieces: Mapped[int] = count_of()
    lengths: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)
    geom: Mapped[Any] = mapped_column(
        Geometry("MULTILINESTRING", srid=4326, spatial_index=False), nullable=False
    )
    recorded_at: Mapped[RecordedAt]

    __table_args__ = (
        PrimaryKeyConstraint("jurisdiction_id", "grid_code", "signature"),
        CheckConstraint(BASIC_GRID, name="grid_code"),
        CheckConstraint("length(lengths) = 4 * pieces", name="lengths"),
        Index(None, "plan_id"),
    )


class StreetWalked(Base):
    """Which pieces of a grid's streets were walked on a day, by anybody: a bit for each piece.

    `signature` tells by which boundaries and streets the pieces were cut: only bits of the same
    pieces can be put together.
    """

    __tablename__ = "street_walked"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = required("organisation")
    grid_code: Mapped[RequiredText]
    day: Mapped[date] = day_of()
    signature: Mapped[RequiredText]
    pieces: Mapped[int] = count_of()
    walked: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)

    __table_args__ = (
        CheckConstraint(BASIC_GRID, name="grid_code"),
        CheckConstraint("length(walked) = (pieces + 7) / 8", name="walked"),
        UniqueConstraint("jurisdiction_id", "grid_code", "day", "signature"),
    )


class PatrolSetting(Base):
    """How long tracks are kept, how near is walked, and whether missing diaries are told of, from
    its recording on until the next one."""

    __tablename__ = "patrol_setting"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = required("organisation")
    keep_days: Mapped[int] = count_of()
    within_m: Mapped[float] = mapped_column(Double, nullable=False)
    remind: Mapped[bool] = mapped_column(Boolean, nullable=False, server_default=text("true"))
    recorded_at: Mapped[RecordedAt]
    recorded_by: Mapped[str] = recorded_by()

    __table_args__ = (
        CheckConstraint("keep_days BETWEEN 1 AND 3650", name="keep_days"),
        CheckConstraint("within_m BETWEEN 1 AND 200", name="within"),
        Index(None, "jurisdiction_id", "id"),
    )


class PatrolFind(Base):
    """A case that somebody on the ground found: whose, where and when. Append-only.

    `patrol_key`: the phone's key of the round; without it the round of the account at that moment.
    """

    __tablename__ = "patrol_find"

    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), primary_key=True)
    jurisdiction_id: Mapped[int] = required("organisation")
    grid_code: Mapped[OptionalText]
    account_id: Mapped[int] = required("account")
    person_id: Mapped[int | None] = optional("person")
    patrol_key: Mapped[UUID | None] = mapped_column(Uuid)
    found_at: Mapped[Moment]
    recorded_at: Mapped[RecordedAt]

    __table_args__ = (
        Index(None, "jurisdiction_id", "found_at"),
        Index(None, "account_id", "found_at"),
        Index(None, "person_id"),
    )


class StreetLength(Base):
    """How long the streets of a basic grid are, whether or not anybody walked there. `mark`: by
    which streets it was measured."""

    __tablename__ = "street_length"

    plan_id: Mapped[int] = required("plan")
    grid_code: Mapped[RequiredText]
    streets_m: Mapped[float] = mapped_column(Double, nullable=False)
    mark: Mapped[RequiredText]

    __table_args__ = (
        PrimaryKeyConstraint("plan_id", "grid_code"),
        CheckConstraint(BASIC_GRID, name="grid_code"),
        CheckConstraint("streets_m >= 0", name="streets_m"),
    )
