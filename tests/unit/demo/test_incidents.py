"""The demo's incidents keep the reported proportions, their rhythm and the planted hotspots."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import shapely
from pandas.testing import assert_frame_equal
from scipy import stats

from gis.demo.city import DemoCity, build_city
from gis.demo.hotspots import planted_hotspots
from gis.demo.incidents import incidents
from gis.demo.kinds import FOUND, KINDS, SOLVED, SOURCE_SHARES
from gis.demo.lifecycle import YOUNG_DAYS
from gis.demo.places import LAT_M, LON_M
from gis.demo.rhythm import DAYS, DEFAULT_UNTIL
from gis.incidents.categories import default_categories


def top(table: pd.DataFrame) -> pd.Series:
    return table["category"].astype(str).str[:2]


def test_key_areas_come_in_the_reported_proportions(reported: pd.DataFrame, city: DemoCity) -> None:
    assert len(reported) == round(0.22 * city.population)
    counts = top(reported).value_counts().reindex(list(FOUND))
    expected = np.array(list(FOUND.values())) / sum(FOUND.values()) * len(reported)
    assert stats.chisquare(counts, expected).pvalue > 1e-4


def test_as_many_are_solved_as_reported(reported: pd.DataFrame) -> None:
    age = pd.Timestamp(DEFAULT_UNTIL) - reported["reported_at"]
    for area, found in FOUND.items():
        here = reported[top(reported) == area]
        is_open = here["closed_at"].isna()
        if SOLVED[area] == found:
            assert not (is_open & (age[here.index] > timedelta(days=YOUNG_DAYS))).any()
        else:
            assert is_open.sum() == round(len(here) * (1 - SOLVED[area] / found))
    waiting = age[reported["closed_at"].isna()]
    assert waiting.median() < timedelta(days=60)


def test_nothing_lies_in_the_future_and_stages_follow_each_other(reported: pd.DataFrame) -> None:
    until = pd.Timestamp(DEFAULT_UNTIL)
    steps = ["reported_at", "registered_at", "dispatched_at", "handled_at", "fed_back_at",
             "closed_at"]  # fmt: skip
    stages = ["collected", "registered", "dispatched", "handled", "fed_back", "closed"]
    for before, after in pairwise(steps):
        both = reported[reported[after].notna()]
        assert both[before].notna().all()
        assert (both[before] <= both[after]).all()
        assert (both[after] < until).all()
    reached = reported["stage"].astype(str).replace("evaluated", "closed").map(stages.index)
    assert (reached == reported[steps[1:]].notna().sum(axis=1)).all()
    assert (reported["reported_at"] < until).all()
    assert reported["reported_at"].min() >= until - timedelta(days=DAYS)
    assert reported["reported_at"].is_monotonic_increasing


def test_points_lie_in_the_city_but_for_those_that_should_not(
    reported: pd.DataFrame, city: DemoCity
) -> None:
    inside = shapely.intersects_xy(city.boundary, reported["lon"], reported["lat"])
    assert (inside == (reported["where"] != "outside")).all()
    assert (reported["where"] == "outside").sum() >= 12
    shared = reported[reported["where"] == "boundary"]
    assert len(shared) >= 12
    owners, _ = shapely.STRtree(city.compounds.geometry.to_numpy()).query(
        shapely.points(shared["lon"], shared["lat"]), predicate="intersects"
    )
    assert (np.bincount(owners, minlength=len(shared)) >= 2).all()


def test_boundary_points_come_from_the_given_units(city: DemoCity) -> None:
    units = city.compounds[city.compounds["sub_district"] == "410102004"]
    table = incidents(city, units=units)
    shared = table[table["where"] == "boundary"]
    vertices = {tuple(xy) for xy in shapely.get_coordinates(units.geometry.to_numpy()).tolist()}
    assert {(x, y) for x, y in zip(shared["lon"], shared["lat"], strict=True)} <= vertices


def test_planted_hotspots_are_there_and_nowhere_else(
    reported: pd.DataFrame, city: DemoCity
) -> None:
    planted = planted_hotspots(city)
    assert len(planted) >= 9
    assert (planted["until"] == pd.Timestamp(DEFAULT_UNTIL)).any()
    for spot in planted.itertuples():
        same = reported[reported["category"] == spot.category]
        away_m = np.hypot((same["lon"] - spot.lon) * LON_M, (same["lat"] - spot.lat) * LAT_M)
        during = (same["reported_at"] >= spot.since) & (same["reported_at"] < spot.until)
        inside = away_m <= spot.radius_m
        hits = int((during & inside).sum())
        # Against the same circle in the rest of the time: a test of two counts.
        days = (spot.until - spot.since).total_seconds() / 86_400
        quiet = int((~during & inside & (same["hotspot"] == "")).sum())
        share = days / DAYS
        assert stats.binomtest(hits, hits + quiet, share, alternative="greater").pvalue < 1e-6
        # And as strong as written down, within chance and the seasons.
        assert hits == pytest.approx(spot.expected + spot.extra, rel=0.35)
    free = reported[reported["hotspot"] == ""]
    assert len(reported) - len(free) == planted["extra"].sum()


def test_places_suit_what_happens_there(reported: pd.DataFrame, city: DemoCity) -> None:
    kinds = city.compounds["kind"].to_numpy()
    points = shapely.points(reported["lon"], reported["lat"])
    at, compound = shapely.STRtree(city.compounds.geometry.to_numpy()).query(points, "within")
    seen = pd.Series(index=reported.index, dtype=object)
    seen.iloc[at] = kinds[compound]
    share = pd.crosstab(reported["category"].astype(str), seen, normalize="index")
    assert share.loc["0301", "village"] > 3 * share["village"].loc["0503"]
    assert share.loc["0404", "site"] > 0.5
    assert share.loc["0405", "factory"] > share.loc["0501", "factory"] + 0.2


def test_seasons_weekdays_and_hours_leave_their_mark(reported: pd.DataFrame) -> None:
    usual = reported[reported["hotspot"] == ""]
    local = usual["reported_at"].dt.tz_convert("Asia/Shanghai")
    fire, noise = usual["category"] == "0401", usual["category"] == "0505"
    winter, summer = local.dt.month.isin([12, 1, 2]), local.dt.month.isin([6, 7, 8])
    assert (fire & winter).sum() > 1.5 * (fire & summer).sum()
    assert (noise & summer).sum() > 1.5 * (noise & winter).sum()
    site = usual["category"] == "0404"
    weekend = local.dt.day_of_week >= 5
    assert (site & weekend).sum() / site.sum() < 0.22
    night = (local.dt.hour >= 21) | (local.dt.hour < 5)
    assert night[noise].mean() > 3 * night[site].mean()
    national_day = (local.dt.month == 10) & (local.dt.day <= 7)
    after = (local.dt.month == 10) & local.dt.day.between(9, 15)
    assert (site & national_day).sum() < (site & after).sum()


def test_words_are_complete_and_flagged(reported: pd.DataFrame) -> None:
    assert reported["synthetic"].all()
    assert reported["source_ref"].is_unique
    assert reported[["title", "title_en", "description", "address"]].ne("").all(axis=None)
    assert reported["description"].nunique() > 0.5 * len(reported)
    assert reported["title"].str.len().max() <= 200
    assert set(reported["severity"]) == {1, 2, 3, 4}


def test_the_same_seed_tells_the_same_story_and_another_another(city: DemoCity) -> None:
    assert_frame_equal(incidents(city), incidents(city))
    other = incidents(build_city(seed=11))
    assert not np.array_equal(other["lon"], incidents(city)["lon"])


def test_it_ends_when_it_is_told(city: DemoCity) -> None:
    until = datetime(2027, 3, 3, 20, 30, tzinfo=UTC)
    table = incidents(city, until=until)
    assert table["reported_at"].max() < pd.Timestamp(until)
    assert table["reported_at"].max() > pd.Timestamp(until) - timedelta(days=1)


def test_kinds_cover_the_default_categories() -> None:
    second_level = {entry.code for entry in default_categories() if entry.parent_code}
    assert {kind.code for kind in KINDS} == second_level
    for area in FOUND:
        assert sum(k.share for k in KINDS if k.code[:2] == area) == pytest.approx(1)
        assert sum(SOURCE_SHARES[area]) == pytest.approx(1)
    for kind in KINDS:
        assert len(kind.titles) == len(kind.posts), kind.code
