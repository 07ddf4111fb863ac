"""What a notice says, in the words of whoever reads it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gis.messages import translate

WORDS = (
    "serial", "title", "reason", "main", "from", "task", "asked", "decision", "purpose", "place",
    "until", "caller", "department", "name", "how", "day", "year", "edition",
)  # fmt: skip


def sentence(kind: str, params: Mapping[str, Any], language: str, zone: ZoneInfo) -> str:
    """The sentence `notice-<kind>` in a language, as are names; moments in the office's time."""
    words: dict[str, Any] = {name: _word(params.get(name), language) for name in WORDS}
    words["count"] = params.get("count", 0)
    if fault := params.get("fault"):
        words["fault"] = translate(str(fault), language, params.get("fault_params"))
    words["joined"] = "yes" if params.get("joined") else "no"
    if words["title"] == "none":
        words["title"] = ""
    with suppress(ValueError):
        until = datetime.fromisoformat(str(params.get("until") or params.get("due_at")))
        words["until"] = f"{until.astimezone(zone):%Y-%m-%d %H:%M}"
    told = translate(f"notice-{kind.replace('_', '-')}", language, words)
    return " ".join(told.split())


def _word(given: Any, language: str) -> str:
    """What is said; a name that is kept in both languages in the reader's."""
    if isinstance(given, Mapping):
        given = given.get(language[:2]) or given.get("zh")
    return str(given or "none")
