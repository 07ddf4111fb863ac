"""Clocks in the database: started by reports and imports, turned by steps, never by accident."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Thread
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from gis.errors import ConflictError, InputError, WanggeError
from gis.incidents.clocks import ClockEffect
from gis.incidents.deadlines import Allowance, Setting
from gis.store.engine import acting
from gis.workflows import deadlines, due
from gis.workflows.clocks import turn
from gis.workflows.deadlines import Row
from gis.workflows.incident_report import IncidentReport
from gis.workflows.intake import report_incident
from gis.workflows.locators import Locators
from tests.factories import SOUTH, WEST, Town, make_town
from tests.integration.import_help import rows, saved, taken_in

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


@contextmanager
def refused(kind: type[WanggeError], code: str) -> Iterator[None]:
    with pytest.raises(kind) as found:
        yield
    assert found.value.code == code


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


def test_returned_and_dispatched_again_the_stage_begins_anew_and_the_case_goes_on(engine, town):
    handle = Row(stage="dispatched", allowance=Allowance(amount=2, unit="working_days"))
    deadlines.record(
        engine, town.jurisdiction_id, handle, since=LONG_AGO, reason="x", actor="tests"
    )
    incident_id = report(engine, at(11, 16, 9))
    whole = clocks(engine, incident_id)["case"]["due_at"]
    now = datetime.now(UTC)
    back = now + timedelta(hours=1)
    due = do(engine, incident_id, "start", back, stage="registered")
    found = clocks(engine, incident_id)
    assert found["dispatched"]["stopped_at"] == back
    assert found["dispatched"]["next_at"] is None
    assert due == found["registered"]["due_at"] < whole
    again = back + timedelta(minutes=10)
    do(engine, incident_id, "start", again, stage="dispatched")
    found = clocks(engine, incident_id)
    assert found["dispatched"]["started_at"] == again
    assert found["dispatched"]["stopped_at"] is None
    assert found["case"]["due_at"] == whole
    assert len(found["case"]["turns"]) == 1


def test_a_table_that_changes_holds_for_clocks_that_start_afterwards(engine, town):
    incident_id = report(engine, at(11, 16, 9))
    before = clocks(engine, incident_id)["case"]
    with engine.connect() as connection:
        old = connection.scalar(text("SELECT id FROM deadline WHERE category_code = '03'"))
    row = Row(category="03", allowance=Allowance(amount=1, unit="calendar_hours"))
    deadlines.record(
        engine, town.jurisdiction_id, row, replaces=old, reason="stricter", actor="tests"
    )
    two_more = Allowance(amount=2, unit="working_days")
    assert do(engine, incident_id, "pause", at(11, 17, 9)) is None
    do(engine, incident_id, "resume", at(11, 18, 9))
    do(engine, incident_id, "extend", at(11, 18, 10), by=two_more)
    after = clocks(engine, incident_id)["case"]
    kept = ("deadline_id", "calendar_id", "amount", "unit", "started_at")
    assert [after[name] for name in kept] == [before[name] for name in kept]
    assert after["due_at"] == at(12, 10, 18)  # 7 December, a day later, two days later
    fresh = report(engine, datetime.now(UTC))
    found = clocks(engine, fresh)["case"]
    assert found["due_at"] - found["started_at"] == timedelta(hours=1)


def test_what_cannot_be_done_to_a_clock_is_refused_and_changes_nothing(engine, town):
    incident_id = report(engine, at(11, 16, 9))
    before = clocks(engine, incident_id)
    now = datetime.now(UTC)
    with refused(ConflictError, "clock-not-paused"):
        do(engine, incident_id, "resume", now)
    with refused(InputError, "extension-not-later"):
        do(engine, incident_id, "extend", now, until=at(11, 20, 9))
    with pytest.raises(DBAPIError, match="keeps the rule"), engine.begin() as connection:
        connection.execute(text("UPDATE clock SET amount = 99"))
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text("DELETE FROM clock"))
    assert clocks(engine, incident_id) == before
    do(engine, incident_id, "stop", now)
    with refused(ConflictError, "clock-none"):
        do(engine, incident_id, "extend", now, by=Allowance(amount=1, unit="working_days"))


def test_an_office_may_give_reopened_cases_all_their_time_anew(engine, town):
    deadlines.change_setting(
        engine, town.jurisdiction_id, Setting(reopened="anew"), reason="x", actor="tests"
    )
    incident_id = report(engine, at(11, 16, 9))
    do(engine, incident_id, "stop", at(11, 20, 9))
    again = do(engine, incident_id, "start", at(11, 23, 9), stage="dispatched")
    assert again == at(12, 14, 18)  # 15 working days after Monday 23 November
    with engine.connect() as connection:
        query = "SELECT stopped_at IS NULL FROM clock WHERE kind = 'case' ORDER BY id"
        assert connection.scalars(text(query)).all() == [False, True]


def test_two_at_once_turn_a_clock_one_after_the_other(engine, town):
    incident_id = report(engine, at(11, 16, 9))
    outcomes: list[object] = []

    def park() -> None:
        try:
            outcomes.append(do(engine, incident_id, "pause", datetime.now(UTC)))
        except ConflictError as refused:
            outcomes.append(refused.code)

    threads = [Thread(target=park) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ["None", *["clock-not-running"] * 3]
    turns = clocks(engine, incident_id)["case"]["turns"]
    assert [entry["turn"] for entry in turns] == ["start", "pause"]


def test_imported_cases_are_due_by_the_table_and_only_open_ones_have_clocks(engine, town, tmp_path):
    frame = rows(4)
    frame["类别"] = "03"
    frame["上报时间"] = "2026-09-25 10:00"
    frame["结案时间"] = ["2026-10-01 10:00", "2026-10-30 10:00", None, None]
    taken_in(engine, town, saved(frame, tmp_path / "cases.csv"))
    with engine.connect() as connection:
        found = connection.execute(
            text(
                "SELECT i.due_at, i.is_open, array_agg(c.kind ORDER BY c.kind)"
                " FILTER (WHERE c.id IS NOT NULL) AS kinds"
                " FROM incident AS i LEFT JOIN clock AS c ON c.incident_id = i.id"
                " GROUP BY i.id ORDER BY i.id"
            )
        ).all()
    assert {row.due_at for row in found} == {at(10, 22, 18)}
    assert [row.kinds for row in found] == [None, None, ["case"], ["case"]]
    while due.tell_due(engine):
        pass
    with engine.connect() as connection:
        notices = connection.scalars(text("SELECT kind FROM clock_notice")).all()
    assert notices == ["overdue", "overdue"]


def test_an_import_keeps_the_due_dates_that_it_brings(engine, town, tmp_path):
    """Closed cases are judged by theirs; open ones run until then where the table knows them."""
    frame = rows(5)
    frame["类别"] = "03"
    frame["上报时间"] = "2026-09-25 10:00"
    frame["结案时间"] = ["2026-10-01 10:00", None, None, None, "2026-10-01 10:00"]
    frame["截止时间"] = ["2026-09-30 18:00", "2026-12-31 18:00", None, "2026-09-28 18:00", None]
    taken_in(engine, town, saved(frame, tmp_path / "cases.csv"))
    query = text(
        "SELECT i.due_at, c.due_at AS clock, c.turns -> 0 ->> 'brought' AS brought"
        " FROM incident AS i LEFT JOIN clock AS c ON c.incident_id = i.id ORDER BY i.id"
    )
    with engine.connect() as connection:
        found = connection.execute(query).all()
    table, late, early = at(10, 22, 18), at(12, 31, 18), at(9, 28, 18)
    assert [tuple(row) for row in found] == [
        (at(9, 30, 18), None, None), (late, late, "true"), (table, table, None),
        (early, early, "true"), (table, None, None),
    ]  # fmt: skip
    while due.tell_due(engine):
        pass
    with engine.connect() as connection:
        notices = connection.scalars(text("SELECT kind FROM clock_notice ORDER BY id")).all()
    assert notices == ["overdue", "overdue"]  # by the table, and by what was brought


def test_a_due_date_that_no_deadline_can_keep_is_told_of(engine, town, tmp_path):
    frame = rows(3)
    frame["上报时间"] = "2024-09-25 10:00"  # before there was a table
    frame["截止时间"] = ["2024-09-24 10:00", "2026-12-31 18:00", "2026-12-31 18:00"]
    frame["结案时间"] = [None, None, "2024-10-01 10:00"]
    _, report_of = taken_in(engine, town, saved(frame, tmp_path / "cases.csv"), skip_bad=True)
    told = {one.code: one.outcome for one in report_of.findings}
    assert told["row-due-before-reported"] == "refused"
    assert told["row-due-without-rule"] == "warned"
    with engine.connect() as connection:
        query = text("SELECT due_at FROM incident ORDER BY id")
        assert connection.scalars(query).all() == [None, at(12, 31, 18)]
