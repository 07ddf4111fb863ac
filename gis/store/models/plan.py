"""Atomic units, plans, and the grids that a plan makes of the units."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Computed,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from gis.store.models.base import (
    Base,
    Id,
    Moment,
    OptionalMoment,
    OptionalText,
    RecordedAt,
    RequiredText,
    web_mercator,
    wgs84,
)

STATUSES = "'draft', 'in_review', 'published', 'superseded'"


class Unit(Base):
    """The smallest piece a grid is made of. A split retires a unit and points its parts at it."""

    __tablename__ = "unit"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    code: Mapped[RequiredText]
    population: Mapped[int] = mapped_column(Integer, nullable=False)
    households: Mapped[int] = mapped_column(Integer, nullable=False, server_default=text("0"))
    area_m2: Mapped[float] = mapped_column(Double, nullable=False)
    split_from_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    retired_at: Mapped[OptionalMoment]
    geom: Mapped[Any] = wgs84("POLYGON")
    geom_3857: Mapped[Any] = web_mercator("POLYGON", "geom")

    __table_args__ = (
        UniqueConstraint("jurisdiction_id", "code"),
        CheckConstraint("population >= 0 AND households >= 0", name="counts"),
        CheckConstraint("area_m2 > 0", name="area"),
        CheckConstraint("ST_IsValid(geom)", name="valid"),
        Index("ix_unit_geom_3857", "geom_3857", postgresql_using="gist"),
        Index(None, "split_from_id", postgresql_where=text("split_from_id IS NOT NULL")),
    )


class Plan(Base):
    """One version of a jurisdiction's boundaries. At any moment at most one is in force."""

    __tablename__ = "plan"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    name: Mapped[RequiredText]
    note: Mapped[OptionalText]
    status: Mapped[str] = mapped_column(Text, nullable=False, server_default=text("'draft'"))
    effective: Mapped[Range[datetime] | None] = mapped_column(TSTZRANGE)
    based_on_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"))
    balance: Mapped[str] = mapped_column(Text, nullable=False, server_default=text("'pop'"))
    tolerance: Mapped[float] = mapped_column(Double, nullable=False)
    measures: Mapped[dict[str, Any]] = mapped_column(
        JSONB, nullable=False, server_default=text("'{}'")
    )
    created_by: Mapped[RequiredText]
    created_at: Mapped[RecordedAt]

    __table_args__ = (
        CheckConstraint(f"status IN ({STATUSES})", name="status"),
        CheckConstraint("tolerance > 0 AND tolerance < 1", name="tolerance"),
        CheckConstraint(
            "(status IN ('published', 'superseded')) = (effective IS NOT NULL)", name="effective"
        ),
        CheckConstraint("NOT isempty(effective)", name="effective_not_empty"),
        CheckConstraint(
            "status <> 'superseded' OR NOT upper_inf(effective)", name="superseded_ended"
        ),
        ExcludeConstraint(("jurisdiction_id", "="), ("effective", "&&"), name="ex_plan_effective"),
        UniqueConstraint("id", "jurisdiction_id"),
        Index(None, "jurisdiction_id", "created_at"),
    )


class PlanEvent(Base):
    """One step in a plan's life: who made, reviewed or published it, when and why. Append-only."""

    __tablename__ = "plan_event"

    id: Mapped[Id]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), nullable=False)
    at: Mapped[RecordedAt]
    actor: Mapped[RequiredText]
    action: Mapped[RequiredText]
    from_status: Mapped[OptionalText]
    to_status: Mapped[RequiredText]
    reason: Mapped[OptionalText]
    data: Mapped[dict[str, Any] | None] = mapped_column(JSONB)

    __table_args__ = (Index(None, "plan_id", "at"),)


