"""The life of cases in the database: whole cases by several people, and what goes wrong between."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from gis.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from gis.incidents.lifecycle import SYSTEM, Step, Target
from gis.store.engine import acting
from gis.store.hands import StepSetting, set_setting
from gis.workflows import steps
from gis.workflows.steps import Taken, Wanted, take_step, take_steps
from tests.conftest import module_database
from tests.integration.steps_help import CODE, Desk, leave, make_desk

LATER = datetime.now(UTC) + timedelta(days=30)


@pytest.fixture(scope="module")
def desk(maintenance_url: str, template_database: str) -> Iterator[Desk]:
    with module_database(maintenance_url, template_database) as url:
        engine = create_engine(url)
        yield make_desk(engine)
        engine.dispose()


def handled(desk: Desk, **report: object) -> int:
    """A case that its grid lead has handled and fed back."""
    case = desk.report(**report)
    desk.take(case, "handle", desk.lead(), result="已清理")
    desk.take(case, "feed_back", desk.lead(), result="现场已恢复")
    return case


def closed(desk: Desk) -> int:
    case = handled(desk)
    desk.take(case, "verify_result", desk.doer("dispatcher", "核查员"), verdict=True)
    desk.take(case, "close", desk.dispatcher)
    return case


def refused(code: str, *kinds: type[Exception]):
    return (
        pytest.raises(kinds or (ConflictError, ForbiddenError, InputError), match=None)
        if (not code)
        else _Refused(code)
    )


class _Refused:
    """Expects a refusal of a code."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: object, _: object) -> bool:
        assert error is not None, f"{self.code} was expected"
        assert getattr(error, "code", None) == self.code, error
        return True


def test_a_public_report_is_checked_handled_verified_and_judged_by_different_people(desk):
    case = desk.report(source="public_report")
    assert desk.row(case)["stage"] == "collected"
    hand = desk.lead_hand(case)
    assert (hand["task"], hand["person_id"]) == ("verify_report", desk.town.person_ids[CODE])
    with refused("step-not-now"):
        desk.take(case, "register", desk.dispatcher)
    desk.take(case, "verify_report", desk.lead(), verdict=True)
    desk.take(case, "register", desk.dispatcher)
    desk.take(case, "dispatch", desk.dispatcher)
    assert desk.lead_hand(case)["person_id"] == desk.town.person_ids[CODE]
    desk.take(case, "accept", desk.lead())
    with refused("step-accepted"):
        desk.take(case, "accept", desk.lead())
    desk.take(case, "handle", desk.lead(), result="已拆除")
    desk.take(case, "feed_back", desk.lead(), result="已拆除并复耕")
    with refused("step-by-handler"):
        desk.take(case, "verify_result", desk.lead(), verdict=True)
    with refused("step-not-now"):
        desk.take(case, "close", desk.dispatcher)
    desk.take(case, "verify_result", desk.doer("dispatcher", "核查员"), verdict=True)
    desk.take(case, "close", desk.dispatcher)
    assert desk.row(case)["closed_at"] is not None
    assert [h for h in desk.hands(case) if h["until"] is None] == []
    desk.take(case, "evaluate", desk.reporter, satisfaction="satisfied")
    row = desk.row(case)
    assert (row["stage"], row["satisfaction"], row["dismissed"]) == ("evaluated", "satisfied", None)
    told = [(step["action"], step["to_stage"]) for step in desk.case(case)["history"]]
    assert told == [
        ("report", "collected"), ("verify_report", "collected"), ("register", "registered"),
        ("dispatch", "dispatched"), ("accept", "dispatched"), ("handle", "handled"),
        ("feed_back", "fed_back"), ("verify_result", "fed_back"), ("close", "closed"),
        ("evaluate", "evaluated"),
    ]  # fmt: skip
    tasks = [h["task"] for h in desk.hands(case)]
    assert tasks == [
        "verify_report", "register", "dispatch", "handle", "feed_back", "verify_result", "close",
    ]  # fmt: skip
    for former, later in zip(desk.hands(case), desk.hands(case)[1:], strict=False):
        assert former["until"] == later["since"]


