"""What is filled in by hand is corrected and taken back with its history; who was first is told."""

from __future__ import annotations

import threading
import uuid
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from starlette.testclient import TestClient

from api.app import create_app
from gis.settings import Settings
from gis.store.engine import acting, make_engine
from gis.workflows.street_lengths import measure_streets
from tests.conftest import module_database
from tests.factories import SOUTH, STEP, WEST, inserter, make_town
from tests.signing import make_account, sign_in, token_of

API = "/api/v1"
GRID, OTHER, FAR = "410102004001001", "410102004001002", "410102004002001"
MID = SOUTH + STEP / 2
ZONE = ZoneInfo("Asia/Shanghai")
MORNING = datetime(2026, 11, 2, 8, 30, tzinfo=ZONE)  # a Monday


@pytest.fixture(scope="module")
def engine(maintenance_url, template_database):
    with module_database(maintenance_url, template_database) as url:
        made = make_engine(url)
        yield made
        made.dispose()


@pytest.fixture(scope="module")
def town(engine):
    """A street through the middle of the first four grids, of some 229 m in each."""
    made = make_town(engine)
    with acting(engine, "tests") as connection:
        connection.execute(
            text("INSERT INTO street (jurisdiction_id, kind, cls, name_zh, geom) VALUES"
                 " (:of, 'road', 3, '中路', ST_SetSRID(ST_MakeLine(ST_MakePoint(:west, :mid),"
                 " ST_MakePoint(:east, :mid)), 4326))"),
            {"of": made.jurisdiction_id, "west": WEST, "east": WEST + 4 * STEP, "mid": MID},
        )  # fmt: skip
    return made


@pytest.fixture(scope="module")
def who(engine, town):
    with acting(engine, "tests") as connection:
        parent = connection.scalar(text("SELECT id FROM organisation WHERE code = '410102004'"))
        community = inserter(connection)(
            "organisation", code=GRID[:12], kind="community", name_zh="一社区", parent_id=parent
        )
    worker = make_account(engine, "grid_worker", organisation_id=community,
                          person_id=town.person_ids[GRID])  # fmt: skip
    of = {"organisation_id": town.jurisdiction_id}
    return {
        "worker": token_of(engine, worker),
        "planner": sign_in(engine, "planner", name="规划员甲", **of),
        "second": sign_in(engine, "planner", name="规划员乙", **of),
        "leader": sign_in(engine, "leader", name="区长", **of),
        "community": sign_in(engine, "dispatcher", organisation_id=community),
    }


@pytest.fixture(scope="module")
def client(engine, town, who, tmp_path_factory):
    url = engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data_dir=tmp_path_factory.mktemp("data"), log_level="ERROR"), url)
    with TestClient(app) as opened:
        yield opened


@pytest.fixture
def ask(client, town, who):
    """Sends as somebody; the jurisdiction is the town's."""

    def send(name, method, path, **body):
        if method == "GET":
            return client.get(f"{API}/{path}", headers=who[name],
                              params={"jurisdiction": town.jurisdiction_id, **body})  # fmt: skip
        return client.request(method, f"{API}/{path}", json=body, headers=who[name])

    return send


def plan_of(town, grid=GRID, **changed):
    return {"grid_code": grid, "duty": "早巡", "role": "lead", "weekdays": [1, 3],
            "begins": "08:00", "ends": "10:00", "since": "2026-11-01", **changed}  # fmt: skip


def plans(ask, grid=GRID, ended="true"):
    return ask("planner", "GET", "patrol-plans", grid=grid, ended=ended).json()["items"]


def test_a_plan_is_corrected_ended_and_taken_up_again_with_who_when_and_why(ask, town):
    of = town.jurisdiction_id
    route = [[WEST + STEP * k / 4, MID] for k in range(5)]
    made = ask("planner", "POST", "patrol-plans", jurisdiction=of, **plan_of(town, route=route))
    assert made.status_code == 201, made.text
    first = made.json()["id"]
    (shown,) = plans(ask)
    assert (shown["version"], len(shown["route"])) == (1, 5)
    corrected = ask("planner", "POST", f"patrol-plans/{first}/correct", version=1,
                    reason="改为三次", **plan_of(town, weekdays=[1, 3, 5],
                                                 since="2026-11-08"))  # fmt: skip
    assert corrected.status_code == 201, corrected.text
    second = corrected.json()["id"]
    old, new = plans(ask)
    assert (old["version"], old["replaced_by"], old["ended_reason"]) == (3, second, "改为三次")
    assert "规划员甲" in old["ended_by"]
    assert (new["version"], new["replaces_id"], new["route"]) == (1, first, None)
    # Until its successor's first day the old one counts: 2 and 4 November; then 9, 11 and 13.
    table = ask("planner", "GET", "patrols/coverage", level=3, parent=GRID[:12],
                since="2026-11-01", until="2026-11-14").json()  # fmt: skip
    assert table["items"][0]["planned"] == 5
    end = ask("planner", "POST", f"patrol-plans/{second}/end", reason="施工", version=1)
    assert end.status_code == 204
    assert plans(ask, ended="false") == []
    again = ask("planner", "POST", f"patrol-plans/{second}/correct", version=2, reason="完工",
                **plan_of(town, since="2026-11-15"))  # fmt: skip
    assert again.status_code == 201
    assert [one["version"] for one in plans(ask)] == [3, 3, 1]


