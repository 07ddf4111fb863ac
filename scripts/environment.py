"""The virtual environment .venv, holding exactly what a lock file names. Standard library only."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from scripts import pip_settings
from scripts.words import give_up, tell

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "wangge-setup.json"
# Each holds all of the one before it, in the same versions.
KINDS = ("runtime", "dask", "dev", "bench")


def ensure(kind: str) -> None:
    """Make .venv hold what `requirements/<kind>.lock` names, and Wangge itself, editable.

    Does nothing if it does already, by the contents of the lock files.
    """
    stamp = _read_stamp()
    if stamp.get("root") != str(ROOT) or not _works():
        stamp = {"root": str(ROOT)}
        _create()
    if not is_current(stamp, kind):
        _install(kind)
        stamp |= {"kind": kind, "lock": lock_digest(kind)}
        stamp.pop("project", None)
        _write_stamp(stamp)
    project = _digest(ROOT / "pyproject.toml")
    if stamp.get("project") != project:
        tell("setup-project")
        words = ["install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", "."]
        if _pip(words) != 0:
            give_up("setup-pip-failed", lock="pyproject.toml")
        _write_stamp(stamp | {"project": project})


def is_current(stamp: dict[str, str], kind: str) -> bool:
    """Whether an environment with this stamp holds what `kind` needs, or more."""
    have = stamp.get("kind", "")
    larger = KINDS[KINDS.index(kind) :]
    return have in larger and stamp.get("lock") == lock_digest(have)


def lock_digest(kind: str) -> str:
    """The fingerprint of a lock file's content: times and paths of a clone say nothing."""
    return _digest(ROOT / "requirements" / f"{kind}.lock")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read_stamp() -> dict[str, str]:
    try:
        return dict(json.loads(STAMP.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _write_stamp(stamp: dict[str, str]) -> None:
    STAMP.write_text(json.dumps(stamp, indent=1), encoding="utf-8")


def _works() -> bool:
    """Whether .venv runs and has pip: it does not after Python was upgraded or the folder moved."""
    try:
        return (
            subprocess.run(
                [PYTHON, "-m", "pip", "--version"], capture_output=True, check=False
            ).returncode
            == 0
        )
    except OSError:
        return False


def _create() -> None:
    tell("setup-venv")
    # If make was called inside an environment, maybe this very one, use the Python behind it.
    python = getattr(sys, "_base_executable", sys.executable)
    words = [python, "-m", "venv", "--clear", str(VENV)]
    result = subprocess.run(words, capture_output=True, text=True, check=False)
    if result.returncode != 0 and "ensurepip" in result.stdout + result.stderr:
        if os.geteuid() != 0 or shutil.which("apt-get") is None:
            give_up("setup-venv-missing", python=python)
        package = f"python3.{sys.version_info.minor}-venv"
        subprocess.run(["apt-get", "-q", "update"], stdout=sys.stderr, check=False)
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        install = ["apt-get", "-q", "-y", "--no-install-recommends", "install", package]
        if subprocess.run(install, stdout=sys.stderr, env=quiet, check=False).returncode != 0:
            give_up("setup-venv-missing", python=python)
        result = subprocess.run(words, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        reason = " ".join((result.stderr or result.stdout).split())
        give_up("setup-venv-failed", reason=reason)


def _install(kind: str) -> None:
    """With uv, ten to twenty times as fast as pip; with pip where uv cannot do what pip is told."""
    tell("setup-python-packages")
    lock = f"requirements/{kind}.lock"
    reason = _install_with_uv(lock)
    if reason:
        tell("setup-python-packages-slow", reason=reason)
        if _pip(["install", "--require-hashes", "--requirement", lock]) != 0:
            give_up("setup-pip-failed", lock=lock)


def _install_with_uv(lock: str) -> str:
    """Install from a lock file; the reason in a few words if that did not succeed."""
    listed = subprocess.run(
        [PYTHON, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    variables, untold = pip_settings.for_uv(listed.stdout)
    if listed.returncode != 0 or untold:
        return f"pip: {', '.join(untold)}"
    words = [
        "install",
        "--quiet",
        "--require-hashes",
        "--requirement",
        "requirements/installer.lock",
    ]
    if _pip(words) != 0:
        return "uv: pip"
    words = ["-m", "uv", "pip", "install", "--require-hashes", "--requirement", lock]
    # pip takes the best version of all indexes; every file is pinned by its hash all the same.
    words += ["--index-strategy", "unsafe-best-match", "--python", str(PYTHON)]
    result = subprocess.run([PYTHON, *words], cwd=ROOT, env=variables | os.environ, check=False)
    return "" if result.returncode == 0 else f"uv: {result.returncode}"


def _pip(words: list[str]) -> int:
    """pip as the machine configures it, its words on stderr; relative paths are of the project."""
    return subprocess.run(
        [PYTHON, "-m", "pip", *words], cwd=ROOT, stdout=sys.stderr, check=False
    ).returncode
