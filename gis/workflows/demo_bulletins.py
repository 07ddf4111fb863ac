"""The demo city's bulletins: the last week's is there, and both kinds are made by schedule."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from gis.assessment.periods import last_ended
from gis.store.bulletins import Subject
from gis.workflows.analysis import LeaderView
from gis.workflows.bulletins import Office, make_again, set_series
from gis.workflows.closure import ClosureView

SEVEN = 7 * 60  # minutes after midnight, of the day after the period


def write_bulletins(
    engine: Engine, jurisdiction_id: int, *, now: datetime, time_zone: str, actor: str
) -> None:
    """Set both schedules of a jurisdiction and make the bulletin of its last week."""
    office = Office(leader=LeaderView(), closure=ClosureView(), time_zone=time_zone)
    subjects = {
        kind: Subject(jurisdiction_id=jurisdiction_id, area_code=None, kind=kind)
        for kind in ("week", "month")
    }
    for subject in subjects.values():
        set_series(engine, subject, (1, SEVEN), actor=actor)
    week = last_ended(now, "week", office.zone)
    make_again(engine, office, subjects["week"], week.since, reason=None, actor=actor)
