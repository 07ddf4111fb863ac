"""Assets, duty lists and rules from files: whole or not at all, and dated."""

from __future__ import annotations

import json

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from sqlalchemy import text
from typer.testing import CliRunner

from api.cli import build
from gis.errors import InputError, WanggeError
from gis.files.tables import write_table
from gis.geometry import wgs84_to_gcj02
from gis.report import Report
from gis.store import assets as asset_store
from gis.store import duty_list as duty_store
from gis.store.engine import acting
from gis.workflows.assets import import_assets
from gis.workflows.duty_list import import_duty_list, write_template
from gis.workflows.rule_files import import_rules
from gis.workflows.rules import shown_rules
from tests.factories import SOUTH, WEST, inserter, make_town

SHAPE = shapely.box(WEST + 0.001, SOUTH + 0.001, WEST + 0.002, SOUTH + 0.002)


@pytest.fixture
def town(engine):
    return make_town(engine)


@pytest.fixture
def departments(engine, town):
    with acting(engine, "tests") as connection:
        one = inserter(connection)
        return {
            name: one("organisation", code=code, kind="department", name_zh=name,
                      parent_id=town.jurisdiction_id)
            for code, name in (("410102-D32", "园林绿化中心"), ("410102-D02", "城市管理局"))
        }  # fmt: skip


def layer(tmp_path, rows, name="资产.gpkg", crs=4326):
    frame = gpd.GeoDataFrame(
        [dict(zip(("编码", "名称", "类型", "责任单位"), row[:4], strict=True)) for row in rows],
        geometry=[row[4] for row in rows], crs=crs,
    )  # fmt: skip
    frame.to_file(tmp_path / name)
    return tmp_path / name


def assets_in(engine, town, path, **changed):
    report = Report(source=path.name)
    done = import_assets(
        engine, town.jurisdiction_id, path, actor="tests", report=report, **changed
    )
    return done, report


def listed(engine, town, **changed):
    with engine.connect() as connection:
        return asset_store.list_assets(connection, town.jurisdiction_id, limit=100, **changed)


ROW = ("P1", "碧沙岗公园", "公园", "园林绿化中心", SHAPE)


def test_assets_come_in_once_and_a_change_follows_what_it_ends(engine, town, departments, tmp_path):
    line = shapely.LineString([(WEST, SOUTH), (WEST + 0.01, SOUTH)])
    path = layer(tmp_path, [ROW, ("R1", "伊河路", "道路", "", line)])
    done, report = assets_in(engine, town, path)
    assert (done.added, done.replaced, done.unchanged) == (2, 0, 0)
    assert (report.rows_read, report.rows_accepted) == (2, 2)
    found = {row["code"]: row for row in listed(engine, town)}
    assert found["P1"]["organisation"]["id"] == departments["园林绿化中心"]
    assert (found["R1"]["organisation"], found["R1"]["reach_m"]) == (None, 15.0)
    done, _ = assets_in(engine, town, path)
    assert (done.added, done.replaced, done.unchanged) == (0, 0, 2)
    path = layer(tmp_path, [(*ROW[:3], "410102-D02", SHAPE)], "again.gpkg")
    done, _ = assets_in(engine, town, path)
    assert (done.added, done.replaced, done.unchanged) == (0, 1, 0)
    rows = [row for row in listed(engine, town, ended=True) if row["code"] == "P1"]
    assert [row["state"] for row in rows] == ["ended", "current"]
    assert rows[0]["until"] <= rows[1]["since"]
    assert rows[1]["organisation"]["name"]["zh"] == "城市管理局"


def test_assets_in_a_shifted_system_land_where_they_are(engine, town, tmp_path):
    moved = shapely.transform(
        SHAPE, lambda xy: pd.DataFrame(wgs84_to_gcj02(xy[:, 0], xy[:, 1])).T.to_numpy()
    )
    path = layer(tmp_path, [("P1", "公园", "公园", "", moved)], "gcj.geojson")
    assets_in(engine, town, path, crs="gcj02")
    (row,) = listed(engine, town)
    assert shapely.geometry.shape(row["geometry"]).hausdorff_distance(SHAPE) < 2e-7


