"""Photos: an upload first, then a part of a case. The picture itself is a file (`gis.files`)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, text
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
from gis.store.models.incident import STAGES


class Photo(Base):
    """One photo that somebody sent. `sha256` is that of the stored picture and names its file.

    `key` is the sender's own: sent twice it is one photo, and `sent_sha256` tells whether it was
    the same file. `place` is what the camera knew of where it stood; it is offered to the sender
    and forgotten when the photo is used, and so is the `address` from which a stranger sent it. A
    used photo never changes; an unused one is deleted after a while.
    """

    __tablename__ = "photo"

    id: Mapped[Id]
    sha256: Mapped[RequiredText]
    bytes: Mapped[int] = mapped_column(Integer, nullable=False)
    width: Mapped[int] = mapped_column(Integer, nullable=False)
    height: Mapped[int] = mapped_column(Integer, nullable=False)
    taken_at: Mapped[OptionalMoment]
    place: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    file_name: Mapped[OptionalText]
    sent_sha256: Mapped[RequiredText]
    key: Mapped[OptionalText]
    uploaded_by: Mapped[RequiredText]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    address: Mapped[OptionalText]
    uploaded_at: Mapped[RecordedAt]
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id"))
    supplement_id: Mapped[int | None] = mapped_column(ForeignKey("supplement.id"))
    report_id: Mapped[int | None] = mapped_column(ForeignKey("unlocated_report.id"))
    stage: Mapped[OptionalText]
    used_at: Mapped[OptionalMoment]
    used_by: Mapped[OptionalText]

    __table_args__ = (
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        CheckConstraint("bytes > 0 AND width > 0 AND height > 0", name="size"),
        CheckConstraint(f"stage IN ({STAGES})", name="stage"),
        CheckConstraint(
            "(coalesce(incident_id, report_id) IS NULL) = (used_at IS NULL)"
            " AND (used_at IS NULL) = (used_by IS NULL)",
            name="used",
        ),
        CheckConstraint("incident_id IS NULL OR stage IS NOT NULL", name="used_stage"),
        CheckConstraint("used_at IS NULL OR place IS NULL", name="place_forgotten"),
        CheckConstraint("used_at IS NULL OR address IS NULL", name="address_forgotten"),
        Index(
            "uq_photo_key", "account_id", "key", unique=True,
            postgresql_where=text("account_id IS NOT NULL"),
        ),
        Index(
            "uq_photo_key_of_strangers", "uploaded_by", "key", unique=True,
            postgresql_where=text("account_id IS NULL"),
        ),
        Index("ix_photo_incident_id", "incident_id", "id"),
        Index("ix_photo_sha256", "sha256"),
        Index(
            "ix_photo_waiting", "account_id", "address", "uploaded_at",
            postgresql_where=text("used_at IS NULL"),
        ),
    )  # fmt: skip
