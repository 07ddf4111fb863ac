"""What the HTTP interface refuses, in words: nothing is silently empty, and nothing is a 500."""

from __future__ import annotations

import base64
import re
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy.engine import make_url

from gis.incidents.plain_text import clean_line, clean_text
from gis.store.cluster import create_database
from gis.store.engine import make_engine
from tests.factories import SOUTH, STEP, WEST, make_town
from tests.server import serving

HERE = {"lon": WEST + STEP / 2, "lat": SOUTH + STEP / 2}
REPORT = {"category": "0101", "title": "试验", "source": "patrol", **HERE}
LISTS = ("incidents", "stats/categories", "stats/days", "hotspots")
INVISIBLE = "\u200b\u200d\ufeff\u00a0\u3000\u3164\u115f\u2800\u00ad\u202e\u2066\U000e0041"


@pytest.fixture(scope="module")
def database(maintenance_url, template_database):
    """A database that the tests of this module share: refusals leave nothing behind."""
    name = f"wangge_test_{uuid.uuid4().hex[:12]}"
    create_database(maintenance_url, name, template_database)
    url = make_url(maintenance_url).set(database=name).render_as_string(hide_password=False)
    engine = make_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def town(database):
    return make_town(database)


@pytest.fixture(scope="module")
def client(database, town, tmp_path_factory):
    url = database.url.render_as_string(hide_password=False)
    with (
        serving(url, tmp_path_factory.mktemp("data")) as base,
        httpx.Client(base_url=base, timeout=30, headers={"Accept-Language": "zh-CN"}) as http,
    ):
        yield http


def post(client, key=None, **changed):
    headers = {"Idempotency-Key": key} if key is not None else {}
    return client.post("/api/v1/incidents", json=REPORT | changed, headers=headers)


def latin(text):
    """Words of another language than Chinese, apart from what is quoted from the interface."""
    for known in ("/api/docs", "true", "false", "JSON"):
        text = text.replace(known, "")
    return re.findall("[A-Za-z]{2,}", text)


def test_a_key_stands_for_one_body(client):
    key = "0f5c-a1b2-c3d4"
    first, again, other = (
        post(client, key), post(client, key), post(client, key, title="另一件"),
    )  # fmt: skip
    assert [answer.status_code for answer in (first, again, other)] == [201, 200, 422]
    assert again.json() == first.json()
    assert other.json()["code"] == "idempotency-key-reused"
    assert post(client, f'"{key}"').json()["id"] == first.json()["id"]
    # However the same body is written down.
    lon, lat = HERE["lon"], HERE["lat"]
    body = (
        f'{{"lat": {lat!r}, "lon": {lon!r}, "crs": "EPSG:4326", "source": "patrol",'
        ' "category": "0101", "severity": null, "title": " \\u8bd5\\u9a8c "}'
    )
    spelt = client.post(
        "/api/v1/incidents", content=body,
        headers={"Idempotency-Key": key, "Content-Type": "application/json"},
    )  # fmt: skip
    assert (spelt.status_code, spelt.json()["id"]) == (200, first.json()["id"])


def test_keys_and_references_do_not_meet(client):
    one = post(client, "0f5c-a1b2-c3d4").json()
    other = post(client, source_ref="key:0f5c-a1b2-c3d4")
    assert (other.status_code, other.json()["id"] != one["id"]) == (201, True)
    # A known reference under a new key is the same incident; the key then stands for it.
    again = post(client, "11111111", source_ref="key:0f5c-a1b2-c3d4")
    assert (again.status_code, again.json()["id"]) == (200, other.json()["id"])
    assert post(client, "11111111", title="另一件").status_code == 422


def test_many_at_once_under_few_keys_make_few_incidents(client, town):
    def send(number):
        changed = {"title": f"第{number % 10}件", "category": "03"}
        return post(client, f"key-{number % 5:08d}", **changed).status_code

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(send, range(60)))
    # Each key was sent with two bodies, six times each: one body won.
    assert sorted(set(statuses)) == [200, 201, 422]
    assert (statuses.count(201), statuses.count(200), statuses.count(422)) == (5, 25, 30)
    wanted = {"jurisdiction": town.jurisdiction_id, "limit": 200}
    listed = client.get("/api/v1/incidents", params=wanted).json()["items"]
    assert sum(row["category"]["code"] == "03" for row in listed) == 5
    numbers = sorted(int(row["serial"][-5:]) for row in listed)
    assert numbers == list(range(1, len(listed) + 1))


