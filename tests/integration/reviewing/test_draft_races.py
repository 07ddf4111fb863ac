"""Several people at one draft, or at one jurisdiction, at the same moment: nothing is lost, nobody
stands in another's way for good, and what is decided is what was looked at."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from psycopg.errors import DeadlockDetected
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from gis.errors import ConflictError, InputError
from gis.planning.editing.delta import from_json
from gis.store import drafts
from gis.store.engine import acting
from gis.workflows import publishing, reviews, scheduled_publishing, settling
from gis.workflows.drafts import discard_draft
from gis.workflows.scheduled_publishing import publish_what_is_due
from tests.integration.drafts_help import Planner
from tests.integration.reviews_help import (
    API,
    COMMUNITY,
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
from tests.integration.waiting import wait_until

WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


@contextmanager
def meanwhile(engine, statement: str, other: Callable[[], Any]) -> Iterator[list[Any]]:
    """Let `other` begin once a transaction has done its first statement that begins so, and go on
    when that is done or waits for a lock; gives what it returned or raised, at the end."""
    began: list[threading.Thread] = []
    came: list[Any] = []

    def run() -> None:
        try:
            came.append(other())
        except Exception as error:
            came.append(error)

    def after(_connection, _cursor, done: str, *_: Any) -> None:
        if began or not done.lstrip().startswith(statement):
            return
        began.append(threading.Thread(target=run))
        began[0].start()
        wait_until(lambda: not began[0].is_alive() or rows(engine, WAITING)[0][0] > 0)

    event.listen(engine, "after_cursor_execute", after)
    try:
        yield came
    finally:
        event.remove(engine, "after_cursor_execute", after)
        assert began, "the statement was never done"
        began[0].join(60)
        assert not began[0].is_alive()


def test_a_line_is_drawn_while_a_plan_with_cut_units_comes_into_force(desk):
    """Both change units of the same ground: the one that had just waits for the other."""
    cut = Planner(desk.engine, draw(desk, changed(desk, {})))
    beside = Planner(desk.engine, draw(desk, changed(desk, {})))
    shape = """SELECT ST_XMin(geom) AS x0, ST_YMin(geom) AS y0, ST_XMax(geom) AS x1,
               ST_YMax(geom) AS y1 FROM unit WHERE code = :code"""
    ((x0, y0, x1, y1),) = rows(desk.engine, shape, code=SE)

    def line(share: float) -> list[list[float]]:
        x = x0 + share * (x1 - x0)
        return [[x, y0 - 0.0001], [x, y1 + 0.0001]]

    cut.do("cut", units=[desk.units[SE]], line=line(0.4))

    def draws() -> Any:
        return beside.do("cut", units=[desk.units[SE]], line=line(0.7))

    with meanwhile(desk.engine, "UPDATE unit SET retired_at = NULL", draws) as came:
        publish(desk, cut.plan_id)
    assert status_of(desk.engine, cut.plan_id) == "published"
    assert came[0]["kind"] == "cut", came
    beside.do("undo")


def test_what_is_being_sent_for_review_is_not_discarded(desk):
    plan = draw(desk, changed(desk, {SE: NORTHERN}))

    def discards() -> None:
        discard_draft(desk.engine, plan, actor="别人 (other)")

    with meanwhile(desk.engine, "INSERT INTO plan_review", discards) as came:
        reviews.take_step(desk.engine, plan, "send", actor="起草人 (drawer)")
    assert isinstance(came[0], ConflictError) and came[0].code == "draft-in-review"
    assert rows(desk.engine, "SELECT discarded_at FROM draft WHERE plan_id = :id", id=plan) == [
        (None,)
    ]


def test_a_discarded_draft_does_not_come_into_force(client, desk):
    plan = draw(desk, changed(desk, {}))
    approved(client, desk, plan)
    with acting(desk.engine, "tests") as connection:
        connection.execute(
            text("UPDATE draft SET discarded_at = now(), discarded_by = 'tests'"
                 " WHERE plan_id = :id"), {"id": plan},
        )  # fmt: skip
    refused = client.post(f"{API}/plans/{plan}/publishing", json={}, headers=desk.header("planner"))
    assert (refused.status_code, refused.json()["code"]) == (409, "draft-discarded")


def test_who_decides_decides_on_what_they_have_looked_at(client, desk):
    plan = draw(desk, changed(desk, {SE: NORTHERN}))

    def sent() -> int:
        return int(step(client, desk, "drawer", plan, "send").json()["review"]["id"])

    looked_at = sent()
    assert step(client, desk, "drawer", plan, "withdraw").status_code == 200
    changes = client.patch(
        f"{API}/drafts/{plan}", json={"tolerance": 0.9}, headers=desk.header("drawer")
    )
    assert changes.status_code == 200
    told = client.get(f"{API}/plans/{plan}/history", headers=desk.header("leader")).json()["items"]
    assert (told[0]["action"], told[0]["data"]) == ("change", {"tolerance": [0.05, 0.9]})
    now = sent()
    for what in ("approve", "return"):
        refused = step(client, desk, "leader", plan, what, review=looked_at, reason="x")
        assert (refused.status_code, refused.json()["code"]) == (409, "review-sent-again")
    assert step(client, desk, "leader", plan, "approve", review=now).status_code == 200


def test_comparing_stands_in_nobodys_way(client, desk):
    """Not in the way of the plan that comes into force, nor of who compares the other way round."""
    draft = draw(desk, changed(desk, {NE: SOUTHERN}))
    ((now,),) = rows(desk.engine, "SELECT id FROM plan WHERE status = 'published'")
    approved(client, desk, draft)

    def compares() -> int:
        answer = client.get(f"{API}/plans/{now}/compare/{draft}", headers=desk.header("leader"))
        return answer.status_code

    # Published with all locks that it takes: whoever compares gets an answer meanwhile.
    with (
        ThreadPoolExecutor() as pool,
        acting(desk.engine, "tests", action="publish") as connection,
    ):
        publishing.publish_approved(connection, draft)
        assert pool.submit(compares).result(60) == 200
    assert status_of(desk.engine, draft) == "published"


def test_two_compare_two_drafts_from_either_side(client, desk, monkeypatch):
    a, b = (draw(desk, changed(desk, {unit: NORTHERN})) for unit in (SE, SW))
    both, real = threading.Barrier(2), settling.derived
    met = threading.local()

    def together(*given: Any, **more: Any) -> Any:
        if not getattr(met, "once", False):
            met.once = True
            both.wait(30)
        return real(*given, **more)

    monkeypatch.setattr(settling, "derived", together)

    def compares(pair: tuple[int, int]) -> int:
        x, y = pair
        return client.get(
            f"{API}/plans/{x}/compare/{y}", headers=desk.header("leader")
        ).status_code  # fmt: skip

    with ThreadPoolExecutor() as pool:
        assert list(pool.map(compares, ((a, b), (b, a)))) == [200, 200]


def test_by_hand_and_by_the_clock_it_is_published_once(client, desk):
    plan = draw(desk, changed(desk, {SW: NORTHERN}))
    approved(client, desk, plan)
    answer = client.post(
        f"{API}/drafts/{plan}/schedule", json={"at": "2027-01-01T00:00:00Z"},
        headers=desk.header("planner"),
    )  # fmt: skip
    assert answer.status_code == 200
    with acting(desk.engine, "tests") as connection:
        connection.execute(text("UPDATE plan_schedule SET next_at = now() WHERE plan_id = :id"),
                           {"id": plan})  # fmt: skip
    with acting(desk.engine, "手 (hand)", action="publish") as connection:
        publishing.publish_approved(connection, plan)
        assert publish_what_is_due(desk.engine) == 0
    assert publish_what_is_due(desk.engine) == 0
    published = "SELECT actor FROM plan_event WHERE plan_id = :id AND to_status = 'published'"
    assert rows(desk.engine, published, id=plan) == [("手 (hand)",)]
    ended = "SELECT ended_how, ended_by FROM plan_schedule WHERE plan_id = :id"
    assert rows(desk.engine, ended, id=plan) == [("published", "手 (hand)")]


def test_what_stood_in_the_way_for_a_moment_is_tried_again(client, desk, monkeypatch):
    plan = draw(desk, changed(desk, {}))
    approved(client, desk, plan)
    client.post(
        f"{API}/drafts/{plan}/schedule", json={"at": "2027-01-01T00:00:00Z"},
        headers=desk.header("planner"),
    )  # fmt: skip

    def comes() -> int:
        with acting(desk.engine, "tests") as connection:
            connection.execute(
                text("UPDATE plan_schedule SET next_at = now() WHERE plan_id = :id"
                     " AND ended_at IS NULL"), {"id": plan},
            )  # fmt: skip
        return publish_what_is_due(desk.engine)

    def deadlock(*_: Any, **__: Any) -> None:
        raise OperationalError("UPDATE unit", {}, DeadlockDetected("deadlock detected"))

    with monkeypatch.context() as broken:
        broken.setattr(scheduled_publishing.publishing, "publish_plan", deadlock)
        assert comes() == 0
    left = "SELECT ended_how, tries FROM plan_schedule WHERE plan_id = :id ORDER BY id DESC LIMIT 1"
    assert rows(desk.engine, left, id=plan) == [(None, 1)]
    assert comes() == 1
    assert status_of(desk.engine, plan) == "published"


def test_two_go_back_and_one_does(client, desk):
    ((now, former),) = rows(
        desk.engine,
        "SELECT n.id, o.id FROM plan AS n JOIN plan AS o ON upper(o.effective) = lower(n.effective)"
        " WHERE n.status = 'published'",
    )
    start = threading.Barrier(2)

    def back(_: int) -> tuple[int, str]:
        start.wait(30)
        answer = client.post(
            f"{API}/plans/{former}/roll-back", json={"reason": "x", "instead_of": now},
            headers=desk.header("planner"),
        )  # fmt: skip
        return answer.status_code, answer.json().get("code", "")

    with ThreadPoolExecutor() as pool:
        (first, _), (second, why) = sorted(pool.map(back, range(2)))
    assert (first, second) == (200, 409) and why in ("roll-back-not-former", "plan-former-changed")


def test_the_same_operation_sent_twice_at_once_and_again_later_is_done_once(client, desk):
    plan = draw(desk, changed(desk, {}))
    body = {
        "key": str(uuid.uuid4()), "kind": "pin", "base": 0,
        "params": {"units": [desk.units[SE]], "pinned": True},
    }  # fmt: skip

    def send(sent: dict[str, Any] = body) -> Any:
        return client.post(
            f"{API}/drafts/{plan}/operations", json=sent, headers=desk.header("drawer")
        )

    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(send, [body] * 4))
    assert {(one.status_code, one.json()["version"]) for one in answers} == {(200, 1)}
    # With another content it is another operation.
    other = {**body, "params": {"units": [desk.units[SW]], "pinned": True}}
    refused = send(other)
    assert (refused.status_code, refused.json()["code"]) == (409, "draft-key-taken")
    # Whoever did not hear the answer hears it still when the draft is in review.
    assert step(client, desk, "drawer", plan, "send").status_code == 200
    again = send()
    assert (again.status_code, again.json()) == (200, answers[0].json())


def test_many_draw_undo_settle_and_discard_at_once_and_nothing_is_lost(desk):
    """What the draft is like is what its operations, one after the other, make of it."""
    plan = draw(desk, changed(desk, {}))
    first = Planner(desk.engine, plan).working()
    units = [desk.units[code] for code in (SW, SE, NW, NE)]
    stop, faults = threading.Event(), []

    def draws(number: int) -> None:
        me = Planner(desk.engine, plan, f"p{number} (p{number})")
        for turn in range(12):
            unit, grid = units[(number + turn) % 4], (SOUTHERN, NORTHERN)[turn % 2]
            for kind, asked in (
                ("assign", {"units": [unit], "grid": grid}),
                ("pin", {"units": [unit], "pinned": turn % 3 == 0}),
                ("undo" if turn % 2 else "redo", {}),
            ):  # fmt: skip
                try:
                    me.do(kind, **asked)
                except (ConflictError, InputError):
                    pass
                except Exception as error:
                    faults.append(error)

    def settles() -> None:
        while not stop.is_set():
            try:
                with acting(desk.engine, "tests") as connection:
                    settling.settle(connection, plan)
                discard_draft(desk.engine, plan, actor="tests")
                with acting(desk.engine, "tests") as connection:
                    connection.execute(
                        text("UPDATE draft SET discarded_at = NULL, discarded_by = NULL"
                             " WHERE plan_id = :id"), {"id": plan},
                    )  # fmt: skip
            except Exception as error:
                faults.append(error)

    other = threading.Thread(target=settles)
    other.start()
    with ThreadPoolExecutor() as pool:
        list(pool.map(draws, range(3)))
    stop.set()
    other.join(60)
    assert not faults and not other.is_alive()
    with desk.engine.connect() as connection:
        done = drafts.operations(connection, plan, limit=1000, after=0)
        assert [one["number"] for one in done] == list(range(1, drafts.version(connection, plan)
                                                            + 1))  # fmt: skip
    now = first
    for one in done:
        delta = from_json(one["delta"])
        assert delta.conflicts(now) == ([], [])
        now = delta.apply(now)
    assert now == Planner(desk.engine, plan).working()
    assert {"assign", "pin", "undo"} <= {one["kind"] for one in done}
    assert THIRD not in now.grids and COMMUNITY in now.grids
