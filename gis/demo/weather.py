"""Weather of the demo city: synthetic days with the seasons of Zhengzhou, tied to no incident.

It has no part in what happens in the demo, so that a forecast told of it must not get better.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

PLACE, SOURCE = "中原观测点（合成）", "合成演示数据"
YEARS, COMING_DAYS = 4, 10
MIDWINTER = 15  # day of the year


def days_of_weather(today: date, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Four years of days up to yesterday, and ten days of a forecast that was issued then."""
    first = today - timedelta(days=365 * YEARS)
    count = (today - first).days + COMING_DAYS
    days = [first + timedelta(days=n) for n in range(count)]
    turn = np.cos(
        2 * np.pi * (np.array([day.timetuple().tm_yday for day in days]) - MIDWINTER) / 365.25
    )
    spell = np.zeros(count)
    wet = np.zeros(count, np.bool_)
    luck, kicks = rng.random(count), rng.normal(0, 2.1, count)
    for n in range(1, count):
        spell[n] = 0.75 * spell[n - 1] + kicks[n]
        wet[n] = luck[n] < (0.45 if wet[n - 1] else 0.16) * (1 - 0.55 * turn[n])
    mean = 15.5 - 13.3 * turn + spell - 1.5 * wet
    least = mean - rng.uniform(3, 6.5, count) + wet
    most = mean + rng.uniform(3, 7, count) - wet
    rain = np.where(wet, rng.gamma(0.7, 9.0, count) * (1 - 0.6 * turn) + 0.1, 0.0)
    wind = rng.gamma(5.0, 0.9, count)
    snow = np.where(wet & (mean < 0.5), rng.gamma(1.5, 2.0, count), 0.0)
    table = np.column_stack([mean, least, most, rain, wind, snow]).round(1)
    names = ("mean_c", "min_c", "max_c", "rain_mm", "wind_m_s", "snow_cm")
    return [
        {
            "place": PLACE, "day": day, "source": SOURCE,
            "issued_on": today - timedelta(days=1) if day >= today else None,
            **dict(zip(names, row, strict=True)),
        }
        for day, row in zip(days, table.tolist(), strict=True)
    ]  # fmt: skip
