"""In which coordinate system each source reports. Append-only: the newest row of a source holds."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped

from gis.store.models.base import Base, Id, RecordedAt, RequiredText
from gis.store.models.incident import SOURCES


class SourceSystem(Base):
    """From its recording on, reports of a source that name no system are in this one."""

    __tablename__ = "source_system"

    id: Mapped[Id]
    source: Mapped[RequiredText]
    crs: Mapped[RequiredText]
    recorded_at: Mapped[RecordedAt]
    recorded_by: Mapped[RequiredText]

    __table_args__ = (
        CheckConstraint(f"source IN ({SOURCES})", name="source"),
        Index(None, "source", "id"),
    )
