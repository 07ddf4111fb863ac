"""Which process serves a data directory, told from the process itself and not from a pid alone.

After kill -9 or a power cut, postmaster.pid stays behind, and its number may by now belong to any
other process. PostgreSQL would then refuse to start, or we would stop a stranger.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from gis.errors import UnavailableError

PROC = Path("/proc")
ORPHANS_SECONDS = 20.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Postmaster:
    """The server process of a data directory, as its pid file tells. `ready`: it lets us in."""

    pid: int
    socket_dir: Path | None
    ready: bool


def running(pgdata: Path) -> Postmaster | None:
    """The live postmaster of `pgdata`; None if there is none, whatever postmaster.pid says."""
    lines = _lines(pgdata / "postmaster.pid")
    pid = _pid(lines)
    if pid is None or not _serves(pid, pgdata):
        return None
    socket_dir = Path(lines[4]) if len(lines) > 4 and lines[4] else None
    return Postmaster(
        pid=pid, socket_dir=socket_dir, ready=len(lines) > 7 and lines[7].strip() == "ready"
    )


def clear_stale(pgdata: Path, socket_dir: Path, port: int) -> None:
    """Remove what a killed postmaster left behind, so that the next one can start.

    Call it only while `running` says None and the cluster's lock is held. Backends that outlive
    their postmaster still write to the data: we wait until they have noticed and gone.
    """
    end = time.monotonic() + ORPHANS_SECONDS
    while orphans := _processes_of(pgdata):
        if time.monotonic() > end:
            raise UnavailableError("cluster-orphans", pids=", ".join(map(str, orphans)))
        time.sleep(0.1)
    (pgdata / "postmaster.pid").unlink(missing_ok=True)
    socket = socket_dir / f".s.PGSQL.{port}"
    socket.unlink(missing_ok=True)
    socket.with_name(socket.name + ".lock").unlink(missing_ok=True)


def _processes_of(pgdata: Path) -> list[int]:
    pids = sorted(int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit())
    return [pid for pid in pids if _serves(pid, pgdata)]


def _serves(pid: int, pgdata: Path) -> bool:
    """Whether the process is a PostgreSQL one that works in `pgdata`. Strangers' ones are not."""
    try:
        name = (PROC / str(pid) / "comm").read_text(errors="replace").strip()
        return name.startswith("postgres") and (PROC / str(pid) / "cwd").samefile(pgdata)
    except OSError:
        return False


def _lines(path: Path) -> list[str]:
    try:
        return os.fsdecode(path.read_bytes()).split("\n")
    except OSError:
        return []


def _pid(lines: list[str]) -> int | None:
    try:
        pid = int(lines[0])
    except (IndexError, ValueError):
        return None
    # A negative number stands for a single-user server, which serves nobody.
    return pid if pid > 0 else None
