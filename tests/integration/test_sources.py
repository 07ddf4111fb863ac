"""Each source has a named coordinate system, in which its reports are read that name none."""

from __future__ import annotations

import json

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from api.cli import build
from gis.errors import InputError
from gis.geometry import wgs84_to_bd09, wgs84_to_gcj02
from gis.store.engine import acting
from gis.workflows.intake import IncidentReport, Sent, report_incidents
from gis.workflows.locators import Locators
from gis.workflows.sources import name_system, source_systems
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
        assert (named["crs"], named["recorded_by"]) == ("gcj02", "dispatcher")
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
