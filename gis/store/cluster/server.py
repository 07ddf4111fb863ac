"""Where PostgreSQL's programs are, with PostGIS, and as whom they run."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gis.errors import UnavailableError
from gis.progress import Progress, silent
from gis.store import debian

if TYPE_CHECKING:
    from gis.settings import Settings

OLDEST_MAJOR = 14
SYSTEM_FOLDER = Path("/usr/lib/postgresql")
# Root may not run PostgreSQL: the first of these accounts that exists does it instead.
ACCOUNTS = ("postgres", "wangge")
PACKAGES = ("postgresql-15", "postgresql-15-postgis-3")
# Debian creates a cluster of its own on installation unless it is told not to.
NO_MAIN_CLUSTER = Path("/etc/postgresql-common/createcluster.d/wangge.conf")


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """PostgreSQL's programs with PostGIS beside them. `major` is 15 for PostgreSQL 15.18."""

    bindir: Path
    major: int
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, words: Sequence[str | Path], cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run one program to its end, as the account of the server, its words captured."""
        user, group, extra_groups = lowered()
        return subprocess.run(
            self._command(words),
            cwd=cwd,
            env=self._clean_environment(),
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            user=user,
            group=group,
            extra_groups=extra_groups,
        )

    def spawn(self, words: Sequence[str | Path], cwd: Path, log: int) -> subprocess.Popen[bytes]:
        """Start one program that outlives us, in a session of its own: Ctrl-C does not reach it."""
        user, group, extra_groups = lowered()
        return subprocess.Popen(
            self._command(words),
            cwd=cwd,
            env=self._clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            user=user,
            group=group,
            extra_groups=extra_groups,
        )

    def _command(self, words: Sequence[str | Path]) -> list[str]:
        return [str(self.bindir / words[0]), *map(str, words[1:])]

    def _clean_environment(self) -> dict[str, str]:
        """Ours, without what would move the server elsewhere (PGPORT, PGDATA …) or translate it."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return kept | {"LC_ALL": "C.UTF-8"} | self.environment


def account() -> pwd.struct_passwd:
    """Who runs the server: ourselves, or for root an account without privileges.

    Raises UnavailableError where root has no such account, and for a uid without a name, because
    PostgreSQL's peer authentication compares names.
    """
    if os.geteuid() == 0:
        for name in ACCOUNTS:
            try:
                return pwd.getpwnam(name)
            except KeyError:
                continue
        raise UnavailableError("setup-no-account", accounts=", ".join(ACCOUNTS))
    try:
        return pwd.getpwuid(os.geteuid())
    except KeyError:
        raise UnavailableError("setup-nameless-account", uid=os.geteuid()) from None


def lowered() -> tuple[int | None, int | None, list[int] | None]:
    """The user, group and extra groups that make root's subprocess give up its privileges."""
    if os.geteuid() != 0:
        return None, None, None
    who = account()
    return who.pw_uid, who.pw_gid, []


def find_server(settings: Settings, major: int | None = None) -> Server:
    """PostgreSQL with PostGIS on this machine: of the given major version, or else the newest.

    Raises UnavailableError that says what to type where there is none.
    """
    found = sorted(_servers(settings), key=lambda server: -server.major)
    for server in found:
        if major in (None, server.major):
            return server
    if settings.pg_bindir is not None and not found:
        raise UnavailableError("setup-bindir-unusable", folder=settings.pg_bindir)
    if major is not None and found:
        raise UnavailableError(
            "setup-other-major",
            data_dir=settings.data_dir,
            made_by=major,
            installed=", ".join(str(server.major) for server in found),
        )
    raise UnavailableError("setup-no-server")


def install_server(settings: Settings, progress: Progress = silent) -> None:
    """Make sure that `find_server` finds one, if need be from Debian's packages.

    For root they go into the system, for others (and with WANGGE_PRIVATE_PACKAGES) into
    `packages_dir`. Does nothing where PostGIS is there already or DATABASE_URL names a server.
    Never touches an existing cluster, and lets Debian create none.
    """
    if settings.database_url or any(_servers(settings)):
        return
    if settings.pg_bindir is not None:
        raise UnavailableError("setup-bindir-unusable", folder=settings.pg_bindir)
    if os.geteuid() != 0 or settings.private_packages:
        debian.unpack(PACKAGES, private_prefix(settings), progress)
        _link_extensions(private_prefix(settings))
    else:
        _install_system_server(progress)
    find_server(settings)


def private_prefix(settings: Settings) -> Path:
    """Below which folder the server's packages are unpacked."""
    return settings.packages_dir / "server"


def _install_system_server(progress: Progress) -> None:
    NO_MAIN_CLUSTER.parent.mkdir(parents=True, exist_ok=True)
    NO_MAIN_CLUSTER.write_text("create_main_cluster = false\n", encoding="utf-8")
    try:
        debian.install(PACKAGES, progress)
    finally:
        NO_MAIN_CLUSTER.unlink(missing_ok=True)


def _link_extensions(prefix: Path) -> None:
    """Give the extensions the names that Debian makes with alternatives on installation."""
    for versioned in prefix.glob("usr/share/postgresql/*/extension/*-3.control"):
        plain = versioned.with_name(versioned.name.replace("-3.control", ".control"))
        plain.unlink(missing_ok=True)
        shutil.copyfile(versioned, plain)


def _servers(settings: Settings) -> Iterator[Server]:
    """Every usable server that the settings allow us to look at."""
    if settings.pg_bindir is not None:
        yield from _server(settings.pg_bindir, {})
        return
    if not settings.private_packages:
        for bindir in SYSTEM_FOLDER.glob("*/bin"):
            yield from _server(bindir, {})
    prefix = private_prefix(settings).absolute()
    if debian.unpacked(prefix):
        environment = {
            "LD_LIBRARY_PATH": os.pathsep.join(map(str, debian.library_folders(prefix))),
            "PROJ_DATA": str(prefix / "usr/share/proj"),
        }
        for bindir in (prefix / "usr/lib/postgresql").glob("*/bin"):
            yield from _server(bindir, environment)


def _server(bindir: Path, environment: dict[str, str]) -> Iterator[Server]:
    """The server in `bindir` if its programs run, it is new enough, and PostGIS is beside it."""
    words = {}
    for program, option in (("postgres", "--version"), ("pg_config", "--sharedir")):
        try:
            words[program] = subprocess.run(
                [bindir / program, option],
                env=os.environ | environment,
                check=True,
                capture_output=True,
                text=True,
            ).stdout.strip()
        except (OSError, subprocess.CalledProcessError):
            return
    version = re.search(r"\) (\d+)", words["postgres"])
    extension = Path(words["pg_config"]) / "extension" / "postgis.control"
    if version and int(version[1]) >= OLDEST_MAJOR and extension.is_file():
        yield Server(bindir=bindir, major=int(version[1]), environment=environment)