def test_what_is_not_true_is_rejected_or_checked_again(desk):
    case = desk.report(source="public_report")
    with refused("step-needs-reason"):
        desk.take(case, "verify_report", desk.lead(), verdict=False)
    desk.take(case, "verify_report", desk.lead(), verdict=False, reason="现场没有")
    with refused("step-refuted"):
        desk.take(case, "register", desk.dispatcher)
    desk.take(case, "recheck", desk.dispatcher, reason="地址写错了")
    desk.take(case, "verify_report", desk.lead(), verdict=False, reason="还是没有")
    desk.take(case, "reject", desk.dispatcher, reason="不属实")
    row = desk.row(case)
    assert (row["stage"], row["dismissed"]) == ("closed", "rejected")
    desk.take(case, "reopen", desk.reporter, reason="就在三号楼后面")
    row = desk.row(case)
    assert (row["stage"], row["dismissed"], row["closed_at"]) == ("collected", None, None)
    with refused("step-refuted"):
        desk.take(case, "register", desk.dispatcher)


def test_a_wrong_dispatch_is_returned_and_sent_again(desk):
    case = desk.report()
    desk.take(case, "return", desk.lead(), reason="不在我网格")
    hand = desk.lead_hand(case)
    assert (hand["task"], hand["organisation_id"]) == ("dispatch", desk.organisations["district"])
    with refused("step-not-now"):
        desk.take(case, "handle", desk.lead(), result="x")
    urban = desk.organisations["城管局"]
    desk.take(case, "dispatch", desk.dispatcher, target=Target(organisation_id=urban))
    row = desk.row(case)
    assert (row["department_id"], row["person_id"]) == (urban, desk.town.person_ids["城管局"])
    with refused("step-not-in-hand"):
        desk.take(case, "handle", desk.lead(), result="x")
    with refused("step-not-in-hand"):
        desk.take(case, "handle", desk.doer("department", at="消防队"), result="x")
    nobody = desk.organisations["无联系人局"]
    desk.take(
        case, "redispatch", desk.dispatcher, target=Target(organisation_id=nobody), reason="职责"
    )
    assert desk.row(case)["person_id"] is None
    desk.take(case, "handle", desk.doer("department", at="无联系人局"), result="已办")
    ends = [h["ended_how"] for h in desk.hands(case)]
    assert ends == ["returned", "done", "redispatched", "done", None]


def test_several_departments_with_a_lead(desk):
    case = desk.report()
    urban, fire = desk.organisations["城管局"], desk.organisations["消防队"]
    with refused("target-twofold"):
        desk.take(
            case, "split", desk.dispatcher,
            target=Target(organisation_id=urban, assisting=(urban,)),
        )  # fmt: skip
    with refused("step-needs-parts"):
        desk.take(case, "split", desk.dispatcher, target=Target(organisation_id=urban))
    target = Target(organisation_id=urban, assisting=(fire,))
    desk.take(case, "split", desk.dispatcher, target=target)
    leading, assisting = desk.doer("department", at="城管局"), desk.doer("department", at="消防队")
    with refused("step-parts-open"):
        desk.take(case, "handle", leading, result="已办")
    with refused("step-not-in-hand"):
        desk.take(case, "finish_part", leading, result="已办")
    desk.take(case, "finish_part", assisting, result="通道已清")
    desk.take(case, "handle", leading, result="已办")
    assert desk.row(case)["stage"] == "handled"
    # Sent anew, the parts end with the lead's hand.
    other = desk.report()
    desk.take(other, "split", desk.dispatcher, target=target)
    desk.take(other, "return", leading, reason="不归我们")
    assert [h["ended_how"] for h in desk.hands(other) if not h["is_lead"]] == ["returned"]


