"""Due soon and overdue are told once, on time, by any number of workers, dead or alive."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from api.app import create_app
from gis.incidents.clocks import ClockEffect
from gis.incidents.deadlines import Allowance, Setting
from gis.incidents.lifecycle import Doer, Step, Target
from gis.settings import Settings
from gis.store import jobs
from gis.store.engine import acting
from gis.workflows import deadlines, due
from gis.workflows.clocks import turn
from gis.workflows.deadlines import Row
from gis.workflows.escalations import escalate_overdue
from gis.workflows.incident_report import IncidentReport
from gis.workflows.intake import Sent, report_incidents
from gis.workflows.locators import Locators
from gis.workflows.steps import take_step
from tests.factories import SOUTH, WEST, Town, make_town
from tests.integration.waiting import wait_until

LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
# A worker of its own process; the task sleeps until it is killed, the first time.
WORKER = """
import asyncio, sys, time
from gis.store.engine import make_engine
from gis.workflows import worker
url, marks = sys.argv[1:]
made = make_engine(url)
work = worker.Worker(made, url, None, stalled_after_s=1.5)
@work.jobs.task(name="tests.slow", queue="wangge")
def slow(name):
    with open(marks, "a") as file:
        file.write(f"{name}\\n")
    if sum(1 for _ in open(marks)) == 1:
        time.sleep(600)
