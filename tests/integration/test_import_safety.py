"""An import is done once, and asks in doubt about its coordinate system."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import httpx
import pandas as pd
import pytest
from sqlalchemy import text

from gis.errors import ConflictError, InputError
from gis.files import incidents as incident_files
from gis.geometry import wgs84_to_gcj02
from gis.messages import LANGUAGES
from gis.workflows.imports import close_interrupted
from tests.factories import make_town
from tests.integration.import_help import assert_gapless, codes, count, one, rows, saved, taken_in
from tests.server import serving


@pytest.fixture
def town(engine):
    return make_town(engine)


def test_the_same_content_is_refused_by_when_whom_and_how_many(engine, town, tmp_path):
    path = saved(rows(5, reference=None), tmp_path / "一月.csv")
    assert taken_in(engine, town, path)[0] == 5
    other = tmp_path / "另存.csv"
    other.write_bytes(path.read_bytes())
    with pytest.raises(ConflictError) as raised:
        taken_in(engine, town, other)
    params = raised.value.params
    assert raised.value.code == "import-repeated"
    assert (params["by"], params["rows"], params["file"]) == ("张三", 5, "一月.csv")
    assert datetime.now(UTC).strftime("%Y-") in params["at"]
    assert count(engine) == 5
    assert taken_in(engine, town, other, again=True)[0] == 5
    assert count(engine) == 10
    assert_gapless(engine)


def test_what_wrote_nothing_is_no_reason_to_refuse(engine, town, tmp_path):
    path = saved(rows(5), tmp_path / "a.csv")
    assert taken_in(engine, town, path, dry_run=True)[0] == 5
    with pytest.raises(InputError):
        taken_in(engine, town, path, crs=None)
    assert taken_in(engine, town, path)[0] == 5
    assert taken_in(engine, town, path, dry_run=True)[1].rows_accepted == 0


def test_two_at_the_same_moment_are_one(engine, town, tmp_path):
    path = saved(rows(200, reference=None), tmp_path / "a.csv")

    def attempt(_):
        try:
            return taken_in(engine, town, path)[0]
        except ConflictError as refused:
            return refused.code

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(attempt, range(4)))
    assert results.count(200) == 1
    assert set(results) <= {200, "import-repeated", "import-running-already"}
    assert count(engine) == 200


def test_http_answers_409_with_a_sentence(database_url, engine, town, tmp_path):
    path = saved(rows(5, reference=None), tmp_path / "一月.csv")
    taken_in(engine, town, path)
    form = {"jurisdiction": str(town.jurisdiction_id), "crs": "EPSG:4326"}
    with serving(database_url, tmp_path / "data") as base:
        answers = []
        for more in ({}, {"again": "true"}):
            files = {"file": (path.name, path.read_bytes())}
            answers.append(
                httpx.post(f"{base}/api/v1/imports", files=files, data=form | more, timeout=60)
            )
        job = f"{base}/api/v1/imports/{answers[1].json()['id']}"
        while httpx.get(job).json()["status"] == "running":
            time.sleep(0.1)
    assert [it.status_code for it in answers] == [409, 202]
    problem = answers[0].json()
    assert problem["code"] == "import-repeated"
    assert all(part in problem["detail"] for part in ("张三", "一月.csv", "again=true"))
    assert list((tmp_path / "data" / "uploads").iterdir()) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from gis.report import Report
from gis.store.engine import make_engine
from gis.workflows.import_rows import ImportRequest
from gis.workflows.imports import import_file
from gis.workflows.locators import Locators

def progress(step, fraction):
    if step == "import-step-write" and fraction > 0:
        os.kill(os.getpid(), signal.SIGKILL)

path = Path(sys.argv[2])
import_file(make_engine(sys.argv[1]), Locators(), ImportRequest(
    jurisdiction_id=int(sys.argv[3]), file_name=path.name, crs="EPSG:4326", actor="李四"),
    path, report=Report(), progress=progress)
"""


def test_after_kill_9_the_same_file_can_be_imported_at_once(engine, town, tmp_path, database_url):
    path = saved(rows(30, reference=None), tmp_path / "a.csv")
    call = [sys.executable, "-c", KILLED, database_url, str(path), str(town.jurisdiction_id)]
    assert subprocess.run(call, check=False).returncode == -9
    assert (count(engine), one(engine, "SELECT status FROM import_job")) == (0, "running")
    while True:  # until the server has noticed that its client is gone
        try:
            assert taken_in(engine, town, path)[0] == 30
            break
        except ConflictError as alive:
            assert alive.code == "import-running-already"
    assert count(engine) == 30
    assert_gapless(engine)
    with engine.connect() as connection:
        jobs = connection.execute(text("SELECT status, error FROM import_job ORDER BY id")).all()
    assert [job.status for job in jobs] == ["failed", "done"]
    assert jobs[0].error["code"] == "import-interrupted"


