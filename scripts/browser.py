"""The browser of the tests: Chromium and a Chinese font, from the system or unpacked by us."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gis.errors import UnavailableError
from gis.progress import Progress, silent
from gis.settings import Settings
from gis.store import debian

PROGRAMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PACKAGES = ("chromium", "fonts-wqy-zenhei", "fontconfig")


@dataclass(frozen=True, kw_only=True, slots=True)
class Chromium:
    """A browser program; `environment` is what it needs on top of ours."""

    executable: Path
    environment: dict[str, str] = field(default_factory=dict)


def find_chromium(settings: Settings) -> Chromium:
    """A Chromium that can show Chinese; raises UnavailableError that says what to type."""
    for found in _browsers(settings):
        if _shows_chinese(found):
            return found
    raise UnavailableError("setup-browser-missing")


def install_chromium(settings: Settings, progress: Progress = silent) -> None:
    """Make sure that `find_chromium` finds one, if need be from Debian's packages."""
    if any(_shows_chinese(found) for found in _browsers(settings)):
        return
    if os.geteuid() == 0 and not settings.private_packages:
        debian.install(PACKAGES, progress)
    else:
        prefix = _prefix(settings)
        debian.unpack(PACKAGES, prefix, progress)
        debian.write_font_settings(prefix)
    find_chromium(settings)


def _prefix(settings: Settings) -> Path:
    return settings.packages_dir.absolute() / "browser"


def _browsers(settings: Settings) -> Iterator[Chromium]:
    if not settings.private_packages:
        for name in PROGRAMS:
            if path := shutil.which(name):
                yield Chromium(executable=Path(path))
    prefix = _prefix(settings)
    if debian.unpacked(prefix) and debian.font_settings(prefix).exists():
        libraries = debian.library_folders(prefix)
        yield Chromium(
            # Debian's wrapper script looks for its parts in /usr.
            executable=prefix / "usr/lib/chromium/chromium",
            environment={
                "LD_LIBRARY_PATH": os.pathsep.join(map(str, libraries)),
                "FONTCONFIG_FILE": str(debian.font_settings(prefix)),
                "PATH": f"{prefix / 'usr/bin'}{os.pathsep}{os.environ.get('PATH', '')}",
            },
        )


def _shows_chinese(browser: Chromium) -> bool:
    """Whether the program runs at all, and fontconfig knows a font for zh-cn in its environment."""
    environment = os.environ | browser.environment
    try:
        version = subprocess.run(
            [browser.executable, "--version"], env=environment, capture_output=True, check=False
        )
        fonts = subprocess.run(
            ["fc-list", ":lang=zh-cn", "family"], env=environment, capture_output=True, check=False
        )
    except OSError:
        return False
    return version.returncode == 0 and bool(fonts.stdout.strip())
