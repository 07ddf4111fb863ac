"""The concentrations that are planted in the demo's incidents, written down for tests to find."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis.demo.kinds import FOUND, KINDS
from gis.demo.places import LAT_M, LON_M, Places, places_of
from gis.demo.rhythm import CHINA, DAYS, DEFAULT_UNTIL, day_weights, first_day

if TYPE_CHECKING:
    from gis.demo.city import DemoCity

PER_PERSON = 0.22
PEOPLE_PER_HOTSPOT = 18_000
# (category, days that it lasts, how many times the usual, days before `until` that it ends)
_PLANTED = (
    ("0301", 100, 7.0, 0), ("0201", 75, 6.0, 130), ("0403", 60, 8.0, 4), ("0402", 80, 9.0, 290),
    ("0404", 110, 8.0, 20), ("0502", 45, 9.0, 255), ("0505", 60, 8.0, 95), ("0203", 70, 7.0, 440),
    ("0302", 120, 6.0, 520),
)  # fmt: skip


def planted_hotspots(
    city: DemoCity, until: datetime = DEFAULT_UNTIL, *, per_person: float = PER_PERSON
) -> pd.DataFrame:
    """The hotspots that `incidents` plants, one row each.

    hotspot, category, lon, lat, radius_m, since, until (times in UTC), expected (how many
    incidents of the category the circle would see in that time without it), extra (how many
    come on top), ratio = 1 + extra / expected.
    """
    return hotspots_of(city, places_of(city), until, per_person)


def hotspots_of(city: DemoCity, places: Places, until: datetime, per_person: float) -> pd.DataFrame:
    """As `planted_hotspots`, for a caller who has the places at hand."""
    rng = np.random.default_rng([city.seed, 2])
    kinds = {kind.code: kind for kind in KINDS}
    count = max(len(_PLANTED), round(city.population / PEOPLE_PER_HOTSPOT))
    total = per_person * city.population
    start = datetime.combine(first_day(until), datetime.min.time(), CHINA)
    rows: list[dict[str, object]] = []
    taken = np.empty((count, 2))
    for number in range(count):
        code, days, ratio, ago = _PLANTED[number % len(_PLANTED)]
        kind = kinds[code]
        if number >= len(_PLANTED):
            ago = int(rng.integers(0, DAYS - days))
        last = DAYS - ago
        weight = places.weights[kind.place]
        usual = total * FOUND[code[:2]] / sum(FOUND.values()) * kind.share
        usual *= day_weights(kind.season, kind.hours, until)[last - days : last].sum()
        best: tuple[float, float, float, float] = (-1.0, 0.0, 0.0, 0.0)
        for _ in range(40):
            place = int(places.draw(kind.place, 1, rng)[0])
            lon, lat = float(places.lon[place]), float(places.lat[place])
            radius_m = float(rng.integers(13, 22) * 10)
            expected = usual * float(weight[places.within(lon, lat, radius_m)].sum())
            away = (taken[:number] - (lon, lat)) * (LON_M, LAT_M)
            if not (np.hypot(away[:, 0], away[:, 1]) <= 480).any():
                best = max(best, (expected, lon, lat, radius_m))
                if expected >= 4:
                    break
        expected, lon, lat, radius_m = best
        taken[number] = lon, lat
        extra = max(24, round((ratio - 1) * expected))
        rows.append({
            "hotspot": f"H{number + 1:03d}", "category": code, "lon": lon, "lat": lat,
            "radius_m": radius_m, "since": start + timedelta(days=last - days),
            "until": min(start + timedelta(days=last), until), "expected": expected,
            "extra": extra, "ratio": 1 + extra / expected,
        })  # fmt: skip
    frame = pd.DataFrame(rows)
    for column in ("since", "until"):
        frame[column] = pd.to_datetime(frame[column], utc=True)
    return frame
