"""How a row's two name columns are handed out: as one mapping by language."""

from __future__ import annotations

from typing import Any


def names(zh: str | None, en: str | None) -> dict[str, str]:
    """Both names; a missing one is filled from the other, so that no page shows a blank."""
    return {"zh": zh or en or "", "en": en or zh or ""}


def pop_names(row: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Take `<prefix>name_zh` and `<prefix>name_en` out of a row and give them as one mapping."""
    return names(row.pop(f"{prefix}name_zh"), row.pop(f"{prefix}name_en"))
