"""What a bulletin says in plain words, and how its numbers are written and linked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from gis.messages import translate

HOUR_S, DAY_S = 3600, 86_400
# The columns of every table of counts, and which list of cases each leads to.
COLUMNS = ("found", "due", "closed", "on_time", "reopened", "overdue")
Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The language of a bulletin. `page_url` is where the pages are; None: nothing is linked."""

    figures: Figures
    language: str
    page_url: str | None = None

    def say(self, key: str, **params: Any) -> str:
        """A sentence or heading of the catalogue."""
        return translate(f"bulletin-{key}", self.language, params)

    def name(self, row: Figures) -> str:
        """What a row is called; by its code where it has no name in this language."""
        if not row["code"]:
            return self.say("none-of-them")
        names = row["name"] or {}
        return str(names.get("zh" if self.language == "zh-CN" else "en") or row["code"])

    @property
    def title(self) -> str:
        """Whose bulletin of which period."""
        return f"{self.name(self.figures['place'])} {self.say('title-' + self.figures['kind'])}"

    @property
    def period(self) -> str:
        return self.say("period", first=self.figures["first"], last=self.figures["last"])

    @property
    def made(self) -> str:
        """When it was made, in the office's time."""
        at = datetime.fromisoformat(self.figures["as_of"])
        local = at.astimezone(ZoneInfo(self.figures["time_zone"]))
        return self.say("made", at=f"{local:%Y-%m-%d %H:%M}")

    def per_cent(self, share: float | None) -> str:
        """A share with two decimals, a dash where nothing was due."""
        return "–" if share is None or math.isnan(share) else f"{100 * share:.2f} %"

    def took(self, seconds: float | None) -> str:
        """A length of time in hours, from two days on in days."""
        if seconds is None:
            return "–"
        if seconds < 2 * DAY_S:
            return self.say("hours", hours=f"{seconds / HOUR_S:.1f}")
        return self.say("days", days=f"{seconds / DAY_S:.1f}")

    def cases(self, column: str, **filters: str) -> str | None:
        """Where the very cases of a number are listed."""
        if self.page_url is None:
            return None
        return f"{self.page_url.rstrip('/')}{case_list(self.figures, column, **filters)}"


def case_list(figures: Figures, column: str, **filters: str) -> str:
    """The address of the page that lists the cases which a number counts."""
    area = figures["area_code"]
    asked = {"j": figures["jurisdiction_code"], "status": "all", "measure": column,
             "since": figures["since"], "until": figures["until"], "as_of": figures["as_of"],
             **filters}  # fmt: skip
    if area and "grid" not in asked and "queue" not in asked:
        asked["grid"] = area
    return f"/dispatch?{urlencode(asked)}"


def narrowed(first: str, code: str) -> dict[str, str]:
    """What narrows a list to a row of a category, place or department; of none where the code is
    empty."""
    if first == "place":
        return {"grid": code} if code else {"queue": "true"}
    return {first: code or "0"}


def closure_rate(row: Figures) -> float | None:
    """closed / due; None where nothing was due."""
    return row["closed"] / row["due"] if row["due"] else None


def on_time_rate(row: Figures) -> float | None:
    """on_time / due; None where nothing was due."""
    return row["on_time"] / row["due"] if row["due"] else None


def sentences(words: Words) -> list[str]:
    """What a leader must know, the most important first."""
    figures = words.figures
    return [
        _found(words, figures["total"], figures["before"]),
        _due(words, figures["total"]),
        *_risen(words, figures["categories"]),
        _hotspots(words, figures["hotspots"]),
        *_behind(words, figures["places"]),
    ]


def _found(words: Words, total: Figures, before: Figures) -> str:
    if not total["found"]:
        return words.say("says-none")
    by = total["found"] - before["found"]
    change = "more" if by > 0 else "fewer" if by < 0 else "same"
    return words.say("says-found", found=total["found"], change=change, by=abs(by))


def _due(words: Words, total: Figures) -> str:
    told = words.say("says-nothing-due")
    if total["due"]:
        told = words.say(
            "says-due", due=total["due"], closed=total["closed"], on_time=total["on_time"],
            closure_rate=words.per_cent(closure_rate(total)),
            on_time_rate=words.per_cent(on_time_rate(total)),
        )  # fmt: skip
    late = "says-overdue" if total["overdue"] else "says-none-overdue"
    joint = "" if words.language == "zh-CN" else " "
    return f"{told}{joint}{words.say(late, overdue=total['overdue'])}"


def _risen(words: Words, rows: Sequence[Figures]) -> list[str]:
    by = max(rows, key=lambda row: row["found"] - row["found_before"], default=None)
    if by is None or by["found"] <= by["found_before"]:
        return []
    told = {"category": words.name(by), "before": by["found_before"], "found": by["found"]}
    return [words.say("says-rise", **told)]


def _hotspots(words: Words, spots: Sequence[Figures]) -> str:
    if not spots:
        return words.say("says-no-hotspots")
    first = spots[0]
    return words.say("says-hotspots", count=len(spots), where=words.name(first), times=times(first))


def times(spot: Figures) -> str:
    """How many times the expectation, in as many digits as mean anything."""
    ratio = spot["count"] / max(spot["expected"], 1e-9)
    return f"{ratio:.1f}" if ratio < 10 else f"{ratio:.0f}"


def _behind(words: Words, places: Sequence[Figures]) -> list[str]:
    """The last three by the comparable rate, as far as they are surely below the others."""
    if len(places) < 2:
        return []
    last = sorted((one for one in places if one["rank"]), key=lambda one: -one["rank"])[:3]
    sure = [words.name(one) for one in last if one["behind"]]
    joint = "、" if words.language == "zh-CN" else ", "
    if not sure:
        return [words.say("says-none-behind")]
    return [words.say("says-behind", names=joint.join(sure))]
