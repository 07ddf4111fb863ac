"""What is kept ready for tiles: counts of incidents per cell of the map."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Integer, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from gis.store.models.base import Base, Id, RequiredText


class IncidentCell(Base):
    """Incidents of one category in one cell: 16 by 16 cells make a tile of zoom `level`.

    Levels are 6, 8, 10 and 12: a zoom between is summed from the next finer one.
    `cell` is the Morton key of the cell. Triggers count; several rows may share a cell, and its
    figures are their sums. The sums of pixels (zoom 30) give the mean place.
    """

    __tablename__ = "incident_cell"

    id: Mapped[Id]
    level: Mapped[int] = mapped_column(SmallInteger, nullable=False)
    cell: Mapped[int] = mapped_column(BigInteger, nullable=False)
    category: Mapped[RequiredText]
    found: Mapped[int] = mapped_column(Integer, nullable=False)
    open: Mapped[int] = mapped_column(Integer, nullable=False)
    sum_px: Mapped[int] = mapped_column(BigInteger, nullable=False)
    sum_py: Mapped[int] = mapped_column(BigInteger, nullable=False)
    open_sum_px: Mapped[int] = mapped_column(BigInteger, nullable=False)
    open_sum_py: Mapped[int] = mapped_column(BigInteger, nullable=False)

    __table_args__ = (
        Index("ix_incident_cell", "level", "cell", "category"),
        {"postgresql_with": {"fillfactor": 70}},
    )
