"""Back to the former plan: its codes, its units, its posts, and the owners of open incidents."""

from __future__ import annotations

from sqlalchemy import text

from gis.store.engine import acting
from gis.workflows.incident_report import IncidentReport
from gis.workflows.intake import report_incident
from gis.workflows.locators import Locators
from tests.integration.reviews_help import (
    API,
    NE,
    NORTHERN,
    NW,
    SE,
    SOUTHERN,
    THIRD,
    Desk,
    at,
    changed,
    draw,
    publish,
    rows,
)

OWNERS = """
SELECT id, grid_code, person_id FROM incident WHERE is_open ORDER BY id
"""
UNITS = """
SELECT u.code, g.code FROM grid_unit AS gu JOIN unit AS u ON u.id = gu.unit_id
JOIN grid AS g ON g.id = gu.grid_id WHERE gu.plan_id = :plan ORDER BY u.code
"""
IN_USE = "SELECT code FROM unit WHERE retired_at IS NULL"
HELD = """
SELECT g.code, post.role, post.person_id FROM post JOIN grid AS g ON g.id = post.grid_id
JOIN plan ON plan.id = g.plan_id WHERE plan.status = 'published' AND post.held @> now()
ORDER BY 1, 2, 3
"""


def go_back(client, desk, plan, who="planner", **more):
    return client.post(
        f"{API}/plans/{plan}/roll-back", json={"reason": "投诉多", **more},
        headers=desk.header(who),
    )  # fmt: skip


def in_force(desk):
    ((plan,),) = rows(desk.engine, "SELECT id FROM plan WHERE status = 'published'")
    return plan


def test_owners_posts_and_units_are_as_they_were(client, desk):
    """The new plan dissolves a grid, cuts a unit, and gives land to a grid that nobody leads."""
    locators = Locators()
    for place in (at(0, 0), at(1.2, 0), at(0, 1), at(1, 1), at(3, 3)):
        report_incident(
            desk.engine, locators,
            IncidentReport(category="01", title="t", source="patrol", **place),
            actor="tests", time_zone="Asia/Shanghai",
        )  # fmt: skip
    before = rows(desk.engine, OWNERS), rows(desk.engine, HELD)
    assert all(row.person_id == desk.town.person_ids[row.grid_code] for row in before[0])
    former = in_force(desk)
    west, east = cut(desk, SE)
    pieces = Desk(desk.engine, desk.town, desk.plan_id,
                  {**desk.units, f"{SE}-w": west, f"{SE}-e": east}, desk.people)  # fmt: skip
    where = changed(desk, {NW: SOUTHERN, NE: THIRD, f"{SE}-w": SOUTHERN, f"{SE}-e": THIRD})
    del where[SE]
    done = publish(desk, draw(pieces, where))
    assert (done.posts_ended, len(done.moves)) == (1, 3)
    using = {
        row.code for row in rows(desk.engine, "SELECT code FROM unit WHERE retired_at IS NULL")
    }
    assert (SE in using, {f"{SE}-w", f"{SE}-e"} <= using) == (False, True)

    answer = go_back(client, desk, former, instead_of=done.plan_id)
    assert answer.status_code == 200, answer.text
    made = answer.json()["plan_id"]
    assert made == in_force(desk) not in (former, done.plan_id)
    assert (rows(desk.engine, OWNERS), rows(desk.engine, HELD)) == before
    assert rows(desk.engine, UNITS, plan=made) == rows(desk.engine, UNITS, plan=former)
    using = {
        row.code for row in rows(desk.engine, "SELECT code FROM unit WHERE retired_at IS NULL")
    }
    assert (SE in using, {f"{SE}-w", f"{SE}-e"} & using) == (True, set())
    ((based_on, note),) = rows(
        desk.engine, "SELECT based_on_id, note FROM plan WHERE id = :id", id=made
    )
    assert (based_on, note) == (former, "投诉多")
    history = client.get(f"{API}/plans/{made}/history", headers=desk.header("leader")).json()
    assert [one["action"] for one in history["items"]] == ["roll-back", "roll-back"]
    assert "the former plan was published again" in client.get(
        f"{API}/notices", headers=desk.header("leader"), params={"lang": "en"}
    ).json()["items"][0]["text"]  # fmt: skip
    # Who has left meanwhile is not called back; and back again is possible, too.
    again = go_back(client, desk, done.plan_id)
    assert again.status_code == 200
    with acting(desk.engine, "tests") as connection:
        connection.execute(
            text("UPDATE person SET left_at = now() WHERE id = :id"),
            {"id": desk.town.person_ids[NORTHERN]},
        )
    assert go_back(client, desk, made).status_code == 200
    assert NORTHERN not in {row.code for row in rows(desk.engine, HELD)}


def cut(desk, unit):
    """Two pieces of a unit, as a draft makes them: not in use yet; gives their ids."""
    query = """
        INSERT INTO unit (jurisdiction_id, code, population, area_m2, split_from_id, retired_at,
                          geom)
        SELECT jurisdiction_id, code || :mark, population / 2, area_m2 / 2, id, now(),
               ST_MakeEnvelope(ST_XMin(geom) + :from * w, ST_YMin(geom),
                               ST_XMin(geom) + :to * w, ST_YMax(geom), 4326)
        FROM unit, LATERAL (SELECT ST_XMax(geom) - ST_XMin(geom) AS w) AS size
        WHERE code = :code RETURNING id
    """
    with acting(desk.engine, "tests") as connection:
        made = [
            connection.scalar(text(query), {"code": unit, "mark": mark, "from": x, "to": y})
            for mark, x, y in (("-w", 0.0, 0.5), ("-e", 0.5, 1.0))
        ]
        # The pieces end where the unit did, to the last bit.
        connection.execute(
            text("UPDATE unit SET geom = ST_SnapToGrid(geom, 1e-9) WHERE id = ANY(:ids)"),
            {"ids": made},
        )
    return made


def test_only_the_former_plan_comes_back_so_and_by_who_may(client, desk):
    now = in_force(desk)
    ((former,),) = rows(
        desk.engine,
        "SELECT o.id FROM plan AS o JOIN plan AS n ON upper(o.effective) = lower(n.effective)"
        " WHERE n.id = :id", id=now,
    )  # fmt: skip
    for plan in (desk.plan_id, now, draw(desk, changed(desk, {}))):
        refused = go_back(client, desk, plan)
        assert (refused.status_code, refused.json()["code"]) == (409, "roll-back-not-former")
    for who, status, code in (
        ("part", 403, "review-needs-whole"), ("leader", 403, "role-not-allowed"),
    ):  # fmt: skip
        refused = go_back(client, desk, former, who=who)
        assert (refused.status_code, refused.json()["code"]) == (status, code)
    overtaken = go_back(client, desk, former, instead_of=former)
    assert (overtaken.status_code, overtaken.json()["code"]) == (409, "plan-former-changed")
    assert go_back(client, desk, former, reason=" ").status_code == 422
    assert in_force(desk) == now
