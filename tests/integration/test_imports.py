"""A file of incidents is taken in whole or not at all, and every bad row is named."""

from __future__ import annotations

import json

import httpx
import pandas as pd
import pytest
from sqlalchemy import text

from tests.factories import SOUTH, STEP, WEST, make_town
from tests.server import serving

GOOD = [
    {"经度": WEST + STEP * (0.5 + i % 4), "纬度": SOUTH + STEP * 0.5, "类别": "0101",
     "标题": f"第{i}件", "来源": "12345", "来源编号": f"W{i}", "上报时间": "2026-01-02 08:30"}
    for i in range(12)
]  # fmt: skip


@pytest.fixture
def town(engine):
    return make_town(engine)


@pytest.fixture
def client(database_url, town, tmp_path):
    with (
        serving(database_url, tmp_path / "data") as base,
        httpx.Client(base_url=base, timeout=60) as http,
    ):
        yield http


def saved(rows, path):
    frame = pd.DataFrame(rows)
    if path.suffix == ".csv":
        frame.to_csv(path, index=False, encoding="gb18030")
    elif path.suffix == ".xlsx":
        frame.to_excel(path, index=False)
    elif path.suffix == ".parquet":
        frame.to_parquet(path, index=False)
    else:
        import geopandas as gpd

        points = gpd.points_from_xy(frame.pop("经度"), frame.pop("纬度"), crs=4326)
        gpd.GeoDataFrame(frame, geometry=points).to_file(path, driver="GeoJSON")
    return path


def sent(client, town, path, **form):
    with path.open("rb") as stream:
        answer = client.post(
            "/api/v1/imports",
            files={"file": (path.name, stream)},
            data={"jurisdiction": town.jurisdiction_id, "crs": "EPSG:4326"} | form,
        )
    assert answer.status_code == 202, answer.text
    while True:
        job = client.get(f"/api/v1/imports/{answer.json()['id']}").json()
        if job["status"] != "running":
            return job


def stored(engine):
    with engine.connect() as connection:
        return connection.execute(
            text(
                "SELECT serial, title, grid_code, person_id, reported_at, source FROM incident"
                " ORDER BY id"
            )
        ).all()


@pytest.mark.parametrize("name", ["上报 一.csv", "上报.xlsx", "上报.parquet", "上报.geojson"])
def test_every_format_gives_the_same_owned_and_answered_incidents(
    client, town, engine, tmp_path, name
):
    job = sent(client, town, saved(GOOD, tmp_path / name))
    assert job["status"] == "done", job
    assert job["report"]["zh-CN"]["rows_accepted"] == 12
    rows = stored(engine)
    assert [row.title for row in rows] == [f"第{i}件" for i in range(12)]
    assert {row.grid_code[:12] for row in rows} == {"410102004001", "410102004002"}
    assert all(row.person_id for row in rows)
    assert rows[0].reported_at.isoformat().startswith("2026-01-02T00:30")
    assert rows[0].source == "hotline_12345"
    numbers = sorted(int(row.serial.rsplit("-", 1)[1]) for row in rows)
    assert numbers == list(range(1, 13))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM incident_event")) == 12


def test_importing_the_same_file_twice_doubles_nothing(client, town, engine, tmp_path):
    path = saved(GOOD, tmp_path / "a.csv")
    sent(client, town, path)
    again = sent(client, town, path, again="true")
    assert again["status"] == "done"
    assert again["report"]["en"]["rows_accepted"] == 0
    assert again["report"]["en"]["findings"][0]["code"] == "row-known-already"
    assert len(stored(engine)) == 12


def test_codes_that_a_spreadsheet_made_numbers_keep_every_digit(client, town, engine, tmp_path):
    rows = [
        {"经度": WEST + STEP / 2, "纬度": SOUTH + STEP / 2, "类别": 101, "标题": "数字",
         "来源编号": 12345678901.0 + i, "上报时间": "2026年1月2日 08:30"}
        for i in range(2)
    ]  # fmt: skip
    job = sent(client, town, saved(rows, tmp_path / "数.parquet"))
    assert job["status"] == "done", job
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT source_ref, category_code, reported_at FROM incident ORDER BY source_ref")
        ).all()
    assert [row.source_ref for row in found] == ["12345678901", "12345678902"]
    assert {row.category_code for row in found} == {"0101"}
    assert found[0].reported_at.isoformat().startswith("2026-01-02T00:30")


