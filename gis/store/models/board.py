"""What is known of units beforehand, so that a draft can be judged while it is drawn."""

from __future__ import annotations

from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    CheckConstraint,
    Double,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from gis.store.models.base import Base, Id, Moment


def _unit() -> Any:
    return mapped_column(ForeignKey("unit.id", ondelete="CASCADE"), nullable=False)


class UnitEdge(Base):
    """The boundary that two units share, or that a unit has towards no other (`right_id` NULL).

    `cls`: what runs along at least half of it, 0 to 6 a street, 7 water, railway or wall; NULL:
    nothing. Pieces of a cut unit have edges beside those of the unit itself.
    """

    __tablename__ = "unit_edge"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    left_id: Mapped[int] = _unit()
    right_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id", ondelete="CASCADE"))
    length_m: Mapped[float] = mapped_column(Double, nullable=False)
    cls: Mapped[int | None] = mapped_column(SmallInteger)
    geom_3857: Mapped[Any] = mapped_column(
        Geometry("MULTILINESTRING", srid=3857, spatial_index=False), nullable=False
    )

    __table_args__ = (
        UniqueConstraint("left_id", "right_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("left_id < right_id", name="sides"),
        CheckConstraint("length_m > 0", name="length"),
        CheckConstraint("cls BETWEEN 0 AND 7", name="cls"),
        Index("ix_unit_edge_geom_3857", "geom_3857", postgresql_using="gist"),
        Index(None, "right_id"),
        Index(None, "jurisdiction_id"),
    )


class UnitCompound(Base):
    """A compound some of whose buildings lie in a unit, and the people in these."""

    __tablename__ = "unit_compound"

    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    unit_id: Mapped[int] = _unit()
    compound: Mapped[str] = mapped_column(Text, nullable=False)
    population: Mapped[int] = mapped_column(Integer, nullable=False)

    __table_args__ = (PrimaryKeyConstraint("unit_id", "compound"), Index(None, "jurisdiction_id"))


class UnitExpectation(Base):
    """How many incidents a year are to be expected in a unit: those of the 365 days before `as_of`.

    Only units with any have a row; when a jurisdiction was counted last says `ExpectationCount`.
    """

    __tablename__ = "unit_expectation"

    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    unit_id: Mapped[int] = _unit()
    per_year: Mapped[float] = mapped_column(Double, nullable=False)

    __table_args__ = (
        PrimaryKeyConstraint("unit_id"),
        CheckConstraint("per_year > 0", name="per_year"),
        Index(None, "jurisdiction_id"),
    )


class ExpectationCount(Base):
    """When the incidents of a jurisdiction were last counted by unit."""

    __tablename__ = "expectation_count"

    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    as_of: Mapped[Moment]

    __table_args__ = (PrimaryKeyConstraint("jurisdiction_id"),)
