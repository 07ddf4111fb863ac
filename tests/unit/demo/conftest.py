"""One demo city of the default scale for all tests of this folder, and stand-in grids for it."""

from __future__ import annotations

import pandas as pd
import pytest

from gis.demo.city import DemoCity, build_city
from gis.demo.incidents import incidents
from gis.demo.rhythm import DEFAULT_UNTIL


@pytest.fixture(scope="session")
def city() -> DemoCity:
    return build_city()


@pytest.fixture(scope="session")
def reported(city: DemoCity) -> pd.DataFrame:
    return incidents(city, until=DEFAULT_UNTIL)


@pytest.fixture(scope="session")
def grids(city: DemoCity) -> pd.DataFrame:
    """Codes as a planner numbers them, for the wanted number of grids at each level."""
    rows: list[tuple[str, int, str | None]] = []
    for part in city.sub_districts.itertuples():
        rows.append((part.code, 1, None))
        level_2 = [f"{part.code}{k:03d}" for k in range(1, part.level_2 + 1)]
        rows.extend((code, 2, part.code) for code in level_2)
        for k in range(part.level_3):
            parent = level_2[k % part.level_2]
            rows.append((f"{parent}{k // part.level_2 + 1:03d}", 3, parent))
    return pd.DataFrame(rows, columns=["code", "level", "parent_code"])