@pytest.mark.parametrize("odd", ["0001-01-01", "9999-12-31", "3/4/2026", "12:30", "去年"])
def test_times_that_nobody_can_read_are_refused_by_row(client, town, engine, tmp_path, odd):
    rows = [dict(row) for row in GOOD]
    rows[4]["上报时间"] = odd
    job = sent(client, town, saved(rows, tmp_path / "a.csv"))
    assert job["status"] == "failed"
    assert job["report"]["en"]["rows_accepted"] == 0
    assert [finding["rows"] for finding in job["report"]["en"]["findings"]] == [[6]]
    assert stored(engine) == []


def test_a_null_character_is_left_out(client, town, engine, tmp_path):
    rows = [dict(row) for row in GOOD]
    rows[0]["标题"] = "甲\x00乙"
    job = sent(client, town, saved(rows, tmp_path / "a.parquet"))
    assert job["status"] == "done", job
    assert stored(engine)[0].title == "甲乙"


BAD = {
    3: {"类别": "无此类"},
    5: {"标题": ""},
    6: {"上报时间": "2999-01-01"},
    7: {"上报时间": "某一天"},
    8: {"经度": "东边"},
    9: {"来源": "梦"},
    10: {"来源编号": "W0"},
}


def broken():
    rows = [dict(row) for row in GOOD]
    for index, changed in BAD.items():
        rows[index] |= changed
    return rows


def test_one_bad_row_stops_the_whole_file_and_each_is_named(client, town, engine, tmp_path):
    job = sent(client, town, saved(broken(), tmp_path / "坏.csv"))
    assert job["status"] == "failed"
    assert job["error"]["code"] == "import-refused"
    named = {row for finding in job["report"]["en"]["findings"] for row in finding["rows"]}
    assert named == {index + 2 for index in BAD}
    assert stored(engine) == []


def test_bad_rows_can_be_skipped_and_a_dry_run_writes_nothing(client, town, engine, tmp_path):
    path = saved(broken(), tmp_path / "坏.csv")
    job = sent(client, town, path, skip_bad="true", dry_run="true")
    assert (job["status"], stored(engine)) == ("done", [])
    job = sent(client, town, path, skip_bad="true")
    assert job["report"]["en"]["rows_accepted"] == 12 - len(BAD)
    assert len(stored(engine)) == 12 - len(BAD)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.csv", b"", "file-empty"),
        ("header.csv", "经度,纬度,类别,标题\n".encode(), "table-empty"),
        ("short.csv", "经度,纬度\n1,2\n".encode(), "column-missing"),
        ("broken.xlsx", b"PK\x03\x04 not a workbook", None),
        ("broken.geojson", b'{"type": "FeatureCollection", "features": [', None),
        ("broken.parquet", b"PAR1 and nothing", None),
    ],
)
def test_files_that_cannot_be_read_say_why(client, town, engine, tmp_path, name, content, code):
    path = tmp_path / name
    path.write_bytes(content)
    job = sent(client, town, path)
    assert job["status"] == "failed"
    assert job["error"]["code"] != "internal-error"
    if code is not None:
        assert job["error"]["code"] == code
    for language in ("en", "zh-CN"):
        detail = job["error"]["detail"][language]
        assert detail != job["error"]["code"]
        assert "/uploads/" not in detail
    assert stored(engine) == []


def test_a_table_must_name_its_coordinate_system(client, town, tmp_path):
    job = sent(client, town, saved(GOOD, tmp_path / "a.csv"), crs="")
    assert job["error"]["code"] == "import-crs-missing"


# A form that is far too large is not even read to its end.
@pytest.mark.parametrize(
    ("size", "code"), [(1_500_000, "import-too-large"), (3_000_000, "http-413")]
)
def test_an_upload_over_the_limit_is_refused_before_it_fills_the_disk(
    database_url, town, tmp_path, size, code
):
    with serving(database_url, tmp_path, upload_limit_mb=1) as base:
        answer = httpx.post(
            f"{base}/api/v1/imports",
            files={"file": ("big.csv", b"x" * size)},
            data={"jurisdiction": town.jurisdiction_id},
            timeout=60,
        )
    assert (answer.status_code, answer.json()["code"]) == (413, code)
    assert "WANGGE_UPLOAD_LIMIT_MB" in answer.json()["detail"]
    assert list(tmp_path.glob("uploads/*")) == []


def test_the_report_is_plain_json_for_both_languages(client, town, tmp_path):
    job = sent(client, town, saved(broken(), tmp_path / "a.csv"))
    assert json.dumps(job)
    chinese, english = job["report"]["zh-CN"], job["report"]["en"]
    assert [f["code"] for f in chinese["findings"]] == [f["code"] for f in english["findings"]]
    assert all(
        a["message"] != b["message"]
        for a, b in zip(chinese["findings"], english["findings"], strict=True)
    )
