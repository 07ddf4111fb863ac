"""Leave, duty and vacancies: recorded once, ended once, and somebody always answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from api.cli import build
from gis.errors import ConflictError, NotFoundError
from gis.store.engine import acting
from gis.workflows.absences import end_absence, record_absence, record_duty
from gis.workflows.incident_report import IncidentReport
from gis.workflows.intake import report_incident
from gis.workflows.locators import Locators
from gis.workflows.points import describe, shown_case
from gis.workflows.vacancies import all_vacant_posts, vacant_posts
from tests.factories import SOUTH, STEP, WEST, make_town
from tests.server import serving

GRID = "410102004001001"
COMMUNITY = GRID[:12]
DAY = timedelta(days=1)
NOW = datetime.now(UTC)
HERE = {"lon": WEST + STEP / 2, "lat": SOUTH + STEP / 2}


@pytest.fixture
def town(engine):
    return make_town(engine)


def away(engine, town, person, substitute=None, since=NOW - DAY, until=NOW + DAY):
    return record_absence(
        engine, town.jurisdiction_id, person_id=town.person_ids[person],
        substitute_id=town.person_ids[substitute] if substitute else None,
        since=since, until=until, reason="年休", actor="办公室",
    )  # fmt: skip


def on_duty(engine, town, code, person, since=NOW - DAY, until=NOW + DAY):
    return record_duty(
        engine, town.jurisdiction_id, grid_code=code, person_id=town.person_ids[person],
        since=since, until=until, reason=None, actor="办公室",
    )  # fmt: skip


def answers(engine, at=None):
    with engine.connect() as connection:
        return describe(connection, Locators(), **HERE, at=at)["responsible"]


def vacant(engine, town, **changed):
    with engine.connect() as connection:
        return list(all_vacant_posts(connection, town.jurisdiction_id, **changed))


def test_a_report_during_leave_goes_to_the_substitute_and_says_for_whom(engine, town):
    other = "410102004001002"
    away(engine, town, GRID, other)
    given = IncidentReport(category="01", title="试验", source="patrol", **HERE)
    done = report_incident(engine, Locators(), given, actor="a", time_zone="Asia/Shanghai")
    with engine.connect() as connection:
        case = shown_case(connection, Locators(), done.incident_id)
    assert case["person"]["name"] == f"lead {other}"
    assert case["responsible"]["stands_in_for"]["name"] == f"lead {GRID}"
    assert case["responsible"]["vacant_levels"] == []
    assert answers(engine)["stands_in_for"]["id"] == town.person_ids[GRID]
    assert answers(engine, NOW + 2 * DAY)["stands_in_for"] is None


def test_leave_without_a_substitute_is_answered_one_level_up_and_reported(engine, town):
    away(engine, town, GRID)
    found = answers(engine)
    assert (found["person"]["name"], found["vacant_levels"]) == (f"director {COMMUNITY}", [3])
    (row,) = [row for row in vacant(engine, town) if row["grid"]["code"] == GRID]
    assert (row["kind"], row["last"]["name"]) == ("away", f"lead {GRID}")
    assert (row["answers"]["name"], row["answers_level"]) == (f"director {COMMUNITY}", 2)


def test_leave_is_ended_once_and_the_time_until_then_stays_as_it_was(engine, town):
    row = away(engine, town, GRID, "duty")
    end_absence(engine, town.jurisdiction_id, row, reason="提前返岗", actor="办公室")
    assert answers(engine)["person"]["name"] == f"lead {GRID}"
    assert answers(engine, NOW - timedelta(hours=1))["person"]["name"] == "值班员"
    with pytest.raises(NotFoundError) as refused:
        end_absence(engine, town.jurisdiction_id, row, reason="再次", actor="办公室")
    assert refused.value.code == "absence-not-found"
    with engine.connect() as connection:
        kept = connection.execute(text("SELECT * FROM absence")).mappings().one()
    assert (kept["recorded_by"], kept["ended_by"], kept["ended_reason"]) == (
        "办公室", "办公室", "提前返岗",
    )  # fmt: skip
    for statement in (
        "DELETE FROM absence",
        "UPDATE absence SET substitute_id = NULL",
        "UPDATE absence SET ended_at = NULL, ended_by = NULL",
    ):
        with pytest.raises(DBAPIError), acting(engine, "tests") as connection:
            connection.execute(text(statement))
    away(engine, town, GRID, "duty", since=datetime.now(UTC), until=NOW + 3 * DAY)


def test_leave_called_off_before_it_begins_never_counts(engine, town):
    row = away(engine, town, GRID, since=NOW + DAY, until=NOW + 3 * DAY)
    assert answers(engine, NOW + 2 * DAY)["level"] == 2
    end_absence(engine, town.jurisdiction_id, row, reason="取消", actor="办公室")
    assert answers(engine, NOW + 2 * DAY)["level"] == 3


def test_nobody_is_away_twice_and_two_are_not_on_duty_together(engine, town):
    away(engine, town, GRID)
    on_duty(engine, town, COMMUNITY, "duty")
    with pytest.raises(ConflictError) as refused:
        away(engine, town, GRID, since=NOW)
    assert refused.value.code == "absence-twice"
    with pytest.raises(ConflictError) as refused:
        on_duty(engine, town, COMMUNITY, GRID)
    assert refused.value.code == "duty-twice"


def test_whoever_is_on_duty_answers_for_the_community(engine, town):
    on_duty(engine, town, COMMUNITY, "duty")
    found = answers(engine)
    assert (found["person"]["name"], found["stands_in_for"]["name"]) == ("值班员", f"lead {GRID}")
    assert answers(engine, NOW + 2 * DAY)["person"]["name"] == f"lead {GRID}"


def test_people_of_another_jurisdiction_are_unknown_here(engine, town):
    with acting(engine, "tests") as connection:
        stranger = connection.execute(
            text("INSERT INTO person (name) VALUES ('外人') RETURNING id")
        ).scalar_one()
        other = connection.execute(
            text(
                "INSERT INTO organisation (code, kind, name_zh) VALUES ('410103', 'district', 'x')"
                " RETURNING id"
            )
        ).scalar_one()
        connection.execute(
            text(
                "INSERT INTO plan (jurisdiction_id, name, tolerance, created_by)"
                " VALUES (:other, 'x', 0.05, 'tests')"
            ),
            {"other": other},
        )
    town.person_ids["stranger"] = stranger
    with pytest.raises(NotFoundError) as refused:
        away(engine, town, "stranger")
    assert refused.value.code == "person-not-found"
    with pytest.raises(NotFoundError):
        away(engine, town, GRID, "stranger")
    row = away(engine, town, GRID)
    with pytest.raises(NotFoundError):
        end_absence(engine, other, row, reason="x", actor="x")


def test_the_report_names_every_vacant_post_its_last_holder_and_who_answers(engine, town):
    with acting(engine, "tests") as connection:
        connection.execute(
            text(
                "UPDATE post SET held = tstzrange(lower(held), now()), ended_by = 'tests'"
                " WHERE person_id = :p"
            ),
            {"p": town.person_ids[GRID]},
        )
    found = vacant(engine, town)
    # The town has one first responsible, and of each community only the director.
    assert len(found) == 1 + 4 * 3 + 1
    (lead,) = [row for row in found if row["role"] == "lead"]
    assert (lead["grid"]["code"], lead["kind"]) == (GRID, "vacant")
    assert (lead["last"]["name"], lead["answers"]["name"]) == (
        f"lead {GRID}", f"director {COMMUNITY}",
    )  # fmt: skip
    never = next(row for row in found if row["role"] == "secretary")
    assert (never["since"], never["last"]) == (None, None)
    assert all(row["role"] != "lead" for row in vacant(engine, town, at=NOW - DAY))


@pytest.mark.parametrize("limit", [1, 5, 100])
def test_pages_of_the_report_leave_out_and_repeat_nothing(engine, town, limit):
    whole, after = [], None
    with engine.connect() as connection:
        while True:
            items, after = vacant_posts(
                connection, town.jurisdiction_id, limit=limit, after=after
            )  # fmt: skip
            whole += items
            if after is None:
                break
    marks = [(row["grid"]["code"], row["role"], row["seat"]) for row in whole]
    assert len(set(marks)) == len(marks) == 13


def test_with_no_post_filled_the_person_of_the_queue_answers_for_all(engine):
    town = make_town(engine, posts=False)
    found = vacant(engine, town)
    assert len(found) == 2 + 4 * 4 + 16
    assert {row["answers"]["name"] for row in found} == {"值班员"}


def test_over_http_leave_duty_and_vacancies(engine, town, database_url, tmp_path):
    of = {"jurisdiction": town.jurisdiction_id}
    times = {"since": (NOW - DAY).isoformat(), "until": (NOW + DAY).isoformat()}
    with serving(database_url, tmp_path) as base:
        http = httpx.Client(base_url=f"{base}/api/v1", timeout=30)
        leave = {**of, **times, "person_id": town.person_ids[GRID], "reason": "病假"}
        made = http.post("/absences", json=leave)
        assert made.status_code == 201
        assert http.post("/absences", json=leave).json()["code"] == "absence-twice"
        (listed,) = http.get("/absences", params=of).json()["items"]
        assert (listed["id"], listed["substitute"]) == (made.json()["id"], None)
        rows = http.get("/vacancies", params=of).json()["items"]
        assert [row["kind"] for row in rows if row["grid"]["code"] == GRID] == ["away"]
        first = http.get("/vacancies", params={**of, "limit": 3}).json()
        assert (len(first["items"]), bool(first["next"])) == (3, True)
        ended = http.post(f"/absences/{listed['id']}/end", json={**of, "reason": "返岗"})
        assert ended.status_code == 204
        assert http.get("/absences", params=of).json()["items"] == []
        shift = {**of, **times, "grid_code": COMMUNITY, "person_id": town.person_ids["duty"]}
        assert http.post("/duties", json=shift).status_code == 201
        (duty,) = http.get("/duties", params=of).json()["items"]
        assert duty["grid_code"] == COMMUNITY
        for wrong, status in (
            ({"since": times["until"], "until": times["since"]}, 422),
            ({"grid_code": "410102009"}, 422),
            ({"person_id": 10**9}, 404),
            ({"jurisdiction": 10**9}, 404),
        ):
            assert http.post("/duties", json=shift | wrong).status_code == status
        themself = leave | {"substitute_id": leave["person_id"]}
        assert http.post("/absences", json=themself).json()["code"] == "substitute-is-absent"
        assert http.get("/vacancies", params={"jurisdiction": 10**9}).status_code == 404
        assert http.get("/vacancies", params={**of, "after": "x"}).status_code == 422
        near = f"/jurisdictions/{town.jurisdiction_id}/near"
        assert http.get(near).json() == {"near_edge_m": 20.0, "nearest_within_m": 50.0}
        wanted = {"near_edge_m": 35.0, "nearest_within_m": 0.0}
        assert http.put(near, json=wanted).status_code == 200
        assert http.get(near).json() == wanted
        http.close()


def test_the_command_lists_them_in_both_languages(engine, town, database_url, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", database_url)
    call = ["posts", "vacant", "--jurisdiction", "410102"]
    for language, expected in (("en", "13 posts are not filled"), ("zh-CN", "13 个岗位空缺")):
        monkeypatch.setenv("WANGGE_LANGUAGE", language)
        shown = CliRunner().invoke(build(), call)
        assert shown.exit_code == 0, shown.output
        assert expected in shown.output
    plain = CliRunner().invoke(build(), [*call, "--json"])
    assert len(json.loads(plain.stdout)["items"]) == 13
