"""Clocks in the database: started by reports and imports, turned by steps, never by accident."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text

from gis.errors import ConflictError, InputError
from gis.incidents.clocks import ClockEffect
from gis.incidents.deadlines import Allowance, Setting
from gis.store.engine import acting, make_engine
from gis.workflows import deadlines
from gis.workflows.clocks import turn
from gis.workflows.deadlines import Row
from gis.workflows.intake import IncidentReport, report_incident
from gis.workflows.locators import Locators
from tests.factories import SOUTH, WEST, Town, make_town

ZONE = ZoneInfo("Asia/Shanghai")
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


@pytest.fixture
def town(engine: Engine) -> Town:
    made = make_town(engine)
    deadlines.begin(
        engine, made.jurisdiction_id, actor="tests", reason="defaults", since=LONG_AGO,
        first_year=2025,
    )  # fmt: skip
    return made


def report(engine: Engine, moment: datetime, category: str = "03", **more: object) -> int:
    given = IncidentReport(
        category=category, title="Something", lon=WEST + 0.001, lat=SOUTH + 0.001, source="patrol",
        crs="EPSG:4326", reported_at=moment, **more,
    )  # fmt: skip
    return report_incident(
        engine, Locators(), given, actor="tests", time_zone="Asia/Shanghai"
    ).incident_id


def clocks(engine: Engine, incident_id: int) -> dict[str, dict]:
    query = "SELECT * FROM clock WHERE incident_id = :id ORDER BY id"
    with engine.connect() as connection:
        rows = connection.execute(text(query), {"id": incident_id}).mappings()
        return {row["kind"]: dict(row) for row in rows}


def do(engine: Engine, incident_id: int, kind: str, moment: datetime, **effect: object):
    with acting(engine, "tests") as connection:
        return turn(
            connection, [incident_id], ClockEffect(kind=kind, **effect), at=moment, actor="tests"
        )[incident_id]


def test_a_report_gets_the_clock_of_its_category_and_is_due_when_it_says(engine, town):
    # 15 working days after Friday 25 September 2026, over National Day and its make-up day.
    incident_id = report(engine, at(9, 25, 10))
    found = clocks(engine, incident_id)["case"]
    assert found["due_at"] == at(10, 22, 18)
    with engine.connect() as connection:
        due = connection.scalar(text("SELECT due_at FROM incident"))
    assert due == at(10, 22, 18)


def test_parking_and_reopening_give_back_what_they_took(engine, town):
    incident_id = report(engine, at(11, 16, 9))
    due = clocks(engine, incident_id)["case"]["due_at"]
    assert do(engine, incident_id, "pause", at(11, 17, 9)) is None
    assert do(engine, incident_id, "keep", at(11, 18, 9)) is None
    assert do(engine, incident_id, "resume", at(11, 18, 9)) == due + timedelta(days=1)
    judged = do(engine, incident_id, "stop", at(11, 19, 9))
    assert judged == due + timedelta(days=1)
    assert do(engine, incident_id, "start", at(11, 20, 9), stage="dispatched") == at(12, 9, 18)
    assert [entry["turn"] for entry in clocks(engine, incident_id)["case"]["turns"]] == [
        "start", "pause", "resume", "stop", "start",
    ]  # fmt: skip
