"""Cases that wait: for their moment, for another case, for parts, for somebody above."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from gis.errors import ConflictError
from gis.incidents.lifecycle import SYSTEM, Doer, Step, Target
from gis.store import channel_states
from gis.workflows import deadlines, due, public_reports, rests
from gis.workflows.case_view import life
from gis.workflows.public_reports import Followed
from gis.workflows.rests import Rests, end_rests
from gis.workflows.steps import take_step
from tests.conftest import module_database
from tests.integration.steps_help import CODE, Desk, Refused, make_desk
from tests.signing import make_account

LATER = datetime.now(UTC) + timedelta(days=30)
HOUR = timedelta(hours=1)
NOTHING = Rests(resumed=0, left=0)


@pytest.fixture(scope="module")
def desk(maintenance_url: str, template_database: str) -> Iterator[Desk]:
    with module_database(maintenance_url, template_database) as url:
        engine = create_engine(url)
        made = make_desk(engine)
        deadlines.begin(
            engine, made.town.jurisdiction_id, actor="tests", reason="defaults",
            since=datetime(2025, 1, 1, tzinfo=UTC), first_year=2025,
        )  # fmt: skip
        yield made
        engine.dispose()


def back(desk: Desk, case: int, by: timedelta) -> None:
    """As if so much time had passed for the rests of a case and what was asked for it."""
    with desk.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        values = {"id": case, "by": by}
        for query in (
            "UPDATE incident SET parked_until = parked_until - :by WHERE id = :id",
            "UPDATE approval SET until = until - :by, asked_at = asked_at - :by,"
            " decided_at = decided_at - :by WHERE incident_id = :id",
            "UPDATE clock SET paused_at = paused_at - :by, started_at = started_at - :by,"
            " due_at = due_at - :by WHERE incident_id = :id",
        ):
            connection.execute(text(query), values)


def parked(desk: Desk, until: datetime) -> int:
    case = desk.report(category="02")
    desk.take(case, "park", desk.lead(), reason="等雨停", until=until)
    desk.take(case, "approve_parking", desk.leader)
    return case


def steps_of(desk: Desk, case: int) -> list[str]:
    return [step["action"] for step in desk.case(case)["history"]]


def can(desk: Desk, case: int, doer: Doer) -> dict[str, list[str]]:
    """What somebody is offered, and what each of it needs."""
    with desk.engine.connect() as connection:
        told = life(connection, case, doer)
    return {one["action"]: one["needs"] for one in told["actions"]}


def test_what_was_parked_is_taken_up_once_when_its_time_is_over(desk):
    until = datetime.now(UTC) + HOUR
    cases = [parked(desk, until) for _ in range(4)]
    left = due.seconds_to_next(desk.engine)
    assert left is not None and left <= 3600
    assert end_rests(desk.engine, desk.locators) == NOTHING
    resting = desk.row(cases[0])["parked_until"]
    for case in cases:
        back(desk, case, 2 * HOUR)
    gate = threading.Barrier(4)

    def work(_: int) -> int:
        gate.wait(30)
        return end_rests(desk.engine, desk.locators).resumed

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == len(cases)
    assert end_rests(desk.engine, desk.locators) == NOTHING
    for case in cases:
        assert steps_of(desk, case).count("resume") == 1
        row = desk.row(case)
        assert row["parked_until"] is None
        with desk.engine.connect() as connection:
            query = text("SELECT resumed_at FROM approval WHERE incident_id = :id")
            resumed = connection.scalar(query, {"id": case})
            query = text("SELECT turns FROM clock WHERE incident_id = :id AND kind = 'case'")
            turns = connection.scalar(query, {"id": case})
        # The clock goes on from the moment that was set, an hour before anybody looked.
        assert resumed == resting - 2 * HOUR
        assert [turn["turn"] for turn in turns] == ["start", "pause", "resume"]
        assert datetime.fromisoformat(turns[-1]["at"]) == resumed
        assert row["due_at"] is not None
    last = desk.case(cases[0])["history"][-1]
    assert (last["actor"], last["reason"]) == ("system", None), "the page says it in its language"


def test_a_rest_that_was_ended_and_granted_anew_is_left_alone(desk):
    case = parked(desk, datetime.now(UTC) + HOUR)
    desk.take(case, "resume", desk.lead())
    desk.take(case, "park", desk.lead(), reason="又下雨", until=LATER)
    desk.take(case, "approve_parking", desk.leader)
    assert end_rests(desk.engine, desk.locators) == NOTHING
    assert desk.row(case)["parked_until"] == LATER


def test_cases_that_cannot_be_taken_up_keep_no_other_waiting_and_no_worker_busy(desk, monkeypatch):
    cases = [parked(desk, datetime.now(UTC) + HOUR) for _ in range(4)]
    for hours, case in zip((5, 4, 3, 2), cases, strict=True):
        back(desk, case, hours * HOUR)
    faults = {cases[0]: KeyError("level"), cases[1]: ConflictError("step-not-in-hand")}

    def taken(engine, locators, incident_id, step, **given):
        if incident_id in faults:
            raise faults[incident_id]
        return take_step(engine, locators, incident_id, step, **given)

    monkeypatch.setattr(rests, "take_step", taken)
    # However few are found at a time, those behind are reached.
    assert end_rests(desk.engine, desk.locators, limit=1) == Rests(resumed=1, left=2)
    assert end_rests(desk.engine, desk.locators) == Rests(resumed=1, left=2)
    assert [desk.row(case)["parked_until"] is None for case in cases] == [False, False, True, True]
    assert end_rests(desk.engine, desk.locators, limit=1) == Rests(resumed=0, left=2)
    left = due.seconds_to_next(desk.engine)
    assert left is not None and left < 0
    later = due.seconds_to_next(desk.engine, stuck=True)
    assert later is None or later > 0
    faults[cases[1]] = OperationalError("SELECT", {}, Exception("away"))
    with pytest.raises(OperationalError):
        end_rests(desk.engine, desk.locators)
    monkeypatch.undo()
    assert end_rests(desk.engine, desk.locators).resumed == 2


def test_what_is_decided_too_late_is_not_granted_and_can_be_asked_anew(desk):
    for kind, yes in (("park", "approve_parking"), ("extend", "approve_extension")):
        case = desk.report(category="02")
        desk.take(case, kind, desk.lead(), reason="需要时间", until=LATER)
        back(desk, case, timedelta(days=40))
        assert yes not in can(desk, case, desk.leader)
        with Refused("step-asked-past"):
            desk.take(case, yes, desk.leader)
        desk.take(case, kind, desk.lead(), reason="再问一次", until=LATER)
        desk.take(case, yes, desk.leader)
        with desk.engine.connect() as connection:
            query = "SELECT decision, decided_reason FROM approval WHERE incident_id = :id"
            told = connection.execute(text(query + " ORDER BY id"), {"id": case}).all()
        assert told == [("void", "再问一次"), ("granted", None)]


def test_what_was_asked_goes_up_with_the_case_and_lapses_with_a_reason_otherwise(desk):
    case = desk.report(category="02")
    desk.take(case, "extend", desk.lead(), reason="需要时间", until=LATER)
    desk.take(case, "escalate", replace(SYSTEM, code=""), reason="超期")
    assert can(desk, case, desk.leader).keys() >= {"approve_extension", "refuse_extension"}
    fire = Target(organisation_id=desk.organisations["消防队"])
    desk.take(case, "redispatch", desk.dispatcher, target=fire, reason="改派消防")
    with desk.engine.connect() as connection:
        query = text("SELECT decision, decided_reason FROM approval WHERE incident_id = :id")
        assert connection.execute(query, {"id": case}).one() == ("void", "改派消防")
    assert desk.case(case)["history"][-1]["data"]["step"]["lapsed"] == "extend"


def follow(desk: Desk, case: int) -> dict:
    with desk.engine.connect() as connection:
        return public_reports.follow(connection, Followed(incident_id=case, supplement_id=None))


def channel(desk: Desk, ref: str) -> dict:
    with desk.engine.connect() as connection:
        return dict(channel_states.states(connection, "hotline_12345", None, [ref])[ref])


def test_who_reported_what_was_merged_hears_of_the_other_case_and_judges_it_then(desk):
    main, second = desk.report(), desk.report()
    merged = desk.report(source="hotline_12345", source_ref="HB-1")
    desk.take(merged, "merge", desk.dispatcher, target=Target(incident_id=second), reason="重复")
    desk.take(second, "merge", desk.dispatcher, target=Target(incident_id=main), reason="重复")
    assert desk.row(merged)["stage"] == "closed"
    told = follow(desk, merged)
    assert (told["status"], told["stage"], told["may_judge"], told["result"]) == (
        "open", "dispatched", False, None,
    )  # fmt: skip
    assert [step["stage"] for step in told["steps"]] == ["collected", "registered", "dispatched"]
    state = channel(desk, "HB-1")
    assert (state["is_open"], state["stage"], state["closed_at"]) == (True, "dispatched", None)
    assert "evaluate" not in can(desk, merged, desk.dispatcher)
    for satisfaction in ("satisfied", "dissatisfied"):
        with Refused("step-main-open"):
            desk.take(merged, "evaluate", desk.reporter, satisfaction=satisfaction, reason="没人来")
    desk.take(main, "handle", desk.lead(), result="已清运")
    desk.take(main, "feed_back", desk.lead(), result="已清运完毕,请查看")
    desk.take(main, "verify_result", desk.leader, verdict=True)
    desk.take(main, "close", desk.dispatcher)
    told = follow(desk, merged)
    assert (told["status"], told["may_judge"]) == ("closed", True)
    assert told["result"] == "已清运完毕,请查看"
    assert [step["stage"] for step in told["steps"]][-2:] == ["dispatched", "closed"]
    assert channel(desk, "HB-1")["result"] == "已清运完毕,请查看"
    assert channel(desk, "HB-1")["closed_at"] is not None
    late = desk.report()
    with Refused("merge-closed"):
        desk.take(late, "merge", desk.dispatcher, target=Target(incident_id=main), reason="重复")
    desk.take(merged, "evaluate", desk.reporter, satisfaction="dissatisfied", reason="还在")
    assert (desk.row(merged)["stage"], desk.row(merged)["merged_into"]) == ("collected", None)
    assert follow(desk, second)["may_judge"]


def test_when_the_main_case_is_rejected_those_merged_into_it_are_told_why(desk):
    main, merged = desk.report(), desk.report(source="hotline_12345", source_ref="HB-2")
    desk.take(merged, "merge", desk.dispatcher, target=Target(incident_id=main), reason="重复")
    desk.take(main, "return", desk.lead(), reason="现场没有")
    desk.take(main, "reject", desk.dispatcher, reason="不属实")
    told = follow(desk, merged)
    assert (told["status"], told["result"], told["may_judge"]) == ("closed", "不属实", True)
    assert channel(desk, "HB-2")["result"] == "不属实"


def test_a_desk_says_which_of_several_parts_is_done(desk):
    case = desk.report()
    urban, fire, third = (desk.organisations[it] for it in ("城管局", "消防队", "无联系人局"))
    with Refused("target-lead-part"):
        desk.take(
            case, "split", desk.dispatcher, target=Target(organisation_id=urban, assisting=(urban,))
        )
    desk.take(
        case, "split", desk.dispatcher,
        target=Target(organisation_id=urban, assisting=(fire, third)),
    )  # fmt: skip
    assert "part" in can(desk, case, desk.dispatcher)["finish_part"]
    assert "part" not in can(desk, case, desk.doer("department", at="消防队"))["finish_part"]
    with Refused("step-needs-part"):
        desk.take(case, "finish_part", desk.dispatcher, result="已办")
    with Refused("step-needs-part"):
        desk.take(
            case, "finish_part", desk.dispatcher, result="已办",
            target=Target(organisation_id=urban),
        )  # fmt: skip
    desk.take(
        case, "finish_part", desk.dispatcher, result="已办", target=Target(organisation_id=third)
    )
    assert [h["organisation_id"] for h in desk.hands(case) if not h["is_lead"]
            and h["until"] is None] == [fire]  # fmt: skip
    assert "part" not in can(desk, case, desk.dispatcher)["finish_part"]
    desk.take(case, "return_part", desk.dispatcher, reason="不归消防")
    desk.take(case, "handle", desk.doer("department", at="城管局"), result="已办")


def test_a_desk_that_leads_has_no_part_beside(desk):
    case = desk.report()
    desk.take(case, "return", desk.lead(), reason="要会办")
    district = desk.organisations["district"]
    with Refused("target-lead-part"):
        desk.take(
            case, "split", desk.dispatcher,
            target=Target(organisation_id=district, assisting=(district,)),
        )  # fmt: skip


def test_a_department_checks_on_site_what_it_was_asked_to(desk):
    case, urban = desk.report(source="public_report"), desk.organisations["城管局"]
    desk.take(case, "verify_report", desk.lead(), verdict=False, reason="没找到")
    target = Target(organisation_id=urban)
    desk.take(case, "recheck", desk.dispatcher, reason="请城管再看", target=target)
    doer = desk.doer("department", at="城管局")
    assert set(can(desk, case, doer)) == {"verify_report", "escalate", "note"}
    assert "verify_report" not in can(desk, case, desk.doer("department", at="消防队"))
    desk.take(case, "verify_report", doer, verdict=True)
    assert desk.lead_hand(case)["task"] == "register"


def test_a_leader_to_whom_a_case_was_escalated_can_go_on_with_it(desk):
    case = desk.report(lon=113.60 + 2.5 * 0.0025, lat=34.75 + 2.5 * 0.0025)
    street = desk.doer("leader", "街道书记", at="sub_district",
                       person_id=desk.town.person_ids["410102004"])  # fmt: skip
    assert set(can(desk, case, street)) == {"supervise", "escalate", "note"}
    system = replace(SYSTEM, code="")
    desk.take(case, "escalate", system, reason="超期")
    desk.take(case, "escalate", system, reason="超期")
    assert desk.lead_hand(case)["person_id"] == street.person_id
    offered = set(can(desk, case, street))
    assert offered >= {
        "accept", "return", "redispatch", "split", "handle", "extend", "park", "merge",
        "supervise", "escalate", "note",
    }  # fmt: skip
    assert "redispatch" not in can(desk, case, desk.leader)
    desk.take(
        case, "redispatch", street, target=Target(person_id=desk.town.person_ids[CODE]),
        reason="由一网格办理",
    )  # fmt: skip
    assert desk.lead_hand(case)["person_id"] == desk.town.person_ids[CODE]
    assert "redispatch" not in can(desk, case, street)
    # Up to a desk: its leader has it as its dispatchers do, and decides what was asked.
    for _ in range(3):
        desk.take(case, "escalate", system, reason="超期")
    assert desk.lead_hand(case)["organisation_id"] == desk.organisations["district"]
    offered = set(can(desk, case, desk.leader))
    assert offered >= {"redispatch", "handle", "split", "return", "supervise"}
    desk.take(case, "handle", desk.leader, result="已协调办结")
    desk.take(case, "feed_back", desk.leader, result="已办结")
    with Refused("step-by-handler"):
        desk.take(case, "verify_result", desk.leader, verdict=True)
    desk.take(case, "verify_result", desk.dispatcher, verdict=True)
    desk.take(case, "close", desk.leader)


def test_an_account_that_is_called_otherwise_has_its_keys_and_what_it_did(desk):
    account = make_account(desk.engine, "grid_worker", login="zhao", name="赵")
    before = replace(desk.lead(), actor="赵 (zhao)", account_id=account)
    after = replace(before, actor="赵六 (zhao)")
    case = desk.report()
    version = desk.row(case)["version"]
    step = Step(action="handle", result="已办")
    for doer, repeated in ((before, False), (after, True)):
        done = take_step(
            desk.engine, desk.locators, case, step, doer=doer, version=version, key="one key"
        )
        assert done.repeated == repeated
    desk.take(case, "feed_back", before, result="已办")
    checker = replace(after, person_id=None, roles=frozenset({"dispatcher"}))
    with Refused("step-by-handler"):
        desk.take(case, "verify_result", checker, verdict=True)
    asked = desk.report(category="02")
    both = frozenset({"leader"})
    desk.take(asked, "park", replace(before, roles=both), reason="等", until=LATER)
    with Refused("step-not-above"):
        desk.take(asked, "approve_parking", replace(after, roles=both))
