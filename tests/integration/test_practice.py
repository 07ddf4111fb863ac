"""A practice draft over HTTP: out of balance from the start, and said to be for practice."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import text

from gis.store.engine import make_engine
from tests.server import serving


@pytest.fixture(scope="module")
def http(demo_url, tmp_path_factory):
    with (
        serving(demo_url, tmp_path_factory.mktemp("data")) as base,
        httpx.Client(base_url=f"{base}/api/v1", timeout=60) as client,
    ):
        yield client


def practise(http, name="练习", practice: object = True):
    (jurisdiction,) = http.get("/jurisdictions").json()["items"]
    plan = jurisdiction["published_plan_id"]
    given = {
        "jurisdiction": jurisdiction["id"], "name": name,
        "from": {"plan": plan, "practice": practice},
    }  # fmt: skip
    return http.post("/drafts", json=given)


def test_a_practice_draft_begins_out_of_balance_and_the_plan_does_not(http):
    first, second = practise(http), practise(http, "again")
    assert first.status_code == second.status_code == 201, first.text
    made = first.json()
    assert made["origin"]["params"]["practice"] is True
    assert (made["version"], made["status"]) == (0, "draft")
    told = [http.get(f"/drafts/{one.json()['plan_id']}/figures").json() for one in (first, second)]
    assert told[0]["grids"] == told[1]["grids"]
    out = [one for one in told[0]["grids"]["3"] if abs(one["deviation"]) > 0.05 + 1e-9]
    assert len(out) == 6
    assert all(0.2 <= abs(one["deviation"]) <= 0.6 for one in out)
    assert len({one["code"][:9] for one in out}) == 1
    assert told[0]["levels"]["3"]["pieces"] == 0
    plan = http.get(f"/drafts/{made['based_on']}/figures").json()
    assert plan["levels"]["3"]["max_deviation"] <= 0.05 + 1e-9
    # All of it is done by moving the same units back, so it can be done.
    assert plan["levels"]["3"]["grids"] == told[0]["levels"]["3"]["grids"]


def test_a_plain_draft_is_no_practice_and_nonsense_is_refused(http):
    plain = practise(http, practice=False)
    assert plain.status_code == 201
    assert "practice" not in plain.json()["origin"]["params"]
    assert practise(http, practice="yes").status_code == 422


def test_a_plan_with_nothing_to_practise_on_says_so(http, demo_url):
    """A draft in which all but one grid of each community are empty."""
    (jurisdiction,) = http.get("/jurisdictions").json()["items"]
    draft = practise(http, "one each").json()["plan_id"]
    engine = make_engine(demo_url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE draft_unit SET grid_code = (SELECT min(code) FROM draft_grid AS g"
                " WHERE g.plan_id = :plan AND length(code) = 15"
                " AND left(code, 12) = left(grid_code, 12)) WHERE plan_id = :plan"
            ),
            {"plan": draft},
        )
    engine.dispose()
    refused = http.post(
        "/drafts",
        json={
            "jurisdiction": jurisdiction["id"], "name": "none",
            "from": {"plan": draft, "practice": True},
        },
    )  # fmt: skip
    assert refused.status_code == 422
    assert refused.json()["code"] == "draft-practice-none"
