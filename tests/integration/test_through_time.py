"""The past stays askable: whose a point was, by the plan and the people of then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import text

from gis.errors import NotFoundError
from gis.store.engine import acting
from gis.workflows.incident_report import IncidentReport
from gis.workflows.intake import report_incident
from gis.workflows.locators import Locators
from gis.workflows.points import describe
from gis.workflows.publishing import publish_plan
from tests.factories import LONG_AGO, SOUTH, STEP, WEST, make_draft, make_town, redrawn
from tests.server import serving

FIRST, SECOND = "410102004001001", "410102004001002"
# In the first grid of row 0 when its boundary stands at half column 3, else in the second.
BETWEEN = {"lon": WEST + 1.25 * STEP, "lat": SOUTH + STEP / 2}


def published(engine, town, cut):
    """Publish the town with a boundary elsewhere; gives the plan's id and its first moment."""
    plan = make_draft(engine, town, redrawn(cut))
    with acting(engine, "planner", action="publish") as connection:
        publish_plan(connection, plan)
        since = connection.scalar(
            text("SELECT lower(effective) FROM plan WHERE id = :id"), {"id": plan}
        )
    return plan, since


def test_each_moment_has_its_plan_and_its_people(engine):
    town = make_town(engine)
    plans = [(town.plan_id, LONG_AGO), *(published(engine, town, {0: cut}) for cut in (3, 2, 3))]
    owner = [SECOND, FIRST, SECOND, FIRST]
    locators = Locators()
    tick = timedelta(microseconds=1)
    with engine.connect() as connection:
        for number, (plan, since) in enumerate(plans):
            until = plans[number + 1][1] if number < 3 else datetime.now(UTC)
            for moment in (since, until - tick):
                told = describe(connection, locators, **BETWEEN, at=moment)
                code = owner[number]
                assert (told["plan_id"], told["grid"]["code"]) == (plan, code)
                assert told["responsible"]["person"]["name"] == f"lead {code}"
                assert told["responsible"]["vacant_levels"] == []
                assert [link["code"] for link in told["chain"]] == [code, code[:12], code[:9]]
        now = describe(connection, locators, **BETWEEN)
        to_come = describe(
            connection, locators, **BETWEEN, at=datetime.now(UTC) + timedelta(days=1)
        )
    assert now == to_come
    assert now["plan_id"] == plans[-1][0]


def test_before_the_first_plan_there_was_none(engine):
    make_town(engine)
    with engine.connect() as connection, pytest.raises(NotFoundError) as refused:
        describe(connection, Locators(), **BETWEEN, at=LONG_AGO - timedelta(seconds=1))
    assert refused.value.code == "no-plan-then"


def test_drafts_never_answer(engine):
    town = make_town(engine)
    make_draft(engine, town, redrawn({0: 3}))
    with engine.connect() as connection:
        then = describe(connection, Locators(), **BETWEEN, at=datetime.now(UTC))
    assert (then["plan_id"], then["grid"]["code"]) == (town.plan_id, SECOND)


def test_the_past_is_asked_over_http(engine, database_url, tmp_path):
    town = make_town(engine)
    plan, since = published(engine, town, {0: 3})

    def asked(**more):
        return httpx.get(f"{base}/api/v1/route", params={**BETWEEN, **more})

    with serving(database_url, tmp_path) as base:
        now = asked().json()
        before = asked(at=(since - timedelta(seconds=1)).isoformat()).json()
        never = asked(at=(LONG_AGO - timedelta(days=1)).isoformat())
    assert (now["plan_id"], now["grid"]["code"]) == (plan, FIRST)
    assert (before["plan_id"], before["grid"]["code"]) == (town.plan_id, SECOND)
    assert (never.status_code, never.json()["code"]) == (404, "no-plan-then")


def test_a_report_that_comes_in_late_is_answered_for_by_a_person_of_the_plan_in_force(engine):
    town = make_town(engine)
    _, since = published(engine, town, {0: 3})
    report = IncidentReport(
        category="01", title="t", source="patrol", reported_at=since - timedelta(hours=1), **BETWEEN
    )
    done = report_incident(engine, Locators(), report, actor="a", time_zone="Asia/Shanghai")
    assert done.case["responsible"]["person"]["name"] == f"lead {FIRST}"
    assert done.case["responsible"]["vacant_levels"] == []


def test_every_count_is_taken_as_it_was_or_on_the_boundaries_of_today(
    engine, database_url, tmp_path
):
    town = make_town(engine)
    off = {"lon": WEST - 1, "lat": SOUTH}
    far = {"lon": WEST + 3.5 * STEP, "lat": SOUTH + 3.5 * STEP}
    # Two in the strip that goes over, one of them closed before; one far off; one off all grids.
    with serving(database_url, tmp_path) as base, httpx.Client(base_url=base) as http:

        def sent(place):
            body = {"category": "01", "title": "t", "source": "patrol", **place}
            return http.post("/api/v1/incidents", json=body).json()["id"]

        def counted(**more):
            params = {"jurisdiction": town.jurisdiction_id, **more}
            items = http.get("/api/v1/stats/grids", params=params).json()["items"]
            return {item["code"]: (item["found"], item["closed"], item["open"]) for item in items}

        ids = [sent(place) for place in (BETWEEN, BETWEEN, far, off)]
        with acting(engine, "tests") as connection:
            connection.execute(
                text("UPDATE incident SET stage = 'closed', closed_at = now() WHERE id = :id"),
                {"id": ids[0]},
            )
        last = "410102004004004"
        before = {SECOND: (2, 1, 1), last: (1, 0, 1), None: (1, 0, 1)}
        assert counted() == counted(boundaries="now") == before
        published(engine, town, {0: 3})
        assert counted(boundaries="then") == {
            FIRST: (1, 0, 1), SECOND: (1, 1, 0), last: (1, 0, 1), None: (1, 0, 1),
        }  # fmt: skip
        today = {FIRST: (2, 1, 1), last: (1, 0, 1), None: (1, 0, 1)}
        assert counted(boundaries="now") == today
        assert counted(boundaries="now", grid=SECOND) == {}
        assert counted(boundaries="now", grid=FIRST) == {FIRST: (2, 1, 1)}
        assert counted(boundaries="now", queue=True) == {None: (1, 0, 1)}
        assert counted(boundaries="now", status="closed") == {FIRST: (1, 1, 0)}
        assert counted(boundaries="then", status="closed") == {SECOND: (1, 1, 0)}
        assert counted(boundaries="now", level=1) == {
            FIRST[:9]: (3, 1, 2), None: (1, 0, 1),
        }  # fmt: skip
