"""The life of cases in the database: whole cases by several people, and what goes wrong between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text

from gis.incidents.lifecycle import SYSTEM, Target
from gis.store.engine import acting
from tests.conftest import module_database
from tests.factories import SOUTH, STEP, WEST, hold, inserter
from tests.integration.steps_help import CODE, Desk, Refused, closed, handled, leave, make_desk

LATER = datetime.now(UTC) + timedelta(days=30)


@pytest.fixture(scope="module")
def desk(maintenance_url: str, template_database: str) -> Iterator[Desk]:
    with module_database(maintenance_url, template_database) as url:
        engine = create_engine(url)
        yield make_desk(engine)
        engine.dispose()


def test_a_public_report_is_checked_handled_verified_and_judged_by_different_people(desk):
    case = desk.report(source="public_report")
    assert desk.row(case)["stage"] == "collected"
    hand = desk.lead_hand(case)
    assert (hand["task"], hand["person_id"]) == ("verify_report", desk.town.person_ids[CODE])
    with Refused("step-not-now"):
        desk.take(case, "register", desk.dispatcher)
    desk.take(case, "verify_report", desk.lead(), verdict=True)
    desk.take(case, "register", desk.dispatcher)
    desk.take(case, "dispatch", desk.dispatcher)
    assert desk.lead_hand(case)["person_id"] == desk.town.person_ids[CODE]
    desk.take(case, "accept", desk.lead())
    with Refused("step-accepted"):
        desk.take(case, "accept", desk.lead())
    desk.take(case, "handle", desk.lead(), result="已拆除")
    desk.take(case, "feed_back", desk.lead(), result="已拆除并复耕")
    with Refused("step-by-handler"):
        desk.take(case, "verify_result", desk.lead(), verdict=True)
    with Refused("step-not-now"):
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
    with Refused("step-needs-reason"):
        desk.take(case, "verify_report", desk.lead(), verdict=False)
    desk.take(case, "verify_report", desk.lead(), verdict=False, reason="现场没有")
    with Refused("step-refuted"):
        desk.take(case, "register", desk.dispatcher)
    desk.take(case, "recheck", desk.dispatcher, reason="地址写错了")
    desk.take(case, "verify_report", desk.lead(), verdict=False, reason="还是没有")
    desk.take(case, "reject", desk.dispatcher, reason="不属实")
    row = desk.row(case)
    assert (row["stage"], row["dismissed"]) == ("closed", "rejected")
    desk.take(case, "reopen", desk.reporter, reason="就在三号楼后面")
    row = desk.row(case)
    assert (row["stage"], row["dismissed"], row["closed_at"]) == ("collected", None, None)
    with Refused("step-refuted"):
        desk.take(case, "register", desk.dispatcher)


def test_a_wrong_dispatch_is_returned_and_sent_again(desk):
    case = desk.report()
    desk.take(case, "return", desk.lead(), reason="不在我网格")
    hand = desk.lead_hand(case)
    assert (hand["task"], hand["organisation_id"]) == ("dispatch", desk.organisations["district"])
    with Refused("step-not-now"):
        desk.take(case, "handle", desk.lead(), result="x")
    urban = desk.organisations["城管局"]
    desk.take(case, "dispatch", desk.dispatcher, target=Target(organisation_id=urban))
    row = desk.row(case)
    assert (row["department_id"], row["person_id"]) == (urban, desk.town.person_ids["城管局"])
    with Refused("step-not-in-hand"):
        desk.take(case, "handle", desk.lead(), result="x")
    with Refused("step-not-in-hand"):
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
    with Refused("target-lead-part"):
        desk.take(
            case, "split", desk.dispatcher,
            target=Target(organisation_id=urban, assisting=(urban,)),
        )  # fmt: skip
    with Refused("step-needs-parts"):
        desk.take(case, "split", desk.dispatcher, target=Target(organisation_id=urban))
    target = Target(organisation_id=urban, assisting=(fire,))
    desk.take(case, "split", desk.dispatcher, target=target)
    leading, assisting = desk.doer("department", at="城管局"), desk.doer("department", at="消防队")
    with Refused("step-parts-open"):
        desk.take(case, "handle", leading, result="已办")
    with Refused("step-not-in-hand"):
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
    with Refused("merge-itself"):
        desk.take(main, "merge", desk.dispatcher, target=Target(incident_id=main), reason="重复")
    desk.take(third, "merge", desk.dispatcher, target=Target(incident_id=double), reason="重复")
    desk.take(double, "merge", desk.dispatcher, target=Target(incident_id=main), reason="重复")
    with Refused("merge-dismissed"):
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
    with Refused("step-asked-already"):
        desk.take(case, "park", desk.lead(), reason="再问", until=LATER)
    with Refused("step-role"):
        desk.take(case, "approve_parking", desk.lead())
    with Refused("step-nothing-asked"):
        desk.take(case, "approve_extension", desk.dispatcher)
    desk.take(case, "refuse_parking", desk.dispatcher, reason="可以先办一半")
    desk.take(case, "park", desk.dispatcher, reason="代网格长申请", until=LATER)
    with Refused("step-not-above"):
        desk.take(case, "approve_parking", desk.dispatcher)
    with Refused("step-not-above"):
        desk.take(case, "approve_parking", desk.doer("leader", at="sub_district"))
    desk.take(case, "approve_parking", desk.leader)
    assert desk.row(case)["parked_until"] == LATER
    with Refused("step-parked"):
        desk.take(case, "handle", desk.lead(), result="x")
    desk.take(case, "resume", desk.lead())
    with Refused("step-not-parked"):
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
    with Refused("step-needs-reason"):
        desk.take(case, "evaluate", desk.reporter, satisfaction="dissatisfied")
    with Refused("step-needs-satisfaction"):
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
    with Refused("step-needs-until"):
        desk.take(case, "supervise", desk.leader, reason="两日内办结")
    with Refused("step-not-in-hand"):
        desk.take(case, "escalate", desk.doer("leader", at="消防队"), reason="x")
    desk.take(case, "supervise", desk.leader, reason="两日内办结", until=LATER)
    assert desk.row(case)["supervised_until"] == LATER
    assert desk.lead_hand(case)["task"] == "handle"


def test_escalation_goes_up_one_level_at_a_time_and_never_stalls(desk):
    grid, other = "410102004002001", "410102004002"
    case = desk.report(lon=WEST + 2.5 * STEP, lat=SOUTH + STEP / 2)
    assert desk.row(case)["grid_code"] == grid
    with acting(desk.engine, "tests") as connection:
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
    with Refused("step-at-top"):
        desk.take(case, "escalate", SYSTEM, reason="超期")
    with Refused("step-not-in-hand"):
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
