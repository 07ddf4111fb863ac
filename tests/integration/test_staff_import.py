"""Workbooks of staff: whole or not at all, once however often sent, changes with dates."""

from __future__ import annotations

import json
import time
import uuid
from datetime import UTC, datetime

import httpx
import openpyxl
import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from api.cli import build
from gis.errors import InputError
from gis.report import Report
from gis.store.cluster import create_database
from gis.store.engine import acting, make_engine
from gis.workflows.incident_report import IncidentReport
from gis.workflows.intake import report_incident
from gis.workflows.locators import Locators
from gis.workflows.staff_files import StaffRequest, import_staff
from tests.conftest import _drop, _url
from tests.factories import basic_grid_shapes, make_town
from tests.server import serving
from tests.signing import sign_in

GRID, OTHER, THIRD = "410102004001001", "410102004001002", "410102004002001"
UNITS = ["机构编码", "机构类型", "机构名称", "上级编码"]
PEOPLE = ["姓名", "电话", "工号", "所属机构"]
POSTS = ["网格编号", "岗位", "席位", "姓名", "电话", "任职日期", "离任日期"]
TIES = ["姓名", "方式", "对象编码", "楼院", "派出机构", "开始日期"]
GOOD = {
    "机构": [UNITS, ["410102004001", "社区", "一社区", None],
             ["410102-D01", "部门", "城管局", "410102"]],
    "人员": [PEOPLE, ["王芳", "139-1", "A1", "一社区"], ["王芳", "139-2", None, "410102004"],
             ["李强", None, None, "410102-D01"]],
    "岗位": [POSTS, [GRID, "网格长", None, "王芳", "139-1", "2026-01-01", None],
             [GRID, "协管员", None, "王芳", "139-2", "2026-01-01", None],
             [GRID, "协管员", None, "李强", None, "2026-02-01", "2026-03-31"],
             [GRID[:12], "民警", None, "李强", None, None, None]],
    "联系": [TIES, ["王芳", "分包", GRID, "3号楼", "410102004001", "2026-01-01"],
             ["李强", "联系", "410102004", None, None, None]],
}  # fmt: skip
GOOD["联系"][1][0] = "王芳"


def workbook(path, sheets):
    book = openpyxl.Workbook(write_only=True)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def changed(**sheets):
    made = {title: [list(row) for row in rows] for title, rows in GOOD.items()}
    return made | sheets


@pytest.fixture(scope="module")
def url(maintenance_url, template_database):
    name = f"wangge_test_{uuid.uuid4().hex[:12]}"
    create_database(maintenance_url, name, template_database)
    yield _url(maintenance_url, name)
    _drop(maintenance_url, name)


@pytest.fixture(scope="module")
def engine(url):
    made = make_engine(url)
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def town(engine):
    return make_town(engine)


def sent(engine, town, path, **options):
    report = Report(source=path.name)
    request = StaffRequest(
        jurisdiction_id=town.jurisdiction_id, file_name=path.name, time_zone="Asia/Shanghai",
        actor="组织科", **options,
    )  # fmt: skip
    return import_staff(engine, Locators(), request, path, report=report), report


def counts(done):
    return {key: it for key, it in done.as_dict().items() if it and key != "dry_run"}


def refused(engine, town, path):
    report = Report(source=path.name)
    request = StaffRequest(
        jurisdiction_id=town.jurisdiction_id, file_name=path.name, time_zone="Asia/Shanghai",
        actor="x",
    )  # fmt: skip
    with pytest.raises(InputError) as error:
        import_staff(engine, Locators(), request, path, report=report)
    assert error.value.code == "staff-refused"
    for finding in report.findings:
        for language in ("en", "zh-CN"):
            assert finding.params["sheet"] in finding.text(language)
    return {
        (it.params["sheet"], it.code.removeprefix("staff-row-"), it.params["column"]): it.rows
        for it in report.findings
    }


def tables(engine):
    with engine.connect() as connection:
        return {
            table: connection.execute(text(f"SELECT * FROM {table} ORDER BY id")).all()
            for table in ("organisation", "person", "post", "attachment", "organisation_version",
                          "person_version", "departure")
        }  # fmt: skip


