"""The parts of the private cluster that need no server: sizes, addresses, stale pids, packages."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from gis.errors import InputError, UnavailableError
from gis.messages import FOLDER, translate
from gis.settings import Settings
from gis.store import debian
from gis.store.cluster import configuration, database, find_server, postmaster

GIB = 1024**3


def megabytes(text: str) -> int:
    return int(text.removesuffix("MB"))


@given(st.integers(min_value=GIB // 4, max_value=2048 * GIB))
def test_memory_settings_leave_room_for_the_service(memory: int) -> None:
    found = {name: megabytes(text) for name, text in configuration.memory_settings(memory).items()}
    total = memory // configuration.MB
    assert 128 <= found["shared_buffers"] <= max(128, total // 4)
    assert found["effective_cache_size"] <= max(256, total // 2)
    # Every connection sorting at once must not take more than the machine has.
    assert found["work_mem"] == 4 or found["work_mem"] * configuration.CONNECTIONS <= total // 4
    assert found["maintenance_work_mem"] <= max(64, total // 16)


def test_only_throw_away_clusters_give_up_durability() -> None:
    risky = {"fsync", "synchronous_commit", "full_page_writes"}
    durable = configuration.server_settings(Path("/s"), durable=True, memory=GIB)
    assert not risky & durable.keys()
    thrown_away = configuration.server_settings(Path("/s"), durable=False, memory=GIB)
    assert {thrown_away[name] for name in risky} == {"off"}
    assert durable["listen_addresses"] == thrown_away["listen_addresses"] == ""


@pytest.mark.parametrize(
    "given_url",
    [
        "postgres://u:p@h:5433/d",
        "postgresql://u:p@h:5433/d",
        "postgresql+psycopg2://u:p@h:5433/d",
        "  postgresql+psycopg://u:p@h:5433/d\n",
    ],
)
def test_every_spelling_of_a_postgresql_address_is_one(given_url: str) -> None:
    assert database.normalised(given_url) == "postgresql+psycopg://u:p@h:5433/d"
    assert database.connection_string(given_url) == "postgresql://u:p@h:5433/d"


def test_a_socket_folder_with_a_space_reaches_libpq_as_one() -> None:
    url = database.normalised("postgresql://u@/d?host=%2Ftmp%2Fa%20b%2Bc")
    assert url == "postgresql+psycopg://u@/d?host=%2Ftmp%2Fa%20b%2Bc"
    assert conninfo_to_dict(database.connection_string(url))["host"] == "/tmp/a b+c"


@pytest.mark.parametrize(
    ("given_url", "code"),
    [
        ("mysql://u:secret@h/d", "database-url-kind"),
        ("sqlite:///x.db", "database-url-kind"),
        ("host=secret", "database-url-malformed"),
        ("postgresql://u:secret@h:port/d", "database-url-malformed"),
    ],
)
def test_other_addresses_are_refused_without_showing_the_password(
    given_url: str, code: str
) -> None:
    with pytest.raises(InputError) as caught:
        database.normalised(given_url)
    assert caught.value.code == code
    assert "secret" not in str(caught.value)


def test_an_unreachable_server_is_named_without_its_password() -> None:
    settings = Settings(DATABASE_URL="postgresql://u:secret@127.0.0.1:1/d")
    with pytest.raises(UnavailableError) as caught:
        database.ensure_database(settings)
    assert caught.value.code == "database-unreachable"
    assert "127.0.0.1" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("line", ["this process", "1", "999999999", "-12", "0", "x", ""])
def test_a_pid_of_no_postgresql_process_is_no_postmaster(tmp_path: Path, line: str) -> None:
    line = line.replace("this process", str(os.getpid()))
    (tmp_path / "postmaster.pid").write_text(f"{line}\n{tmp_path}\n1\n5432\n/s\n\n\nready\n")
    assert postmaster.running(tmp_path) is None


def test_clearing_a_stale_pid_leaves_the_stranger_who_has_it_now_alone(tmp_path: Path) -> None:
    pgdata, sockets = tmp_path / "data", tmp_path / "s"
    pgdata.mkdir()
    sockets.mkdir()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        (pgdata / "postmaster.pid").write_text(f"{stranger.pid}\n")
        (sockets / ".s.PGSQL.5432.lock").write_text(f"{stranger.pid}\n")
        postmaster.clear_stale(pgdata, sockets, 5432)
        assert stranger.poll() is None
        assert list(pgdata.iterdir()) == list(sockets.iterdir()) == []
        stranger.communicate(b"\n")


def test_a_folder_without_postgresql_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError) as caught:
        find_server(Settings(data_dir=tmp_path, pg_bindir=tmp_path))
    assert caught.value.code == "setup-bindir-unusable"
    assert str(tmp_path) in str(caught.value)


STATUS = """\
Package: dpkg
Essential: yes
Status: install ok installed
Priority: required
Architecture: arm64
Pre-Depends: libc6 (>= 2.34), awk
Version: 1.21

