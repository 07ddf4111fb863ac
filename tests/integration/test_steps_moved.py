"""Cases whose people, places and districts change under them: nothing done is undone, nobody who
has left gets anything, and whoever is to go on can."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text

from gis.incidents.lifecycle import SYSTEM, Target
from gis.store import seats, told
from gis.store.engine import acting
from gis.workflows.choices import move_pin
from gis.workflows.departures import Leaving
from gis.workflows.departures import leave as depart
from gis.workflows.publishing import publish_plan
from tests.conftest import module_database
from tests.factories import STEP, hold, inserter, make_draft, make_neighbour, redrawn
from tests.integration.steps_help import CODE, Desk, Refused, handled, leave, make_desk

LATER = datetime.now(UTC) + timedelta(days=30)


@pytest.fixture(scope="module")
def desk(maintenance_url: str, template_database: str) -> Iterator[Desk]:
    with module_database(maintenance_url, template_database) as url:
        engine = create_engine(url)
        made = make_desk(engine)
        made.west, made.organisations["other"] = make_neighbour(engine)
        yield made
        engine.dispose()


def newcomer(desk: Desk, name: str) -> int:
    with acting(desk.engine, "tests") as connection:
        return int(
            inserter(connection)(
                "person", name=name, organisation_id=desk.organisations["district"]
            )
        )


def succeed(desk: Desk, person_id: int, name: str | None = None) -> int | None:
    """Let a person leave, for somebody new or for nobody; gives the new one."""
    new = None if name is None else newcomer(desk, name)
    given = Leaving(person_id=person_id, successor_id=new, reason="调离")
    depart(desk.engine, desk.locators, desk.town.jurisdiction_id, given, actor="tests")
    return new


def move(desk: Desk, case: int, lon: float, lat: float) -> None:
    move_pin(
        desk.engine, desk.locators, case, lon=lon, lat=lat, crs="EPSG:4326", reason="定位有误",
        version=desk.row(case)["version"], actor="王敏 (wangmin)",
    )  # fmt: skip


def redraw(desk: Desk) -> None:
    draft = make_draft(desk.engine, desk.town, redrawn({}))
    with acting(desk.engine, "planner", action="publish") as connection:
        publish_plan(connection, draft)
        desk.town.plan_id = draft


def test_a_failed_check_goes_to_whoever_is_on_the_post_by_now(desk):
    grid, place = "410102004001003", {"lon": 113.60 + STEP / 2, "lat": 34.75 + 1.5 * STEP}
    person = desk.town.person_ids[grid]
    worker = desk.doer("grid_worker", "lead", at="sub_district", person_id=person)
    case = desk.report(**place)
    desk.take(case, "handle", worker, result="已办")
    desk.take(case, "feed_back", worker, result="已办")
    sent = desk.report()  # sent to the same person by name, far from the post
    desk.take(sent, "redispatch", desk.dispatcher, target=Target(person_id=person), reason="就近")
    desk.take(sent, "handle", worker, result="已办")
    desk.take(sent, "feed_back", worker, result="已办")
    new = succeed(desk, person, "继任者")
    for one in (case, sent):
        desk.take(one, "verify_result", desk.leader, verdict=False, reason="只清了一半")
        hand = desk.lead_hand(one)
        assert (hand["task"], hand["person_id"]) == ("handle", new)
        assert desk.row(one)["person_id"] == new
    # Nobody comes after: whoever answers for the place does.
    other = desk.doer("grid_worker", "new", at="sub_district", person_id=new)
    for one in (case, sent):
        desk.take(one, "handle", other, result="又办了")
        desk.take(one, "feed_back", other, result="又办了")
    succeed(desk, new)
    for one in (case, sent):
        desk.take(one, "verify_result", desk.leader, verdict=False, reason="还有")
        assert desk.lead_hand(one)["person_id"] not in (person, new, None)
    assert desk.lead_hand(sent)["person_id"] == desk.town.person_ids[CODE]


def test_a_failed_check_goes_to_the_department_whoever_speaks_for_it(desk):
    case, urban = desk.report(), desk.organisations["城管局"]
    doer = desk.doer("department", at="城管局")
    desk.take(
        case, "redispatch", desk.dispatcher, target=Target(organisation_id=urban), reason="职责"
    )
    desk.take(case, "handle", doer, result="已办")
    desk.take(case, "feed_back", doer, result="已办")
    new = newcomer(desk, "新联系人")
    with acting(desk.engine, "tests") as connection:
        connection.execute(
            text("UPDATE contact SET ended_at = now() WHERE organisation_id = :id"), {"id": urban}
        )
        connection.execute(
            text("INSERT INTO contact (organisation_id, person_id, planned)"
                 " VALUES (:id, :person, tstzrange(now(), NULL))"), {"id": urban, "person": new},
        )  # fmt: skip
    desk.take(case, "verify_result", desk.leader, verdict=False, reason="没办好")
    hand = desk.lead_hand(case)
    assert (hand["organisation_id"], hand["person_id"]) == (urban, new)
    row = desk.row(case)
    assert (row["department_id"], row["person_id"], row["post_id"]) == (urban, new, None)


def test_what_was_checked_on_site_stays_checked_whatever_moves(desk):
    """A redraw, a moved pin and a hand-over while the report waits to be registered."""
    case = desk.report(source="public_report", lon=113.60 + 2.5 * STEP)
    owner = desk.row(case)["person_id"]
    worker = desk.doer("grid_worker", "checker", at="sub_district", person_id=owner)
    desk.take(case, "verify_report", worker, verdict=True)
    waits = desk.report(source="public_report", lon=113.60 + 2.5 * STEP)
    redraw(desk)
    succeed(desk, owner, "接任")
    move(desk, case, 113.60 + 3.5 * STEP, 34.75 + STEP / 2)
    assert [h["task"] for h in desk.hands(case)] == ["verify_report", "register"]
    assert desk.lead_hand(case)["organisation_id"] == desk.organisations["district"]
    # The check that has not been made goes over to whoever answers now.
    hand = desk.lead_hand(waits)
    assert hand["task"] == "verify_report" and hand["person_id"] == desk.row(waits)["person_id"]
    assert hand["person_id"] != owner
    desk.take(case, "register", desk.dispatcher)
    assert desk.lead_hand(case)["task"] == "dispatch"


def test_another_district_s_desk_goes_on_where_the_former_one_was(desk):
    verified, asked = handled(desk), desk.report()
    desk.take(verified, "verify_result", desk.doer("dispatcher", "核查员"), verdict=True)
    desk.take(asked, "park", desk.lead(), reason="等雨停", until=LATER)
    split = desk.report()
    desk.take(
        split, "split", desk.dispatcher,
        target=Target(assisting=(desk.organisations["消防队"],)),
    )  # fmt: skip
    back = desk.report()
    desk.take(back, "return", desk.lead(), reason="不在我网格")
    desk.take(back, "dispatch", desk.dispatcher)
    for case in (verified, asked, split, back):
        move(desk, case, desk.west + STEP / 2, 34.75 + STEP / 2)
    other = replace(desk.doer("dispatcher", "他区"), organisation_id=desk.organisations["other"])
    hand = desk.lead_hand(verified)
    assert (hand["task"], hand["organisation_id"]) == ("close", desk.organisations["other"])
    with Refused("step-not-in-hand"):
        desk.take(verified, "close", desk.dispatcher)
    desk.take(verified, "close", other)
    # What was asked of the former desk, and parts of its departments, are nobody's here.
    desk.take(asked, "handle", other, result="x")
    with desk.engine.connect() as connection:
        query = text("SELECT decision FROM approval WHERE incident_id = :id")
        assert connection.scalars(query, {"id": asked}).all() == ["void"]
    assert [h["ended_how"] for h in desk.hands(split) if not h["is_lead"]] == ["moved"]
    # Returned here, it comes to this desk, though another one had it before.
    desk.take(back, "return", other, reason="错派")
    assert desk.lead_hand(back)["organisation_id"] == desk.organisations["other"]


def test_what_was_sent_to_a_post_stays_with_the_post_and_is_not_sent_for_ever(desk):
    grid = "410102004004001"
    first = desk.town.person_ids[grid]
    case = desk.report()
    desk.take(case, "redispatch", desk.dispatcher, target=Target(person_id=first), reason="就近")
    second = succeed(desk, first, "第二任")
    assert (desk.lead_hand(case)["person_id"], desk.lead_hand(case)["sent"]) == (second, True)
    redraw(desk)
    assert desk.lead_hand(case)["person_id"] == second
    assert desk.row(case)["person_id"] == second
    # The post stands vacant: back to the owner of the place, and with him by the plan from then on.
    succeed(desk, second)
    hand = desk.lead_hand(case)
    assert (hand["person_id"], hand["sent"]) == (desk.town.person_ids[CODE], False)
    move(desk, case, 113.60 + 1.5 * STEP, 34.75 + STEP / 2)
    assert desk.lead_hand(case)["person_id"] == desk.town.person_ids["410102004001002"]


def test_a_case_that_went_up_stays_up_when_its_holder_leaves(desk):
    case = desk.report(lon=113.60 + 2.5 * STEP, lat=34.75 + 3.5 * STEP)
    desk.take(case, "escalate", SYSTEM, reason="超期")
    director = desk.row(case)["person_id"]
    level = desk.lead_hand(case)["level"]
    succeed(desk, director)
    assert level == 2 and desk.lead_hand(case)["level"] == 1
    secretary = newcomer(desk, "书记")
    with acting(desk.engine, "tests") as connection:
        grid = connection.scalar(
            text("SELECT id FROM grid WHERE plan_id = :plan AND code = :code"),
            {"plan": desk.town.plan_id, "code": desk.row(case)["grid_code"][:12]},
        )
        hold(connection, secretary, int(grid or 0), 2, "secretary", since=datetime.now(UTC))
    redraw(desk)
    assert desk.lead_hand(case)["level"] == 1


def test_a_department_keeps_its_case_when_the_pin_moves(desk):
    case, fire = desk.report(), desk.organisations["消防队"]
    target = Target(organisation_id=fire)
    desk.take(case, "redispatch", desk.dispatcher, target=target, reason="职责")
    before = desk.lead_hand(case)
    move(desk, case, 113.60 + 1.5 * STEP, 34.75 + STEP / 2)
    assert desk.lead_hand(case) == before | {"code": desk.lead_hand(case)["code"]}
    row = desk.row(case)
    assert (row["department_id"], row["person_id"]) == (fire, before["person_id"])


def office(desk: Desk, code: str, *, speaker: bool = True) -> int:
    """A community's office, with somebody who speaks for it."""
    with acting(desk.engine, "tests") as connection:
        one = inserter(connection)
        made = int(one("organisation", code=code, kind="community", name_zh=f"社区{code[-3:]}",
                       parent_id=desk.organisations["sub_district"]))  # fmt: skip
        if speaker:
            person = one("person", name=f"社区{code[-3:]}联系人", organisation_id=made)
            desk.town.person_ids[f"of {code}"] = person
            connection.execute(
                text("INSERT INTO contact (organisation_id, person_id, planned)"
                     " VALUES (:id, :person, tstzrange('2020-01-01Z', NULL))"),
                {"id": made, "person": person},
            )  # fmt: skip
    return made


