"""Rules on a real database: what reports get, who answers, order and dates, the dry run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import shapely
from sqlalchemy import text

from gis.errors import ConflictError, InputError, NotFoundError
from gis.store.engine import acting
from gis.workflows import duty_list, rules
from gis.workflows.dry_run import Draft
from gis.workflows.locators import Locators
from tests.factories import (
    SOUTH,
    STEP,
    WEST,
    hold,
    inserter,
    make_town,
)
from tests.integration.rules_help import (
    ELSEWHERE,
    FAR,
    HOME,
    contact,
    department,
    outcomes,
    park,
    report,
    rule,
    tried,
)


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
        bureau = one("organisation", code="410102-D02", kind="department", name_zh="城管局",
                     parent_id=town.jurisdiction_id)  # fmt: skip
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