class Grid(Base):
    """A grid of one plan: level 1 sub-district, 2 community, 3 basic grid.

    The national code carries the tree: nine digits for level 1, twelve for level 2, fifteen for
    level 3, each beginning with its parent's. Level and parent are read off it by the database.
    """

    __tablename__ = "grid"

    id: Mapped[Id]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"), nullable=False)
    code: Mapped[RequiredText]
    level: Mapped[int] = mapped_column(
        SmallInteger, Computed("(length(code) / 3 - 2)::smallint", persisted=True)
    )
    parent_code: Mapped[str | None] = mapped_column(
        Text,
        Computed(
            "CASE WHEN length(code) > 9 THEN left(code, length(code) - 3) END", persisted=True
        ),
    )
    name_zh: Mapped[RequiredText]
    name_en: Mapped[OptionalText]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    population: Mapped[int] = mapped_column(Integer, nullable=False)
    households: Mapped[int] = mapped_column(Integer, nullable=False)
    area_m2: Mapped[float] = mapped_column(Double, nullable=False)
    load: Mapped[float] = mapped_column(Double, nullable=False)
    deviation: Mapped[float] = mapped_column(Double, nullable=False)
    units: Mapped[int] = mapped_column(Integer, nullable=False)
    compactness: Mapped[float] = mapped_column(Double, nullable=False)
    hue: Mapped[int] = mapped_column(SmallInteger, nullable=False)
    geom: Mapped[Any] = wgs84("MULTIPOLYGON")
    geom_3857: Mapped[Any] = web_mercator("MULTIPOLYGON", "geom")
    # Simplified as a whole coverage by whoever stores the plan, so that neighbours still fit.
    geom_3857_low: Mapped[Any] = mapped_column(
        Geometry("MULTIPOLYGON", srid=3857, spatial_index=False), nullable=False
    )

    __table_args__ = (
        UniqueConstraint("plan_id", "code"),
        UniqueConstraint("id", "plan_id", "level"),
        UniqueConstraint("id", "level"),
        UniqueConstraint("id", "code"),
        ForeignKeyConstraint(["plan_id", "parent_code"], ["grid.plan_id", "grid.code"]),
        CheckConstraint("code ~ '^[0-9]{9}([0-9]{3}){0,2}$'", name="code"),
        CheckConstraint("population >= 0 AND households >= 0 AND units > 0", name="counts"),
        CheckConstraint("area_m2 > 0", name="area"),
        CheckConstraint("compactness > 0 AND compactness <= 1", name="compactness"),
        CheckConstraint("hue BETWEEN 0 AND 5", name="hue"),
        CheckConstraint("ST_IsValid(geom)", name="valid"),
        Index("ix_grid_geom_3857", "plan_id", "level", "geom_3857", postgresql_using="gist"),
        Index(None, "plan_id", "level"),
        Index(None, "organisation_id"),
    )


class GridUnit(Base):
    """The function that a plan is: each unit in exactly one basic grid."""

    __tablename__ = "grid_unit"

    plan_id: Mapped[int] = mapped_column(BigInteger)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    grid_id: Mapped[int] = mapped_column(BigInteger, nullable=False)
    grid_level: Mapped[int] = mapped_column(SmallInteger, Computed("3::smallint", persisted=True))

    __table_args__ = (
        PrimaryKeyConstraint("plan_id", "unit_id"),
        ForeignKeyConstraint(
            ["grid_id", "plan_id", "grid_level"],
            ["grid.id", "grid.plan_id", "grid.level"],
            ondelete="CASCADE",
        ),
        Index(None, "grid_id"),
        Index(None, "unit_id"),
    )


class Street(Base):
    """A line of the base map: street, railway, or wall, with its class from 0 to 6."""

    __tablename__ = "street"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    kind: Mapped[RequiredText]
    cls: Mapped[int] = mapped_column(SmallInteger, nullable=False)
    name_zh: Mapped[OptionalText]
    name_en: Mapped[OptionalText]
    geom: Mapped[Any] = wgs84("LINESTRING")
    geom_3857: Mapped[Any] = web_mercator("LINESTRING", "geom")

    __table_args__ = (
        CheckConstraint("kind IN ('road', 'rail', 'river', 'wall')", name="kind"),
        CheckConstraint("cls BETWEEN 0 AND 6", name="cls"),
        Index("ix_street_geom_3857", "geom_3857", postgresql_using="gist"),
        Index(None, "jurisdiction_id"),
    )