def test_one_bad_report_does_not_hold_up_those_that_come_with_it(client):
    bodies = [{}, {"category": "77"}, {"lat": 89.0}, {"crs": "moon"}] * 10

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(lambda changed: post(client, **changed).status_code, bodies))
    assert statuses == [201, 422, 422, 422] * 10


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("query", "status", "code", "field"),
    [
        ("jurisdiction=999", 404, "jurisdiction-not-found", "jurisdiction"),
        ("jurisdiction=x", 422, "request-invalid", "jurisdiction"),
        ("jurisdiction=-1", 422, "request-invalid", "jurisdiction"),
        ("", 422, "request-invalid", "jurisdiction"),
        ("{j}&category=99", 422, "category-unknown", "category"),
        ("{j}&category=0199", 422, "category-unknown", "category"),
        ("{j}&category=1", 422, "request-invalid", "category"),
        ("{j}&grid=410102999", 422, "grid-code-unknown", "grid"),
        ("{j}&grid=nowhere", 422, "request-invalid", "grid"),
        ("{j}&severity=5", 422, "request-invalid", "severity"),
        ("{j}&status=lost", 422, "request-invalid", "status"),
        ("{j}&queue=perhaps", 422, "request-invalid", "queue"),
        (
            "{j}&since=2026-02-01T00:00:00Z&until=2026-01-01T00:00:00Z",
            422, "window-reversed", "until",
        ),
        ("{j}&since=5", 422, "request-invalid", "since"),
        ("{j}&until=2026-13-01T00:00:00Z", 422, "request-invalid", "until"),
        ("{j}&bbox=1,2,3", 422, "bbox-invalid", "bbox"),
    ],
)  # fmt: skip
def test_what_does_not_exist_is_said_so_and_named(client, town, path, query, status, code, field):
    query = query.format(j=f"jurisdiction={town.jurisdiction_id}")
    answer = client.get(f"/api/v1/{path}?{query}")
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code)
    assert [error["field"] for error in body["errors"]] == [field]
    assert not latin(body["errors"][0]["message"].replace("/api/v1/plans", "").replace(
        "/api/v1/categories", "").replace("until", "").replace("since", "").replace("/grids", "")
        .replace("open", "").replace("closed", "").replace("all", "")
        .replace("T00:00:00", ""))  # fmt: skip


def cursor(text):
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=201", "limit=x", "cursor=*", "cursor=eA", f"cursor={cursor('2026-01-01|1')}",
     f"cursor={cursor('2026-01-01T00:00:00+00:00|99999999999999999999')}",
     f"cursor={cursor('2026-01-01T00:00:00+00:00|-1')}", "cursor=" + "a" * 300],
)  # fmt: skip
def test_pages_are_asked_for_properly(client, town, query):
    answer = client.get(f"/api/v1/incidents?jurisdiction={town.jurisdiction_id}&{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == query.split("=")[0]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/plans?jurisdiction=999", 404),
        ("/api/v1/plans/{plan}/grids?level=4", 422),
        ("/api/v1/plans/{plan}/grids?level=0", 422),
        ("/api/v1/plans/999/grids", 404),
        ("/api/v1/grids/0", 422),
        ("/api/v1/route?lon=999&lat=0", 422),
        ("/api/v1/route?lon=nan&lat=0", 422),
        ("/api/v1/route?lon=inf&lat=inf", 422),
        ("/api/v1/route?lon=1&lat=89", 422),
        ("/api/v1/route?lon=1", 422),
        ("/api/v1/route?lon=113.6&lat=34.7&crs=moon", 422),
        ("/api/v1/route?lon=113.6&lat=34.7&at=20261121", 422),
        ("/heatmaps/incidents?jurisdiction=999", 404),
        ("/heatmaps/incidents?jurisdiction={j}&style=cube", 422),
        ("/tiles/nothing/1/1/1.mvt", 404),
        ("/tiles/grids_3.json?plan=999", 404),
    ],
)
def test_every_other_question_is_judged_too(client, town, path, status):
    answer = client.get(path.format(plan=town.plan_id, j=town.jurisdiction_id))
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    styles = re.compile("heat|hexagon|grid|cluster")  # the words that are asked for
    assert all(not latin(styles.sub("", error["message"]))
               for error in answer.json().get("errors", []))  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"lon": True}, "lon"),
        ({"lon": "113.6"}, "lon"),
        ({"lon": None}, "lon"),
        ({"lat": [34.7]}, "lat"),
        ({"severity": True}, "severity"),
        ({"severity": "3"}, "severity"),
        ({"severity": 2.5}, "severity"),
        ({"title": INVISIBLE}, "title"),
        ({"title": "\u200b"}, "title"),
        ({"title": "\u3164\u3164"}, "title"),
        ({"title": "长" * 201}, "title"),
        ({"title": "\x00"}, "title"),
        ({"title": 5}, "title"),
        ({"source": "rumour"}, "source"),
        ({"source_ref": " "}, "source_ref"),
        ({"reported_at": 5}, "reported_at"),
        ({"reported_at": True}, "reported_at"),
        ({"reported_at": "5"}, "reported_at"),
        ({"reported_at": "2026-02-30T00:00:00Z"}, "reported_at"),
        ({"reported_at": "2026-02-03"}, "reported_at"),
        ({"titel": "x"}, "titel"),
        ({"crs": "x" * 41}, "crs"),
        ({"category": 101}, "category"),
    ],
)
def test_bodies_are_taken_at_their_word(client, changed, field):
    answer = post(client, **changed)
    body = answer.json()
    assert (answer.status_code, body["code"]) == (422, "request-invalid")
    assert [error["field"] for error in body["errors"]] == [field]
    message = body["errors"][0]["message"]
    if field != "source":
        assert not latin(message.replace("T08:00:00", ""))
    else:
        assert " or " not in message
        assert "、" in message


