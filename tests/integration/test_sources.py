"""Each source has a named coordinate system, in which its reports are read that name none."""

from __future__ import annotations

import json

import httpx
import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from api.cli import build
from gis.errors import InputError
from gis.geometry import wgs84_to_bd09, wgs84_to_gcj02
from gis.store.engine import acting
from gis.workflows.incident_report import IncidentReport
from gis.workflows.intake import Sent, report_incidents
from gis.workflows.locators import Locators
from gis.workflows.sources import doubted_sources, name_system, source_systems
from tests.factories import SOUTH, STEP, WEST, make_town
from tests.server import serving

LON, LAT = WEST + STEP / 2, SOUTH + STEP / 2
GRID = "410102004001001"


def sent(shift, source, key=None, **changed):
    lon, lat = (float(axis[0]) for axis in shift([LON], [LAT]))
    report = IncidentReport(
        category="0101", title="试验", source=source, lon=lon, lat=lat, **changed
    )
    return Sent(report=report, key=key)


def as_it_is(lon, lat):
    return lon, lat


def taken_in(engine, *given):
    return report_incidents(engine, Locators(), given, actor="调度员", time_zone="Asia/Shanghai")


def test_a_report_that_names_no_system_is_read_in_that_of_its_source(engine):
    make_town(engine)
    name_system(engine, "hotline_12345", "gcj02", actor="调度员")
    name_system(engine, "department", "bd09", actor="调度员")
    done = taken_in(
        engine,
        sent(wgs84_to_gcj02, "hotline_12345"),
        sent(wgs84_to_bd09, "department"),
        sent(as_it_is, "patrol"),
        sent(as_it_is, "hotline_12345", crs="EPSG:4326"),
        sent(wgs84_to_bd09, "patrol", crs="bd09"),
    )
    for one in done:
        assert one.case["grid"]["code"] == GRID
        assert one.case["lon"] == pytest.approx(LON, abs=1e-8)
        assert one.case["lat"] == pytest.approx(LAT, abs=1e-8)


def test_naming_a_system_leaves_what_came_in_and_the_former_name_in_the_history(engine):
    make_town(engine)
    (before,) = taken_in(engine, sent(as_it_is, "sensor", key="key-of-the-first"))
    name_system(engine, "sensor", "gcj02", actor="甲")
    name_system(engine, "sensor", "gcj02", actor="乙")  # nothing new: not written
    name_system(engine, "sensor", "EPSG:4490", actor="丙")
    (again,) = taken_in(engine, sent(as_it_is, "sensor", key="key-of-the-first"))
    assert (again.incident_id, again.created) == (before.incident_id, False)
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT crs, recorded_by FROM source_system ORDER BY id")
        ).all()
        shown = {row["source"]: row["crs"] for row in source_systems(connection)}
    assert [tuple(row) for row in rows] == [("gcj02", "甲"), ("EPSG:4490", "丙")]
    assert (shown["sensor"], shown["patrol"]) == ("EPSG:4490", "EPSG:4326")
    with pytest.raises(DBAPIError, match="append-only"), acting(engine, "丁") as connection:
        connection.execute(text("DELETE FROM source_system"))


@pytest.mark.parametrize(
    "source, crs, code",
    [("weather", "gcj02", "source-unknown"), ("patrol", "火星", "crs-unknown")],
)
def test_what_is_unknown_is_refused_and_nothing_written(engine, source, crs, code):
    with pytest.raises(InputError) as refused:
        name_system(engine, source, crs, actor="a")
    assert refused.value.code == code
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM source_system")) == 0


def test_over_http(engine, database_url, tmp_path):
    make_town(engine)
    with serving(database_url, tmp_path) as base, httpx.Client(base_url=base) as client:
        listed = client.get("/api/v1/sources").json()["items"]
        assert {row["crs"] for row in listed} == {"EPSG:4326"}
        assert len(listed) == 6
        done = client.put("/api/v1/sources/hotline_12345", json={"crs": "gcj02"})
        assert done.status_code == 200
        named = {row["source"]: row for row in done.json()["items"]}["hotline_12345"]
        assert (named["crs"], named["recorded_by"]) == ("gcj02", "测试 (tests)")
        wrong = client.put("/api/v1/sources/hotline_12345", json={"crs": "火星"})
        assert (wrong.status_code, wrong.json()["code"]) == (422, "crs-unknown")
        assert client.put("/api/v1/sources/x", json={"crs": "gcj02"}).status_code == 422
        x, y = wgs84_to_gcj02([LON], [LAT])
        report = {"category": "0101", "title": "试验", "source": "hotline_12345",
                  "lon": float(x[0]), "lat": float(y[0])}  # fmt: skip
        case = client.post("/api/v1/incidents", json=report).json()
        assert case["grid"]["code"] == GRID
        assert case["lon"] == pytest.approx(LON, abs=1e-8)


