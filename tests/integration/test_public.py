"""The public form: taken in without signing in, followed by number and code, by nobody else."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import text

from api.public_limits import PublicLimits
from api.rate_limit import Limiter
from gis.incidents.reporter import clean_phone, without_phones
from gis.incidents.seals import code_digest, follow_code, seal, unseal
from gis.store import duplicates
from gis.store.engine import acting
from gis.workflows import public_reports
from gis.workflows.public_reports import title_of
from tests.factories import SOUTH, STEP, WEST
from tests.integration.channels_help import HERE, REPORT, jpeg, open_office, send_photo

PHONES = (f"139{number:08d}" for number in count())


@pytest.fixture(scope="module")
def office(maintenance_url, template_database, tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    patch = pytest.MonkeyPatch()
    patch.setattr(public_reports, "TYPING_S", 0)
    with open_office(maintenance_url, template_database, folder) as opened:
        yield opened
    patch.undo()


def form(office):
    return office.anybody.get("/public/start").json()["form"]


def body(office, **changed):
    given = {
        "form": form(office), "category": "0101", "text": "楼道被堵。电话是我的。", **HERE,
        "reporter_phone": next(PHONES), "reporter_name": "王小明",
    }  # fmt: skip
    return given | changed


def report(office, key=None, **changed):
    """Sent under a key it is the report of one phone."""
    headers = {"Idempotency-Key": key or uuid.uuid4().hex}
    phone = {"reporter_phone": f"138{int(key[:6], 16) % 10**8:08d}"} if key else {}
    given = body(office, **phone | changed)
    return office.anybody.post("/public/reports", json=given, headers=headers)


def follow(office, receipt, **changed):
    given = {"serial": receipt["serial"], "code": receipt["code"]} | changed
    return office.anybody.post("/public/follow", json=given)


def number_of(office, receipt):
    return office.scalar("SELECT id FROM incident WHERE serial = :s", s=receipt["serial"])


def close(office, number, result="已清理,联系人电话 13700001111"):
    with acting(office.engine, "员工 (staff)", action="handle", reason=result) as connection:
        change = "UPDATE incident SET stage = 'handled' WHERE id = :id"
        connection.execute(text(change), {"id": number})
    with acting(office.engine, "员工 (staff)", action="close") as connection:
        change = "UPDATE incident SET stage = 'closed', closed_at = now() WHERE id = :id"
        connection.execute(text(change), {"id": number})


def test_a_report_is_answered_with_a_number_and_a_code_that_open_it(office):
    photo = send_photo(office.anybody, jpeg(1), key=uuid.uuid4().hex, path="/public/photos")
    assert photo.status_code == 201, photo.text
    assert office.anybody.get(photo.json()["preview_url"].removeprefix("/api/v1")).is_success
    answer = report(office, photos=[photo.json()["ref"]])
    assert answer.status_code == 201, answer.text
    receipt = answer.json()
    number = number_of(office, receipt)
    case = office.desk.get(f"/incidents/{number}").json()
    assert (case["source"], case["title"]) == ("public_report", "楼道被堵")
    assert len(office.desk.get(f"/incidents/{number}/photos").json()["items"]) == 1
    shown = follow(office, receipt).json()
    assert (shown["serial"], shown["status"], shown["may_judge"]) == (
        receipt["serial"], "open", False,
    )  # fmt: skip
    assert shown["steps"][0]["stage"] == "collected"
    (own,) = shown["photos"]
    assert office.anybody.get(own["url"].removeprefix("/api/v1")).is_success
    for written in (receipt["code"].lower(), f" {receipt['code'].replace('-', '')} "):
        assert follow(office, receipt, code=written).is_success
    # Nothing of staff: no names, no numbers, no grids.
    said = json.dumps(shown, ensure_ascii=False)
    assert "lead" not in said and "000-" not in said and "grid" not in said


def test_a_report_sent_twice_is_one_with_the_same_code(office):
    key = uuid.uuid4().hex
    first, again = report(office, key), report(office, key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    other = report(office, key, text="另一件事")
    assert other.json()["code"] == "idempotency-key-reused"


def test_a_public_report_is_checked_before_it_is_registered(office):
    number = number_of(office, report(office).json())
    assert office.scalar("SELECT stage FROM incident WHERE id = :id", id=number) == "collected"


def test_numbers_without_their_code_tell_nothing(office):
    first, second = report(office).json(), report(office, text="别处的事").json()
    staff = office.desk.post("/incidents", json=REPORT).json()
    wrong = [
        follow(office, first, code=second["code"]),
        follow(office, first, code="AAAAA-AAAAA"),
        follow(office, {"serial": staff["serial"], "code": first["code"]}),
        follow(office, {"serial": "410102-20990101-00001", "code": first["code"]}),
        follow(office, {"serial": "%' OR 1=1 --", "code": first["code"]}),
    ]
    answers = [one.json() | {"request_id": None} for one in wrong]
    assert {one.status_code for one in wrong} == {404}
    assert all(one == answers[0] for one in answers) and answers[0]["code"] == "follow-unknown"
    kept = office.scalar("SELECT string_agg(digest::text, ' ') FROM follow_code")
    assert first["code"].replace("-", "") not in kept


def near(office, **changed):
    query = {"category": "0101", **HERE} | changed
    return office.anybody.get("/public/near", params=query)


def test_a_case_near_by_is_shown_without_anything_of_anybody_and_can_be_joined(office):
    there = {"lon": WEST + 3.5 * STEP, "lat": SOUTH + 3.5 * STEP}
    first = report(office, **there, text="秘密:张三在此", address="三号楼").json()
    (found,) = near(office, **there).json()["items"]
    assert set(found) == {"ref", "category", "distance_m", "ago_s", "stage", "status"}
    assert found["distance_m"] == 0
    photo = send_photo(office.anybody, jpeg(2), key=uuid.uuid4().hex, path="/public/photos")
    key = uuid.uuid4().hex
    given = {"same_as": found["ref"], "photos": [photo.json()["ref"]], **there}
    joined = report(office, key, text="我也看到了", **given)
    again = report(office, key, text="我也看到了", **given)
    assert (joined.status_code, again.status_code) == (201, 200)
    assert joined.json() == again.json()
    receipt = joined.json()
    assert (receipt["serial"], receipt["joined"]) == (first["serial"], True)
    assert receipt["code"] != first["code"]
    own, others = follow(office, receipt).json(), follow(office, first).json()
    assert own["text"] == "我也看到了" and len(own["photos"]) == 1
    assert "张三" not in json.dumps(own, ensure_ascii=False)
    assert others["photos"] == []  # nor is the other way round
    number = number_of(office, receipt)
    (kept,) = office.desk.get(f"/incidents/{number}/supplements").json()["items"]
    assert kept["source"] == "public_report"
    close(office, number)
    (closed,) = near(office, **there).json()["items"]
    assert (closed["status"], closed["ref"]) == ("closed", None)
    late = report(office, text="又来了", **given | {"photos": []})
    assert (late.status_code, late.json()["code"]) == (409, "supplement-closed")


@pytest.mark.parametrize("ref", ["1", "1.9999999999.x", "case.1", "x" * 199])
def test_what_was_not_sealed_here_opens_nothing(office, ref):
    for changed in ({"same_as": ref}, {"photos": [ref]}, {"form": ref}):
        answer = report(office, **changed)
        assert (answer.status_code, answer.json()["code"]) == (422, "seal-invalid")


def test_seals_are_for_one_purpose_and_a_time():
    now = datetime.now(UTC)
    key = bytes(32)
    sealed = seal(key, "case", "7", now + timedelta(hours=1))
    assert unseal(key, "case", sealed, now, field="x") == "7"
    for purpose, other, moment in (
        ("photo-of", key, now), ("case", bytes(31) + b"1", now), ("case", key, now + timedelta(2)),
    ):  # fmt: skip
        with pytest.raises(Exception, match="expired or was changed"):
            unseal(other, purpose, sealed, moment, field="x")
    codes = {follow_code(key, str(number)) for number in range(2000)}
    assert len(codes) == 2000 and all(len(code) == 10 for code in codes)
    code = codes.pop()
    assert code_digest("s", code) == code_digest("s", f" {code[:5].lower()} — {code[5:]}")


def test_whoever_is_no_person_is_stopped_and_told_why(office, monkeypatch):
    assert report(office, website="http://x").json()["code"] == "public-machine"
    monkeypatch.setattr(public_reports, "TYPING_S", 3)
    assert report(office).json()["code"] == "public-too-quick"
    assert report(office, text="   ").json()["code"] == "request-invalid"
    assert report(office, misspelt=1).json()["code"] == "request-invalid"
    monkeypatch.setattr(public_reports, "TYPING_S", 0)
    assert report(office, reporter_phone="not a number").json()["code"] == "phone-invalid"
    without = office.anybody.post("/public/reports", json=body(office))
    assert without.status_code == 422


def test_limits_are_by_address_by_phone_and_by_number():
    limits = PublicLimits(reports_of_phone=Limiter(2, 60), follows_of_serial=Limiter(1, 60))
    for _ in range(2):
        limits.reports_of_phone.take(clean_phone("139-1234-5678"))
    with pytest.raises(Exception, match="again"):
        limits.reports_of_phone.take(clean_phone("１３９ 1234 5678"))
    limits.reports_of_phone.take(clean_phone("139-1234-5679"))


def test_too_many_from_one_phone_are_answered_429(office):
    answers = [report(office, reporter_phone="18800000000") for _ in range(11)]
    assert [one.status_code for one in answers] == [201] * 10 + [429]
    assert answers[-1].json()["code"] == "too-many-requests"
    assert int(answers[-1].headers["retry-after"]) > 0


def test_the_result_is_told_and_judged_and_not_satisfied_takes_it_up_again(office):
    receipt = report(office).json()
    number = number_of(office, receipt)
    early = office.anybody.post("/public/judge", json=judged(receipt, True))
    assert early.status_code == 409
    close(office, number)
    shown = follow(office, receipt).json()
    assert (shown["status"], shown["may_judge"]) == ("closed", True)
    assert shown["result"] == "已清理,联系人电话 ***"
    silent = office.anybody.post("/public/judge", json=judged(receipt, False))
    assert (silent.status_code, silent.json()["code"]) == (422, "step-needs-reason")
    wrong = office.anybody.post("/public/judge", json=judged(receipt | {"code": "x"}, True))
    assert wrong.status_code == 404
    again = office.anybody.post("/public/judge", json=judged(receipt, False, reason="还在那里"))
    assert again.status_code == 200, again.text
    assert (again.json()["status"], again.json()["result"]) == ("open", None)
    assert [step["reopened"] for step in again.json()["steps"]][-1] is True
    close(office, number, result="再次清理")
    good = office.anybody.post("/public/judge", json=judged(receipt, True))
    assert good.status_code == 200, good.text
    assert (good.json()["judgement"], good.json()["may_judge"]) == ("satisfied", False)
    twice = office.anybody.post("/public/judge", json=judged(receipt, True))
    assert twice.status_code == 409


def test_a_case_is_not_taken_up_again_for_ever(office):
    receipt = report(office).json()
    number = number_of(office, receipt)
    for _ in range(3):
        close(office, number)
        again = office.anybody.post("/public/judge", json=judged(receipt, False, reason="还在"))
        assert again.status_code == 200, again.text
    close(office, number)
    enough = office.anybody.post("/public/judge", json=judged(receipt, False, reason="还在"))
    assert (enough.status_code, enough.json()["code"]) == (409, "judge-reopened-enough")
    assert office.anybody.post("/public/judge", json=judged(receipt, True)).status_code == 200


def judged(receipt, satisfied, **more):
    return {"serial": receipt["serial"], "code": receipt["code"], "satisfied": satisfied} | more


def test_what_is_likeliest_the_same_comes_first(office):
    lon, lat = WEST + 0.5 * STEP, SOUTH + 2.5 * STEP
    east = 1 / 91_500  # degrees of longitude a metre there
    old = (datetime.now(UTC) - timedelta(days=25)).isoformat()
    sent = {
        "near": {"lon": lon + 10 * east}, "far": {"lon": lon + 120 * east},
        "beyond": {"lon": lon + 170 * east}, "old": {"lon": lon + 10 * east, "reported_at": old},
        "sibling": {"lon": lon + 10 * east, "category": "01"},
        "other kind": {"lon": lon, "category": "02"},
    }  # fmt: skip
    for name, changed in sent.items():
        answer = office.desk.post("/incidents", json=REPORT | {"lat": lat, "title": name} | changed)
        assert answer.status_code == 201
    found = office.desk.get(
        "/incidents/near", params={"lon": lon, "lat": lat, "category": "0101"}
    ).json()["items"]  # fmt: skip
    assert found[0]["title"] == "near"
    assert {one["title"] for one in found} == {"near", "far", "old", "sibling"}
    metres = {one["title"]: one["distance_m"] for one in found}
    assert metres["near"] == pytest.approx(10, abs=0.5)
    assert metres["far"] == pytest.approx(120, abs=1)
    seen = office.stranger.get("/incidents/near", params={"lon": lon, "lat": lat}).json()
    assert seen["items"] == []
    gone = office.desk.get("/incidents/near", params={"lon": lon, "lat": lat, "category": "99"})
    assert gone.json()["code"] == "category-unknown"
    bad = office.desk.get("/incidents/near", params={"lon": lon, "lat": 99})
    assert bad.json()["code"] == "coordinates-invalid"


def test_the_search_for_duplicates_reads_the_index_of_places(office):
    query = "EXPLAIN (FORMAT JSON) " + duplicates.NEAR
    now = datetime.now(UTC)
    values = {
        "lon": WEST, "lat": SOUTH, "within_m": 150.0, "category": "0101", "top": "01",
        "jurisdiction": None, "now": now, "closed_since": now - timedelta(days=30), "limit": 10,
        "west": WEST - 0.01, "south": SOUTH - 0.01, "east": WEST + 0.01, "north": SOUTH + 0.01,
    }  # fmt: skip
    with office.engine.connect() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = json.dumps(connection.execute(text(query), values).scalar())
    assert "ix_incident_location_3857" in plan
    assert '"Seq Scan"' not in plan.split('"Alias": "r"')[0]


@pytest.mark.parametrize(
    ("told", "title"),
    [
        ("楼道被堵。还有一辆车", "楼道被堵"),
        ("  no end of it  ", "no end of it"),
        ("。。。", "。。。"),
        ("长" * 100, "长" * 39 + "…"),
        ("第一行\n第二行", "第一行"),
    ],
)
def test_a_title_is_the_first_sentence(told, title):
    assert title_of(told) == title


def test_phones_are_taken_as_people_write_them_and_left_out_of_what_others_read():
    assert clean_phone("+86 139-1234-5678") == "+8613912345678"
    assert clean_phone("(0371) 6789 0123 转 12") == "037167890123#12"
    for wrong in ("", "12", "abc", "1" * 30, "12x8"):
        with pytest.raises(Exception, match="phone number"):
            clean_phone(wrong)
    told = "请拨 139 1234 5678 或 0371-67890123，2026-11-22 处理了 120000 平方米"
    assert without_phones(told) == "请拨 *** 或 ***，2026-11-22 处理了 120000 平方米"
