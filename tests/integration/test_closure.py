"""Closure figures end to end: counted from rows, equal to the lists behind them, never gamed."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from gis.store.engine import acting, make_engine
from gis.workflows.publishing import publish_plan
from tests.conftest import module_database
from tests.factories import SOUTH, STEP, WEST, Town, make_draft, make_town, redrawn, tie
from tests.integration.closure_help import (
    COUNTING,
    DAY,
    FIGURES,
    NOW,
    SINCE,
    UNTIL,
    app_of,
    figures,
    listed,
    random_cases,
    rows_of,
    write_cases,
)
from tests.signing import sign_in

BY = ("category", "subcategory", "level1", "level2", "level3", "organisation", "department",
      "source")  # fmt: skip
# By what each kind of row is asked for again.
PARAMETER = {
    "category": "category", "subcategory": "category", "level1": "grid", "level2": "grid",
    "level3": "grid", "organisation": "body", "department": "department", "source": "source",
    "person": "responsible",
}  # fmt: skip


@pytest.fixture(scope="module")
def many(maintenance_url: str, template_database: str) -> Iterator[tuple[Engine, Town]]:
    """A town with 500 cases of every kind, and a plan that came into force after them."""
    with module_database(maintenance_url, template_database) as url:
        engine = make_engine(url)
        town = make_town(engine)
        with acting(engine, "tests") as connection:
            for number in (1, 2):
                tie(connection, town.grid_ids["410102004001"], f"部门{number}")
            departments = list(
                connection.scalars(text("SELECT id FROM organisation WHERE kind = 'department'"))
            )
        write_cases(engine, town, random_cases(random.Random(7), town, departments, 500))
        yield engine, town
        engine.dispose()


@pytest.fixture(scope="module")
def client(many: tuple[Engine, Town], tmp_path_factory: Any) -> Iterator[TestClient]:
    with app_of(many[0], tmp_path_factory.mktemp("data")) as opened:
        yield opened


def test_figures_are_those_of_the_rows(client, many):
    engine, town = many
    rows = [row for row in rows_of(engine) if row["dismissed"] is None]
    key_of = {
        "category": lambda row: row["top_category"],
        "subcategory": lambda row: row["category_code"],
        "level1": lambda row: (row["grid_code"] or "")[:9],
        "level2": lambda row: (row["grid_code"] or "")[:12],
        "level3": lambda row: row["grid_code"] or "",
        "department": lambda row: str(row["department_id"] or ""),
        "person": lambda row: str(row["person_id"] or ""),
        "source": lambda row: row["source"],
    }
    for by, key in key_of.items():
        told = figures(client, town, by)
        for name, counts in COUNTING.items():
            expected = Counter(key(row) for row in rows if counts(row, SINCE, UNTIL, NOW))
            found = {item["key"] or "": item[name] for item in told["items"] if item[name]}
            assert found == expected, (by, name)
            assert told["total"][name] == expected.total()
        for item in [*told["items"], told["total"]]:
            due = item["due"]
            assert item["closure"]["rate"] == (item["closed"] / due if due else None)
            assert item["on_time_rate"]["rate"] == (item["on_time"] / due if due else None)


def test_each_number_has_as_many_cases_behind_it(client, many):
    """For every kind of row, on the boundaries of then and of today, with other filters on top."""
    _, town = many
    rng = random.Random(11)
    more = ({}, {"severity": 2}, {"category": "01"}, {"source": "sensor"}, {"since": None},
            {"until": None}, {"as_of": NOW - 9 * DAY})  # fmt: skip
    for by in (*BY, "person"):
        narrowed = rng.choice(more)
        if PARAMETER[by] in narrowed:
            narrowed = {}
        boundaries = rng.choice(("then", "now"))
        told = figures(client, town, by, boundaries=boundaries, **narrowed)
        at = {"as_of": told["as_of"], "boundaries": boundaries} | narrowed
        for item in rng.sample(told["items"], min(3, len(told["items"]))):
            key = item["key"]
            behind = {PARAMETER[by]: key if key is not None else 0}
            if key is None and PARAMETER[by] == "grid":
                behind = {"queue": True}
            if by == "subcategory":
                behind["exact"] = True
            for name in FIGURES:
                ids = listed(client, town, name, **at | behind)
                assert len(ids) == item[name], (by, key, name, at)
        for name in ("resting", "undated", "rejected", "merged"):
            assert len(listed(client, town, name, **at)) == told["beside"][name]


@pytest.mark.parametrize("by", ["day", "week", "month"])
def test_periods_add_up_and_lead_to_their_cases(client, many, by):
    _, town = many
    told = figures(client, town, by)
    items, total = told["items"], told["total"]
    for name in ("found", "due", "closed", "on_time", "reopened"):
        assert sum(item[name] for item in items) == total[name]
    assert items[0]["since"] == told["items"][0]["since"]
    assert datetime.fromisoformat(items[0]["since"]) == SINCE
    assert datetime.fromisoformat(items[-1]["until"]) == UNTIL
    for before, after in pairwise(items):
        assert before["until"] == after["since"]
    busiest = max(items, key=lambda item: item["due"])
    window = {"since": busiest["since"], "until": busiest["until"], "as_of": told["as_of"]}
    for name in ("found", "due", "on_time"):
        assert len(listed(client, town, name, **window)) == busiest[name]
    # Overdue of a period are those that fell due in it; the figure of all leads to older ones, too.
    assert busiest["overdue"] > 0
    assert len(listed(client, town, "unclosed", **window)) == busiest["overdue"]
    query = {"jurisdiction": town.jurisdiction_id, "since": SINCE.isoformat(),
             "until": UNTIL.isoformat(), "by": by, "kind": "csv"}  # fmt: skip
    answer = client.get("/api/v1/stats/closure/file", params=query)
    _, *lines, last = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    for column in range(2, 8):  # the sum below the rows is theirs, of open ones as well
        assert sum(int(line[column]) for line in lines) == int(last[column])
    # One day more or less would be seen: the same window asked for alone says the same.
    alone = figures(client, town, **window)["total"]
    assert [alone[name] for name in ("found", "due", "closed", "on_time")] == [
        busiest[name] for name in ("found", "due", "closed", "on_time")
    ]


def test_nothing_is_overdue_as_of_a_moment_to_come(client, many):
    """Nor is it due: open cases would count as late before their deadline."""
    _, town = many
    ahead = {"since": SINCE, "until": None, "as_of": "2199-01-01T00:00:00Z"}
    told, now = figures(client, town, **ahead), figures(client, town, since=SINCE, until=None)
    assert told["total"] == now["total"]
    assert datetime.fromisoformat(told["as_of"]).year < 2199
    assert len(listed(client, town, "overdue", **ahead)) == now["total"]["overdue"]


def test_lists_of_figures_take_the_desk_s_other_filters(client, many):
    engine, town = many
    rows = {row["id"]: row for row in rows_of(engine)}
    whole = listed(client, town, "due")
    assert whole == sorted(whole, key=lambda i: (rows[i]["reported_at"], i), reverse=True)
    still_open = listed(client, town, "due", status="open")
    assert still_open == [i for i in whole if rows[i]["is_open"]]
    by_deadline = listed(client, town, "overdue", status="open", order="due")
    assert by_deadline == sorted(by_deadline, key=lambda i: (rows[i]["due_at"], i))
    assert set(by_deadline) == set(listed(client, town, "overdue"))
    query = {"jurisdiction": town.jurisdiction_id, "since": SINCE.isoformat(),
             "until": UNTIL.isoformat(), "measure": "due"}  # fmt: skip
    count = client.get("/api/v1/desk/count", params=query).json()
    assert count == {"count": len(whole), "more": False}
    points = client.get("/api/v1/desk/points", params=query).json()
    assert sorted(point[0] for point in points["items"]) == sorted(whole)
    words = listed(client, town, "due", q=rows[whole[3]]["serial"])
    assert words == [whole[3]]


def test_files_say_what_the_page_says(client, many):
    _, town = many
    query = {"jurisdiction": town.jurisdiction_id, "since": SINCE.isoformat(),
             "until": UNTIL.isoformat(), "by": "level2"}  # fmt: skip
    told = figures(client, town, "level2")
    answer = client.get("/api/v1/stats/closure/file", params=query | {"kind": "csv", "lang": "en"})
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert lines[0][:5] == ["Community", "Code", "Found", "Due", "Closed"]
    assert [line[1] for line in lines[1:-1]] == [item["key"] or "" for item in told["items"]]
    assert [int(cell) for cell in lines[-1][2:8]] == [told["total"][name] for name in FIGURES]
    for column in range(2, 8):
        assert sum(int(line[column]) for line in lines[1:-1]) == int(lines[-1][column])
    answer = client.get("/api/v1/stats/closure/file", params=query | {"lang": "zh-CN"})
    sheet, about = load_workbook(io.BytesIO(answer.content)).worksheets
    assert [cell.value for cell in sheet[1]][:4] == ["社区", "编码", "发现", "应结案"]
    assert [cell.value for cell in sheet[sheet.max_row]][2:8] == [
        told["total"][name] for name in FIGURES
    ]
    assert any("按期结案率 = 按期结案 / 应结案" in str(row[0].value) for row in about.rows)
    answer = client.get(
        "/api/v1/stats/closure/people/file", params={k: v for k, v in query.items() if k != "by"}
    )
    assert answer.status_code == 200


def test_persons_figures_are_for_leaders_and_each_sees_the_own_part(client, many):
    engine, town = many
    with engine.connect() as connection:
        sub_district = connection.scalar(
            text("SELECT id FROM organisation WHERE kind = 'sub_district'")
        )
    community = {"grid": "410102004001"}
    query = {"jurisdiction": town.jurisdiction_id}
    for role, status in (("leader", 200), ("dispatcher", 403), ("planner", 403)):
        header = sign_in(engine, role, organisation_id=town.jurisdiction_id)
        answer = client.get("/api/v1/stats/closure/people", params=query, headers=header)
        assert answer.status_code == status
        answer = client.get("/api/v1/stats/closure", params=query, headers=header)
        assert answer.status_code == 200
    header = sign_in(engine, "leader", organisation_id=sub_district)
    own = client.get("/api/v1/stats/closure", params=query, headers=header).json()
    of_part = figures(client, town, since=None, until=None, grid="410102004")
    assert own["total"]["found"] == of_part["total"]["found"]
    whole = figures(client, town, since=None, until=None)
    assert own["total"]["found"] < whole["total"]["found"]
    behind = client.get("/api/v1/desk/count", params={**query, "measure": "due", "most": 10_000},
                        headers=header).json()  # fmt: skip
    assert behind["count"] == own["total"]["due"]
    part = client.get("/api/v1/stats/closure", params=query | community, headers=header).json()
    assert 0 < part["total"]["found"] < own["total"]["found"]


def test_what_is_no_question_is_refused(client, many):
    _, town = many
    query = {"jurisdiction": town.jurisdiction_id}
    for more, code in (
        ({"since": UNTIL.isoformat(), "until": SINCE.isoformat()}, "window-reversed"),
        ({"by": "day", "since": "1950-01-01T00:00:00Z"}, "closure-periods"),
    ):
        answer = client.get("/api/v1/stats/closure", params=query | more)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    to_come = {"by": "week", "since": (NOW + DAY).isoformat(), "as_of": NOW.isoformat()}
    answer = client.get("/api/v1/stats/closure", params=query | to_come)
    assert (answer.status_code, answer.json()["items"]) == (200, [])
    answer = client.get("/api/v1/incidents", params=query | {"measure": "guessed"})
    assert answer.status_code == 422


# The figures that were published, from data.


@pytest.fixture
def town(engine: Engine) -> Town:
    return make_town(engine)


def test_a_district_bulletin_and_seven_key_areas_from_the_store(engine, town, tmp_path):
    """Due 6,026, closed 5,912: 98.11 %; on time 95.45 %. And found and solved 36/36, 220/219,
    181/171, 209/207, 145/144, 1/1, 4/4: 796 and 782 together, whatever total was printed."""
    areas = [(36, 36), (220, 219), (181, 171), (209, 207), (145, 144), (1, 1), (4, 4)]
    with acting(engine, "tests") as connection:
        for number in range(4, 8):
            connection.execute(
                text("INSERT INTO category (code, name_zh, name_en, severity, colour, glyph,"
                     " position) VALUES (:code, :code, :code, 2, '#336699', 'dot', 1)"),
                {"code": f"{number:02d}"},
            )  # fmt: skip
    month = NOW - 40 * DAY
    bulletin = [
        {
            "category": "01", "source": "hotline_12345", "reported": month, "due": month + 10 * DAY,
            "closed": None if k >= 5912 else month + DAY * (9 if k < 5752 else 11),
        }
        for k in range(6026)
    ]  # fmt: skip
    paper = [
        {
            "category": f"{area:02d}", "reported": month, "due": month + 5 * DAY,
            "closed": month + 4 * DAY if k < solved else None,
        }
        for area, (found, solved) in enumerate(areas, start=1)
        for k in range(found)
    ]  # fmt: skip
    write_cases(engine, town, bulletin + paper)
    window = {"since": month - DAY, "until": month + 20 * DAY}
    with app_of(engine, tmp_path) as client:
        told = figures(client, town, source="hotline_12345", **window)["total"]
        assert (told["due"], told["closed"], told["overdue"]) == (6026, 5912, 114)
        assert f"{told['closure']['rate']:.2%}" == "98.11%"
        assert f"{told['on_time_rate']['rate']:.2%}" == "95.45%"
        told = figures(client, town, source="patrol", **window)
        rows = [(item["found"], item["closed"]) for item in told["items"]]
        assert rows == areas
        assert (told["total"]["found"], told["total"]["closed"]) == (796, 782)


def test_figures_follow_what_happens(engine, town, tmp_path):
    write_cases(engine, town, [{"reported": NOW - 9 * DAY, "due": NOW - 5 * DAY}] * 3)
    with app_of(engine, tmp_path) as client:
        assert figures(client, town)["total"]["overdue"] == 3
        with acting(engine, "tests") as connection:
            connection.execute(
                text("UPDATE incident SET stage = 'closed', closed_at = now() WHERE serial = 'C1'")
            )
            connection.execute(
                text("UPDATE incident SET stage = 'closed', closed_at = now(),"
                     " dismissed = 'rejected' WHERE serial = 'C2'")
            )  # fmt: skip
        told = figures(client, town)
        total = told["total"]
        assert (total["due"], total["closed"], total["on_time"], total["overdue"]) == (2, 1, 0, 1)
        # Whoever rejects what is overdue takes it out of the rates, and it is told beside them.
        assert (told["beside"]["rejected"], told["beside"]["dismissed_late"]) == (1, 1)


def test_as_it_was_or_on_today_s_boundaries(engine, town, tmp_path):
    """A case stays with the grid that had it; by place it is another's today."""
    first, second = "410102004001001", "410102004001002"
    case = {"reported": NOW - 9 * DAY, "due": NOW - 5 * DAY, "closed": NOW - 6 * DAY,
            "grid": second, "lon": WEST + 1.25 * STEP, "lat": SOUTH + STEP / 2}  # fmt: skip
    write_cases(engine, town, [case])
    plan = make_draft(engine, town, redrawn({0: 3}))
    with acting(engine, "planner", action="publish") as connection:
        publish_plan(connection, plan)
    with app_of(engine, tmp_path) as client:
        for boundaries, code in (("then", second), ("now", first)):
            told = figures(client, town, "level3", boundaries=boundaries)
            assert [(item["key"], item["on_time"]) for item in told["items"]] == [(code, 1)]
            behind = {"boundaries": boundaries, "grid": code}
            assert len(listed(client, town, "on_time", **behind)) == 1
            other = {"boundaries": boundaries, "grid": first if code == second else second}
            assert listed(client, town, "on_time", **other) == []
