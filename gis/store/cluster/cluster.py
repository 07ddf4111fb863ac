"""A private PostgreSQL cluster in a folder: Unix socket only, never root, hard to break."""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from gis.errors import ConflictError, UnavailableError
from gis.progress import Progress, silent
from gis.store.cluster import configuration, postmaster
from gis.store.cluster.server import Server, account, lowered

DATABASE = "wangge"
LONGEST_SOCKET_PATH = 107
START_SECONDS = 300.0
ANSWER_SECONDS = 15.0
STOP_SECONDS = 60.0
LOCK_SECONDS = 330.0
LOG_TAIL_BYTES = 4000

# Servers that this process started: kept, so that the system can be told when one has ended.
_spawned: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterStatus:
    """How a cluster is. `ready`: it takes connections. `major`: which version made its data."""

    running: bool
    ready: bool
    initialised: bool
    pid: int | None
    major: int | None
    url: str
    data_dir: Path
    socket_dir: Path
    log: Path


class Cluster:
    """A PostgreSQL cluster below `data_dir` with its socket in `socket_dir`.

    `server` gives the programs; without it the cluster can only be asked and stopped. With
    `durable=False` a crash may lose or break the data: for tests that throw it away.
    """

    def __init__(
        self,
        data_dir: Path,
        socket_dir: Path,
        *,
        server: Server | None = None,
        durable: bool = True,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.pgdata = self.data_dir / "postgres"
        self.log = self.data_dir / "postgres.log"
        self._socket_dir = socket_dir.absolute()
        self._server = server
        self._durable = durable

    @property
    def socket_dir(self) -> Path:
        """Where the socket is: of a running server its own word, since TMPDIR may have changed."""
        live = postmaster.running(self.pgdata)
        return (live and live.socket_dir) or self._socket_dir

    @property
    def url(self) -> str:
        """The SQLAlchemy URL of the database `wangge`."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """The SQLAlchemy URL of any database of this cluster."""
        # Not SQLAlchemy's own rendering: it writes a space as "+", which libpq takes literally.
        host = quote(os.fsencode(self.socket_dir), safe="")
        query = f"host={host}&port={configuration.PORT}"
        return f"postgresql+psycopg://{configuration.ROLE}@/{quote(database)}?{query}"

    def status(self) -> ClusterStatus:
        """What is there now; changes nothing."""
        live = postmaster.running(self.pgdata)
        return ClusterStatus(
            running=live is not None,
            ready=live is not None and live.ready and self._answers(),
            initialised=self.major is not None,
            pid=live.pid if live else None,
            major=self.major,
            url=self.url,
            data_dir=self.data_dir,
            socket_dir=self.socket_dir,
            log=self.log,
        )

    @property
    def major(self) -> int | None:
        """The major version that made the data; None before there are any."""
        try:
            return int((self.pgdata / "PG_VERSION").read_text().strip())
        except (OSError, ValueError):
            return None

    def start(self, progress: Progress = silent) -> None:
        """Make the cluster take connections, whatever state it is in; create it the first time.

        Raises UnavailableError or ConflictError with what to do: no account, a folder out of
        reach, another major version, a full disk, a socket path too long.
        """
        with self._locked():
            live = postmaster.running(self.pgdata)
            if live and not live.ready:
                self._wait_until_ready(None)
                live = postmaster.running(self.pgdata)
            if live and self._answers():
                return
            if live:  # it runs, but its socket is gone: somebody emptied the temporary folder
                self._stop(live.pid)
            self._start(progress)

    def stop(self) -> None:
        """End the server, waiting for a clean shutdown. Does nothing if there is none."""
        if not self.pgdata.exists():
            return
        with self._locked():
            live = postmaster.running(self.pgdata)
            if live:
                self._stop(live.pid)

    def _start(self, progress: Progress) -> None:
        owner = account()
        server = self._server
        if server is None:
            raise UnavailableError("setup-no-server")
        self._check_socket_path()
        self._check_reachable(self.data_dir, owner)
        self._check_reachable(server.bindir, owner)
        if self.major is None:
            progress("cluster-create", 0.0)
            self._create(server, owner)
        elif self.major != server.major:
            raise UnavailableError(
                "setup-other-major",
                data_dir=self.data_dir,
                made_by=self.major,
                installed=server.major,
            )
        self._check_owner(owner)
        self._prepare_socket_dir(owner)
        progress("cluster-start", 0.0)
        settings = configuration.server_settings(
            self._socket_dir, durable=self._durable, memory=configuration.memory_bytes()
        )
        try:
            configuration.write(self.pgdata, settings, owner)
            postmaster.clear_stale(self.pgdata, self._socket_dir, configuration.PORT)
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
            log = os.open(self.log, flags, 0o600)
        except OSError as error:
            raise self._failure("cluster-start-failed", str(error)) from error
        try:
            process = server.spawn(["postgres", "-D", self.pgdata], self.data_dir, log)
        finally:
            os.close(log)
        _spawned.append(process)
        self._wait_until_ready(process)
        progress("cluster-start", 1.0)

    def _create(self, server: Server, owner: pwd.struct_passwd) -> None:
        """Run initdb beside the final place: an interrupted one never passes for a cluster."""
        new = self.data_dir / "postgres.new"
        shutil.rmtree(new, ignore_errors=True)
        if self.pgdata.exists() and any(self.pgdata.iterdir()):
            raise ConflictError("cluster-foreign-folder", folder=self.pgdata)
        try:
            new.mkdir(mode=0o700)
            if os.geteuid() == 0:
                os.chown(new, owner.pw_uid, owner.pw_gid)
        except OSError as error:
            raise self._failure("cluster-create-failed", str(error)) from error
        words: list[str | Path] = ["initdb", "-D", new, f"--username={configuration.ROLE}"]
        words += ["--auth=peer", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"]
        words += ["--no-instructions"] if self._durable else ["--no-instructions", "--no-sync"]
        result = server.run(words, cwd=self.data_dir)
        if result.returncode != 0:
            shutil.rmtree(new, ignore_errors=True)
            raise self._failure("cluster-create-failed", result.stderr)
        if self.pgdata.exists():
            self.pgdata.rmdir()
        new.rename(self.pgdata)

    def _stop(self, pid: int) -> None:
        """Fast shutdown: sessions end, everything is written. Then, if it hangs, immediate."""
        for how in (signal.SIGINT, signal.SIGQUIT):
            try:
                os.kill(pid, how)
            except ProcessLookupError:
                return
            end = time.monotonic() + STOP_SECONDS
            while time.monotonic() < end:
                self._reap()
                if postmaster.running(self.pgdata) is None:
                    return
                time.sleep(0.02)
        raise UnavailableError("cluster-stop-failed", pid=pid)

    def _wait_until_ready(self, process: subprocess.Popen[bytes] | None) -> None:
        """Until it takes connections, which after a crash is once the log has been replayed."""
        end = time.monotonic() + START_SECONDS
        reason = ""
        while time.monotonic() < end:
            live = postmaster.running(self.pgdata)
            if live and live.ready:
                reason = self._refusal()
                if not reason:
                    return
                # It says that it is ready: what refuses us now will not change by waiting long.
                end = min(end, time.monotonic() + ANSWER_SECONDS)
            if process is not None and process.poll() is not None:
                break
            if process is None and live is None:
                return  # it ended while we waited: the caller starts another
            time.sleep(0.02)
        raise self._failure("cluster-start-failed", reason or self._last_log_lines())

    def _answers(self) -> bool:
        return not self._refusal()

    def _refusal(self) -> str:
        """Why the server does not let us in; empty if it does."""
        try:
            with psycopg.connect(
                host=str(self.socket_dir),
                port=configuration.PORT,
                user=configuration.ROLE,
                dbname="postgres",
                connect_timeout=10,
            ) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError as error:
            return str(error) or type(error).__name__
        return ""

    def _failure(self, code: str, words: str) -> UnavailableError:
        if "No space left on device" in words or "Disk quota exceeded" in words:
            return UnavailableError("cluster-disk-full", folder=self.data_dir)
        lines = [line.strip() for line in words.splitlines() if line.strip()]
        words_of_failure = ("FATAL", "PANIC", "error", "invalid", "could not")
        telling = [line for line in lines if any(word in line for word in words_of_failure)]
        reason = " ".join((telling or lines)[-3:])
        return UnavailableError(code, folder=self.data_dir, reason=reason, log=self.log)

    def _last_log_lines(self) -> str:
        """The end of the newest log: our own file until PostgreSQL's collector takes over."""
        text = b""
        for path in [self.log, *sorted((self.pgdata / "log").glob("*.log"), key=_changed)[-1:]]:
            try:
                text += path.read_bytes()[-LOG_TAIL_BYTES:]
            except OSError:
                continue
        return text.decode("utf-8", errors="replace")

    def _check_owner(self, owner: pwd.struct_passwd) -> None:
        uid = self.pgdata.stat().st_uid
        if uid != owner.pw_uid:
            raise ConflictError(
                "cluster-other-owner", folder=self.pgdata, uid=uid, account=owner.pw_name
            )

    def _check_reachable(self, folder: Path, owner: pwd.struct_passwd) -> None:
        """Every folder on the way must let the server's account through: home folders do not."""
        if os.geteuid() != 0:
            return
        for part in [*reversed(folder.parents), folder]:
            user, group, extra_groups = lowered()
            test = subprocess.run(
                ["/usr/bin/test", "-x", part],
                check=False,
                cwd="/",
                user=user,
                group=group,
                extra_groups=extra_groups,
            )
            if test.returncode != 0:
                raise UnavailableError("cluster-out-of-reach", folder=part, account=owner.pw_name)

    def _check_socket_path(self) -> None:
        """It must fit the system's limit; and libpq takes a comma for the next host of a list."""
        socket = self._socket_dir / f".s.PGSQL.{configuration.PORT}"
        if len(os.fsencode(socket)) > LONGEST_SOCKET_PATH or "," in str(socket):
            raise UnavailableError("cluster-socket-unusable", folder=self._socket_dir)

    def _prepare_socket_dir(self, owner: pwd.struct_passwd) -> None:
        """A folder of the server alone: in /tmp anybody could have made it before us."""
        folder = self._socket_dir
        try:
            folder.mkdir(mode=0o700)
            if os.geteuid() == 0:
                os.chown(folder, owner.pw_uid, owner.pw_gid, follow_symlinks=False)
        except FileExistsError:
            found = folder.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (owner.pw_uid, os.geteuid()):
                raise ConflictError("cluster-socket-taken", folder=folder) from None
            if os.geteuid() == 0 and found.st_uid == 0:
                os.chown(folder, owner.pw_uid, owner.pw_gid, follow_symlinks=False)
        except OSError as error:
            raise self._failure("cluster-start-failed", str(error)) from error
        self._check_reachable(folder, owner)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One start or stop at a time on a data directory, across processes."""
        try:
            _make_folder(self.data_dir)
            file = (self.data_dir / "cluster.lock").open("w")
        except OSError as error:
            raise self._failure("cluster-folder-unusable", str(error)) from error
        with file:
            end = time.monotonic() + LOCK_SECONDS
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > end:
                        raise ConflictError("cluster-busy", folder=self.data_dir) from None
                    time.sleep(0.05)
            yield

    @staticmethod
    def _reap() -> None:
        """Let ended servers of ours leave the process table; a zombie would look half alive."""
        _spawned[:] = [process for process in _spawned if process.poll() is None]


def _make_folder(folder: Path) -> None:
    """Like mkdir -p, but open to the server's account even if root's umask is strict."""
    for part in [*reversed(folder.parents), folder]:
        if not part.exists():
            part.mkdir(exist_ok=True)
            if os.geteuid() == 0:
                part.chmod(0o755)


def _changed(path: Path) -> float:
    return path.stat().st_mtime
