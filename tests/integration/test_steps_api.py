"""Steps over HTTP: a case by three people, what each may do, conflicts, several at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from sqlalchemy import create_engine

from tests.conftest import module_database
from tests.factories import SOUTH, STEP, WEST
from tests.integration.steps_help import CODE, Desk, make_desk
from tests.server import serving
from tests.signing import sign_in

PLACE = {"lon": WEST + STEP / 2, "lat": SOUTH + STEP / 2}


@dataclass(slots=True)
class Office:
    """A served desk and the clients of its people."""

    desk: Desk
    clients: dict[str, httpx.Client] = field(default_factory=dict)

    def report(self, source: str = "patrol") -> dict:
        given = {"category": "0101", "title": "试验", "source": source, **PLACE}
        answer = self.clients["dispatcher"].post("/api/v1/incidents", json=given)
        assert answer.status_code == 201, answer.text
        return self.see("dispatcher", answer.json()["id"])

    def see(self, who: str, incident_id: int) -> dict:
        answer = self.clients[who].get(f"/api/v1/incidents/{incident_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def step(self, who: str, case: dict, action: str, **given: object) -> httpx.Response:
        headers = {"Idempotency-Key": str(given.pop("key"))} if "key" in given else {}
        body = {"action": action, "version": case["version"], **given}
        return self.clients[who].post(
            f"/api/v1/incidents/{case['id']}/steps", json=body, headers=headers
        )

    def take(self, who: str, case: dict, action: str, **given: object) -> dict:
        answer = self.step(who, case, action, **given)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def office(maintenance_url, template_database, tmp_path_factory) -> Iterator[Office]:
    with module_database(maintenance_url, template_database) as url:
        engine = create_engine(url)
        desk = make_desk(engine)
        district = desk.organisations["district"]
        accounts = {
            "dispatcher": {"organisation_id": district},
            "verifier": {"organisation_id": district},
            "leader": {"organisation_id": district},
            "grid_worker": {
                "organisation_id": desk.organisations["sub_district"],
                "person_id": desk.town.person_ids[CODE],
            },
            "department": {"organisation_id": desk.organisations["城管局"]},
            "administrator": {"organisation_id": district},
        }
        office = Office(desk=desk)
        with serving(url, tmp_path_factory.mktemp("steps")) as base:
            for who, at in accounts.items():
                role = "dispatcher" if who == "verifier" else who
                headers = sign_in(engine, role, name=who, **at)
                office.clients[who] = httpx.Client(
                    base_url=base, headers={**headers, "Accept-Language": "en"}, timeout=30
                )
            yield office
            for client in office.clients.values():
                client.close()
        engine.dispose()


def actions(case: dict) -> dict[str, dict]:
    return {one["action"]: one for one in case["actions"]}


def primary(case: dict) -> str | None:
    return next((one["action"] for one in case["actions"] if one["primary"]), None)


def test_a_case_by_three_people_each_offered_what_comes_next(office):
    case = office.report()
    assert (case["task"], case["stage"]) == ("handle", "dispatched")
    worker = office.see("grid_worker", case["id"])
    assert primary(worker) == "accept"
    assert actions(worker)["return"]["needs"] == ["reason"]
    assert "close" not in actions(worker) and "approve_parking" not in actions(worker)
    case = office.take("grid_worker", worker, "accept")
    assert primary(case) == "handle"
    case = office.take("grid_worker", case, "handle", result="已清理,现场整洁")
    case = office.take("grid_worker", case, "feed_back", result="已回复报告人")
    assert "verify_result" not in actions(case)
    assert primary(office.see("verifier", case["id"])) == "verify_result"
    case = office.take("verifier", case, "verify_result", verdict=True)
    case = office.take("dispatcher", case, "close")
    case = office.take("dispatcher", case, "evaluate", satisfaction="satisfied")
    assert (case["stage"], case["flags"]["satisfaction"]) == ("evaluated", "satisfied")
    assert [one["task"] for one in case["hands"]] == [
        "handle", "feed_back", "verify_result", "close",
    ]  # fmt: skip
    trace = office.clients["leader"].get(f"/api/v1/incidents/{case['id']}/trace").json()
    assert [one["level"] for one in trace["hands"]] == [3, 3, 0, 0]
    assert trace["hands"][0]["person"]["name"] == f"lead {CODE}"
    assert all(one["held_s"] >= 0 for one in trace["hands"])
    assert sum(one["held_s"] for one in trace["hands"]) <= 3600


def test_an_old_version_is_refused_and_the_present_case_shown(office):
    case = office.report()
    office.take("dispatcher", case, "note", reason="已电话联系")
    answer = office.step("grid_worker", case, "handle", result="x")
    assert (answer.status_code, answer.json()["code"]) == (409, "incident-changed")
    now = answer.json()["case"]
    assert now["version"] == case["version"] + 1
    assert now["history"][-1]["action"] == "note"
    office.take("grid_worker", now, "handle", result="x")


def test_a_repeat_answers_the_same_and_changes_nothing(office):
    case = office.report()
    first = office.take("grid_worker", case, "handle", result="已办", key="0b9a4a3e-1")
    again = office.take("grid_worker", case, "handle", result="已办", key="0b9a4a3e-1")
    assert again["version"] == first["version"] == case["version"] + 1
    other = office.step("grid_worker", case, "handle", result="别的", key="0b9a4a3e-1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


@pytest.mark.parametrize(
    ("who", "action", "given", "status", "code"),
    [
        ("grid_worker", "close", {}, 403, "step-role"),
        ("grid_worker", "verify_result", {"verdict": True}, 409, "step-not-now"),
        ("grid_worker", "return", {}, 422, "step-needs-reason"),
        ("dispatcher", "close", {}, 409, "step-not-now"),
        ("dispatcher", "supervise", {"reason": "x", "until": "2020-01-01T00:00:00Z"}, 422,
         "step-until-past"),
        ("dispatcher", "redispatch", {"reason": "x", "target": {"organisation_id": 999999}}, 422,
         "target-unknown"),
        ("dispatcher", "fly", {}, 422, "request-invalid"),
        ("administrator", "note", {"reason": "x"}, 403, "role-not-allowed"),
        ("department", "handle", {"result": "x"}, 404, "incident-not-found"),
    ],
)  # fmt: skip
def test_what_is_refused_says_why(office, who, action, given, status, code):
    case = office.report()
    answer = office.step(who, case, action, **given)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["detail"] not in ("", code)
    assert office.see("dispatcher", case["id"])["version"] == case["version"]


def test_a_department_sees_what_it_is_given_and_gives_it_back(office):
    case = office.report()
    urban = office.desk.organisations["城管局"]
    case = office.take(
        "dispatcher", case, "redispatch", reason="职责清单", target={"organisation_id": urban}
    )
    assert case["person"]["name"] == "城管局联系人"
    case = office.take("department", office.see("department", case["id"]), "accept")
    case = office.take("department", case, "return", reason="不在职责清单")
    assert case["flags"]["returned"] == 1
    assert primary(office.see("dispatcher", case["id"])) == "dispatch"


def test_several_cases_at_once_each_with_its_outcome(office):
    cases = [office.report() for _ in range(3)]
    given = {
        "action": "redispatch",
        "reason": "集中整治",
        "target": {"organisation_id": office.desk.organisations["消防队"]},
        "cases": [{"id": one["id"], "version": one["version"]} for one in cases],
    }
    given["cases"][1]["version"] = 77
    answer = office.clients["dispatcher"].post("/api/v1/steps", json=given)
    assert answer.status_code == 200, answer.text
    assert [one["taken"] for one in answer.json()["items"]] == [True, False, True]
    assert answer.json()["items"][1]["code"] == "incident-changed"
    assert (
        "Read it again" in answer.json()["items"][1]["detail"]
        or answer.json()["items"][1]["detail"]
    )


def test_what_a_jurisdiction_wants_of_steps_is_set_by_its_administrator(office):
    address = f"/api/v1/jurisdictions/{office.desk.town.jurisdiction_id}/steps"
    usual = {"checked_sources": ["public_report"], "photo_categories": []}
    assert office.clients["dispatcher"].get(address).json() == usual
    wanted = {"checked_sources": ["public_report", "sensor"], "photo_categories": ["01"]}
    assert office.clients["dispatcher"].put(address, json=wanted).status_code == 403
    assert office.clients["administrator"].put(address, json=wanted).json() == wanted
    case = office.report(source="sensor")
    assert (case["stage"], case["task"]) == ("collected", "verify_report")
    case = office.report()
    assert "photo" in actions(office.see("grid_worker", case["id"]))["handle"]["needs"]
    answer = office.step("grid_worker", case, "handle", result="x")
    assert answer.json()["code"] == "step-needs-photo"
    office.clients["administrator"].put(address, json=usual)
