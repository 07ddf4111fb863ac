"""How kernels are compiled by numba: exact IEEE arithmetic, kept on disk between processes.

Two promises that numba's defaults do not give:

* *Never stale.* numba notices a change in the file of a function, not in the files of the functions
  it calls; after an upgrade an old, wrong kernel could be loaded. Here the cache folder's name
  is a digest of all kernels of the same package (`gis.routing`, `gis.planning`), so that a changed
  line means a new folder.
* *Never in the way.* Where the sources lie on read-only ground (a hardened container), the cache
  goes to NUMBA_CACHE_DIR or the temporary folder; without any, kernels compile in memory.

`fastmath` stays off (it would let the compiler fuse or reorder the sums whose rounding errors
the predicates count on); numba asks for no fused multiply-add on its own.
"""

from __future__ import annotations

import getpass
import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import config as numba_config

Function = TypeVar("Function", bound=Callable[..., Any])
Whole = Any  # an integer of whatever width the kernel makes of it
config: Any = numba_config  # its settings are set at run time, which mypy does not see
HERE = Path(__file__).parent


def _digest(package: Path) -> str:
    sources = {path: path.read_bytes() for path in sorted(package.rglob("*.py"))}
    own = Path(__file__).read_bytes()
    kernels = [text for text in sources.values() if b"gis.kernels" in text]
    return hashlib.sha256(b"".join([own, *kernels])).hexdigest()[:12]


@cache
def _cache_folder(package: Path) -> Path | None:
    """Where the kernels of a package of ours are kept; None if nowhere."""
    places = [HERE / "__pycache__"]
    if config.CACHE_DIR:
        places.insert(0, Path(config.CACHE_DIR))
    places.append(Path(tempfile.gettempdir()) / f"wangge-kernels-{_user()}")
    for place in places:
        folder = place / f"{package.name}-{_digest(package)}"
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError:
            continue
        # Machine code is loaded from here: nobody else may be able to put it there.
        trusted = {path.stat().st_uid for path in (folder, folder.parent)} <= {0, os.geteuid()}
        if trusted and os.access(folder, os.W_OK):
            return folder
    return None


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as containers have
        return str(os.geteuid())


def compiled(function: Function) -> Function:
    """The function as machine code, without the interpreter lock; compiled at its first call."""
    folder = _cache_folder(HERE / function.__module__.split(".")[1])
    before = config.CACHE_DIR
    config.CACHE_DIR = str(folder or "")
    try:
        kept = folder is not None
        return cast(Function, numba.njit(nogil=True, fastmath=False, cache=kept)(function))
    finally:
        config.CACHE_DIR = before


def inlined(function: Function) -> Function:
    """The function as a part of the kernels that call it."""
    return cast(Function, numba.njit(inline="always", fastmath=False)(function))


def plain(function: Function) -> Function:
    """The function as it was written, for numpy arrays: the same arithmetic, nothing to compile."""
    return cast(Function, cast(Any, function).py_func)
