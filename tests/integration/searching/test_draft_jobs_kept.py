"""What is kept of searches, for how long, and whose they are."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from gis.store import draft_jobs as store
from gis.store.engine import acting
from gis.workflows.boards import Boards
from gis.workflows.draft_jobs import KEPT_DAYS, tidy
from gis.workflows.draft_jobs_run import MOST_RUNS, WorkLeftError, run_job
from tests.integration.draft_jobs_help import Desk


def age(desk: Desk, job: int, days: float, *, column: str = "finished_at") -> None:
    """Let a search have been so long ago: what has ended is otherwise never altered."""
    with desk.engine.begin() as connection:
        connection.execute(text("ALTER TABLE draft_job DISABLE TRIGGER USER"))
        connection.execute(
            text(f"UPDATE draft_job SET {column} = now() - make_interval(days => :days)"
                 " WHERE id = :id"), {"id": job, "days": days},
        )  # fmt: skip
        connection.execute(text("ALTER TABLE draft_job ENABLE TRIGGER USER"))


def test_proposals_are_let_go_of_after_a_month_and_what_was_taken_stays(desk):
    job = desk.start()
    run_job(desk.engine, Boards(), job)
    before = desk.grids()
    assert desk.do("take", job=job).status_code == 200
    after = desk.grids()
    tidy(desk.engine)
    assert desk.job(job)["result"] is not None
    age(desk, job, KEPT_DAYS + 1)
    tidy(desk.engine)
    found = desk.job(job)
    assert (found["status"], found["result"], found["fits"]) == ("done", None, None)
    assert found["tidied_at"] and found["request"]["seconds"] == 300
    late = desk.do("take", job=job)
    assert (late.status_code, late.json()["code"]) == (409, "draft-job-let-go")
    assert desk.do("undo").status_code == 200 and desk.grids() == before
    assert desk.do("redo").status_code == 200 and desk.grids() == after


def test_work_that_the_queue_has_lost_is_ended_and_other_work_goes_on(desk):
    lost = desk.start()
    with desk.engine.begin() as connection:
        connection.execute(
            text("DELETE FROM jobs.procrastinate_jobs WHERE args ->> 'job' = :id"),
            {"id": str(lost)},
        )  # fmt: skip
    tidy(desk.engine)
    assert desk.job(lost)["status"] == "waiting"
    age(desk, lost, 1, column="created_at")
    tidy(desk.engine)
    assert desk.job(lost)["error"]["code"] == "draft-job-lost"
    waits = desk.start()
    age(desk, waits, 1, column="created_at")
    tidy(desk.engine)
    assert desk.job(waits)["status"] == "waiting"


def test_who_cancels_a_search_is_noted_and_nothing_else_of_it_changes(desk):
    job = desk.start()
    assert desk.call("DELETE", f"/draft-jobs/{job}").status_code == 204
    assert desk.job(job)["ended_by"].startswith("planner (")
    for change in ("status = 'waiting', finished_at = NULL", "ended_by = 'x'", "tidied_at = now()"):
        with pytest.raises(IntegrityError), acting(desk.engine, "tests") as connection:
            connection.execute(text(f"UPDATE draft_job SET {change} WHERE id = :id"), {"id": job})


def test_workers_that_are_asked_to_stop_are_not_counted_as_dead(desk):
    job = desk.start()
    for _ in range(MOST_RUNS + 1):
        with pytest.raises(WorkLeftError):
            run_job(desk.engine, Boards(), job, lambda: True)
    run_job(desk.engine, Boards(), job)
    assert desk.job(job)["status"] == "done"


def test_how_much_fits_is_found_once_for_all_alternatives(desk, monkeypatch):
    from gis.workflows import draft_jobs

    job = desk.start(kind="alternatives", count=4, effort=0.05)
    run_job(desk.engine, Boards(), job)
    unit = desk.district.unit[0, 0]
    assert desk.do("pin", units=[unit], pinned=True).status_code == 200
    desks, real = [], draft_jobs.desk_of

    def counted(*given):
        desks.append(given)
        return real(*given)

    monkeypatch.setattr(draft_jobs, "desk_of", counted)
    assert len(desk.job(job)["fits"]) > 1 and len(desks) == 1


def test_the_database_shows_searches_to_who_works_on_plans_and_atlases_to_their_owners(desk):
    from gis.store.scope import Scope, scoped

    of = desk.district.jurisdiction_id
    job = desk.start()
    with acting(desk.engine, "tests") as connection:
        accounts = {
            str(row.name): int(row.id)
            for row in connection.execute(text("SELECT id, name FROM account"))
        }
        atlas = connection.scalar(
            text("INSERT INTO draft_job (jurisdiction_id, plan_id, kind, request, created_by,"
                 " account_id) VALUES (:of, :plan, 'atlas', cast(:request AS jsonb), 'x', :account)"
                 " RETURNING id"),
            {"of": of, "plan": desk.plan_id, "request": f'{{"n": "{uuid.uuid4()}"}}',
             "account": accounts["planner"]},
        )  # fmt: skip

    def seen(role: str, account: str) -> set[int]:
        scope = Scope(
            account_id=accounts[account], actor=f"{account} (x)", roles=frozenset({role}),
            organisation_id=of, organisation_kind="district", prefix="410102",
            jurisdiction_ids=(of,),
        )  # fmt: skip
        with scoped(desk.engine, scope).connect() as connection:
            wanted = {"ids": [job, atlas]}
            query = text("SELECT id FROM draft_job WHERE id = ANY (:ids)")
            return set(connection.scalars(query, wanted))

    assert seen("planner", "planner") == {job, atlas}
    assert seen("leader", "leader") == {job}
    assert seen("dispatcher", "dispatcher") == set()
    with desk.engine.connect() as connection:
        assert store.get(connection, job)["ended_by"] is None
