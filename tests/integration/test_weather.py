"""Daily weather: whole files or nothing, replaced by day with history, each office its own; and a
forecast that is told of it says whether that helped."""

from __future__ import annotations

import io
import json
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import openpyxl
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from starlette.testclient import TestClient
from typer.testing import CliRunner

from api.app import create_app
from api.cli import build
from gis.settings import Settings
from gis.store.engine import make_engine
from tests.conftest import module_database
from tests.factories import SOUTH, STEP, WEST, make_town
from tests.integration.incidents_help import once_ready, report_many
from tests.signing import sign_in

API = "/api/v1"
ZONE = ZoneInfo("Asia/Shanghai")
HEAD = ["日期", "站点", "平均气温", "最低气温", "最高气温", "降水量", "最大风速", "来源"]


@pytest.fixture(scope="module")
def engine(maintenance_url, template_database):
    with module_database(maintenance_url, template_database) as url:
        made = make_engine(url)
        yield made
        made.dispose()


@pytest.fixture(scope="module")
def town(engine):
    made = make_town(engine)
    rng = np.random.default_rng(1)
    count = 6000
    report_many(
        engine, made, rng.uniform(WEST, WEST + 4 * STEP, count),
        rng.uniform(SOUTH, SOUTH + 4 * STEP, count), rng.uniform(0, 700, count), mark="w-",
    )  # fmt: skip
    return made


@pytest.fixture(scope="module")
def client(engine, town, tmp_path_factory):
    url = engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data_dir=tmp_path_factory.mktemp("data"), log_level="ERROR"), url)
    with TestClient(app) as opened:
        opened.headers.update(sign_in(engine))
        yield opened


def book(*rows):
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    kept = io.BytesIO()
    made.save(kept)
    return kept.getvalue()


def send(client, town, content, name="天气.xlsx", **form):
    return client.post(
        f"{API}/weather/import", files={"file": (name, content)},
        data={"jurisdiction": town.jurisdiction_id, **form},
    )  # fmt: skip


def places(client, town):
    answer = client.get(f"{API}/weather", params={"jurisdiction": town.jurisdiction_id})
    assert answer.status_code == 200, answer.text
    return {one["place"]: one for one in answer.json()["items"]}


def history(client, town, day, place="甲站"):
    asked = {"jurisdiction": town.jurisdiction_id, "place": place, "day": day}
    return client.get(f"{API}/weather/history", params=asked).json()["items"]


def rows_of(engine):
    with engine.connect() as connection:
        return connection.scalar(text("SELECT count(*) FROM weather_day"))


def test_a_forecast_without_any_weather_says_so(client, town):
    asked = {"jurisdiction": town.jurisdiction_id, "weather": True, "lang": "zh-CN"}
    answer = once_ready(client, "forecast", level=0, **asked)
    assert (answer["weather"]["used"], answer["weather"]["coming"]) == (False, [])
    assert "没有天气记录" in answer["weather"]["says"]
    assert answer["items"]
    early = once_ready(client, "forecast", until="2001-01-01T00:00:00Z", **asked)
    assert (early["too_short"], early["weather"]) == (True, None)


