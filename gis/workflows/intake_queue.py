"""Reports that come in at the same time are written together, each answered when it is durable."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Condition, Semaphore

from sqlalchemy import Engine

from gis.workflows.intake import Reported, Sent, Written, with_cases, write_reports
from gis.workflows.locators import Locators

AT_MOST = 64  # so that the first of a rush does not wait for the last
AHEAD = 4  # batches written whose answers are not read yet
GATHER_S = 0.02  # that a batch of a rush waits at most for as many as the last one had


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    sent: Sent
    actor: str
    answer: Future[Reported] = field(default_factory=Future)


class IntakeQueue:
    """One writer, which takes whatever has come while it wrote the last ones, and one reader.

    A report alone is written at once. In a rush one transaction carries many: one wait for the
    disk, one run of the triggers, one turn at the counter of serial numbers, which lets only one
    transaction through at a time. Whoever was answered together comes back almost together: a
    batch waits for them a moment, or the first of them would be written alone, at the price of all.
    """

    def __init__(self, engine: Engine, locators: Locators, *, time_zone: str) -> None:
        self.engine = engine
        self.locators = locators
        self.time_zone = time_zone
        self._waiting: deque[_Waiting] = deque()
        self._come = Condition()
        self._last = 0
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="intake")
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="intake-answers")
        self._ahead = Semaphore(AHEAD)

    def send(self, sent: Sent, *, actor: str) -> Future[Reported]:
        """The incident that a report becomes, or what stood against it, once it is committed."""
        waiting = _Waiting(sent=sent, actor=actor)
        with self._come:
            self._waiting.append(waiting)
            self._come.notify()
        self._writer.submit(self._write)
        return waiting.answer

    def close(self) -> None:
        """Write what still waits, answer it, and end."""
        self._writer.shutdown()
        self._reader.shutdown()

    def _write(self) -> None:
        batch: list[_Waiting] = []
        with self._come:
            if self._waiting:
                self._come.wait_for(lambda: len(self._waiting) >= self._last, GATHER_S)
        # What stays is taken by a later call: there has been one for each report.
        while self._waiting and len(batch) < AT_MOST:
            if batch and self._waiting[0].actor != batch[0].actor:
                break
            waiting = self._waiting.popleft()
            if waiting.answer.set_running_or_notify_cancel():
                batch.append(waiting)
        if not batch:
            return
        self._last = len(batch)
        try:
            written = write_reports(
                self.engine,
                self.locators,
                [waiting.sent for waiting in batch],
                actor=batch[0].actor,
                time_zone=self.time_zone,
            )
        except Exception as fault:
            for waiting in batch:
                waiting.answer.set_exception(fault)
            return
        # The next ones are written while the answers to these are read.
        self._ahead.acquire()
        self._reader.submit(self._answer, batch, written)

    def _answer(self, batch: list[_Waiting], written: list[Written | Exception]) -> None:
        try:
            outcomes = with_cases(self.engine, self.locators, written)
        finally:
            self._ahead.release()
        for waiting, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, Exception):
                waiting.answer.set_exception(outcome)
            else:
                waiting.answer.set_result(outcome)
