"""A planner of a sub-district works on that sub-district, whichever way is tried; and the database
holds to it, too."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from gis.store.engine import acting
from gis.store.scope import Scope, scoped
from tests.integration.draft_jobs_help import AREAS, Desk

OWN, OTHER = f"{AREAS[0]}001001", f"{AREAS[1]}001001"


def state(desk: Desk) -> Any:
    with desk.engine.connect() as connection:
        return [
            connection.execute(text(f"SELECT * FROM {table} WHERE plan_id = :id ORDER BY 1, 2"),
                               {"id": desk.plan_id}).all()
            for table in ("draft", "draft_unit", "draft_grid")
        ]  # fmt: skip


def test_a_street_changes_nothing_beyond_its_own_grids(desk):
    unit = desk.district.unit
    here, there = unit[7, 0], unit[15, 7]
    assert desk.do("pin", units=[there], pinned=True).status_code == 200
    assert desk.do("lock", "street", grids=[OWN], locked=True).status_code == 200
    assert desk.do("lock", "street", grids=[OWN], locked=False).status_code == 200
    line = [[113.6, 34.7505], [113.62, 34.7505]]
    before = state(desk)
    for kind, asked in (
        ("assign", {"units": [there], "grid": OWN}), ("assign", {"units": [here], "grid": OTHER}),
        ("assign", {"units": [there], "grid": None}), ("pin", {"units": [there], "pinned": False}),
        ("together", {"units": [there, unit[15, 6]], "together": "new"}),
        ("lock", {"grids": [OTHER], "locked": True}),
        ("lock", {"grids": [AREAS[1]], "locked": True}),
        ("rename", {"grid": OTHER, "name_zh": "x"}), ("delete_grid", {"grid": OTHER}),
        ("merge", {"grids": [OTHER], "into": OWN}), ("merge", {"grids": [OWN], "into": OTHER}),
        ("new_grid", {"units": [there], "parent": OTHER[:12]}),
        ("new_grid", {"units": [there], "parent": OWN[:12]}),
        ("cut", {"line": line, "grid": OTHER}), ("cut", {"line": line, "units": [there]}),
        ("restore", {"to": 0}),
    ):  # fmt: skip
        answer = desk.do(kind, "street", **asked)
        assert answer.status_code in (403, 409, 422), (kind, asked, answer.text)
        assert state(desk) == before, (kind, asked)
    # Its own operations it takes back, and nobody else's.
    assert desk.do("undo", "street").status_code == 200
    assert desk.do("undo", "street").status_code == 200
    assert desk.do("undo", "street").json()["code"] == "draft-nothing-to-undo"


def test_a_street_decides_on_its_own_drafts_only(desk):
    plan, before = desk.plan_id, state(desk)
    job = desk.start()
    for method, path, body, code in (
        ("PATCH", f"/drafts/{plan}", {"name": "x"}, "draft-not-yours"),
        ("DELETE", f"/drafts/{plan}", None, "draft-not-yours"),
        ("POST", f"/drafts/{plan}/review", {"step": "send"}, "draft-not-yours"),
        ("POST", f"/plans/{plan}/publishing", {}, "review-needs-whole"),
        ("POST", f"/plans/{desk.district.plan_id}/roll-back", {"reason": "x"},
         "review-needs-whole"),
        ("DELETE", f"/draft-jobs/{job}", None, "draft-job-not-yours"),
    ):  # fmt: skip
        answer = desk.call(method, path, body, who="street")
        assert (answer.status_code, answer.json()["code"]) == (403, code), path
    assert desk.call("DELETE", f"/draft-jobs/{job}").status_code == 204
    assert state(desk) == before


def test_a_street_compares_and_checks_what_is_its_own(desk):
    path = f"/plans/{desk.district.plan_id}/compare/{desk.plan_id}"
    found = desk.call("GET", path, who="street").json()
    assert {row["code"][:9] for row in found["grids"]} == {AREAS[0]}
    assert {move[side][:9] for move in found["moves"] for side in ("from", "to")} == {AREAS[0]}
    land = desk.call("GET", f"{path}/moved", who="street").json()["features"]
    assert {one["properties"]["from"][:9] for one in land} == {AREAS[0]}
    effects = desk.call("GET", f"{path}/effects", who="street").json()
    assert effects["exact"] is None and effects["refused"] is None
    assert {code[:9] for code in effects["unfilled_codes"]} == {AREAS[0]}
    checked = desk.call("GET", f"/drafts/{desk.plan_id}/check", who="street").json()["items"]
    vacant = next(one for one in checked if one["code"] == "check-posts-unfilled")
    assert {code[:9] for code in vacant["grids"]} == {AREAS[0]}


CHANGES = (
    "UPDATE draft_unit SET pinned = true WHERE plan_id = :plan AND unit_id = :there",
    "UPDATE draft_unit SET grid_code = '{OWN}' WHERE plan_id = :plan AND unit_id = :there",
    "UPDATE draft_unit SET grid_code = '{OTHER}' WHERE plan_id = :plan AND unit_id = :here",
    "DELETE FROM draft_unit WHERE plan_id = :plan AND unit_id = :there",
    "UPDATE draft_grid SET locked = true WHERE plan_id = :plan AND code = '{OTHER}'",
    "UPDATE draft_grid SET locked = true WHERE plan_id = :plan AND code = '{AREA}'",
    "DELETE FROM draft_grid WHERE plan_id = :plan AND code = '{OTHER}'",
    "UPDATE plan SET status = 'published' WHERE id = :plan",
    "UPDATE unit_edge SET length_m = 1 WHERE left_id = :here",
    "DELETE FROM unit_expectation", "DELETE FROM draft_operation", "DELETE FROM draft",
    "UPDATE draft_operation SET actor = 'x' WHERE plan_id = :plan",
    "INSERT INTO plan_schedule (plan_id, review_id, due_at, next_at, set_by)"
    " VALUES (:plan, 1, now(), now(), 'x')",
    "DELETE FROM plan_comment",
)  # fmt: skip
STRANGE = (
    "SELECT FROM draft WHERE plan_id = :plan", "SELECT FROM draft_unit WHERE plan_id = :plan",
    "SELECT FROM draft_grid WHERE plan_id = :plan",
    "SELECT FROM draft_operation WHERE plan_id = :plan",
    "SELECT FROM draft_job WHERE plan_id = :plan",
    "SELECT FROM plan_review WHERE plan_id = :plan",
    "SELECT FROM plan_comment WHERE plan_id = :plan",
    "SELECT FROM unit_expectation", "SELECT FROM unit_compound",
)  # fmt: skip


def changed_rows(connection: Connection, query: str, given: dict[str, Any]) -> int:
    """How many rows a statement changes or shows in a savepoint; refused is none."""
    with connection.begin_nested() as nested:
        try:
            count = connection.execute(text(query), given).rowcount
        except DBAPIError:
            count = 0
        nested.rollback()
    return count


def test_the_database_itself_keeps_each_to_their_own(desk):
    desk.start()
    assert desk.do("pin", units=[desk.district.unit[15, 7]], pinned=True).status_code == 200
    desk.call("POST", f"/drafts/{desk.plan_id}/comments", {"text": "x"})
    of = desk.district.jurisdiction_id
    given = {"plan": desk.plan_id, "here": desk.district.unit[7, 0],
             "there": desk.district.unit[15, 7]}  # fmt: skip
    with acting(desk.engine, "tests") as connection:
        (account,) = connection.execute(text("SELECT id FROM account WHERE name = 'street'")).one()
        other = connection.scalar(text("SELECT id FROM organisation WHERE code = '410103'"))
    street = Scope(
        account_id=account, actor="street (x)", roles=frozenset({"planner"}), organisation_id=1,
        organisation_kind="sub_district", prefix=AREAS[0], jurisdiction_ids=(of,),
    )  # fmt: skip
    stranger = Scope(
        account_id=account, actor="foreign (x)", roles=frozenset({"planner", "leader"}),
        organisation_id=other, organisation_kind="district", prefix="410103",
        jurisdiction_ids=(other,),
    )  # fmt: skip
    with acting(scoped(desk.engine, street), "street (x)") as connection:
        for query in CHANGES:
            sent = query.format(OWN=OWN, OTHER=OTHER, AREA=AREAS[1])
            assert changed_rows(connection, sent, given) == 0, sent
        mine = "UPDATE draft_unit SET pinned = true WHERE plan_id = :plan AND unit_id = :here"
        assert changed_rows(connection, mine, given) == 1
    with acting(scoped(desk.engine, stranger), "foreign (x)") as connection:
        for query in (*STRANGE, *(one.format(OWN=OWN, OTHER=OTHER, AREA=AREAS[1])
                                  for one in CHANGES), mine):  # fmt: skip
            assert changed_rows(connection, query, given) == 0, query


@pytest.mark.parametrize("status", ["in_review", "published"])
def test_a_draft_that_is_none_any_more_does_not_change_by_whatever_way(desk, status):
    with acting(desk.engine, "tests", reason="x") as connection:
        if status == "published":
            connection.execute(
                text("UPDATE plan SET status = 'superseded',"
                     " effective = tstzrange('2019-01-01Z', '2019-06-01Z') WHERE id = :id"),
                {"id": desk.plan_id},
            )  # fmt: skip
        else:
            connection.execute(
                text("UPDATE plan SET status = 'in_review' WHERE id = :id"), {"id": desk.plan_id}
            )
        for query in (
            "UPDATE draft_unit SET pinned = true WHERE plan_id = :plan",
            "DELETE FROM draft_unit WHERE plan_id = :plan",
            "UPDATE draft_grid SET locked = true WHERE plan_id = :plan",
            "INSERT INTO draft_grid (plan_id, code, name_zh) VALUES (:plan, '410102009', 'x')",
            "INSERT INTO draft_operation (plan_id, number, key, actor, kind, params, delta)"
            " VALUES (:plan, 1, gen_random_uuid(), 'tests', 'assign', '{}', '{}')",
        ):
            assert changed_rows(connection, query, {"plan": desk.plan_id}) == 0, query
