"""An import is done once, asks in doubt, locks nobody out, and leaves no number behind."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import numpy as np
import pandas as pd
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from gis.errors import ConflictError, InputError
from gis.files import incidents as incident_files
from gis.geometry import wgs84_to_gcj02
from gis.messages import LANGUAGES
from gis.report import Report
from gis.store import import_jobs, staging
from gis.store.engine import make_engine
from gis.workflows.import_rows import ImportRequest
from gis.workflows.imports import close_interrupted, import_file
from gis.workflows.intake import IncidentReport, report_incident
from gis.workflows.ownership import Locators
from tests.factories import SOUTH, STEP, WEST, make_town
from tests.server import serving

ZONE = "Asia/Shanghai"


@pytest.fixture
def town(engine):
    return make_town(engine)


def rows(count, *, reference="W", today=False, outside=0, seed=1):
    """Reports with and without reference numbers, some of them off the town."""
    rng = np.random.default_rng(seed)
    lon, lat = (low + rng.uniform(0, 4 * STEP, count) for low in (WEST, SOUTH))
    lon[:outside] += 4 * STEP + rng.uniform(0, 0.02, outside)
    at = datetime.now(UTC) - timedelta(minutes=1) if today else datetime(2026, 1, 2, tzinfo=UTC)
    frame = pd.DataFrame({"经度": lon, "纬度": lat, "类别": "0101", "上报时间": at.isoformat()})
    frame["标题"] = [f"第{i}件" for i in range(count)]
    if reference:
        frame["来源编号"] = [f"{reference}{i}" for i in range(count)]
    return frame


def saved(frame, path: Path) -> Path:
    frame.to_csv(path, index=False, encoding="gb18030")
    return path


def taken_in(engine, town, path, *, progress=lambda step, fraction: None, **changed):
    report = Report(source=path.name)
    asked = {"crs": "EPSG:4326", "time_zone": ZONE, "actor": "张三"} | changed
    written = import_file(
        engine,
        Locators(),
        ImportRequest(jurisdiction_id=town.jurisdiction_id, file_name=path.name, **asked),
        path,
        report=report,
        progress=progress,
    )
    return written, report


def one(engine, query, **values):
    with engine.connect() as connection:
        return connection.scalar(text(query), values)


def count(engine):
    return one(engine, "SELECT count(*) FROM incident")


def numbers(engine):
    """The numbers of all serials, day by day, in their order."""
    with engine.connect() as connection:
        found = [
            row.rsplit("-", 1) for row in connection.scalars(text("SELECT serial FROM incident"))
        ]
    days = sorted({day for day, _ in found})
    return {day: sorted(int(number) for its, number in found if its == day) for day in days}


def assert_gapless(engine):
    for found in numbers(engine).values():
        assert found == list(range(1, len(found) + 1))


def codes(report):
    return {finding.code for finding in report.findings}


# Once


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
from gis.workflows.ownership import Locators

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


# Coordinate systems


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


# Numbers


@pytest.fixture
def impatient(database_url):
    """An engine whose statements do not wait for a lock that an import holds."""
    url = make_url(database_url).update_query_dict({"options": "-c lock_timeout=3s"})
    made = make_engine(url.render_as_string(hide_password=False))
    yield made
    made.dispose()


def reported(engine):
    given = IncidentReport(
        category="0101", title="电话", source="patrol", lon=WEST + STEP / 2, lat=SOUTH + STEP / 2
    )
    return report_incident(engine, Locators(), given, actor="调度员", time_zone=ZONE)


def test_reports_are_numbered_while_a_file_of_today_is_written(engine, town, tmp_path, impatient):
    seen = []
    reported(impatient)

    def progress(step, fraction):
        if step == "import-step-write":
            reported(impatient)
            seen.append(fraction)

    path = saved(rows(40, today=True), tmp_path / "a.csv")
    assert taken_in(engine, town, path, progress=progress)[0] == 40
    assert seen[-1] == 1.0
    assert count(engine) == 41 + len(seen)
    assert_gapless(engine)
    assert one(engine, "SELECT count(*) FROM serial_block") == 0


class StoppedError(Exception):
    pass


def stop_at_write(at_once):
    def progress(step, fraction):
        if step == "import-step-write" and fraction > 0:
            at_once()
            raise StoppedError

    return progress


def test_numbers_of_a_failed_import_are_taken_back(engine, town, tmp_path, impatient):
    path = saved(rows(40, today=True), tmp_path / "a.csv")
    reported(impatient)
    with pytest.raises(StoppedError):
        taken_in(engine, town, path, progress=stop_at_write(lambda: None))
    reported(impatient)
    assert count(engine) == 2
    assert_gapless(engine)
    assert one(engine, "SELECT count(*) FROM serial_block") == 0


def test_numbers_below_others_go_to_the_next_ones(engine, town, tmp_path, impatient):
    path = saved(rows(4, today=True), tmp_path / "a.csv")
    with pytest.raises(StoppedError):
        taken_in(engine, town, path, progress=stop_at_write(lambda: reported(impatient)))
    assert list(numbers(engine).values()) == [[5]]
    reported(impatient)
    assert list(numbers(engine).values()) == [[1, 5]]
    # Three are free, and four are wanted: the last one is counted on.
    assert taken_in(engine, town, path)[0] == 4
    assert list(numbers(engine).values()) == [[1, 2, 3, 4, 5, 6]]
    assert one(engine, "SELECT count(*) FROM serial_block") == 0


def test_many_writers_give_each_number_once(engine, town, tmp_path, impatient):
    paths = [
        saved(rows(60, today=True, reference=f"{k}-", seed=k), tmp_path / f"{k}.csv")
        for k in range(3)
    ]

    def imported(path):
        try:
            with_fault = path is paths[0]
            return taken_in(
                engine,
                town,
                path,
                progress=stop_at_write(lambda: None) if with_fault else no_progress,
            )[0]
        except StoppedError:
            return 0

    with ThreadPoolExecutor(8) as pool:
        files = pool.map(imported, paths)
        singles = [pool.submit(reported, impatient) for _ in range(40)]
        assert sum(files) == 120
        for single in singles:
            single.result()
    assert count(engine) == 160
    free = one(engine, "SELECT coalesce(sum(last - first + 1), 0) FROM serial_block")
    [found] = numbers(engine).values()
    assert len(set(found)) == 160
    assert max(found) - 160 <= free  # what is not given is kept to be given next


def no_progress(step, fraction):
    pass


# Progress and findings


def test_progress_rises_all_the_way_for_everybody(engine, town, tmp_path, monkeypatch):
    monkeypatch.setattr(staging, "INSERT_ROWS", 10)
    monkeypatch.setattr(incident_files, "BATCH_ROWS", 10)
    path = tmp_path / "a.parquet"
    rows(100).to_parquet(path)
    steps, jobs = [], []

    def progress(step, fraction):
        steps.append((step, fraction))
        jobs.append(one(engine, "SELECT fraction FROM import_job"))

    taken_in(engine, town, path, progress=progress)
    written = [fraction for step, fraction in steps if step == "import-step-write"]
    read = [fraction for step, fraction in steps if step == "import-step-read"]
    for of_a_step in (written, read):
        assert of_a_step == sorted(of_a_step)
        assert (of_a_step[0], of_a_step[-1]) == (0.0, 1.0)
        assert len(set(of_a_step)) > 8
    assert jobs == sorted(jobs) and len(set(jobs)) > 15
    assert one(engine, "SELECT fraction FROM import_job") == 1.0


def test_findings_name_the_files_own_columns(engine, town, tmp_path):
    frame = rows(8).astype(object)
    frame = frame.rename(columns={"上报时间": "受理时间", "类别": "事件类别", "标题": "问题"})
    frame.loc[1, "受理时间"] = "某一天"
    frame.loc[2, "事件类别"] = "无此类"
    frame.loc[3, "问题"] = None
    frame.loc[4, "经度"] = "东边"
    frame["办结时间"] = None
    frame.loc[5, "办结时间"] = "2999-01-01"
    path = saved(frame, tmp_path / "a.csv")
    with pytest.raises(InputError):
        taken_in(engine, town, path)
    _, report = taken_in(engine, town, path, skip_bad=True)
    named = {it.rows[0]: it.text("zh-CN") + it.text("en") for it in report.findings}
    for row, column in (
        (3, "受理时间"),
        (4, "事件类别"),
        (5, "问题"),
        (6, "经度"),
        (7, "办结时间"),
    ):
        assert named[row].count(column) == 2
    assert not any(
        inner in text for text in named.values() for inner in ("reported_at", "closed_at")
    )


def test_history_is_whole_and_says_who_and_from_which_file(engine, town, tmp_path, monkeypatch):
    monkeypatch.setattr(staging, "INSERT_ROWS", 7)
    taken_in(engine, town, saved(rows(30), tmp_path / "一月.csv"))
    with engine.connect() as connection:
        history = connection.execute(
            text(
                "SELECT actor, action, to_stage, reason, at = reported_at AS then,"
                " count(*) AS events FROM incident JOIN incident_event ON incident_id = incident.id"
                " GROUP BY 1, 2, 3, 4, 5"
            )
        ).all()
    assert [tuple(it) for it in history] == [("张三", "import", "dispatched", "一月.csv", True, 30)]


def test_hostile_texts_are_kept_as_they_are_but_titles_on_one_line(engine, town, tmp_path):
    texts = [
        "<script>alert(1)</script>", "a\n\\.\nb", '"; DROP TABLE incident; --', "\\N", "  甲\t乙 ",
        "=cmd|' /C calc'!A0", "𠀀😀", "NULL", ",,,", "%(x)s :y",
    ]  # fmt: skip
    frame = rows(len(texts)).assign(标题=texts, 描述=texts)
    frame.to_csv(path := tmp_path / "脚本.csv", index=False, encoding="utf-8-sig")
    assert taken_in(engine, town, path)[0] == len(texts)
    with engine.connect() as connection:
        kept = connection.execute(text("SELECT title, description FROM incident ORDER BY id")).all()
    titles = [it.strip().replace("\n", " ").replace("\t", " ") for it in texts]
    assert [tuple(it) for it in kept] == [
        (title, it.strip()) for title, it in zip(titles, texts, strict=True)
    ]


def test_a_place_beyond_the_poles_is_refused_by_row(engine, town, tmp_path):
    frame = rows(30)
    frame.loc[3, "纬度"] = 89.5
    with pytest.raises(InputError) as raised:
        taken_in(engine, town, saved(frame, tmp_path / "a.csv"))
    assert raised.value.code == "import-refused"
    job = one(engine, "SELECT report -> 'en' -> 'findings' FROM import_job")
    assert (5, "place-outside-world") in [(row, it["code"]) for it in job for row in it["rows"]]


def test_an_earlier_import_is_found_by_its_index(engine, town):
    query = import_jobs.SAME.replace(":status", "'done'")
    with engine.connect() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = connection.scalars(
            text(f"EXPLAIN {query}"), {"jurisdiction_id": town.jurisdiction_id, "sha256": "x"}
        )
        assert "ix_import_job_done" in "\n".join(plan)
