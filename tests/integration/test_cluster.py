"""The private cluster against what happens to it: kills, races, full disks, strangers' files."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import typer
from typer.testing import CliRunner

from api.cli import db
from gis.errors import ConflictError, UnavailableError, WanggeError
from gis.settings import Settings
from gis.store import migrate
from gis.store.cluster import Cluster, cluster_of, ensure_database, find_server, postmaster
from gis.store.cluster.database import EXTENSIONS, connection_string, create_database, prepare
from gis.store.cluster.server import account

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs it as another account")


@pytest.fixture
def folder(run_folder: Path) -> Iterator[Path]:
    """A folder with a name that breaks careless quoting."""
    made = run_folder / f'{uuid.uuid4().hex[:6]} 数据\'s "$HOME" a,b\\n'
    made.mkdir(mode=0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def sockets(run_folder: Path) -> Path:
    return run_folder / f"s {uuid.uuid4().hex[:6]}'\\n"


@pytest.fixture
def cluster(folder: Path, sockets: Path) -> Iterator[Cluster]:
    made = Cluster(folder, sockets, server=find_server(Settings()), durable=False)
    yield made
    made.stop()


@pytest.fixture(scope="session")
def created_once(run_folder: Path) -> Path:
    """The data of a cluster that was created and stopped: copying them is quicker than initdb."""
    folder = run_folder / f"created-{uuid.uuid4().hex[:6]}"
    made = Cluster(folder, folder / "s", server=find_server(Settings()), durable=False)
    made.start()
    made.stop()
    return made.pgdata


@pytest.fixture
def laid(cluster: Cluster, created_once: Path) -> Cluster:
    """A cluster with data, stopped."""
    subprocess.run(["cp", "-a", str(created_once), str(cluster.pgdata)], check=True)
    return cluster


def ask(cluster: Cluster, question: str) -> str:
    with psycopg.connect(connection_string(cluster.url_of("postgres"))) as connection:
        row = connection.execute(question.encode()).fetchone()
    return str(row[0]) if row else ""


def code_of(action: Callable[[], object]) -> str:
    with pytest.raises(WanggeError) as caught:
        action()
    assert not str(caught.value).startswith(caught.value.code), "the code has no sentence"
    return caught.value.code


def test_it_starts_stops_and_tells_as_often_as_one_asks(cluster: Cluster) -> None:
    cluster.stop()
    assert not cluster.status().running
    assert not cluster.status().initialised
    cluster.start()
    first = cluster.status()
    cluster.start()
    assert first.ready
    assert cluster.status() == first
    assert ask(cluster, "SHOW listen_addresses") == ""
    assert ask(cluster, "SHOW data_checksums") == "on"
    assert ask(cluster, "SHOW server_encoding") == "UTF8"
    assert ask(cluster, "SELECT current_user") == "wangge"
    cluster.stop()
    cluster.stop()
    assert not cluster.status().running
    assert cluster.status().initialised


def test_it_never_runs_as_root_and_lets_only_its_owner_in(laid: Cluster) -> None:
    laid.start()
    pid = laid.status().pid
    assert Path("/proc", str(pid)).stat().st_uid == account().pw_uid != 0
    assert laid.pgdata.stat().st_mode & 0o077 == 0
    assert laid.socket_dir.stat().st_mode & 0o077 == 0
    other = connection_string(laid.url_of("postgres")).replace("wangge@", "postgres@")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(other)


def test_committed_data_survive_kill_9(folder: Path, sockets: Path, laid: Cluster) -> None:
    assert laid.data_dir == folder
    cluster = Cluster(folder, sockets, server=find_server(Settings()))
    cluster.start()
    try:
        assert ask(cluster, "SHOW fsync") == ask(cluster, "SHOW synchronous_commit") == "on"
        with psycopg.connect(connection_string(cluster.url_of("postgres"))) as connection:
            connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
        pid = cluster.status().pid
        assert pid
        os.kill(pid, signal.SIGKILL)
        cluster.start()
        assert cluster.status().pid != pid
        assert ask(cluster, "SELECT count(*) FROM kept") == "1000"
    finally:
        cluster.stop()


def test_a_stale_pid_that_now_belongs_to_somebody_else_is_no_obstacle(laid: Cluster) -> None:
    laid.start()
    socket_dir, text = laid.socket_dir, (laid.pgdata / "postmaster.pid").read_text()
    laid.stop()
    stale = "\n".join([str(os.getpid()), *text.split("\n")[1:]])
    (laid.pgdata / "postmaster.pid").write_text(stale)
    (socket_dir / ".s.PGSQL.5432.lock").write_text(stale)
    assert not laid.status().running
    laid.stop()  # must not end this very process
    laid.start()
    assert laid.status().ready


def test_an_emptied_temporary_folder_is_mended(laid: Cluster) -> None:
    laid.start()
    shutil.rmtree(laid.socket_dir)
    assert not laid.status().ready
    laid.start()
    assert ask(laid, "SELECT 1") == "1"


def test_the_url_is_that_of_the_running_server_though_settings_changed(laid: Cluster) -> None:
    laid.start()
    elsewhere = Cluster(laid.data_dir, laid.data_dir / "elsewhere")
    assert elsewhere.url == laid.url
    elsewhere.start()
    assert elsewhere.status().pid == laid.status().pid


def test_of_simultaneous_starts_one_starts_and_all_succeed(cluster: Cluster) -> None:
    program = (
        "import sys; from pathlib import Path; from gis.settings import Settings\n"
        "from gis.store.cluster import Cluster, find_server\n"
        "server = find_server(Settings())\n"
        "made = Cluster(Path(sys.argv[1]), Path(sys.argv[2]), server=server, durable=False)\n"
        "made.start(); print(made.status().pid)\n"
    )
    words = [sys.executable, "-c", program, str(cluster.data_dir), str(cluster.socket_dir)]
    started = [
        subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    answers = [process.communicate() for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], answers
    assert {out.strip() for out, _ in answers} == {str(cluster.status().pid)}


def test_an_interrupted_creation_is_begun_anew(cluster: Cluster) -> None:
    half = cluster.data_dir / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("15\n")
    cluster.start()
    assert cluster.status().ready
    assert not half.exists()


def test_data_of_another_major_version_are_left_alone(cluster: Cluster) -> None:
    cluster.pgdata.mkdir()
    (cluster.pgdata / "PG_VERSION").write_text("9\n")
    assert code_of(cluster.start) == "setup-other-major"
    settings = Settings(data_dir=cluster.data_dir)
    assert code_of(lambda: find_server(settings, cluster.major)) == "setup-other-major"
    assert [path.name for path in cluster.pgdata.iterdir()] == ["PG_VERSION"]


def test_a_folder_with_other_files_is_left_alone(cluster: Cluster) -> None:
    cluster.pgdata.mkdir()
    (cluster.pgdata / "letter.txt").write_text("mine")
    assert code_of(cluster.start) == "cluster-foreign-folder"
    assert (cluster.pgdata / "letter.txt").read_text() == "mine"


def test_a_socket_path_too_long_or_with_a_comma_is_refused_in_time(
    cluster: Cluster, run_folder: Path
) -> None:
    for name in ("网" * 40, "a,b"):
        unusable = Cluster(cluster.data_dir, run_folder / name, server=find_server(Settings()))
        assert code_of(unusable.start) == "cluster-socket-unusable"
    assert not cluster.status().initialised


def test_a_socket_folder_that_a_stranger_laid_is_refused(cluster: Cluster, folder: Path) -> None:
    cluster.socket_dir.symlink_to(folder)
    assert code_of(cluster.start) == "cluster-socket-taken"
    cluster.socket_dir.unlink()


def test_a_server_that_cannot_start_shows_why(laid: Cluster) -> None:
    with (laid.pgdata / "postgresql.auto.conf").open("a") as file:
        file.write("shared_buffers = 'nonsense'\n")
    with pytest.raises(UnavailableError) as caught:
        laid.start()
    assert caught.value.code == "cluster-start-failed"
    assert "nonsense" in str(caught.value)


@ROOT_ONLY
def test_a_folder_that_the_server_account_cannot_enter_is_named(cluster: Cluster) -> None:
    closed = cluster.data_dir / "home"
    closed.mkdir(mode=0o700)
    inside = Cluster(closed / "data", cluster.socket_dir, server=find_server(Settings()))
    with pytest.raises(UnavailableError) as caught:
        inside.start()
    assert caught.value.code == "cluster-out-of-reach"
    assert caught.value.params["folder"] == closed


@ROOT_ONLY
def test_a_full_disk_is_called_one_and_leaves_nothing(cluster: Cluster) -> None:
    words = ["mount", "-t", "tmpfs", "-o", "size=8m,mode=755", "tmpfs", str(cluster.data_dir)]
    if subprocess.run(words, capture_output=True, check=False).returncode != 0:
        pytest.skip("no mounting here")
    try:
        assert code_of(cluster.start) == "cluster-disk-full"
        assert not cluster.status().initialised
        assert not (cluster.data_dir / "postgres.new").exists()
    finally:
        subprocess.run(["umount", str(cluster.data_dir)], check=True)


def test_data_of_another_user_are_refused(laid: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    found = laid.pgdata.stat()
    stranger = replace_uid(found, found.st_uid + 1)
    real = Path.stat
    monkeypatch.setattr(
        Path, "stat", lambda path, **kw: stranger if path == laid.pgdata else real(path, **kw)
    )
    assert code_of(laid.start) == "cluster-other-owner"


def replace_uid(found: os.stat_result, uid: int) -> os.stat_result:
    return os.stat_result([*found[:4], uid, *found[5:]])


def test_the_database_has_every_extension_whoever_asks_first(
    folder: Path, sockets: Path, laid: Cluster
) -> None:
    assert laid.data_dir == folder
    settings = Settings(data_dir=folder, socket_dir=sockets, DATABASE_URL="")
    try:
        with ThreadPoolExecutor(4) as pool:
            urls = set(pool.map(lambda _: ensure_database(settings), range(4)))
        assert len(urls) == 1
        with psycopg.connect(connection_string(urls.pop())) as connection:
            rows = connection.execute("SELECT extname FROM pg_extension").fetchall()
            point = connection.execute("SELECT ST_AsText(ST_Point(113.6, 34.7))").fetchone()
        assert set(EXTENSIONS) <= {row[0] for row in rows}
        assert point == ("POINT(113.6 34.7)",)
    finally:
        cluster_of(settings).stop()


def test_a_foreign_server_without_postgis_says_what_its_administrator_types(
    maintenance_url: str,
) -> None:
    name, role = f"bare_{uuid.uuid4().hex[:8]}", f"lowly_{uuid.uuid4().hex[:8]}"
    create_database(maintenance_url, name)
    with psycopg.connect(connection_string(maintenance_url), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {role}".encode())
        bare = maintenance_url.replace("/postgres?", f"/{name}?") + f"&options=-c%20role%3D{role}"
        try:
            with pytest.raises(UnavailableError) as caught:
                prepare(bare)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
            connection.execute(f"DROP ROLE {role}".encode())
    assert caught.value.code == "database-extension-forbidden"
    assert "CREATE EXTENSION postgis;" in str(caught.value)


def test_an_office_database_is_used_as_it_is(
    database_url: str, folder: Path, sockets: Path
) -> None:
    settings = Settings(data_dir=folder / "none", socket_dir=sockets, DATABASE_URL=database_url)
    assert ensure_database(settings) == database_url
    assert not (folder / "none").exists()


def test_the_command_line_tells_and_does_the_same(
    folder: Path, sockets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANGGE_DATA_DIR", str(folder))
    monkeypatch.setenv("WANGGE_SOCKET_DIR", str(sockets))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    app = typer.Typer()
    app.callback()(lambda: None)
    db.register(app)

    def wangge(*words: str) -> tuple[int, dict[str, object]]:
        result = CliRunner().invoke(app, ["db", *words, "--json"])
        return result.exit_code, json.loads(result.stdout)

    try:
        assert wangge("status")[0] == 3
        assert wangge("start")[1]["ready"] is True
        code, upgraded = wangge("upgrade")
        assert code == 0
        assert upgraded["revision"] == migrate.newest()
        code, found = wangge("status")
        assert code == 0
        assert postmaster.running(folder / "postgres")
        assert wangge("stop")[1]["pid"] is None
        assert wangge("status")[0] == 3
        monkeypatch.setenv("DATABASE_URL", "postgresql://u:secret@127.0.0.1:1/d")
        code, found = wangge("status")
        assert (code, found["error"]) == (3, "database-unreachable")
        assert "secret" not in str(found)
        refused = CliRunner().invoke(app, ["db", "stop"])
        assert isinstance(refused.exception, ConflictError)
    finally:
        Cluster(folder, sockets).stop()