class Building(Base):
    """A building of the base map, with its people where they are known."""

    __tablename__ = "building"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    code: Mapped[RequiredText]
    compound: Mapped[OptionalText]
    name_zh: Mapped[OptionalText]
    name_en: Mapped[OptionalText]
    floors: Mapped[int | None] = mapped_column(SmallInteger)
    population: Mapped[int] = mapped_column(Integer, nullable=False, server_default=text("0"))
    households: Mapped[int] = mapped_column(Integer, nullable=False, server_default=text("0"))
    geom: Mapped[Any] = wgs84("POLYGON")
    geom_3857: Mapped[Any] = web_mercator("POLYGON", "geom")

    __table_args__ = (
        UniqueConstraint("jurisdiction_id", "code"),
        CheckConstraint("population >= 0 AND households >= 0", name="counts"),
        Index("ix_building_geom_3857", "geom_3857", postgresql_using="gist"),
    )


class Water(Base):
    """Water and parks of the base map."""

    __tablename__ = "water"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    kind: Mapped[RequiredText]
    name_zh: Mapped[OptionalText]
    name_en: Mapped[OptionalText]
    geom: Mapped[Any] = wgs84("MULTIPOLYGON")
    geom_3857: Mapped[Any] = web_mercator("MULTIPOLYGON", "geom")

    __table_args__ = (
        CheckConstraint("kind IN ('river', 'lake', 'park')", name="kind"),
        Index("ix_water_geom_3857", "geom_3857", postgresql_using="gist"),
        Index(None, "jurisdiction_id"),
    )


class HandOver(Base):
    """One open incident that a new plan, or a departure, gave to somebody else or another grid.

    A note to both people: each has a mark of its own for having read it. `choice_ended`: it had
    been given to a near grid by a dispatcher, which the plan does not leave near.
    """

    __tablename__ = "hand_over"

    id: Mapped[Id]
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"))
    departure_id: Mapped[int | None] = mapped_column(ForeignKey("departure.id"))
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), nullable=False)
    from_grid_id: Mapped[int | None] = mapped_column(ForeignKey("grid.id"))
    to_grid_id: Mapped[int | None] = mapped_column(ForeignKey("grid.id"))
    from_queue_id: Mapped[int | None] = mapped_column(ForeignKey("queue.id"))
    to_queue_id: Mapped[int | None] = mapped_column(ForeignKey("queue.id"))
    from_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    to_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[Moment]
    read_by_from_at: Mapped[OptionalMoment]
    read_by_to_at: Mapped[OptionalMoment]
    choice_ended: Mapped[bool] = mapped_column(
        Boolean, nullable=False, server_default=text("false")
    )

    __table_args__ = (
        UniqueConstraint("plan_id", "incident_id"),
        CheckConstraint("num_nonnulls(from_grid_id, from_queue_id) = 1", name="one_from"),
        CheckConstraint("num_nonnulls(to_grid_id, to_queue_id) = 1", name="one_to"),
        CheckConstraint("num_nonnulls(plan_id, departure_id) = 1", name="one_cause"),
        Index(None, "departure_id"),
        # Grids of drafts go: each asks whether anything points at it.
        Index(None, "from_grid_id"),
        Index(None, "to_grid_id"),
        Index(None, "from_person_id"),
        Index(None, "to_person_id"),
        Index(None, "incident_id"),
    )


class CarriedOver(Base):
    """The open incidents that a newly published plan left with their owners: who, when and why.

    Their plan, and with it the rows of their grid and post, became another one; nothing else did.
    """

    __tablename__ = "carried_over"

    id: Mapped[Id]
    from_plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), nullable=False)
    to_plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), nullable=False)
    at: Mapped[Moment]
    actor: Mapped[RequiredText]
    action: Mapped[RequiredText]
    reason: Mapped[OptionalText]
    incident_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), nullable=False)

    __table_args__ = (Index(None, "at"),)


__all__ = [
    "Building",
    "CarriedOver",
    "Grid",
    "GridUnit",
    "HandOver",
    "Plan",
    "PlanEvent",
    "Street",
    "Unit",
    "Water",
]
