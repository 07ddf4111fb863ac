"""A throw-away PostGIS for the whole run, started on first need and shared by xdist's workers.

With DATABASE_URL in the environment that server is used instead; its user must be allowed to
create databases. The data of the demo and of the service are never touched.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from gis.settings import Settings
from gis.store.cluster import Cluster, create_database, find_server, prepare
from gis.store.cluster.database import connection_string, normalised
from gis.store.cluster.server import Server
from scripts.browser import Chromium, find_chromium

RUN_FOLDER = pytest.StashKey[Path]()
UNTIL = datetime(2026, 11, 1, tzinfo=UTC)
PREFIX = f"wangge-test-{os.geteuid()}-"
# Where the databases are, if there is room: to copy one costs a tenth of what it does on a disk.
MEMORY, ROOM = Path("/dev/shm"), 4 << 30
# Modules that take long come first: at the end no worker waits for another's. The very first makes
# the demo city, for which other modules would wait, so the next ones need none.
FIRST = (
    "browser/test_pages.py",
    "unit/planning/test_compare_notebook.py",
    "integration/test_exact_sql.py",
    "integration/test_crash_ledger.py",
    "unit/planning/test_interrupted.py",
    "unit/planning/test_exact.py",
    "unit/hotspots/test_notebook.py",
    "browser/",
    "integration/test_any_request.py",
    "integration/test_outage.py",
    "integration/test_locators.py",
    "integration/test_route_cluster.py",
    "integration/",
)


def pytest_configure(config: pytest.Config) -> None:
    """Name the folder of this run; workers of xdist are told it by their controller."""
    told = getattr(config, "workerinput", {}).get("wangge_run_folder")
    if told:
        config.stash[RUN_FOLDER] = Path(told)
        return
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    folder.chmod(0o755)  # root's server runs under another account
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
        (MEMORY / folder.name).mkdir(mode=0o755)
    config.stash[RUN_FOLDER] = folder


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:  # type: ignore[no-untyped-def]  # xdist has no types
    """Tell a worker of xdist the folder of this run."""
    node.workerinput["wangge_run_folder"] = str(node.config.stash[RUN_FOLDER])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the modules that take longest before the others; within a module nothing changes."""
    here = Path(__file__).parent

    def rank(item: pytest.Item) -> int:
        name = os.path.relpath(item.path, here)
        return next((at for at, first in enumerate(FIRST) if name.startswith(first)), len(FIRST))

    items.sort(key=rank)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The controller comes last: stop the server, if one was needed, and leave nothing behind."""
    folder = config.stash.get(RUN_FOLDER, None)
    if folder is None or hasattr(config, "workerinput"):
        return
    foreign_server = Settings().database_url
    for made in (folder / "template", folder / "demo"):
        if foreign_server and made.exists():
            _drop(normalised(foreign_server), made.read_text())
    _remove(folder)


def _sweep() -> None:
    """Remove what a run that was killed left behind."""
    for place in (Path(tempfile.gettempdir()), MEMORY):
        for folder in place.glob(f"{PREFIX}*"):
            pid = folder.name.removeprefix(PREFIX).split("-")[0]
            if pid.isdigit() and not Path("/proc", pid).exists():
                _remove(folder)


def _remove(folder: Path) -> None:
    _cluster(folder).stop()
    for each in (folder, MEMORY / folder.name):
        shutil.rmtree(each, ignore_errors=True)


def _cluster(folder: Path, server: Server | None = None) -> Cluster:
    """The server of a run, in memory if that was made ready at its beginning."""
    data = MEMORY / folder.name
    data = data if data.is_dir() else folder
    return Cluster(data, data / "s", server=server, durable=False)


@pytest.fixture(scope="session")
def run_folder(pytestconfig: pytest.Config) -> Path:
    """A folder of this run, shared by all workers, that the server's account may enter."""
    return pytestconfig.stash[RUN_FOLDER]


@pytest.fixture(scope="session")
def maintenance_url(run_folder: Path) -> str:
    """The URL of a database from which others are created, on the server of this run."""
    settings = Settings()
    if settings.database_url:
        return normalised(settings.database_url)
    cluster = _cluster(run_folder, find_server(settings))
    cluster.start()
    return cluster.url_of("postgres")


@pytest.fixture(scope="session")
def template_database(run_folder: Path, maintenance_url: str) -> str:
    """The name of a migrated database that others are copied from; made once in a run."""
    done = run_folder / "template"
    with (run_folder / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            from gis.store import migrate

            name = f"wangge_template_{uuid.uuid4().hex[:12]}"
            create_database(maintenance_url, name)
            url = _url(maintenance_url, name)
            prepare(url)
            migrate.upgrade(url)
            done.write_text(name)
    return done.read_text()


@pytest.fixture(scope="session")
def demo_template(run_folder: Path, maintenance_url: str, template_database: str) -> str:
    """The name of a database with the demo city, its incidents ending at UNTIL; made once a run."""
    done = run_folder / "demo"
    with (run_folder / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            from gis.store.engine import make_engine
            from gis.workflows.demo import DemoRequest, load_demo

            name = f"wangge_demo_{uuid.uuid4().hex[:12]}"
            create_database(maintenance_url, name, template_database)
            engine = make_engine(_url(maintenance_url, name))
            load_demo(engine, DemoRequest(until=UNTIL))
            engine.dispose()
            done.write_text(name)
    return done.read_text()


@pytest.fixture(scope="module")
def demo_url(maintenance_url: str, demo_template: str) -> Iterator[str]:
    """The SQLAlchemy URL of a demo city of this module alone."""
    name = f"wangge_test_{uuid.uuid4().hex[:12]}"
    create_database(maintenance_url, name, demo_template)
    yield _url(maintenance_url, name)
    _drop(maintenance_url, name)


@pytest.fixture
def database_url(maintenance_url: str, template_database: str) -> Iterator[str]:
    """The SQLAlchemy URL of an empty, migrated database of this test alone."""
    name = f"wangge_test_{uuid.uuid4().hex[:12]}"
    create_database(maintenance_url, name, template_database)
    yield _url(maintenance_url, name)
    _drop(maintenance_url, name)


@contextmanager
def module_database(maintenance_url: str, template_database: str) -> Iterator[str]:
    """The URL of an empty, migrated database, for a fixture that tests of a module share."""
    name = f"wangge_test_{uuid.uuid4().hex[:12]}"
    create_database(maintenance_url, name, template_database)
    yield _url(maintenance_url, name)
    _drop(maintenance_url, name)


@pytest.fixture(scope="session")
def chromium() -> Chromium:
    """The browser of the tests: its program and the environment that it needs."""
    return find_chromium(Settings())


def _url(maintenance_url: str, name: str) -> str:
    url = make_url(maintenance_url).set(database=name)
    return normalised(url.render_as_string(hide_password=False))


def _drop(maintenance_url: str, name: str) -> None:
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(connection_string(maintenance_url), autocommit=True) as connection:
        connection.execute(statement)
