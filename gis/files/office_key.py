"""The secret of an office: made once, kept in its data folder, read by nobody else."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from tempfile import NamedTemporaryFile

from gis.errors import UnavailableError

LENGTH = 32


def office_key(folder: Path) -> bytes:
    """The office's key, made when it is first asked for; one, however many ask at once.

    Raises UnavailableError `office-key-unreadable` where a file of that name is no key of ours.
    """
    path = folder / "office.key"
    with contextlib.suppress(FileNotFoundError):
        return _read(path)
    folder.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=folder, prefix=".office-key-") as file:  # mode 600
        file.write(secrets.token_bytes(LENGTH))
        file.flush()
        os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # somebody else was first: theirs holds
            os.link(file.name, path)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    return _read(path)


def _read(path: Path) -> bytes:
    try:
        key = path.read_bytes()
    except PermissionError as denied:
        raise UnavailableError("office-key-unreadable", name=str(path)) from denied
    if len(key) != LENGTH:
        raise UnavailableError("office-key-unreadable", name=str(path))
    return key
