"""The database goes, and comes back: everything says so meanwhile, and recovers by itself."""

from __future__ import annotations

import os
import shutil
import signal
import time
import uuid

import httpx
import pytest
from sqlalchemy import text

from gis.settings import Settings
from gis.store import migrate
from gis.store.cluster import Cluster, create_database, find_server, prepare
from gis.store.engine import acting, make_engine
from gis.workflows.incident_report import IncidentReport
from gis.workflows.intake import Sent
from gis.workflows.intake_queue import IntakeQueue
from gis.workflows.locators import Locators
from tests.factories import SOUTH, STEP, WEST, make_town
from tests.server import serving

REPORT = {
    "category": "0101", "title": "试验", "source": "patrol",
    "lon": WEST + STEP / 2, "lat": SOUTH + STEP / 2,
}  # fmt: skip


@pytest.fixture
def cluster(run_folder):
    folder = run_folder / f"outage-{uuid.uuid4().hex[:6]}"
    made = Cluster(folder, folder / "s", server=find_server(Settings()), durable=True)
    made.start()
    create_database(made.url_of("postgres"), "wangge")
    prepare(made.url)
    migrate.upgrade(made.url)
    yield made
    made.stop()
    shutil.rmtree(folder, ignore_errors=True)


def wait_until(holds, seconds=60):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not recover"
        time.sleep(0.1)


def test_every_address_tells_of_a_stopped_database_and_recovers(cluster, tmp_path):
    engine = make_engine(cluster.url)
    town = make_town(engine)
    engine.dispose()
    j = f"jurisdiction={town.jurisdiction_id}"
    paths = [
        "/api/v1/jurisdictions", f"/api/v1/plans?{j}", f"/api/v1/plans/{town.plan_id}/grids",
        "/api/v1/categories", f"/api/v1/incidents?{j}", f"/api/v1/stats/categories?{j}",
        f"/api/v1/stats/days?{j}", f"/api/v1/hotspots?{j}", f"/heatmaps/incidents?{j}",
        "/api/v1/route?lon=113.6&lat=34.75", "/api/v1/config", "/tiles/grids_3.json",
        "/tiles/grids_3/14/13362/6504.mvt", "/tiles/incidents/14/13362/6504.mvt",
    ]  # fmt: skip
    with (
        serving(cluster.url, tmp_path) as base,
        httpx.Client(base_url=base, timeout=30) as client,
    ):

        def report(key):
            return client.post("/api/v1/incidents", json=REPORT, headers={"Idempotency-Key": key})

        first = report("before the stop")
        assert first.status_code == 201
        assert {client.get(path).status_code for path in paths} <= {200, 204}
        cluster.stop()
        for path in paths:
            answer = client.get(path)
            told = (answer.status_code, answer.json()["code"], answer.headers.get("retry-after"))
            assert told == (503, "database-unavailable", "2"), path
        assert report("before the stop").status_code == 503
        assert client.get("/api/v1/health").status_code == 200
        assert client.get("/api/v1/ready").status_code == 503
        cluster.start()
        wait_until(lambda: client.get("/tiles/grids_3.json").status_code == 200)
        assert {path: client.get(path).status_code for path in paths if
                client.get(path).status_code not in (200, 204)} == {}  # fmt: skip
        again = report("before the stop")
        assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
        assert report("after the start").status_code == 201


def test_no_report_is_lost_or_doubled_by_kill_9(cluster):
    engine = make_engine(cluster.url)
    make_town(engine)
    queue = IntakeQueue(engine, Locators(), time_zone="Asia/Shanghai")
    report = IncidentReport(**REPORT)

    def send(numbers):
        waiting = {n: queue.send(Sent(report=report, key=f"report {n:04d}"), actor="t")
                   for n in numbers}  # fmt: skip
        return {n for n, answer in waiting.items() if answer.exception(60) is None}

    assert send(range(5)) == set(range(5))
    waiting = [queue.send(Sent(report=report, key=f"report {n:04d}"), actor="t")
               for n in range(5, 300)]  # fmt: skip
    waiting[20].result(60)
    os.kill(cluster.status().pid, signal.SIGKILL)
    promised = {n + 5 for n, answer in enumerate(waiting) if answer.exception(60) is None}
    assert promised

    def back():
        try:
            cluster.start()
            with engine.connect() as connection:
                return connection.scalar(text("SELECT true"))
        except Exception:
            return False

    wait_until(back)
    with engine.connect() as connection:
        kept = set(connection.scalars(text("SELECT key FROM idempotency_key")))
    assert {f"report {n:04d}" for n in promised} <= kept
    assert send(range(300)) == set(range(300))
    queue.close()
    with engine.connect() as connection:
        numbers = connection.scalars(text("SELECT right(serial, 5)::int FROM incident")).all()
    engine.dispose()
    assert sorted(numbers) == list(range(1, 301))


def test_a_report_during_publishing_waits_and_goes_to_the_new_plan(engine):
    town = make_town(engine)
    queue = IntakeQueue(engine, Locators(), time_zone="Asia/Shanghai")
    with acting(engine, "publisher") as connection:
        new = connection.scalar(
            text(
                "INSERT INTO plan (jurisdiction_id, name, tolerance, created_by)"
                " VALUES (:j, 'next', 0.05, 't') RETURNING id"
            ),
            {"j": town.jurisdiction_id},
        )
        connection.execute(
            text(
                "INSERT INTO grid (plan_id, code, name_zh, name_en, organisation_id, population,"
                " households, area_m2, load, deviation, units, compactness, hue, geom,"
                " geom_3857_low) SELECT :new, code, name_zh, name_en, organisation_id, population,"
                " households, area_m2, load, deviation, units, compactness, hue, geom,"
                " geom_3857_low FROM grid WHERE plan_id = :old ORDER BY length(code)"
            ),
            {"new": new, "old": town.plan_id},
        )
    with acting(engine, "publisher") as connection:
        for query in (
            "UPDATE plan SET status = 'superseded',"
            " effective = tstzrange(lower(effective), clock_timestamp()) WHERE id = :old",
            "UPDATE plan SET status = 'published',"
            " effective = tstzrange(clock_timestamp(), NULL) WHERE id = :new",
        ):
            connection.execute(text(query), {"old": town.plan_id, "new": new})
        waiting = queue.send(Sent(report=IncidentReport(**REPORT)), actor="t")
        # It is seen to wait for the publisher before that one commits. A transaction keeps what
        # it first saw of the activity, so each look is one of its own.
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as watching:
            wait_until(
                lambda: watching.scalar(
                    text(
                        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                        " AND datname = current_database()"
                    )
                )
            )
        assert not waiting.done()
    made = waiting.result(60)
    queue.close()
    with engine.connect() as connection:
        plan = connection.scalar(
            text("SELECT plan_id FROM incident WHERE id = :id"), {"id": made.incident_id}
        )
    assert plan == new
