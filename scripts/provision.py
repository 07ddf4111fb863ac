"""What comes after the packages: PostgreSQL with PostGIS, the routing kernels in machine code, and
for the tests Chromium and a font."""

from __future__ import annotations

import argparse
import sys

from api.cli.console import language, progress_bar
from gis.errors import WanggeError
from gis.messages import translate
from gis.routing.locator import warm
from gis.settings import Settings
from gis.store.cluster import install_server
from scripts.browser import install_chromium


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
    except WanggeError as error:
        print(translate(error.code, language(), error.params), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
