"""Ways around the own tree that somebody might try, and who reported."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import mapbox_vector_tile
import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from api.app import create_app
from gis.settings import Settings
from gis.store.engine import make_engine
from tests.conftest import module_database
from tests.integration.two_districts import GRIDS, SEEN, City, make_city, place_of, sign_in_all
from tiles.address import cell_of

REPORT = {"category": "0101", "title": "试验", "source": "patrol"}


@pytest.fixture(scope="module")
def engine(maintenance_url: str, template_database: str) -> Iterator[Engine]:
    with module_database(maintenance_url, template_database) as url:
        made = make_engine(url)
        yield made
        made.dispose()


@pytest.fixture(scope="module")
def city(engine: Engine) -> City:
    made = make_city(engine)
    sign_in_all(engine, made)
    return made


@pytest.fixture(scope="module")
def client(
    engine: Engine, city: City, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    url = engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data_dir=tmp_path_factory.mktemp("data"), log_level="CRITICAL"), url)
    with TestClient(app) as opened:
        yield opened


def listed(client: TestClient, city: City, who: str, **query: Any) -> set[int]:
    query = {"jurisdiction": city.organisations["410102"], **query}
    answer = client.get("/api/v1/incidents", params=query, headers=city.headers[who])
    assert answer.status_code == 200, answer.text
    return {row["id"] for row in answer.json()["items"]}


def count_on_tiles(client: TestClient, city: City, who: str, zoom: int) -> int:
    """How many incidents the tiles of all grids show somebody."""
    cells = {cell_of(*place_of(code), zoom) for code in GRIDS}
    found = 0
    for x, y in cells:
        answer = client.get(f"/tiles/incidents/{zoom}/{x}/{y}.mvt", headers=city.headers[who])
        assert answer.status_code in (200, 204)
        if answer.content:
            features = mapbox_vector_tile.decode(answer.content)["incidents"]["features"]
            found += sum(one["properties"].get("count", 1) for one in features)
    return found


@pytest.mark.parametrize("who", ["city", "district", "other", "sub_district", "worker"])
def test_tiles_at_every_zoom_show_what_the_list_shows(
    client: TestClient, city: City, who: str
) -> None:
    """Asked in turn, so that a tile kept for one would be given to the next."""
    in_grids = {name for name in SEEN[who] if not name.startswith("queue-")}
    # What lies off all grids, a degree away, is on the same tile only when that is large.
    for zoom, seen in ((6, SEEN[who]), (12, in_grids), (16, in_grids)):
        assert count_on_tiles(client, city, who, zoom) == len(seen), zoom


@pytest.mark.parametrize("who", ["city", "district", "sub_district", "community", "worker"])
def test_lists_and_counts_hold_the_own_alone(client: TestClient, city: City, who: str) -> None:
    own = {city.incidents[name] for name in SEEN[who] if "410103" not in name}
    assert listed(client, city, who) == own
    query = {"jurisdiction": city.organisations["410102"]}
    answer = client.get("/api/v1/stats/grids", params=query, headers=city.headers[who])
    if who == "worker":
        assert answer.status_code == 403
    else:
        assert sum(row["found"] for row in answer.json()["items"]) == len(own)


def test_a_grid_of_the_neighbour_is_none_that_may_be_asked_for(
    client: TestClient, city: City
) -> None:
    query = {"jurisdiction": city.organisations["410102"], "grid": "410102005"}
    for path in ("incidents", "stats/grids", "stats/days", "hotspots"):
        answer = client.get(f"/api/v1/{path}", params=query, headers=city.headers["sub_district"])
        assert (answer.status_code, answer.json()["code"]) == (422, "grid-code-unknown"), path


def test_a_cursor_of_another_s_list_opens_nothing(client: TestClient, city: City) -> None:
    query = {"jurisdiction": city.organisations["410103"], "limit": 1}
    page = client.get("/api/v1/incidents", params=query, headers=city.headers["other"]).json()
    assert page["next"]
    found = listed(client, city, "sub_district", cursor=page["next"])
    assert found <= {city.incidents[name] for name in SEEN["sub_district"]}


def report(client: TestClient, city: City, who: str, grid: str, **more: Any) -> Any:
    lon, lat = place_of(grid)
    headers = city.headers[who] | more.pop("headers", {})
    body = REPORT | {"lon": lon, "lat": lat} | more
    return client.post("/api/v1/incidents", json=body, headers=headers)


def test_reports_stay_in_the_own_district(client: TestClient, city: City) -> None:
    for who in ("district", "sub_district", "worker"):
        refused = report(client, city, who, "410103001001001")
        assert (refused.status_code, refused.json()["code"]) == (422, "place-outside-scope")
    # Whoever is on the ground may report anywhere in it, and sees what became of it.
    made = report(client, city, "worker", "410102005001001")
    assert made.status_code == 201
    seen = client.get(f"/api/v1/incidents/{made.json()['id']}", headers=city.headers["worker"])
    assert seen.status_code == 200


def test_another_s_reference_or_key_tells_nothing(client: TestClient, city: City) -> None:
    given = {"source": "hotline_12345", "source_ref": "ref-410103001001001"}
    answer = report(client, city, "district", "410102004001001", **given)
    assert answer.status_code == 201  # each district's numbers are its own
    assert "410103" not in answer.text
    hidden = {"source": "hotline_12345", "source_ref": "ref-410102005001001"}
    answer = report(client, city, "sub_district", "410102004001001", **hidden)
    assert (answer.status_code, answer.json()["code"]) == (409, "source-ref-elsewhere")
    assert "410102005" not in answer.text
    own = {"source": "hotline_12345", "source_ref": "ref-410102004001001"}
    assert report(client, city, "district", "410102004001001", **own).status_code == 200
    key = {"Idempotency-Key": "the-same-key-of-two"}
    first = report(client, city, "other", "410103001001001", headers=key)
    second = report(client, city, "district", "410102004001001", headers=key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] != second.json()["id"]


@pytest.mark.parametrize(
    "hostile",
    ["x'; RESET ROLE; --", "x'); SET ROLE postgres; --", "wangge.scope_own = '*'", "{1,2,3}"],
)
def test_text_stays_text(client: TestClient, city: City, hostile: str) -> None:
    own = {city.incidents[name] for name in SEEN["sub_district"]}
    assert listed(client, city, "sub_district", q=hostile) <= own
    headers = {"X-Wangge-Scope": hostile, "wangge.scope_own": "*", "Accept-Language": hostile}
    answer = client.get(
        f"/api/v1/incidents/{city.incidents['410103001001001']}",
        headers=city.headers["sub_district"] | headers,
    )
    assert answer.status_code == 404


def test_no_id_tells_whether_something_is_there(client: TestClient, city: City) -> None:
    """Another's and nobody's answer alike, but for the number."""
    hidden, none = city.incidents["410103001001001"], 10**9
    for path in ("", "/trace", "/photos", "/supplements"):
        told = [
            client.get(f"/api/v1/incidents/{one}{path}", headers=city.headers["district"])
            for one in (hidden, none)
        ]
        assert [answer.status_code for answer in told] == [404, 404], path
        bodies = [answer.json() for answer in told]
        assert bodies[0]["code"] == bodies[1]["code"]
        assert bodies[0]["detail"].replace(str(hidden), "#") == bodies[1]["detail"].replace(
            f"{none}", "#"
        )


def test_who_reported_is_masked_and_each_unmasking_is_written_down(
    client: TestClient, engine: Engine, city: City
) -> None:
    of = city.incidents["410102004001001"]
    masks = {
        "district/dispatcher": {"name": "张**", "phone": "138****5678"},
        "worker": {"name": "张**", "phone": "138****5678"},
        "district/leader": {"name": None, "phone": None},
        "district/planner": {"name": None, "phone": None},
    }
    for who, shown in masks.items():
        answer = client.get(f"/api/v1/incidents/{of}", headers=city.headers[who])
        assert answer.json()["reporter"] == shown, who
        assert "13812345678" not in answer.text and "张三丰" not in answer.text
    path = f"/api/v1/incidents/{of}/reporter"
    asked = {"reason": "回访核实"}
    told = client.post(path, json=asked, headers=city.headers["district/dispatcher"])
    assert told.json() == {"name": "张三丰", "phone": "13812345678", "supplements": []}
    for who in ("district/leader", "district/planner", "department"):
        assert client.post(path, json=asked, headers=city.headers[who]).status_code == 403
    assert client.post(path, json={}, headers=city.headers["worker"]).status_code == 422
    hidden = f"/api/v1/incidents/{city.incidents['410103001001001']}/reporter"
    refused = client.post(hidden, json=asked, headers=city.headers["district/dispatcher"])
    assert refused.status_code == 404
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT subject, detail FROM audit_entry WHERE action = 'reporter-reveal'")
        ).all()
    assert [(row.subject, row.detail["reason"]) for row in rows] == [(f"incident {of}", "回访核实")]
