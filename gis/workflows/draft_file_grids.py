"""The grids of a draft from a file, with the names that it gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gis.incidents.plain_text import clean_line
from gis.store.drafts_writing import DraftGrid

MOST_NAME = 200
Names = Mapping[str, tuple[str, str | None, int | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The grids of a file: as they are given there, and the code that each gets."""

    given: Sequence[str | None]
    names_zh: Sequence[str | None]
    names_en: Sequence[str | None]


def _name(given: str | None) -> str | None:
    """A name as a file has it, as names are kept: on one line, of a length that a page can show."""
    return clean_line((given or "").replace("\0", ""))[:MOST_NAME] or None


def draft_grids(
    codes: set[str], place: Mapping[str, int], grids: Named, names: Names
) -> list[DraftGrid]:
    """Grids of all three levels: named by the file, as today, or by their number."""
    found = []
    for code in sorted({c[:length] for c in codes for length in (9, 12, 15)}):
        zh, en, organisation = names.get(code, (None, None, None))
        at = place.get(code)
        if at is not None and (given := _name(grids.names_zh[at])):
            same = given == zh
            zh, en = given, _name(grids.names_en[at]) or (en if same else None)
        if not zh:
            number, kind = code[-3:], {9: "街道", 12: "社区", 15: "网格"}[len(code)]
            english = {9: "Sub-district", 12: "Community", 15: "Grid"}[len(code)]
            zh, en = f"{kind}{number}", f"{english} {number}"
        found.append(DraftGrid(code=code, name_zh=zh, name_en=en, organisation_id=organisation))
    return found
