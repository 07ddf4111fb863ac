"""What a heatmap says in words and figures: title, window, legend, places, counts by category."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any, Literal

from babel.dates import format_date
from babel.numbers import format_decimal
from jinja2 import Environment

from gis.hotspots.significance import Hotspot
from gis.messages import translate

MAX_LISTED = 6
_DATES = {"zh-CN": "y年M月d日", "en": "d MMM y"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryCount:
    """One row of the table of categories: the name in the page's language, a colour `#rrggbb`."""

    name: str
    colour: str
    count: int
    chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Legend:
    """Either a ramp of colours from few to many, or classes with their counts or rates.

    `title`: what is counted, by the name of a message and its parameters. `blank`: by what places
    are left without colour because too little of it is there.
    """

    ramp: tuple[str, ...] = ()
    classes: tuple[tuple[str, str], ...] = ()
    title: Mapping[str, Any] = field(default_factory=dict)
    blank: str = ""


def panel_html(
    *,
    language: str,
    title: str,
    place: str,
    since: datetime,
    until: datetime,
    total: float,
    outside: float,
    synthetic: bool,
    legends: Sequence[Legend],
    hotspots: Sequence[Hotspot] | None,
    basis: Literal["even", "population", "history"],
    tally: Sequence[CategoryCount],
) -> str:
    """The folding panel of the page and, where nothing was found, the note in the middle."""

    def say(code: str, **params: Any) -> str:
        return translate(f"heatmap-{code}", language, params)

    found = list(hotspots or [])
    most = max((row.count for row in tally), default=0)
    listed = found[:MAX_LISTED]
    notes = [say(f"note-{basis}") if found else say("note-none")]
    if len(found) > len(listed):
        notes.append(say("note-more", shown=len(listed)))
    page: str = _template().render(
        title=title,
        place=place,
        window=window_text(since, until, language),
        total_number=number_text(total, language),
        total_unit=say("total-unit", count=round(total)),
        outside=say("outside", count=round(outside), number=number_text(outside, language))
        if round(outside) > 0
        else "",
        synthetic=say("synthetic") if synthetic else "",
        legends=[
            {
                "title": say(**legend.title),
                "classes": [{"colour": one, "label": label} for one, label in legend.classes],
                "blank": say(f"blank-{legend.blank}") if legend.blank else "",
            }
            for legend in legends
            if legend.classes
        ],
        ramp=next((legend.ramp for legend in legends if legend.ramp), ()),
        ramp_title=say("ramp"),
        fewer=say("fewer"),
        more=say("more"),
        places_title=say("places", count=len(found)) if hotspots is not None and total else "",
        places=[say("place", **figures(spot, language)) for spot in listed],
        places_note=(" " if language == "en" else "").join(notes),
        tally=[
            {
                "name": row.name,
                "colour": row.colour,
                "number": number_text(row.count, language),
                "percent": round(100 * row.count / most) if most else 0,
                "chosen": row.chosen,
            }
            for row in tally
        ],
        tally_title=say("tally"),
        empty="" if total else say("empty"),
        empty_hint=say("empty-hint"),
    )
    return page


def figures(spot: Hotspot, language: str) -> dict[str, Any]:
    """The parameters of the sentences about a hotspot."""
    return {
        "count": round(spot.count),
        "number": number_text(spot.count, language),
        "expected": number_text(spot.expected, language, places=0 if spot.expected >= 10 else 1),
        "ratio": number_text(spot.ratio, language, places=0 if spot.ratio >= 10 else 1),
        "z": number_text(spot.z, language, places=1),
    }


def number_text(value: float, language: str, *, places: int = 0) -> str:
    """A number as the language writes it."""
    pattern = "#,##0." + "0" * places if places else "#,##0"
    return format_decimal(round(value, places), format=pattern, locale=language.replace("-", "_"))


def window_text(since: datetime, until: datetime, language: str) -> str:
    """A window of time by its first and last day; `until` itself is outside of it."""
    last = max(since, until - timedelta(microseconds=1))
    first_day, last_day = (
        format_date(day.date(), _DATES[language], locale=language.replace("-", "_"))
        for day in (since, last)
    )
    if first_day == last_day:
        return first_day
    return translate("heatmap-window", language, {"since": first_day, "until": last_day})


@cache
def _template() -> Any:
    text = resources.files("gis.hotspots").joinpath("page/heatmap_panel.html").read_text("utf-8")
    return Environment(autoescape=True).from_string(text)
