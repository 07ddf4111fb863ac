"""Drafts over HTTP: who may see and change what of them, and what an answer holds."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from api.app import create_app
from api.caller import Callers
from gis.errors import WanggeError
from gis.settings import Settings
from gis.store.engine import make_engine
from gis.store.scope import scope_on
from gis.workflows.drafts_desk import Asked
from gis.workflows.drafts_editing import operate
from tests.conftest import module_database
from tests.integration.drafts_help import rows
from tests.integration.two_districts import City, make_city, sign_in_all

API = "/api/v1"
OWN, BESIDE, OTHER = "410102004001001", "410102004001002", "410102005001001"


@pytest.fixture(scope="module")
def engine(maintenance_url: str, template_database: str) -> Iterator[Engine]:
    with module_database(maintenance_url, template_database) as url:
        made = make_engine(url)
        yield made
        made.dispose()


@pytest.fixture(scope="module")
def city(engine: Engine) -> City:
    made = make_city(engine)
    sign_in_all(engine, made)
    return made


@pytest.fixture(scope="module")
def client(
    engine: Engine, city: City, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    folder: Path = tmp_path_factory.mktemp("data")
    url = engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data_dir=folder, log_level="CRITICAL"), url)
    with TestClient(app) as opened:
        yield opened


@pytest.fixture
def plan(client: TestClient, city: City) -> int:
    return new(client, city).json()["plan_id"]


def new(client: TestClient, city: City, who: str = "district/planner") -> Any:
    given = {
        "jurisdiction": city.organisations["410102"], "name": "草案",
        "from": {"plan": city.plans["410102"]},
    }  # fmt: skip
    return client.post(f"{API}/drafts", json=given, headers=city.headers[who])


def do(client: TestClient, city: City, plan: int, kind: str, who: str = "district/planner",
       base: int = 0, **params: Any) -> Any:  # fmt: skip
    sent = {"key": str(uuid.uuid4()), "kind": kind, "base": base, "params": params}
    return client.post(f"{API}/drafts/{plan}/operations", json=sent, headers=city.headers[who])


def test_a_draft_from_its_making_to_its_discarding(client: TestClient, city: City) -> None:
    header = city.headers["district/planner"]
    made = new(client, city)
    assert made.status_code == 201
    draft = made.json()
    assert (draft["version"], draft["editable"], draft["based_on"]) == (
        0, "", city.plans["410102"],
    )  # fmt: skip
    assert {grid["code"]: grid["level"] for grid in draft["grids"]}[OWN] == 3
    address = f"{API}/drafts/{draft['plan_id']}"
    changed = client.patch(address, json={"note": "先试试", "tolerance": 0.1}, headers=header)
    assert (changed.json()["note"], changed.json()["tolerance"]) == ("先试试", 0.1)
    assert changed.json()["name"] == "草案"
    wrong = client.patch(address, json={"balance": "people *"}, headers=header)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "balance-syntax")
    assert client.delete(address, headers=header).status_code == 204
    assert client.delete(address, headers=header).status_code == 204
    refused = do(client, city, draft["plan_id"], "assign", units=[city.units[OWN]], grid=BESIDE)
    assert (refused.status_code, refused.json()["code"]) == (409, "draft-discarded")
    listed = client.get(f"{API}/drafts", params={"jurisdiction": draft["jurisdiction_id"]},
                        headers=city.headers["district/leader"]).json()["items"]  # fmt: skip
    (mine,) = [one for one in listed if one["plan_id"] == draft["plan_id"]]
    assert mine["discarded_at"] and mine["discarded_by"].startswith("district/planner")
    assert client.post(f"{address}/take-back", headers=header).status_code == 204
    assert client.get(address, headers=header).json()["discarded_at"] is None
    assert [row.action for row in rows(
        client.app.state.services.engine,
        "SELECT action FROM audit_entry WHERE subject = :s ORDER BY id",
        s=f"plan {draft['plan_id']}")] == ["draft-discard", "draft-take-back"]  # fmt: skip


def test_an_operation_its_answer_and_the_assignment(
    client: TestClient, city: City, plan: int
) -> None:
    unit, header = city.units[OWN], city.headers["district/leader"]
    done = do(client, city, plan, "assign", units=[unit], grid=BESIDE, before=[[OWN, [unit]]])
    assert done.status_code == 200 and done.json()["version"] == 1
    assert done.json()["operation"]["delta"]["units"] == [[OWN, BESIDE, [unit]]]
    answer = client.get(f"{API}/drafts/{plan}/assignment", headers=header)
    table = pa.ipc.open_stream(answer.content).read_all()
    told = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
    codes = json.loads(told["grids"])
    assert told["version"] == "1"
    where = dict(zip(table["unit"].to_pylist(), table["grid"].to_pylist(), strict=True))
    assert {u: codes[g] for u, g in where.items()} == {
        unit: BESIDE, city.units[BESIDE]: BESIDE, city.units[OTHER]: OTHER,
    }  # fmt: skip
    moved = do(client, city, plan, "assign", units=[unit], grid=OTHER, before=[[OWN, [unit]]])
    assert (moved.status_code, moved.json()["code"]) == (409, "draft-units-moved")
    assert moved.json()["data"] == {"units": [unit]}
    asked = {"after": 0, "limit": 10}
    history = client.get(f"{API}/drafts/{plan}/operations", params=asked, headers=header).json()
    assert [one["number"] for one in history["items"]] == [1]
    problems = client.get(f"{API}/drafts/{plan}/problems", headers=header).json()
    assert ("empty", OWN) in [(one["kind"], one["grid"]) for one in problems["items"]]
    settled = client.post(f"{API}/drafts/{plan}/settle", headers=header)
    assert settled.json() == {"settled": 1}


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("assign", {"units": [], "grid": OWN}), ("assign", {"units": [1]}),
        ("assign", {"units": [True], "grid": OWN}), ("assign", {"units": [1], "grid": "12"}),
        ("cut", {"line": [[0, 0]]}), ("cut", {"line": [[0, 0], ["NaN", 91]]}),
        ("merge", {"grids": [], "into": OWN}), ("restore", {"to": -1}), ("nothing", {}),
        ("undo", {"steps": 3}), ("together", {"units": [1], "together": "old"}),
        ("rename", {"grid": OWN, "name_zh": " "}), ("lock", {"grids": [OWN], "locked": 1}),
    ],
)  # fmt: skip
def test_what_is_malformed_is_refused(
    client: TestClient, city: City, plan: int, kind: str, params: dict[str, Any]
) -> None:
    answer = do(client, city, plan, kind, **params)
    assert (answer.status_code, answer.json()["code"]) == (422, "request-invalid")


def test_drafts_of_others_are_not_there(client: TestClient, city: City, plan: int) -> None:
    header = city.headers["other/planner"]
    for method, path in (
        ("GET", ""), ("GET", "/assignment"), ("GET", "/operations"), ("GET", "/problems"),
        ("POST", "/settle"), ("DELETE", ""), ("POST", "/take-back"), ("PATCH", ""),
    ):  # fmt: skip
        body = {"name": "x"} if method == "PATCH" else None
        answer = client.request(method, f"{API}/drafts/{plan}{path}", json=body, headers=header)
        assert (answer.status_code, answer.json()["code"]) == (404, "draft-not-found"), path
    assert do(client, city, plan, "undo", "other/planner").status_code == 404
    given = {"jurisdiction": city.organisations["410102"], "name": "x",
             "from": {"plan": city.plans["410102"]}}  # fmt: skip
    assert client.post(f"{API}/drafts", json=given, headers=header).status_code == 404
    # Nor does a draft of the own district begin as a plan of another.
    given["jurisdiction"] = city.organisations["410103"]
    assert client.post(f"{API}/drafts", json=given, headers=header).status_code == 404
    for who in ("district/dispatcher", "worker", "department"):
        answer = client.get(f"{API}/drafts/{plan}", headers=city.headers[who])
        assert answer.json()["code"] == "role-not-allowed"


def test_a_sub_district_draws_in_its_own_area_alone(
    client: TestClient, city: City, plan: int
) -> None:
    who = "sub_district/planner"
    header = city.headers[who]
    assert client.get(f"{API}/drafts/{plan}", headers=header).json()["editable"] == "410102004"
    own, other = city.units[OWN], city.units[OTHER]
    assert do(client, city, plan, "assign", who, units=[own], grid=BESIDE).status_code == 200
    for kind, params in (
        ("assign", {"units": [own], "grid": OTHER}),
        ("assign", {"units": [other], "grid": OWN}),
        ("assign", {"units": [own], "grid": None}),
        ("pin", {"units": [other], "pinned": True}),
        ("lock", {"grids": [OTHER], "locked": True}),
        ("rename", {"grid": "410102005", "name_zh": "x"}),
        ("merge", {"grids": [OTHER], "into": OWN}),
        ("delete_grid", {"grid": OTHER}),
        ("new_grid", {"units": [own], "parent": "410102005001"}),
        ("cut", {"grid": OTHER, "line": [[113.6, 34.75], [113.61, 34.76]]}),
    ):
        answer = do(client, city, plan, kind, who, base=1, **params)
        assert (answer.status_code, answer.json()["code"]) == (403, "draft-outside-own-area"), kind
    assert client.delete(f"{API}/drafts/{plan}", headers=header).json()["code"] == "draft-not-yours"
    assert do(client, city, plan, "undo", who, base=1).status_code == 200
    mine = new(client, city, who)
    assert mine.status_code == 201
    assert (
        client.delete(f"{API}/drafts/{mine.json()['plan_id']}", headers=header).status_code == 204
    )
    made = do(client, city, plan, "new_grid", who, base=2, units=[own], parent="410102004001")
    assert made.status_code == 200
    cut = do(client, city, plan, "cut", who, base=3, units=[own],
             line=[[113.5, 34.751], [113.7, 34.7512]])  # fmt: skip
    assert cut.status_code == 200 and len(cut.json()["operation"]["delta"]["cuts"]) == 1


def test_the_database_itself_keeps_a_part_from_the_rest(
    engine: Engine, city: City, plan: int
) -> None:
    token = city.headers["sub_district/planner"]["Authorization"].split()[1]
    caller = Callers(engine, idle=timedelta(hours=1))._look_up(token)
    assert caller is not None
    with caller.engine.connect() as connection:
        assert scope_on(connection) is not None
        for table, given, own in (
            ("draft_unit", "grid_code = NULL", 0), ("draft_unit", "pinned = true", 2),
            ("draft_grid", "locked = true", 4),
        ):  # fmt: skip
            with connection.begin_nested() as tried:
                try:
                    done = connection.execute(
                        text(f"UPDATE {table} SET {given} WHERE plan_id = :p"), {"p": plan}
                    )
                    assert done.rowcount == own
                except Exception as refused:
                    assert "row-level security" in str(refused) and own == 0
                tried.rollback()


def test_many_at_once_make_one_history(engine: Engine, city: City, plan: int) -> None:
    unit, key = city.units[OWN], uuid.uuid4()

    def stroke(number: int) -> int | str:
        asked = Asked(
            key=key if number < 4 else uuid.uuid4(), kind="assign", base=0,
            params={"units": [unit], "grid": (BESIDE, OTHER)[number % 2 if number >= 4 else 0]},
            actor=f"p{number if number >= 4 else 0} (p)", account_id=None,
        )  # fmt: skip
        try:
            return int(operate(engine, plan, asked)["number"])
        except WanggeError as error:
            return error.code

    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(stroke, range(12)))
    assert len(set(told[:4])) <= 2  # one key: done once, or found done already by another
    query = "SELECT number FROM draft_operation WHERE plan_id = :p ORDER BY 1"
    numbers = [row.number for row in rows(engine, query, p=plan)]
    (version,) = rows(engine, "SELECT version FROM draft WHERE plan_id = :p", p=plan)[0]
    assert numbers == list(range(1, version + 1))
    (last,) = rows(engine, "SELECT delta FROM draft_operation WHERE plan_id = :p AND number = :n",
                   p=plan, n=version)[0]  # fmt: skip
    (now,) = rows(engine, "SELECT grid_code FROM draft_unit WHERE plan_id = :p AND unit_id = :u",
                  p=plan, u=unit)[0]  # fmt: skip
    assert last["units"][0][1] == now