def test_a_file_comes_in_whole_once_and_replaces_by_day_with_history(client, town, engine):
    content = book(
        HEAD,
        ["2025年1月1日", "甲站", 1.5, -3, 6, 0, "3.4", "区气象局"],
        [date(2025, 1, 2), "甲站", None, -4, 5, "１.2", None, ""],
    )
    tried = send(client, town, content, source="街道抄录", dry_run=True)
    assert (tried.status_code, tried.json()["added"], rows_of(engine)) == (200, 2, 0)
    done = send(client, town, content, source="街道抄录").json()
    assert (done["added"], done["corrected"], done["unchanged"]) == (2, 0, 0)
    assert "积雪深度" in done["findings"][0]["message"]  # told of what is not in the file
    assert send(client, town, content, source="街道抄录").json()["code"] == "import-repeated"
    again = send(client, town, content, source="街道抄录", again=True).json()
    assert (again["added"], again["unchanged"]) == (0, 2)
    found = places(client, town)["甲站"]
    assert (found["days"], found["first"], found["last"]) == (2, "2025-01-01", "2025-01-02")
    assert found["sources"] is True
    better = book(HEAD, ["2025-01-02", "甲站", 0.5, -4, 5, 12, 2, "区气象局"])
    assert send(client, town, better).json()["corrected"] == 1
    said = history(client, town, "2025-01-02")
    assert [(one["rain_mm"], one["mean_c"], one["source"]) for one in said] == [
        (12, 0.5, "区气象局"), (1.2, None, "街道抄录"),
    ]  # fmt: skip
    assert all(one["file"] == "天气.xlsx" and one["recorded_by"] for one in said)
    assert places(client, town)["甲站"]["days"] == 2
    for change in ("UPDATE weather_day SET rain_mm = 1", "DELETE FROM weather_day"):
        with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
            connection.execute(text(change))


def test_any_fault_keeps_the_whole_file_out_and_is_named_by_row(client, town, engine):
    before = rows_of(engine)
    far = (datetime.now(ZONE).date() + timedelta(days=200)).isoformat()
    content = book(
        [*HEAD, "发布日期"],
        ["2025-02-01", "甲站", 1, -3, 6, 0, 3, "局", None],  # row 2: good
        ["2月31日", "甲站", 1, -3, 6, 0, 3, "局", None],
        ["2025-02-03", "甲站", 1, 8, 6, 0, 3, "局", None],
        ["2025-02-04", "甲站", 1, -3, 6, -1, 3, "局", None],
        ["2025-02-05", "甲站", 200, None, None, "1,2", 3, "局", None],
        ["2025-02-06", "甲站", None, None, None, None, None, "局", None],
        ["2025-02-07", "", 1, -3, 6, 0, 3, "局", None],
        ["2025-02-08", "甲站", 1, -3, 6, 0, 3, None, None],
        ["2025-02-01", "甲站", 2, -3, 6, 0, 3, "局", None],
        [far, "甲站", 2, -3, 6, 0, 3, "局", None],
        ["2025-02-11", "甲站", 2, -3, 6, 0, 3, "局", "2025-02-11"],
    )
    answer = send(client, town, content)
    assert (answer.status_code, answer.json()["code"]) == (422, "base-file-refused")
    told = {(one["row"], one["field"]) for one in answer.json()["errors"]}
    assert {row for row, _ in told} == set(range(3, 13))
    assert {(3, "日期"), (5, "降水量"), (6, "平均气温"), (6, "降水量")} <= told
    assert all("weather-" not in one["message"] for one in answer.json()["errors"])
    assert rows_of(engine) == before
    assert send(client, town, book(["日期", "湿度"], ["2025-02-01", 3])).json()["code"] == (
        "weather-no-measures"
    )
    assert send(client, town, book(["湿度", "降水量"], [3, 3])).json()["code"] == "column-missing"


def test_days_to_come_are_forecasts_and_today_waits(client, town):
    today = datetime.now(ZONE).date()
    content = book(
        [*HEAD, "发布日期"],
        [today, "甲站", 9, 3, 12, 0, 3, "预报台", None],
        [today + timedelta(days=1), "甲站", 10, 3, 12, 4, 3, "预报台", None],
        [today + timedelta(days=2), "甲站", 11, 3, 12, 4, 3, "预报台", today - timedelta(days=1)],
    )
    done = send(client, town, content).json()
    assert done["added"] == 2
    assert any("今天" in one["message"] for one in done["findings"])
    ahead = (today + timedelta(days=1)).isoformat()
    assert [one["issued_on"] for one in history(client, town, ahead)] == [today.isoformat()]
    found = places(client, town)["甲站"]
    assert found["forecast_to"] == (today + timedelta(days=2)).isoformat()
    assert found["last"] == "2025-01-02"  # what was observed


