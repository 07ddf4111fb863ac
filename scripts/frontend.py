"""The web pages: packages from the lock file, built into web/dist. Standard library only."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

from scripts.words import give_up, tell

WEB = Path(__file__).resolve().parent.parent / "web"
OLDEST_NODE = (20, 19)
PACKAGES_STAMP = WEB / "node_modules" / ".wangge-lock"
BUILD_STAMP = WEB / "dist" / ".wangge-sources"
NOT_SOURCES = {"node_modules", "dist", "coverage"}


def ensure(*, with_packages: bool) -> None:
    """Build web/dist unless it is built from these very sources.

    `with_packages`: install the npm packages in any case, because the tests of the pages need them.
    """
    sources = sources_digest(WEB)
    built = _read(BUILD_STAMP) == sources
    lock = hashlib.sha256((WEB / "package-lock.json").read_bytes()).hexdigest()
    if (with_packages or not built) and _read(PACKAGES_STAMP) != lock:
        _check_node()
        tell("setup-npm")
        _npm("ci", "--no-audit", "--no-fund", failure="setup-npm-failed")
        PACKAGES_STAMP.write_text(lock, encoding="utf-8")
    if not built:
        _check_node()
        tell("setup-web")
        _npm("run", "build", failure="setup-web-failed")
        BUILD_STAMP.write_text(sources, encoding="utf-8")


def sources_digest(web: Path) -> str:
    """The fingerprint of all files below `web` that are no packages and not built."""
    digest = hashlib.sha256()
    for path in sorted(web.rglob("*")):
        relative = path.relative_to(web)
        if relative.parts[0] not in NOT_SOURCES and path.is_file():
            digest.update(f"{relative.as_posix()}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _check_node() -> None:
    oldest = ".".join(map(str, OLDEST_NODE))
    if shutil.which("node") is None or shutil.which("npm") is None:
        give_up("setup-node-missing", oldest=oldest)
    words = subprocess.run(
        ["node", "--version"], capture_output=True, text=True, check=False
    ).stdout.strip()
    found = tuple(int(number) for number in re.findall(r"\d+", words)[:2])
    if found < OLDEST_NODE:
        give_up("setup-node-old", found=words, oldest=oldest)


def _npm(*words: str, failure: str) -> None:
    result = subprocess.run(
        ["npm", *words], cwd=WEB, stdout=sys.stderr, stdin=subprocess.DEVNULL, check=False
    )
    if result.returncode != 0:
        give_up(failure, command=" ".join(("npm", *words)))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
