"""Patrols: measured against the streets, set against plans, and tracks that only some may see."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from api.app import create_app
from gis.geometry import wgs84_to_gcj02
from gis.settings import Settings
from gis.store.engine import acting, make_engine
from gis.workflows.patrols import tidy_tracks
from tests.conftest import module_database
from tests.factories import SOUTH, STEP, WEST, inserter, make_town
from tests.signing import sign_in

API = "/api/v1"
GRID, OTHER = "410102004001001", "410102004001002"
MID = SOUTH + STEP / 2
METRES = 91_500.0  # of a degree of longitude here
ZONE = ZoneInfo("Asia/Shanghai")
MORNING = datetime(2026, 11, 2, 8, 30, tzinfo=ZONE)  # a Monday


@pytest.fixture(scope="module")
def engine(maintenance_url, template_database):
    with module_database(maintenance_url, template_database) as url:
        made = make_engine(url)
        yield made
        made.dispose()


@pytest.fixture(scope="module")
def town(engine):
    """A street through the middle of the first two grids, of some 229 m in each."""
    made = make_town(engine)
    with acting(engine, "tests") as connection:
        connection.execute(
            text("INSERT INTO street (jurisdiction_id, kind, cls, name_zh, geom) VALUES"
                 " (:of, 'road', 3, '中路', ST_SetSRID(ST_MakeLine(ST_MakePoint(:west, :mid),"
                 " ST_MakePoint(:east, :mid)), 4326))"),
            {"of": made.jurisdiction_id, "west": WEST, "east": WEST + 2 * STEP, "mid": MID},
        )  # fmt: skip
    return made


@pytest.fixture(scope="module")
def who(engine, town):
    with acting(engine, "tests") as connection:
        parent = connection.scalar(text("SELECT id FROM organisation WHERE code = '410102004'"))
        community = inserter(connection)(
            "organisation", code=GRID[:12], kind="community", name_zh="一社区", parent_id=parent
        )
    own = {"organisation_id": community}
    people = town.person_ids
    return {
        "worker": sign_in(engine, "grid_worker", person_id=people[GRID], **own),
        "colleague": sign_in(engine, "grid_worker", person_id=people[OTHER], **own),
        "lead above": sign_in(engine, "leader", **own),
        "dispatcher": sign_in(engine, "dispatcher", organisation_id=town.jurisdiction_id),
        "planner": sign_in(engine, "planner", organisation_id=town.jurisdiction_id),
    }


@pytest.fixture(scope="module")
def client(engine, town, who, tmp_path_factory):
    url = engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data_dir=tmp_path_factory.mktemp("data"), log_level="ERROR"), url)
    with TestClient(app) as opened:
        yield opened


def walk(length_m, at=MORNING, start_m=0.0, offset_m=0.0, speed=1.25):
    """Points every four seconds eastward along the street: lon, lat, moment."""
    steps = int(length_m / speed / 4) + 1
    lat = MID + offset_m / 111_000
    return [
        (WEST + (start_m + k * 4 * speed) / METRES, lat, at + timedelta(seconds=4 * k))
        for k in range(steps)
    ]


def sent(client, town, header, points, grid=GRID, crs="EPSG:4326", **given):
    body = {"jurisdiction": town.jurisdiction_id, "grid_code": grid, "crs": crs,
            "points": [{"lon": x, "lat": y, "at": t.timestamp(), "accuracy_m": 6.0}
                       for x, y, t in points], **given}  # fmt: skip
    return client.post(f"{API}/patrols", json=body, headers=header)


def figures(client, town, header, level=3, since="2026-11-01", until="2026-11-10"):
    asked = {"jurisdiction": town.jurisdiction_id, "level": level, "since": since, "until": until}
    return client.get(f"{API}/patrols/coverage", params=asked, headers=header).json()


def rounds(client, town, header):
    asked = {"jurisdiction": town.jurisdiction_id, "since": "2026-11-01", "until": "2026-11-10"}
    return client.get(f"{API}/patrols", params=asked, headers=header).json()["items"]


def test_rounds_are_measured_added_up_and_counted_against_the_plan(client, town, who):
    plan = {"jurisdiction": town.jurisdiction_id, "grid_code": GRID, "duty": "早巡", "role": "lead",
            "weekdays": [1, 3], "begins": "08:00", "ends": "10:00",
            "since": "2026-11-01"}  # fmt: skip
    assert (
        client.post(f"{API}/patrol-plans", json=plan, headers=who["dispatcher"]).status_code == 201
    )
    key = str(uuid.uuid4())
    first = [sent(client, town, who["worker"], walk(100), key=key) for _ in range(2)]
    assert [one.status_code for one in first] == [201, 200]
    assert first[0].json() == first[1].json()
    again = sent(client, town, who["worker"], walk(100, MORNING + timedelta(hours=1), 60))
    assert again.status_code == 201
    (second, one) = rounds(client, town, who["worker"])
    assert (one["duty"], one["source"], one["dropped"]) == ("早巡", "phone", 0)
    assert one["length_m"] == pytest.approx(100, abs=3)
    assert one["inside_s"] == pytest.approx(80, abs=4)
    assert one["streets_m"] == pytest.approx(229, abs=4)
    assert one["walked_m"] == pytest.approx(120, abs=12)  # 20 m beyond its end are near
    table = figures(client, town, who["planner"])
    grid, beside = table["items"][:2]
    # Two rounds on one day, of the three that the plan asks for: one is done.
    assert (grid["planned"], grid["done"], grid["rounds"]) == (3, 1, 2)
    assert grid["walked_m"] == pytest.approx(180, abs=12)  # together, not the sum
    assert grid["walked_m"] < one["walked_m"] + second["walked_m"]
    assert (beside["cut"], beside["rounds"]) == (0, 0)
    assert table["total"]["walked_m"] == pytest.approx(grid["walked_m"])
    streets = client.get(
        f"{API}/patrols/streets", headers=who["planner"],
        params={"jurisdiction": town.jurisdiction_id, "grid": GRID, "since": "2026-11-02",
                "until": "2026-11-02"},
    ).json()["features"]  # fmt: skip
    pieces = [len(one["geometry"]["coordinates"]) for one in streets]
    assert streets[0]["properties"]["walked"]
    assert pieces[0] / sum(pieces) == pytest.approx(180 / 229, abs=0.06)


def test_a_track_is_for_its_walker_leads_and_dispatch_and_goes_after_its_days(
    client, town, who, engine
):
    made = sent(client, town, who["worker"], walk(60, MORNING + timedelta(days=1)))
    path = f"{API}/patrols/{made.json()['id']}/track"
    seen = {name: client.get(path, headers=header).status_code for name, header in who.items()}
    assert seen == {"worker": 200, "colleague": 404, "lead above": 200, "dispatcher": 200,
                    "planner": 403}  # fmt: skip
    line = client.get(path, headers=who["worker"]).json()["lines"][0]
    assert line[0] == pytest.approx([WEST, MID], abs=2e-5)
    before = figures(client, town, who["planner"])["total"]
    tidy_tracks(engine)
    assert client.get(path, headers=who["worker"]).status_code == 200
    with acting(engine, "tests") as connection:
        connection.execute(text("UPDATE patrol_track SET day = current_date - 31"))
    tidy_tracks(engine)
    assert client.get(path, headers=who["dispatcher"]).status_code == 404
    assert figures(client, town, who["planner"])["total"] == before
    assert not any(one["has_track"] for one in rounds(client, town, who["dispatcher"]))


def test_a_gcj02_track_is_put_right_and_taken_for_another_system_it_is_told(client, town, who):
    true = walk(100, MORNING + timedelta(days=2))
    lon, lat = wgs84_to_gcj02([p[0] for p in true], [p[1] for p in true])
    shifted = [(float(x), float(y), p[2]) for x, y, p in zip(lon, lat, true, strict=True)]
    rows = "".join(f"{x},{y},{t:%Y-%m-%d %H:%M:%S}\n" for x, y, t in shifted)
    file = {"file": ("轨迹.csv", ("经度,纬度,时间\n" + rows).encode("gb18030"))}
    form = {"jurisdiction": town.jurisdiction_id, "grid_code": GRID, "crs": "gcj02"}
    good = client.post(f"{API}/patrols/import", files=file, data=form, headers=who["worker"])
    assert good.status_code == 201, good.text
    one = rounds(client, town, who["worker"])[0]
    assert one["walked_m"] == pytest.approx(120, abs=12)
    assert (one["crs"], one["started_at"][:16]) == ("gcj02", "2026-11-04T00:30")
    wrong = client.post(
        f"{API}/patrols/import", files=file, data={**form, "crs": "EPSG:4326"},
        headers=who["worker"],
    )  # fmt: skip
    assert (wrong.status_code, wrong.json()["code"]) == (422, "patrol-far-away")


def test_gpx_and_geojson_say_the_same_as_the_phone(client, town, who):
    at = MORNING.astimezone(UTC) + timedelta(days=3)
    points = walk(80, at)
    gpx = "".join(
        f'<trkpt lat="{y}" lon="{x}"><time>{t:%Y-%m-%dT%H:%M:%SZ}</time></trkpt>'
        for x, y, t in points
    )
    xml = f'<gpx xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{gpx}</trkseg></trk></gpx>'
    lines = {
        "type": "Feature", "geometry": {"type": "LineString",
                                        "coordinates": [[x, y] for x, y, _ in points]},
        "properties": {"coordTimes": [t.isoformat() for *_, t in points]},
    }  # fmt: skip
    form = {"jurisdiction": town.jurisdiction_id, "grid_code": GRID, "crs": "EPSG:4326"}
    for name, content in (("a.gpx", xml), ("a.geojson", json.dumps(lines))):
        sent_file = client.post(
            f"{API}/patrols/import", files={"file": (name, content)}, data=form,
            headers=who["worker"],
        )  # fmt: skip
        assert sent_file.status_code == 201, sent_file.text
    assert sent(client, town, who["worker"], points).status_code == 201
    three = rounds(client, town, who["worker"])[:3]
    assert (
        len({(one["points"], round(one["walked_m"], 1), one["started_at"]) for one in three}) == 1
    )
    evil = '<!DOCTYPE gpx [<!ENTITY a "b">]>' + xml
    refused = client.post(
        f"{API}/patrols/import", files={"file": ("b.gpx", evil)}, data=form, headers=who["worker"]
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "track-unreadable")


def test_nobody_walks_in_anothers_grid_or_tomorrow(client, town, who):
    foreign = sent(client, town, who["worker"], walk(60), grid=OTHER)
    assert foreign.status_code == 404
    tomorrow = walk(60, datetime.now(UTC) + timedelta(days=1))
    assert sent(client, town, who["worker"], tomorrow).json()["code"] == "patrol-in-future"
    setting = {"jurisdiction": town.jurisdiction_id, "keep_days": 7, "within_m": 15.0}
    assert client.put(
        f"{API}/patrols/setting", json=setting, headers=who["lead above"]
    ).status_code == 404  # fmt: skip


@pytest.mark.parametrize("path", ["patrols", "patrols/coverage", "patrols/streets"])
@pytest.mark.parametrize("until", ["0001-01-01", "9999-12-31"])
def test_the_first_and_last_of_all_days_are_answered(client, town, who, path, until):
    asked = {"jurisdiction": town.jurisdiction_id, "until": until, "grid": GRID}
    answer = client.get(f"{API}/{path}", params=asked, headers=who["dispatcher"])
    assert answer.status_code == 200, answer.text


def imported(client, town, header, name, content):
    return client.post(
        f"{API}/patrols/import", headers=header, files={"file": (name, content)},
        data={"jurisdiction": town.jurisdiction_id, "grid_code": GRID, "crs": "EPSG:4326"},
    )  # fmt: skip


@pytest.mark.parametrize("year", ["0001", "1970", "9999"])
def test_a_clock_that_does_not_know_the_time_makes_no_round(client, town, who, year):
    points = "".join(
        f'<trkpt lat="{y}" lon="{x}"><time>{year}-01-01T00:00:{k:02d}</time></trkpt>'
        for k, (x, y, _) in enumerate(walk(100))
    )
    answer = imported(client, town, who["worker"], "a.gpx", f"<gpx>{points}</gpx>")
    assert (answer.status_code, answer.json()["code"]) == (422, "track-no-times")
    told = [(x, y, datetime(1999, 1, 1, tzinfo=UTC) + (t - MORNING)) for x, y, t in walk(100)]
    answer = sent(client, town, who["worker"], told)
    assert (answer.status_code, answer.json()["code"]) == (422, "patrol-too-short")


def test_brackets_without_end_are_no_track_and_the_file_is_called_by_its_name(client, town, who):
    answer = imported(client, town, who["worker"], "巡查.geojson", "[" * 200_000)
    assert (answer.status_code, answer.json()["code"]) == (422, "track-unreadable")
    assert answer.json()["detail"].startswith("巡查.geojson")


def test_what_is_sent_twice_is_done_once_and_a_round_may_last_over_midnight(client, town, who):
    plan = {"jurisdiction": town.jurisdiction_id, "grid_code": GRID, "duty": "夜巡", "role": "lead",
            "weekdays": [4], "begins": "23:30", "ends": "23:59", "times": 2,
            "since": "2026-11-01"}  # fmt: skip
    assert (
        client.post(f"{API}/patrol-plans", json=plan, headers=who["dispatcher"]).status_code == 201
    )
    night = datetime(2026, 11, 5, 23, 58, 50, tzinfo=ZONE)
    before = rounds(client, town, who["worker"])
    day = {"since": "2026-11-05", "until": "2026-11-05"}
    (first, *_) = figures(client, town, who["planner"], **day)["items"]
    for late in (0, 0, 20):  # the same file again, and the same round a little later
        answer = sent(client, town, who["worker"], walk(100, night + timedelta(seconds=late)))
        assert answer.status_code == 201
    added = rounds(client, town, who["worker"])[: -len(before) or None]
    assert [one["duty"] for one in added] == [None, None, "夜巡"]
    (grid, *_) = figures(client, town, who["planner"], **day)["items"]
    assert (grid["planned"], grid["done"]) == (2, 1)
    assert grid["rounds"] == first["rounds"] + 3
