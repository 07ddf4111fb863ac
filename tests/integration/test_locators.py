"""Always current: every process routes by the plan in force, and never by half of one."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

import httpx
import numpy as np
import pytest
from sqlalchemy import text

from gis.errors import ConflictError
from gis.routing.locator import Locator
from gis.store.engine import acting, make_engine
from gis.store.responsibility import plans_in_force
from gis.workflows.incident_report import IncidentReport
from gis.workflows.intake import report_incident
from gis.workflows.locators import Locators
from gis.workflows.publishing import publish_plan
from tests.factories import SOUTH, STEP, WEST, make_draft, make_town, redrawn
from tests.integration.publishing_help import approve
from tests.server import serving

FIRST, SECOND = "410102004001001", "410102004001002"
BETWEEN = {"lon": WEST + 1.25 * STEP, "lat": SOUTH + STEP / 2}
REPORT = {"category": "01", "title": "t", "source": "patrol"}


def until(holds):
    """Wait for word from another process or thread, on a machine however busy."""
    deadline = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < deadline, "nothing was heard in time"
        threading.Event().wait(0.005)


def publish(engine, plan):
    with acting(engine, "planner", action="publish") as connection:
        publish_plan(connection, plan)


def kept(engine, locators, plan):
    with engine.connect() as connection:
        return locators.get(connection, plan)


def test_a_plan_that_changes_little_is_edited_from_the_one_before_and_answers_as_built(engine):
    town = make_town(engine)
    rng = np.random.default_rng(5)
    lines = WEST + STEP / 2 * np.arange(9), SOUTH + STEP * np.arange(5)
    lon = np.concatenate([rng.uniform(WEST, WEST + 4 * STEP, 5000), rng.choice(lines[0], 5000)])
    lat = np.concatenate([rng.choice(lines[1], 5000), rng.uniform(SOUTH, SOUTH + 4 * STEP, 5000)])
    locators, former = Locators(), None
    for cut in ({}, {0: 3}, {0: 1}, {0: 1, 2: 3}, {0: 3, 1: 3, 2: 1, 3: 3}, {0: 4}, {}):
        plan = make_draft(engine, town, redrawn(cut))
        publish(engine, plan)
        made = kept(engine, locators, plan)
        codes, shapes = zip(*sorted(redrawn(cut).items()), strict=True)
        whole = Locator.build(list(shapes), list(codes))
        assert (made.locator.locate(lon, lat) == whole.locate(lon, lat)).all()
        with engine.connect() as connection:
            ids = dict(
                list(
                    connection.execute(
                        text("SELECT code, id FROM grid WHERE plan_id = :p"), {"p": plan}
                    )
                )
            )
        assert made.grid_ids == tuple(ids[code] for code in codes)
        if cut in ({0: 3}, {0: 1}):
            assert made.locator.room is former.locator.room
        former = made


# Tells each plan whose locator it has ready, whoever asked for it.
TELLING = """
import api.app
class Telling(api.app.Locators):
    def _keep(self, plan_id, made):
        super()._keep(plan_id, made)
        print("ready", plan_id, flush=True)
