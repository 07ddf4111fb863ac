"""What comes after the packages: PostgreSQL with PostGIS, the routing kernels in machine code, and
what prints atlases, and for the tests Chromium and a font."""

from __future__ import annotations

import argparse
import sys

from api.cli.console import language, progress_bar
from gis.errors import UnavailableError, WanggeError
from gis.files.atlas_press import FONT, LIBRARIES
from gis.messages import translate
from gis.progress import Progress
from gis.routing.locator import warm
from gis.settings import Settings
from gis.store.cluster import install_server
from scripts.browser import install_chromium
from scripts.press import ensure_press


def main() -> int:
    """Install what is missing; on failure one sentence says what to type."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--browser", action="store_true", help="also what the browser tests need")
    wanted = parser.parse_args()
    settings = Settings()
    try:
        with progress_bar() as progress:
            install_server(settings, progress)
            progress("setup-kernels", 0.0)
            warm()
            if wanted.browser:
                install_chromium(settings, progress)
            without = _press(settings, progress)
    except WanggeError as error:
        print(translate(error.code, language(), error.params), file=sys.stderr)
        return 1
    if without is not None:
        print(without, file=sys.stderr)
    return 0


def _press(settings: Settings, progress: Progress) -> str | None:
    """Install what prints atlases, or tell how to: all else works without it."""
    try:
        ensure_press(settings, progress)
    except UnavailableError as error:
        reason = translate(error.code, language(), error.params)
        packages = " ".join((*LIBRARIES, FONT))
        return translate(
            "setup-press-missing", language(), {"packages": packages, "reason": reason}
        )
    return None


if __name__ == "__main__":
    sys.exit(main())
