"""The worker: tells of what falls due and does the jobs of the queue, until it is stopped.

Any number may run, in `wangge serve` or alone. What one leaves behind by dying, another takes up.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import procrastinate
import psycopg
import structlog
from psycopg import OperationalError
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError as DatabaseAway

from gis.store.cluster.database import connection_string
from gis.store.jobs import LONG, PRINT, QUEUE, open_jobs
from gis.workflows import atlas_jobs, draft_jobs, due, supervisions
from gis.workflows.atlas_jobs import PrintShop, print_atlas
from gis.workflows.boards import Boards
from gis.workflows.bulletins import BulletinDesk
from gis.workflows.closure import ClosureView
from gis.workflows.departures import move_what_is_due
from gis.workflows.draft_jobs_run import run_job
from gis.workflows.escalations import escalate_overdue
from gis.workflows.locators import Locators
from gis.workflows.mails import MailServer
from gis.workflows.outbox import LEASE, Sender
from gis.workflows.patrols import tidy_tracks
from gis.workflows.reminders import remind
from gis.workflows.rests import end_rests
from gis.workflows.scheduled_publishing import publish_what_is_due
from gis.workflows.scheduled_publishing import seconds_to_next as seconds_to_publishing
from gis.workflows.scores_tally import tally_all
from gis.workflows.street_lengths import measure_streets
from gis.workflows.supervisions import tell_supervisions
from gis.workflows.web_hook_networks import USUAL, Reach
from gis.workflows.whistle_absences import AT_ONCE, count_absences, seconds_to_next

CHANNEL = "wangge_clock"
SCHEDULED = "wangge_schedule"
BULLETINS = "wangge_bulletin"
# However long nothing is due: a machine that slept, or a clock that was put right, is noticed.
LOOK_AGAIN_S = 30.0
STALLED_AFTER_S = 30.0
TIDY_S = 3600.0
WAIT_S = 1.0
log = structlog.get_logger()


def jobs_of(engine: Engine, url: str, locators: Locators) -> procrastinate.App:
    """The queue with every task that a worker knows."""
    app = open_jobs(url)
    retry = procrastinate.RetryStrategy(max_attempts=10, exponential_wait=2)

    @app.task(name=due.ESCALATE, queue=QUEUE, retry=retry)
    async def escalate(**told: Any) -> None:
        await asyncio.to_thread(escalate_overdue, engine, locators, **told)

    return app


def long_jobs_of(
    engine: Engine, url: str, boards: Boards, stopping: Callable[[], bool]
) -> procrastinate.App:
    """The queue of searches; one that is asked to stop leaves its work to another worker."""
    app = open_jobs(url)
    retry = procrastinate.RetryStrategy(max_attempts=10, wait=1)

    @app.task(name=draft_jobs.TASK, queue=LONG, retry=retry)
    async def work_on_draft(job: int) -> None:
        await asyncio.to_thread(run_job, engine, boards, job, stopping)

    return app


def prints_of(
    engine: Engine, url: str, shop: PrintShop | None, stopping: Callable[[], bool]
) -> procrastinate.App:
    """The queue of atlases; a worker without a shop leaves them to others."""
    app = open_jobs(url)
    retry = procrastinate.RetryStrategy(max_attempts=10, wait=1)

    @app.task(name=atlas_jobs.TASK, queue=PRINT, retry=retry)
    async def print_one(job: int) -> None:
        if shop is not None:
            await asyncio.to_thread(print_atlas, engine, shop, job, stopping)

    return app


class Worker:
    """One worker; `run` ends when `stop` is called, after the jobs that it is at."""

    def __init__(
        self,
        engine: Engine,
        url: str,
        locators: Locators,
        *,
        mail: MailServer | None = None,
        reach: Reach = USUAL,
        stalled_after_s: float = STALLED_AFTER_S,
        lease: timedelta = LEASE,
        shop: PrintShop | None = None,
        bulletins: BulletinDesk | None = None,
    ) -> None:
        self.engine, self.url, self.locators = engine, url, locators
        self.jobs = jobs_of(engine, url, locators)
        self._ending = threading.Event()
        self.long_jobs = long_jobs_of(engine, url, Boards(), self._ending.is_set)
        self.shop, self.bulletins = shop, bulletins
        self.prints = prints_of(engine, url, shop, self._ending.is_set)
        self.stalled_after_s = stalled_after_s
        self.mail, self.reach, self.lease = mail, reach, lease
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Take nothing new, and leave searches to others."""
        self._ending.set()
        self._stopping.set()

    async def run(self) -> None:
        """Work until stopped; wait for the database whenever it is away."""
        tasks = [
            asyncio.create_task(self._always(each))
            for each in (
                self._tell,
                self._work,
                self._search,
                self._print,
                self._take_up,
                self._hand_on,
                self._publish,
                self._call_hooks,
                self._send_mails,
                self._count,
                self._score,
                self._tidy,
                self._remind,
                self._measure,
                self._bulletins,
            )
        ]
        await self._stopping.wait()
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _always(self, each: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await each()
            except (OperationalError, DatabaseAway, procrastinate.exceptions.ConnectorException,
                    OSError) as error:  # fmt: skip
                log.warning("the worker waits for the database", error=str(error))
            except Exception:
                log.exception("the worker begins again")
            await asyncio.sleep(WAIT_S)

    async def _tell(self) -> None:
        """Tell of clocks at their moments, and take up what has rested; wakes when an earlier one
        comes to be known."""
        async with await psycopg.AsyncConnection.connect(
            connection_string(self.url), autocommit=True
        ) as connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            while True:
                while await asyncio.to_thread(due.tell_due, self.engine) == due.AT_ONCE:
                    pass
                rests = await asyncio.to_thread(end_rests, self.engine, self.locators)
                left = await asyncio.to_thread(
                    due.seconds_to_next, self.engine, stuck=rests.left > 0 and not rests.resumed
                )
                # What somebody else holds at this moment is looked at again a moment later; what
                # cannot be taken up, with everything else.
                wait = LOOK_AGAIN_S if left is None else min(max(left, 0.2), LOOK_AGAIN_S)
                async for _ in connection.notifies(timeout=wait, stop_after=1):
                    pass

    async def _work(self) -> None:
        await self._work_on(self.jobs, QUEUE)

    async def _search(self) -> None:
        await self._work_on(self.long_jobs, LONG)

    async def _print(self) -> None:
        if self.shop is None:
            await self._stopping.wait()
        await self._work_on(self.prints, PRINT)

    async def _work_on(self, jobs: procrastinate.App, queue: str) -> None:
        async with jobs.open_async():
            await jobs.run_worker_async(
                queues=[queue],
                install_signal_handlers=False,
                update_heartbeat_interval=self.stalled_after_s / 3,
                stalled_worker_timeout=self.stalled_after_s,
                shutdown_graceful_timeout=5,
                delete_jobs="successful",
            )

    async def _hand_on(self) -> None:
        """Let names, units and open cases follow changes of staff whose moment has come."""
        while True:
            await asyncio.to_thread(move_what_is_due, self.engine, self.locators)
            await asyncio.sleep(LOOK_AGAIN_S)

    async def _publish(self) -> None:
        """Publish approved drafts at the moments that were set; wakes when one is set."""
        async with await psycopg.AsyncConnection.connect(
            connection_string(self.url), autocommit=True
        ) as connection:
            await connection.execute(f"LISTEN {SCHEDULED}")
            while True:
                await asyncio.to_thread(publish_what_is_due, self.engine)
                left = await asyncio.to_thread(seconds_to_publishing, self.engine)
                # What another worker is at is looked at again a moment later.
                wait = LOOK_AGAIN_S if left is None else min(max(left, 0.2), LOOK_AGAIN_S)
                async for _ in connection.notifies(timeout=wait, stop_after=1):
                    pass

    async def _bulletins(self) -> None:
        """Make bulletins at their times, and print them; wakes when one is made by hand."""
        if self.bulletins is None:
            await self._stopping.wait()
            return
        async with await psycopg.AsyncConnection.connect(
            connection_string(self.url), autocommit=True
        ) as connection:
            await connection.execute(f"LISTEN {BULLETINS}")
            while True:
                await asyncio.to_thread(self.bulletins.work, self.engine)
                async for _ in connection.notifies(timeout=LOOK_AGAIN_S, stop_after=1):
                    pass

    async def _count(self) -> None:
        """Count who is absent when the time of a whistle is up. None is shorter than the wait."""
        while True:
            while await asyncio.to_thread(count_absences, self.engine) == AT_ONCE:
                pass
            left = await asyncio.to_thread(seconds_to_next, self.engine)
            await asyncio.sleep(LOOK_AGAIN_S if left is None else min(max(left, 0.2), LOOK_AGAIN_S))

    async def _tidy(self) -> None:
        """Let go of what nobody needs any more, and of tracks whose days are over."""
        while True:
            await asyncio.to_thread(draft_jobs.tidy, self.engine)
            await asyncio.to_thread(tidy_tracks, self.engine)
            await asyncio.sleep(TIDY_S)

    async def _remind(self) -> None:
        """Tell of missing diaries, of checks that are due and of supervisions that ran out."""
        while True:
            while await asyncio.to_thread(tell_supervisions, self.engine) == supervisions.AT_ONCE:
                pass
            await asyncio.to_thread(remind, self.engine)
            await asyncio.sleep(LOOK_AGAIN_S)

    async def _measure(self) -> None:
        """Measure the streets of grids that are new, a block at a time."""
        while True:
            more = await asyncio.to_thread(measure_streets, self.engine)
            await asyncio.sleep(0 if more and not self._ending.is_set() else LOOK_AGAIN_S)

    async def _score(self) -> None:
        """Keep the points of each office up to date, and read older cases a block at a time."""
        while True:
            more = await asyncio.to_thread(tally_all, self.engine, self._cases)
            await asyncio.sleep(0 if more and not self._ending.is_set() else LOOK_AGAIN_S)

    def _cases(self) -> ClosureView:
        """All cases, as the process holds them for leaders, or read for the moment."""
        return ClosureView() if self.bulletins is None else self.bulletins.office.closure

    async def _call_hooks(self) -> None:
        await Sender(self.engine, None, reach=self.reach, lease=self.lease).keep_on(WAIT_S)

    async def _send_mails(self) -> None:
        """Apart from the calls, so that a slow hook holds up no mail."""
        if self.mail is None:
            await self._stopping.wait()
        await Sender(self.engine, self.mail, lease=self.lease).keep_on(WAIT_S)

    async def _take_up(self) -> None:
        """Put back what a worker was at when it died."""
        manager = self.jobs.job_manager
        while True:
            await asyncio.sleep(self.stalled_after_s / 3)
            for job in await manager.get_stalled_jobs(seconds_since_heartbeat=self.stalled_after_s):
                log.warning("a job is taken up again", job=job.id, task=job.task_name)
                await manager.retry_job(job)
