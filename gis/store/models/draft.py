"""The working copy of a plan that is being drawn, and every operation on it."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gis.store.models.base import Base, OptionalMoment, OptionalText, RecordedAt, RequiredText


class Draft(Base):
    """What a plan has that is being drawn. `version`: the number of its last operation; `settled`:
    up to which one its grids are derived, -1 for never; `board`: counts changes of the set of its
    units; `origin`: what it was made from."""

    __tablename__ = "draft"

    plan_id: Mapped[int] = mapped_column(
        ForeignKey("plan.id"), primary_key=True, autoincrement=False
    )
    version: Mapped[int] = mapped_column(Integer, nullable=False, server_default=text("0"))
    settled: Mapped[int] = mapped_column(Integer, nullable=False, server_default=text("'-1'"))
    board: Mapped[int] = mapped_column(Integer, nullable=False, server_default=text("0"))
    origin: Mapped[dict[str, Any]] = mapped_column(
        JSONB, nullable=False, server_default=text("'{}'")
    )
    discarded_at: Mapped[OptionalMoment]
    discarded_by: Mapped[OptionalText]

    __table_args__ = (
        CheckConstraint("version >= 0 AND settled BETWEEN -1 AND version", name="version"),
        CheckConstraint("(discarded_at IS NULL) = (discarded_by IS NULL)", name="discarded"),
    )


class DraftGrid(Base):
    """A grid of a draft, of any level. A lock holds for what is below it, too."""

    __tablename__ = "draft_grid"

    plan_id: Mapped[int] = mapped_column(ForeignKey("draft.plan_id"), autoincrement=False)
    code: Mapped[RequiredText]
    name_zh: Mapped[RequiredText]
    name_en: Mapped[OptionalText]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    locked: Mapped[bool] = mapped_column(Boolean, nullable=False, server_default=text("false"))

    __table_args__ = (
        PrimaryKeyConstraint("plan_id", "code"),
        CheckConstraint("code ~ '^[0-9]{9}([0-9]{3}){0,2}$'", name="code"),
    )


class DraftUnit(Base):
    """A unit of a draft: its basic grid, whether it is to stay there, and what it moves with."""

    __tablename__ = "draft_unit"

    plan_id: Mapped[int] = mapped_column(ForeignKey("draft.plan_id"), autoincrement=False)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), autoincrement=False)
    grid_code: Mapped[OptionalText]
    pinned: Mapped[bool] = mapped_column(Boolean, nullable=False, server_default=text("false"))
    together: Mapped[int | None] = mapped_column(Integer)

    __table_args__ = (
        PrimaryKeyConstraint("plan_id", "unit_id"),
        ForeignKeyConstraint(
            ["plan_id", "grid_code"],
            ["draft_grid.plan_id", "draft_grid.code"],
            deferrable=True,
            initially="DEFERRED",
        ),
        CheckConstraint("length(grid_code) = 15", name="grid_code"),
        Index(None, "plan_id", "grid_code"),
        Index(
            "ix_draft_unit_together", "plan_id", "together",
            postgresql_where=text("together IS NOT NULL"),
        ),
        Index(None, "unit_id"),
    )  # fmt: skip


class DraftOperation(Base):
    """One change of a draft, with all that it changed. Kept as it was made: to undo it is another
    operation, which `undone_by` names until it is undone itself."""

    __tablename__ = "draft_operation"

    plan_id: Mapped[int] = mapped_column(ForeignKey("draft.plan_id"), autoincrement=False)
    number: Mapped[int] = mapped_column(Integer, autoincrement=False)
    key: Mapped[uuid.UUID] = mapped_column(Uuid, nullable=False)
    at: Mapped[RecordedAt]
    actor: Mapped[RequiredText]
    account_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(Text, nullable=False)
    params: Mapped[dict[str, Any]] = mapped_column(JSONB, nullable=False)
    delta: Mapped[dict[str, Any]] = mapped_column(JSONB, nullable=False)
    undoes: Mapped[int | None] = mapped_column(Integer)
    undone_by: Mapped[int | None] = mapped_column(Integer)

    __table_args__ = (
        PrimaryKeyConstraint("plan_id", "number"),
        UniqueConstraint("plan_id", "key"),
        CheckConstraint("undoes < number AND number < undone_by", name="undoes"),
        Index("ix_draft_operation_by", "plan_id", "account_id", "number"),
        Index(
            "ix_draft_operation_undone", "plan_id", "account_id", "undone_by",
            postgresql_where=text("undone_by IS NOT NULL"),
        ),
    )  # fmt: skip


class RequestKey(Base):
    """What a caller's Idempotency-Key made on the planner's desk: the row's number, of a `kind`."""

    __tablename__ = "request_key"

    caller: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    kind: Mapped[RequiredText]
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)
    made_id: Mapped[int] = mapped_column(BigInteger, nullable=False)
    recorded_at: Mapped[RecordedAt]

    __table_args__ = (PrimaryKeyConstraint("caller", "key"),)


__all__ = ["Draft", "DraftGrid", "DraftOperation", "DraftUnit", "RequestKey"]
