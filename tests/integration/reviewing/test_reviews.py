"""A draft's road: which steps when and by whom, what the check finds, comments, and publishing."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from gis.store.engine import acting
from tests.factories import make_neighbour
from tests.integration.reviews_help import (
    API,
    NE,
    NORTHERN,
    NW,
    SE,
    SOUTHERN,
    SW,
    THIRD,
    approved,
    changed,
    draw,
    publish,
    rows,
    status_of,
    step,
)
from tests.signing import sign_in

STATES = ("draft", "waiting", "approved", "published", "superseded", "discarded")
# What may be done to a draft in each state, by somebody who may do it.
ALLOWED = {
    "draft": {"send"}, "waiting": {"approve", "return", "withdraw"},
    "approved": {"return", "withdraw", "schedule", "publish"},
    "published": set(), "superseded": set(), "discarded": set(),
}  # fmt: skip
AFTER = {
    "send": "waiting", "approve": "approved", "return": "draft", "withdraw": "draft",
    "schedule": "approved", "publish": "published",
}  # fmt: skip
BY = {"send": "drawer", "withdraw": "drawer"}
SOON = "2027-01-01T00:00:00Z"


def standing(client, desk, plan, who="planner"):
    answer = client.get(f"{API}/drafts/{plan}/review", headers=desk.header(who))
    assert answer.status_code == 200, answer.text
    return answer.json()


def take(client, desk, who, plan, what):
    """Any step of the table, as somebody; the answer."""
    if what == "schedule":
        return client.post(
            f"{API}/drafts/{plan}/schedule", json={"at": SOON}, headers=desk.header(who)
        )
    if what == "publish":
        return client.post(f"{API}/plans/{plan}/publishing", json={}, headers=desk.header(who))
    more = {"reason": "边界不清"} if what == "return" else {}
    return step(client, desk, who, plan, what, **more)


def brought_to(client, desk, state):
    """A draft in that state."""
    plan = draw(desk, changed(desk, {SE: NORTHERN}))
    if state in ("waiting", "approved", "published", "superseded"):
        assert take(client, desk, "drawer", plan, "send").status_code == 200
    if state in ("approved", "published", "superseded"):
        assert take(client, desk, "leader", plan, "approve").status_code == 200
    if state in ("published", "superseded"):
        answer = take(client, desk, "planner", plan, "publish")
        assert answer.status_code == 200, answer.text
    if state == "superseded":
        publish(desk, draw(desk, changed(desk, {})))
    if state == "discarded":
        with acting(desk.engine, "tests") as connection:
            connection.execute(
                text("UPDATE draft SET discarded_at = now(), discarded_by = 'tests'"
                     " WHERE plan_id = :id"), {"id": plan},
            )  # fmt: skip
    return plan


@pytest.mark.parametrize("state", STATES)
def test_each_state_allows_its_steps_and_no_others(client, desk, state):
    plan = brought_to(client, desk, state)
    for what in sorted(set(AFTER) - ALLOWED[state]):
        before = standing(client, desk, plan)
        answer = take(client, desk, BY.get(what, "planner"), plan, what)
        refused = (409, 403) if what == "publish" else (409,)
        assert answer.status_code in refused, (what, answer.text)
        assert answer.json()["code"] in (
            "review-not-now", "publish-needs-approval", "plan-not-draft", "draft-discarded",
        ), what  # fmt: skip
        assert standing(client, desk, plan) == before
    for what in sorted(ALLOWED[state]):
        plan = brought_to(client, desk, state)
        assert what in standing(client, desk, plan, BY.get(what, "planner"))["may"]
        answer = take(client, desk, BY.get(what, "planner"), plan, what)
        assert answer.status_code == 200, (what, answer.text)
        assert standing(client, desk, plan)["state"] == AFTER[what]


@pytest.mark.parametrize(
    ("who", "what", "state", "code"),
    [
        ("leader", "send", "draft", "review-needs-planner"),
        ("leader", "withdraw", "waiting", "review-needs-planner"),
        ("leader", "schedule", "approved", "role-not-allowed"),
        ("leader", "publish", "approved", "role-not-allowed"),
        ("dispatcher", "send", "draft", "role-not-allowed"),
        ("part", "approve", "waiting", "review-needs-whole"),
        ("part", "return", "waiting", "review-needs-whole"),
        ("part", "schedule", "approved", "review-needs-whole"),
        ("part", "publish", "approved", "review-needs-whole"),
        ("drawer", "approve", "waiting", "review-own-draft"),
    ],
)
def test_who_may_not_is_told_why_and_changes_nothing(client, desk, who, what, state, code):
    plan = brought_to(client, desk, state)
    answer = take(client, desk, who, plan, what)
    assert (answer.status_code, answer.json()["code"]) == (403, code)
    now = standing(client, desk, plan)
    assert now["state"] == state
    if who in ("leader", "part", "drawer") and code.startswith("review"):
        assert standing(client, desk, plan, who)["why_not"][what] == code


def test_a_planner_of_a_part_sends_and_the_whole_decides(client, desk):
    refused = step(client, desk, "part", draw(desk, changed(desk, {})), "send")
    assert (refused.status_code, refused.json()["code"]) == (403, "draft-not-yours")
    ((now,),) = rows(desk.engine, "SELECT id FROM plan WHERE status = 'published'")
    plan = client.post(
        f"{API}/drafts", headers=desk.header("part"),
        json={"jurisdiction": desk.town.jurisdiction_id, "name": "部分", "from": {"plan": now}},
    ).json()["plan_id"]  # fmt: skip
    assert step(client, desk, "part", plan, "send").status_code == 200
    assert step(client, desk, "leader", plan, "approve").status_code == 200


def operate(client, desk, who, plan, unit, to, was):
    import uuid

    body = {
        "key": str(uuid.uuid4()), "kind": "assign", "base": 0,
        "params": {"units": [desk.units[unit]], "grid": to, "before": [[was, [desk.units[unit]]]]},
    }  # fmt: skip
    return client.post(f"{API}/drafts/{plan}/operations", json=body, headers=desk.header(who))


def test_nobody_approves_what_they_drew_themselves(client, desk):
    """Neither who changed it, nor who made it, nor who changed what it was copied from."""
    drawn = draw(desk, changed(desk, {}))
    assert operate(client, desk, "planner", drawn, SE, NORTHERN, SOUTHERN).status_code == 200
    made = client.post(
        f"{API}/drafts", headers=desk.header("planner"),
        json={"jurisdiction": desk.town.jurisdiction_id, "name": "建", "from": {"plan": drawn}},
    )  # fmt: skip
    assert made.status_code == 201, made.text
    copied = client.post(
        f"{API}/drafts", headers=desk.header("drawer"),
        json={"jurisdiction": desk.town.jurisdiction_id, "name": "抄", "from": {"plan": drawn}},
    ).json()["plan_id"]  # fmt: skip
    for plan in (drawn, made.json()["plan_id"], copied):
        assert step(client, desk, "drawer", plan, "send").status_code == 200
        refused = step(client, desk, "planner", plan, "approve")
        assert (refused.status_code, refused.json()["code"]) == (403, "review-own-draft")
        assert step(client, desk, "leader", plan, "approve").status_code == 200


def test_a_draft_rests_while_it_is_in_review(client, desk):
    plan = brought_to(client, desk, "waiting")
    refused = operate(client, desk, "drawer", plan, SW, NORTHERN, SOUTHERN)
    assert (refused.status_code, refused.json()["code"]) == (409, "draft-in-review")
    # Nor is there another way around.
    with pytest.raises(IntegrityError), acting(desk.engine, "tests") as connection:
        connection.execute(
            text("INSERT INTO draft_operation (plan_id, number, key, actor, kind, params, delta)"
                 " VALUES (:plan, 1, gen_random_uuid(), 'tests', 'assign', '{}', '{}')"),
            {"plan": plan},
        )  # fmt: skip
    assert step(client, desk, "drawer", plan, "withdraw").status_code == 200
    assert operate(client, desk, "drawer", plan, SE, SOUTHERN, NORTHERN).status_code == 200


def test_going_back_says_why_and_all_is_told_in_the_history(client, desk):
    plan = brought_to(client, desk, "waiting")
    refused = client.post(
        f"{API}/drafts/{plan}/review", json={"step": "return"}, headers=desk.header("leader")
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "review-reason-missing")
    assert take(client, desk, "leader", plan, "return").status_code == 200
    review = standing(client, desk, plan)["review"]
    assert (review["ended_how"], review["reason"]) == ("returned", "边界不清")
    approved(client, desk, plan)
    assert take(client, desk, "planner", plan, "schedule").status_code == 200
    cancelled = client.post(
        f"{API}/drafts/{plan}/schedule", json={"at": None}, headers=desk.header("planner")
    )
    assert cancelled.status_code == 200
    assert take(client, desk, "planner", plan, "publish").status_code == 200
    told = client.get(f"{API}/plans/{plan}/history", headers=desk.header("leader")).json()["items"]
    assert [one["action"] for one in reversed(told)][1:] == [
        "send", "return", "send", "approve", "schedule", "schedule-cancel", "publish",
    ]  # fmt: skip
    assert told[0]["actor"].startswith("planner (")
    returned = next(one for one in told if one["action"] == "return")
    assert (returned["reason"], returned["to_status"]) == ("边界不清", "draft")
    inbox = client.get(f"{API}/notices", headers=desk.header("drawer"), params={"lang": "en"})
    words = [one["text"] for one in inbox.json()["items"]]
    assert any("returned: 边界不清" in one for one in words)
    assert any("was approved" in one for one in words)
    assert any(
        "waits for review" in one["text"]
        for one in client.get(
            f"{API}/notices", headers=desk.header("leader"), params={"lang": "en"}
        ).json()["items"]
    )


def checked(client, desk, plan):
    answer = client.get(f"{API}/drafts/{plan}/check", headers=desk.header("leader"))
    assert answer.status_code == 200, answer.text
    return {one["code"]: one for one in answer.json()["items"]}


def test_the_check_finds_what_is_wrong_and_where(client, desk):
    sound = checked(client, desk, draw(desk, changed(desk, {})))
    assert not [one for one in sound.values() if one["severity"] == "error"]
    loose = draw(desk, changed(desk, {SW: None}))
    found = checked(client, desk, loose)["check-units-unassigned"]
    assert (found["severity"], found["units"]) == ("error", [desk.units[SW]])
    refused = step(client, desk, "drawer", loose, "send")
    assert (refused.status_code, refused.json()["code"]) == (409, "draft-check-failed")
    # West of the southern grid and east of the northern one: both in two pieces, corner to corner.
    torn = checked(client, desk, draw(desk, changed(desk, {SE: NORTHERN, NE: SOUTHERN, NW: NORTHERN,
                                                          SW: SOUTHERN})))  # fmt: skip
    assert torn["check-grids-in-pieces"]["severity"] == "error"
    assert set(torn["check-grids-in-pieces"]["grids"]) == {SOUTHERN, NORTHERN}
    assert torn["check-grids-in-pieces"]["bbox"]
    uneven = checked(client, desk, draw(desk, changed(desk, {SE: NORTHERN})))
    outside = uneven["check-outside-tolerance"]
    assert (outside["severity"], set(outside["grids"])) == ("warning", {SOUTHERN, NORTHERN})
    assert all(one["message"] for one in outside["reasons"])
    vacant = checked(client, desk, draw(desk, changed(desk, {NW: THIRD, NE: THIRD})))
    assert vacant["check-posts-unfilled"]["grids"] == [THIRD]
    assert vacant["check-posts-ending"]["grids"] == [NORTHERN]
    named = {SOUTHERN: "同名", NORTHERN: "同名"}
    twice = checked(client, desk, draw(desk, changed(desk, {}), names=named))["check-names-twice"]
    assert (twice["severity"], set(twice["grids"])) == ("error", {SOUTHERN, NORTHERN})
    blank = checked(client, desk, draw(desk, changed(desk, {}), names={SOUTHERN: " "}))
    assert blank["check-names-missing"]["grids"] == [SOUTHERN]


def test_a_retired_code_does_not_come_to_mean_another_grid(client, desk):
    with_third = draw(desk, changed(desk, {NE: THIRD}))
    publish(desk, with_third)
    publish(desk, draw(desk, changed(desk, {})))  # the third is gone again
    again = draw(desk, changed(desk, {SW: THIRD}))
    found = checked(client, desk, again)["check-codes-reused"]
    assert (found["severity"], found["grids"]) == ("error", [THIRD])
    assert step(client, desk, "drawer", again, "send").json()["code"] == "draft-check-failed"
    # A draft made from the plan that had it means the same grid.
    revived = draw(desk, changed(desk, {NE: THIRD}), based_on=with_third)
    assert "check-codes-reused" not in checked(client, desk, revived)
    # Retired while it waited: not published either.
    waiting = draw(desk, changed(desk, {SE: f"{SOUTHERN[:12]}008"}))
    approved(client, desk, waiting)
    publish(desk, draw(desk, changed(desk, {NE: f"{SOUTHERN[:12]}008"})))
    publish(desk, draw(desk, changed(desk, {})))
    refused = take(client, desk, "planner", waiting, "publish")
    assert (refused.status_code, refused.json()["code"]) == (409, "plan-codes-reused")


def test_a_draft_that_changed_after_it_was_approved_is_not_published(client, desk):
    plan = brought_to(client, desk, "approved")
    with acting(desk.engine, "tests") as connection:
        connection.execute(
            text("UPDATE draft SET version = version + 1, settled = version + 1"
                 " WHERE plan_id = :id"), {"id": plan},
        )  # fmt: skip
    refused = take(client, desk, "planner", plan, "publish")
    assert (refused.status_code, refused.json()["code"]) == (409, "publish-needs-approval")


def test_comments_are_pinned_answered_and_resolved(client, desk):
    plan = draw(desk, changed(desk, {SE: NORTHERN}))
    address = f"{API}/drafts/{plan}/comments"

    def say(who, **body):
        return client.post(address, json=body, headers=desk.header(who))

    (first,) = say("leader", text="这里为何？", place=[113.601, 34.751]).json()["items"]
    assert (first["place"], first["answers"]) == ([113.601, 34.751], [])
    told = say("part", text="同意", answers_id=first["id"]).json()["items"]
    assert [one["text"] for one in told[0]["answers"]] == ["同意"]
    grid = say("planner", text="x", grid_code=SOUTHERN).json()["items"][1]
    assert grid["grid_code"] == SOUTHERN
    assert checked(client, desk, plan)["check-comments-open"]["count"] == 2
    for resolved in (True, True, False, True):
        done = client.post(
            f"{address}/{first['id']}/resolve", json={"resolved": resolved},
            headers=desk.header("drawer"),
        )  # fmt: skip
        assert (done.json()["items"][0]["resolved_at"] is not None) is resolved
    assert say("leader", text="x", grid_code=THIRD).json()["code"] == "comment-grid-unknown"
    answer = told[0]["answers"][0]["id"]
    assert say("leader", text="x", answers_id=answer).json()["code"] == "comment-not-found"
    assert say("leader", text="  ").status_code == 422
    other = draw(desk, changed(desk, {}))
    elsewhere = f"{API}/drafts/{other}/comments/{first['id']}/resolve"
    assert client.post(
        elsewhere, json={"resolved": True}, headers=desk.header("drawer")
    ).status_code == 404  # fmt: skip
    approved(client, desk, plan)
    assert take(client, desk, "planner", plan, "publish").status_code == 200
    assert say("leader", text="zu spät").json()["code"] == "comment-draft-closed"
    assert len(client.get(address, headers=desk.header("leader")).json()["items"]) == 2


def test_the_first_plan_of_a_jurisdiction_needs_nobody(client, desk):
    with acting(desk.engine, "tests") as connection:
        other = connection.scalar(
            text("INSERT INTO organisation (code, kind, name_zh) VALUES ('410105', 'district',"
                 " '金水区') RETURNING id")
        )  # fmt: skip
        plan = connection.scalar(
            text("INSERT INTO plan (jurisdiction_id, name, tolerance, created_by)"
                 " VALUES (:of, 'x', 0.05, 'tests') RETURNING id"), {"of": other},
        )  # fmt: skip
    header = sign_in(desk.engine, "planner", organisation_id=other)
    answer = client.get(f"{API}/drafts/{plan}/review", headers=header).json()
    assert (answer["state"], answer["may"]) == ("draft", ["send", "publish"])
    # Nobody else's approval, but grids it needs.
    refused = client.post(f"{API}/plans/{plan}/publishing", json={}, headers=header)
    assert (refused.status_code, refused.json()["code"]) == (409, "plan-without-grids")


def test_another_jurisdiction_is_not_there(client, desk):
    plan = brought_to(client, desk, "waiting")
    _, district = make_neighbour(desk.engine)
    header = sign_in(desk.engine, "planner", "leader", organisation_id=district)
    before = rows(desk.engine, "SELECT count(*) FROM plan_event")
    for method, path, body in (
        ("GET", f"drafts/{plan}/check", None), ("GET", f"drafts/{plan}/review", None),
        ("GET", f"drafts/{plan}/comments", None), ("GET", f"plans/{plan}/history", None),
        ("POST", f"drafts/{plan}/review", {"step": "approve"}),
        ("POST", f"drafts/{plan}/schedule", {"at": SOON}),
        ("POST", f"drafts/{plan}/comments", {"text": "x"}),
        ("POST", f"drafts/{plan}/comments/1/resolve", {"resolved": True}),
        ("POST", f"plans/{plan}/publishing", {}),
        ("POST", f"plans/{desk.plan_id}/roll-back", {"reason": "x"}),
    ):  # fmt: skip
        answer = client.request(method, f"{API}/{path}", json=body, headers=header)
        assert (answer.status_code, answer.json()["code"]) == (404, "plan-not-found"), path
    assert rows(desk.engine, "SELECT count(*) FROM plan_event") == before
    assert status_of(desk.engine, plan) == "in_review"
