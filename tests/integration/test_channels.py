"""12345 and 110 by API: each report once, none lost, no place guessed, what became of it told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from gis.geometry import wgs84_to_gcj02
from gis.store.engine import acting
from tests.factories import STEP, WEST
from tests.integration.channels_help import HERE, REPORT, jpeg, open_office, send_photo
from tests.integration.waiting import wait_until

LINE = "/channels/hotline_12345/reports"


@pytest.fixture(scope="module")
def office(maintenance_url, template_database, tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    with open_office(maintenance_url, template_database, folder) as opened:
        yield opened


def told(ref, **changed):
    return {"source_ref": ref, "title": "试验", "category": "0101", **HERE} | changed


def nowhere(ref, **changed):
    return {"source_ref": ref, "title": "噪声", "address": "秦岭路 1 号", **changed}


def send(http, *reports, line=LINE, **headers):
    answer = http.post(line, json={"reports": list(reports)}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def outcomes(items):
    return [one["outcome"] for one in items]


def test_a_report_comes_once_by_its_own_reference_however_often_it_is_sent(office):
    (first,) = send(office.desk, told("A-1"))
    again = send(office.desk, told("A-1"), told("A-1", title="换了一种说法"))
    assert first["outcome"] == "created" and first["serial"].startswith("410102-")
    assert [(one["outcome"], one["serial"]) for one in again] == [("known", first["serial"])] * 2
    (other,) = send(office.desk, told("A-1"), line="/channels/hotline_110/reports")
    assert other["outcome"] == "created"  # a number of another channel
    with ThreadPoolExecutor(6) as pool:
        at_once = list(pool.map(lambda _: send(office.desk, told("A-2"))[0], range(6)))
    assert outcomes(at_once).count("created") == 1
    assert len({one["serial"] for one in at_once}) == 1


def test_of_many_each_has_its_own_outcome_in_its_place(office):
    items = send(
        office.desk,
        told("B-1"),
        told("B-2", category="77"),
        {"title": "no reference", **HERE},
        told("B-3", lat=None),
        nowhere("B-4"),
        told("B-5", severity=9),
        told("B-6", reporter_phone="who knows"),
        told("B-7", category=None),
        told("B-1"),
        told("B-8", misspelt=1),
        {"source_ref": ["x"], "title": "a list"},
    )
    assert outcomes(items) == [
        "created", "refused", "refused", "refused", "waiting", "refused", "refused", "refused",
        "known", "refused", "refused",
    ]  # fmt: skip
    assert [one["problem"] and one["problem"]["code"] for one in items] == [
        None, "category-unknown", "request-invalid", "channel-half-a-place", None,
        "request-invalid", "phone-invalid", "channel-category-needed", None, "request-invalid",
        "request-invalid",
    ]  # fmt: skip
    assert items[2]["problem"]["errors"][0]["field"] == "source_ref"
    assert office.scalar("SELECT count(*) FROM incident WHERE source_ref LIKE 'B-%'") == 1


def test_a_thousand_at_once_are_taken_and_one_more_is_not(office):
    many = [told(f"C-{k}", lon=WEST + STEP * (k % 40) / 10) for k in range(1000)]
    assert set(outcomes(send(office.desk, *many))) == {"created"}
    refused = office.desk.post(LINE, json={"reports": [*many, told("C-more")]})
    assert (refused.status_code, refused.json()["code"]) == (422, "request-invalid")
    assert office.desk.post(LINE, json={"reports": []}).status_code == 422


def test_under_an_idempotency_key_a_reference_stands_for_one_content(office):
    key = {"Idempotency-Key": "batch-of-monday"}
    assert outcomes(send(office.desk, told("D-1"), told("D-2"), **key)) == ["created"] * 2
    again = send(office.desk, told("D-1"), told("D-2", title="other"), **key)
    assert outcomes(again) == ["known", "refused"]
    assert again[1]["problem"]["code"] == "idempotency-key-reused"


def test_places_come_in_the_callers_system(office):
    x, y = wgs84_to_gcj02([HERE["lon"]], [HERE["lat"]])
    send(office.desk, told("E-1", lon=float(x[0]), lat=float(y[0]), crs="gcj02"))
    found = office.scalar("SELECT grid_code FROM incident WHERE source_ref = 'E-1'")
    assert found == "410102004001001"


def listed(office, http):
    asked = {"jurisdiction": office.town.jurisdiction_id, "limit": 200}
    return http.get("/unlocated-reports", params=asked)


def waiting(office, ref):
    page = listed(office, office.desk).json()
    return next((one for one in page["items"] if one["source_ref"] == ref), None)


def test_without_coordinates_a_report_waits_until_the_desk_places_it(office):
    assert outcomes(send(office.desk, nowhere("F-1", reporter_phone="138 0000 0000"))) == [
        "waiting"
    ]
    assert outcomes(send(office.desk, nowhere("F-1"))) == ["waiting"]
    assert office.desk.get(f"{LINE}/F-1").json()["state"] == "waiting"
    assert listed(office, office.stranger).status_code == 404
    row = waiting(office, "F-1")
    assert row["address"] == "秦岭路 1 号" and row["category"] is None
    path = f"/unlocated-reports/{row['id']}/place"
    assert office.desk.post(path, json=HERE).json()["code"] == "channel-category-needed"
    assert office.stranger.post(path, json={**HERE, "category": "02"}).status_code == 404
    with ThreadPoolExecutor(2) as pool:
        done = list(
            pool.map(
                lambda http: http.post(path, json={**HERE, "category": "02"}),
                (office.desk, office.colleague),
            )
        )
    assert sorted(one.status_code for one in done) in ([201, 201], [201, 409])
    case = next(one.json() for one in done if one.status_code == 201)
    assert office.scalar("SELECT count(*) FROM incident WHERE source_ref = 'F-1'") == 1
    assert office.scalar("SELECT reporter_phone FROM incident WHERE source_ref = 'F-1'") == (
        "13800000000"
    )
    assert waiting(office, "F-1") is None
    state = office.desk.get(f"{LINE}/F-1").json()
    assert (state["state"], state["serial"]) == ("open", case["serial"])
    assert outcomes(send(office.desk, nowhere("F-1"))) == ["known"]


def test_a_report_that_waits_is_placed_when_it_comes_again_with_its_place(office):
    send(office.desk, nowhere("G-1"))
    (placed,) = send(office.desk, told("G-1"))
    assert placed["outcome"] == "created" and waiting(office, "G-1") is None


def test_a_report_that_waits_is_joined_to_a_case_or_refused_and_its_sender_hears(office):
    (first,) = send(office.desk, told("H-1"))
    send(office.desk, nowhere("H-2", reporter_name="李四"), nowhere("H-3"))
    case = office.scalar("SELECT id FROM incident WHERE source_ref = 'H-1'")
    join = f"/unlocated-reports/{waiting(office, 'H-2')['id']}/join"
    assert office.desk.post(join, json={"incident_id": 2**40}).status_code == 404
    assert office.desk.post(join, json={"incident_id": case}).json()["serial"] == first["serial"]
    assert office.desk.post(join, json={"incident_id": case}).status_code == 409
    refuse = f"/unlocated-reports/{waiting(office, 'H-3')['id']}/refuse"
    assert office.desk.post(refuse, json={"reason": "不在本区"}).status_code == 200
    joined, refused = (office.desk.get(f"{LINE}/{ref}").json() for ref in ("H-2", "H-3"))
    assert (joined["state"], joined["joined"], joined["serial"]) == ("open", True, first["serial"])
    assert (refused["state"], refused["result"]) == ("refused", "不在本区")
    # Sent again, even with a place and under a key, neither becomes a second case.
    again = send(office.desk, told("H-2"), told("H-3"), **{"Idempotency-Key": "again-and-again"})
    assert outcomes(again) == ["known", "refused"]
    (shown,) = office.desk.get(f"/incidents/{case}/supplements").json()["items"]
    assert (shown["source_ref"], shown["text"]) == ("H-2", "噪声")
    history = office.desk.get(f"/incidents/{case}").json()["history"]
    assert [step["action"] for step in history][-1] == "supplement"


def changes(office, cursor=None, limit=200):
    query = {"limit": limit} | ({"since": cursor} if cursor else {})
    answer = office.desk.get(LINE, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def from_now(office):
    """A cursor behind all that was committed, once nothing else on this server holds it back."""
    told = (
        "SELECT coalesce(max(transaction_id), 0)"
        " < pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM incident_event"
    )
    wait_until(lambda: office.scalar(told))
    return changes(office)["cursor"]


def settled(office, cursor, count):
    """Wait for the other transactions of this server, which hold back what came after them."""
    wait_until(lambda: len(changes(office, cursor)["items"]) >= count)


def test_changes_since_a_cursor_leave_none_out_and_tell_none_of_others(office):
    cursor = from_now(office)
    assert changes(office, cursor)["items"] == []
    send(office.desk, *(told(f"J-{k}") for k in range(5)))
    send(office.desk, told("J-110"), line="/channels/hotline_110/reports")
    office.desk.post("/incidents", json=REPORT)
    settled(office, cursor, 5)
    refs, more, pages = [], True, 0
    while more:
        page = changes(office, cursor, limit=2)
        refs += [one["source_ref"] for one in page["items"]]
        assert len(page["items"]) <= 2
        cursor, more, pages = page["cursor"], page["more"], pages + 1
    assert (refs, pages) == ([f"J-{k}" for k in range(5)], 3)
    assert changes(office, cursor)["items"] == []
    for bad in ("x", "MTIzfDQ1Ng", "LTF8MQ", "__"):
        answer = office.desk.get(LINE, params={"since": bad})
        assert answer.status_code in (200, 422)
    assert office.desk.get(LINE, params={"since": "!!"}).json()["code"] == "cursor-invalid"


def test_a_change_that_is_committed_late_is_told_after_those_that_were_not(office):
    """A transaction that began before others and ends after them would be passed over by a cursor
    of ids or of times."""
    cursor = from_now(office)
    slow = office.scalar("SELECT id FROM incident WHERE source_ref = 'J-0'")
    with acting(office.engine, "t", action="note") as late:
        late.execute(text("UPDATE incident SET address = '迟' WHERE id = :id"), {"id": slow})
        send(office.desk, told("K-1"))
        early = changes(office, cursor)
        assert early["items"] == []
    settled(office, cursor, 2)
    found = []
    while True:
        page = changes(office, cursor)
        found += [one["source_ref"] for one in page["items"]]
        cursor = page["cursor"]
        if not page["more"]:
            break
    assert found == ["J-0", "K-1"]


def test_a_channel_of_another_district_and_other_roles_see_nothing(office):
    send(office.desk, told("L-1"))
    assert office.stranger.get(f"{LINE}/L-1").status_code == 404
    send(office.desk, nowhere("L-3"))
    theirs = send(office.stranger, told("L-1"), told("L-4"))
    assert outcomes(theirs) == ["refused"] * 2 and not any(one["serial"] for one in theirs)
    assert [one["problem"]["code"] for one in theirs] == ["place-outside-scope"] * 2
    assert office.anybody.get(f"{LINE}/L-1").status_code == 401
    assert office.anybody.post(LINE, json={"reports": [told("L-2")]}).status_code == 401


def test_serials_have_no_gap_whatever_comes_by_whatever_channel_and_fails(office):
    """The desk and two hotlines at once, good and bad ones: no number is left out."""
    from datetime import UTC, datetime, timedelta

    day = (datetime.now(UTC) - timedelta(days=40)).date().isoformat()
    at = f"{day}T04:00:00Z"

    def desk(k):
        bad = {"photo_ids": [2**40]} if k % 3 == 0 else {}
        return office.desk.post("/incidents", json=REPORT | {"reported_at": at, **bad}).status_code

    def line(k):
        channel = ("hotline_12345", "hotline_110")[k % 2]
        reports = [
            told(f"S-{k}", reported_at=at),
            told(f"S-{k}-bad", reported_at=at, category="77"),
            told(f"S-{k // 2}", reported_at=at),
        ]
        send(office.desk, *reports, line=f"/channels/{channel}/reports")
        return 201

    with ThreadPoolExecutor(6) as pool:
        done = [pool.submit((desk, line)[k % 2], k) for k in range(36)]
    assert {one.result() for one in done} == {201, 422}
    with office.engine.connect() as connection:
        serials = connection.scalars(
            text("SELECT serial FROM incident WHERE serial LIKE :day"),
            {"day": f"410102-{day.replace('-', '')}-%"},
        ).all()
    numbers = sorted(int(serial.rsplit("-", 1)[1]) for serial in serials)
    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) > 20


def test_photos_wait_with_a_report_and_go_with_it_to_its_case(office):
    """Whether the desk places it, joins it, or it comes again with its place."""
    refs = ("M-1", "M-2", "M-3")
    sent = [send_photo(office.desk, jpeg(20 + n)).json()["id"] for n in range(4)]
    made = send(office.desk, *(nowhere(ref, photo_ids=[sent[n]]) for n, ref in enumerate(refs)))
    assert outcomes(made) == ["waiting"] * 3
    wrong = send(
        office.desk, nowhere("M-4", photo_ids=[sent[0]]), nowhere("M-5", photo_ids=[2**40]),
        told("M-6", photo_ids=[2**40]), told("M-7", photo_ids=[sent[3]]),
    )  # fmt: skip
    assert outcomes(wrong) == ["refused"] * 3 + ["created"]  # and none of the refused waits
    assert {one["problem"]["code"] for one in wrong[:3]} == {"photo-unknown"}
    rows = {ref: waiting(office, ref) for ref in refs}
    assert [[photo["id"] for photo in rows[ref]["photos"]] for ref in refs] == [
        [one] for one in sent[:3]
    ]
    link = rows["M-1"]["photos"][0]["preview_url"].removeprefix("/api/v1")
    assert office.colleague.get(link).headers["content-type"] == "image/jpeg"
    assert office.stranger.get(link).status_code == 404
    asked = {"category": "0101", **HERE}
    placed = office.desk.post(f"/unlocated-reports/{rows['M-1']['id']}/place", json=asked).json()
    case = office.desk.post("/incidents", json=REPORT).json()["id"]
    join = f"/unlocated-reports/{rows['M-2']['id']}/join"
    assert office.desk.post(join, json={"incident_id": case}).is_success
    (again,) = send(office.desk, told("M-3", photo_ids=[sent[2]]))
    assert again["outcome"] == "created"
    third = office.scalar("SELECT id FROM incident WHERE serial = :serial", serial=again["serial"])
    for number, photo in ((placed["incident_id"], sent[0]), (case, sent[1]), (third, sent[2])):
        (shown,) = office.desk.get(f"/incidents/{number}/photos").json()["items"]
        assert shown["id"] == photo


def test_a_report_may_be_added_to_the_case_that_is_there(office):
    case = office.desk.post("/incidents", json=REPORT).json()
    path = f"/incidents/{case['id']}/supplements"
    photo = send_photo(office.desk, jpeg(5)).json()["id"]
    body = {
        "source": "public_report", "text": "还在那里", "reporter_phone": "１３８—００００—００００",
        "photo_ids": [photo],
    }  # fmt: skip
    key = {"Idempotency-Key": "supplement-1"}
    first = office.desk.post(path, json=body, headers=key)
    again = office.desk.post(path, json=body, headers=key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    other = office.desk.post(path, json=body | {"text": "x"}, headers=key)
    assert other.json()["code"] == "idempotency-key-reused"
    (shown,) = office.desk.get(path).json()["items"]
    assert shown["photo_ids"] == [photo]
    kept = "SELECT reporter_phone FROM supplement WHERE id = :id"
    assert office.scalar(kept, id=shown["id"]) == "13800000000"
    assert office.stranger.get(path).status_code == 404
    assert office.stranger.post(path, json=body).status_code == 404
    bad = office.desk.post(path, json={"source": "patrol", "reporter_phone": "x"})
    assert bad.json()["code"] == "phone-invalid"
    with acting(office.engine, "t") as connection:
        connection.execute(
            text("UPDATE incident SET stage = 'closed', closed_at = now() WHERE id = :id"),
            {"id": case["id"]},
        )
    closed = office.desk.post(path, json={"source": "patrol", "text": "x"})
    assert (closed.status_code, closed.json()["code"]) == (409, "supplement-closed")
