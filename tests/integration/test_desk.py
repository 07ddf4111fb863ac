"""What the desk lists is what was asked for, page by page; views are kept; names are found."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from api.app import create_app
from gis.settings import Settings
from gis.store.engine import acting
from tests.factories import SOUTH, STEP, WEST, inserter, make_town
from tests.signing import make_account, sign_in, token_of

STAGES = ["collected", "registered", "dispatched", "handled", "fed_back", "closed", "evaluated"]
SOURCES = ["patrol", "public_report", "hotline_12345", "sensor"]
NOW = datetime.now(UTC)


@pytest.fixture
def desk(engine, database_url, tmp_path):
    """A town, and a client that may see all of it."""
    town = make_town(engine)
    app, signed = (
        create_app(Settings(data_dir=tmp_path, log_level="ERROR"), database_url),
        sign_in(engine),
    )
    with TestClient(app, base_url="http://127.0.0.1", headers=signed) as client:
        yield town, client


def fill(engine, town) -> tuple[list[dict], int]:
    """150 cases of every kind, and the department of some; written as they would have become."""
    rng, rows = random.Random(11), []
    codes = [code for code in town.grid_ids if len(code) == 15]
    with acting(engine, "tests") as connection:
        department = inserter(connection)(
            "organisation", code="410102-D1", kind="department", name_zh="中原区司法局",
            parent_id=town.jurisdiction_id,
        )  # fmt: skip
        for n in range(150):
            code, stage = rng.choice(codes), rng.choice(STAGES)
            is_open = stage not in ("closed", "evaluated")
            reported = NOW - timedelta(hours=rng.randint(2, 90))
            due = rng.choice([None, -5, -1, 1, 900])
            row = {
                "serial": f"410102-20260{rng.randint(1, 3)}01-{n:05d}", "stage": stage,
                "jurisdiction_id": town.jurisdiction_id, "category_code": "0101",
                "severity": rng.randint(1, 4), "source": rng.choice(SOURCES), "title": f"件{n}",
                "reported_at": reported, "due_at": due and NOW + timedelta(hours=due),
                "closed_at": None if is_open else NOW, "plan_id": town.plan_id,
                "grid_id": town.grid_ids[code], "grid_code": code, "route_rule": "inside",
                "person_id": town.person_ids[code],
                "department_id": department if rng.random() < 0.2 else None,
                "parked_until": NOW if is_open and rng.random() < 0.2 else None,
                "supervised_until": NOW if rng.random() < 0.2 else None,
            }  # fmt: skip
            columns, bound = ", ".join(row), ", ".join(f":{name}" for name in row)
            row["id"] = connection.scalar(
                text(
                    f"INSERT INTO incident ({columns}, location) VALUES ({bound},"
                    " ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)) RETURNING id"
                ),
                {**row, "lon": WEST + rng.random() * STEP, "lat": SOUTH + rng.random() * STEP},
            )
            row["open"] = is_open
            rows.append(row)
    return rows, department


def all_pages(client, query: str, limit: int = 40) -> list[dict]:
    found, cursor = [], ""
    while True:
        answer = client.get(f"/api/v1/incidents?{query}&limit={limit}{cursor}")
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        if answer.json()["next"] is None:
            return found
        cursor = f"&cursor={answer.json()['next']}"


def test_every_filter_gives_its_cases_in_lists_points_and_counts(engine, desk):
    town, client = desk
    rows, department = fill(engine, town)
    person = town.person_ids["410102004002001"]
    community = text("SELECT id FROM organisation WHERE code = '410102004'")
    with engine.connect() as connection:
        sub_district = connection.scalar(community)

    def soon(row):
        left = (row["due_at"] or NOW) - NOW
        return timedelta(0) < left < timedelta(hours=24) and (
            left < (row["due_at"] - row["reported_at"]) * 0.25
        )

    wanted = {
        **{f"stage={one}": (lambda r, s=one: r["stage"] == s) for one in STAGES},
        "source=sensor": lambda r: r["source"] == "sensor",
        f"person={person}": lambda r: r["person_id"] == person,
        f"organisation={department}": lambda r: r["department_id"] == department,
        f"organisation={sub_district}": lambda r: True,
        "due=overdue": lambda r: r["open"] and r["due_at"] and r["due_at"] < NOW,
        "due=soon": lambda r: r["open"] and r["due_at"] and soon(r),
        "due=none": lambda r: r["open"] and r["due_at"] is None,
        "marked=parked": lambda r: r["parked_until"],
        "marked=supervised": lambda r: r["open"] and r["supervised_until"],
        "mine=true": lambda r: False,
        "stage=registered&due=overdue&source=patrol": lambda r: (
            r["stage"] == "registered" and r["source"] == "patrol" and r["due_at"]
            and r["due_at"] < NOW
        ),
    }  # fmt: skip
    for given, matches in wanted.items():
        query = f"jurisdiction={town.jurisdiction_id}&{given}"
        expected = {row["id"] for row in rows if matches(row)}
        listed = [row["id"] for row in all_pages(client, query)]
        assert len(listed) == len(set(listed))
        assert set(listed) == expected, given
        points = client.get(f"/api/v1/desk/points?{query}").json()
        assert [point[0] for point in points["items"]] == listed, given
        assert not points["more"]
        counted = client.get(f"/api/v1/desk/count?{query}&most=10").json()
        assert counted == {"count": min(10, len(expected)), "more": len(expected) > 10}
    assert sum(bool(m(row)) for m in wanted.values() for row in rows) > 300  # something was asked


def test_open_cases_come_by_deadline_and_those_without_one_last(engine, desk):
    town, client = desk
    rows, _ = fill(engine, town)
    query = f"jurisdiction={town.jurisdiction_id}&status=open&order=due"
    never = NOW + timedelta(days=9999)
    expected = sorted(
        (row for row in rows if row["open"]), key=lambda row: (row["due_at"] or never, row["id"])
    )
    for limit in (7, 200):
        assert [one["id"] for one in all_pages(client, query, limit)] == [r["id"] for r in expected]
    assert len(all_pages(client, f"{query}&q=件1")) > 10
    refused = client.get(f"/api/v1/incidents?jurisdiction={town.jurisdiction_id}&order=due")
    assert (refused.status_code, refused.json()["code"]) == (422, "order-needs-open")
    for unknown in ("person=999999", "organisation=999999", "stage=gone", "due=later", "marked=x"):
        answer = client.get(f"/api/v1/incidents?jurisdiction={town.jurisdiction_id}&{unknown}")
        assert answer.status_code == 422, unknown


def test_views_are_their_owners_and_shared_within_the_organisation(engine, desk):
    town, client = desk
    with acting(engine, "tests") as connection:
        other = inserter(connection)(
            "organisation", code="410102005", kind="sub_district", name_zh="绿东村",
            parent_id=town.jurisdiction_id,
        )  # fmt: skip
    mine, colleague, elsewhere = (
        token_of(engine, make_account(engine, "dispatcher", organisation_id=where))
        for where in (town.jurisdiction_id, town.jurisdiction_id, other)
    )
    address = "/api/v1/desk/views"

    def seen(who) -> list[tuple]:
        items = client.get(address, headers=who).json()["items"]
        return [(view["name"], view["own"], view["is_default"]) for view in items]

    def keep(who, name, **more):
        body = {"name": name, "query": "status=all&due=overdue", **more}
        return client.post(address, json=body, headers=who)

    first = keep(mine, "超期", is_default=True).json()
    assert keep(mine, "  超期 ").json()["code"] == "view-name-taken"
    assert keep(colleague, "超期").status_code == 201  # a name is taken for its owner only
    assert keep(mine, "今天", shared=True, is_default=True).status_code == 201
    assert seen(mine) == [("今天", True, True), ("超期", True, False)]  # one default
    assert seen(colleague) == [("超期", True, False), ("今天", False, False)]
    assert seen(elsewhere) == []
    one = f"{address}/{first['id']}"
    for who in (colleague, elsewhere):
        assert client.patch(one, json={"name": "x"}, headers=who).status_code == 404
        assert client.delete(one, headers=who).status_code == 404
    changed = client.patch(one, json={"is_default": True, "query": "q=1"}, headers=mine).json()
    assert [(v["query"], v["is_default"]) for v in changed["items"]] == [
        ("status=all&due=overdue", False), ("q=1", True),
    ]  # fmt: skip
    for wrong in ({"name": " "}, {"name": "x" * 61}, {"query": "q=\n"}, {"query": "x" * 2001}):
        body = {"name": "y", "query": "", **wrong}
        assert client.post(address, json=body, headers=mine).status_code == 422
    assert client.delete(one, headers=mine).status_code == 204
    assert seen(mine) == [("今天", True, False)]
    worker = token_of(engine, make_account(engine, "administrator"))
    assert client.get(address, headers=worker).status_code == 403


def test_one_search_finds_serials_people_grids_departments_and_places(engine, desk):
    town, client = desk
    rows, department = fill(engine, town)
    with acting(engine, "tests") as connection:
        one = inserter(connection)
        person = one("person", name="王敏", phone="13700001111", organisation_id=department)
        for name in ("桐柏路", "秦岭路"):
            connection.execute(
                text(
                    "INSERT INTO street (jurisdiction_id, kind, cls, name_zh, geom) VALUES (:j,"
                    " 'road', 3, :name, ST_MakeLine(ST_SetSRID(ST_MakePoint(:x, :y), 4326),"
                    " ST_SetSRID(ST_MakePoint(:x + 0.01, :y), 4326)))"
                ),
                {"j": town.jurisdiction_id, "name": name, "x": WEST, "y": SOUTH},
            )

    def found(q: str, kind: str) -> list:
        query = {"jurisdiction": town.jurisdiction_id, "q": q, "limit": 20}
        answer = client.get("/api/v1/desk/search", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()[kind]

    case = rows[17]
    for part in (case["serial"], case["serial"][-5:], case["serial"][9:], "件17"):
        assert case["id"] in [row["id"] for row in found(part, "incidents")], part
    for words in ("王敏", "敏", "wangmin", "wm", "Wang Min", "7000011"):
        assert [one["id"] for one in found(words, "people")] == [person], words
    assert found("410102004001", "grids")[0]["level"] == 2
    assert [one["id"] for one in found("司法", "departments")] == [department]
    for words in ("桐柏", "桐柏路12号", "tongbai", "tbl"):
        (place,) = found(words, "places")
        assert place["name"]["zh"] == "桐柏路"
        assert WEST <= place["lon"] <= WEST + 0.01
    for odd in ("%", "_", "'", "\\", "ª", "-", "   .", "x" * 100, "号" * 100):
        found(odd, "places")
