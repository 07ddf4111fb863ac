"""What is planned for a time and may be ended before it: leave, shifts, rules, assets, duties."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Computed
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from gis.store.models.base import OptionalMoment, OptionalText, RecordedAt, RequiredText

# What was planned, cut where it was ended before its time; empty if that was before it began.
HELD = "planned * tstzrange(NULL, ended_at)"


class Planned:
    """Something planned for a time, with who recorded it, and who ended it early and why."""

    planned: Mapped[Range[datetime]] = mapped_column(TSTZRANGE, nullable=False)
    held: Mapped[Range[datetime]] = mapped_column(
        TSTZRANGE, Computed(HELD, persisted=True), nullable=False
    )
    recorded_at: Mapped[RecordedAt]
    recorded_by: Mapped[RequiredText]
    reason: Mapped[OptionalText]
    ended_at: Mapped[OptionalMoment]
    ended_by: Mapped[OptionalText]
    ended_reason: Mapped[OptionalText]


def planned_checks() -> tuple[CheckConstraint, CheckConstraint]:
    """It begins at some moment, and whoever ended it is named."""
    return (
        CheckConstraint("NOT isempty(planned) AND NOT lower_inf(planned)", name="since"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by"),
    )
