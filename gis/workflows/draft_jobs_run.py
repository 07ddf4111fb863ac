"""Long work on drafts as a worker does it: begun, followed, ended early, or left to another.

A job is searched outside any transaction, and what came of it is written in one, in which only the
last worker that began it may write. A worker that is killed leaves the job running; the queue gives
it to another one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from gis.errors import WanggeError
from gis.store import draft_jobs as store
from gis.store.engine import acting
from gis.workflows.boards import Boards
from gis.workflows.draft_jobs_desk import desk_of
from gis.workflows.draft_jobs_search import search
from gis.workflows.generate_draft import generate, keep_generated

# How often a search tells how far it is, and asks whether it is still wanted.
EVERY_S = 0.4
# Work that so many workers have died at is not begun again.
MOST_RUNS = 3
log = structlog.get_logger()


class WorkLeftError(Exception):
    """A worker stops before the work is done: another one is to begin it again."""


class Watch:
    """Tells the database how far a run is, and the search whether to stop."""

    def __init__(self, engine: Engine, job_id: int, run: int, stopping: Callable[[], bool]) -> None:
        self.engine, self.job_id, self.run, self.stopping = engine, job_id, run, stopping
        self.unwanted = False
        self._step, self._fraction, self._next = "draft-job-step-read", 0.0, 0.0
        self._lock = threading.Lock()

    def progress(self, step: str, fraction: float) -> None:
        self._step, self._fraction = step, fraction
        self.stop()

    def stop(self) -> bool:
        """Whether to stop: cancelled, taken up by another worker, or this one is to end."""
        with self._lock:
            now = time.monotonic()
            if now >= self._next and not self.unwanted:
                self._next = now + EVERY_S
                try:
                    with self.engine.begin() as connection:
                        self.unwanted = not store.note(
                            connection, self.job_id, self.run, self._step, self._fraction
                        )
                except OperationalError:
                    log.warning("a search goes on without the database", job=self.job_id)
        return self.unwanted or self.stopping()


def run_job(
    engine: Engine, boards: Boards, job_id: int, stopping: Callable[[], bool] = lambda: False
) -> None:
    """Do a search, or begin it again where another worker has left it. Raises as `carry_out`."""
    carry_out(engine, job_id, lambda job, watch: _do(engine, boards, job, watch), stopping)


def carry_out(
    engine: Engine,
    job_id: int,
    do: Callable[[dict[str, Any], Watch], None],
    stopping: Callable[[], bool],
) -> None:
    """Do a piece of work, or begin it again where another worker has left it.

    Raises WorkLeftError once `stopping` says that this worker is to end, and OperationalError where
    the database is away; whatever else goes wrong is noted on the job.
    """
    with engine.begin() as connection:
        job = store.begin(connection, job_id)
        if job is not None and job["runs"] - job["handed_back"] > MOST_RUNS:
            store.finish(
                connection, job_id, job["runs"],
                error=WanggeError("draft-job-given-up", runs=MOST_RUNS),
            )  # fmt: skip
            return
    if job is None:
        return
    watch = Watch(engine, job_id, job["runs"], stopping)
    try:
        do(job, watch)
    except OperationalError:
        raise
    except WanggeError as error:
        log.info("long work refused", job=job_id, code=error.code)
        _fail(engine, job, error)
    except WorkLeftError:
        with engine.begin() as connection:
            store.put_back(connection, job_id, job["runs"])
        raise
    except Exception:
        log.exception("long work failed", job=job_id)
        _fail(engine, job, WanggeError("internal-error"))


def _do(engine: Engine, boards: Boards, job: dict[str, Any], watch: Watch) -> None:
    if job["kind"] == "generate":
        made = generate(engine, boards, job, progress=watch.progress, stop=watch.stop)
        _go_on(watch)
        with acting(engine, job["created_by"], action="generate") as connection:
            plan_id, told = keep_generated(connection, job, made)
            if not store.finish(
                connection, job["id"], job["runs"], result=told, made_plan_id=plan_id
            ):
                raise WorkLeftError  # not this worker's any more: the draft goes as it came
        return
    boards.prepare(engine, job["plan_id"])
    with engine.begin() as connection:
        draft = desk_of(connection, boards, job["plan_id"])
    result = search(draft, job["kind"], job["request"], progress=watch.progress, stop=watch.stop)
    _go_on(watch)
    with engine.begin() as connection:
        store.finish(connection, job["id"], job["runs"], result=result)


def _go_on(watch: Watch) -> None:
    """A search that was stopped has found less than it could: it is left to another worker."""
    if watch.stopping() and not watch.unwanted:
        raise WorkLeftError


def _fail(engine: Engine, job: dict[str, Any], error: WanggeError) -> None:
    with engine.begin() as connection:
        store.finish(connection, job["id"], job["runs"], error=error)
