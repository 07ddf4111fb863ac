"""What dispatchers keep for themselves: their views of the queue."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from gis.store.models.base import Base, Id, RecordedAt, RequiredText


class SavedView(Base):
    """Filters and order of the queue under a name, as the query of the page's address.

    A shared one is seen by all accounts of `organisation_id` (NULL: of the whole installation).
    The default is what its owner's desk begins with.
    """

    __tablename__ = "saved_view"

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), nullable=False)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[RequiredText]
    query: Mapped[str] = mapped_column(Text, nullable=False)
    shared: Mapped[bool] = mapped_column(Boolean, nullable=False, server_default=text("false"))
    is_default: Mapped[bool] = mapped_column(Boolean, nullable=False, server_default=text("false"))
    recorded_at: Mapped[RecordedAt]

    __table_args__ = (
        UniqueConstraint("account_id", "name"),
        CheckConstraint("length(name) BETWEEN 1 AND 60", name="name_length"),
        CheckConstraint("length(query) <= 2000", name="query_length"),
        Index(
            "uq_saved_view_default", "account_id",
            unique=True, postgresql_where=text("is_default"),
        ),
        Index("ix_saved_view_shared", "organisation_id", postgresql_where=text("shared")),
    )  # fmt: skip
