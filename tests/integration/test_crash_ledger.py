"""What was answered is there, once: API, worker and database are killed -9 again and again.

Real processes on a cluster of their own that waits for its disk (fsync on, as it comes). Clients
write down what they were answered with 2xx; in the end every line of that ledger must be found in
the store exactly once, and nothing else. WANGGE_CRASH_KILLS says how often to kill (12).
"""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import socket
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from api.cli.serve import run_server
from api.cli.worker import run_worker
from gis.errors import WanggeError
from gis.settings import Settings
from gis.store import migrate
from gis.store.cluster import Cluster, create_database, find_server, prepare
from gis.store.engine import acting, make_engine
from tests.factories import SOUTH, STEP, WEST, make_town
from tests.signing import sign_in_everywhere

KILLS = int(os.environ.get("WANGGE_CRASH_KILLS", "12"))
SEED = int(os.environ.get("WANGGE_CRASH_SEED", "7"))
NAMES = ("api 0", "api 1", "worker 0", "worker 1", "database")
CLIENTS = 4
LONG_ENOUGH_S = 30
PATIENCE_S = 120
REPORT = {
    "category": "0101", "title": "试验", "source": "patrol",
    "lon": WEST + STEP / 2, "lat": SOUTH + STEP / 2,
}  # fmt: skip
# Due within two seconds of the report, and overdue at once after that.
DEADLINES = """
INSERT INTO deadline (jurisdiction_id, stage, amount, unit, soon_share, planned)
VALUES (:of, 'case', 0.0005, 'calendar_hours', 0.5, tstzrange(now() - interval '1 day', NULL))
"""
ONCE = {
    "an incident without exactly one beginning": "SELECT count(*) FROM incident AS i WHERE 1 <>"
    " (SELECT count(*) FROM incident_event WHERE incident_id = i.id AND action = 'report')",
    "a case without exactly one open lead hand": "SELECT count(*) FROM incident AS i WHERE 1 <>"
    " (SELECT count(*) FROM hand WHERE incident_id = i.id AND is_lead AND until IS NULL)",
    "a case with more or fewer clocks than the others": "SELECT count(DISTINCT clocks) - 1 FROM"
    " (SELECT count(*) AS clocks FROM clock AS c GROUP BY c.incident_id UNION ALL"
    "  SELECT 0 FROM incident AS i WHERE NOT EXISTS (SELECT FROM clock WHERE incident_id = i.id))"
    " AS per_case",
    "something told of a clock twice": "SELECT count(*) FROM (SELECT FROM incident_event"
    " WHERE action IN ('due_soon', 'overdue') GROUP BY incident_id, action, data ->> 'clock',"
    " data ->> 'due_at' HAVING count(*) > 1) AS twice",
    "a clock overdue that nobody told of": "SELECT count(*) FROM clock AS c WHERE due_at < now()"
    " AND NOT EXISTS (SELECT FROM incident_event AS e WHERE e.incident_id = c.incident_id"
    " AND e.action = 'overdue' AND e.data ->> 'clock' = c.kind)",
    "a notice without its step": "SELECT abs((SELECT count(*) FROM clock_notice WHERE kind ="
    " 'overdue') - (SELECT count(*) FROM incident_event WHERE action = 'overdue'))",
    "a job that nobody works on any more": "SELECT count(*) FROM jobs.procrastinate_jobs"
    " WHERE status IN ('doing', 'failed')",
}


@dataclass
class Ledger:
    """What clients were answered."""

    reports: dict[str, tuple[int, str]] = field(default_factory=dict)
    steps: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.reports) + len(self.steps)


# Processes of their own, forked from one that has imported everything: to begin takes little then.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["api.app", "api.cli.serve", "api.cli.worker", "uvicorn"])


def _serve(env: dict[str, str], port: int | None) -> None:
    """What `wangge serve --no-worker` or, without a port, `wangge worker` does."""
    os.environ.update(env, WANGGE_LOG_LEVEL="CRITICAL")
    quiet = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(quiet, stream)
    if port is None:
        run_worker()
    else:
        run_server(port=port, worker=False)


