"""What channels bring beside incidents: more reports of one case, reports that name no place yet,
and the codes by which people follow a case that they reported."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy import text as sql
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
from gis.store.models.incident import SOURCES


class Supplement(Base):
    """Another report of an incident that was there already: who else told it, when and what.

    Append-only. `caller`, `key` and `fingerprint` are those of the request, as for reports.
    """

    __tablename__ = "supplement"

    id: Mapped[Id]
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), nullable=False)
    source: Mapped[RequiredText]
    source_ref: Mapped[OptionalText]
    ref_of: Mapped[OptionalText]
    text: Mapped[OptionalText]
    reporter_name: Mapped[OptionalText]
    reporter_phone: Mapped[OptionalText]
    reported_at: Mapped[Moment]
    recorded_at: Mapped[RecordedAt]
    recorded_by: Mapped[RequiredText]
    caller: Mapped[OptionalText]
    key: Mapped[OptionalText]
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)

    __table_args__ = (
        CheckConstraint(f"source IN ({SOURCES})", name="source"),
        CheckConstraint("source_ref IS NULL OR ref_of IS NOT NULL", name="ref_of"),
        CheckConstraint("length(text) BETWEEN 1 AND 5000", name="text_length"),
        Index(None, "incident_id", "id"),
        Index("uq_supplement_key", "caller", "key", unique=True),
        Index(
            "uq_supplement_source_ref", "source", "source_ref", "ref_of",
            unique=True, postgresql_where=sql("source_ref IS NOT NULL"),
        ),
    )  # fmt: skip


class FollowCode(Base):
    """A secret that lets one reporter follow one case; only what was made of it is kept."""

    __tablename__ = "follow_code"

    id: Mapped[Id]
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), nullable=False)
    supplement_id: Mapped[int | None] = mapped_column(ForeignKey("supplement.id"))
    digest: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)
    recorded_at: Mapped[RecordedAt]

    __table_args__ = (
        UniqueConstraint("incident_id", "digest"),
        CheckConstraint("length(digest) = 32", name="digest"),
    )


class UnlocatedReport(Base):
    """A report that a channel took without coordinates: it waits for somebody to place it.

    It ends in one of three ways: as an incident, as a supplement of one, or refused with a reason.
    """

    __tablename__ = "unlocated_report"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    source: Mapped[RequiredText]
    source_ref: Mapped[RequiredText]
    ref_of: Mapped[RequiredText]
    category_code: Mapped[str | None] = mapped_column(ForeignKey("category.code"))
    severity: Mapped[int | None] = mapped_column(SmallInteger)
    title: Mapped[RequiredText]
    description: Mapped[OptionalText]
    address: Mapped[OptionalText]
    reporter_name: Mapped[OptionalText]
    reporter_phone: Mapped[OptionalText]
    reported_at: Mapped[Moment]
    recorded_at: Mapped[RecordedAt]
    recorded_by: Mapped[RequiredText]
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)
    settled_at: Mapped[OptionalMoment]
    settled_by: Mapped[OptionalText]
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id"))
    supplement_id: Mapped[int | None] = mapped_column(ForeignKey("supplement.id"))
    refused_reason: Mapped[OptionalText]

    __table_args__ = (
        UniqueConstraint("source", "source_ref", "ref_of"),
        CheckConstraint(f"source IN ({SOURCES})", name="source"),
        CheckConstraint("severity BETWEEN 1 AND 4", name="severity"),
        CheckConstraint("length(title) BETWEEN 1 AND 200", name="title_length"),
        CheckConstraint(
            "(settled_at IS NULL) = (settled_by IS NULL)"
            " AND num_nonnulls(incident_id, refused_reason)"
            " = CASE WHEN settled_at IS NULL THEN 0 ELSE 1 END"
            " AND (supplement_id IS NULL OR incident_id IS NOT NULL)",
            name="settled",
        ),
        Index(
            "ix_unlocated_report_waiting", "jurisdiction_id", "reported_at", "id",
            postgresql_where=sql("settled_at IS NULL"),
        ),
    )  # fmt: skip
