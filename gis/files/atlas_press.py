"""Pages laid out as PDF in programs of their own, so that neither their memory nor the libraries
and fonts that they need are the service's.

`python -m gis.files.atlas_press IN.html OUT.pdf` lays out one document and ends.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gis.errors import UnavailableError

# What Debian calls the libraries that lay out pages, and a font with Chinese in two weights.
LIBRARIES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")
FONT = "fonts-noto-cjk"
NO_LIBRARIES, NO_FONT = 3, 4
NICER = 5  # whoever works at a page comes before whoever prints one


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A machine that prints. `environment` is what its programs need on top of ours."""

    environment: Mapping[str, str] = field(default_factory=dict)

    def check(self) -> None:
        """Raise UnavailableError `atlas-libraries-missing` or `atlas-font-missing` where this
        machine cannot lay out pages or write Chinese."""
        with self.begin() as program:
            told = program.communicate()[0]
        if program.returncode == NO_LIBRARIES:
            raise UnavailableError("atlas-libraries-missing", packages=" ".join((*LIBRARIES, FONT)))
        if program.returncode == NO_FONT:
            raise UnavailableError("atlas-font-missing", packages=FONT)
        if program.returncode != 0:
            raise RuntimeError(told)

    def begin(self, *files: Path) -> subprocess.Popen[str]:
        """A program that lays out the first file as the second, and what it says of faults."""
        return subprocess.Popen(  # noqa: S603 - this module, with names of files of our own
            [sys.executable, "-P", "-m", "gis.files.atlas_press", *map(str, files)],
            env=os.environ | self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace",
        )  # fmt: skip


def main(words: list[str]) -> int:
    """Lay out a document; without one, tell whether this machine could."""
    os.nice(NICER)
    try:
        import weasyprint
    except OSError:
        return NO_LIBRARIES
    if not words:
        return 0 if _writes_chinese() else NO_FONT
    document, out = words
    html = Path(document).read_text(encoding="utf-8")
    weasyprint.HTML(string=html, url_fetcher=_refuse).write_pdf(out)
    return 0


def _refuse(url: str) -> dict[str, Any]:
    """Nothing is fetched, whatever a name holds."""
    raise ValueError(url)


def _writes_chinese() -> bool:
    """Whether fontconfig, as pages are laid out with it, knows a font with Chinese characters."""
    library = ctypes.CDLL("libfontconfig.so.1")
    for name in ("FcNameParse", "FcObjectSetCreate", "FcFontList"):
        getattr(library, name).restype = ctypes.c_void_p
    wanted = ctypes.c_void_p(library.FcNameParse(b":lang=zh-cn"))
    found = library.FcFontList(None, wanted, ctypes.c_void_p(library.FcObjectSetCreate()))
    # The set that is given back begins with the number of its fonts.
    return bool(found) and ctypes.cast(found, ctypes.POINTER(ctypes.c_int))[0] > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
