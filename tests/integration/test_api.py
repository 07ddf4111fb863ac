"""The HTTP contract, spoken over a real socket to the real application."""

from __future__ import annotations

import json
import re
import threading
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import Engine, event, text

from gis.store.engine import acting, make_engine
from tests.conftest import module_database
from tests.factories import SOUTH, STEP, WEST, make_town, tie
from tests.server import serving

HERE = {"lon": WEST + STEP / 2, "lat": SOUTH + STEP / 2}
REPORT = {"category": "0101", "title": "试验", "source": "patrol", **HERE}


@pytest.fixture
def town(engine):
    return make_town(engine)


@pytest.fixture
def client(database_url, town, tmp_path):
    with serving(database_url, tmp_path) as base, httpx.Client(base_url=base, timeout=30) as http:
        yield http


@pytest.fixture(scope="module")
def calm_town(maintenance_url, template_database):
    """A town that nothing comes to, for tests that only read and such as are refused."""
    with module_database(maintenance_url, template_database) as url:
        engine = make_engine(url)
        yield url, make_town(engine)
        engine.dispose()


@pytest.fixture(scope="module")
def calm(calm_town, tmp_path_factory):
    url, _ = calm_town
    folder = tmp_path_factory.mktemp("data")
    with serving(url, folder) as base, httpx.Client(base_url=base, timeout=30) as http:
        yield http


@pytest.fixture
def here(calm_town):
    """The calm town's jurisdiction."""
    return calm_town[1].jurisdiction_id


def post(client, **changed):
    return client.post("/api/v1/incidents", json=REPORT | changed)


def test_it_says_that_it_lives_and_is_ready(calm):
    assert calm.get("/api/v1/health").json() == {"status": "ok"}
    ready = calm.get("/api/v1/ready")
    assert (ready.status_code, ready.json()) == (
        200, {"database": True, "schema": True, "plan": True},
    )  # fmt: skip


def test_not_ready_without_a_published_plan(database_url, engine, tmp_path):
    make_town(engine, published=False)
    with serving(database_url, tmp_path) as base:
        answer = httpx.get(f"{base}/api/v1/ready")
        assert (answer.status_code, answer.json()["plan"]) == (503, False)
        refused = httpx.post(f"{base}/api/v1/incidents", json=REPORT)
        assert (refused.status_code, refused.json()["code"]) == (404, "no-published-plan")


def test_jurisdictions_plans_and_grids(calm, calm_town):
    _, town = calm_town
    listed = calm.get("/api/v1/jurisdictions").json()["items"]
    assert [row["code"] for row in listed] == ["410102"]
    assert listed[0]["grids"] == {"1": 1, "2": 4, "3": 16}
    assert listed[0]["bbox"] == pytest.approx([WEST, SOUTH, WEST + 4 * STEP, SOUTH + 4 * STEP])
    plans = calm.get("/api/v1/plans", params={"jurisdiction": town.jurisdiction_id}).json()
    assert [plan["status"] for plan in plans["items"]] == ["published"]
    grids = calm.get(f"/api/v1/plans/{town.plan_id}/grids", params={"level": 3}).json()["items"]
    assert len(grids) == 16
    assert all(grid["lead"]["name"] == f"lead {grid['code']}" for grid in grids)
    one = calm.get(f"/api/v1/grids/{grids[0]['id']}").json()
    assert [link["code"] for link in one["chain"]] == [
        "410102004001001", "410102004001", "410102004",
    ]  # fmt: skip


def test_a_report_is_answered_with_owner_person_and_history(client):
    answer = post(client)
    assert answer.status_code == 201
    case = answer.json()
    assert case["grid"]["code"] == "410102004001001"
    assert case["responsible"]["person"]["phone"]
    assert answer.headers["location"] == f"/api/v1/incidents/{case['id']}"
    shown = client.get(answer.headers["location"]).json()
    # How far off the next grid is, is asked when a case is looked at, unless it is near.
    assert case["edge"] is None
    assert shown["edge"]["near"] is False
    assert {name: shown[name] for name in case if name != "edge"} == {
        name: value for name, value in case.items() if name != "edge"
    }
    assert (shown["departments"], shown["choices"]) == ([], [])


