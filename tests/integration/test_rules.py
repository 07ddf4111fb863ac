"""Rules on a real database: reports, imports, plans and pins get what the dry run says."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import shapely
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gis.errors import ConflictError, InputError, NotFoundError
from gis.store.choices import RoutingSetting, set_routing
from gis.store.engine import acting
from gis.workflows import assets, duty_list, rules
from gis.workflows.choices import choose_owner, move_pin
from gis.workflows.dry_run import Draft, dry_run
from gis.workflows.intake import IncidentReport, report_incident
from gis.workflows.locators import Locators
from gis.workflows.points import describe, shown_case
from gis.workflows.publishing import publish_plan
from tests.factories import (
    LONG_AGO,
    SOUTH,
    STEP,
    WEST,
    hold,
    inserter,
    make_draft,
    make_town,
    redrawn,
)
from tests.integration.import_help import rows as import_rows
from tests.integration.import_help import saved, taken_in
from tests.server import serving

PARK = shapely.box(WEST + 0.0005, SOUTH + 0.0005, WEST + 0.001, SOUTH + 0.001)
IN_PARK = (WEST + 0.00075, SOUTH + 0.00075)
ELSEWHERE = (WEST + STEP * 3.5, SOUTH + STEP * 3.5)
HOME, FAR = "410102004001001", "410102004004004"  # grids of those two places


@pytest.fixture
def town(engine):
    return make_town(engine)


@pytest.fixture
def parks(engine, town):
    """A department of the district."""
    with acting(engine, "tests") as connection:
        return inserter(connection)(
            "organisation", code="410102-D32", kind="department", name_zh="园林绿化中心",
            parent_id=town.jurisdiction_id,
        )  # fmt: skip


@pytest.fixture
def locators(town):
    return Locators()


def park(engine, town, organisation_id=None, **changed):
    values = {
        "code": "P1", "kind": "park", "name_zh": "碧沙岗公园", "name_en": "Bishagang Park",
        "geometry": shapely.geometry.mapping(PARK), "organisation_id": organisation_id,
        "actor": "tests", "reason": "登记",
    }  # fmt: skip
    return assets.record_asset(engine, town.jurisdiction_id, **values | changed)


def rule(engine, town, *, effect="override", name="公园事件归园林", **given):
    where = {
        key: given.pop(key)
        for key in ("since", "until", "position", "replaces", "version") if key in given
    }  # fmt: skip
    made, _ = rules.record_rule(
        engine, town.jurisdiction_id, {"name_zh": name, "effect": effect, **given},
        reason="区政府会议纪要", actor="规划员", **where,
    )  # fmt: skip
    return made


def contact(engine, town, organisation_id, name="王园林", **changed):
    return rules.record_contact(
        engine, town.jurisdiction_id, organisation_id, name=name, phone="000-1", actor="tests",
        **changed,
    )  # fmt: skip


def report(engine, locators, place=IN_PARK, category="0101", source="patrol", **changed):
    given = IncidentReport(
        category=category, title="试验", source=source, lon=place[0], lat=place[1], **changed
    )
    done = report_incident(engine, locators, given, actor="tests", time_zone="Asia/Shanghai")
    return done.case


def tried(engine, locators, place=IN_PARK, category="0101", source="patrol", **changed):
    with engine.connect() as connection:
        return dry_run(
            connection, locators, lon=place[0], lat=place[1], category=category, source=source,
            language="zh-CN", **changed,
        )  # fmt: skip


def outcomes(told):
    return [(one["kind"], one["outcome"]) for one in told["verdicts"]]


def test_a_department_that_overrides_answers_and_the_place_keeps_its_grid(
    engine, town, parks, locators
):
    before = report(engine, locators)
    assert (before["routing_rule"], before["department"], before["rule"]) == (None, None, "inside")
    park(engine, town)
    contact(engine, town, parks)
    made = rule(engine, town, asset_code="P1", within_m=0.0, organisation_id=parks)
    case = report(engine, locators)
    assert (case["grid"]["code"], case["rule"]) == (HOME, "rule")
    assert case["routing_rule"] == {
        "id": made, "name": {"zh": "公园事件归园林", "en": "公园事件归园林"}, "effect": "override",
    }  # fmt: skip
    assert case["responsible"]["person"]["name"] == "王园林"
    assert (case["responsible"]["role"], case["responsible"]["level"]) == (None, None)
    assert (case["department"]["id"], case["department"]["answers"]) == (parks, True)
    first = case["history"][0]["data"]
    assert (first["rule_id"], first["department"], first["rule"]) == (made, parks, "rule")
    assert report(engine, locators, ELSEWHERE)["rule"] == "inside"
    told = tried(engine, locators)
    assert told["place"]["grid"]["code"] == told["owner"]["grid"]["code"] == HOME
    assert told["owner"]["responsible"]["person"]["name"] == "王园林"
    assert told["winner"]["id"] == made
    assert told["verdicts"][0]["message"] == "由它决定本事件。"


def test_never_nobody_where_a_department_has_no_contact_or_the_contact_is_away(
    engine, town, parks, locators
):
    park(engine, town)
    rule(engine, town, asset_kind="park", within_m=0.0, organisation_id=parks)
    case = report(engine, locators)
    assert case["responsible"]["person"]["name"] == f"lead {HOME}"
    assert (case["department"]["id"], case["department"]["answers"]) == (parks, False)
    told = tried(engine, locators)
    assert [note["code"] for note in told["notes"]] == ["department-no-contact"]
    contact(engine, town, parks)
    assert report(engine, locators)["department"]["answers"] is True
    with acting(engine, "tests") as connection:
        person = connection.scalar(text("SELECT person_id FROM contact"))
        connection.execute(
            text("INSERT INTO absence (person_id, planned) VALUES (:p, tstzrange(:since, NULL))"),
            {"p": person, "since": datetime.now(UTC) - timedelta(minutes=1)},
        )
    case = report(engine, locators)
    assert case["responsible"]["person"]["name"] == f"lead {HOME}"


def test_a_grid_that_overrides_takes_the_case_with_its_people(engine, town, locators):
    rule(engine, town, categories=["01"], grid_code=FAR, name="归第四网格")
    case = report(engine, locators)
    assert (case["grid"]["code"], case["rule"]) == (FAR, "rule")
    assert case["responsible"]["person"]["name"] == f"lead {FAR}"
    assert case["chain"][0]["code"] == FAR
    assert report(engine, locators, category="03")["grid"]["code"] == HOME
    told = tried(engine, locators)
    assert (told["place"]["grid"]["code"], told["owner"]["grid"]["code"]) == (HOME, FAR)
    queue = report(engine, locators, place=(WEST - 0.1, SOUTH))
    assert (queue["grid"]["code"], queue["queue"]) == (FAR, None)


def test_a_role_that_refines_answers_from_the_chain(engine, town, locators):
    with acting(engine, "tests") as connection:
        officer = inserter(connection)("person", name="民警李")
        hold(connection, officer, town.grid_ids["410102004001"], 2, "officer")
    rule(engine, town, effect="refine", sources=["hotline_110"], role="officer", name="110归民警")
    case = report(engine, locators, source="hotline_110")
    assert case["responsible"]["person"]["name"] == "民警李"
    assert (case["responsible"]["role"], case["responsible"]["vacant_levels"]) == ("officer", [])
    assert report(engine, locators)["responsible"]["person"]["name"] == f"lead {HOME}"
    vacant = report(engine, locators, ELSEWHERE, source="hotline_110")
    assert vacant["responsible"]["person"]["name"] == f"lead {FAR}"
    told = tried(engine, locators, ELSEWHERE, source="hotline_110")
    assert [note["code"] for note in told["notes"]] == ["role-vacant"]


def test_assets_and_the_duty_list_put_departments_beside_the_grid(engine, town, parks, locators):
    with acting(engine, "tests") as connection:
        one = inserter(connection)
        bureau = one("organisation", code="410102-D02", kind="department", name_zh="城管局")
        street = connection.scalar(text("SELECT id FROM organisation WHERE code = '410102004'"))
    park(engine, town, parks)
    item = {"kind": "duty", "document": "权责清单第3条", "actor": "tests"}
    duty_list.record_duty(
        engine, town.jurisdiction_id, category="01", organisation_id=bureau, **item
    )
    case = report(engine, locators)
    assert case["responsible"]["person"]["name"] == f"lead {HOME}"
    assert (case["department"]["id"], case["department"]["answers"]) == (parks, False)
    told = tried(engine, locators)
    assert [(one["id"], one["why"]) for one in told["beside"]] == [
        (parks, "asset"), (bureau, "duty"),
    ]  # fmt: skip
    assert told["beside"][1]["because"]["zh"] == "权责清单第3条"
    assert [note["code"] for note in told["notes"]] == ["duty-not-street"]
    assert report(engine, locators, ELSEWHERE)["department"]["id"] == bureau
    assert {note["code"] for note in tried(engine, locators, category="03")["notes"]} == {
        "duty-nobody", "duty-not-street",
    }  # fmt: skip
    # An entry for the category itself hides the one above it; the street's own adds nobody.
    duty_list.record_duty(
        engine, town.jurisdiction_id, category="0101", organisation_id=street, **item
    )
    told = tried(engine, locators, ELSEWHERE)
    assert (told["beside"], told["notes"], told["department"]) == ([], [], None)
    assert outcomes(told) == [("duty", "own")]


def test_the_first_override_wins_and_order_is_dated_and_guarded(engine, town, parks, locators):
    first = rule(engine, town, grid_code=FAR, name="甲")
    second = rule(engine, town, organisation_id=parks, name="乙")
    with engine.connect() as connection:
        listed, version = rules.shown_rules(connection, town.jurisdiction_id)
    assert [row["id"] for row in listed] == [first, second]
    assert [row["problems"] for row in listed] == [[], ["rule-no-contact"]]
    was = datetime.now(UTC)
    assert report(engine, locators)["routing_rule"]["id"] == first
    order = {"version": version, "reason": "调整", "actor": "tests"}
    rules.order_rules(engine, town.jurisdiction_id, [second, first], **order)
    assert report(engine, locators)["routing_rule"]["id"] == second
    # What comes in late is decided in the order of its moment.
    assert report(engine, locators, reported_at=was)["routing_rule"]["id"] == first
    with pytest.raises(ConflictError, match="changed"):
        rules.order_rules(engine, town.jurisdiction_id, [first, second], **order)
    for ids in ([second], [second, first, first], [second, first, 999]):
        with engine.connect() as connection:
            _, version = rules.shown_rules(connection, town.jurisdiction_id)
        with pytest.raises(ConflictError):
            rules.order_rules(engine, town.jurisdiction_id, ids, **order | {"version": version})
    rules.end_rule(engine, town.jurisdiction_id, second, reason="撤销", actor="李四")
    assert report(engine, locators)["routing_rule"]["id"] == first
    with pytest.raises(NotFoundError):
        rules.end_rule(engine, town.jurisdiction_id, second, reason="再撤", actor="李四")
    with engine.connect() as connection:
        history = rules.rules.history(connection, town.jurisdiction_id, limit=10)
        then, _ = rules.shown_rules(connection, town.jurisdiction_id, at=was)
    assert [step["action"] for step in history] == ["end", "order", "add", "add"]
    assert (history[0]["actor"], history[0]["reason"], history[0]["ids"]) == (
        "李四", "撤销", [first],
    )  # fmt: skip
    assert [row["id"] for row in then] == [first, second]


def test_a_rule_that_replaces_another_takes_its_place(engine, town, parks, locators):
    first = rule(engine, town, grid_code=FAR, name="甲")
    rule(engine, town, organisation_id=parks, name="乙")
    third = rule(engine, town, grid_code=HOME, name="丙", replaces=first)
    with engine.connect() as connection:
        listed, _ = rules.shown_rules(connection, town.jurisdiction_id, ended=True)
    assert [(row["name"]["zh"], row["position"]) for row in listed] == [
        ("丙", 1), ("乙", 2), ("甲", None),
    ]  # fmt: skip
    assert listed[2]["ended_by"] == "规划员"
    assert report(engine, locators)["routing_rule"]["id"] == third
    with pytest.raises(NotFoundError):
        rule(engine, town, grid_code=HOME, replaces=first)


def test_rules_count_for_what_is_reported_while_they_hold(engine, town, locators):
    now = datetime.now(UTC)
    rule(engine, town, grid_code=FAR, since=now - timedelta(days=2), until=now - timedelta(days=1))
    late = {"reported_at": now - timedelta(days=1, hours=1)}
    assert report(engine, locators, **late)["grid"]["code"] == FAR
    for at in (now - timedelta(days=1), now - timedelta(days=2, seconds=1), now):
        assert report(engine, locators, reported_at=at)["grid"]["code"] == HOME
    assert outcomes(tried(engine, locators)) == [("rule", "ended")]


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


def test_a_draft_is_tried_where_it_would_stand_and_nothing_is_stored(engine, town, parks, locators):
    made = rule(engine, town, grid_code=FAR, name="甲")
    given = {"name_zh": "<script>alert(1)</script>", "effect": "override", "organisation_id": parks}
    told = tried(engine, locators, draft=Draft(given=given))
    assert outcomes(told) == [("rule", "won"), ("draft", "beaten")]
    told = tried(engine, locators, draft=Draft(given=given, position=1))
    assert outcomes(told) == [("draft", "won"), ("rule", "beaten")]
    assert (told["winner"]["id"], told["verdicts"][0]["id"]) == (None, None)
    assert "<script>" in told["verdicts"][1]["message"]  # text; pages escape it
    told = tried(engine, locators, draft=Draft(given=given, replaces=made))
    assert outcomes(told) == [("draft", "won")]
    assert report(engine, locators)["routing_rule"]["id"] == made
    with pytest.raises(InputError, match="exactly one"):
        tried(engine, locators, draft=Draft(given=given | {"grid_code": FAR}))


SENSELESS = [
    ({"role": "officer", "grid_code": FAR}, "rule-target-one"),
    ({}, "rule-target-one"),
    ({"effect": "refine", "grid_code": FAR}, "rule-refine-grid"),
    ({"role": "lead", "asset_code": "P1", "asset_kind": "park"}, "rule-asset-or-kind"),
    ({"role": "lead", "asset_code": "P1"}, "rule-within-alone"),
    ({"role": "lead", "within_m": 3.0}, "rule-within-alone"),
    ({"role": "lead", "street_code": "P1"}, "rule-street-whole"),
    ({"role": "lead", "asset_code": "没有", "within_m": 0.0}, "asset-code-unknown"),
    (
        {"role": "lead", "street_code": "P1", "street_side": "left", "street_within_m": 9.0},
        "street-unknown",
    ),
    ({"role": "lead", "categories": ["99"]}, "category-unknown"),
    ({"grid_code": "410102004009009"}, "grid-code-unknown"),
    ({"role": "lead", "grid_prefix": "410199"}, "grid-code-unknown"),
    ({"organisation_id": 999_999}, "organisation-unknown"),
]


def test_rules_that_make_no_sense_are_refused(engine, town):
    park(engine, town)
    for given, code in SENSELESS:
        with pytest.raises(InputError) as refused:
            rule(engine, town, **given)
        assert refused.value.code == code
        assert "field" in refused.value.params


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


def test_a_street_has_two_sides(engine, town, locators):
    # East along the middle of the first row of grids: its left is north.
    middle = SOUTH + STEP / 2
    line = shapely.LineString([(WEST, middle), (WEST + 4 * STEP, middle)])
    park(engine, town, code="R1", kind="road", name_zh="伊河路",
         geometry=shapely.geometry.mapping(line))  # fmt: skip
    rule(engine, town, street_code="R1", street_side="left", street_within_m=30.0, grid_code=FAR)
    x, metre = WEST + STEP / 3, 1 / 110_900
    places = ((20, FAR), (-20, HOME), (40, HOME), (0, HOME))
    for north_m, code in places:
        assert report(engine, locators, (x, middle + north_m * metre))["grid"]["code"] == code
    told = tried(engine, locators, (x, middle - 20 * metre))
    assert told["verdicts"][0]["outcome"] == "other_side"
    assert told["verdicts"][0]["distance_m"] == pytest.approx(20, rel=0.01)


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
