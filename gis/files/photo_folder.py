"""The folder of pictures: each named by its own sum, whole and on the disk before it is spoken of.

photos/3f/3fa4….jpg            the picture
photos/3f/3fa4….small.jpg      its preview
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Literal

from gis.errors import NotFoundError

Size = Literal["full", "small"]
ENDS: dict[Size, str] = {"full": ".jpg", "small": ".small.jpg"}
SWEPT = "swept"
BELOW = re.compile("^[0-9a-f]{2}$")
NAME = re.compile(r"^([0-9a-f]{64})(\.small)?\.jpg$")


def path_of(folder: Path, sha256: str, size: Size) -> Path:
    """Where a picture lies."""
    return folder / sha256[:2] / f"{sha256}{ENDS[size]}"


def store(folder: Path, sha256: str, picture: bytes, preview: bytes) -> None:
    """Put a picture and its preview on the disk; there, durable and whole, when this returns."""
    below = folder / sha256[:2]
    for made in (folder, below):
        if not made.is_dir():
            made.mkdir(mode=0o700, parents=True, exist_ok=True)
            _sync_folder(made.parent)
    contents: dict[Size, bytes] = {"small": preview, "full": picture}
    for size, content in contents.items():
        path = path_of(folder, sha256, size)
        if path.is_file() and path.stat().st_size == len(content):
            os.utime(path)  # young again, so that no sweep takes it
            continue
        with NamedTemporaryFile(dir=below, prefix=".new-", delete=False) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(path)
    _sync_folder(below)


def existing(folder: Path, sha256: str, size: Size) -> Path:
    """The file of a picture, put back if it was set aside. Raises NotFoundError
    `photo-file-missing`."""
    path = path_of(folder, sha256, size)
    if not path.is_file():
        aside = folder / SWEPT / path.name
        if not aside.is_file():
            raise NotFoundError("photo-file-missing", name=path.name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        aside.replace(path)
    return path


def old_pictures(folder: Path, *, older_than_s: float) -> Iterator[dict[str, list[Path]]]:
    """The files that have lain for a while, by the sums that they are named by, one folder after
    the other; half-written ones under the empty name."""
    if not folder.is_dir():
        return
    for below in sorted(path for path in folder.iterdir() if BELOW.match(path.name)):
        found: dict[str, list[Path]] = {}
        for path in sorted(below.iterdir()):
            name = NAME.match(path.name)
            if (name or path.name.startswith(".new-")) and _is_old(path, older_than_s):
                found.setdefault(name[1] if name else "", []).append(path)
        if found:
            yield found


def set_aside(folder: Path, paths: list[Path], *, older_than_s: float) -> int:
    """Put away those of these files that are still old: not what was sent again meanwhile.

    They are not removed at once: they may be named by the rows of another database than the one
    that the service was started with, by mistake or before a backup was restored.
    """
    gone = [path for path in paths if _is_old(path, older_than_s)]
    for path in gone:
        (folder / SWEPT).mkdir(mode=0o700, exist_ok=True)
        os.utime(path)
        path.replace(folder / SWEPT / path.name)
    return len(gone)


def remove_set_aside(folder: Path, *, older_than_s: float) -> None:
    """Remove what was set aside long ago."""
    if (folder / SWEPT).is_dir():
        for path in (folder / SWEPT).iterdir():
            if _is_old(path, older_than_s):
                path.unlink(missing_ok=True)


def _is_old(path: Path, older_than_s: float) -> bool:
    try:
        return path.stat().st_mtime <= time.time() - older_than_s
    except FileNotFoundError:
        return False


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