def test_a_case_and_a_point_name_the_departments_of_their_community(client, engine, town):
    now = datetime.now(UTC)
    with acting(engine, "tests") as connection:
        community = town.grid_ids["410102004001"]
        ended = tie(connection, community, "中原区信访局")
        tie(connection, community, "中原区民政局")
        tie(connection, community, "中原区司法局")
        tie(connection, community, "中原区财政局", since=now + timedelta(days=1))
        tie(connection, town.grid_ids["410102004002"], "中原区教育局")
        connection.execute(
            text("UPDATE department_tie SET held = tstzrange(lower(held), now()) WHERE id = :id"),
            {"id": ended},
        )

    def named(answer):
        return [department["name"]["zh"] for department in answer.json()["departments"]]

    case = post(client).headers["location"]
    assert named(client.get(case)) == ["中原区民政局", "中原区司法局"]
    there = client.get("/api/v1/route", params=HERE)
    assert named(there) == ["中原区民政局", "中原区司法局"]
    assert set(there.json()["departments"][0]) == {"id", "code", "name", "since"}
    then = {**HERE, "at": (now - timedelta(days=1)).isoformat()}
    assert named(client.get("/api/v1/route", params=then)) == [
        "中原区信访局", "中原区民政局", "中原区司法局",
    ]  # fmt: skip
    outside = client.get("/api/v1/route", params={"lon": WEST - 1, "lat": SOUTH})
    assert named(outside) == []


def test_taking_in_a_report_does_not_look_for_departments(client, engine):
    asked = []

    def hear(connection, cursor, statement, *_):
        asked.append("department_tie" in statement)

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        case = post(client)
        taken_in = sum(asked)
        client.get(case.headers["location"])
    finally:
        event.remove(Engine, "before_cursor_execute", hear)
    assert (case.status_code, taken_in, sum(asked)) == (201, 0, 1)


def test_the_same_key_again_gives_the_first_incident(client):
    headers = {"Idempotency-Key": "0123456789"}
    first = client.post("/api/v1/incidents", json=REPORT, headers=headers)
    again = client.post("/api/v1/incidents", json=REPORT, headers=headers)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"category": "77"}, 422, "category-unknown"),
        ({"category": "x"}, 422, "request-invalid"),
        ({"title": ""}, 422, "request-invalid"),
        ({"title": "   "}, 422, "request-invalid"),
        ({"title": "a\x00b"}, 422, "request-invalid"),
        ({"title": ["a"]}, 422, "request-invalid"),
        ({"reported_at": "0001-01-01T00:00:00Z"}, 422, "request-invalid"),
        ({"lat": 99}, 422, "coordinates-invalid"),
        ({"crs": "moon"}, 422, "crs-unknown"),
        ({"severity": 9}, 422, "request-invalid"),
        ({"reported_at": "2150-01-01T00:00:00Z"}, 422, "reported-in-future"),
        ({"reported_at": "2020-01-01T00:00:00"}, 422, "request-invalid"),
    ],
)
def test_errors_are_problem_json_in_both_languages(calm, changed, status, code):
    seen = set()
    for language in ("zh-CN", "en"):
        answer = calm.post(
            "/api/v1/incidents", json=REPORT | changed, headers={"Accept-Language": language}
        )
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        body = answer.json()
        assert body["code"] == code
        assert body["request_id"] == answer.headers["x-request-id"]
        assert body["detail"] != code
        seen.add(body["detail"])
    assert len(seen) == 2


