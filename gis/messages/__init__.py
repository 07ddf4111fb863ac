"""Every sentence that Wangge says to a person, in Fluent catalogues.

One pair of files per part of the house, `<part>.en.ftl` and `<part>.zh-CN.ftl`, so that a
reader finds a sentence beside its like.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fluent.runtime import FluentBundle

LANGUAGES = ("zh-CN", "en")
FOLDER = Path(__file__).parent
NAMES = {"id", "pid", "uid"}  # numbers that are names: they have no thousands separator
LONGEST = 400  # characters of a parameter that are shown
GREATEST = 1e15  # numbers below it are written with separators, and choose a plural
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f\x7f-\x9f]")
# A message of one line without parameters.
_PLAIN = re.compile(r"^([a-z][\w-]*) = ([^{\n]+)\n(?![ \t.])", re.MULTILINE)


def plain(code: str, language: str) -> str | None:
    """The sentence of a code that takes no parameters and stands on one line; None for others.

    It needs no Fluent, whose import takes a third of a second: help pages must be quick.
    """
    return _plain(language).get(code)


@cache
def _plain(language: str) -> dict[str, str]:
    return {
        code: text.rstrip()
        for path in sorted(FOLDER.glob(f"*.{language}.ftl"))
        for code, text in _PLAIN.findall(path.read_text(encoding="utf-8") + "\n")
    }


@cache
def _bundle(language: str) -> FluentBundle:
    from fluent.runtime import FluentBundle, FluentResource

    bundle = FluentBundle([language], use_isolating=False)
    for path in sorted(FOLDER.glob(f"*.{language}.ftl")):
        bundle.add_resource(FluentResource(path.read_text(encoding="utf-8")))
    return bundle


def best_language(accepted: str | None, default: str = "zh-CN") -> str:
    """The catalogue language for an Accept-Language header or a POSIX locale (zh_CN.UTF-8)."""
    for part in (accepted or "").split(","):
        tag = part.split(";")[0].strip().replace("_", "-").lower()
        if tag.startswith("zh"):
            return "zh-CN"
        if tag.startswith("en") or tag in ("c", "posix", "c.utf-8"):
            return "en"
    return default


def translate(code: str, language: str, params: Mapping[str, Any] | None = None) -> str:
    """The sentence of a code. An unknown code is shown as it is, so that nothing is hidden."""
    if (sentence := plain(code, language)) is not None:
        return sentence
    bundle = _bundle(language)
    if not bundle.has_message(code):
        return code
    pattern = bundle.get_message(code).value
    if pattern is None:
        return code
    values = {
        name: _value(str(value) if name in NAMES else value)
        for name, value in (params or {}).items()
    }
    text, faults = bundle.format_pattern(pattern, values)
    if faults:
        logging.getLogger(__name__).error("message %s in %s: %s", code, language, faults)
    return str(text)


def _value(value: Any) -> Any:
    """A parameter as a sentence can bear it.

    Fluent gives up on a part of more than 2,500 characters and writes `{???}` in its place, and
    fails on numbers that are none. Controls that turn text would turn the rest of the sentence.
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < GREATEST:
        return value
    shown = "—" if value is None else _TURNING.sub("", str(value)[: 4 * LONGEST])
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"
