"""Sentences of the catalogue gis/messages/setup.*.ftl while no package is installed yet.

Reads the one-line messages with plain `{ $name }` that setting up needs; `gis.messages` does the
rest, once its packages are there.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Never

FOLDER = Path(__file__).resolve().parent.parent / "gis" / "messages"


def language() -> str:
    """The language of the terminal, as `api.cli.console.language` tells it."""
    variables = ("WANGGE_LANGUAGE", "LC_ALL", "LANG")
    wanted = next((os.environ[name] for name in variables if os.environ.get(name)), "")
    return "zh-CN" if wanted.lower().startswith("zh") else "en"


def sentence(code: str, **params: object) -> str:
    """The sentence of a code in the terminal's language."""
    text = (FOLDER / f"setup.{language()}.ftl").read_text(encoding="utf-8")
    found = re.search(rf"^{re.escape(code)} = (.*)$", text, re.MULTILINE)
    pattern = found[1] if found else code
    return re.sub(r"\{ \$(\w+) \}", lambda name: str(params.get(name[1], name[0])), pattern)


def tell(code: str, **params: object) -> None:
    """Say what is being done or was found, on stderr like all progress."""
    print(f"── {sentence(code, **params)}", file=sys.stderr, flush=True)


def give_up(code: str, **params: object) -> Never:
    """Say in one sentence what is missing and what to type, and end with exit code 1."""
    print(sentence(code, **params), file=sys.stderr, flush=True)
    sys.exit(1)