def test_on_the_command_line(engine, database_url, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", database_url)
    told = CliRunner().invoke(build(), ["sources", "set", "sensor", "bd09", "--json"])
    assert json.loads(told.stdout) == {"source": "sensor", "crs": "bd09"}
    listed = json.loads(CliRunner().invoke(build(), ["sources", "list", "--json"]).stdout)["items"]
    assert {row["source"]: row["crs"] for row in listed}["sensor"] == "bd09"
    shown = CliRunner().invoke(build(), ["sources", "list"])
    assert shown.exit_code == 0
    assert "bd09" in shown.stdout


def near_the_edge(west=False, number=40):
    """True places within 400 m of an edge: GCJ-02 lies farther east, BD-09 farther yet."""
    rng = np.random.default_rng(3)
    first = WEST if west else WEST + STEP * 4 - 0.004
    lon = rng.uniform(first, first + 0.004, number)
    return lon, rng.uniform(SOUTH, SOUTH + 4 * STEP, number)


def sent_at(lon, lat, source):
    return Sent(
        report=IncidentReport(
            category="0101", title="试验", source=source, lon=float(lon), lat=float(lat)
        ),
        key=None,
    )


def doubts(engine):
    with engine.connect() as connection:
        return doubted_sources(connection, Locators())


def test_single_reports_in_another_system_than_named_are_noticed(engine, database_url, tmp_path):
    make_town(engine)
    name_system(engine, "department", "bd09", actor="调度员")
    lon, lat = near_the_edge()
    for source, xs, ys in (
        ("hotline_12345", *wgs84_to_gcj02(lon, lat)),  # says nothing, sends GCJ-02
        ("department", *wgs84_to_gcj02(*near_the_edge(west=True))),  # says BD-09, sends GCJ-02
        ("patrol", lon, lat),
    ):
        taken_in(engine, *(sent_at(x, y, source) for x, y in zip(xs, ys, strict=True)))
    found = doubts(engine)
    assert found["hotline_12345"]["reading"] == "gcj02"
    assert found["hotline_12345"]["inside_then"] == found["hotline_12345"]["sample"] == 40
    assert found["hotline_12345"]["inside"] < 40
    assert found["department"]["reading"] == "gcj02"
    assert "patrol" not in found
    with serving(database_url, tmp_path) as base, httpx.Client(base_url=base) as client:
        plain = client.get("/api/v1/sources").json()["items"]
        checked = client.get("/api/v1/sources", params={"check": True}).json()["items"]
    assert [row["doubt"] for row in plain] == [None] * 6
    shown = {row["source"]: row["doubt"] for row in checked}
    assert shown["hotline_12345"] == found["hotline_12345"]
    assert shown["patrol"] is None


def test_a_doubt_ends_when_the_system_is_named(engine, database_url, monkeypatch):
    make_town(engine)
    shifted = wgs84_to_gcj02(*near_the_edge())
    reports = [sent_at(x, y, "sensor") for x, y in zip(*shifted, strict=True)]
    taken_in(engine, *reports)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("WANGGE_LANGUAGE", "zh-CN")
    told = CliRunner().invoke(build(), ["sources", "list"]).stdout
    assert "wangge sources set sensor gcj02" in told
    name_system(engine, "sensor", "gcj02", actor="调度员")
    assert doubts(engine) == {}
    taken_in(engine, *reports)
    assert doubts(engine) == {}


def test_few_strays_and_many_imported_reports_raise_no_doubt(engine):
    make_town(engine)
    lon, lat = near_the_edge()
    taken_in(engine, *(sent_at(x, y, "sensor") for x, y in zip(lon, lat, strict=True)))
    taken_in(engine, *(sent_at(x, y, "sensor") for x, y in ((0, 0), (116.4, 39.9), (-1, 50))))
    with acting(engine, "导入", action="import") as connection:
        connection.execute(text(COPY), {"east": 0.004})
    assert doubts(engine) == {}


COPY = """
INSERT INTO incident (serial, jurisdiction_id, category_code, severity, source, title, reported_at,
                      stage, plan_id, grid_id, grid_code, queue_id, post_id, person_id,
                      responsible_level, route_rule, location)
SELECT 'I' || id, jurisdiction_id, category_code, severity, source, title, reported_at, stage,
       plan_id, grid_id, grid_code, queue_id, post_id, person_id, responsible_level, route_rule,
       ST_Translate(location, :east, 0)
FROM incident
"""
