"""What a dispatcher chose near a boundary, and how near counts as near. Append-only."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gis.store.models.base import Base, Id, OptionalText, RecordedAt, RequiredText


class OwnerChoice(Base):
    """A dispatcher gave a case near a boundary to one of the grids that were offered."""

    __tablename__ = "owner_choice"

    id: Mapped[Id]
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), nullable=False)
    at: Mapped[RecordedAt]
    actor: Mapped[RequiredText]
    reason: Mapped[RequiredText]
    # The version of the case that the dispatcher looked at, and all that was offered for it.
    version: Mapped[int] = mapped_column(Integer, nullable=False)
    offered: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, nullable=False)
    was_grid_code: Mapped[OptionalText]
    chosen_grid_code: Mapped[RequiredText]
    distance_m: Mapped[float] = mapped_column(Double, nullable=False)

    __table_args__ = (
        CheckConstraint("distance_m >= 0", name="distance"),
        Index(None, "incident_id", "id"),
    )


class RoutingSetting(Base):
    """How near a boundary is near in a jurisdiction, from its recording on until the next one."""

    __tablename__ = "routing_setting"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    near_edge_m: Mapped[float] = mapped_column(Double, nullable=False)
    nearest_within_m: Mapped[float] = mapped_column(Double, nullable=False)
    recorded_at: Mapped[RecordedAt]
    recorded_by: Mapped[RequiredText]

    __table_args__ = (
        CheckConstraint("near_edge_m BETWEEN 0 AND 1000", name="near_edge"),
        CheckConstraint("nearest_within_m BETWEEN 0 AND 1000", name="nearest_within"),
        Index(None, "jurisdiction_id", "id"),
    )
