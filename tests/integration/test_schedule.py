"""Publishing at a set time: once, whoever dies and however many are at it; and told if it fails."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from gis.errors import ConflictError
from gis.store.engine import acting, make_engine
from gis.workflows import publishing, scheduled_publishing
from gis.workflows.locators import Locators
from gis.workflows.scheduled_publishing import publish_what_is_due
from gis.workflows.worker import Worker
from tests.conftest import module_database
from tests.integration.reviews_help import (
    API,
    NE,
    NORTHERN,
    SE,
    SOUTHERN,
    Desk,
    approved,
    changed,
    client_of,
    draw,
    make_desk,
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


@pytest.fixture(scope="module")
def desk(maintenance_url: str, template_database: str) -> Iterator[Desk]:
    with module_database(maintenance_url, template_database) as url:
        engine = make_engine(url)
        yield make_desk(engine)
        engine.dispose()


@pytest.fixture(scope="module")
def client(desk, tmp_path_factory):
    with client_of(desk.engine, tmp_path_factory.mktemp("data")) as opened:
        yield opened


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
    for at, more, status, code in (
        (datetime.now(UTC) - timedelta(seconds=5), {}, 422, "schedule-past"),
        (datetime.now(UTC) + timedelta(days=400), {}, 422, "schedule-too-far"),
        (later, {"instead_of": plan}, 409, "plan-former-changed"),
    ):
        answer = schedule(client, desk, plan, at, **more)
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