def test_an_office_keeps_what_lies_below_it_and_hands_on_what_comes_below_another(desk):
    south_west, south_east = office(desk, "410102004001"), office(desk, "410102004002")
    with desk.engine.connect() as connection:
        seats_at = connection.execute(
            text("SELECT left(grid.code, 12) AS code, grid.level, post.person_id FROM post"
                 " JOIN grid ON grid.id = post.grid_id WHERE grid.plan_id = :plan"
                 " AND grid.level < 3 AND post.held @> now()"),
            {"plan": desk.town.plan_id},
        ).all()  # fmt: skip
    by_code = {row.code: row.person_id for row in seats_at}
    director = by_code["410102004002"]

    def sent() -> int:
        case = desk.report()
        target = Target(organisation_id=south_west)
        desk.take(case, "redispatch", desk.dispatcher, target=target, reason="社区处置")
        return case

    case, other, outside = sent(), sent(), sent()
    before = desk.lead_hand(case)
    assert (before["organisation_id"], before["level"]) == (south_west, 2)
    move(desk, case, 113.60 + 1.5 * STEP, 34.75 + STEP / 2)
    assert desk.lead_hand(case)["organisation_id"] == south_west
    # Below another one: with whoever answers there at that level.
    move(desk, case, 113.60 + 2.5 * STEP, 34.75 + STEP / 2)
    hand, row = desk.lead_hand(case), desk.row(case)
    assert (hand["organisation_id"], hand["person_id"], hand["level"]) == (None, director, 2)
    assert (row["person_id"], row["responsible_level"]) == (director, 2)
    assert [one["ended_how"] for one in desk.hands(case)][-2] == "moved"
    # Nobody there on a post: with the office there, and whoever speaks for it.
    leave(desk.engine, *by_code.values())
    move(desk, other, 113.60 + 2.5 * STEP, 34.75 + STEP / 2)
    hand, speaker = desk.lead_hand(other), desk.town.person_ids["of 410102004002"]
    assert (hand["organisation_id"], hand["person_id"], hand["level"]) == (south_east, speaker, 2)
    assert (hand["sent"], desk.row(other)["person_id"]) == (True, speaker)
    redraw(desk)
    assert desk.lead_hand(other)["organisation_id"] == south_east
    # In an area without an office of its own: with the nearest one above.
    move(desk, outside, 113.60 + 2.5 * STEP, 34.75 + 3.5 * STEP)
    hand = desk.lead_hand(outside)
    assert hand["organisation_id"] == desk.organisations["sub_district"]
    assert hand["level"] == 2


