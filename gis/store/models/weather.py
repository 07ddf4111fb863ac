"""Daily weather of places, which forecasts may be told of."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Date, Double, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from gis.store.models.base import Base, Id, RecordedAt, RequiredText


def measured() -> Mapped[float | None]:
    return mapped_column(Double)


class WeatherDay(Base):
    """A day's weather at a place (a station): observed, or what a forecast issued on a day before
    said. Append-only: of several rows for the same, the one recorded last counts, whole."""

    __tablename__ = "weather_day"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    place: Mapped[RequiredText]
    day: Mapped[date] = mapped_column(Date, nullable=False)
    issued_on: Mapped[date | None] = mapped_column(Date)
    mean_c: Mapped[float | None] = measured()
    min_c: Mapped[float | None] = measured()
    max_c: Mapped[float | None] = measured()
    rain_mm: Mapped[float | None] = measured()
    wind_m_s: Mapped[float | None] = measured()
    snow_cm: Mapped[float | None] = measured()
    source: Mapped[RequiredText]
    import_job_id: Mapped[int | None] = mapped_column(ForeignKey("import_job.id"))
    recorded_at: Mapped[RecordedAt]
    recorded_by: Mapped[str] = mapped_column(
        Text, nullable=False, server_default=text("current_actor()")
    )

    __table_args__ = (
        CheckConstraint("length(place) BETWEEN 1 AND 60", name="place_length"),
        CheckConstraint("length(source) BETWEEN 1 AND 200", name="source_length"),
        CheckConstraint("issued_on < day", name="issued_on"),
        CheckConstraint(
            "num_nonnulls(mean_c, min_c, max_c, rain_mm, wind_m_s, snow_cm) > 0", name="something"
        ),
        CheckConstraint(
            "mean_c BETWEEN -80 AND 60 AND min_c BETWEEN -80 AND 60 AND max_c BETWEEN -80 AND 60",
            name="warmth",
        ),
        CheckConstraint("min_c <= max_c AND min_c <= mean_c AND mean_c <= max_c", name="order"),
        CheckConstraint("rain_mm BETWEEN 0 AND 2000", name="rain"),
        CheckConstraint("wind_m_s BETWEEN 0 AND 120", name="wind"),
        CheckConstraint("snow_cm BETWEEN 0 AND 1000", name="snow"),
        Index("ix_weather_day_of", "jurisdiction_id", "place", "day", "issued_on", "id"),
        Index(None, "import_job_id", postgresql_where=text("import_job_id IS NOT NULL")),
    )
