"""Bulletins: when they are made, what stood in each, and its files. None is ever changed."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    func,
    text,
)
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


class BulletinSeries(Base):
    """That a bulletin is made after each week or month, of a jurisdiction or one sub-district.

    On day `after_days` after the end of the period (1: the day after), `at_minute` minutes after
    midnight of the office's zone. A change ends a row and begins another: what was set stays.
    """

    __tablename__ = "bulletin_series"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    area_code: Mapped[OptionalText]
    kind: Mapped[RequiredText]
    after_days: Mapped[int] = mapped_column(SmallInteger, nullable=False)
    at_minute: Mapped[int] = mapped_column(SmallInteger, nullable=False)
    set_at: Mapped[RecordedAt]
    set_by: Mapped[RequiredText]
    ended_at: Mapped[OptionalMoment]
    ended_by: Mapped[OptionalText]

    __table_args__ = (
        CheckConstraint("kind IN ('week', 'month')", name="kind"),
        CheckConstraint("area_code ~ '^[0-9]{9}$'", name="area_code"),
        CheckConstraint("after_days BETWEEN 1 AND 20", name="after_days"),
        CheckConstraint("at_minute BETWEEN 0 AND 1439", name="at_minute"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_whole"),
        Index(
            "uq_bulletin_series_now", "jurisdiction_id", func.coalesce(text("area_code"), ""),
            "kind", unique=True, postgresql_where=text("ended_at IS NULL"),
        ),
    )  # fmt: skip


class Bulletin(Base):
    """The figures of a period as they stood when it was made; `edition` above 1 says why it was
    made again, and the former ones stay."""

    __tablename__ = "bulletin"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    area_code: Mapped[OptionalText]
    kind: Mapped[RequiredText]
    first_day: Mapped[date] = mapped_column(Date, nullable=False)
    edition: Mapped[int] = mapped_column(Integer, nullable=False)
    reason: Mapped[OptionalText]
    made_at: Mapped[RecordedAt]
    made_by: Mapped[RequiredText]
    figures: Mapped[dict[str, Any]] = mapped_column(JSONB, nullable=False)

    __table_args__ = (
        CheckConstraint("kind IN ('week', 'month')", name="kind"),
        CheckConstraint("area_code ~ '^[0-9]{9}$'", name="area_code"),
        CheckConstraint("edition > 0", name="edition"),
        CheckConstraint("edition = 1 OR length(reason) BETWEEN 1 AND 1000", name="why_again"),
        Index(
            "uq_bulletin_edition", "jurisdiction_id", func.coalesce(text("area_code"), ""), "kind",
            "first_day", "edition", unique=True,
        ),
    )  # fmt: skip


class BulletinFile(Base):
    """A bulletin as a file in one language; made from its figures, at the latest when missing."""

    __tablename__ = "bulletin_file"

    bulletin_id: Mapped[int] = mapped_column(ForeignKey("bulletin.id"), nullable=False)
    language: Mapped[RequiredText]
    form: Mapped[RequiredText]
    made_at: Mapped[RecordedAt]
    content: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)

    __table_args__ = (
        PrimaryKeyConstraint("bulletin_id", "language", "form"),
        CheckConstraint("language IN ('zh-CN', 'en')", name="language"),
        CheckConstraint("form IN ('pdf', 'xlsx')", name="form"),
    )