def test_a_half_broken_file_leaves_nothing_and_names_every_fault(engine, town, tmp_path):
    before = tables(engine)
    bad = changed(
        机构=[*GOOD["机构"], ["4101020040", "社区", "短码", None],
            ["410102009001", "社区", "x", None],
            ["410102-D02", "局", "x", "410102"], ["410102-D01", "部门", "城市管理局", "410102"],
            [None, "社区", "无码", None]],
        人员=[*GOOD["人员"], ["赵六", None, None, "没有的单位"], [None, "1", None, "410102004"],
            ["王芳", "139-1", "A1", "一社区"], ["人" * 101, None, None, "一社区"]],
        岗位=[*GOOD["岗位"], ["410102004009009", "网格长", None, "李强", None, None, None],
            [OTHER, "主任", None, "李强", None, None, None],
            [OTHER, "协管员", 100, "李强", None, None, None],
            [OTHER, "网格长", None, "张无", None, None, None],
            [OTHER, "网格长", None, "王芳", None, None, None],
            [OTHER, "指导员", None, "李强", None, "3/4/2026", None],
            [OTHER, "指导员", None, "李强", None, "2026-05-01", "2026-04-01"],
            [GRID, "网格长", None, "李强", None, None, None]],
        联系=[*GOOD["联系"], ["李强", "联系", "410103001", None, None, None],
            ["李强", "负责", "410102004", "1", None, None],
            ["李强", "联系", "410102004009", None, None, None]],
    )  # fmt: skip
    found = refused(engine, town, workbook(tmp_path / "坏的 花名册.xlsx", bad))
    assert found == {
        ("机构", "organisation-wrong", "机构编码"): (4,),
        ("机构", "organisation-unknown", "上级编码"): (5,),
        ("机构", "kind-unknown", "机构类型"): (6,),
        ("机构", "contradicts", "机构编码"): (7,),
        ("机构", "empty-cell", "机构编码"): (8,),
        ("人员", "organisation-unknown", "所属机构"): (5,),
        ("人员", "empty-cell", "姓名"): (6,),
        ("人员", "repeated", "姓名"): (7,),
        ("人员", "too-long", "姓名"): (8,),
        ("岗位", "grid-unknown", "网格编号"): (6,),
        ("岗位", "role-wrong", "岗位"): (7,),
        ("岗位", "seat-wrong", "席位"): (8,),
        ("岗位", "person-unknown", "姓名"): (9,),
        ("岗位", "person-ambiguous", "姓名"): (10,),
        ("岗位", "time-unreadable", "任职日期"): (11,),
        ("岗位", "time-reversed", "离任日期"): (12,),
        ("岗位", "contradicts", "姓名"): (13,),
        ("岗位", "from-now", "任职日期"): (2,),
        ("联系", "person-ambiguous", "姓名"): (2,),
        ("联系", "not-below", "对象编码"): (4,),
        ("联系", "kind-unknown", "方式"): (5,),
        ("联系", "target-unknown", "对象编码"): (6,),
    }
    assert tables(engine) == before


def good(path, **sheets):
    made = changed(**sheets)
    if "联系" not in sheets:  # two people of this name: the number tells them apart
        made["联系"] = [[*TIES, "工号"], [*made["联系"][1], "A1"], [*made["联系"][2], None]]
    return workbook(path, made)


