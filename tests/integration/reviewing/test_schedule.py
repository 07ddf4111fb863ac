"""Publishing at a set time: once, whoever dies and however many are at it; and told if it fails."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from gis.errors import ConflictError
from gis.store.engine import acting, make_engine
from gis.workflows import publishing, scheduled_publishing
from gis.workflows.incident_report import IncidentReport
from gis.workflows.intake import report_incident
from gis.workflows.locators import Locators
from gis.workflows.publishing import preview
from gis.workflows.scheduled_publishing import publish_what_is_due
from gis.workflows.worker import Worker
from tests.integration.reviews_help import (
    API,
    NE,
    NORTHERN,
    SE,
    SOUTHERN,
    approved,
    at,
    changed,
    draw,
    publish,
    rows,
    status_of,
)

# A worker that is killed after it has done everything but the commit.
DYING = """
import sys, time
from gis.store.engine import make_engine
from gis.workflows import scheduled_publishing
def hang(*_):
    print("published", flush=True)
    time.sleep(600)
scheduled_publishing.tell_published = hang
scheduled_publishing.publish_what_is_due(make_engine(sys.argv[1]))
"""


@pytest.fixture(autouse=True)
def nothing_set(desk):
    """What another test left set is not done by this one."""
    yield
    with acting(desk.engine, "tests") as connection:
        connection.execute(
            text("UPDATE plan_schedule SET ended_at = now(), ended_by = 'tests',"
                 " ended_how = 'cancelled' WHERE ended_at IS NULL")
        )  # fmt: skip


def schedule(client, desk, plan, at, who="planner", **more):
    body = {"at": None if at is None else at.isoformat(), **more}
    return client.post(f"{API}/drafts/{plan}/schedule", json=body, headers=desk.header(who))


def set_for(client, desk, moves, seconds=3600.0):
    """An approved draft that is to be published so many seconds from now."""
    plan = draw(desk, changed(desk, moves))
    approved(client, desk, plan)
    answer = schedule(client, desk, plan, datetime.now(UTC) + timedelta(seconds=seconds))
    assert answer.status_code == 200, answer.text
    return plan


def come(desk, plan):
    """Let the moment have come."""
    with acting(desk.engine, "tests") as connection:
        connection.execute(
            text("UPDATE plan_schedule SET next_at = now() - interval '1 second'"
                 " WHERE plan_id = :id AND ended_at IS NULL"), {"id": plan},
        )  # fmt: skip


def standing(client, desk, plan):
    return client.get(
        f"{API}/drafts/{plan}/review", headers=desk.header("planner"), params={"lang": "en"}
    ).json()


def told(client, desk, who):
    answer = client.get(f"{API}/notices", headers=desk.header(who), params={"lang": "en"})
    return [(one["kind"], one["text"]) for one in answer.json()["items"]]


def until(holds):
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "it did not come to pass"
        threading.Event().wait(0.02)


def test_nothing_is_published_before_its_time_and_all_of_it_then(client, desk):
    plan = set_for(client, desk, {SE: NORTHERN})
    assert publish_what_is_due(desk.engine) == 0
    assert status_of(desk.engine, plan) == "in_review"
    come(desk, plan)
    assert publish_what_is_due(desk.engine) == 1
    now = standing(client, desk, plan)
    assert (now["state"], now["schedule"]["ended_how"]) == ("published", "published")
    assert now["review"]["ended_how"] == "published"
    (event,) = rows(
        desk.engine,
        "SELECT actor FROM plan_event WHERE plan_id = :id AND action = 'publish'", id=plan,
    )  # fmt: skip
    assert event.actor.startswith("planner (")  # in the name of whoever set the time
    for who in ("planner", "leader", "drawer"):
        assert any(
            kind == "plan_published" and "at the time that was set" in words
            for kind, words in told(client, desk, who)
        ), who


def test_several_workers_publish_it_once(client, desk):
    plan = set_for(client, desk, {NE: SOUTHERN})
    come(desk, plan)
    engines = [make_engine(desk.engine.url) for _ in range(4)]
    start = threading.Barrier(len(engines))
    done = []

    def work(engine):
        start.wait()
        done.append(publish_what_is_due(engine))

    threads = [threading.Thread(target=work, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for engine in engines:
        engine.dispose()
    assert sorted(done) == [0, 0, 0, 1]
    published = "SELECT count(*) FROM plan_event WHERE plan_id = :id AND to_status = 'published'"
    assert rows(desk.engine, published, id=plan) == [(1,)]


def test_a_worker_that_is_killed_has_done_nothing_and_another_does_it(client, desk):
    plan = set_for(client, desk, {SE: NORTHERN})
    come(desk, plan)
    url = desk.engine.url.render_as_string(hide_password=False)
    with subprocess.Popen(
        [sys.executable, "-c", DYING, url], stdout=subprocess.PIPE, text=True
    ) as dying:
        assert dying.stdout.readline() == "published\n"
        # Meanwhile nobody else takes it up, nor waits for it.
        assert publish_what_is_due(desk.engine) == 0
        dying.kill()
    until(lambda: publish_what_is_due(desk.engine) == 1)
    assert status_of(desk.engine, plan) == "published"
    assert publish_what_is_due(desk.engine) == 0


def test_the_worker_wakes_for_what_is_set(client, desk):
    url = desk.engine.url.render_as_string(hide_password=False)
    worker = Worker(desk.engine, url, Locators())
    thread = threading.Thread(target=asyncio.run, args=(worker.run(),))
    thread.start()
    try:
        plan = set_for(client, desk, {NE: SOUTHERN}, seconds=1.5)
        until(lambda: status_of(desk.engine, plan) == "published")
    finally:
        worker.stop()
        thread.join()
    (row,) = rows(
        desk.engine,
        "SELECT lower(p.effective) >= s.due_at FROM plan AS p JOIN plan_schedule AS s"
        " ON s.plan_id = p.id WHERE p.id = :id", id=plan,
    )  # fmt: skip
    assert row[0]


def test_what_was_overtaken_is_not_published_and_told_why(client, desk):
    plan = set_for(client, desk, {SE: NORTHERN})
    publish(desk, draw(desk, changed(desk, {})))
    come(desk, plan)
    assert publish_what_is_due(desk.engine) == 0
    now = standing(client, desk, plan)
    # It stays approved: whoever looks at it anew may set another time.
    assert (now["state"], now["schedule"]["ended_how"]) == ("approved", "failed")
    assert "Another plan has come into force" in now["schedule"]["fault"]
    failed = [words for kind, words in told(client, desk, "planner")
              if kind == "plan_schedule_failed"]  # fmt: skip
    assert "Another plan has come into force" in failed[0]
    assert publish_what_is_due(desk.engine) == 0
    assert schedule(
        client, desk, plan, datetime.now(UTC) + timedelta(hours=1)
    ).status_code == 200  # fmt: skip
    come(desk, plan)
    assert publish_what_is_due(desk.engine) == 1


@pytest.mark.parametrize("code", ["publish-busy", None])
def test_what_may_pass_is_tried_again_and_what_is_broken_is_told(client, desk, monkeypatch, code):
    plan = set_for(client, desk, {NE: SOUTHERN})
    come(desk, plan)
    monkeypatch.setattr(scheduled_publishing, "MOST_TRIES", 2)

    def refuse(*_, **__):
        raise ConflictError(code, seconds=10) if code else RuntimeError("no such thing")

    with monkeypatch.context() as broken:
        broken.setattr(publishing, "publish_plan", refuse)
        assert publish_what_is_due(desk.engine) == 0
        if code:
            assert standing(client, desk, plan)["schedule"]["ended_how"] is None
            come(desk, plan)
            assert publish_what_is_due(desk.engine) == 0
    assert standing(client, desk, plan)["schedule"]["ended_how"] == "failed"
    assert status_of(desk.engine, plan) == "in_review"


def test_a_time_is_set_anew_and_taken_back(client, desk):
    plan = set_for(client, desk, {SE: NORTHERN})
    later = datetime.now(UTC) + timedelta(days=2)
    assert schedule(client, desk, plan, later).status_code == 200
    assert rows(
        desk.engine, "SELECT ended_how FROM plan_schedule WHERE plan_id = :id ORDER BY id", id=plan
    ) == [("cancelled",), (None,)]  # fmt: skip
    for moment, more, status, code in (
        (datetime.now(UTC) - timedelta(seconds=5), {}, 422, "schedule-past"),
        (datetime.now(UTC) + timedelta(days=400), {}, 422, "schedule-too-far"),
        (later, {"instead_of": plan}, 409, "plan-former-changed"),
    ):
        answer = schedule(client, desk, plan, moment, **more)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    # Going back to drawing takes the time back with it.
    withdrawn = client.post(
        f"{API}/drafts/{plan}/review", json={"step": "withdraw"}, headers=desk.header("drawer")
    )
    assert withdrawn.json()["schedule"]["ended_how"] == "cancelled"
    come(desk, plan)
    assert publish_what_is_due(desk.engine) == 0
    again = set_for(client, desk, {SE: NORTHERN})
    assert schedule(client, desk, again, None).status_code == 200
    assert schedule(client, desk, again, None).json()["code"] == "schedule-none"


def test_what_goes_over_at_a_set_time_is_what_would_by_hand(client, desk):
    """Posts and open incidents; and a report that comes just then waits, and is the new plan's."""
    publish(desk, draw(desk, changed(desk, {})))
    locators = Locators()

    def report(column: float) -> int:
        return report_incident(
            desk.engine, locators,
            IncidentReport(category="01", title="t", source="patrol", **at(column, 0)),
            actor="tests", time_zone="Asia/Shanghai",
        ).incident_id  # fmt: skip

    for column in (0, 1):
        report(column)
    plan = set_for(client, desk, {SE: NORTHERN})
    wanted = preview(desk.engine, plan)
    assert [move.to_grid_id for move in wanted.moves] and wanted.posts_moved > 0
    come(desk, plan)
    came = []
    late = threading.Thread(target=lambda: came.append(report(1.2)))
    with desk.engine.begin() as connection:
        # The report comes when the plan is about to come into force, and is routed by one or other.
        connection.execute(text("LOCK TABLE hand_over IN ACCESS EXCLUSIVE MODE"))
        worker = threading.Thread(target=publish_what_is_due, args=(desk.engine,))
        worker.start()
        waiting = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                     AND wait_event_type = 'Lock'"""
        until(lambda: rows(desk.engine, waiting)[0][0] == 1)
        late.start()
        until(lambda: rows(desk.engine, waiting)[0][0] == 2)
    for thread in (worker, late):
        thread.join(60)
        assert not thread.is_alive()
    moved = rows(
        desk.engine,
        "SELECT incident_id, to_grid_id, to_person_id FROM hand_over WHERE plan_id = :id"
        " ORDER BY incident_id", id=plan,
    )  # fmt: skip
    assert [tuple(row) for row in moved] == [
        (one.incident_id, one.to_grid_id, one.to_person_id) for one in wanted.moves
    ]
    held = """SELECT count(*) FROM post JOIN grid AS g ON g.id = post.grid_id
              WHERE g.plan_id = :id AND post.held @> now()"""
    assert rows(desk.engine, held, id=plan) == [(wanted.posts_moved,)]
    ((of, code),) = rows(
        desk.engine, "SELECT plan_id, grid_code FROM incident WHERE id = :id", id=came[0]
    )
    assert (of, code) == (plan, NORTHERN)