api.app.Locators = Telling
"""
DEAF = "import api.events; api.events.CHANNELS = ()"


@contextmanager
def another_process(database_url, folder, first=""):
    """The application in a process of its own; gives its base URL and what else it says, line by
    line. `first`: what it does before it starts."""
    code = (
        f"import sys; from pathlib import Path\n{first}\nfrom tests.server import serving\n"
        "with serving(sys.argv[1], Path(sys.argv[2])) as base:\n"
        "    print(base, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, database_url, str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    ) as process:
        said = []

        def read():
            for line in process.stdout:
                said.append(line)

        reader = threading.Thread(target=read)
        reader.start()
        try:
            until(lambda: any(line.startswith("http") for line in said))
            yield next(line.strip() for line in said if line.startswith("http")), said
        finally:
            process.stdin.close()
            process.send_signal(signal.SIGTERM)
            process.wait(30)
            reader.join(30)


def published_over_http(base, engine, plan):
    approve(engine, plan)
    done = httpx.post(f"{base}/api/v1/plans/{plan}/publishing", json={}, timeout=30)
    assert done.status_code == 200


def test_the_other_processes_are_ready_for_a_new_plan_before_anyone_asks_them(
    engine, database_url, tmp_path
):
    town = make_town(engine)
    with (
        serving(database_url, tmp_path / "a") as one,
        another_process(database_url, tmp_path / "b", TELLING) as (two, said),
    ):
        until(lambda: f"ready {town.plan_id}\n" in said)
        for cut in (3, 1):
            plan = make_draft(engine, town, redrawn({0: cut}))
            published_over_http(one, engine, plan)
            until(lambda plan=plan: f"ready {plan}\n" in said)
        assert said.count(f"ready {plan}\n") == 1
        assert (
            httpx.get(f"{two}/api/v1/route", params=BETWEEN, timeout=60).json()["plan_id"] == plan
        )


def test_a_process_that_hears_nothing_still_routes_by_the_plan_in_force(
    engine, database_url, tmp_path
):
    town = make_town(engine)
    with (
        serving(database_url, tmp_path / "a") as one,
        another_process(database_url, tmp_path / "b", TELLING + DEAF) as (deaf, said),
    ):
        until(lambda: f"ready {town.plan_id}\n" in said)
        for cut, code in ((3, FIRST), (2, SECOND)):
            plan = make_draft(engine, town, redrawn({0: cut}))
            published_over_http(one, engine, plan)
            sent = httpx.post(f"{deaf}/api/v1/incidents", json=REPORT | BETWEEN, timeout=60).json()
            assert sent["grid"]["code"] == code
            with engine.connect() as connection:
                query = text("SELECT plan_id FROM incident WHERE id = :id")
                assert connection.scalar(query, {"id": sent["id"]}) == plan


def test_what_one_process_publishes_the_others_route_by_at_once(engine, database_url, tmp_path):
    town = make_town(engine)
    with (
        serving(database_url, tmp_path / "a") as one,
        another_process(database_url, tmp_path / "b") as (two, _),
    ):
        bases = (one, two)

        def owner(base, way):
            if way == "route":
                return httpx.get(f"{base}/api/v1/route", params=BETWEEN, timeout=60).json()["grid"][
                    "code"
                ]
            sent = httpx.post(f"{base}/api/v1/incidents", json=REPORT | BETWEEN, timeout=60)
            return sent.json()["grid"]["code"]

        for number, (publisher, (cut, code)) in enumerate(
            zip(cycle(bases), [(3, FIRST), (2, SECOND), (3, FIRST), (2, SECOND)], strict=False)
        ):
            plan = make_draft(engine, town, redrawn({0: cut}))
            published_over_http(publisher, engine, plan)
            # Not a moment later: no process needs to have heard of it.
            way = ("route", "report")[number // 2]
            assert [owner(base, way) for base in bases] == [code, code]


def test_the_locator_is_ready_before_it_is_asked_for_even_after_a_cut_line(
    engine, database_url, tmp_path, monkeypatch
):
    town = make_town(engine)
    locators = Locators()
    monkeypatch.setattr("api.app.Locators", lambda: locators)
    with serving(database_url, tmp_path):
        until(lambda: locators.holds(town.plan_id))
        for cut in (3, 1):
            plan = make_draft(engine, town, redrawn({0: cut}))
            publish(engine, plan)
            until(lambda plan=plan: locators.holds(plan))
        with acting(engine, "tests") as connection:
            cut_off = connection.scalar(
                text(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
                )
            )
        assert cut_off >= 1
        plan = make_draft(engine, town, redrawn({0: 3}))
        publish(engine, plan)
        until(lambda: locators.holds(plan))


def test_a_publisher_does_not_keep_reports_waiting_behind_a_long_import(engine, monkeypatch):
    town = make_town(engine)
    plan = make_draft(engine, town, redrawn({0: 3}))
    monkeypatch.setattr("gis.store.plans_in_force.PATIENCE_S", 1)
    with engine.connect() as importing:
        plans_in_force(importing, lock=True)
        with pytest.raises(ConflictError) as refused:
            publish(engine, plan)
        assert refused.value.code == "publish-busy"
    publish(engine, plan)


CHAINS = """
SELECT i.id, i.plan_id, i.grid_code, i.person_id, ST_X(i.location) AS lon, ST_Y(i.location) AS lat,
       (SELECT array_agg(plan_id ORDER BY at) FROM (
          SELECT at, cast(data->'plan_id'->>0 AS bigint) AS plan_id FROM incident_event
          WHERE incident_id = i.id AND data ? 'plan_id'
          UNION ALL SELECT at, from_plan_id FROM carried_over WHERE i.id = ANY(incident_ids)
        ) AS step) AS former