def test_once_however_often_it_is_sent_and_changes_are_dated(engine, town, tmp_path):
    place = basic_grid_shapes()[GRID].centroid
    given = IncidentReport(category="01", title="t", source="patrol", lon=place.x, lat=place.y)
    case = report_incident(
        engine, Locators(), given, actor="tests", time_zone="Asia/Shanghai"
    ).incident_id
    path = good(tmp_path / "2026年 花名册.xlsx")
    before = tables(engine)
    tried, _ = sent(engine, town, path, dry_run=True)
    assert tables(engine) == before
    done, report = sent(engine, town, path)
    assert counts(tried) | {"cases": 1} == counts(done)
    assert counts(done) == {
        "organisations_added": 2, "people_added": 3, "posts_begun": 4, "posts_ended": 1,
        "attachments_begun": 2, "missing_posts": 20, "cases": 1,
    }  # fmt: skip
    assert [it.code for it in report.findings] == ["staff-row-from-now"]
    with engine.connect() as connection:
        lead = connection.execute(
            text(
                "SELECT p.name, p.staff_number, lower(held) > now() - interval '1 hour'"
                " FROM post JOIN person AS p ON p.id = person_id WHERE role = 'lead'"
                " AND grid_id = :grid AND upper_inf(held)"
            ),
            {"grid": town.grid_ids[GRID]},
        ).all()
        assert [tuple(row) for row in lead] == [("王芳", "A1", True)]
        owner = connection.scalar(
            text("SELECT p.staff_number FROM incident AS i JOIN person AS p ON p.id = i.person_id"
                 " WHERE i.id = :id"), {"id": case},
        )  # fmt: skip
        assert owner == "A1"
    after = tables(engine)
    again, _ = sent(engine, town, path)
    assert tables(engine) == after
    assert again.already == 11 and not (again.posts_begun or again.people_added)
    # renamed unit, new telephone by staff number, another organisation, another lead, an end
    more = good(
        tmp_path / "下月.xlsx",
        机构=[UNITS, ["410102-D01", "部门", "综合执法局", "410102"]],
        人员=[PEOPLE, ["王芳", "139-9", "A1", "一社区"], ["王芳", "139-2", None, "综合执法局"],
            ["李强", None, None, "410102-D01"]],
        岗位=[POSTS, [GRID, "网格长", None, "李强", None, None, None],
            [GRID, "协管员", None, "王芳", "139-2", "2026-01-01", "2099-12-31"]],
    )  # fmt: skip
    done, _ = sent(engine, town, more)
    assert {key: it for key, it in counts(done).items() if not key.startswith("missing")} == {
        "organisations_changed": 1, "people_changed": 2, "posts_begun": 1, "posts_ended": 2,
        "already": 3, "cases": 1,
    }  # fmt: skip
    with engine.connect() as connection:
        names = connection.scalars(
            text("SELECT v.name_zh FROM organisation_version AS v JOIN organisation AS o"
                 " ON o.id = v.organisation_id WHERE o.code = '410102-D01' ORDER BY v.id")
        ).all()  # fmt: skip
        phones = connection.scalars(
            text("SELECT v.phone FROM person_version AS v JOIN person AS p ON p.id = v.person_id"
                 " WHERE p.staff_number = 'A1' ORDER BY v.id")
        ).all()  # fmt: skip
    assert (names, phones) == (["城管局", "综合执法局"], ["139-1", "139-9"])


def test_what_the_file_leaves_out_ends_only_when_asked(engine, town, tmp_path):
    only = {"岗位": [POSTS, [OTHER, "网格长", None, f"lead {OTHER}", None, None, None]]}
    path = workbook(tmp_path / "只有一个.xlsx", only)
    done, _ = sent(engine, town, path, dry_run=True, end_missing=True)
    assert (done.missing_people, done.missing_attachments, done.already) == (0, 0, 1)
    left, _ = sent(engine, town, path)
    assert left.posts_ended == 0 and left.missing_posts == done.posts_ended > 15
    ended, _ = sent(engine, town, path, end_missing=True)
    assert ended.posts_ended == left.missing_posts
    with engine.connect() as connection:
        held = connection.scalar(text("SELECT count(*) FROM post WHERE held @> now()"))
    assert held == 1