def test_of_two_who_change_a_plan_the_second_is_told_who_was_first(ask, town):
    of = town.jurisdiction_id
    made = ask("planner", "POST", "patrol-plans", jurisdiction=of, **plan_of(town, OTHER)).json()
    begin, answers = threading.Barrier(2), {}

    def change(name):
        begin.wait()
        answers[name] = ask(name, "POST", f"patrol-plans/{made['id']}/correct", version=1,
                            reason=name, **plan_of(town, OTHER, duty=name))  # fmt: skip

    both = [threading.Thread(target=change, args=(name,)) for name in ("planner", "second")]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(one.status_code for one in answers.values()) == [201, 409]
    first, late = sorted(answers, key=lambda name: answers[name].status_code)
    told = answers[late].json()
    assert told["code"] == "patrol-plan-changed"
    assert {"planner": "规划员甲", "second": "规划员乙"}[first] in told["detail"]
    assert len(plans(ask, OTHER)) == 2
    gone = ask(late, "POST", f"patrol-plans/{made['id']}/end", reason="x")
    assert (gone.status_code, gone.json()["code"]) == (409, "patrol-plan-changed")


def test_what_is_wrong_with_a_plan_is_said_at_its_field_and_outside_nothing_is_planned(ask, town):
    of = town.jurisdiction_id
    wrong = {
        "ends": plan_of(town, ends="07:00"),
        "until": plan_of(town, until="2026-10-01"),
        "role": plan_of(town, role=None),
        "person_id": plan_of(town, person_id=town.person_ids[GRID]),
        "grid_code": plan_of(town, "410102004009009"),
        "route": plan_of(town, route=[[WEST, MID], [WEST + 1, MID]]),
    }
    for field, body in wrong.items():
        refused = ask("planner", "POST", "patrol-plans", jurisdiction=of, **body)
        assert refused.status_code == 422, field
        assert [one["field"] for one in refused.json()["errors"]] == [field]
    far = ask("community", "POST", "patrol-plans", jurisdiction=of, **plan_of(town, FAR))
    assert far.status_code == 404
    made = ask("planner", "POST", "patrol-plans", jurisdiction=of, **plan_of(town, FAR)).json()
    other = ask("community", "POST", f"patrol-plans/{made['id']}/correct", reason="x",
                **plan_of(town, FAR))  # fmt: skip
    assert other.status_code == 404


def count(town, value=None, **changed):
    body = {"jurisdiction": town.jurisdiction_id, "grid_code": GRID, "kind": "0101",
            "as_of": "2026-03-31", "source": "社区台账", "value": value, **changed}  # fmt: skip
    return {name: it for name, it in body.items() if it is not None}


def history(ask, kind="0101", grid=GRID):
    return ask("planner", "GET", "grid-facts/history", grid=grid, kind=kind).json()["items"]


def now(ask, kind="0101", **query):
    told = ask("planner", "GET", "grid-facts", level=3, parent=GRID[:12], **query).json()
    return {row["code"]: row["facts"].get(kind, {}).get("value") for row in told["items"]}[GRID]