FROM incident AS i ORDER BY i.id
"""


@pytest.mark.parametrize("publishings", [8])
def test_no_report_is_ever_routed_by_half_a_plan(engine, database_url, publishings):
    town = make_town(engine)
    plans = [make_draft(engine, town, redrawn({0: 1 + n % 3})) for n in range(publishings)]
    failed = make_draft(engine, town, redrawn({0: 4}))
    done, faults = threading.Event(), []
    shared = Locators()

    def pour(seed):
        own = make_engine(database_url, pool_size=1)
        locators = shared if seed % 2 else Locators()
        rng = np.random.default_rng(seed)
        try:
            while not done.is_set():
                lon, lat = WEST + rng.uniform(0, 2) * STEP, SOUTH + rng.uniform(0, 1) * STEP
                report_incident(
                    own, locators, IncidentReport(**REPORT, lon=lon, lat=lat), actor="a",
                    time_zone="Asia/Shanghai",
                )  # fmt: skip
        except Exception as fault:
            faults.append(fault)
        finally:
            own.dispose()

    writers = [threading.Thread(target=pour, args=(seed,)) for seed in range(4)]
    for writer in writers:
        writer.start()

    def count():
        with engine.connect() as connection:
            return connection.scalar(text("SELECT count(*) FROM incident"))

    try:
        for plan in plans:
            before = count()
            until(lambda before=before: faults or count() > before + 5)
            publish(engine, plan)
        with pytest.raises(ZeroDivisionError), acting(engine, "planner") as connection:
            publish_plan(connection, failed)
            raise ZeroDivisionError  # all but the commit was done
        before = count()
        until(lambda: faults or count() > before + 5)
    finally:
        done.set()
        for writer in writers:
            writer.join(30)
    assert faults == []
    order = [town.plan_id, *plans]
    with engine.connect() as connection:
        found = connection.execute(text(CHAINS)).all()
        last = Locators().get(connection, plans[-1]).locator
    began = set()
    for row in found:
        chain = [*(row.former or []), row.plan_id]
        # From the plan that it came in under, through every later one, to the last.
        assert chain == order[-len(chain) :], row
        began.add(chain[0])
        assert row.grid_code == last.code_at(row.lon, row.lat)
        assert row.person_id == town.person_ids[row.grid_code]
    assert began == set(order)


def test_a_message_of_a_plan_is_json_with_its_id(engine):
    """What listeners of other programs may rely on."""
    town = make_town(engine)
    plan = make_draft(engine, town, redrawn({0: 3}))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("LISTEN wangge_plan")
        publish(engine, plan)
        driver = connection.connection.driver_connection
        told = [json.loads(one.payload) for one in driver.notifies(timeout=10, stop_after=2)]
    assert told == [
        {"id": town.plan_id, "status": "superseded"}, {"id": plan, "status": "published"},
    ]  # fmt: skip
