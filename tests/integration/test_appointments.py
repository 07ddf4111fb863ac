"""Posts through time: no gap, no overlap, no past rewritten; whoever leaves hands all on."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from gis.errors import ConflictError
from gis.store import attachments, staff
from gis.store.absences import add_absence, add_duty
from gis.store.engine import acting
from gis.workflows import appointments, departures, taking_back
from gis.workflows.appointments import Appointment
from gis.workflows.departures import Leaving
from gis.workflows.incident_report import IncidentReport
from gis.workflows.intake import report_incident
from gis.workflows.locators import Locators
from tests.factories import basic_grid_shapes
from tests.integration.staff_help import (
    WHO,
    held,
    own_database,
    put_on,
    refused,
    soon,
    staffed_town,
)

GRIDS = sorted(basic_grid_shapes())
MANY = 5000


@pytest.fixture(scope="module")
def engine(maintenance_url, template_database):
    with own_database(maintenance_url, template_database) as made:
        yield made


@pytest.fixture(scope="module")
def town(engine):
    return staffed_town(engine)


@pytest.fixture(scope="module")
def locators():
    return Locators()


def test_seats_are_given_once_and_only_as_many_as_the_role_has(engine, town):
    code = GRIDS[0]
    refused(lambda: put_on(engine, town, code, "lead", "周一"), "post-taken")
    first = put_on(engine, town, code, "assistant", "周一")
    second = put_on(engine, town, code, "assistant", "钱二", since=soon(), until=soon(30))
    assert first != second
    assert [row["seat"] for row in held(engine, town, code, "assistant")] == [1, 2]
    refused(lambda: put_on(engine, town, code, "assistant", "周一"), "post-held-already")
    refused(lambda: put_on(engine, town, code, "director", "周一"), "post-role-unknown")
    refused(lambda: put_on(engine, town, code, "lead", "周一", seat=2), "post-seat-unknown")
    refused(lambda: put_on(engine, town, "410102004009", "director", "周一"), "post-grid-unknown")
    refused(
        lambda: put_on(engine, town, code, "adviser", "周一", since=soon(2), until=soon(1)),
        "window-reversed",
    )
    # the two first-responsible leaders of a sub-district: one sits on seat 1 already
    put_on(engine, town, code[:9], "first_responsible", "孙三")
    refused(lambda: put_on(engine, town, code[:9], "first_responsible", "李四"), "post-full")
    # in the past, where nobody held it: who did what when is known from then on
    long_ago = datetime(2021, 3, 1, tzinfo=UTC)
    put_on(engine, town, code[:12], "officer", "李四", since=long_ago)
    assert held(engine, town, code[:12], "officer")[0]["since"] == long_ago


def test_two_at_once_get_two_seats_and_one_seat_goes_to_one(engine, town):
    code = GRIDS[1]
    done, wrong = [], []

    def run(role, name):
        try:
            done.append(put_on(engine, town, code, role, name))
        except ConflictError as error:
            wrong.append(error.code)

    for role in ("participant", "adviser"):
        pair = [threading.Thread(target=run, args=(role, name)) for name in ("吴五", "郑六")]
        for one in pair:
            one.start()
        for one in pair:
            one.join()
    seats = [row["seat"] for row in held(engine, town, code, "participant")]
    assert (sorted(seats), len(done), wrong) == ([1, 2], 4, [])
    given = [threading.Thread(target=run, args=("secretary", name)) for name in ("吴五", "郑六")]
    code = code[:12]
    for one in given:
        one.start()
    for one in given:
        one.join()
    assert wrong == ["post-taken"]


def test_a_successor_begins_at_the_very_moment_and_the_cases_follow(engine, town, locators):
    code = GRIDS[2]
    case = reported(engine, locators, code)
    (lead,) = held(engine, town, code, "lead")
    later = soon(3)
    coming = appointments.release(
        engine, locators, town.jurisdiction_id, lead["id"],
        successor_id=town.person_ids["周一"], at=later, **WHO,
    )  # fmt: skip
    before, after = held(engine, town, code, "lead")
    assert before["until"] == after["since"] == later
    assert owner(engine, case)[0] == town.person_ids[code]
    # what is to come can still be another way: earlier, and somebody else
    now_on = appointments.release(
        engine, locators, town.jurisdiction_id, coming, successor_id=town.person_ids["钱二"], **WHO
    )
    assert now_on != coming
    appointments.release(engine, locators, town.jurisdiction_id, lead["id"], **WHO)
    first, second = held(engine, town, code, "lead")
    assert first["until"] < later == second["since"]
    assert owner(engine, case)[:2] == (town.person_ids[code[:12]], 2)  # vacant: one level up
    with engine.connect() as connection:
        told = connection.scalars(
            text("SELECT action FROM incident_event WHERE incident_id = :id ORDER BY id"),
            {"id": case},
        ).all()
        kept = connection.scalar(
            text("SELECT count(*) FROM staff_revision WHERE of_table = 'post'")
        )
    assert told[-1] == "hand_over"
    assert kept == 2  # the end that was moved, and the post that was called off
    refused(
        lambda: appointments.release(
            engine, locators, town.jurisdiction_id, lead["id"], at=soon(-1), **WHO
        ),
        "staff-past",
    )
    refused(
        lambda: appointments.release(engine, locators, town.jurisdiction_id, lead["id"], **WHO),
        "post-ended",
    )


def reported(engine, locators, code):
    place = basic_grid_shapes()[code].centroid
    given = IncidentReport(category="01", title="t", source="patrol", lon=place.x, lat=place.y)
    return report_incident(
        engine, locators, given, actor="tests", time_zone="Asia/Shanghai"
    ).incident_id


def owner(engine, case):
    with engine.connect() as connection:
        return tuple(
            connection.execute(
                text("SELECT person_id, responsible_level, post_id FROM incident WHERE id = :id"),
                {"id": case},
            ).one()
        )


def leaving(town, name, **more):
    return Leaving(person_id=town.person_ids[name], reason="调离", **more)


def test_who_leaves_hands_on_posts_attachments_duty_and_all_open_cases(engine, town, locators):
    code, other = GRIDS[4], GRIDS[5]
    lead, heir = town.person_ids[code], town.person_ids["王七"]
    with engine.connect() as connection:
        here = {"of": town.jurisdiction_id, "code": code, "person": lead,
                "plan": town.plan_id, "grid": town.grid_ids[code], "n": MANY}  # fmt: skip
    case = reported(engine, locators, code)
    post_id = owner(engine, case)[2]
    with acting(engine, "tests") as connection:
        connection.execute(
            text(
                "INSERT INTO incident (serial, jurisdiction_id, category_code, severity, source,"
                " title, reported_at, stage, plan_id, grid_id, grid_code, post_id, person_id,"
                " responsible_level, route_rule, location)"
                " SELECT 'T' || n, :of, '01', 2, 'patrol', 't', now(), 'dispatched', :plan, :grid,"
                " :code, :post, :person, 3, 'inside',"
                " (SELECT location FROM incident WHERE id = :case)"
                " FROM generate_series(1, :n) AS n"
            ),
            here | {"post": post_id, "case": case},
        )
        up = connection.scalar(text("SELECT id FROM incident WHERE serial = 'T7'"))
        sub = town.person_ids["sub"]
        duty = add_duty(
            connection, jurisdiction_id=town.jurisdiction_id, grid_code=other, person_id=lead,
            since=soon(1), until=soon(2), reason=None,
        )  # fmt: skip
        add_absence(
            connection, person_id=town.person_ids[other], substitute_id=lead, since=soon(-1),
            until=None, reason="x",
        )  # fmt: skip
        connection.execute(
            text("UPDATE person SET staff_number = 'A1' WHERE id = :id"), {"id": lead}
        )
    with acting(engine, "tests") as connection:
        attached = attachments.add(
            connection, person_id=lead, organisation_id=sub, kind="in_charge",
            target_code=code[:12], place="3号楼", since=soon(-9), until=None, reason="分包",
        )  # fmt: skip
    second = put_on(engine, town, other, "adviser", "王七")
    tried = departures.preview(
        engine, locators, town.jurisdiction_id, leaving(town, code, successor_id=heir)
    )
    assert (tried.cases, tried.moved, tried.departure_id) == ({heir: MANY + 1}, False, None)
    assert owner(engine, case)[0] == lead
    done = departures.leave(
        engine, locators, town.jurisdiction_id, leaving(town, code, successor_id=heir),
        actor="组织科",
    )  # fmt: skip
    assert done.cases == {heir: MANY + 1}
    assert {name: tuple(it.values()) for name, it in done.also.items()} == {
        "attachment": (1, 1), "duty": (1, 1), "contact": (0, 0), "absence": (0, 0),
        "substitute": (1, 1), "queue": (0, 0),
    }  # fmt: skip
    ended, begun = held(engine, town, code, "lead")
    assert (ended["until"], begun["person"]["id"]) == (begun["since"], heir)
    with engine.connect() as connection:
        counts = connection.execute(
            text(
                "SELECT (SELECT count(*) FROM incident WHERE person_id = :p AND is_open) AS left,"
                " (SELECT count(*) FROM hand_over WHERE departure_id = :d) AS notes,"
                " (SELECT count(*) FROM incident_event WHERE action = 'hand_over'"
                "   AND reason = '调离') AS told,"
                " (SELECT count(*) FROM hand WHERE person_id = :p AND until IS NULL) AS hands,"
                " (SELECT left_at IS NOT NULL FROM person WHERE id = :p) AS gone"
            ),
            {"p": lead, "d": done.departure_id},
        ).one()
        chain = attachments.chain(connection, code, datetime.now(UTC))
    assert tuple(counts) == (0, MANY + 1, MANY + 1, 0, True)
    assert [one["person"]["id"] for one in chain if one["place"] == "3号楼"] == [heir]
    refused(
        lambda: departures.leave(
            engine, locators, town.jurisdiction_id, leaving(town, code), actor="x"
        ),
        "person-has-left",
    )
    refused(lambda: put_on_id(engine, town, other, "assistant", lead), "person-has-left")
    # one case went up by a step, and stays up there when the rest comes back
    with acting(engine, "tests") as connection:
        above = held(engine, town, code[:12], "director")[0]
        connection.execute(
            text(
                "UPDATE incident SET person_id = :p, post_id = :post, responsible_level = 2"
                " WHERE id = :id"
            ),
            {"p": above["person"]["id"], "post": above["id"], "id": up},
        )
    back = taking_back.take_back(
        engine, locators, town.jurisdiction_id, done.departure_id, reason="留任", actor="组织科"
    )
    assert (back.restored, back.kept, back.cases) == (4, 0, MANY)
    assert owner(engine, case)[0] == lead
    assert owner(engine, up)[:2] == (above["person"]["id"], 2)
    assert [row["person"]["id"] for row in held(engine, town, code, "lead")] == [lead, heir, lead]
    with engine.connect() as connection:
        assert len(staff.versions(connection, lead)) == 2
    refused(
        lambda: taking_back.take_back(
            engine, locators, town.jurisdiction_id, done.departure_id, reason="x", actor="x"
        ),
        "departure-undone",
    )
    assert {duty, attached, second}  # all were there


def put_on_id(engine, town, code, role, person_id):
    given = Appointment(grid_code=code, role=role, person_id=person_id, reason="x")
    return appointments.appoint(engine, town.jurisdiction_id, given, actor="x")


def test_a_departure_to_come_is_called_off_or_carried_out_when_it_is_due(engine, town, locators):
    code = GRIDS[6]
    lead, heir = town.person_ids[code], town.person_ids["周一"]
    case = reported(engine, locators, code)
    given = leaving(town, code, at=soon(5), successor_id=heir)
    done = departures.leave(engine, locators, town.jurisdiction_id, given, actor="组织科")
    assert (done.moved, done.cases) == (False, {heir: 1})
    assert departures.move_what_is_due(engine, locators) == 0
    assert owner(engine, case)[0] == lead
    back = taking_back.take_back(
        engine, locators, town.jurisdiction_id, done.departure_id, reason="取消", actor="组织科"
    )
    assert (back.restored, back.cases) == (1, 0)
    (still,) = held(engine, town, code, "lead")
    assert (still["until"], still["ended_by"]) == (None, None)
    with engine.connect() as connection:
        assert staff.person(connection, town.jurisdiction_id, lead)["left_at"] is None
    given = leaving(town, code, at=datetime.now(UTC) + timedelta(seconds=1), successors={
        still["id"]: heir})  # fmt: skip
    departures.leave(engine, locators, town.jurisdiction_id, given, actor="组织科")
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_sleep(1.1)"))
    moved = []
    pair = [
        threading.Thread(target=lambda: moved.append(
            departures.move_what_is_due(engine, locators))) for _ in range(2)
    ]  # fmt: skip
    for one in pair:
        one.start()
    for one in pair:
        one.join()
    assert sum(moved) == 1
    assert owner(engine, case)[0] == heir


def test_whoever_keeps_the_queue_needs_a_successor(engine, town, locators):
    given = leaving(town, "duty")
    call = departures.leave
    refused(
        lambda: call(engine, locators, town.jurisdiction_id, given, actor="x"), "leave-needs-keeper"
    )
    given = leaving(town, "duty", successor_id=town.person_ids["duty"])
    refused(lambda: call(engine, locators, town.jurisdiction_id, given, actor="x"), "leave-to-self")
    given = leaving(town, "duty", successor_id=town.person_ids["郑六"])
    call(engine, locators, town.jurisdiction_id, given, actor="x")
    with engine.connect() as connection:
        keeper = connection.scalar(text("SELECT person_id FROM queue"))
    assert keeper == town.person_ids["郑六"]