def many_days(place: str, days: int = 1100) -> bytes:
    today = datetime.now(ZONE).date()
    rng = np.random.default_rng(4)
    rows = [HEAD]
    for back in range(days, 0, -1):
        day = today - timedelta(days=back)
        mean = round(15 - 13 * np.cos(2 * np.pi * day.timetuple().tm_yday / 365.25), 1)
        rain = round(float(rng.gamma(0.5, 8)), 1) if rng.random() < 0.3 else 0
        rows.append([day.isoformat(), place, mean, mean - 5, mean + 6, rain, 3.1, "气象站"])
    return ("\n".join(",".join(str(one) for one in row) for row in rows) + "\n").encode("gb18030")


def test_a_forecast_tells_whether_the_weather_helped(client, town):
    asked = {"jurisdiction": town.jurisdiction_id, "level": 0, "lang": "zh-CN"}
    plain = once_ready(client, "forecast", **asked)
    assert plain["weather"] is None
    send(client, town, book(HEAD, ["2025-04-01", "甲站", 9, 3, 12, 0, 3, "局"]))
    short = once_ready(client, "forecast", weather=True, **asked)["weather"]
    assert (short["used"], short["place"]) == (False, "甲站")
    assert "太少" in short["says"]
    assert send(client, town, many_days("乙站"), name="乙站.csv").status_code == 200
    told = once_ready(client, "forecast", weather=True, **asked)
    sky = told["weather"]
    assert (sky["used"], sky["place"], sky["source"]) == (True, "乙站", "气象站")
    assert sky["helped"] in ("same", "worse")  # these incidents know nothing of the rain
    assert len(sky["tried"]) == len(sky["coming"]) == 4
    assert sky["tried"][0]["plain_error"] == pytest.approx(plain["tried"][0]["error"])
    assert sky["tried"][0]["naive_error"] == pytest.approx(plain["tried"][0]["naive_error"])
    assert all(not one["forecast"] and one["mean_c"] is not None for one in sky["coming"])
    assert all(one["rain_mm"] is None for one in sky["coming"])
    assert "按常年同期估计" in sky["says"]
    assert "乙站" in sky["says"]
    # What was not asked for stays as it was.
    assert once_ready(client, "forecast", **asked)["items"] == plain["items"]
    unknown = client.get(
        f"{API}/forecast", params={**asked, "weather": True, "weather_place": "丙站"}
    )
    assert (unknown.status_code, unknown.json()["code"]) == (422, "weather-place-unknown")
    assert "乙站" in unknown.json()["detail"]


def test_the_template_comes_back_in(client, town):
    for kind in ("xlsx", "csv"):
        answer = client.get(f"{API}/weather/template", params={"kind": kind})
        assert answer.status_code == 200
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0].split(",")[:3] == ["日期", "站点", "平均气温"]
    filled = f"{lines[0]}\n2025-03-01,丁站,5,1,9,0,2,0,局,\n".encode()
    assert send(client, town, filled, name="w.csv").json()["added"] == 1


def test_the_command_line_takes_the_same_files(town, engine, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("WANGGE_DATA_DIR", str(tmp_path / "data"))
    file = tmp_path / "戊站.csv"
    file.write_text("日期,降水量\n2025-03-01,5\n2025-03-02,x\n", encoding="utf-8")
    words = ["import", "weather", str(file), "--jurisdiction", "410102", "--place", "戊站",
             "--source", "局", "--json"]  # fmt: skip
    refused = CliRunner().invoke(build(), words)
    assert refused.exit_code == 1
    assert "no numbers" in refused.output or "不是数字" in refused.output
    file.write_text("日期,降水量\n2025-03-01,5\n2025-03-02,0\n", encoding="utf-8")
    done = CliRunner().invoke(build(), words)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["added"] == 2
