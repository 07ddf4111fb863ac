"""Steps at once, again, cut off in the middle, and what else moves cases and counts them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from gis.errors import ConflictError, NotFoundError
from gis.incidents.lifecycle import SYSTEM, Step, Target
from gis.store.engine import acting
from gis.store.hands import StepSetting, set_setting
from gis.store.incident_filter import IncidentFilter
from gis.workflows import steps
from gis.workflows.analysis import LeaderView, category_counts
from gis.workflows.publishing import publish_plan
from gis.workflows.steps import Taken, Wanted, take_step, take_steps
from gis.workflows.trace import case_trace
from tests.conftest import module_database
from tests.factories import make_draft, redrawn
from tests.integration.steps_help import CODE, Desk, Refused, closed, make_desk

LATER = datetime.now(UTC) + timedelta(days=30)


@pytest.fixture(scope="module")
def desk(maintenance_url: str, template_database: str) -> Iterator[Desk]:
    with module_database(maintenance_url, template_database) as url:
        engine = create_engine(url)
        yield make_desk(engine)
        engine.dispose()


def test_two_dispatchers_at_once_do_not_overwrite_each_other(desk):
    case = desk.report()
    version = desk.row(case)["version"]
    gate = threading.Barrier(2)

    def send(name: str) -> str:
        gate.wait(30)
        target = Target(organisation_id=desk.organisations[name])
        try:
            desk.take(
                case, "redispatch", desk.doer("dispatcher", name), target=target, reason="x",
                version=version,
            )  # fmt: skip
        except ConflictError as late:
            return late.code
        return name

    with ThreadPoolExecutor(2) as pool:
        told = set(pool.map(send, ("城管局", "消防队")))
    assert "incident-changed" in told
    (winner,) = told - {"incident-changed"}
    assert desk.lead_hand(case)["organisation_id"] == desk.organisations[winner]
    assert desk.row(case)["version"] == version + 1


def test_a_retry_is_not_taken_twice(desk):
    case = desk.report()
    version = desk.row(case)["version"]
    step = Step(action="note", reason="已电话联系")
    sent = [
        take_step(desk.engine, desk.locators, case, step, doer=desk.dispatcher, version=version,
                  key="key-0001")
        for _ in range(3)
    ]  # fmt: skip
    assert [one.repeated for one in sent] == [False, True, True]
    assert [s["action"] for s in desk.case(case)["history"]].count("note") == 1
    with Refused("idempotency-key-reused"):
        desk.take(case, "note", desk.dispatcher, reason="别的", key="key-0001")

    gate = threading.Barrier(4)

    def again(_: int) -> bool:
        gate.wait(30)
        return take_step(
            desk.engine, desk.locators, case, Step(action="note", reason="同时"),
            doer=desk.dispatcher, version=version + 1, key="key-0002",
        ).repeated  # fmt: skip

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(again, range(4))) == [False, True, True, True]


def test_of_several_cases_each_has_its_own_outcome(desk):
    one, two, three = desk.report(), desk.report(), desk.report()
    desk.take(two, "return", desk.lead(), reason="不在我网格")
    wanted = [Wanted(incident_id=it, version=desk.row(it)["version"]) for it in (one, two, three)]
    wanted.append(Wanted(incident_id=10**9, version=1))
    wanted[2] = Wanted(incident_id=three, version=99)
    target = Target(organisation_id=desk.organisations["城管局"])
    step = Step(action="redispatch", reason="统一派", target=target)
    done = take_steps(desk.engine, desk.locators, wanted, step, doer=desk.dispatcher, key="many-1")
    assert isinstance(done[0], Taken)
    assert [getattr(fault, "code", None) for fault in done[1:]] == [
        "step-not-now", "incident-changed", "incident-not-found",
    ]  # fmt: skip
    assert isinstance(done[3], NotFoundError)
    assert desk.lead_hand(one)["organisation_id"] == desk.organisations["城管局"]
    again = take_steps(desk.engine, desk.locators, wanted, step, doer=desk.dispatcher, key="many-1")
    assert isinstance(again[0], Taken) and again[0].repeated
    with Refused("steps-twice"):
        take_steps(desk.engine, desk.locators, wanted[:1] * 2, step, doer=desk.dispatcher)


def test_what_fails_in_the_middle_leaves_no_trace(desk, monkeypatch):
    case = desk.report()
    before, hands = desk.row(case), desk.hands(case)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the power is gone")

    monkeypatch.setattr("gis.store.hands.change_case", broken)
    with pytest.raises(RuntimeError):
        desk.take(case, "return", desk.lead(), reason="不在我网格", key="key-0003")
    monkeypatch.undo()
    assert desk.row(case) == before and desk.hands(case) == hands
    assert not desk.take(case, "return", desk.lead(), reason="不在我网格", key="key-0003").repeated


def test_hands_follow_an_owner_that_changes_otherwise(desk):
    case = desk.report()
    other = desk.town.person_ids["410102004001002"]
    with acting(desk.engine, "tests", action="hand-over") as connection:
        connection.execute(
            text("UPDATE incident SET person_id = :p WHERE id = :id"), {"p": other, "id": case}
        )
    assert [h["ended_how"] for h in desk.hands(case)] == ["moved", None]
    assert desk.lead_hand(case)["person_id"] == other
    with acting(desk.engine, "tests", action="close") as connection:
        connection.execute(
            text("UPDATE incident SET stage = 'closed', closed_at = clock_timestamp()"
                 " WHERE id = :id"), {"id": case},
        )  # fmt: skip
    assert [h for h in desk.hands(case) if h["until"] is None] == []


def test_hands_can_only_be_ended_and_a_case_has_one_lead(desk):
    case = desk.report()
    for statement in (
        "DELETE FROM hand WHERE incident_id = :id",
        "UPDATE hand SET person_id = NULL WHERE incident_id = :id",
        "INSERT INTO hand (incident_id, task, level, organisation_id, since, given_by)"
        " SELECT incident_id, 'handle', 0, :org, now(), 'x' FROM hand WHERE incident_id = :id",
        "DELETE FROM approval",
        "DELETE FROM alarm",
    ):
        with pytest.raises(DBAPIError), acting(desk.engine, "tests") as connection:
            connection.execute(text(statement), {"id": case, "org": desk.organisations["district"]})


def test_an_emergency_is_told_to_the_whole_chain(desk):
    case = desk.report(severity=4, lon=113.6 + 0.0025 * 3.5, lat=34.75 + 0.0025 * 3.5)
    with desk.engine.connect() as connection:
        told = connection.execute(
            text("SELECT level, organisation_id, person_id FROM alarm WHERE incident_id = :id"),
            {"id": case},
        ).all()
    assert {one.level for one in told} == {3, 2, 1, 0, -1}
    people = {one.person_id for one in told if one.person_id}
    grid = desk.row(case)["grid_code"]
    assert {desk.town.person_ids[grid], desk.town.person_ids[grid[:12]]} <= people
    assert {desk.organisations["district"], desk.organisations["city"]} <= {
        one.organisation_id for one in told
    }
    calm = desk.report(severity=3)
    with desk.engine.connect() as connection:
        query = text("SELECT count(*) FROM alarm WHERE incident_id = :id")
        assert connection.scalar(query, {"id": calm}) == 0


def test_a_jurisdiction_says_which_sources_are_checked_and_what_needs_a_photo(desk):
    setting = StepSetting(checked_sources=("sensor",), photo_categories=("03",))
    with acting(desk.engine, "tests") as connection:
        set_setting(connection, desk.town.jurisdiction_id, setting)
    try:
        assert desk.row(desk.report(source="sensor"))["stage"] == "collected"
        assert desk.row(desk.report(source="public_report"))["stage"] == "dispatched"
        with Refused("step-needs-photo"):
            desk.take(desk.report(category="03"), "handle", desk.lead(), result="x")
        with Refused("photo-unknown"):
            desk.take(
                desk.report(category="03"), "handle", desk.lead(), result="x", photo_ids=(10**9,)
            )
        desk.take(desk.report(category="02"), "handle", desk.lead(), result="x")
    finally:
        with acting(desk.engine, "tests") as connection:
            set_setting(connection, desk.town.jurisdiction_id, StepSetting())


def test_a_process_that_dies_in_the_middle_leaves_no_trace(desk):
    """The connection is cut after the hands are written and before the commit."""
    case = desk.report()
    before = (desk.row(case), desk.hands(case))
    with desk.engine.connect() as connection:
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
        connection.execute(text("SELECT set_config('wangge.actor', 'x', true)"))
        connection.execute(
            text("UPDATE hand SET until = now(), ended_by = 'x', ended_how = 'done'"
                 " WHERE incident_id = :id"), {"id": case},
        )  # fmt: skip
        with create_engine(desk.engine.url).connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            other.commit()
        with pytest.raises(DBAPIError):
            connection.execute(text("SELECT 1"))
        connection.invalidate()
    assert (desk.row(case), desk.hands(case)) == before
    assert steps.MOST_AT_ONCE > 1


def test_a_new_plan_leaves_cases_with_whom_a_step_sent_them(desk):
    plain, sent, raised, back = (desk.report() for _ in range(4))
    urban = desk.organisations["城管局"]
    desk.take(
        sent, "redispatch", desk.dispatcher, target=Target(organisation_id=urban), reason="职责"
    )
    desk.take(raised, "escalate", SYSTEM, reason="超期")
    desk.take(back, "return", desk.lead(), reason="不在我网格")
    before = {one: desk.row(one)["person_id"] for one in (plain, sent, raised, back)}
    hands = {one: len(desk.hands(one)) for one in before}
    draft = make_draft(desk.engine, desk.town, redrawn({}))
    with acting(desk.engine, "planner", action="publish") as connection:
        publish_plan(connection, draft)
    for one, person in before.items():
        row = desk.row(one)
        assert (row["plan_id"], row["person_id"]) == (draft, person)
        assert len(desk.hands(one)) == hands[one]
    assert desk.row(raised)["responsible_level"] == 2
    assert desk.lead_hand(back)["task"] == "dispatch"


def test_rejected_and_merged_cases_are_neither_found_nor_closed(desk):
    view = LeaderView(desk.locators)

    def counted() -> tuple[int, int]:
        with desk.engine.connect() as connection:
            wanted = IncidentFilter(jurisdiction_id=desk.town.jurisdiction_id)
            total = category_counts(connection, view, wanted)["total"]
            return total["found"], total["closed"]

    found, done = counted()
    one, two, three = desk.report(), desk.report(), desk.report()
    assert counted() == (found + 3, done)
    desk.take(one, "return", desk.lead(), reason="不属实")
    desk.take(one, "reject", desk.dispatcher, reason="不属实")
    desk.take(two, "merge", desk.dispatcher, target=Target(incident_id=three), reason="重复")
    assert counted() == (found + 1, done)
    desk.take(one, "reopen", desk.leader, reason="复查属实")
    assert counted() == (found + 2, done)
    solved = closed(desk)
    assert counted() == (found + 3, done + 1)
    desk.take(solved, "reopen", desk.dispatcher, reason="反弹")
    assert counted() == (found + 3, done)
    with desk.engine.connect() as connection:
        fresh = category_counts(
            connection, LeaderView(desk.locators),
            IncidentFilter(jurisdiction_id=desk.town.jurisdiction_id),
        )["total"]  # fmt: skip
    assert (fresh["found"], fresh["closed"]) == counted()


def test_a_case_that_came_in_with_its_history_is_traced_by_its_stages(desk):
    case = closed(desk)
    with desk.engine.connect() as connection:
        told = case_trace(connection, case)
        assert (told["derived"], len(told["hands"])) == (False, len(desk.hands(case)))
        # As if it had come in without hands: they are looked for in a view that has none.
        connection.execute(text("CREATE TEMP TABLE hand (LIKE public.hand)"))
        bare = case_trace(connection, case)
        connection.rollback()
    assert bare["derived"]
    tasks = [(one["task"], one["level"]) for one in bare["hands"]]
    assert tasks == [
        ("register", 0), ("dispatch", 0), ("handle", 3), ("feed_back", 3), ("verify_result", 0),
    ]  # fmt: skip
    assert bare["hands"][2]["person"]["id"] == desk.town.person_ids[CODE]
    whole = sum(one["held_s"] for one in bare["hands"])
    span = (bare["closed_at"] - bare["hands"][0]["since"]).total_seconds()
    assert abs(whole - span) < 1