def test_every_bad_asset_is_named_and_nothing_comes_in(engine, town, departments, tmp_path):
    rows = [
        ROW,
        ("P1", "重复", "公园", "", SHAPE),
        ("", "无编码", "公园", "", SHAPE),
        ("P4", "", "公园", "", SHAPE),
        ("P5", "类型不明", "飞船", "", SHAPE),
        ("P6", "单位不明", "桥梁", "<script>", SHAPE),
    ]
    path = layer(tmp_path, rows)
    report = Report(source=path.name)
    with pytest.raises(InputError) as refused:
        import_assets(engine, town.jurisdiction_id, path, actor="tests", report=report)
    assert refused.value.code == "import-refused"
    assert {one.code: one.rows for one in report.findings} == {
        "row-code-missing": (3,), "row-code-twice": (2,), "row-name-missing": (4,),
        "row-kind-unknown": (5,), "row-organisation-unknown": (6,),
    }  # fmt: skip
    assert listed(engine, town) == []
    done, report = assets_in(engine, town, path, skip_bad=True, dry_run=True)
    assert (done.added, report.rows_accepted, listed(engine, town)) == (1, 1, [])
    done, _ = assets_in(engine, town, path, skip_bad=True)
    assert [row["code"] for row in listed(engine, town)] == ["P1"]


def duties(tmp_path, rows, name="清单.xlsx"):
    columns = ["类别代码", "责任单位", "性质", "依据文件", "联系人", "联系电话"]
    write_table(pd.DataFrame(rows, columns=columns), tmp_path / name)
    return tmp_path / name


def duties_in(engine, town, path, **changed):
    report = Report(source=path.name)
    done = import_duty_list(
        engine, town.jurisdiction_id, path, actor="tests", report=report, **changed
    )
    return done, report


def entries(engine, town, **changed):
    with engine.connect() as connection:
        return duty_store.list_duties(connection, town.jurisdiction_id, limit=100, **changed)


@pytest.mark.parametrize("name", ["清单.xlsx", "清单.csv"])
def test_a_duty_list_comes_in_with_the_contacts_of_departments(
    engine, town, departments, tmp_path, name
):
    rows = [
        ["01", "城市管理局", "职责", "区政府〔2024〕3号", "王城管", "000-7"],
        ["非法建设", "410102-D02", "", "区政府〔2024〕3号", "", ""],
        ["02", "园林绿化中心", "准入", "区政府〔2024〕4号", "", ""],
    ]
    done, _ = duties_in(engine, town, duties(tmp_path, rows, name))
    assert (done.added, done.replaced, done.unchanged) == (3, 0, 0)
    found = entries(engine, town)
    assert [(row["category"]["code"], row["kind"]) for row in found] == [
        ("01", "duty"), ("03", "duty"), ("02", "access"),
    ]  # fmt: skip
    with engine.connect() as connection:
        person = connection.execute(
            text("SELECT name, phone FROM contact JOIN person ON person.id = person_id")
        ).one()
    assert tuple(person) == ("王城管", "000-7")
    rows[0][3] = "区政府〔2026〕1号"
    done, _ = duties_in(engine, town, duties(tmp_path, rows, f"新{name}"))
    assert (done.added, done.replaced, done.unchanged) == (0, 1, 2)
    assert len(entries(engine, town)) == 3
    assert len(entries(engine, town, ended=True)) == 4
    with engine.connect() as connection:  # the same contact is not named again
        assert connection.scalar(text("SELECT count(*) FROM contact")) == 1


def test_every_bad_duty_is_named_and_nothing_comes_in(engine, town, departments, tmp_path):
    path = duties(
        tmp_path,
        [
            ["01", "城市管理局", "", "文件", "", ""],
            ["01", "410102-D02", "职责", "文件", "", ""],
            ["99", "城市管理局", "", "文件", "", ""],
            ["", "城市管理局", "", "文件", "", ""],
            ["02", "没有这个局", "", "文件", "", ""],
            ["02", "城市管理局", "", "", "", ""],
            ["02", "城市管理局", "别的", "文件", "", ""],
        ],
    )
    report = Report(source=path.name)
    with pytest.raises(InputError):
        import_duty_list(engine, town.jurisdiction_id, path, actor="tests", report=report)
    assert {one.code: one.rows for one in report.findings} == {
        "row-category-missing": (5,), "row-document-missing": (7,), "row-duty-kind-unknown": (8,),
        "row-category-unknown": (4,), "row-organisation-unknown": (6,), "row-duty-twice": (3,),
    }  # fmt: skip
    assert entries(engine, town) == []


def test_the_template_comes_in_once_it_is_filled_in(engine, town, departments, tmp_path):
    path = tmp_path / "模板.xlsx"
    with engine.connect() as connection:
        write_template(connection, path)
    table = pd.read_excel(path, dtype=str, engine="openpyxl")
    assert list(table["类别代码"]) == ["01", "0101", "02", "03"]
    table["责任单位"], table["依据文件"] = "城市管理局", "区政府〔2024〕3号"
    write_table(table, path)
    done, _ = duties_in(engine, town, path)
    assert done.added == 4


