"""Departures beside all else that goes on: no one waits for another, none stops the rest."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from gis.store import departures as book
from gis.store import hand_over_notes
from gis.store.engine import acting, speak_as
from gis.store.responsibility import SHARE_GATE
from gis.workflows import departures, taking_back
from gis.workflows.departures import Leaving
from gis.workflows.incident_report import IncidentReport
from gis.workflows.intake import report_incident
from gis.workflows.locators import Locators
from tests.factories import basic_grid_shapes
from tests.integration.staff_help import own_database, staffed_town

GRIDS = sorted(basic_grid_shapes())
PATIENCE = {"options": "-c lock_timeout=4s"}


@pytest.fixture(scope="module")
def engine(maintenance_url, template_database):
    with own_database(maintenance_url, template_database) as made:
        yield made


@pytest.fixture(scope="module")
def impatient(engine):
    """An engine that waits for no lock longer than some seconds."""
    made = create_engine(engine.url, connect_args=PATIENCE)
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def town(engine):
    return staffed_town(engine)


@pytest.fixture(scope="module")
def locators():
    return Locators()


def reported(engine, locators, code, title="试验"):
    point = basic_grid_shapes()[code].representative_point()
    given = IncidentReport(category="0101", title=title, source="patrol", lon=point.x, lat=point.y)
    return report_incident(engine, locators, given, actor="t", time_zone="Asia/Shanghai")


def owner(engine, incident_id):
    with engine.connect() as connection:
        query = text("SELECT person_id, responsible_level FROM incident WHERE id = :id")
        return tuple(connection.execute(query, {"id": incident_id}).one())


def coming(engine, locators, town, code, **more):
    """A departure that comes within a second, and has come when this returns."""
    at = datetime.now(UTC) + timedelta(seconds=0.7)
    given = Leaving(person_id=town.person_ids[code], at=at, reason="调离", **more)
    done = departures.leave(engine, locators, town.jurisdiction_id, given, actor="组织科")
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_sleep_until(:at)"), {"at": at + timedelta(seconds=0.1)})
    return done.departure_id


def back(engine, locators, town, departure_id):
    return taking_back.take_back(
        engine, locators, town.jurisdiction_id, departure_id, reason="撤回", actor="组织科"
    )


def test_the_worker_holds_no_departure_while_it_waits_for_the_plans(engine, town, locators):
    departure_id = coming(engine, locators, town, GRIDS[0])
    with engine.connect() as routing:
        routing.execute(text(SHARE_GATE))
        working = threading.Thread(
            target=departures.move_what_is_due, args=(engine, locators), daemon=True
        )
        working.start()
        waiting = text(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        with engine.connect() as watching:
            while not watching.scalar(waiting):
                assert working.is_alive()
                watching.rollback()
        # Whoever takes it back holds the plans, and then the departure.
        with engine.begin() as other:
            query = text("SELECT FROM departure WHERE id = :id FOR NO KEY UPDATE NOWAIT")
            assert other.execute(query, {"id": departure_id}).rowcount == 1
    working.join(60)
    assert not working.is_alive()


def test_one_that_cannot_be_carried_out_stops_no_other_and_is_told(engine, town, locators):
    bad = coming(engine, locators, town, GRIDS[1])
    case = reported(engine, locators, GRIDS[2]).incident_id
    good = coming(engine, locators, town, GRIDS[2], successor_id=town.person_ids["周一"])
    with engine.begin() as connection:
        spoilt = text("UPDATE departure SET done = done || :more WHERE id = :id")
        connection.execute(spoilt, {"id": bad, "more": '{"keeper": 999999999, "queues": [1]}'})
        queue = connection.scalar(text("SELECT min(id) FROM queue"))
        connection.execute(spoilt, {"id": bad, "more": f'{{"queues": [{queue}]}}'})
    assert departures.move_what_is_due(engine, locators) == 1
    assert owner(engine, case)[0] == town.person_ids["周一"]
    with engine.connect() as connection:
        told = {row["id"]: row for row in book.departures(connection, town.jurisdiction_id,
                                                          limit=50)}  # fmt: skip
    assert told[bad]["fault"]["code"] == "departure-failed" and told[bad]["moved_at"] is None
    assert (told[good]["fault"], told[good]["moved"]) == (None, 1)
    with engine.begin() as connection:
        mended = "UPDATE departure SET done = done - 'keeper', failed_at = now() - interval '1 h'"
        connection.execute(text(f"{mended} WHERE id = :id"), {"id": bad})
    departures.move_what_is_due(engine, locators)
    with engine.connect() as connection:
        assert connection.scalar(
            text("SELECT moved_at IS NOT NULL AND fault IS NULL FROM departure WHERE id = :id"),
            {"id": bad},
        )


def test_planning_a_departure_does_not_wait_for_steps_nor_reports_for_a_preview(
    engine, impatient, town, locators
):
    code = GRIDS[3]
    case = reported(engine, locators, code).incident_id
    given = Leaving(
        person_id=town.person_ids[code], at=datetime.now(UTC) + timedelta(days=3), reason="调离",
        successor_id=town.person_ids["钱二"],
    )  # fmt: skip
    with engine.connect() as stepping:
        stepping.execute(text("SELECT FROM incident WHERE id = :id FOR UPDATE"), {"id": case})
        planned = departures.leave(impatient, locators, town.jurisdiction_id, given, actor="组织科")
    back(engine, locators, town, planned.departure_id)
    with engine.connect() as trying:
        speak_as(trying, "preview", action="hand_over", reason="x")
        given = Leaving(person_id=given.person_id, reason="x", successor_id=given.successor_id)
        done = departures.leave_in(
            trying, locators, town.jurisdiction_id, given, "preview", tried=True
        )
        assert sum(done.cases.values()) == 1
        assert reported(impatient, locators, code).created
        trying.rollback()


def test_what_went_up_comes_back_unless_somebody_acted_on_it(engine, town, locators):
    code = GRIDS[4]
    lead, director = town.person_ids[code], town.person_ids[code[:12]]
    quiet, touched = (reported(engine, locators, code, f"试验 {k}").incident_id for k in range(2))
    given = Leaving(person_id=lead, reason="调离")
    done = departures.leave(engine, locators, town.jurisdiction_id, given, actor="组织科")
    assert owner(engine, quiet) == owner(engine, touched) == (director, 2)
    with acting(engine, "赵主任", action="note", reason="已到现场") as connection:
        connection.execute(
            text(
                "INSERT INTO incident_event (incident_id, at, actor, action, from_stage, to_stage)"
                " SELECT id, clock_timestamp(), '赵主任', 'note', stage, stage FROM incident"
                " WHERE id = :id"
            ),
            {"id": touched},
        )
    taken = back(engine, locators, town, done.departure_id)
    assert (taken.cases, taken.acted) == (1, 1)
    assert owner(engine, quiet) == (lead, 3)
    assert owner(engine, touched) == (director, 2)
    with engine.connect() as connection:
        notes, _ = hand_over_notes.notes(
            connection, town.jurisdiction_id, incident_id=quiet, limit=9
        )
    assert [note["by_departure"] for note in notes] == ["back", "leave"]
    assert notes[0]["after"]["person"]["id"] == lead


def test_a_queue_that_was_given_to_somebody_else_since_stays_there(engine, town, locators):
    given = Leaving(person_id=town.person_ids["duty"], reason="调离",
                    successor_id=town.person_ids["孙三"])  # fmt: skip
    done = departures.leave(engine, locators, town.jurisdiction_id, given, actor="组织科")
    with acting(engine, "组织科") as connection:
        connection.execute(
            text("UPDATE queue SET person_id = :id"), {"id": town.person_ids["李四"]}
        )
    taken = back(engine, locators, town, done.departure_id)
    assert taken.kept >= 1
    with engine.connect() as connection:
        assert connection.scalars(text("SELECT person_id FROM queue")).all() == [
            town.person_ids["李四"]
        ]


def test_two_that_hold_each_other_up_are_no_end_of_the_worker(engine, town, locators):
    """Steps, departures and taking back, many at once: every one ends, none by a deadlock."""
    cases = [reported(engine, locators, GRIDS[5], f"many {k}").incident_id for k in range(6)]
    faults = []

    def many(what):
        try:
            for _ in range(4):
                what()
        except DBAPIError as fault:
            faults.append(fault)

    def stepping():
        with acting(engine, "t") as connection:
            connection.execute(text(SHARE_GATE))
            connection.execute(
                text("UPDATE incident SET address = 'x' WHERE id = ANY(:ids)"), {"ids": cases}
            )

    def leaving():
        at = datetime.now(UTC) + timedelta(days=1)
        given = Leaving(person_id=town.person_ids[GRIDS[5]], at=at, reason="调离")
        done = departures.leave(engine, locators, town.jurisdiction_id, given, actor="x")
        back(engine, locators, town, done.departure_id)

    threads = [
        threading.Thread(target=many, args=(what,))
        for what in (stepping, leaving, lambda: departures.move_what_is_due(engine, locators))
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert not any(one.is_alive() for one in threads)
    assert faults == []