def test_a_count_is_corrected_and_taken_back_and_the_one_before_it_holds_again(ask, town):
    for day, value in (("2026-01-31", 300), ("2026-03-31", 400)):
        assert ask("planner", "POST", "grid-facts", **count(town, value, as_of=day)
                   ).status_code == 204  # fmt: skip
    last = history(ask)[0]
    assert (last["value"], last["as_of"], now(ask)) == (400, "2026-03-31", 400)
    late = ask("second", "POST", "grid-facts", **count(town, 410, expected=0))
    assert (late.status_code, late.json()["code"]) == (409, "fact-changed")
    assert "规划员甲" in late.json()["detail"] and "400" in late.json()["detail"]
    assert [one["field"] for one in late.json()["errors"]] == ["value"]
    fixed = ask("second", "POST", "grid-facts", **count(town, 410, expected=last["id"]))
    assert (fixed.status_code, now(ask)) == (204, 410)
    back = count(town, expected=history(ask)[0]["id"], reason="记错网格")
    del back["source"]
    assert ask("planner", "POST", "grid-facts/take-back", **back).status_code == 204
    assert now(ask) == 300
    assert now(ask, at="2026-06-30") == 300
    assert [(one["value"], one["source"]) for one in history(ask)] == [
        (None, "记错网格"), (410, "社区台账"), (400, "社区台账"), (300, "社区台账"),
    ]  # fmt: skip
    nothing = ask("planner", "POST", "grid-facts/take-back",
                  **(back | {"as_of": "2026-02-01", "expected": 0}))  # fmt: skip
    assert (nothing.status_code, nothing.json()["code"]) == (422, "fact-not-there")
    assert ask("planner", "POST", "grid-facts", **count(town, 420)).status_code == 204
    assert now(ask) == 420


def test_of_counts_for_one_day_at_once_each_but_the_first_is_told(ask, town):
    begin, answers = threading.Barrier(4), []

    def record(value):
        begin.wait()
        body = count(town, value, as_of="2026-05-31", expected=0)
        answers.append(ask("planner", "POST", "grid-facts", **body).status_code)

    several = [threading.Thread(target=record, args=(k,)) for k in range(4)]
    for one in several:
        one.start()
    for one in several:
        one.join()
    assert sorted(answers) == [204, 409, 409, 409]
    assert sum(one["as_of"] == "2026-05-31" for one in history(ask)) == 1


def test_an_own_kind_of_events_is_made_corrected_retired_and_taken_up_again(ask, town, engine):
    of = town.jurisdiction_id
    made = ask("planner", "POST", "grid-facts/kinds", jurisdiction=of, group="events",
               name_zh="便民活动", name_en="Open days")  # fmt: skip
    assert made.json()["code"] == "0550"
    (kind,) = ask("leader", "GET", "grid-facts/kinds").json()["items"]
    assert (kind["version"], kind["group"], kind["retired"]) == (1, "events", False)
    assert ask("planner", "POST", "grid-facts", **count(town, 3, kind="0550")).status_code == 204
    path = f"grid-facts/kinds/{kind['id']}"
    words = {"name_zh": "便民服务活动", "name_en": None, "max_age_days": 31}
    assert ask("planner", "PUT", path, version=1, **words).status_code == 204
    late = ask("second", "PUT", path, version=1, name_zh="别名", max_age_days=9)
    assert (late.status_code, late.json()["code"]) == (409, "fact-kind-changed")
    assert "规划员甲" in late.json()["detail"]
    twice = ask("planner", "POST", "grid-facts/kinds", jurisdiction=of, group="people",
                name_zh="便民服务活动")  # fmt: skip
    assert [one["field"] for one in twice.json()["errors"]] == ["name_zh"]
    assert ask("second", "POST", f"{path}/retire", version=2).status_code == 204
    table = ask("planner", "GET", "grid-facts", level=1).json()
    assert "0550" not in {one["code"] for one in table["kinds"]}
    assert ask("planner", "POST", f"{path}/restore", version=3).status_code == 204
    assert now(ask, "0550") == 3
    versions = ask("leader", "GET", f"{path}/history").json()["items"]
    assert [(one["version"], one["name_zh"], one["retired"]) for one in versions] == [
        (4, "便民服务活动", False), (3, "便民服务活动", True), (2, "便民服务活动", False),
        (1, "便民活动", False),
    ]  # fmt: skip
    assert "规划员乙" in versions[1]["recorded_by"]
    assert ask("community", "POST", "grid-facts/kinds", jurisdiction=of, group="people",
               name_zh="x").status_code == 403  # fmt: skip
    with pytest.raises(DBAPIError, match="append-only"), acting(engine, "t") as connection:
        connection.execute(text("UPDATE fact_kind_change SET name_zh = 'x'"))


