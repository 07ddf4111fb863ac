"""Every reading endpoint finds its incidents by an index, whatever it is asked."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from api.app import create_app
from gis.settings import Settings
from gis.store import incidents
from gis.store.engine import acting
from tests.factories import SOUTH, WEST, inserter, make_town
from tests.signing import sign_in

HERE = {"lon": WEST + 0.001, "lat": SOUTH + 0.001}
SPAN = {"since": "2026-01-01T00:00:00Z", "until": "2030-01-01T00:00:00Z"}
FILTERS = [
    {}, {"status": "open"}, {"status": "closed"}, {"category": "01"}, {"category": "0101"},
    {"severity": 3}, {"grid": "410102004001"}, {"queue": True}, SPAN, {"q": "试验"},
    {"q": "试 验"}, {"q": "00001"}, {"bbox": f"{WEST},{SOUTH},{WEST + 0.01},{SOUTH + 0.01}"},
]  # fmt: skip

DESK_FILTERS = [
    {"stage": "collected"}, {"stage": "dispatched", "status": "open"}, {"stage": "closed"},
    {"source": "sensor"}, {"person": 1}, {"organisation": 1},
    {"due": "overdue"}, {"due": "soon"}, {"due": "none"}, {"marked": "parked"},
    {"marked": "supervised"}, {"mine": True}, {"mine": True, "q": "试验"},
    {"status": "open", "order": "due"}, {"status": "open", "order": "due", "q": "试验"},
]  # fmt: skip


@pytest.fixture
def asked(engine, database_url, tmp_path, monkeypatch):
    """An application with two incidents, and the plans of all that it asks of the database.

    With sequential scans priced out of all proportion, one that is left says that no index fits.
    """
    monkeypatch.setattr(incidents, "READ_FIRST", 1)
    town = make_town(engine)
    with acting(engine, "tests") as connection:
        town.person_ids["department"] = inserter(connection)(
            "organisation", code="410102-D1", kind="department", name_zh="司法局"
        )
    plans: list[tuple[str, dict]] = []

    def explain(_, cursor, statement, parameters, __, ___):
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            with cursor.connection.cursor() as aside:
                aside.execute("SET LOCAL enable_seqscan = off")
                aside.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
                (found,) = aside.fetchone()
                plans.append((statement, found[0]["Plan"]))
                aside.execute("SET LOCAL enable_seqscan = on")

    settings = Settings(data_dir=tmp_path, log_level="ERROR")
    app, signed = create_app(settings, database_url), sign_in(engine)
    with TestClient(app, base_url="http://127.0.0.1", headers=signed) as client:
        for _ in range(2):
            body = {"category": "0101", "title": "试验", "source": "patrol", **HERE}
            assert client.post("/api/v1/incidents", json=body).status_code == 201
        event.listen(client.app.state.services.engine, "before_cursor_execute", explain)
        yield town, client, plans


def nodes(plan: dict):
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def test_no_endpoint_reads_the_incidents_from_end_to_end(asked):
    town, client, plans = asked
    paths = [
        "/api/v1/config", "/api/v1/ready", "/api/v1/jurisdictions", "/api/v1/categories",
        f"/api/v1/plans?jurisdiction={town.jurisdiction_id}", f"/api/v1/plans/{town.plan_id}",
        f"/api/v1/plans/{town.plan_id}/grids", f"/api/v1/grids/{town.grid_ids['410102004001']}",
        "/api/v1/incidents/1", f"/api/v1/route?{urlencode(HERE)}",
    ]  # fmt: skip
    for given in FILTERS:
        query = urlencode({"jurisdiction": town.jurisdiction_id, **given})
        paths.append(f"/api/v1/incidents?limit=1&{query}")
        if "q" not in given:
            paths += [
                f"/api/v1/stats/categories?{query}", f"/api/v1/stats/days?{query}",
                f"/api/v1/hotspots?{query}", f"/heatmaps/incidents?{query}",
            ]  # fmt: skip
    for given in [*DESK_FILTERS, {"organisation": town.person_ids["department"]}]:
        query = urlencode({"jurisdiction": town.jurisdiction_id, **given})
        paths.append(f"/api/v1/incidents?limit=1&{query}")
        if "order" not in given:
            paths += [f"/api/v1/desk/points?{query}", f"/api/v1/desk/count?{query}"]
    for words in ("试验", "00001", "1120-0", "ab"):
        paths.append(f"/api/v1/desk/search?jurisdiction={town.jurisdiction_id}&q={words}")
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.text[:300])
        following = answer.json().get("next") if path.startswith("/api/v1/incidents?") else None
        if following:
            assert client.get(f"{path}&cursor={following}").status_code == 200
    read = 0
    for statement, plan in plans:
        for node in nodes(plan):
            if node.get("Relation Name") in ("incident", "incident_event"):
                read += 1
                assert "Scan" in node["Node Type"]
                assert node["Node Type"] != "Seq Scan", (statement, json.dumps(node, indent=1))
            if node["Node Type"].startswith(("Index", "Bitmap Index")):
                on = node.get("Index Name", "")
                if on[3:].startswith("incident"):
                    assert "Index Cond" in node, (on, statement, json.dumps(node, indent=1)[:600])
    assert read > 3 * len(FILTERS)