def rules_in(engine, town, path, given, **changed):
    path.write_text(json.dumps(given, ensure_ascii=False), encoding="utf-8")
    report = Report(source=path.name)
    done = import_rules(engine, town.jurisdiction_id, path, actor="tests", report=report, **changed)
    return done, report


GOOD = {"name_zh": "园林", "effect": "override", "organisation": "410102-D32"}


def test_rules_come_in_from_a_file_in_its_order(engine, town, departments, tmp_path):
    path = tmp_path / "规则.json"
    given = [GOOD | {"name_zh": f"规则{k}", "categories": ["01"]} for k in range(3)]
    done, _ = rules_in(engine, town, path, given, dry_run=True)
    with engine.connect() as connection:
        assert (done.added, shown_rules(connection, town.jurisdiction_id)[0]) == (3, [])
    rules_in(engine, town, path, given)
    with engine.connect() as connection:
        found, _ = shown_rules(connection, town.jurisdiction_id)
    assert [row["name"]["zh"] for row in found] == ["规则0", "规则1", "规则2"]
    assert found[0]["reason"] == "规则.json"


WRONG = [
    ({"organisation": "没有"}, "organisation-unknown"),
    ({"role": "lead"}, "rule-target-one"),
    ({"role": "mayor"}, "rule-field-wrong"),
    ({"severities": [5]}, "rule-field-wrong"),
    ({"severities": "3"}, "rule-field-wrong"),
    ({"within_m": True}, "rule-field-wrong"),
    ({"since": "2026-01-01"}, "rule-field-wrong"),
    (
        {"since": "2026-01-01T00:00:00+08:00", "until": "2025-01-01T00:00:00+08:00"},
        "window-reversed",
    ),
    ({"name_zh": " "}, "rule-field-wrong"),
    ({"colour": "red"}, "rule-field-wrong"),
    ({"effect": None}, "rule-field-wrong"),
]


def test_every_bad_rule_of_a_file_is_named_by_its_number(engine, town, departments, tmp_path):
    path = tmp_path / "rules.json"
    report = Report(source=path.name)
    given = [GOOD, *(GOOD | wrong for wrong, _ in WRONG)]
    path.write_text(json.dumps(given), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        import_rules(engine, town.jurisdiction_id, path, actor="tests", report=report)
    assert refused.value.code == "import-refused"
    assert [(one.code, one.rows) for one in report.findings] == [
        (code, (number,)) for number, (_, code) in enumerate(WRONG, start=2)
    ]
    for one in report.findings:
        assert one.code not in (one.text("en"), one.text("zh-CN"))
    with engine.connect() as connection:
        assert shown_rules(connection, town.jurisdiction_id)[0] == []


def test_a_file_that_holds_no_rules_is_refused(engine, town, tmp_path):
    path = tmp_path / "rules.json"
    for content in ("", "[]", "{}", "[", "[1]", "[null]", "\ufeff[[]]", "[" * 5000):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(WanggeError):
            import_rules(engine, town.jurisdiction_id, path, actor="tests", report=Report())


def test_the_commands_do_what_the_workflows_do(
    engine, database_url, town, departments, tmp_path, monkeypatch
):
    monkeypatch.setenv("WANGGE_DATABASE_URL", database_url)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("WANGGE_LANGUAGE", "zh-CN")
    of = ["--jurisdiction", "410102"]

    def call(*words):
        told = CliRunner().invoke(build(), [*words], catch_exceptions=False)
        assert told.exit_code == 0, told.output
        return told.stdout

    path = layer(tmp_path, [ROW])
    assert json.loads(call("assets", "import", str(path), *of, "--json"))["added"] == 1
    assert "碧沙岗公园" in call("assets", "list", *of)
    sheet = duties(tmp_path, [["01", "城市管理局", "", "文件", "王城管", "000-7"]])
    assert json.loads(call("duty-list", "import", str(sheet), *of, "--json"))["added"] == 1
    assert "城市管理局" in call("duty-list", "list", *of)
    call("duty-list", "template", str(tmp_path / "t.csv"))
    given = tmp_path / "rules.json"
    given.write_text(json.dumps([GOOD | {"asset_code": "P1", "within_m": 0}]), encoding="utf-8")
    call("rules", "import", str(given), *of)
    (made,) = json.loads(call("rules", "list", *of, "--json"))["items"]
    place = ["--lon", str(WEST + 0.0015), "--lat", str(SOUTH + 0.0015), "--category", "0101"]
    told = json.loads(call("rules", "try", *place, "--json"))
    assert (told["winner"]["id"], told["department"]["answers"]) == (made["id"], False)
    assert "由它决定本事件" in call("rules", "try", *place)
    call("rules", "end", str(made["id"]), *of, "--reason", "撤销")
    assert "没有规则" in call("rules", "list", *of)
