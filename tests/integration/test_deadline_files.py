"""The table of deadlines by Excel and CSV: out, changed, in again; checked first; whole or not."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from api.app import create_app
from gis.incidents.deadlines import Allowance
from gis.settings import Settings
from gis.store.engine import make_engine
from gis.workflows.deadlines import Row, begin, record
from tests.conftest import module_database
from tests.factories import Town, make_town
from tests.server import let_in

HEADINGS = "类别编码,严重程度,阶段,时限,单位,临期比例"


@pytest.fixture(scope="module")
def engine(maintenance_url: str, template_database: str) -> Iterator[Engine]:
    with module_database(maintenance_url, template_database) as url:
        made = make_engine(url)
        yield made
        made.dispose()


@pytest.fixture(scope="module")
def town(engine: Engine) -> Town:
    made = make_town(engine)
    begin(engine, made.jurisdiction_id, actor="tests", reason="the start")
    return made


@pytest.fixture(scope="module")
def api(
    engine: Engine, town: Town, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    url = engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data_dir=tmp_path_factory.mktemp("data"), log_level="ERROR"), url)
    let_in(app, url)
    with TestClient(app, base_url="http://testserver/api/v1") as client:
        yield client


def send(api: TestClient, town: Town, content: bytes | str, name: str = "t.csv", **form: object):
    raw = content.encode() if isinstance(content, str) else content
    data = {"jurisdiction": town.jurisdiction_id, **form}
    return api.post("/deadlines/import", files={"file": (name, raw)}, data=data)


def export(api: TestClient, town: Town, kind: str, language: str = "zh-CN") -> bytes:
    answer = api.get(
        "/deadlines/export", params={"jurisdiction": town.jurisdiction_id, "kind": kind},
        headers={"Accept-Language": language},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    return answer.content


def listed(api: TestClient, town: Town) -> dict[tuple[str | None, int | None, str], dict]:
    rows = api.get("/deadlines", params={"jurisdiction": town.jurisdiction_id}).json()["items"]
    return {
        (row["category"] and row["category"]["code"], row["severity"], row["stage"]): row
        for row in rows
    }


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_what_is_given_out_comes_in_again_and_changes_nothing(api, town, kind, language):
    before = listed(api, town)
    answer = send(api, town, export(api, town, kind, language), f"t.{kind}")
    assert answer.status_code == 200, answer.text
    done = answer.json()
    assert done["unchanged"] == len(before) > 5
    assert (done["added"], done["replaced"], done["missing"], done["ended"]) == (0, 0, 0, 0)
    assert {row["id"] for row in listed(api, town).values()} == {
        row["id"] for row in before.values()
    }


def test_a_changed_file_is_checked_then_taken_in_with_its_history_and_its_entry(api, town, engine):
    rows = list(csv.DictReader(io.StringIO(export(api, town, "csv").decode("utf-8-sig"))))
    changed = next(row for row in rows if row["类别编码"] == "03")
    changed["时限"] = "20"
    gone = next(row for row in rows if row["严重程度"] == "严重" and not row["类别编码"])
    rows = [row for row in rows if row is not gone]
    rows.append({**changed, "类别编码": "03", "严重程度": "4", "时限": "2.5", "单位": "工作小时",
                 "临期比例": "10%"})  # fmt: skip
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    content, before = out.getvalue().encode("gb18030"), listed(api, town)

    told = send(api, town, content, dry_run=True).json()
    assert (told["added"], told["replaced"], told["missing"], told["stored"]) == (1, 1, 1, False)
    assert listed(api, town) == before
    done = send(api, town, content, reason="市里新规", end_missing=True).json()
    assert (done["added"], done["replaced"], done["ended"], done["stored"]) == (1, 1, 1, True)
    after = listed(api, town)
    assert after["03", None, "case"]["amount"] == 20
    fresh = after["03", 4, "case"]
    assert (fresh["amount"], fresh["unit"], fresh["soon_share"]) == (2.5, "working_hours", 0.1)
    assert (None, 4, "case") not in after
    history = api.get("/deadlines/history", params={"jurisdiction": town.jurisdiction_id}).json()
    assert history["items"][0]["reason"] == "市里新规"
    with engine.connect() as connection:
        entry = connection.execute(
            text("SELECT detail FROM audit_entry WHERE action = 'deadlines-import'"
                 " ORDER BY id DESC")
        ).scalars().first()  # fmt: skip
        given_out = connection.scalar(
            text("SELECT count(*) FROM audit_entry WHERE action = 'deadlines-export'")
        )
    assert (entry["file"], entry["replaced"], entry["ended"]) == ("t.csv", 1, 1)
    assert given_out > 0


def test_every_fault_is_named_by_row_and_column_and_nothing_is_taken(api, town):
    before = listed(api, town)
    lines = [
        HEADINGS,
        "9999,,全程,3,工作日,",  # 2: no such category
        "03,9,全程,3,工作日,",  # 3: no such severity
        "03,,审批,3,工作日,",  # 4: no such stage
        "03,,处置,1.3,工作日,",  # 5: no whole days
        "03,,反馈,3,星期,",  # 6: no such unit
        "03,,立案,3,工作日,1.5",  # 7: no share
        "01,,处置,3,工作日,",  # 8: right
        "01,,处置,4,工作日,",  # 9: the same again
        ",,,,,",  # empty lines are left aside
        "01,,反馈,1e999,小时,",  # 11
    ]
    answer = send(api, town, "\n".join(lines))
    assert (answer.status_code, answer.json()["code"]) == (422, "deadlines-refused")
    told = {(one["row"], one["field"]) for one in answer.json()["errors"]}
    assert told == {
        (2, "category"), (3, "严重程度"), (4, "阶段"), (5, "时限"), (6, "单位"), (7, "临期比例"),
        (9, None), (11, "时限"),
    }  # fmt: skip
    assert all(one["message"] for one in answer.json()["errors"])
    assert listed(api, town) == before


@pytest.mark.parametrize(
    ("content", "name", "status", "code"),
    [
        (b"", "t.xlsx", 422, None),
        (b"PK\x03\x04 not a workbook", "t.xlsx", 422, None),
        (b"\xff\xd8\xff\xe0 a picture", "t.csv", 422, None),
        ("阶段,时限\n全程,3\n", "t.csv", 422, "column-missing"),
        (HEADINGS + "\n" + "01,,处置,3,工作日,\n" * 5001, "t.csv", 413, "deadlines-too-many"),
        (b"x" * 5_000_001, "t.csv", 413, "deadlines-file-too-large"),
    ],
    ids=["empty", "no workbook", "no text", "a column missing", "too many", "too large"],
)
def test_a_file_that_is_none_is_refused_in_words(api, town, content, name, status, code):
    answer = send(api, town, content, name)
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]
    assert code is None or answer.json()["code"] == code


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_template_is_read_as_it_is_filled_in(api, town, language, tmp_path: Path):
    answer = api.get("/deadlines/template", headers={"Accept-Language": language})
    path = tmp_path / "template.xlsx"
    path.write_bytes(answer.content)
    book = load_workbook(path)
    sheet = book.worksheets[0]
    assert len(book.sheetnames) == 3
    chosen = [one.formula1.strip('"').split(",") for one in sheet.data_validations.dataValidation]
    severity, stage, unit = (words[0] for words in chosen)
    sheet.append(["02", None, severity, stage, 3, unit, None])
    book.save(path)
    told = send(api, town, path.read_bytes(), "template.xlsx", dry_run=True)
    assert told.status_code == 200, told.text
    assert told.json()["added"] == 1
    codes = pd.read_excel(path, sheet_name=1, dtype=str, engine="openpyxl").iloc[:, 0]
    assert "03" in set(codes)


def test_an_office_without_a_calendar_is_told_to_begin_there(api, town, engine):
    with engine.connect() as connection:
        other = connection.scalar(
            text("SELECT id FROM organisation WHERE id <> :id AND code LIKE '4101%' LIMIT 1"),
            {"id": town.jurisdiction_id},
        )
    content = f"{HEADINGS}\n01,,处置,3,工作日,\n".encode()
    answer = api.post(
        "/deadlines/import", files={"file": ("t.csv", content)}, data={"jurisdiction": other}
    )
    assert answer.status_code in (404, 422)
    assert answer.json()["code"] in ("calendar-missing", "jurisdiction-not-found")


def test_what_is_to_come_is_neither_missing_nor_in_the_way(api, town, engine):
    since = datetime.now(UTC) + timedelta(days=30)
    held = listed(api, town)["03", None, "case"]
    allowance = Allowance(amount=held["amount"], unit=held["unit"])
    with engine.begin() as connection:  # ends when the other begins
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(
            text("UPDATE deadline SET planned = tstzrange(lower(planned), :at) WHERE id = :id"),
            {"at": since, "id": held["id"]},
        )
    more = [Row(category="03", allowance=Allowance(amount=9, unit="working_days")),
            Row(category="0101", allowance=Allowance(amount=2, unit="working_days"))]  # fmt: skip
    for row in more:
        record(engine, town.jurisdiction_id, row, since=since, reason="later", actor="tests")
    content = export(api, town, "csv").decode("utf-8-sig")
    answer = send(api, town, content, end_missing=True)
    assert answer.status_code == 200, answer.text
    done = answer.json()
    assert (done["added"], done["replaced"], done["missing"], done["ended"]) == (0, 0, 0, 0)
    rows = api.get("/deadlines", params={"jurisdiction": town.jurisdiction_id}).json()["items"]
    assert [row["category"]["code"] for row in rows if row["state"] == "coming"] == ["0101", "03"]

    changed = f"{HEADINGS}\n03,,全程,{allowance.amount + 1},工作日,\n0101,,全程,1,工作日,\n"
    refused = send(api, town, changed).json()
    assert {one["row"] for one in refused["errors"]} == {2, 3}
    assert all("以后" in one["message"] for one in refused["errors"])


def test_a_category_may_be_named_by_its_code_or_a_name_that_fits_one(api, town, engine):
    names = {"91": "（一）类", "92": "同名", "93": "同名", "94": "95", "95": "九五"}
    with engine.begin() as connection:
        for code, name in names.items():
            connection.execute(
                text("INSERT INTO category (code, name_zh, name_en, severity, colour, glyph,"
                     " position) VALUES (:code, :name, :name, 2, '#336699', 'dot', 1)"),
                {"code": code, "name": name},
            )  # fmt: skip
    line = "{},,立案,3,工作日,\n".format
    answer = send(api, town, f"{HEADINGS}\n{line('（一）类')}{line('95')}", reason="named")
    assert answer.status_code == 200, answer.text
    after = listed(api, town)
    assert ("91", None, "collected") in after and ("95", None, "collected") in after
    assert ("94", None, "collected") not in after
    refused = send(api, town, f"{HEADINGS}\n{line('同名')}{line('没有')}").json()
    told = {one["row"]: one["message"] for one in refused["errors"]}
    assert "多个类别" in told[2] and "不存在" in told[3]
