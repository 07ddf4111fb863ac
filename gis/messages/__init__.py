"""Every sentence that Wangge says to a person, in Fluent catalogues.

One pair of files per part of the house, `<part>.en.ftl` and `<part>.zh-CN.ftl`, so that a
reader finds a sentence beside its like.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from fluent.runtime import FluentBundle, FluentResource

LANGUAGES = ("zh-CN", "en")
FOLDER = Path(__file__).parent


@cache
def _bundle(language: str) -> FluentBundle:
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
    bundle = _bundle(language)
    if not bundle.has_message(code):
        return code
    pattern = bundle.get_message(code).value
    if pattern is None:
        return code
    # An id is a name: it has no thousands separator.
    values = {
        name: str(value) if name == "id" else _plain(value)
        for name, value in (params or {}).items()
    }
    text, _ = bundle.format_pattern(pattern, values)
    return str(text)


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | float | str) else str(value)