def test_a_duplicate_goes_into_the_main_case_and_its_reporter_gets_the_answer(desk):
    main, double, third = desk.report(), desk.report(), desk.report()
    with refused("merge-itself"):
        desk.take(main, "merge", desk.dispatcher, target=Target(incident_id=main), reason="重复")
    desk.take(third, "merge", desk.dispatcher, target=Target(incident_id=double), reason="重复")
    desk.take(double, "merge", desk.dispatcher, target=Target(incident_id=main), reason="重复")
    with refused("merge-dismissed"):
        desk.take(main, "merge", desk.dispatcher, target=Target(incident_id=double), reason="x")
    row = desk.row(double)
    assert (row["stage"], row["dismissed"], row["merged_into"]) == ("closed", "merged", main)
    desk.take(main, "handle", desk.lead(), result="已清运")
    desk.take(main, "feed_back", desk.lead(), result="已清运完毕")
    desk.take(main, "verify_result", desk.dispatcher, verdict=True)
    desk.take(main, "close", desk.dispatcher)
    for one in (double, third):
        last = desk.case(one)["history"][-1]
        assert (last["action"], last["reason"], last["data"]) == (
            "answer", "已清运完毕", {"main": main},
        )  # fmt: skip


def test_parking_waits_for_somebody_above_and_is_taken_up_again(desk):
    case = desk.report()
    desk.take(case, "park", desk.lead(), reason="冬季不能施工", until=LATER)
    with refused("step-asked-already"):
        desk.take(case, "park", desk.lead(), reason="再问", until=LATER)
    with refused("step-role"):
        desk.take(case, "approve_parking", desk.lead())
    with refused("step-nothing-asked"):
        desk.take(case, "approve_extension", desk.dispatcher)
    desk.take(case, "refuse_parking", desk.dispatcher, reason="可以先办一半")
    desk.take(case, "park", desk.dispatcher, reason="代网格长申请", until=LATER)
    with refused("step-not-above"):
        desk.take(case, "approve_parking", desk.dispatcher)
    with refused("step-not-above"):
        desk.take(case, "approve_parking", desk.doer("leader", at="sub_district"))
    desk.take(case, "approve_parking", desk.leader)
    assert desk.row(case)["parked_until"] == LATER
    with refused("step-parked"):
        desk.take(case, "handle", desk.lead(), result="x")
    desk.take(case, "resume", desk.lead())
    with refused("step-not-parked"):
        desk.take(case, "resume", desk.lead())
    with desk.engine.connect() as connection:
        query = "SELECT decision, resumed_at FROM approval WHERE incident_id = :id ORDER BY id"
        told = connection.execute(text(query), {"id": case}).all()
    assert [one.decision for one in told] == ["refused", "granted"]
    assert told[1].resumed_at is not None
    # What was asked lapses when the case goes on.
    desk.take(case, "park", desk.lead(), reason="再问", until=LATER)
    desk.take(case, "handle", desk.lead(), result="办好了")
    with desk.engine.connect() as connection:
        last = connection.scalars(text(query.replace("decision, resumed_at", "decision")),
                                  {"id": case}).all()[-1]  # fmt: skip
    assert last == "void"


def test_who_is_not_satisfied_has_the_case_taken_up_again(desk):
    case = closed(desk)
    with refused("step-needs-reason"):
        desk.take(case, "evaluate", desk.reporter, satisfaction="dissatisfied")
    with refused("step-needs-satisfaction"):
        desk.take(case, "evaluate", desk.reporter, satisfaction="so-so")
    desk.take(case, "evaluate", desk.reporter, satisfaction="dissatisfied", reason="又堆上了")
    row = desk.row(case)
    assert (row["stage"], row["closed_at"], row["satisfaction"]) == (
        "registered", None, "dissatisfied",
    )  # fmt: skip
    assert desk.case(case)["history"][-1]["action"] == "reopen"
    assert desk.lead_hand(case)["task"] == "dispatch"
    desk.take(case, "dispatch", desk.dispatcher)
    assert desk.lead_hand(case)["person_id"] == desk.town.person_ids[CODE]


