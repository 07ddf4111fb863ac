"""Near the edge: the other grid is told and can be chosen; a moved pin is routed again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gis.errors import ConflictError, InputError
from gis.geometry import wgs84_to_gcj02
from gis.store.choices import RoutingSetting, set_routing
from gis.store.engine import acting
from gis.workflows.choices import choose_owner, move_pin
from gis.workflows.incident_report import IncidentReport
from gis.workflows.intake import report_incident
from gis.workflows.locators import Locators
from gis.workflows.points import describe, shown_case
from tests.factories import SOUTH, STEP, WEST, make_neighbour, make_town
from tests.server import serving

WESTERN, EASTERN = "410102004001001", "410102004001002"
METRE = 1 / 91_600  # of longitude, at this latitude
EDGE = WEST + STEP
ROW = SOUTH + STEP / 2


@pytest.fixture
def town(engine):
    return make_town(engine)


@pytest.fixture
def locators(town):
    return Locators()


def told(engine, locators, lon, lat=ROW):
    with engine.connect() as connection:
        return describe(connection, locators, lon=lon, lat=lat)


def reported(engine, locators, lon=EDGE - 12 * METRE, lat=ROW):
    given = IncidentReport(category="01", title="试验", source="patrol", lon=lon, lat=lat)
    done = report_incident(engine, locators, given, actor="tests", time_zone="Asia/Shanghai")
    return shown(engine, locators, done.incident_id)


def shown(engine, locators, incident_id):
    with engine.connect() as connection:
        return shown_case(connection, locators, incident_id)


def choose(engine, locators, case, code, **changed):
    values = {"reason": "门牌在东侧", "version": case["version"], "actor": "调度员"} | changed
    choose_owner(engine, locators, case["id"], grid_code=code, **values)
    return shown(engine, locators, case["id"])


def move(engine, locators, case, lon, lat=ROW, **changed):
    values = {"crs": "EPSG:4326", "reason": "定位漂移", "version": case["version"]} | changed
    move_pin(engine, locators, case["id"], lon=lon, lat=lat, actor="调度员", **values)
    return shown(engine, locators, case["id"])


def test_the_nearest_other_grid_its_person_and_the_distance_are_told(engine, locators):
    edge = told(engine, locators, EDGE - 12 * METRE)["edge"]
    assert edge["distance_m"] == pytest.approx(12, rel=0.01)
    assert (edge["grid"]["code"], edge["near"]) == (EASTERN, True)
    assert edge["person"]["name"] == f"lead {EASTERN}"
    assert told(engine, locators, EDGE - 30 * METRE)["edge"]["near"] is False
    assert told(engine, locators, EDGE)["edge"]["distance_m"] == 0


def test_what_counts_as_near_is_a_setting_of_the_jurisdiction(engine, locators, town):
    with acting(engine, "tests") as connection:
        set_routing(
            connection, town.jurisdiction_id, RoutingSetting(near_edge_m=8, nearest_within_m=5)
        )
    assert told(engine, locators, EDGE - 12 * METRE)["edge"]["near"] is False
    assert told(engine, locators, WEST - 12 * METRE)["rule"] == "outside_queue"
    with pytest.raises(DBAPIError, match="append-only"), acting(engine, "tests") as connection:
        connection.execute(text("UPDATE routing_setting SET near_edge_m = 9"))


def test_off_all_grids_the_nearest_within_reach_answers_and_it_is_marked(engine, locators):
    near = reported(engine, locators, WEST - 12 * METRE)
    assert (near["rule"], near["grid"]["code"], near["queue"]) == ("nearest_grid", WESTERN, None)
    assert near["person"]["name"] == f"lead {WESTERN}"
    far = reported(engine, locators, WEST - 80 * METRE)
    assert (far["rule"], far["grid"], far["queue"]["code"]) == ("outside_queue", None, "outside")
    assert far["edge"]["grid"]["code"] == WESTERN
    assert far["edge"]["distance_m"] == pytest.approx(80, rel=0.01)


def test_the_other_grid_can_be_chosen_and_the_choice_is_kept(engine, locators):
    case = reported(engine, locators)
    after = choose(engine, locators, case, EASTERN)
    assert (after["grid"]["code"], after["rule"]) == (EASTERN, "chosen")
    assert after["person"]["name"] == f"lead {EASTERN}"
    assert after["version"] == case["version"] + 1
    (choice,) = after["choices"]
    assert (choice["actor"], choice["reason"]) == ("调度员", "门牌在东侧")
    assert (choice["was_grid_code"], choice["chosen_grid_code"]) == (WESTERN, EASTERN)
    assert choice["offered"][0]["person"]["name"] == f"lead {EASTERN}"
    step = after["history"][-1]
    assert (step["action"], step["data"]["grid_code"]) == ("choose-owner", [WESTERN, EASTERN])
    with pytest.raises(DBAPIError, match="append-only"), acting(engine, "tests") as connection:
        connection.execute(text("DELETE FROM owner_choice"))


def test_a_choice_can_be_taken_back(engine, locators):
    after = choose(engine, locators, reported(engine, locators), EASTERN)
    assert after["edge"]["grid"]["code"] == WESTERN
    assert after["edge"]["distance_m"] == pytest.approx(12, rel=0.01)
    back = choose(engine, locators, after, WESTERN)
    assert (back["grid"]["code"], back["rule"], len(back["choices"])) == (WESTERN, "inside", 2)


@pytest.mark.parametrize("code", [WESTERN, "410102004001003", "410102009009009"])
def test_only_the_grid_that_is_offered_can_be_chosen(engine, locators, code):
    case = reported(engine, locators)
    with pytest.raises(InputError) as refused:
        choose(engine, locators, case, code)
    assert refused.value.code == "choice-not-offered"
    assert shown(engine, locators, case["id"])["choices"] == []


def test_far_from_the_edge_nothing_can_be_chosen(engine, locators):
    case = reported(engine, locators, EDGE - 40 * METRE)
    with pytest.raises(InputError):
        choose(engine, locators, case, EASTERN)


def test_a_case_that_somebody_changed_or_closed_is_not_given_away(engine, locators):
    case = reported(engine, locators)
    move(engine, locators, case, EDGE - 11 * METRE)
    for attempt in (
        lambda: choose(engine, locators, case, EASTERN),
        lambda: move(engine, locators, case, EDGE + 30 * METRE),
    ):
        with pytest.raises(ConflictError) as refused:
            attempt()
        assert refused.value.code == "incident-changed"
    with acting(engine, "tests") as connection:
        connection.execute(text("UPDATE incident SET stage = 'closed', closed_at = now()"))
    closed = shown(engine, locators, case["id"])
    assert closed["edge"] is None
    with pytest.raises(ConflictError) as refused:
        move(engine, locators, closed, EDGE + 30 * METRE)
    assert refused.value.code == "incident-closed"


def test_a_moved_pin_is_routed_again_and_the_history_keeps_both_places(engine, locators):
    case = reported(engine, locators)
    x, y = wgs84_to_gcj02([EDGE + 30 * METRE], [ROW])
    after = move(engine, locators, case, float(x[0]), float(y[0]), crs="gcj02")
    assert (after["grid"]["code"], after["rule"], after["serial"]) == (
        EASTERN, "inside", case["serial"],
    )  # fmt: skip
    assert after["lon"] == pytest.approx(EDGE + 30 * METRE, abs=1e-9)
    step = after["history"][-1]
    assert (step["action"], step["reason"], step["actor"]) == ("move-pin", "定位漂移", "调度员")
    assert step["data"]["grid_code"] == [WESTERN, EASTERN]
    before, now = (place["coordinates"] for place in step["data"]["location"])
    assert before == pytest.approx([case["lon"], case["lat"]])
    assert now == pytest.approx([after["lon"], after["lat"]])


def test_a_pin_moved_off_all_grids_goes_to_the_queue_and_comes_back(engine, locators):
    case = reported(engine, locators)
    outside = move(engine, locators, case, WEST - 1)
    assert (outside["rule"], outside["grid"], outside["person"]["name"]) == (
        "outside_queue", None, "值班员",
    )  # fmt: skip
    assert move(engine, locators, outside, EDGE + 30 * METRE)["grid"]["code"] == EASTERN


def test_between_two_jurisdictions_the_nearer_one_answers(engine, locators):
    west, _ = make_neighbour(engine)
    for metres, code in ((20, "410103001001001"), (45, "410102004002002")):
        found = told(engine, locators, west - metres * METRE)
        assert (found["rule"], found["grid"]["code"]) == ("nearest_grid", code)


def test_a_pin_moved_into_another_jurisdiction_is_its_case_from_then_on(engine, locators):
    west, district = make_neighbour(engine)
    case = reported(engine, locators)
    after = move(engine, locators, case, west + 30 * METRE)
    assert (after["grid"]["code"], after["serial"]) == ("410103001001001", case["serial"])
    assert after["person"]["name"] == "二七值班"
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT jurisdiction_id FROM incident")) == district


def test_of_many_who_decide_at_once_one_wins_and_the_others_are_told(engine, locators):
    case = reported(engine, locators)

    def decide(number):
        try:
            if number % 2:
                return choose(engine, locators, case, EASTERN)
            return move(engine, locators, case, EDGE + 30 * METRE)
        except ConflictError as refused:
            return refused.code

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(decide, range(6)))
    assert done.count("incident-changed") == 5
    after = shown(engine, locators, case["id"])
    assert after["version"] == case["version"] + 1
    assert after["grid"]["code"] == EASTERN


def test_over_http_both_decisions_answer_with_the_case(engine, database_url, town, tmp_path):
    with serving(database_url, tmp_path) as base, httpx.Client(base_url=base, timeout=30) as http:
        report = {"category": "01", "title": "试验", "source": "patrol"}
        made = http.post(
            "/api/v1/incidents", json=report | {"lon": EDGE - 12 * METRE, "lat": ROW}
        ).json()
        address = f"/api/v1/incidents/{made['id']}"
        body = {"grid_code": EASTERN, "reason": "门牌", "version": made["version"]}
        chosen = http.patch(f"{address}/owner", json=body)
        assert (chosen.status_code, chosen.json()["grid"]["code"]) == (200, EASTERN)
        again = http.patch(f"{address}/owner", json=body)
        assert (again.status_code, again.json()["code"]) == (409, "incident-changed")
        place = {"lon": EDGE - 50 * METRE, "lat": ROW, "reason": "漂移"}
        moved = http.patch(f"{address}/place", json=place | {"version": chosen.json()["version"]})
        assert (moved.status_code, moved.json()["grid"]["code"]) == (200, WESTERN)
        assert moved.json() == http.get(address).json()
        for wrong in ({"reason": " "}, {"lon": None}, {"version": 0}, {"more": 1}):
            refused = http.patch(f"{address}/place", json=place | {"version": 3} | wrong)
            assert refused.status_code == 422
        assert http.patch("/api/v1/incidents/999/owner", json=body).status_code == 404
        route = http.get("/api/v1/route", params={"lon": EDGE - 12 * METRE, "lat": ROW}).json()
        assert route["edge"]["grid"]["code"] == EASTERN


def corner(east_m=-4.0, north_m=-6.0):
    """A place near the corner where four grids meet, in the south-western one unless said."""
    return {"lon": EDGE + east_m * METRE, "lat": SOUTH + STEP + north_m / 111_000}


NORTHERN, ACROSS = "410102004001003", "410102004001004"


def test_where_several_grids_meet_all_that_are_near_are_told_and_can_be_chosen(engine, locators):
    case = reported(engine, locators, **corner())
    assert case["grid"]["code"] == WESTERN
    assert [one["grid"]["code"] for one in case["near"]] == [EASTERN, NORTHERN, ACROSS]
    metres = [one["distance_m"] for one in case["near"]]
    assert metres == pytest.approx([4, 6, 52**0.5], rel=0.02)
    assert case["edge"] == {**case["near"][0], "near": True}
    after = choose(engine, locators, case, ACROSS)
    assert (after["grid"]["code"], after["rule"]) == (ACROSS, "chosen")
    assert after["choices"][0]["distance_m"] == metres[2]
    # Back to where the place lies, or to any other that is near.
    assert [one["grid"]["code"] for one in after["near"]] == [WESTERN, EASTERN, NORTHERN]
    third = choose(engine, locators, after, NORTHERN)
    assert choose(engine, locators, third, WESTERN)["rule"] == "inside"


def test_only_near_grids_are_told_but_the_nearest_one_from_afar(engine, locators):
    found = told(engine, locators, EDGE - 40 * METRE)
    assert (found["near"], found["edge"]["grid"]["code"]) == ([], EASTERN)
    assert told(engine, locators, WEST + 3 * METRE, ROW)["near"] == []


def test_a_report_is_answered_with_the_grids_near_it(engine, database_url, town, tmp_path):
    with serving(database_url, tmp_path) as base, httpx.Client(base_url=base, timeout=30) as http:

        def sent(**more):
            body = {"category": "01", "title": "试验", "source": "patrol", "source_ref": "r"}
            return http.post("/api/v1/incidents", json=body | more)

        first, again = sent(**corner()), sent(**corner())
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json()
        assert [one["grid"]["code"] for one in first.json()["near"]] == [
            EASTERN, NORTHERN, ACROSS,
        ]  # fmt: skip
        assert first.json()["edge"]["person"]["name"] == f"lead {EASTERN}"
        shown = http.get(f"/api/v1/incidents/{first.json()['id']}").json()
        route = http.get("/api/v1/route", params=corner()).json()
        assert shown["near"] == route["near"] == first.json()["near"]
        far = sent(source_ref="far", lon=EDGE - 40 * METRE, lat=ROW).json()
        assert (far["edge"], far["near"]) == (None, [])
