"""Rules wherever an owner is decided: imports, moved pins, publishing, HTTP; and their history."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import shapely
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gis.errors import ConflictError, InputError
from gis.store.choices import RoutingSetting, set_routing
from gis.store.engine import acting
from gis.workflows import assets, duty_list, rules
from gis.workflows.choices import choose_owner, move_pin
from gis.workflows.dry_run import dry_run
from gis.workflows.locators import Locators
from gis.workflows.points import describe, shown_case
from gis.workflows.publishing import publish_plan
from tests.factories import (
    LONG_AGO,
    make_draft,
    make_town,
    redrawn,
)
from tests.integration.import_help import rows as import_rows
from tests.integration.import_help import saved, taken_in
from tests.integration.rules_help import (
    ELSEWHERE,
    FAR,
    HOME,
    IN_PARK,
    PARK,
    contact,
    department,
    outcomes,
    park,
    report,
    rule,
    tried,
)
from tests.server import serving


@pytest.fixture
def town(engine):
    return make_town(engine)


@pytest.fixture
def parks(engine, town):
    """A department of the district."""
    return department(engine, town.jurisdiction_id)


@pytest.fixture
def locators(town):
    return Locators()


def test_an_import_gets_what_reports_get(engine, town, parks, locators, tmp_path):
    park(engine, town, parks, since=LONG_AGO)
    contact(engine, town, parks, since=LONG_AGO)
    since = {"since": LONG_AGO}
    rule(engine, town, categories=["02"], organisation_id=parks, name="经营归部门", **since)
    rule(engine, town, categories=["01"], grid_prefix=HOME[:12], grid_code=FAR, name="调网格",
         **since)  # fmt: skip
    frame = import_rows(300)
    taken_in(engine, town, saved(frame, tmp_path / "rows.csv"))
    with engine.connect() as connection:
        found = connection.execute(
            text(
                "SELECT ST_X(location) AS lon, ST_Y(location) AS lat, category_code, severity,"
                " source, reported_at, grid_code, queue_id, person_id, rule_id, department_id,"
                " contact_id, route_rule FROM incident ORDER BY id"
            )
        ).all()
        assert {row.route_rule for row in found} >= {"rule", "inside"}
        assert len(found) == 300
        for row in found[:60]:
            told = dry_run(
                connection, locators, lon=row.lon, lat=row.lat, category=row.category_code,
                severity=row.severity, source=row.source, at=row.reported_at, language="en",
            )  # fmt: skip
            owner = told["owner"]
            assert (owner["grid"] and owner["grid"]["code"]) == row.grid_code
            assert owner["responsible"]["person"]["id"] == row.person_id
            assert (told["winner"] and told["winner"]["id"]) == row.rule_id
            assert (told["department"] and told["department"]["id"]) == row.department_id
            assert owner["rule"] == row.route_rule


def test_two_rules_at_once_both_stand_and_two_orders_do_not(engine, town):
    def one(number):
        return rule(engine, town, role="lead", name=f"规则{number}")

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(one, range(8)))
    with engine.connect() as connection:
        listed, version = rules.shown_rules(connection, town.jurisdiction_id)
    assert sorted(row["id"] for row in listed) == sorted(made)

    def order(ids):
        try:
            return rules.order_rules(
                engine, town.jurisdiction_id, ids, version=version, reason="调整", actor="tests"
            )
        except ConflictError as refused:
            return refused.code

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(order, (made, made[::-1])))
    assert sorted(map(type, done), key=str) == [int, str]
    assert "rules-changed" in done


def test_what_rules_said_cannot_be_rewritten_or_forgotten(engine, town, parks):
    rule(engine, town, role="lead")
    park(engine, town, parks)
    contact(engine, town, parks)
    duty_list.record_duty(
        engine, town.jurisdiction_id, category="01", organisation_id=parks, kind="access",
        document="准入", actor="tests",
    )  # fmt: skip
    for statement in (
        "UPDATE routing_rule SET name_zh = 'x'",
        "UPDATE asset SET code = 'x'",
        "UPDATE duty_item SET document = 'x'",
        "UPDATE contact SET person_id = person_id + 1",
        "UPDATE rule_order SET ids = '{}'",
        "DELETE FROM routing_rule",
        "TRUNCATE asset",
        "DELETE FROM duty_item",
        "DELETE FROM contact",
        "DELETE FROM rule_order",
        "DELETE FROM routing_version",
    ):
        with pytest.raises(DBAPIError), acting(engine, "tests") as connection:
            connection.execute(text(statement))


def test_a_code_is_taken_once_at_a_time_and_again_later(engine, town, parks, locators):
    first = park(engine, town, parks)
    with pytest.raises(ConflictError) as twice:
        park(engine, town, parks)
    assert twice.value.code == "asset-twice"
    rule(engine, town, asset_code="P1", within_m=0.0, grid_code=FAR)
    assets.end_asset(engine, town.jurisdiction_id, first, reason="改造", actor="tests")
    assert report(engine, locators)["grid"]["code"] == HOME
    assert outcomes(tried(engine, locators)) == [("rule", "asset_unknown")]
    park(engine, town, parks, name_zh="新公园")
    assert report(engine, locators)["grid"]["code"] == FAR


def test_geometries_that_are_none_are_refused(engine, town):
    bad = (
        {"type": "Point"}, {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 1], [1, 0],
                                                                [0, 0]]]},
        {"type": "Point", "coordinates": [500, 0]}, {"type": "GeometryCollection",
                                                     "geometries": []},
        {"coordinates": [1, 2]}, {"type": "LineString", "coordinates": "x"},
        {"type": "Point", "coordinates": [float("nan"), 1.0]}, {"type": "Point", "coordinates": []},
    )  # fmt: skip
    for geometry in bad:
        with pytest.raises(InputError) as refused:
            park(engine, town, geometry=geometry)
        assert refused.value.code == "geometry-invalid"


def test_a_moved_pin_and_a_choice_near_a_boundary_heed_rules(engine, town, parks, locators):
    park(engine, town)
    contact(engine, town, parks)
    rule(engine, town, asset_code="P1", within_m=0.0, organisation_id=parks)
    case = report(engine, locators, ELSEWHERE)
    assert case["rule"] == "inside"
    moving = {"crs": "EPSG:4326", "reason": "实际在公园内", "actor": "调度员"}
    move_pin(
        engine, locators, case["id"], lon=IN_PARK[0], lat=IN_PARK[1], version=case["version"],
        **moving,
    )  # fmt: skip
    with engine.connect() as connection:
        moved = shown_case(connection, locators, case["id"])
    assert (moved["rule"], moved["department"]["answers"]) == ("rule", True)
    assert moved["responsible"]["person"]["name"] == "王园林"
    changed = moved["history"][-1]["data"]
    assert (changed["department_id"], changed["route_rule"]) == ([None, parks], ["inside", "rule"])
    # A dispatcher who gives it to the grid next door takes it from the department, and back.
    with acting(engine, "tests") as connection:
        set_routing(connection, town.jurisdiction_id, RoutingSetting(near_edge_m=500))
    with engine.connect() as connection:
        offered = shown_case(connection, locators, case["id"])["edge"]["grid"]["code"]
    deciding = {"reason": "就近", "actor": "调度员"}
    choose_owner(
        engine, locators, case["id"], grid_code=offered, version=moved["version"], **deciding
    )
    with engine.connect() as connection:
        chosen = shown_case(connection, locators, case["id"])
    assert (chosen["rule"], chosen["routing_rule"]) == ("chosen", None)
    assert (chosen["department"]["id"], chosen["department"]["answers"]) == (parks, False)
    assert chosen["responsible"]["person"]["name"] == f"lead {offered}"
    choose_owner(
        engine, locators, case["id"], grid_code=HOME, version=chosen["version"], **deciding
    )
    with engine.connect() as connection:
        back = shown_case(connection, locators, case["id"])
    assert (back["rule"], back["responsible"]["person"]["name"]) == ("rule", "王园林")


def test_publishing_routes_open_cases_by_rules_and_leaves_choices_alone(
    engine, town, parks, locators
):
    park(engine, town)
    contact(engine, town, parks)
    before, elsewhere = report(engine, locators), report(engine, locators, ELSEWHERE)
    made = rule(engine, town, asset_code="P1", within_m=0.0, organisation_id=parks)
    gone = rule(engine, town, categories=["02"], grid_code="410102004002002", name="将无此网格")
    kept = report(engine, locators)
    # The second grid of the second row of the second community is merged into its neighbour.
    shapes = redrawn({})
    shapes["410102004002001"] = shapely.union(
        shapes["410102004002001"], shapes.pop("410102004002002")
    )
    draft = make_draft(engine, town, shapes)
    with acting(engine, "规划员", action="publish") as connection:
        done = publish_plan(connection, draft)
    assert [move.incident_id for move in done.moves] == [before["id"]]
    with engine.connect() as connection:
        after = {case["id"]: shown_case(connection, locators, case["id"])
                 for case in (before, elsewhere, kept)}  # fmt: skip
        listed, _ = rules.shown_rules(connection, town.jurisdiction_id)
    assert after[before["id"]]["routing_rule"]["id"] == made
    assert after[before["id"]]["responsible"]["person"]["name"] == "王园林"
    assert after[before["id"]]["grid"]["code"] == HOME
    assert after[elsewhere["id"]]["rule"] == "inside"
    assert after[kept["id"]]["responsible"]["person"]["name"] == "王园林"
    assert {row["id"]: row["problems"] for row in listed} == {made: [], gone: ["rule-grid-gone"]}
    assert outcomes(tried(engine, locators, ELSEWHERE, category="02"))[1] == (
        "rule", "grid_unknown",
    )  # fmt: skip
    assert report(engine, locators, ELSEWHERE, category="02")["grid"]["code"] == FAR


def test_the_point_and_the_case_tell_what_the_dry_run_does(engine, town, parks, locators):
    park(engine, town, parks)
    rule(engine, town, effect="refine", categories=["01"], organisation_id=parks, name="园林配合")
    case = report(engine, locators)
    told = tried(engine, locators)
    with engine.connect() as connection:
        shown = shown_case(connection, locators, case["id"])
        point = describe(connection, locators, lon=IN_PARK[0], lat=IN_PARK[1], category="0101")
        bare = describe(connection, locators, lon=IN_PARK[0], lat=IN_PARK[1])
    assert shown["beside"] == told["beside"] == point["beside"]
    assert [one["why"] for one in told["beside"]] == ["rule"]
    assert [one["why"] for one in bare["beside"]] == ["asset"]
    assert outcomes(told) == [("rule", "added"), ("asset", "already")]
    assert shown["department"] == told["department"] == point["department"]


def test_people_reach_all_of_it_over_http(engine, database_url, town, parks, tmp_path):
    with serving(database_url, tmp_path) as base, httpx.Client(base_url=base, timeout=30) as http:
        of = {"jurisdiction": town.jurisdiction_id}
        made = http.post("/api/v1/assets", json=of | {
            "code": "P1", "kind": "park", "name_zh": "碧沙岗公园",
            "geometry": shapely.geometry.mapping(PARK), "organisation_id": parks,
        })  # fmt: skip
        assert made.status_code == 201
        (listed,) = http.get("/api/v1/assets", params=of | {"q": "碧沙岗"}).json()["items"]
        assert (listed["id"], listed["reach_m"], listed["state"]) == (
            made.json()["id"],
            0,
            "current",
        )
        assert http.get("/api/v1/assets", params=of | {"bbox": "0,0,1,1"}).json()["items"] == []
        assert http.post("/api/v1/contacts", json=of | {
            "organisation_id": parks, "name": "王园林", "phone": "000-1",
        }).status_code == 201  # fmt: skip
        everyone = http.get("/api/v1/organisations", params=of).json()["items"]
        assert {one["code"]: one["contact"] and one["contact"]["person"]["name"]
                for one in everyone}["410102-D32"] == "王园林"  # fmt: skip
        given = {
            "name_zh": "公园归园林", "effect": "override", "asset_code": "P1", "within_m": 0.0,
            "organisation_id": parks,
        }  # fmt: skip
        place = {"lon": IN_PARK[0], "lat": IN_PARK[1], "category": "0101"}
        told = http.post("/api/v1/rules/dry-run", json=place | {"draft": given})
        assert (told.status_code, told.json()["winner"]["id"]) == (200, None)
        new = http.post("/api/v1/rules", json=of | given | {"reason": "会议纪要"})
        assert new.status_code == 201
        stale = http.post("/api/v1/rules", json=of | given | {"reason": "x", "version": 0})
        assert (stale.status_code, stale.json()["code"]) == (409, "rules-changed")
        wrong = http.post(
            "/api/v1/rules", json=of | given | {"reason": "x", "role": "lead"},
            headers={"Accept-Language": "zh-CN"},
        )  # fmt: skip
        assert (wrong.status_code, wrong.json()["code"]) == (422, "rule-target-one")
        assert "规则" in wrong.json()["errors"][0]["message"]
        told = http.post("/api/v1/rules/dry-run", json=place).json()
        case = http.post(
            "/api/v1/incidents", json=place | {"title": "试验", "source": "patrol"}
        ).json()
        assert told["winner"]["id"] == case["routing_rule"]["id"] == new.json()["id"]
        assert told["department"] == case["department"]
        assert told["owner"]["responsible"] == case["responsible"]
        shown = http.get(f"/api/v1/incidents/{case['id']}").json()
        assert shown["routing_rule"]["name"]["zh"] == "公园归园林"
        point = http.get("/api/v1/route", params=place).json()
        assert point["routing_rule"]["id"] == new.json()["id"]
        rows = http.get("/api/v1/rules", params=of).json()
        assert (rows["items"][0]["position"], rows["version"]) == (1, new.json()["version"])
        order = of | {"ids": [new.json()["id"]], "version": rows["version"], "reason": "整理"}
        assert http.post("/api/v1/rules/order", json=order).status_code == 200
        assert http.post("/api/v1/rules/order", json=order).status_code == 409
        end = of | {"reason": "撤销"}
        assert http.post(f"/api/v1/rules/{new.json()['id']}/end", json=end).status_code == 204
        assert http.post(f"/api/v1/rules/{new.json()['id']}/end", json=end).status_code == 404
        steps = http.get("/api/v1/rules/history", params=of | {"limit": 2}).json()
        assert [step["action"] for step in steps["items"]] == ["end", "order"]
        assert steps["next"] == steps["items"][-1]["id"]
        duty = {"category": "01", "organisation_id": parks, "kind": "duty", "document": "清单"}
        listed = http.post("/api/v1/duty-list", json=of | duty)
        assert listed.status_code == 201
        assert http.post("/api/v1/duty-list", json=of | duty).json()["code"] == "duty-item-twice"
        (entry,) = http.get("/api/v1/duty-list", params=of).json()["items"]
        assert entry["organisation"]["code"] == "410102-D32"
        ended = http.post(f"/api/v1/duty-list/{entry['id']}/end", json=end)
        assert ended.status_code == 204
        assert http.get("/api/v1/duty-list/template").content.startswith(b"PK")
        assert http.get("/api/v1/rules", params={"jurisdiction": 999}).status_code == 404