def test_the_setting_has_a_history_and_two_who_set_it_at_once_are_told(ask, town):
    of = town.jurisdiction_id
    usual = ask("leader", "GET", "patrols/setting").json()
    assert (usual["version"], usual["keep_days"], usual["remind"]) == (0, 30, True)
    given = {"jurisdiction": of, "keep_days": 14, "within_m": 15.0, "version": 0}
    made = ask("leader", "PUT", "patrols/setting", **given, remind=False)
    assert (made.status_code, made.json()["remind"]) == (200, False)
    late = ask("leader", "PUT", "patrols/setting", **given)
    assert (late.status_code, late.json()["code"]) == (409, "patrol-setting-changed")
    again = {**given, "keep_days": 30, "within_m": 20.0, "version": made.json()["version"]}
    kept = ask("leader", "PUT", "patrols/setting", **again)
    assert kept.json()["remind"] is False  # not said: as it was
    items = ask("leader", "GET", "patrols/setting/history").json()["items"]
    assert [one["keep_days"] for one in items] == [30, 14]
    assert "区长" in items[0]["recorded_by"]


def walk(client, town, header, at, key, length_m=100):
    points = [{"lon": WEST + 5 * k / 91_500, "lat": MID, "at": at.timestamp() + 4 * k,
               "accuracy_m": 6.0} for k in range(length_m // 5)]  # fmt: skip
    body = {"jurisdiction": town.jurisdiction_id, "grid_code": GRID, "crs": "EPSG:4326",
            "points": points, "key": str(key)}  # fmt: skip
    return client.post(f"{API}/patrols", json=body, headers=header)


def report(client, header, at, source="patrol", **given):
    body = {"category": "0101", "title": "占道经营", "lon": WEST + 0.0003, "lat": MID,
            "source": source, "crs": "EPSG:4326", "reported_at": at.isoformat(),
            **given}  # fmt: skip
    answer = client.post(f"{API}/incidents", json=body, headers=header)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def test_what_is_found_on_a_round_is_its_walker_s_and_is_counted_with_the_round(
    client, ask, town, who, engine
):
    key, header = uuid.uuid4(), who["worker"]
    minute = timedelta(minutes=1)
    # One is sent under way, before the round; one bears the round's key though its time is off.
    found = [
        report(client, header, MORNING + minute / 2),
        report(client, header, MORNING - 5 * minute, patrol_key=str(key)),
    ]
    elsewhen = report(client, header, MORNING - 60 * minute)
    report(client, header, MORNING + minute / 2, source="public_report")
    assert walk(client, town, header, MORNING, key).status_code == 201
    asked = {"since": "2026-11-02", "until": "2026-11-02"}
    (round_,) = ask("leader", "GET", "patrols", **asked).json()["items"]
    assert round_["finds"] == 2
    finds = ask("leader", "GET", f"patrols/{round_['id']}/finds").json()["items"]
    assert {one["id"] for one in finds} == set(found)
    assert {one["person_id"] for one in finds} == {town.person_ids[GRID]}
    table = ask("planner", "GET", "patrols/coverage", level=3, **asked).json()
    assert [row["finds"] for row in table["items"][:2]] == [2, 0]
    assert table["total"]["finds"] == 2
    with engine.connect() as connection:
        noted = connection.scalars(text("SELECT incident_id FROM patrol_find ORDER BY 1")).all()
    assert noted == sorted([*found, elsewhen])
    hidden = ask("community", "GET", f"patrols/{round_['id']}/finds")
    assert hidden.status_code == 200  # of its own community


def test_the_share_of_streets_is_of_all_grids_patrolled_or_not(ask, town, engine):
    asked = {"level": 2, "since": "2026-11-02", "until": "2026-11-02"}
    before = ask("planner", "GET", "patrols/coverage", **asked).json()["total"]
    assert before["measured"] < before["grids"]
    while measure_streets(engine, limit=5):
        pass
    total = ask("planner", "GET", "patrols/coverage", **asked).json()["total"]
    assert (total["grids"], total["measured"], total["cut"]) == (16, 16, 1)
    # The street runs through four grids, one of which was patrolled.
    assert total["streets_m"] == pytest.approx(4 * 229, abs=16)
    assert total["cut_m"] == pytest.approx(229, abs=4)
    assert total["walked_m"] == before["walked_m"] == pytest.approx(115, abs=16)
    assert total["walked_m"] / total["streets_m"] < total["walked_m"] / total["cut_m"] / 3.5
    with acting(engine, "tests") as connection:
        connection.execute(
            text("INSERT INTO street (jurisdiction_id, kind, cls, name_zh, geom) SELECT"
                 " jurisdiction_id, kind, cls, '北路', ST_Translate(geom, 0, :up) FROM street"),
            {"up": STEP / 4},
        )  # fmt: skip
    assert measure_streets(engine) == 16  # other streets are measured anew
    assert measure_streets(engine) == 0
