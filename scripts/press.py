"""What the printed atlas needs: from the system, or unpacked by us."""

from __future__ import annotations

from gis.errors import UnavailableError
from gis.files.atlas_press import FONT, LIBRARIES, Press
from gis.progress import Progress, silent
from gis.settings import Settings
from gis.store.debian_press import install_press, press_environment


def ensure_press(settings: Settings, progress: Progress = silent) -> None:
    """Make sure that this machine can print an atlas, if need be from Debian's packages.

    Raises UnavailableError with the names of the packages.
    """
    if _prints(settings):
        return
    install_press(settings, (*LIBRARIES, FONT), progress)
    Press(environment=press_environment(settings)).check()


def _prints(settings: Settings) -> bool:
    environment = press_environment(settings)
    if settings.private_packages and not environment:
        return False
    try:
        Press(environment=environment).check()
    except UnavailableError:
        return False
    return True