def test_starting_a_server_leaves_imports_alone_that_are_alive(engine, town, tmp_path):
    path = saved(rows(30), tmp_path / "a.csv")

    def progress(step, fraction):
        close_interrupted(engine, tmp_path / "uploads")

    assert taken_in(engine, town, path, progress=progress)[0] == 30
    assert one(engine, "SELECT status FROM import_job") == "done"


def test_what_was_declared_dead_does_not_come_back(engine, town, tmp_path):
    path = saved(rows(5), tmp_path / "a.csv")

    def progress(step, fraction):
        with engine.begin() as other:
            other.execute(text("UPDATE import_job SET status = 'failed', finished_at = now()"))

    with pytest.raises(ConflictError) as raised:
        taken_in(engine, town, path, progress=progress)
    assert raised.value.code == "import-interrupted"
    assert count(engine) == 0


def test_identical_rows_without_reference_are_told(engine, town, tmp_path):
    frame = rows(6, reference=None)
    frame = pd.concat([frame, frame.iloc[[1, 1, 4]]])
    written, report = taken_in(engine, town, saved(frame, tmp_path / "a.csv"))
    [told] = [it for it in report.findings if it.code == "rows-identical"]
    assert (written, told.outcome, told.count, told.rows) == (9, "warned", 3, (8, 9, 10))


def test_references_are_compared_across_the_pieces_of_a_file(engine, town, tmp_path, monkeypatch):
    monkeypatch.setattr(incident_files, "BATCH_ROWS", 4)
    frame = rows(12)
    frame.loc[9, "来源编号"] = "W2"
    path = tmp_path / "a.parquet"
    frame.to_parquet(path)
    with pytest.raises(InputError):
        taken_in(engine, town, path)
    written, report = taken_in(engine, town, path, skip_bad=True)
    [told] = [it for it in report.findings if it.code == "row-reference-twice"]
    assert (written, told.rows) == (11, (11,))


def in_gcj02(frame):
    lon, lat = wgs84_to_gcj02(frame["经度"], frame["纬度"])
    return frame.assign(经度=lon, 纬度=lat)


def test_another_system_is_asked_about_before_anything_is_written(engine, town, tmp_path):
    path = saved(in_gcj02(rows(100, reference=None)), tmp_path / "a.csv")
    with pytest.raises(InputError) as raised:
        taken_in(engine, town, path)
    assert raised.value.code == "import-crs-doubted"
    assert (raised.value.params["system"], raised.value.params["looked"]) == ("gcj02", 100)
    assert "--crs gcj02" in str(raised.value)
    assert count(engine) == 0
    job = one(engine, "SELECT error FROM import_job")
    assert all("crs=gcj02" in job["detail"][language] for language in LANGUAGES)
    _, report = taken_in(engine, town, path, dry_run=True)
    assert "place-likely-crs" in codes(report)
    written, report = taken_in(engine, town, path, crs="gcj02")
    assert (written, codes(report)) == (100, set())


def test_whoever_insists_is_believed(engine, town, tmp_path):
    path = saved(in_gcj02(rows(100)), tmp_path / "a.csv")
    written, report = taken_in(engine, town, path, accept_crs=True)
    assert written == 100
    assert {"place-likely-crs", "rows-outside-grids"} <= codes(report)


def test_exchanged_axes_are_told_by_the_names_of_the_columns(engine, town, tmp_path):
    frame = rows(50).rename(columns={"经度": "纬度", "纬度": "经度"})
    with pytest.raises(InputError) as raised:
        taken_in(engine, town, saved(frame, tmp_path / "a.csv"), skip_bad=True)
    assert raised.value.code == "import-crs-doubted"
    assert "经度, 纬度" in str(raised.value)


@pytest.mark.parametrize("outside", [0, 10, 30])
def test_some_honest_places_outside_are_no_reason_to_refuse(engine, town, tmp_path, outside):
    path = saved(rows(100, outside=outside), tmp_path / "a.csv")
    written, report = taken_in(engine, town, path)
    assert written == 100
    assert ("rows-outside-grids" in codes(report)) == bool(outside)
    assert "place-likely-crs" not in codes(report)
