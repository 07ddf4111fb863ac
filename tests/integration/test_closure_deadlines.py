"""A deadline that was missed stays missed: steps that come after it make no figure better."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from gis.incidents.deadlines import Allowance, Setting
from gis.store.engine import acting
from gis.workflows import deadlines
from gis.workflows.deadlines import Row
from tests.integration.closure_help import DAY, NOW, app_of, figures, listed
from tests.integration.steps_help import make_desk

WINDOW = {"since": NOW - 30 * DAY, "until": None}
LATER = NOW + 30 * DAY


@pytest.fixture
def desk(engine: Engine) -> Any:
    made = make_desk(engine)
    deadlines.begin(
        engine, made.town.jurisdiction_id, actor="tests", reason="defaults",
        since=NOW - 400 * DAY, first_year=NOW.year - 1,
    )  # fmt: skip
    row = Row(category="0101", allowance=Allowance(amount=24, unit="calendar_hours"))
    deadlines.record(
        engine, made.town.jurisdiction_id, row, since=NOW - 300 * DAY, reason="x", actor="tests"
    )
    return made


def told(client: TestClient, desk: Any) -> tuple[int, ...]:
    """Due, closed, on time, reopened, overdue, and resting."""
    found = figures(client, desk.town, **WINDOW)
    total = found["total"]
    names = ("due", "closed", "on_time", "reopened", "overdue")
    return (*(total[name] for name in names), found["beside"]["resting"])


def test_what_was_missed_stays_missed_whatever_is_granted_afterwards(engine, desk, tmp_path):
    case = desk.report(reported_at=NOW - 10 * DAY)  # due a day later
    with app_of(engine, tmp_path) as client:
        missed = (1, 0, 0, 0, 1, 0)
        assert told(client, desk) == missed
        desk.take(case, "park", desk.lead(), reason="冬季", until=LATER)
        desk.take(case, "approve_parking", desk.leader)
        assert told(client, desk) == missed
        desk.take(case, "resume", desk.leader)
        assert told(client, desk) == missed
        desk.take(case, "extend", desk.lead(), reason="再要时间", until=LATER)
        desk.take(case, "approve_extension", desk.leader)
        assert desk.row(case)["due_at"] > NOW
        assert told(client, desk) == missed
        finish(desk, case)
        assert told(client, desk) == (1, 1, 0, 0, 0, 0)
        desk.take(case, "reopen", desk.dispatcher, reason="没有办好")
        assert told(client, desk) == (1, 0, 0, 1, 1, 0)
        window = {"since": NOW - 9.5 * DAY, "until": NOW - 8.5 * DAY}
        assert listed(client, desk.town, "missed", **window) == [case]


def test_all_time_anew_after_a_late_closing_does_not_heal_it(engine, desk, tmp_path):
    deadlines.change_setting(
        engine, desk.town.jurisdiction_id, Setting(reopened="anew"), actor="tests", reason="x"
    )
    case = desk.report(reported_at=NOW - 10 * DAY)
    finish(desk, case)
    desk.take(case, "reopen", desk.dispatcher, reason="没有办好")
    assert desk.row(case)["due_at"] > NOW
    finish(desk, case)
    with app_of(engine, tmp_path) as client:
        assert told(client, desk) == (1, 1, 0, 1, 0, 0)


def test_a_case_that_rests_in_time_is_not_due_and_is_told_beside(engine, desk, tmp_path):
    case = desk.report(reported_at=NOW - timedelta(hours=2))
    desk.take(case, "park", desk.lead(), reason="冬季", until=LATER)
    desk.take(case, "approve_parking", desk.leader)
    with app_of(engine, tmp_path) as client:
        assert told(client, desk) == (0, 0, 0, 0, 0, 1)
        assert listed(client, desk.town, "resting", **WINDOW) == [case]
        desk.take(case, "resume", desk.leader)
        assert told(client, desk) == (0, 0, 0, 0, 0, 0)


def test_a_stage_that_is_overdue_does_not_make_the_case_due(engine, desk, tmp_path):
    """The clock of the whole case judges, not that of a stage."""
    case = desk.report(category="03", reported_at=NOW - 2 * DAY)  # 15 working days
    row = Row(stage="dispatched", allowance=Allowance(amount=0.25, unit="calendar_hours"))
    deadlines.record(
        engine, desk.town.jurisdiction_id, row, since=NOW - 300 * DAY, reason="x", actor="tests"
    )
    with acting(engine, "tests") as connection:
        connection.execute(
            text("UPDATE incident SET due_at = :at WHERE id = :id"),
            {"at": NOW - DAY, "id": case},
        )
    with app_of(engine, tmp_path) as client:
        assert told(client, desk) == (0, 0, 0, 0, 0, 0)


def finish(desk: Any, case: int) -> None:
    """Everything that is left to do of a case, up to its closing."""
    if desk.row(case)["stage"] == "registered":
        desk.take(case, "dispatch", desk.dispatcher)
    desk.take(case, "handle", desk.lead(), result="已清理")
    desk.take(case, "feed_back", desk.lead(), result="现场已恢复")
    desk.take(case, "verify_result", desk.doer("dispatcher", "核查员"), verdict=True)
    desk.take(case, "close", desk.dispatcher)
