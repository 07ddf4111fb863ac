"""Hotspots in plain words: where by name, how much, since when, and how sure it is."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from babel.dates import format_date

from gis.hotspots.panel import number_text
from gis.messages import translate

if TYPE_CHECKING:
    from gis.workflows.hotspots_in_time import Against, Part

NAMED = 3  # grids and communities by name
COMMUNITY = 12  # digits of its code
MONTHS = {"zh-CN": "y年M月", "en": "MMMM y"}
DATES = {"zh-CN": "M月d日", "en": "d MMMM"}
# Below this a chance is told as "less than": the figure behind it would claim more than is known.
LEAST_P = 0.001


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """A place as a test gives it. cells: numbers within the part, the strongest first."""

    kind: str
    cells: npt.NDArray[np.int64]
    count: float
    expected: float
    p: float
    since: date
    last: date
    p_trend: float | None = None
    centre: int | None = None
    radius_m: float | None = None

    @property
    def ratio(self) -> float:
        return self.count / max(self.expected, 1e-9)


def told(
    found: Sequence[Found], part: Part, against: Against, language: str,
    names_of: Callable[[Sequence[str]], dict[str, Any]],
) -> list[dict[str, Any]]:  # fmt: skip
    """Each place with the names of the grids and communities that it lies in, and its sentences."""
    grids = [_codes(part, one, 15) for one in found]
    communities = [_codes(part, one, COMMUNITY) for one in found]
    names = names_of(sorted({code for row in (*grids, *communities) for code in row}))

    def named(codes: list[str]) -> list[dict[str, Any]]:
        return [{"code": code, "name": names[code]} for code in codes if code in names]

    return [
        {
            "kind": one.kind,
            "lon": float(part.lon[_centre(one, part)]),
            "lat": float(part.lat[_centre(one, part)]),
            "radius_m": one.radius_m or math.sqrt(len(one.cells) * part.area_m2 / math.pi),
            "bbox": _box(one, part),
            "count": round(one.count),
            "expected": one.expected,
            "ratio": one.ratio,
            "p": one.p,
            "p_trend": one.p_trend,
            "since": one.since,
            "last": one.last,
            "grids": named(at[:NAMED]),
            "communities": named(of[:NAMED]),
            "says": sentence(one, against, language),
            "sure": how_sure(one.p, language),
        }
        for one, at, of in zip(found, grids, communities, strict=True)
    ]


def sentence(one: Found, against: Against, language: str) -> str:
    """What happens there: `三月以来为人口所能解释的 3 倍`, "three times …, since March"."""
    short = one.kind == "sudden"
    day = DATES if short else MONTHS
    return translate(
        f"place-{one.kind}-{against}",
        language,
        {
            "since": format_date(one.since, day[language], locale=language.replace("-", "_")),
            "last": format_date(one.last, day[language], locale=language.replace("-", "_")),
            "number": number_text(one.count, language),
            "count": round(one.count),
            "expected": number_text(one.expected, language, places=int(one.expected < 10)),
            "ratio": number_text(one.ratio, language, places=int(one.ratio < 10)),
        },
    )


def how_sure(p: float, language: str) -> str:
    """How likely chance alone would do this, in words."""
    if p < LEAST_P:
        return translate("place-sure-rare", language)
    return translate(
        "place-sure", language, {"times": number_text(max(1, round(1000 * p)), language)}
    )


def _centre(one: Found, part: Part) -> int:
    if one.centre is not None:
        return one.centre
    x, y = part.x[one.cells], part.y[one.cells]
    return int(one.cells[np.argmin(np.hypot(x - x.mean(), y - y.mean()))])


def _box(one: Found, part: Part) -> list[float]:
    """West, south, east, north of the cells."""
    lon, lat = part.lon[one.cells], part.lat[one.cells]
    half = part.cell_m / 2 / 111_320
    wide = half / math.cos(math.radians(float(lat.mean())))
    return [
        round(float(value), 6)
        for value in (lon.min() - wide, lat.min() - half, lon.max() + wide, lat.max() + half)
    ]


def _codes(part: Part, one: Found, digits: int) -> list[str]:
    """Codes of grids there, those with most of the cells first."""
    codes = part.code[one.cells]
    codes = codes[codes > 0] // 10 ** (15 - digits)
    found, first, cells = np.unique(codes, return_index=True, return_counts=True)
    order = np.lexsort((first, -cells))
    return [f"{code:0{digits}d}" for code in found[order].tolist()]