def test_a_failed_check_sends_the_case_back_to_whoever_handled_it(desk):
    case = handled(desk)
    desk.take(case, "verify_result", desk.leader, verdict=False, reason="只清了一半")
    hand = desk.lead_hand(case)
    assert (hand["task"], hand["person_id"]) == ("handle", desk.town.person_ids[CODE])
    assert desk.row(case)["stage"] == "dispatched"


def test_supervision_is_an_order_with_a_time(desk):
    case = desk.report()
    with refused("step-needs-until"):
        desk.take(case, "supervise", desk.leader, reason="两日内办结")
    with refused("step-not-in-hand"):
        desk.take(case, "escalate", desk.doer("leader", at="消防队"), reason="x")
    desk.take(case, "supervise", desk.leader, reason="两日内办结", until=LATER)
    assert desk.row(case)["supervised_until"] == LATER
    assert desk.lead_hand(case)["task"] == "handle"


def test_escalation_goes_up_one_level_at_a_time_and_never_stalls(desk):
    grid, other = "410102004002001", "410102004002"
    from tests.factories import SOUTH, STEP, WEST

    case = desk.report(lon=WEST + 2.5 * STEP, lat=SOUTH + STEP / 2)
    assert desk.row(case)["grid_code"] == grid
    with acting(desk.engine, "tests") as connection:
        from tests.factories import hold, inserter

        secretary = inserter(connection)("person", name="书记")
        hold(connection, secretary, desk.town.grid_ids[other], 2, "secretary")
    leave(desk.engine, desk.town.person_ids[other])  # the director: the secretary answers
    desk.take(case, "escalate", SYSTEM, reason="超期")
    assert (desk.row(case)["person_id"], desk.lead_hand(case)["level"]) == (secretary, 2)
    leave(desk.engine, desk.town.person_ids["410102004"])  # nobody: the sub-district's desk
    desk.take(case, "escalate", desk.doer("grid_worker", person_id=secretary), reason="超范围")
    hand = desk.lead_hand(case)
    assert (hand["level"], hand["organisation_id"]) == (1, desk.organisations["sub_district"])
    desk.take(case, "escalate", desk.doer("dispatcher", at="sub_district"), reason="超范围")
    assert desk.lead_hand(case)["organisation_id"] == desk.organisations["district"]
    desk.take(case, "escalate", desk.dispatcher, reason="超范围")
    assert desk.lead_hand(case)["organisation_id"] == desk.organisations["city"]
    with refused("step-at-top"):
        desk.take(case, "escalate", SYSTEM, reason="超期")
    with refused("step-not-in-hand"):
        desk.take(case, "handle", desk.dispatcher, result="x")
    levels = [h["level"] for h in desk.hands(case)]
    assert levels == [3, 2, 1, 0, -1]
    assert all(h["reason"] for h in desk.hands(case)[1:])
    assert desk.row(case)["stage"] == "dispatched"
    # Where a whole level has no people and no organisation, the one above minds the desk of it.
    empty = desk.report(lon=WEST + 0.5 * STEP, lat=SOUTH + 2.5 * STEP)
    community = desk.row(empty)["grid_code"][:12]
    leave(desk.engine, desk.town.person_ids[community])
    desk.take(empty, "escalate", SYSTEM, reason="超期")
    hand = desk.lead_hand(empty)
    assert (hand["level"], hand["organisation_id"]) == (2, desk.organisations["sub_district"])


def test_a_department_escalates_to_the_organisation_it_belongs_to(desk):
    case = desk.report()
    urban = desk.organisations["城管局"]
    desk.take(
        case, "redispatch", desk.dispatcher, target=Target(organisation_id=urban), reason="职责"
    )
    desk.take(case, "escalate", desk.doer("department", at="城管局"), reason="需联合执法")
    hand = desk.lead_hand(case)
    assert (hand["level"], hand["organisation_id"]) == (0, desk.organisations["district"])


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
    with refused("idempotency-key-reused"):
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
    with refused("steps-twice"):
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
        with refused("step-needs-photo"):
            desk.take(desk.report(category="03"), "handle", desk.lead(), result="x")
        with refused("photo-unknown"):
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