@pytest.mark.parametrize(
    "path",
    ["/api/v1/incidents/999", "/api/v1/plans/999", "/api/v1/grids/999", "/api/v1/imports/999",
     "/api/v1/nothing", "/api/v1/incidents/99999999999999999999"],
)  # fmt: skip
def test_what_is_not_there_is_a_problem_too(calm, path):
    answer = calm.get(path)
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_list_is_newest_first_and_pages_lose_nothing(client, town):
    start = datetime.now(UTC) - timedelta(days=3)
    made = []
    for number in range(23):
        at = (start + timedelta(hours=number // 3)).isoformat()
        made.append(post(client, reported_at=at, title=f"第{number}件").json()["id"])
    seen, cursor = [], None
    while True:
        page = client.get(
            "/api/v1/incidents",
            params={"jurisdiction": town.jurisdiction_id, "limit": 5}
            | ({"cursor": cursor} if cursor else {}),
        ).json()
        seen += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert sorted(row["id"] for row in seen) == sorted(made)
    assert [row["reported_at"] for row in seen] == sorted(
        (row["reported_at"] for row in seen), reverse=True
    )


def test_filters_narrow_the_list(client, town):
    post(client, title="消防通道堵塞", category="0101", severity=4)
    post(client, title="违法加建", category="03")
    post(client, title="在外面", category="03", lon=WEST - 1)

    def titles(**wanted):
        answer = client.get(
            "/api/v1/incidents", params={"jurisdiction": town.jurisdiction_id, **wanted}
        )
        return {row["title"] for row in answer.json()["items"]}

    assert titles(category="01") == {"消防通道堵塞"}
    assert titles(category="0101") == {"消防通道堵塞"}
    assert titles(severity=4) == {"消防通道堵塞"}
    assert titles(q="加建") == {"违法加建"}
    assert titles(q="%") == set()
    assert titles(queue=True) == {"在外面"}
    assert titles(grid="410102004001") == {"消防通道堵塞", "违法加建"}
    assert titles(bbox=f"{WEST},{SOUTH},{WEST + STEP},{SOUTH + STEP}") == {
        "消防通道堵塞", "违法加建",
    }  # fmt: skip
    assert titles(status="closed") == set()
    assert titles(until="2020-01-01T00:00:00Z") == set()


@pytest.mark.parametrize("bad", ["1,2,3", "a,b,c,d", "10,10,5,5", "-999,0,0,1"])
def test_a_bad_extent_is_named(calm, here, bad):
    answer = calm.get("/api/v1/incidents", params={"jurisdiction": here, "bbox": bad})
    assert (answer.status_code, answer.json()["code"]) == (422, "bbox-invalid")


@pytest.mark.parametrize(
    "query", ["q=%00", "since=0001-01-01T00:00:00Z", "until=9999-12-31T23:59:59Z", "since=nonsense"]
)
@pytest.mark.parametrize("path", ["incidents", "stats/categories", "stats/days", "hotspots"])
def test_odd_windows_and_words_are_refused_in_the_reader_s_language(calm, here, path, query):
    answer = calm.get(
        f"/api/v1/{path}?jurisdiction={here}&{query}",
        headers={"Accept-Language": "zh-CN"},
    )
    assert answer.status_code == 422
    messages = [error["message"] for error in answer.json()["errors"]]
    assert messages
    assert not any(re.search("[A-Za-z]{4,}", m.replace("/api/docs", "")) for m in messages)


def test_a_report_from_before_the_plan_belongs_to_the_plan_in_force(client):
    case = post(client, reported_at="2001-01-01T00:00:00Z").json()
    assert case["grid"]["code"] == "410102004001001"


def test_counts_agree_with_the_list(client, town):
    for category in ("0101", "01", "03"):
        post(client, category=category)
    wanted = {"jurisdiction": town.jurisdiction_id}
    counts = client.get("/api/v1/stats/categories", params=wanted).json()
    assert {row["category"]: row["found"] for row in counts["items"]} == {"01": 2, "03": 1}
    assert counts["total"] == {"found": 3, "closed": 0, "open": 3}
    days = client.get("/api/v1/stats/days", params=wanted).json()["items"]
    assert sum(row["found"] for row in days) == 3


def test_a_script_in_a_title_stays_text(client, town):
    title = "<script>alert(1)</script>"
    case = post(client, title=title).json()
    assert case["title"] == title
    page = client.get(
        "/heatmaps/incidents", params={"jurisdiction": town.jurisdiction_id, "lang": "zh-CN"}
    )
    assert page.status_code == 200
    assert title not in page.text


def test_live_events_tell_of_a_new_incident(client, town):
    told = threading.Event()
    seen = []

    def listen():
        with httpx.stream("GET", f"{client.base_url}/api/v1/events", timeout=30) as stream:
            for line in stream.iter_lines():
                seen.append(line)
                if line == "event: hello":
                    told.set()
                if line.startswith("data:") and "试验" in line:
                    return

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    assert told.wait(20)
    case = post(client).json()
    thread.join(20)
    assert not thread.is_alive()
    data = json.loads(seen[-1].removeprefix("data: "))
    assert (data["id"], data["change"]) == (case["id"], "created")


def test_the_interface_describes_itself_offline(calm):
    described = calm.get("/api/openapi.json").json()
    assert "/api/v1/incidents" in described["paths"]
    page = calm.get("/api/docs")
    assert page.status_code == 200
    assert "http" not in page.text.replace("<!doctype html>", "")


def test_pages_may_fetch_from_their_own_origin_only(calm):
    policy = calm.get("/api/v1/health").headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy


def test_metrics_count_requests(calm):
    calm.get("/api/v1/health")
    calm.get("/api/v1/incidents/7/trace")
    calm.get("/nowhere/at/all")
    told = calm.get("/metrics").text
    for address in ("/api/v1/health", "/api/v1/incidents/{incident_id}/trace", "none"):
        assert f'handler="{address}"' in told
    assert "/nowhere" not in told and 'handler="/metrics"' not in told