def test_a_desk_keeps_its_task_no_longer_than_it_is_over_the_place(desk):
    case, community = desk.report(), office(desk, "410102004005")
    worker = desk.doer(
        "grid_worker", "lead", at="sub_district", person_id=desk.row(case)["person_id"]
    )
    desk.take(case, "handle", worker, result="已办")
    desk.take(case, "feed_back", worker, result="已办")
    task = desk.lead_hand(case)["task"]
    with acting(desk.engine, "tests") as connection:
        connection.execute(
            text("WITH ended AS (UPDATE hand SET until = now(), ended_by = 'tests',"
                 " ended_how = 'moved' WHERE incident_id = :id AND until IS NULL RETURNING *)"
                 " INSERT INTO hand (incident_id, task, level, organisation_id, since, given_by)"
                 " SELECT incident_id, task, 2, :office, now(), 'tests' FROM ended"),
            {"id": case, "office": community},
        )  # fmt: skip
    move(desk, case, 113.60 + 1.5 * STEP, 34.75 + STEP / 2)
    hand = desk.lead_hand(case)
    assert (hand["task"], hand["organisation_id"]) == (task, desk.town.jurisdiction_id)


def test_nothing_goes_to_an_organisation_that_is_closed_but_to_one_that_is_to_close(desk):
    closing = office(desk, "410102004003", speaker=False)
    place = "410102004003001"
    case = desk.report(lat=34.75 + 2.5 * STEP)
    asked = desk.report(lat=34.75 + 2.5 * STEP)
    target = Target(organisation_id=closing)
    for close_in, minding, known in (
        ("1 day", closing, True), ("-1 day", desk.organisations["sub_district"], False),
    ):  # fmt: skip
        with acting(desk.engine, "tests") as connection:
            connection.execute(
                text("UPDATE organisation SET closed_at = now() + cast(:by AS interval)"
                     " WHERE id = :id"), {"by": close_in, "id": closing},
            )  # fmt: skip
        with desk.engine.connect() as connection:
            found = seats.minding(connection, place[:12])
            assert found is not None and found.organisation_id == minding
            assert seats.is_known(connection, desk.town.jurisdiction_id, closing) == known
        if known:
            desk.take(case, "redispatch", desk.dispatcher, target=target, reason="社区处置")
    with Refused("target-unknown"):
        desk.take(asked, "redispatch", desk.dispatcher, target=target, reason="社区处置")
    city = desk.organisations["city"]
    for close_in, codes in (("1 day", {"4101", "410102"}), ("-1 day", {"410102"})):
        with acting(desk.engine, "tests") as connection:
            connection.execute(
                text("UPDATE organisation SET closed_at = now() + cast(:by AS interval)"
                     " WHERE id = :id"), {"by": close_in, "id": city},
            )  # fmt: skip
        with desk.engine.connect() as connection:
            assert set(seats.existing(connection, [place])) == codes
    # The desk above is told while it is open, though its end may be known.
    above = desk.organisations["sub_district"]
    for close_in, is_told in (("1 day", True), ("-1 day", False)):
        with acting(desk.engine, "tests") as connection:
            connection.execute(
                text("UPDATE organisation SET closed_at = now() + cast(:by AS interval)"
                     " WHERE id = :id"), {"by": close_in, "id": above},
            )  # fmt: skip
        with desk.engine.connect() as connection:
            assert (above in told.above(connection, case)) == is_told
