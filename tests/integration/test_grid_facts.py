"""Base data of grids and visits: whole files or nothing, once, with history; each sees the own."""

from __future__ import annotations

import io
import uuid
from datetime import date

import openpyxl
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from starlette.testclient import TestClient

from api.app import create_app
from gis.settings import Settings
from gis.store.engine import acting, make_engine
from gis.workflows.publishing import publish_plan
from tests.conftest import module_database
from tests.factories import make_draft, make_town, redrawn
from tests.signing import sign_in

API = "/api/v1"
GRID, OTHER = "410102004001001", "410102004001002"
THIRD = "410102004002001"


@pytest.fixture(scope="module")
def engine(maintenance_url, template_database):
    with module_database(maintenance_url, template_database) as url:
        made = make_engine(url)
        yield made
        made.dispose()


@pytest.fixture(scope="module")
def town(engine):
    return make_town(engine)


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


def send(client, town, content, name="台账.xlsx", to="grid-facts", **form):
    return client.post(
        f"{API}/{to}/import", files={"file": (name, content)},
        data={"jurisdiction": town.jurisdiction_id, **form},
    )  # fmt: skip


def facts(client, town, **query):
    answer = client.get(f"{API}/grid-facts", params={"jurisdiction": town.jurisdiction_id, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


def value(table, code, kind):
    (row,) = (one for one in table["items"] if one["code"] == code)
    return row["facts"].get(kind)


def rows_of(engine, table):
    with engine.connect() as connection:
        return connection.scalar(text(f"SELECT count(*) FROM {table}"))


def test_a_file_comes_in_whole_once_and_is_summed_for_every_level(client, town, engine):
    content = book(
        ["网格编码", "网格名称", "日期", "来源", "户数", "0102", "备注"],
        [GRID, "x", "2026年1月31日", "社区台账", 320, 900, "已核"],
        [OTHER, "x", "2026-01-31", "社区台账", "1，180", None, None],
        [THIRD, "x", date(2025, 12, 31), "", 100, 250, None],
    )
    tried = send(client, town, content, source="街道汇总", dry_run=True)
    assert (tried.status_code, tried.json()["added"], rows_of(engine, "grid_fact")) == (200, 5, 0)
    done = send(client, town, content, source="街道汇总").json()
    assert (done["added"], done["unchanged"], done["findings"]) == (5, 0, [])
    assert send(client, town, content, source="街道汇总").json()["code"] == "import-repeated"
    assert send(client, town, content, source="街道汇总", again=True).json()["unchanged"] == 5
    community = value(facts(client, town, level=2), GRID[:12], "0101")
    assert (community["value"], community["grids"], community["source"]) == (1500, 2, "社区台账")
    table = facts(client, town, level=1)
    whole = value(table, GRID[:9], "0101")
    assert (whole["value"], whole["grids"], whole["sources"]) == (1600, 3, True)
    assert (whole["oldest"], whole["newest"]) == ("2025-12-31", "2026-01-31")
    assert table["total"]["facts"]["0101"]["value"] == 1600
    assert (table["items"][0]["grids"], table["total"]["grids"]) == (16, 16)  # thirteen are missing


def test_any_fault_keeps_the_whole_file_out_and_is_named_by_row(client, town, engine):
    before = rows_of(engine, "grid_fact")
    answer = send(
        client, town,
        book(["网格编码", "日期", "来源", "户数", "楼栋"], [GRID, "2026-02-01", "台账", 1, 2],
             ["410102009001001", "2026-02-01", "台账", 1, 2], [OTHER, "2月1日", "台账", 1, 2],
             [OTHER, "2026-02-01", "", 1, 2], [THIRD, "2026-02-01", "台账", -1, 2.5],
             [THIRD, "2090-01-01", "台账", 5, 6], [GRID, "2026-02-01", "台账", 3, 4]),
    )  # fmt: skip
    assert (answer.status_code, answer.json()["code"]) == (422, "base-file-refused")
    told = {(one["row"], one["field"]) for one in answer.json()["errors"]}
    assert {row for row, _ in told} == {3, 4, 5, 6, 7, 8}
    assert {(4, "日期"), (6, "户数"), (6, "楼栋")} <= told
    assert rows_of(engine, "grid_fact") == before
    unread = send(client, town, book(["网格编码", "身高"], [GRID, 1]), source="x")
    assert unread.json()["code"] == "facts-no-kinds"


def test_a_correction_counts_and_what_was_said_before_stays(client, town, engine):
    def told(count, day="2026-03-01"):
        return client.post(f"{API}/grid-facts", json={
            "jurisdiction": town.jurisdiction_id, "grid_code": GRID, "kind": "0601",
            "value": count, "as_of": day, "source": "核查"}).status_code  # fmt: skip

    assert [told(7), told(9), told(9), told(4, "2025-03-01")] == [204] * 4
    now = value(facts(client, town, level=3), GRID, "0601")
    assert (now["value"], now["newest"], now["old"]) == (9, "2026-03-01", 1)  # half a year allowed
    then = value(facts(client, town, level=3, at="2025-06-01"), GRID, "0601")
    assert (then["value"], then["old"]) == (4, 0)
    assert value(facts(client, town, level=3, at="2025-02-01"), GRID, "0601") is None
    asked = {"jurisdiction": town.jurisdiction_id, "grid": GRID, "kind": "0601"}
    said = client.get(f"{API}/grid-facts/history", params=asked).json()["items"]
    assert [one["value"] for one in said] == [9, 7, 4]
    for change in ("UPDATE grid_fact SET value = 1", "DELETE FROM grid_fact"):
        with (
            pytest.raises(DBAPIError, match="append-only"),
            acting(engine, "tests") as connection,
        ):
            connection.execute(text(change))


def test_common_events_are_never_typed_in_and_kinds_of_ones_own_are(client, town, engine):
    made = {"jurisdiction": town.jurisdiction_id, "group": "things", "name_zh": "健身器材"}
    code = client.post(f"{API}/grid-facts/kinds", json=made).json()["code"]
    assert code == "0350"
    again = client.post(f"{API}/grid-facts/kinds", json=made)
    assert (again.status_code, again.json()["code"]) == (409, "fact-kind-twice")
    assert (
        client.post(f"{API}/grid-facts/kinds", json={**made, "group": "cases"}).status_code == 422
    )
    with pytest.raises(DBAPIError, match="ck_fact_kind_code"), acting(engine, "t") as connection:
        connection.execute(text("INSERT INTO fact_kind (code, name_zh) VALUES ('0501', '事件')"))
    long = "指标,网格编码,数量,日期,来源\n健身器材,{},{},2026-01-01,台账\n"
    sent = send(client, town, long.format(GRID, 12).encode("gb18030"), "a.csv")
    assert sent.json()["added"] == 1
    listed = {one["code"]: one for one in facts(client, town)["kinds"]}
    assert listed["0350"]["own"]
    assert not any(code.startswith("05") for code in listed)
    retired = client.post(f"{API}/grid-facts/kinds/{listed['0350']['id']}/retire", json={})
    assert retired.status_code == 204
    assert send(client, town, long.format(GRID, 13).encode(), "b.csv").status_code == 422


def coverage(client, town, **query):
    answer = client.get(
        f"{API}/visits/coverage",
        params={"jurisdiction": town.jurisdiction_id, "since": "2026-01-01",
                "until": "2026-06-30", **query},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_household_counts_once_and_nobody_visits_more_than_there_are(client, town):
    def visit(**given):
        return client.post(f"{API}/visits", json={
            "jurisdiction": town.jurisdiction_id, "grid_code": GRID,
            "visited_on": "2026-02-03", **given})  # fmt: skip

    key = str(uuid.uuid4())
    first = visit(household="3号楼 2单元501", key=key)
    repeat = visit(household="3号楼2单元501", key=key)
    assert (first.status_code, repeat.status_code) == (201, 200)
    assert first.json() == repeat.json()
    other = visit(household="3号楼2单元502", key=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert visit(household="３号楼2单元501", visited_on="2026-03-03").status_code == 201
    named = visit(household="张三家")
    assert (named.status_code, named.json()["code"]) == (422, "household-names-somebody")
    assert visit(households=40).status_code == 201
    mistaken = visit(households=300).json()["id"]
    row = coverage(client, town, level=3)["items"][0]
    assert (row["households"], row["visited"], row["over"], row["rate"]) == (320, 320, 21, 1.0)
    path = f"{API}/visits/{mistaken}/withdraw"
    assert client.post(path, json={"reason": "重复填报"}).status_code == 204
    assert client.post(path, json={"reason": "重复填报"}).status_code == 404
    row = coverage(client, town, level=3)["items"][0]
    assert (row["visited"], row["named"], row["claimed"]) == (41, 1, 41)
    assert row["rate"] == pytest.approx(41 / 320)
    whole = coverage(client, town)["total"]
    # Three grids' households are counted, thirteen are as the plan has them.
    assert (whole["households"], whole["from_plan"]) == (1600 + 13 * 30, 13)
    assert whole["visited"] == 41
    assert coverage(client, town, until="2026-01-31")["total"]["visited"] == 0


def test_visits_of_a_file_are_taken_in_whole_and_once(client, town):
    head = ["网格编码", "走访日期", "户号", "走访户数", "走访人"]
    bad = book(head, [OTHER, "2026-04-01", "1-101", "", ""], [OTHER, "2026-04-01", "李四", "", ""],
               [OTHER, "2026-04-01", "", "", ""], [OTHER, "2026-04-01", "1-101", "", ""],
               [OTHER, "2090-04-01", "1-102", "", ""])  # fmt: skip
    refused = send(client, town, bad, to="visits")
    assert sorted({one["row"] for one in refused.json()["errors"]}) == [3, 4, 5, 6]
    good = [[OTHER, "2026-04-01", f"1-{k}", "", "王芳"] for k in range(101, 131)]
    assert send(client, town, book(head, *good), to="visits").json()["added"] == 30
    more = book(head, *good, [OTHER, "2026-04-02", "", 12, "王芳"])
    done = send(client, town, more, to="visits").json()
    assert (done["added"], done["unchanged"]) == (1, 30)
    assert coverage(client, town, level=3)["items"][1]["visited"] == 42


def test_figures_stay_with_the_code_that_they_were_collected_for(client, town, engine):
    """The last but one, because it redraws the town: the first row's first grid goes."""
    draft = make_draft(engine, town, redrawn({0: 0}))
    with acting(engine, "tests", reason="redrawn") as connection:
        publish_plan(connection, draft)
    table = facts(client, town, level=1)
    assert [one["code"] for one in table["retired"]] == [GRID]
    assert table["retired"][0]["facts"]["0101"] == {
        "value": 320, "as_of": "2026-01-31", "source": "社区台账"
    }  # fmt: skip
    kept = table["items"][0]["facts"]["0101"]
    assert (kept["value"], kept["grids"], kept["before_plan"]) == (1280, 2, 2)
    refused = send(client, town, book(["网格编码", "户数"], [GRID, 5]), as_of="2026-05-01",
                   source="x")  # fmt: skip
    assert refused.json()["code"] == "base-file-refused"


def test_a_community_sees_and_writes_its_own_grids_only(client, town, engine):
    with acting(engine, "tests") as connection:
        parent = connection.scalar(text("SELECT id FROM organisation WHERE code = '410102004'"))
        community = connection.scalar(
            text("INSERT INTO organisation (code, kind, name_zh, parent_id)"
                 " VALUES ('410102004002', 'community', '二社区', :parent) RETURNING id"),
            {"parent": parent},
        )  # fmt: skip
    own = sign_in(engine, "dispatcher", "leader", organisation_id=community)
    table = client.get(
        f"{API}/grid-facts", params={"jurisdiction": town.jurisdiction_id, "level": 1}, headers=own
    ).json()
    assert [one["code"] for one in table["items"]] == ["410102004"]
    assert (table["total"]["grids"], table["total"]["facts"]["0101"]["value"]) == (4, 100)
    assert table["retired"] == []
    body = {"jurisdiction": town.jurisdiction_id, "grid_code": OTHER, "kind": "0101", "value": 1,
            "as_of": "2026-05-01", "source": "x"}  # fmt: skip
    assert client.post(f"{API}/grid-facts", json=body, headers=own).status_code == 404
    assert (
        client.post(f"{API}/grid-facts", json={**body, "grid_code": THIRD}, headers=own).status_code
        == 204
    )


def test_what_no_database_holds_and_columns_that_come_twice_are_no_failure(client, town, engine):
    content = (
        f"网格编码,网格编码,日期,来源,户数,户数\n{THIRD},x,2026-02-03,街\0道\x1b,7,8\n".encode()
    )
    answer = send(client, town, content, "台账.csv")
    assert answer.status_code == 200, answer.text
    assert [one["code"] for one in answer.json()["findings"]] == ["facts-columns-unknown"]
    with engine.connect() as connection:
        row = connection.execute(
            text("SELECT value, source FROM grid_fact WHERE as_of = '2026-02-03'")
        ).one()
    assert tuple(row) == (7, "街道")
    wrong = send(client, town, "网格编码,日期,来源,户数\n4\0,2026-02-03,x,7\n".encode(), "b.csv")
    assert wrong.json()["code"] == "base-file-refused"
    visits = f"网格编码,走访日期,户号,走访户数,走访人\n{THIRD},2026-02-03,,3,王\0芳\n".encode()
    assert send(client, town, visits, "c.csv", "visits").status_code == 200