class Office:
    """Two APIs, two workers and a database, each of which is started again when it ends."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self.cluster, self.folder = cluster, folder
        self.ports = [_free_port() for _ in range(2)]
        self.running: dict[str, ForkServerProcess] = {}
        self.stopping = threading.Event()
        self.keeper = threading.Thread(target=self._keep, daemon=True)

    def start(self) -> None:
        for name in ("api 0", "api 1", "worker 0", "worker 1"):
            self._run(name)
        self.keeper.start()

    def kill(self, name: str) -> None:
        if name == "database":
            pid = self.cluster.status().pid
            if pid is not None:  # else it has not come back yet
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        else:
            self.running[name].kill()

    def stop(self) -> None:
        self.stopping.set()
        self.keeper.join(60)
        for process in self.running.values():
            process.kill()
            process.join(20)

    def _run(self, name: str) -> None:
        env = {"DATABASE_URL": self.cluster.url, "WANGGE_DATA_DIR": str(self.folder / name[:3])}
        port = None if name.startswith("worker") else self.ports[int(name[-1])]
        self.running[name] = PROCESSES.Process(target=_serve, args=(env, port), daemon=True)
        self.running[name].start()

    def _keep(self) -> None:
        while not self.stopping.wait(0.05):
            with suppress(WanggeError, OSError):
                if not self.cluster.status().running:
                    self.cluster.start()
            for name, process in list(self.running.items()):
                if process.exitcode is not None:
                    self._run(name)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.fixture
def cluster(run_folder: Path) -> Iterator[Cluster]:
    folder = run_folder / f"crash-{uuid.uuid4().hex[:6]}"
    made = Cluster(folder, folder / "s", server=find_server(Settings()), durable=True)
    made.start()
    create_database(made.url_of("postgres"), "wangge")
    prepare(made.url)
    migrate.upgrade(made.url)
    yield made
    made.stop()
    shutil.rmtree(folder, ignore_errors=True)


class Client:
    """Reports and takes steps until told to stop; asks again and again until it is answered."""

    def __init__(self, office: Office, headers: dict[str, str], ledger: Ledger, seed: int) -> None:
        self.office, self.headers, self.ledger = office, headers, ledger
        self.rng = random.Random(seed)
        self.http = httpx.Client(timeout=20)

    def run(self, enough: threading.Event) -> None:
        try:
            while not enough.is_set():
                case = self._report()
                for _ in range(self.rng.randrange(3)):
                    self._note(case)
        except Exception as fault:  # told by the test itself
            self.ledger.faults.append(repr(fault))
        finally:
            self.http.close()

    def _report(self) -> int:
        key = uuid.uuid4().hex
        answer = self._ask("POST", "/incidents", REPORT, key)
        assert answer.status_code in (200, 201), answer.text
        told = answer.json()
        self.ledger.reports[key] = (told["id"], told["serial"])
        return int(told["id"])

    def _note(self, case: int) -> None:
        while True:
            version = self._ask("GET", f"/incidents/{case}").json()["version"]
            key = uuid.uuid4().hex
            body = {"action": "note", "reason": key, "version": version}
            answer = self._ask("POST", f"/incidents/{case}/steps", body, key)
            if answer.status_code == 409:  # the worker escalated it meanwhile
                continue
            assert answer.status_code in (200, 201), answer.text
            self.ledger.steps[key] = case
            return

    def _ask(self, method: str, path: str, body: Any = None, key: str = "") -> httpx.Response:
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        end = time.monotonic() + PATIENCE_S
        while True:
            port = self.rng.choice(self.office.ports)
            with suppress(httpx.HTTPError):
                answer = self.http.request(
                    method, f"http://127.0.0.1:{port}/api/v1{path}", json=body, headers=headers
                )
                if answer.status_code < 500 and answer.status_code != 401:
                    return answer
            if time.monotonic() > end:
                raise TimeoutError(f"nobody answered {method} {path}")
            time.sleep(0.02)


def wait_until(holds: Callable[[], bool], what: str, seconds: float = PATIENCE_S) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.05)


@pytest.mark.timeout(300 + 20 * KILLS)
def test_every_answer_stands_in_the_store_once_whoever_is_killed(
    cluster: Cluster, tmp_path: Path
) -> None:
    engine = make_engine(cluster.url)
    town = make_town(engine)
    with acting(engine, "tests", reason="quick ones") as connection:
        connection.execute(text(DEADLINES), {"of": town.jurisdiction_id})
    headers = sign_in_everywhere(engine)
    rng, ledger, enough = random.Random(SEED), Ledger(), threading.Event()
    office = Office(cluster, tmp_path)
    order = rng.sample(NAMES, len(NAMES))  # each has its turn, and then whoever
    clients = [Client(office, headers, ledger, SEED + k) for k in range(CLIENTS)]
    threads = [threading.Thread(target=one.run, args=(enough,), daemon=True) for one in clients]
    killed: list[str] = []
    began = time.monotonic()
    try:
        office.start()
        for thread in threads:
            thread.start()
        while len(killed) < KILLS and not _late(killed, began):
            # Wherever they are: after some more answers, at a moment that nobody chose.
            aim = len(ledger) + rng.randrange(1, 12)
            wait_until(lambda aim=aim: len(ledger) >= aim or bool(ledger.faults), "nobody answers")
            assert not ledger.faults, ledger.faults
            time.sleep(rng.random() / 20)
            killed += [rng.choice(NAMES) if len(killed) >= len(order) else order[len(killed)]]
            office.kill(killed[-1])
        enough.set()
        for thread in threads:
            thread.join(PATIENCE_S)
        assert not any(thread.is_alive() for thread in threads)
        wait_until(lambda: _settled(engine), "the workers leave something undone")
    finally:
        enough.set()
        office.stop()
    told = f"{len(killed)} kills, {len(ledger.reports)} reports, {len(ledger.steps)} steps\n"
    sys.stderr.write(told)  # shown by pytest -s
    assert not ledger.faults
    _compare(engine, ledger)
    engine.dispose()


def _late(killed: list[str], began: float) -> bool:
    """A busy machine kills fewer, unless somebody has said how many."""
    enough = len(killed) >= len(NAMES) and time.monotonic() - began > LONG_ENOUGH_S
    return enough and "WANGGE_CRASH_KILLS" not in os.environ


def _settled(engine: Engine) -> bool:
    """Whether all that is overdue has been told, and no job is left to do."""
    try:
        with engine.connect() as connection:
            left = text(
                "SELECT (SELECT count(*) FROM clock WHERE next_at < now())"
                " + (SELECT count(*) FROM clock WHERE told < 2 AND due_at IS NOT NULL)"
                " + (SELECT count(*) FROM jobs.procrastinate_jobs"
                "    WHERE status IN ('todo', 'doing'))"
            )
            return connection.scalar(left) == 0
    except DBAPIError:
        return False


def _compare(engine: Engine, ledger: Ledger) -> None:
    with engine.connect() as connection:

        def rows(query: str) -> list[Any]:
            return [tuple(row) for row in connection.execute(text(query))]

        kept = dict(rows("SELECT key, incident_id FROM idempotency_key"))
        cases = dict(rows("SELECT id, serial FROM incident"))
        assert kept == {key: case for key, (case, _) in ledger.reports.items()} | ledger.steps
        assert cases == dict(ledger.reports.values())
        assert len(cases) == len(ledger.reports)
        numbers = sorted(int(serial[-5:]) for serial in cases.values())
        days = {serial[:-5] for serial in cases.values()}
        assert len(days) > 1 or numbers == list(range(1, len(numbers) + 1))
        noted = rows("SELECT reason, incident_id FROM incident_event WHERE action = 'note'")
        assert sorted(noted) == sorted(ledger.steps.items())
        wrong = {
            what: found for what, query in ONCE.items() if (found := connection.scalar(text(query)))
        }
        assert not wrong