Package: libc6
Status: install ok installed
Priority: optional
Architecture: arm64
Depends: libgcc-s1:any, gone | crypt
Version: 2.36
Description: C library
 Package: not-a-field

Package: mawk
Status: install ok installed
Priority: optional
Architecture: arm64
Provides: awk
Version: 1

Package: libgcc-s1
Status: install ok installed
Priority: optional
Architecture: arm64
Version: 12

Package: postgresql-15
Status: install ok installed
Priority: optional
Architecture: arm64
Version: 15

Package: crypt
Status: deinstall ok config-files
Priority: optional
Architecture: arm64
Version: 1
"""


def test_essential_packages_are_closed_under_what_they_need() -> None:
    assert debian.essential_packages(STATUS) == {"dpkg", "libc6", "mawk", "libgcc-s1"}


def test_the_machine_shown_to_apt_has_the_essentials_and_lacks_what_we_want() -> None:
    shown = debian.pretended_status(STATUS)
    names = re.findall(r"^Package: (.*)$", shown, re.MULTILINE)
    assert "postgresql-15" not in names
    assert {"dpkg", "libc6", "perl", "postgresql-common"} <= set(names)
    assert len(names) == len(set(names))
    assert set(re.findall(r"^Architecture: (.*)$", shown, re.MULTILINE)) == {"arm64"}


def test_without_debian_one_sentence_tells_the_other_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError) as caught:
        debian.unpack(["postgresql-15"], tmp_path / "prefix")
    assert caught.value.code == "setup-not-debian"
    assert "DATABASE_URL" in str(caught.value)
    assert not (tmp_path / "prefix").exists()


def test_a_failing_apt_leaves_no_half_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("apt-get", "dpkg-deb"):
        (programs / name).write_text("#!/bin/sh\necho 'E: Unable to fetch: 网络' >&2\nexit 100\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    with pytest.raises(UnavailableError) as caught:
        debian.unpack(["postgresql-15"], tmp_path / "data" / "prefix")
    assert caught.value.code == "setup-apt-failed"
    assert "Unable to fetch: 网络" in str(caught.value)
    assert list((tmp_path / "data").iterdir()) == []


def messages(language: str) -> dict[str, set[str]]:
    text = (FOLDER / f"setup.{language}.ftl").read_text(encoding="utf-8")
    lines = re.findall(r"^([a-z-]+) = (.*)$", text, re.MULTILINE)
    return {code: set(re.findall(r"\$(\w+)", pattern)) for code, pattern in lines}


def test_both_languages_say_the_same() -> None:
    assert messages("en") == messages("zh-CN")


def test_every_code_that_is_raised_has_its_sentence() -> None:
    root = FOLDER.parent.parent
    files = [*root.glob("gis/store/cluster/*.py"), root / "gis/store/debian.py"]
    files += [root / "api/cli/db.py", *root.glob("scripts/*.py")]
    codes = {
        code
        for file in files
        for code in re.findall(r'"((?:setup|cluster|database)-[a-z-]+)"', file.read_text())
    }
    missing = {code for code in codes if translate(code, "en") == code}
    assert len(codes) > 30
    assert not missing
