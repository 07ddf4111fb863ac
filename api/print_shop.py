"""Where this installation prints atlases and keeps them."""

from __future__ import annotations

from gis.files.atlas_press import Press
from gis.settings import Settings
from gis.store.debian_press import press_environment
from gis.workflows.atlas_jobs import FOLDER, PrintShop


def print_shop(settings: Settings) -> PrintShop:
    """A folder of the data directory, and the press of the system or what `make setup` unpacked."""
    return PrintShop(
        folder=settings.data_dir / FOLDER, press=Press(environment=press_environment(settings))
    )
