"""Hotspots over time: what is planted is found and named, a city without any shows none."""

from __future__ import annotations

from datetime import date, datetime

import httpx
import numpy as np
import pytest

from gis.demo.city import build_city
from gis.demo.hotspots import planted_hotspots
from gis.store.engine import make_engine
from tests.conftest import UNTIL, module_database
from tests.factories import SOUTH, STEP, WEST, make_town
from tests.integration.incidents_help import once_ready, report_many
from tests.server import serving

YEAR_DAYS = 13 * 28
METRES = np.array([91_500, 111_000])


@pytest.fixture(scope="module")
def demo(demo_url, tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    with serving(demo_url, folder) as base, httpx.Client(base_url=base, timeout=60) as http:
        yield http


@pytest.fixture(scope="module")
def city(demo) -> dict[str, object]:
    jurisdiction = demo.get("/api/v1/jurisdictions").json()["items"][0]["id"]
    return {"jurisdiction": jurisdiction, "until": UNTIL.isoformat()}


def near(place, row) -> bool:
    away = np.array([place["lon"] - row.lon, place["lat"] - row.lat]) * METRES
    return bool(np.hypot(*away) < row.radius_m + 200)


def test_what_is_planted_within_the_year_is_found_and_nothing_else(demo, city):
    """One of six may be too faint over a year."""
    planted = list(planted_hotspots(build_city(), UNTIL).itertuples(index=False))
    recent = [row for row in planted if (UNTIL - row.until).days < YEAR_DAYS - 90]
    assert len(recent) == 6
    missed = []
    for row in recent:
        answer = once_ready(demo, "hotspots/emerging", category=row.category, **city)
        spots = [spot for spot in answer["items"] if near(spot, row)]
        assert spots == answer["items"]
        if not spots:
            missed.append(row.hotspot)
            continue
        first = spots[0]
        assert (first["kind"] == "fading") is ((UNTIL - row.until).days > 90)
        began = date.fromisoformat(first["since"])
        assert abs((began - row.since.date()).days) <= 56  # two periods
        assert first["ratio"] > 1.5
        assert first["communities"][0]["name"]["zh"]
        assert first["grids"][0]["code"].startswith("410102")
        assert first["p"] < 0.001
    assert len(missed) <= 1, missed


def test_what_is_planted_is_found_by_the_top_category_too(demo, city):
    """Among all of a top category a planted one of a sub-category is thinned out: one of six may
    be lost on top."""
    planted = list(planted_hotspots(build_city(), UNTIL).itertuples(index=False))
    recent = [row for row in planted if (UNTIL - row.until).days < YEAR_DAYS - 90]
    missed = [
        row.hotspot for row in recent
        if not any(near(spot, row) for spot in once_ready(
            demo, "hotspots/emerging", category=row.category[:2], **city)["items"])
    ]  # fmt: skip
    assert len(missed) <= 2, missed


@pytest.mark.parametrize("category", ["01", "06", "07"])
def test_categories_without_any_show_none(demo, city, category):
    assert once_ready(demo, "hotspots/emerging", category=category, **city)["items"] == []


def test_sentences_are_in_the_reader_s_language(demo, city):
    says = {
        lang: [
            spot["says"] + spot["sure"]
            for spot in once_ready(
                demo, "hotspots/emerging", category="03", lang=lang, **city)["items"]
        ]
        for lang in ("zh-CN", "en")
    }  # fmt: skip
    assert "倍" in says["zh-CN"][0]
    assert "一千次中不到一次" in says["zh-CN"][0]
    assert "times what is usual there" in says["en"][0]
    people = once_ready(
        demo, "hotspots/emerging", category="03", lang="zh-CN", against="people", **city
    )
    assert any("人口所能解释" in spot["says"] for spot in people["items"])


def test_a_sub_district_is_judged_by_itself(demo, city):
    found = once_ready(demo, "hotspots/emerging", category="03", grid="410102005", **city)
    codes = {grid["code"][:9] for spot in found["items"] for grid in spot["grids"]}
    assert codes <= {"410102005"}


@pytest.fixture(scope="module")
def town(maintenance_url, template_database, tmp_path_factory):
    """Sixteen grids whose incidents know nothing of each other over 300 days."""
    with module_database(maintenance_url, template_database) as url:
        engine = make_engine(url)
        town = make_town(engine)
        rng = np.random.default_rng(3)
        lon = rng.uniform(WEST, WEST + 4 * STEP, 4000)
        lat = rng.uniform(SOUTH, SOUTH + 4 * STEP, 4000)
        report_many(engine, town, lon, lat, rng.uniform(0, 300, 4000), mark="usual-")
        folder = tmp_path_factory.mktemp("data")
        with serving(url, folder) as base, httpx.Client(base_url=base, timeout=60) as http:
            yield engine, town, http
        engine.dispose()


def test_a_town_of_chance_shows_none_and_a_sudden_cluster_is_found(town):
    engine, made, http = town
    asked = {"jurisdiction": made.jurisdiction_id}
    assert once_ready(http, "hotspots/emerging", **asked)["items"] == []
    assert once_ready(http, "hotspots/sudden", **asked)["items"] == []

    rng = np.random.default_rng(4)
    place = WEST + 1.5 * STEP, SOUTH + 2.5 * STEP
    report_many(
        engine, made, rng.normal(place[0], 4e-4, 70), rng.normal(place[1], 4e-4, 70),
        rng.uniform(1, 8, 70), mark="sudden-", category="03",
    )  # fmt: skip
    # Another question than before: the former answers may be told for some minutes more.
    found = once_ready(http, "hotspots/sudden", severity=2, lang="zh-CN", **asked)["items"]
    assert len(found) == 1
    spot = found[0]
    assert spot["kind"] == "sudden"
    assert spot["p"] <= 0.01
    assert spot["count"] >= 50
    assert spot["ratio"] > 2
    away = np.array([spot["lon"] - place[0], spot["lat"] - place[1]]) * METRES
    assert np.hypot(*away) < 250
    assert "突然增多" in spot["says"]
    began = (datetime.now().date() - date.fromisoformat(spot["since"])).days
    assert 5 <= began <= 12


def test_young_records_are_said_to_be_too_short(town):
    _, made, http = town
    early = {"jurisdiction": made.jurisdiction_id, "until": "2001-01-01T00:00:00Z"}
    for path in ("hotspots/emerging", "hotspots/sudden", "forecast"):
        answer = once_ready(http, path, **early)
        assert (answer["too_short"], answer["items"]) == (True, [])
