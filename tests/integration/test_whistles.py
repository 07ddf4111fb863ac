"""A whistle from the call to its end: by whom, seen by whom, absences counted once, and history."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.app import create_app
from gis.messages import translate
from gis.settings import Settings
from gis.store.engine import acting, make_engine
from gis.workflows.whistle_absences import count_absences, seconds_to_next
from tests.conftest import module_database
from tests.integration.two_districts import make_city, place_of, sign_in_all
from tests.integration.whistles_help import GRID, Office, attendance, refused, standings


@pytest.fixture(scope="module")
def office(
    maintenance_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    with module_database(maintenance_url, template_database) as url:
        engine = make_engine(url)
        city = make_city(engine)
        sign_in_all(engine, city)
        app = create_app(Settings(data_dir=tmp_path_factory.mktemp("d"), log_level="ERROR"), url)
        with TestClient(app) as client:
            yield Office(engine, city, client)
        engine.dispose()


def test_a_case_from_the_call_to_the_result(office: Office) -> None:
    case = office.city.incidents[GRID]
    path = f"/api/v1/incidents/{case}"
    assert office.client.get(path, headers=office.headers["D02"]).status_code == 404
    blown = office.blow(incident_id=case, place=None)
    assert standings(blown) == {"D01": "called", "D02": "called"}
    assert blown["caller"]["code"] == "410102004"
    assert blown["incident"]["id"] == case
    assert blown["actions"] == ["end", "cancel"]
    # Those called see the case that they are called to; others do not.
    assert office.client.get(path, headers=office.headers["D02"]).status_code == 200
    assert office.client.get(path, headers=office.headers["D03"]).status_code == 404
    seen = office.ask("D02", "GET", f"/{blown['id']}").json()
    (own,) = [one for one in seen["calls"] if one["own"]]
    assert own["actions"] == ["come", "arrive"]
    office.take("D02", blown, "come", person="李四", phone="139")
    now = office.take("D02", blown, "arrive")
    assert standings(now) == {"D01": "called", "D02": "arrived"}
    office.take("sub_district/leader", blown, "arrive", of="D01", person="张三")
    over = office.take("sub_district/dispatcher", blown, "end", reason="已清理")
    assert (over["ended_how"], over["result"], over["actions"]) == ("done", "已清理", [])
    told = [(one["action"], one["person"], one["reason"]) for one in over["history"]]
    assert told == [
        ("call", None, "占道经营反弹"), ("come", "李四", None), ("arrive", "李四", None),
        ("arrive", "张三", None), ("end", None, "已清理"),
    ]  # fmt: skip
    assert all(one["actor"] and one["at"] for one in over["history"])
    history = office.client.get(path, headers=office.headers["sub_district"]).json()["history"]
    steps = [one for one in history if one["action"].startswith("whistle_")]
    assert [one["action"] for one in steps] == [f"whistle_{action}" for action, *_ in told]
    assert [one["zh"] for one in steps[0]["data"]["organisations"]] == ["机构410102-D01", "部门2"]
    assert steps[2]["data"]["late"] is False
    trace = office.client.get(f"{path}/trace", headers=office.headers["sub_district"]).json()
    (shown,) = trace["whistles"]
    assert shown["id"] == blown["id"]
    assert [one["standing"] for one in shown["calls"]] == ["arrived", "arrived"]


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("sub_district/dispatcher", 201), ("sub_district/leader", 201), ("district/leader", 201),
        ("city/dispatcher", 201), ("installation/leader", 201), ("sub_district/planner", 403),
        ("sub_district/administrator", 403), ("community/dispatcher", 403), ("worker", 403),
        ("D01", 403), ("other/dispatcher", 403),
    ],
)  # fmt: skip
def test_who_blows_the_whistle(office: Office, who: str, status: int) -> None:
    answer = office.ask(who, "POST", "", json=office.wanted())
    assert answer.status_code == status, answer.text
    if status == 201:
        assert answer.json()["caller"]["code"] == "410102004"
        # Nobody calls in another's name, or to a case that they do not see.
        other = office.city.organisations["410102005"]
        answer = office.ask(who, "POST", "", json=office.wanted(organisation_id=other))
        assert refused(answer) == (422, "whistle-place-outside")
        case = office.city.incidents["410102005001001"]
        answer = office.ask(who, "POST", "", json=office.wanted(incident_id=case, to="D03"))
        # The department can be called to it once.
        assert answer.status_code in ((404,) if who.startswith("sub_district") else (201, 409))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"to": ""}, (422, "whistle-needs-departments")),
        ({"to": "D01 D01"}, (422, "whistle-department-twice")),
        ({"to": "D01 D99"}, (422, "whistle-department-unknown")),
        ({"minutes": None}, (422, "whistle-needs-time")),
        ({"until": "2026-11-20T10:00"}, (422, "whistle-needs-time")),
        ({"minutes": None, "until": "2020-01-01T00:00"}, (422, "whistle-time-short")),
        ({"minutes": None, "until": "2190-01-01T00:00"}, (422, "whistle-time-long")),
        ({"lon": None}, (422, "whistle-needs-place")),
        ({"lon": place_of("410102005001001")[0]}, (422, "whistle-place-outside")),
        ({"lon": 0.0, "lat": 0.0}, (422, "whistle-place-outside")),
        ({"incident_id": 2**62}, (404, "incident-not-found")),
        ({"minutes": 0}, (422, None)),
        ({"purpose": " "}, (422, None)),
        ({"minutes": None, "until": 1_800_000_000}, (422, None)),
    ],
)
def test_a_call_that_makes_no_sense_is_refused(
    office: Office, given: dict, told: tuple[int, str | None]
) -> None:
    answer = office.ask("sub_district/dispatcher", "POST", "", json=office.wanted(**given))
    status, code = refused(answer)
    assert status == told[0] and code == (told[1] or code), answer.text


def test_until_is_the_offices_time_and_minutes_are_of_the_clock(office: Office) -> None:
    shown = (datetime.now(UTC) + timedelta(hours=10)).replace(tzinfo=None, microsecond=0)
    blown = office.blow(minutes=None, until=shown.isoformat())
    wanted = shown.replace(tzinfo=UTC) - timedelta(hours=8)  # Asia/Shanghai
    assert datetime.fromisoformat(blown["due_at"]) == wanted
    blown = office.blow(minutes=45)
    span = datetime.fromisoformat(blown["due_at"]) - datetime.fromisoformat(blown["called_at"])
    assert span == timedelta(minutes=45)


def test_a_repeated_request_calls_nobody_again(office: Office) -> None:
    first = office.blow(key="the-same-call")
    assert office.blow(key="the-same-call")["id"] == first["id"]
    assert office.blow(key="another-call")["id"] != first["id"]
    other = office.wanted(purpose="另一件事")
    answer = office.ask("sub_district/dispatcher", "POST", "", "the-same-call", json=other)
    assert refused(answer) == (422, "idempotency-key-reused")
    # A key is the account's, by whatever name; that of another account is another key.
    office.rename("sub_district/dispatcher", "改名")
    assert office.blow(key="the-same-call")["id"] == first["id"]
    assert office.blow("sub_district/leader", key="the-same-call")["id"] != first["id"]
    with ThreadPoolExecutor(4) as pool:
        ids = {one["id"] for one in pool.map(lambda _: office.blow(key="all-at-once"), range(4))}
    assert len(ids) == 1
    case = office.city.incidents["410102004001002"]
    office.blow(incident_id=case)
    again = office.wanted(to="D02 D03", incident_id=case)
    answer = office.ask("sub_district/dispatcher", "POST", "", json=again)
    assert refused(answer) == (409, "whistle-called-already")
    assert standings(office.blow(incident_id=case, to="D03")) == {"D03": "called"}


def test_each_sees_its_own_whistles_and_answers_for_itself_alone(office: Office) -> None:
    blown = office.blow()
    path = f"/{blown['id']}"
    inside = ("sub_district", "district", "city", "installation", "D01", "D02")
    outside = ("D03", "other", "worker", "community")
    for who in (*inside, *outside):
        answer = office.ask(who, "GET", path)
        assert answer.status_code == (200 if who in inside else 404), who
        ids = {one["id"] for one in office.ask(who, "GET", "?limit=200").json()["items"]}
        assert (blown["id"] in ids) == (who in inside), who
    assert refused(office.step("D03", blown, "come", person="x")) == (404, "whistle-not-found")
    answer = office.step("D01", blown, "come", of="D02", person="x")
    assert refused(answer) == (403, "whistle-not-yours")
    assert refused(office.step("D01", blown, "end", reason="x")) == (403, "whistle-not-yours")
    assert refused(office.step("other/leader", blown, "end", reason="x"))[0] == 404
    office.take("D01", blown, "come", person="张三")
    office.take("district/dispatcher", blown, "come", of="D02", person="电话告知：李四")
    office.take("sub_district/leader", blown, "cancel", reason="误报")
    assert refused(office.step("D01", blown, "arrive")) == (409, "whistle-ended")


def test_the_same_answer_again_is_no_news(office: Office) -> None:
    blown = office.blow()
    for phone in ("139", "139", "138", "138"):
        now = office.take("D01", blown, "come", person="张三", phone=phone)
    come = [one for one in now["history"] if one["action"] == "come"]
    assert len(come) == 2


def test_a_cancelled_whistle_shows_those_called_the_case_no_more(office: Office) -> None:
    path = f"/api/v1/incidents/{office.city.incidents[GRID]}"
    blown = office.blow(incident_id=office.city.incidents[GRID], to="D03")
    assert office.client.get(path, headers=office.headers["D03"]).status_code == 200
    office.take("sub_district/leader", blown, "cancel", reason="误报")
    assert office.client.get(path, headers=office.headers["D03"]).status_code == 404
    # They see that it was cancelled, and nothing of the case; nor does what they were told say it.
    seen = office.ask("D03", "GET", f"/{blown['id']}").json()
    assert (seen["ended_how"], seen["incident"]) == ("cancelled", None)
    told = office.client.get("/api/v1/notices", headers=office.headers["D03"]).json()["items"]
    (hidden,) = [one for one in told if one["serial"] is None and one["incident_id"] is None
                 and one["text"] == translate("notice-hidden", "zh-CN")]  # fmt: skip
    assert hidden["kind"] == "whistle_called"


def test_the_database_holds_departments_to_their_own_answer(office: Office) -> None:
    """Whatever the application forgets: nobody calls themselves in, or ends what is not theirs."""
    from api.caller import Callers

    blown, hidden = office.blow(), office.blow(to="D03")
    token = office.headers["D01"]["Authorization"].split()[1]
    callers = Callers(office.engine, idle=timedelta(hours=1))
    caller = callers._look_up(token)
    assert caller is not None
    # Nobody calls to a case that they do not see, and so shows it to those called.
    token = office.headers["sub_district/dispatcher"]["Authorization"].split()[1]
    street = callers._look_up(token)
    assert street is not None
    insert = (
        "INSERT INTO whistle (jurisdiction_id, organisation_id, code, incident_id, location, place,"
        " purpose, called_at, called_by, caller, due_at) SELECT jurisdiction_id, organisation_id,"
        " code, cast(:incident AS bigint), location, place, purpose, called_at, called_by, caller,"
        " due_at FROM whistle WHERE id = :id"
    )
    for place, seen in ((GRID, True), ("410102005001001", False)):
        values = {"id": blown["id"], "incident": office.city.incidents[place]}
        refusal = pytest.raises(DBAPIError, match="row-level security")
        with (
            nullcontext() if seen else refusal,
            acting(street.engine, street.actor) as connection,
        ):
            connection.execute(text(insert), values)
            if seen:
                connection.rollback()
    own = office.departments["D01"]
    for query, values in (
        ("INSERT INTO whistle_call (whistle_id, organisation_id) VALUES (:id, :own)",
         {"id": hidden["id"], "own": own}),
        ("INSERT INTO whistle_event (whistle_id, at, actor, action) VALUES (:id, now(), 'x',"
         " 'end')", {"id": blown["id"]}),
    ):  # fmt: skip
        with pytest.raises(DBAPIError), acting(caller.engine, caller.actor) as connection:
            connection.execute(text(query), values)
    with acting(caller.engine, caller.actor) as connection:
        for query in (
            "UPDATE whistle SET ended_at = now(), ended_by = 'x', ended_how = 'done', result = 'x'",
            "UPDATE whistle_call SET person = 'x' WHERE organisation_id <> :own",
        ):
            assert connection.execute(text(query), {"own": own}).rowcount == 0
    for query in ("DELETE FROM whistle", "UPDATE whistle_event SET reason = 'x'",
                  "UPDATE whistle SET due_at = due_at + interval '1 day'",
                  "DELETE FROM whistle_call"):  # fmt: skip
        with pytest.raises(DBAPIError), acting(office.engine, "tests") as connection:
            connection.execute(text(query))


def test_absences_are_counted_once_by_any_number_of_workers(office: Office) -> None:
    count_absences(office.engine)
    due = [office.blow(to="D01 D02 D03") for _ in range(6)]
    early, waiting = office.blow(), office.blow()
    for one in due:
        office.take("D01", one, "arrive", person="张三")
        office.take("D02", one, "come", person="李四")
    office.take("sub_district/leader", early, "end", reason="提前处置完毕")
    assert count_absences(office.engine) == 0
    left = seconds_to_next(office.engine)
    assert left is not None and left > 0
    office.pass_time(*due, early)
    ids = [one["id"] for one in due]
    left = seconds_to_next(office.engine)
    assert left is not None and left < 0
    # A worker that dies in the midst has counted nothing.
    with pytest.raises(ZeroDivisionError), office.engine.begin() as connection:
        connection.execute(text("SELECT set_config('wangge.actor', 'system', true)"))
        connection.execute(text("UPDATE whistle_call SET absent_at = now() WHERE whistle_id ="
                                " ANY(:ids) AND arrived_at IS NULL"), {"ids": ids})  # fmt: skip
        raise ZeroDivisionError
    counted: list[int] = []
    workers = [
        threading.Thread(target=lambda: counted.extend(
            count_absences(office.engine, limit=1) for _ in range(6)))
        for _ in range(3)
    ]  # fmt: skip
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    count_absences(office.engine)
    told = office.rows(
        "SELECT whistle_id, call_id, count(*) AS times FROM whistle_event"
        " WHERE action = 'absent' AND whistle_id = ANY(:ids) GROUP BY 1, 2", ids=ids,
    )  # fmt: skip
    assert len(told) == 12
    assert {one.times for one in told} == {1}
    for one in due:
        now = office.ask("sub_district", "GET", f"/{one['id']}").json()
        assert standings(now) == {"D01": "arrived", "D02": "absent", "D03": "absent"}
        assert now["counted_at"] is not None
    over = office.ask("sub_district", "GET", f"/{early['id']}").json()
    assert set(standings(over).values()) == {"released"}
    still = office.ask("sub_district", "GET", f"/{waiting['id']}").json()
    assert set(standings(still).values()) == {"called"}


def test_late_is_an_arrival_and_what_was_counted_stays_counted(office: Office) -> None:
    since = datetime.now(UTC) - timedelta(hours=2)
    before = attendance(office, since)
    blown, uncounted = office.blow(), office.blow()
    office.pass_time(blown, uncounted)
    answer = office.step("sub_district/dispatcher", blown, "cancel", reason="误报")
    assert refused(answer) == (409, "whistle-time-up")
    # The desk knows that one was there in time; the other comes late.
    at = (datetime.now(UTC) - timedelta(minutes=45)).isoformat()
    office.take("sub_district/dispatcher", blown, "arrive", of="D01", person="张三", at=at)
    now = office.take("D02", blown, "arrive", person="李四")
    assert standings(now) == {"D01": "arrived", "D02": "late"}
    # Ended after its time before any worker has come: who is not there is absent all the same.
    over = office.take("sub_district/leader", uncounted, "end", reason="自行处置")
    assert standings(over) == {"D01": "absent", "D02": "absent"}
    count_absences(office.engine)
    events = office.rows(
        "SELECT count(*) AS n FROM whistle_event WHERE action = 'absent' AND whistle_id = :id",
        id=uncounted["id"],
    )
    assert events[0].n == 2
    after = attendance(office, since)
    gained = {
        code: {name: after[code][name] - before.get(code, {}).get(name, 0) for name in after[code]}
        for code in ("D01", "D02")
    }
    assert gained["D01"] == {"called": 2, "arrived": 1, "late": 0, "absent": 1, "released": 0}
    assert gained["D02"] == {"called": 2, "arrived": 0, "late": 1, "absent": 1, "released": 0}


def test_those_concerned_are_told(office: Office) -> None:
    def told(whistle: dict) -> list[tuple[str, list[int]]]:
        rows = office.rows(
            "SELECT kind, organisation_ids FROM notice WHERE params ->> 'whistle' = :id"
            " ORDER BY id", id=str(whistle["id"]),
        )  # fmt: skip
        return sorted((one.kind, list(one.organisation_ids)) for one in rows)

    hook = office.hook("410102", "whistle_called", "whistle_arrived")
    one, two = office.departments["D01"], office.departments["D02"]
    street = office.city.organisations["410102004"]
    blown = office.blow()
    called = [("whistle_called", [one]), ("whistle_called", [two])]
    assert told(blown) == called
    office.take("D01", blown, "arrive", person="张三")
    assert told(blown) == called
    office.take("D02", blown, "arrive", person="李四")
    assert told(blown) == [("whistle_arrived", [street]), *called]
    # A web hook of the district hears of what is about no case.
    heard = office.rows(
        "SELECT n.kind FROM delivery AS d JOIN notice AS n ON n.id = d.notice_id"
        " WHERE d.hook_id = :hook AND n.params ->> 'whistle' = :id ORDER BY n.id",
        hook=hook, id=str(blown["id"]),
    )  # fmt: skip
    assert [one.kind for one in heard] == ["whistle_called", "whistle_called", "whistle_arrived"]
    blown = office.blow()
    office.take("D01", blown, "arrive", person="张三")
    office.pass_time(blown)
    count_absences(office.engine)
    assert told(blown) == [("whistle_absent", sorted([street, two])), *called]
    desk = office.headers["sub_district/dispatcher"]
    for language, name in (("zh-CN", "部门2 逾期未报到"), ("en", "Bureau 2 has not reported in")):
        asked = desk | {"Accept-Language": language}
        found = office.client.get("/api/v1/notices", headers=asked).json()["items"]
        assert any(one["text"].startswith(name) for one in found), found[:2]


def test_only_open_cases_call_anybody(office: Office) -> None:
    case = office.city.incidents["410102005001001"]
    with acting(office.engine, "tests", action="close", reason="done") as connection:
        connection.execute(
            text("UPDATE incident SET stage = 'closed', closed_at = now() WHERE id = :id"),
            {"id": case},
        )
    answer = office.ask("district", "POST", "", json=office.wanted(incident_id=case))
    assert refused(answer) == (409, "whistle-case-closed")
    listed = office.ask("district", "GET", "", params={"incident": case}).json()
    assert listed["may_call"] is False
