"""What the private cluster is told: sizes from the machine's memory, who may come in."""

from __future__ import annotations

import os
import pwd
import shutil
from collections.abc import Mapping
from pathlib import Path

ROLE = "wangge"
PORT = 5432
CONNECTIONS = 100
MB = 1024 * 1024
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - only its size is read
CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def memory_bytes() -> int:
    """What this machine, or the container that we run in, has to give."""
    physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limits = [physical]
    for path in CGROUP_LIMITS:
        try:
            limits.append(int(path.read_text()))
        except (OSError, ValueError):  # no such file, or "max"
            continue
    return min(limits)


def memory_settings(memory: int) -> dict[str, str]:
    """PostgreSQL's memory settings for a machine of `memory` bytes that also runs the service."""

    def share(part: int, least_mb: int, most_mb: int) -> str:
        return f"{min(max(memory // part // MB, least_mb), most_mb)}MB"

    return {
        "shared_buffers": share(4, 128, 8192),
        "effective_cache_size": share(2, 256, 1024 * 1024),
        "work_mem": share(4 * CONNECTIONS, 4, 64),
        "maintenance_work_mem": share(16, 64, 1024),
    }


def server_settings(socket_dir: Path, *, durable: bool, memory: int) -> dict[str, str]:
    """All that differs from PostgreSQL's defaults. Not `durable`: data may be lost in a crash."""
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": _list_item(str(socket_dir)),
        "unix_socket_permissions": "0700",
        "port": str(PORT),
        "max_connections": str(CONNECTIONS),
        "ssl": "off",
        # Compiling costs more than it saves in the many short queries of a map.
        "jit": "off",
        "random_page_cost": "1.1",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "max_wal_size": "2GB",
    }
    if _shared_memory_is_small():
        settings["dynamic_shared_memory_type"] = "mmap"
    if durable:
        return (
            settings
            | memory_settings(memory)
            | {
                "logging_collector": "on",
                "log_filename": "postgresql-%a.log",
                "log_truncate_on_rotation": "on",
                "log_rotation_age": "1d",
                "log_rotation_size": "0",
            }
        )
    return settings | {
        "shared_buffers": "128MB",
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "autovacuum": "off",
        "max_wal_size": "256MB",  # it may lie in memory
    }


def write(pgdata: Path, settings: Mapping[str, str], owner: pwd.struct_passwd) -> None:
    """Put the settings and the list of who may come in into the data directory.

    Whoever starts the cluster, and the account that it runs under, come in as the role `wangge`
    through the Unix socket; nobody else, and never with a password.
    """
    names = sorted({owner.pw_name, pwd.getpwuid(os.geteuid()).pw_name})
    files = {
        "wangge.conf": "".join(f"{name} = {_quoted(value)}\n" for name, value in settings.items()),
        "pg_hba.conf": "local all all peer map=wangge\n",
        "pg_ident.conf": "".join(f'wangge "{name}" {ROLE}\n' for name in names),
    }
    for name, text in files.items():
        _replace(pgdata / name, text, owner)
    main = pgdata / "postgresql.conf"
    include = "include = 'wangge.conf'\n"
    text = main.read_text(encoding="utf-8")
    if include not in text:
        _replace(main, f"{text}\n{include}", owner)


def _replace(path: Path, text: str, owner: pwd.struct_passwd) -> None:
    """Write a whole file or leave the old one, owned by the server's account."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        if os.geteuid() == 0:
            os.fchown(file.fileno(), owner.pw_uid, owner.pw_gid)
        file.write(text)
    new.replace(path)


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''").replace("\\", "\\\\") + "'"


def _list_item(value: str) -> str:
    """One item of a list setting: in double quotes, or a comma in it would make two."""
    return '"' + value.replace('"', '""') + '"'


def _shared_memory_is_small() -> bool:
    """Containers often have 64 MB of it, too little for a parallel query."""
    try:
        return shutil.disk_usage(SHARED_MEMORY).total < 512 * MB
    except OSError:
        return True
