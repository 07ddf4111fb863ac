"""Files of leave and duty: whole or not at all, once however often sent, every fault by row."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import httpx
import openpyxl
import pandas as pd
import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from api.cli import build
from gis.errors import InputError, NotFoundError
from gis.files.posts import moment_of, shift_of
from gis.report import Report
from gis.workflows.absences import end_absence
from gis.workflows.post_files import import_posts
from tests.factories import make_town
from tests.server import serving

GRID, OTHER = "410102004001001", "410102004001002"
SHANGHAI = ZoneInfo("Asia/Shanghai")
HEADS = ["类型", "姓名", "网格编号", "代理人", "日期", "班次", "开始时间", "结束时间", "事由"]
GOOD = [
    ["请假", f"lead {GRID}", None, f"lead {OTHER}", None, None, "2026年5月1日", "2026/5/3", "年休"],
    ["请假", f"lead {OTHER}", None, None, None, None, "2026-06-01 08:00", None, None],
    [None, "值班员", GRID, None, "2026-05-01", "白班", None, None, None],
    [None, f"lead {OTHER}", GRID, None, "2026-05-01", "夜班", None, None, None],
    ["值班", "值班员", GRID[:12], None, None, None, "2026-05-02 22:30", "2026-05-03 06:00", None],
]


@pytest.fixture
def town(engine):
    return make_town(engine)


def saved(rows, path, heads=HEADS, title=None):
    frame = pd.DataFrame(rows, columns=heads)
    if path.suffix == ".csv":
        frame.to_csv(path, index=False, encoding="gb18030")
    else:
        frame.to_excel(path, index=False, startrow=0 if title is None else 1)
        if title is not None:
            book = openpyxl.load_workbook(path)
            book.worksheets[0]["A1"] = title
            book.save(path)
    return path


def sent(engine, town, path, **options):
    report = Report(source=path.name)
    done = import_posts(
        engine, town.jurisdiction_id, path, file_name=path.name, actor="办公室",
        time_zone="Asia/Shanghai", report=report, **options,
    )  # fmt: skip
    return (done.absences, done.duties, done.already), report


def stored(engine):
    with engine.connect() as connection:
        return [
            tuple(row)
            for table in ("absence", "duty")
            for row in connection.execute(
                text(
                    f"SELECT p.name, lower(held), upper(held), t.reason, recorded_by FROM {table}"
                    " AS t JOIN person AS p ON p.id = t.person_id ORDER BY lower(held), p.name"
                )
            )
        ]


def at(*parts):
    return datetime(*parts, tzinfo=SHANGHAI)


@pytest.mark.parametrize("name", ["五月 值班与请假.xlsx", "五月.csv"])
def test_a_file_is_recorded_once_in_the_offices_time(engine, town, tmp_path, name):
    path = saved(GOOD, tmp_path / name)
    assert sent(engine, town, path, dry_run=True)[0] == (2, 3, 0)
    assert stored(engine) == []
    assert sent(engine, town, path)[0] == (2, 3, 0)
    found = stored(engine)
    assert [row[:4] for row in found] == [
        (f"lead {GRID}", at(2026, 5, 1), at(2026, 5, 4), "年休"),
        (f"lead {OTHER}", at(2026, 6, 1, 8), None, name),
        ("值班员", at(2026, 5, 1, 8), at(2026, 5, 1, 20), name),
        (f"lead {OTHER}", at(2026, 5, 1, 20), at(2026, 5, 2, 8), name),
        ("值班员", at(2026, 5, 2, 22, 30), at(2026, 5, 3, 6), name),
    ]
    assert {row[4] for row in found} == {"办公室"}
    assert sent(engine, town, path)[0] == (0, 0, 5)
    more = [*GOOD, [None, "值班员", OTHER, None, "2026-05-01", "08:30-17:30", None, None, None]]
    assert sent(engine, town, saved(more, tmp_path / name))[0] == (0, 1, 5)
    assert len(stored(engine)) == 6


def test_one_bad_row_stops_all_and_every_fault_is_named(engine, town, tmp_path):
    bad = [
        *GOOD,
        ["请假", "张三", None, None, None, None, "2026-05-01", None, None],  # 7
        ["请假", None, None, None, None, None, "2026-05-01", None, None],
        ["请假", "值班员", None, "值班员", None, None, "2026-07-01", "2026-07-02", None],
        ["出差?", "值班员", None, None, None, None, "2026-07-01", "2026-07-02", None],  # 10
        ["值班", "值班员", "410102004009009", None, "2026-07-01", "白班", None, None, None],
        ["值班", "值班员", None, None, "2026-07-01", "白班", None, None, None],
        ["值班", "值班员", OTHER, None, "2026-07-01", "早班", None, None, None],  # 13
        ["值班", "值班员", OTHER, None, None, None, "2026-07-02 09:00", "2026-07-02 08:00", None],
        ["值班", "值班员", OTHER, None, None, None, "3/4/2026", "2026-07-02 08:00", None],
        ["值班", "值班员", OTHER, None, None, None, "2026-07-02 08:00", None, None],  # 16
        [None, "值班员", GRID, None, "2026-05-01", "全天", None, None, None],
        [None, "值班员", OTHER, None, "2026-05-01", "白班", None, "2026-05-02", None],  # 18
    ]
    path = saved(bad, tmp_path / "坏.xlsx")
    report = Report(source=path.name)
    with pytest.raises(InputError) as refused:
        import_posts(
            engine, town.jurisdiction_id, path, file_name=path.name, actor="a",
            time_zone="Asia/Shanghai", report=report,
        )  # fmt: skip
    assert (refused.value.code, refused.value.params["count"]) == ("posts-refused", 13)
    found = {(it.code.removeprefix("posts-row-"), it.params["column"]): it.rows
             for it in report.findings}  # fmt: skip
    assert found == {
        ("person-unknown", "姓名"): (7,),
        ("person-missing", "姓名"): (8,),
        ("substitute-self", "代理人"): (9,),
        ("kind-unknown", "类型"): (10,),
        ("grid-unknown", "网格编号"): (11,),
        ("grid-missing", "网格编号"): (12,),
        ("shift-unknown", "班次"): (13,),
        ("time-reversed", "结束时间"): (14,),
        ("time-unreadable", "开始时间"): (15,),
        ("time-missing", "结束时间"): (16,),
        ("overlaps-row", "开始时间"): (4, 5),
        ("shift-and-times", "班次"): (18,),
    }
    for language in ("en", "zh-CN"):
        for it in report.findings:
            assert it.params["column"] in it.text(language)
    assert stored(engine) == []


def test_what_is_recorded_otherwise_is_not_overrun_and_what_was_ended_stays_ended(
    engine, town, tmp_path
):
    sent(engine, town, saved(GOOD, tmp_path / "a.xlsx"))
    over = [["请假", f"lead {GRID}", None, None, None, None, "2026-05-03", "2026-05-09", "延长"]]
    with pytest.raises(InputError):
        sent(engine, town, saved(over, tmp_path / "b.xlsx"))
    with engine.connect() as connection:
        row = connection.scalar(text("SELECT id FROM absence WHERE upper(held) IS NULL"))
    with pytest.raises(NotFoundError):
        end_absence(engine, town.jurisdiction_id, 10**9, reason="-", actor="a")
    end_absence(engine, town.jurisdiction_id, row, reason="提前返岗", actor="办公室")
    before = stored(engine)
    counts, report = sent(engine, town, saved(GOOD, tmp_path / "a.xlsx"))
    assert counts == (0, 0, 5)
    assert [(it.code, it.rows) for it in report.findings] == [("posts-row-ended", (3,))]
    assert stored(engine) == before


def test_people_of_one_name_are_told_apart_by_number(engine, town, tmp_path):
    with engine.begin() as connection:
        for phone in ("138 0000", "139-0000"):
            connection.execute(
                text("INSERT INTO person (name, phone, organisation_id) VALUES ('王芳', :p, :o)"),
                {"p": phone, "o": town.jurisdiction_id},
            )
    heads = ["name", "phone", "since", "until", "reason"]
    row = ["王芳", None, "2026-05-01", "2026-05-02", "leave"]
    with pytest.raises(InputError):
        sent(engine, town, saved([row], tmp_path / "a.csv", heads))
    row[1] = "139 0000"
    assert sent(engine, town, saved([row], tmp_path / "a.csv", heads))[0] == (1, 0, 0)


def test_rows_twice_in_one_file_and_a_title_above_the_names(engine, town, tmp_path):
    path = saved([*GOOD, GOOD[2]], tmp_path / "a.xlsx", title="五月值班表")
    counts, report = sent(engine, town, path)
    assert counts == (2, 3, 0)
    assert [(it.code, it.rows) for it in report.findings] == [("posts-row-repeated", (8,))]


@pytest.mark.parametrize(
    "cell, expected",
    [
        ("2026-05-01", (at(2026, 5, 1), True)),
        ("２０２６．５．１", (at(2026, 5, 1), True)),
        ("2026年5月1日 8时30分", (at(2026, 5, 1, 8, 30), False)),
        (pd.Timestamp(2026, 5, 1, 8), (at(2026, 5, 1, 8), False)),
        ("2026-05-01T08:00+08:00", (at(2026, 5, 1, 8), False)),
        ("2026-05-01T00:00Z", (at(2026, 5, 1, 8), False)),
        ("5/1/2026", None),
        ("2026-13-01", None),
        ("明天", None),
    ],
)
def test_moments_as_offices_write_them(cell, expected):
    assert moment_of(cell, SHANGHAI) == expected


@pytest.mark.parametrize(
    "cell, expected",
    [
        ("night", (at(2026, 5, 1, 20), at(2026, 5, 2, 8))),
        ("全天", (at(2026, 5, 1), at(2026, 5, 2))),
        ("16:00—24:00", (at(2026, 5, 1, 16), at(2026, 5, 2))),
        ("22：00-06：00", (at(2026, 5, 1, 22), at(2026, 5, 2, 6))),
        ("25:00-26:00", None),
        ("早班", None),
    ],
)
def test_shifts_as_offices_write_them(cell, expected):
    assert shift_of(cell, at(2026, 5, 1)) == expected


def test_over_http(engine, town, database_url, tmp_path):
    with serving(database_url, tmp_path) as base, httpx.Client(base_url=base) as client:

        def post(path, **form):
            with path.open("rb") as stream:
                return client.post(
                    "/api/v1/posts/imports", files={"file": (path.name, stream)},
                    data={"jurisdiction": town.jurisdiction_id} | form,
                    headers={"Accept-Language": "zh-CN"},
                )  # fmt: skip

        path = saved(GOOD, tmp_path / "五月 值班.xlsx")
        tried = post(path, dry_run=True)
        assert (tried.status_code, tried.json()["duties"]) == (200, 3)
        assert post(path).json()["absences"] == 2
        assert post(path).json()["already"] == 5
        wrong = post(saved([["请假", "张三", *[None] * 7]], tmp_path / "坏.csv"))
        assert (wrong.status_code, wrong.json()["code"]) == (422, "posts-refused")
        fields = {it["field"]: it["rows"] for it in wrong.json()["errors"]}
        assert fields == {"姓名": [2], "开始时间": [2]}
        assert "张三" in str(wrong.json()["errors"])


def test_on_the_command_line(engine, town, database_url, tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", database_url)
    for language in ("zh-CN", "en"):
        monkeypatch.setenv("WANGGE_LANGUAGE", language)
        out = tmp_path / f"模板 {language}.xlsx"
        assert CliRunner().invoke(build(), ["posts", "template", str(out)]).exit_code == 0
        book = openpyxl.load_workbook(out)
        sheet = book.worksheets[0]
        names = [cell.value for cell in sheet[1]]
        row = ["值班" if language == "zh-CN" else "duty", "值班员", None, GRID, None, None,
               "2026-05-01" if language == "en" else "2026-05-02", "白班"]  # fmt: skip
        for column, value in enumerate(row, 1):
            sheet.cell(2, column).value = value
        book.save(out)
        call = ["posts", "import", str(out), "--jurisdiction", "410102", "--json"]
        done = CliRunner().invoke(build(), call)
        assert done.exit_code == 0, (names, done.output)
        assert json.loads(done.stdout)["duties"] == 1
        told = CliRunner().invoke(build(), call[:-1])
        assert told.exit_code == 0
        assert ("没有新内容" if language == "zh-CN" else "Nothing new") in told.stdout