def test_over_http_as_a_job_and_on_the_command_line(engine, town, url, tmp_path, monkeypatch):
    with acting(engine, "tests") as connection:
        connection.execute(
            text("INSERT INTO person (name, organisation_id) VALUES ('孙网', :o)"),
            {"o": town.jurisdiction_id},
        )
    sheets = {"岗位": [POSTS, [THIRD, "网格长", None, "孙网", None, None, None]]}
    path = workbook(tmp_path / "岗位 五月.xlsx", sheets)
    bad = {"岗位": [POSTS, [THIRD, "网格长", None, "无此人", None, None, None]]}
    wrong = workbook(tmp_path / "坏.xlsx", bad)
    # somebody of the district alone: all that follows runs under row security
    mine = sign_in(engine, "administrator", "planner", organisation_id=town.jurisdiction_id)
    headers = mine | {"Accept-Language": "zh-CN"}
    with (
        serving(url, tmp_path / "data") as base,
        httpx.Client(base_url=base, headers=headers, timeout=60) as client,
    ):

        def send(file, **form):
            with file.open("rb") as stream:
                answer = client.post(
                    "/api/v1/staff/import", files={"file": (file.name, stream)},
                    data={"jurisdiction": town.jurisdiction_id} | form,
                )  # fmt: skip
            assert answer.status_code == 202, answer.text
            until = time.monotonic() + 30
            while time.monotonic() < until:
                told = client.get(f"/api/v1/staff/imports/{answer.json()['id']}").json()
                if told["status"] != "running":
                    return told
            raise AssertionError(told)

        assert client.get("/api/v1/staff/template").content[:2] == b"PK"
        told = send(path, dry_run=True)
        assert told["report"]["zh-CN"]["done"]["posts_begun"] == 1
        assert send(path)["report"]["zh-CN"]["done"]["posts_begun"] == 1
        assert send(path)["report"]["zh-CN"]["done"]["already"] == 1
        told = send(wrong)
        assert (told["status"], told["error"]["code"]) == ("failed", "staff-refused")
        assert "无此人" in told["report"]["zh-CN"]["findings"][0]["message"]
        assert list((tmp_path / "data" / "uploads").glob("*")) == []
        of = town.jurisdiction_id
        seats = client.get("/api/v1/grid-posts", params={"jurisdiction": of, "grid": THIRD}).json()
        assert seats["seats"][0]["holder"]["person"]["name"] == "孙网"
        me = seats["seats"][0]["holder"]["person"]["id"]
        tree = client.get("/api/v1/organisations/tree", params={"jurisdiction": of}).json()
        assert {it["code"] for it in tree["items"]} >= {"410102", "410102004", "410102-D01"}
        unit = client.get(f"/api/v1/organisations/{of}", params={"jurisdiction": of}).json()
        assert unit["code"] == "410102" and unit["versions"]
        for asked in ({"q": "sunwang"}, {"q": "孙"}):
            listed = client.get("/api/v1/staff", params={"jurisdiction": of} | asked).json()
            assert [it["name"] for it in listed["items"]] == ["孙网"]
        body = {"jurisdiction": of, "reason": "调离"}
        tried = client.post(f"/api/v1/staff/{me}/leaving/preview", json=body)
        assert tried.json()["posts"][0]["to"] is None, tried.text
        left = client.post(f"/api/v1/staff/{me}/leaving", json=body).json()
        assert left["moved"] is True
        seen = client.get(f"/api/v1/staff/{me}", params={"jurisdiction": of}).json()
        assert seen["left_at"] and seen["departures"][0]["id"] == left["departure_id"]
        undo = f"/api/v1/departures/{left['departure_id']}/undo"
        assert client.post(undo, json=body).json()["restored"] == 1
        blank = client.post(f"/api/v1/staff/{me}/leaving", json=body | {"reason": " "})
        assert blank.status_code == 422
        many = client.get("/api/v1/departures", params={"jurisdiction": of, "limit": 2}).json()
        assert len(many["items"]) == 2 and many["next"]
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("WANGGE_LANGUAGE", "zh-CN")
    out = tmp_path / "模板.xlsx"
    assert CliRunner().invoke(build(), ["people", "template", str(out)]).exit_code == 0
    call = ["people", "import", str(path), "--jurisdiction", "410102"]
    done = CliRunner().invoke(build(), [*call, "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["already"] == 1
    told = CliRunner().invoke(build(), [*call, "--dry-run"])
    assert "将记录" in told.stdout and datetime.now(UTC)
