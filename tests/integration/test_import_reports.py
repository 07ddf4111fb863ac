"""An import tells how far it is, what it found, and who wrote what."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from gis.errors import InputError
from gis.files import incidents as incident_files
from gis.store import import_jobs, staging
from tests.factories import make_town
from tests.integration.import_help import one, rows, saved, taken_in


@pytest.fixture
def town(engine):
    return make_town(engine)


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
