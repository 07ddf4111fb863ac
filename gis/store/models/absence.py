"""Who is away, who acts for them, and who is on duty when. Ended, never overwritten."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gis.store.models.base import Base, Id, RequiredText
from gis.store.models.planned import Planned, planned_checks


class Absence(Planned, Base):
    """A person's leave, with who acts for them in all their posts, if anybody does.

    It belongs to the person, not to a post: posts end and begin anew with every plan.
    """

    __tablename__ = "absence"

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False)
    substitute_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (
        CheckConstraint("substitute_id <> person_id", name="somebody_else"),
        *planned_checks(),
        ExcludeConstraint(("person_id", "="), ("held", "&&"), name="ex_absence_once"),
        Index(None, "substitute_id"),
    )


class Duty(Planned, Base):
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
        *planned_checks(),
        ExcludeConstraint(
            ("jurisdiction_id", "="), ("grid_code", "="), ("held", "&&"), name="ex_duty_one_at_once"
        ),
        Index(None, "person_id"),
    )
