"""What is coming: weeks add up, intervals hold, its error is told, rises are flagged."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import httpx
import numpy as np
import pytest

from gis.store.engine import make_engine
from tests.conftest import module_database
from tests.factories import SOUTH, STEP, WEST, make_town
from tests.integration.incidents_help import once_ready, report_many
from tests.server import serving

WEEKS = 60


@pytest.fixture(scope="module")
def town(maintenance_url, template_database, tmp_path_factory):
    """Two categories over 60 weeks; in one community the second shot up in the last whole week."""
    with module_database(maintenance_url, template_database) as url:
        engine = make_engine(url)
        made = make_town(engine)
        rng = np.random.default_rng(8)

        def scatter(count: int, days: tuple[float, float], mark: str, category: str) -> None:
            report_many(
                engine, made,
                rng.uniform(WEST, WEST + 4 * STEP, count),
                rng.uniform(SOUTH, SOUTH + 4 * STEP, count),
                rng.uniform(*days, count), mark=mark, category=category,
            )  # fmt: skip

        today = datetime.now(UTC).astimezone(tz=None).date()
        monday = today.weekday() + 1.0  # days since the last whole week, at the least
        scatter(60 * WEEKS, (0, 7 * WEEKS), "first-", "01")
        scatter(20 * WEEKS, (0, 7 * WEEKS), "second-", "02")
        report_many(
            engine, made, rng.uniform(WEST, WEST + STEP, 60), rng.uniform(SOUTH, SOUTH + STEP, 60),
            rng.uniform(monday + 1, monday + 4, 60), mark="more-", category="02",
        )  # fmt: skip
        folder = tmp_path_factory.mktemp("data")
        with serving(url, folder) as base, httpx.Client(base_url=base, timeout=60) as http:
            yield made, http
        engine.dispose()


def test_the_coming_weeks_are_told_with_their_error(town):
    made, http = town
    found = once_ready(http, "forecast", jurisdiction=made.jurisdiction_id, level=0, lang="zh-CN")
    weeks = [date.fromisoformat(day) for day in (*found["past_weeks"], *found["weeks"])]
    assert all(day.weekday() == 0 for day in weeks)
    assert all(b - a == timedelta(days=7) for a, b in pairwise(weeks))
    assert weeks[-4] <= datetime.now(UTC).date() + timedelta(days=1) < weeks[-4] + timedelta(days=9)
    first = next(one for one in found["items"] if one["category"] == "01")
    assert all(40 < mean < 80 for mean in first["mean"])
    assert all(
        low <= mean <= high
        for low, mean, high in zip(first["low"], first["mean"], first["high"], strict=True)
    )
    assert [one["ahead"] for one in found["tried"]] == [1, 2, 3, 4]
    assert all(0 < one["error"] < 2 * one["naive_error"] for one in found["tried"])
    assert all(0.6 < one["within"] <= 1 for one in found["tried"])
    assert "照搬去年同期" in found["says"]


def test_an_unusual_rise_is_named_with_its_place(town):
    made, http = town
    found = once_ready(http, "forecast", jurisdiction=made.jurisdiction_id, level=3, lang="en")
    assert found["rises"]
    rise = found["rises"][0]
    assert rise["category"] == "02"
    assert rise["code"] == "410102004001001"
    assert rise["count"] >= 30 > 3 * rise["expected"]
    assert "last week" in rise["says"]


def test_places_add_up_to_the_whole(town):
    made, http = town
    asked = {"jurisdiction": made.jurisdiction_id}
    sums = []
    for level in (0, 2, 3):
        past = [one["past"] for one in once_ready(http, "forecast", level=level, **asked)["items"]]
        sums.append(np.array(past).sum(axis=0).tolist())
    assert sums[0] == sums[1] == sums[2]
    days = http.get("/api/v1/stats/days", params=asked).json()["items"]
    first = once_ready(http, "forecast", level=0, **asked)["past_weeks"][0]
    last = once_ready(http, "forecast", level=0, **asked)["weeks"][0]
    assert sum(sums[0]) == sum(day["found"] for day in days if first <= day["day"] < last)
