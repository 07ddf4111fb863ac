"""The libraries and the font of the printed atlas: of the system, or unpacked by us."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gis.progress import Progress, silent
from gis.store import debian

if TYPE_CHECKING:
    from gis.settings import Settings


def press_environment(settings: Settings) -> dict[str, str]:
    """What a program that lays out pages needs on top of our environment; nothing where the
    system has what it needs."""
    prefix = _prefix(settings)
    if not debian.unpacked(prefix) or not debian.font_settings(prefix).exists():
        return {}
    return {
        "LD_LIBRARY_PATH": os.pathsep.join(map(str, debian.library_folders(prefix))),
        "FONTCONFIG_FILE": str(debian.font_settings(prefix)),
    }


def install_press(settings: Settings, names: Sequence[str], progress: Progress = silent) -> None:
    """Install packages for printing: for root into the system, for others into `packages_dir`.

    Raises UnavailableError that says why it did not work.
    """
    if os.geteuid() == 0 and not settings.private_packages:
        debian.install(names, progress)
    else:
        debian.unpack(names, _prefix(settings), progress)
        debian.write_font_settings(_prefix(settings))


def _prefix(settings: Settings) -> Path:
    return settings.packages_dir.absolute() / "press"