print("ready", flush=True)
asyncio.run(work.run())
"""


@pytest.fixture
def town(engine: Engine) -> Town:
    made = make_town(engine)
    deadlines.begin(
        engine, made.jurisdiction_id, actor="tests", reason="defaults", since=LONG_AGO,
        first_year=2025,
    )  # fmt: skip
    row = Row(category="01", allowance=Allowance(amount=10, unit="calendar_hours"))
    deadlines.record(
        engine, made.jurisdiction_id, row, since=LONG_AGO, reason="by the hour", actor="tests"
    )
    return made


def reported(engine: Engine, *ages_h: float, category: str = "01") -> list[int]:
    now = datetime.now(UTC)
    sent = [
        Sent(
            report=IncidentReport(
                category=category, title="Something", lon=WEST + 0.001, lat=SOUTH + 0.001,
                source="patrol", crs="EPSG:4326", reported_at=now - age * HOUR,
            )
        )
        for age in ages_h
    ]  # fmt: skip
    outcomes = report_incidents(engine, Locators(), sent, actor="tests", time_zone="Asia/Shanghai")
    return [outcome.incident_id for outcome in outcomes]


def told(engine: Engine) -> list[tuple[int, str]]:
    """What the histories say, and that the notices say the same."""
    with engine.connect() as connection:
        steps = connection.execute(
            text(
                "SELECT incident_id, action FROM incident_event"
                " WHERE action IN ('due_soon', 'overdue') ORDER BY 1, 2"
            )
        ).all()
        notices = connection.execute(
            text(
                "SELECT incident_id, kind FROM clock_notice WHERE kind <> 'escalate' ORDER BY 1, 2"
            )
        ).all()
    assert steps == notices
    return [tuple(row) for row in steps]


def pass_time(engine: Engine, by: timedelta) -> None:
    """As if so much time had passed: every moment of the clocks lies so much earlier."""
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(
            text(
                "UPDATE clock SET started_at = started_at - :by, due_at = due_at - :by,"
                " soon_at = soon_at - :by, next_at = next_at - :by"
            ),
            {"by": by},
        )
        connection.execute(
            text("UPDATE hand SET since = since - :by, until = until - :by"), {"by": by}
        )
        connection.execute(text("UPDATE clock_notice SET at = at - :by"), {"by": by})


def test_each_is_told_once_and_the_later_not_before_its_time(engine, town):
    calm, soon, over = reported(engine, 1, 8, 11)
    for _ in range(3):
        due.tell_due(engine)
    assert told(engine) == [(soon, "due_soon"), (over, "overdue")]
    pass_time(engine, 2.5 * HOUR)
    due.tell_due(engine)
    assert told(engine) == [(soon, "due_soon"), (soon, "overdue"), (over, "overdue")]
    assert calm not in {incident_id for incident_id, _ in told(engine)}


def test_what_is_parked_or_extended_is_told_of_by_its_new_date(engine, town):
    parked, extended = reported(engine, 7, 7)
    now = datetime.now(UTC)
    with acting(engine, "tests") as connection:
        turn(connection, [parked], ClockEffect(kind="pause"), at=now, actor="tests")
    pass_time(engine, 2 * HOUR)
    due.tell_due(engine)
    assert told(engine) == [(extended, "due_soon")]
    more = ClockEffect(kind="extend", by=Allowance(amount=10, unit="calendar_hours"))
    with acting(engine, "tests") as connection:
        turn(connection, [extended], more, at=now, actor="tests")
    pass_time(engine, 7 * HOUR)
    due.tell_due(engine)
    assert told(engine) == [(extended, "due_soon")] * 2
    pass_time(engine, 100 * HOUR)
    due.tell_due(engine)
    assert told(engine) == [(extended, "due_soon")] * 2 + [(extended, "overdue")]


def test_many_workers_tell_each_once(engine, town):
    ids = reported(engine, *[8] * 120, *[20] * 120)
    go = threading.Barrier(4)

    def work() -> None:
        go.wait()
        while due.tell_due(engine, limit=7):
            pass

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while due.tell_due(engine):  # what one had passed over because another held it
        pass
    assert told(engine) == [(one, "due_soon") for one in ids[:120]] + [
        (one, "overdue") for one in ids[120:]
    ]


def test_a_worker_that_dies_in_between_has_told_all_or_nothing(engine, town, monkeypatch):
    ids = reported(engine, *[20] * 5)
    original, calls = due._next, []

    def dies(*args: object) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        original(*args)

    monkeypatch.setattr(due, "_next", dies)
    with pytest.raises(KeyboardInterrupt):
        due.tell_due(engine)
    assert told(engine) == []
    due.tell_due(engine)
    assert told(engine) == [(one, "overdue") for one in ids]


def test_an_overdue_case_is_given_to_a_job_after_each_delay(engine, town):
    setting = Setting(delay=Allowance(amount=4, unit="calendar_hours"))
    deadlines.change_setting(
        engine, town.jurisdiction_id, setting, reason="escalate", actor="tests"
    )
    (over,) = reported(engine, 11)
    found = []
    for _ in range(4):
        due.tell_due(engine)
        due.tell_due(engine)
        with engine.connect() as connection:
            found.append(
                connection.execute(text("SELECT args FROM jobs.procrastinate_jobs ORDER BY id"))
                .scalars()
                .all()
            )
        pass_time(engine, 4 * HOUR)
    assert [len(jobs) for jobs in found] == [0, 1, 2, 3]
    assert [job["step"] for job in found[-1]] == [1, 2, 3]
    assert {job["incident_id"] for job in found[-1]} == {over}


def test_an_overdue_case_goes_up_one_level_at_a_time_to_the_top_and_no_further(engine, town):
    setting = Setting(delay=Allowance(amount=4, unit="calendar_hours"))
    deadlines.change_setting(
        engine, town.jurisdiction_id, setting, reason="escalate", actor="tests"
    )
    (over,) = reported(engine, 11)
    locators = Locators()

    def round_of_work() -> tuple[int, int]:
        """How many jobs were given, and how often it has gone up when they are done."""
        due.tell_due(engine)
        with engine.begin() as connection:
            query = text("DELETE FROM jobs.procrastinate_jobs RETURNING args")
            waiting = connection.execute(query).scalars().all()
        for args in waiting * 2:  # a job is done at least once: the second time changes nothing
            escalate_overdue(engine, locators, **args)
        pass_time(engine, 4 * HOUR)
        with engine.connect() as connection:
            query = text("SELECT count(*) FROM incident_event WHERE action = 'escalate'")
            return len(waiting), int(connection.scalar(query) or 0)

    # Grid, community, sub-district, district: three steps, then nobody is asked any more.
    assert [round_of_work() for _ in range(6)] == [(0, 0), (1, 1), (1, 2), (1, 3), (0, 3), (0, 3)]
    # Sent down again by the top, whoever gets it has the delay, and then it goes up anew.
    down = Step(
        action="redispatch", reason="发回重办",
        target=Target(person_id=town.person_ids["410102004001001"]),
    )  # fmt: skip
    top = Doer(actor="d", roles=frozenset({"dispatcher"}), organisation_id=town.jurisdiction_id,
               organisation_kind="district")  # fmt: skip
    take_step(engine, locators, over, down, doer=top, version=None)
    assert [round_of_work() for _ in range(3)] == [(0, 3), (1, 4), (1, 5)]


def test_somebody_who_has_just_got_an_overdue_case_has_the_delay_for_it(engine, town):
    setting = Setting(delay=Allowance(amount=4, unit="calendar_hours"))
    deadlines.change_setting(
        engine, town.jurisdiction_id, setting, reason="escalate", actor="tests"
    )
    early, late = reported(engine, 11, 11)
    due.tell_due(engine)
    pass_time(engine, 3.9 * HOUR)
    with acting(engine, "tests", action="hand_over") as connection:
        connection.execute(
            text("UPDATE incident SET person_id = :p WHERE id = :id"),
            {"p": town.person_ids["410102004001002"], "id": late},
        )
    pass_time(engine, 0.2 * HOUR)
    due.tell_due(engine)
    with engine.begin() as connection:
        (job,) = connection.execute(
            text("DELETE FROM jobs.procrastinate_jobs RETURNING args")
        ).scalars()
    assert job["incident_id"] == early
    # Handed over while the job waits: the new one is not relieved of what he has just got.
    with acting(engine, "tests", action="hand_over") as connection:
        connection.execute(
            text("UPDATE incident SET person_id = :p WHERE id = :id"),
            {"p": town.person_ids["410102004001002"], "id": early},
        )
    escalate_overdue(engine, Locators(), **job)
    with engine.connect() as connection:
        query = text("SELECT count(*) FROM incident_event WHERE action = 'escalate'")
        assert connection.scalar(query) == 0
    pass_time(engine, 4 * HOUR)
    due.tell_due(engine)
    with engine.connect() as connection:
        query = text("SELECT args ->> 'incident_id' FROM jobs.procrastinate_jobs ORDER BY 1")
        assert {int(one) for one in connection.scalars(query)} == {early, late}


def test_a_delay_that_is_set_later_holds_for_what_is_overdue_already(engine, town):
    (over,) = reported(engine, 30)
    due.tell_due(engine)
    due.tell_due(engine)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT min(next_at) FROM clock")) is None
    setting = Setting(delay=Allowance(amount=4, unit="calendar_hours"))
    deadlines.change_setting(
        engine, town.jurisdiction_id, setting, reason="escalate", actor="tests"
    )
    given = []
    for _ in range(3):  # not all at once when it is set, but when it has passed
        due.tell_due(engine)
        with engine.connect() as connection:
            query = text("SELECT count(*) FROM jobs.procrastinate_jobs")
            given.append(connection.scalar(query))
        pass_time(engine, 3.9 * HOUR if len(given) == 1 else 0.2 * HOUR)
    assert given == [0, 0, 1]
    assert over


def test_the_worker_is_asked_nothing_of_what_is_closed(engine, town):
    reported(engine, *[1] * 50)
    with engine.connect() as connection:
        asked = connection.execute(text(f"EXPLAIN {due.NEXT}"), {"stuck": False})
        plan = "\n".join(asked.scalars())
    assert "ix_clock_next" in plan


def test_a_job_outlives_the_worker_that_was_at_it(engine, database_url, town, tmp_path):
    ids = reported(engine, 20)
    marks = tmp_path / "marks"
    with engine.begin() as connection:
        jobs.defer(connection, "tests.slow", {"name": "one"})
    started = []

    def start() -> subprocess.Popen[str]:
        made = subprocess.Popen(
            [sys.executable, "-c", WORKER, database_url, str(marks)],
            stdout=subprocess.PIPE, text=True, env=os.environ,
        )  # fmt: skip
        started.append(made)
        return made

    try:
        first = start()
        wait_until(lambda: marks.exists() and marks.read_text() == "one\n")
        wait_until(lambda: told(engine))
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        reported_later = reported(engine, 20)
        start()
        start()
        wait_until(lambda: marks.read_text() == "one\none\n")
        wait_until(lambda: len(told(engine)) == 2)
        assert told(engine) == [(one, "overdue") for one in (*ids, *reported_later)]
    finally:
        for one in started:
            one.kill()
            one.wait()
    assert marks.read_text() == "one\none\n"


def test_the_application_tells_of_it_by_itself_and_stops_when_asked(
    engine, database_url, town, tmp_path
):
    (first,) = reported(engine, 20)
    app = create_app(Settings(data_dir=tmp_path, log_level="ERROR"), database_url, worker=True)
    with TestClient(app):
        wait_until(lambda: told(engine) == [(first, "overdue")])
        # Woken by the clock of a report that comes in meanwhile, not by the next round.
        (second,) = reported(engine, 20)
        wait_until(lambda: told(engine) == [(first, "overdue"), (second, "overdue")])
    reported(engine, 20)
    assert len(told(engine)) == 2