@pytest.mark.parametrize("body", ["", "nonsense", "[]", "5", "null", '{"title": "\\ud800"}'])
def test_what_is_no_report_at_all_is_refused_in_chinese(client, body):
    answer = client.post(
        "/api/v1/incidents", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert not any(latin(error["message"]) for error in answer.json()["errors"])


def test_text_that_turns_the_text_around_it_is_kept_straight(client):
    case = post(
        client, title="\u200b 甲\u202e乙\u2066丙\n丁\x1b[31m \u3164", description="一\n二\u202a"
    ).json()
    assert case["title"] == "甲乙丙 丁 [31m"
    assert case["description"] == "一\n二"


def test_letters_of_other_scripts_and_emoji_stay_whole():
    for text in ("نەزەر", "é\u0301", "👨\u200d👩\u200d👧", "\u0e01\u0e34", "一二"):
        assert clean_line(text) == clean_text(text) == text


@pytest.mark.parametrize("key", ["short", "a" * 201, '""""""""', "x\ty567890", '"      "'])
def test_a_key_that_is_none_is_refused(client, key):
    assert post(client, key).status_code == 422


def test_head_is_answered_wherever_get_is(client, town):
    case = post(client).json()["id"]
    for path in (
        "/", "/metrics", "/api/docs", "/api/openapi.json", "/api/v1/health", "/api/v1/ready",
        "/api/v1/config", "/api/v1/jurisdictions", "/api/v1/categories",
        f"/api/v1/incidents/{case}", "/api/v1/incidents/999",
        f"/api/v1/incidents?jurisdiction={town.jurisdiction_id}",
        f"/api/v1/stats/days?jurisdiction={town.jurisdiction_id}", "/dispatch", "/nothing",
        f"/api/v1/plans/{town.plan_id}/grids", "/tiles/grids_3.json",
        f"/heatmaps/incidents?jurisdiction={town.jurisdiction_id}",
    ):  # fmt: skip
        head, whole = client.head(path), client.get(path)
        assert head.status_code == whole.status_code, path
        assert head.headers.get("content-type") == whole.headers.get("content-type"), path
        assert head.content == b""
    # A stream has a head too, and does not keep the connection.
    assert client.head("/api/v1/events").headers["content-type"].startswith("text/event-stream")
    assert client.get("/api/v1/health").status_code == 200


def test_an_address_says_what_it_takes(client):
    options = client.options("/api/v1/incidents")
    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, POST, OPTIONS")
    assert client.options("/api/v1/health").headers["allow"] == "GET, HEAD, OPTIONS"
    assert client.options("/api/v1/nothing").status_code == 404
    assert "access-control-allow-origin" not in options.headers
    refused = client.delete("/api/v1/incidents")
    assert (refused.status_code, refused.json()["code"]) == (405, "http-405")
    assert refused.headers["allow"] == "GET, HEAD, POST, OPTIONS"


def test_a_body_beyond_its_limit_is_refused_announced_or_not(client):
    long = REPORT | {"description": "长" * 400_000}

    def pieces():
        for _ in range(40):
            yield b" " * 65_536

    for answer in (
        client.post("/api/v1/incidents", json=long),
        client.post(
            "/api/v1/incidents", content=pieces(), headers={"Content-Type": "application/json"}
        ),
    ):
        assert answer.status_code == 413
        assert answer.json()["code"] == "http-413" and "1 MB" in answer.json()["detail"]
    assert post(client, key=str(uuid.uuid4())).status_code == 201
