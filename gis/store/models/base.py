"""What every table shares: one metadata with named constraints, and the geometry columns."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, Computed, DateTime, Identity, MetaData, Text, text
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Rows of the store. They never leave `gis.store`."""

    metadata = MetaData(naming_convention=NAMES)


Id = Annotated[int, mapped_column(BigInteger, Identity(always=False), primary_key=True)]
RequiredText = Annotated[str, mapped_column(Text, nullable=False)]
OptionalText = Annotated[str | None, mapped_column(Text)]
Moment = Annotated[datetime, mapped_column(DateTime(timezone=True), nullable=False)]
OptionalMoment = Annotated[datetime | None, mapped_column(DateTime(timezone=True))]
RecordedAt = Annotated[
    datetime,
    mapped_column(DateTime(timezone=True), nullable=False, server_default=text("now()")),
]


def wgs84(kind: str) -> Any:
    """A required geometry in EPSG:4326. Queries go to the Web Mercator twin, so it has no index."""
    return mapped_column(Geometry(kind, srid=4326, spatial_index=False), nullable=False)


def web_mercator(kind: str, source: str) -> Any:
    """The same geometry in EPSG:3857, kept by the database, so that tiles transform nothing.

    The GiST index is declared with the table: GeoAlchemy2 would build its own beside it.
    """
    return mapped_column(
        Geometry(kind, srid=3857, spatial_index=False),
        Computed(f"ST_Transform({source}, 3857)", persisted=True),
    )
