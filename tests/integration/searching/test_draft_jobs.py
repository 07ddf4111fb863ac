"""Searches on drafts: asked for, done by a worker, shown, taken as far as they still fit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from itertools import permutations

import pytest
from sqlalchemy import text

from gis.workflows.boards import Boards
from gis.workflows.draft_jobs_run import MOST_RUNS, WorkLeftError, run_job
from tests.integration.draft_jobs_help import (
    AREAS,
    Desk,
    upset_draft,
)
from tests.integration.waiting import wait_until

# A worker of its own process, which never gets on with the first search that is begun.
WORKER = """
import asyncio, sys, time
from gis.store.engine import make_engine
from gis.workflows import draft_jobs_run, worker
url, marks = sys.argv[1:]
made, real = make_engine(url), draft_jobs_run.search
def search(draft, kind, request, **more):
    with open(marks, "a") as file:
        file.write("begun\\n")
    if sum(1 for _ in open(marks)) == 1:
        time.sleep(600)
    return real(draft, kind, request, **more)
draft_jobs_run.search = search
asyncio.run(worker.Worker(made, url, None, stalled_after_s=1.5).run())
"""


@pytest.fixture(scope="module")
def boards() -> Boards:
    return Boards()


@pytest.fixture
def desk(desk: Desk) -> Desk:
    assert desk.worst() > 0.3 and desk.whole()
    return desk


def moved(proposal: dict) -> dict[int, str]:
    return {unit: after for _, after, units in proposal["moves"] for unit in units}


def test_a_search_changes_nothing_until_it_is_taken_and_then_once(desk, boards):
    before = desk.grids()
    job = desk.start()
    assert desk.job(job)["status"] == "waiting"
    run_job(desk.engine, boards, job)
    found = desk.job(job)
    assert (found["status"], found["fraction"]) == ("done", 1.0)
    assert desk.grids() == before
    told = found["result"]
    assert told["before"]["max_deviation"] == pytest.approx(desk.worst())
    assert told["after"]["max_deviation"] <= 0.05
    assert told["after"]["within"] == told["after"]["grids"] == 8
    assert told["people_moved"] == sum(desk.district.people[unit] for unit in moved(told))
    assert told["least_share"] <= told["load_share"] <= 2 * told["least_share"]
    assert sum(row["people_given"] for row in told["grids"]) == told["people_moved"]
    assert [len(step["units"]) for step in told["steps"]]
    assert found["fits"] == [
        {"version": 0, "units": told["units_moved"], "arrived": 0, "dropped": {}}
    ]

    assert desk.do("take", job=job).status_code == 200
    after = desk.grids()
    assert after == before | moved(told)
    assert desk.worst() == pytest.approx(told["after"]["max_deviation"]) and desk.whole()
    again = desk.do("take", job=job)
    assert (again.status_code, again.json()["code"]) == (409, "draft-job-taken")
    assert desk.do("undo").status_code == 200 and desk.grids() == before
    assert desk.do("take", job=job).status_code == 200 and desk.grids() == after


def test_locks_pins_and_groups_are_kept_and_only_what_is_chosen_moves(desk, boards):
    unit = desk.district.unit
    assert desk.do("lock", grids=[f"{AREAS[0]}001002"], locked=True).status_code == 200
    pins = [unit[cell] for cell in ((0, 4), (12, 0))]
    assert desk.do("pin", units=pins, pinned=True).status_code == 200
    group = [unit[cell] for cell in ((11, 4), (10, 4))]
    assert desk.do("together", units=group, together="new").status_code == 200
    before = desk.grids()
    job = desk.start()
    run_job(desk.engine, boards, job)
    goes = moved(desk.job(job)["result"])
    assert goes and not set(goes) & set(pins)
    assert not [u for u, code in goes.items() if f"{AREAS[0]}001002" in (code, before[u])]
    assert len({goes.get(u, before[u]) for u in group}) == 1
    assert desk.do("take", job=job).status_code == 200 and desk.whole()

    job = desk.start(grids=[f"{AREAS[1]}001001", f"{AREAS[1]}001002"])
    run_job(desk.engine, boards, job)
    goes = moved(desk.job(job)["result"])
    assert {code[:12] for code in goes.values()} <= {f"{AREAS[1]}001"}
    job = desk.start(worst=1)
    run_job(desk.engine, boards, job)
    assert len({c[:9] for c in moved(desk.job(job)["result"]).values()}) <= 1


def test_of_a_draft_that_has_changed_as_much_is_taken_as_still_fits(desk, boards):
    job = desk.start()
    run_job(desk.engine, boards, job)
    goes = moved(desk.job(job)["result"])
    pinned = sorted(goes)[:2]
    assert desk.do("pin", units=pinned, pinned=True).status_code == 200
    before = desk.grids()
    (fit,) = desk.job(job)["fits"]
    assert set(fit["dropped"]["pinned"]) == set(pinned) and fit["version"] == 1
    stay = {unit for units in fit["dropped"].values() for unit in units}
    assert fit["units"] == len(goes) - len(stay) > 0
    assert desk.do("take", job=job).status_code == 200
    assert desk.grids() == before | {u: code for u, code in goes.items() if u not in stay}
    assert desk.whole()
    assert desk.do("lock", grids=list(AREAS), locked=True).status_code == 200
    late = desk.do("take", job=job)
    assert (late.status_code, late.json()["code"]) == (409, "draft-job-overtaken")


def test_one_search_at_a_time_and_wrong_wishes_are_refused(desk):
    job = desk.start()
    again = desk.call("POST", f"/drafts/{desk.plan_id}/jobs", {"kind": "rebalance"})
    assert (again.status_code, again.json()["code"]) == (409, "draft-job-at-work")
    early = desk.do("take", job=job)
    assert (early.status_code, early.json()["code"]) == (409, "draft-job-not-done")
    assert desk.call("DELETE", f"/draft-jobs/{job}").status_code == 204
    assert desk.call("GET", f"/drafts/{desk.plan_id}/jobs").json()["items"][0]["id"] == job
    for wrong in (
        {"grids": []}, {"grids": ["410102004001999"]}, {"keep": -1}, {"seconds": 0},
        {"within": "city"}, {"kind": "guess"}, {"tolerance": 0}, {"more": 1},
    ):  # fmt: skip
        answer = desk.call("POST", f"/drafts/{desk.plan_id}/jobs", {"kind": "rebalance", **wrong})
        assert answer.status_code == 422, wrong
    assert desk.call("GET", f"/drafts/{desk.plan_id}/jobs").json()["items"][0]["id"] == job


def test_a_cancelled_search_ends_soon_and_gives_nothing(desk, boards):
    job = desk.start(kind="alternatives", count=20, effort=5)
    worker = threading.Thread(target=run_job, args=(desk.engine, boards, job))
    worker.start()
    wait_until(lambda: desk.job(job)["fraction"] > 0)
    assert desk.job(job)["status"] == "running"
    assert desk.call("DELETE", f"/draft-jobs/{job}").status_code == 204
    worker.join(60)
    assert not worker.is_alive()
    found = desk.job(job)
    assert (found["status"], found["result"], found["fits"]) == ("cancelled", None, None)
    run_job(desk.engine, boards, job)  # as the queue does with one that was not begun yet
    assert desk.job(job)["status"] == "cancelled"
    assert desk.do("take", job=job).json()["code"] == "draft-job-not-done"


def test_a_worker_that_is_asked_to_stop_leaves_the_search_to_another(desk, boards):
    job = desk.start()
    with pytest.raises(WorkLeftError):
        run_job(desk.engine, boards, job, lambda: True)
    assert desk.job(job)["status"] == "waiting"
    run_job(desk.engine, boards, job)
    assert desk.job(job)["status"] == "done"


def test_what_a_killed_worker_leaves_another_one_takes_up(engine, desk, tmp_path):
    job = desk.start()
    marks = tmp_path / "marks"
    url = engine.url.render_as_string(hide_password=False)

    def worker() -> subprocess.Popen:
        return subprocess.Popen([sys.executable, "-c", WORKER, url, str(marks)])

    first = worker()
    try:
        wait_until(lambda: marks.exists() and marks.read_text() != "")
        assert desk.job(job)["status"] == "running"
    finally:
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    second = worker()
    try:
        wait_until(lambda: desk.job(job)["status"] not in ("waiting", "running"))
    finally:
        second.terminate()
        second.wait()
    assert desk.job(job)["status"] == "done" and marks.read_text() == "begun\n" * 2
    assert desk.do("take", job=job).status_code == 200
    assert desk.worst() <= 0.05 and desk.whole()


def test_a_late_answer_of_a_worker_thought_dead_does_not_count(desk, boards, monkeypatch):
    from gis.workflows import draft_jobs_run

    job, real = desk.start(), draft_jobs_run.search

    def overtaken(draft, kind, request, **more):
        monkeypatch.setattr(draft_jobs_run, "search", real)
        run_job(desk.engine, boards, job)
        return {"version": 0, "moves": [["x", "y", [1]]]}

    monkeypatch.setattr(draft_jobs_run, "search", overtaken)
    run_job(desk.engine, boards, job)
    assert desk.job(job)["result"]["units_moved"] > 0


def test_work_that_workers_die_at_is_given_up(desk, boards, monkeypatch):
    from gis.workflows import draft_jobs_run

    def dies(*_, **__):
        raise KeyboardInterrupt

    job = desk.start()
    monkeypatch.setattr(draft_jobs_run, "search", dies)
    for _ in range(MOST_RUNS):
        with pytest.raises(KeyboardInterrupt):
            run_job(desk.engine, boards, job)
    run_job(desk.engine, boards, job)
    found = desk.job(job)
    assert (found["status"], found["error"]["code"]) == ("failed", "draft-job-given-up")
    assert set(found["error"]["detail"]) == {"zh-CN", "en"}


def test_a_search_that_cannot_be_says_why(desk, boards):
    assert desk.do("lock", grids=list(AREAS), locked=True).status_code == 200
    job = desk.start()
    run_job(desk.engine, boards, job)
    assert desk.job(job)["error"]["code"] == "draft-job-nothing-to-move"


def test_suggestions_taken_one_by_one_lower_the_deviation_each_time(desk):
    for _ in range(30):
        told = desk.call("GET", f"/drafts/{desk.plan_id}/suggestions?count=1").json()
        if not told["items"]:
            break
        (move,) = told["items"]
        grids = desk.grids()
        assert move["largest"][0] == pytest.approx(desk.worst(grids))
        assert {grids[unit] for unit in move["units"]} == {move["from"]}
        answer = desk.do("assign", units=move["units"], grid=move["to"])
        assert answer.status_code == 200
        pair = [max(map(abs, ends)) for ends in
                zip(move["deviation_from"], move["deviation_to"], strict=True)]  # fmt: skip
        assert pair[1] < pair[0] and desk.whole()
        assert desk.worst() == pytest.approx(move["largest"][1])
    assert desk.worst() <= 0.05 and told["outside"] == 0


def test_alternatives_are_not_beaten_and_each_can_be_taken(desk, boards):
    job = desk.start(kind="alternatives", count=4, effort=0.05)
    run_job(desk.engine, boards, job)
    found = desk.job(job)
    items = found["result"]["items"]
    assert 2 <= len(items) <= 4 and len(found["fits"]) == len(items)
    better = {"compactness": -1, "arterial_share": -1}
    for one, other in permutations(items, 2):
        gaps = [(other["measures"][name] - value) * better.get(name, 1)
                for name, value in one["measures"].items()]  # fmt: skip
        assert not (min(gaps) >= 0 and max(gaps) > 0)
    assert desk.do("take", job=job).json()["code"] == "draft-job-choice"
    before = desk.grids()
    assert desk.do("take", job=job, choice=1).status_code == 200
    assert desk.grids() == before | moved(items[1]) and desk.whole()


def test_a_street_moves_its_own_part_and_strangers_nothing(desk, boards):
    job = desk.start(who="street")
    run_job(desk.engine, boards, job)
    goes = moved(desk.job(job, "street")["result"])
    assert goes and {code[:9] for code in goes.values()} == {AREAS[0]}
    assert desk.do("take", "street", job=job).status_code == 200
    for move in desk.call("GET", f"/drafts/{desk.plan_id}/suggestions", who="street").json()[
        "items"
    ]:
        assert move["to"].startswith(AREAS[0])
    whole = desk.start()
    run_job(desk.engine, boards, whole)
    goes = moved(desk.job(whole)["result"])
    assert {code[:9] for code in goes.values()} == {AREAS[1]}
    assert desk.do("take", "street", job=whole).status_code in (403, 409)

    for method, path, body in (
        ("POST", f"/drafts/{desk.plan_id}/jobs", {"kind": "rebalance"}),
        ("GET", f"/drafts/{desk.plan_id}/jobs", None),
        ("GET", f"/drafts/{desk.plan_id}/suggestions", None),
        ("GET", f"/draft-jobs/{job}", None), ("DELETE", f"/draft-jobs/{job}", None),
        ("POST", f"/jurisdictions/{desk.district.jurisdiction_id}/generated-drafts",
         {"name": "x"}),
    ):  # fmt: skip
        assert desk.call(method, path, body, who="foreign").status_code == 404, path
        assert desk.call(method, path, body, who="dispatcher").status_code == 403, path
        if method != "GET":
            assert desk.call(method, path, body, who="leader").status_code == 403, path
    assert desk.call("GET", f"/draft-jobs/{job}", who="leader").status_code == 200


def test_a_result_of_another_draft_is_not_taken(engine, client, district, desk, boards):
    job = desk.start()
    run_job(engine, boards, job)
    other = upset_draft(engine, client, district)
    assert other.do("take", job=job).json()["code"] == "draft-job-not-found"


# --- new drafts out of a search -----------------------------------------------------------------


def generated(desk: Desk, boards: Boards, who: str = "planner", **asked) -> dict:
    path = f"/jurisdictions/{desk.district.jurisdiction_id}/generated-drafts"
    answer = desk.call("POST", path, {"name": "新稿", "seconds": 5, **asked}, who=who)
    assert answer.status_code == 202, answer.text
    run_job(desk.engine, boards, answer.json()["id"])
    return desk.job(answer.json()["id"], who)


def test_a_generated_draft_has_every_unit_once_and_codes_that_mean_what_they_meant(desk, boards):
    found = generated(desk, boards, counts={AREAS[0]: {"grids": 6}})
    made = Desk(desk.engine, desk.client, desk.district, found["made_plan_id"])
    grids = made.grids()
    assert set(grids) == set(desk.district.people) and made.whole()
    assert found["result"]["grids"] == len(set(grids.values())) == 10
    new = {code for code in found["result"]["new"] if len(code) == 15}
    assert len(new) == 2 and not new & set(desk.grids().values())
    named = {row["code"]: row["name"] for row in
             made.call("GET", f"/drafts/{made.plan_id}").json()["grids"]}  # fmt: skip
    assert all(named[code]["zh"] and named[code]["en"] for code in new)
    assert named[f"{AREAS[1]}001001"]["zh"] == f"格{AREAS[1]}001001"
    run_job(desk.engine, boards, found["id"])  # done again by a queue that was not told
    with desk.engine.connect() as connection:
        count = connection.scalar(
            text("SELECT count(*) FROM draft WHERE origin -> 'params' ->> 'job' = :id"),
            {"id": str(found["id"])},
        )
    assert count == 1
    # What the first draft gave is given to no grid of the next one that is not its successor.
    again = generated(desk, boards, counts={AREAS[0]: {"grids": 6}})
    assert not {c for c in again["result"]["new"] if len(c) == 15} & new


def test_communities_can_be_drawn_anew_and_a_street_draws_its_own(desk, boards):
    found = generated(desk, boards, communities="drawn", areas=[AREAS[1]],
                      counts={AREAS[1]: {"communities": 3, "grids": 9}})  # fmt: skip
    made = Desk(desk.engine, desk.client, desk.district, found["made_plan_id"])
    grids = made.grids()
    assert len({code[:12] for code in grids.values() if code[:9] == AREAS[1]}) == 3
    assert made.whole() and made.worst() < 0.35
    assert {code for code in grids.values() if code[:9] == AREAS[0]} == {
        f"{AREAS[0]}{c:03d}{g:03d}" for c in (1, 2) for g in (1, 2)
    }
    found = generated(desk, boards, "street", counts={f"{AREAS[0]}001": {"grids": 3}})
    made = Desk(desk.engine, desk.client, desk.district, found["made_plan_id"])
    cells = {code for code in made.grids().values() if code[:9] == AREAS[0]}
    assert len(cells) == 5 and len({c for c in made.grids().values() if c[:9] == AREAS[1]}) == 4


def test_numbers_that_cannot_be_fail_with_a_reason(desk, boards):
    found = generated(desk, boards, counts={AREAS[0]: {"grids": 1}})
    assert found["error"]["code"] == "generate-count-impossible"
    path = f"/jurisdictions/{desk.district.jurisdiction_id}/generated-drafts"
    wrong = desk.call("POST", path, {"name": "x", "balance": "pop; drop table"})
    assert wrong.status_code == 422
    assert desk.call("POST", path, {"name": "x", "base": 2**40}).status_code == 404


def test_the_table_keeps_what_has_ended(desk, boards):
    job = desk.start()
    run_job(desk.engine, boards, job)
    with pytest.raises(Exception, match="stays as it ended"), desk.engine.begin() as connection:
        connection.execute(text("UPDATE draft_job SET fraction = 0 WHERE id = :id"), {"id": job})
